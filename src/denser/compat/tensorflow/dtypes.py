"""Types, shapes and specifications: `tf.float32`, `tf.TensorShape`, `tf.TensorSpec`."""

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...core.dtype import ALLOWED, canonical, standardize_dtype
from ...core.messages import UserError, UserTypeError


class DType:
    """The type of a tensor's elements; NumPy and denser take it wherever they take a type.

    Args:
        name: As 'float32'; 'string' for text.
    """

    def __init__(self, name: str):
        self.name = name

    @property
    def dtype(self) -> np.dtype:
        """NumPy's type, by which `np.zeros(3, tf.float32)` works."""
        return np.dtype(object) if self.name == "string" else jnp.dtype(self.name)

    as_numpy_dtype = property(lambda self: self.dtype.type, doc="NumPy's class of scalars.")
    base_dtype = property(lambda self: self, doc="The type itself.")
    is_floating = property(lambda self: "float" in self.name, doc="Whether it is a real float.")
    is_bool = property(lambda self: self.name == "bool", doc="Whether it is bool.")
    is_complex = property(lambda self: "complex" in self.name, doc="Whether it is complex.")
    is_unsigned = property(lambda self: self.name.startswith("uint"), doc="Whether it has no sign.")
    size = property(lambda self: self.dtype.itemsize, doc="Bytes of an element.")

    @property
    def is_integer(self) -> bool:
        """Whether it is a whole number's."""
        return self.name.removeprefix("u").startswith("int")

    @property
    def _limits(self) -> Any:
        return jnp.finfo(self.name) if self.is_floating else jnp.iinfo(self.name)

    min = property(lambda self: self._limits.min, doc="The least number.")
    max = property(lambda self: self._limits.max, doc="The largest number.")
    limits = property(lambda self: (self.min, self.max), doc="The least and largest number.")

    def __eq__(self, other: object) -> bool:
        try:
            return other is not None and self.name == as_dtype(other).name
        except (TypeError, ValueError):
            return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"


DTYPES = {name: DType(name) for name in ALLOWED}
NAMES = DTYPES | {"half": DTYPES["float16"], "double": DTYPES["float64"]}


def as_dtype(dtype: Any) -> DType:
    """The DType of a name, of NumPy's or Python's type."""
    if isinstance(dtype, DType):
        return dtype
    if dtype in (str, bytes, object) or getattr(dtype, "kind", None) in ("O", "S", "U"):
        return DTYPES["string"]
    return DTYPES[standardize_dtype(dtype)]


def kept(dtype: Any) -> str:
    """The name of the type that is really kept: 64-bit types become 32-bit ones."""
    return canonical(as_dtype(dtype).name)


class TensorShape(tuple):
    """A shape: a tuple of sizes and None that answers as TensorFlow's does."""

    def __new__(cls, dims: Any = ()) -> "TensorShape":
        """From sizes, one size, or another shape."""
        if dims is None:
            raise UserTypeError("TensorShape(None): a shape of unknown rank does not exist here.")
        sizes = dims if isinstance(dims, Iterable) else (dims,)
        return super().__new__(cls, (None if d in (None, -1) else int(d) for d in sizes))

    def as_list(self) -> list[int | None]:
        """The sizes as a list."""
        return list(self)

    rank = ndims = property(len, doc="The number of axes.")
    dims = property(list, doc="The sizes.")

    def num_elements(self) -> int | None:
        """The product of the sizes, None while one is unknown."""
        return None if None in self else int(np.prod(self, dtype=int))

    def is_fully_defined(self) -> bool:
        """Whether every size is known."""
        return None not in self

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the shapes agree where both are known."""
        other = TensorShape(other)
        pairs = zip(self, other, strict=False)
        return len(self) == len(other) and all(None in pair or pair[0] == pair[1] for pair in pairs)

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise a ValueError unless the shapes agree."""
        if not self.is_compatible_with(other):
            raise UserError(f"Shapes {self} and {TensorShape(other)} do not agree.")

    def assert_has_rank(self, rank: int) -> None:
        """Raise a ValueError unless there are `rank` axes."""
        if len(self) != rank:
            raise UserError(f"Shape {self} must have {rank} axes.")

    def concatenate(self, other: Any) -> "TensorShape":
        """These sizes, then those of another shape."""
        return TensorShape((*self, *TensorShape(other)))

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return TensorShape(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> "TensorShape":
        return TensorShape((*self, *other))

    def __radd__(self, other: Any) -> "TensorShape":
        return TensorShape((*other, *self))


class TensorSpec:
    """What a tensor will be: its shape and its type.

    Args:
        shape: Sizes, None for one that is not known; None: of any rank.
        dtype: Its type.
    """

    def __init__(self, shape: Any = None, dtype: Any = "float32", name: str | None = None):
        self.shape = None if shape is None else TensorShape(shape)
        self.dtype, self.name = as_dtype(dtype), name

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> "TensorSpec":
        """The specification of a tensor."""
        return cls(tensor.shape, tensor.dtype, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        shape = None if self.shape is None else tuple(self.shape)
        return f"TensorSpec(shape={shape}, dtype={self.dtype!r}, name={self.name!r})"
