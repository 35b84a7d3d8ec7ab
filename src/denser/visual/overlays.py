"""What is known about images, drawn onto them: boxes around things, and classes of pixels."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.messages import UserError, UserTypeError, shape_text
from ..core.tensor import as_array
from ..ops.boxes import convert_format
from ..ops.layout import first_channels

Color = Sequence[int]


def draw_bounding_boxes(
    images: Any,
    bounding_boxes: Mapping[str, Any],
    bounding_box_format: str,
    class_mapping: Mapping[int, str] | None = None,
    color: Color = (128, 128, 128),
    line_thickness: int = 2,
    text_thickness: int = 1,
    font_scale: float = 1.0,
    data_format: str | None = None,
) -> np.ndarray:
    """Draw boxes, and with `class_mapping` what is in them, onto images of bytes.

    Shapes:
        images: (batch, height, width, channels), or channels first -> the same
        boxes: (batch, boxes, 4)
        labels, confidences: (batch, boxes)

    Args:
        images: With values of 0 to 255.
        bounding_boxes: A dict of 'boxes', 'labels' and perhaps 'confidences'; those with a label
            below 0 are none.
        bounding_box_format: 'xyxy', 'rel_xyxy', 'center_xywh', ...
        class_mapping: The classes' names; text needs Pillow.
        color: Red, green and blue.
        line_thickness: In pixels.
        text_thickness: 1 is plain; each more makes letters bolder.
        font_scale: 1 makes letters 16 pixels high.
        data_format: 'channels_last' or 'channels_first'.

    Example:
        >>> boxes = {"boxes": [[[1, 1, 4, 4]]], "labels": [[0]]}
        >>> drawn = draw_bounding_boxes(np.zeros((1, 6, 6, 1)), boxes, "xyxy", line_thickness=1)
        >>> int((drawn > 0).sum())
        8
    """
    pictures = channels_last(images, "draw_bounding_boxes", data_format).astype(np.uint8)
    if not isinstance(bounding_boxes, Mapping):
        raise UserTypeError(
            "draw_bounding_boxes: `bounding_boxes` must be a dict with 'boxes' and 'labels'; got "
            f"{type(bounding_boxes).__name__}."
        )
    if not {"boxes", "labels"} <= set(bounding_boxes):
        raise UserError(
            "draw_bounding_boxes: `bounding_boxes` must have 'boxes' and 'labels'; got "
            f"{', '.join(map(repr, bounding_boxes))}."
        )
    size = pictures.shape[1:3]
    boxes = np.asarray(convert_format(bounding_boxes["boxes"], bounding_box_format, "xyxy", *size))
    labels = np.asarray(bounding_boxes["labels"]).reshape(boxes.shape[:-1])
    sure = bounding_boxes.get("confidences")
    sure = None if sure is None else np.asarray(sure).reshape(labels.shape)
    ink = np.asarray(color if pictures.shape[-1] == 3 else np.mean(color), np.uint8)
    for index, picture in enumerate(pictures):
        for row in np.flatnonzero(labels[index] >= 0):
            left, top, right, bottom = (round(float(n)) for n in boxes[index, row])
            _frame(picture, (left, top, right, bottom), line_thickness, ink)
            name = (class_mapping or {}).get(int(labels[index, row]))
            if name is not None:
                text = name if sure is None else f"{name} {sure[index, row]:.2f}"
                _write(picture, text, (left, top), 16 * font_scale, text_thickness, ink)
    return np.moveaxis(pictures, -1, 1) if first_channels(data_format) else pictures


def _frame(picture: np.ndarray, box: Sequence[int], thickness: int, ink: np.ndarray) -> None:
    """Colour the edge of a box, as thick inwards as outwards."""
    outwards = thickness // 2
    inwards = thickness - outwards
    lines = np.zeros(picture.shape[:2], bool)
    lines[_inside(box, -outwards)] = True
    lines[_inside(box, inwards)] = False
    picture[lines] = ink


def _inside(box: Sequence[int], by: int) -> tuple[slice, slice]:
    """The pixels of a box made smaller by so many on each side."""
    left, top, right, bottom = box
    rows = slice(max(top + by, 0), max(bottom - by, top + by, 0))
    return rows, slice(max(left + by, 0), max(right - by, left + by, 0))


def _write(
    picture: np.ndarray, text: str, at: tuple[int, int], height: float, bold: int, ink: np.ndarray
) -> None:
    """Write above a box, or where no room is, into it."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise ImportError("Text on images needs Pillow: pip install 'denser[plot]'.") from error
    canvas = Image.new("L", picture.shape[1::-1], 0)
    left, top = max(at[0], 0), at[1] - round(1.25 * height)
    if top < 0:
        top = max(at[1], 0) + 2
    font = ImageFont.load_default(size=max(height, 1))
    ImageDraw.Draw(canvas).text((left, top), text, 255, font, stroke_width=max(bold - 1, 0))
    share = np.asarray(canvas)[..., None] / 255
    picture[...] = np.round(share * ink + (1 - share) * picture)


