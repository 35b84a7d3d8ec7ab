"""What counts, and how much: sample weights, masks and fill-up rows beside the values."""

from typing import Any

import jax.numpy as jnp

from ..core.messages import UserError, shape_text
from ..core.variable import real_rows


def same_rank(a: Any, b: Any) -> tuple[Any, Any]:
    """Two arrays whose ranks differ by a last axis of size 1, with one rank.

    (batch, 1) beside (batch,) makes both (batch, 1); (batch, time, 1) beside (batch, time) makes
    both (batch, time). Other arrays stay as they are.
    """
    if a.ndim < b.ndim:
        b, a = same_rank(b, a)
        return a, b
    if a.ndim == b.ndim + 1 and a.shape[-1] == 1:
        return (a, b[:, None]) if b.ndim == 1 else (a[..., 0], b)
    return a, b


def lift(weight: Any, rank: int) -> Any:
    """(batch,) as (batch, 1, 1): trailing axes of size 1 up to `rank`."""
    return weight.reshape(weight.shape + (1,) * (rank - weight.ndim))


def lower(mask: Any, rank: int) -> Any:
    """A mask over steps, for values that are one per row: a row counts if any step does."""
    return mask.any(axis=tuple(range(rank, mask.ndim))) if mask.ndim > rank else mask


def times(weight: Any, other: Any) -> Any:
    """The product of two weights or masks, each for the leading axes; None leaves the other."""
    if weight is None or other is None:
        return other if weight is None else weight
    weight, other = same_rank(weight, other)
    rank = max(weight.ndim, other.ndim)
    return lift(weight, rank) * lift(other, rank)


def fit(values: Any, weight: Any) -> tuple[Any, Any]:
    """Values and their weight with shapes that broadcast: weights stand for the leading axes, and
    a single number stays one.

    Raises:
        UserError: where a weight's axis is neither 1 nor the values' size.
    """
    values, weight = same_rank(values, weight)
    if values.ndim == 0 or weight.ndim == 0:
        return values, weight
    fits = weight.ndim <= values.ndim
    if fits:
        weight = lift(weight, values.ndim)
        fits = all(m in (1, n) for n, m in zip(values.shape, weight.shape, strict=True))
    if not fits:
        raise UserError(
            f"`sample_weight` must fit the values {shape_text(values.shape)}, one weight per "
            f"sample or per entry; got shape {shape_text(weight.shape)}."
        )
    return values, weight


def counted(mask: Any, rank: int) -> Any:
    """Which entries count, boolean: `mask` without the rows that only fill up the batch, or None.

    Args:
        mask: Boolean over the leading axes, or None.
        rank: The rank of the values; a mask of more axes is brought down to it.
    """
    rows = real_rows() if rank else None
    mask = None if mask is None else lower(jnp.asarray(mask, bool), rank)
    if mask is None or rows is None:
        return rows if mask is None else mask
    return mask & lift(rows, mask.ndim)


def safe_divide(a: Any, b: Any) -> Any:
    """`a / b`, and 0 where `b` is 0; the gradient stays finite there."""
    return jnp.where(b == 0, 0, a / jnp.where(b == 0, 1, b))


def reduce_weighted(values: Any, weight: Any, mask: Any, reduction: str | None) -> Any:
    """One number for the losses of a batch, as a Loss's `reduction` says.

    Args:
        values: The losses, of any shape.
        weight: Sample weights for the leading axes, or None.
        mask: Boolean for the leading axes, or None; entries that are masked, and rows that only
            fill up the batch, count neither in the sum nor in the number it is divided by.
        reduction: See `Loss`.
    """
    given = weight is not None or mask is not None
    count = counted(mask, values.ndim or getattr(weight, "ndim", 0))
    weight = times(weight, None if count is None else count.astype(values.dtype))
    if weight is not None:
        values, weight = fit(values, weight)
        values = values * weight
    if reduction in (None, "none") or values.ndim == 0:
        return values
    total = values.sum()
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and given and weight is not None:
        return safe_divide(total, weight.sum())
    share = 1 if count is None else count.mean(dtype=values.dtype)
    return safe_divide(total, values.size * share)
