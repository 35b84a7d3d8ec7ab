"""Variable: denser's, with what TensorFlow's Variables have more."""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ...core.dtype import standardize_dtype
from ...core.messages import UserError
from ...core.variable import Variable as _Variable
from .dtypes import TensorShape, as_dtype
from .lift import as_operand, as_option, from_denser, lift
from .tensor import MakesVariable, Ref, Tensor


class Variable(_Variable):
    """An array that can be assigned.

    Args:
        initial_value: The first array, or a function without arguments that gives it.
        trainable: Whether optimizers change it and tapes watch it.
        name: Its name.
        dtype: Its type; None: that of the first array.
        constraint: Applied after each step of an optimizer.
        shape: Its shape, where the first array is not of it.

    Example:
        >>> v = Variable([1.0, 2.0])
        >>> v.assign_add([1.0, 1.0]).numpy().tolist()
        [2.0, 3.0]
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        synchronization: Any = "auto",
        aggregation: Any = "none",
        shape: Any = None,
        **kwargs: Any,
    ):
        if initial_value is None:
            raise UserError("tf.Variable: give the initial value.")
        value = initial_value() if callable(initial_value) else initial_value
        value = as_operand(getattr(value, "value", value))
        value = jnp.asarray(value, None if dtype is None else standardize_dtype(dtype))
        value = jnp.asarray(value, value.dtype)  # a number alone would take its partner's type
        if isinstance(value, Tracer):
            raise MakesVariable("tf.Variable: its first array is not known in a compiled function.")
        super().__init__(value, dtype=value.dtype.name, trainable=trainable is not False,
                         name=name or "Variable")  # fmt: skip
        self.shape = TensorShape(self.shape)
        self.constraint = constraint

    @property
    def dtype(self) -> Any:
        """The type of its elements."""
        name = super().dtype
        return name if from_denser() else as_dtype(name)

    def assign(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Replace the array; returns the Variable."""
        array = as_operand(getattr(value, "value", value))
        super().assign(jnp.asarray(array, self._dtype))
        return self

    def assign_add(self, delta: Any, *args: Any, **kwargs: Any) -> Any:
        """Add to the array; returns the Variable."""
        return self.assign(self.raw + as_operand(getattr(delta, "value", delta)))

    def assign_sub(self, delta: Any, *args: Any, **kwargs: Any) -> Any:
        """Subtract from the array; returns the Variable."""
        return self.assign(self.raw - as_operand(getattr(delta, "value", delta)))

    def __repr__(self) -> str:
        head = f"<tf.Variable '{self.name}:0' shape={tuple(self.shape)} dtype={self._dtype}"
        known = isinstance(self.raw, Tracer)
        return f"{head}>" if known else f"{head}, numpy={np.asarray(self.raw)!r}>"


class Part(Tensor):
    """A part of a Variable as a Tensor, through which it can be assigned: `v[0, 1].assign(3.0)`."""

    __slots__ = ("_key", "_variable")

    def __init__(self, variable: _Variable, key: Any, array: Any):
        super().__init__(array)
        self._variable, self._key = variable, as_option(key)

    def assign(self, value: Any, *args: Any, **kwargs: Any) -> _Variable:
        """Replace this part of the Variable; returns the Variable."""
        return self._changed("set", value)

    def assign_add(self, delta: Any, *args: Any, **kwargs: Any) -> _Variable:
        """Add to this part of the Variable; returns the Variable."""
        return self._changed("add", delta)

    def assign_sub(self, delta: Any, *args: Any, **kwargs: Any) -> _Variable:
        """Subtract from this part of the Variable; returns the Variable."""
        return self._changed("subtract", delta)

    def _changed(self, how: str, value: Any) -> _Variable:
        raw = self._variable.raw
        self._variable.assign(getattr(raw.at[self._key], how)(as_operand(value)))
        return self._variable


class Given(_Variable):
    """A Tensor that stands where a layer has a weight: read like one, trained and saved by nobody.

    It keeps the very array, so that a tape finds the way from it to what it was computed from.
    """

    def __init__(self, tensor: Tensor, name: str):
        with jax.ensure_compile_time_eval():
            super().__init__(np.zeros(tensor.shape, tensor.dtype.name), name=name, trainable=False)
        self._value = tensor._array


def numpy(self: _Variable) -> Any:
    """A copy of the array as NumPy's; of a scalar, NumPy's scalar."""
    return np.array(self.value)[()]


def ref(self: _Variable) -> Ref:
    """Something that can be a key of a dict."""
    return Ref(self)


def get_shape(self: _Variable) -> TensorShape:
    """The shape."""
    return TensorShape(self.shape)


def read_value(self: _Variable) -> Tensor:
    """The present array, as a copy of its own: training writes over that of the Variable."""
    return as_tensor(self)


class Value(Tensor):
    """A Variable's array as `variable.value`, which TensorFlow writes `variable.value()`."""

    __slots__ = ()

    def __call__(self) -> "Value":
        """The Tensor itself."""
        return self


_array_of = vars(_Variable)["value"].fget


def value(self: _Variable) -> Any:
    """The present array: to users a Tensor, which the tapes see."""
    caller = sys._getframe(1).f_globals.get("__name__", "")
    return _array_of(self) if caller.startswith(("denser.", "jax.")) else Value(copied(self)._array)


def as_tensor(variable: Any) -> Any:
    """A Variable's array as a Tensor, which the tapes see."""
    return copied(variable)


def scatter_nd_update(self: _Variable, indices: Any, updates: Any, name: Any = None) -> Any:
    """Put `updates` at the places that the rows of `indices` name."""
    indices = as_operand(indices)
    places = tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))
    self.assign(self.raw.at[places].set(as_operand(updates)))
    return self


def scatter_update(self: _Variable, sparse_delta: Any, use_locking: bool = False,
                   name: Any = None) -> Any:  # fmt: skip
    """Put the values of IndexedSlices at their rows."""
    rows = as_operand(sparse_delta.indices)
    self.assign(self.raw.at[rows].set(as_operand(sparse_delta.values)))
    return self


copied = lift(lambda x: jnp.array(x, copy=True), name="identity")
