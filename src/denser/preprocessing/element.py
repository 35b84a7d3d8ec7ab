"""An element of a data set: arrays, numbers and text in nested tuples and dicts."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ..core.messages import UserError
from ..core.tensor import KerasTensor, leaves, map_leaves

_KEPT = (np.ndarray, np.generic, jax.Array, str, bytes)
_NARROW = {"int64": np.int32, "float64": np.float32}  # what Python's numbers become


def from_library(value: Any) -> Any:
    """NumPy's array for one of scipy's sparse ones, pandas's, PyTorch's or TensorFlow's."""
    if hasattr(value, "toarray"):
        return value.toarray()
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        return value.numpy()
    return value


def as_element(value: Any) -> Any:
    """What a user's function gave, as nested arrays: tuples and dicts nest, a list is an array.

    Python's numbers become int32 and float32, lists of text arrays of objects; arrays of NumPy and
    JAX stay what they are.
    """
    if isinstance(value, dict):
        return {key: as_element(part) for key, part in value.items()}
    if isinstance(value, tuple):
        parts = [as_element(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if value is None or isinstance(value, _KEPT):
        return value
    if hasattr(value, "as_numpy_iterator") or hasattr(value, "to_tensor"):  # data set, ragged rows
        return value
    found = from_library(value)
    if isinstance(found, np.ndarray):
        return found
    try:
        array = np.asarray(found)
    except ValueError:
        raise UserError(
            "Dataset: a list of rows with different lengths is no array. Bring them to one length, "
            "or let a generator give one row at a time."
        ) from None
    if array.dtype.kind in "SU":
        return array.astype(object)
    return array.astype(_NARROW.get(array.dtype.name, array.dtype))


def rows_of(arrays: Any, owner: str) -> int:
    """How many rows nested arrays have; an error where they differ or are no arrays with rows."""
    found = [leaf for leaf in leaves(arrays) if leaf is not None]
    if not found or any(np.ndim(leaf) == 0 for leaf in found):
        raise UserError(f"{owner}: expected arrays with rows; got {describe(arrays)}.")
    counts = sorted({len(leaf) for leaf in found})
    if len(counts) > 1:
        raise UserError(f"{owner}: the arrays have different numbers of rows: {counts}.")
    return counts[0]


def _columns(elements: Sequence[Any]) -> list[tuple]:
    """The leaves of several elements, those at the same place together."""
    parts = [leaves(element) for element in elements]
    if len({len(part) for part in parts}) > 1:
        raise UserError("Dataset: the elements are nested in different ways.")
    return list(zip(*parts, strict=True))


def stack(elements: Sequence[Any]) -> Any:
    """Several elements as one batch: a new first axis in every leaf."""
    stacked = iter([_stack(column) for column in _columns(elements)])
    return map_leaves(lambda _: next(stacked), elements[0])


def _stack(values: Sequence[Any]) -> Any:
    if values[0] is None:
        return None
    if isinstance(values[0], (str, bytes)):
        column = np.empty(len(values), object)
        column[:] = values
        return column
    arrays = [np.asarray(value) for value in values]
    try:
        return np.stack(arrays)
    except ValueError:
        shapes = ", ".join(map(str, sorted({a.shape for a in arrays})))
        raise UserError(
            f"Dataset.batch: the elements have different shapes, {shapes}. Bring them to one with "
            "`map`, or use `padded_batch`."
        ) from None


def stack_padded(elements: Sequence[Any], shapes: Any = None, values: Any = None) -> Any:
    """Several elements as one batch, filled up at the ends of their axes to common shapes.

    Args:
        shapes: Nested as the elements are; None in a shape: the longest of the batch.
        values: What to fill with, nested alike or one for all; None: 0, or "" for text.
    """
    columns = _columns(elements)
    wanted = [None] * len(columns) if shapes is None else _shapes(shapes)
    fill = leaves(values) if isinstance(values, (tuple, dict)) else [values] * len(columns)
    if not len(wanted) == len(fill) == len(columns):
        raise UserError(
            f"Dataset.padded_batch: an element has {len(columns)} parts; give a shape and a value "
            "for each of them, nested alike."
        )
    padded = iter([_pad(*column) for column in zip(columns, wanted, fill, strict=True)])
    return map_leaves(lambda _: next(padded), elements[0])


def _shapes(shapes: Any) -> list[Any]:
    """The shapes in nested tuples and dicts; one of integers, None and -1 is a leaf."""
    if isinstance(shapes, dict):
        return [shape for part in shapes.values() for shape in _shapes(part)]
    parts = list(shapes)
    if all(size is None or isinstance(size, (int, np.integer)) for size in parts):
        return [[None if size in (None, -1) else int(size) for size in parts]]
    return [shape for part in parts for shape in _shapes(part)]


def _pad(values: Sequence[Any], shape: Any, fill: Any) -> Any:
    if values[0] is None or isinstance(values[0], (str, bytes)):
        return _stack(values)
    arrays = [np.asarray(value) for value in values]
    if arrays[0].ndim == 0:
        return _stack(values)
    longest = np.max([a.shape for a in arrays], axis=0)
    shape = [None] * len(longest) if shape is None else shape
    if len(shape) != len(longest):
        raise UserError(f"Dataset.padded_batch: shape {shape} for elements of {arrays[0].shape}.")
    sizes = [int(most) if s is None else s for s, most in zip(shape, longest, strict=True)]
    if any(most > size for most, size in zip(longest, sizes, strict=True)):
        raise UserError(
            f"Dataset.padded_batch: an element of shape {tuple(map(int, longest))} is larger than "
            f"{tuple(sizes)}."
        )
    dtype = arrays[0].dtype
    if fill is None:
        fill = "" if dtype.kind in "OSU" else 0
    batch = np.full((len(arrays), *sizes), fill, object if dtype.kind in "SU" else dtype)
    for row, array in zip(batch, arrays, strict=True):
        row[tuple(map(slice, array.shape))] = array
    return batch


def split(batch: Any) -> list[Any]:
    """The elements that a batch was stacked from."""
    return [
        map_leaves(lambda a, n=n: None if a is None else a[n], batch)
        for n in range(rows_of(batch, "Dataset.unbatch"))
    ]


def describe(element: Any, batched: bool = False) -> Any:
    """KerasTensors in an element's place; those of a batch have no known first size."""

    def one(value: Any) -> Any:
        if value is None or hasattr(value, "as_numpy_iterator"):
            return value
        array = value if hasattr(value, "shape") else np.asarray(value)
        shape = (None, *array.shape[1:]) if batched and array.ndim else array.shape
        text = array.dtype.kind in "OSU"
        return KerasTensor(shape, "string" if text else array.dtype)

    return map_leaves(one, element)


def as_numpy(element: Any) -> Any:
    """An element with NumPy's arrays in the place of JAX's."""
    return map_leaves(
        lambda a: np.asarray(a) if hasattr(a, "shape") and not isinstance(a, np.generic) else a,
        element,
    )
