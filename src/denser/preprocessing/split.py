"""A data set as two."""

import random
from typing import Any

import numpy as np

from ..core.messages import UserError, UserTypeError, bad_argument, short, short_traceback
from ..core.random import make_default_seed
from .dataset import Dataset
from .element import as_element, rows_of

_NUMBERS = (int, float, np.integer, np.floating)


@short_traceback
def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """The first and the last part of some data, as Datasets of single rows.

    Args:
        dataset: An array, a tuple or list of arrays with the same number of rows, a Dataset, or
            anything that gives elements and ends, as PyTorch's data sets. One in batches, if it is
            a Dataset, is split by rows and comes in batches again.
        left_size: A number of rows, or a part of them from 0 to 1; None: what the right one leaves.
        right_size: The same for the right one.
        shuffle: Whether to mix the rows first.
        seed: Makes that repeatable.
        preferred_backend: Only None or 'jax'.

    Example:
        >>> left, right = split_dataset(np.arange(10), left_size=0.8)
        >>> len(left), len(right)
        (8, 2)
    """
    if preferred_backend not in (None, "jax"):
        raise bad_argument("split_dataset", "preferred_backend", "None or 'jax'", preferred_backend)
    rows, batch_size = _single_rows(dataset)
    left, right = _sizes(left_size, right_size, len(rows))
    order = list(range(len(rows)))
    if shuffle:
        random.Random(make_default_seed() if seed is None else seed).shuffle(order)
    parts = (_chosen(rows, order[:left]), _chosen(rows, order[left : left + right]))
    if batch_size is not None:
        return parts[0].batch(batch_size), parts[1].batch(batch_size)
    return parts


def _single_rows(data: Any) -> tuple[Any, int | None]:
    """The data as Rows or as a list of elements, and the size of the batches they came in."""
    if isinstance(data, Dataset):
        if data.cardinality() == Dataset.INFINITE:
            raise UserError("split_dataset: the data set has no end; cut it with `take`.")
        first = next(data.epoch(0), None)
        if not data.batched or first is None:
            return list(data.epoch(0)), None
        return list(data.unbatch().epoch(0)), rows_of(first, "split_dataset")
    if isinstance(data, (tuple, list, dict)) or hasattr(data, "shape"):
        data = tuple(data) if isinstance(data, list) and np.ndim(data[0]) else data
        return Dataset.from_tensor_slices(data).rows, None
    if hasattr(data, "as_numpy_iterator"):
        return list(data.as_numpy_iterator()), None
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return [as_element(data[number]) for number in range(len(data))], None
    if hasattr(data, "__iter__"):
        return [as_element(element) for element in data], None
    raise UserTypeError(f"split_dataset: expected arrays or a data set; got {short(data)}.")


def _chosen(rows: Any, index: list[int]) -> Dataset:
    if isinstance(rows, list):
        return Dataset.of_list([rows[number] for number in index])
    order = np.asarray(index, np.int64)
    return Dataset.of_rows(rows.reordered(lambda before, number: order, len(order)))


def _sizes(left: float | None, right: float | None, count: int) -> tuple[int, int]:
    """Rows of the two parts."""
    if left is None and right is None:
        raise UserError("split_dataset: give `left_size` or `right_size`.")

    def rows(name: str, size: Any) -> int | None:
        if size is None:
            return None
        part = isinstance(size, (float, np.floating))
        most = 1 if part else count
        if isinstance(size, bool) or not isinstance(size, _NUMBERS) or not 0 < size < most:
            expected = f"an integer from 1 to {count - 1} or a number between 0 and 1"
            raise bad_argument("split_dataset", name, expected, size)
        return round(size * count) if part else int(size)

    first, second = rows("left_size", left), rows("right_size", right)
    first = count - (second or 0) if first is None else first
    second = count - first if second is None else second
    if first + second > count or min(first, second) < 1:
        raise UserError(f"split_dataset: {count} rows cannot be split into {first} and {second}.")
    return first, second
