"""Pooling, channels last, without XLA:CPU's slow windows.

The gradient of XLA's maximum over windows, select-and-scatter, is a naive loop on a CPU. A box is
pooled one axis at a time there; the gradient is a choice between slices, or a sum of them.
"""

from collections.abc import Sequence
from functools import partial, reduce
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from . import choose, windows
from .windows import Padding, Pairs

Sizes = tuple[int, ...]

# Tiles of more places are pooled axis by axis: a shorter program, and 4x faster at 7x7.
_SMALL = 9


def max_pool(x: Array, window: Sequence[int], strides: Sequence[int], padding: Padding) -> Array:
    """The largest value in each window; of equal ones, the first takes the gradient.

    Shapes:
        x: (batch, *space, channels) -> (batch, *places, channels)

    Args:
        window, strides: One number for each axis of space, of which there are 1, 2 or 3.
        padding: "valid", "same" or a (low, high) pair for each axis; what is added never wins.

    Example:
        >>> max_pool(jnp.arange(5.0).reshape(1, 5, 1), (2,), (2,), "same")[0, :, 0]
        Array([1., 3., 4.], dtype=float32)
    """
    window, strides = tuple(window), tuple(strides)
    if not choose.on_cpu() or not windows.is_short(x, *window, *strides):
        lowest = _lowest(x.dtype)
        return lax.reduce_window(x, lowest, lax.max, *_reduced(window, strides, padding))
    padding = windows.pairs(x.shape[1:-1], window, strides, padding)
    return _max_by_axes(x, window, strides, padding)


def average_pool(
    x: Array, window: Sequence[int], strides: Sequence[int], padding: Padding
) -> Array:
    """The mean of each window's values; padding counts for nothing.

    Shapes:
        x: (batch, *space, channels) -> (batch, *places, channels)

    Args:
        window, strides: One number for each axis of space, of which there are 1, 2 or 3.
        padding: "valid", "same" or a (low, high) pair for each axis.

    Example:
        >>> average_pool(jnp.arange(5.0).reshape(1, 5, 1), (2,), (2,), "same")[0, :, 0]
        Array([0.5, 2.5, 4. ], dtype=float32)
    """
    window, strides = tuple(window), tuple(strides)
    if not choose.on_cpu() or not windows.is_short(x, *window, *strides):
        config = _reduced(window, strides, padding)
        total = lax.reduce_window(x, np.zeros((), x.dtype), lax.add, *config)
        one = jnp.ones((1, *x.shape[1:-1], 1), x.dtype)
        return total / lax.reduce_window(one, np.zeros((), x.dtype), lax.add, *config)
    padding = windows.pairs(x.shape[1:-1], window, strides, padding)
    return _average_by_axes(x, window, strides, padding)


def _reduced(window: Sizes, strides: Sizes, padding: Padding) -> tuple[Sizes, Sizes, str | Pairs]:
    """The arguments of `lax.reduce_window` after its function."""
    around = padding.upper() if isinstance(padding, str) else ((0, 0), *padding, (0, 0))
    return (1, *window, 1), (1, *strides, 1), around


def _lowest(dtype: jnp.dtype) -> np.ndarray:
    """What every value of a dtype is at least."""
    floating = jnp.issubdtype(dtype, jnp.floating)
    return np.array(-np.inf if floating else jnp.iinfo(dtype).min, dtype)


# Compiled apart, so that an eager call is one program, and equal layers are traced once.
@partial(jax.jit, static_argnums=(1, 2, 3))
def _max_by_axes(x: Array, window: Sizes, strides: Sizes, padding: Pairs) -> Array:
    """`max_pool` on a CPU, the last axis first: of equals the first in reading order wins."""
    x = windows.pad(x, padding, _lowest(x.dtype))
    if window == strides and prod(window) <= _SMALL:
        places = windows.count(x.shape[1:-1], window, strides, ((0, 0),) * len(window))
        whole = (n * size for n, size in zip(places, window, strict=True))
        return _max_of_tiles(lax.slice(x, (0,) * x.ndim, (len(x), *whole, x.shape[-1])), window)
    for axis in range(len(window), 0, -1):
        seen = windows.shifts(x, axis, window[axis - 1], strides[axis - 1])
        x = reduce(lambda a, b: jnp.where(_wins(b, a), b, a), seen)
    return x


def _wins(b: Array, a: Array) -> Array:
    """Where `b` is the maximum of both: not where they are equal, but where it is NaN."""
    return (b > a) | (b != b)


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _max_of_tiles(x: Array, window: Sizes) -> Array:
    """The maximum in each of the tiles that fill `x`.

    The gradient compares a kept number of the winner, which is half the time of `_max_by_axes`'s
    other way: 1.1 against 2.1 ms for 2x2 over 64 x 26x26x32, both gradients (XLA's own 16 ms).
    """
    return _max_of_tiles_forward(x, window)[0]


def _max_of_tiles_forward(x: Array, window: Sizes) -> tuple[Array, Array]:
    seen = [x]
    for axis, size in enumerate(window, 1):
        seen = [shifted for part in seen for shifted in windows.shifts(part, axis, size, size)]
    y, winner = seen[0], jnp.zeros(seen[0].shape, jnp.int8)
    for place, value in enumerate(seen[1:], 1):
        wins = _wins(value, y)
        y, winner = jnp.where(wins, value, y), jnp.where(wins, jnp.int8(place), winner)
    return y, winner


def _max_of_tiles_backward(window: Sizes, winner: Array, dy: Array) -> tuple[Array]:
    within = range(2, 2 * len(window) + 1, 2)  # (batch, places, within, places, within, channels)
    place = np.arange(prod(window), dtype=np.int8).reshape(window)
    place = np.expand_dims(place, [0, *range(1, 2 * len(window), 2), 2 * len(window) + 1])
    won = jnp.expand_dims(winner, within) == place
    dx = jnp.where(won, jnp.expand_dims(dy, within), jnp.zeros((), dy.dtype))
    space = (n * size for n, size in zip(dy.shape[1:-1], window, strict=True))
    return (dx.reshape(len(dy), *space, dy.shape[-1]),)


_max_of_tiles.defvjp(_max_of_tiles_forward, _max_of_tiles_backward)


@partial(jax.jit, static_argnums=(1, 2, 3))
def _average_by_axes(x: Array, window: Sizes, strides: Sizes, padding: Pairs) -> Array:
    """`average_pool` on a CPU: sums along one axis after the other, divided by their counts."""
    kind = x.dtype
    if not jnp.issubdtype(kind, jnp.inexact) or kind in (jnp.bfloat16, jnp.float16):
        x = x.astype(jnp.float32)
    space = x.shape[1:-1]
    x = windows.pad(x, padding)
    for axis in range(len(window), 0, -1):
        x = reduce(jnp.add, windows.shifts(x, axis, window[axis - 1], strides[axis - 1]))
    for axis, each in enumerate(zip(space, window, strides, padding, strict=True), 1):
        share = (1 / _counts(*each)).astype(x.dtype)
        x = x * np.expand_dims(share, [other for other in range(x.ndim) if other != axis])
    return x.astype(kind) if jnp.issubdtype(kind, jnp.inexact) else x


def _counts(size: int, window: int, stride: int, padding: tuple[int, int]) -> np.ndarray:
    """How many places that are not padding each window sees on one axis."""
    low, high = padding
    first = np.arange((size + low + high - window) // stride + 1) * stride - low
    return np.minimum(first + window, size) - np.maximum(first, 0)
