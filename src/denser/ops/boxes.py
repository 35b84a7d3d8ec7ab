"""Boxes around things in images: formats, overlap, cutting and moving, deltas to anchors.

A function takes an array (..., 4), or a dict with it as 'boxes' and perhaps 'labels'. Formats:
'xyxy' (left, top, right, bottom), 'yxyx', 'xywh' (left, top, width, height), 'center_xywh',
'center_yxhw'; with 'rel_' before it, in parts of the image's width and height in place of pixels.
"""

import math
from typing import Any

import jax.numpy as jnp
from jax import Array

from ..core.messages import UserError, bad_argument, bad_input
from ..core.op import op
from ..core.tensor import as_array

_ABSOLUTE = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw")
FORMATS = (*_ABSOLUTE, *(f"rel_{name}" for name in _ABSOLUTE))
_TINY = 1e-7


@op
def convert_format(
    boxes: Any,
    source: str,
    target: str,
    height: Any = None,
    width: Any = None,
    dtype: Any = "float32",
) -> Any:
    """The same boxes in another format.

    Shapes:
        boxes: (..., 4) -> the same

    Args:
        boxes: An array, or a dict with it as 'boxes'.
        source, target: The formats.
        height, width: The image's size in pixels, where one format is relative and one is not.
        dtype: Type of the result.

    Example:
        >>> convert_format([[10, 20, 30, 40]], "xyxy", "xywh").tolist()
        [[10.0, 20.0, 20.0, 20.0]]
    """
    if isinstance(boxes, dict):
        converted = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": converted}
    source, target = _format("source", source), _format("target", target)
    x = as_array(boxes, dtype)
    if x.ndim == 0 or x.shape[-1] != 4:
        raise bad_input("convert_format", "(..., 4)", x.shape)
    if source == target:
        return x
    scale = _scale(source, target, height, width, x.dtype)
    corners = _to_corners(x, source.removeprefix("rel_")) * scale
    return _from_corners(corners, target.removeprefix("rel_"))


def _format(argument: str, name: Any) -> str:
    found = name.lower() if isinstance(name, str) else name
    if found not in FORMATS:
        raise bad_argument("bounding_boxes", argument, f"one of {', '.join(FORMATS)}", name)
    return found


def _scale(source: str, target: str, height: Any, width: Any, dtype: Any) -> Any:
    """What to multiply corners with, to go from pixels to parts of the image or back."""
    relative = source.startswith("rel_"), target.startswith("rel_")
    if relative[0] == relative[1]:
        return 1
    if height is None or width is None:
        raise UserError(
            f"bounding_boxes: from '{source}' to '{target}' the image's `height` and `width` are "
            "needed; give them in pixels."
        )
    size = jnp.stack([jnp.asarray(n, dtype) for n in (width, height, width, height)], -1)
    size = size if size.ndim == 1 else size[:, None]  # images of different sizes
    return size if relative[0] else 1 / size


def _to_corners(x: Array, source: str) -> Array:
    """Left, top, right, bottom."""
    if source == "xyxy":
        return x
    if source in ("yxyx", "center_yxhw"):
        x = x[..., jnp.array([1, 0, 3, 2])]
        if source == "yxyx":
            return x
    start, size = x[..., :2], x[..., 2:]
    if source.startswith("center"):
        start = start - size / 2
    return jnp.concatenate([start, start + size], -1)


def _from_corners(x: Array, target: str) -> Array:
    start, end = x[..., :2], x[..., 2:]
    if target.endswith("wh"):
        x = jnp.concatenate([start, end - start], -1)
    if target.startswith("center"):
        x = jnp.concatenate([(start + end) / 2, end - start], -1)
    return x[..., jnp.array([1, 0, 3, 2])] if target in ("yxyx", "center_yxhw") else x


