"""KerasTensor: a shape and a type without data; and what counts as an array."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from .dtype import standardize_dtype
from .messages import UserTypeError, bad_argument, short, unknown_argument
from .variable import Variable

Array = jax.Array


def standardize_shape(shape: Any, owner: Any = "shape") -> tuple[int | None, ...]:
    """A shape as a tuple of integers and None; one integer stands for a shape of one axis."""
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    try:
        sizes = tuple(None if size is None else int(size) for size in shape)
    except (TypeError, ValueError):
        raise bad_argument(owner, "shape", "a tuple of integers and None", shape) from None
    if any(size is not None and size < 0 for size in sizes):
        raise bad_argument(owner, "shape", "made of sizes of 0 or more, or None", shape)
    return sizes


class KerasTensor:
    """A tensor without data: what a layer or op will get when there is data.

    Args:
        shape: Sizes; None for one that is not known yet.
        dtype: Type of the data to come.
        name: Its name in summaries and errors.
    """

    # Its value for a batch of some size and others in place of unknown sizes, where it follows from
    # the shapes of other tensors alone.
    at: Callable[[int, int], Any] | None = None

    def __init__(
        self,
        shape: Any,
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        for argument in kwargs:
            known = ("shape", "dtype", "sparse", "ragged", "record_history", "name")
            raise unknown_argument("KerasTensor", argument, known)
        if ragged:
            raise UserTypeError("KerasTensor: ragged tensors do not exist in JAX; pad and mask.")
        if sparse:
            raise UserTypeError("KerasTensor: there are no sparse tensors here; use dense ones.")
        self.shape = standardize_shape(shape, "KerasTensor")
        self.dtype = standardize_dtype(dtype)
        self.sparse = sparse
        self.name = name or "keras_tensor"
        self.history: Any = None  # (the Node that gives it, which output), once there is one

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int | None:
        """The number of elements, None while a size is unknown."""
        return None if None in self.shape else int(np.prod(self.shape))  # type: ignore[arg-type]

    def _no_data(self, wish: str) -> UserTypeError:
        return UserTypeError(
            f"A symbolic tensor (shape {self.shape}) {wish}. It stands for data that come later: "
            "use denser.ops functions, a Lambda layer, or your own Layer's `call`."
        )

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise self._no_data("cannot become a NumPy array")

    def __jax_array__(self) -> Any:
        # `array + tensor`: JAX's operator hands over to the tensor's if it gets no array here.
        if sys._getframe(1).f_code.co_name.startswith("_operator_"):
            return self
        raise self._no_data("cannot be given to jax.numpy")

    def __iter__(self) -> Any:
        raise self._no_data("cannot be iterated")

    def __bool__(self) -> bool:
        raise self._no_data("has no truth value")

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            raise self._no_data("has no known length")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    __hash__ = object.__hash__

    if TYPE_CHECKING:  # Python's operators, which `core.op` attaches

        def __getitem__(self, key: Any) -> Any: ...
        def __neg__(self) -> Any: ...

        __abs__ = __invert__ = __neg__
        __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = __getitem__
        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __getitem__
        __rpow__ = __matmul__ = __rmatmul__ = __and__ = __or__ = __xor__ = __getitem__
        __lt__ = __le__ = __gt__ = __ge__ = __getitem__


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbolic tensor."""
    return isinstance(x, KerasTensor)


def leaves(structure: Any) -> list[Any]:
    """The leaves of nested lists, tuples and dicts, in order; None counts as a leaf."""
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in leaves(part)]
    if isinstance(structure, dict):
        return [leaf for part in structure.values() for leaf in leaves(part)]
    return [structure]


def map_leaves(function: Any, structure: Any) -> Any:
    """`function` of every leaf of nested lists, tuples and dicts; None counts as a leaf."""
    if isinstance(structure, dict):
        return {key: map_leaves(function, part) for key, part in structure.items()}
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*(map_leaves(function, part) for part in structure))
    if isinstance(structure, (list, tuple)):
        return type(structure)(map_leaves(function, part) for part in structure)
    return function(structure)


def any_symbolic(*structures: Any) -> bool:
    """Whether a KerasTensor stands anywhere in nested lists, tuples and dicts."""
    for part in structures:
        if isinstance(part, KerasTensor):
            return True
        if isinstance(part, (list, tuple)) and any_symbolic(*part):
            return True
        if isinstance(part, dict) and any_symbolic(*part.values()):
            return True
    return False


def is_tensor(x: Any) -> bool:
    """Whether `x` is an array of the engine, one being traced included, or symbolic."""
    return isinstance(x, (jax.Array, KerasTensor))


def is_arraylike(x: Any) -> bool:
    """Whether `x` holds an array of some library: it has a shape and a dtype, or is a Variable."""
    return isinstance(x, (jax.Array, np.ndarray, np.generic, Variable)) or (
        hasattr(x, "shape") and hasattr(x, "dtype") and not isinstance(x, KerasTensor)
    )


def as_array(x: Any, dtype: Any = None) -> Any:
    """`x` as a JAX array: NumPy arrays, lists, numbers, Variables, pandas, PyTorch and scipy's.

    float64 data become float32 unless JAX's 64-bit mode is on.
    """
    if isinstance(x, jax.Array):
        return x if dtype is None else x.astype(standardize_dtype(dtype))
    if isinstance(x, Variable):
        return x.value if dtype is None else x.value.astype(standardize_dtype(dtype))
    if isinstance(x, KerasTensor):
        return x
    if hasattr(x, "__jax_array__"):  # another library's tensor around one of JAX's
        return as_array(x.__jax_array__(), dtype)
    if hasattr(x, "toarray"):
        x = x.toarray()
    elif hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    elif hasattr(x, "numpy") and not isinstance(x, np.ndarray):
        x = x.numpy()
    elif isinstance(x, (list, tuple)) and any(
        isinstance(part, jax.Array) or hasattr(part, "__jax_array__") for part in leaves(x)
    ):
        x = map_leaves(lambda part: as_array(part) if hasattr(part, "__jax_array__") else part, x)
        return jnp.asarray(x, dtype=None if dtype is None else standardize_dtype(dtype))
    array = np.asarray(x)
    if array.dtype.kind in "OSU":
        raise UserTypeError(
            f"Expected numbers; got {short(x)}, an array of "
            f"{'strings' if array.dtype.kind in 'SU' else 'objects'}. Turn it into numbers first "
            "(pad lists to one length, look words up in a vocabulary)."
        )
    return jnp.asarray(array, dtype=None if dtype is None else standardize_dtype(dtype))
