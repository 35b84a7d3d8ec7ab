"""Sound to pictures of it: how strong each frequency is at each time."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from .. import config
from ..core.budget import allocate
from ..core.dtype import is_float
from ..core.fields import NonNegativeNumber, Positive, PositiveNumber, Rule, one_of, when
from ..core.graph import public_shape
from ..core.messages import UserTypeError, bad_argument, bad_input, who
from ..core.variable import real_rows
from ..initializers import STFT
from ..lowering import conv as lowering
from ..ops.signal import stft
from .input_spec import InputSpec
from .layer import Layer
from .spatial import DataFormat

Fade = Annotated[
    Any,
    when(
        "'hann', 'hamming', an array of `sequence_length` numbers or None",
        lambda v: v in ("hann", "hamming") if isinstance(v, str) else np.ndim(v) == 1,
        bad=("no such window", 3),
    ),
]


class MelSpectrogram(Layer):
    """How strong each of `num_mel_bins` bands of pitch is at each time, in decibels.

    `10 log10(max(|stft(x)|^mag_exp @ bands, min_power) / ref_power)`, cut `top_db` below the
    loudest place of the whole batch. The bands are triangles, equally wide in mel, the unit of
    pitch: `mel = 1127 ln(1 + hertz / 700)`.

    Shapes:
        x: (batch, samples) -> (batch, num_mel_bins, frames); (samples,) -> (num_mel_bins, frames)

    Args:
        fft_length: Length of a frame, in samples.
        sequence_stride: From the middle of one frame to that of the next, in samples.
        sequence_length: Length of the window in a frame's middle; None: `fft_length`.
        window: 'hann', 'hamming', an array (sequence_length,), or None for ones.
        sampling_rate: Samples per second.
        num_mel_bins: Number of bands.
        min_freq, max_freq: Where the bands begin and end, in hertz; None: half the sampling rate.
        power_to_db: Whether the result is in decibels.
        top_db: Between the loudest and the faintest place, in decibels.
        mag_exp: 1 for magnitudes, 2 for powers.
        min_power: What lies below, counts as this.
        ref_power: The power of 0 decibels.

    Example:
        >>> MelSpectrogram(256, 128, sampling_rate=8000, num_mel_bins=64)(ops.ones((2, 8000))).shape
        (2, 64, 63)

    Source: Stevens, Volkmann & Newman 1937, A scale for the measurement of pitch; the formula is
    that of the Hidden Markov Model Toolkit.
    """

    fft_length: Positive = 2048
    sequence_stride: Positive = 512
    sequence_length: Positive | None = None
    window: Fade | None = "hann"
    sampling_rate: Positive = 16000
    num_mel_bins: Positive = 128
    min_freq: NonNegativeNumber = 20.0
    max_freq: PositiveNumber | None = None
    power_to_db: bool = True
    top_db: NonNegativeNumber = 80.0
    mag_exp: PositiveNumber = 2.0
    min_power: PositiveNumber = 1e-10
    ref_power: float = 1.0

    def setup(self) -> None:
        """Fill in the length of the window and the highest frequency."""
        self.sequence_length = self.sequence_length or self.fft_length
        self.max_freq = self.max_freq or self.sampling_rate // 2
        if self.sequence_length > self.fft_length:
            expected = f"`fft_length`, {self.fft_length}, at most"
            raise bad_argument(self, "sequence_length", expected, self.sequence_length)
        if self.min_freq >= self.max_freq:
            raise bad_argument(self, "min_freq", f"below {self.max_freq} hertz", self.min_freq)
        self.input_spec = InputSpec(min_ndim=1, max_ndim=2)

    def call(self, inputs: Array) -> Array:
        """The bands' strengths."""
        x = inputs.astype(jnp.promote_types(inputs.dtype, jnp.float32))
        allocate((self.num_mel_bins, self.fft_length), "float32", "num_mel_bins, fft_length")
        real, imag = stft(
            x, self.sequence_length, self.sequence_stride, self.fft_length, self.window
        )
        # Not by the root of it, which has no slope at 0.
        strength = (real**2 + imag**2) ** (self.mag_exp / 2)  # (..., frames, frequencies)
        most: Any = self.max_freq
        bands = self.linear_to_mel_weight_matrix(
            self.num_mel_bins, strength.shape[-1], self.sampling_rate, self.min_freq, most
        )
        strength = strength @ bands.astype(strength.dtype)
        if self.power_to_db:
            strength = self._decibels(strength)
        return jnp.swapaxes(strength, -1, -2).astype(self.compute_dtype)

    def _decibels(self, power: Array) -> Array:
        reference = max(abs(self.ref_power), self.min_power)
        db = 10 * jnp.log10(jnp.maximum(power, self.min_power)) - 10 * np.log10(reference)
        rows = real_rows() if db.ndim == 3 else None
        count = True if rows is None else rows[:, None, None]
        return jnp.maximum(db, jnp.max(db, where=count, initial=-jnp.inf) - self.top_db)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins: int = 20,
        num_spectrogram_bins: int = 129,
        sampling_rate: float = 8000,
        lower_edge_hertz: float = 125.0,
        upper_edge_hertz: float = 3800.0,
        dtype: Any = "float32",
    ) -> Array:
        """The share of each frequency in each band: triangles that are 1 in their middle and 0 at
        the middles of their neighbours.

        Shapes:
            result: (num_spectrogram_bins, num_mel_bins)
        """
        pitch = _mel(np.linspace(0, sampling_rate / 2, num_spectrogram_bins))[:, None]
        edges = np.linspace(_mel(lower_edge_hertz), _mel(upper_edge_hertz), num_mel_bins + 2)
        rises = (pitch - edges[:-2]) / (edges[1:-1] - edges[:-2])
        falls = (edges[2:] - pitch) / (edges[2:] - edges[1:-1])
        shares = np.maximum(0, np.minimum(rises, falls))
        shares[0] = 0  # the mean of the signal has no pitch
        return jnp.asarray(shares, dtype)


