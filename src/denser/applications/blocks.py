"""Pieces that several published networks are made of."""

from typing import Any

from ..core.tensor import KerasTensor
from ..layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Conv2D,
    GlobalAveragePooling2D,
    Multiply,
    Reshape,
)
from .network import channel_axis


def norm(x: KerasTensor, name: str | None = None, **options: Any) -> KerasTensor:
    """Batch normalization of the channels."""
    return BatchNormalization(axis=channel_axis(), name=name, **options)(x)


def act(x: KerasTensor, name: str | None = None, function: str = "relu") -> KerasTensor:
    """An activation as a layer of its own."""
    return Activation(function, name=name)(x)


def concat(tensors: list[KerasTensor], name: str | None = None) -> KerasTensor:
    """The channels of several feature maps side by side."""
    return Concatenate(axis=channel_axis(), name=name)(tensors)


def channels(x: KerasTensor) -> int:
    """The number of channels of a feature map."""
    return x.shape[channel_axis()]  # type: ignore[return-value]


def sides(x: KerasTensor) -> tuple[int | None, ...]:
    """Height and width of a feature map."""
    return x.shape[2:] if channel_axis() == 1 else x.shape[1:3]


def halving_pad(x: KerasTensor, kernel: int) -> tuple[tuple[int, int], ...]:
    """The zeros around `x` with which a convolution of stride 2 without padding sees what
    TensorFlow's "same" padding shows it."""
    half = kernel // 2
    return tuple((half - (1 if side is None else 1 - side % 2), half) for side in sides(x))


def divisible(size: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to `size`, but not below 90 % of it."""
    near = max(divisor, int(size + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * size else near


def squeeze_excite(x: KerasTensor, filters: int, name: str, initializer: Any) -> KerasTensor:
    """Each channel of `x` times a weight from 0 to 1 that two layers make of all channels' means.

    Source: Hu et al. 2018, arXiv:1709.01507.
    """
    many = channels(x)
    shape = (many, 1, 1) if channel_axis() == 1 else (1, 1, many)
    options = {"padding": "same", "kernel_initializer": initializer}
    weight = GlobalAveragePooling2D(name=name + "se_squeeze")(x)
    weight = Reshape(shape, name=name + "se_reshape")(weight)
    weight = Conv2D(filters, 1, activation="silu", name=name + "se_reduce", **options)(weight)
    weight = Conv2D(many, 1, activation="sigmoid", name=name + "se_expand", **options)(weight)
    return Multiply(name=name + "se_excite")([x, weight])
