"""tf.experimental.numpy: NumPy's functions of Tensors, and Tensors that behave as its arrays."""

import types
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from ...core.graph import record
from ...core.tensor import any_symbolic, leaves, map_leaves
from ..patches import patches
from .lift import as_operand, from_denser, open_, run
from .tensor import Tensor, unwrap, wrap

_METHODS = ("astype", "reshape", "ravel", "transpose", "clip", "max", "min", "mean", "sum", "dot")


class LikeNumpy(types.ModuleType):
    """The module: whatever `jax.numpy` has, as a function of Tensors."""

    ndarray = Tensor

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        found = getattr(jnp, name)
        if not callable(found) or isinstance(found, type) or hasattr(found, "dtype"):
            return found
        self.__dict__[name] = function = _of_tensors(found)
        return function

    def experimental_enable_numpy_behavior(self, *args: Any, **kwargs: Any) -> None:
        """Let Tensors have the methods of NumPy's arrays."""
        methods = {name: _of_tensors(getattr(jnp, name)) for name in _METHODS}
        patches.put(
            Tensor,
            **methods,
            T=property(methods["transpose"]),
            size=property(lambda self: self._array.size),
        )


def _of_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays as one of Tensors, noted on the tapes."""

    def on_lists(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError:  # JAX takes a list for a shape, not for an array
            return function(*map(as_operand, args), **kwargs)

    def call(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args, kwargs):
            return record(call, *map_leaves(unwrap, [args, kwargs]))
        args = tuple(as_operand(a) if _is_numbers(a) else map_leaves(open_, a) for a in args)
        kwargs = map_leaves(open_, kwargs)
        result = run(on_lists, args, kwargs)
        return result if from_denser() else map_leaves(wrap, result)

    return call


def _is_numbers(x: Any) -> bool:
    """Whether it is a list of numbers that is no shape."""
    parts = leaves(x) if isinstance(x, (list, tuple)) else []
    return any(type(part) in (float, bool) for part in parts)
