"""Losses of predicted probabilities: cross-entropies, focal ones, divergence, Poisson."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from .. import config
from ..core.fields import Number, Rate
from ..core.masks import set_mask
from ..core.messages import UserError, shape_text
from ..core.op import op
from .loss import LOSSES, Reduction, _OfFunction
from .regression import pair


@LOSSES.named("bce", "BCE")
@op
def binary_crossentropy(
    y_true: Array,
    y_pred: Array,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """`-mean(t * log(p) + (1 - t) * log(1 - p))` for the chances p of yes, in nats.

    Shapes:
        y_true: (batch, ..., size), 0 or 1
        y_pred: (batch, ..., size) -> (batch, ...)

    Args:
        from_logits: Whether y_pred has not been through a sigmoid yet; exact for any size then.
        label_smoothing: Moves the labels this far from 0 and 1 towards 0.5.
        axis: The axis the mean is taken over.

    Example:
        >>> binary_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4).tolist()[0] < 0.6932
        True
    """
    y_true, y_pred = pair(y_true, y_pred)
    y_true = _smooth(y_true, label_smoothing, 2)
    return _binary(y_true, y_pred, from_logits).mean(axis=axis)


def _binary(y_true: Any, y_pred: Any, from_logits: bool) -> Any:
    """The binary cross-entropy of every entry."""
    if from_logits:
        log_yes, log_no = jax.nn.log_sigmoid(y_pred), jax.nn.log_sigmoid(-y_pred)
    else:
        y_pred = _inside(y_pred)
        log_yes, log_no = jnp.log(y_pred), jnp.log(1 - y_pred)
    return -(y_true * log_yes + (1 - y_true) * log_no)


def _inside(p: Any) -> Any:
    """Probabilities kept away from 0 and 1, where their logarithms are infinite."""
    return jnp.clip(p, config.epsilon(), 1 - config.epsilon())


def _smooth(y_true: Any, amount: float, classes: int) -> Any:
    """Labels with `amount` of their weight spread evenly over the classes."""
    return y_true * (1 - amount) + amount / classes if amount else y_true


def _log_probabilities(y_pred: Any, from_logits: bool, axis: int) -> Any:
    """Logarithms of probabilities that sum to 1 over `axis`."""
    if from_logits:
        return jax.nn.log_softmax(y_pred, axis=axis)
    return jnp.log(_inside(y_pred / y_pred.sum(axis=axis, keepdims=True)))


def _one_hot_pair(name: str, y_true: Any, y_pred: Any, smoothing: float, axis: int) -> Any:
    """Smoothed one-hot labels and predictions of one shape, or the error that says what is off."""
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.shape != y_pred.shape:
        raise UserError(
            f"{name}: `y_true` must be one-hot, of y_pred's shape {shape_text(y_pred.shape)}; got "
            f"{shape_text(y_true.shape)}. For class numbers use sparse_categorical_crossentropy, "
            "or make them one-hot with to_categorical."
        )
    if y_pred.shape[axis] == 1:
        raise UserError(
            f"{name}: with one class the loss is always 0; got y_pred {shape_text(y_pred.shape)}. "
            "Use binary_crossentropy for one yes-or-no output."
        )
    y_true, y_pred = pair(y_true, y_pred)
    return _smooth(y_true, smoothing, y_true.shape[axis]), y_pred


@LOSSES.named()
@op
def categorical_crossentropy(
    y_true: Array,
    y_pred: Array,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """`-sum(y_true * log(p))` over the classes' probabilities p, in nats.

    Shapes:
        y_true: (batch, ..., classes), one-hot or shares that sum to 1
        y_pred: (batch, ..., classes) -> (batch, ...)

    Args:
        from_logits: Whether y_pred has not been through a softmax yet; if it has, it is divided
            by its sum.
        label_smoothing: This much of each label's weight is spread evenly over the classes.
        axis: The axis of the classes.

    Raises:
        UserError: for class numbers in place of one-hot labels, and for a single class.

    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[3.0, 3.0]], from_logits=True).round(2).tolist()
        [0.6899999976158142]
    """
    y_true, y_pred = _one_hot_pair(
        "categorical_crossentropy", y_true, y_pred, label_smoothing, axis
    )
    return -(y_true * _log_probabilities(y_pred, from_logits, axis)).sum(axis=axis)


@LOSSES.named()
@op
def sparse_categorical_crossentropy(
    y_true: Array,
    y_pred: Array,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Array:
    """`-log(p[y_true])` for the classes' probabilities p, in nats.

    Shapes:
        y_true: (batch, ...) or (batch, ..., 1), class numbers from 0
        y_pred: (batch, ..., classes) -> (batch, ...)

    Args:
        from_logits: Whether y_pred has not been through a softmax yet.
        ignore_class: A class number whose entries give 0 and are left out of a Loss's mean, as
            -1 or 255 for unlabelled pixels.
        axis: The axis of the classes.

    Raises:
        UserError: for labels whose shape is not y_pred's without the classes.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.0, 1.0]]).round(3).tolist()
        [0.0]
    """
    y_true, (_, y_pred) = jnp.asarray(y_true), pair(0.0, y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
        y_true = y_true.squeeze(axis)
    classes_axis = axis % y_pred.ndim
    shape = y_pred.shape[:classes_axis] + y_pred.shape[classes_axis + 1 :]
    if y_true.shape != shape:
        raise UserError(
            f"sparse_categorical_crossentropy: `y_true` must be class numbers of shape "
            f"{shape_text(shape)}; got {shape_text(y_true.shape)}. For one-hot labels use "
            "categorical_crossentropy."
        )
    labels = y_true.astype(jnp.int32)
    if ignore_class is not None:
        valid = labels != ignore_class
        labels = jnp.where(valid, labels, 0)
        y_pred = jnp.where(jnp.expand_dims(valid, axis), y_pred, 0)
    log_p = _log_probabilities(y_pred, from_logits, axis)
    one_hot = jax.nn.one_hot(labels, y_pred.shape[axis], axis=axis, dtype=log_p.dtype)
    loss = -(one_hot * log_p).sum(axis=axis)
    if ignore_class is not None:
        loss = jnp.where(valid, loss, 0)
        set_mask(loss, valid)
    return loss


@LOSSES.named()
@op
def binary_focal_crossentropy(
    y_true: Array,
    y_pred: Array,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """`mean((1 - q) ** gamma * binary cross-entropy)`, q the probability of the true answer: what
    is already right weighs little.

    Shapes:
        y_true: (batch, ..., size), 0 or 1
        y_pred: (batch, ..., size) -> (batch, ...)

    Args:
        apply_class_balancing: Whether yes weighs `alpha` and no `1 - alpha`.
        alpha: Weight of yes.
        gamma: How fast the weight of easy entries falls; 0 is plain cross-entropy.
        from_logits: Whether y_pred has not been through a sigmoid yet.
        label_smoothing: Moves the labels this far from 0 and 1 towards 0.5.
        axis: The axis the mean is taken over.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, arXiv:1708.02002.
    """
    y_true, y_pred = pair(y_true, y_pred)
    y_true = _smooth(y_true, label_smoothing, 2)
    p = jax.nn.sigmoid(y_pred) if from_logits else y_pred
    right = y_true * p + (1 - y_true) * (1 - p)
    loss = (1 - right) ** gamma * _binary(y_true, p, from_logits=False)
    if apply_class_balancing:
        loss = loss * (y_true * alpha + (1 - y_true) * (1 - alpha))
    return loss.mean(axis=axis)


@LOSSES.named()
@op
def categorical_focal_crossentropy(
    y_true: Array,
    y_pred: Array,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """`-sum(alpha * (1 - p) ** gamma * y_true * log(p))`: what is already right weighs little.

    Shapes:
        y_true: (batch, ..., classes), one-hot
        y_pred: (batch, ..., classes) -> (batch, ...)

    Args:
        alpha: Weight of every class, a number or (classes,).
        gamma: How fast the weight of easy entries falls.
        from_logits: Whether y_pred has not been through a softmax yet.
        label_smoothing: This much of each label's weight is spread evenly over the classes.
        axis: The axis of the classes.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, arXiv:1708.02002.
    """
    y_true, y_pred = _one_hot_pair(
        "categorical_focal_crossentropy", y_true, y_pred, label_smoothing, axis
    )
    p = jax.nn.softmax(y_pred, axis=axis) if from_logits else y_pred
    p = _inside(p / p.sum(axis=axis, keepdims=True))
    weight = (1 - p) ** gamma * jnp.asarray(alpha, p.dtype)
    return -(weight * y_true * jnp.log(p)).sum(axis=axis)


@LOSSES.named()
@op
def categorical_generalized_cross_entropy(y_true: Array, y_pred: Array, q: float) -> Array:
    """`(1 - p[y_true] ** q) / q`: between cross-entropy (q near 0) and absolute error (q = 1), so
    that wrong labels in the data do less harm.

    Shapes:
        y_true: (batch,), class numbers from 0
        y_pred: (batch, classes), probabilities -> (batch,)

    Args:
        q: From 0 to 1, 0 itself excluded.

    Source: Zhang and Sabuncu, Generalized Cross Entropy Loss, 2018, arXiv:1805.07836.
    """
    y_true, (_, y_pred) = jnp.asarray(y_true), pair(0.0, y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    one_hot = jax.nn.one_hot(y_true.astype(jnp.int32), y_pred.shape[-1], dtype=y_pred.dtype)
    return (1 - (y_pred * one_hot).sum(axis=-1) ** q) / q


@LOSSES.named("kld", "KLD")
@op
def kl_divergence(y_true: Array, y_pred: Array) -> Array:
    """`sum(y_true * log(y_true / y_pred))` over the last axis, in nats.

    Shapes:
        y_true, y_pred: (batch, ..., classes), probabilities -> (batch, ...)

    Example:
        >>> kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).tolist()
        [0.0]
    """
    y_true, y_pred = (jnp.clip(y, config.epsilon(), 1) for y in pair(y_true, y_pred))
    return (y_true * jnp.log(y_true / y_pred)).sum(axis=-1)


@LOSSES.named()
@op
def poisson(y_true: Array, y_pred: Array) -> Array:
    """`mean(y_pred - y_true * log(y_pred))` over the last axis, for counts.

    Shapes:
        y_true, y_pred: (batch, ..., size), 0 or more -> (batch, ...)

    Example:
        >>> poisson([[2.0, 0.0]], [[1.0, 1.0]]).round(3).tolist()
        [1.0]
    """
    y_true, y_pred = pair(y_true, y_pred)
    return (y_pred - y_true * jnp.log(y_pred + config.epsilon())).mean(axis=-1)


class BinaryCrossentropy(_OfFunction, of=binary_crossentropy):
    """`binary_crossentropy` over a batch.

    Args:
        from_logits: Whether y_pred has not been through a sigmoid yet.
        label_smoothing: Moves the labels this far from 0 and 1 towards 0.5.
        axis: The axis the mean of a sample is taken over.
        reduction, name, dtype: See `Loss`.
    """

    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1


class BinaryFocalCrossentropy(_OfFunction, of=binary_focal_crossentropy):
    """`binary_focal_crossentropy` over a batch.

    Args:
        apply_class_balancing: Whether yes weighs `alpha` and no `1 - alpha`.
        alpha: Weight of yes.
        gamma: How fast the weight of easy entries falls.
        from_logits: Whether y_pred has not been through a sigmoid yet.
        label_smoothing: Moves the labels this far from 0 and 1 towards 0.5.
        axis: The axis the mean of a sample is taken over.
        reduction, name, dtype: See `Loss`.
    """

    apply_class_balancing: bool = False
    alpha: Number = 0.25
    gamma: Number = 2.0
    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1


class CategoricalCrossentropy(_OfFunction, of=categorical_crossentropy):
    """`categorical_crossentropy` over a batch.

    Args:
        from_logits: Whether y_pred has not been through a softmax yet.
        label_smoothing: This much of each label's weight is spread evenly over the classes.
        axis: The axis of the classes.
        reduction, name, dtype: See `Loss`.
    """

    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1


class CategoricalFocalCrossentropy(_OfFunction, of=categorical_focal_crossentropy):
    """`categorical_focal_crossentropy` over a batch.

    Args:
        alpha: Weight of every class, a number or one for each.
        gamma: How fast the weight of easy entries falls.
        from_logits: Whether y_pred has not been through a softmax yet.
        label_smoothing: This much of each label's weight is spread evenly over the classes.
        axis: The axis of the classes.
        reduction, name, dtype: See `Loss`.
    """

    alpha: Any = 0.25
    gamma: Number = 2.0
    from_logits: bool = False
    label_smoothing: Rate = 0.0
    axis: int = -1


class CategoricalGeneralizedCrossEntropy(_OfFunction, of=categorical_generalized_cross_entropy):
    """`categorical_generalized_cross_entropy` over a batch.

    Args:
        q: From 0 to 1, 0 itself excluded.
        reduction, name, dtype: See `Loss`.
    """

    q: Rate = 0.5


class SparseCategoricalCrossentropy(_OfFunction, of=sparse_categorical_crossentropy):
    """`sparse_categorical_crossentropy` over a batch.

    Args:
        from_logits: Whether y_pred has not been through a softmax yet.
        ignore_class: A class number whose entries do not count.
        axis: The axis of the classes.
        reduction, name, dtype: See `Loss`.
    """

    unwritten = ("dtype", "axis")

    from_logits: bool = False
    ignore_class: int | None = None
    reduction: Reduction = "sum_over_batch_size"
    axis: int = -1


class KLDivergence(_OfFunction, of=kl_divergence):
    """`kl_divergence` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """


class Poisson(_OfFunction, of=poisson):
    """`poisson` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """
