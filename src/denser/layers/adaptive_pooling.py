"""Adaptive pooling: the maximum or mean of a given number of parts, whatever the input's size."""

import jax.numpy as jnp
import numpy as np
from jax import Array

from ..core.budget import allow_steps
from .spatial import DataFormat, Sizes, _Spatial


class _AdaptivePooling(_Spatial):
    """Base of pooling to a given size: part `i` of `n` goes from `floor(i * size / n)` up to
    `ceil((i + 1) * size / n)`.

    A part of space is a product of parts of axes, and both mean and maximum go axis by axis.
    """

    output_size: Sizes
    data_format: DataFormat = None

    def over_space(self, x: Array) -> Array:
        """One number for each part."""
        for axis, parts in enumerate(self.output_size, start=1):
            x = jnp.moveaxis(self.over_axis(jnp.moveaxis(x, axis, -1), parts), -1, axis)
        return x

    def over_axis(self, x: Array, parts: int) -> Array:
        """`x` with `parts` numbers in its last axis."""
        raise NotImplementedError(f"{type(self).__name__} must define `over_axis`.")

    def least_space(self) -> tuple[int, ...]:
        """An empty part has neither mean nor maximum."""
        return (1,) * self.rank


def _parts(size: int, parts: int) -> list[slice]:
    """Where the parts of an axis begin and end."""
    allow_steps(parts, "output_size")
    return [slice(i * size // parts, -(-(i + 1) * size // parts)) for i in range(parts)]


class _AdaptiveAveragePooling(_AdaptivePooling):
    """Base of AdaptiveAveragePooling1D, 2D and 3D."""

    def over_axis(self, x: Array, parts: int) -> Array:
        """The means, as a product with a small matrix."""
        weights = np.zeros((x.shape[-1], parts))
        for part, within in enumerate(_parts(x.shape[-1], parts)):
            weights[within, part] = 1 / (within.stop - within.start)
        x = x * 1.0  # the mean of integers is no integer
        return jnp.matmul(x, weights.astype(x.dtype), precision="highest")


class _AdaptiveMaxPooling(_AdaptivePooling):
    """Base of AdaptiveMaxPooling1D, 2D and 3D."""

    def over_axis(self, x: Array, parts: int) -> Array:
        """The maxima."""
        within = _parts(x.shape[-1], parts)
        return jnp.stack([jnp.max(x[..., part], axis=-1) for part in within], axis=-1)


class AdaptiveAveragePooling1D(_AdaptiveAveragePooling):
    """The mean of each channel in each of `output_size` parts of the time.

    Shapes:
        x: (batch, steps, channels) -> (batch, output_size, channels)

    Args: as in AdaptiveAveragePooling2D.
    """

    rank = 1


class AdaptiveAveragePooling2D(_AdaptiveAveragePooling):
    """The mean of each channel in each of `output_size` parts of the image, whatever its size.

    Part `i` of `n` goes from `floor(i * size / n)` up to `ceil((i + 1) * size / n)`.

    Shapes:
        x: (batch, height, width, channels) -> (batch, *output_size, channels)

    Args:
        output_size: Number of parts, one number for each axis or one for all.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).

    Example:
        >>> AdaptiveAveragePooling2D(3)(ops.ones((2, 7, 8, 4))).shape
        (2, 3, 3, 4)
    """

    rank = 2


class AdaptiveAveragePooling3D(_AdaptiveAveragePooling):
    """The mean of each channel in each of `output_size` parts of the volume.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, *output_size, channels)

    Args: as in AdaptiveAveragePooling2D.
    """

    rank = 3


class AdaptiveMaxPooling1D(_AdaptiveMaxPooling):
    """The largest value of each channel in each of `output_size` parts of the time.

    Shapes:
        x: (batch, steps, channels) -> (batch, output_size, channels)

    Args: as in AdaptiveAveragePooling2D.
    """

    rank = 1


class AdaptiveMaxPooling2D(_AdaptiveMaxPooling):
    """The largest value of each channel in each of `output_size` parts of the image.

    Shapes:
        x: (batch, height, width, channels) -> (batch, *output_size, channels)

    Args: as in AdaptiveAveragePooling2D.

    Example:
        >>> AdaptiveMaxPooling2D((2, 3))(ops.ones((2, 7, 8, 4))).shape
        (2, 2, 3, 4)
    """

    rank = 2


class AdaptiveMaxPooling3D(_AdaptiveMaxPooling):
    """The largest value of each channel in each of `output_size` parts of the volume.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, *output_size, channels)

    Args: as in AdaptiveAveragePooling2D.
    """

    rank = 3
