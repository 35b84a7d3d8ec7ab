"""What an array is, and control flow: casting, slicing, scattering, loops, branches, gradients."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from .. import config
from ..core.dtype import canonical, standardize_dtype
from ..core.messages import bad_argument
from ..core.op import op
from ..core.tensor import KerasTensor, as_array

# --------------------------------------------------------------------------- what an array is


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """`x` as an array: NumPy's, lists, numbers, Variables; pandas, PyTorch and scipy's too.

    Args:
        dtype: Type of the result; None keeps that of `x` (64 bits become 32).
        sparse, ragged: Only None or False: the engine's arrays are dense.
    """
    refuse("convert_to_tensor", sparse=sparse, ragged=ragged)
    if isinstance(x, KerasTensor):
        return x if dtype in (None, x.dtype) else cast(x, dtype)
    if dtype is None and isinstance(x, float):
        dtype = config.floatx()
    return as_array(x, None if dtype is None else canonical(dtype))


def convert_to_numpy(x: Any) -> np.ndarray:
    """`x` as a NumPy array."""
    return np.asarray(x if isinstance(x, (list, tuple, int, float)) else as_array(x))


def is_tensor(x: Any) -> bool:
    """Whether `x` is an array of the engine; also one that is being traced."""
    return isinstance(x, Array)


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape of `x`; None for a size that is not known yet."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def dtype(x: Any) -> str:
    """The name of the type of the elements of `x`, as 'float32'."""
    return standardize_dtype(x.dtype if hasattr(x, "dtype") else as_array(x).dtype)


def ndim(x: Any) -> int:
    """The number of axes of `x`."""
    return len(shape(x))


def size(x: Any) -> Any:
    """The number of elements of `x`; symbolic where `x` has an unknown size."""
    if isinstance(x, KerasTensor) and x.size is None:
        return _size(x)
    sizes: Any = shape(x)
    return math.prod(sizes)


@op
def _size(x: Array) -> Array:
    return jnp.asarray(x.size, jnp.int32)


@op
def cast(x: Array, dtype: Any) -> Array:
    """`x` with its elements turned into `dtype`."""
    return jnp.asarray(x).astype(canonical(dtype))


@op
def saturate_cast(x: Array, dtype: Any) -> Array:
    """`x` brought to the range of `dtype`, then cast: 300 becomes 255 in uint8."""
    x, dtype = jnp.asarray(x), jnp.dtype(canonical(dtype))
    if dtype.kind == "b" or x.dtype == dtype:
        return x.astype(dtype)
    kind = jnp.finfo if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo
    least, most = kind(dtype).min, kind(dtype).max
    if not jnp.issubdtype(x.dtype, jnp.inexact):
        x_range = jnp.iinfo("uint8" if x.dtype.kind == "b" else x.dtype)
        least, most = max(int(x_range.min), int(least)), min(int(x_range.max), int(most))
    inside = jnp.clip(x, jnp.asarray(least, x.dtype), jnp.asarray(most, x.dtype)).astype(dtype)
    # A float cannot hold 2 ** 31 - 1: its nearest one lies outside the range of int32.
    return jnp.where(x >= most, jnp.asarray(most, dtype), inside)


@op
def view(x: Array, dtype: Any = None) -> Array:
    """The same bits read as another type; the last axis grows or shrinks with its width."""
    return x if dtype is None else x.view(canonical(dtype))


@op
def copy(x: Array) -> Array:
    """A copy of `x`."""
    return jnp.array(x, copy=True)


# ----------------------------------------------------------------------- slices and scattering


@op
def slice(inputs: Array, start_indices: Any, shape: Any) -> Array:
    """The block of size `shape` that begins at `start_indices`, moved inside where it leaves."""
    return lax.dynamic_slice(inputs, tuple(start_indices), tuple(shape))


@op
def slice_update(inputs: Array, start_indices: Any, updates: Array) -> Array:
    """`inputs` with the block that begins at `start_indices` replaced by `updates`."""
    updates = jnp.asarray(updates, inputs.dtype)
    return lax.dynamic_update_slice(inputs, updates, tuple(start_indices))


@op
def scatter(indices: Array, values: Array, shape: Any) -> Array:
    """Zeros of `shape` with each value added at its index.

    Shapes:
        indices: (..., k), one row per place; k axes of the result
        values: (..., rest of the axes)
    """
    values = jnp.asarray(values)
    zeros = jnp.zeros(tuple(shape), values.dtype)
    return zeros.at[_places(indices)].add(values)


_SCATTERS = (None, "add", "max", "min", "mul")


@op
def scatter_update(
    inputs: Array, indices: Array, updates: Array, reduction: str | None = None
) -> Array:
    """`inputs` with `updates` put at the indices, or combined with what stands there.

    Shapes:
        inputs: any
        indices: (..., k), one row per place; k axes of `inputs`
        updates: (..., rest of the axes)

    Args:
        reduction: None replaces; 'add', 'max', 'min' or 'mul' combines.
    """
    if reduction not in _SCATTERS:
        raise bad_argument("scatter_update", "reduction", f"one of {_SCATTERS}", reduction)
    inputs = jnp.asarray(inputs)
    place = inputs.at[_places(indices)]
    return getattr(place, reduction or "set")(jnp.asarray(updates).astype(inputs.dtype))


def _places(indices: Array) -> tuple[Array, ...]:
    indices = jnp.asarray(indices)
    return tuple(indices[..., axis] for axis in range(indices.shape[-1]))


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """The slices of `x` along an axis, as a list.

    Args:
        num: Their number, needed where the axis's size is unknown.
    """
    known = shape(x)[axis]
    if known is None and num is None:
        raise bad_argument("unstack", "num", "given where the axis's size is unknown", num)
    if None not in (known, num) and num != known:
        raise bad_argument("unstack", "num", f"the size of the axis, {known}", num)
    return _unstack(x, num if known is None else known, axis)


@op
def _unstack(x: Array, num: int, axis: int) -> list[Array]:
    return [lax.index_in_dim(x, i, axis, keepdims=False) for i in range(num)]


# ------------------------------------------------------------------------------- control flow


@op
def cond(pred: Array, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """`true_fn()` if `pred` is true, else `false_fn()`; both give the same shapes."""
    return lax.cond(pred, true_fn, false_fn)


@op
def switch(index: Array, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """`branches[index](*operands)`, the index brought to the range of the branches."""
    return lax.switch(index, branches, *operands)


@op
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """A loop with a memory: `carry, y = f(carry, x)` for each `x` along the first axis of `xs`.

    Args:
        init: The first carry, nested as you like; each next one has its shapes and types.
        xs: Nested arrays with one first axis, or None to run `length` times.
        reverse: Whether to begin at the end; the ys then stand in the order of the xs.
        unroll: How many rounds are written out after one another in the compiled loop.

    Returns:
        The last carry, and the ys stacked.

    Example:
        >>> total, before = scan(lambda c, x: (c + x, c), 0, jnp.arange(4))
        >>> int(total), before.tolist()
        (6, [0, 0, 1, 3])
    """
    return lax.scan(f, init, xs, length=length, reverse=reverse, unroll=unroll)


@op
def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Running results of an associative `f` along an axis, in a logarithmic number of rounds."""
    return lax.associative_scan(f, elems, reverse=reverse, axis=axis)