def draw_segmentation_masks(
    images: Any,
    segmentation_masks: Any,
    num_classes: int | None = None,
    color_mapping: Mapping[int, Color] | None = None,
    alpha: float = 0.8,
    blend: bool = True,
    ignore_index: int = -1,
    data_format: str | None = None,
) -> np.ndarray:
    """Lay a colour for its class over each pixel: `alpha * color + (1 - alpha) * pixel`.

    Shapes:
        images: (batch, height, width, 3), or channels first -> the same
        segmentation_masks: (batch, height, width), or (batch, height, width, 1)

    Args:
        images: With values of 0 to 255.
        segmentation_masks: Classes from 1 on; 0 is what stands behind and stays as it is, unless
            `color_mapping` has a colour for it.
        num_classes: How many classes there are; None takes the largest.
        color_mapping: Red, green and blue for each class; None makes colours.
        alpha: How much of the colour shows.
        blend: False paints the colour alone.
        ignore_index: A class that is not drawn.
        data_format: 'channels_last' or 'channels_first'.

    Example:
        >>> masks = np.array([[[0, 1]]])
        >>> draw_segmentation_masks(np.zeros((1, 1, 2, 3)), masks, None, {1: (100, 50, 0)}).tolist()
        [[[[0, 0, 0], [80, 40, 0]]]]
    """
    pictures = channels_last(images, "draw_segmentation_masks", data_format).astype(np.uint8)
    masks = np.asarray(as_array(segmentation_masks))
    if masks.dtype.kind not in "iu":
        raise UserTypeError(
            f"draw_segmentation_masks: `segmentation_masks` must be integers; got {masks.dtype}."
        )
    if masks.size == pictures[..., 0].size:  # with an axis of channels or without
        masks = masks.reshape(pictures.shape[:-1])
    if masks.shape != pictures.shape[:-1]:
        raise UserError(
            f"draw_segmentation_masks: images {shape_text(pictures.shape)} need masks "
            f"{shape_text(pictures.shape[:-1])}; got {shape_text(masks.shape)}."
        )
    if color_mapping is None:
        count = int(masks.max(initial=0)) if num_classes is None else num_classes
        color_mapping = {number: _color(number) for number in range(1, count + 1)}
    drawn = pictures.copy()
    for number, ink in color_mapping.items():
        if number != ignore_index:
            at = masks == number
            share = alpha if blend else 1.0
            drawn[at] = (share * np.asarray(ink) + (1 - share) * pictures[at]).astype(np.uint8)
    return np.moveaxis(drawn, -1, 1) if first_channels(data_format) else drawn


def _color(number: int) -> tuple[int, ...]:
    """A colour for a class: steps of the golden ratio round the hues keep neighbours apart."""
    hue = 0.61803398875 * number % 1
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.75, 0.95))


def channels_last(images: Any, owner: str, data_format: str | None) -> np.ndarray:
    """A batch of images as a NumPy array with its channels last."""
    pictures = np.asarray(as_array(images))
    if pictures.ndim != 4:
        raise UserError(
            f"{owner}: `images` must be (batch, height, width, channels); got "
            f"{shape_text(pictures.shape)}. For one image, write images[None]."
        )
    return np.moveaxis(pictures, 1, -1) if first_channels(data_format) else pictures
