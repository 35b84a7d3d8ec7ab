"""Pooling: the maximum or mean of windows or of the whole space."""

from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from ..lowering.pool import average_pool, max_pool
from .layer import LAYERS
from .spatial import DataFormat, Padding, Sizes, _Spatial


class _Pooling(_Spatial):
    """Base of pooling over windows."""

    pool: ClassVar[Callable[..., Array]]

    pool_size: Sizes
    strides: Sizes = None
    padding: Padding = "valid"
    data_format: DataFormat = None

    def setup(self) -> None:
        """Windows stand side by side where no `strides` are given."""
        super().setup()
        self.strides = self.strides or self.pool_size

    def over_space(self, x: Array) -> Array:
        """One number for each window."""
        return type(self).pool(x, self.pool_size, self.strides, self.padding)

    def least_space(self) -> tuple[int, ...]:
        """The window, where nothing is padded."""
        return self.pool_size if self.padding == "valid" else super().least_space()


class _MaxPooling(_Pooling):
    """Base of MaxPooling1D, 2D and 3D."""

    pool: ClassVar = staticmethod(max_pool)


class MaxPooling1D(_MaxPooling):
    """The largest value of each channel in each window: `y[t] = max_i x[t * stride + i]`.

    Shapes:
        x: (batch, steps, channels) -> (batch, new_steps, channels)

    Args: as in MaxPooling2D.

    Example:
        >>> MaxPooling1D(2)(ops.ones((2, 10, 4))).shape
        (2, 5, 4)
    """

    rank = 1
    pool_size = 2


class MaxPooling2D(_MaxPooling):
    """The largest value of each channel in each window: `y[p] = max_i x[p * strides + i]`.

    Shapes:
        x: (batch, height, width, channels) -> (batch, new_height, new_width, channels)

    Args:
        pool_size: Size of the window, one number for each axis or one for all.
        strides: Steps between windows; None: `pool_size`.
        padding: 'valid': windows inside the input; 'same': also those that reach over its edge.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).

    Example:
        >>> MaxPooling2D()(ops.ones((2, 28, 28, 3))).shape
        (2, 14, 14, 3)
    """

    rank = 2
    pool_size = (2, 2)


class MaxPooling3D(_MaxPooling):
    """The largest value of each channel in each window: `y[p] = max_i x[p * strides + i]`.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, *places, channels)

    Args: as in MaxPooling2D.

    Example:
        >>> MaxPooling3D()(ops.ones((1, 4, 6, 6, 2))).shape
        (1, 2, 3, 3, 2)
    """

    rank = 3
    pool_size = (2, 2, 2)


class _AveragePooling(_Pooling):
    """Base of AveragePooling1D, 2D and 3D."""

    pool: ClassVar = staticmethod(average_pool)

    def over_space(self, x: Array) -> Array:
        """The mean of integers is no integer."""
        return super().over_space(x * 1.0)


class AveragePooling1D(_AveragePooling):
    """The mean of each channel in each window: `y[t] = mean_i x[t * stride + i]`.

    Shapes:
        x: (batch, steps, channels) -> (batch, new_steps, channels)

    Args: as in AveragePooling2D.

    Example:
        >>> AveragePooling1D(2)(ops.ones((2, 10, 4))).shape
        (2, 5, 4)
    """

    rank = 1


class AveragePooling2D(_AveragePooling):
    """The mean of each channel in each window: `y[p] = mean_i x[p * strides + i]`.

    Shapes:
        x: (batch, height, width, channels) -> (batch, new_height, new_width, channels)

    Args:
        pool_size: Size of the window, one number for each axis or one for all.
        strides: Steps between windows; None: `pool_size`.
        padding: 'valid': windows inside the input; 'same': also those that reach over its edge,
            where only what is inside counts.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).

    Example:
        >>> AveragePooling2D(2)(ops.ones((2, 28, 28, 3))).shape
        (2, 14, 14, 3)
    """

    rank = 2


class AveragePooling3D(_AveragePooling):
    """The mean of each channel in each window: `y[p] = mean_i x[p * strides + i]`.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, *places, channels)

    Args: as in AveragePooling2D.

    Example:
        >>> AveragePooling3D(2)(ops.ones((1, 4, 6, 6, 2))).shape
        (1, 2, 3, 3, 2)
    """

    rank = 3


