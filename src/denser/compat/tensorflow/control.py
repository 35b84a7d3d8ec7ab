"""Control flow and checks: conditions, loops, maps, TensorArray, print, assertions."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ...core.tensor import leaves, map_leaves
from . import arrays, moving, recording
from .lift import as_operand, open_
from .tensor import InvalidArgumentError, Tensor, unwrap, wrap


def _is_known(x: Any) -> bool:
    return not isinstance(unwrap(open_(x)), Tracer)


def _tensors(structure: Any) -> Any:
    return map_leaves(lambda x: arrays.convert_to_tensor(x), structure)


def _arrays(structure: Any) -> Any:
    return map_leaves(lambda x: jnp.asarray(as_operand(x)), structure)


def cond(
    pred: Any, true_fn: Callable[[], Any] | None = None, false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """`true_fn()` where `pred` is true, else `false_fn()`."""
    if _is_known(pred):
        return (true_fn if bool(pred) else false_fn)()  # type: ignore[misc]
    if recording.is_recording():  # both are noted, and the one that counts is chosen
        return map_two(pred, true_fn(), false_fn())  # type: ignore[misc]
    branches = [lambda f=f: _arrays(f()) for f in (true_fn, false_fn)]  # type: ignore[misc]
    return map_leaves(wrap, jax.lax.cond(jnp.asarray(open_(pred), bool), *branches))


def map_two(pred: Any, one: Any, two: Any) -> Any:
    """Nested tensors of which `pred` chooses the first or the second."""
    others = iter(leaves(two))
    return map_leaves(lambda x: moving.MOVING["where"](pred, x, next(others)), one)


def case(
    pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The first function whose condition is true."""
    pairs = pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs
    for pred, function in pairs:
        if bool(pred):
            return function()
    if default is None:
        raise InvalidArgumentError("tf.case: no condition is true and there is no `default`.")
    return default()


def switch_case(
    branch_index: Any, branch_fns: Any, default: Any = None, name: str | None = None
) -> Any:
    """The function of number `branch_index`."""
    table = dict(enumerate(branch_fns) if callable(next(iter(branch_fns))) else branch_fns)
    function = table.get(int(branch_index), default or table[max(table)])
    return function()


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any,
    shape_invariants: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
    swap_memory: bool = False, maximum_iterations: Any = None, name: str | None = None,
) -> Any:  # fmt: skip
    """`loop_vars = body(*loop_vars)` as long as `cond(*loop_vars)`: in Python where the condition
    is known, else as a loop of the compiled program."""
    values = tuple(loop_vars)
    if all(_is_known(x) for x in leaves(values) if isinstance(unwrap(x), jax.Array | Tracer)):
        count = 0
        go = cond(*values)
        if _is_known(go):
            while bool(go) and (maximum_iterations is None or count < maximum_iterations):
                found = body(*values)
                values = tuple(found) if isinstance(found, (list, tuple)) else (found,)
                go, count = cond(*values), count + 1
            return type(loop_vars)(values)

    def goes_on(state: Any) -> Any:
        wanted = jnp.asarray(as_operand(cond(*map_leaves(wrap, state[1]))), bool)
        enough = maximum_iterations is not None and state[0] >= maximum_iterations
        return jnp.logical_and(wanted, jnp.logical_not(enough))

    def once(state: Any) -> Any:
        found = body(*map_leaves(wrap, state[1]))
        return state[0] + 1, tuple(_arrays(found if isinstance(found, (list, tuple)) else [found]))

    return type(loop_vars)(
        map_leaves(wrap, jax.lax.while_loop(goes_on, once, (0, tuple(_arrays(values))))[1])
    )


def _rows(elems: Any) -> list[Any]:
    elems = _tensors(elems)
    count = len(leaves(elems)[0])
    return [map_leaves(lambda x, i=i: x[i], elems) for i in range(count)]


def _stacked(results: Sequence[Any]) -> Any:
    columns = iter([list(c) for c in zip(*map(leaves, results), strict=True)])
    return map_leaves(lambda _: moving.MOVING["stack"](next(columns)), results[0])


def map_fn(
    fn: Callable[[Any], Any], elems: Any, dtype: Any = None, parallel_iterations: Any = None,
    back_prop: bool = True, swap_memory: bool = False, infer_shape: bool = True,
    name: str | None = None, fn_output_signature: Any = None,
) -> Any:  # fmt: skip
    """`fn` of each row, stacked."""
    return _stacked([fn(row) for row in _rows(elems)])


