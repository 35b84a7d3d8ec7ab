"""Operands: denser's ops, its Variables and `keras.backend` take Tensors, and give them."""

import functools
import sys
import types
from collections.abc import Callable
from typing import Any

import jax

from ...core import op as op_module
from ...core.graph import record as record_symbolic
from ...core.op import _COMPARISONS, _OPERATORS, absolute, logical_not, negative
from ...core.tensor import any_symbolic as is_symbolic
from ...core.tensor import map_leaves
from ...core.variable import Variable
from ..keras import backend
from ..patches import patches
from . import recording, watching
from . import variable as variables
from .lift import from_denser, lift, open_, run
from .tensor import unwrap, wrap


def install() -> None:
    """Let them take and give Tensors, until compat is uninstalled."""
    patches.put(op_module, any_symbolic=_is_for_us, record=_record)  # every op, for the tapes too
    _install_variables()
    _install_backend()


def _is_for_us(*structures: Any) -> bool:
    return is_symbolic(*structures) or recording.is_recording() or not _from_ours()


def _record(operation: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    if is_symbolic(args, kwargs):
        return record_symbolic(operation, *map_leaves(unwrap, [args, kwargs]))
    args, kwargs = map_leaves(open_, args), map_leaves(open_, kwargs)
    result = run(operation.function, list(args), kwargs)
    return result if _from_ours() else map_leaves(wrap, result)


def _from_ours() -> bool:
    """Whether denser's code, this package's too, called the op that asks."""
    return sys._getframe(3).f_globals.get("__name__", "").startswith(("denser.", "jax."))


def _install_variables() -> None:
    """Let Variables have TensorFlow's methods, and operators that the tapes see."""
    put = {f"__{name}__": _operator(f"__{name}__", f) for name, f in _OPERATORS.items()}
    put |= {f"__{name}__": _operator(f"__{name}__", f) for name, f in _COMPARISONS.items()}
    put |= {f"__r{n}__": _operator(f"__r{n}__", f, True) for n, f in _OPERATORS.items()}
    unary = {"neg": negative, "abs": absolute, "invert": logical_not}
    put |= {f"__{name}__": _unary(f"__{name}__", f) for name, f in unary.items()}
    put["__getitem__"] = _getitem(Variable.__getitem__)
    patches.put(
        Variable, **put, __hash__=object.__hash__, value=property(variables.value),
        numpy=variables.numpy, ref=variables.ref, experimental_ref=variables.ref,
        get_shape=variables.get_shape, read_value=variables.read_value,
        initialized_value=variables.read_value, scatter_nd_update=variables.scatter_nd_update,
        scatter_update=variables.scatter_update,
    )  # fmt: skip


def _operator(name: str, function: Callable[..., Any], swapped: bool = False) -> Any:
    own = getattr(Variable, name)
    lifted = lift(function.function, "x1, x2", function.__name__)  # type: ignore[attr-defined]

    def operate(self: Any, other: Any) -> Any:
        if from_denser():
            return own(self, other)
        if hasattr(other, "history"):
            return NotImplemented
        if other is None:
            return name == "__ne__"
        return lifted(other, self) if swapped else lifted(self, other)

    return operate


def _unary(name: str, function: Callable[..., Any]) -> Any:
    own = getattr(Variable, name)
    lifted = lift(function.function, "x", function.__name__)  # type: ignore[attr-defined]
    return lambda self: own(self) if from_denser() else lifted(self)


def _getitem(own: Callable[..., Any]) -> Any:
    def getitem(self: Any, key: Any) -> Any:
        if from_denser():
            return own(self, key)
        return variables.Part(self, key, unwrap(variables.copied(self)[key]))

    return getitem


def _install_backend() -> None:
    """Let the functions of `keras.backend` take and give Tensors."""
    functions = {
        name: _of_backend(value)
        for name, value in vars(backend).items()
        if isinstance(value, types.FunctionType) and not name.startswith("_")
    }
    patches.put(backend, **functions)


def _of_backend(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if from_denser() or is_symbolic(args, kwargs):
            return function(*args, **kwargs)
        plain = map_leaves(unwrap, args), map_leaves(unwrap, kwargs)
        if not recording.is_recording():
            return map_leaves(_wrap_array, function(*plain[0], **plain[1]))
        result, _ = watching.call(function, *plain, ("backend", function))
        return map_leaves(_wrap_array, result)

    return call


def _wrap_array(x: Any) -> Any:
    return wrap(x) if isinstance(x, jax.Array) else x
