"""How these tests compare a lowering with the plain formula."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def normal(seed, *shape):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def assert_same_with_gradients(function, plain, *arrays, atol=1e-5):
    """Both give the same values, and the same gradients for the same slopes."""

    @partial(jax.jit, static_argnums=0)
    def run(f, *arrays):
        y, pull = jax.vjp(f, *arrays)
        return y, pull(jnp.cos(jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape))

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=atol),
        run(function, *arrays),
        run(plain, *arrays),
    )
