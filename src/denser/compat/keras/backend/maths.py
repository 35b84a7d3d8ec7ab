"""Sums and means, comparisons, products, element by element, arrangement: the old names' maths."""

import builtins
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from .... import ops, settings
from ....core.messages import UserError, shape_text
from ....core.op import op
from ....core.tensor import as_array
from ...era import eras
from ..keywords import older_names
from .shapes import as_sizes

# ------------------------------------------------------------------------------ along the axes


def _floats(x: Any) -> Any:
    """Whole numbers and truths as floats, of which means can be taken."""
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(settings.floatx())


def _axes(axis: Any) -> Any:
    return tuple(map(int, axis)) if isinstance(axis, (list, tuple, np.ndarray)) else axis


@op
def sum(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Sum along axes."""
    return jnp.sum(x, _axes(axis), keepdims=keepdims)


@op
def max(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """The largest element along axes."""
    return jnp.max(x, _axes(axis), keepdims=keepdims)


@op
def min(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """The least element along axes."""
    return jnp.min(x, _axes(axis), keepdims=keepdims)


@op
def mean(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Mean along axes; of truths, the share of those that are true."""
    return jnp.mean(_floats(jnp.asarray(x)), _axes(axis), keepdims=keepdims)


@op
def var(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Variance `mean((x - mean(x))^2)` along axes."""
    return jnp.var(_floats(jnp.asarray(x)), _axes(axis), keepdims=keepdims)


@op
def std(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Standard deviation `sqrt(var(x))` along axes."""
    return jnp.std(_floats(jnp.asarray(x)), _axes(axis), keepdims=keepdims)


@op
def any(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Whether something along axes is not 0."""
    return jnp.any(jnp.asarray(x).astype(bool), _axes(axis), keepdims=keepdims)


@op
def all(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Whether nothing along axes is 0."""
    return jnp.all(jnp.asarray(x).astype(bool), _axes(axis), keepdims=keepdims)


@op
def argmax(x: Array, axis: int = -1) -> Array:
    """Where along an axis the largest element stands."""
    return jnp.argmax(x, axis)


@op
def argmin(x: Array, axis: int = -1) -> Array:
    """Where along an axis the least element stands."""
    return jnp.argmin(x, axis)


@as_sizes
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Product along axes; of sizes, a size."""
    return ops.prod(x, axis=_axes(axis), keepdims=keepdims)


@op
def cumsum(x: Array, axis: int = 0) -> Array:
    """Sums of all elements up to each along an axis."""
    return jnp.cumsum(x, axis)


@op
def cumprod(x: Array, axis: int = 0) -> Array:
    """Products of all elements up to each along an axis."""
    return jnp.cumprod(x, axis)


@op
def logsumexp(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """`log(sum(e^x))` along axes, without overflow."""
    return jax.nn.logsumexp(x, _axes(axis), keepdims=keepdims)


# --------------------------------------------------------------------------- element by element


@op
def sqrt(x: Array) -> Array:
    """`sqrt(max(x, 0))`."""
    return jnp.sqrt(jnp.maximum(_floats(jnp.asarray(x)), 0))


@op
def pow(x: Array, a: Any) -> Array:
    """`x ** a`."""
    return jnp.power(x, as_array(a) if hasattr(a, "value") else a)


@op
def clip(x: Array, min_value: Any = None, max_value: Any = None) -> Array:
    """`x`, but nothing below `min_value` or above `max_value`, which is at least `min_value`."""
    low = -jnp.inf if min_value is None else min_value
    high = jnp.inf if max_value is None else jnp.maximum(low, max_value)
    x = jnp.asarray(x)
    return jnp.minimum(jnp.maximum(x, low), high).astype(x.dtype)


# ------------------------------------------------------------------------------------- products


@op
def dot(x: Array, y: Array) -> Array:
    """Sums of products over the last axis of `x` and the last but one of `y`.

    Shapes:
        x: (..., n)
        y: (n,) or (..., n, m)
    """
    return jnp.dot(x, y)


@op
def batch_dot(x: Array, y: Array, axes: Any = None) -> Array:
    """Sums of products of each row of `x` with the same of `y`, over one axis of each.

    Shapes:
        x: (batch, ..., n, ...)
        y: (batch, ..., n, ...)
        result: (batch, what is left of x, what is left of y), or (batch, 1) where nothing is

    Args:
        axes: The axis of both, or of each; None: the last of `x`, the last but one of `y`.

    With four axes or more Keras 1 and the first versions of Keras 2 took all axes but the last two
    for the batch, and so does this in these eras.
    """
    if x.ndim < 2 or y.ndim < 2:
        raise UserError(
            "batch_dot: expected two arrays with a batch and another axis; got "
            f"{shape_text(x.shape)} and {shape_text(y.shape)}."
        )
    if axes is None:
        axes = (x.ndim - 1, y.ndim - 1 if y.ndim == 2 else y.ndim - 2)
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % x.ndim, second % y.ndim
    if builtins.max(x.ndim, y.ndim) > 3 and eras.present() in ("1", "2"):
        return _dot_of_last_axes(x, y, first, second)
    if 0 in (first, second) or x.shape[first] != y.shape[second]:
        raise UserError(
            f"batch_dot: axis {first} of {shape_text(x.shape)} and axis {second} of "
            f"{shape_text(y.shape)} must be of one size, and neither the batch."
        )
    product = jax.vmap(lambda a, b: jnp.tensordot(a, b, (first - 1, second - 1)))(x, y)
    return product[:, None] if product.ndim == 1 else product


def _dot_of_last_axes(x: Array, y: Array, first: int, second: int) -> Array:
    """The matrix product of the last two axes; one with fewer axes gets axes of 1 at its end."""
    rank = builtins.max(x.ndim, y.ndim)
    diff = builtins.abs(x.ndim - y.ndim)
    # Where the product has the axes of 1: those of y are its last, those of x come before them.
    spare = x.ndim + y.ndim - 3 if x.ndim > y.ndim else x.ndim - 1
    x = x.reshape(x.shape + (1,) * (rank - x.ndim))
    y = y.reshape(y.shape + (1,) * (rank - y.ndim))
    x = x if first == rank - 1 else jnp.swapaxes(x, -1, -2)
    y = jnp.swapaxes(y, -1, -2) if second == rank - 1 else y
    product = jnp.matmul(x, y)
    return jnp.squeeze(product, tuple(range(spare, spare + diff))) if diff else product


@op
def l2_normalize(x: Array, axis: Any = None) -> Array:
    """`x / norm(x)` along axes; 0 stays 0."""
    squares = jnp.sum(jnp.square(x), _axes(axis), keepdims=True)
    return x * lax.rsqrt(jnp.maximum(squares, 1e-12))  # TensorFlow's least sum


# ---------------------------------------------------------------------------------- arrangement


@as_sizes
def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Arrays joined along an axis; of sizes, sizes."""
    return ops.concatenate(tensors, axis)


@as_sizes
def stack(x: Any, axis: int = 0) -> Any:
    """Arrays of one shape along a new axis; of sizes, a shape."""
    return ops.stack(x, axis)


def permute_dimensions(x: Any, pattern: Any) -> Any:
    """The axes in the order of `pattern`."""
    return ops.transpose(x, [int(axis) for axis in pattern])


@older_names(dim="axis")
def expand_dims(x: Any, axis: int = -1) -> Any:
    """A new axis of size 1."""
    return ops.expand_dims(x, axis)


def squeeze(x: Any, axis: Any = None) -> Any:
    """Without an axis of size 1."""
    return ops.squeeze(x, axis)


@op
def repeat(x: Array, n: int) -> Array:
    """Each row `n` times, one after the other: (batch, size) -> (batch, n, size)."""
    if x.ndim != 2:
        raise UserError(f"repeat: `x` must be (batch, size); got {shape_text(x.shape)}.")
    return jnp.repeat(x[:, None], int(n), axis=1)


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Each element `rep` times along an axis."""
    return ops.repeat(x, int(rep), axis)


@older_names(axis="axes")
def reverse(x: Any, axes: Any) -> Any:
    """The elements backwards along axes."""
    return ops.flip(x, tuple(axes) if isinstance(axes, (list, tuple)) else axes)


def gather(reference: Any, indices: Any) -> Any:
    """The rows that the indices name."""
    return ops.take(reference, cast_indices(indices), 0)


@op
def cast_indices(indices: Array) -> Array:
    """Indices as whole numbers, which older scripts have as floats."""
    indices = jnp.asarray(indices)
    return indices if jnp.issubdtype(indices.dtype, jnp.integer) else indices.astype("int32")


def slice(x: Any, start: Any, size: Any) -> Any:
    """The block of `size` that begins at `start`; -1 reaches to the end."""
    parts = zip(start, size, strict=True)
    return x[tuple(_part(int(begin), int(count)) for begin, count in parts)]


def _part(begin: int, count: int) -> Any:
    return builtins.slice(begin, None if count == -1 else begin + count)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Any:
    """Numbers from `start` up to, but not including, `stop`; a single number is `stop`."""
    if stop is None:
        start, stop = 0, start
    return ops.arange(start, stop, step, dtype=dtype)


@older_names(nb_classes="num_classes")
@op
def one_hot(indices: Array, num_classes: int) -> Array:
    """1 at the place that the integer names, 0 elsewhere."""
    return jax.nn.one_hot(indices, int(num_classes), dtype=settings.floatx())


@op
def in_top_k(predictions: Array, targets: Array, k: int) -> Array:
    """Whether fewer than `k` classes of a row have a larger score than its target."""
    targets = targets.astype("int32")
    of_target = jnp.take_along_axis(predictions, targets[:, None], axis=-1)
    return jnp.sum(predictions > of_target, axis=-1) < k


@op
def temporal_padding(x: Array, padding: Any = (1, 1)) -> Array:
    """Zeros before and after the steps of (batch, time, size)."""
    return jnp.pad(x, ((0, 0), _pair(padding), (0, 0)))


def _pair(padding: Any) -> tuple[int, int]:
    return (padding, padding) if isinstance(padding, int) else tuple(padding)


def space_padding(x: Array, padding: Sequence[Any], data_format: str) -> Array:
    """Zeros around the axes of space, a number or a pair for each."""
    around = [_pair(part) for part in padding]
    around = [(0, 0), *around] if data_format == "channels_last" else [(0, 0), (0, 0), *around]
    return jnp.pad(x, around + [(0, 0)] * (x.ndim - len(around)))
