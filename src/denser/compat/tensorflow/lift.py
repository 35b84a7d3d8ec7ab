"""lift: a function of arrays as one of TensorFlow's, which takes and gives Tensors."""

import functools
import inspect
import math
import sys
from collections.abc import Callable
from contextlib import nullcontext
from inspect import Parameter, Signature
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.errors import JAXTypeError

from ...core.dtype import canonical
from ...core.graph import is_inferring, record
from ...core.messages import UserTypeError
from ...core.op import _parse
from ...core.tensor import KerasTensor, any_symbolic, map_leaves
from ...core.variable import Variable, current_scope
from . import recording
from .dtypes import DType
from .tensor import InvalidArgumentError, Tensor, unwrap, wrap

_OLD = {"keep_dims": "keepdims", "reduction_indices": "axis", "dim": "axis",
        "dimension": "axis"}  # fmt: skip


_LARGE = 2**24  # numbers

# Parameters that take one tensor: a list of tensors there is one, of which these are the rows.
_ONE = {"x", "y", "a", "b", "input", "input_tensor", "tensor", "logits", "labels", "image"}


def from_denser(depth: int = 2) -> bool:
    """Whether denser's own code made the call: it gets arrays, everybody else Tensors."""
    name = sys._getframe(depth).f_globals.get("__name__", "")
    ours = name.startswith(("denser.", "jax."))
    return ours and not name.startswith("denser.compat.tensorflow")


def lift(
    function: Callable[..., Any],
    arguments: str | None = None,
    name: str | None = None,
    also: tuple[str, ...] = (),
) -> Callable[..., Any]:
    """A function of arrays as one of Tensors, Variables, NumPy's arrays, lists and KerasTensors.

    Parameters without a default take tensors. What is computed while a tape records is noted.

    Args:
        function: The function of arrays.
        arguments: TensorFlow's argument list, as "x, axis=None", by position to the function;
            None: the function's own. `name=` and the names of TensorFlow 1 are taken, too.
        name: Its name; None: the function's.
        also: Parameters that take tensors though they have a default.
    """
    signature = inspect.signature(function) if arguments is None else _parse(arguments)
    tensors = {p.name for p in signature.parameters.values() if p.default is Parameter.empty}
    tensors.update(also)
    choose = _of_rows(function, {i for i, p in enumerate(signature.parameters) if p in _ONE})

    def bound(args: tuple, kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        if "name" not in signature.parameters:
            kwargs.pop("name", None)
        for old in _OLD.keys() & kwargs.keys() - signature.parameters.keys():
            kwargs[_OLD[old]] = kwargs.pop(old)
        try:
            found = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise UserTypeError(f"tf.{call.__name__}: {error}. It is {signature}.") from None
        found.apply_defaults()
        return list(found.args), dict(found.kwargs)

    def on_values(*args: Any, **kwargs: Any) -> Any:
        found, kwargs = bound(args, kwargs)
        found = _opened(found, kwargs, signature, tensors)
        return run(choose(found), found, kwargs)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args, kwargs):
            kwargs.pop("name", None)
            return record(call, *map_leaves(unwrap, [args, kwargs]))
        found = _of_ragged(call, args, kwargs)
        if found is not NotImplemented:
            return found
        result = _fitting(call.__name__, on_values, args, kwargs)
        return result if from_denser() else map_leaves(wrap, result)

    call.function = on_values  # type: ignore[attr-defined]  # what a symbolic graph replays
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__name__ = call.__qualname__ = name or function.__name__
    return call


