"""F-scores: one number for precision and recall."""

from typing import Annotated, Any, ClassVar

import jax.numpy as jnp

from .. import config
from ..core.fields import PositiveNumber, one_of, when
from ..core.messages import UserError, shape_text, who
from ..losses.weighing import lift
from .metric import _Named, batch

Average = Annotated[Any, one_of(None, "micro", "macro", "weighted")]
Threshold = Annotated[
    float,
    when(
        "a number above 0 and up to 1",
        lambda v: isinstance(v, (int, float)) and 0 < v <= 1,
        bad=(0.0, 1.5, "a"),
    ),
]
_COUNTS = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class _FScore(_Named):
    """`(1 + beta^2) * precision * recall / (beta^2 * precision + recall)` of each class."""

    _direction = "up"
    beta = 1.0

    # Fields of every subclass.
    average: ClassVar[str | None]
    threshold: ClassVar[float | None]

    def build(self, classes: int) -> None:
        """Make the state, once the number of classes is seen."""
        shape = () if self.average == "micro" else (classes,)
        for name in _COUNTS:
            setattr(self, name, self.zeros(name, shape))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in: y_true (batch, classes) of 0 and 1, y_pred (batch, classes)."""
        y_true, y_pred, weight = batch(self, y_true, y_pred, sample_weight)
        if y_true.ndim != 2 or y_true.shape != y_pred.shape:
            raise UserError(
                f"{who(self)}: expected `y_true` and `y_pred` of one shape (batch, classes); got "
                f"{shape_text(y_true.shape)} and {shape_text(y_pred.shape)}."
            )
        if not self.variables:
            self.build(y_pred.shape[1])
        if self.threshold is None:
            best = y_pred.max(axis=-1, keepdims=True)
            yes = (y_pred >= best) & (jnp.abs(y_pred) > 1e-9)
        else:
            yes = y_pred > self.threshold
        yes = yes.astype(y_true.dtype)
        weight = 1 if weight is None else lift(weight, 2)
        axis = None if self.average == "micro" else 0
        parts = (yes * y_true, yes * (1 - y_true), (1 - yes) * y_true, y_true)
        for name, part in zip(_COUNTS, parts, strict=True):
            getattr(self, name).assign_add((part * weight).sum(axis=axis))

    def result(self) -> Any:
        """The score of each class, or their average."""
        if not self.variables:
            return jnp.zeros((), self.dtype)
        tp, fp, fn, size = (getattr(self, name).value for name in _COUNTS)
        tiny, square = config.epsilon(), self.beta**2
        precision, recall = tp / (tp + fp + tiny), tp / (tp + fn + tiny)
        score = (1 + square) * precision * recall / (square * precision + recall + tiny)
        if self.average == "weighted":
            return (score * size / (size.sum() + tiny)).sum()
        return score if self.average is None else score.mean()


class FBetaScore(_FScore):
    """`(1 + beta^2) * precision * recall / (beta^2 * precision + recall)`.

    Args:
        average: None: one score per class; 'macro': their mean; 'weighted': their mean weighted
            by how often each class occurs; 'micro': one score over all answers.
        beta: How much more recall counts than precision.
        threshold: Above it the answer is yes; None: the largest prediction of each sample.
        name, dtype: See `Metric`.

    Example:
        >>> y_true, y_pred = [[1, 1, 1], [1, 0, 0]], [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6]]
        >>> round(float(FBetaScore("macro", beta=2.0, threshold=0.5)(y_true, y_pred)), 3)
        0.556
    """

    average: Average = None
    beta: PositiveNumber = 1.0
    threshold: Threshold | None = None
    name: str | None = "fbeta_score"
    dtype: Any = None


class F1Score(_FScore):
    """`2 * precision * recall / (precision + recall)`.

    Args:
        average: None: one score per class; 'macro': their mean; 'weighted': their mean weighted
            by how often each class occurs; 'micro': one score over all answers.
        threshold: Above it the answer is yes; None: the largest prediction of each sample.
        name, dtype: See `Metric`.
    """

    average: Average = None
    threshold: Threshold | None = None
    name: str | None = "f1_score"
    dtype: Any = None
