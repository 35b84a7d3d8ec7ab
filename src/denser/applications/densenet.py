"""DenseNet: every convolution sees what all before it in its block have found."""

from ..core.tensor import KerasTensor
from ..layers import AveragePooling2D, Conv2D, MaxPooling2D, ZeroPadding2D
from ..models import Model
from .blocks import act, channels, concat, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application

preprocess_input = preprocessing("torch")
_GROWTH = 32


def _densenet(request: Request, depths: tuple[int, ...]) -> Model:
    """DenseNet: blocks in which each step adds 32 channels beside those that it sees; between
    blocks half the channels and half the size are kept.

    Source: Huang et al. 2017, arXiv:1608.06993.
    """
    x = ZeroPadding2D(3)(request.image(224))
    x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
    x = ZeroPadding2D(1)(_norm_relu(x, "conv1"))
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for stage, depth in enumerate(depths, 2):
        for number in range(1, depth + 1):
            x = _step(x, f"conv{stage}_block{number}")
        if stage < 5:
            x = _halve(x, f"pool{stage}")
    x = act(norm(x, "bn", epsilon=1.001e-5), "relu")
    return request.model(x, named_pools=True)


def _step(x: KerasTensor, name: str) -> KerasTensor:
    new = _norm_relu(x, name + "_0")
    new = Conv2D(4 * _GROWTH, 1, use_bias=False, name=name + "_1_conv")(new)
    new = _norm_relu(new, name + "_1")
    new = Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=name + "_2_conv")(new)
    return concat([x, new], name + "_concat")


def _halve(x: KerasTensor, name: str) -> KerasTensor:
    half = channels(x) // 2
    x = Conv2D(half, 1, use_bias=False, name=name + "_conv")(_norm_relu(x, name))
    return AveragePooling2D(2, strides=2, name=name + "_pool")(x)


def _norm_relu(x: KerasTensor, name: str) -> KerasTensor:
    return act(norm(x, name + "_bn", epsilon=1.001e-5), name + "_relu")


DenseNet121 = application("DenseNet121", "densenet121", _densenet, depths=(6, 12, 24, 16))
DenseNet169 = application("DenseNet169", "densenet169", _densenet, depths=(6, 12, 32, 32))
DenseNet201 = application("DenseNet201", "densenet201", _densenet, depths=(6, 12, 48, 32))
