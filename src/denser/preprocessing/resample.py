"""Images and sounds of another size, on the host: XLA would compile a program for each size."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Kernel = Callable[[np.ndarray], np.ndarray]


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(0, 1 - np.abs(x))


def _cubic(x: np.ndarray, b: float, c: float) -> np.ndarray:
    """The piecewise cubic of Mitchell and Netravali (1988) with its two parameters."""
    x = np.abs(x)
    near = (12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + 6 - 2 * b
    far = (-b - 6 * c) * x**3 + (6 * b + 30 * c) * x**2 - (12 * b + 48 * c) * x + 8 * b + 24 * c
    return np.where(x < 1, near, np.where(x < 2, far, 0)) / 6


def _lanczos(x: np.ndarray, lobes: int) -> np.ndarray:
    return np.where(np.abs(x) < lobes, np.sinc(x) * np.sinc(x / lobes), 0)


def _gaussian(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 1.5, np.exp(-2 * x**2), 0)


# How far a kernel reaches, in pixels of the input, and its weight at a distance.
KERNELS: dict[str, tuple[float, Kernel]] = {
    "bilinear": (1, _triangle),
    "bicubic": (2, functools.partial(_cubic, b=0, c=0.5)),
    "lanczos3": (3, functools.partial(_lanczos, lobes=3)),
    "lanczos5": (5, functools.partial(_lanczos, lobes=5)),
    "gaussian": (1.5, _gaussian),
    "mitchellcubic": (2, functools.partial(_cubic, b=1 / 3, c=1 / 3)),
}
INTERPOLATIONS = ("nearest", "area", *KERNELS)


@functools.lru_cache(maxsize=1024)
def _taps(
    size: int, new: int, interpolation: str, antialias: bool
) -> tuple[np.ndarray, np.ndarray]:
    """For each new sample the old ones it is the weighted mean of, and their weights (new, taps).

    A sample's middle is at its index + 0.5, in both.
    """
    scale = size / new
    middle = (np.arange(new) + 0.5) * scale
    if interpolation == "nearest":
        return np.minimum(middle.astype(int), size - 1)[:, None], np.ones((new, 1), np.float32)
    if interpolation == "area":
        index = np.floor(middle - scale / 2 + 1e-9).astype(int)[:, None] + np.arange(
            math.ceil(scale) + 1
        )
        low, high = (middle - scale / 2)[:, None], (middle + scale / 2)[:, None]
        weights = np.maximum(0, np.minimum(high, index + 1) - np.maximum(low, index))
    else:
        radius, kernel = KERNELS[interpolation]
        stretch = max(scale, 1) if antialias else 1
        reach = radius * stretch
        first = np.ceil(middle - reach - 0.5).astype(int)
        index = first[:, None] + np.arange(math.floor(2 * reach) + 1)
        weights = kernel((index + 0.5 - middle[:, None]) / stretch)
    weights = np.where((index >= 0) & (index < size), weights, 0)
    weights = weights / weights.sum(1, keepdims=True)
    return np.clip(index, 0, size - 1), weights.astype(np.float32)


def resample(
    x: np.ndarray, new: int, axis: int, interpolation: str = "bilinear", antialias: bool = False
) -> np.ndarray:
    """An array with `new` samples along an axis, float32.

    Args:
        interpolation: 'nearest', 'area' or one of `KERNELS`.
        antialias: Whether a kernel is stretched where there are fewer new samples than old ones.
    """
    index, weights = _taps(x.shape[axis], new, interpolation, antialias)
    shape = [1] * x.ndim
    shape[axis] = new
    total: Any = 0.0
    for tap in range(index.shape[1]):
        if weights[:, tap].any():
            total = total + x.take(index[:, tap], axis) * weights[:, tap].reshape(shape)
    return total.astype(np.float32, copy=False)


def resize(
    image: np.ndarray,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
) -> np.ndarray:
    """Images of another size, without antialiasing.

    Shapes:
        image: (..., height, width, channels) -> (..., *size, channels), float32

    Args:
        crop_to_aspect_ratio: Whether to cut off first what would distort the image.
        pad_to_aspect_ratio: Whether to keep the shape, and put zeros around.
    """
    height, width = image.shape[-3:-1]
    if crop_to_aspect_ratio:
        rows = min(height, int(width * size[0] / size[1]))
        columns = min(width, int(height * size[1] / size[0]))
        top, left = (height - rows) // 2, (width - columns) // 2
        image = image[..., top : top + rows, left : left + columns, :]
    elif pad_to_aspect_ratio:
        ratio = max(height / size[0], width / size[1])
        inner = (max(1, int(height / ratio)), max(1, int(width / ratio)))
        top, left = int((size[0] - height / ratio) / 2), int((size[1] - width / ratio) / 2)
        padded = np.zeros((*image.shape[:-3], *size, image.shape[-1]), np.float32)
        inside = resize(image, inner, interpolation)
        padded[..., top : top + inner[0], left : left + inner[1], :] = inside
        return padded
    if image.shape[-3:-1] == tuple(size):
        return image.astype(np.float32)
    image = resample(image, size[0], image.ndim - 3, interpolation)
    return resample(image, size[1], image.ndim - 2, interpolation)
