"""Signals: Fourier transforms, frames of sequences, windows.

A complex array is a pair here, as in Keras: (real part, imaginary part).
"""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from ..core.messages import bad_argument
from ..core.op import op

Complex = tuple[Array, Array]

# ------------------------------------------------------------------------- Fourier transforms


@op
def fft(x: Sequence[Array]) -> Complex:
    """Fourier transform of the last axis: `sum(x[n] * exp(-2 pi i k n / size))`."""
    return _split(jnp.fft.fft(_join("fft", x)))


@op
def fft2(x: Sequence[Array]) -> Complex:
    """Fourier transform of the last two axes."""
    return _split(jnp.fft.fft2(_join("fft2", x)))


@op
def ifft2(x: Sequence[Array]) -> Complex:
    """What `fft2` transforms to `x`."""
    return _split(jnp.fft.ifft2(_join("ifft2", x)))


@op
def rfft(x: Array, fft_length: int | None = None) -> Complex:
    """Fourier transform of the last axis of real numbers: the half that says it all.

    Shapes:
        x: (..., size) -> two of (..., fft_length // 2 + 1)

    Args:
        fft_length: The axis is cut or filled with 0 to it; None: its size.
    """
    return _split(jnp.fft.rfft(x, fft_length))


@op
def irfft(x: Sequence[Array], fft_length: int | None = None) -> Array:
    """The real numbers that `rfft` transforms to `x`.

    Shapes:
        x: two of (..., half) -> (..., fft_length)

    Args:
        fft_length: None: the even one, `2 * (half - 1)`.
    """
    return jnp.fft.irfft(_join("irfft", x), fft_length)


# -------------------------------------------------------------------------- frames of sequences


@op
def extract_sequences(x: Array, sequence_length: int, sequence_stride: int) -> Array:
    """Frames of the last axis: so long, so far from start to start, as many as fit.

    Shapes:
        x: (..., size) -> (..., frames, sequence_length)
    """
    return _frames(x, sequence_length, sequence_stride)


@op
def stft(
    x: Array,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Complex:
    """Fourier transforms of the frames of the last axis, each faded in and out by a window.

    Shapes:
        x: (..., size) -> two of (..., frames, fft_length // 2 + 1)

    Args:
        sequence_length: Length of the window.
        sequence_stride: From one frame's start to the next.
        fft_length: Length of a frame, at least that of the window, which stands in its middle.
        window: 'hann', 'hamming', an array (sequence_length,), or None for ones all over a frame.
        center: Whether frame `t` has its middle, not its start, at `t * sequence_stride`; the
            signal is mirrored at its ends for that.
    """
    fade = _fade("stft", window, sequence_length, fft_length, x.dtype)
    if center:
        edge = fft_length // 2
        x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(edge, edge)], mode="reflect")
    return _split(jnp.fft.rfft(_frames(x, fft_length, sequence_stride) * fade))


@op
def istft(
    x: Sequence[Array],
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Array:
    """The signal that `stft`, with the same arguments, transforms to `x`.

    Where frames overlap, it is the one with the least squared distance from them.

    Shapes:
        x: two of (..., frames, fft_length // 2 + 1) -> (..., length)

    Args:
        length: None: as long as the frames reach.

    Source: Griffin & Lim, Signal estimation from modified short-time Fourier transform (1984).
    """
    frames = jnp.fft.irfft(_join("istft", x), fft_length)
    fade = _fade("istft", window, sequence_length, fft_length, frames.dtype)
    weight = _overlap(jnp.broadcast_to(fade**2, frames.shape[-2:]), sequence_stride)
    signal = _overlap(frames * fade, sequence_stride)
    signal = jnp.where(weight > 1e-10, signal / jnp.where(weight > 1e-10, weight, 1), signal)
    start = fft_length // 2 if center else 0
    end = signal.shape[-1] - start if length is None else start + length
    return signal[..., start:end]


def _frames(x: Array, length: int, stride: int) -> Array:
    count = max((x.shape[-1] - length) // stride + 1, 0)
    return x[..., stride * np.arange(count)[:, None] + np.arange(length)]


def _overlap(frames: Array, stride: int) -> Array:
    """The sum of frames that stand `stride` apart: the transpose of `_frames`."""
    count, length = frames.shape[-2:]
    places = stride * np.arange(count)[:, None] + np.arange(length)
    total = jnp.zeros((*frames.shape[:-2], stride * (count - 1) + length), frames.dtype)
    return total.at[..., places].add(frames)


def _fade(owner: str, window: Any, length: int, fft_length: int, dtype: Any) -> Array:
    """The window, with zeros on both sides up to the length of a frame."""
    if length > fft_length:
        raise bad_argument(owner, "fft_length", f"at least `sequence_length`, {length}", fft_length)
    if window is None:
        return jnp.ones(fft_length, dtype)
    elif isinstance(window, str):
        if window not in _FADES:
            raise bad_argument(owner, "window", "'hann', 'hamming', an array or None", window)
        base, swing = _FADES[window]
        fade = base - swing * jnp.cos(2 * np.pi * jnp.arange(length) / length)
    else:
        fade = jnp.asarray(window)
        if fade.shape != (length,):
            raise bad_argument(owner, "window", f"an array of shape ({length},)", window)
    before = (fft_length - length) // 2
    return jnp.pad(fade, (before, fft_length - length - before)).astype(dtype)


# Periodic windows `base - swing * cos(2 pi n / length)`.
_FADES = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}


def _join(owner: str, x: Any) -> Array:
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise bad_argument(owner, "x", "a pair of arrays, (real part, imaginary part)", x)
    real, imag = map(jnp.asarray, x)
    if real.shape != imag.shape:
        raise bad_argument(owner, "x", "a pair of arrays of one shape", (real.shape, imag.shape))
    dtype = jnp.result_type(real, imag, jnp.float32)
    return real.astype(dtype) + 1j * imag.astype(dtype)


def _split(x: Array) -> Complex:
    return jnp.real(x), jnp.imag(x)


# ------------------------------------------------------------------------------------ windows


def bartlett(x: Any) -> Array:
    """A triangle of `x` places, 0 at both ends."""
    return jnp.bartlett(int(x))


def blackman(x: Any) -> Array:
    """A bell of `x` places, made of three cosines."""
    return jnp.blackman(int(x))


def hamming(x: Any) -> Array:
    """`0.54 - 0.46 cos(2 pi n / (x - 1))` for the `x` places n."""
    return jnp.hamming(int(x))


def hanning(x: Any) -> Array:
    """`0.5 - 0.5 cos(2 pi n / (x - 1))` for the `x` places n."""
    return jnp.hanning(int(x))


def kaiser(x: Any, beta: float) -> Array:
    """A bell of `x` places, the narrower the larger `beta`: `i0(beta sqrt(1 - t^2)) / i0(beta)`.

    `t` goes from -1 to 1.
    """
    return jnp.kaiser(int(x), beta)
