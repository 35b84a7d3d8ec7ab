"""Tensor: an array as TensorFlow's users know it, with `.numpy()`, operators and a static shape."""

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ...core.graph import public_shape
from ...core.masks import get_mask, set_mask
from ...core.messages import UserError, UserTypeError
from .dtypes import DTYPES, DType, TensorShape, as_dtype


class NeedsValues(UserTypeError):
    """Raised inside a compiled function where Python needs the numbers themselves."""


class MakesVariable(NeedsValues):
    """Raised where a Variable is made of a number that is not known: a next call has it made."""


class InvalidArgumentError(UserError):
    """What assertions of `tf.debugging` raise, and operations on shapes that do not fit."""


class Tensor:
    """An array of numbers, or of text, that stays as it is.

    Args:
        array: An array of JAX's, one being traced included, or NumPy's array of bytes.
    """

    goes_first = True  # before a Variable's own operators
    __array_priority__ = 300
    __slots__ = ("__weakref__", "_array")

    def __init__(self, array: Any):
        self._array = array

    def __jax_array__(self) -> Any:
        # `array + tensor`: JAX's operator hands over to the Tensor's if it gets no array here.
        if sys._getframe(1).f_code.co_name.startswith("_operator_"):
            return self
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.numpy(), dtype=dtype)

    def numpy(self) -> Any:
        """The numbers as NumPy's array, a scalar as NumPy's scalar; text as bytes."""
        if isinstance(self._array, Tracer):
            raise NeedsValues(
                "A Tensor has no numbers yet inside `tf.function` or a compiled `fit`. Use tf's "
                "functions there, or compile(run_eagerly=True)."
            )
        array = np.array(self._array)
        return array if array.ndim else array[()]

    def eval(self, *args: Any, **kwargs: Any) -> Any:
        """`numpy()`, by its name in TensorFlow 1."""
        return self.numpy()

    def tolist(self) -> Any:
        """The numbers as nested lists."""
        return np.asarray(self.numpy()).tolist()

    @property
    def shape(self) -> TensorShape:
        """The sizes; None for one that is not known yet."""
        return TensorShape(public_shape(self._array))

    def get_shape(self) -> TensorShape:
        """`shape`."""
        return self.shape

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        name = self._array.dtype.name
        return DTYPES[name] if name in DTYPES else as_dtype(self._array.dtype)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    @property
    def device(self) -> str:
        """Where it lies, in TensorFlow's words."""
        kind = jax.default_backend().upper()
        return f"/job:localhost/replica:0/task:0/device:{kind}:0"

    name = property(lambda self: f"Tensor_{id(self)}:0", doc="A name, for code that prints one.")
    op = property(lambda self: None, doc="None: there is no graph.")
    graph = property(lambda self: None, doc="None: there is no graph.")

    def set_shape(self, shape: Any) -> None:
        """Check the shape against one that is said to hold."""
        self.shape.assert_is_compatible_with(shape)

    def ref(self) -> "Ref":
        """Something that can be a key of a dict, which the Tensor itself cannot."""
        return Ref(self)

    experimental_ref = ref

    @property
    def _keras_mask(self) -> Any:
        return wrap(get_mask(self._array))

    @_keras_mask.setter
    def _keras_mask(self, mask: Any) -> None:
        set_mask(self._array, unwrap(mask))

    __hash__ = None  # type: ignore[assignment]

    if TYPE_CHECKING:  # Python's operators, which `operators` attaches

        def __getitem__(self, key: Any) -> "Tensor": ...

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator["Tensor"]:
        if not self._array.ndim:
            raise UserTypeError("A scalar Tensor cannot be iterated.")
        return (self[i] for i in range(len(self._array)))

    def _known(self, convert: Callable[[Any], Any]) -> Any:
        array = self._array
        if array.ndim and array.size == 1:  # [[12.]] is a number to TensorFlow, not to JAX
            array = array.reshape(())
        return convert(np.asarray(array)[()] if array.dtype == object else array)

    def __bool__(self) -> bool:
        return self._known(bool)

    def __int__(self) -> int:
        return self._known(int)

    def __float__(self) -> float:
        return self._known(float)

    def __complex__(self) -> complex:
        return self._known(complex)

    def __index__(self) -> int:
        return self._array.__index__()

    def __round__(self, digits: int = 0) -> Any:
        return round(float(self), digits)

    def __format__(self, form: str) -> str:
        return format(self.numpy() if form and not self.ndim else str(self), form)

    def __repr__(self) -> str:
        if isinstance(self._array, Tracer):
            return f"<tf.Tensor: shape={tuple(self.shape)}, dtype={self.dtype.name}>"
        head = f"<tf.Tensor: shape={tuple(self.shape)}, dtype={self.dtype.name}"
        return f"{head}, numpy={self._text(repr)}>"

    def __str__(self) -> str:
        if isinstance(self._array, Tracer):
            return f"Tensor(shape={tuple(self.shape)}, dtype={self.dtype.name})"
        return f"tf.Tensor({self._text(str)}, shape={tuple(self.shape)}, dtype={self.dtype.name})"

    def _text(self, form: Callable[[Any], str]) -> str:
        value = self.numpy()
        if isinstance(value, np.generic):
            return str(value.item())
        if form is repr:
            return "\n" + repr(value) if np.ndim(value) else repr(value)
        return str(value)

    def __copy__(self) -> "Tensor":
        return self

    def __deepcopy__(self, memo: Any) -> "Tensor":
        return self

    def __reduce__(self) -> Any:
        return (_from_numpy, (np.asarray(self.numpy()),))


class Ref:
    """A Tensor or Variable as a key of a dict: two are equal if they are the same one."""

    def __init__(self, tensor: Any):
        self._tensor = tensor

    def deref(self) -> Any:
        """The Tensor or Variable."""
        return self._tensor

    def __hash__(self) -> int:
        return id(self._tensor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and other._tensor is self._tensor


def _from_numpy(array: np.ndarray) -> Tensor:
    return Tensor(array if array.dtype == object else jnp.asarray(array))


def wrap(x: Any) -> Any:
    """An array as a Tensor; everything else as it is."""
    if isinstance(x, (jax.Array, np.ndarray, np.bytes_)):
        if isinstance(x, jax.Array):
            return Tensor(x)
        return _text_or_numbers(np.asarray(x))
    return x


def _text_or_numbers(array: np.ndarray) -> Tensor:
    if array.dtype == object:
        texts = any(isinstance(each, str) for each in array.ravel())
        return Tensor(as_bytes(array) if texts else array)
    return Tensor(as_bytes(array) if array.dtype.kind in "SU" else jnp.asarray(array))


def as_bytes(text: Any) -> np.ndarray:
    """Text, nested as it may be, as an array of bytes."""
    array = np.asarray(text, dtype=object)
    encode = np.frompyfunc(lambda t: t.encode() if isinstance(t, str) else bytes(t), 1, 1)
    return np.asarray(encode(array), dtype=object)


def unwrap(x: Any) -> Any:
    """A Tensor's array; everything else as it is."""
    return x._array if isinstance(x, Tensor) else x
