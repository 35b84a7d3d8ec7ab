"""New arrays: filled, counted up, or like another one. Without a type they are `floatx`."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..core.dtype import canonical
from ..core.op import op
from .core import convert_to_tensor


def array(x: Any, dtype: Any = None) -> Any:
    """`x` as an array, of its own type or of `dtype`."""
    return convert_to_tensor(x, dtype)


def zeros(shape: Any, dtype: Any = None) -> Array:
    """An array of 0."""
    return jnp.zeros(shape, canonical(dtype))


def ones(shape: Any, dtype: Any = None) -> Array:
    """An array of 1."""
    return jnp.ones(shape, canonical(dtype))


def empty(shape: Any, dtype: Any = None) -> Array:
    """An array whose values do not matter; here zeros."""
    return jnp.zeros(shape, canonical(dtype))


@op
def full(shape: Any, fill_value: Array, dtype: Any = None) -> Array:
    """An array of one value, or of values that broadcast to its shape."""
    return jnp.full(shape, fill_value, canonical(dtype))


@op
def zeros_like(x: Array, dtype: Any = None) -> Array:
    """An array of 0 with the shape of `x`, and its type unless another is given."""
    return jnp.zeros_like(x, _or_none(dtype))


@op
def ones_like(x: Array, dtype: Any = None) -> Array:
    """An array of 1 with the shape of `x`, and its type unless another is given."""
    return jnp.ones_like(x, _or_none(dtype))


@op
def empty_like(x: Array, dtype: Any = None) -> Array:
    """An array with the shape of `x` whose values do not matter; here zeros."""
    return jnp.zeros_like(x, _or_none(dtype))


@op
def full_like(x: Array, fill_value: Array, dtype: Any = None) -> Array:
    """An array of one value with the shape of `x`, and its type unless another is given."""
    return jnp.full_like(x, fill_value, _or_none(dtype))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Array:
    """A matrix (N, M) of 0 with 1 on the diagonal, or `k` places right of it."""
    return jnp.eye(N, M, k, canonical(dtype))


def identity(n: int, dtype: Any = None) -> Array:
    """A matrix (n, n) of 0 with 1 on the diagonal."""
    return jnp.identity(n, canonical(dtype))


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Array:
    """A matrix (N, M) of 1 on and below the diagonal moved `k` places right, 0 above."""
    return jnp.tri(N, M, k, canonical(dtype))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Array:
    """The numbers `start, start + step, ...` below `stop`; with one argument, 0 up to it.

    Args:
        dtype: None: integers where all arguments are, else `floatx`.
    """
    if dtype is None:
        given = [jnp.result_type(value) for value in (start, stop, step) if value is not None]
        whole = all(jnp.issubdtype(kind, jnp.integer) for kind in given)
        dtype = jnp.result_type(*given) if whole else canonical(None)
    return jnp.arange(start, stop, step, dtype)


@op
def linspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers in equal steps from `start` to `stop`.

    Args:
        endpoint: Whether `stop` is the last of them.
        retstep: Whether to return the step, too.
        axis: Where the new axis stands, if `start` and `stop` are arrays.
    """
    return jnp.linspace(start, stop, num, endpoint, retstep, _or_none(dtype), axis)


@op
def logspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    """`base` to the power of `num` numbers in equal steps from `start` to `stop`."""
    return jnp.logspace(start, stop, num, endpoint, base, _or_none(dtype), axis)


@op
def geomspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    """`num` numbers from `start` to `stop`, each the same multiple of the one before."""
    return jnp.geomspace(start, stop, num, endpoint, _or_none(dtype), axis)


@op
def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """The powers of each element in a row: `x ** (N - 1), ..., x, 1`, or the other way round."""
    return jnp.vander(x, N, increasing)


def _or_none(dtype: Any) -> str | None:
    """The type that JAX keeps; None, for the type of the data, stays None."""
    return None if dtype is None else canonical(dtype)
