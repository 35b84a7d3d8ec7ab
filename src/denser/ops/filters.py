"""Filters of images: weighted means and slopes of what stands around each pixel."""

from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
from jax import Array

from ..core.messages import UserError, bad_argument, bad_input, shape_text
from ..core.op import op
from ..lowering import conv as lowering
from .layout import channels_last, first_channels, on_images, rounded_like


@op
def gaussian_blur(
    images: Array,
    kernel_size: Any = (3, 3),
    sigma: Any = (1.0, 1.0),
    data_format: str | None = None,
) -> Array:
    """The mean around each pixel, weighted by `exp(-distance^2 / (2 sigma^2))`; 0 outside.

    Args:
        kernel_size: Height and width of the window, in pixels.
        sigma: Width of the bell, down and across, in pixels.
    """

    def run(x: Array) -> Array:
        wide = x.astype(jnp.result_type(x, float))
        for axis, (size, width) in enumerate(zip(kernel_size, sigma, strict=True), start=1):
            wide = weighted(wide, bell(size, width, wide.dtype), axis, "same")
        return rounded_like(wide, x)

    return on_images("gaussian_blur", run, images, data_format)


@op
def sobel_edges(images: Array, data_format: str | None = None) -> Array:
    """The slopes of the brightness down and across, by Sobel's filter; 0 stands outside.

    Shapes:
        images: (batch, height, width, channels) -> (batch, height, width, channels, 2)
    """
    if images.ndim != 4:
        raise bad_input("sobel_edges", "(batch, height, width, channels)", images.shape)
    slope, mean = jnp.asarray([-1.0, 0, 1]), jnp.asarray([1.0, 2, 1])

    def edges(down: Array, across: Array) -> Array:
        def run(x: Array) -> Array:
            x = x.astype(jnp.result_type(x, float))
            x = weighted(x, down.astype(x.dtype), 1, "same")
            return weighted(x, across.astype(x.dtype), 2, "same")

        return channels_last(run, images, data_format)

    return jnp.stack([edges(slope, mean), edges(mean, slope)], -1)


@op
def ssim(
    image1: Array,
    image2: Array,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Array:
    """How alike two images are in brightness, contrast and structure: 1 for the same one.

    Shapes:
        image1, image2: (batch, height, width, channels) -> (batch,)

    Args:
        max_val: The largest value that a pixel can have.
        filter_size, filter_sigma: Window and bell of the means, in pixels.
        k1, k2: Shares of `max_val` that keep the quotients steady in dark and in flat regions.

    Source: Wang, Bovik, Sheikh & Simoncelli, Image quality assessment (2004).
    """
    if image1.shape != image2.shape:
        raise UserError(
            "ssim: both images must have one shape; got "
            f"{shape_text(image1.shape)} and {shape_text(image2.shape)}."
        )
    if filter_size < 1 or filter_size % 2 == 0:
        raise bad_argument("ssim", "filter_size", "an odd positive integer", filter_size)
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2

    def mean(x: Array) -> Array:
        weights = bell(filter_size, filter_sigma, x.dtype)
        return weighted(weighted(x, weights, 1), weights, 2)

    def run(both: Array) -> Array:
        a, b = jnp.split(both.astype(jnp.result_type(both, float)), 2, -1)
        mean_a, mean_b = mean(a), mean(b)
        squares = mean(a * a) + mean(b * b) - mean_a**2 - mean_b**2
        product = mean(a * b) - mean_a * mean_b
        brightness = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
        return brightness * (2 * product + c2) / (squares + c2)

    channel = -3 if first_channels(data_format) else -1
    alike = on_images("ssim", run, jnp.concatenate([image1, image2], channel), data_format)
    return jnp.mean(alike, (-3, -2, -1))


def bell(size: int, sigma: float, dtype: Any) -> Array:
    """`size` weights `exp(-distance^2 / (2 sigma^2))` with the sum 1."""
    distance = np.arange(size) - (size - 1) / 2
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    return jnp.asarray(weights / weights.sum(), dtype)


def weighted(
    x: Array, weights: Array, axis: int, padding: Literal["valid", "same"] = "valid"
) -> Array:
    """At each place of (batch, height, width, channels), the sum of a window's products with the
    weights along one axis."""
    window = (-1, 1, 1, 1) if axis == 1 else (1, -1, 1, 1)
    kernel = jnp.tile(weights.reshape(window), (1, 1, x.shape[-1], 1))
    return lowering.convolve_depthwise(x, kernel, (1, 1), padding, (1, 1))
