"""Convolutions, pools, padding and resizing under the old names, with old words for layouts."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from .... import ops
from ....core.messages import UserError, bad_argument
from ....core.op import op
from ..keywords import layout, older_names
from .maths import space_padding
from .shapes import int_shape


def _convolution(rank: int) -> Callable[..., Any]:
    @older_names(border_mode="padding", dim_ordering="data_format", filter_dilation="dilation_rate")
    def conv(
        x: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, image_shape: Any = None,
        filter_shape: Any = None, volume_shape: Any = None,
    ) -> Any:  # fmt: skip
        order = layout(data_format)
        if padding != "causal":
            return ops.conv(x, kernel, strides, padding, order, dilation_rate)
        spread = dilation_rate if isinstance(dilation_rate, int) else dilation_rate[0]
        width: Any = int_shape(kernel)[0]
        before = (spread * (width - 1), 0)
        return ops.conv(_padded(x, [before], order), kernel, strides, "valid", order, dilation_rate)

    conv.__name__ = f"conv{rank}d"
    conv.__doc__ = f"""Convolution over {rank} axes of space with a kernel (*window, in, out)."""
    return conv


conv1d, conv2d, conv3d = map(_convolution, (1, 2, 3))


def _transposed(x: Any, kernel: Any, output_shape: Any, strides: Any, padding: str, order: str,
                dilation_rate: Any) -> Any:  # fmt: skip
    """The input gradient of a convolution, in the size that `output_shape` asks for."""
    given, window = int_shape(x), int_shape(kernel)
    space = slice(1, -1) if order == "channels_last" else slice(2, None)
    rank = len(given) - 2
    steps = (strides,) * rank if isinstance(strides, int) else tuple(strides)
    sizes = zip(tuple(output_shape)[space], given[space], steps, window[:rank], strict=True)
    more: Any = []
    for wanted, size, step, width in sizes:
        if not isinstance(wanted, int) or size is None or width is None:
            more = None  # what the padding gives by itself
            break
        least = (size - 1) * step + width - (0 if padding == "valid" else 2 * (width // 2))
        more.append(max(0, wanted - least))
    if more and any(extra >= step for extra, step in zip(more, steps, strict=True)):
        more = None
    return ops.conv_transpose(x, kernel, strides, padding, more, order, dilation_rate)


@older_names(border_mode="padding", dim_ordering="data_format")
def conv2d_transpose(
    x: Any, kernel: Any, output_shape: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """The input gradient of a convolution; the kernel is (rows, columns, out, in)."""
    order = layout(data_format)
    return _transposed(x, kernel, output_shape, strides, padding, order, dilation_rate)


deconv2d = conv2d_transpose


@older_names(border_mode="padding", dim_ordering="data_format")
def conv3d_transpose(
    x: Any, kernel: Any, output_shape: Any, strides: Any = (1, 1, 1), padding: str = "valid",
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """`conv2d_transpose` over three axes of space."""
    return _transposed(x, kernel, output_shape, strides, padding, layout(data_format), 1)


@older_names(border_mode="padding", dim_ordering="data_format")
def separable_conv2d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = (1, 1),
    padding: str = "valid", data_format: str | None = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """A convolution of each channel alone, then one of all channels at each place."""
    order = layout(data_format)
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, order, dilation_rate
    )


def separable_conv1d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1,
    padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """`separable_conv2d` over one axis of space."""
    order = layout(data_format)
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, order, dilation_rate
    )


@older_names(border_mode="padding", dim_ordering="data_format")
def depthwise_conv2d(
    x: Any, depthwise_kernel: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """A convolution of each channel alone, `multiplier` times."""
    order = layout(data_format)
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, order, dilation_rate)


@op
def local_conv1d(
    inputs: Array, kernel: Array, kernel_size: Any, strides: Any, data_format: Any = None
) -> Array:
    """A convolution with weights of its own at each place.

    Shapes:
        inputs: (batch, time, channels)
        kernel: (places, window * channels, filters)
        result: (batch, places, filters)
    """
    window, step = kernel_size[0], strides[0]
    starts = range(0, kernel.shape[0] * step, step)
    parts = [inputs[:, at : at + window].reshape(len(inputs), -1) for at in starts]
    return jnp.einsum("pbi,pif->bpf", jnp.stack(parts), kernel)


@op
def local_conv2d(
    inputs: Array, kernel: Array, kernel_size: Any, strides: Any, output_shape: Any,
    data_format: Any = None,
) -> Array:  # fmt: skip
    """`local_conv1d` over two axes of space; `output_shape` is (rows, columns) of places."""
    last = layout(data_format) == "channels_last"
    x = inputs if last else jnp.moveaxis(inputs, 1, -1)
    parts = [
        x[:, i * strides[0] : i * strides[0] + kernel_size[0],
          j * strides[1] : j * strides[1] + kernel_size[1]]
        for i in range(output_shape[0]) for j in range(output_shape[1])
    ]  # fmt: skip
    flat = jnp.stack([(p if last else jnp.moveaxis(p, -1, 1)).reshape(len(x), -1) for p in parts])
    found = jnp.einsum("pbi,pif->bpf", flat, kernel)
    found = found.reshape(len(x), *output_shape, kernel.shape[-1])
    return found if last else jnp.moveaxis(found, -1, 1)


def _pooling(rank: int) -> Callable[..., Any]:
    @older_names(border_mode="padding", dim_ordering="data_format")
    def pool(
        x: Any, pool_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, pool_mode: str = "max",
    ) -> Any:  # fmt: skip
        if pool_mode not in ("max", "avg"):
            raise bad_argument(f"pool{rank}d", "pool_mode", "'max' or 'avg'", pool_mode)
        function = ops.max_pool if pool_mode == "max" else ops.average_pool
        return function(x, pool_size, strides, padding, layout(data_format))

    pool.__name__ = f"pool{rank}d"
    pool.__doc__ = f"""The largest or the mean of each window over {rank} axes of space."""
    return pool


pool2d, pool3d = map(_pooling, (2, 3))


def _padded(x: Any, padding: Any, order: str) -> Any:
    return _pad(x, padding, order)


@op
def _pad(x: Array, padding: Any, order: str) -> Array:
    return space_padding(x, padding, order)


@older_names(dim_ordering="data_format")
def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: Any = None) -> Any:
    """Zeros around rows and columns: a number or a pair for each."""
    return _padded(x, padding, layout(data_format))


@older_names(dim_ordering="data_format")
def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: Any = None
) -> Any:
    """Zeros around three axes of space: a number or a pair for each."""
    return _padded(x, padding, layout(data_format))


@older_names(dim_ordering="data_format")
def asymmetric_spatial_2d_padding(
    x: Any, top_pad: int = 1, bottom_pad: int = 1, left_pad: int = 1, right_pad: int = 1,
    data_format: Any = None,
) -> Any:  # fmt: skip
    """Zeros around rows and columns."""
    return _padded(x, ((top_pad, bottom_pad), (left_pad, right_pad)), layout(data_format))


def asymmetric_temporal_padding(x: Any, left_pad: int = 1, right_pad: int = 1) -> Any:
    """Zeros before and after the steps of (batch, time, size)."""
    return _padded(x, [(left_pad, right_pad)], "channels_last")


@older_names(X="x", dim_ordering="data_format")
def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str | None = None,
    interpolation: str = "nearest",
) -> Any:  # fmt: skip
    """Images that many times as high and wide."""
    order = layout(data_format)
    rows = 1 if order == "channels_last" else 2
    if interpolation == "nearest":
        return ops.repeat(ops.repeat(x, height_factor, rows), width_factor, rows + 1)
    height, width = int_shape(x)[rows : rows + 2]
    if height is None or width is None:
        raise UserError(f"resize_images: 'nearest' alone does without sizes; got {int_shape(x)}.")
    size = (height * height_factor, width * width_factor)
    return ops.image.resize(x, size, interpolation, data_format=order)


@older_names(X="x", dim_ordering="data_format")
def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: Any = None
) -> Any:
    """Each element that many times along three axes of space."""
    first = 1 if layout(data_format) == "channels_last" else 2
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = ops.repeat(x, factor, axis)
    return x


@older_names(dim_ordering="data_format")
@op
def bias_add(x: Array, bias: Array, data_format: Any = None) -> Array:
    """`x + bias`: a number for each channel, or for each place and channel."""
    if bias.ndim not in (1, x.ndim - 1):
        raise UserError(f"bias_add: `bias` must have 1 or {x.ndim - 1} axes; got {bias.shape}.")
    if layout(data_format) == "channels_first" and x.ndim > 2:
        if bias.ndim == 1:
            return x + bias.reshape(-1, *[1] * (x.ndim - 2))
        return x + jnp.moveaxis(bias, -1, 0)
    return x + bias
