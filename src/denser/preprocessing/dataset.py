"""Dataset: elements one after another, made on the host when they are asked for."""

import itertools
import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from ..core.messages import bad_argument
from ..core.random import make_default_seed
from ..core.tensor import leaves, map_leaves
from . import stages
from .ahead import ahead, side_by_side
from .cache import Kept, KeptInFile
from .element import as_element, rows_of, split, stack, stack_padded
from .elements import Elements
from .rows import Rows, random_for, rows_of_arrays, shuffled, zipped


class Dataset(Elements):
    """Elements one after another: arrays, numbers and text in nested tuples and dicts.

    Nothing is computed before somebody iterates. Each method gives a new data set, with the names
    and meanings that tf.data's users know. Pass `n` over the elements is a pure function of `n`
    (as far as the functions and generators given are): `epoch(n, first)` gives it again, from any
    element on. Where elements are rows of arrays, shuffling and cutting touch their numbers only,
    and a batch is gathered at once.

    Args:
        passes: Called with the number of a pass and of the element to begin with; an iterator.
        size: Elements of a pass; `math.inf` for an endless one, None if it is not known.
        rows: The elements by number, where they can be found so.
        batched: Whether the first axis of the leaves is that of a batch.

    Example:
        >>> dataset = Dataset.from_tensor_slices(([1, 2, 3], [0, 1, 0]))
        >>> [x.tolist() for x, y in dataset.map(lambda x, y: (2 * x, y)).batch(2)]
        [[2, 4], [6]]
    """

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> "Dataset":
        """The rows of nested arrays, one by one."""
        arrays = map_leaves(lambda a: None if a is None else np.asarray(a), as_element(tensors))
        return cls.of_rows(rows_of_arrays(arrays, rows_of(arrays, "Dataset.from_tensor_slices")))

    @classmethod
    def from_tensors(cls, tensors: Any) -> "Dataset":
        """One element: `tensors`."""
        return cls.of_list([as_element(tensors)])

    @classmethod
    def from_generator(
        cls, generator: Callable[..., Iterable[Any]], args: Any = (), output_signature: Any = None
    ) -> "Dataset":
        """What `generator(*args)` gives, called anew for each pass.

        Args:
            generator: A function that gives an iterator, not the iterator itself.
            output_signature: Things with `shape` and `dtype`, nested as the elements are: leaves
                are brought to that type, and another shape is an error.
        """
        if not callable(generator):
            fix = "Give the function that makes it: each pass calls it anew."
            raise bad_argument("Dataset.from_generator", "generator", "a function", generator, fix)

        def start() -> Iterator[Any]:
            elements = map(as_element, generator(*args))
            if output_signature is None:
                return elements
            return (stages.fitted(element, output_signature) for element in elements)

        return cls(stages.from_its_start(lambda number: start()))

    @classmethod
    def range(cls, *args: int) -> "Dataset":
        """The integers that Python's `range` gives."""
        numbers = range(*args)
        first, step = numbers.start, numbers.step
        return cls.of_rows(Rows(lambda index: first + index * step, len(numbers)))

    @classmethod
    def zip(cls, *datasets: Any) -> "Dataset":
        """Elements of several data sets together, as long as all of them have one.

        Args:
            datasets: Data sets, or one nested tuple or dict of them.
        """
        structure = datasets[0] if len(datasets) == 1 else datasets
        parts = leaves(structure)
        size = None if any(p._size is None for p in parts) else min(p._size for p in parts)
        rows = None
        if size is not None and size < math.inf:
            rows = zipped(map_leaves(lambda p: p.rows, structure), size)
        if rows is not None:
            return cls.of_rows(rows)

        def passes(number: int, first: int) -> Iterator[Any]:
            for values in zip(*(p.epoch(number, first) for p in parts)):  # noqa: B905 ends early
                each = iter(values)
                yield map_leaves(lambda _, each=each: next(each), structure)

        return cls(passes, size, batched=all(p.batched for p in parts))

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
    ) -> "Dataset":
        """`map_func` of each element; a tuple's parts are its arguments.

        Args:
            num_parallel_calls: How many threads call it; `AUTOTUNE` (-1): one for each core.
            deterministic: Whether results come in the elements' order; False: as they get ready.
        """
        threads = stages.workers("map", num_parallel_calls)

        def work(element: Any) -> Any:
            return as_element(stages.call(map_func, element))

        def passes(number: int, first: int) -> Iterator[Any]:
            elements = self.epoch(number, first)
            if not threads:
                return map(work, elements)
            pool = ThreadPoolExecutor(threads, "denser-map")
            return side_by_side(pool, work, elements, 2 * threads, deterministic is not False)

        return self._then(passes, self._size)

    def filter(self, predicate: Callable[..., Any]) -> "Dataset":
        """The elements for which `predicate` is true."""

        def start(number: int) -> Iterator[Any]:
            return (e for e in self.epoch(number) if bool(stages.call(predicate, e)))

        return self._then(stages.from_its_start(start), None)

    def flat_map(self, map_func: Callable[..., "Dataset"]) -> "Dataset":
        """The elements of the data sets that `map_func` gives, one data set after another."""
        return self.interleave(map_func, cycle_length=1)

    def interleave(
        self,
        map_func: Callable[..., "Dataset"],
        cycle_length: int = 16,
        block_length: int = 1,
        num_parallel_calls: int | None = None,
    ) -> "Dataset":
        """The elements of the data sets that `map_func` gives, `cycle_length` of them in turn.

        Args:
            block_length: How many elements one data set gives in its turn.
            num_parallel_calls: Given: each data set reads ahead in a thread of its own.
        """
        stages.positive("interleave", cycle_length=cycle_length, block_length=block_length)
        in_threads = stages.workers("interleave", num_parallel_calls) > 0

        def start(number: int) -> Iterator[Any]:
            datasets = (stages.call(map_func, element) for element in self.epoch(number))
            opened = (d.epoch(number) for d in datasets)
            if in_threads:
                opened = (ahead(iter(elements), block_length) for elements in opened)
            return stages.in_turn(opened, cycle_length, block_length)

        return self._then(stages.from_its_start(start), None)

    def enumerate(self, start: int = 0) -> "Dataset":
        """(number, element), the numbers from `start`."""

        def passes(number: int, first: int) -> Iterator[Any]:
            numbers = map(np.int64, itertools.count(start + first))
            return zip(numbers, self.epoch(number, first))  # noqa: B905 the numbers have no end

        return self._then(passes, self._size)

    def apply(self, transformation_func: Callable[["Dataset"], Any]) -> Any:
        """`transformation_func(dataset)`, for chains of methods."""
        return transformation_func(self)

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any]) -> Any:
        """The last state: `state = reduce_func(state, element)` over all elements."""
        state = as_element(initial_state)
        for element in self:
            state = reduce_func(state, element)
        return state

    def batch(self, batch_size: int, drop_remainder: bool = False) -> "Dataset":
        """`batch_size` elements stacked into one; the last one is smaller, or dropped."""
        stages.positive("batch", batch_size=batch_size)
        rows = self._by_number()
        if rows is not None:
            size = rows.size - rows.size % batch_size if drop_remainder else rows.size
            batched = Rows(rows.gather, size, rows.arrays, rows.order_of, batch_size)
            return self.of_rows(batched)
        return self._in_groups(batch_size, drop_remainder, stack)

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
    ) -> "Dataset":
        """Batches of elements with different shapes, filled up at the end of each axis.

        Args:
            padded_shapes: Shapes nested as an element is; None or -1 in one, or None for all: the
                largest size in the batch.
            padding_values: What to fill with, nested alike; None: 0, or "" for text.
        """
        stages.positive("padded_batch", batch_size=batch_size)
        return self._in_groups(
            batch_size, drop_remainder, lambda e: stack_padded(e, padded_shapes, padding_values)
        )

    def _in_groups(self, count: int, drop: bool, join: Callable[[list[Any]], Any]) -> "Dataset":
        def passes(number: int, first: int) -> Iterator[Any]:
            elements = self.epoch(number, first * count)
            while len(group := list(islice(elements, count))) == count:
                yield join(group)
            if group and not drop:
                yield join(group)

        return self._then(passes, stages.number_of_groups(self._size, count, drop), batched=True)

    def unbatch(self) -> "Dataset":
        """The rows of each element, one by one."""
        if self.rows is not None and self.rows.batch_size is not None:
            return self.of_rows(replace(self.rows, batch_size=None))

        def start(number: int) -> Iterator[Any]:
            return itertools.chain.from_iterable(map(split, self.epoch(number)))

        return self._then(stages.from_its_start(start), None, batched=False)

    def rebatch(self, batch_size: int, drop_remainder: bool = False) -> "Dataset":
        """The rows of the batches in batches of another size."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def window(
        self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False
    ) -> "Dataset":
        """Data sets of `size` elements each, one for each part of an element.

        Args:
            shift: How many elements the next window begins later; None: `size`.
            stride: How far apart the elements of a window are.
            drop_remainder: Whether the last windows, which have fewer elements, are left out.
        """
        shift = size if shift is None else shift
        stages.positive("window", size=size, shift=shift, stride=stride)

        def start(number: int) -> Iterator[Any]:
            for found in stages.windows(self.epoch(number), size, shift, stride, drop_remainder):
                columns = iter([list(c) for c in zip(*map(leaves, found), strict=True)])
                yield map_leaves(lambda _, c=columns: type(self).of_list(next(c)), found[0])

        return self._then(stages.from_its_start(start), None, batched=False)

    def shuffle(
        self,
        buffer_size: int | None,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = None,
    ) -> "Dataset":
        """The elements in a random order: each is drawn from the `buffer_size` next ones.

        The order is a pure function of the seed and the number of the pass.

        Args:
            buffer_size: From how many to draw; None: from all.
            seed: None takes one from Python's `random`, which `set_random_seed` makes repeatable.
            reshuffle_each_iteration: Whether each pass has an order of its own (the default).
        """
        if buffer_size is not None:
            stages.positive("shuffle", buffer_size=buffer_size)
        seed = make_default_seed() if seed is None else int(seed)

        again = reshuffle_each_iteration is None or reshuffle_each_iteration

        def random(number: int) -> np.random.Generator:
            return random_for(seed, number if again else 0)

        def start(number: int) -> Iterator[Any]:
            room = len(self) if buffer_size is None else buffer_size
            return shuffled(self.epoch(number), room, random(number))

        rows = self._by_number()
        if rows is not None:
            return self.of_rows(rows.shuffled(buffer_size, random))
        return self._then(stages.from_its_start(start), self._size)

    def repeat(self, count: int | None = None) -> "Dataset":
        """All elements `count` times over, shuffled anew each time; None or -1: for ever."""
        endless = count is None or count < 0
        rows = self._by_number()
        if rows is not None and not endless and count:
            return self.of_rows(rows.repeated(count))
        size = self._size
        passes = stages.repeated(self.epoch, size, None if endless else count)
        if endless:
            return self._then(passes, math.inf if size else size)
        return self._then(passes, size * count if size and count else size and 0)

    def take(self, count: int) -> "Dataset":
        """The first `count` elements; -1: all."""
        if count < 0:
            return self
        rows = self.rows
        if rows is not None:
            size = min(rows.size, count * (rows.batch_size or 1))
            return self.of_rows(rows.reordered(lambda order, number: order[:size], size))
        size = None if self._size is None else min(self._size, count)
        return self._then(lambda n, f: islice(self.epoch(n, f), max(0, count - f)), size)

    def skip(self, count: int) -> "Dataset":
        """The elements after the first `count`; -1: none."""
        rows = self.rows
        if rows is not None and count >= 0:
            begin = min(rows.size, count * (rows.batch_size or 1))
            cut = rows.reordered(lambda order, number: order[begin:], rows.size - begin)
            return self.of_rows(cut)
        if count < 0:
            return self.of_list([])
        size = None if self._size is None else max(0, self._size - count)
        return self._then(lambda number, first: self.epoch(number, first + count), size)

    def take_while(self, predicate: Callable[..., Any]) -> "Dataset":
        """The elements before the first for which `predicate` is false."""

        def start(number: int) -> Iterator[Any]:
            return itertools.takewhile(
                lambda e: bool(stages.call(predicate, e)), self.epoch(number)
            )

        return self._then(stages.from_its_start(start), None)

    def shard(self, num_shards: int, index: int) -> "Dataset":
        """Every `num_shards`-th element, from number `index` on."""
        stages.positive("shard", num_shards=num_shards)
        if not 0 <= index < num_shards:
            expected = f"an integer from 0 to {num_shards - 1}"
            raise bad_argument("Dataset.shard", "index", expected, index)
        size = self._size
        if size is not None and size < math.inf:
            size = len(range(index, int(size), num_shards))
        rows = self._by_number()
        if rows is not None:
            kept = len(range(index, rows.size, num_shards))
            return self.of_rows(rows.reordered(lambda o, number: o[index::num_shards], kept))

        def passes(number: int, first: int) -> Iterator[Any]:
            return islice(self.epoch(number, first * num_shards), index, None, num_shards)

        return self._then(passes, size)

    def concatenate(self, dataset: "Dataset") -> "Dataset":
        """The elements of this data set, then those of another."""

        def passes(number: int, first: int) -> Iterator[Any]:
            if self._size is None:
                both = itertools.chain(self.epoch(number), dataset.epoch(number))
                return islice(both, first, None)
            if first >= self._size:
                return dataset.epoch(number, first - int(self._size))
            return itertools.chain(self.epoch(number, first), dataset.epoch(number))

        first, second = self._size, dataset._size
        return self._then(passes, None if first is None or second is None else first + second)

    def cache(self, filename: str | os.PathLike = "") -> "Dataset":
        """The elements of the first pass, kept for all others.

        Args:
            filename: Where to keep them, also for later runs; "": in memory.
        """
        if not filename and self.rows is not None:
            return self.of_rows(self.rows.frozen())

        def start() -> Iterator[Any]:
            return self.epoch(0)

        kept = KeptInFile(start, filename) if filename else Kept(start)
        return self._then(kept.passes, self._size)

    def prefetch(self, buffer_size: int) -> "Dataset":
        """The same elements, `buffer_size` of them made ahead by a thread; -1 (AUTOTUNE): 2."""
        most = 2 if buffer_size is None or buffer_size < 0 else buffer_size
        if not most:
            return self
        found = self._then(lambda n, f: ahead(self.epoch(n, f), most), self._size)
        found.rows = self.rows
        return found
