"""MobileNet: convolutions of each channel alone, then of each pixel alone."""

import warnings

from ..core.messages import bad_argument
from ..core.tensor import KerasTensor
from ..layers import (
    Activation,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    Reshape,
    ZeroPadding2D,
)
from ..models import Model
from .blocks import norm, sides
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application

preprocess_input = preprocessing("tf")
# Filters after each block, and the blocks that halve the image.
_FILTERS = (64, 128, 128, 256, 256, *[512] * 6, 1024, 1024)
_HALVING = (2, 4, 6, 12)
# How the published files write `alpha`.
_ALPHAS = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}


def _mobilenet(
    request: Request, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 0.001
) -> Model:
    """MobileNet: 13 blocks, each a 3x3 convolution of every channel alone and a 1x1 convolution
    across channels. `alpha` scales the number of channels, `depth_multiplier` how many each
    channel becomes in between, `dropout` is the top's.

    Source: Howard et al. 2017, arXiv:1704.04861.
    """
    size = published_size(request, alpha, tuple(_ALPHAS), (128, 160, 192, 224))
    if request.weights == "imagenet" and depth_multiplier != 1:
        expected = "1 with the weights of ImageNet"
        raise bad_argument("MobileNet", "depth_multiplier", expected, depth_multiplier)
    x = request.image(size)
    request.name = request.name or f"mobilenet_{alpha:0.2f}_{sides(x)[0] or size}"
    request.key = f"mobilenet_{_ALPHAS.get(alpha)}_{size}"
    x = Conv2D(int(32 * alpha), 3, 2, padding="same", use_bias=False, name="conv1")(x)
    x = ReLU(6.0, name="conv1_relu")(norm(x, "conv1_bn"))
    for number, filters in enumerate(_FILTERS, 1):
        x = _block(x, int(filters * alpha), depth_multiplier, number)

    def top(request: Request, x: KerasTensor) -> KerasTensor:
        x = Dropout(dropout, name="dropout")(GlobalAveragePooling2D(keepdims=True)(x))
        x = Conv2D(request.classes, 1, padding="same", name="conv_preds")(x)
        x = Reshape((request.classes,), name="reshape_2")(x)
        return Activation(request.classifier_activation, name="predictions")(x)

    return request.model(x, top)


def _block(x: KerasTensor, filters: int, depth_multiplier: int, number: int) -> KerasTensor:
    strides, padding = 1, "same"
    if number in _HALVING:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
        strides, padding = 2, "valid"
    x = DepthwiseConv2D(
        3, strides, padding, depth_multiplier, use_bias=False, name=f"conv_dw_{number}"
    )(x)
    x = ReLU(6.0, name=f"conv_dw_{number}_relu")(norm(x, f"conv_dw_{number}_bn"))
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{number}")(x)
    return ReLU(6.0, name=f"conv_pw_{number}_relu")(norm(x, f"conv_pw_{number}_bn"))


def published_size(
    request: Request, alpha: float, alphas: tuple[float, ...], sizes: tuple[int, ...]
) -> int:
    """The size of the caller's images if weights were published for it, or else 224.

    Raises:
        UserError: for weights of ImageNet and an `alpha` for which none were published.
    """
    height, width = request.sides
    fits = height == width and height in sizes
    if request.weights == "imagenet":
        who = request.name or request.family
        if alpha not in alphas:
            expected = f"one of {', '.join(map(str, alphas))} with the weights of ImageNet"
            raise bad_argument(who, "alpha", expected, alpha)
        if height is not None and not fits:
            listed = ", ".join(map(str, sizes))
            warnings.warn(
                f"{who}: weights were published for square images of {listed} pixels; those for "
                "224 are taken.",
                stacklevel=5,
            )
    return height if fits and height is not None else 224


MobileNet = application(
    "MobileNet",
    None,
    _mobilenet,
    order="input_shape, alpha, depth_multiplier, dropout, include_top, weights, input_tensor, "
    "pooling, classes, classifier_activation, name",
)
