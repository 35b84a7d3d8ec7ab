"""tf.image: sizes, crops, flips, colours, boxes and the quality of images."""

from io import BytesIO
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ... import ops
from ...core.messages import UserError
from ...preprocessing.image import pillow
from ...preprocessing.resample import resize as resize_on_host
from . import chance
from .dtypes import DTYPES, kept
from .lift import as_operand, lift, open_
from .networks import extract_patches
from .tensor import Tensor, unwrap


class ResizeMethod:
    """How pixels between pixels are made."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC = "bilinear", "nearest", "bicubic"
    AREA, LANCZOS3, LANCZOS5 = "area", "lanczos3", "lanczos5"
    GAUSSIAN, MITCHELLCUBIC = "gaussian", "mitchellcubic"


_ON_HOST = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")


def _resize(
    images: Any, size: Any = (), method: Any = "bilinear", preserve_aspect_ratio: bool = False,
    antialias: bool = False,
) -> Any:  # fmt: skip
    images = jnp.asarray(images)
    height, width = (int(n) for n in size)
    if preserve_aspect_ratio:
        scale = min(height / images.shape[-3], width / images.shape[-2])
        height, width = (round(n * scale) for n in images.shape[-3:-1])
    method = {0: "bilinear", 1: "nearest", 2: "bicubic", 3: "area"}.get(method, str(method))
    if method == "area":
        method, antialias = "bilinear", True
    if not isinstance(images, Tracer) and not antialias and method in _ON_HOST:
        # XLA would compile a program for each size that the images of a folder have.
        found = resize_on_host(np.asarray(images), (height, width), method)
        return jnp.asarray(found.astype(images.dtype) if method == "nearest" else found)
    found = ops.image.resize(
        images if method == "nearest" else images.astype("float32"), (height, width), method,
        antialias, data_format="channels_last",
    )  # fmt: skip
    return found


def _box(x: Any, top: Any = 0, left: Any = 0, height: Any = 0, width: Any = 0) -> Any:
    return x[..., int(top) : int(top) + int(height), int(left) : int(left) + int(width), :]


def _pad_box(x: Any, top: Any = 0, left: Any = 0, height: Any = 0, width: Any = 0) -> Any:
    rows, columns = x.shape[-3:-1]
    widths = [(0, 0)] * (x.ndim - 3)
    widths += [(int(top), int(height - top - rows)), (int(left), int(width - left - columns))]
    return jnp.pad(x, [*widths, (0, 0)])


def _crop_or_pad(x: Any, height: Any = 0, width: Any = 0) -> Any:
    for axis, size in ((x.ndim - 3, int(height)), (x.ndim - 2, int(width))):
        extra = x.shape[axis] - size
        if extra >= 0:
            x = jax.lax.slice_in_dim(x, extra // 2, extra // 2 + size, axis=axis)
        else:
            widths = [(0, 0)] * x.ndim
            widths[axis] = (-extra // 2, -extra - -extra // 2)
            x = jnp.pad(x, widths)
    return x


def _central(x: Any, fraction: float = 1.0) -> Any:
    starts = [int((n - n * fraction) / 2) for n in x.shape[-3:-1]]
    rows, columns = (slice(s, n - s) for s, n in zip(starts, x.shape[-3:-1], strict=True))
    return x[..., rows, columns, :]


def _random_crop(x: Any, key: Any, size: Any = ()) -> Any:
    room = jnp.asarray([a - b + 1 for a, b in zip(x.shape, size, strict=True)])
    starts = jax.random.randint(key, (x.ndim,), 0, room)
    return jax.lax.dynamic_slice(x, tuple(starts), tuple(size))


def _as(image: Any, dtype: Any = "float32", saturate: bool = False) -> Any:
    image, name = jnp.asarray(image), kept(dtype)
    if image.dtype.name == name:
        return image
    to_int, from_int = "int" in name, jnp.issubdtype(image.dtype, jnp.integer)
    if from_int and not to_int:
        return image.astype(name) / np.float32(DTYPES[image.dtype.name].max)
    if to_int and not from_int:
        most = DTYPES[name].max
        scaled = image * np.float32(most + 0.5)
        return (jnp.clip(scaled, 0, most) if saturate else scaled).astype(name)
    shift = (image.dtype.itemsize - jnp.dtype(name).itemsize) * 8
    return (
        image.astype(name)
        if not to_int
        else ((image >> shift) if shift > 0 else image.astype(name) << -shift).astype(name)
    )


def _in_floats(function: Any) -> Any:
    """A change of colours, computed in floats of [0, 1] and brought back to the image's type."""

    def run(image: Any, *args: Any) -> Any:
        image = jnp.asarray(image)
        found = function(_as(image), *args)
        return (
            found
            if jnp.issubdtype(image.dtype, jnp.floating)
            else _as(found, image.dtype, saturate=True)
        )

    return run


