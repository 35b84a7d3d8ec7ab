"""Losses of predicted numbers: squared, absolute, relative and robust errors, and directions."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from .. import config
from ..core.fields import Number
from ..core.messages import UserError, shape_text
from ..core.op import op
from .loss import LOSSES, _OfFunction
from .weighing import same_rank


def pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Both as arrays of y_pred's floating type (`config.floatx()` for integers) and of one rank.

    Raises:
        UserError: where their shapes do not fit.
    """
    y_pred = jnp.asarray(y_pred)
    if not jnp.issubdtype(y_pred.dtype, jnp.floating):
        y_pred = y_pred.astype(config.floatx())
    y_true, y_pred = same_rank(jnp.asarray(y_true).astype(y_pred.dtype), y_pred)
    sizes = zip(reversed(y_true.shape), reversed(y_pred.shape), strict=False)
    if any(n != m and 1 not in (n, m) for n, m in sizes):
        raise UserError(
            f"`y_true` must have the shape of `y_pred`, {shape_text(y_pred.shape)}; "
            f"got {shape_text(y_true.shape)}. Compare the last layer's size with the targets'."
        )
    return y_true, y_pred


@LOSSES.named("mse", "MSE")
@op
def mean_squared_error(y_true: Array, y_pred: Array) -> Array:
    """`mean((y_true - y_pred) ** 2)` over the last axis.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Example:
        >>> mean_squared_error([[0.0, 1.0]], [[1.0, 3.0]]).tolist()
        [2.5]
    """
    y_true, y_pred = pair(y_true, y_pred)
    return jnp.square(y_true - y_pred).mean(axis=-1)


@LOSSES.named("mae", "MAE")
@op
def mean_absolute_error(y_true: Array, y_pred: Array) -> Array:
    """`mean(|y_true - y_pred|)` over the last axis.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Example:
        >>> mean_absolute_error([[0.0, 1.0]], [[1.0, 3.0]]).tolist()
        [1.5]
    """
    y_true, y_pred = pair(y_true, y_pred)
    return jnp.abs(y_true - y_pred).mean(axis=-1)


@LOSSES.named("mape", "MAPE")
@op
def mean_absolute_percentage_error(y_true: Array, y_pred: Array) -> Array:
    """`100 * mean(|y_true - y_pred| / max(|y_true|, epsilon))` over the last axis, in percent.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Example:
        >>> mean_absolute_percentage_error([[4.0, 2.0]], [[3.0, 2.0]]).tolist()
        [12.5]
    """
    y_true, y_pred = pair(y_true, y_pred)
    size = jnp.maximum(jnp.abs(y_true), config.epsilon())
    return 100 * jnp.abs((y_true - y_pred) / size).mean(axis=-1)


@LOSSES.named("msle", "MSLE")
@op
def mean_squared_logarithmic_error(y_true: Array, y_pred: Array) -> Array:
    """`mean((log(y_true + 1) - log(y_pred + 1)) ** 2)` over the last axis.

    Values below `config.epsilon()` count as that.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Example:
        >>> mean_squared_logarithmic_error([[0.0, 1.0]], [[0.0, 1.0]]).tolist()
        [0.0]
    """
    y_true, y_pred = pair(y_true, y_pred)
    # Not log1p: 1 + epsilon rounds to 1, so that values of 0 and less give exactly 0, as in Keras.
    log_true, log_pred = (jnp.log(jnp.maximum(y, config.epsilon()) + 1) for y in (y_true, y_pred))
    return jnp.square(log_pred - log_true).mean(axis=-1)


@LOSSES.named()
@op
def huber(y_true: Array, y_pred: Array, delta: float = 1.0) -> Array:
    """Mean over the last axis of `e ** 2 / 2` where `|e| <= delta`, else of
    `delta * |e| - delta ** 2 / 2`, for the error `e = y_pred - y_true`.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Args:
        delta: Where the parabola becomes a line.

    Example:
        >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
        [1.5]

    Source: Huber, Robust Estimation of a Location Parameter, 1964.
    """
    y_true, y_pred = pair(y_true, y_pred)
    error = jnp.abs(y_pred - y_true)
    return jnp.where(error <= delta, 0.5 * jnp.square(error), delta * error - 0.5 * delta**2).mean(
        axis=-1
    )


@LOSSES.named()
@op
def log_cosh(y_true: Array, y_pred: Array) -> Array:
    """`mean(log(cosh(y_pred - y_true)))` over the last axis: a parabola near 0, then a line.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Example:
        >>> log_cosh([[0.0, 0.0]], [[0.0, 0.0]]).tolist()
        [0.0]
    """
    y_true, y_pred = pair(y_true, y_pred)
    error = y_pred - y_true
    # log(cosh(e)) = e + log(1 + exp(-2e)) - log(2), which no e overflows.
    return (error + jax.nn.softplus(-2 * error) - jnp.log(2).astype(error.dtype)).mean(axis=-1)


@LOSSES.named()
@op
def cosine_similarity(y_true: Array, y_pred: Array, axis: int = -1) -> Array:
    """`-sum(y_true * y_pred)` of the vectors at length 1: -1 for one direction, 1 for opposite.

    Shapes:
        y_true, y_pred: (batch, ..., size) -> (batch, ...)

    Args:
        axis: The axis of the vectors.

    Example:
        >>> cosine_similarity([[0.0, 2.0]], [[0.0, 5.0]]).tolist()
        [-1.0]
    """
    y_true, y_pred = pair(y_true, y_pred)
    return -(_unit(y_true, axis) * _unit(y_pred, axis)).sum(axis=axis)


def _unit(x: Any, axis: int) -> Any:
    """Vectors at length 1; shorter ones than `config.epsilon()` stay short."""
    square = jnp.square(x).sum(axis=axis, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(square, config.epsilon() ** 2))


class MeanSquaredError(_OfFunction, of=mean_squared_error):
    """`mean_squared_error` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class MeanAbsoluteError(_OfFunction, of=mean_absolute_error):
    """`mean_absolute_error` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class MeanAbsolutePercentageError(_OfFunction, of=mean_absolute_percentage_error):
    """`mean_absolute_percentage_error` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class MeanSquaredLogarithmicError(_OfFunction, of=mean_squared_logarithmic_error):
    """`mean_squared_logarithmic_error` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class Huber(_OfFunction, of=huber):
    """`huber` over a batch.

    Args:
        delta: Where the parabola becomes a line.
        reduction, name, dtype: See `Loss`.
    """

    name = "huber_loss"
    unwritten = ("dtype", "delta")

    delta: Number = 1.0


class LogCosh(_OfFunction, of=log_cosh):
    """`log_cosh` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class CosineSimilarity(_OfFunction, of=cosine_similarity):
    """`cosine_similarity` over a batch.

    Args:
        axis: The axis of the vectors.
        reduction, name, dtype: See `Loss`.
    """

    unwritten = ("dtype", "axis")

    axis: int = -1
