"""Sequences of different lengths, brought to one."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.messages import UserError, bad_argument, short


def pad_sequences(
    sequences: Iterable[Any],
    maxlen: int | None = None,
    dtype: str = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Bring sequences to one length: short ones are filled up, long ones cut.

    Shapes:
        sequences: (count) sequences of shape (length, ...) -> (count, maxlen, ...)

    Args:
        sequences: Lists or arrays; all but their first axis must agree.
        maxlen: The length; None: that of the longest.
        dtype: Type of the result.
        padding: 'pre' or 'post': where `value` is put.
        truncating: 'pre' or 'post': where long ones lose items.
        value: What is put.

    Example:
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    for name, word in (("padding", padding), ("truncating", truncating)):
        if word not in ("pre", "post"):
            raise bad_argument("pad_sequences", name, "'pre' or 'post'", word)
    rows = list(sequences)
    for row in rows:
        if not hasattr(row, "__len__"):
            raise UserError(f"pad_sequences: expected sequences of numbers; got {short(row)}.")
    length = max(map(len, rows), default=0) if maxlen is None else maxlen
    inner = next((np.asarray(row).shape[1:] for row in rows if len(row)), ())
    if isinstance(value, str) and np.dtype(dtype) != object and np.dtype(dtype).kind not in "SU":
        raise UserError(f"pad_sequences: `value` is text; give dtype=object, not {dtype!r}.")
    padded = np.full((len(rows), length, *inner), value, dtype=dtype)
    for number, row in enumerate(rows):
        if not len(row) or not length:
            continue
        kept = np.asarray(row[-length:] if truncating == "pre" else row[:length], dtype=dtype)
        if kept.shape[1:] != inner:
            raise UserError(
                f"pad_sequences: sequence {number} has items of shape {kept.shape[1:]}; the first "
                f"one has {inner}."
            )
        if padding == "pre":
            padded[number, -len(kept) :] = kept
        else:
            padded[number, : len(kept)] = kept
    return padded
