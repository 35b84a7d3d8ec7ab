"""Frames: what scripts wrote of pandas that it has dropped since."""

import datetime
import functools
import importlib
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from ..patches import patches

_LEFT_OUT = ("infer_datetime_format", "mangle_dupe_cols", "warn_bad_lines", "date_parser", "prefix")


def install() -> None:
    """Give pandas its older names and arguments."""
    pandas = importlib.import_module("pandas")
    with warnings.catch_warnings(action="ignore"), suppress(KeyError):  # the option is new, or gone
        pandas.set_option("future.infer_string", False)  # text is of dtype object
    missing = {
        "datetime": datetime.datetime, "np": np, "read_csv": _read(pandas.read_csv),
        "read_table": _read(pandas.read_table), "get_dummies": _get_dummies(pandas.get_dummies),
        "value_counts": lambda values, *args, **kwargs: pandas.Series(values).value_counts(
            *args, **kwargs),
        "rolling_mean": lambda data, window, **kwargs: data.rolling(window, **kwargs).mean(),
        "rolling_std": lambda data, window, **kwargs: data.rolling(window, **kwargs).std(),
    }  # fmt: skip
    patches.put(pandas, **missing)
    for cls in (pandas.DataFrame, pandas.Series):
        older = {
            "as_matrix": _as_matrix, "append": _append, "ix": property(lambda self: self.loc),
            "iteritems": cls.items, "sort": _sort, "applymap": getattr(cls, "map", None),
        }  # fmt: skip
        patches.put(cls, **{name: value for name, value in older.items() if not hasattr(cls, name)})
        patches.put(cls, fillna=_fillna(cls.fillna))


def _as_matrix(self: Any, columns: Any = None) -> Any:
    return (self if columns is None else self[columns]).to_numpy()


def _append(self: Any, other: Any, ignore_index: bool = False, **kwargs: Any) -> Any:
    pandas = importlib.import_module("pandas")
    if isinstance(self, pandas.DataFrame):
        if isinstance(other, dict):
            other = pandas.DataFrame([other])
        elif isinstance(other, pandas.Series):
            other = other.to_frame().T
    others = other if isinstance(other, list) else [other]
    return pandas.concat([self, *others], ignore_index=ignore_index)


def _sort(self: Any, columns: Any = None, **kwargs: Any) -> Any:
    return self.sort_index(**kwargs) if columns is None else self.sort_values(columns, **kwargs)


def _read(read: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(read)
    def reading(*args: Any, **kwargs: Any) -> Any:
        for name in _LEFT_OUT:
            kwargs.pop(name, None)
        if kwargs.pop("delim_whitespace", False):
            kwargs["sep"] = r"\s+"
        if kwargs.pop("error_bad_lines", True) is False:
            kwargs["on_bad_lines"] = "skip"
        squeezed = kwargs.pop("squeeze", False)
        frame = read(*args, **kwargs)
        return frame.squeeze("columns") if squeezed else frame

    return reading


def _get_dummies(get_dummies: Callable[..., Any]) -> Callable[..., Any]:
    """Columns of 0 and 1, not of truth."""

    @functools.wraps(get_dummies)
    def dummies(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 8 and kwargs.get("dtype") is None:
            kwargs["dtype"] = np.uint8
        return get_dummies(*args, **kwargs)

    return dummies


def _fillna(fillna: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fillna)
    def filling(self: Any, value: Any = None, method: str | None = None, **kwargs: Any) -> Any:
        if method is None:
            return fillna(self, value, **kwargs)
        return (self.ffill if method in ("ffill", "pad") else self.bfill)(**kwargs)

    return filling
