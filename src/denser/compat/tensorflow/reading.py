"""tf.data of files: their names, their lines, their records."""

import glob
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.messages import UserError
from ...preprocessing.dataset import Dataset
from .records import read_records
from .tensor import unwrap


def list_files(
    file_pattern: Any, shuffle: bool | None = None, seed: int | None = None, name: Any = None
) -> Dataset:
    """The names of the files that fit a pattern, or some patterns."""
    given = unwrap(file_pattern)
    patterns = [given] if isinstance(given, (str, bytes, os.PathLike)) else list(given)
    names = sorted(n for p in patterns for n in glob.glob(_path(p)))
    if not names:
        raise UserError(f"tf.data.Dataset.list_files: no file fits {patterns}.")
    dataset = Dataset.from_tensor_slices(np.array([n.encode() for n in names], object))
    return dataset if shuffle is False else dataset.shuffle(len(names), seed)


def _path(pattern: Any) -> str:
    pattern = pattern.item() if isinstance(pattern, np.ndarray) else pattern
    return pattern.decode() if isinstance(pattern, bytes) else os.fspath(pattern)


def _paths(filenames: Any) -> list[str]:
    if isinstance(filenames, Dataset):
        return [_path(x) for x in filenames.epoch(0)]
    given = unwrap(filenames)
    return [_path(x) for x in ([given] if isinstance(given, (str, bytes, os.PathLike))
                               or getattr(given, "ndim", 1) == 0 else list(given))]  # fmt: skip


def _lines(paths: list[str]) -> Iterator[bytes]:
    for path in paths:
        with open(path, "rb") as file:
            yield from (line.rstrip(b"\r\n") for line in file)


class TextLineDataset(Dataset):
    """The lines of text files."""

    def __new__(cls, filenames: Any, *args: Any, **kwargs: Any) -> Any:
        """A Dataset of the lines."""
        paths = _paths(filenames)
        return Dataset.from_generator(lambda: _lines(paths))

    def __init__(self, *args: Any, **kwargs: Any):
        """Nothing more to do."""


class TFRecordDataset(Dataset):
    """The records of TFRecord files, as bytes."""

    def __new__(
        cls, filenames: Any, compression_type: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """A Dataset of the records."""
        paths, kind = _paths(filenames), compression_type
        return Dataset.from_generator(lambda: (r for p in paths for r in read_records(p, kind)))

    def __init__(self, *args: Any, **kwargs: Any):
        """Nothing more to do."""
