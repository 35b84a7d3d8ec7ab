"""Initializers without chance: constants, the identity, the kernel of a Fourier transform."""

import math
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from ..core.fields import Number, one_of, when
from ..core.messages import bad_argument
from .initializer import Initializer, Shape, numpy_dtype


class Zeros(Initializer):
    """All zeros."""

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """An array of zeros."""
        return np.zeros(shape, numpy_dtype(dtype))


class Ones(Initializer):
    """All ones."""

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """An array of ones."""
        return np.ones(shape, numpy_dtype(dtype))


def _is_numbers(value: Any) -> bool:
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return False
    return array.dtype.kind in "biufc" or jnp.issubdtype(array.dtype, np.floating)


class Constant(Initializer):
    """One value everywhere, or a given array.

    Args:
        value: A number, or an array or list that broadcasts to the weight's shape.

    Example:
        >>> Constant(3.0)((2,))
        array([3., 3.], dtype=float32)
    """

    value: Annotated[Any, when("a number or an array", _is_numbers, bad=("a", None))] = 0.0

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The value, broadcast to `shape`."""
        value = np.asarray(self.value).astype(numpy_dtype(dtype))
        return _broadcast(self, value, shape)


class Identity(Initializer):
    """A matrix with `gain` on its diagonal and zeros elsewhere.

    Shapes:
        result: (rows, columns)
    """

    gain: Number = 1.0

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The matrix; `shape` has two axes."""
        if len(shape) != 2:
            raise bad_argument(self, "shape", "that of a matrix, (rows, columns)", shape)
        return (self.gain * np.eye(*shape)).astype(numpy_dtype(dtype))


class STFT(Initializer):
    """Kernel of a convolution that computes a short-time Fourier transform.

    `cos(2 pi t k / n) * window[t] / scale` for the real part, `-sin(...)` for the imaginary one.

    Shapes:
        result: (frame_length, 1, n // 2 + 1), n being the length of the Fourier transform

    Args:
        side: "real" or "imag".
        window: Name of one of `scipy.signal`'s windows, an array (frame_length,), or None.
        scaling: "density" divides by the root of the window's sum of squares, "spectrum" by its
            sum of absolute values, None by 1.
        periodic: Whether a window found by name is one period of a periodic function; False makes
            it symmetric.
    """

    side: Annotated[str, one_of("real", "imag")] = "real"
    window: Any = "hann"
    scaling: Annotated[Any, one_of("density", "spectrum", None)] = "density"
    periodic: bool = False

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The kernel; `shape` has three axes."""
        if len(shape) != 3:
            raise bad_argument(self, "shape", "(frame_length, 1, frequencies)", shape)
        length, _, frequencies = shape
        time = np.arange(length)[:, None, None]
        cycles = np.arange(frequencies) / (2 * (frequencies - 1))
        wave = np.cos if self.side == "real" else np.sin
        kernel = wave(-2 * np.pi * time * cycles)
        if self.window is not None:
            window = self._window(length)
            kernel *= window[:, None, None] / self._norm(window)
        return _broadcast(self, kernel.astype(numpy_dtype(dtype)), shape)

    def _window(self, length: int) -> np.ndarray:
        if not isinstance(self.window, str):
            window = np.asarray(self.window, np.float64)
            if window.shape != (length,):
                raise bad_argument(self, "window", f"of shape ({length},)", window.shape)
            return window
        # scipy comes with JAX; its signal module takes most of a second to import.
        from scipy.signal import get_window

        return np.asarray(get_window(self.window, length, fftbins=self.periodic))

    def _norm(self, window: np.ndarray) -> float:
        if self.scaling == "density":
            return math.sqrt(np.sum(window**2))
        return float(np.sum(np.abs(window))) if self.scaling == "spectrum" else 1.0


def _broadcast(owner: Initializer, value: np.ndarray, shape: Shape) -> np.ndarray:
    try:
        return np.broadcast_to(value, shape).copy()
    except ValueError:
        expected = f"one that {value.shape} broadcasts to"
        raise bad_argument(owner, "shape", expected, tuple(shape)) from None
