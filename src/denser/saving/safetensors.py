"""Weights as safetensors: a JSON header with each array's type, shape and place, then the bytes.

Arrays have the names that a `.weights.h5` file has for them, `layers/dense/0`.
Source: https://github.com/huggingface/safetensors, format of version 0.3.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import jax.numpy as jnp
import numpy as np

from ..core.budget import Budget, damage, reading
from ..core.messages import UserError, bad_file, short
from . import strict_json
from .hdf5 import give_weights
from .seal import sealed_file
from .tree import owners

ENDING = ".safetensors"
_TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip
_SPELT = {name: code for code, name in _TYPES.items()}
_HEAD = 8  # bytes of the header's length, which the header follows
_DIGEST = "sha256"


def write_tensors(arrays: Mapping[str, Any]) -> bytes:
    """Arrays by name as the bytes of a file."""
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    start = 0
    for name, value in arrays.items():
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        if array.dtype.name not in _SPELT:
            raise UserError(f"{name}: safetensors has no type for {array.dtype.name}.")
        parts.append(array.tobytes())
        end = start + array.nbytes
        code, shape = _SPELT[array.dtype.name], list(array.shape)
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [start, end]}
        start = end
    data = b"".join(parts)
    header["__metadata__"] = {"format": "denser", _DIGEST: _digest(header, data)}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(_HEAD, "little") + text + data


def _digest(header: dict[str, Any], data: bytes) -> str:
    """SHA-256 of what the header says of the arrays, and of their bytes."""
    told = {name: part for name, part in header.items() if name != "__metadata__"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode() + data).hexdigest()


def read_tensors(path: Path, budget: Budget) -> dict[str, np.ndarray]:
    """The arrays of a file by name.

    Raises:
        BrokenFileError: where the header and the bytes do not belong together.
    """
    where = str(path)
    with sealed_file(path, where) as (file, _), damage(where):  # no device or pipe, that is
        header, data = _header_and_data(file, where, budget)
    metadata = header.pop("__metadata__", None) or {}
    ours, digest = metadata.get("format") == "denser", metadata.get(_DIGEST)
    if (ours or digest is not None) and not (ours and digest == _digest(header, data)):
        raise bad_file(where, "its bytes are not those that were written (SHA-256): damaged.")
    found, end = {}, 0
    for name, told in sorted(header.items(), key=lambda item: _start(item, where)):
        budget.take("weights", place=name)
        found[name], end = _array(told, data, end, f"{where}/{name}")
    if end != len(data):
        raise bad_file(where, f"has {len(data) - end:,} bytes behind its arrays.")
    return found


def _header_and_data(file: BinaryIO, where: str, budget: Budget) -> tuple[dict[str, Any], bytes]:
    size = file.seek(0, 2)
    file.seek(0)
    length = int.from_bytes(file.read(_HEAD), "little")
    if size < _HEAD + 2 or length > size - _HEAD:
        raise bad_file(where, f"claims a header of {length:,} bytes in a file of {size:,}.")
    budget.within("text", length, "header")
    budget.take("bytes", size, "arrays")
    header = strict_json.parse(file.read(length), f"{where}/header", budget)
    if not isinstance(header, dict) or not all(isinstance(v, dict) for v in header.values()):
        raise bad_file(where, "its header is no table of arrays.")
    return header, file.read()


def _start(item: tuple[str, dict[str, Any]], where: str) -> int:
    offsets = item[1].get("data_offsets")
    if not isinstance(offsets, list) or len(offsets) != 2:
        raise bad_file(f"{where}/{item[0]}", "does not say where its bytes are.")
    if not all(type(n) is int for n in offsets):
        raise bad_file(f"{where}/{item[0]}", f"has its bytes at {short(offsets)}.")
    return offsets[0]


def _array(told: dict[str, Any], data: bytes, after: int, place: str) -> tuple[np.ndarray, int]:
    """One array, whose bytes follow the one before it, and where they end."""
    (start, end), shape, code = told["data_offsets"], told.get("shape"), told.get("dtype")
    if code not in _TYPES:
        raise bad_file(place, f"is of the type {short(code)}, which is unknown.")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise bad_file(place, f"has the shape {short(shape)}.")
    dtype = jnp.dtype(_TYPES[code])
    if start != after or not start <= end <= len(data):
        raise bad_file(place, f"has its bytes at {start:,} to {end:,}, where they cannot be.")
    if math.prod(shape) * dtype.itemsize != end - start:
        raise bad_file(place, f"has {end - start:,} bytes for the shape {shape}.")
    return np.frombuffer(data, dtype, math.prod(shape), start).reshape(shape), end


def write_safetensors(model: Any) -> bytes:
    """The states of a model's objects as the bytes of a file."""
    arrays: dict[str, Any] = {}
    for path, owner in owners(model):
        owner.save_own_variables(store := {})
        for name, value in store.items():
            key = f"{path}/{name}" if path else str(name)
            arrays[key] = np.asarray(getattr(value, "value", value))
    return write_tensors(arrays)


def read_safetensors(model: Any, path: Path, skip_mismatch: bool = False) -> None:
    """Give a model's objects the states that `write_safetensors` wrote."""
    with reading(str(path)) as budget:
        arrays = read_tensors(path, budget)
        groups: dict[str, dict[str, np.ndarray]] = {}
        for key, array in arrays.items():
            owner, _, name = key.rpartition("/")
            groups.setdefault(owner, {})[name] = array
        give_weights(
            model,
            lambda owner: Tensors(groups.get(owner, {}), f"{path}/{owner}"),
            str(path),
            skip_mismatch,
        )


class Tensors(Mapping):
    """One object's arrays, as `hdf5.Group` has them."""

    def __init__(self, arrays: dict[str, np.ndarray], place: str):
        self._arrays, self.place = arrays, place

    def __getitem__(self, key: str) -> np.ndarray:
        return self._arrays[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def look(self, key: str) -> np.ndarray:
        """The array, whose shape is asked for."""
        return self._arrays[key]
