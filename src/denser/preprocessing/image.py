"""Images as files, as pillow's images and as arrays."""

import os
import pathlib
import warnings
from io import BytesIO, IOBase
from typing import Any

import jax
import numpy as np

from .. import settings
from ..core.messages import UserError, UserTypeError, bad_argument, short, short_traceback
from ..ops.image import resize as resize_op
from .resample import INTERPOLATIONS, resize

COLOR_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_FILTERS = {
    "nearest": "NEAREST",
    "bilinear": "BILINEAR",
    "bicubic": "BICUBIC",
    "hamming": "HAMMING",
    "box": "BOX",
    "lanczos": "LANCZOS",
}


def pillow() -> Any:
    """The module `PIL.Image`."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            "Image files are read and written by pillow: pip install 'denser[plot]'."
        ) from error
    return Image


def choice(owner: str, name: str, value: Any, choices: Any) -> Any:
    """A value as it was given, checked to be one of the choices."""
    if value not in choices:
        raise bad_argument(owner, name, f"one of {', '.join(map(repr, choices))}", value)
    return value


def layout(owner: str, data_format: str | None) -> str:
    """Where the channels stand, as it was given or set for all."""
    order = settings.image_data_format() if data_format is None else data_format
    return choice(owner, "data_format", order, ("channels_last", "channels_first"))


def image_size(owner: str, name: str, size: Any) -> tuple[int, int]:
    """(height, width) as it was given, checked."""
    whole = (int, np.integer)
    if not isinstance(size, (tuple, list)) or len(size) != 2 or any(
        not isinstance(n, whole) or n < 1 for n in size
    ):  # fmt: skip
        raise bad_argument(owner, name, "a pair of positive integers, (height, width)", size)
    return int(size[0]), int(size[1])


def open_image(source: Any) -> Any:
    """pillow's image of a file, loaded; the error for one that cannot be read names it."""
    Image = pillow()
    try:
        with Image.open(source) as image:
            image.load()
            return image
    except FileNotFoundError:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f"{source} cannot be read as an image: {error}.") from None


