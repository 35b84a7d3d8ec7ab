"""Fingerprints: numbers of 64 bits that stand for strings of bytes.

FarmHash's Fingerprint64 and SipHash-2-4, which TensorFlow's hashing has. Strings of one length are
hashed side by side, a column for each place, by operators alone: the columns are NumPy's arrays,
or JAX's where integers are hashed inside a program.

Source: G. Pike, "FarmHash", 2014, https://github.com/google/farmhash. J.-P. Aumasson and D. J.
Bernstein, "SipHash: a fast short-input PRF", 2012, https://eprint.iacr.org/2012/351.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_U = np.uint64
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CROSS = 0xC6A4A7935BD1E995  # of MurmurHash, with which fingerprints are joined
_FIRST = 0xDECAFCAFFE  # what a cross of features begins with
_SIP = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_DIGITS = 10  # of 32 bits; those of 64 bits have twice as many


def of_words(words: Sequence[bytes], key: Sequence[int] | None = None) -> np.ndarray:
    """The fingerprint of each string, (n,) uint64.

    Args:
        words: Strings of bytes.
        key: None for FarmHash; two numbers of 64 bits for SipHash.
    """
    found = np.empty(len(words), _U)
    by_length: dict[int, list[int]] = {}
    for place, word in enumerate(words):
        by_length.setdefault(len(word), []).append(place)
    for length, places in by_length.items():
        letters = np.frombuffer(b"".join(words[i] for i in places), np.uint8)
        table = letters.reshape(len(places), length).T.astype(_U)
        if length == 0:
            found[places] = _of_nothing(key)
        else:
            found[places] = _of_columns(table, key)
    return found


def of_integers(x: Any, key: Sequence[int] | None = None) -> Any:
    """The fingerprint of each integer written in decimal digits, uint64, within a JAX program.

    The caller must have entered `jax.enable_x64(True)`.
    """
    negative = x < 0
    size = jnp.where(negative, -x.astype(jnp.int64), x.astype(jnp.int64)).astype(jnp.uint64)
    digits = _DIGITS * (x.dtype.itemsize // 4 or 1)
    length = 1 + negative + sum((size >= _U(10**n)).astype(jnp.int32) for n in range(1, digits))
    found = jnp.zeros(x.shape, jnp.uint64)
    for count in range(1, digits + 2):
        powers = [10 ** (count - 1 - place) for place in range(count)]
        columns = [size // _U(p) % _U(10) + _U(48) for p in powers if p < 2**64]
        columns = [jnp.zeros_like(size)] * (count - len(columns)) + columns
        columns[0] = jnp.where(negative, _U(ord("-")), columns[0])
        found = jnp.where(length == count, _of_columns(columns, key), found)
    return found


def joined(parts: Sequence[Any]) -> Any:
    """One fingerprint for the parts of a cross, in order: integers count as their own."""
    whole = _first_like(parts[0])
    for part in parts:
        whole = (whole ^ _U(_CROSS)) ^ _shift_mix(part * _U(_CROSS)) * _U(_CROSS)
        whole = _shift_mix(_shift_mix(whole * _U(_CROSS)) * _U(_CROSS))
    return whole


def _first_like(part: Any) -> Any:
    return part * _U(0) + _U(_FIRST)


def _of_nothing(key: Sequence[int] | None) -> np.ndarray:
    return np.array(_K2, _U) if key is None else _sip([], 0, key, np.zeros(1, _U))[0]


def _of_columns(columns: Any, key: Sequence[int] | None) -> Any:
    """The fingerprints of strings of one length, which is that of `columns`."""
    return _farm(columns) if key is None else _sip(columns, len(columns), key, columns[0])


def _word(columns: Any, at: int, count: int = 8) -> Any:
    """The bytes from `at` on as one number, the lowest first."""
    total = columns[at]
    for place in range(1, count):
        total = total | columns[at + place] << _U(8 * place)
    return total


def _rotate_right(x: Any, by: int) -> Any:
    return x >> _U(by) | x << _U(64 - by)


def _shift_mix(x: Any) -> Any:
    return x ^ x >> _U(47)


def _constant(value: int) -> np.uint64:
    return _U(value % 2**64)


def _farm(columns: Any) -> Any:
    """FarmHash's Fingerprint64: a formula for each range of lengths."""
    length = len(columns)
    if length <= 16:
        return _farm_16(columns, length)
    if length <= 32:
        return _farm_32(columns, length)
    return _farm_64(columns, length) if length <= 64 else _farm_long(columns, length)


def _mix(u: Any, v: Any, factor: Any) -> Any:
    a = _shift_mix((u ^ v) * factor)
    return _shift_mix((v ^ a) * factor) * factor


def _farm_16(s: Any, length: int) -> Any:
    factor = _constant(_K2 + 2 * length)
    if length >= 8:
        a = _word(s, 0) + _U(_K2)
        b = _word(s, length - 8)
        c = _rotate_right(b, 37) * factor + a
        return _mix(c, (_rotate_right(a, 25) + b) * factor, factor)
    if length >= 4:
        a = _word(s, 0, 4)
        return _mix(_U(length) + (a << _U(3)), _word(s, length - 4, 4), factor)
    y = s[0] + (s[length >> 1] << _U(8))
    z = _U(length) + (s[length - 1] << _U(2))
    return _shift_mix(y * _U(_K2) ^ z * _U(_K0)) * _U(_K2)


