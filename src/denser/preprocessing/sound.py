"""Sounds in WAV files."""

import os
import struct

import numpy as np

from ..core.messages import UserError
from .resample import resample

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_MOST_MORE = 1000  # samples made of one: a few bytes may not claim to last for days


def read_wav(path: str | os.PathLike, sampling_rate: int | None = None) -> np.ndarray:
    """A WAV file's samples, float32, whole numbers brought to [-1, 1).

    Shapes:
        -> (samples, channels)

    Args:
        sampling_rate: Samples per second to bring it to; None: the file's own.
    """
    with open(path, "rb") as file:
        data = file.read()
    try:
        samples, rate = _decode(data)
        if sampling_rate is not None and rate * _MOST_MORE < sampling_rate:
            raise ValueError(f"it says that it has {rate} samples per second")
    except (ValueError, struct.error, KeyError, IndexError) as error:
        raise UserError(f"{path} cannot be read as a WAV file: {error}.") from None
    if sampling_rate is None or rate == sampling_rate or not len(samples):
        return samples
    length = max(1, round(len(samples) * sampling_rate / rate))
    return resample(samples, length, 0, "lanczos5", antialias=True)


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """The parts of a RIFF file by name."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("it does not begin with RIFF ... WAVE")
    found, at = {}, 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found.setdefault(name, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    for name in (b"fmt ", b"data"):
        if name not in found:
            raise ValueError(f"it has no part {name.decode().strip()!r}")
    return found


def _decode(data: bytes) -> tuple[np.ndarray, int]:
    """(samples, channels) and the samples per second."""
    chunks = _chunks(data)
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    if kind == _EXTENSIBLE:
        kind = struct.unpack_from("<H", chunks[b"fmt "], 24)[0]
    width = bits // 8
    if channels < 1 or (kind, bits) not in {
        *((_PCM, bits) for bits in (8, 16, 24, 32)), (_FLOAT, 32), (_FLOAT, 64),
    }:  # fmt: skip
        raise ValueError(f"its samples are of kind {kind} with {bits} bits, {channels} channels")
    raw = chunks[b"data"]
    raw = raw[: len(raw) // (width * channels) * width * channels]
    if kind == _FLOAT:
        values = np.frombuffer(raw, f"<f{width}").astype(np.float32)
    elif bits == 8:
        values = (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    elif bits == 24:  # each sample as the upper three bytes of an int32
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        values = wide.view("<i4")[:, 0].astype(np.float32) / 2**31
    else:
        values = np.frombuffer(raw, f"<i{width}").astype(np.float32) / 2 ** (bits - 1)
    return values.reshape(-1, channels), rate
