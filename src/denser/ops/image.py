"""Images, (height, width, channels) or a batch of them: resize, cut, colours; a face for the rest.

`data_format` says where the channels stand; None: `config.image_data_format()`.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.messages import UserError, bad_argument
from ..core.op import op
from .filters import gaussian_blur as gaussian_blur
from .filters import sobel_edges as sobel_edges
from .filters import ssim as ssim
from .layout import on_images, rounded_like
from .patches import extract_patches as extract_patches
from .patches import extract_patches_3d as extract_patches_3d
from .warp import affine_transform as affine_transform
from .warp import elastic_transform as elastic_transform
from .warp import map_coordinates as map_coordinates
from .warp import perspective_transform as perspective_transform

_INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")


@op
def resize(
    images: Array,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Array:
    """Images of another size.

    Shapes:
        images: (batch, height, width, channels) -> (batch, *size, channels)

    Args:
        size: (height, width) in pixels.
        interpolation: 'bilinear', 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'.
        antialias: Whether a pixel of a smaller image is the mean over all it stands for.
        crop_to_aspect_ratio: Whether to cut off first what would distort the image.
        pad_to_aspect_ratio: Whether to put `fill_value` around first, so that nothing is distorted.
        fill_mode: Only 'constant'.
    """
    if interpolation not in _INTERPOLATIONS:
        expected = f"one of {', '.join(_INTERPOLATIONS)}"
        raise bad_argument("resize", "interpolation", expected, interpolation)
    if fill_mode != "constant":
        raise bad_argument("resize", "fill_mode", "'constant'", fill_mode)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise UserError("resize: choose one of `crop_to_aspect_ratio` and `pad_to_aspect_ratio`.")
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise bad_argument("resize", "size", "a pair, (height, width)", size)
    height, width = map(int, size)

    def run(x: Array) -> Array:
        if crop_to_aspect_ratio:
            x = _crop_to(x, height / width)
        if pad_to_aspect_ratio:
            x = _pad_to(x, height / width, fill_value)
        shape = (x.shape[0], height, width, x.shape[3])
        wide = x if interpolation == "nearest" else x.astype(jnp.result_type(x, float))
        return rounded_like(jax.image.resize(wide, shape, interpolation, antialias=antialias), x)

    return on_images("resize", run, images, data_format)


def _crop_to(x: Array, ratio: float) -> Array:
    """The largest middle part of height / width `ratio`."""
    top, left, rows, columns = middle_part(x.shape[1], x.shape[2], ratio)
    return x[:, top : top + rows, left : left + columns]


def middle_part(height: int, width: int, ratio: float) -> tuple[int, int, int, int]:
    """(top, left, height, width) of the largest middle part of height / width `ratio`."""
    rows, columns = min(height, int(width * ratio)), min(width, int(height / ratio))
    return (height - rows) // 2, (width - columns) // 2, rows, columns


def _pad_to(x: Array, ratio: float, fill_value: float) -> Array:
    """The least image of height / width `ratio` with `x` in its middle."""
    height, width = x.shape[1:3]
    top, left, rows, columns = frame_around(height, width, ratio)
    edges = ((0, 0), (top, rows - height - top), (left, columns - width - left), (0, 0))
    return jnp.pad(x, edges, constant_values=fill_value)


def frame_around(height: int, width: int, ratio: float) -> tuple[int, int, int, int]:
    """(top, left, height, width): the least frame of height / width `ratio` around an image, and
    where in it the image stands."""
    rows, columns = max(height, int(width * ratio)), max(width, int(height / ratio))
    return (rows - height) // 2, (columns - width) // 2, rows, columns


@op
def scale_and_translate(
    images: Array,
    output_shape: Any,
    scale: Array,
    translation: Array,
    spatial_dims: Any,
    method: str,
    antialias: bool = True,
) -> Array:
    """Images stretched and moved: a point `p` goes to `p * scale + translation`; 0 outside.

    Args:
        output_shape: All sizes of the result.
        scale, translation: One number for each of `spatial_dims`; pixels have their middle at
            their index + 0.5.
        spatial_dims: The axes which are stretched.
        method: 'linear', 'cubic', 'lanczos3' or 'lanczos5', or their names for more dimensions.
        antialias: Whether a pixel of a smaller image is the mean over all it stands for.
    """
    return jax.image.scale_and_translate(
        images, tuple(output_shape), tuple(spatial_dims), scale, translation, method, antialias
    )


@op
def crop_images(
    images: Array,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Array:
    """Images without rows and columns at the edges.

    Args:
        top_cropping, bottom_cropping, target_height: Two of them, in pixels: how many rows go, and
            how many stay.
        left_cropping, right_cropping, target_width: Likewise for columns.
    """

    def run(x: Array) -> Array:
        height, width = x.shape[1:3]
        rows = (top_cropping, bottom_cropping, target_height)
        columns = (left_cropping, right_cropping, target_width)
        top, bottom = _edges("crop_images", ("top", "bottom", "height"), "cropping", rows, height)
        left, right = _edges("crop_images", ("left", "right", "width"), "cropping", columns, width)
        return x[:, top : height - bottom, left : width - right]

    return on_images("crop_images", run, images, data_format)


@op
def pad_images(
    images: Array,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Array:
    """Images with rows and columns of zeros at the edges.

    Args:
        top_padding, bottom_padding, target_height: Two of them, in pixels: how many rows come, and
            how many there are then.
        left_padding, right_padding, target_width: Likewise for columns.
    """

    def run(x: Array) -> Array:
        height, width = x.shape[1:3]
        rows = (top_padding, bottom_padding, target_height)
        columns = (left_padding, right_padding, target_width)
        vertical = _edges("pad_images", ("top", "bottom", "height"), "padding", rows, height)
        across = _edges("pad_images", ("left", "right", "width"), "padding", columns, width)
        return jnp.pad(x, ((0, 0), vertical, across, (0, 0)))

    return on_images("pad_images", run, images, data_format)


def _edges(
    owner: str, sides: tuple[str, ...], what: str, given: tuple, size: int
) -> tuple[int, int]:
    """How much goes or comes on both sides, from two of (before, after, size then)."""
    before, after, target = given
    if sum(value is None for value in given) != 1:
        raise UserError(
            f"{owner}: give exactly two of `{sides[0]}_{what}`, `{sides[1]}_{what}` and "
            f"`target_{sides[2]}`; got {given}."
        )
    if target is not None:
        total = size - target if what == "cropping" else target - size
        before = total - after if before is None else before
        after = total - before
    if min(before, after) < 0 or (what == "cropping" and before + after >= size):
        raise UserError(
            f"{owner}: `{sides[0]}_{what}` {before} and `{sides[1]}_{what}` {after} do not fit "
            f"images with a {sides[2]} of {size}."
        )
    return before, after


# ----------------------------------------------------------------------------------- colours


@op
def rgb_to_grayscale(images: Array, data_format: str | None = None) -> Array:
    """Brightness `0.2989 red + 0.587 green + 0.114 blue`.

    Shapes:
        images: (batch, height, width, 3) -> (batch, height, width, 1)
    """

    def run(x: Array) -> Array:
        weights = jnp.asarray([0.2989, 0.5870, 0.1140], jnp.result_type(x, float))
        return jnp.sum(x * weights, -1, keepdims=True).astype(x.dtype)

    return on_images("rgb_to_grayscale", run, images, data_format)


@op
def rgb_to_hsv(images: Array, data_format: str | None = None) -> Array:
    """Red, green and blue as hue, saturation and value, all from 0 to 1; hue 1/3 is green.

    Source: Smith, Color gamut transform pairs (SIGGRAPH 1978).
    """

    def run(x: Array) -> Array:
        red, green, blue = x[..., 0], x[..., 1], x[..., 2]
        value = jnp.max(x, -1)
        spread = value - jnp.min(x, -1)
        saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1), 0)
        step = 1 / (6 * jnp.where(spread > 0, spread, 1))
        hue = jnp.select(
            [value == red, value == green],
            [(green - blue) * step, (blue - red) * step + 2 / 6],
            (red - green) * step + 4 / 6,
        )
        hue = jnp.where(spread > 0, hue % 1, 0)
        return jnp.stack([hue, saturation, value], -1)

    return on_images("rgb_to_hsv", run, _floats("rgb_to_hsv", images), data_format)


@op
def hsv_to_rgb(images: Array, data_format: str | None = None) -> Array:
    """Hue, saturation and value, all from 0 to 1, as red, green and blue."""

    def run(x: Array) -> Array:
        hue, saturation, value = (x[..., i, None] for i in range(3))
        # How far the hue stands from each of red, green and blue, going round the circle of six.
        turn = (hue * 6 + jnp.asarray([5, 3, 1], x.dtype)) % 6
        return value * (1 - saturation * jnp.clip(jnp.minimum(turn, 4 - turn), 0, 1))

    return on_images("hsv_to_rgb", run, _floats("hsv_to_rgb", images), data_format)


def _floats(owner: str, images: Array) -> Array:
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise UserError(
            f"{owner}: expected floats from 0 to 1; got {images.dtype}. Divide by 255 first."
        )
    return images