def _farm_32(s: Any, length: int) -> Any:
    factor = _constant(_K2 + 2 * length)
    a, b = _word(s, 0) * _U(_K1), _word(s, 8)
    c, d = _word(s, length - 8) * factor, _word(s, length - 16) * _U(_K2)
    y = _rotate_right(a + b, 43) + _rotate_right(c, 30) + d
    return _mix(y, a + _rotate_right(b + _U(_K2), 18) + c, factor)


def _farm_64(s: Any, length: int) -> Any:
    factor = _constant(_K2 + 2 * length)
    a, b = _word(s, 0) * _U(_K2), _word(s, 8)
    c, d = _word(s, length - 8) * factor, _word(s, length - 16) * _U(_K2)
    y = _rotate_right(a + b, 43) + _rotate_right(c, 30) + d
    z = _mix(y, a + _rotate_right(b + _U(_K2), 18) + c, factor)
    e, f = _word(s, 16) * factor, _word(s, 24)
    g, h = (y + _word(s, length - 32)) * factor, (z + _word(s, length - 24)) * factor
    y = _rotate_right(e + f, 43) + _rotate_right(g, 30) + h
    return _mix(y, e + _rotate_right(f + a, 18) + g, factor)


def _weak(s: Any, at: int, a: Any, b: Any) -> tuple[Any, Any]:
    """Thirty-two bytes from `at` on, mixed into a pair of numbers."""
    w, x, y, z = (_word(s, at + 8 * i) for i in range(4))
    a = a + w
    b = _rotate_right(b + a + z, 21)
    first = a
    a = a + x + y
    return a + z, b + _rotate_right(a, 44) + first


def _farm_long(s: Any, length: int) -> Any:
    """Blocks of 64 bytes in order, then the last 64 bytes once more with another factor."""
    zero = s[0] * _U(0)
    seed = 81
    y = zero + _constant(seed * _K1 + 113)
    z = _shift_mix(y * _U(_K2) + _U(113)) * _U(_K2)
    x = _word(s, 0) + _constant(seed * _K2)
    v = w = (zero, zero)
    for at in range(0, (length - 1) // 64 * 64, 64):
        x, y, z, v, w = _block(s, at, x, y, z, v, w, _U(_K1), 1)
    factor = _U(_K1) + ((z & _U(0xFF)) << _U(1))
    w = (w[0] + _U((length - 1) & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = _block(s, length - 64, x, y, z, v, w, factor, 9)
    first = _mix(v[0], w[0], factor) + _shift_mix(y) * _U(_K0) + z
    return _mix(first, _mix(v[1], w[1], factor) + x, factor)


def _block(
    s: Any, at: int, x: Any, y: Any, z: Any, v: Any, w: Any, factor: Any, times: int
) -> tuple[Any, ...]:
    """One block of 64 bytes: the new (x, y, z, v, w)."""
    x = _rotate_right(x + y + v[0] + _word(s, at + 8), 37) * factor
    y = _rotate_right(y + v[1] + _word(s, at + 48), 42) * factor
    x = x ^ w[1] * _U(times)
    y = y + v[0] * _U(times) + _word(s, at + 40)
    z = _rotate_right(z + w[0], 33) * factor
    v = _weak(s, at, v[1] * factor, x + w[0])
    w = _weak(s, at + 32, z + w[1], y + _word(s, at + 16))
    return z, y, x, v, w


def _sip(s: Any, length: int, key: Sequence[int], like: Any) -> Any:
    """SipHash-2-4: two rounds for each eight bytes, the length in the last, and four at the end."""
    zero = like * _U(0)
    v = [zero + _constant(key[i % 2] ^ _SIP[i]) for i in range(4)]
    whole = length // 8 * 8
    words = [_word(s, at) for at in range(0, whole, 8)]
    last = zero + _constant(length << 56)
    words.append(last | _word(s, whole, length - whole) if length > whole else last)
    for word in words:
        v[3] = v[3] ^ word
        v = _sip_round(_sip_round(v))
        v[0] = v[0] ^ word
    v[2] = v[2] ^ _U(0xFF)
    for _ in range(4):
        v = _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_round(v: list[Any]) -> list[Any]:
    a, b, c, d = v
    a, c = a + b, c + d
    b, d = _rotate_right(b, 51) ^ a, _rotate_right(d, 48) ^ c
    a = _rotate_right(a, 32)
    c, a = c + b, a + d
    b, d = _rotate_right(b, 47) ^ c, _rotate_right(d, 43) ^ a
    return [a, b, _rotate_right(c, 32), d]


def within_64_bits(function: Any, *args: Any) -> Any:
    """`function(*args)` with JAX's 64-bit types, whatever the program around it has."""
    with jax.enable_x64(True):
        return function(*args)
