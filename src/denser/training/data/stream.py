"""Iterators of batches as a Source: generators, PyDatasets, PyTorch's DataLoader, tf.data, grain.

A thread of its own asks for the next batches and copies them to the device while the present ones
train.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from ...core import placement
from ...core.messages import UserError, short
from ...core.tensor import leaves, map_leaves
from ...lowering import memory
from ...preprocessing.ahead import ahead
from .arrays import _canonical, as_arrays
from .batch import unpack_x_y_sample_weight
from .chunk import Chunk, spec_of

_MOST_BATCHES = 16
_MOST_BYTES = 32 * 2**20
_LONGEST = 0.5  # seconds in which a chunk of slow batches becomes full
_END = object()


class Stream:
    """Batches from an iterator, some at a time.

    Args:
        start: Called with the number of the pass and of the batch to begin with; gives an iterator
            of batches.
        steps: Batches of an epoch; None: until the iterator ends.
        endless: Whether epochs go on in one iterator, rather than each in a new one.
        weigh: Adds class weights: (x, y, sample_weight) -> the same.
        on_begin, on_end: Called before and after each epoch.
        read: Makes numbers of text among a batch's inputs.
        repositions: Whether `start` gives the same batches again, in another process too.
        owner: The user's object whose attributes say what the batches are.
        hurried: Whether chunks go before they are full: the first batch alone, so that its program
            is compiled while the next are read, and batches that come slowly. What shares a chunk
            then hangs on the clock, which is nothing to training alone.
    """

    def __init__(
        self,
        start: Callable[[int, int], Iterator[Any]],
        steps: int | None,
        endless: bool = False,
        weigh: Callable[[Any], Any] | None = None,
        on_begin: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
        read: Callable[[Any], Any] = lambda x: x,
        repositions: bool = False,
        owner: Any = None,
        hurried: bool = False,
    ):
        self.start, self.steps, self.endless = start, steps, endless
        self.weigh, self.read, self.repositions = weigh, read, repositions
        self.on_begin, self.on_end, self.owner = on_begin, on_end, owner
        self.batch_size: int | None = None
        self.has_partial = True
        self.hurried = hurried
        self._iterator: Iterator[Any] | None = None
        self._pass = 0  # that `_iterator` goes through
        self._leaving = False  # whether the epoch was cut short
        self._begun = False  # whether `on_begin` was called for the epoch to come
        self._peeked: list[Any] = []
        self._whole: Any = None  # a batch that has all its rows
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
        return spec_of(_canonical(self.seen))

    @property
    def seen(self) -> Any:
        """(x, y, sample_weight) of the first batch."""
        if not self._peeked:
            if self._iterator is None:
                self._begin()
                self._iterator, self._pass = iter(self.start(0, 0)), 0
            first = self._next()
            if first is _END:
                raise UserError("The data set gave no batch: it is empty, or used up already.")
            self._whole = first
            self._peeked.append(first)
        return self._peeked[0]

    def _begin(self) -> None:
        if not self._begun:
            self.on_begin()
        self._begun = True

    def _end(self) -> None:
        self.on_end()
        self._begun = False

    def pass_by(self, passes: int, within: bool) -> None:
        """Call what is called before and after so many epochs; `within`: and before the next."""
        for _ in range(passes):
            self._begin()
            self._end()
        if within:
            self._begin()
        if passes:
            self._iterator = None
            self._peeked.clear()

    def epoch(self, number: int, first: int = 0) -> Iterator[Chunk]:
        """The chunks of epoch `number`, each made while the one before trains."""
        self._begin()
        fresh = self._peeked and number == self._pass and not first
        if self._iterator is None or not (self.endless or fresh):
            self._iterator, self._pass = iter(self.start(number, first)), number
            self._peeked.clear()
        self._leaving = False
        chunks = ahead(self._chunks(first))
        try:
            for chunk in chunks:  # noqa: UP028 - `yield from` would close them before `finally`
                yield chunk
        finally:
            self._leaving = True  # a chunk of slow batches need not become full
            chunks.close()  # type: ignore[attr-defined]
            if not self.endless:
                self._iterator = None
        self._end()  # of a whole epoch: one that is cut short goes on another time

    def _chunks(self, done: int) -> Iterator[Chunk]:
        held: list[Any] = []
        since = -math.inf if self.hurried else math.inf  # when the first of them came
        while (self.steps is None or done < self.steps) and not self._leaving:
            batch = self._next()
            if batch is _END:
                break
            done += 1
            self._check(batch)
            partial = self._is_partial(batch)
            if not partial and _shape(batch) != _shape(self._whole):
                if held:
                    yield self._stack(held)
                self._whole, held = batch, []
            held.append(batch)
            late = time.monotonic() - since > _LONGEST
            if partial or late or len(held) == _most(self._whole):
                yield self._stack(held)
                held = []
                since = time.monotonic() if self.hurried else math.inf
        if held:
            yield self._stack(held)
        if self.steps is not None and done < self.steps and self.endless and not self._leaving:
            raise UserError(
                f"The data ended after {done} of {self.steps} batches. Give a generator that goes "
                "on for `epochs * steps_per_epoch` batches, or lower `steps_per_epoch`."
            )

    def _is_partial(self, batch: Any) -> bool:
        """Whether it has fewer rows than others, wherever a chunk begins: it is then computed in
        the same way when a run goes on in the middle of an epoch."""
        return _tail(batch) == _tail(self._whole) and _rows(batch) < _rows(self._whole)

    def _stack(self, batches: list[Any]) -> Chunk:
        most = max(_most(self._whole), len(batches))
        return _stack(batches, _rows(self._whole), most)


def _rows(batch: Any) -> int:
    return len(next(leaf for leaf in leaves(batch) if leaf is not None))


def _shape(batch: Any) -> list[Any]:
    return [None if a is None else a.shape for a in leaves(batch)]


def _tail(batch: Any) -> list[Any]:
    return [None if a is None else a.shape[1:] for a in leaves(batch)]


def _most(batch: Any) -> int:
    """How many batches make a chunk."""
    size = sum(a.nbytes for a in leaves(batch) if a is not None)
    return max(1, min(_MOST_BATCHES, _MOST_BYTES // max(1, size)))


def _stack(batches: list[Any], size: int, most: int) -> Chunk:
    """Batches one after another in arrays for `most` of `size` rows, so that one program fits."""
    total = sum(map(_rows, batches))

    def join(*parts: Any) -> Any:
        if parts[0] is None:
            return None
        dtype = jax.dtypes.canonicalize_dtype(parts[0].dtype)
        whole = memory.empty((size * most, *parts[0].shape[1:]), dtype)
        np.concatenate([np.asarray(p) for p in parts], out=whole[:total], casting="unsafe")
        whole[total:] = 0
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
