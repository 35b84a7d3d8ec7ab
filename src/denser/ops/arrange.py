"""The same elements in another shape or order: reshape, join, split, repeat, pick."""

import math
import re
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from ..core.messages import UserError, bad_argument
from ..core.op import op

# ----------------------------------------------------------------------------- axes and shapes
ravel = op(jnp.ravel, "x", "All elements in one axis.")
flip = op(jnp.flip, "x, axis=None", "The elements backwards along an axis; along all for None.")
fliplr = op(jnp.fliplr, "x", "The elements backwards along the second axis.")
flipud = op(jnp.flipud, "x", "The elements backwards along the first axis.")
squeeze = op(jnp.squeeze, "x, axis=None", "Without axes of size 1: those given, or all.")
transpose = op(jnp.transpose, "x, axes=None", "Axes in another order; None turns it round.")
unravel_index = op(jnp.unravel_index, "indices, shape", "Flat indices as one array per axis.")


@op
def reshape(x: Array, newshape: Any) -> Array:
    """The elements in another shape; one size may be -1, which means what is left."""
    sizes = newshape if isinstance(newshape, (tuple, list)) else (newshape,)
    return jnp.reshape(x, tuple(-1 if size is None else size for size in sizes))


@op
def expand_dims(x: Array, axis: Any) -> Array:
    """A new axis of size 1 at each place that `axis` names in the result."""
    return jnp.expand_dims(x, _tuple(axis))


@op
def moveaxis(x: Array, source: Any, destination: Any) -> Array:
    """Axes moved to other places; the others keep their order."""
    return jnp.moveaxis(x, source, destination)


