"""Convolutions, channels last, each written as its platform and shape run it fastest.

XLA:CPU has one fast convolution, for a plain forward pass; inside a loop the gradients fall to a
naive one, 10 to 600 times slower (a 3x3 depthwise layer: 11.7 s a step against 14 ms here). So on
a CPU a convolution becomes matrix products, or convolutions whose gradients are again plain ones;
`_formulation` has the rule. Elsewhere XLA's own is best.
"""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from . import choose, windows
from .windows import Padding, Pairs

Sizes = tuple[int, ...]

# Patches which would take more bytes than this are not made.
_SCRATCH = 2**30
# A depthwise window of more places than this would make too long a program of multiply-adds.
_DEPTHWISE_PLACES = 81


def convolve(
    x: Array,
    kernel: Array,
    strides: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
    groups: int = 1,
) -> Array:
    """Convolution `y[p] = sum_t x[p * strides + t * dilation] @ kernel[t]`, per group of channels.

    Shapes:
        x: (batch, *space, channels) -> (batch, *places, filters)
        kernel: (*window, channels // groups, filters)

    Args:
        strides, dilation: One number for each axis of space, of which there are 1, 2 or 3.
        padding: "valid", "same" (as XLA and Keras place it) or a (low, high) pair for each axis.
        groups: How many equal parts the channels and filters fall into, each convolved alone.

    Example:
        >>> convolve(jnp.ones((1, 5, 5, 2)), jnp.ones((3, 3, 2, 4)), (2, 2), "same", (1, 1)).shape
        (1, 3, 3, 4)
    """
    strides, dilation = tuple(strides), tuple(dilation)
    if not choose.on_cpu() or not windows.is_short(x, *strides, *dilation):
        return _direct(x, kernel, strides, padding, dilation, groups=groups)
    span = windows.reach(kernel.shape[:-2], dilation)
    padding = windows.pairs(x.shape[1:-1], span, strides, padding)
    return _as_products(x, kernel, strides, padding, dilation, groups)


def convolve_depthwise(
    x: Array, kernel: Array, strides: Sequence[int], padding: Padding, dilation: Sequence[int]
) -> Array:
    """Convolution of each channel alone, `multiplier` times; filter `c * multiplier + m` is of `c`.

    Shapes:
        x: (batch, *space, channels) -> (batch, *places, channels * multiplier)
        kernel: (*window, channels, multiplier)
    """
    *window, channels, multiplier = kernel.shape
    kernel = kernel.reshape(*window, 1, channels * multiplier)
    return convolve(x, kernel, strides, padding, dilation, groups=channels)


def convolve_transpose(
    x: Array, kernel: Array, strides: Sequence[int], padding: Pairs, dilation: Sequence[int]
) -> Array:
    """The input gradient of a convolution, as a map of its own: `x` spread by `strides`, convolved.

    Shapes:
        x: (batch, *space, channels) -> (batch, *places, filters)
        kernel: (*window, filters, channels)

    Args:
        padding: What stands around the spread input, a pair for each axis: `transpose_padding`.

    Example:
        >>> around = transpose_padding((3, 3), (2, 2), "same", None, (1, 1))
        >>> x, kernel = jnp.ones((1, 5, 5, 2)), jnp.ones((3, 3, 4, 2))
        >>> convolve_transpose(x, kernel, (2, 2), around, (1, 1)).shape
        (1, 10, 10, 4)
    """
    strides, dilation = tuple(strides), tuple(dilation)
    axes = tuple(range(len(strides)))
    flipped = jnp.swapaxes(lax.rev(kernel, axes), -1, -2)
    ones = (1,) * len(strides)
    if strides == ones:
        return convolve(x, flipped, ones, padding, dilation)
    if not choose.on_cpu() or not windows.is_short(x, *strides, *dilation):
        return _direct(x, flipped, ones, padding, dilation, spread=strides)
    return _spread(x, kernel, strides, tuple(map(tuple, padding)), dilation)


def transpose_padding(
    kernel_size: Sequence[int],
    strides: Sequence[int],
    padding: str,
    output_padding: int | Sequence[int] | None,
    dilation: Sequence[int],
) -> Pairs:
    """The (low, high) pairs with which `convolve_transpose` gives Keras's output sizes.

    A size becomes `size * stride` for "same" and `size * stride + max(span - stride, 0)` for
    "valid"; `output_padding` says instead how much more than `(size - 1) * stride + span % 2`
    or `(size - 1) * stride + span` it is. The span is the window's reach, dilation included.
    """
    if output_padding is None or isinstance(output_padding, int):
        extra = [output_padding] * len(strides)
    else:
        extra = output_padding
    span = windows.reach(kernel_size, dilation)
    axes = zip(span, strides, extra, strict=True)
    return tuple(_transpose_pair(padding, *axis) for axis in axes)


