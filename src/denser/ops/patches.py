"""The windows of images and volumes, cut out one by one."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from ..core.messages import bad_input
from ..core.op import op
from .layout import channels_last, padding_word, per_axis


@op
def extract_patches(
    images: Array,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array:
    """The windows of images or, for three sizes, of volumes, each as the channels of one place.

    Shapes:
        images: (batch, height, width, channels), or without batch
        result: (batch, rows, columns, window * channels)

    Args:
        size: Of the windows, in pixels: one number for a square, or two, or three for volumes.
        strides: From one window to the next; None: `size`, so that they do not overlap.
        dilation_rate: From one pixel of a window to the next.
        padding: 'valid' keeps windows inside; 'same' lets them reach over the edge, where 0 is.
    """
    rank = len(size) if isinstance(size, (tuple, list)) else 2
    return _patches(images, rank, size, strides, dilation_rate, padding, data_format)


@op
def extract_patches_3d(
    volumes: Array,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array:
    """The windows of volumes, each as the channels of one place: see `extract_patches`.

    Shapes:
        volumes: (batch, depth, height, width, channels), or without batch
        result: (batch, layers, rows, columns, window * channels)
    """
    return _patches(volumes, 3, size, strides, dilation_rate, padding, data_format)


def _patches(x, rank, size, strides, dilation_rate, padding, data_format) -> Array:
    if x.ndim not in (rank + 1, rank + 2):
        raise bad_input("extract_patches", f"of {rank + 1} or {rank + 2} axes", x.shape)
    window, dilation = per_axis(size, rank), per_axis(dilation_rate, rank)
    strides = window if strides is None else per_axis(strides, rank)
    padding = padding_word("extract_patches", padding)

    def run(x: Array) -> Array:
        reach = [(n - 1) * step + 1 for n, step in zip(window, dilation, strict=True)]
        if padding == "same":
            edges = lax.padtype_to_pads(x.shape[1:-1], reach, strides, "SAME")
            x = jnp.pad(x, ((0, 0), *edges, (0, 0)))
        for axis in range(rank):  # each axis of space becomes two: places, then the window's own
            at = 1 + 2 * axis
            count = (x.shape[at] - reach[axis]) // strides[axis] + 1
            places = strides[axis] * np.arange(count)[:, None]
            x = jnp.take(x, places + dilation[axis] * np.arange(window[axis]), at)
        odd, even = range(1, 2 * rank, 2), range(2, 2 * rank + 1, 2)
        x = x.transpose(0, *odd, *even, 2 * rank + 1)
        return x.reshape(*x.shape[: rank + 1], -1)

    if x.ndim == rank + 1:
        return channels_last(run, x[None], data_format)[0]
    return channels_last(run, x, data_format)
