"""Pooling gives what XLA's windows give, and the gradient goes to the same places."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from numpy.testing import assert_allclose

from denser.lowering import choose, pool

POOLS = {"max": pool.max_pool, "average": pool.average_pool}


def with_gradient(function, x):
    def loss(x):
        y = function(x)
        weights = jnp.cos(jnp.arange(y.size)).reshape(y.shape).astype(y.dtype)
        return (y * weights).sum(), y

    gradient, y = jax.jit(jax.grad(loss, has_aux=True))(x)
    return y, gradient


def elsewhere(function, x):
    """The same, as it is computed off a CPU: XLA's own windows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "on_cpu", lambda: False)
        return with_gradient(function, x)


@st.composite
def pools(draw):
    rank = draw(st.integers(1, 3))
    window = tuple(draw(st.integers(1, 4)) for _ in range(rank))
    strides = draw(st.one_of(st.just(window), st.tuples(*(st.integers(1, 3) for _ in range(rank)))))
    space = tuple(size + draw(st.integers(0, 6)) for size in window)
    padding = draw(st.sampled_from(["valid", "same"]))
    return (draw(st.integers(1, 2)), *space, draw(st.integers(1, 3))), window, strides, padding


@pytest.mark.parametrize("name", POOLS)
@given(pools(), st.booleans())
@settings(max_examples=10, deadline=None)
def test_any_geometry(name, drawn, ties):
    shape, *geometry = drawn
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    x = jnp.asarray(np.round(x) if ties else x)
    found = with_gradient(lambda x: POOLS[name](x, *geometry), x)
    expected = elsewhere(lambda x: POOLS[name](x, *geometry), x)
    for a, b in zip(found, expected, strict=True):
        assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize(("window", "strides"), [(2, 2), (3, 2), (7, 7)])
def test_in_a_scan(name, window, strides):
    geometry = (window, window), (strides, strides), "same"
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, 15, 14, 3)), "float32")

    def step(x, _):
        return x, with_gradient(lambda x: POOLS[name](x, *geometry), x)

    found = jax.jit(lambda x: lax.scan(step, x, length=2)[1])(x)
    expected = elsewhere(lambda x: POOLS[name](x, *geometry), x)
    for a, b in zip(found, expected, strict=True):
        assert_allclose(a[1], b, atol=1e-5)


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("strides", [1, 2])
def test_types_stay(name, dtype, strides):
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, 6, 3)), dtype)
    y, gradient = with_gradient(lambda x: POOLS[name](x, (2,), (strides,), "same"), x)
    assert y.dtype == gradient.dtype == dtype
    exact = POOLS[name](x.astype("float32"), (2,), (strides,), "same")
    assert_allclose(np.float32(y), exact, atol=2e-2)


@pytest.mark.parametrize("strides", [1, 2])
def test_max_of_whole_numbers_and_nan(strides):
    whole = jnp.asarray([[[3], [-7], [-9], [-8]]], jnp.int8)
    y = pool.max_pool(whole, (2,), (strides,), "valid")
    assert y.dtype == jnp.int8 and y[0, -1, 0] == -8
    broken = jnp.asarray([[[1.0], [np.nan], [np.nan], [2.0]]])
    assert jnp.isnan(pool.max_pool(broken, (2,), (strides,), "valid")).all()


@pytest.mark.parametrize("name", POOLS)
def test_no_batch_and_symbolic_sizes(name):
    geometry = (2, 3), (2, 3), "same"
    assert POOLS[name](jnp.ones((0, 5, 7, 2)), *geometry).shape == (0, 3, 3, 2)
    batch, width = jax.export.symbolic_shape("batch, width")
    x = jax.ShapeDtypeStruct((batch, 8, 2 * width, 3), jnp.float32)
    y = jax.eval_shape(lambda x: POOLS[name](x, (2, 2), (2, 2), "valid"), x)
    assert y.shape == (batch, 4, width, 3)