def _contrast(x: Any, factor: Any) -> Any:
    mean = x.mean((-3, -2), keepdims=True)
    return (x - mean) * factor + mean


def _grey(x: Any) -> Any:
    x = jnp.asarray(x)
    weights = jnp.asarray([0.2989, 0.587, 0.114])
    found = jnp.sum(x * weights, -1, keepdims=True)
    return found.astype(x.dtype)


def _hsv(function: Any) -> Any:
    return lambda x: function(jnp.asarray(x), data_format="channels_last")


_to_hsv, _to_rgb = _hsv(ops.image.rgb_to_hsv), _hsv(ops.image.hsv_to_rgb)


def _saturation(x: Any, factor: Any) -> Any:
    hsv = _to_hsv(x)
    return _to_rgb(hsv.at[..., 1].set(jnp.clip(hsv[..., 1] * factor, 0, 1)))


def _hue(x: Any, delta: Any) -> Any:
    hsv = _to_hsv(x)
    return _to_rgb(hsv.at[..., 0].set(jnp.mod(hsv[..., 0] + delta, 1.0)))


def _standardized(image: Any) -> Any:
    x = jnp.asarray(image, "float32")
    axes, count = (-3, -2, -1), float(np.prod(x.shape[-3:]))
    deviation = jnp.maximum(x.std(axes, keepdims=True), 1.0 / np.sqrt(count))
    return (x - x.mean(axes, keepdims=True)) / deviation


def _flip_by(axis: int) -> Any:
    return lambda x, key: jnp.where(jax.random.bernoulli(key), jnp.flip(x, axis), x)


def _psnr(a: Any, b: Any, max_val: Any) -> Any:
    a, b = jnp.asarray(a, "float32"), jnp.asarray(b, "float32")
    error = jnp.mean(jnp.square(a - b), (-3, -2, -1))
    return 20 * jnp.log10(jnp.asarray(max_val, "float32")) - 10 * jnp.log10(error)


def _window(size: int, sigma: float) -> Any:
    places = jnp.arange(size) - (size - 1) / 2
    row = jnp.exp(-jnp.square(places) / (2 * sigma**2))
    window = row[:, None] * row
    return window / window.sum()


def _ssim_parts(a: Any, b: Any, most: Any, size: int, sigma: float, k1: float, k2: float) -> Any:
    """Luminance and contrast-structure at each window (..., channels)."""
    channels = a.shape[-1]
    kernel = jnp.tile(_window(size, sigma)[:, :, None, None], (1, 1, channels, 1))
    mean = lambda x: ops.depthwise_conv(x, kernel, data_format="channels_last")  # noqa: E731
    c1, c2 = (k1 * most) ** 2, (k2 * most) ** 2
    mean_a, mean_b = mean(a), mean(b)
    var = mean(a * a + b * b) - mean_a**2 - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance, (2 * covariance + c2) / (var + c2)