def vectorized_map(
    fn: Callable[[Any], Any], elems: Any, fallback_to_while_loop: bool = True, warn: bool = True
) -> Any:
    """`fn` of each row, stacked."""
    return map_fn(fn, elems)


def scan(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None,
    parallel_iterations: Any = 10, back_prop: bool = True, swap_memory: bool = False,
    infer_shape: bool = True, reverse: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """Every state of `state = fn(state, row)`, stacked."""
    rows = _rows(elems)
    rows = rows[::-1] if reverse else rows
    states = [] if initializer is not None else [rows.pop(0)]
    state = _tensors(initializer) if initializer is not None else states[0]
    for row in rows:
        state = fn(state, row)
        states.append(state)
    return _stacked(states[::-1] if reverse else states)


def foldl(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **kwargs: Any) -> Any:
    """The last state of `state = fn(state, row)`."""
    rows = _rows(elems)
    state = rows.pop(0) if initializer is None else _tensors(initializer)
    for row in rows:
        state = fn(state, row)
    return state


def foldr(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **kwargs: Any) -> Any:
    """`foldl` from the last row to the first."""
    rows = _rows(elems)[::-1]
    state = rows.pop(0) if initializer is None else _tensors(initializer)
    for row in rows:
        state = fn(state, row)
    return state


class TensorArray:
    """A list of tensors that is written by number.

    Args:
        dtype: Their type.
        size: How many there are at the start.
        dynamic_size: Whether it grows.
        clear_after_read: Of no effect.
    """

    def __init__(
        self, dtype: Any, size: Any = 0, dynamic_size: bool | None = None,
        clear_after_read: bool | None = None, tensor_array_name: str | None = None,
        handle: Any = None, flow: Any = None, infer_shape: bool = True, element_shape: Any = None,
        colocate_with_first_write_call: bool = True, name: str | None = None,
    ):  # fmt: skip
        self.dtype, self.element_shape = dtype, element_shape
        self._values: list[Any] = [None] * int(size)

    def write(self, index: Any, value: Any, name: str | None = None) -> "TensorArray":
        """Put a tensor at a number; returns the TensorArray."""
        index = int(index)
        self._values += [None] * (index + 1 - len(self._values))
        self._values[index] = arrays.convert_to_tensor(value)
        return self

    def read(self, index: Any, name: str | None = None) -> Any:
        """The tensor of a number."""
        return self._values[int(index)]

    def stack(self, name: str | None = None) -> Any:
        """All tensors, stacked."""
        known = next((v for v in self._values if v is not None), None)
        if known is None:
            return arrays.MAKING["zeros"]((0,))
        empty = arrays.MAKING["zeros_like"](known)
        return moving.MOVING["stack"]([empty if v is None else v for v in self._values])

    def concat(self, name: str | None = None) -> Any:
        """All tensors, one after another."""
        return moving.MOVING["concat"](self._values, 0)

    def unstack(self, value: Any, name: str | None = None) -> "TensorArray":
        """Take the rows of a tensor; returns the TensorArray."""
        self._values = list(moving.unstack(value))
        return self

    def gather(self, indices: Any, name: str | None = None) -> Any:
        """Some tensors, stacked."""
        return moving.MOVING["stack"]([self.read(i) for i in np.asarray(indices)])

    def size(self, name: str | None = None) -> Any:
        """How many there are."""
        return arrays.convert_to_tensor(len(self._values))

    def identity(self) -> "TensorArray":
        """The TensorArray."""
        return self

    def __len__(self) -> int:
        return len(self._values)


def print_(
    *inputs: Any, output_stream: Any = None, summarize: Any = 3, sep: str = " ", end: str = "\n",
    name: str | None = None,
) -> None:  # fmt: skip
    """Print tensors, from within a compiled function too."""
    if not all(_is_known(x) for x in leaves(inputs)):
        form = sep.join("{}" for _ in inputs)
        jax.debug.print(form, *[unwrap(x) for x in inputs])
        return
    stream = output_stream if hasattr(output_stream, "write") else sys.stderr
    texts = [str(x.numpy()) if isinstance(x, Tensor) else str(x) for x in inputs]
    stream.write(sep.join(texts) + end)


def assert_(condition: Any, data: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raise unless the condition holds; inside a compiled function nothing is checked."""
    if _is_known(condition) and not bool(np.all(np.asarray(open_(condition)))):
        raise InvalidArgumentError(f"Assertion failed: {[str(x) for x in data or ()]}")


def _compares(function: Callable[..., Any], words: str) -> Callable[..., Any]:
    def check(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        if not (_is_known(x) and _is_known(y)):
            return
        a, b = np.asarray(as_operand(x)), np.asarray(as_operand(y))
        if not np.all(function(a, b)):
            raise InvalidArgumentError(f"{message or ''} Expected x {words} y; got {a} and {b}.")

    return check


def _holds(function: Callable[..., Any], words: str) -> Callable[..., Any]:
    def check(x: Any, message: Any = None, summarize: Any = None, name: Any = None) -> Any:
        if _is_known(x) and not np.all(function(np.asarray(as_operand(x)))):
            raise InvalidArgumentError(f"{message or ''} Expected {words}; got {x}.")
        return x

    return check


def _assert_shape(x: Any, expected: Any, message: Any = None, **kwargs: Any) -> None:
    arrays.ensure_shape(arrays.convert_to_tensor(x), expected)


def _assert_shapes(shapes: Any, data: Any = None, summarize: Any = None, message: Any = None,
                   name: Any = None) -> None:  # fmt: skip
    sizes: dict[Any, int] = {}
    for tensor, wanted in shapes.items() if isinstance(shapes, dict) else shapes:
        for letter, size in zip(wanted, tensor.shape, strict=False):
            known = letter if isinstance(letter, int) else sizes.setdefault(letter, size)
            if len(wanted) != len(tensor.shape) or (known is not None and known != size):
                raise InvalidArgumentError(f"{message or ''} Shapes do not agree: {shapes}.")


def _assert_rank(x: Any, rank: int, message: Any = None, name: Any = None) -> Any:
    if len(arrays.convert_to_tensor(x).shape) != rank:
        raise InvalidArgumentError(f"{message or ''} Expected {rank} axes; got {x.shape}.")
    return x


def _check_numerics(tensor: Any, message: str, name: Any = None) -> Any:
    return _holds(np.isfinite, "finite numbers")(tensor, message)


def _assert_type(tensor: Any, tf_type: Any, message: Any = None, name: Any = None) -> None:
    if tensor.dtype != tf_type:
        raise InvalidArgumentError(f"{message or ''} Expected {tf_type}; got {tensor.dtype}.")


DEBUGGING: dict[str, Any] = {
    "Assert": assert_, "assert_equal": _compares(lambda a, b: a == b, "=="),
    "assert_none_equal": _compares(lambda a, b: a != b, "!="),
    "assert_less": _compares(np.less, "<"), "assert_less_equal": _compares(np.less_equal, "<="),
    "assert_greater": _compares(np.greater, ">"),
    "assert_greater_equal": _compares(np.greater_equal, ">="),
    "assert_near": _compares(lambda a, b: np.isclose(a, b, 1e-5, 1e-5), "near"),
    "assert_positive": _holds(lambda x: x > 0, "positive numbers"),
    "assert_non_negative": _holds(lambda x: x >= 0, "numbers of 0 or more"),
    "assert_non_positive": _holds(lambda x: x <= 0, "numbers of 0 or less"),
    "assert_negative": _holds(lambda x: x < 0, "negative numbers"),
    "assert_all_finite": _check_numerics, "check_numerics": _check_numerics,
    "assert_shapes": _assert_shapes, "assert_rank": _assert_rank, "assert_type": _assert_type,
    "is_numeric_tensor": lambda x: arrays.is_tensor(x), "enable_check_numerics": lambda **k: None,
    "set_log_device_placement": lambda enabled: None,
}  # fmt: skip
CONTROL: dict[str, Any] = {
    "cond": cond, "case": case, "switch_case": switch_case, "while_loop": while_loop,
    "map_fn": map_fn, "vectorized_map": vectorized_map, "scan": scan, "foldl": foldl,
    "foldr": foldr, "TensorArray": TensorArray, "print": print_, "Assert": assert_,
}  # fmt: skip
