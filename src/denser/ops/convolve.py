"""Convolutions; and the windows of images as columns of numbers, there and back."""

from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..core.messages import UserError, shape_text
from ..core.op import op
from ..lowering import conv as lowering
from .layout import channels_last, padding_word, per_axis


@op
def conv(
    inputs: Array,
    kernel: Array,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """At each place, the sum of a window's products with each filter, in 1, 2 or 3 dimensions.

    Shapes:
        inputs: (batch, *space, channels), or (batch, channels, *space) for 'channels_first'
        kernel: (*window, channels / groups, filters)
        result: (batch, *places, filters)

    Args:
        strides: From one place to the next: one number, or one per dimension.
        padding: 'valid' keeps the window inside; 'same' puts zeros around, as many places as
            strides allow.
        data_format: Where the channels stand; None: `config.image_data_format()`.
        dilation_rate: From one element of the window to the next.
    """
    rank = _rank("conv", inputs, kernel)
    inputs, kernel = _of_one_type(inputs, kernel)
    strides, dilation = per_axis(strides, rank), per_axis(dilation_rate, rank)
    word = padding_word("conv", padding)

    def run(x: Array) -> Array:
        groups, rest = divmod(x.shape[-1], kernel.shape[-2])
        if rest or groups == 0 or kernel.shape[-1] % groups:
            raise UserError(
                f"conv: a kernel {kernel.shape} does not fit {x.shape[-1]} channels: its last "
                "axis but one must divide them, and the groups its last."
            )
        return lowering.convolve(x, kernel, strides, word, dilation, groups)

    return channels_last(run, inputs, data_format)


@op
def depthwise_conv(
    inputs: Array,
    kernel: Array,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """A convolution of each channel by itself, in 1 or 2 dimensions.

    Shapes:
        inputs: (batch, *space, channels), or (batch, channels, *space) for 'channels_first'
        kernel: (*window, channels, multiplier)
        result: (batch, *places, channels * multiplier)

    Args:
        strides, padding, data_format, dilation_rate: As in `conv`.
    """
    rank = _rank("depthwise_conv", inputs, kernel)
    inputs, kernel = _of_one_type(inputs, kernel)
    strides, dilation = per_axis(strides, rank), per_axis(dilation_rate, rank)
    word = padding_word("depthwise_conv", padding)
    return channels_last(
        lambda x: lowering.convolve_depthwise(x, kernel, strides, word, dilation),
        inputs,
        data_format,
    )


@op
def separable_conv(
    inputs: Array,
    depthwise_kernel: Array,
    pointwise_kernel: Array,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """A convolution of each channel by itself, then one of all channels at each place.

    Shapes:
        inputs: (batch, *space, channels), or (batch, channels, *space) for 'channels_first'
        depthwise_kernel: (*window, channels, multiplier)
        pointwise_kernel: (1, ..., channels * multiplier, filters)
        result: (batch, *places, filters)

    Args:
        strides, padding, data_format, dilation_rate: As in `conv`.
    """
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel, 1, "valid", data_format)


@op
def conv_transpose(
    inputs: Array,
    kernel: Array,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Array:
    """The gradient of a convolution as a layer of its own: each place spreads over a window.

    Shapes:
        inputs: (batch, *places, channels), or (batch, channels, *places) for 'channels_first'
        kernel: (*window, filters, channels)
        result: (batch, *space, filters)

    Args:
        strides, padding, data_format, dilation_rate: Of the convolution, as in `conv`.
        output_padding: How much larger the result is than the least size that fits; None: as the
            convolution with that padding needs.
    """
    rank = _rank("conv_transpose", inputs, kernel)
    inputs, kernel = _of_one_type(inputs, kernel)
    strides, dilation = per_axis(strides, rank), per_axis(dilation_rate, rank)
    extra = None if output_padding is None else per_axis(output_padding, rank)
    pairs = lowering.transpose_padding(
        kernel.shape[:rank], strides, padding_word("conv_transpose", padding), extra, dilation
    )
    return channels_last(
        lambda x: lowering.convolve_transpose(x, kernel, strides, pairs, dilation),
        inputs,
        data_format,
    )


# ---------------------------------------------------------------------------------- windows


@op
def unfold(
    x: Array, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Array:
    """The windows of an image as columns (im2col).

    Shapes:
        x: (batch, channels, height, width)
        result: (batch, channels * window, windows)

    Args:
        kernel_size, dilation, stride: Of the windows; one number or two.
        padding: Zeros put around the image first; one number or two.
    """
    high, wide = per_axis(padding, 2)
    x = jnp.pad(x, ((0, 0), (0, 0), (high, high), (wide, wide)))
    window, dilation, stride = (per_axis(v, 2) for v in (kernel_size, dilation, stride))
    parts = [x[part] for part in _parts(x.shape[2:], window, dilation, stride)]
    patches = jnp.stack(parts, axis=2)  # (batch, channels, window, *places)
    batch, channels, size = patches.shape[:3]
    return patches.reshape(batch, channels * size, -1)


@op
def fold(
    x: Array,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Array:
    """The image whose windows are the columns, summed where they overlap (col2im).

    Shapes:
        x: (batch, channels * window, windows)
        result: (batch, channels, *output_size)

    Args:
        kernel_size, dilation, padding, stride: As in `unfold`.
    """
    output, edge, window, dilation, stride = (
        per_axis(v, 2) for v in (output_size, padding, kernel_size, dilation, stride)
    )
    space = tuple(size + 2 * pad for size, pad in zip(output, edge, strict=True))
    places = tuple(
        (size - (w - 1) * d - 1) // s + 1
        for size, w, d, s in zip(space, window, dilation, stride, strict=True)
    )
    batch = x.shape[0]
    patches = x.reshape(batch, -1, window[0] * window[1], *places)
    image = jnp.zeros((batch, patches.shape[1], *space), x.dtype)
    for index, part in enumerate(_parts(space, window, dilation, stride)):
        image = image.at[part].add(patches[:, :, index])
    return image[:, :, edge[0] : edge[0] + output[0], edge[1] : edge[1] + output[1]]


def _parts(space: Any, window: Any, dilation: Any, stride: Any) -> Iterator[tuple]:
    """For each element of the window, the slices of an image where the windows have it."""
    starts = [[i * d for i in range(w)] for w, d in zip(window, dilation, strict=True)]
    spans = [
        (size - last[-1] - 1) // s * s + 1
        for size, last, s in zip(space, starts, stride, strict=True)
    ]
    for top in starts[0]:
        for left in starts[1]:
            rows = slice(top, top + spans[0], stride[0])
            yield (slice(None), slice(None), rows, slice(left, left + spans[1], stride[1]))


def _rank(owner: str, inputs: Array, kernel: Array) -> int:
    """How many axes the space has."""
    rank = inputs.ndim - 2
    if rank not in (1, 2, 3) or kernel.ndim != inputs.ndim:
        raise UserError(
            f"{owner}: expected inputs of 3, 4 or 5 axes and a kernel of as many; got "
            f"{shape_text(inputs.shape)} and {shape_text(kernel.shape)}."
        )
    return rank


def _of_one_type(*arrays: Array) -> tuple[Array, ...]:
    dtype = jnp.result_type(*arrays)
    return tuple(x.astype(dtype) for x in arrays)
