"""Functions of tf that make tensors, and say what they are."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ...core.graph import Node
from ...core.messages import bad_argument
from ...core.tensor import KerasTensor
from ...core.variable import Variable
from ...ops.core import stop_gradient as _stop
from .dtypes import DTYPES, as_dtype, kept
from .lift import as_operand, lift, open_
from .tensor import Tensor, as_bytes, unwrap, wrap


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: Any = None
) -> Any:
    """A Tensor of what holds numbers or text: lists, NumPy's arrays, Variables, numbers."""
    if isinstance(value, KerasTensor):
        return value if dtype is None else cast(value, dtype)
    if isinstance(value, (Tensor, Variable)) and dtype is None:
        return wrap(open_(value))
    text = dtype is not None and as_dtype(dtype).name == "string"
    array = as_operand(value)
    if isinstance(array, str | bytes) or text or holds_text(array):
        return Tensor(as_bytes(array))
    return _constant(value, None if dtype is None else kept(dtype))


def holds_text(array: Any) -> bool:
    """Whether an array is one of words, not numbers."""
    return isinstance(array, np.ndarray) and array.dtype.kind in "OSU"


def _as_array(value: Any, dtype: Any = None) -> Any:
    if isinstance(value, list):
        return jnp.asarray(jnp.stack([_as_array(v) for v in value]), dtype)
    if dtype is None and isinstance(value, (bool, int, float)):
        dtype = kept(type(value) if not isinstance(value, float) else "float32")
    return jnp.asarray(value, dtype)


_constant = lift(_as_array, "value, dtype=None", "constant")


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Any:
    """A Tensor of these numbers, filled up to `shape`."""
    if shape is not None:
        value = np.asarray(value)
        value = value.reshape(sizes(shape)) if value.ndim else np.broadcast_to(value, sizes(shape))
    return convert_to_tensor(value, dtype)


def _cast(x: Any, dtype: Any) -> Any:
    x = jnp.asarray(x)
    dtype = kept(dtype)
    if dtype == "bool":
        return x != 0
    if "int" in dtype and jnp.issubdtype(x.dtype, jnp.floating):
        x = jnp.trunc(x)
    return x.astype(dtype)


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """`x` with its elements turned into `dtype`."""
    name = as_dtype(dtype).name
    if name == "string" and getattr(x, "dtype", None) == name:
        return x
    return _lifted_cast(x, dtype=name)


_lifted_cast = lift(lambda x, dtype=None: _cast(x, dtype), "x, dtype=None", "cast")


def shape(input: Any, out_type: Any = "int32", name: str | None = None) -> Any:
    """The sizes as a Tensor of integers, known even while a function is compiled."""
    if isinstance(input, KerasTensor):
        return _symbolic_shape(input)
    array = unwrap(input.raw if isinstance(input, Variable) else as_operand(input))
    with jax.ensure_compile_time_eval():
        return Tensor(jnp.asarray(np.shape(array), kept(out_type)))


def _symbolic_shape(x: KerasTensor) -> KerasTensor:
    """The shape of a symbolic tensor, whose numbers are sizes wherever they are known."""
    sizes = KerasTensor((len(x.shape),), "int32")

    def at(batch: int, other: int) -> np.ndarray:
        unknown = (batch, *[other] * len(x.shape))
        return np.array(
            [u if s is None else s for s, u in zip(x.shape, unknown, strict=False)], np.int32
        )

    sizes.at = at
    return Node(_known_shape, (x,), {}, sizes).outputs


def _known_shape(x: Any) -> np.ndarray:
    return np.array(np.shape(x), np.int32)


def sizes(shape: Any) -> tuple[int, ...]:
    """A shape, given as a list, an array or a Tensor, as whole numbers."""
    return tuple(int(n) for n in np.atleast_1d(np.asarray(shape, dtype=int)))


