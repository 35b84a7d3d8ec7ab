"""Iterators of batches as a Source: generators, PyDatasets, PyTorch's DataLoader, tf.data, grain.

A thread of its own asks for the next batches and copies them to the device while the present ones
train.
"""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from ...core import placement
from ...core.messages import UserError, short
from ...core.tensor import leaves, map_leaves
from ...preprocessing.ahead import ahead
from .arrays import _canonical, as_arrays
from .batch import unpack_x_y_sample_weight
from .chunk import Chunk, spec_of

_MOST_BATCHES = 16
_MOST_BYTES = 32 * 2**20
_END = object()


class Stream:
    """Batches from an iterator, some at a time.

    Args:
        start: Called with the number of the pass; gives an iterator of batches.
        steps: Batches of an epoch; None: until the iterator ends.
        endless: Whether epochs go on in one iterator, rather than each in a new one.
        weigh: Adds class weights: (x, y, sample_weight) -> the same.
        on_end: Called after each epoch.
        read: Makes numbers of text among a batch's inputs.
    """

    def __init__(
        self,
        start: Callable[[int], Iterator[Any]],
        steps: int | None,
        endless: bool = False,
        weigh: Callable[[Any], Any] | None = None,
        on_end: Callable[[], None] | None = None,
        read: Callable[[Any], Any] = lambda x: x,
    ):
        self.start, self.steps, self.endless = start, steps, endless
        self.weigh, self.on_end, self.read = weigh, on_end, read
        self.batch_size: int | None = None
        self.has_partial = True
        self.one_by_one = False
        self._iterator: Iterator[Any] | None = None
        self._pass = 0  # that `_iterator` goes through
        self._peeked: list[Any] = []
        self._check: Callable[[Any], None] = lambda batch: None

    def examine(self, check: Callable[[Any], None]) -> None:
        """Let `check` look at the first batch now, at every other one before it is used."""
        for batch in self._peeked:
            check(batch)
        self._check = check

    def _next(self) -> Any:
        """The next batch as (x, y, sample_weight) of NumPy arrays, or _END."""
        if self._peeked:
            return self._peeked.pop()
        batch = next(self._iterator, _END)  # type: ignore[call-overload]
        if batch is _END:
            return _END
        x, y, weight = unpack_x_y_sample_weight(batch)
        arrays = (
            as_arrays(self.read(x), "x"),
            as_arrays(y, "y"),
            as_arrays(weight, "sample_weight"),
        )
        counts = {len(leaf) for leaf in leaves(arrays) if leaf is not None}
        if len(counts) != 1:
            raise UserError(f"A batch's arrays have different numbers of rows: {sorted(counts)}.")
        return self.weigh(arrays) if self.weigh else arrays

    def spec(self) -> Any:
        """(x, y, sample_weight) of the first batch, as KerasTensors."""
        if not self._peeked:
            if self._iterator is None:
                self._iterator, self._pass = iter(self.start(0)), 0
            first = self._next()
            if first is _END:
                raise UserError("The data set gave no batch: it is empty, or used up already.")
            self._peeked.append(first)
        return spec_of(_canonical(self._peeked[0]))

    def epoch(self, number: int) -> Iterator[Chunk]:
        """The chunks of epoch `number`, each made while the one before trains."""
        used = not self._peeked or number != self._pass
        if self._iterator is None or (not self.endless and used):
            self._iterator, self._pass = iter(self.start(number)), number
            self._peeked.clear()
        try:
            yield from ahead(self._chunks())
        finally:
            if self.on_end is not None:
                self.on_end()
            if not self.endless:
                self._iterator = None

    def _chunks(self) -> Iterator[Chunk]:
        done, held = 0, []
        while self.steps is None or done < self.steps:
            batch = self._next()
            if batch is _END:
                break
            done += 1
            self._check(batch)
            if held and _shape(batch) != _shape(held[0]):
                if _tail(batch) == _tail(held[0]) and _rows(batch) < _rows(held[0]):
                    yield _stack([*held, batch], self.one_by_one)
                    held = []
                    continue
                yield _stack(held, self.one_by_one)
                held = []
            held.append(batch)
            if len(held) == _most(batch, self.one_by_one):
                yield _stack(held, self.one_by_one)
                held = []
        if held:
            yield _stack(held, self.one_by_one)
        if self.steps is not None and done < self.steps and self.endless:
            raise UserError(
                f"The data ended after {done} of {self.steps} batches. Give a generator that goes "
                "on for `epochs * steps_per_epoch` batches, or lower `steps_per_epoch`."
            )


def _rows(batch: Any) -> int:
    return len(next(leaf for leaf in leaves(batch) if leaf is not None))


def _shape(batch: Any) -> list[Any]:
    return [None if a is None else a.shape for a in leaves(batch)]


def _tail(batch: Any) -> list[Any]:
    return [None if a is None else a.shape[1:] for a in leaves(batch)]


def _most(batch: Any, one_by_one: bool) -> int:
    """How many batches make a chunk."""
    size = sum(a.nbytes for a in leaves(batch) if a is not None)
    return 1 if one_by_one else max(1, min(_MOST_BATCHES, _MOST_BYTES // max(1, size)))


def _stack(batches: list[Any], one_by_one: bool) -> Chunk:
    """Batches one after another in arrays of a fixed number of rows, so that one program fits."""
    size, most = _rows(batches[0]), max(_most(batches[0], one_by_one), len(batches))
    total = sum(map(_rows, batches))

    def join(*parts: Any) -> Any:
        if parts[0] is None:
            return None
        dtype = jax.dtypes.canonicalize_dtype(parts[0].dtype)
        whole = np.zeros((size * most, *parts[0].shape[1:]), dtype)
        np.concatenate([np.asarray(p) for p in parts], out=whole[:total], casting="unsafe")
        return jax.device_put(whole, placement.everywhere())

    flat = [leaves(batch) for batch in batches]
    joined = iter([join(*column) for column in zip(*flat, strict=True)])
    arrays = map_leaves(lambda _: next(joined), batches[0])
    order = jax.device_put(np.arange(size * most, dtype=np.int32), placement.everywhere())
    return Chunk(arrays, order, size, 0, len(batches), total)


def needs_batches(value: Any) -> bool:
    """Whether `value` gives batches one after another, rather than holding arrays."""
    if hasattr(value, "shape") or isinstance(value, (list, tuple, dict, str)):
        return False
    return hasattr(value, "__next__") or hasattr(value, "__iter__") or hasattr(value, "__getitem__")


def describe_unknown(value: Any) -> UserError:
    """The error for data of a kind that cannot be read."""
    return UserError(
        f"`x`: cannot read data from {short(value)}. Give arrays, a dict or list of arrays, a "
        "pandas table, a generator, a PyDataset, a DataLoader or a tf.data.Dataset."
    )