def _ssim(
    a: Any, b: Any, max_val: Any = 1.0, filter_size: int = 11, filter_sigma: float = 1.5,
    k1: float = 0.01, k2: float = 0.03,
) -> Any:  # fmt: skip
    a, b = jnp.asarray(a, "float32"), jnp.asarray(b, "float32")
    single = a.ndim == 3
    a, b = (a[None], b[None]) if single else (a, b)
    luminance, structure = _ssim_parts(a, b, max_val, filter_size, filter_sigma, k1, k2)
    found = jnp.mean(luminance * structure, (-3, -2, -1))
    return found[0] if single else found


def _total_variation(x: Any) -> Any:
    x = jnp.asarray(x)
    rows, columns = jnp.abs(jnp.diff(x, axis=-3)), jnp.abs(jnp.diff(x, axis=-2))
    axes = (-3, -2, -1)
    return rows.sum(axes) + columns.sum(axes)


def _gradients(x: Any) -> Any:
    rows = jnp.pad(jnp.diff(x, axis=1), ((0, 0), (0, 1), (0, 0), (0, 0)))
    columns = jnp.pad(jnp.diff(x, axis=2), ((0, 0), (0, 0), (0, 1), (0, 0)))
    return rows, columns


def _sobel(x: Any) -> Any:
    kernel = jnp.asarray([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]])
    kernels = jnp.stack([kernel, kernel.T], -1)[:, :, None, :]
    channels = x.shape[-1]
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    found = ops.depthwise_conv(padded, jnp.tile(kernels, (1, 1, channels, 1)),
                               data_format="channels_last")  # fmt: skip
    return found.reshape(*x.shape, 2)


def _crop_and_resize(
    image: Any, boxes: Any, box_indices: Any, crop_size: Any = (), method: str = "bilinear",
    extrapolation_value: float = 0.0,
) -> Any:  # fmt: skip
    height, width = crop_size
    rows, columns = image.shape[1:3]

    def one(box: Any, index: Any) -> Any:
        y1, x1, y2, x2 = box
        y = jnp.linspace(y1, y2, height) * (rows - 1)
        x = jnp.linspace(x1, x2, width) * (columns - 1)
        places = jnp.meshgrid(y, x, indexing="ij")
        read = lambda c: jax.scipy.ndimage.map_coordinates(  # noqa: E731
            c, places, 1 if method == "bilinear" else 0, cval=extrapolation_value
        )
        return jax.vmap(read, -1, -1)(image[index])

    return jax.vmap(one)(boxes, jnp.asarray(box_indices))


def non_max_suppression(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: float = 0.5,
    score_threshold: float = -np.inf, name: Any = None,
) -> Any:  # fmt: skip
    """The numbers of the boxes (y1, x1, y2, x2) that no better one overlaps too much."""
    boxes, scores = np.asarray(open_(boxes)), np.asarray(open_(scores))
    order, kept_ = [int(i) for i in np.argsort(-scores) if scores[i] > score_threshold], []
    area = np.prod(np.abs(boxes[:, 2:] - boxes[:, :2]), 1)
    while order and len(kept_) < int(max_output_size):
        best = order.pop(0)
        kept_.append(best)
        low = np.maximum(boxes[best, :2], boxes[order, :2])
        high = np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.prod(np.maximum(high - low, 0), 1)
        overlap = shared / np.maximum(area[best] + area[order] - shared, 1e-12)
        order = [i for i, o in zip(order, overlap, strict=True) if o <= iou_threshold]
    return Tensor(jnp.asarray(kept_, "int32"))


