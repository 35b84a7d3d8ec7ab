"""tf.data of CSV files: rows as tuples, or batches of columns by name."""

import csv
import glob
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.messages import UserError
from ...preprocessing.dataset import Dataset
from .dtypes import DType, as_dtype
from .tensor import unwrap

_INT32 = np.iinfo(np.int32)


def _files(pattern: Any) -> list[str]:
    given = [pattern] if isinstance(pattern, str) or not hasattr(pattern, "__iter__") else pattern
    names = [n for p in given for n in sorted(glob.glob(str(p))) or [str(p)]]
    return [unwrap(name) for name in names]


def _rows(path: str, delimiter: str, quotes: bool) -> Iterator[list[str]]:
    quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
    with open(path, newline="", encoding="utf-8") as file:
        yield from (row for row in csv.reader(file, delimiter=delimiter, quoting=quoting) if row)


def _value(text: str, dtype: str) -> Any:
    return text.encode() if dtype == "string" else np.dtype(dtype).type(float(text))


class _Column:
    """The type of a column and what stands where a row has nothing."""

    def __init__(self, default: Any):
        values = np.atleast_1d(np.asarray(unwrap(default)))
        if isinstance(default, (DType, type)):
            self.dtype, self.default = as_dtype(default).name, None
        elif values.dtype.kind in "SUO":
            self.dtype, self.default = "string", str(values[0]) if len(values) else None
        else:
            self.dtype = {"i": "int32", "f": "float32"}.get(values.dtype.kind, values.dtype.name)
            self.default = str(values[0]) if len(values) else None

    def read(self, text: str, missing: str) -> Any:
        """The value of a field."""
        if text != missing:
            return _value(text, self.dtype)
        if self.default is None:
            raise UserError("CsvDataset: a field is empty whose column has no default.")
        return _value(self.default, self.dtype)


def csv_dataset(
    filenames: Any, record_defaults: Any, compression_type: Any = None, buffer_size: Any = None,
    header: bool = False, field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "",
    select_cols: Any = None, exclude_cols: Any = None,
) -> Dataset:  # fmt: skip
    """The rows of CSV files, each a tuple of its columns.

    Args:
        filenames: One or several.
        record_defaults: Of each column its type, or the value where it is empty.
        header: Whether the first line is left out.
        select_cols, exclude_cols: The numbers of the columns to take, or not to take.
    """
    columns = list(map(_Column, record_defaults))

    def rows() -> Iterator[tuple]:
        for path in _files(filenames):
            for number, row in enumerate(_rows(path, field_delim, use_quote_delim)):
                if header and not number:
                    continue
                left_out = exclude_cols or ()
                chosen = select_cols or [i for i in range(len(row)) if i not in left_out]
                fields = zip(columns, (row[i] for i in chosen), strict=True)
                yield tuple(column.read(text, na_value) for column, text in fields)

    return Dataset.from_generator(rows)


def _column_of(texts: list[str], missing: str, default: Any) -> np.ndarray:
    """A column as an array of the narrowest type that holds it."""
    if default is not None:
        column = _Column(default)
        return _array([column.read(t, missing) for t in texts], column.dtype)
    given = [t for t in texts if t != missing]
    if not all(map(_is_number, given)):
        return _array([t.encode() for t in texts], "string")
    if any(not t.strip().lstrip("+-").isdigit() for t in given):
        return np.asarray([float(t) if t != missing else 0.0 for t in texts], np.float32)
    whole = [int(t) if t != missing else 0 for t in texts]
    narrow = all(_INT32.min <= n <= _INT32.max for n in whole)
    return np.asarray(whole, np.int32 if narrow else np.int64)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _array(values: list[Any], dtype: str) -> np.ndarray:
    return np.asarray(values, object if dtype == "string" else dtype)


def make_csv_dataset(
    file_pattern: Any, batch_size: int, column_names: Any = None, column_defaults: Any = None,
    label_name: str | None = None, select_columns: Any = None, field_delim: str = ",",
    use_quote_delim: bool = True, na_value: str = "", header: bool = True,
    num_epochs: int | None = None, shuffle: bool = True, shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None, **kwargs: Any,
) -> Dataset:  # fmt: skip
    """Batches of the columns of CSV files by name, or (columns, labels) with `label_name`.

    Args:
        file_pattern: Names or patterns of the files.
        batch_size: Rows of a batch.
        column_names: The names, where the files do not have them.
        column_defaults: Types or defaults; None: found out.
        select_columns: The names to take.
        num_epochs: How often to go through the rows; None: without end.
    """
    names, rows = column_names, []
    for path in _files(file_pattern):
        lines = list(_rows(path, field_delim, use_quote_delim))
        if header:
            names = names or lines[0]
            lines = lines[1:]
        rows += lines
    if names is None:
        raise UserError("make_csv_dataset: the files have no header: give `column_names`.")
    chosen = list(names) if select_columns is None else [
        names[c] if isinstance(c, int) else c for c in select_columns
    ]  # fmt: skip
    defaults = [None] * len(chosen) if column_defaults is None else column_defaults
    columns = {
        name: _column_of([row[names.index(name)] for row in rows], na_value, default)
        for name, default in zip(chosen, defaults, strict=True)
    }
    labels = columns.pop(label_name) if label_name is not None else None
    dataset = Dataset.from_tensor_slices(columns if labels is None else (columns, labels))
    if shuffle:
        dataset = dataset.shuffle(min(shuffle_buffer_size, len(rows)), shuffle_seed)
    return dataset.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None)
