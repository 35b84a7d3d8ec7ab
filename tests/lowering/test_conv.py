"""Every formulation of a convolution gives what XLA's own gives, and so do both gradients."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from numpy.testing import assert_allclose

from denser.lowering import conv, windows

TOLERANCE = {"float32": 2e-4, "float64": 1e-10, "bfloat16": 3e-2, "float16": 4e-3}


def plain(x, kernel, strides, padding, dilation, groups=1):
    """The textbook formula, XLA's own."""
    return conv._direct(x, kernel, strides, padding, dilation, groups=groups)


def values(seed, shape, dtype="float32"):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), dtype)


def with_gradients(function, x, kernel):
    """The value of `function(x, kernel)` and both gradients of a sum weighted by place."""

    def loss(x, kernel):
        y = function(x, kernel)
        weights = jnp.cos(jnp.arange(y.size)).reshape(y.shape).astype(y.dtype)
        return (y * weights).sum(), y

    gradients, y = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(x, kernel)
    return y, *gradients


def assert_same(found, expected, tolerance=2e-4):
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        scale = max(1.0, float(jnp.abs(b.astype("float32")).max(initial=0)))
        assert_allclose(np.float64(a) / scale, np.float64(b) / scale, atol=tolerance)


@st.composite
def convolutions(draw):
    rank = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    window, strides = each(1, 3), each(1, 3)
    dilation = each(1, 2) if draw(st.booleans()) else (1,) * rank
    span = windows.reach(window, dilation)
    space = tuple(size + draw(st.integers(0, 7 - rank)) for size in span)
    pairs = tuple(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(rank))
    padding = draw(st.sampled_from(["valid", "same", pairs]))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, filters = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 2))
    shapes = (draw(st.integers(1, 2)), *space, channels), (*window, channels // groups, filters)
    return shapes, (strides, padding, dilation, groups)


@given(convolutions())
@settings(max_examples=8, deadline=None)
def test_any_geometry(drawn):
    shapes, geometry = drawn
    x, kernel = values(0, shapes[0]), values(1, shapes[1])
    found = with_gradients(lambda x, k: conv.convolve(x, k, *geometry), x, kernel)
    assert_same(found, with_gradients(lambda x, k: plain(x, k, *geometry), x, kernel))


FORMULATIONS = {  # name: (formulation, x, kernel, strides, padding, dilation, groups)
    "pointwise": ("_by_patches", (2, 9, 9, 16), (1, 1, 16, 9), (1, 1), "same", (1, 1), 1),
    "strided pointwise": ("_by_patches", (2, 9, 8, 16), (1, 1, 16, 9), (2, 2), "same", (1, 1), 1),
    "strided": ("_by_patches", (2, 9, 8, 16), (3, 3, 16, 9), (2, 2), "same", (1, 1), 1),
    "few channels": ("_by_patches", (2, 9, 8, 3), (3, 3, 3, 9), (1, 1), "same", (1, 1), 1),
    "few places": ("_by_patches", (2, 6, 6, 16), (3, 3, 16, 9), (1, 1), "valid", (1, 1), 1),
    "dilated": ("_by_patches", (2, 9, 9, 16), (3, 3, 16, 9), (1, 1), "same", (2, 2), 1),
    "volume": ("_by_patches", (2, 4, 5, 4, 16), (3, 2, 3, 16, 9), (1,) * 3, "same", (1,) * 3, 1),
    "5x5": ("_canonical", (2, 9, 8, 12), (5, 5, 12, 9), (1, 1), "same", (1, 1), 1),
    "sequence": ("_canonical", (2, 30, 12), (4, 12, 9), (1,), "same", (1,), 1),
    "lopsided": ("_canonical", (2, 9, 9, 12), (2, 3, 12, 9), (1, 1), ((3, 0), (-1, 2)), (1, 1), 1),
    "groups": ("_grouped", (2, 9, 8, 12), (3, 3, 4, 9), (2, 1), "same", (1, 1), 3),
    "depthwise": ("_multiply_add", (2, 9, 8, 6), (3, 2, 1, 6), (2, 1), "same", (1, 1), 6),
    "multiplied": ("_multiply_add", (2, 9, 8, 6), (3, 2, 1, 12), (1, 1), "same", (2, 2), 6),
    "wide": ("_grouped", (1, 12, 12, 3), (10, 10, 1, 6), (1, 1), "same", (1, 1), 3),
}


@pytest.mark.parametrize("name", FORMULATIONS)
def test_each_formulation(name, monkeypatch):
    """Inside a scan, in a compiled program, against the formula outside of it."""
    wanted, *shapes, strides, padding, dilation, groups = FORMULATIONS[name]
    x, kernel = (values(seed, shape) for seed, shape in enumerate(shapes))
    pairs = windows.pairs(
        x.shape[1:-1], windows.reach(kernel.shape[:-2], dilation), strides, padding
    )
    taken = conv._formulation(x, kernel, strides, pairs, dilation, groups)
    assert getattr(taken, "func", taken) is getattr(conv, wanted)

    @jax.jit
    def scanned(x, kernel):
        def step(carry, _):
            ours = lambda x, k: conv.convolve(x, k, strides, padding, dilation, groups)  # noqa: E731
            return carry, with_gradients(ours, *carry)

        return lax.scan(step, (x, kernel), length=2)[1]

    expected = with_gradients(
        lambda x, k: plain(x, k, strides, padding, dilation, groups), x, kernel
    )
    assert_same([each[1] for each in scanned(x, kernel)], expected)


def test_canonical_takes_any_geometry():
    """It is also what is left where patches would need too much memory."""
    x, kernel = values(0, (2, 11, 10, 3)), values(1, (3, 2, 3, 4))
    geometry = (2, 3), ((1, 2), (0, 1)), (2, 1)
    found = with_gradients(lambda x, k: conv._canonical(x, k, *geometry), x, kernel)
    assert_same(found, with_gradients(lambda x, k: plain(x, k, *geometry), x, kernel))


def test_too_much_scratch_is_not_taken():
    x = jax.ShapeDtypeStruct((64, 512, 512, 64), jnp.float32)
    kernel = jax.ShapeDtypeStruct((3, 3, 64, 64), jnp.float32)
    one = (1, 1)
    y = jax.eval_shape(lambda x, k: conv.convolve(x, k, one, "same", one), x, kernel)
    assert y.shape == x.shape
    program = str(jax.make_jaxpr(lambda x, k: conv.convolve(x, k, one, "same", one))(x, kernel))
    assert "conv_general_dilated" in program


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
def test_types(dtype, strides):
    with jax.enable_x64(dtype == "float64"):
        x, kernel = values(0, (2, 8, 8, 12), dtype), values(1, (3, 3, 12, 10), dtype)
        geometry = strides, "same", (1, 1)
        found = with_gradients(lambda x, k: conv.convolve(x, k, *geometry), x, kernel)
        assert all(each.dtype == dtype for each in found)
        wider = jnp.promote_types(dtype, "float32")
        exact = [each.astype(wider) for each in (x, kernel)]
        expected = with_gradients(lambda x, k: plain(x, k, *geometry), *exact)
        assert_same(found, [each.astype(dtype) for each in expected], TOLERANCE[dtype])


@pytest.mark.parametrize("name", ["strided", "5x5", "groups", "depthwise"])
def test_gradient_of_gradient(name):
    _, *shapes, strides, padding, dilation, groups = FORMULATIONS[name]
    x, kernel = (values(seed, shape) for seed, shape in enumerate(shapes))

    def curvature(function):
        def slope(x, kernel):
            return (jax.grad(lambda x: jnp.sin(function(x, kernel)).sum())(x) ** 2).mean()

        return jax.jit(jax.grad(slope, (0, 1)))(x, kernel)

    ours = curvature(lambda x, k: conv.convolve(x, k, strides, padding, dilation, groups))
    assert_same(ours, curvature(lambda x, k: plain(x, k, strides, padding, dilation, groups)))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_no_batch(groups):
    y = conv.convolve(
        jnp.ones((0, 9, 9, 4)), jnp.ones((3, 3, 4 // groups, 4)), (1, 1), "same", (1, 1), groups
    )
    assert y.shape == (0, 9, 9, 4)


def test_symbolic_sizes():
    batch, width = jax.export.symbolic_shape("batch, width")
    x = jax.ShapeDtypeStruct((batch, width, 8, 3), jnp.float32)
    y = jax.eval_shape(
        lambda x: conv.convolve(x, jnp.ones((3, 3, 3, 4)), (1, 2), "same", (1, 1)), x
    )
    assert y.shape == (batch, width, 4, 4)


def test_depthwise_order_is_keras():
    x, kernel = values(0, (2, 8, 7, 3)), values(1, (3, 2, 3, 2))
    expected = keras.ops.depthwise_conv(x, kernel, 1, "same")
    found = conv.convolve_depthwise(x, kernel, (1, 1), "same", (1, 1))
    assert_allclose(found, expected, atol=1e-5)


@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.sampled_from(["valid", "same"]),
    st.sampled_from([None, 0, 1]),
    st.integers(1, 2),
)
@settings(max_examples=8, deadline=None)
def test_transpose_is_keras(size, stride, padding, output_padding, dilation):
    if output_padding is not None and output_padding >= stride:
        output_padding = None
    if stride > 1:
        dilation = 1
    x, kernel = values(0, (2, 5, 4, 3)), values(1, (size, 3, 2, 3))
    expected = keras.ops.conv_transpose(
        x, kernel, stride, padding, output_padding, dilation_rate=dilation
    )
    strides, dilation = (stride,) * 2, (dilation,) * 2
    pairs = conv.transpose_padding((size, 3), strides, padding, output_padding, dilation)
    found = conv.convolve_transpose(x, kernel, strides, pairs, dilation)
    assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("strides", [(2,), (2, 3), (1, 1), (2, 1, 3)])
def test_transpose_gradients(strides):
    rank = len(strides)
    x, kernel = values(0, (2, *(5, 4, 3)[:rank], 3)), values(1, (*(2, 3, 4)[:rank], 2, 3))
    dilation = (2,) * rank
    pairs = conv.transpose_padding(kernel.shape[:-2], strides, "same", None, dilation)

    def formula(x, kernel):
        flipped = jnp.swapaxes(lax.rev(kernel, range(rank)), -1, -2)
        return conv._direct(x, flipped, (1,) * rank, pairs, dilation, spread=strides)

    found = with_gradients(
        lambda x, k: conv.convolve_transpose(x, k, strides, pairs, dilation), x, kernel
    )
    assert_same(found, with_gradients(formula, x, kernel))