def _unique(x: Any, out_idx: Any = "int32", counts: bool = False) -> Any:
    """The values in the order in which they first come, as TensorFlow gives them."""
    array = np.asarray(x)
    values, first, inverse, count = np.unique(array, True, True, True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    found = [values[order], place[inverse].astype("int32")]
    found += [count[order].astype("int32")] if counts else []
    return tuple(f if f.dtype == object else jnp.asarray(f) for f in found)


def _one_hot(
    indices: Any, depth: Any, on_value: Any = None, off_value: Any = None, axis: Any = None,
    dtype: Any = None,
) -> Any:  # fmt: skip
    axis = -1 if axis is None else axis
    hot = jax.nn.one_hot(indices, int(depth), dtype=bool, axis=axis)
    on, off = (1 if on_value is None else on_value), (0 if off_value is None else off_value)
    name = kept(dtype) if dtype is not None else "float32"
    return jnp.where(hot, jnp.asarray(on, name), jnp.asarray(off, name))


def _range(*limits: Any, delta: Any = 1, dtype: Any = None) -> Any:
    if len(limits) == 3:
        delta = limits[2]
    begin, end = (0, limits[0]) if len(limits) == 1 else limits[:2]
    return jnp.arange(begin, end, delta, None if dtype is None else kept(dtype))


def range_(*args: Any, **kwargs: Any) -> Any:
    """`range(limit)` or `range(start, limit, delta)` as a Tensor."""
    kwargs.pop("name", None)
    if "limit" in kwargs:
        start = args[0] if args else kwargs.pop("start", 0)
        return range_(start, kwargs.pop("limit"), **kwargs)
    options = {k: as_dtype(v).name if k == "dtype" else v for k, v in kwargs.items()}
    bounds = [_number(a) for a in args]
    return _lifted_range(bounds, **{k: _number(v) for k, v in options.items()})


def _number(x: Any) -> Any:
    array = unwrap(x.raw if isinstance(x, Variable) else x)
    return array.item() if hasattr(array, "item") and not isinstance(array, Tracer) else x


_lifted_range = lift(
    lambda limits, delta=1, dtype=None: _range(*limits, delta=delta, dtype=dtype),
    "limits, delta=1, dtype=None",
    "range",
)


def _like(value: float) -> Any:
    def run(x: Any, dtype: Any = None) -> Any:
        return jnp.full(jnp.shape(x), value, kept(dtype) if dtype else jnp.asarray(x).dtype)

    return run


def _full(value: float) -> Any:
    return lambda shape=(), dtype="float32": jnp.full(
        sizes(shape) if np.size(shape) else (), value, kept(dtype)
    )


def _fill(dims: Any, value: Any) -> Any:
    value = jnp.asarray(value)
    return jnp.broadcast_to(value, sizes(dims) if np.size(dims) else ())


def _eye(
    num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: Any = "float32"
) -> Any:
    found = jnp.eye(int(num_rows), None if num_columns is None else int(num_columns),
                    dtype=kept(dtype))  # fmt: skip
    return found if batch_shape is None else jnp.broadcast_to(found, (*batch_shape, *found.shape))


def _linspace(start: Any, stop: Any, num: Any, axis: int = 0) -> Any:
    return jnp.linspace(start, stop, int(num), axis=axis)


def _meshgrid(*arrays: Any, indexing: str = "xy") -> Any:
    return list(jnp.meshgrid(*arrays, indexing=indexing))


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> Any:
    """Coordinates of the points of a grid."""
    return _lifted_meshgrid(list(args), indexing=indexing)


_lifted_meshgrid = lift(
    lambda arrays, indexing="xy": _meshgrid(*arrays, indexing=indexing),
    "arrays, indexing='xy'",
    "meshgrid",
)


def _sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool") -> Any:
    lengths = jnp.asarray(lengths)
    maxlen = int(lengths.max()) if maxlen is None else int(maxlen)
    return (jnp.arange(maxlen) < lengths[..., None]).astype(kept(dtype))


def as_axes(axis: Any) -> Any:
    """Axes as JAX takes them: a list as a tuple."""
    return tuple(axis) if isinstance(axis, list) else axis


def _clip_by_norm(t: Any, clip_norm: Any, axes: Any = None) -> Any:
    norm = jnp.sqrt(jnp.sum(t * t, as_axes(axes), keepdims=True))
    return t * clip_norm / jnp.maximum(norm, clip_norm)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> Any:
    """The tensors scaled down together to a common norm, and the norm they had."""
    norm = global_norm(t_list) if use_norm is None else use_norm
    scale = _clip_scale(norm, clip_norm)
    return [None if t is None else t * scale for t in t_list], norm


_clip_scale = lift(lambda n, c: c / jnp.maximum(n, c), "norm, clip_norm", "clip_scale")


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The norm of all tensors together."""
    return _global_norm([t for t in t_list if t is not None])


_global_norm = lift(
    lambda ts: jnp.sqrt(sum(jnp.sum(jnp.square(t)) for t in ts)), "t_list", "global_norm"
)


def stop_gradient(input: Any, name: str | None = None) -> Any:
    """`input` as a constant: no gradient flows through it."""
    if isinstance(input, KerasTensor):
        return _stop(input)
    return _stopped(input)


# A copy: what has the identity of the input would have its gradient.
_stopped = lift(lambda x: jax.lax.stop_gradient(jnp.array(x, copy=True)), "input", "stop_gradient")


def identity(input: Any, name: str | None = None) -> Any:
    """A Tensor with the same numbers."""
    if isinstance(input, KerasTensor):
        return input
    tensor = convert_to_tensor(input)
    return tensor if holds_text(unwrap(tensor)) else _copied(tensor)


_copied = lift(lambda x: jnp.array(x, copy=True), "input", "identity")


def size(input: Any, out_type: Any = "int32", name: str | None = None) -> Any:
    """The number of elements, as a Tensor."""
    if isinstance(input, KerasTensor):
        return lift(lambda x: jnp.asarray(x.size, jnp.int32), "input", "size")(input)
    with jax.ensure_compile_time_eval():
        return Tensor(jnp.asarray(np.size(unwrap(as_operand(input))), kept(out_type)))


def rank(input: Any, name: str | None = None) -> Any:
    """The number of axes, as a Tensor."""
    with jax.ensure_compile_time_eval():
        found = input.shape if hasattr(input, "shape") else np.shape(as_operand(input))
        return Tensor(jnp.asarray(len(found), "int32"))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a Tensor, symbolic or not, or a Variable."""
    return isinstance(x, (Tensor, KerasTensor, Variable, jax.Array))


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Any:
    """`x`, if it has the shape; None in it stands for any size."""
    found = tuple(x.shape)
    pairs = zip(found, shape, strict=False)
    if len(found) != len(shape) or any(None not in pair and pair[0] != pair[1] for pair in pairs):
        raise bad_argument("tf.ensure_shape", "x", f"of shape {tuple(shape)}", found)
    return x


def bitcast(input: Any, type: Any, name: str | None = None) -> Any:
    """The same bits read as another type."""
    return _bitcast(input, dtype=kept(type))


_bitcast = lift(lambda x, dtype=None: jnp.asarray(x).view(dtype), "input, dtype=None", "bitcast")


def guarantee_const(input: Any, name: str | None = None) -> Any:
    """`input`."""
    return input


MAKING: dict[str, Any] = {
    "unique": lift(_unique, "x, out_idx='int32'", "unique"),
    "unique_with_counts": lift(
        lambda x, out_idx="int32": _unique(x, out_idx, True), "x, out_idx='int32'"
    ),
    "one_hot": lift(
        _one_hot,
        "indices, depth=None, on_value=None, off_value=None, axis=None, dtype=None",
        "one_hot",
    ),
    "zeros": lift(_full(0), "shape=(), dtype='float32'", "zeros"),
    "ones": lift(_full(1), "shape=(), dtype='float32'", "ones"),
    "zeros_like": lift(_like(0), "input, dtype=None", "zeros_like"),
    "ones_like": lift(_like(1), "input, dtype=None", "ones_like"),
    "fill": lift(_fill, "dims=(), value=0", "fill", ("value",)),
    "eye": lift(_eye, "num_rows=None, num_columns=None, batch_shape=None, dtype='float32'", "eye"),
    "linspace": lift(_linspace, "start, stop, num=50, axis=0", "linspace"),
    "sequence_mask": lift(_sequence_mask, "lengths, maxlen=None, dtype='bool'", "sequence_mask"),
    "clip_by_norm": lift(_clip_by_norm, "t, clip_norm, axes=None", "clip_by_norm"),
    "histogram_fixed_width": lift(
        lambda values, value_range, nbins=100: jnp.histogram(
            jnp.clip(values, *value_range), nbins, tuple(value_range)
        )[0].astype("int32"),
        "values, value_range=(), nbins=100",
        "histogram_fixed_width",
    ),
    "broadcast_static_shape": lambda a, b: np.broadcast_shapes(tuple(a), tuple(b)),
    "constant": constant,
    "convert_to_tensor": convert_to_tensor,
    "cast": cast,
    "shape": shape,
    "shape_n": lambda inputs: [shape(x) for x in inputs],
    "range": range_,
    "meshgrid": meshgrid,
    "clip_by_global_norm": clip_by_global_norm,
    "stop_gradient": stop_gradient,
    "identity": identity,
    "size": size,
    "rank": rank,
    "is_tensor": is_tensor,
    "ensure_shape": ensure_shape,
    "bitcast": bitcast,
    "guarantee_const": guarantee_const,
    "saturate_cast": lift(
        lambda x, dtype=None: jnp.clip(x, *DTYPES[kept(dtype)].limits).astype(kept(dtype)),
        "value, dtype=None",
        "saturate_cast",
    ),
}
