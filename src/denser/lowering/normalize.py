"""Sums and moments, and the normalizations made of them, with gradients of few passes."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

Axes = tuple[int, ...]


def row_sum(x: Array) -> Array:
    """Sum over the last axis, which stays with size 1; half types are summed in float32.

    A plain reduction: XLA:CPU's are fast by now, and layer normalization of (64, 128, 128)
    takes 1.9 ms with it, against 2.8 with a product with a vector of ones.
    """
    return x.sum(-1, keepdims=True)


def softmax(x: Array) -> Array:
    """`exp(x) / sum(exp(x))` over the last axis.

    JAX's own: a hand-written gradient gained less than 3 % for (8192, 128).
    """
    return jax.nn.softmax(x, axis=-1)


def layer_norm(x: Array, gamma: Array | None, beta: Array | None, epsilon: float) -> Array:
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, each row of the last axis apart.

    Shapes:
        x: (..., features) -> the same
        gamma, beta: (features,)
    """
    y: Any = _standardize_rows(x, epsilon)
    y = y if gamma is None else y * gamma
    return y if beta is None else y + beta


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _standardize_rows(x: Array, epsilon: float) -> Array:
    return _standardize_rows_forward(x, epsilon)[0]


def _standardize_rows_forward(x, epsilon):
    wide = _widen(x)
    centred = wide - row_sum(wide) / x.shape[-1]
    scale = lax.rsqrt(row_sum(centred * centred) / x.shape[-1] + epsilon)  # (..., 1)
    y = centred * scale
    return y.astype(x.dtype), (y, scale)


def _standardize_rows_backward(epsilon, saved, dy):
    y, scale = saved
    features = y.shape[-1]
    slope = dy.astype(y.dtype)
    slope = slope - row_sum(slope) / features - y * (row_sum(slope * y) / features)
    return ((slope * scale).astype(dy.dtype),)


_standardize_rows.defvjp(_standardize_rows_forward, _standardize_rows_backward)


def moments(x: Array, axes: Axes, weights: Array | None = None) -> tuple[Array, Array]:
    """Mean and biased variance over `axes`, which stay with size 1, in float32 or wider.

    `weights`, of the rank of `x`, say how much each place counts: `sum(w * x) / sum(w)`; where
    all weights are 0, so are both moments.

    The mean of the squares less the square of the mean would take 3 to 8 % less of a training
    step's normalization, and lose all digits where the mean is far from 0.
    """
    wide = _widen(x)
    if weights is None:
        mean = wide.mean(axes, keepdims=True)
        return mean, jnp.square(wide - mean).mean(axes, keepdims=True)
    share = _shares(wide, axes, weights)
    mean = (share * wide).sum(axes, keepdims=True)
    return mean, (share * jnp.square(wide - mean)).sum(axes, keepdims=True)


def batch_norm(
    x: Array, mean: Array, variance: Array, gamma: Array | None, beta: Array | None, epsilon: float
) -> Array:
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, as one product and one sum.

    Mean, variance, gamma and beta have shapes that broadcast to `x`.
    """
    scale = lax.rsqrt(_widen(variance) + epsilon)
    scale = scale if gamma is None else scale * gamma
    shift = -_widen(mean) * scale
    shift = shift if beta is None else shift + beta
    return (x * scale + shift).astype(x.dtype)


def batch_norm_train(
    x: Array,
    gamma: Array | None,
    beta: Array | None,
    epsilon: float,
    axes: Axes,
    weights: Array | None = None,
) -> tuple[Array, Array, Array]:
    """`batch_norm` by the moments of `x` itself, and these moments: `y, mean, variance`.

    The gradient, in 0.4 of the CPU time of what autodiff finds for (64, 32, 32, 16), goes
    through the moments too; none goes to `weights`.

    Shapes:
        x: any -> the same
        gamma, beta, mean, variance: as x, with size 1 at `axes`
        weights: as x, with size 1 at any axis
    """
    return _batch_norm(x, gamma, beta, weights, epsilon, axes)


@partial(jax.custom_vjp, nondiff_argnums=(4, 5))
def _batch_norm(x, gamma, beta, weights, epsilon, axes):
    return _batch_norm_forward(x, gamma, beta, weights, epsilon, axes)[0]


def _batch_norm_forward(x, gamma, beta, weights, epsilon, axes):
    mean, variance = moments(x, axes, weights)
    y = batch_norm(x, mean, variance, gamma, beta, epsilon)
    return (y, mean, variance), (x, gamma, beta, weights, mean, variance)


def _batch_norm_backward(epsilon, axes, saved, slopes):
    x, gamma, beta, weights, mean, variance = saved
    dy, dmean, dvariance = slopes
    wide, dy = _widen(x), _widen(dy)
    scale = lax.rsqrt(variance + epsilon)
    dbeta = dy.sum(axes, keepdims=True)
    dgamma = ((wide * dy).sum(axes, keepdims=True) - mean * dbeta) * scale
    gain = scale if gamma is None else scale * gamma
    # y reaches x directly and through both moments, each a weighted mean over the places.
    dmean = dmean - gain * dbeta
    dvariance = dvariance - 0.5 * gain * scale * dgamma
    share = _shares(wide, axes, weights)
    slope, shift = 2 * dvariance, dmean - 2 * dvariance * mean
    dx = gain * dy + share * (slope * wide + shift)
    return (
        dx.astype(x.dtype),
        None if gamma is None else dgamma.astype(gamma.dtype),
        None if beta is None else dbeta.astype(beta.dtype),
        None,
    )


_batch_norm.defvjp(_batch_norm_forward, _batch_norm_backward)


def _shares(x: Array, axes: Axes, weights: Array | None) -> Array:
    """The share of each place in a mean over `axes`: its weight over the sum of weights."""
    if weights is None:
        return jnp.asarray(1 / max(1, _count(x, axes)), x.dtype)
    weights = weights.astype(x.dtype)
    over = tuple(axis for axis in axes if weights.shape[axis] != 1)
    repeats = _count(x, tuple(axis for axis in axes if axis not in over))
    total = weights.sum(over, keepdims=True) * repeats
    return weights / jnp.maximum(total, jnp.finfo(x.dtype).tiny)


def _count(x: Array, axes: Axes) -> int:
    """How many elements of `x` fall into one when `axes` are reduced."""
    return math.prod(x.shape[axis] for axis in axes)


def _widen(x: Array) -> Array:
    """`x` in float32 at least."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))
