"""Sorting, searching, counting: what depends on which element is larger or equal."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from ..core.messages import bad_argument
from ..core.op import op
from .core import refuse

sort = op(jnp.sort, "x, axis=-1", "The elements along an axis from small to large.")
argsort = op(jnp.argsort, "x, axis=-1", "The indices that sort along an axis; equal ones stay.")
nonzero = op(jnp.nonzero, "x", "The indices of what is not 0, one array for each axis.")
digitize = op(jnp.digitize, "x, bins", "How many of the rising `bins` are `<= x`.")
searchsorted = op(
    jnp.searchsorted,
    "sorted_sequence, values, side='left'",
    "Where values would stand in a sorted sequence, left or right of equal ones.",
)
isin = op(
    jnp.isin,
    "x1, x2, assume_unique=False, invert=False",
    "Whether each element of `x1` is one of `x2`, or with `invert` is none.",
)


@op
def argpartition(x: Array, kth: int, axis: int | None = -1) -> Array:
    """Indices that put the `kth` smallest in its place, smaller ones before, larger ones after."""
    x = jnp.asarray(x)
    return jnp.argpartition(x.ravel() if axis is None else x, kth, -1 if axis is None else axis)


@op
def top_k(x: Array, k: int, sorted: bool = True) -> tuple[Array, Array]:
    """The `k` largest along the last axis, from large to small, and their indices.

    Args:
        sorted: Whether the order matters to you; they come sorted in any case.
    """
    values, indices = jax.lax.top_k(x, k)
    return values, indices


@op
def in_top_k(targets: Array, predictions: Array, k: int) -> Array:
    """Whether the prediction of the true class is among the `k` largest, ties included.

    Shapes:
        targets: (batch,), integers
        predictions: (batch, classes)
        result: (batch,), boolean
    """
    true = jnp.take_along_axis(predictions, jnp.asarray(targets)[..., None], axis=-1)
    ahead = jnp.sum(predictions > true, axis=-1)
    return (ahead < k) & jnp.isfinite(true[..., 0])


@op
def unique(
    x: Array,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The different elements of `x`, or the different slices along an axis, sorted.

    Args:
        sorted: Whether the order matters to you; they come sorted in any case.
        return_index: Whether to return where each stands first, too.
        return_inverse: Whether to return for each element of `x` which one it is, too.
        return_counts: Whether to return how often each occurs, too.
        size: The length of the result, which compiled code needs: cut, or filled with
            `fill_value` (None: 0).
    """
    return jnp.unique(
        jnp.asarray(x),
        return_index=return_index,
        return_inverse=return_inverse,
        return_counts=return_counts,
        axis=axis,
        size=size,
        fill_value=0 if size is not None and fill_value is None else fill_value,
    )


@op
def bincount(
    x: Array, weights: Array | None = None, minlength: int = 0, sparse: bool = False
) -> Array:
    """How often each of 0, 1, 2, ... occurs along the last axis, or the sum of its weights.

    Shapes:
        x: (..., n), integers of 0 or more
        weights: as x
        result: (..., max(minlength, largest + 1)); (..., minlength) in compiled code

    Args:
        sparse: Only False.
    """
    refuse("bincount", sparse=sparse)
    x = jnp.asarray(x)
    if isinstance(x, Tracer):
        if minlength == 0:
            raise bad_argument("bincount", "minlength", "given in compiled code", minlength)
        length = minlength
    else:
        length = max(minlength, int(x.max(initial=-1)) + 1)
    weights = jnp.ones(x.shape, jnp.int32) if weights is None else jnp.asarray(weights)
    rows = jnp.arange(int(np.prod(x.shape[:-1])))[:, None]
    counts = jnp.zeros((rows.size, length), weights.dtype)
    counts = counts.at[rows, x.reshape(rows.size, -1)].add(weights.reshape(rows.size, -1))
    return counts.reshape(*x.shape[:-1], length)


@op
def histogram(x: Array, bins: int = 10, range: Any = None) -> tuple[Array, Array]:
    """How many elements fall into each of `bins` equal bins, and the edges of the bins.

    Args:
        range: The lower and upper end of the bins; None: from the smallest to the largest `x`.
    """
    if not isinstance(bins, int) or bins < 1:
        raise bad_argument("histogram", "bins", "a positive integer", bins)
    return jnp.histogram(jnp.asarray(x), bins=bins, range=range)


# ----------------------------------------------------------------------------------- segments


def _segment(name: str, doc: str) -> Any:
    reduce = getattr(jax.ops, name)

    def segments(
        data: Array, segment_ids: Array, num_segments: int | None = None, sorted: bool = False
    ) -> Array:
        data, ids = jnp.asarray(data), jnp.asarray(segment_ids)
        if num_segments is None:
            if isinstance(ids, Tracer):
                raise bad_argument(name, "num_segments", "given in compiled code", None)
            num_segments = int(ids.max(initial=-1)) + 1
        flat = data.reshape(-1, *data.shape[ids.ndim :])
        return reduce(flat, ids.ravel(), num_segments, indices_are_sorted=sorted)

    segments.__name__, segments.__doc__ = name, doc
    return op(segments)


segment_sum = _segment("segment_sum", "Sum of the rows of `data` that have the same segment id.")
segment_prod = _segment("segment_prod", "Product of the rows that have the same segment id.")
segment_max = _segment("segment_max", "Largest of the rows that have the same segment id.")
segment_min = _segment("segment_min", "Smallest of the rows that have the same segment id.")
