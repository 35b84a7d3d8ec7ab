"""Regularization: noise that is added in training only, and penalties on the activity."""

import math
from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
from jax import Array

from ..core.fields import NonNegativeNumber, Rate, Rule, Seed, when
from ..core.graph import public_shape
from ..core.messages import bad_argument
from ..core.random import as_generator
from ..lowering.dropout import drop
from ..ops import random
from ..regularizers import L1L2, Factor
from .input_spec import InputSpec
from .layer import Layer
from .spatial import DataFormat

RateBelowOne = Annotated[
    float,
    when(
        "a number from 0 up to, but not, 1",
        lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and 0 <= v < 1,
        bad=(-0.1, 1, "a"),
    ),
]


def _are_sizes(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        n is None or (isinstance(n, int) and not isinstance(n, bool) and n > 0) for n in value
    )


NoiseShape = Annotated[
    Any,
    Rule(
        "a shape: sizes, or None for the size of the input",
        _are_sizes,
        lambda value: tuple(value) if isinstance(value, list) else value,
        bad=(3, "a", (0, 1), (2.5,)),
    ),
]


class _Noise(Layer):
    """Base of layers that disturb their input in training and hand it on otherwise."""

    supports_masking = True

    # Fields of the subclasses that read them.
    rate: ClassVar[float]
    seed: ClassVar[Any]
    noise_shape: ClassVar[tuple[int | None, ...] | None]

    def setup(self) -> None:
        """A source of seeds, which count up at each call."""
        if self.strength > 0:
            self.seed_generator = as_generator(self.seed)

    def call(self, inputs: Array, training: bool | None = False) -> Array:
        """The inputs, disturbed in training."""
        if not training or self.strength == 0:
            return inputs
        return self.disturbed(inputs, self.seed_generator.next())

    @property
    def strength(self) -> float:
        """How strong the noise is; 0 for none."""
        return self.rate

    def disturbed(self, x: Array, seed: Array) -> Array:
        """`x` with the noise that `seed` gives."""
        raise NotImplementedError(f"{type(self).__name__} must define `disturbed`.")

    def noise_sizes(self, x: Array) -> tuple[int, ...]:
        """The shape of the noise for `x`, from `noise_shape`."""
        shape, real = self.noise_shape or (None,) * x.ndim, public_shape(x)
        fits = len(shape) == x.ndim and all(
            n in (None, 1) or size in (None, n) for n, size in zip(shape, real, strict=True)
        )
        if not fits:
            raise bad_argument(self, "noise_shape", f"one that broadcasts to {real}", shape)
        pairs = zip(shape, x.shape, strict=True)
        return tuple(n if wanted is None else wanted for wanted, n in pairs)


class Dropout(_Noise):
    """In training, 0 with probability `rate`, else `x / (1 - rate)`: the mean stays.

    Shapes:
        x: any -> the same

    Args:
        rate: The probability.
        noise_shape: Axes where it is 1 are dropped together; None there is the input's size.
        seed: An integer makes the choice repeatable.

    Example:
        >>> Dropout(0.5)(ops.ones((2, 2))).tolist()
        [[1.0, 1.0], [1.0, 1.0]]

    Source: Srivastava et al. 2014, Dropout.
    """

    rate: Rate
    noise_shape: NoiseShape | None = None
    seed: Seed = None

    def disturbed(self, x: Array, seed: Array) -> Array:
        """`x` with some elements dropped."""
        return drop(x, self.rate, seed, self.noise_sizes(x))


class _SpatialDropout(_Noise):
    """Base of the spatial dropouts."""

    rank: ClassVar[int]
    data_format = "channels_last"

    def setup(self) -> None:
        """The axes of batch, space and channels."""
        super().setup()
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def disturbed(self, x: Array, seed: Array) -> Array:
        """`x` with some channels dropped."""
        together = (1,) * self.rank
        if self.data_format == "channels_first":
            return drop(x, self.rate, seed, (None, None, *together))
        return drop(x, self.rate, seed, (None, *together, None))

    def get_config(self) -> dict[str, Any]:
        """The arguments as Keras's constructor takes them, which knows no `trainable`."""
        config = super().get_config() | {"dtype": self.dtype_policy.name}
        del config["trainable"]
        return config


