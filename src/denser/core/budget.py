"""Budget: what reading one file may take, counted before it is taken.

Whoever reads a file of unknown origin does it `with reading(file)`. What is about to grow (bytes
unpacked, objects made, arrays allocated) is counted first, and the file is refused where a limit
would be passed: nothing that a file says of its size is believed until the bytes present make it
likely.
"""

import math
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from .messages import UnsafeFileError, UserError, bad_argument, bad_file, unknown_argument

# What a few bytes may claim to be: so much at least, or so many times themselves. Deflate packs the
# text of a vocabulary 4 times, arrays hardly; a file made to fill the memory packs 1,000 times.
_SMALL, _MOST_PACKED = 2**25, 20
_MOST_STEPS = 2**12  # that an argument of a layer may make Python go


def _memory() -> int:
    """The bytes of memory this machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return 2**34


@dataclass(frozen=True)
class Limits:
    """What one file may take while it is read.

    Args:
        bytes: Unpacked from the file, and allocated for the weights its config describes.
        text: Bytes of a config or another JSON text.
        depth: How deep a config's lists and dicts may stand in one another.
        layers: Objects that a config describes: layers, initializers, losses ...
        weights: Arrays.
        seconds: Time, looked at before each of these is taken.
    """

    bytes: int = _memory()
    text: int = 2**24
    depth: int = 200
    layers: int = 100_000
    weights: int = 1_000_000
    seconds: float = 600.0


class _Local(threading.local):
    """The limits of the present thread, and the budget of the file it is reading."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.budget: Budget | None = None


_local = _Local()


@contextmanager
def limits(**changes: float) -> Iterator[Limits]:
    """Within the `with`, files are read under other limits: see `Limits` for their names.

    Example:
        >>> with limits(seconds=5, bytes=10**9) as now:
        ...     now.seconds
        5
    """
    names = [field.name for field in fields(Limits)]
    for name, value in changes.items():
        if name not in names:
            raise unknown_argument("limits", name, names)
        if not isinstance(value, (int, float)) or not value > 0:
            raise bad_argument("limits", name, "a positive number", value)
    before, _local.limits = _local.limits, replace(_local.limits, **changes)  # type: ignore[arg-type]
    try:
        yield _local.limits
    finally:
        _local.limits = before


class Budget:
    """What the reading of one file has taken so far, against the limits.

    Args:
        file: The file's name, for errors.
        present: The bytes it has for weights; None where weights do not come from it.
    """

    def __init__(self, file: str, present: int | None = None):
        self.file, self.present, self.limits = file, present, _local.limits
        self.ends = time.monotonic() + self.limits.seconds
        self.taken: Counter[str] = Counter()

    def take(self, what: str, amount: int = 1, place: str = "") -> None:
        """Count `amount` more of `bytes`, `layers` or `weights`.

        Raises:
            UnsafeFileError: where this, or the time, is more than the limits allow.
        """
        self.taken[what] += amount
        self.within(what, self.taken[what], place)
        if time.monotonic() > self.ends:
            raise self._refusal("seconds", place)

    def within(self, what: str, amount: float, place: str = "") -> None:
        """Raise where `amount` is more than the limit of that name."""
        if amount > getattr(self.limits, what):
            raise self._refusal(what, place)

    def take_weight(self, shape: tuple[int, ...], itemsize: int, place: str = "") -> None:
        """Count a weight that a config describes, before its array is made."""
        size = math.prod(shape) * itemsize
        self.take("weights", place=place)
        self.take("bytes", size, place)
        self.taken["made"] += size
        if self.present is not None:
            believe(self.taken["made"], self.present, f"{self.file}: weight '{place}'")

    def _refusal(self, what: str, place: str) -> UserError:
        inside = f"{self.file}: {place}" if place else self.file
        reason = (
            f"passes the limit {what}={getattr(self.limits, what):,}; not read. If it may, read it "
            f"within `with denser.saving.limits({what}=...)`."
        )
        return bad_file(inside, reason, kind=UnsafeFileError)


def budget() -> Budget | None:
    """The budget of the file that this thread is reading, or None."""
    return _local.budget


@contextmanager
def reading(file: Any, present: int | None = None) -> Iterator[Budget]:
    """Within the `with`, what is made counts as made for `file`; a file within a file counts for
    the outer one."""
    before = _local.budget
    _local.budget = before or Budget(str(file), present)
    try:
        yield _local.budget
    finally:
        _local.budget = before


def believe(claimed: int, present: int, place: str, times: int = _MOST_PACKED) -> None:
    """Raise where `present` bytes claim to be so many more that they were made to deceive."""
    if claimed > max(_SMALL, times * present):
        reason = f"claims {claimed:,} bytes, the file holds {present:,} of them; not read."
        raise bad_file(place, reason, kind=UnsafeFileError)


def allocate(shape: tuple[int, ...], dtype: Any, name: str) -> None:
    """Count a weight for the file that is being read, if there is one, before it is made."""
    if _local.budget is not None:
        _local.budget.take_weight(shape, np.dtype(dtype).itemsize, name)


def allow_steps(steps: int, argument: str) -> None:
    """Raise where a config that is being read asks for a program of so many written-out steps."""
    if _local.budget is not None and steps > _MOST_STEPS:
        place = f"{_local.budget.file}: `{argument}`"
        reason = f"asks for {steps:,} steps; more than {_MOST_STEPS:,} are not made for a file."
        raise bad_file(place, reason, kind=UnsafeFileError)


@contextmanager
def damage(place: Any, says: str = "cannot be read") -> Iterator[None]:
    """Tell whatever damaged bytes make a parser raise as a damaged file, with its place."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # zip, HDF5, JSON and NumPy raise nearly anything on damaged bytes
        detail = str(error) or type(error).__name__
        raise bad_file(place, f"{says}: {detail.rstrip('.')}.") from None
