"""What networks are made of: activations, normalization, crossentropies."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from .... import ops, settings
from ....core.graph import Node
from ....core.op import op
from ....core.tensor import KerasTensor
from ....ops import random
from ...era import eras
from .chance import seed_here

# ---------------------------------------------------------------------------------- activations


@op
def relu(
    x: Array, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array:
    """`max_value` from there on, `x` from `threshold`, below that `alpha * (x - threshold)`."""
    below = alpha * (x - threshold)
    kept = jnp.where(x >= threshold if threshold else x > 0, x, below)
    return kept if max_value is None else jnp.minimum(kept, max_value)


@op
def hard_sigmoid(x: Array) -> Array:
    """`x / 5 + 1 / 2` between 0 and 1, as it was before Keras 3."""
    return jnp.clip(0.2 * x + 0.5, 0.0, 1.0)


@op
def softmax(x: Array, axis: int = -1) -> Array:
    """`e^x / sum(e^x)` along an axis."""
    return jax.nn.softmax(x, axis)


@op
def elu(x: Array, alpha: float = 1.0) -> Array:
    """`x` above 0, `alpha * (e^x - 1)` below."""
    return jax.nn.elu(x, alpha)


def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """0 with probability `level`, else `x / (1 - level)`."""

    def run(x: Any) -> Any:
        return random.dropout(x, level, noise_shape, seed_here(seed))

    if not isinstance(x, KerasTensor):
        return run(x)
    return Node(run, (x,), {}, KerasTensor(x.shape, x.dtype)).outputs


# -------------------------------------------------------------------------------- normalization


@op
def batch_normalization(
    x: Array, mean: Array, var: Array, beta: Array | None, gamma: Array | None,
    axis: int = -1, epsilon: float = 1e-3,
) -> Array:  # fmt: skip
    """`(x - mean) / sqrt(var + epsilon) * gamma + beta`."""
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]

    def along(part: Array) -> Array:
        return part if part.ndim == x.ndim else part.reshape(shape)

    normal = (x - along(mean)) * jax.lax.rsqrt(along(var) + epsilon)
    normal = normal if gamma is None else normal * along(gamma)
    return normal if beta is None else normal + along(beta)


@op
def normalize_batch_in_training(
    x: Array, gamma: Array | None, beta: Array | None, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Array, Array, Array]:
    """`x` normalized by its own mean and variance over axes, the mean and the variance."""
    axes = tuple(axis % x.ndim for axis in reduction_axes)
    mean, var = jnp.mean(x, axes, keepdims=True), jnp.var(x, axes, keepdims=True)
    normal = (x - mean) * jax.lax.rsqrt(var + epsilon)
    shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    normal = normal if gamma is None else normal * gamma.reshape(shape)
    normal = normal if beta is None else normal + beta.reshape(shape)
    return normal, jnp.squeeze(mean, axes), jnp.squeeze(var, axes)


# ------------------------------------------------------------------------------- crossentropies


def _in_order(target: Any, output: Any) -> tuple[Any, Any]:
    """(target, output), which the first era wrote the other way round."""
    return (output, target) if eras.present() == "1" else (target, output)


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """`-sum(target * log(p))` along the classes' axis, in nats.

    In the first era the arguments were (output, target).
    """
    return _categorical(*_in_order(target, output), from_logits, axis)


@op
def _categorical(target: Array, output: Array, from_logits: bool, axis: int) -> Array:
    return ops.categorical_crossentropy(*_matching(target, output), from_logits, axis)


def _matching(target: Array, output: Array) -> tuple[Array, Array]:
    """Both in the float type of the output and in one shape."""
    target = target.astype(output.dtype)
    return jnp.broadcast_to(target, jnp.broadcast_shapes(target.shape, output.shape)), output


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1,
    ignore_class: int | None = None,
) -> Any:  # fmt: skip
    """`-log(p[target])` in nats; in the first era the arguments were (output, target).

    Args:
        ignore_class: A class whose places give 0.
    """
    return _sparse(*_in_order(target, output), from_logits, axis, ignore_class)


@op
def _sparse(target: Array, output: Array, from_logits: bool, axis: int, ignored: Any) -> Array:
    target = target.astype("int32")
    if target.ndim == output.ndim:
        target = jnp.squeeze(target, -1)
    if target.ndim != output.ndim - 1:  # flat classes for scores of several axes
        target = target.reshape(output.shape[:-1])
    if ignored is None:
        return ops.sparse_categorical_crossentropy(target, output, from_logits, axis)
    counts = target != ignored
    found = ops.sparse_categorical_crossentropy(
        jnp.where(counts, target, 0), output, from_logits, axis
    )
    return jnp.where(counts, found, 0.0)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """`-target * log(p) - (1 - target) * log(1 - p)` in nats, element by element.

    In the first era the arguments were (output, target).
    """
    return _binary(*_in_order(target, output), from_logits)


@op
def _binary(target: Array, output: Array, from_logits: bool) -> Array:
    target = target.astype(output.dtype)
    if from_logits:
        return jax.nn.softplus(output) - target * output
    p = jnp.clip(output, settings.epsilon(), 1 - settings.epsilon())
    tiny = settings.epsilon()  # added within the logarithms too, as it was then
    return -(target * jnp.log(p + tiny) + (1 - target) * jnp.log(1 - p + tiny))


def binary_focal_crossentropy(
    target: Any, output: Any, apply_class_balancing: bool = False, alpha: float = 0.25,
    gamma: float = 2.0, from_logits: bool = False,
) -> Any:  # fmt: skip
    """Binary crossentropy, times `(1 - p of the truth)^gamma`, and by class `alpha`, `1 - alpha`.

    Source: Lin et al. 2017, arXiv:1708.02002.
    """
    p = ops.sigmoid(output) if from_logits else output
    p = ops.clip(p, settings.epsilon(), 1 - settings.epsilon())
    of_truth = target * p + (1 - target) * (1 - p)
    loss = ops.power(1 - of_truth, gamma) * _binary(target, output, from_logits)
    return loss * (target * alpha + (1 - target) * (1 - alpha)) if apply_class_balancing else loss


def categorical_focal_crossentropy(
    target: Any, output: Any, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False,
    axis: int = -1,
) -> Any:  # fmt: skip
    """`-sum(alpha * (1 - p)^gamma * target * log(p))`. Source: arXiv:1708.02002."""
    p = ops.softmax(output, axis) if from_logits else output / ops.sum(output, axis, keepdims=True)
    p = ops.clip(p, settings.epsilon(), 1 - settings.epsilon())
    return ops.sum(-target * ops.log(p) * alpha * ops.power(1 - p, gamma), axis)
