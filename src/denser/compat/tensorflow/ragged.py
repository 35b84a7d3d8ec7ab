"""RaggedTensor: rows of different lengths, kept as rows; JAX's arrays have none."""

import operator
from collections.abc import Callable, Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

from . import arrays, moving
from .dtypes import TensorShape
from .tensor import Tensor, unwrap, wrap


class RaggedTensor:
    """Rows of different lengths.

    Args:
        rows: A tensor for each row, or again rows.

    Example:
        >>> constant([[1, 2], [3]]).to_tensor().numpy().tolist()
        [[1, 2], [3, 0]]
    """

    def __init__(self, rows: list[Any]):
        self._rows = rows

    @classmethod
    def from_row_lengths(cls, values: Any, row_lengths: Any, name: Any = None,
                         validate: bool = True) -> "RaggedTensor":  # fmt: skip
        """From all values in a row and the length of each row."""
        ends = np.cumsum(np.asarray(row_lengths))[:-1]
        flat = unwrap(arrays.convert_to_tensor(values))
        return cls([wrap(part) for part in np.split(np.asarray(flat), ends)])

    @classmethod
    def from_row_splits(cls, values: Any, row_splits: Any, **kwargs: Any) -> "RaggedTensor":
        """From all values in a row and where each row begins."""
        return cls.from_row_lengths(values, np.diff(np.asarray(row_splits)))

    @classmethod
    def from_tensor(cls, tensor: Any, lengths: Any = None, padding: Any = None,
                    **kwargs: Any) -> "RaggedTensor":  # fmt: skip
        """From a tensor, what fills its rows up left out."""
        rows = np.asarray(unwrap(arrays.convert_to_tensor(tensor)))
        if lengths is not None:
            return cls([wrap(r[: int(n)]) for r, n in zip(rows, np.asarray(lengths), strict=True)])
        if padding is None:
            return cls(list(map(wrap, rows)))
        ends = [np.flatnonzero(row != padding)[-1:] for row in rows]
        return cls([wrap(r[: int(e[0]) + 1 if len(e) else 0])
                    for r, e in zip(rows, ends, strict=True)])  # fmt: skip

    def to_list(self) -> list[Any]:
        """Nested lists of Python's numbers or bytes."""
        return [r.to_list() if isinstance(r, RaggedTensor) else r.tolist() for r in self._rows]

    def numpy(self) -> np.ndarray:
        """An array of arrays."""
        found = np.empty(len(self._rows), object)
        found[:] = [row.numpy() for row in self._rows]
        return found

    def to_tensor(self, default_value: Any = None, name: Any = None, shape: Any = None) -> Any:
        """The rows filled up at their ends to the longest, or to `shape`."""
        rows = [np.asarray(unwrap(r.to_tensor(default_value) if isinstance(r, RaggedTensor) else r))
                for r in self._rows]  # fmt: skip
        longest = np.max([r.shape for r in rows], axis=0) if rows else np.zeros(1, int)
        if shape is not None and len(shape) > 1:
            wanted = [n for n in list(shape)[1:]]
            longest = [m if w is None else w for m, w in zip(longest, wanted, strict=False)]
        text = bool(rows) and rows[0].dtype == object
        fill = (b"" if text else 0) if default_value is None else default_value
        dtype = object if text else (np.result_type(*rows) if rows else "int32")
        found = np.full((len(rows), *map(int, longest)), fill, dtype)
        for target, row in zip(found, rows, strict=True):
            cut = row[tuple(map(slice, map(int, longest)))]
            target[tuple(map(slice, cut.shape))] = cut
        return wrap(found) if text else Tensor(jnp.asarray(found))

    def row_lengths(self, axis: int = 1, name: Any = None) -> Any:
        """The length of each row."""
        return arrays.convert_to_tensor([len(row) for row in self._rows], "int32")

    def map_values(self, function: Callable[[Any], Any]) -> "RaggedTensor":
        """The same rows with `function` of their values."""
        return RaggedTensor([
            r.map_values(function) if isinstance(r, RaggedTensor) else function(r)
            for r in self._rows
        ])  # fmt: skip

    @property
    def flat_values(self) -> Any:
        """All values in one row."""
        rows = [r.flat_values if isinstance(r, RaggedTensor) else r for r in self._rows]
        return wrap(np.concatenate([np.asarray(unwrap(r)) for r in rows]))

    values = flat_values

    def merge_dims(self, outer_axis: int, inner_axis: int) -> Any:
        """All values of two neighbouring axes in one."""
        rank = len(self.shape)
        if outer_axis % rank == 0:
            return self.flat_values
        return RaggedTensor([row.merge_dims(outer_axis % rank - 1, inner_axis % rank - 1)
                             if isinstance(row, RaggedTensor) else row
                             for row in self._rows])  # fmt: skip

    def mask(self) -> Any:
        """True where `to_tensor` has a value of a row, False where it has filled one up."""
        lengths = jnp.asarray([len(row) for row in self._rows])
        return jnp.arange(lengths.max(initial=0)) < lengths[:, None]

    def nrows(self, name: Any = None) -> Any:
        """How many rows there are."""
        return arrays.convert_to_tensor(len(self._rows))

    def bounding_shape(self, axis: Any = None, name: Any = None) -> Any:
        """The shape that `to_tensor` gives."""
        return arrays.shape(self.to_tensor())

    @property
    def shape(self) -> TensorShape:
        """The number of rows, then None."""
        inner = self._rows[0].shape[1:] if self._rows else ()
        return TensorShape((len(self._rows), None, *inner))

    @property
    def dtype(self) -> Any:
        """The type of the values."""
        return self._rows[0].dtype if self._rows else None

    def _with(self, other: Any, function: Callable[[Any, Any], Any]) -> "RaggedTensor":
        """Row by row with those of another, or with the same value."""
        several = isinstance(other, RaggedTensor) or np.ndim(unwrap(other)) > 1
        others = list(other) if several else [other] * len(self._rows)
        return RaggedTensor([
            row._with(each, function) if isinstance(row, RaggedTensor) else function(row, each)
            for row, each in zip(self._rows, others, strict=True)
        ])  # fmt: skip

    def through(self, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """What a function of tensors gives for these rows; NotImplemented where it takes them
        filled up."""
        name = function.__name__
        if name.startswith("reduce_"):
            axis = kwargs.get("axis", args[1] if len(args) > 1 else None)
            if axis is None:
                return function(self.flat_values)
            if axis in (1, -1) and not any(isinstance(r, RaggedTensor) for r in self._rows):
                return arrays.convert_to_tensor([function(row, 0) for row in self._rows])
        if name in _OF_EACH:
            if len(args) > 1 and isinstance(args[1], RaggedTensor):
                return self._with(args[1], lambda a, b: function(a, b, *args[2:], **kwargs))
            return self.map_values(lambda row: function(row, *args[1:], **kwargs))
        return NotImplemented

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            rows = self[key[0]]
            rest = key[1:]
            if isinstance(rows, RaggedTensor):
                return RaggedTensor([row[rest] for row in rows._rows])
            return rows[rest]
        found = self._rows[key if isinstance(key, slice) else int(key)]
        return RaggedTensor(found) if isinstance(found, list) else found

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<tf.RaggedTensor {self.to_list()}>"


# Functions that take each value by itself.
_OF_EACH = set(
    "abs square sqrt exp log cast round floor ceil sign negative sigmoid tanh relu add subtract "
    "multiply divide truediv floordiv floormod pow equal not_equal less less_equal greater "
    "greater_equal logical_and logical_or logical_not maximum minimum clip_by_value one_hot "
    "zeros_like ones_like identity".split()
)


def _operator(function: Callable[[Any, Any], Any], swapped: bool = False) -> Any:
    if swapped:
        return lambda self, other: self._with(other, lambda a, b: function(b, a))
    return lambda self, other: self._with(other, function)


for _name in "add sub mul truediv floordiv mod pow lt le gt ge eq ne and_ or_".split():
    _function, _short = getattr(operator, _name), _name.rstrip("_")
    setattr(RaggedTensor, f"__{_short}__", _operator(_function))
    if _short in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
        setattr(RaggedTensor, f"__r{_short}__", _operator(_function, swapped=True))
RaggedTensor.__hash__ = object.__hash__  # type: ignore[method-assign]


def concat(values: Any, axis: int = 0, name: Any = None) -> Any:
    """Tensors one after the other along an axis; with rows of different lengths, all rows below
    each other (axis 0), or each row with those of the others (axis 1)."""
    if not isinstance(values, (list, tuple)) or not any(_is_ragged(v) for v in values):
        return moving.MOVING["concat"](values, axis)
    parts = [v if _is_ragged(v) else RaggedTensor(list(v)) for v in values]
    axis = int(axis) % len(parts[0].shape)
    if axis == 0:
        return RaggedTensor([row for part in parts for row in part])
    return RaggedTensor([concat(list(rows), axis - 1) for rows in zip(*parts, strict=True)])


def _is_ragged(x: Any) -> bool:
    return isinstance(x, RaggedTensor)


def constant(pylist: Any, dtype: Any = None, **kwargs: Any) -> RaggedTensor:
    """A RaggedTensor of nested lists."""

    def deep(row: Any) -> bool:
        return isinstance(row, list) and any(isinstance(x, list) for x in row)

    nested = any(map(deep, pylist))
    return RaggedTensor([
        constant(row, dtype) if nested else _row(row, dtype, pylist) for row in pylist
    ])  # fmt: skip


def _row(row: Any, dtype: Any, rows: Any) -> Any:
    text = any(isinstance(x, (str, bytes)) for r in rows for x in r)
    if text and not len(row):
        return Tensor(np.empty(0, object))
    if not len(row) and dtype is None:
        dtype = "int32" if all(isinstance(x, int) for r in rows for x in r) else "float32"
    return arrays.convert_to_tensor(row, dtype)


def stack(values: Any, axis: int = 0, name: Any = None) -> RaggedTensor:
    """Tensors of different lengths as rows."""
    return RaggedTensor([arrays.convert_to_tensor(v) for v in values])


RAGGED: dict[str, Any] = {"constant": constant, "stack": stack, "RaggedTensor": RaggedTensor}
