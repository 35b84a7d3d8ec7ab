"""Initializers: how a weight starts. Computed on the host, with the numbers of Keras on JAX.

Any function `(shape, dtype=None)` that returns an array is an initializer too.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from .core import threefry
from .core.dtype import canonical, standardize_dtype
from .core.fields import Number, PositiveNumber, Rule, Seed, one_of, when
from .core.messages import UserError, bad_argument, who
from .core.random import draw_seed, make_default_seed
from .core.registry import Family, Registered

INITIALIZERS = Family("initializer", "initializers")

Shape = tuple[int, ...]


class Initializer(Registered):
    """Base of initializers: a subclass defines `__call__(self, shape, dtype=None)`.

    Example:
        >>> class Ramp(Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return ops.reshape(ops.arange(math.prod(shape), dtype=dtype), shape)
    """

    family = INITIALIZERS

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        """The starting value, of that shape and type (None: `config.floatx()`)."""
        raise NotImplementedError(f"{type(self).__name__} must define `__call__(shape, dtype)`.")

    def clone(self) -> "Initializer":
        """A new one of the same arguments; without a seed it will give other numbers."""
        return type(self).from_config(self.get_config())


class Zeros(Initializer):
    """All zeros."""

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """An array of zeros."""
        return np.zeros(shape, _numpy_dtype(dtype))


class Ones(Initializer):
    """All ones."""

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """An array of ones."""
        return np.ones(shape, _numpy_dtype(dtype))


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
        value = np.asarray(self.value).astype(_numpy_dtype(dtype))
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
        return (self.gain * np.eye(*shape)).astype(_numpy_dtype(dtype))


class _Random(Initializer):
    """The same numbers at each call, unless the seed is a SeedGenerator."""

    seed: Seed = None

    def setup(self) -> None:
        self._source = make_default_seed() if self.seed is None else self.seed

    def _draw(
        self, distribution: Callable[..., np.ndarray], shape: Shape, dtype: Any, *limits: float
    ) -> np.ndarray:
        """Numbers of a function of `core.threefry`."""
        dtype = _numpy_dtype(dtype)
        if not jnp.issubdtype(dtype, np.floating):
            raise bad_argument(self, "dtype", "a floating type", dtype.name)
        return distribution(draw_seed(self._source), tuple(shape), *limits, dtype=dtype)


class RandomUniform(_Random):
    """Numbers from `minval` up to `maxval`, each as likely as any other.

    Args:
        minval, maxval: The range.
        seed: An integer, a SeedGenerator, or None for a random one. The same object gives the
            same numbers at each call, unless its seed is a SeedGenerator.

    Example:
        >>> RandomUniform(0, 1, seed=1)((2,)).shape
        (2,)
    """

    minval: Number = -0.05
    maxval: Number = 0.05

    def setup(self) -> None:
        """Refuse an empty range."""
        super().setup()
        if self.minval > self.maxval:
            raise bad_argument(self, "maxval", f"at least `minval`, {self.minval}", self.maxval)

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The numbers; `dtype` is a floating type."""
        return self._draw(threefry.uniform, shape, dtype, self.minval, self.maxval)


class RandomNormal(_Random):
    """Numbers of the normal distribution.

    Args:
        mean, stddev: Its mean and standard deviation.
        seed: As in `RandomUniform`.
    """

    mean: Number = 0.0
    stddev: Number = 0.05

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The numbers; `dtype` is a floating type."""
        return _affine(self._draw(threefry.normal, shape, dtype), self.stddev, self.mean)


class TruncatedNormal(_Random):
    """Numbers of the normal distribution without those more than `2 * stddev` from the mean.

    Args:
        mean, stddev: Mean and standard deviation before the cut; after it the deviation is
            `0.8796 * stddev`.
        seed: As in `RandomUniform`.
    """

    mean: Number = 0.0
    stddev: Number = 0.05

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The numbers; `dtype` is a floating type."""
        return _affine(self._draw(threefry.truncated_normal, shape, dtype), self.stddev, self.mean)


_MODES = {
    "fan_in": lambda fan_in, fan_out: fan_in,
    "fan_out": lambda fan_in, fan_out: fan_out,
    "fan_avg": lambda fan_in, fan_out: (fan_in + fan_out) / 2,
}
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
_TRUNCATED_DEVIATION = 0.87962566103423978  # of the normal distribution cut at 2 deviations


def _distribution(value: Any) -> Any:
    name = value.lower() if isinstance(value, str) else value
    return "truncated_normal" if name == "normal" else name


_Mode = Annotated[str, one_of(*_MODES)]
_Distribution = Annotated[
    str,
    Rule(
        f"one of {', '.join(map(repr, _DISTRIBUTIONS))}",
        lambda v: v in _DISTRIBUTIONS,
        _distribution,
        bad=("no such word", 17),
    ),
]
_Axes = Annotated[
    Any,
    Rule(
        "an axis or a list of axes",
        lambda v: isinstance(v, (list, tuple)) and all(isinstance(axis, int) for axis in v),
        lambda v: [v] if isinstance(v, int) else v,
        bad=("a", 2.5),
    ),
]


class _Scaled(_Random):
    """Numbers of mean 0 and variance `scale / fan`."""

    scale = 1.0
    mode = "fan_in"
    distribution = "truncated_normal"

    seed: Seed = None
    input_axes: _Axes = None
    output_axes: _Axes = None

    def setup(self) -> None:
        """Refuse one list of axes without the other."""
        super().setup()
        if (self.input_axes is None) != (self.output_axes is None):
            raise UserError(f"{who(self)}: give both `input_axes` and `output_axes`, or neither.")

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The numbers; `dtype` is a floating type."""
        fan = _MODES[self.mode](*self._fans(tuple(shape)))
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return self._draw(threefry.uniform, shape, dtype, -limit, limit)
        if self.distribution == "untruncated_normal":
            return _affine(self._draw(threefry.normal, shape, dtype), math.sqrt(variance))
        numbers = self._draw(threefry.truncated_normal, shape, dtype)
        return _affine(numbers, math.sqrt(variance) / _TRUNCATED_DEVIATION)

    def _fans(self, shape: Shape) -> tuple[int, int]:
        """How many inputs one unit sums up, and how many units one input goes to."""
        if self.input_axes is not None:
            axes = [*self.input_axes, *self.output_axes]
            if any(not -len(shape) <= axis < len(shape) for axis in axes):
                raise bad_argument(self, "input_axes, output_axes", f"axes of {shape}", axes)
            sizes = shape.__getitem__
            return math.prod(map(sizes, self.input_axes)), math.prod(map(sizes, self.output_axes))
        if len(shape) < 2:
            return math.prod(shape), math.prod(shape)
        window = math.prod(shape[:-2])  # a convolution's; 1 for a matrix
        return window * shape[-2], window * shape[-1]


class VarianceScaling(_Scaled):
    """Numbers of mean 0 and variance `scale / fan`.

    The fan of a kernel `(*window, inputs, outputs)` is `prod(window) * inputs` ("fan_in"),
    `prod(window) * outputs` ("fan_out") or the mean of both ("fan_avg").

    Args:
        scale: A positive number.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (also "normal"), "untruncated_normal" or "uniform", this
            one from `-sqrt(3 * scale / fan)` to `sqrt(3 * scale / fan)`.
        seed: As in `RandomUniform`.
        input_axes, output_axes: The axes whose sizes make the two fans, where the rule above does
            not fit the weight.
    """

    scale: PositiveNumber = 1.0
    mode: _Mode = "fan_in"
    distribution: _Distribution = "truncated_normal"


class GlorotUniform(_Scaled):
    """Uniform numbers of variance `2 / (fan_in + fan_out)`; also called Xavier.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward
    neural networks".
    """

    mode = "fan_avg"
    distribution = "uniform"


class GlorotNormal(_Scaled):
    """Truncated normal numbers of variance `2 / (fan_in + fan_out)`; also called Xavier.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward
    neural networks".
    """

    mode = "fan_avg"


class HeUniform(_Scaled):
    """Uniform numbers of variance `2 / fan_in`, meant for relu.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: He et al. 2015, "Delving deep into rectifiers", arXiv:1502.01852.
    """

    scale = 2.0
    distribution = "uniform"


class HeNormal(_Scaled):
    """Truncated normal numbers of variance `2 / fan_in`, meant for relu.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: He et al. 2015, "Delving deep into rectifiers", arXiv:1502.01852.
    """

    scale = 2.0


class LecunUniform(_Scaled):
    """Uniform numbers of variance `1 / fan_in`.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: LeCun et al. 1998, "Efficient BackProp".
    """

    distribution = "uniform"


class LecunNormal(_Scaled):
    """Truncated normal numbers of variance `1 / fan_in`, meant for selu.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: LeCun et al. 1998, "Efficient BackProp"; Klambauer et al. 2017, arXiv:1706.02515.
    """


class Orthogonal(_Random):
    """A matrix whose columns (or rows, if they are fewer) are orthogonal and of length `gain`.

    It is the Q of a random normal matrix's QR, signs chosen so that every such matrix is equally
    likely. A weight of more than two axes is that matrix with all axes but the last in its rows.

    Args:
        gain: Factor of the result.
        seed: As in `RandomUniform`.

    Source: Saxe et al. 2014, arXiv:1312.6120; Mezzadri 2007, arXiv:math-ph/0609050.
    """

    gain: Number = 1.0

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The matrix in the weight's shape, of at least two axes."""
        if len(shape) < 2:
            raise bad_argument(self, "shape", "one of two axes or more", shape)
        rows, columns = math.prod(shape[:-1]), shape[-1]
        size = (max(rows, columns), min(rows, columns))
        numbers = self._draw(threefry.normal, size, dtype)
        half = numbers.dtype.itemsize < 4
        q, r = np.linalg.qr(numbers.astype(np.float32) if half else numbers)
        q *= np.sign(np.diagonal(r))
        q = q.T if rows < columns else q
        return (self.gain * q).reshape(shape).astype(numbers.dtype)


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
        return _broadcast(self, kernel.astype(_numpy_dtype(dtype)), shape)

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


def _numpy_dtype(dtype: Any) -> np.dtype:
    return jnp.dtype(canonical(standardize_dtype(dtype)))


def _affine(numbers: np.ndarray, factor: float, offset: float = 0.0) -> np.ndarray:
    """`numbers * factor + offset`, in place, rounded after each step as Keras does."""
    numbers *= numbers.dtype.type(factor)
    numbers += numbers.dtype.type(offset)
    return numbers


def _broadcast(owner: Initializer, value: np.ndarray, shape: Shape) -> np.ndarray:
    try:
        return np.broadcast_to(value, shape).copy()
    except ValueError:
        expected = f"one that {value.shape} broadcasts to"
        raise bad_argument(owner, "shape", expected, tuple(shape)) from None


def get(identifier: Any) -> Any:
    """The initializer meant by a name, a config, a class, an object or a function; None is None.

    Example:
        >>> get("he_normal").get_config()
        {'seed': None, 'input_axes': None, 'output_axes': None}
    """
    return INITIALIZERS.get(identifier)


def serialize(initializer: Any) -> Any:
    """The config that `deserialize` makes `initializer` from again."""
    return INITIALIZERS.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer that `serialize` described."""
    return INITIALIZERS.deserialize(config, custom_objects)


AnInitializer = Annotated[
    Any,
    Rule(
        "an initializer: its name, an object, or a function of (shape, dtype)",
        lambda value: value is None or callable(value),
        get,
        bad=("no_such_name", 17),
    ),
]

# Keras's other names; those in snake case are known to `get` already.
zeros = INITIALIZERS.add(Zeros, "zero")
ones = INITIALIZERS.add(Ones, "one")
constant = Constant
identity = IdentityInitializer = INITIALIZERS.add(Identity, "IdentityInitializer")
random_uniform = INITIALIZERS.add(RandomUniform, "uniform")
random_normal = INITIALIZERS.add(RandomNormal, "normal")
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = GlorotUniform
glorot_normal = GlorotNormal
he_uniform = HeUniform
he_normal = HeNormal
lecun_uniform = LecunUniform
lecun_normal = LecunNormal
orthogonal = OrthogonalInitializer = INITIALIZERS.add(Orthogonal, "OrthogonalInitializer")
stft = STFTInitializer = INITIALIZERS.add(STFT, "STFTInitializer")
