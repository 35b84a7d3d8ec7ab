"""lift: a function of arrays as one of TensorFlow's, which takes and gives Tensors."""

import functools
import inspect
import sys
from collections.abc import Callable
from contextlib import nullcontext
from inspect import Parameter, Signature
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ...core.graph import record
from ...core.messages import UserTypeError
from ...core.op import _parse
from ...core.tensor import KerasTensor, any_symbolic, map_leaves
from ...core.variable import Variable, current_scope
from . import recording
from .dtypes import DType
from .tensor import Tensor, unwrap, wrap

_OLD = {"keep_dims": "keepdims", "reduction_indices": "axis", "dim": "axis",
        "dimension": "axis"}  # fmt: skip


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
        return run(function, _opened(found, kwargs, signature, tensors), kwargs)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args, kwargs):
            kwargs.pop("name", None)
            return record(call, *map_leaves(unwrap, [args, kwargs]))
        result = on_values(*args, **kwargs)
        return result if from_denser() else map_leaves(wrap, result)

    call.function = on_values  # type: ignore[attr-defined]  # what a symbolic graph replays
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__name__ = call.__qualname__ = name or function.__name__
    return call


def run(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """The function of arrays, noted on the tapes; at once where all numbers are known, even while
    JAX traces the code around it: a size that was computed can then be used as a size."""
    known = nullcontext()
    if current_scope() is not None and not _traced([args, kwargs]):
        known = jax.ensure_compile_time_eval()
    with known:
        return recording.call(function, args, kwargs)


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
    if value is not None and hasattr(value, "to_tensor"):
        return open_(value.to_tensor())
    return value


def _any_tensor(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_any_tensor, value))
    return isinstance(value, (Tensor, Variable, jax.Array, KerasTensor, np.ndarray))


def _narrow(array: np.ndarray) -> Any:
    """NumPy's array in a type that JAX keeps; text as bytes."""
    if array.dtype.kind in "OSU":
        return array
    return jnp.asarray(array)


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
