"""Functions of tf that cut, join and arrange tensors."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ...core.tensor import leaves, map_leaves
from .arrays import as_axes, holds_text, sizes
from .lift import lift
from .tensor import as_bytes


def _reshape(x: Any, shape: Any = ()) -> Any:
    return jnp.reshape(x, sizes(shape) if np.size(shape) else ())


def _transpose(x: Any, perm: Any = None, conjugate: bool = False) -> Any:
    x = jnp.transpose(x, perm)
    return jnp.conj(x) if conjugate else x


def _concat(values: Any, axis: int = 0) -> Any:
    values = [jnp.asarray(v) for v in values]
    if len(values) == 1:
        return values[0]
    return jnp.concatenate(values, axis)


def _split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None) -> Any:
    if isinstance(num_or_size_splits, (int, np.integer)):
        return list(jnp.split(value, num_or_size_splits, axis))
    sizes = [int(n) for n in np.asarray(num_or_size_splits)]
    if -1 in sizes:
        sizes[sizes.index(-1)] = value.shape[axis] - sum(sizes) - 1
    return list(jnp.split(value, np.cumsum(sizes)[:-1].tolist(), axis))


def _gather(
    params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0
) -> Any:
    params, indices = jnp.asarray(params), jnp.asarray(indices)
    axis = (batch_dims if axis is None else int(axis)) % params.ndim
    take = lambda p, i: jnp.take(p, i, axis - batch_dims, mode="clip")  # noqa: E731
    for _ in range(batch_dims):
        take = jax.vmap(take)
    return take(params, indices)


def _gather_nd(params: Any, indices: Any, batch_dims: int = 0) -> Any:
    def take(p: Any, i: Any) -> Any:
        return p[tuple(jnp.moveaxis(i, -1, 0))]

    for _ in range(batch_dims):
        take = jax.vmap(take)
    return take(jnp.asarray(params), jnp.asarray(indices))


def _places(indices: Any) -> tuple:
    return tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))


def _scatter_nd(indices: Any, updates: Any, shape: Any) -> Any:
    updates = jnp.asarray(updates)
    return jnp.zeros(sizes(shape), updates.dtype).at[_places(indices)].add(updates)


def _scatter(how: str) -> Any:
    def run(tensor: Any, indices: Any, updates: Any) -> Any:
        tensor = jnp.asarray(tensor)
        return getattr(tensor.at[_places(indices)], how)(updates)

    return run


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None:
        return jnp.stack(jnp.nonzero(condition), -1)
    condition, rank = jnp.asarray(condition), max(jnp.ndim(x), jnp.ndim(y))
    if (
        condition.ndim == 1 < rank
        and condition.shape[0] != jnp.broadcast_shapes(jnp.shape(x), jnp.shape(y))[-1]
    ):  # TensorFlow 1 chose rows by it
        condition = condition.reshape(-1, *[1] * (rank - 1))
    return jnp.where(condition, x, y)


def _boolean_mask(tensor: Any, mask: Any, axis: Any = None) -> Any:
    tensor, mask = jnp.asarray(tensor), jnp.asarray(mask)
    axis = 0 if axis is None else axis
    index = (slice(None),) * axis + (mask,)
    return tensor[index]


def _pad(tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0) -> Any:
    widths = [tuple(int(n) for n in pair) for pair in np.asarray(paddings)]
    if mode.upper() == "CONSTANT":
        return jnp.pad(tensor, widths, constant_values=constant_values)
    return jnp.pad(tensor, widths, mode=mode.lower())


def _squeeze(x: Any, axis: Any = None) -> Any:
    if isinstance(axis, (list, tuple)):
        axis = tuple(axis) or None
    return jnp.squeeze(x, axis)


def _strided_slice(x: Any, begin: Any, end: Any, strides: Any = None) -> Any:
    strides = [1] * len(begin) if strides is None else strides
    return x[tuple(map(slice, begin, end, strides))]


def _slice(x: Any, begin: Any = (), size: Any = ()) -> Any:
    if any(isinstance(n, Tracer) for n in begin):
        return jax.lax.dynamic_slice(x, begin, size)
    return x[tuple(slice(b, None if n == -1 else b + n) for b, n in zip(begin, size, strict=True))]


def _searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    return jnp.searchsorted(sorted_sequence, values, side=side)


def _sort(x: Any, axis: int = -1, direction: str = "ASCENDING") -> Any:
    return jnp.sort(x, axis, descending=direction == "DESCENDING")


def _argsort(x: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False) -> Any:
    return jnp.argsort(x, axis, descending=direction == "DESCENDING")


def _reverse_sequence(x: Any, lengths: Any, seq_axis: int = 1, batch_axis: int = 0) -> Any:
    def one(row: Any, length: Any) -> Any:
        axis = seq_axis - (seq_axis > batch_axis)
        index = jnp.arange(row.shape[axis])
        return jnp.take(row, jnp.where(index < length, length - 1 - index, index), axis)

    return jax.vmap(one, (batch_axis, 0), batch_axis)(jnp.asarray(x), jnp.asarray(lengths))


def _roll(x: Any, shift: Any = 0, axis: Any = 0) -> Any:
    return jnp.roll(x, shift, as_axes(axis))


def _moving(function: Any, arguments: str, name: str, also: tuple[str, ...] = ()) -> Any:
    """A function that only moves elements: of text, it moves the words' numbers."""

    def run(*args: Any, **kwargs: Any) -> Any:
        texts = [as_bytes(x).ravel() for x in leaves(args) if holds_text(x)]
        if not texts:
            return function(*args, **kwargs)
        words = np.array(sorted(set(np.concatenate(texts))), object)
        numbers = {word: number for number, word in enumerate(words)}

        def coded(x: Any) -> Any:
            if not holds_text(x):
                return x
            return jnp.asarray(np.vectorize(numbers.get, otypes=["int32"])(as_bytes(x)))

        found = function(*map_leaves(coded, args), **kwargs)
        return map_leaves(lambda x: np.asarray(words[np.asarray(x)], object), found)

    return lift(run, arguments, name, also)


