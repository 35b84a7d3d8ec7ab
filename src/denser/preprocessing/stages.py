"""Stages: what the methods of a Dataset do to an iterator of elements."""

import itertools
import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from ..core.messages import UserError, bad_argument
from ..core.tensor import leaves, map_leaves

Passes = Callable[[int, int], Iterator[Any]]


def positive(method: str, **arguments: Any) -> None:
    """Refuse arguments that are no positive integers."""
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise bad_argument(f"Dataset.{method}", name, "a positive integer", value)


def workers(method: str, calls: int | None) -> int:
    """The number of threads for `num_parallel_calls`: 0 for None, one for each core for -1."""
    if calls is None:
        return 0
    if calls != -1:
        positive(method, num_parallel_calls=calls)
    return os.cpu_count() or 1 if calls == -1 else calls


def call(function: Callable[..., Any], element: Any) -> Any:
    """`function` of an element, a tuple's parts being its arguments."""
    return function(*element) if isinstance(element, tuple) else function(element)


def from_its_start(start: Callable[[int], Iterator[Any]]) -> Passes:
    """Passes that can only be entered in the middle by dropping what comes before."""
    return lambda number, first: islice(start(number), first, None)


def number_of_groups(size: float | None, count: int, drop: bool) -> float | None:
    """How many groups of `count` there are in `size`, the last, smaller one `drop`ped or not."""
    if size is None or size == math.inf:
        return size
    return int(size) // count if drop else -(-int(size) // count)


def in_turn(iterators: Iterable[Iterator[Any]], at_once: int, block: int) -> Iterator[Any]:
    """`block` items of each of `at_once` iterators in turn; the next one follows one that ends."""
    iterators = iter(iterators)
    opened = deque(islice(iterators, at_once))
    while opened:
        items = opened.popleft()
        given = 0
        for item in islice(items, block):
            given += 1
            yield item
        if given == block:
            opened.append(items)
        else:
            opened.extend(islice(iterators, 1))


def windows(
    items: Iterator[Any], size: int, shift: int, stride: int, drop: bool
) -> Iterator[list[Any]]:
    """Lists of `size` items, `stride` apart, each beginning `shift` items after the one before."""
    span, skip = (size - 1) * stride + 1, 0
    held: deque = deque()
    for item in items:
        if skip:
            skip -= 1
            continue
        held.append(item)
        if len(held) == span:
            yield list(held)[::stride]
            skip = max(0, shift - span)
            for _ in range(min(shift, span)):
                held.popleft()
    while held and not drop:
        yield list(held)[::stride]
        for _ in range(min(shift, len(held))):
            held.popleft()


def fitted(element: Any, signature: Any) -> Any:
    """A generator's element with the signature's types, its shapes checked."""
    parts, wanted = leaves(element), leaves(signature)
    if len(parts) != len(wanted):
        raise UserError(
            f"Dataset.from_generator: an element has {len(parts)} parts; `output_signature` has "
            f"{len(wanted)}."
        )
    found = iter([_fitted(*pair) for pair in zip(parts, wanted, strict=True)])
    return map_leaves(lambda _: next(found), element)


def _fitted(value: Any, wanted: Any) -> Any:
    kind = getattr(wanted.dtype, "name", wanted.dtype)
    array = value if isinstance(value, (str, bytes)) else np.asarray(value)
    if kind not in ("string", "object", "str"):
        array = np.asarray(array, kind)
    shape, sizes = np.shape(array), wanted.shape
    if sizes is None:  # nothing is said of the shape
        return array
    if len(shape) != len(sizes) or any(w not in (None, s) for s, w in zip(shape, sizes,
                                                                         strict=True)):  # fmt: skip
        raise UserError(
            f"Dataset.from_generator: an element's part has shape {shape}; `output_signature` says "
            f"{tuple(sizes)}."
        )
    return array


def repeated(epoch: Passes, size: float | None, count: int | None) -> Passes:
    """Passes that are `count` passes of another data set each; None: endless."""

    def passes(number: int, first: int) -> Iterator[Any]:
        # The passes of an endless data set are numbered far apart: none reaches the next.
        turns: Iterator[int] = itertools.count(number << 32)
        if count is not None:
            turns = iter(range(number * count, (number + 1) * count))
        if size in (None, 0, math.inf):
            return islice(_turn_by_turn(epoch, turns, 0), first, None)
        skipped, rest = divmod(first, int(size))
        return _turn_by_turn(epoch, islice(turns, skipped, None), rest)

    return passes


def _turn_by_turn(epoch: Passes, turns: Iterable[int], first: int) -> Iterator[Any]:
    """The elements of several passes, from element `first` of the first one on."""
    for turn in turns:
        empty = True
        for element in epoch(turn, first):
            empty = False
            yield element
        if empty:
            return  # for ever over nothing
        first = 0