class SpatialDropout1D(_SpatialDropout):
    """Dropout of whole channels of a sequence: neighbours in time are alike, and dropping single
    ones would change little.

    Shapes:
        x: (batch, steps, channels) -> the same

    Args:
        rate: The probability that a channel becomes 0.
        seed: An integer makes the choice repeatable.

    Source: Tompson et al. 2014, arXiv:1411.4280.
    """

    rank = 1
    rate: Rate
    seed: Seed = None


class SpatialDropout2D(_SpatialDropout):
    """Dropout of whole channels of an image.

    Shapes:
        x: (batch, height, width, channels) -> the same

    Args:
        rate: The probability that a channel becomes 0.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        seed: An integer makes the choice repeatable.

    Source: Tompson et al. 2014, arXiv:1411.4280.
    """

    rank = 2
    rate: Rate
    data_format: DataFormat = None
    seed: Seed = None


class SpatialDropout3D(_SpatialDropout):
    """Dropout of whole channels of a volume.

    Shapes:
        x: (batch, depth, height, width, channels) -> the same

    Args: as in SpatialDropout2D.
    """

    rank = 3
    rate: Rate
    data_format: DataFormat = None
    seed: Seed = None


class GaussianNoise(_Noise):
    """In training, `x + noise`, normally distributed around 0.

    Shapes:
        x: any -> the same

    Args:
        stddev: Standard deviation of the noise.
        seed: An integer makes the noise repeatable.
    """

    stddev: NonNegativeNumber
    seed: Seed = None

    @property
    def strength(self) -> float:
        """The standard deviation."""
        return self.stddev

    def disturbed(self, x: Array, seed: Array) -> Array:
        """`x` and noise."""
        return x + random.normal(x.shape, 0.0, self.stddev, x.dtype, seed)


class GaussianDropout(_Noise):
    """In training, `x * noise`, normally distributed around 1 with the variance of dropout.

    Shapes:
        x: any -> the same

    Args:
        rate: The standard deviation is `sqrt(rate / (1 - rate))`.
        seed: An integer makes the noise repeatable.

    Source: Srivastava et al. 2014, Dropout, section 10.
    """

    rate: RateBelowOne
    seed: Seed = None

    def disturbed(self, x: Array, seed: Array) -> Array:
        """`x` times noise."""
        stddev = math.sqrt(self.rate / (1 - self.rate))
        return x * random.normal(x.shape, 1.0, stddev, x.dtype, seed)


class AlphaDropout(_Noise):
    """Dropout that keeps mean 0 and variance 1, which `selu` works by: in training, elements become
    `-1.758`, the limit of selu far below 0, and all are shifted and scaled.

    Shapes:
        x: any -> the same

    Args:
        rate: The probability.
        noise_shape: Axes where it is 1 are dropped together; None there is the input's size.
        seed: An integer makes the choice repeatable.

    Source: Klambauer et al. 2017, arXiv:1706.02515.
    """

    rate: RateBelowOne
    noise_shape: NoiseShape | None = None
    seed: Seed = None

    def disturbed(self, x: Array, seed: Array) -> Array:
        """`x` with some elements at their limit."""
        limit = -1.7580993408473766  # -alpha * scale of selu
        stays = drop(jnp.ones(self.noise_sizes(x), x.dtype), self.rate, seed) > 0
        scale = ((1 - self.rate) * (1 + self.rate * limit**2)) ** -0.5
        shift = -scale * limit * self.rate
        return jnp.where(stays, x, limit) * scale + shift


class ActivityRegularization(Layer):
    """The input as it is, with the penalty `l1 * sum(|x|) + l2 * sum(x^2)` added to the loss.

    Shapes:
        x: any -> the same

    Args:
        l1, l2: The factors.
    """

    l1: Factor = 0.0
    l2: Factor = 0.0

    supports_masking = True

    def setup(self) -> None:
        """The penalty."""
        self.activity_regularizer = L1L2(self.l1, self.l2)

    def call(self, inputs: Any) -> Any:
        """`inputs`."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The factors, which say it all."""
        config = super().get_config()
        del config["activity_regularizer"]
        return config
