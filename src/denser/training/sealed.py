"""Sealed: plain data and arrays as bytes that end in their SHA-256, and back.

A number, text, a truth value, None, an array, and lists, tuples and dicts of them. The bytes are a
head in JSON, the arrays behind it, and the seal: nothing in them is run, and no bit of them changes
unnoticed.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..core.messages import bad_file

_MAGIC = b"denser checkpoint 1\n"
_LENGTH, _SEAL = 8, 32  # bytes of the head's length, and of a SHA-256
_ALIGNED = 64
_PLAIN = (type(None), bool, int, float, str)


def encode(value: Any) -> tuple[Any, list[Any]]:
    """A value in JSON's types, with numbers in the places of its arrays; and these arrays.

    Raises:
        TypeError: where something in it is no plain data.
    """
    arrays: list[Any] = []

    def one(value: Any) -> Any:
        if type(value) in _PLAIN:
            return value
        if type(value) is list:
            return list(map(one, value))
        if type(value) is tuple:
            return {"tuple": list(map(one, value))}
        if type(value) is dict:
            return {"dict": [[one(key), one(part)] for key, part in value.items()]}
        if isinstance(value, (jax.Array, np.ndarray, np.generic)) and _is_number(value.dtype):
            arrays.append(value)
            return {"array": len(arrays) - 1}
        raise TypeError(f"{type(value).__name__} is no plain data")

    return one(value), arrays


def is_plain(value: Any) -> bool:
    """Whether `encode` takes it."""
    try:
        encode(value)
    except (TypeError, RecursionError):
        return False
    return True


def plain_attributes(owner: Any) -> dict[str, Any]:
    """The attributes of an object that are plain data, and the states of those that have one."""
    found = {}
    for name, value in list(vars(owner).items()):  # a thread may be at work on it
        if hasattr(value, "load_state"):
            found[name] = value.save_state()
        elif is_plain(value):
            found[name] = value
    return found


def set_attributes(owner: Any, state: dict[str, Any]) -> None:
    """Give an object attributes that `plain_attributes` found."""
    for name, value in state.items():
        present = vars(owner).get(name)
        if hasattr(present, "load_state"):
            present.load_state(value)
        else:
            setattr(owner, name, value)


def seal(encoded: tuple[Any, list[Any]]) -> Any:
    """What `encode` gave as a bytearray; waits for arrays that are still being computed."""
    value, arrays = encoded
    begin, places = 0, []
    for array in arrays:
        places.append([array.dtype.name, list(array.shape), begin])
        begin += -(-array.nbytes // _ALIGNED) * _ALIGNED
    head = json.dumps({"value": value, "arrays": places}).encode()
    first = len(_MAGIC) + _LENGTH
    body = -(-(first + len(head)) // _ALIGNED) * _ALIGNED
    data = bytearray(body + begin + _SEAL)
    data[:first] = _MAGIC + len(head).to_bytes(_LENGTH, "little")
    data[first : first + len(head)] = head
    for array, (_, shape, start) in zip(arrays, places, strict=True):
        _view(data, array.dtype, shape, body + start)[...] = np.asarray(array)
    data[-_SEAL:] = hashlib.sha256(memoryview(data)[:-_SEAL]).digest()
    return data


def unseal(data: bytes, where: Any) -> Any:
    """The value that was encoded and sealed.

    Raises:
        BrokenFileError: where a bit of it has changed, or some are missing.
    """
    first = len(_MAGIC) + _LENGTH
    if len(data) < first + _SEAL or not data.startswith(_MAGIC):
        raise bad_file(where, "is not a checkpoint of denser's, or not all of it.")
    if hashlib.sha256(memoryview(data)[:-_SEAL]).digest() != data[-_SEAL:]:
        raise bad_file(where, "is damaged: its SHA-256 is not that of what was written.")
    end = first + int.from_bytes(data[len(_MAGIC) : first], "little")
    body = -(-end // _ALIGNED) * _ALIGNED
    try:
        head = json.loads(data[first:end])
        arrays = [
            _view(data, jnp.dtype(dtype), shape, body + begin)
            for dtype, shape, begin in head["arrays"]
        ]
        return _decoder(arrays)(head["value"])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise bad_file(where, f"is not written as checkpoints are: {error}.") from None


def _decoder(arrays: list[np.ndarray]) -> Callable[[Any], Any]:
    def one(value: Any) -> Any:
        if isinstance(value, list):
            return list(map(one, value))
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        if kind == "array":
            return arrays[content].copy()[()]  # of no axes: a number
        if kind == "tuple":
            return tuple(map(one, content))
        return {one(key): one(part) for key, part in content}

    return one


def _view(data: Any, dtype: Any, shape: list[int], begin: int) -> np.ndarray:
    """An array that lies in the bytes."""
    dtype = np.dtype(dtype)
    raw = np.frombuffer(data, np.uint8, int(np.prod(shape)) * dtype.itemsize, begin)
    return raw.view(dtype).reshape(shape)


def _is_number(dtype: Any) -> bool:
    return jnp.issubdtype(dtype, np.number) or jnp.issubdtype(dtype, np.bool_)
