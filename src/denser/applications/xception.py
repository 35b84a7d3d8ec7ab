"""Xception: convolutions that take channels and places apart, throughout."""

from ..core.tensor import KerasTensor
from ..layers import Add, Conv2D, MaxPooling2D, SeparableConv2D
from ..models import Model
from .blocks import act, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application

preprocess_input = preprocessing("tf")


def _xception(request: Request) -> Model:
    """Xception: separable convolutions in residual blocks.

    Source: Chollet 2017, arXiv:1610.02357.
    """
    x = request.image(299, least=71)
    x = Conv2D(32, 3, 2, use_bias=False, name="block1_conv1")(x)
    x = act(norm(x, "block1_conv1_bn"), "block1_conv1_act")
    x = Conv2D(64, 3, use_bias=False, name="block1_conv2")(x)
    x = act(norm(x, "block1_conv2_bn"), "block1_conv2_act")
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        x = _halving(x, (filters, filters), f"block{block}_", acts_first=block > 2)
    for block in range(5, 13):
        before = x
        for number in (1, 2, 3):
            name = f"block{block}_sepconv{number}"
            x = _separable(act(x, name + "_act"), 728, name)
        x = Add()([x, before])
    x = _halving(x, (728, 1024), "block13_")
    for number, filters in ((1, 1536), (2, 2048)):
        name = f"block14_sepconv{number}"
        x = act(_separable(x, filters, name), name + "_act")
    return request.model(x)


def _halving(
    x: KerasTensor, filters: tuple[int, int], name: str, acts_first: bool = True
) -> KerasTensor:
    """Two convolutions and a pooling, added to a 1x1 convolution of stride 2."""
    shortcut = norm(Conv2D(filters[1], 1, 2, padding="same", use_bias=False)(x))
    for number in (1, 2):
        part = f"{name}sepconv{number}"
        if number == 2 or acts_first:
            x = act(x, part + "_act")
        x = _separable(x, filters[number - 1], part)
    return Add()([MaxPooling2D(3, 2, padding="same", name=name + "pool")(x), shortcut])


def _separable(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    return norm(
        SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x), name + "_bn"
    )


Xception = application("Xception", "xception", _xception)