@op
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """`f` of each slice along the first axis, one after the other, stacked."""
    return lax.map(f, xs)


@op
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """`function` of each slice along the first axis, all at once, stacked."""
    return jax.vmap(function)(elements)


@op
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """`loop_vars = body(*loop_vars)` as long as `cond(*loop_vars)` is true.

    Args:
        loop_vars: One value, or a tuple or list of several; they keep their shapes and types.
        maximum_iterations: The loop ends after so many rounds in any case.
    """
    several = isinstance(loop_vars, (tuple, list))
    count, least = 0, maximum_iterations

    def goes_on(state: tuple[Any, tuple]) -> Any:
        count, values = state
        wanted = cond(*values)
        return wanted if least is None else jnp.logical_and(wanted, count < least)

    def once(state: tuple[Any, tuple]) -> tuple[Any, tuple]:
        count, values = state
        new = body(*values)
        return count + 1, tuple(new) if isinstance(new, (tuple, list)) else (new,)

    _, values = lax.while_loop(
        goes_on, once, (count, tuple(loop_vars) if several else (loop_vars,))
    )
    return type(loop_vars)(values) if several else values[0]


@op
def fori_loop(
    lower: Array, upper: Array, body_fun: Callable[[Any, Any], Any], init_val: Any
) -> Any:
    """`value = body_fun(i, value)` for `i` from `lower` to `upper - 1`."""
    return lax.fori_loop(lower, upper, body_fun, init_val)


def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None
) -> Callable[..., Any]:
    """A function of one element as a function of arrays, which broadcast.

    Args:
        excluded: Positions of arguments that are handed on as they are.
        signature: Axes that belong to one element, as "(m,n),(n)->(m)".
    """
    return op(jnp.vectorize(pyfunc, excluded=frozenset(excluded or ()), signature=signature))


# --------------------------------------------------------------------------------- gradients


@op
def stop_gradient(variable: Any) -> Any:
    """`variable` as a constant: no gradient flows through it."""
    return lax.stop_gradient(variable)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a function that returns its value and its own gradient function.

    Example:
        >>> @custom_gradient
        ... def clipped(x):
        ...     return x, lambda upstream: jnp.clip(upstream, -1, 1)
        >>> float(jax.grad(lambda x: 5 * clipped(x))(2.0))
        1.0
    """
    return op(jax.custom_gradient(f))


@op
def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """`fun(*primals)` and its derivative in the direction of the tangents.

    Args:
        has_aux: Whether `fun` returns a pair of its value and something not to be differentiated,
            which then comes third.
    """
    return jax.jvp(fun, tuple(primals), tuple(tangents), has_aux=has_aux)


# ---------------------------------------------------------------------------------- refusals


def refuse(owner: str, **options: Any) -> None:
    """Raise an error for an option that asks for what the engine does not have."""
    for name, value in options.items():
        if value:
            fix = "Arrays here are dense; pad ragged rows, or gather with indices."
            raise bad_argument(owner, name, "False", value, fix)
