"""Kept: the elements of a data set's first pass, in memory or in a file."""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..core.budget import damage
from ..core.tensor import leaves
from ..core.text import as_bytes, as_str

_passes = itertools.count()  # of this process, each with a file of its own until it is whole


class Kept:
    """Elements that are made in the first whole pass, and found again in the later ones.

    Args:
        start: Gives the elements of the first pass.
    """

    def __init__(self, start: Callable[[], Iterator[Any]]):
        self.start = start
        self.elements: list[Any] | None = None

    def passes(self, number: int, first: int) -> Iterator[Any]:
        """The elements, from number `first` on; whatever pass it is they are those of the first."""
        if self.elements is not None:
            yield from islice(self.elements, first, None)
            return
        found = []
        for at, element in enumerate(self.start()):
            found.append(element)
            if at >= first:
                yield element
        self.elements = found


class KeptInFile:
    """Elements that a file keeps, one after another, also for later runs.

    The file holds for each element a line of JSON (how it is nested) and its leaves in NumPy's own
    format, without pickle: words as their lengths and their bytes, for NumPy's own words lose the
    zeros at their end. A pass that ends early leaves no file.

    Args:
        start: Gives the elements of the first pass.
        path: The file's path, without its suffix.
    """

    def __init__(self, start: Callable[[], Iterator[Any]], path: str | os.PathLike):
        self.start = start
        self.path = Path(f"{os.fspath(path)}.cache")

    def passes(self, number: int, first: int) -> Iterator[Any]:
        """The elements, from number `first` on."""
        elements = self._read() if self.path.exists() else self._written()
        yield from islice(elements, first, None)

    def _written(self) -> Iterator[Any]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}-{next(_passes)}.part")
        try:
            with open(part, "wb") as file:
                for element in self.start():
                    _write(file, element)
                    yield element
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)

    def _read(self) -> Iterator[Any]:
        with open(self.path, "rb") as file:
            while line := file.readline():
                with damage(self.path, "cannot be read; delete it, it is made anew"):
                    element = _nested(json.loads(line), file)
                yield element


def _write(file: IO[bytes], element: Any) -> None:
    file.write(json.dumps(_form(element)).encode() + b"\n")
    for leaf in leaves(element):
        if leaf is not None:
            for array in _packed(leaf) if _is_words(leaf) else [np.asarray(leaf)]:
                np.lib.format.write_array(file, array, allow_pickle=False)


def _form(element: Any) -> Any:
    """How an element is nested, as JSON."""
    if isinstance(element, dict):
        return {"dict": [[key, _form(part)] for key, part in element.items()]}
    if isinstance(element, tuple):
        return {"tuple": [_form(part) for part in element]}
    if element is None:
        return None
    if not _is_words(element):
        return "array"
    first = next(iter(np.asarray(element, object).flat), "")
    return "bytes" if isinstance(first, bytes) else "text"


def _is_words(leaf: Any) -> bool:
    return isinstance(leaf, (str, bytes)) or np.asarray(leaf).dtype.kind in "OU"


def _packed(words: Any) -> tuple[np.ndarray, np.ndarray]:
    """(the lengths of words, in their shape, the bytes of all)."""
    words = as_bytes(words)
    flat = words.ravel().tolist()
    lengths = np.array([len(word) for word in flat], np.int64).reshape(words.shape)
    return lengths, np.frombuffer(b"".join(flat), np.uint8)


def _nested(form: Any, file: IO[bytes]) -> Any:
    if isinstance(form, dict) and "dict" in form:
        return {key: _nested(part, file) for key, part in form["dict"]}
    if isinstance(form, dict):
        return tuple(_nested(part, file) for part in form["tuple"])
    if form is None:
        return None
    array = np.lib.format.read_array(file, allow_pickle=False)
    if form != "array":
        array = _unpacked(form, array, np.lib.format.read_array(file, allow_pickle=False))
    return array if array.ndim else array[()]


def _unpacked(form: str, lengths: np.ndarray, joined: np.ndarray) -> np.ndarray:
    """What `_packed` was given."""
    data, words = joined.tobytes(), np.empty(lengths.size, object)
    ends = lengths.ravel().cumsum()
    flat = [data[end - n : end] for n, end in zip(lengths.ravel(), ends, strict=True)]
    words[:] = flat if form == "bytes" else [as_str(word) for word in flat]
    return words.reshape(lengths.shape)
