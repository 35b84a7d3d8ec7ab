"""Inception V3: several convolutions beside each other in every block."""

from typing import Any

from ..core.tensor import KerasTensor
from ..layers import AveragePooling2D, Conv2D, MaxPooling2D
from ..models import Model
from .blocks import act, concat, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application

preprocess_input = preprocessing("tf")


def conv(
    x: KerasTensor, filters: int, rows: int, columns: int | None = None, strides: int = 1,
    padding: str = "same",
) -> KerasTensor:  # fmt: skip
    """A convolution of `rows` x `columns` (None: a square), normalized, then relu."""
    kernel = (rows, columns or rows)
    x = Conv2D(filters, kernel, strides, padding=padding, use_bias=False)(x)
    return act(norm(x, scale=False))


def chain(x: KerasTensor, *steps: Any, last_strides: int = 1) -> KerasTensor:
    """One convolution after another, each (filters, rows[, columns]); with `last_strides` 2 the
    last one halves the image."""
    *first, last = steps
    for step in first:
        x = conv(x, *step)
    if last_strides == 1:
        return conv(x, *last)
    return conv(x, *last, strides=last_strides, padding="valid")


def stem(x: KerasTensor) -> KerasTensor:
    """What both Inceptions begin with: five convolutions and two poolings."""
    x = conv(x, 32, 3, strides=2, padding="valid")
    x = conv(conv(x, 32, 3, padding="valid"), 64, 3)
    x = MaxPooling2D(3, 2)(x)
    x = conv(conv(x, 80, 1, padding="valid"), 192, 3, padding="valid")
    return MaxPooling2D(3, 2)(x)


def smoothed(x: KerasTensor, filters: int) -> KerasTensor:
    """A 1x1 convolution of means over 3x3 pixels."""
    return conv(AveragePooling2D(3, 1, padding="same")(x), filters, 1)


def _inception_v3(request: Request) -> Model:
    """Inception V3: blocks of 1x1, 5x5, 3x3 twice and pooling side by side; large kernels are
    taken apart into 1x7 and 7x1.

    Source: Szegedy et al. 2016, arXiv:1512.00567.
    """
    x = stem(request.image(299, least=75))
    for number, filters in enumerate((32, 64, 64)):
        branches = [
            conv(x, 64, 1),
            chain(x, (48, 1), (64, 5)),
            chain(x, (64, 1), (96, 3), (96, 3)),
            smoothed(x, filters),
        ]
        x = concat(branches, f"mixed{number}")
    branches = [
        conv(x, 384, 3, strides=2, padding="valid"),
        chain(x, (64, 1), (96, 3), (96, 3), last_strides=2),
        MaxPooling2D(3, 2)(x),
    ]
    x = concat(branches, "mixed3")
    for number, n in enumerate((128, 160, 160, 192), 4):
        branches = [
            conv(x, 192, 1),
            chain(x, (n, 1), (n, 1, 7), (192, 7, 1)),
            chain(x, (n, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7)),
            smoothed(x, 192),
        ]
        x = concat(branches, f"mixed{number}")
    branches = [
        chain(x, (192, 1), (320, 3), last_strides=2),
        chain(x, (192, 1), (192, 1, 7), (192, 7, 1), (192, 3), last_strides=2),
        MaxPooling2D(3, 2)(x),
    ]
    x = concat(branches, "mixed8")
    for number in (9, 10):
        branches = [
            conv(x, 320, 1),
            _fork(conv(x, 384, 1), f"mixed9_{number - 9}"),
            _fork(chain(x, (448, 1), (384, 3))),
            smoothed(x, 192),
        ]
        x = concat(branches, f"mixed{number}")
    return request.model(x)


def _fork(x: KerasTensor, name: str | None = None) -> KerasTensor:
    return concat([conv(x, 384, 1, 3), conv(x, 384, 3, 1)], name)


InceptionV3 = application("InceptionV3", "inception_v3", _inception_v3)
