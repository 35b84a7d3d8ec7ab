"""Losses that ask for a margin between right and wrong: hinge losses, and circle for embeddings."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.fields import Number
from ..core.masks import set_mask
from ..core.op import op
from ..core.variable import real_rows
from .loss import LOSSES, _OfFunction
from .regression import pair


def _signs(y_true: Any) -> Any:
    """Labels as -1 and 1, where all of them are 0 or 1."""
    binary = jnp.all((y_true == 0) | (y_true == 1))
    return jnp.where(binary, 2 * y_true - 1, y_true)


@LOSSES.named()
@op
def hinge(y_true: Array, y_pred: Array) -> Array:
    """`mean(max(1 - y_true * y_pred, 0))` over the last axis.

    Shapes:
        y_true: (batch, ..., size), -1 or 1; where all are 0 or 1, 0 means -1
        y_pred: (batch, ..., size) -> (batch, ...)

    Example:
        >>> hinge([[1.0, -1.0]], [[0.5, -2.0]]).tolist()
        [0.25]
    """
    y_true, y_pred = pair(y_true, y_pred)
    return jnp.maximum(1 - _signs(y_true) * y_pred, 0).mean(axis=-1)


@LOSSES.named()
@op
def squared_hinge(y_true: Array, y_pred: Array) -> Array:
    """`mean(max(1 - y_true * y_pred, 0) ** 2)` over the last axis.

    Shapes:
        y_true: (batch, ..., size), -1 or 1; where all are 0 or 1, 0 means -1
        y_pred: (batch, ..., size) -> (batch, ...)

    Example:
        >>> squared_hinge([[1.0, -1.0]], [[0.0, -2.0]]).tolist()
        [0.5]
    """
    y_true, y_pred = pair(y_true, y_pred)
    return jnp.square(jnp.maximum(1 - _signs(y_true) * y_pred, 0)).mean(axis=-1)


@LOSSES.named()
@op
def categorical_hinge(y_true: Array, y_pred: Array) -> Array:
    """`max(1 + wrong - right, 0)`, for the right class's value and the largest wrong one.

    Shapes:
        y_true: (batch, ..., classes), one-hot
        y_pred: (batch, ..., classes) -> (batch, ...)

    Example:
        >>> categorical_hinge([[0.0, 1.0]], [[0.5, 0.75]]).tolist()
        [0.75]
    """
    y_true, y_pred = pair(y_true, y_pred)
    right = (y_true * y_pred).sum(axis=-1)
    wrong = ((1 - y_true) * y_pred).max(axis=-1)
    return jnp.maximum(wrong - right + 1, 0)


@LOSSES.named()
@op
def circle(
    y_true: Array,
    y_pred: Array,
    ref_labels: Array | None = None,
    ref_embeddings: Array | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Array:
    """`log(1 + sum_p exp(gamma * (d_p + m) * (d_p - m)) * sum_n exp(gamma * (1 + m - d_n)_+ *
    (1 - m - d_n)))`: embeddings of one label come together, those of different labels part.

    d are the cosine distances of a row to the references, p those with its label, n the others. A
    row that lacks either gives 0 and is left out of the mean.

    Shapes:
        y_true: (batch,), integers
        y_pred: (batch, size), vectors of length 1 -> (batch,)
        ref_labels: (references,)
        ref_embeddings: (references, size)

    Args:
        ref_labels, ref_embeddings: What to compare with; None compares within the batch.
        remove_diagonal: Whether row i is not compared with reference i.
        gamma: Scale of the distances.
        margin: How far the two kinds of distance must be apart, m.

    Source: Sun et al., Circle Loss, 2020, arXiv:2002.10857.
    """
    own = ref_embeddings is None
    references = y_pred if own else ref_embeddings.astype(y_pred.dtype)
    labels = jnp.ravel(y_true).astype(jnp.int32)
    ref_labels = labels if ref_labels is None else jnp.ravel(ref_labels).astype(jnp.int32)
    distance = jnp.maximum(1 - y_pred @ references.T, 0)  # (batch, references)

    same = labels[:, None] == ref_labels
    other = ~same
    if remove_diagonal:
        same &= ~jnp.eye(*same.shape, dtype=bool)
    rows = real_rows()
    if own and rows is not None:
        same, other = same & rows, other & rows

    pull = gamma * (margin + distance) * (distance - margin)
    push = gamma * jnp.maximum(1 + margin - distance, 0) * (1 - margin - distance)
    loss = jax.nn.softplus(_logsumexp(pull, same) + _logsumexp(push, other))
    set_mask(loss, loss > 0)
    return loss


def _logsumexp(x: Any, mask: Any) -> Any:
    """Over the last axis where `mask`; hugely negative, and without a slope, where it is empty."""
    floor = jnp.finfo(x.dtype).min / 4
    return jax.nn.logsumexp(jnp.where(mask, x, floor), axis=-1)


class Hinge(_OfFunction, of=hinge):
    """`hinge` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class SquaredHinge(_OfFunction, of=squared_hinge):
    """`squared_hinge` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class CategoricalHinge(_OfFunction, of=categorical_hinge):
    """`categorical_hinge` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class Circle(_OfFunction, of=circle):
    """`circle` within a batch.

    Args:
        gamma: Scale of the distances.
        margin: How far distances to the same label and to others must be apart.
        remove_diagonal: Whether no row is compared with itself.
        reduction, name, dtype: See `Loss`.
    """

    gamma: Number = 80.0
    margin: Number = 0.4
    remove_diagonal: bool = True
