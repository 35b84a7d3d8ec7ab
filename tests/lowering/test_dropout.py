"""The bits of dropout look random in themselves, to their neighbours and between seeds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from denser.lowering import dropout

COUNT = 1 << 18
bits_of = jax.jit(dropout.random_bits, static_argnums=1)


def draw(*seed, shape=(COUNT,)):
    return np.asarray(bits_of(jnp.array(seed, jnp.uint32), shape))


def each_bit(words):
    return (words[:, None] >> np.arange(32, dtype=np.uint32)) & 1


def assert_fair(coins):
    """Each column is 0 or 1 alike often: within five standard deviations."""
    assert np.abs(coins.mean(0) - 0.5).max() < 5 * 0.5 / np.sqrt(len(coins))


@pytest.mark.parametrize("seed", ((0, 0), (0, 1), (1, 0), (2**32 - 1, 12345)))
def test_bits_are_fair_and_their_places_independent(seed):
    words = draw(*seed)
    bits = each_bit(words)
    assert_fair(bits)
    for k in range(17):
        assert_fair(bits[: -(1 << k)] ^ bits[1 << k :])
    counts = np.bincount(words >> 22, minlength=1024)
    chi_squared = ((counts - COUNT / 1024) ** 2).sum() / (COUNT / 1024)
    assert abs(chi_squared - 1023) < 5 * np.sqrt(2 * 1023)


@pytest.mark.parametrize(
    "other", ((8, 100), (7, 101), (7 + 2**31, 100), (7, 100 + 2**31), (100, 7))
)
def test_seeds_are_independent(other):
    assert_fair(each_bit(draw(7, 100) ^ draw(*other)))


@pytest.mark.parametrize("word", (0, 1))
def test_successive_seeds_at_one_place(word):
    seeds = np.full((COUNT, 2), 5, np.uint32)
    seeds[:, word] = np.arange(COUNT)
    words = np.asarray(jax.vmap(lambda seed: dropout.random_bits(seed, ()))(jnp.asarray(seeds)))
    bits = each_bit(words)
    assert_fair(bits)
    assert_fair(bits[:-1] ^ bits[1:])


def test_bits_go_by_place_not_by_shape():
    np.testing.assert_array_equal(draw(3, 4, shape=(6, 5, 4)).ravel(), draw(3, 4, shape=(120,)))


@pytest.mark.parametrize("rate", (0.0, 0.2, 0.5, 0.97, 1.0))
@pytest.mark.parametrize("dtype", (jnp.float32, jnp.bfloat16))
def test_drop_keeps_the_mean(rate, dtype):
    x = jnp.ones((512, 512), dtype)
    y = dropout.drop(x, rate, jnp.array([1, 2], jnp.uint32))
    assert y.dtype == dtype
    zeros = np.mean(np.asarray(y == 0))
    assert abs(zeros - rate) <= 5 * np.sqrt(rate * (1 - rate) / x.size)
    assert set(np.unique(y.astype(float))) <= {0.0, float(dtype(1 / max(1 - rate, 1e-9)))}


def test_noise_shape_drops_together_and_the_gradient_is_the_mask():
    seed = jnp.array([1, 2], jnp.uint32)
    x = jnp.ones((16, 8, 4))
    y = dropout.drop(x, 0.5, seed, (None, 1, 4))
    np.testing.assert_array_equal(y, jnp.broadcast_to(y[:, :1], x.shape))
    slope = jax.grad(lambda x: dropout.drop(x, 0.5, seed, (None, 1, 4)).sum())(x)
    np.testing.assert_array_equal(slope, y)
