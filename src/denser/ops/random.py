"""Random numbers: the same as Keras's on JAX for the same integer or SeedGenerator.

`seed` is an integer, a SeedGenerator, which gives other numbers at each call, or None for the one
that `set_random_seed` starts.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.dtype import canonical, is_float
from ..core.messages import bad_argument
from ..core.op import op
from ..core.random import draw_seed


def uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Array:
    """Numbers from `minval` up to, but not including, `maxval`, all equally likely."""
    return jax.random.uniform(
        draw_seed(seed), tuple(shape), _float("uniform", dtype), minval=minval, maxval=maxval
    )


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Array:
    """Numbers of the normal distribution with that mean and standard deviation."""
    dtype = _float("normal", dtype)
    sample = jax.random.normal(draw_seed(seed), tuple(shape), dtype)
    return sample * jnp.asarray(stddev, dtype) + jnp.asarray(mean, dtype)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Array:
    """Numbers of the normal distribution, none more than two deviations from the mean."""
    dtype = _float("truncated_normal", dtype)
    sample = jax.random.truncated_normal(draw_seed(seed), -2.0, 2.0, tuple(shape), dtype)
    return sample * jnp.asarray(stddev, dtype) + jnp.asarray(mean, dtype)


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Array:
    """Integers from `minval` up to, but not including, `maxval`, all equally likely."""
    if is_float(dtype):
        raise bad_argument("randint", "dtype", "an integer type", dtype)
    return jax.random.randint(draw_seed(seed), tuple(shape), minval, maxval, canonical(dtype))


@op
def categorical(logits: Array, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Array:
    """Classes drawn with the probabilities `softmax(logits)`.

    Shapes:
        logits: (batch, classes)
        result: (batch, num_samples)
    """
    shape = (logits.shape[0], num_samples)
    drawn = jax.random.categorical(draw_seed(seed), logits[:, :, None], axis=1, shape=shape)
    return drawn.astype(canonical(dtype))


@op
def dropout(inputs: Array, rate: float, noise_shape: Any = None, seed: Any = None) -> Array:
    """0 with probability `rate`, else `x / (1 - rate)`, so that the mean stays.

    Args:
        noise_shape: Axes where it is 1 are dropped together; None there is the size of `inputs`.

    Source: Srivastava et al. 2014, Dropout.
    """
    if not 0 <= rate < 1:
        raise bad_argument("dropout", "rate", "a number from 0 up to, but not, 1", rate)
    shape = inputs.shape
    if noise_shape is not None:
        shape = tuple(s if n is None else n for n, s in zip(noise_shape, shape, strict=True))
    stays = jax.random.bernoulli(draw_seed(seed), 1 - rate, shape)
    return jnp.where(stays, inputs / (1 - rate), jnp.zeros_like(inputs))


@op
def shuffle(x: Array, axis: int = 0, seed: Any = None) -> Array:
    """The elements in a random order along an axis, each line of them in its own."""
    return jax.random.permutation(draw_seed(seed), x, axis, independent=True)


@op
def gamma(shape: Any, alpha: Array, dtype: Any = None, seed: Any = None) -> Array:
    """Numbers of the gamma distribution with shape `alpha` and scale 1."""
    return jax.random.gamma(draw_seed(seed), alpha, tuple(shape), _float("gamma", dtype))


@op
def beta(shape: Any, alpha: Array, beta: Array, dtype: Any = None, seed: Any = None) -> Array:
    """Numbers of the beta distribution: `alpha` pulls them to 1, `beta` to 0."""
    return jax.random.beta(draw_seed(seed), alpha, beta, tuple(shape), _float("beta", dtype))


@op
def binomial(
    shape: Any, counts: Array, probabilities: Array, dtype: Any = None, seed: Any = None
) -> Array:
    """How many of `counts` tries succeed, each with that probability."""
    dtype = _float("binomial", dtype)
    return jax.random.binomial(draw_seed(seed), counts, probabilities, tuple(shape), dtype)


def _float(name: str, dtype: Any) -> str:
    if not is_float(dtype):
        raise bad_argument(name, "dtype", "a float type", dtype)
    return canonical(dtype)
