"""TFRecord files and the examples in them: a few of protobuf's messages, read and written here."""

import gzip
import struct
from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...core.messages import UserError
from . import arrays, moving
from .dtypes import as_dtype, kept
from .tensor import Tensor, as_bytes, unwrap

_CASTAGNOLI = 0x82F63B78


def _table() -> list[int]:
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (_CASTAGNOLI if number & 1 else 0)
        table.append(number)
    return table


_TABLE = _table()


def _masked_crc(data: bytes) -> int:
    """The checksum of a record: CRC-32C, rotated and shifted as the format has it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _open(path: Any, mode: str, compression: Any) -> Any:
    """A file of records, compressed or not."""
    kind = str(unwrap(compression) or "").upper()
    if kind not in ("", "GZIP"):
        raise UserError(f"TFRecord: `compression_type` must be '' or 'GZIP'; got {compression!r}.")
    return gzip.open(path, mode) if kind else open(path, mode)


class TFRecordOptions:
    """How records are written.

    Args:
        compression_type: '' or 'GZIP'.
    """

    def __init__(self, compression_type: Any = None, **kwargs: Any):
        self.compression_type = compression_type


def read_records(path: str, compression: Any = None) -> Iterator[bytes]:
    """The records of a file."""
    with _open(path, "rb", compression) as file:
        while head := file.read(12):
            if len(head) < 12:
                raise UserError(f"{path}: the file ends within a record.")
            (length,) = struct.unpack("<Q", head[:8])
            data = file.read(length)
            if len(data) < length or len(file.read(4)) < 4:
                raise UserError(f"{path}: the file ends within a record.")
            yield data


class TFRecordWriter:
    """Writes records to a file.

    Args:
        path: The file.
    """

    def __init__(self, path: Any, options: Any = None):
        compression = getattr(options, "compression_type", options)
        self._file = _open(path, "wb", compression)

    def write(self, record: bytes) -> None:
        """Add a record."""
        length = struct.pack("<Q", len(record))
        self._file.write(length + struct.pack("<I", _masked_crc(length)))
        self._file.write(record + struct.pack("<I", _masked_crc(record)))

    def flush(self) -> None:
        """Bring what was written to the disk."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "TFRecordWriter":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


# ------------------------------------------------------------------------ protobuf's wire format


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return number, at


def _to_varint(number: int) -> bytes:
    number &= 2**64 - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
        elif kind == 2:
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            width = {1: 8, 5: 4}[kind]
            value, at = data[at : at + width], at + width
        yield tag >> 3, value


def _message(number: int, data: bytes) -> bytes:
    return _to_varint(number << 3 | 2) + _to_varint(len(data)) + data


class _List:
    """A list of bytes, floats or integers."""

    def __init__(self, value: Any = ()):
        self.value = list(value)


class BytesList(_List):
    """A list of bytes."""


class FloatList(_List):
    """A list of floats."""


class Int64List(_List):
    """A list of integers."""


class Feature:
    """One of three kinds of list."""

    def __init__(self, bytes_list: Any = None, float_list: Any = None, int64_list: Any = None):
        self.bytes_list, self.float_list = bytes_list or BytesList(), float_list or FloatList()
        self.int64_list = int64_list or Int64List()
        self._kind = 1 if bytes_list else 2 if float_list else 3

    def SerializeToString(self) -> bytes:  # noqa: N802 - protobuf's name
        """The bytes of the message."""
        if self._kind == 1:
            inner = b"".join(_message(1, bytes(v)) for v in self.bytes_list.value)
        elif self._kind == 2:
            inner = _message(1, np.asarray(self.float_list.value, "<f4").tobytes())
        else:
            inner = _message(1, b"".join(_to_varint(int(v)) for v in self.int64_list.value))
        return _message(self._kind, inner)

    def WhichOneof(self, oneof_group: str = "kind") -> str:  # noqa: N802 - protobuf's name
        """The name of the list that is there."""
        return ("bytes_list", "float_list", "int64_list")[self._kind - 1]

    def HasField(self, field_name: str) -> bool:  # noqa: N802 - protobuf's name
        """Whether it is that list."""
        return self.WhichOneof() == field_name

    def __repr__(self) -> str:
        kind = self.WhichOneof()
        values = "".join(f"  value: {v!r}\n" for v in getattr(self, kind).value)
        return f"{kind} {{\n{values}}}\n"


class Features:
    """Features by name."""

    def __init__(self, feature: dict[str, Feature] | None = None):
        self.feature = feature or {}


