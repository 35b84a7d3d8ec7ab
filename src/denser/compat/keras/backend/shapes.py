"""Shapes that are data: `shape(x)`, whose sizes may be known only later, and what is made of it."""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .... import ops
from ....core.graph import Node
from ....core.op import op
from ....core.tensor import KerasTensor, any_symbolic, as_array


class Sizes(tuple):
    """The shape of a symbolic tensor: numbers, and symbolic scalars for sizes not known yet."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Sizes(found) if isinstance(key, slice) else found

    def __mul__(self, other: Any) -> "Sizes":  # type: ignore[override]
        factors = other if isinstance(other, (tuple, list, np.ndarray)) else [other] * len(self)
        return Sizes(size * factor for size, factor in zip(self, factors, strict=True))

    __rmul__ = __mul__  # type: ignore[assignment]


def as_tensor(x: Any) -> Any:
    """Sizes as a tensor to compute with; anything else as it is."""
    if not isinstance(x, Sizes):
        return x
    return Node(_as_array, (tuple(x),), {}, KerasTensor((len(x),), "int32")).outputs


def _as_array(sizes: Any) -> Any:
    return jnp.asarray([int(size) for size in sizes], jnp.int32)


def size_of(x: Any, axis: int) -> int:
    """The size of an axis, a plain number also while a program is traced."""
    return int(x.shape[axis])


def shape(x: Any) -> Any:
    """The shape of `x` as whole numbers that can be computed with, and made shapes of again."""
    if not isinstance(x, KerasTensor):
        return np.array(np.shape(x), np.int32)
    return Sizes(
        Node(size_of, (x, axis), {}, KerasTensor((), "int32")).outputs if size is None else size
        for axis, size in enumerate(x.shape)
    )


def int_shape(x: Any) -> tuple[int | None, ...]:
    """The shape of `x`; None for a size that is not known yet."""
    return tuple(ops.shape(x))


get_variable_shape = int_shape


def ndim(x: Any) -> int:
    """The number of axes of `x`."""
    return len(int_shape(x))


def count_params(x: Any) -> int:
    """The number of elements of `x`."""
    return math.prod(size or 1 for size in int_shape(x))


def of_shape(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let `function(shape, ...)` take sizes that are known only when there are data."""

    def call(shape: Any, *args: Any, dtype: str = "float32", **kwargs: Any) -> Any:
        if not any_symbolic(shape):
            return function(whole(shape), *args, dtype=dtype, **kwargs)
        known = (None if isinstance(size, KerasTensor) else int(size) for size in shape)
        made = KerasTensor(tuple(known), dtype)

        def run(shape: Any, *args: Any, **kwargs: Any) -> Any:
            return function(whole(shape), *args, dtype=dtype, **kwargs)

        return Node(run, (shape, *args), kwargs, made).outputs

    return call


def whole(shape: Any) -> tuple[int, ...]:
    """A shape, however it is told, as a tuple of Python's integers."""
    if isinstance(shape, jax.Array) and not isinstance(shape, Tracer):
        shape = np.asarray(shape)  # going along it would be traced, and its sizes unknown
    if np.ndim(shape) == 0:
        return (int(shape),)
    return tuple(-1 if size is None else int(size) for size in shape)


def reshape(x: Any, shape: Any) -> Any:
    """The elements in another shape; one size may be -1, which means what is left."""
    if isinstance(shape, KerasTensor) or not any_symbolic(shape):
        return ops.reshape(x, whole(shape))
    unknown = sum(isinstance(size, KerasTensor) or size in (-1, None) for size in shape)
    if unknown == 1:  # the one size that follows from the others
        return ops.reshape(x, [-1 if isinstance(size, KerasTensor) else size for size in shape])
    known = (None if isinstance(s, KerasTensor) or s in (-1, None) else int(s) for s in shape)
    made = KerasTensor(tuple(known), getattr(x, "dtype", "float32"))
    return Node(
        lambda x, shape: jnp.reshape(as_array(x), whole(shape)), (x, shape), {}, made
    ).outputs


def tile(x: Any, n: Any) -> Any:
    """`x` put together `n` times along each axis."""
    if not any_symbolic(n):
        return ops.tile(x, whole(n))
    sizes = zip(int_shape(x), n, strict=True)
    known = (None if s is None or isinstance(t, KerasTensor) else s * int(t) for s, t in sizes)
    made = KerasTensor(tuple(known), getattr(x, "dtype", "float32"))
    return Node(lambda x, n: jnp.tile(as_array(x), whole(n)), (x, n), {}, made).outputs


def as_sizes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let `function`, given sizes alone, give what shapes can be made of again: of NumPy's whole
    numbers also while a program is traced, of symbolic ones a symbolic shape or product."""

    @functools.wraps(function)
    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, Sizes):
            return function(as_tensor(x), *args, **kwargs)
        parts = x if isinstance(x, (list, tuple)) else [x]
        if any(isinstance(p, Sizes) or _is_size(p) for p in parts):
            return Sizes(size for p in parts for size in (p if _many(p) else [p]))
        if parts and all(isinstance(p, (int, np.integer, np.ndarray)) for p in parts):
            with jax.ensure_compile_time_eval():
                return np.asarray(function(x, *args, **kwargs))
        return function(x, *args, **kwargs)

    return call


def _many(x: Any) -> bool:
    return isinstance(x, (list, tuple, np.ndarray))


def _is_size(x: Any) -> bool:
    """Whether it is one of a symbolic tensor's sizes."""
    return isinstance(x, KerasTensor) and x.history is not None and (
        x.history[0].operation is size_of
    )  # fmt: skip


@op
def flatten(x: jax.Array) -> jax.Array:
    """All elements in one axis."""
    return jnp.ravel(x)


@op
def batch_flatten(x: jax.Array) -> jax.Array:
    """The elements of each row in one axis."""
    return jnp.reshape(x, (x.shape[0], -1))