@op
def clip_to_image_size(
    bounding_boxes: Any, height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> Any:
    """Boxes cut to what lies within the image; the label of one of which nothing is left is -1.

    Shapes:
        boxes: (..., boxes, 4) -> the same
        labels: (..., boxes) -> the same

    Args:
        bounding_boxes: A dict with 'boxes' and 'labels', or the boxes alone.
        height, width: The image's size in pixels; not needed for relative formats.
    """
    relative = bounding_box_format.lower().startswith("rel_")
    within = "rel_xyxy" if relative else "xyxy"
    if not relative and (height is None or width is None):
        raise UserError(
            "clip_to_image_size: `height` and `width` are needed for boxes in pixels; give the "
            "image's size."
        )
    boxes = bounding_boxes["boxes"] if isinstance(bounding_boxes, dict) else bounding_boxes
    right, bottom = (1, 1) if relative else (width, height)
    corners = convert_format(boxes, bounding_box_format, within)
    clipped = _within(corners, right, bottom)
    result = convert_format(clipped, within, bounding_box_format)
    if not isinstance(bounding_boxes, dict):
        return result
    labels = as_array(bounding_boxes["labels"])
    empty = jnp.any(clipped[..., 2:] <= clipped[..., :2], -1)
    return {**bounding_boxes, "boxes": result, "labels": jnp.where(empty, -1, labels)}


def _within(corners: Array, width: Any, height: Any) -> Array:
    ends = jnp.stack([jnp.asarray(n, corners.dtype) for n in (width, height, width, height)], -1)
    return jnp.clip(corners, 0, ends)


@op
def crop(
    boxes: Array,
    top: Any,
    left: Any,
    height: Any,
    width: Any,
    bounding_box_format: str = "xyxy",
) -> Array:
    """Boxes as they stand in a part of the image, cut to it.

    Args:
        top, left: Where the part begins, in pixels.
        height, width: Its size.
        bounding_box_format: A format in pixels.
    """
    x = convert_format(boxes, _in_pixels("crop", bounding_box_format), "xyxy")
    x = _within(x - _shift(left, top, x), width, height)
    return convert_format(x, "xyxy", bounding_box_format)


@op
def pad(
    boxes: Array,
    top: Any,
    left: Any,
    height: Any = None,
    width: Any = None,
    bounding_box_format: str = "xyxy",
) -> Array:
    """Boxes as they stand in an image with rows above and columns to the left of it.

    Args:
        top, left: How many rows and columns, in pixels.
        height, width: The size of the larger image, to which boxes are cut; None cuts none.
        bounding_box_format: A format in pixels.
    """
    x = convert_format(boxes, _in_pixels("pad", bounding_box_format), "xyxy")
    x = x + _shift(left, top, x)
    if height is not None and width is not None:
        x = _within(x, width, height)
    return convert_format(x, "xyxy", bounding_box_format)


def _in_pixels(owner: str, name: str) -> str:
    if _format("bounding_box_format", name).startswith("rel_"):
        expected = f"one of {', '.join(_ABSOLUTE)}"
        raise bad_argument(owner, "bounding_box_format", expected, name, "Use convert_format.")
    return name


def _shift(left: Any, top: Any, like: Array) -> Array:
    return jnp.stack([jnp.asarray(n, like.dtype) for n in (left, top, left, top)], -1)


@op
def affine_transform(
    boxes: Array,
    angle: Any,
    translate_x: Any,
    translate_y: Any,
    scale: Any,
    shear_x: Any,
    shear_y: Any,
    height: int,
    width: int,
    center_x: Any = None,
    center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Array:
    """The boxes around boxes that are moved, turned, sheared (down, across) and stretched, in this
    order.

    Shapes:
        boxes: (boxes, 4), or (batch, boxes, 4) -> the same
        angle, translate_x, ..., shear_y: (), or (batch,)

    Args:
        angle: In degrees, against the clock.
        translate_x, translate_y: In parts of the image's size.
        scale: 2 makes them twice as large.
        shear_x, shear_y: In degrees.
        height, width: The image's size in pixels.
        center_x, center_y: What stays where it is, in parts of the size; None: the middle.

    Keras turns the shear across round where there is another shear or an angle too.
    """
    numbers = (angle, translate_x, translate_y, scale, shear_x, shear_y)
    turned, right, down, grown, slope_x, slope_y = (
        jnp.asarray(as_array(n), jnp.float32)[..., None, None] for n in numbers
    )
    x = convert_format(boxes, bounding_box_format, "xyxy", height, width)
    middle_x = (0.5 if center_x is None else center_x) * (width - 1)
    middle_y = (0.5 if center_y is None else center_y) * (height - 1)
    across = x[..., jnp.array([0, 2, 0, 2])] + right * (width - 1) - middle_x
    up = x[..., jnp.array([1, 1, 3, 3])] + down * (height - 1) - middle_y
    cos, sin = jnp.cos(turned * math.pi / 180), jnp.sin(turned * math.pi / 180)
    across, up = cos * across + sin * up, cos * up - sin * across
    up = up + jnp.tan(slope_y * math.pi / 180) * across
    across = across + jnp.tan(slope_x * math.pi / 180) * up
    moved = around(grown * across + middle_x, grown * up + middle_y)
    return convert_format(moved, "xyxy", bounding_box_format, height, width)


def around(x: Array, y: Array) -> Array:
    """The 'xyxy' boxes around points, whose coordinates are (..., points) each."""
    return jnp.stack([x.min(-1), y.min(-1), x.max(-1), y.max(-1)], -1)


@op
def compute_iou(
    boxes1: Array,
    boxes2: Array,
    bounding_box_format: str,
    use_masking: bool = False,
    mask_val: Any = -1,
    image_shape: Any = None,
) -> Array:
    """How much boxes overlap: the area that each two share over the area that they cover.

    Shapes:
        boxes1: (m, 4), or (batch, m, 4)
        boxes2: (n, 4), or (batch, n, 4)
        result: (m, n), or (batch, m, n)

    Args:
        use_masking: Whether pairs with a box of negative numbers only, which is none, get
            `mask_val`.
        image_shape: (height, width, channels), for relative formats.
    """
    one, two = (_corners(b, bounding_box_format, image_shape) for b in (boxes1, boxes2))
    a, b = one[..., :, None, :], two[..., None, :, :]
    shared = _area(jnp.maximum(a[..., :2], b[..., :2]), jnp.minimum(a[..., 2:], b[..., 2:]))
    covered = _area(a[..., :2], a[..., 2:]) + _area(b[..., :2], b[..., 2:]) - shared
    overlap = jnp.where(covered > 0, shared / jnp.where(covered > 0, covered, 1), 0)
    if not use_masking:
        return overlap
    none = jnp.all(as_array(boxes1) < 0, -1)[..., :, None]
    return jnp.where(none | jnp.all(as_array(boxes2) < 0, -1)[..., None, :], mask_val, overlap)


@op
def compute_ciou(
    boxes1: Array, boxes2: Array, bounding_box_format: str, image_shape: Any = None
) -> Array:
    """Overlap of boxes, pair by pair, less the distance of their middles and the difference of
    their forms: `iou - d^2 / c^2 - v^2 / (1 - iou + v)`.

    `d` is the distance of the middles, `c` the diagonal of the box around both, and
    `v = 4 / pi^2 (atan(w1 / h1) - atan(w2 / h2))^2`.

    Shapes:
        boxes1, boxes2: (..., 4) -> (...)

    Args:
        image_shape: (height, width, channels), for relative formats.

    Source: Zheng et al. 2020, arXiv:2005.03572.
    """
    one, two = (_corners(b, bounding_box_format, image_shape) for b in (boxes1, boxes2))
    start = jnp.maximum(one[..., :2], two[..., :2])
    end = jnp.minimum(one[..., 2:], two[..., 2:])
    size1, size2 = one[..., 2:] - one[..., :2], two[..., 2:] - two[..., :2]
    shared = _area(start, end)
    overlap = shared / (size1.prod(-1) + size2.prod(-1) - shared + _TINY)
    hull = jnp.maximum(one[..., 2:], two[..., 2:]) - jnp.minimum(one[..., :2], two[..., :2])
    apart = (one[..., :2] + one[..., 2:] - two[..., :2] - two[..., 2:]) / 2
    distance = jnp.sum(apart**2, -1) / (jnp.sum(hull**2, -1) + _TINY)
    forms = [jnp.arctan(size[..., 0] / (size[..., 1] + _TINY)) for size in (size1, size2)]
    v = 4 / math.pi**2 * (forms[0] - forms[1]) ** 2
    return overlap - distance - v**2 / (1 - overlap + v + _TINY)


def _corners(boxes: Any, bounding_box_format: str, image_shape: Any) -> Array:
    """The boxes as 'xyxy' in pixels."""
    relative = _format("bounding_box_format", bounding_box_format).startswith("rel_")
    if relative and image_shape is None:
        raise UserError(
            f"bounding_boxes: '{bounding_box_format}' needs `image_shape`, (height, width, "
            "channels)."
        )
    size = (None, None) if image_shape is None else tuple(image_shape)[:2]
    return convert_format(boxes, bounding_box_format, "xyxy", *size)


def _area(start: Array, end: Array) -> Array:
    return jnp.prod(jnp.maximum(end - start, 0), -1)


@op
def encode_box_to_deltas(
    anchors: Any,
    boxes: Any,
    anchor_format: str,
    box_format: str,
    encoding_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Array:
    """Where boxes stand to anchors: `(middle - middle_a) / size_a` and `log(size / size_a)`.

    Shapes:
        anchors: (n, 4)
        boxes: (n, 4), or (batch, n, 4)
        result: as boxes

    Args:
        encoding_format: 'center_yxhw' or 'center_xywh': the order of the numbers.
        variance: Four numbers by which the deltas are divided.
        image_shape: (height, width, channels), for relative formats.
    """
    encoding = _encoding("encode_box_to_deltas", "encoding_format", encoding_format)
    a = convert_format(_corners(anchors, anchor_format, image_shape), "xyxy", encoding)
    b = convert_format(_corners(boxes, box_format, image_shape), "xyxy", encoding)
    sizes = jnp.maximum(a[..., 2:], _TINY)
    moved = (b[..., :2] - a[..., :2]) / sizes
    grown = jnp.log(jnp.maximum(b[..., 2:], _TINY) / sizes)
    deltas = jnp.concatenate([moved, grown], -1)
    return deltas / _variance("encode_box_to_deltas", variance)


@op
def decode_deltas_to_boxes(
    anchors: Any,
    boxes_delta: Any,
    anchor_format: str,
    box_format: str,
    encoded_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Any:
    """The boxes that stand to anchors as deltas say; the inverse of `encode_box_to_deltas`.

    Shapes:
        anchors: (n, 4)
        boxes_delta: (n, 4), or (batch, n, 4)
        result: as boxes_delta

    Args:
        anchors, boxes_delta: Arrays, or dicts of arrays with the same keys.
        encoded_format: 'center_yxhw' or 'center_xywh': the order of the deltas.
        variance: Four numbers by which the deltas are multiplied.
        image_shape: (height, width, channels), for relative formats.
    """
    options = (anchor_format, box_format, encoded_format, variance, image_shape)
    if isinstance(anchors, dict):
        return {k: decode_deltas_to_boxes(anchors[k], boxes_delta[k], *options) for k in anchors}
    encoded = _encoding("decode_deltas_to_boxes", "encoded_format", encoded_format)
    a = convert_format(_corners(anchors, anchor_format, image_shape), "xyxy", encoded)
    deltas = as_array(boxes_delta) * _variance("decode_deltas_to_boxes", variance)
    middles = deltas[..., :2] * a[..., 2:] + a[..., :2]
    boxes = jnp.concatenate([middles, jnp.exp(deltas[..., 2:]) * a[..., 2:]], -1)
    size = (None, None) if image_shape is None else tuple(image_shape)[:2]
    return convert_format(boxes, encoded, box_format, *size)


def _encoding(owner: str, argument: str, name: Any) -> str:
    found = name.lower() if isinstance(name, str) else name
    if found not in ("center_xywh", "center_yxhw"):
        raise bad_argument(owner, argument, "'center_xywh' or 'center_yxhw'", name)
    return found


def _variance(owner: str, variance: Any) -> Any:
    if variance is None:
        return 1
    numbers = as_array(variance, "float32")
    if numbers.shape[-1:] != (4,):
        raise bad_argument(owner, "variance", "four numbers", variance)
    return numbers
