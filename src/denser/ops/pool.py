"""Pools: the largest or the mean of each window; channels laid out as places, and back."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from ..core.op import op
from ..lowering import pool as lowering
from .layout import channels_last, padding_word, per_axis


@op
def max_pool(
    inputs: Array,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array:
    """The largest element of each window, each channel by itself, in 1, 2 or 3 dimensions.

    Shapes:
        inputs: (batch, *space, channels), or (batch, channels, *space) for 'channels_first'
        result: (batch, *places, channels)

    Args:
        pool_size: The window: one number, or one per dimension.
        strides: From one window to the next; None: `pool_size`.
        padding: 'valid' keeps windows inside; 'same' lets them reach over the edge.
    """
    return _pool(lowering.max_pool, "max_pool", inputs, pool_size, strides, padding, data_format)


@op
def average_pool(
    inputs: Array,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array:
    """The mean of each window, of what of it lies inside; otherwise as `max_pool`."""
    return _pool(
        lowering.average_pool, "average_pool", inputs, pool_size, strides, padding, data_format
    )


def _pool(function, name, inputs, pool_size, strides, padding, data_format) -> Array:
    rank = inputs.ndim - 2
    window = per_axis(pool_size, rank)
    strides = window if strides is None else per_axis(strides, rank)
    padding = padding_word(name, padding)
    return channels_last(lambda x: function(x, window, strides, padding), inputs, data_format)


@op
def adaptive_max_pool(inputs: Array, output_size: Any, data_format: str | None = None) -> Array:
    """The largest element of each of `output_size` windows that cover the space evenly.

    Shapes:
        inputs: (batch, *space, channels), or (batch, channels, *space) for 'channels_first'
        result: (batch, *output_size, channels)

    Args:
        output_size: One number, or one per dimension; None keeps that dimension.
    """

    def run(x: Array) -> Array:
        for axis, (starts, ends) in _even_windows(x, output_size):
            # Windows differ by 1 in length: the short ones meet their last element twice.
            steps = np.arange(np.max(ends - starts))
            places = np.minimum(starts[:, None] + steps, ends[:, None] - 1)
            x = jnp.max(jnp.take(x, places, axis), axis + 1)
        return x

    return channels_last(run, inputs, data_format)


@op
def adaptive_average_pool(inputs: Array, output_size: Any, data_format: str | None = None) -> Array:
    """The mean of each of `output_size` windows that cover the space evenly.

    Shapes and arguments as in `adaptive_max_pool`.
    """

    def run(x: Array) -> Array:
        for axis, (starts, ends) in _even_windows(x, output_size):
            places = np.arange(x.shape[axis])
            inside = (places >= starts[:, None]) & (places < ends[:, None])
            share = jnp.asarray(inside / (ends - starts)[:, None], x.dtype)  # (windows, places)
            x = jnp.moveaxis(jnp.tensordot(x, share, (axis, 1), precision="highest"), -1, axis)
        return x

    return channels_last(run, inputs, data_format)


def _even_windows(x: Array, output_size: Any) -> Any:
    """For each axis of the space, where its windows start and end."""
    wanted = per_axis(output_size, x.ndim - 2)
    for axis, (size, count) in enumerate(zip(x.shape[1:-1], wanted, strict=True), start=1):
        if count is not None:
            index = np.arange(count)
            yield axis, (index * size // count, -(-(index + 1) * size // count))


@op
def depth_to_space(x: Array, block_size: int, data_format: str = "channels_last") -> Array:
    """Each place's channels as a block of places with fewer channels.

    Shapes:
        x: (batch, height, width, block_size^2 * channels)
        result: (batch, height * block_size, width * block_size, channels)
    """

    def run(x: Array) -> Array:
        batch, height, width, depth = x.shape
        x = x.reshape(batch, height, width, block_size, block_size, depth // block_size**2)
        x = x.transpose(0, 1, 3, 2, 4, 5)
        return x.reshape(batch, height * block_size, width * block_size, -1)

    return channels_last(run, x, data_format)


@op
def space_to_depth(x: Array, block_size: int, data_format: str = "channels_last") -> Array:
    """Each block of places as one place with more channels.

    Shapes:
        x: (batch, height, width, channels)
        result: (batch, height / block_size, width / block_size, block_size^2 * channels)
    """

    def run(x: Array) -> Array:
        batch, height, width, channels = x.shape
        rows, columns = height // block_size, width // block_size
        x = x.reshape(batch, rows, block_size, columns, block_size, channels)
        x = x.transpose(0, 1, 3, 2, 4, 5)
        return x.reshape(batch, rows, columns, block_size**2 * channels)

    return channels_last(run, x, data_format)