def unstack(value: Any, num: Any = None, axis: int = 0, name: str | None = None) -> Any:
    """The slices along an axis, as a list."""
    return _unstacked(value, axis=axis)


_unstacked = _moving(
    lambda x, axis=0: [jax.lax.index_in_dim(x, i, axis, False) for i in range(x.shape[axis])],
    "value, axis=0",
    "unstack",
)


MOVING: dict[str, Any] = {
    "broadcast_to": _moving(
        lambda x, shape=(): jnp.broadcast_to(x, sizes(shape)), "input, shape=()", "broadcast_to"
    ),
    "reshape": _moving(_reshape, "tensor, shape=()", "reshape"),
    "transpose": _moving(_transpose, "a, perm=None, conjugate=False", "transpose"),
    "concat": _moving(_concat, "values, axis=0", "concat"),
    "stack": _moving(
        lambda values, axis=0: jnp.stack([jnp.asarray(v) for v in values], axis),
        "values, axis=0",
        "stack",
    ),
    "split": _moving(_split, "value, num_or_size_splits=None, axis=0, num=None", "split"),
    "gather": _moving(
        _gather, "params, indices, validate_indices=None, axis=None, batch_dims=0", "gather"
    ),
    "gather_nd": _moving(_gather_nd, "params, indices, batch_dims=0", "gather_nd"),
    "scatter_nd": lift(_scatter_nd, "indices, updates, shape=()", "scatter_nd"),
    "tensor_scatter_nd_update": lift(_scatter("set"), "tensor, indices, updates"),
    "tensor_scatter_nd_add": lift(_scatter("add"), "tensor, indices, updates"),
    "tensor_scatter_nd_sub": lift(
        lambda t, i, u: _scatter("add")(t, i, -jnp.asarray(u)), "tensor, indices, updates"
    ),
    "tensor_scatter_nd_max": lift(_scatter("max"), "tensor, indices, updates"),
    "tensor_scatter_nd_min": lift(_scatter("min"), "tensor, indices, updates"),
    "expand_dims": _moving(jnp.expand_dims, "input, axis=-1", "expand_dims"),
    "squeeze": _moving(_squeeze, "input, axis=None", "squeeze"),
    "tile": _moving(lambda x, m=(): jnp.tile(x, sizes(m)), "input, multiples=()", "tile"),
    "repeat": _moving(
        lambda x, repeats=1, axis=None: jnp.repeat(x, np.asarray(repeats), axis),
        "input, repeats=1, axis=None",
        "repeat",
    ),
    "pad": lift(_pad, "tensor, paddings=(), mode='CONSTANT', constant_values=0", "pad"),
    "reverse": _moving(lambda x, axis=0: jnp.flip(x, as_axes(axis)), "tensor, axis=0", "reverse"),
    "reverse_sequence": lift(
        _reverse_sequence, "input, seq_lengths, seq_axis=1, batch_axis=0", "reverse_sequence"
    ),
    "roll": _moving(_roll, "input, shift=0, axis=0", "roll"),
    "sort": _moving(_sort, "values, axis=-1, direction='ASCENDING'", "sort"),
    "argsort": lift(_argsort, "values, axis=-1, direction='ASCENDING', stable=False", "argsort"),
    "searchsorted": lift(_searchsorted, "sorted_sequence, values, side='left'", "searchsorted"),
    "where": _moving(_where, "condition, x=None, y=None", "where", ("x", "y")),
    "boolean_mask": _moving(_boolean_mask, "tensor, mask, axis=None", "boolean_mask"),
    "slice": _moving(_slice, "input_, begin=(), size=()", "slice"),
    "strided_slice": lift(_strided_slice, "input_, begin=(), end=(), strides=None"),
    "dynamic_partition": lift(
        lambda data, partitions, num=1: [data[partitions == i] for i in range(num)],
        "data, partitions, num_partitions=1",
        "dynamic_partition",
    ),
    "unstack": unstack,
}