@short_traceback
def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """An image file as one of pillow's images.

    Args:
        path: A path, or a `BytesIO` with the file's bytes.
        color_mode: 'grayscale', 'rgb' or 'rgba'. A gray image of more than 8 bits keeps them.
        target_size: (height, width) in pixels; None: the image's own.
        interpolation: 'nearest', 'bilinear', 'bicubic', 'lanczos', 'box' or 'hamming'.
        keep_aspect_ratio: Whether to cut off first what would distort the image.

    Example:
        >>> from io import BytesIO
        >>> file = BytesIO()
        >>> save_img(file, np.ones((2, 3, 3)), file_format="png")
        >>> load_img(file, target_size=(4, 5)).size
        (5, 4)
    """
    mode = COLOR_MODES[choice("load_img", "color_mode", color_mode, COLOR_MODES)]
    if not isinstance(path, (str, pathlib.Path, os.PathLike, BytesIO)):
        raise UserTypeError(f"load_img: `path` must be a path or a BytesIO; got {short(path)}.")
    image = open_image(path)
    deep = color_mode == "grayscale" and image.mode.startswith("I")
    if image.mode != mode and not deep:
        image = image.convert(mode)
    if target_size is None:
        return image
    height, width = image_size("load_img", "target_size", target_size)
    choice("load_img", "interpolation", interpolation, _FILTERS)
    box = None
    if keep_aspect_ratio:
        rows = min(image.height, image.width * height // width)
        columns = min(image.width, image.height * width // height)
        left, top = (image.width - columns) // 2, (image.height - rows) // 2
        box = (left, top, left + columns, top + rows)
    if image.size == (width, height):
        return image
    kind = getattr(pillow().Resampling, _FILTERS[interpolation])
    return image.resize((width, height), kind, box)


@short_traceback
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """One of pillow's images as an array with three axes.

    Shapes:
        img: height x width pixels -> (height, width, channels), or (channels, height, width)

    Args:
        data_format: 'channels_last' or 'channels_first'; None: `config.image_data_format()`.
        dtype: None: `config.floatx()`.

    Example:
        >>> img_to_array(array_to_img(np.ones((2, 3, 1)))).shape
        (2, 3, 1)
    """
    order = layout("img_to_array", data_format)
    x = np.asarray(img, dtype=settings.floatx() if dtype is None else dtype)
    if x.ndim == 2:
        x = x[:, :, None]
    elif x.ndim != 3:
        raise UserError(f"img_to_array: expected an image; got an array of shape {x.shape}.")
    return x if order == "channels_last" else x.transpose(2, 0, 1)


@short_traceback
def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """An array with three axes as one of pillow's images.

    Shapes:
        x: (height, width, channels) or (channels, height, width), of 1, 3 or 4 channels

    Args:
        data_format: 'channels_last' or 'channels_first'; None: `config.image_data_format()`.
        scale: Whether to bring the least value to 0 and the greatest to 255.
        dtype: The type to compute in; None: `config.floatx()`.

    Example:
        >>> array_to_img(np.ones((2, 3, 3))).size
        (3, 2)
    """
    order = layout("array_to_img", data_format)
    x = np.asarray(x, dtype=settings.floatx() if dtype is None else dtype)
    if x.ndim != 3:
        raise UserError(f"array_to_img: expected one image, of 3 axes; got shape {x.shape}.")
    if order == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - x.min()
        greatest = x.max()
        x = (x / greatest if greatest else x) * 255
    Image = pillow()
    if x.shape[2] == 1:
        deep = x.max(initial=0) > 255
        return Image.fromarray(x[:, :, 0].astype("int32" if deep else "uint8"))
    if x.shape[2] not in (3, 4):
        raise UserError(f"array_to_img: an image has 1, 3 or 4 channels; got {x.shape[2]}.")
    return Image.fromarray(x.astype("uint8"))


@short_traceback
def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array with three axes as an image file.

    Args:
        path: A path or an open file.
        data_format: 'channels_last' or 'channels_first'; None: `config.image_data_format()`.
        file_format: 'png', 'jpeg' ...; None: what the path's suffix says.
        scale: Whether to bring the least value to 0 and the greatest to 255.
        **kwargs: For pillow's `Image.save`, as `quality=90`.
    """
    if isinstance(path, IOBase) and file_format is None and not getattr(path, "name", None):
        raise bad_argument("save_img", "file_format", "given with an open file", file_format)
    image = array_to_img(x, data_format, scale)
    suffix = os.path.splitext(path)[1][1:] if isinstance(path, (str, os.PathLike)) else ""
    kind = (file_format or suffix).lower()
    if image.mode == "RGBA" and kind in ("jpg", "jpeg"):
        warnings.warn("JPEG files have no transparency: the image is saved as RGB.", stacklevel=2)
        image = image.convert("RGB")
    image.save(path, format="jpeg" if kind == "jpg" else file_format, **kwargs)


@short_traceback
def smart_resize(
    x: Any, size: Any, interpolation: str = "bilinear", data_format: str = "channels_last"
) -> Any:
    """Images of another size: the largest middle part of the right shape, stretched.

    Shapes:
        x: (height, width, channels) or (batch, height, width, channels) -> the same with `size`

    Args:
        size: (height, width) in pixels.
        interpolation: 'bilinear', 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'.
        data_format: 'channels_last' or 'channels_first'.

    Returns:
        float32: NumPy's array for NumPy's, else JAX's.

    Example:
        >>> smart_resize(np.ones((340, 500, 3)), (200, 200)).shape
        (200, 200, 3)
    """
    size = image_size("smart_resize", "size", size)
    choice("smart_resize", "interpolation", interpolation, INTERPOLATIONS)
    order = layout("smart_resize", data_format)
    if np.ndim(x) not in (3, 4):
        raise UserError(
            "smart_resize: expected (height, width, channels) or a batch of such images; got shape "
            f"{np.shape(x)}."
        )
    if isinstance(x, jax.Array):
        return resize_op(
            x.astype("float32"), size, interpolation, crop_to_aspect_ratio=True, data_format=order
        )
    x = np.asarray(x)
    if order == "channels_last":
        return resize(x, size, interpolation, crop_to_aspect_ratio=True)
    found = resize(np.moveaxis(x, -3, -1), size, interpolation, crop_to_aspect_ratio=True)
    return np.moveaxis(found, -1, -3)
