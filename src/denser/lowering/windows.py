"""Sliding windows over channels-last arrays, an axis at a time.

A window that is cut out axis by axis takes a program as long as the sum of its sides, not their
product: a 7x7 convolution compiles in a third of the time. Everything here is made of slices,
pads, reshapes and concatenations, so gradients of any order and mode follow from JAX's own.
"""

from collections.abc import Sequence
from typing import Literal

import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

Pairs = tuple[tuple[int, int], ...]
Padding = Literal["valid", "same"] | Pairs
_FAR = 2**10


def is_short(x: Array, *steps: int) -> bool:
    """Whether a program that writes out each step of a window is a short one: `x` has known sizes,
    symbolic ones cannot be counted, and windows, strides and dilations are not far apart."""
    return max(steps) <= _FAR and all(isinstance(size, int) for size in x.shape)


def reach(window: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """How many places of the input a dilated window spans on each axis."""
    return tuple((size - 1) * step + 1 for size, step in zip(window, dilation, strict=True))


def pairs(
    space: Sequence[int], span: Sequence[int], strides: Sequence[int], padding: Padding
) -> Pairs:
    """The padding as (low, high) of each axis, for windows that reach over `span` places."""
    sizes = padding
    if isinstance(padding, str):
        sizes = lax.padtype_to_pads(space, span, strides, padding.upper())
    return tuple((int(low), int(high)) for low, high in sizes)


def count(
    space: Sequence[int], span: Sequence[int], strides: Sequence[int], padding: Pairs
) -> tuple[int, ...]:
    """How many windows fit on each axis."""
    return tuple(
        max((size + low + high - reach) // stride + 1, 0)
        for size, reach, stride, (low, high) in zip(space, span, strides, padding, strict=True)
    )


def pad(x: Array, padding: Pairs, value: ArrayLike = 0) -> Array:
    """`x` with `value` around its spatial axes; a negative size crops."""
    if not any(low or high for low, high in padding):
        return x
    config = [(0, 0, 0), *((low, high, 0) for low, high in padding), (0, 0, 0)]
    return lax.pad(x, jnp.asarray(value, x.dtype), config)


def shifts(x: Array, axis: int, size: int, stride: int = 1, dilation: int = 1) -> list[Array]:
    """What each of the `size` places of a window sees as the window moves along `axis`.

    A strided slice is written as one of `stride` phases: its gradient is then a concatenation,
    where the slice's own is a padding between the elements: a whole strided convolution took
    1.2 to 2 times as long with that, on a CPU.
    """
    places = (x.shape[axis] - (size - 1) * dilation - 1) // stride + 1
    starts = [place * dilation for place in range(size)]
    phases = _phases(x, axis, stride, starts[-1] // stride + places)
    return [
        lax.slice_in_dim(phases[start % stride], start // stride, start // stride + places, 1, axis)
        for start in starts
    ]


def patches(
    x: Array, window: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> Array:
    """Every window's content as channels, in the order (*window, channels).

    Shapes:
        x: (batch, *space, channels), padded -> (batch, *places, prod(window) * channels)
    """
    for axis in range(x.ndim - 2, 0, -1):
        seen = shifts(x, axis, window[axis - 1], strides[axis - 1], dilation[axis - 1])
        x = lax.concatenate(seen, x.ndim - 1)
    return x


def _phases(x: Array, axis: int, stride: int, rows: int) -> list[Array]:
    """`x[phase::stride]` along `axis` for each phase, of at least `rows` rows."""
    if stride == 1:
        return [x]
    rows = max(rows, -(-x.shape[axis] // stride))
    config = [(0, 0, 0)] * x.ndim
    config[axis] = (0, rows * stride - x.shape[axis], 0)
    x = lax.pad(x, jnp.zeros((), x.dtype), config)
    x = x.reshape(*x.shape[:axis], rows, stride, *x.shape[axis + 1 :])
    return [lax.squeeze(phase, (axis + 1,)) for phase in lax.split(x, (1,) * stride, axis + 1)]
