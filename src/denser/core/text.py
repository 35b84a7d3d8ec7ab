"""Text: strings live on the host, in NumPy's arrays; JAX has none."""

from typing import Any

import numpy as np

from .messages import UserError, UserTypeError, short

_WORDS = (str, bytes)


def is_text(x: Any) -> bool:
    """Whether `x` is a string, or an array or nested list of strings, of some library."""
    if isinstance(x, (list, tuple)):  # of words; one of arrays is several things
        while isinstance(x, (list, tuple)) and x:
            x = x[0]
        return isinstance(x, _WORDS)
    if isinstance(x, _WORDS):
        return True
    dtype = getattr(x, "dtype", None)
    if dtype is None or not hasattr(x, "shape"):
        return False
    kind = getattr(dtype, "kind", "U" if "string" in str(dtype) else "")  # TensorFlow's has none
    if kind == "O":
        flat = np.asarray(x).ravel()
        return flat.size > 0 and isinstance(flat[0], _WORDS)
    return kind in "SUT" and kind != ""


def as_text(x: Any) -> np.ndarray:
    """Strings in whatever form as an array of Python's `str` and `bytes`."""
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    elif hasattr(x, "numpy") and not isinstance(x, np.ndarray):
        x = x.numpy()
    words = np.asarray(x, dtype=object)
    if words.size and isinstance(words.flat[0], (list, tuple)):
        raise UserError(
            "Text in rows of different lengths is no array. Fill the rows up with '', or join the "
            "words of each to one string."
        )
    return words


def as_bytes(x: Any, encoding: str = "utf-8") -> np.ndarray:
    """Strings in whatever form as an array of `bytes` in UTF-8.

    Args:
        x: Strings.
        encoding: What `bytes` among them are encoded in.

    Raises:
        UserTypeError: for what is no string.
    """
    words = as_text(x)
    flat = [_as_bytes(word, encoding) for word in words.ravel().tolist()]
    out = np.empty(len(flat), object)
    out[:] = flat
    return out.reshape(words.shape)


def _as_bytes(word: Any, encoding: str) -> bytes:
    if isinstance(word, str):
        return word.encode("utf-8", "surrogateescape")
    if isinstance(word, bytes):
        return word if encoding == "utf-8" else word.decode(encoding).encode()
    raise UserTypeError(f"Expected strings; got {short(word)}.")


def as_str(word: Any) -> str:
    """A word in UTF-8 as Python's `str`."""
    return str(word, "utf-8", "surrogateescape") if isinstance(word, bytes) else str(word)
