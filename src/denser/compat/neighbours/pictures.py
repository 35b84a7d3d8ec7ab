"""Pictures: the functions on images that SciPy had in `scipy.misc` until 1.3, by Pillow."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

_RESAMPLING = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}


def names() -> dict[str, Callable[..., Any]]:
    """The names of `scipy.misc` that scripts use."""
    special = importlib.import_module("scipy.special")
    found = {name: getattr(special, name) for name in ("comb", "factorial", "logsumexp")}
    here = (bytescale, fromimage, imread, imresize, imrotate, imsave, imshow, toimage)
    return found | {function.__name__: function for function in here}


def _pillow() -> Any:
    return importlib.import_module("PIL.Image")


def bytescale(
    data: Any, cmin: float | None = None, cmax: float | None = None, high: int = 255, low: int = 0
) -> np.ndarray:
    """Bytes from `low` at `cmin` to `high` at `cmax`, which are the data's least and greatest."""
    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    least: float = data.min() if cmin is None else cmin
    most: float = data.max() if cmax is None else cmax
    scale = (high - low) / ((most - least) or 1)
    return ((data - least) * scale + low).clip(low, high).round().astype(np.uint8)


def toimage(
    arr: Any,
    high: int = 255,
    low: int = 0,
    cmin: float | None = None,
    cmax: float | None = None,
    pal: Any = None,
    mode: str | None = None,
    channel_axis: int | None = None,
) -> Any:
    """Pillow's image of an array, its numbers spread over all bytes where they are none."""
    arr = np.asarray(arr)
    if mode == "F":
        return _pillow().fromarray(arr.astype(np.float32))
    data = bytescale(arr, cmin, cmax, high, low)
    if data.ndim == 3:
        if channel_axis is None:
            sizes = [-1, *range(data.ndim)]
            channel_axis = next((axis for axis in sizes if data.shape[axis] in (3, 4)), -1)
        data = np.moveaxis(data, channel_axis, -1)
    image = _pillow().fromarray(np.ascontiguousarray(data))
    return image if mode is None else image.convert(mode)


def fromimage(im: Any, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """The array of Pillow's image; grey and of floats with `flatten`."""
    if im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    return np.array(im.convert("F") if flatten else im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """An image file as an array."""
    with _pillow().open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Write an array as an image file."""
    toimage(arr).save(name, *([] if format is None else [format]))


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> np.ndarray:
    """An image of another size: (rows, columns), a fraction, or a whole number of percent."""
    image = toimage(arr, mode=mode)
    if isinstance(size, (int, np.integer)):
        columns, rows = (side * size // 100 for side in image.size)
    elif isinstance(size, (float, np.floating)):
        columns, rows = (int(side * size) for side in image.size)
    else:
        rows, columns = (int(side) for side in size[:2])
    return fromimage(image.resize((columns, rows), resample=_RESAMPLING[interp]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> np.ndarray:
    """An image rotated counter-clockwise, by an angle in degrees."""
    return fromimage(toimage(arr).rotate(angle, resample=_RESAMPLING[interp]))


def imshow(arr: Any) -> None:
    """Show an array as an image."""
    toimage(arr).show()