def _mel(hertz: Any) -> Any:
    """Pitch by frequency."""
    return 1127 * np.log1p(np.asarray(hertz, np.float64) / 700)


def _is_window(value: Any) -> bool:
    if not isinstance(value, str):
        return np.ndim(value) == 1
    if value in ("hann", "hamming"):
        return True
    # scipy comes with JAX; its signal module takes most of a second to import.
    from scipy.signal import get_window

    try:
        return get_window(value, 1) is not None
    except ValueError:
        return False


Window = Annotated[
    Any,
    Rule(
        "the name of one of scipy.signal's windows, an array of `frame_length` numbers or None",
        _is_window,
        lambda v: v if isinstance(v, str) else np.asarray(v),
        bad=("no such window", 3),
    ),
]
FrameLength = Annotated[
    int, when("an integer of 2 or more", lambda v: v == int(v) and v > 1, bad=(1, 2.5))
]
Mode = Annotated[str, one_of("log", "magnitude", "psd", "real", "imag", "angle", "stft")]


class STFTSpectrogram(Layer):
    """Fourier transforms of the frames of a signal, as a convolution whose kernels can be trained.

    At first the kernels are the waves `window[t] exp(-2 pi i k t / fft_length)`, over the window's
    norm: what they give is `r + i s`, and `power = r^2 + s^2`.

    Shapes:
        x: (batch, samples, channels) -> (batch, frames, channels * frequencies), where there are
            `fft_length // 2 + 1` frequencies; with `expand_dims`
            (batch, frames, frequencies, channels); channels first, (batch, channels, samples) ->
            (batch, channels * frequencies, frames) or (batch, channels, frames, frequencies)
        real_kernel, imag_kernel: (frame_length, 1, frequencies)

    Args:
        mode: 'magnitude': `sqrt(power)`; 'log': its logarithm; 'psd': `power`, twice where a
            frequency stands for its negative, too; 'real': `r`; 'imag': `s`; 'angle':
            `atan2(s, r)`; 'stft': `r` and `s`, one after the other.
        frame_length: Length of a frame, in samples.
        frame_step: From one frame to the next, in samples; None: half a frame.
        fft_length: None: the power of two from `frame_length` on.
        window: Name of one of scipy.signal's windows, an array (frame_length,), or None.
        periodic: Whether a window found by name is one period of a periodic function.
        scaling: The window's norm: 'density', the root of its sum of squares, 'spectrum', its sum
            of absolute values, or None.
        padding: 'valid': frames lie within the signal; 'same': it is filled up with zeros.
        expand_dims: Whether frequencies have an axis of their own, as a picture's width.
        data_format: 'channels_last' or 'channels_first'.

    Example:
        >>> STFTSpectrogram(frame_length=64, fft_length=128)(ops.ones((2, 640, 1))).shape
        (2, 19, 65)

    Source: Cheuk et al. 2020, nnAudio, arXiv:1912.12055.
    """

    mode: Mode = "log"
    frame_length: FrameLength = 256
    frame_step: Positive | None = None
    fft_length: Positive | None = None
    window: Window | None = "hann"
    periodic: bool = False
    scaling: Annotated[Any, one_of("density", "spectrum", None)] = "density"
    padding: Annotated[str, one_of("valid", "same")] = "valid"
    expand_dims: bool = False
    data_format: DataFormat = None

    def setup(self) -> None:
        """Check that a step and a transform fit the frame."""
        if self.frame_step is not None and self.frame_step > self.frame_length:
            expected = f"`frame_length`, {self.frame_length}, at most"
            raise bad_argument(self, "frame_step", expected, self.frame_step)
        if self.fft_length is not None and self.fft_length < self.frame_length:
            expected = f"`frame_length`, {self.frame_length}, at least"
            raise bad_argument(self, "fft_length", expected, self.fft_length)
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: tuple) -> None:
        """Make the kernels that the mode needs."""
        fft_length = self.fft_length or 1 << (self.frame_length - 1).bit_length()
        shape = (self.frame_length, 1, fft_length // 2 + 1)
        for side in self._sides:
            waves = STFT(side, self.window, self.scaling, self.periodic)
            setattr(self, f"{side}_kernel", self.add_weight(shape, waves, name=f"{side}_kernel"))

    @property
    def _sides(self) -> list[str]:
        return [self.mode] if self.mode in ("real", "imag") else ["real", "imag"]

    def call(self, inputs: Array) -> Array:
        """The spectrogram, laid out as wanted."""
        if not is_float(inputs.dtype):
            raise UserTypeError(f"{who(self)}: expected floats; got {inputs.dtype}.")
        first = self.data_format == "channels_first"
        x = inputs if first else jnp.swapaxes(inputs, 1, 2)  # (batch, channels, samples)
        if x.shape[-1] < self.frame_length and self.padding == "valid":
            expected = f"of {self.frame_length} samples or more"
            raise bad_input(self, expected, public_shape(inputs), "Use padding='same'.")
        y = self._of_waves(self._waves(x))  # (batch, channels, frames, frequencies)
        batch, channels, frames, frequencies = y.shape
        if first:
            if self.expand_dims:
                return y
            return jnp.swapaxes(y, 2, 3).reshape(batch, channels * frequencies, frames)
        if self.expand_dims:
            return jnp.moveaxis(y, 1, 3)
        return jnp.swapaxes(y, 1, 2).reshape(batch, frames, channels * frequencies)

    def _waves(self, x: Array) -> Array:
        """Each frame of (batch, channels, samples) times the kernels, the real ones first."""
        kernels = [getattr(self, f"{side}_kernel").value for side in self._sides]
        kernel = jnp.concatenate(kernels, -1).astype(x.dtype)
        step = self.frame_step or self.frame_length // 2
        signals = x.reshape(-1, x.shape[2], 1)
        padding: Any = self.padding
        y = lowering.convolve(signals, kernel, (step,), padding, (1,))
        return y.reshape(*x.shape[:2], *y.shape[1:])

    def _of_waves(self, y: Array) -> Array:
        """What the mode makes of them."""
        if self.mode in ("real", "imag", "stft"):
            return y
        real, imag = jnp.split(y, 2, -1)
        if self.mode == "angle":
            return jnp.arctan2(imag, real)
        power = real**2 + imag**2
        if self.mode == "psd":
            return power.at[..., 1:-1].multiply(2)
        magnitude = jnp.sqrt(jnp.maximum(power, config.epsilon()))
        if self.mode == "magnitude":
            return magnitude
        return jnp.log(jnp.maximum(magnitude, config.epsilon()))
