"""Moments, and `x` brought to a standard size by them."""

from typing import Any

import jax.numpy as jnp
from jax import Array, lax

from .. import config
from ..core.messages import bad_argument, unknown_argument
from ..core.op import op
from ..lowering import normalize as lowering


@op
def moments(
    x: Array, axes: Any, keepdims: bool = False, synchronized: bool = False
) -> tuple[Array, Array]:
    """Mean and variance over axes; the variance is `mean((x - mean)^2)`.

    Args:
        synchronized: Whether to count all devices' rows together, as compiled programs on several
            devices do in any case.
    """
    x = jnp.asarray(x)
    axes = _axes(axes)
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    mean = jnp.mean(wide, axes, keepdims=True)
    variance = jnp.mean(jnp.square(wide - mean), axes, keepdims=True)
    if not keepdims:
        mean, variance = jnp.squeeze(mean, axes), jnp.squeeze(variance, axes)
    if jnp.issubdtype(x.dtype, jnp.floating):
        most = jnp.finfo(x.dtype).max
        mean, variance = (jnp.clip(m, -most, most).astype(x.dtype) for m in (mean, variance))
    return mean, variance


@op
def normalize(x: Array, axis: Any = -1, order: Any = 2, epsilon: float | None = None) -> Array:
    """`x / max(norm(x), epsilon)` along axes.

    Args:
        order: Which norm, as in `norm`.
        epsilon: The least norm to divide by; None: `config.epsilon()`.
    """
    if not isinstance(order, (int, float)) or order < 1:
        raise bad_argument("normalize", "order", "a number of 1 or more", order)
    x = jnp.asarray(x)
    x = x.astype(jnp.result_type(x, float))
    axis = _axes(axis) if isinstance(axis, (list, tuple)) else axis
    epsilon = config.epsilon() if epsilon is None else epsilon
    if order == 2:  # by squares, whose gradient is finite at 0
        squares = jnp.sum(jnp.square(x), axis, keepdims=True)
        return x * lax.rsqrt(jnp.maximum(squares, epsilon**2))
    norm = jnp.linalg.norm(x, order, axis, keepdims=True)
    return x / jnp.maximum(norm, epsilon)


@op
def batch_normalization(
    x: Array,
    mean: Array,
    variance: Array,
    axis: int,
    offset: Array | None = None,
    scale: Array | None = None,
    epsilon: float = 0.001,
) -> Array:
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`.

    Shapes:
        x: any
        mean, variance, offset, scale: (size of `axis`,)

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167.
    """
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]

    def along(weight: Array | None) -> Any:
        return None if weight is None else jnp.reshape(weight, shape)

    moments = along(mean), along(variance)
    return lowering.batch_norm(x, *moments, along(scale), along(offset), epsilon)


@op
def layer_normalization(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    axis: Any = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Array:
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with the moments over `axis`.

    Shapes:
        x: any
        gamma, beta: the sizes of `axis`

    Args:
        epsilon: Keeps the root from 0; None: `config.epsilon()`.
        **kwargs: Keras's old `rms_scaling=True`: no mean is subtracted and no beta added; the root
            is still of the variance. `rms_normalization` is the usual formula.

    Source: Ba et al. 2016, arXiv:1607.06450.
    """
    rms_scaling = kwargs.pop("rms_scaling", False)
    for name in kwargs:
        raise unknown_argument("layer_normalization", name, ("gamma", "beta", "axis", "epsilon"))
    axes = tuple(a % x.ndim for a in _axes(axis))
    epsilon = config.epsilon() if epsilon is None else epsilon
    if not rms_scaling and axes == (x.ndim - 1,):
        return lowering.layer_norm(x, gamma, beta, epsilon).astype(x.dtype)
    gamma, beta = _spread(gamma, x, axes), _spread(beta, x, axes)
    mean, variance = lowering.moments(x, axes)
    if rms_scaling:
        y = x * lax.rsqrt(variance + epsilon)
        return (y if gamma is None else y * gamma).astype(x.dtype)
    return lowering.batch_norm(x, mean, variance, gamma, beta, epsilon)


@op
def rms_normalization(
    x: Array, scale: Array | None = None, axis: Any = -1, epsilon: float | None = None
) -> Array:
    """`x / sqrt(mean(x^2) + epsilon) * scale`, with the mean over `axis`.

    Shapes:
        x: any
        scale: the sizes of `axis`

    Source: Zhang & Sennrich 2019, arXiv:1910.07467.
    """
    axes = tuple(a % x.ndim for a in _axes(axis))
    epsilon = config.epsilon() if epsilon is None else epsilon
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    y = wide * lax.rsqrt(jnp.mean(jnp.square(wide), axes, keepdims=True) + epsilon)
    scale = _spread(scale, x, axes)
    return (y if scale is None else y * scale).astype(x.dtype)


def _axes(axis: Any) -> tuple[int, ...]:
    return tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)


def _spread(weights: Array | None, x: Array, axes: tuple[int, ...]) -> Array | None:
    """Weights of the sizes of `axes` in a shape that broadcasts to `x`."""
    if weights is None or jnp.ndim(weights) == 0:
        return weights
    return jnp.reshape(weights, [n if a in axes else 1 for a, n in enumerate(x.shape)])
