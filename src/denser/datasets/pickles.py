"""Pickled files read as data: lists of integers, and nothing in them can run.

A pickle is a program that may call whatever it names. Some data sets come as pickles, so they
are read with all names taken away but NumPy's array and type, and these make inert records
instead. NumPy's own code never sees what the file says of arrays.
"""

import io
import math
import pickle
import pickletools
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..core.budget import believe, damage
from ..core.messages import UnsafeFileError, UserError, bad_file
from .archives import MOST_PACKED


def read_npz(path: Path, *names: str) -> list[Any]:
    """Members of an `.npz` file: arrays, and object arrays of lists of integers as such lists.

    Args:
        path: The file.
        names: Members, without `.npy`.

    Raises:
        BrokenFileError: A member is missing or damaged; names file and member.
        UnsafeFileError: A member holds anything else.
    """
    with _opened(path) as archive:
        present = _names(archive)
        if missing := [name for name in names if name not in present]:
            there = ", ".join(sorted(present))
            raise bad_file(path, f"has no member {', '.join(missing)}; it has {there}.")
        for info in archive.infolist():
            place = f"{path}, {info.filename!r}"
            believe(info.file_size, info.compress_size, place, MOST_PACKED)
        return [_member(archive.read(f"{name}.npy"), f"{path}, {name!r}") for name in names]


def members(path: Path) -> set[str]:
    """The names of what an `.npz` file holds."""
    with _opened(path) as archive:
        return _names(archive)


