"""Accuracies: how often the prediction is the label."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from .. import config
from ..core.fields import Number, Positive
from ..core.op import op
from ..losses.weighing import same_rank
from .means import _MeanOf
from .metric import FUNCTIONS


@op
def accuracy(y_true: Array, y_pred: Array) -> Array:
    """1 where `y_true == y_pred`, else 0.

    Shapes:
        y_true, y_pred: (batch, ...) -> (batch, ...)
    """
    y_true, y_pred = same_rank(jnp.asarray(y_true), jnp.asarray(y_pred))
    return (y_true.astype(y_pred.dtype) == y_pred).astype(config.floatx())


@FUNCTIONS.named()
@op
def binary_accuracy(y_true: Array, y_pred: Array, threshold: float = 0.5) -> Array:
    """1 where `y_pred > threshold` says what `y_true` says, else 0.

    Shapes:
        y_true: (batch, ...), 0 or 1
        y_pred: (batch, ...) -> (batch, ...)

    Args:
        threshold: Above it the answer is yes.

    Example:
        >>> binary_accuracy([1, 0], [0.7, 0.6]).tolist()
        [1.0, 0.0]
    """
    y_true, y_pred = same_rank(jnp.asarray(y_true), jnp.asarray(y_pred))
    return (y_true == (y_pred > threshold).astype(y_true.dtype)).astype(config.floatx())


@FUNCTIONS.named()
@op
def categorical_accuracy(y_true: Array, y_pred: Array) -> Array:
    """1 where the largest prediction is at the one-hot label's place, else 0.

    Shapes:
        y_true, y_pred: (batch, ..., classes) -> (batch, ...)

    Example:
        >>> categorical_accuracy([[0, 1], [0, 1]], [[0.2, 0.8], [0.7, 0.3]]).tolist()
        [1.0, 0.0]
    """
    return _is_top(jnp.argmax(y_true, axis=-1), jnp.asarray(y_pred))


@FUNCTIONS.named()
@op
def sparse_categorical_accuracy(y_true: Array, y_pred: Array) -> Array:
    """1 where the largest prediction is at the place `y_true`, else 0.

    Shapes:
        y_true: (batch, ...) or (batch, ..., 1), class numbers from 0
        y_pred: (batch, ..., classes) -> (batch, ...)

    Example:
        >>> sparse_categorical_accuracy([1, 1], [[0.2, 0.8], [0.7, 0.3]]).tolist()
        [1.0, 0.0]
    """
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    return _is_top(y_true, y_pred)


def _is_top(labels: Any, y_pred: Any) -> Any:
    return (labels == jnp.argmax(y_pred, axis=-1).astype(labels.dtype)).astype(config.floatx())


@FUNCTIONS.named()
@op
def top_k_categorical_accuracy(y_true: Array, y_pred: Array, k: int = 5) -> Array:
    """1 where the one-hot label's prediction is among the k largest, else 0.

    Shapes:
        y_true, y_pred: (batch, ..., classes) -> (batch, ...)

    Args:
        k: How many predictions count.

    Example:
        >>> top_k_categorical_accuracy([[0, 0, 1]], [[0.5, 0.2, 0.3]], k=2).tolist()
        [1.0]
    """
    return _is_in_top(jnp.argmax(y_true, axis=-1), jnp.asarray(y_pred), k)


@FUNCTIONS.named()
@op
def sparse_top_k_categorical_accuracy(
    y_true: Array, y_pred: Array, k: int = 5, from_sorted_ids: bool = False
) -> Array:
    """1 where the prediction at the place `y_true` is among the k largest, else 0.

    Shapes:
        y_true: (batch, ...), class numbers from 0
        y_pred: (batch, ..., classes) -> (batch, ...)

    Args:
        k: How many predictions count.
        from_sorted_ids: Whether y_pred holds class numbers, the best first, in place of scores.

    Example:
        >>> sparse_top_k_categorical_accuracy([2], [[0.5, 0.2, 0.3]], k=2).tolist()
        [1.0]
    """
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if from_sorted_ids:
        found = (y_true[..., None] == y_pred[..., :k]).any(axis=-1)
        return found.astype(config.floatx())
    return _is_in_top(y_true.astype(jnp.int32), y_pred, k)


def _is_in_top(labels: Any, y_pred: Any, k: int) -> Any:
    """1 where fewer than k predictions exceed the label's, which must be finite; else 0."""
    mine = jnp.take_along_axis(y_pred, labels[..., None], axis=-1)
    ahead = (y_pred > mine).sum(axis=-1)
    return ((ahead < k) & jnp.isfinite(mine[..., 0])).astype(config.floatx())


class Accuracy(_MeanOf, of=accuracy):
    """How often `y_pred` equals `y_true`.

    Args:
        name, dtype: See `Metric`.

    Example:
        >>> float(Accuracy()([1, 2, 3, 4], [0, 2, 3, 4]))
        0.75
    """

    _direction = "up"


class BinaryAccuracy(_MeanOf, of=binary_accuracy):
    """How often `y_pred > threshold` says what `y_true` says.

    Args:
        name, dtype: See `Metric`.
        threshold: Above it the answer is yes.

    Example:
        >>> float(BinaryAccuracy()([1, 1, 0, 0], [0.98, 1, 0, 0.6]))
        0.75
    """

    _direction = "up"

    name: str | None = "binary_accuracy"
    dtype: Any = None
    threshold: Number = 0.5


class CategoricalAccuracy(_MeanOf, of=categorical_accuracy):
    """How often the largest prediction is at the one-hot label's place.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "up"


class SparseCategoricalAccuracy(_MeanOf, of=sparse_categorical_accuracy):
    """How often the largest prediction is at the place that the class number says.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "up"


class TopKCategoricalAccuracy(_MeanOf, of=top_k_categorical_accuracy):
    """How often the one-hot label's prediction is among the k largest.

    Args:
        k: How many predictions count.
        name, dtype: See `Metric`.
    """

    _direction = "up"

    k: Positive = 5


class SparseTopKCategoricalAccuracy(_MeanOf, of=sparse_top_k_categorical_accuracy):
    """How often the prediction at the class number's place is among the k largest.

    Args:
        k: How many predictions count.
        name, dtype: See `Metric`.
        from_sorted_ids: Whether y_pred holds class numbers, the best first, in place of scores.
    """

    _direction = "up"
    unwritten = ("from_sorted_ids",)

    k: Positive = 5
    name: str | None = "sparse_top_k_categorical_accuracy"
    dtype: Any = None
    from_sorted_ids: bool = False
