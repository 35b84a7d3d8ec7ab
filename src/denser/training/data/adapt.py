"""From whatever `fit` was given to a Source."""

import inspect
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

from ...core.messages import UserError, bad_argument
from ...core.tensor import leaves, map_leaves
from ...preprocessing.dataset import Dataset
from .arrays import Arrays, as_arrays, number_of_rows
from .batch import unpack_x_y_sample_weight
from .chunk import Source
from .py_dataset import PyDataset, number_of_batches
from .stream import Stream, describe_unknown, needs_batches


def as_source(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: bool | str = False,
    class_weight: dict[int, float] | None = None,
    seed: int = 0,
    read: Callable[[Any], Any] = lambda x: x,
    hurried: bool = False,
) -> Source:
    """The Source for arrays or for an iterator of batches; `read` makes numbers of text in `x`."""
    weigh = class_weigher(class_weight) if class_weight is not None else None
    if not needs_batches(x):
        arrays = {
            "x": as_arrays(read(x), "x"),
            "y": as_arrays(y, "y"),
            "sample_weight": as_arrays(sample_weight, "sample_weight"),
        }
        if x is None:
            raise UserError("`x` is None: there are no data to train on.")
        number_of_rows(arrays)
        triple = tuple(arrays.values())
        triple = weigh(triple) if weigh else triple
        return Arrays(triple, int(batch_size or 32), shuffle, seed, steps)
    if y is not None or sample_weight is not None:
        raise UserError(
            "`y` and `sample_weight` must come in the batches where `x` is a generator or data "
            "set: let it give (x, y) or (x, y, sample_weight)."
        )
    how = {"weigh": weigh, "read": read, "hurried": hurried}
    if isinstance(x, Dataset):
        return _from_dataset(x, steps, **how)
    return _stream(x, steps, bool(shuffle), seed, **how)


def _from_dataset(
    dataset: Dataset, steps: int | None, weigh: Any, read: Any, hurried: bool
) -> Source:
    """Rows of arrays in batches go as arrays, so that many steps are one program."""
    rows = dataset.rows
    if rows is not None and rows.batch_size and rows.arrays is not None and rows.size:
        x, y, weight = unpack_x_y_sample_weight(rows.arrays)
        triple = (as_arrays(read(x), "x"), as_arrays(y, "y"), as_arrays(weight, "sample_weight"))
        triple = weigh(triple) if weigh else triple
        return Arrays(triple, rows.batch_size, steps=steps, given=(rows.size, rows.order))
    if steps is None:
        if dataset.cardinality() == Dataset.INFINITE:
            raise UserError(
                "The data set has no end: say how many batches to take, with `steps_per_epoch` in "
                "`fit` and `steps` or `validation_steps` elsewhere."
            )
        start, count = dataset.epoch, _cardinality(dataset)
    else:
        start, count = _InTurn(dataset, steps), steps
    return Stream(start, count, weigh=weigh, read=read, hurried=hurried, repositions=True)


class _InTurn:
    """Epochs of `steps` batches, each going on in a data set where the one before ended."""

    def __init__(self, dataset: Dataset, steps: int):
        endless = dataset.cardinality() == Dataset.INFINITE
        self.dataset, self.steps = dataset if endless else dataset.repeat(), steps
        self.iterator: Any = None
        self.next_epoch = -1

    def __call__(self, number: int, first: int) -> Any:
        if number != self.next_epoch or first:
            self.iterator = self.dataset.epoch(0, number * self.steps + first)
        self.next_epoch = number + 1
        return self.iterator