def read_batch(data: bytes, where: str) -> dict[str, Any]:
    """A pickled dictionary of uint8 arrays, lists of integers or names, and names.

    The format of the CIFAR files, which Python 2 wrote: its strings come as bytes.

    Args:
        data: The pickle.
        where: What an error calls it.

    Raises:
        UnsafeFileError: It is damaged or holds anything else.
    """
    pickled = _load(io.BytesIO(data), where)
    if not isinstance(pickled, dict) or not all(type(key) in (bytes, str) for key in pickled):
        raise _refusal(where, "a dictionary with names as keys", pickled)
    return {_text(key): _entry(value, where) for key, value in pickled.items()}


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip file that an `.npz` file is."""
    with damage(path, "is damaged, delete it and get it again"):
        with zipfile.ZipFile(path) as archive:
            yield archive


def _names(archive: zipfile.ZipFile) -> set[str]:
    return {name.removesuffix(".npy") for name in archive.namelist()}


def _member(data: bytes, where: str) -> Any:
    """One `.npy` file."""
    file = io.BytesIO(data)
    with damage(where, "is not a NumPy array that denser reads"):
        version = np.lib.format.read_magic(file)
        header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = header(file)
        if not dtype.hasobject:
            if math.prod(shape) * dtype.itemsize != len(data) - file.tell():
                raise bad_file(where, f"claims the shape {shape} for {len(data):,} bytes.")
            file.seek(0)
            return np.lib.format.read_array(file, allow_pickle=False)
    return _integer_lists(_load(file, where), len(data), where)


class _Record:
    """What a pickle calls something with, and the state it then gives it; does nothing."""

    __slots__ = ("arguments", "state")

    def __init__(self, *arguments: Any):
        self.arguments, self.state = arguments, None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Array(_Record):
    """Arguments (type, (0,), b'b'); state (version, shape, dtype, column order, contents)."""

    __slots__ = ()


class _Dtype(_Record):
    """Arguments (code, ...)."""

    __slots__ = ()


_NAMES = {
    "numpy.core.multiarray._reconstruct": _Array,
    "numpy._core.multiarray._reconstruct": _Array,
    "numpy.ndarray": _Record,
    "numpy.dtype": _Dtype,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """The inert stand-in of a name; every other name is refused."""
        if f"{module}.{name}" not in _NAMES:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _NAMES[f"{module}.{name}"]


# How many bytes follow each opcode; below 0: a line, or as many as its first 1, 4, 4 or 8 say.
_FOLLOWING = {ord(op.code): op.arg.n if op.arg else 0 for op in pickletools.opcodes}
_LENGTHS = {-2: 1, -3: 4, -4: 4, -5: 8}
_PUT_LINE, _PUT_WORD = ord("p"), ord("r")  # what came last is kept under a number
_TWO_LINES = b"ci"  # a module and a name


def _fixed() -> re.Pattern[bytes]:
    """As many opcodes as there are with a fixed number of bytes behind them."""
    kinds: dict[int, bytes] = {}
    for code, count in _FOLLOWING.items():
        if count >= 0 and code != _PUT_WORD:
            kinds[count] = kinds.get(count, b"") + re.escape(bytes([code]))
    parts = [b"[%b].{%d}" % (codes, count) for count, codes in kinds.items()]
    return re.compile(b"(?:%b)*+" % b"|".join(parts), re.DOTALL)


_FIXED = _fixed()


def _check_numbers(data: bytes) -> None:
    """Refuse numbers of kept objects above the number of bytes, and strings longer than these: the
    unpickler makes room for all below, gigabytes for six bytes, before it looks further."""
    at, end = 0, len(data)
    while (at := _FIXED.match(data, at).end()) < end:  # type: ignore[union-attr]
        code, at = data[at], at + 1
        count = _FOLLOWING.get(code, 0)
        if count == -1:
            line, at = at, data.find(b"\n", at) + 1 or end
            number = int(data[line:at]) if code == _PUT_LINE else 0
            if code in _TWO_LINES:
                at = data.find(b"\n", at) + 1 or end
        else:
            size = _LENGTHS.get(count, count)
            number = int.from_bytes(data[at : at + size], "little")
            at += size + (number if code != _PUT_WORD else 0)
        if number > end or at > end:
            raise pickle.UnpicklingError("it claims more than its bytes hold")


def _load(file: io.BytesIO, where: str) -> Any:
    try:
        _check_numbers(bytes(file.getbuffer()[file.tell() :]))
        return _Reader(file, encoding="bytes").load()
    except Exception as error:  # damaged bytes can make the unpickler raise nearly anything
        reason = (
            f"was refused: it may hold integers and names only, but {error}. "
            "Get the file from its official address."
        )
        raise bad_file(where, reason, kind=UnsafeFileError) from error


def _integer_lists(pickled: Any, size: int, where: str) -> list[list[int]]:
    """Rows of integers; one row that stands in many places could make more than `size` bytes."""
    match pickled:
        case _Array(state=(_, (int(count),), _Dtype(), False, list(rows))) if count == len(rows):
            if all(type(row) is list and _holds(row, int) for row in rows):
                if sum(map(len, rows)) <= size:
                    return rows
    raise _refusal(where, "a one-dimensional array of lists of integers", pickled)


def _entry(value: Any, where: str) -> Any:
    """One value of a batch."""
    match value:
        case _ if _holds([value], int, bytes, str):
            return _text(value)
        case list() if _holds(value, int, bytes, str):
            return [_text(item) for item in value]
        case _Array(state=(_, tuple(shape), _Dtype(arguments=("u1" | b"u1", *_)), False, data)) if (
            _holds(shape, int) and type(data) is bytes
        ):
            if np.prod(shape, dtype=object) == len(data) and min(shape, default=0) >= 0:
                return np.frombuffer(data, np.uint8).reshape(shape)
    raise _refusal(where, "uint8 arrays, integers, names, or lists of these", value)


def _holds(values: Any, *types: type) -> bool:
    """Whether each value is of one of these very types; a bool is not an int."""
    return set(map(type, values)) <= set(types)


def _text(value: Any) -> Any:
    return value.decode("latin1") if type(value) is bytes else value


def _refusal(where: str, expected: str, pickled: Any) -> UserError:
    reason = f"must be {expected}; it holds {type(pickled).__name__.strip('_')}."
    return bad_file(where, reason, kind=UnsafeFileError)
