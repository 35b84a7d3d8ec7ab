"""Inception-ResNet V2: Inception's blocks, a small part of each added to its input."""

from ..core.tensor import KerasTensor
from ..layers import Conv2D, CustomScaleLayer, MaxPooling2D
from ..models import Model
from .blocks import act, channels, concat, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .inception_v3 import chain, conv, smoothed, stem
from .network import Request, application

preprocess_input = preprocessing("tf")


def _inception_resnet_v2(request: Request) -> Model:
    """Inception-ResNet V2: 40 blocks `relu(x + scale * f(x))`, in which f is a small Inception.

    Source: Szegedy et al. 2017, arXiv:1602.07261.
    """
    x = stem(request.image(299, least=75))
    branches = [
        conv(x, 96, 1),
        chain(x, (48, 1), (64, 5)),
        chain(x, (64, 1), (96, 3), (96, 3)),
        smoothed(x, 64),
    ]
    x = concat(branches, "mixed_5b")
    for number in range(1, 11):
        branches = [conv(x, 32, 1), chain(x, (32, 1), (32, 3)), chain(x, (32, 1), (48, 3), (64, 3))]
        x = _add(x, branches, 0.17, f"block35_{number}")
    branches = [
        conv(x, 384, 3, strides=2, padding="valid"),
        chain(x, (256, 1), (256, 3), (384, 3), last_strides=2),
        MaxPooling2D(3, 2)(x),
    ]
    x = concat(branches, "mixed_6a")
    for number in range(1, 21):
        branches = [conv(x, 192, 1), chain(x, (128, 1), (160, 1, 7), (192, 7, 1))]
        x = _add(x, branches, 0.1, f"block17_{number}")
    branches = [
        chain(x, (256, 1), (384, 3), last_strides=2),
        chain(x, (256, 1), (288, 3), last_strides=2),
        chain(x, (256, 1), (288, 3), (320, 3), last_strides=2),
        MaxPooling2D(3, 2)(x),
    ]
    x = concat(branches, "mixed_7a")
    for number in range(1, 11):
        branches = [conv(x, 192, 1), chain(x, (192, 1), (224, 1, 3), (256, 3, 1))]
        last = number == 10
        x = _add(x, branches, 1.0 if last else 0.2, f"block8_{number}", acts=not last)
    x = Conv2D(1536, 1, padding="same", use_bias=False, name="conv_7b")(x)
    x = act(norm(x, "conv_7b_bn", scale=False), "conv_7b_ac")
    return request.model(x)


def _add(
    x: KerasTensor, branches: list[KerasTensor], scale: float, name: str, acts: bool = True
) -> KerasTensor:
    """`x` plus a share of its branches, which a 1x1 convolution brings to as many channels."""
    y = concat(branches, name + "_mixed")
    y = Conv2D(channels(x), 1, padding="same", name=name + "_conv")(y)
    x = CustomScaleLayer(scale)([x, y])
    return act(x, name + "_ac") if acts else x


InceptionResNetV2 = application("InceptionResNetV2", "inception_resnet_v2", _inception_resnet_v2)
