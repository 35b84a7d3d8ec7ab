import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry_2x32

from denser.core import threefry

SHAPES = [(), (1,), (7,), (0, 3), (3, 5), (300, 177)]
KEYS = [(0, 0), (3, 0), (2**32 - 1, 7)]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_uniform_is_jax_bit_for_bit(shape, dtype):
    for key in np.array(KEYS, np.uint32):
        for low, high in [(-0.05, 0.05), (0, 1), (-0.3, 0.5)]:
            ours = threefry.uniform(key, shape, low, high, dtype)
            theirs = jax.random.uniform(key, shape, jnp.dtype(dtype), low, high)
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("shape", SHAPES)
def test_normals_are_jax_to_a_few_units_in_the_last_place(shape):
    for key in np.array(KEYS, np.uint32):
        theirs = jax.random.normal(key, shape)
        np.testing.assert_allclose(threefry.normal(key, shape), theirs, rtol=1e-6)
        theirs = jax.random.truncated_normal(key, -2, 2, shape)
        np.testing.assert_allclose(threefry.truncated_normal(key, shape), theirs, rtol=1e-6)


def test_float64_is_jax_but_for_the_last_digits():
    key = np.array([5, 0], np.uint32)
    with jax.enable_x64(True):
        uniform = jax.random.uniform(key, (50,), "float64", -0.05, 0.05)
        normal = jax.random.normal(key, (50,), "float64")
    ours = threefry.uniform(key, (50,), -0.05, 0.05, "float64")
    np.testing.assert_allclose(ours, uniform, rtol=0, atol=1e-16)
    np.testing.assert_allclose(threefry.normal(key, (50,), "float64"), normal, rtol=1e-12)


def test_count_passes_32_bits():
    """The high word of the count, which only an array of 2^32 numbers would reach."""
    high, low = np.ones(4, np.uint32), np.arange(4, dtype=np.uint32)
    schedule = (3, 4, 3 ^ 4 ^ threefry._PARITY)
    theirs = threefry_2x32(jnp.array([3, 4], jnp.uint32), jnp.concatenate([high, low]))
    ours = [high + np.uint32(3), low + np.uint32(4)]
    threefry._rounds(*ours, np.empty(4, np.uint32), schedule)
    np.testing.assert_array_equal(np.concatenate(ours), theirs)
