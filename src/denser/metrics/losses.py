"""Losses as metrics: the mean of a loss function's value per sample."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..core.fields import Rate
from ..core.op import op
from ..losses.margin import categorical_hinge, hinge, squared_hinge
from ..losses.probabilistic import (
    binary_crossentropy,
    categorical_crossentropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from ..losses.regression import (
    cosine_similarity,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    pair,
)
from .means import _Mean, _MeanOf
from .metric import METRICS, batch


class MeanSquaredError(_MeanOf, of=mean_squared_error):
    """The mean of `(y_true - y_pred) ** 2`.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class MeanAbsoluteError(_MeanOf, of=mean_absolute_error):
    """The mean of `|y_true - y_pred|`.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class MeanAbsolutePercentageError(_MeanOf, of=mean_absolute_percentage_error):
    """The mean of `100 * |y_true - y_pred| / |y_true|`, in percent.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class MeanSquaredLogarithmicError(_MeanOf, of=mean_squared_logarithmic_error):
    """The mean of `(log(y_true + 1) - log(y_pred + 1)) ** 2`.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class RootMeanSquaredError(_Mean):
    """`sqrt(mean((y_true - y_pred) ** 2))`.

    Args:
        name, dtype: See `Metric`.

    Example:
        >>> float(RootMeanSquaredError()([0.0, 0.0], [3.0, 3.0]))
        3.0
    """

    _direction = "down"
    name = "root_mean_squared_error"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in, with weights for the leading axes."""
        y_true, y_pred, weight = batch(self, y_true, y_pred, sample_weight)
        self.add(jnp.square(jnp.subtract(*pair(y_true, y_pred))), weight)

    def result(self) -> Any:
        """The root of the mean."""
        return jnp.sqrt(super().result())


class LogCoshError(_MeanOf, of=log_cosh):
    """The mean of `log(cosh(y_pred - y_true))`.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"
    name = "logcosh"


@op
def _similarity(y_true: Array, y_pred: Array, axis: int = -1) -> Array:
    """The cosine of the angle between two vectors; the loss is its negative."""
    return -cosine_similarity(y_true, y_pred, axis)


class CosineSimilarity(_MeanOf, of=_similarity):
    """The mean cosine of the angle between y_true and y_pred: 1 for one direction, -1 opposite.

    Args:
        name, dtype: See `Metric`.
        axis: The axis of the vectors.
    """

    _direction = "up"
    unwritten = ("axis",)

    name: str | None = "cosine_similarity"
    dtype: Any = None
    axis: int = -1


class Hinge(_MeanOf, of=hinge):
    """The mean of `max(1 - y_true * y_pred, 0)`.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class SquaredHinge(_MeanOf, of=squared_hinge):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class CategoricalHinge(_MeanOf, of=categorical_hinge):
    """The mean of `max(1 + wrong - right, 0)`, for the right class and the largest wrong one.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class KLDivergence(_MeanOf, of=kl_divergence):
    """The mean of `sum(y_true * log(y_true / y_pred))`, in nats.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class Poisson(_MeanOf, of=poisson):
    """The mean of `y_pred - y_true * log(y_pred)`.

    Args:
        name, dtype: See `Metric`.
    """

    _direction = "down"


class BinaryCrossentropy(_MeanOf, of=binary_crossentropy):
    """The mean of `-(t * log(p) + (1 - t) * log(1 - p))`, in nats.

    Args:
        name, dtype: See `Metric`.
        from_logits: Whether y_pred has not been through a sigmoid yet.
        label_smoothing: Moves the labels this far from 0 and 1 towards 0.5.
    """

    _direction = "down"

    name: str | None = "binary_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    label_smoothing: Rate = 0


class CategoricalCrossentropy(_MeanOf, of=categorical_crossentropy):
    """The mean of `-sum(y_true * log(p))`, in nats.

    Args:
        name, dtype: See `Metric`.
        from_logits: Whether y_pred has not been through a softmax yet.
        label_smoothing: This much of each label's weight is spread evenly over the classes.
        axis: The axis of the classes.
    """

    _direction = "down"

    name: str | None = "categorical_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    label_smoothing: Rate = 0
    axis: int = -1


class SparseCategoricalCrossentropy(_MeanOf, of=sparse_categorical_crossentropy):
    """The mean of `-log(p[y_true])`, in nats.

    Args:
        name, dtype: See `Metric`.
        from_logits: Whether y_pred has not been through a softmax yet.
        ignore_class: A class number whose entries do not count.
        axis: The axis of the classes.
    """

    _direction = "down"

    name: str | None = "sparse_categorical_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1


for _metric, *_aliases in (
    (MeanSquaredError, "mse", "MSE"),
    (MeanAbsoluteError, "mae", "MAE"),
    (MeanAbsolutePercentageError, "mape", "MAPE"),
    (MeanSquaredLogarithmicError, "msle", "MSLE"),
    (BinaryCrossentropy, "bce", "BCE"),
):
    METRICS.add(_metric, *_aliases)
