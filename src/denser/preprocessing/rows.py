"""Rows: elements found by number, so that shuffling, cutting and batching touch numbers only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from ..core.tensor import leaves, map_leaves
from .element import split

_BLOCK = 16  # rows that are gathered at once where they are asked for one by one


@dataclass(frozen=True)
class Rows:
    """Elements by number, in an order, alone or in batches.

    Args:
        gather: Called with an array of numbers; gives those elements as one batch.
        size: How many elements a pass has.
        arrays: The nested arrays whose rows `gather` gives; None where it computes them.
        order_of: The numbers of a pass in their order, a pure function of the pass's number; None:
            0, 1, 2 ...
        batch_size: Elements of a batch; None: each comes alone.
    """

    gather: Callable[[np.ndarray], Any]
    size: int
    arrays: Any = None
    order_of: Callable[[int], np.ndarray] | None = None
    batch_size: int | None = None

    def __len__(self) -> int:
        return self.size

    def order(self, number: int) -> np.ndarray:
        """The numbers of pass `number`, in their order."""
        return np.arange(self.size) if self.order_of is None else self.order_of(number)

    def reordered(self, change: Callable[[np.ndarray, int], np.ndarray], size: int) -> "Rows":
        """The same rows with `change` of the order and the pass's number as the order."""
        return replace(self, size=size, order_of=lambda number: change(self.order(number), number))

    def shuffled(self, room: int | None, random: Callable[[int], np.random.Generator]) -> "Rows":
        """The rows in random order, each drawn from the `room` next ones; None: from all."""

        def change(order: np.ndarray, number: int) -> np.ndarray:
            if room is None or room >= len(order):
                return order[random(number).permutation(len(order))]
            drawn = shuffled(iter(order.tolist()), room, random(number))
            return np.fromiter(drawn, order.dtype, len(order))

        return self.reordered(change, self.size)

    def repeated(self, count: int) -> "Rows":
        """The rows of `count` passes as one."""

        def order_of(number: int) -> np.ndarray:
            turns = range(number * count, (number + 1) * count)
            return np.concatenate([self.order(turn) for turn in turns])

        return replace(self, size=self.size * count, order_of=order_of)

    def frozen(self) -> "Rows":
        """The same rows with the order of the first pass in every pass."""
        return self.reordered(lambda order, number: self.order(0), self.size)

    def passes(self, number: int, first: int) -> Iterator[Any]:
        """The elements or batches of pass `number`, from number `first` on."""
        order = self.order(number)
        block = self.batch_size or _BLOCK
        for begin in range(first * (self.batch_size or 1), self.size, block):
            batch = self.gather(order[begin : begin + block])
            yield from split(batch) if self.batch_size is None else [batch]


def rows_of_arrays(arrays: Any, size: int) -> Rows:
    """The rows of nested arrays."""

    def gather(index: np.ndarray) -> Any:
        return map_leaves(lambda a: None if a is None else a[index], arrays)

    return Rows(gather, size, arrays)


def zipped(structure: Any, size: int) -> Rows | None:
    """Nested Rows side by side; None where that is more than gathering the same numbers."""
    parts = leaves(structure)
    if any(p is None or p.order_of is not None or p.batch_size is not None for p in parts):
        return None
    arrays = None
    if all(p.arrays is not None for p in parts):
        arrays = map_leaves(lambda p: map_leaves(lambda a: a[:size], p.arrays), structure)
    return Rows(lambda index: map_leaves(lambda p: p.gather(index), structure), size, arrays)


def random_for(seed: int, number: int) -> np.random.Generator:
    """The random numbers of pass `number`, the same whatever was drawn before."""
    return np.random.Generator(np.random.Philox(key=[seed % 2**64, number % 2**64]))


def shuffled(items: Iterator[Any], room: int, random: np.random.Generator) -> Iterator[Any]:
    """The items, each drawn from the `room` first ones that have not been drawn yet."""
    held = list(islice(items, room))
    draws: Iterator[int] = iter(())
    for item in items:
        at = next(draws, None)
        if at is None:
            draws = iter(random.integers(room, size=4096).tolist())
            at = next(draws)
        yield held[at]
        held[at] = item
    for at in random.permutation(len(held)):
        yield held[at]
