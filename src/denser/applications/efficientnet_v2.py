"""EfficientNetV2: EfficientNet, trained faster by plain convolutions in its early blocks."""

import math
from collections.abc import Callable
from typing import NamedTuple

from ..core.tensor import KerasTensor
from ..layers import Normalization, Rescaling
from ..models import Model
from .blocks import act, channels, norm
from .efficientnet import conv, mobile_block, residual, top
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application, channel_axis

preprocess_input = preprocessing(None)
_MEAN, _VARIANCE = (0.485, 0.456, 0.406), (0.229**2, 0.224**2, 0.225**2)


class _Stage(NamedTuple):
    """Blocks of one kind; all kernels are 3x3."""

    fused: bool  # one plain convolution in place of a narrow and a depthwise one
    depth: int
    filters: int
    expansion: int
    strides: int  # of the first


_BASE = (
    _Stage(True, 1, 16, 1, 1),
    _Stage(True, 2, 32, 4, 2),
    _Stage(True, 2, 48, 4, 2),
    _Stage(False, 3, 96, 4, 2),
    _Stage(False, 5, 112, 6, 1),
    _Stage(False, 8, 192, 6, 2),
)
_SMALL = (
    _Stage(True, 2, 24, 1, 1),
    _Stage(True, 4, 48, 4, 2),
    _Stage(True, 4, 64, 4, 2),
    _Stage(False, 6, 128, 4, 2),
    _Stage(False, 9, 160, 6, 1),
    _Stage(False, 15, 256, 6, 2),
)
_MEDIUM = (
    _Stage(True, 3, 24, 1, 1),
    _Stage(True, 5, 48, 4, 2),
    _Stage(True, 5, 80, 4, 2),
    _Stage(False, 7, 160, 4, 2),
    _Stage(False, 14, 176, 6, 1),
    _Stage(False, 18, 304, 6, 2),
    _Stage(False, 5, 512, 6, 1),
)
_LARGE = (
    _Stage(True, 4, 32, 1, 1),
    _Stage(True, 7, 64, 4, 2),
    _Stage(True, 7, 96, 4, 2),
    _Stage(False, 10, 192, 4, 2),
    _Stage(False, 19, 224, 6, 1),
    _Stage(False, 25, 384, 6, 2),
    _Stage(False, 7, 640, 6, 1),
)


def _efficientnet_v2(
    request: Request, include_preprocessing: bool = True, *, stages: tuple[_Stage, ...],
    stem: int, size: int, width: float = 1.0, depth: float = 1.0,
) -> Model:  # fmt: skip
    """EfficientNetV2: early blocks are two plain convolutions, late ones as in EfficientNet. With
    `include_preprocessing` images go in as they are, from 0 to 255, otherwise scaled to -1 to 1.

    Source: Tan and Le 2021, arXiv:2104.00298.
    """
    x = request.image(size)
    if include_preprocessing:
        x = _scaled(x, stages is _BASE)
    x = conv(x, _eights(stem * width), 3, "stem_conv", strides=2)
    x = act(_norm(x, "stem_bn"), "stem_activation", "silu")
    number, planned = 0, sum(stage.depth for stage in stages)
    for index, stage in enumerate(stages, 1):
        for letter in range(math.ceil(depth * stage.depth)):
            block = _fused_block if stage.fused else _mobile_block
            x = block(
                x,
                _eights(stage.filters * width),
                stage.expansion,
                stage.strides if letter == 0 else 1,
                0.2 * number / planned,
                f"block{index}{chr(97 + letter)}_",
            )
            number += 1
    x = conv(x, _eights(1280 * width), 1, "top_conv")
    x = act(_norm(x, "top_bn"), "top_activation", "silu")
    return request.model(x, top(0.2), named_pools=True)


def _scaled(x: KerasTensor, standard: bool) -> KerasTensor:
    """Pixels as the network was trained on them."""
    if standard and channels(x) == 3:
        x = Rescaling(1 / 255)(x)
        return Normalization(axis=channel_axis(), mean=_MEAN, variance=_VARIANCE)(x)
    return Rescaling(1 / 128, offset=-1)(x)


def _mobile_block(
    x: KerasTensor, filters: int, expansion: int, strides: int, drop: float, name: str
) -> KerasTensor:
    options = {"depthwise": "dwconv2", "pads": False, "momentum": 0.9}
    return mobile_block(x, filters, 3, expansion, strides, drop, name, **options)


def _fused_block(
    x: KerasTensor, filters: int, expansion: int, strides: int, drop: float, name: str
) -> KerasTensor:
    before = x
    if expansion == 1:
        x = conv(x, filters, 3, name + "project_conv", strides)
        x = act(_norm(x, name + "project_bn"), name + "project_activation", "silu")
    else:
        x = conv(x, expansion * channels(x), 3, name + "expand_conv", strides)
        x = act(_norm(x, name + "expand_bn"), name + "expand_activation", "silu")
        x = _norm(conv(x, filters, 1, name + "project_conv"), name + "project_bn")
    return residual(before, x, strides, drop, name)


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return norm(x, name, momentum=0.9)


def _eights(size: float) -> int:
    """The multiple of 8 that is nearest to `size`."""
    return max(8, int(size + 4) // 8 * 8)


_ORDER = (
    "include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, "
    "include_preprocessing, name"
)


def _variant(
    letters: str, stages: tuple[_Stage, ...], stem: int, size: int, **scale: float
) -> Callable[..., Model]:
    return application(
        f"EfficientNetV2{letters}", f"efficientnetv2-{letters.lower()}", _efficientnet_v2, _ORDER,
        stages=stages, stem=stem, size=size, **scale,
    )  # fmt: skip


EfficientNetV2B0 = _variant("B0", _BASE, 32, 224)
EfficientNetV2B1 = _variant("B1", _BASE, 32, 240, width=1.0, depth=1.1)
EfficientNetV2B2 = _variant("B2", _BASE, 32, 260, width=1.1, depth=1.2)
EfficientNetV2B3 = _variant("B3", _BASE, 32, 300, width=1.2, depth=1.4)
EfficientNetV2S = _variant("S", _SMALL, 24, 384)
EfficientNetV2M = _variant("M", _MEDIUM, 24, 480)
EfficientNetV2L = _variant("L", _LARGE, 32, 480)
