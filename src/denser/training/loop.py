"""loop: the host's side of `fit`. It feeds chunks, reads metrics and calls callbacks, and knows
nothing of layers.
"""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from .data.chunk import Chunk

_WATCHED, _UNWATCHED = 0.1, 0.5  # seconds a program may run where a bar is drawn, where none is


class Pace:
    """How many steps make a program run for some tenths of a second.

    Args:
        unit: Steps that are computed together: what comes of them must not hang on the clock.
    """

    def __init__(self, unit: int = 1) -> None:
        self.unit = unit
        self.step_seconds: float | None = None

    def count(self, watched: bool) -> int:
        """Steps for the next program."""
        if self.step_seconds is None:
            return max(2, self.unit)  # a step may take seconds; Ctrl-C waits for the program
        aim = _WATCHED if watched else _UNWATCHED
        return -(-max(1, int(aim / max(self.step_seconds, 1e-7))) // self.unit) * self.unit

    def learn(self, steps: int, seconds: float) -> None:
        """Take in that so many steps took so long."""
        each = seconds / steps
        self.step_seconds = each if self.step_seconds is None else (self.step_seconds + each) / 2


def split_partial(chunk: Chunk) -> Iterator[Chunk]:
    """A chunk as one with whole batches only and one with the last, smaller batch."""
    whole, rest = divmod(chunk.rows, chunk.batch_size)
    last = chunk.first + chunk.steps
    if last <= whole:
        yield chunk
        return
    if whole > chunk.first:
        yield chunk._replace(steps=whole - chunk.first)
    if rest:
        begin = whole * chunk.batch_size
        yield Chunk(chunk.arrays, chunk.order[begin : begin + rest], rest, 0, 1, rest)


class Unkept:
    """A run of which nothing is kept: what `fit` and the loop tell a `resume.Keeper`."""

    first = 0  # the batch to begin an epoch with
    logs: dict[str, Any] = {}  # those of the batches before it
    trained = False  # whether validation alone is left of the epoch

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def check(self, sources: Any, arguments: dict[str, Any]) -> None:
        """Raise where a run cannot go on with this model and these data."""

    def begin(self, hooks: Any, epoch: int) -> int:
        """`on_train_begin` is over; returns the epoch to begin with."""
        return epoch

    def enter(self, epoch: int, phase: Any) -> None:
        """`on_epoch_begin` is over."""

    def room(self, step: int) -> int:
        """Batches that may run behind the first `step` of an epoch before the run is kept."""
        return sys.maxsize

    def reached(self, step: int, logs: dict[str, Any]) -> None:
        """The state and `logs` are now those behind the first `step` batches of the epoch, though
        they may still have to be computed."""

    def hold(self, logs: dict[str, Any]) -> None:
        """An epoch's batches are over, and validation begins."""

    def stopped(self) -> None:
        """Somebody has ended the run within an epoch."""

    def epoch_ended(self, epoch: int, logs: dict[str, Any], last: bool) -> None:
        """`on_epoch_end` is over; `epoch` is the next one, if this was not the last."""


class Epoch:
    """All batches of one epoch; the next program is started before the last one's logs are read.

    Args:
        dispatch: Starts `count` steps of a chunk from batch `first`; gives the logs to come, and
            whether it had to compile a program for them.
        hooks: A `callbacks.Phase`: how many batches may run before a hook is due, and the hooks.
        pace: How many steps make a program.
        stopped: Whether to end before the next program.
        keep: What keeps the run, and knows with which batch to begin.
    """

    def __init__(
        self,
        dispatch: Callable[[Chunk, int, int], tuple[dict[str, Any], bool]],
        hooks: Any,
        pace: Pace,
        stopped: Callable[[], bool],
        keep: Any,
    ):
        self.dispatch, self.hooks, self.pace, self.stopped = dispatch, hooks, pace, stopped
        self.keep = keep
        self.step, self.logs = keep.first, dict(keep.logs)
        self._waiting: Any = None
        self._clock = 0.0

    def run(self, chunks: Iterator[Chunk]) -> dict[str, Any]:
        """Go through the chunks; returns the last logs, as numbers."""
        for chunk in chunks:
            first, last = chunk.first, chunk.first + chunk.steps
            while first < last and not self.stopped():
                first += self._start(chunk, first, last - first)
            if self.stopped():
                break
        self._settle()
        self.hooks.end(self.step - 1, self.logs)
        return self.logs

    def _start(self, chunk: Chunk, first: int, most: int) -> int:
        """Start the next program, of at most `most` steps; returns how many it has."""
        room, most = self.hooks.room(self.step), min(most, self.keep.room(self.step))
        count = min(most, self.pace.count(self.hooks.watched), most if room is None else room)
        self.hooks.begin(self.step)
        if self._waiting is None:
            self._clock = time.perf_counter()
        pending, fresh = self.dispatch(chunk, first, count)
        self.step += count
        self._settle()
        self._waiting = (self.step, count, pending, fresh)
        if fresh or count == room:
            self._settle()
        if count == room:
            self.hooks.end(self.step - 1, self.logs)
        self.keep.reached(self.step, pending)
        return count

    def _settle(self) -> None:
        """Wait for the program that is under way, learn its time, show its logs."""
        if self._waiting is None:
            return
        (done, count, pending, fresh), self._waiting = self._waiting, None
        self.logs = as_numbers(pending)
        now = time.perf_counter()
        if not fresh:  # else it was compiled meanwhile
            self.pace.learn(count, now - self._clock)
        self._clock = now
        self.hooks.look(done - 1, self.logs)


def parts(chunks: Iterator[Chunk], pads: bool) -> Iterator[Chunk]:
    """The chunks, those with a partial batch in two where that may not be filled up."""
    for chunk in chunks:
        yield from [chunk] if pads else split_partial(chunk)


def as_numbers(logs: Any) -> dict[str, Any]:
    """Device scalars as Python's floats; waits for them."""
    values = jax.device_get(list(logs.values()))
    return {
        key: float(value) if np.ndim(value) == 0 else np.asarray(value)
        for key, value in zip(logs, values, strict=True)
    }
