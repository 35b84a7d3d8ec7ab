"""EfficientNet: one network, grown in width, depth and image size together."""

import math
from collections.abc import Callable
from typing import NamedTuple

from ..core.tensor import KerasTensor
from ..layers import (
    Add,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    Normalization,
    Rescaling,
    ZeroPadding2D,
)
from ..models import Model
from .blocks import act, channels, divisible, halving_pad, norm, squeeze_excite
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application, channel_axis

preprocess_input = preprocessing(None)
# As configs: each layer makes an initializer, and draws numbers, of its own.
CONV = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
DENSE = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1 / 3, "mode": "fan_out", "distribution": "uniform"},
}
_STD = (0.229, 0.224, 0.225)  # of ImageNet's channels


class _Stage(NamedTuple):
    """Blocks of one kind."""

    depth: int
    filters: int
    kernel: int
    expansion: int
    strides: int  # of the first


_STAGES = (
    _Stage(1, 16, 3, 1, 1),
    _Stage(2, 24, 3, 6, 2),
    _Stage(2, 40, 5, 6, 2),
    _Stage(3, 80, 3, 6, 2),
    _Stage(3, 112, 5, 6, 1),
    _Stage(4, 192, 5, 6, 2),
    _Stage(1, 320, 3, 6, 1),
)


def _efficientnet(
    request: Request, *, width: float, depth: float, size: int, dropout: float
) -> Model:
    """EfficientNet: MobileNetV2's blocks with a weight for each channel. Images go in as they are,
    from 0 to 255.

    Source: Tan and Le 2019, arXiv:1905.11946.
    """
    x = Rescaling(1 / 255)(request.image(size))
    x = Normalization(axis=channel_axis())(x)
    if request.weights == "imagenet":
        # The published weights were trained on images divided by the variance.
        x = Rescaling([1 / math.sqrt(std) for std in _STD])(x)
    x = ZeroPadding2D(halving_pad(x, 3), name="stem_conv_pad")(x)
    x = conv(x, divisible(32 * width), 3, "stem_conv", strides=2, padding="valid")
    x = act(norm(x, "stem_bn"), "stem_activation", "silu")
    depths = [math.ceil(depth * stage.depth) for stage in _STAGES]
    number = 0
    for index, (stage, many) in enumerate(zip(_STAGES, depths, strict=True), 1):
        for letter in range(many):
            x = mobile_block(
                x,
                divisible(stage.filters * width),
                stage.kernel,
                stage.expansion,
                stage.strides if letter == 0 else 1,
                drop=0.2 * number / sum(depths),
                name=f"block{index}{chr(97 + letter)}_",
            )
            number += 1
    x = conv(x, divisible(1280 * width), 1, "top_conv")
    x = act(norm(x, "top_bn"), "top_activation", "silu")
    return request.model(x, top(dropout), named_pools=True)


def conv(
    x: KerasTensor, filters: int, kernel: int, name: str, strides: int = 1, padding: str = "same"
) -> KerasTensor:
    """A convolution without bias, that starts as the paper's."""
    return Conv2D(
        filters, kernel, strides, padding, use_bias=False, kernel_initializer=CONV, name=name
    )(x)


def mobile_block(
    x: KerasTensor, filters: int, kernel: int, expansion: int, strides: int, drop: float,
    name: str, depthwise: str = "dwconv", pads: bool = True, momentum: float = 0.99,
) -> KerasTensor:  # fmt: skip
    """Widen, convolve each channel alone, weigh the channels, narrow.

    Args:
        expansion: How many times as many channels there are inside.
        strides: Those of the convolution; with 1 and as many filters the input is added.
        drop: The share of samples that this block is left out for, in training.
        name: How the names of its layers begin.
        depthwise: The name of the convolution in the middle.
        pads: Whether a layer pads before strides, or the convolution itself.
    """
    before, narrow = x, channels(x)
    if expansion != 1:
        x = conv(x, expansion * narrow, 1, name + "expand_conv")
        x = act(norm(x, name + "expand_bn", momentum=momentum), name + "expand_activation", "silu")
    pads = pads and strides == 2
    if pads:
        x = ZeroPadding2D(halving_pad(x, kernel), name=f"{name}{depthwise}_pad")(x)
    x = DepthwiseConv2D(
        kernel, strides, "valid" if pads else "same", use_bias=False, depthwise_initializer=CONV,
        name=name + depthwise,
    )(x)  # fmt: skip
    x = act(norm(x, name + "bn", momentum=momentum), name + "activation", "silu")
    x = squeeze_excite(x, max(1, narrow // 4), name, CONV)
    x = conv(x, filters, 1, name + "project_conv")
    x = norm(x, name + "project_bn", momentum=momentum)
    return residual(before, x, strides, drop, name)


def residual(
    before: KerasTensor, x: KerasTensor, strides: int, drop: float, name: str
) -> KerasTensor:
    """`before + x` where the shapes are equal, x left out for some samples in training."""
    if strides != 1 or channels(before) != channels(x):
        return x
    if drop > 0:
        x = Dropout(drop, noise_shape=(None, 1, 1, 1), name=name + "drop")(x)
    return Add(name=name + "add")([x, before])


def top(dropout: float) -> Callable[[Request, KerasTensor], KerasTensor]:
    """The classifier: the mean of each channel, some left out in training, then Dense."""

    def make(request: Request, x: KerasTensor) -> KerasTensor:
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        return request.predictions(
            Dropout(dropout, name="top_dropout")(x), kernel_initializer=DENSE
        )

    return make


def _variant(
    number: int, width: float, depth: float, size: int, dropout: float
) -> Callable[..., Model]:
    return application(
        f"EfficientNetB{number}", f"efficientnetb{number}", _efficientnet,
        width=width, depth=depth, size=size, dropout=dropout,
    )  # fmt: skip


EfficientNetB0 = _variant(0, 1.0, 1.0, 224, 0.2)
EfficientNetB1 = _variant(1, 1.0, 1.1, 240, 0.2)
EfficientNetB2 = _variant(2, 1.1, 1.2, 260, 0.3)
EfficientNetB3 = _variant(3, 1.2, 1.4, 300, 0.3)
EfficientNetB4 = _variant(4, 1.4, 1.8, 380, 0.4)
EfficientNetB5 = _variant(5, 1.6, 2.2, 456, 0.4)
EfficientNetB6 = _variant(6, 1.8, 2.6, 528, 0.5)
EfficientNetB7 = _variant(7, 2.0, 3.1, 600, 0.5)
