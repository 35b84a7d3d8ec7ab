"""Losses of overlapping regions: what a predicted and a true area of an image share."""

from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array

from .. import config
from ..core.fields import Number, Rule
from ..core.op import op
from ..core.variable import real_rows
from .loss import LOSSES, Reduction, _OfFunction
from .regression import pair
from .weighing import lift

Axes = Annotated[
    Any,
    Rule("an axis or a list of axes", lambda v: isinstance(v, (int, list, tuple)), None, ("a",)),
]


@LOSSES.named()
@op
def dice(y_true: Array, y_pred: Array, axis: Any = None) -> Array:
    """`1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))`: 0 for equal areas.

    Shapes:
        y_true, y_pred: (batch, height, width, classes), from 0 to 1 -> the axes not summed

    Args:
        axis: The axes to sum over; None: all, so that the result is one number.

    Example:
        >>> round(float(dice([[1.0, 0.0]], [[1.0, 1.0]])), 3)
        0.333

    Source: Dice, Measures of the Amount of Ecologic Association Between Species, 1945.
    """
    y_true, y_pred = pair(y_true, y_pred)
    (both, true, pred) = _sums((y_true * y_pred, y_true, y_pred), axis)
    return 1 - 2 * both / (true + pred + config.epsilon())


@LOSSES.named()
@op
def tversky(
    y_true: Array, y_pred: Array, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Array:
    """`1 - s / (s + alpha * sum(y_true * (1 - y_pred)) + beta * sum((1 - y_true) * y_pred))`, with
    the shared area `s = sum(y_true * y_pred)`.

    Shapes:
        y_true, y_pred: (batch, height, width, classes), from 0 to 1 -> the axes not summed

    Args:
        alpha: Weight of what is in y_true alone.
        beta: Weight of what is in y_pred alone; alpha = beta = 0.5 is `dice`.
        axis: The axes to sum over; None: all, so that the result is one number.

    Source: Salehi et al., Tversky Loss Function for Image Segmentation, 2017, arXiv:1706.05721.
    """
    y_true, y_pred = pair(y_true, y_pred)
    parts = (y_true * y_pred, y_true * (1 - y_pred), (1 - y_true) * y_pred)
    (both, missed, extra) = _sums(parts, axis)
    return 1 - both / (both + alpha * missed + beta * extra + config.epsilon())


def _sums(parts: tuple, axis: Any) -> list[Any]:
    """The sums over `axis`, without the rows that only fill up the batch."""
    axis = tuple(axis) if isinstance(axis, list) else axis
    rows = real_rows()
    if rows is not None:
        parts = tuple(jnp.where(lift(rows, part.ndim), part, 0) for part in parts)
    return [part.sum(axis=axis) for part in parts]


class Dice(_OfFunction, of=dice):
    """`dice` of a batch.

    Args:
        reduction, name, dtype: See `Loss`.
        axis: The axes to sum over; None: all.
    """

    reduction: Reduction = "sum_over_batch_size"
    name: str | None = "dice"
    axis: Axes = None
    dtype: Any = None


class Tversky(_OfFunction, of=tversky):
    """`tversky` of a batch.

    Args:
        alpha: Weight of what is in y_true alone.
        beta: Weight of what is in y_pred alone.
        reduction, name, dtype: See `Loss`.
        axis: The axes to sum over; None: all.
    """

    alpha: Number = 0.5
    beta: Number = 0.5
    reduction: Reduction = "sum_over_batch_size"
    name: str | None = "tversky"
    axis: Axes = None
    dtype: Any = None
