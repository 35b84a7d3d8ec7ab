"""Random numbers under the old names; within a model that is compiled too, other ones each step."""

from typing import Any

from .... import ops, settings
from ....core.random import SeedGenerator
from ....layers.operation import present_operation
from ....ops import random
from ..keywords import older_names
from .process import present_draws
from .shapes import of_shape

# The attribute of a layer that holds the generator of what its `call` draws.
_GENERATOR = "_draws_of_call"


def seed_here(seed: Any = None) -> Any:
    """`seed`, or where it is None, the generator of the layer that is being called.

    A compiled step has the state of each layer's generators; the global one's it does not have.
    """
    if seed is not None:
        return seed
    layer = present_operation()
    if layer is None:
        return present_draws()
    return generator_of(layer)


def generator_of(layer: Any) -> SeedGenerator:
    """The generator of what a layer's `call` draws, made when it is first asked for."""
    if getattr(layer, _GENERATOR, None) is None:
        setattr(layer, _GENERATOR, SeedGenerator())
    return getattr(layer, _GENERATOR)


@older_names(std="stddev")
def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Numbers of the normal distribution with that mean and standard deviation."""
    return _normal(shape, mean, stddev, dtype=dtype or settings.floatx(), seed=seed)


@of_shape
def _normal(shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any) -> Any:
    return random.normal(shape, mean, stddev, dtype, seed_here(seed))


@older_names(low="minval", high="maxval")
def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Numbers from `minval` up to `maxval`, all equally likely."""
    return _uniform(shape, minval, maxval, dtype=dtype or settings.floatx(), seed=seed)


@of_shape
def _uniform(shape: Any, low: Any, high: Any, dtype: Any, seed: Any) -> Any:
    if "int" in str(dtype):
        return random.randint(shape, low, high, dtype, seed_here(seed))
    return random.uniform(shape, low, high, dtype, seed_here(seed))


@older_names(std="stddev")
def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Numbers of the normal distribution, none more than two deviations from the mean."""
    return _truncated(shape, mean, stddev, dtype=dtype or settings.floatx(), seed=seed)


@of_shape
def _truncated(shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any) -> Any:
    return random.truncated_normal(shape, mean, stddev, dtype, seed_here(seed))


def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: Any = None) -> Any:
    """1 with probability `p`, else 0."""
    return _bernoulli(shape, p, dtype=dtype or settings.floatx(), seed=seed)


random_binomial = random_bernoulli


@of_shape
def _bernoulli(shape: Any, p: Any, dtype: Any, seed: Any) -> Any:
    return ops.cast(random.uniform(shape, 0.0, 1.0, seed=seed_here(seed)) < p, dtype)