def decode_image(
    contents: Any, channels: Any = 0, dtype: Any = "uint8", name: Any = None,
    expand_animations: bool = True, **kwargs: Any,
) -> Any:  # fmt: skip
    """The pixels of an image file's bytes: PNG, JPEG, GIF, BMP and what else pillow reads."""
    data: Any = np.asarray(unwrap(contents))[()]
    image = pillow().open(BytesIO(data))
    channels = int(channels or 0) or len(image.getbands())
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    pixels = np.asarray(image.convert(mode))
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    found = Tensor(jnp.asarray(pixels))
    return found if kept(dtype) == "uint8" else IMAGE["convert_image_dtype"](found, dtype)


def _encoder(form: str) -> Any:
    def encode(image: Any, *args: Any, **kwargs: Any) -> Any:
        pixels = np.asarray(open_(image)).astype("uint8")
        pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
        file = BytesIO()
        pillow().fromarray(pixels).save(file, form)
        return Tensor(np.array(file.getvalue(), object))

    return encode


def _by_key(name: str) -> Any:
    """A random change of an image; a factor is drawn between two limits."""
    lifted = _RANDOM[name]

    def run(image: Any, *args: Any, seed: Any = None, name: Any = None, **kwargs: Any) -> Any:
        return lifted(image, chance.draw(seed), *args, **kwargs)

    return run


def _stateless_by_key(name: str) -> Any:
    lifted = _RANDOM[name]

    def run(image: Any, *args: Any, seed: Any = None, name: Any = None, **kwargs: Any) -> Any:
        if seed is None:
            *args, seed = args  # type: ignore[assignment]
        return lifted(image, chance.key_of(seed), *args, **kwargs)

    return run


def _drawn(function: Any, symmetric: bool) -> Any:
    def run(image: Any, key: Any, lower: Any, upper: Any = None) -> Any:
        low, high = (-lower, lower) if symmetric else (lower, upper)
        return _in_floats(function)(image, jax.random.uniform(key, (), minval=low, maxval=high))

    return run


def draw_bounding_boxes(images: Any, boxes: Any, colors: Any = None, name: Any = None) -> Any:
    """The images with rectangles (y1, x1, y2, x2 in parts of the size) around something."""
    pixels = np.array(as_operand(images))
    colors = np.array([[1.0, 0, 0]]) if colors is None else np.asarray(colors)
    height, width = pixels.shape[1:3]
    for image, rows in zip(pixels, np.asarray(as_operand(boxes)), strict=True):
        for number, (y1, x1, y2, x2) in enumerate(rows):
            y = [min(max(int(v * (height - 1)), 0), height - 1) for v in (y1, y2)]
            x = [min(max(int(v * (width - 1)), 0), width - 1) for v in (x1, x2)]
            color = colors[number % len(colors)][: image.shape[-1]]
            image[y[0] : y[1] + 1, x] = color
            image[y, x[0] : x[1] + 1] = color
    return Tensor(jnp.asarray(pixels))


def _no_jpeg_quality(*args: Any, **kwargs: Any) -> Any:
    raise UserError("tf.image.adjust_jpeg_quality: encode and decode with tf.io instead.")


