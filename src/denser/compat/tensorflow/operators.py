"""Python's operators on Tensors, each TensorFlow's function of the same meaning."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .lift import lift, open_
from .tensor import Tensor, as_bytes, wrap


def divide(x: Any, y: Any) -> Any:
    """`x / y`."""
    return jnp.true_divide(x, y)


def _text(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == object


def equal(x: Any, y: Any) -> Any:
    """Whether `x == y`, for text too."""
    if _text(x) or _text(y) or isinstance(x, (str, bytes)) or isinstance(y, (str, bytes)):
        return jnp.asarray(np.asarray(as_bytes(x) == as_bytes(y), bool))
    return jnp.equal(x, y)


def not_equal(x: Any, y: Any) -> Any:
    """Whether `x != y`, for text too."""
    return jnp.logical_not(equal(x, y))


def add(x: Any, y: Any) -> Any:
    """`x + y`; texts are joined."""
    if _text(x) or _text(y):
        return np.asarray(as_bytes(x) + as_bytes(y), object)
    return jnp.add(x, y)


OPERATORS = {
    "add": add, "sub": jnp.subtract, "mul": jnp.multiply, "truediv": divide,
    "floordiv": jnp.floor_divide, "mod": jnp.mod, "pow": jnp.power, "matmul": jnp.matmul,
    "and": jnp.bitwise_and, "or": jnp.bitwise_or, "xor": jnp.bitwise_xor,
    "eq": equal, "ne": not_equal, "lt": jnp.less, "le": jnp.less_equal, "gt": jnp.greater,
    "ge": jnp.greater_equal,
}  # fmt: skip
LIFTED = {name: lift(function, "x, y", name) for name, function in OPERATORS.items()}
UNARY = {
    "neg": lift(jnp.negative, "x", "negative"), "abs": lift(jnp.abs, "x", "abs"),
    "invert": lift(jnp.invert, "x", "invert"),
}  # fmt: skip


def _getitem(x: Any, key: Any) -> Any:
    return x[key]


_get = lift(_getitem, "x, key=None", "getitem")


def get_item(tensor: Tensor, key: Any) -> Any:
    """`tensor[key]`, where the key may hold Tensors, `tf.newaxis` and slices of Tensors."""
    parts = tuple(map(_index, key)) if isinstance(key, tuple) else _index(key)
    array = open_(tensor)
    if isinstance(array, np.ndarray):
        return _text_item(array, parts)
    return _get(tensor, parts)


def _text_item(array: np.ndarray, key: Any) -> Any:
    found = array[key]
    return wrap(found if isinstance(found, np.ndarray) else np.array(found, object))


def _index(part: Any) -> Any:
    if isinstance(part, slice):
        return slice(*map(_whole, (part.start, part.stop, part.step)))
    if isinstance(part, list):
        return np.asarray(part)
    return _whole(part)


def _whole(part: Any) -> Any:
    """A known scalar as an int, a mask or list of places as an array."""
    array = open_(part)
    if hasattr(array, "ndim") and not isinstance(array, Tracer):
        return int(array) if not array.ndim and array.dtype != bool else np.asarray(array)
    return array


def _attach(name: str, function: Callable[..., Any]) -> None:
    def forward(self: Tensor, other: Any) -> Any:
        if other is None or isinstance(other, type):
            return {"eq": False, "ne": True}.get(name, NotImplemented)
        return function(self, other)

    setattr(Tensor, f"__{name}__", forward)
    if name not in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Tensor, f"__r{name}__", lambda self, other: function(other, self))


for _name, _function in LIFTED.items():
    _attach(_name, _function)
for _name, _function in UNARY.items():
    setattr(Tensor, f"__{_name}__", lambda self, f=_function: f(self))
Tensor.__getitem__ = get_item  # type: ignore[attr-defined]
Tensor.__hash__ = None  # type: ignore[assignment]