class _GlobalPooling(_Spatial):
    """Base of pooling over all of space."""

    reduce: ClassVar[Callable[..., Array]]

    data_format: DataFormat = None
    keepdims: bool = False

    def call(self, inputs: Array) -> Array:
        """One number for each channel of each row."""
        return type(self).reduce(inputs, axis=self.space_axes, keepdims=self.keepdims)

    @property
    def space_axes(self) -> tuple[int, ...]:
        """The axes that go."""
        first = 2 if self.data_format == "channels_first" else 1
        return tuple(range(first, first + self.rank))


class _GlobalMaxPooling(_GlobalPooling):
    """Base of GlobalMaxPooling1D, 2D and 3D."""

    reduce: ClassVar = staticmethod(jnp.max)


class GlobalMaxPooling1D(_GlobalMaxPooling):
    """The largest value of each channel over time.

    Shapes:
        x: (batch, steps, channels) -> (batch, channels)

    Args: as in GlobalMaxPooling2D.
    """

    rank = 1


class GlobalMaxPooling2D(_GlobalMaxPooling):
    """The largest value of each channel over the image.

    Shapes:
        x: (batch, height, width, channels) -> (batch, channels)

    Args:
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        keepdims: Whether the axes of space stay, with size 1.

    Example:
        >>> GlobalMaxPooling2D()(ops.ones((2, 7, 7, 64))).shape
        (2, 64)
    """

    rank = 2


class GlobalMaxPooling3D(_GlobalMaxPooling):
    """The largest value of each channel over the volume.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, channels)

    Args: as in GlobalMaxPooling2D.
    """

    rank = 3


class _GlobalAveragePooling(_GlobalPooling):
    """Base of GlobalAveragePooling1D, 2D and 3D."""

    reduce: ClassVar = staticmethod(jnp.mean)


class GlobalAveragePooling1D(_GlobalAveragePooling):
    """The mean of each channel over time; of the steps that the mask lets count, if there is one.

    A row without such a step gives zeros.

    Shapes:
        x: (batch, steps, channels) -> (batch, channels)
        mask: (batch, steps)

    Args: as in GlobalAveragePooling2D.

    Example:
        >>> GlobalAveragePooling1D()(ops.ones((2, 10, 4))).shape
        (2, 4)
    """

    rank = 1
    supports_masking = True

    def call(self, inputs: Array, mask: Any = None) -> Array:
        """The mean, or the masked mean."""
        if mask is None:
            return super().call(inputs)
        counts = jnp.expand_dims(mask, self.channel_axis).astype(inputs.dtype)
        axes, keepdims = self.space_axes, self.keepdims
        total = jnp.sum(counts, axis=axes, keepdims=keepdims)
        return jnp.sum(inputs * counts, axis=axes, keepdims=keepdims) / jnp.maximum(total, 1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: the steps are gone."""
        return None


class GlobalAveragePooling2D(_GlobalAveragePooling):
    """The mean of each channel over the image.

    Shapes:
        x: (batch, height, width, channels) -> (batch, channels)

    Args:
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        keepdims: Whether the axes of space stay, with size 1.

    Example:
        >>> GlobalAveragePooling2D()(ops.ones((2, 7, 7, 64))).shape
        (2, 64)

    Source: Lin et al. 2013, "Network in network", arXiv:1312.4400.
    """

    rank = 2


class GlobalAveragePooling3D(_GlobalAveragePooling):
    """The mean of each channel over the volume.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, channels)

    Args: as in GlobalAveragePooling2D.
    """

    rank = 3


MaxPool1D = LAYERS.add(MaxPooling1D, "MaxPool1D")
MaxPool2D = LAYERS.add(MaxPooling2D, "MaxPool2D")
MaxPool3D = LAYERS.add(MaxPooling3D, "MaxPool3D")
AvgPool1D = LAYERS.add(AveragePooling1D, "AvgPool1D")
AvgPool2D = LAYERS.add(AveragePooling2D, "AvgPool2D")
AvgPool3D = LAYERS.add(AveragePooling3D, "AvgPool3D")
GlobalMaxPool1D = LAYERS.add(GlobalMaxPooling1D, "GlobalMaxPool1D")
GlobalMaxPool2D = LAYERS.add(GlobalMaxPooling2D, "GlobalMaxPool2D")
GlobalMaxPool3D = LAYERS.add(GlobalMaxPooling3D, "GlobalMaxPool3D")
GlobalAvgPool1D = LAYERS.add(GlobalAveragePooling1D, "GlobalAvgPool1D")
GlobalAvgPool2D = LAYERS.add(GlobalAveragePooling2D, "GlobalAvgPool2D")
GlobalAvgPool3D = LAYERS.add(GlobalAveragePooling3D, "GlobalAvgPool3D")