def _of_ragged(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """What rows of different lengths make of a function, or NotImplemented."""
    if not args or not hasattr(args[0], "through"):
        return NotImplemented
    return args[0].through(function, args, kwargs)


def _fitting(name: str, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """`function(*args, **kwargs)`; what JAX says of shapes that do not fit, as TensorFlow does."""
    try:
        return function(*args, **kwargs)
    except (JAXTypeError, UserTypeError):
        raise
    except TypeError as error:
        raise InvalidArgumentError(f"tf.{name}: {error}") from error


def run(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """The function of arrays, noted on the tapes; at once where all numbers are known, even while
    JAX traces the code around it: a size that was computed can then be used as a size."""
    known = nullcontext()
    if current_scope() is not None and not _traced([args, kwargs]) and not (
        is_inferring() and _is_large(function, args, kwargs)
    ):  # fmt: skip
        known = jax.ensure_compile_time_eval()
    with known:
        return recording.call(function, args, kwargs)


def _is_large(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> bool:
    """Whether the function gives more than could be sizes: with the numbers that stand for unknown
    ones, a mask of some batch may not fit into memory."""
    if function.__module__.endswith(".chance"):  # what it draws would be drawn in vain
        return False
    try:
        found = jax.eval_shape(lambda: function(*args, **kwargs))
    except Exception:  # it needs the numbers themselves
        return False
    return sum(math.prod(x.shape) for x in jax.tree.leaves(found)) > _LARGE


def _traced(structure: Any) -> bool:
    if isinstance(structure, (list, tuple)):
        return any(map(_traced, structure))
    if isinstance(structure, dict):
        return any(map(_traced, structure.values()))
    return isinstance(structure, Tracer)


def _opened(args: list, kwargs: dict, signature: Signature, tensors: set[str]) -> list[Any]:
    parameters = list(signature.parameters.values())
    opened = []
    for position, value in enumerate(args):
        parameter = parameters[min(position, len(parameters) - 1)]
        takes = parameter.name in tensors or parameter.kind is Parameter.VAR_POSITIONAL
        opened.append(as_operand(value) if takes else as_option(value))
    for key, value in kwargs.items():
        kwargs[key] = as_operand(value) if key in tensors else as_option(value)
    return opened


def as_operand(value: Any) -> Any:
    """A tensor's array; a list without tensors as one array, one with them as a list of arrays."""
    if isinstance(value, (Tensor, Variable)):
        return open_(value)
    if isinstance(value, (list, tuple)):
        if _any_tensor(value):
            return [as_operand(part) for part in value]
        try:
            return _narrow(np.asarray(value))
        except ValueError:  # several arrays of different shapes
            return [as_operand(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _narrow(np.asarray(value))
    if hasattr(value, "to_numpy"):  # pandas
        return _narrow(value.to_numpy())
    if value is not None and hasattr(value, "to_tensor"):
        return open_(value.to_tensor())
    return value


def _of_rows(function: Callable[..., Any], single: set[int]) -> Callable[[list[Any]], Any]:
    """Choose for some arguments the function, or where lists of tensors stand for single ones, the
    function of their rows together: the tapes see it, so that it is the same each time."""

    def of_lists(*args: Any, **kwargs: Any) -> Any:
        stacked = [_stacked(value) if i in single else value for i, value in enumerate(args)]
        return function(*stacked, **kwargs)

    def choose(args: list[Any]) -> Any:
        lists = any(isinstance(value, list) for i, value in enumerate(args) if i in single)
        return of_lists if lists else function

    return choose


def _stacked(value: Any) -> Any:
    """A list of arrays as one array."""
    if not isinstance(value, list):
        return value
    return jnp.stack([jnp.asarray(_stacked(part)) for part in value])


def _any_tensor(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_any_tensor, value))
    return isinstance(value, (Tensor, Variable, jax.Array, KerasTensor, np.ndarray))


def _narrow(array: np.ndarray) -> Any:
    """NumPy's array in a type that JAX keeps; text as bytes."""
    if array.dtype.kind in "OSU":
        return array
    if array.dtype.kind in "iu" and array.dtype.itemsize > 4 and array.size:
        _check_fits(array)
    with jax.ensure_compile_time_eval():  # known, too, while JAX traces the code around it
        return jnp.asarray(array)


def _check_fits(array: np.ndarray) -> None:
    """Raise where a whole number is larger than those that are kept.

    Raises:
        OverflowError: with the way to keep such.
    """
    limits = np.iinfo(canonical(array.dtype.name))
    if array.max() > limits.max or array.min() < limits.min:
        raise OverflowError(
            f"{array.max()} does not fit {limits.dtype}, which stands for 64 bits here. Run with "
            "JAX_ENABLE_X64=1 in the environment to keep 64 bits."
        )


def as_option(value: Any) -> Any:
    """An option: known tensors as Python's numbers and lists, a DType as its name."""
    if isinstance(value, (Tensor, Variable)):
        array = open_(value)
        return array if isinstance(array, Tracer) else np.asarray(array).tolist()
    if isinstance(value, jax.Array) and not isinstance(value, Tracer):
        return np.asarray(value).tolist()
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)([as_option(part) for part in value])
    if isinstance(value, DType):
        return value.name
    return value


def open_(value: Any) -> Any:
    """The array of a Tensor or Variable, told to the tapes."""
    if isinstance(value, Variable):
        array = value.value
        recording.note_read(value, array)
        return array
    return unwrap(value)
