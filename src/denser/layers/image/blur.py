"""Images made sharper or softer by chance: each pixel against the mean of what is around it."""

from functools import partial
from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax import Array

from ...core.fields import Rule, Seed
from ...ops.filters import weighted
from ..spatial import DataFormat
from .base import ValueRange, ends, is_chosen, uniform_in
from .colours import FromZero, _ColourLayer


class RandomSharpness(_ColourLayer):
    """In training, `x + (1 - 2 factor) (smooth - x)`: 0 smooths, 0.5 leaves it, 1 sharpens.

    `smooth` is the mean of the 3 x 3 pixels around, the middle one counting five times; outside
    the image is 0.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: Ends of the range it is drawn from; one number: from 0 to it.
        value_range: The lowest and the highest value of a pixel, within which the result stays.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> RandomSharpness((0.5, 0.5))(ops.ones((1, 1, 2))).tolist()
        [[[1.0, 1.0]]]
    """

    factor: FromZero
    value_range: ValueRange = (0, 255)
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """How much of the smooth image goes into each."""
        return {"smoothness": 1 - 2 * uniform_in(self.factor, key, (shape[0], 1, 1, 1))}

    def recoloured(self, x: Array, smoothness: Array) -> Array:
        """The images, sharper or smoother."""
        ones = jnp.ones(3, x.dtype)
        around = weighted(weighted(x, ones, 1, "same"), ones, 2, "same")
        return x + smoothness * ((around + 4 * x) / 13 - x)


def _is_odd(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0 and value % 2 == 1


OddSizes = Annotated[
    Any,
    Rule(
        "an odd positive integer or 2 of them",
        lambda v: isinstance(v, tuple) and len(v) == 2 and all(map(_is_odd, v)),
        lambda v: (v, v) if isinstance(v, int) else tuple(v) if isinstance(v, list) else v,
        (0, 2, 2.5, "a", (3, 4), (3, 3, 3)),
    ),
]
Sigma = Annotated[
    Any,
    Rule(
        "a number of 0 or more, or a pair of them",
        lambda v: isinstance(v, tuple) and len(v) == 2 and v[0] >= 0 and v[1] >= 0,
        partial(ends, single="from 0"),
        ("a", -1.0, (-1, 1), (0.1, 0.2, 0.3)),
    ),
]


class RandomGaussianBlur(_ColourLayer):
    """In training, with a probability drawn from `factor`, the mean around each pixel, weighted by
    `exp(-distance^2 / (2 sigma^2))`; 0 stands outside.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: Ends of the probability's range; one number: from 0 to it.
        kernel_size: Width and height of the window, in pixels, odd; one number for both.
        sigma: Ends of the range that the bell's widths across and down are drawn from, in pixels;
            one number: from 0 to it.
        value_range: The lowest and the highest value of a pixel, within which the result stays.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.
    """

    factor: FromZero = 1.0
    kernel_size: OddSizes = 3
    sigma: Sigma = 1.0
    value_range: ValueRange = (0, 255)
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """Which images are blurred, and how wide."""
        choice, width = jax.random.split(key)
        return {
            "chosen": is_chosen(self.factor, choice, shape[0])[:, None, None, None],
            "sigma": uniform_in(self.sigma, width, (shape[0], 2)) + 1e-6,
        }

    def recoloured(self, x: Array, chosen: Array, sigma: Array) -> Array:
        """The images, some of them blurred."""
        y = x
        for number, (size, axis) in enumerate(zip(self.kernel_size, (2, 1), strict=True)):
            y = _blurred(y, size, sigma[:, number], axis)
        return jnp.where(chosen, y, x)


def _blurred(x: Array, size: int, sigma: Array, axis: int) -> Array:
    """The weighted means along one axis of (batch, height, width, channels), by `sigma` (batch,)
    for each image."""
    distance = jnp.arange(size) - size // 2
    weights = jax.nn.softmax(-0.5 * (distance / sigma[:, None]) ** 2)  # (batch, size)
    weights = weights.astype(x.dtype)[:, :, None, None, None]
    edges = [(0, 0)] * 4
    edges[axis] = (size // 2, size // 2)
    padded, length = jnp.pad(x, edges), x.shape[axis]
    shifted = (jax.lax.slice_in_dim(padded, i, i + length, axis=axis) for i in range(size))
    return sum(part * weights[:, i] for i, part in enumerate(shifted))  # type: ignore[return-value]
