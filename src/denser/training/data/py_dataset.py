"""PyDataset: batches by number, made by several threads or processes."""

import itertools
import multiprocessing
import random
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from ...core.messages import bad_argument
from ...preprocessing.ahead import side_by_side

_in_worker: Any = None


def _keep(dataset: Any) -> None:
    global _in_worker
    _in_worker = dataset


def _get(index: int) -> Any:
    return _in_worker[index]


class PyDataset:
    """A data set that gives its batches by number: define `__getitem__` and `num_batches`.

    Args:
        workers: How many batches are made at the same time; 0 or 1: one after another.
        use_multiprocessing: Whether workers are processes rather than threads.
        max_queue_size: How many batches may wait.

    Example:
        >>> class Squares(PyDataset):
        ...     num_batches = 10
        ...     def __getitem__(self, index):
        ...         x = np.full((4, 1), index, "float32")
        ...         return x, x**2
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ):
        if not isinstance(workers, int) or workers < 0:
            raise bad_argument(self, "workers", "an integer of 0 or more", workers)
        self._workers = workers
        self._use_multiprocessing = use_multiprocessing
        self._max_queue_size = max_queue_size

    # A subclass may leave out super().__init__(), as older scripts do.
    workers = property(lambda self: getattr(self, "_workers", 1), doc="Batches made at a time.")
    use_multiprocessing = property(
        lambda self: getattr(self, "_use_multiprocessing", False), doc="Processes, not threads."
    )
    max_queue_size = property(
        lambda self: getattr(self, "_max_queue_size", 10), doc="Batches that may wait."
    )

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define `__getitem__(index)`.")

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None for an endless data set."""
        raise NotImplementedError(f"{type(self).__name__} must define `num_batches`.")

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""

    def batches(self, shuffle: bool, seed: int, number: int, first: int = 0) -> Iterator[Any]:
        """The batches of epoch `number` from place `first` on, in an order of its own if
        `shuffle`."""
        count = number_of_batches(self)
        numbers: Any = itertools.count(first) if count is None else list(range(count))
        if shuffle and count is not None:
            random.Random(f"{seed} {number}").shuffle(numbers)
        if count is not None:
            numbers = numbers[first:]
        if self.workers <= 1:
            return (self[index] for index in numbers)
        return self._with_workers(iter(numbers))

    def _with_workers(self, numbers: Iterator[int]) -> Iterator[Any]:
        if self.use_multiprocessing:
            # Forking a process that runs XLA's threads would deadlock.
            context = multiprocessing.get_context("spawn")
            pool: Executor = ProcessPoolExecutor(self.workers, context, _keep, (self,))
            work: Any = _get
        else:
            pool, work = ThreadPoolExecutor(self.workers), self.__getitem__
        most = max(self.workers, self.max_queue_size)
        return side_by_side(pool, work, numbers, most)


Sequence = PyDataset


def number_of_batches(dataset: Any) -> Any:
    """`num_batches`, or `len` as older classes define it; None where neither tells."""
    try:
        found = dataset.num_batches
    except (AttributeError, NotImplementedError):
        try:
            return len(dataset)
        except TypeError:
            return None
    return found() if callable(found) else found
