"""MobileNetV2: blocks that widen, look and narrow again."""

from ..core.tensor import KerasTensor
from ..layers import (
    Add,
    Conv2D,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    ReLU,
    ZeroPadding2D,
)
from ..models import Model
from .blocks import channels, divisible, halving_pad, norm, sides
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .mobilenet import published_size
from .network import Request, application

preprocess_input = preprocessing("tf")
# Filters after the blocks of a stage, how many blocks it has, the strides of its first.
_STAGES = ((16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))
_ALPHAS, _SIZES = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4), (96, 128, 160, 192, 224)


def _mobilenet_v2(request: Request, alpha: float = 1.0) -> Model:
    """MobileNetV2: blocks that make six times as many channels, convolve each alone, and narrow
    them again; where nothing else changes the input is added. `alpha` scales the channels.

    Source: Sandler et al. 2018, arXiv:1801.04381.
    """
    size = published_size(request, alpha, _ALPHAS, _SIZES)
    x = request.image(size)
    request.name = request.name or f"mobilenetv2_{alpha:0.2f}_{sides(x)[0] or size}"
    request.key = f"{float(alpha)}_{size}"
    filters = divisible(32 * alpha)
    x = Conv2D(filters, 3, 2, padding="same", use_bias=False, name="Conv1")(x)
    x = ReLU(6.0, name="Conv1_relu")(_norm(x, "bn_Conv1"))
    number = 0
    for filters, depth, first in _STAGES:
        for index in range(depth):
            strides = first if index == 0 else 1
            x = _block(x, divisible(int(filters * alpha)), strides, number)
            number += 1
    last = divisible(1280 * max(alpha, 1.0))
    x = Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = ReLU(6.0, name="out_relu")(_norm(x, "Conv_1_bn"))
    return request.model(x, _top)


def _top(request: Request, x: KerasTensor) -> KerasTensor:
    return request.predictions(GlobalAveragePooling2D()(x))


def _block(x: KerasTensor, filters: int, strides: int, number: int) -> KerasTensor:
    name, before = f"block_{number}_" if number else "expanded_conv_", x
    if number:
        wide = 6 * channels(x)
        x = Conv2D(wide, 1, padding="same", use_bias=False, name=name + "expand")(x)
        x = ReLU(6.0, name=name + "expand_relu")(_norm(x, name + "expand_BN"))
    if strides == 2:
        x = ZeroPadding2D(halving_pad(x, 3), name=name + "pad")(x)
    padding = "valid" if strides == 2 else "same"
    x = DepthwiseConv2D(3, strides, padding, use_bias=False, name=name + "depthwise")(x)
    x = ReLU(6.0, name=name + "depthwise_relu")(_norm(x, name + "depthwise_BN"))
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=name + "project")(x)
    x = _norm(x, name + "project_BN")
    if strides == 1 and channels(before) == filters:
        x = Add(name=name + "add")([before, x])
    return x


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return norm(x, name, momentum=0.999)


MobileNetV2 = application(
    "MobileNetV2",
    None,
    _mobilenet_v2,
    order="input_shape, alpha, include_top, weights, input_tensor, pooling, classes, "
    "classifier_activation, name",
)
