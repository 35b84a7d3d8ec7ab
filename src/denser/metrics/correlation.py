"""How well predicted numbers follow the true ones: R squared and correlations."""

from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array

from .. import config
from ..core.fields import NonNegative, one_of
from ..core.messages import UserError, shape_text, who
from ..core.op import op
from ..core.variable import real_rows
from ..losses.regression import pair
from ..losses.weighing import lift
from .means import _MeanOf
from .metric import FUNCTIONS, _Named, batch

Aggregation = Annotated[str, one_of(None, "uniform_average", "variance_weighted_average")]


@FUNCTIONS.named()
@op
def pearson_correlation(y_true: Array, y_pred: Array, axis: int = -1) -> Array:
    """`cov(y_true, y_pred) / (std(y_true) * std(y_pred))` over an axis.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Args:
        axis: The axis of the values that are compared.

    Example:
        >>> pearson_correlation([[0.0, 2.0, 4.0]], [[1.0, 2.0, 3.0]]).round(3).tolist()
        [1.0]
    """
    true, pred = (_centred(y, axis) for y in pair(y_true, y_pred))
    true, pred = (y / jnp.sqrt(_mean_square(y, axis)) for y in (true, pred))
    return (true * pred).mean(axis=axis)


@FUNCTIONS.named()
@op
def concordance_correlation(y_true: Array, y_pred: Array, axis: int = -1) -> Array:
    """`2 * cov(y_true, y_pred) / (var(y_true) + var(y_pred) + (mean difference)^2)` over an axis:
    the correlation, less for another scale or mean.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Args:
        axis: The axis of the values that are compared.

    Source: Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, 1989.
    """
    y_true, y_pred = pair(y_true, y_pred)
    true, pred = _centred(y_true, axis), _centred(y_pred, axis)
    shift = jnp.square((y_true - y_pred).mean(axis=axis, keepdims=True))
    spread = _mean_square(true, axis) + _mean_square(pred, axis) + shift
    return (2 * true * pred / (spread + config.epsilon())).mean(axis=axis)


def _centred(x: Any, axis: int) -> Any:
    return x - x.mean(axis=axis, keepdims=True)


def _mean_square(x: Any, axis: int) -> Any:
    return jnp.square(x).mean(axis=axis, keepdims=True)


class PearsonCorrelation(_MeanOf, of=pearson_correlation):
    """The mean over the samples of the correlation of each one's values.

    Args:
        name, dtype: See `Metric`.
        axis: The axis of the values that are compared.
    """

    _direction = "up"

    name: str | None = "pearson_correlation"
    dtype: Any = None
    axis: int = -1


class ConcordanceCorrelation(_MeanOf, of=concordance_correlation):
    """The mean over the samples of the concordance of each one's values.

    Args:
        name, dtype: See `Metric`.
        axis: The axis of the values that are compared.
    """

    _direction = "up"

    name: str | None = "concordance_correlation"
    dtype: Any = None
    axis: int = -1


class R2Score(_Named):
    """`1 - sum((y_true - y_pred)^2) / sum((y_true - mean)^2)`: the share of the variance explained.

    Args:
        class_aggregation: 'uniform_average': the mean over the columns;
            'variance_weighted_average': weighted by their variance; None: one value per column.
        num_regressors: How many inputs explain; above 0, the score is adjusted for them.
        name, dtype: See `Metric`.

    Example:
        >>> round(float(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])), 4)
        0.5714
    """

    _direction = "up"

    class_aggregation: Aggregation = "uniform_average"
    num_regressors: NonNegative = 0
    name: str | None = "r2_score"
    dtype: Any = None

    def setup(self) -> None:
        """Make the part of the state that needs no shape."""
        super().setup()
        self.num_samples = self.zeros("num_samples")

    def build(self, columns: int) -> None:
        """Make the rest, once the number of columns is seen."""
        self.squared_sum = self.zeros("squared_sum", (columns,))
        self.sum = self.zeros("sum", (columns,))
        self.total_mse = self.zeros("residual", (columns,))
        self.count = self.zeros("count", (columns,))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in: y_true, y_pred (batch, columns)."""
        y_true, y_pred, weight = batch(self, y_true, y_pred, sample_weight)
        if y_true.ndim != 2 or y_true.shape != y_pred.shape:
            raise UserError(
                f"{who(self)}: expected `y_true` and `y_pred` of one shape (batch, columns); got "
                f"{shape_text(y_true.shape)} and {shape_text(y_pred.shape)}."
            )
        if len(self.variables) == 1:
            self.build(y_pred.shape[1])
        rows = real_rows()
        weight = jnp.ones((), self.dtype) if weight is None else weight
        weight = jnp.broadcast_to(lift(weight, 2), y_true.shape)
        self.sum.assign_add((weight * y_true).sum(axis=0))
        self.squared_sum.assign_add((weight * y_true**2).sum(axis=0))
        self.total_mse.assign_add((weight * (y_true - y_pred) ** 2).sum(axis=0))
        self.count.assign_add(weight.sum(axis=0))
        self.num_samples.assign_add(y_true.size * (1 if rows is None else rows.mean()))

    def result(self) -> Any:
        """The score of each column, or their average."""
        if len(self.variables) == 1:
            return jnp.zeros((), self.dtype)
        total = self.squared_sum.value - jnp.square(self.sum.value) / self.count.value
        score = 1 - self.total_mse.value / total
        score = jnp.where(jnp.isinf(score), 0, score)
        if self.class_aggregation == "uniform_average":
            score = score.mean()
        elif self.class_aggregation == "variance_weighted_average":
            score = (total * score).sum() / total.sum()
        if self.num_regressors:
            # With too few samples for the number of inputs the plain score stands.
            free = self.num_samples.value - self.num_regressors - 1
            adjusted = 1 - (1 - score) * (self.num_samples.value - 1) / jnp.where(free > 0, free, 1)
            score = jnp.where(free > 0, adjusted, score)
        return score
