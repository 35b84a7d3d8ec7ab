"""MobileNetV3: narrow blocks found by search, with channel weights and cheap activations."""

from typing import NamedTuple

from ..core.messages import bad_argument
from ..core.tensor import KerasTensor
from ..layers import (
    Activation,
    Add,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Multiply,
    ReLU,
    Rescaling,
    ZeroPadding2D,
)
from ..models import Model
from .blocks import channels, divisible, halving_pad, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application

preprocess_input = preprocessing(None)


class _Block(NamedTuple):
    """One row of the paper's tables."""

    expansion: float  # of the channels, inside the block
    filters: int
    kernel: int
    strides: int
    weighs: bool  # squeeze and excite
    hard: bool  # hard_silu, otherwise relu


_SMALL = (
    _Block(1, 16, 3, 2, True, False),
    _Block(72 / 16, 24, 3, 2, False, False),
    _Block(88 / 24, 24, 3, 1, False, False),
    _Block(4, 40, 5, 2, True, True),
    *[_Block(6, 40, 5, 1, True, True)] * 2,
    *[_Block(3, 48, 5, 1, True, True)] * 2,
    _Block(6, 96, 5, 2, True, True),
    *[_Block(6, 96, 5, 1, True, True)] * 2,
)
_LARGE = (
    _Block(1, 16, 3, 1, False, False),
    _Block(4, 24, 3, 2, False, False),
    _Block(3, 24, 3, 1, False, False),
    _Block(3, 40, 5, 2, True, False),
    *[_Block(3, 40, 5, 1, True, False)] * 2,
    _Block(6, 80, 3, 2, False, True),
    _Block(2.5, 80, 3, 1, False, True),
    *[_Block(2.3, 80, 3, 1, False, True)] * 2,
    *[_Block(6, 112, 3, 1, True, True)] * 2,
    _Block(6, 160, 5, 2, True, True),
    *[_Block(6, 160, 5, 1, True, True)] * 2,
)


def _mobilenet_v3(
    request: Request,
    alpha: float = 1.0,
    minimalistic: bool = False,
    dropout_rate: float = 0.2,
    include_preprocessing: bool = True,
    *,
    size: str,
    blocks: tuple[_Block, ...],
    last: int,
) -> Model:
    """MobileNetV3: blocks as in MobileNetV2, with a weight for each channel and `hard_silu`.

    `alpha` scales the number of channels; `minimalistic` leaves out channel weights, hard_silu and
    5x5 kernels; `dropout_rate` is the top's; with `include_preprocessing` images go in as they
    are, from 0 to 255, otherwise scaled to -1 to 1.

    Source: Howard et al. 2019, arXiv:1905.02244.
    """
    alphas = (1.0,) if minimalistic else (0.75, 1.0)
    if request.weights == "imagenet" and alpha not in alphas:
        expected = f"one of {alphas} with the weights of ImageNet"
        raise bad_argument(request.name, "alpha", expected, alpha)
    request.key = f"{size}{'_minimalistic' if minimalistic else ''}_224_{float(alpha)}_float"
    x = request.image(224, any_size=True)
    if include_preprocessing:
        x = Rescaling(scale=1 / 127.5, offset=-1.0)(x)
    x = Conv2D(16, 3, 2, padding="same", use_bias=False, name="conv")(x)
    x = _act(_norm(x, "conv_bn"), not minimalistic)
    for number, block in enumerate(blocks):
        if minimalistic:
            block = block._replace(kernel=3, weighs=False, hard=False)
        x = _block(x, block, divisible(block.filters * alpha), number)
    wide = divisible(6 * channels(x))
    x = Conv2D(wide, 1, padding="same", use_bias=False, name="conv_1")(x)
    x = _act(_norm(x, "conv_1_bn"), not minimalistic)

    def top(request: Request, x: KerasTensor) -> KerasTensor:
        many = divisible(last * alpha) if alpha > 1 else last
        x = GlobalAveragePooling2D(keepdims=True)(x)
        x = _act(Conv2D(many, 1, padding="same", name="conv_2")(x), not minimalistic)
        if dropout_rate > 0:
            x = Dropout(dropout_rate)(x)
        x = Flatten()(Conv2D(request.classes, 1, padding="same", name="logits")(x))
        return Activation(request.classifier_activation, name="predictions")(x)

    return request.model(x, top, named_pools=True)


def _block(x: KerasTensor, block: _Block, filters: int, number: int) -> KerasTensor:
    name = f"expanded_conv_{number}_" if number else "expanded_conv_"
    before, narrow = x, channels(x)
    if number:
        wide = divisible(narrow * block.expansion)
        x = Conv2D(wide, 1, padding="same", use_bias=False, name=name + "expand")(x)
        x = _act(_norm(x, name + "expand_bn"), block.hard)
    if block.strides == 2:
        x = ZeroPadding2D(halving_pad(x, block.kernel), name=name + "depthwise_pad")(x)
    padding = "valid" if block.strides == 2 else "same"
    depthwise = DepthwiseConv2D(
        block.kernel, block.strides, padding, use_bias=False, name=name + "depthwise"
    )
    x = _act(_norm(depthwise(x), name + "depthwise_bn"), block.hard)
    if block.weighs:
        x = _weigh(x, name + "squeeze_excite_")
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=name + "project")(x)
    x = _norm(x, name + "project_bn")
    if block.strides == 1 and narrow == filters:
        x = Add(name=name + "add")([before, x])
    return x


def _weigh(x: KerasTensor, name: str) -> KerasTensor:
    """Each channel times a weight from 0 to 1 that two layers make of all channels' means."""
    many = channels(x)
    weight = GlobalAveragePooling2D(keepdims=True, name=name + "avg_pool")(x)
    weight = Conv2D(divisible(many * 0.25), 1, padding="same", name=name + "conv")(weight)
    weight = ReLU(name=name + "relu")(weight)
    weight = Conv2D(many, 1, padding="same", name=name + "conv_1")(weight)
    weight = ReLU(6.0)(weight + 3.0) * (1 / 6)
    return Multiply(name=name + "mul")([x, weight])


def _act(x: KerasTensor, hard: bool) -> KerasTensor:
    return Activation("hard_silu")(x) if hard else ReLU()(x)


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return norm(x, name, momentum=0.999)


_ORDER = (
    "input_shape, alpha, minimalistic, include_top, weights, input_tensor, classes, pooling, "
    "dropout_rate, classifier_activation, include_preprocessing, name"
)
MobileNetV3Small = application(
    "MobileNetV3Small", "MobileNetV3Small", _mobilenet_v3, _ORDER,
    size="small", blocks=_SMALL, last=1024,
)  # fmt: skip
MobileNetV3Large = application(
    "MobileNetV3Large", "MobileNetV3Large", _mobilenet_v3, _ORDER,
    size="large", blocks=_LARGE, last=1280,
)  # fmt: skip
