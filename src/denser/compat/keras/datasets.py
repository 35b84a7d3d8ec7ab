"""Data sets by the arguments they once had."""

from typing import Any

import numpy as np

from ...datasets import imdb, reuters
from ..era import eras
from ..notes import note


def _today(kwargs: dict[str, Any]) -> dict[str, Any]:
    if "nb_words" in kwargs:
        note("load_data(nb_words=)", "load_data(num_words=)")
        kwargs["num_words"] = kwargs.pop("nb_words")
    return kwargs


def imdb_load_data(*args: Any, test_split: float | None = None, **kwargs: Any) -> Any:
    """`imdb.load_data`; `test_split` divides all reviews anew, as it did before Keras 1.0."""
    (x_train, y_train), (x_test, y_test) = imdb.load_data(*args, **_today(kwargs))
    if test_split is not None:
        x = np.concatenate([x_train, x_test])
        y = np.concatenate([y_train, y_test])
        at = int(len(x) * (1 - test_split))
        x_train, y_train, x_test, y_test = x[:at], y[:at], x[at:], y[at:]
    if eras.present() == "1":  # lists, which scripts then join with +
        x_train, x_test = _object(x_train), _object(x_test)
    return (x_train, y_train), (x_test, y_test)


def _object(rows: Any) -> np.ndarray:
    made = np.empty(len(rows), object)
    made[:] = [list(row) for row in rows]
    return made


def reuters_load_data(*args: Any, **kwargs: Any) -> Any:
    """`reuters.load_data` by its older arguments."""
    return reuters.load_data(*args, **_today(kwargs))
