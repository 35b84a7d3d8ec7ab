"""Normalizations: values and gradients against the plain formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from denser.lowering import normalize

from .formulas import assert_same_with_gradients, normal

few = settings(max_examples=4, deadline=None)
shapes = st.lists(st.integers(1, 6), min_size=2, max_size=4)


def standardize(x, mean, variance, gamma, beta):
    y = (x - mean) / jnp.sqrt(variance + 1e-3)
    y = y if gamma is None else y * gamma
    return y if beta is None else y + beta


@few
@given(shapes, st.booleans(), st.booleans())
def test_layer_norm(shape, scale, center):
    x = normal(0, *shape)
    gamma = normal(1, shape[-1]) if scale else None
    beta = normal(2, shape[-1]) if center else None

    def plain(x, gamma, beta):
        return standardize(x, x.mean(-1, keepdims=True), x.var(-1, keepdims=True), gamma, beta)

    def ours(x, gamma, beta):
        return normalize.layer_norm(x, gamma, beta, 1e-3)

    assert_same_with_gradients(ours, plain, x, gamma, beta, atol=1e-4)


@few
@given(shapes, st.booleans(), st.booleans(), st.data())
def test_batch_norm_train(shape, scale, weighted, data):
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1).map(sorted).map(tuple))
    ones = [1 if axis in axes else size for axis, size in enumerate(shape)]
    x = normal(0, *shape)
    gamma, beta = (normal(1, *ones), normal(2, *ones)) if scale else (None, None)
    weights = None
    if weighted:
        kept = [size if data.draw(st.booleans()) else 1 for size in shape]
        weights = jnp.abs(normal(3, *kept)) + 0.1

    def together(y, mean, variance):  # gradients reach the moments as well
        return jnp.concatenate([y.ravel(), mean.ravel(), jnp.sin(variance).ravel()])

    def plain(x, gamma, beta):
        w = jnp.broadcast_to(1.0 if weights is None else weights, x.shape)
        total = w.sum(axes, keepdims=True)
        mean = (w * x).sum(axes, keepdims=True) / total
        variance = (w * (x - mean) ** 2).sum(axes, keepdims=True) / total
        return together(standardize(x, mean, variance, gamma, beta), mean, variance)

    def ours(x, gamma, beta):
        return together(*normalize.batch_norm_train(x, gamma, beta, 1e-3, axes, weights))

    assert_same_with_gradients(ours, plain, x, gamma, beta, atol=1e-3)


def test_moments_of_nothing_are_zero():
    mean, variance = normalize.moments(normal(0, 2, 3), (0,), jnp.zeros((2, 1)))
    np.testing.assert_array_equal((mean, variance), np.zeros((2, 1, 3)))


def test_variance_far_from_zero():
    x = normal(0, 1000, 2) + 10_000
    np.testing.assert_allclose(
        normalize.moments(x, (0,))[1], np.var(x, 0, keepdims=True), rtol=1e-3
    )


@pytest.mark.parametrize("dtype", (jnp.bfloat16, jnp.float16))
def test_half_types_keep_their_dtype_and_have_wide_moments(dtype):
    x = normal(0, 8, 16).astype(dtype)
    gamma = jnp.ones((1, 16), dtype)
    y, mean, variance = normalize.batch_norm_train(x, gamma, None, 1e-3, (0,))
    assert (y.dtype, mean.dtype, variance.dtype) == (dtype, jnp.float32, jnp.float32)
    assert normalize.layer_norm(x, gamma[0], None, 1e-3).dtype == dtype
    slope = jax.grad(lambda x: normalize.layer_norm(x, None, None, 1e-3).astype(float)[0, 0])(x)
    assert slope.dtype == dtype


def test_softmax_and_row_sum():
    x = normal(0, 3, 7) * 50
    np.testing.assert_allclose(normalize.softmax(x).sum(-1), np.ones(3), rtol=1e-5)
    np.testing.assert_allclose(normalize.row_sum(x)[:, 0], np.sum(x, -1), rtol=1e-4)