def _stream(x: Any, steps: int | None, shuffle: bool, seed: int, **how: Any) -> Stream:
    if isinstance(x, PyDataset) or (hasattr(x, "__getitem__") and hasattr(x, "__len__")
                                    and hasattr(x, "on_epoch_end")):  # fmt: skip
        dataset = x if isinstance(x, PyDataset) else _Indexed(x)
        return Stream(
            lambda number, first: dataset.batches(shuffle, seed, number, first),
            steps or number_of_batches(x),
            on_begin=dataset.on_epoch_begin,
            on_end=x.on_epoch_end,
            repositions=True,
            owner=x,
            **how,
        )
    if inspect.isgenerator(x) or hasattr(x, "__next__"):
        return Stream(lambda number, first: x, steps, endless=True, **how)
    if hasattr(x, "as_numpy_iterator"):  # tf.data
        return Stream(
            lambda number, first: x.as_numpy_iterator(),
            steps or _cardinality(x),
            **how,
        )
    if hasattr(x, "__iter__"):
        length = len(x) if hasattr(x, "__len__") else None
        return Stream(lambda number, first: iter(x), steps or length, **how)
    raise describe_unknown(x)


class _Indexed(PyDataset):
    """Somebody else's class with Keras's protocol of a data set."""

    def __init__(self, dataset: Any):
        super().__init__()
        self.dataset = dataset
        self.num_batches = number_of_batches(dataset)  # type: ignore[misc]

    num_batches = None  # type: ignore[assignment]

    def __getitem__(self, index: int) -> Any:
        return self.dataset[index]


def _cardinality(dataset: Any) -> int | None:
    count = int(dataset.cardinality())
    return count if count >= 0 else None  # negative: unknown or endless


def class_weigher(class_weight: dict[int, float]) -> Callable[[Any], Any]:
    """Adds to (x, y, sample_weight) the weight of each row's class."""
    if not isinstance(class_weight, dict):
        fix = "Write dict(enumerate(weights))." if isinstance(class_weight, Iterable) else ""
        raise bad_argument("fit", "class_weight", "a dict {class: weight}", class_weight, fix)
    for label, weight in class_weight.items():
        if not (isinstance(label, Integral) and label >= 0 and isinstance(weight, Real)):
            expected = "a dict of class numbers, from 0, to numbers"
            raise bad_argument("fit", "class_weight", expected, {label: weight})
    table = np.ones(max(class_weight, default=0) + 1, np.float32)
    for label, weight in class_weight.items():
        table[label] = weight

    def weigh(arrays: Any) -> Any:
        x, y, sample_weight = arrays
        if y is None or len(leaves(y)) != 1:
            raise UserError("`class_weight` needs targets `y` of exactly one output.")
        target = np.asarray(leaves(y)[0])
        if target.ndim > 1 and target.shape[-1] > 1:
            labels = target.argmax(-1)
        else:
            labels = np.rint(target.reshape(len(target), -1)[:, 0]).astype(int)
        known = (labels >= 0) & (labels < len(table))
        weights = np.where(known, table[np.where(known, labels, 0)], np.float32(1))
        if sample_weight is None:
            return x, y, weights
        return x, y, map_leaves(lambda w: np.asarray(w) * weights, sample_weight)

    return weigh


def train_validation_split(arrays: Any, validation_split: float) -> tuple[Any, Any]:
    """The first and the last part of nested arrays, the last one `validation_split` of the rows."""
    if needs_batches(arrays[0]):
        raise UserError(
            "fit: `validation_split` needs arrays, which can be cut; for a generator or data set "
            "give validation_data=..."
        )
    triple = tuple(as_arrays(a, what) for a, what in zip(arrays, ("x", "y", "sample_weight"),
                                                         strict=True))  # fmt: skip
    rows = number_of_rows(dict(zip(("x", "y", "sample_weight"), triple, strict=True)))
    if not 0 < validation_split < 1:
        raise UserError(
            f"fit: `validation_split` must be a number between 0 and 1; got {validation_split!r}."
        )
    at = int(rows * (1 - validation_split))
    if at in (0, rows):
        raise UserError(
            f"fit: `validation_split`={validation_split} of {rows} rows leaves one part empty."
        )

    def part(begin: int, end: int) -> Any:
        return map_leaves(lambda a: None if a is None else a[begin:end], triple)

    return part(0, at), part(at, rows)
