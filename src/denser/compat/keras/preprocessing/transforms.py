"""Images turned, moved, sheared, zoomed, tinted and brightened: NumPy arrays, one image at a time.

Chance is NumPy's global one, so that `np.random.seed` repeats what scripts drew before.
"""

from typing import Any

import numpy as np

from ....core.messages import UserError, bad_argument
from ....preprocessing.image import array_to_img, img_to_array
from ...era import eras


def _about_center(matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """The map of pixels' places that `matrix` is about the middle of the image."""
    middle = np.array([height / 2 - 0.5, width / 2 - 0.5])
    moved = matrix.copy()
    moved[:2, 2] = matrix[:2, 2] + middle - matrix[:2, :2] @ middle
    return moved


def transform_matrix_offset_center(matrix: Any, x: int, y: int) -> np.ndarray:
    """A map of places, (3, 3), as one about the middle of an image of `x` by `y` pixels."""
    return _about_center(np.asarray(matrix, float), x, y)


def _matrix(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> np.ndarray:
    """Where a pixel's value comes from: turned, then moved, then sheared, then zoomed."""
    turn, slant = np.deg2rad(theta), np.deg2rad(shear)
    rotation = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    shift = [[1, 0, tx], [0, 1, ty], [0, 0, 1]]
    shearing = [[1, -np.sin(slant), 0], [0, np.cos(slant), 0], [0, 0, 1]]
    return np.array(rotation) @ np.array(shift) @ np.array(shearing) @ np.diag([zx, zy, 1.0])


def apply_affine_transform(
    x: np.ndarray,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """An image turned by `theta`, moved, sheared and zoomed about its middle.

    Args:
        theta, shear: Degrees.
        tx, ty: Pixels along rows' and columns' axis.
        zx, zy: From how large a part the image comes: above 1 it gets smaller.
        row_axis, col_axis, channel_axis: Which axis is which; channels are first or last.
        fill_mode: What lies outside: 'nearest', 'constant', 'reflect' or 'wrap'.
        cval: The constant.
        order: Of the splines between pixels: 0 takes the nearest, 1 is linear.
    """
    if sorted((row_axis, col_axis, channel_axis)) != [0, 1, 2] or channel_axis == 1:
        raise UserError(
            "apply_affine_transform: the axes must be 0, 1 and 2, and the channels' 0 or 2; got "
            f"rows {row_axis}, columns {col_axis}, channels {channel_axis}."
        )
    if x.ndim != 3:
        raise UserError(f"apply_affine_transform: expected one image; got shape {x.shape}.")
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return x
    from scipy.ndimage import affine_transform  # slow to load, and few scripts come here

    matrix: Any = _matrix(theta, tx, ty, shear, zx, zy)
    matrix = _about_center(matrix, x.shape[row_axis], x.shape[col_axis])
    if col_axis > row_axis and eras.present() == "3":
        # From 2.9 on Keras exchanges the axes here, so that a shift of rows moves columns.
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    planes = [
        affine_transform(
            plane, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval
        )
        for plane in np.moveaxis(x, channel_axis, 0)
    ]
    return np.stack(planes, axis=channel_axis)


def flip_axis(x: np.ndarray, axis: int) -> np.ndarray:
    """The image backwards along an axis."""
    return np.flip(x, axis)


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """`x + intensity`, kept between the least and the largest value that `x` has."""
    return np.clip(x + intensity, np.min(x), np.max(x))


def apply_brightness_shift(x: np.ndarray, brightness: float, scale: bool = True) -> np.ndarray:
    """The image `brightness` times as bright, by way of pixels from 0 to 255.

    Args:
        scale: Whether the result lies between 0 and 255, the image's range spread over it.
    """
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    outside = bool(low < 0 or high > 255)
    image = array_to_img(x, scale=outside or scale)
    bright = img_to_array(ImageEnhance.Brightness(image).enhance(brightness))
    return bright / 255 * (high - low) + low if outside and not scale else bright


# ------------------------------------------------------------------------------------- by chance


def random_rotation(
    x: np.ndarray, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """The image turned by up to `rg` degrees either way."""
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x, theta, 0, 0, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval,
        interpolation_order,
    )  # fmt: skip


def random_shift(
    x: np.ndarray, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2,
    channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """The image moved by up to the share `wrg` of its width and `hrg` of its height either way."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x, 0, tx, ty, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval,
        interpolation_order,
    )  # fmt: skip


def random_shear(
    x: np.ndarray, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """The image sheared by up to `intensity` degrees either way."""
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x, 0, 0, 0, shear, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval,
        interpolation_order,
    )  # fmt: skip


def random_zoom(
    x: np.ndarray, zoom_range: Any, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """The image from a part between `zoom_range[0]` and `zoom_range[1]` of its size."""
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(*_pair(zoom_range), 2)
    return apply_affine_transform(
        x, 0, 0, 0, 0, zx, zy, row_axis, col_axis, channel_axis, fill_mode, cval,
        interpolation_order,
    )  # fmt: skip


def random_channel_shift(
    x: np.ndarray, intensity_range: float, channel_axis: int = 0
) -> np.ndarray:
    """`apply_channel_shift` by up to `intensity_range` either way."""
    shift = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, shift, channel_axis)


def random_brightness(x: np.ndarray, brightness_range: Any, scale: bool = True) -> np.ndarray:
    """`apply_brightness_shift` by a factor between the two of `brightness_range`."""
    return apply_brightness_shift(x, np.random.uniform(*_pair(brightness_range)), scale)


def _pair(given: Any) -> tuple[float, float]:
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise bad_argument("image", "range", "a pair of numbers", given)
    return given[0], given[1]