class Example:
    """A record of Features."""

    def __init__(self, features: Features | None = None):
        self.features = features or Features()

    def __repr__(self) -> str:
        parts = self.features.feature.items()
        return "".join(f"feature {{\n  key: {key!r}\n  value {part!r}}}\n" for key, part in parts)

    def SerializeToString(self) -> bytes:  # noqa: N802 - protobuf's name
        """The bytes of the message."""
        entries = [
            _message(1, _message(1, key.encode()) + _message(2, value.SerializeToString()))
            for key, value in self.features.feature.items()
        ]
        return _message(1, b"".join(entries))

    def ParseFromString(self, data: bytes) -> int:  # noqa: N802 - protobuf's name
        """Take the Features of a record."""
        self.features = Features({k: _feature(kind, v) for k, (kind, v) in _parse(data).items()})
        return len(data)

    @classmethod
    def FromString(cls, data: bytes) -> "Example":  # noqa: N802 - protobuf's name
        """The Example of a record."""
        found = cls()
        found.ParseFromString(data)
        return found


def _feature(kind: int, values: list[Any]) -> Feature:
    lists = {1: BytesList, 2: FloatList, 3: Int64List}
    names = {1: "bytes_list", 2: "float_list", 3: "int64_list"}
    return Feature(**{names[kind]: lists[kind](values)})


def _parse(data: bytes) -> dict[str, tuple[int, list[Any]]]:
    """The features of a record: name -> (kind, values)."""
    found = {}
    for _, features in _fields(data):
        for _, entry in _fields(features):
            parts = dict(_fields(entry))
            for kind, inner in _fields(parts.get(2, b"")):
                found[parts[1].decode()] = (kind, _values(kind, inner))
    return found


def _values(kind: int, data: bytes) -> list[Any]:
    values: list[Any] = []
    for _, value in _fields(data):
        if kind == 1:
            values.append(value)
        elif kind == 2:
            values.extend(np.frombuffer(value, "<f4").tolist())
        elif isinstance(value, int):
            values.append(_signed(value))
        else:
            at = 0
            while at < len(value):
                number, at = _varint(value, at)
                values.append(_signed(number))
    return values


def _signed(number: int) -> int:
    return number - 2**64 if number >> 63 else number


class FixedLenFeature:
    """A feature of a known shape."""

    def __init__(self, shape: Any, dtype: Any, default_value: Any = None):
        self.shape, self.dtype, self.default_value = shape, dtype, default_value


class VarLenFeature:
    """A feature of any length; here a dense row."""

    def __init__(self, dtype: Any):
        self.dtype = dtype


def parse_single_example(serialized: Any, features: dict[str, Any], name: Any = None) -> Any:
    """The Tensors of a record."""
    data: Any = np.asarray(unwrap(arrays.convert_to_tensor(serialized)))[()]
    record = _parse(data)
    return {key: _tensor(key, record, wanted) for key, wanted in features.items()}


def _tensor(key: str, record: dict[str, Any], wanted: Any) -> Any:
    values = record.get(key, (0, None))[1]
    if values is None:
        if getattr(wanted, "default_value", None) is None and hasattr(wanted, "shape"):
            raise UserError(f"tf.io.parse_single_example: the record has no feature {key!r}.")
        values = np.ravel(getattr(wanted, "default_value", []))
    text = as_dtype(wanted.dtype).name == "string"
    array = (
        as_bytes(np.array(list(values), object)) if text else np.asarray(values, kept(wanted.dtype))
    )
    if hasattr(wanted, "shape"):
        array = array.reshape([-1 if n is None else n for n in wanted.shape])
    return Tensor(array if text else jnp.asarray(array))


def parse_example(serialized: Any, features: dict[str, Any], name: Any = None) -> Any:
    """The Tensors of several records, stacked."""
    records = [parse_single_example(r, features) for r in unwrap(serialized)]
    return {key: _stack([r[key] for r in records]) for key in features}


def _stack(tensors: list[Any]) -> Any:
    if isinstance(unwrap(tensors[0]), np.ndarray):
        return Tensor(np.stack([unwrap(t) for t in tensors]))
    return moving.MOVING["stack"](tensors)


TRAIN_RECORDS: dict[str, Any] = {
    "Example": Example, "Features": Features, "Feature": Feature, "BytesList": BytesList,
    "FloatList": FloatList, "Int64List": Int64List,
}  # fmt: skip
