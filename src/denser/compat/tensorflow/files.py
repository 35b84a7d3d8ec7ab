"""tf.io and tf.io.gfile: files on this machine, read at once."""

import base64
import csv
import glob
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...preprocessing.sound import read_wav
from . import arrays
from .dtypes import as_dtype, kept
from .images import IMAGE
from .records import (
    FixedLenFeature,
    TFRecordOptions,
    TFRecordWriter,
    VarLenFeature,
    parse_example,
    parse_single_example,
)
from .tensor import InvalidArgumentError, Tensor, as_bytes, unwrap


def _path(name: Any) -> str:
    name = unwrap(name)
    name = name[()] if isinstance(name, np.ndarray) else name
    return name.decode() if isinstance(name, bytes) else os.fspath(name)


def _bytes(contents: Any) -> Any:
    return np.asarray(unwrap(arrays.convert_to_tensor(contents)))[()]


def read_file(filename: Any, name: Any = None) -> Any:
    """The bytes of a file."""
    with open(_path(filename), "rb") as file:
        return Tensor(np.array(file.read(), object))


def write_file(filename: Any, contents: Any, name: Any = None) -> None:
    """Write bytes to a file."""
    os.makedirs(os.path.dirname(_path(filename)) or ".", exist_ok=True)
    with open(_path(filename), "wb") as file:
        file.write(_bytes(contents))


def matching_files(pattern: Any, name: Any = None) -> Any:
    """The names of the files that fit a pattern."""
    found = sorted(glob.glob(_path(pattern)))
    return Tensor(np.array([f.encode() for f in found], object))


def decode_raw(input_bytes: Any, out_type: Any, little_endian: bool = True, name: Any = None,
               fixed_length: Any = None) -> Any:  # fmt: skip
    """Bytes as numbers."""
    kind = np.dtype(as_dtype(out_type).dtype).newbyteorder("<" if little_endian else ">")
    return Tensor(jnp.asarray(np.frombuffer(_bytes(input_bytes), kind).astype(kept(out_type))))


def decode_csv(
    records: Any, record_defaults: Any, field_delim: str = ",", use_quote_delim: bool = True,
    na_value: str = "", select_cols: Any = None, name: Any = None,
) -> list[Any]:  # fmt: skip
    """The columns of lines of CSV, each in the type of its default."""
    text = np.asarray(unwrap(arrays.convert_to_tensor(records)))
    quoting = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
    lines = [line.decode() for line in text.ravel()]
    rows = list(csv.reader(lines, delimiter=field_delim, quoting=quoting))
    for row in rows:
        if select_cols is None and len(row) != len(record_defaults):
            raise InvalidArgumentError(
                f"tf.io.decode_csv: expected {len(record_defaults)} fields; got {len(row)}: {row}."
            )
    columns = []
    for number, default in enumerate(record_defaults):
        start = unwrap(default) if not isinstance(default, list) else (default or [""])[0]
        dtype = "string" if isinstance(start, (str, bytes)) else np.asarray(start).dtype
        if type(default).__name__ == "DType":
            dtype, start = default, ""
        cells = [row[(select_cols or range(len(row)))[number]] for row in rows]
        if na_value in cells and np.shape(start) == (0,):
            raise InvalidArgumentError(
                f"tf.io.decode_csv: field {number} is empty, and its column has no default."
            )
        cells = [start if cell == na_value else cell for cell in cells]
        if as_dtype(dtype).name == "string":
            found = as_bytes(np.array(cells, object)).reshape(text.shape)
        else:
            values = np.array([float(np.asarray(c)) for c in cells]).reshape(text.shape)
            found = jnp.asarray(values.astype(kept(dtype)))
        columns.append(Tensor(found))
    return columns