def _transpose_pair(padding: str, span: int, stride: int, extra: int | None) -> tuple[int, int]:
    if padding == "valid":
        extra = max(stride - span, 0) if extra is None else extra
        return span - 1, span - 1 + extra
    total = span + stride - 2 if extra is None else span + span % 2 - 2 + extra
    low = min((total + 1) // 2, span - 1)
    return low, total - low


def _direct(
    x: Array,
    kernel: Array,
    strides: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int = 1,
    spread: Sizes | None = None,
) -> Array:
    """XLA's own convolution."""
    axes = "DHW"[3 - len(strides) :]
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding.upper() if isinstance(padding, str) else padding,
        lhs_dilation=spread,
        rhs_dilation=dilation,
        dimension_numbers=(f"N{axes}C", f"{axes}IO", f"N{axes}C"),
        feature_group_count=groups,
    )


# Compiled apart, so that an eager call is one program, and equal layers are traced once.
@partial(jax.jit, static_argnums=(2, 3, 4, 5))
def _as_products(
    x: Array, kernel: Array, strides: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Array:
    """`convolve` on a CPU; half types go through float32, which is faster there and more exact."""
    kind = x.dtype
    if kind in (jnp.bfloat16, jnp.float16):
        x, kernel = x.astype(jnp.float32), kernel.astype(jnp.float32)
    formulation = _formulation(x, kernel, strides, padding, dilation, groups)
    return formulation(x, kernel, strides, padding, dilation).astype(kind)


def _formulation(
    x: Array, kernel: Array, strides: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Callable[..., Any]:
    """Which formulation a convolution takes on a CPU.

    Milliseconds of CPU time of a float32 step, forward and both gradients in a loop, least of
    several runs on 2 cores; XLA's own convolution took 19 in the first row and 4,800 in a
    depthwise one:

        input, filters                    patches   canonical   Winograd F(2, 3)
        64 x 28x28x1, 32 of 3x3               2.4         9.9        6.3
        64 x 5x5x64, 64 of 3x3                1.5         1.9        1.6
        64 x 32x32x16, 16 of 3x3               75          30         41
        64 x 16x16x32, 32 of 3x3               35          11         16
        64 x 8x8x64, 64 of 3x3                 17         8.9        9.9
        64 x 32x32x32, 32 of 3x3              139          62         94
        64 x 16x16x64, 64 of 3x3              104          58         57
        64 x 128x64, 64 of 5                 12.5         8.5          -
        4 x 16x16x16x16, 32 of 3x3x3           70         162          -

    Winograd's is not here for that, and because its program takes three times as long to
    compile.
    """
    *window, channels, filters = kernel.shape
    span = windows.reach(window, dilation)
    places = prod(windows.count(x.shape[1:-1], span, strides, padding))
    taps = prod(window)
    if groups > 1:
        depthwise = channels == 1 and taps <= _DEPTHWISE_PLACES and groups == x.shape[-1]
        return _multiply_add if depthwise else partial(_grouped, groups=groups)
    scratch = 4 * len(x) * places * taps * channels
    if scratch > _SCRATCH:
        return _canonical
    dense = max(*strides, *dilation) == 1 and len(window) < 3  # XLA's is good at nothing else
    if not dense or taps == 1 or channels <= 8 or places <= 16 or x.dtype != jnp.float32:
        return _by_patches
    return _canonical


def _by_patches(x: Array, kernel: Array, strides: Sizes, padding: Pairs, dilation: Sizes) -> Array:
    """Every window as one row, all rows times the kernel as one product."""
    *window, channels, filters = kernel.shape
    rows = windows.patches(windows.pad(x, padding), window, strides, dilation)
    y = rows.reshape(-1, rows.shape[-1]) @ kernel.reshape(-1, filters)
    return y.reshape(*rows.shape[:-1], filters)


def _grouped(
    x: Array, kernel: Array, strides: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Array:
    """Patches, the groups as a batch of products."""
    *window, channels, filters = kernel.shape
    batch, *space, _ = x.shape
    x = jnp.moveaxis(x.reshape(batch, *space, groups, channels), -2, 0)
    x = windows.pad(x.reshape(groups * batch, *space, channels), padding)
    rows = windows.patches(x, window, strides, dilation)  # (groups * batch, *places, row)
    places, row = rows.shape[1:-1], rows.shape[-1]
    kernel = jnp.moveaxis(kernel.reshape(row, groups, filters // groups), 1, 0)
    y = rows.reshape(groups, batch * prod(places), row) @ kernel
    return jnp.moveaxis(y, 0, 1).reshape(batch, *places, filters)


def _multiply_add(
    x: Array, kernel: Array, strides: Sizes, padding: Pairs, dilation: Sizes
) -> Array:
    """Depthwise: the sum over the window's places of a shifted input times a row of the kernel."""
    *window, _, filters = kernel.shape
    x = windows.pad(x, padding)
    seen = [x]
    for axis, step in enumerate(zip(window, strides, dilation, strict=True), 1):
        seen = [shifted for part in seen for shifted in windows.shifts(part, axis, *step)]
    channels = x.shape[-1]
    rows = kernel.reshape(-1, channels, filters // channels)
    if channels == filters:
        return reduce(jnp.add, [part * row[:, 0] for part, row in zip(seen, rows, strict=True)])
    y = reduce(jnp.add, [part[..., None] * row for part, row in zip(seen, rows, strict=True)])
    return y.reshape(*y.shape[:-2], filters)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _canonical(x: Array, kernel: Array, strides: Sizes, padding: Pairs, dilation: Sizes) -> Array:
    """XLA's convolution, with gradients that are convolutions of the same layout.

    XLA:CPU takes its fast path only for channels-last input and a kernel of (*window, in, out);
    the transpositions stand behind barriers, else XLA folds them into the convolution and
    leaves that path.
    """
    return _direct(x, kernel, strides, padding, dilation)


def _canonical_forward(x, kernel, strides, padding, dilation):
    return _direct(x, kernel, strides, padding, dilation), (x, kernel)


def _canonical_backward(strides, padding, dilation, residuals, dy):
    x, kernel = lax.optimization_barrier(residuals)
    dy = lax.optimization_barrier(dy)
    window, ones = kernel.shape[:-2], (1,) * len(strides)
    span = windows.reach(window, dilation)
    axes = zip(x.shape[1:-1], dy.shape[1:-1], span, strides, padding, strict=True)
    around = tuple(
        (reach - 1 - low, size + low - (places - 1) * stride - 1)
        for size, places, reach, stride, (low, _) in axes
    )
    flipped = jnp.swapaxes(lax.rev(kernel, range(len(window))), -1, -2)
    flipped = lax.optimization_barrier(flipped)
    dx = _direct(dy, flipped, ones, around, dilation, spread=strides)
    # The channels of x as its batch and the batch as its channels: what the kernel's gradient
    # sums over is then what a convolution sums over, with dy as the kernel.
    x, dy = lax.optimization_barrier((jnp.swapaxes(x, 0, -1), jnp.moveaxis(dy, 0, -2)))
    dk = _direct(x, dy, dilation, padding, strides)
    dk = lax.slice(dk, (0,) * dk.ndim, (len(dk), *window, dk.shape[-1]))
    return dx, jnp.moveaxis(dk, 0, -2)


_canonical.defvjp(_canonical_forward, _canonical_backward)


@partial(jax.jit, static_argnums=(2, 3, 4))
def _spread(x: Array, kernel: Array, strides: Sizes, padding: Pairs, dilation: Sizes) -> Array:
    """`convolve_transpose` on a CPU: one product, then each row added where its window stands.

    No zeros are multiplied, as they are when the input is spread first.
    """
    kind = x.dtype
    if kind in (jnp.bfloat16, jnp.float16):
        x, kernel = x.astype(jnp.float32), kernel.astype(jnp.float32)
    *window, filters, channels = kernel.shape
    span = windows.reach(window, dilation)
    axes = list(zip(x.shape[1:-1], span, strides, padding, strict=True))
    space = [(n - 1) * stride + 2 + sum(pair) - reach for n, reach, stride, pair in axes]
    inner = tuple((reach - 1 - low, reach - 1 - high) for _, reach, _, (low, high) in axes)

    def cut(y: Array) -> Array:
        return windows.patches(windows.pad(y, inner), window, strides, dilation)

    result = jax.ShapeDtypeStruct((len(x), *space, filters), x.dtype)
    rows = x.reshape(-1, channels) @ kernel.reshape(-1, channels).T
    (y,) = jax.linear_transpose(cut, result)(rows.reshape(*x.shape[:-1], -1))
    return y.astype(kind)
