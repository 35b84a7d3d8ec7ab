"""Initializers that draw numbers: uniform, normal, and the orthogonal matrices made of them."""

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..core import threefry
from ..core.fields import Number, Seed
from ..core.messages import bad_argument
from ..core.random import draw_seed, make_default_seed
from .initializer import Initializer, Shape, numpy_dtype


class Drawn(Initializer):
    """The same numbers at each call, unless the seed is a SeedGenerator."""

    is_a_base = True

    seed: Seed = None

    def setup(self) -> None:
        """Without a seed of its own, take a random one."""
        self._source = make_default_seed() if self.seed is None else self.seed

    def _draw(
        self, distribution: Callable[..., np.ndarray], shape: Shape, dtype: Any, *limits: float
    ) -> np.ndarray:
        """Numbers of a function of `core.threefry`."""
        dtype = numpy_dtype(dtype)
        if not jnp.issubdtype(dtype, np.floating):
            raise bad_argument(self, "dtype", "a floating type", dtype.name)
        return distribution(draw_seed(self._source), tuple(shape), *limits, dtype=dtype)


class RandomUniform(Drawn):
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


class RandomNormal(Drawn):
    """Numbers of the normal distribution.

    Args:
        mean, stddev: Its mean and standard deviation.
        seed: As in `RandomUniform`.
    """

    mean: Number = 0.0
    stddev: Number = 0.05

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The numbers; `dtype` is a floating type."""
        return affine(self._draw(threefry.normal, shape, dtype), self.stddev, self.mean)


class TruncatedNormal(Drawn):
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
        return affine(self._draw(threefry.truncated_normal, shape, dtype), self.stddev, self.mean)


class Orthogonal(Drawn):
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


def affine(numbers: np.ndarray, factor: float, offset: float = 0.0) -> np.ndarray:
    """`numbers * factor + offset`, in place, rounded after each step as Keras does."""
    numbers *= numbers.dtype.type(factor)
    numbers += numbers.dtype.type(offset)
    return numbers