def decode_wav(contents: Any, desired_channels: int = -1, desired_samples: int = -1,
               name: Any = None) -> Any:  # fmt: skip
    """The samples (samples, channels) of a WAV file's bytes and its rate."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        data = _bytes(contents)
        file.write(data)
        file.flush()
        samples = read_wav(file.name)
    at = data.index(b"fmt ")
    rate = int.from_bytes(data[at + 12 : at + 16], "little")
    if desired_channels > 0:
        samples = samples[:, :desired_channels]
    if desired_samples > 0:
        samples = np.pad(samples, ((0, max(0, desired_samples - len(samples))), (0, 0)))
        samples = samples[:desired_samples]
    return WAV(Tensor(jnp.asarray(samples)), Tensor(jnp.asarray(rate, "int32")))


class WAV(tuple):
    """(audio, sample_rate)."""

    _fields = ("audio", "sample_rate")

    def __new__(cls, audio: Any, sample_rate: Any) -> "WAV":
        """From the two."""
        return super().__new__(cls, (audio, sample_rate))

    audio = property(lambda self: self[0], doc="The samples.")
    sample_rate = property(lambda self: self[1], doc="Samples per second.")


def serialize_tensor(tensor: Any, name: Any = None) -> Any:
    """A tensor's numbers as bytes, with its shape and type."""
    array = np.asarray(unwrap(arrays.convert_to_tensor(tensor)))
    head = f"{array.dtype.name}|{','.join(map(str, array.shape))}|".encode()
    return Tensor(np.array(head + array.tobytes(), object))


def parse_tensor(serialized: Any, out_type: Any, name: Any = None) -> Any:
    """The tensor that `serialize_tensor` wrote."""
    dtype, shape, data = _bytes(serialized).split(b"|", 2)
    sizes = [int(n) for n in shape.split(b",") if n]
    return Tensor(jnp.asarray(np.frombuffer(data, dtype.decode()).reshape(sizes)))


class GFile:
    """A file, as `open` gives it, or as an object with its methods."""

    def __new__(cls, name: Any, mode: str = "r") -> Any:
        """The open file."""
        return open(_path(name), mode)


def walk(top: Any, topdown: bool = True, onerror: Any = None) -> Iterator[Any]:
    """What Python's `os.walk` gives."""
    return os.walk(_path(top), topdown, onerror)


def _remove_tree(path: Any) -> None:
    shutil.rmtree(_path(path))


GFILE: dict[str, Any] = {
    "GFile": GFile, "Open": GFile, "FastGFile": GFile, "exists": lambda p: os.path.exists(_path(p)),
    "Exists": lambda p: os.path.exists(_path(p)), "isdir": lambda p: os.path.isdir(_path(p)),
    "IsDirectory": lambda p: os.path.isdir(_path(p)), "listdir": lambda p: os.listdir(_path(p)),
    "ListDirectory": lambda p: os.listdir(_path(p)),
    "glob": lambda p: sorted(f for each in ([p] if isinstance(p, (str, bytes)) else p)
                             for f in glob.glob(_path(each))),
    "Glob": lambda p: sorted(glob.glob(_path(p))), "mkdir": lambda p: os.mkdir(_path(p)),
    "makedirs": lambda p: os.makedirs(_path(p), exist_ok=True),
    "MakeDirs": lambda p: os.makedirs(_path(p), exist_ok=True),
    "remove": lambda p: os.remove(_path(p)), "Remove": lambda p: os.remove(_path(p)),
    "rmtree": _remove_tree, "DeleteRecursively": _remove_tree, "walk": walk,
    "copy": lambda a, b, overwrite=False: shutil.copyfile(_path(a), _path(b)) and None,
    "rename": lambda a, b, overwrite=False: os.replace(_path(a), _path(b)),
    "stat": lambda p: os.stat(_path(p)), "join": lambda *parts: os.path.join(*map(_path, parts)),
}  # fmt: skip
IO: dict[str, Any] = {
    "read_file": read_file, "write_file": write_file, "matching_files": matching_files,
    "decode_raw": decode_raw, "decode_csv": decode_csv, "serialize_tensor": serialize_tensor,
    "parse_tensor": parse_tensor, "FixedLenFeature": FixedLenFeature,
    "VarLenFeature": VarLenFeature, "parse_single_example": parse_single_example,
    "parse_example": parse_example, "TFRecordWriter": TFRecordWriter,
    "TFRecordOptions": TFRecordOptions,
    "decode_base64": lambda x: Tensor(np.array(base64.urlsafe_b64decode(_bytes(x)), object)),
    "encode_base64": lambda x: Tensor(np.array(base64.urlsafe_b64encode(_bytes(x)), object)),
    "decode_compressed": lambda x, compression_type="ZLIB": Tensor(
        np.array(zlib.decompress(_bytes(x), 47), object)),
    **{name: IMAGE[name] for name in ("decode_image", "decode_jpeg", "decode_png", "decode_gif",
                                      "decode_bmp", "encode_jpeg", "encode_png")},
}  # fmt: skip
AUDIO: dict[str, Any] = {"decode_wav": decode_wav}