@op
def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged."""
    return jnp.swapaxes(x, axis1, axis2)


@op
def broadcast_to(x: Array, shape: Any) -> Array:
    """`x` repeated along new axes and along those of size 1, to a shape."""
    return jnp.broadcast_to(x, shape)


@op
def roll(x: Array, shift: Any, axis: Any = None) -> Array:
    """The elements moved along an axis, those that leave it coming back at its start."""
    return jnp.roll(x, shift, axis)


@op
def rot90(array: Array, k: int = 1, axes: Any = (0, 1)) -> Array:
    """The plane of two axes turned by `k` quarters, from the first axis towards the second."""
    return jnp.rot90(array, k, axes)


_GROUP = re.compile(r"\(([^()]*)\)|(\S+)")


@op
def rearrange(tensor: Array, pattern: str, **axes_lengths: int) -> Array:
    """Axes split, moved and joined as a pattern of names says.

    Args:
        pattern: As "b (h p) w -> b h (w p)": names in brackets are one axis on that side.
        **axes_lengths: Sizes of axes inside brackets; one of each bracket may be left out.

    Example:
        >>> rearrange(jnp.ones((2, 6, 4)), "b (h p) w -> b h (w p)", p=3).shape
        (2, 2, 12)

    Source: the notation of einops; Rogozhnikov, Einops (ICLR 2022).
    """
    sides = [
        [(inside or single).split() for inside, single in _GROUP.findall(side)]
        for side in pattern.split("->")
    ]
    if len(sides) != 2 or sorted(sum(sides[0], [])) != sorted(sum(sides[1], [])):
        expected = "of the form 'a b -> b a' with the same names on both sides"
        raise bad_argument("rearrange", "pattern", expected, pattern)
    before, after = sides
    if len(before) != tensor.ndim:
        raise UserError(
            f"rearrange: {pattern!r} names {len(before)} axes; got shape {tensor.shape}."
        )
    sizes: dict[str, int] = {}
    for group, size in zip(before, tensor.shape, strict=True):
        sizes.update(_sizes(group, size, axes_lengths, pattern))
    names = sum(before, [])
    split = tensor.reshape([sizes[name] for name in names])
    moved = split.transpose([names.index(name) for name in sum(after, [])])
    return moved.reshape([math.prod(sizes[name] for name in group) for group in after])


def _sizes(group: list[str], size: int, given: dict[str, int], pattern: str) -> dict[str, int]:
    """The sizes of the axes that one axis of `size` consists of."""
    known = {name: given[name] for name in group if name in given}
    rest = [name for name in group if name not in given]
    product = math.prod(known.values())
    if len(rest) > 1 or size % product or (not rest and size != product):
        raise UserError(
            f"rearrange: ({' '.join(group)}) of {pattern!r} cannot be an axis of size {size} "
            f"with the sizes given: {given}."
        )
    return {**known, **{name: size // product for name in rest}}


# ---------------------------------------------------------------------------------- joining


@op
def concatenate(xs: Sequence[Array], axis: int = 0) -> Array:
    """Arrays after one another along an axis they have."""
    return jnp.concatenate(xs, axis)


@op
def stack(x: Sequence[Array], axis: int = 0) -> Array:
    """Arrays of one shape beside one another along a new axis."""
    return jnp.stack(x, axis)


@op
def hstack(xs: Sequence[Array]) -> Array:
    """Arrays after one another along the second axis, or the only one."""
    return jnp.hstack(xs)


@op
def vstack(xs: Sequence[Array]) -> Array:
    """Arrays after one another along the first axis; flat ones are rows."""
    return jnp.vstack(xs)


@op
def dstack(xs: Sequence[Array]) -> Array:
    """Arrays after one another along the third axis."""
    return jnp.dstack(xs)


append = op(
    jnp.append, "x1, x2, axis=None", "`x2` after `x1` along an axis; both made flat for None."
)


@op
def meshgrid(*x: Array, indexing: str = "xy") -> list[Array]:
    """The coordinates of each point of the grid that flat arrays span, one array per axis."""
    return jnp.meshgrid(*map(jnp.asarray, x), indexing=indexing)


_PADDINGS = (
    "constant edge linear_ramp maximum mean median minimum reflect symmetric wrap empty circular"
).split()


@op
def pad(x: Array, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Array:
    """Elements put around `x`.

    Args:
        pad_width: How many before and after: a pair for each axis, one pair or one number for all.
        mode: What they are: 'constant', 'edge', 'reflect', 'symmetric', 'wrap' (or 'circular'),
            'linear_ramp', 'maximum', 'mean', 'median', 'minimum' or 'empty'.
        constant_values: The number for 'constant'; None: 0.
    """
    if mode not in _PADDINGS:
        raise bad_argument("pad", "mode", f"one of {', '.join(_PADDINGS)}", mode)
    widths = np.broadcast_to(np.asarray(pad_width, int), (jnp.ndim(x), 2))
    if constant_values is None:
        return jnp.pad(x, widths, "wrap" if mode == "circular" else mode)
    if mode != "constant":
        raise bad_argument(
            "pad", "constant_values", "None unless `mode` is 'constant'", constant_values
        )
    return jnp.pad(x, widths, mode, constant_values=constant_values)


# -------------------------------------------------------------------- splitting and repeating


@op
def split(x: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """`x` cut along an axis into equal parts, or at the indices given."""
    return jnp.split(x, _tuple(indices_or_sections), axis)


@op
def array_split(x: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """`x` cut along an axis into parts of about equal size, the first ones larger."""
    return jnp.array_split(x, _tuple(indices_or_sections), axis)


@op
def hsplit(x: Array, indices_or_sections: Any) -> list[Array]:
    """`x` cut along the second axis, or the only one."""
    return jnp.hsplit(x, _tuple(indices_or_sections))


@op
def vsplit(x: Array, indices_or_sections: Any) -> list[Array]:
    """`x` cut along the first axis."""
    return jnp.vsplit(x, _tuple(indices_or_sections))


@op
def dsplit(x: Array, indices_or_sections: Any) -> list[Array]:
    """`x` cut along the third axis."""
    return jnp.dsplit(x, _tuple(indices_or_sections))


@op
def repeat(x: Array, repeats: Any, axis: int | None = None) -> Array:
    """Each element so many times in a row along an axis; of the flat `x` for None.

    Args:
        repeats: One number, or one for each element of the axis.
    """
    return jnp.repeat(x, jnp.asarray(repeats) if isinstance(repeats, list) else repeats, axis)


@op
def tile(x: Array, repeats: Any) -> Array:
    """The whole of `x` so many times along each axis."""
    return jnp.tile(x, _tuple(repeats))


# ----------------------------------------------------------------------------------- picking
diag = op(jnp.diag, "x, k=0", "The `k`-th diagonal of a matrix, or the matrix with that diagonal.")
diagflat = op(jnp.diagflat, "x, k=0", "The matrix with the flat `x` as its `k`-th diagonal.")
diagonal = op(
    jnp.diagonal, "x, offset=0, axis1=0, axis2=1", "The diagonals of two axes, as the last axis."
)
tril = op(jnp.tril, "x, k=0", "Zeros above the `k`-th diagonal.")
triu = op(jnp.triu, "x, k=0", "Zeros below the `k`-th diagonal.")


@op
def take(x: Array, indices: Array, axis: int | None = None) -> Array:
    """The slices that indices name along an axis, negative ones from its end.

    An index outside gives NaN, or the smallest integer.
    """
    return jnp.take(x, jnp.asarray(indices), axis)


@op
def take_along_axis(x: Array, indices: Array, axis: int | None = None) -> Array:
    """For each place, the element of `x` that its index names along an axis."""
    return jnp.take_along_axis(x, jnp.asarray(indices), axis)


@op
def select(
    condlist: Sequence[Array], choicelist: Sequence[Array], default: Array | int = 0
) -> Array:
    """For each place, the choice of the first condition that holds there, else the default."""
    return jnp.select(condlist, choicelist, default)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
