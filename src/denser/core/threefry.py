"""Threefry: the random numbers of `jax.random`, computed with NumPy.

Weights start on the host: a program compiled for each shape would take longer than its numbers.
The bits are those of `jax.random` with the same key, the uniform numbers too (float64: but for the
last digit, on a CPU); the normal ones agree to a few units in the last place.

Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
doi:10.1145/2063384.2063405 (Threefry-2x32, 20 rounds).
"""

from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_CHUNK = 1 << 14  # three buffers of 64 KiB stay in the cache

# Giles 2010, "Approximating the erfinv function": polynomials in w = -log(1 - x^2), highest power
# first, for w < 5 (in w - 2.5) and beyond (in sqrt(w) - 3). XLA computes float32 so.
_CENTRE = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
           -0.00125372503, -0.00417768164, 0.246640727, 1.50140941)  # fmt: skip
_TAIL = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
         -0.0076224613, 0.00943887047, 1.00167406, 2.83297682)  # fmt: skip

_SQRT_2 = np.sqrt(2.0)
_ERF_SQRT_2 = 0.954499736103642  # erf(2 / sqrt(2)): the share within two standard deviations


def uniform(
    key: Any, shape: tuple[int, ...], low: float, high: float, dtype: Any = "float32"
) -> np.ndarray:
    """Numbers from `low` up to `high`, each as likely as any other.

    Args:
        key: Two uint32, the key of `jax.random`.
        shape: Sizes of the result.
        low, high: The range, `high` excluded.
        dtype: A floating type, of 16, 32 or 64 bits.
    """
    dtype = jnp.dtype(dtype)
    out = np.empty(int(np.prod(shape, dtype=np.int64)), dtype)
    least, most = dtype.type(low), dtype.type(high)
    span = np.float64(most - least)
    for start, unit in _units(key, out.size, dtype):
        # Exact in float64 for most ranges, then rounded once, as XLA's fused multiply-add does;
        # bfloat16 has none and is rounded after each step.
        unit *= span
        if dtype == jnp.bfloat16:
            unit = unit.astype(dtype).astype(np.float64)
        unit += np.float64(least)
        out[start : start + unit.size] = unit
    return np.maximum(out, least, out=out).reshape(shape)


def normal(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> np.ndarray:
    """Numbers of the normal distribution of mean 0 and standard deviation 1."""
    dtype = jnp.dtype(dtype)
    above_minus_one = np.nextafter(dtype.type(-1), dtype.type(0))
    return _from_uniform(uniform(key, shape, above_minus_one, 1.0, dtype))


def truncated_normal(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> np.ndarray:
    """Numbers of the normal distribution, those beyond two standard deviations left out.

    The deviation of the result is 0.8796, not 1.
    """
    dtype = jnp.dtype(dtype)
    most = np.nextafter(dtype.type(2), dtype.type(0))
    out = _from_uniform(uniform(key, shape, -_ERF_SQRT_2, _ERF_SQRT_2, dtype))
    return np.clip(out, -most, most, out=out)


def _units(key: Any, size: int, dtype: np.dtype) -> Iterator[tuple[int, np.ndarray]]:
    """Pieces of `size` numbers from 0 up to 1, as float64, each with the index of its first."""
    mantissa = jnp.finfo(dtype).nmant
    # A type of few digits takes as few bits.
    width = 8 if mantissa < 8 else 8 * dtype.itemsize
    for start, high, low in _blocks(key, size):
        if width == 64:
            bits = high.astype(np.uint64) << np.uint64(32) | low
        else:
            bits = np.bitwise_xor(high, low, out=low)
            bits &= np.uint32(2**width - 1)
        bits >>= bits.dtype.type(width - mantissa)
        yield start, bits * np.float64(2.0**-mantissa)


def _blocks(key: Any, size: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """The cipher of 0, 1, ..., size - 1 in pieces: index of the first, high words, low words."""
    first, second = (int(word) for word in np.asarray(key, np.uint32))
    schedule = (first, second, first ^ second ^ _PARITY)
    length = min(size, _CHUNK)
    counts = np.arange(length, dtype=np.uint32)
    high, low, spare = (np.empty(length, np.uint32) for _ in range(3))
    for start in range(0, size, _CHUNK):
        n = min(length, size - start)
        # A chunk divides 2^32, so the high word of the count is the same all through it.
        high[:n] = _word((start >> 32) + schedule[0])
        np.add(counts[:n], _word(start + schedule[1]), out=low[:n])
        _rounds(high[:n], low[:n], spare[:n], schedule)
        yield start, high[:n], low[:n]


def _rounds(
    high: np.ndarray, low: np.ndarray, spare: np.ndarray, schedule: tuple[int, int, int]
) -> None:
    """Twenty rounds in place; after each four, the next two words of the key are added."""
    for step in range(1, 6):
        for rotation in _ROTATIONS[(step - 1) % 2]:
            high += low
            np.left_shift(low, np.uint32(rotation), out=spare)
            low >>= np.uint32(32 - rotation)
            low |= spare
            low ^= high
        high += _word(schedule[step % 3])
        low += _word(schedule[(step + 1) % 3] + step)


def _word(number: int) -> np.uint32:
    return np.uint32(number & 0xFFFFFFFF)


def _from_uniform(u: np.ndarray) -> np.ndarray:
    """Normal numbers for uniform ones from -1 to 1: `sqrt(2) * erfinv(u)`."""
    flat = u.reshape(-1)
    for start in range(0, flat.size, _CHUNK):
        piece = flat[start : start + _CHUNK]
        piece[:] = _erfinv(piece) * _SQRT_2 if u.itemsize == 8 else _erfinv32(piece)
    return u


def _erfinv32(x: np.ndarray) -> np.ndarray:
    """`sqrt(2) * erfinv(x)` to the digits of float32."""
    x = x.astype(np.float32)
    w = -np.log1p(-x * x)
    factor = _polynomial(_CENTRE, w - np.float32(2.5))
    tail = np.flatnonzero(w >= 5)
    factor[tail] = _polynomial(_TAIL, np.sqrt(w[tail]) - np.float32(3))
    return np.multiply(factor, x, out=x) * np.float32(_SQRT_2)


def _polynomial(coefficients: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += np.float32(coefficient)
    return total


def _erfinv(x: np.ndarray) -> np.ndarray:
    # scipy comes with JAX; only JAX's 64-bit mode comes here, nobody else waits for the import.
    from scipy.special import erfinv

    return erfinv(x)
