"""Metrics of Keras 1 on single batches, and the words for a loss's reduction."""

from typing import Any

import jax.numpy as jnp

from ...core.op import op

_LITTLE = 1e-7


class Reduction:
    """How a loss becomes one number: tf.keras's words for today's strings."""

    AUTO = "sum_over_batch_size"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"


def _counts(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    """True positives, predicted positives, positives."""
    hits = jnp.round(jnp.clip(y_true * y_pred, 0, 1)).sum()
    return hits, jnp.round(jnp.clip(y_pred, 0, 1)).sum(), jnp.round(jnp.clip(y_true, 0, 1)).sum()


@op
def precision(y_true: Any, y_pred: Any) -> Any:
    """The part of the predicted positives of a batch that are."""
    hits, predicted, _ = _counts(y_true, y_pred)
    return hits / (predicted + _LITTLE)


@op
def recall(y_true: Any, y_pred: Any) -> Any:
    """The part of the positives of a batch that were predicted."""
    hits, _, positives = _counts(y_true, y_pred)
    return hits / (positives + _LITTLE)


@op
def fbeta_score(y_true: Any, y_pred: Any, beta: float = 1) -> Any:
    """`(1 + b^2) p r / (b^2 p + r)` of precision `p` and recall `r` of a batch."""
    hits, predicted, positives = _counts(y_true, y_pred)
    p, r = hits / (predicted + _LITTLE), hits / (positives + _LITTLE)
    return (1 + beta**2) * p * r / (beta**2 * p + r + _LITTLE)


@op
def fmeasure(y_true: Any, y_pred: Any) -> Any:
    """The harmonic mean of precision and recall of a batch."""
    hits, predicted, positives = _counts(y_true, y_pred)
    return 2 * hits / (predicted + positives + _LITTLE)


@op
def matthews_correlation(y_true: Any, y_pred: Any) -> Any:
    """The correlation of the true and the predicted binary classes of a batch."""
    true, pred = jnp.round(jnp.clip(y_true, 0, 1)), jnp.round(jnp.clip(y_pred, 0, 1))
    tp, tn = (true * pred).sum(), ((1 - true) * (1 - pred)).sum()
    fp, fn = ((1 - true) * pred).sum(), (true * (1 - pred)).sum()
    scale = jnp.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (scale + _LITTLE)