_add = _in_floats(lambda x, delta: x + delta)
_RANDOM = {
    "flip_left_right": lift(_flip_by(-2), "image, key", "random_flip_left_right"),
    "flip_up_down": lift(_flip_by(-3), "image, key", "random_flip_up_down"),
    "brightness": lift(_drawn(lambda x, d: x + d, True), "image, key, max_delta=0.1"),
    "contrast": lift(_drawn(_contrast, False), "image, key, lower=0.5, upper=1.5"),
    "saturation": lift(_drawn(_saturation, False), "image, key, lower=0.5, upper=1.5"),
    "hue": lift(_drawn(_hue, True), "image, key, max_delta=0.1"),
    "crop": lift(_random_crop, "value, key, size=()", "random_crop"),
}
random_crop = _by_key("crop")
IMAGE: dict[str, Any] = {
    "ResizeMethod": ResizeMethod,
    "resize": lift(_resize, "images, size=(), method='bilinear', preserve_aspect_ratio=False, "
                   "antialias=False", "resize"),
    "crop_to_bounding_box": lift(
        _box, "image, offset_height=0, offset_width=0, target_height=0, target_width=0"),
    "pad_to_bounding_box": lift(
        _pad_box, "image, offset_height=0, offset_width=0, target_height=0, target_width=0"),
    "resize_with_crop_or_pad": lift(_crop_or_pad, "image, target_height=0, target_width=0"),
    "resize_with_pad": lift(
        lambda x, h=0, w=0, method="bilinear", antialias=False: _crop_or_pad(
            _resize(x, (h, w), method, True, antialias), h, w),
        "image, target_height=0, target_width=0, method='bilinear', antialias=False"),
    "central_crop": lift(_central, "image, central_fraction=1.0", "central_crop"),
    "flip_left_right": lift(lambda x: jnp.flip(x, -2), "image", "flip_left_right"),
    "flip_up_down": lift(lambda x: jnp.flip(x, -3), "image", "flip_up_down"),
    "transpose": lift(lambda x: jnp.swapaxes(x, -3, -2), "image", "transpose"),
    "rot90": lift(lambda x, k=1: jnp.rot90(x, int(k), (-3, -2)), "image, k=1", "rot90"),
    "convert_image_dtype": lift(_as, "image, dtype='float32', saturate=False"),
    "rgb_to_grayscale": lift(_grey, "images", "rgb_to_grayscale"),
    "grayscale_to_rgb": lift(lambda x: jnp.repeat(x, 3, -1), "images", "grayscale_to_rgb"),
    "rgb_to_hsv": lift(_to_hsv, "images", "rgb_to_hsv"),
    "hsv_to_rgb": lift(_to_rgb, "images", "hsv_to_rgb"),
    "adjust_brightness": lift(_add, "image, delta", "adjust_brightness"),
    "adjust_contrast": lift(_in_floats(_contrast), "images, contrast_factor", "adjust_contrast"),
    "adjust_saturation": lift(_in_floats(_saturation), "image, saturation_factor"),
    "adjust_hue": lift(_in_floats(_hue), "image, delta", "adjust_hue"),
    "adjust_gamma": lift(
        lambda x, g=1, gain=1: _in_floats(lambda y: gain * y**g)(x), "image, gamma=1, gain=1"),
    "per_image_standardization": lift(_standardized, "image", "per_image_standardization"),
    "total_variation": lift(_total_variation, "images", "total_variation"),
    "image_gradients": lift(_gradients, "image", "image_gradients"),
    "sobel_edges": lift(_sobel, "image", "sobel_edges"),
    "psnr": lift(_psnr, "a, b, max_val", "psnr"),
    "ssim": lift(_ssim, "img1, img2, max_val=1.0, filter_size=11, filter_sigma=1.5, k1=0.01, "
                 "k2=0.03", "ssim"),
    "crop_and_resize": lift(_crop_and_resize, "image, boxes, box_indices, crop_size=(), "
                            "method='bilinear', extrapolation_value=0.0", "crop_and_resize"),
    "non_max_suppression": non_max_suppression, "draw_bounding_boxes": draw_bounding_boxes,
    "extract_patches": extract_patches,
    **{f"random_{name}": _by_key(name) for name in _RANDOM},
    **{f"stateless_random_{name}": _stateless_by_key(name) for name in _RANDOM},
    "decode_image": decode_image, "decode_jpeg": decode_image, "decode_png": decode_image,
    "decode_gif": decode_image, "decode_bmp": decode_image, "encode_jpeg": _encoder("JPEG"),
    "encode_png": _encoder("PNG"), "adjust_jpeg_quality": _no_jpeg_quality,
}  # fmt: skip
IMAGE["resize_image_with_crop_or_pad"] = IMAGE["resize_with_crop_or_pad"]
IMAGE["resize_images"] = IMAGE["resize"]
IMAGE["extract_image_patches"] = extract_patches
