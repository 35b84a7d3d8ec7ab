"""Galleries: images side by side, with labels, boxes or classes of pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.messages import UserError
from ..core.tensor import as_array
from .figures import figure
from .overlays import Color, channels_last, draw_bounding_boxes, draw_segmentation_masks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_image_gallery(
    images: Any,
    y_true: Any = None,
    y_pred: Any = None,
    label_map: Mapping[int, str] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    value_range: Sequence[float] = (0, 255),
    scale: float = 2,
    path: str | Path | None = None,
    show: bool | None = None,
    transparent: bool = True,
    dpi: int = 60,
    legend_handles: list[Any] | None = None,
    data_format: str | None = None,
) -> Figure | None:
    """Draw images side by side, with their labels.

    Shapes:
        images: (batch, height, width, channels), or channels first
        y_true, y_pred: (batch,)

    Args:
        y_true, y_pred: True and predicted classes, whose names `label_map` gives.
        rows, cols: How many images stand below and beside each other; None takes what is needed.
        value_range: The lowest and the highest value of a pixel.
        scale: Inches for the smaller side of each image.
        path: Where to save the gallery; the ending gives the format.
        show: Whether a window shows it; None: if it is not saved.
        transparent: Whether nothing stands behind the images in the file.
        dpi: Pixels for each inch in the file.
        legend_handles: matplotlib's handles for a legend.
        data_format: 'channels_last' or 'channels_first'.

    Returns:
        The figure; None where it is shown, lest a notebook draws it twice.

    Example:
        >>> images = np.zeros((3, 8, 8, 3))
        >>> len(plot_image_gallery(images, [0, 1, 1], None, {0: "cat", 1: "dog"}, show=False).axes)
        3
    """
    if path is not None and show:
        raise UserError("plot_image_gallery: give `path` or `show`, not both.")
    if label_map is None and (y_true is not None or y_pred is not None):
        raise UserError("plot_image_gallery: `label_map` must give the names of the classes.")
    pictures = _as_bytes(channels_last(images, "plot_image_gallery", data_format), value_range)
    rows, cols = _grid(len(pictures), rows, cols)
    captions = _captions(y_true, y_pred, label_map or {}, len(pictures))
    height, width = (size / min(pictures.shape[1:3]) for size in pictures.shape[1:3])
    tall = scale * height + (0.4 if any(captions) else 0)
    with figure(scale * width * cols, tall * rows + (0.5 if legend_handles else 0)) as made:
        for place, (picture, caption) in enumerate(
            zip(pictures[: rows * cols], captions, strict=False), start=1
        ):
            axes = made.add_subplot(rows, cols, place)
            axes.imshow(
                picture.squeeze(-1) if picture.shape[-1] == 1 else picture, "gray", vmin=0, vmax=255
            )
            axes.set_axis_off()
            axes.set_title(caption, fontsize=9, loc="center", pad=4, weight="normal")
        if legend_handles:
            made.legend(handles=legend_handles, loc="outside lower center", ncols=2)
        if path is not None:
            made.savefig(path, dpi=dpi, transparent=transparent)
    if show or (show is None and path is None):
        _show(made)
        return None
    return made


def _as_bytes(pictures: np.ndarray, value_range: Sequence[float]) -> np.ndarray:
    low, high = value_range
    if pictures.dtype == np.uint8 and (low, high) == (0, 255):
        return pictures
    scaled = (pictures.astype(np.float32) - low) * (255 / (high - low))
    return np.clip(np.round(scaled), 0, 255).astype(np.uint8)


def _grid(count: int, rows: int | None, cols: int | None) -> tuple[int, int]:
    """How many images stand below and beside each other."""
    if rows is None and cols is None:
        cols = math.ceil(math.sqrt(count))
    if cols is None:
        cols = math.ceil(count / rows)  # type: ignore[operator]
    return math.ceil(count / cols) if rows is None else rows, cols


def _captions(y_true: Any, y_pred: Any, names: Mapping[int, str], count: int) -> list[str]:
    lines: list[list[str]] = [[] for _ in range(count)]
    for word, classes in (("true", y_true), ("predicted", y_pred)):
        if classes is not None:
            for line, number in zip(lines, np.ravel(as_array(classes)), strict=True):
                line.append(f"{word}: {names.get(int(number), int(number))}")
    return ["\n".join(line) for line in lines]


def _show(made: Figure) -> None:
    """Show a figure, which pyplot has not made, as pyplot shows its own."""
    from matplotlib import pyplot

    manager: Any = pyplot.figure().canvas.manager
    manager.canvas.figure = made
    made.set_canvas(manager.canvas)
    pyplot.show()


def plot_bounding_box_gallery(
    images: Any,
    bounding_box_format: str,
    y_true: Mapping[str, Any] | None = None,
    y_pred: Mapping[str, Any] | None = None,
    value_range: Sequence[float] = (0, 255),
    true_color: Color = (0, 188, 212),
    pred_color: Color = (255, 235, 59),
    line_thickness: int = 2,
    font_scale: float = 1.0,
    text_thickness: int | None = None,
    class_mapping: Mapping[int, str] | None = None,
    ground_truth_mapping: Mapping[int, str] | None = None,
    prediction_mapping: Mapping[int, str] | None = None,
    legend: bool = False,
    legend_handles: list[Any] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    data_format: str | None = None,
    **kwargs: Any,
) -> Figure | None:
    """Draw images side by side, with true and predicted boxes.

    Args:
        images: As in `plot_image_gallery`.
        bounding_box_format: 'xyxy', 'rel_xyxy', 'center_xywh', ...
        y_true, y_pred: Boxes as in `draw_bounding_boxes`.
        value_range: The lowest and the highest value of a pixel.
        true_color, pred_color: Red, green and blue.
        line_thickness, font_scale, text_thickness: As in `draw_bounding_boxes`; None makes text as
            thick as lines.
        class_mapping: The classes' names.
        ground_truth_mapping, prediction_mapping: Other names for the true and the predicted ones.
        legend: Whether to say which colour is which.
        legend_handles: matplotlib's handles for another legend.
        rows, cols, data_format: As in `plot_image_gallery`, which takes `kwargs` too.

    Example:
        >>> boxes = {"boxes": [[[1, 1, 9, 9]]], "labels": [[0]]}
        >>> images = np.zeros((1, 16, 16, 3))
        >>> len(plot_bounding_box_gallery(images, "xyxy", boxes, show=False).axes)
        1
    """
    if legend and legend_handles:
        raise UserError("plot_bounding_box_gallery: give `legend` or `legend_handles`, not both.")
    pictures = channels_last(images, "plot_bounding_box_gallery", data_format)
    pictures = _as_bytes(pictures, value_range)
    look = {
        "line_thickness": line_thickness,
        "text_thickness": line_thickness if text_thickness is None else text_thickness,
        "font_scale": font_scale,
        "data_format": "channels_last",
    }
    for boxes, names, color in (
        (y_true, ground_truth_mapping, true_color),
        (y_pred, prediction_mapping, pred_color),
    ):
        if boxes is not None:
            names = names or class_mapping
            pictures = draw_bounding_boxes(
                pictures, boxes, bounding_box_format, names, color, **look
            )
    if legend:
        legend_handles = _patches({"true": true_color, "predicted": pred_color})
    more = {"rows": rows, "cols": cols, "legend_handles": legend_handles, **kwargs}
    return plot_image_gallery(pictures, data_format="channels_last", **more)


def _patches(colors: Mapping[str, Color]) -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(color=[n / 255 for n in c], label=w) for w, c in colors.items()]  # type: ignore[arg-type]


def plot_segmentation_mask_gallery(
    images: Any,
    num_classes: int,
    value_range: Sequence[float] = (0, 255),
    y_true: Any = None,
    y_pred: Any = None,
    color_mapping: Mapping[int, Color] | None = None,
    blend: bool = True,
    alpha: float = 0.8,
    ignore_index: int = -1,
    data_format: str | None = None,
    **kwargs: Any,
) -> Figure | None:
    """Draw images side by side, each beside itself with the true and the predicted classes of its
    pixels.

    Args:
        images: As in `plot_image_gallery`.
        num_classes, color_mapping, blend, alpha, ignore_index: As in `draw_segmentation_masks`.
        value_range: The lowest and the highest value of a pixel.
        y_true, y_pred: Masks as in `draw_segmentation_masks`.
        data_format: As in `plot_image_gallery`, which takes `kwargs` too.

    Example:
        >>> images, masks = np.zeros((2, 8, 8, 3)), np.ones((2, 8, 8), int)
        >>> len(plot_segmentation_mask_gallery(images, 1, y_true=masks, show=False).axes)
        2
    """
    pictures = channels_last(images, "plot_segmentation_mask_gallery", data_format)
    pictures = _as_bytes(pictures, value_range)
    look = (num_classes, color_mapping, alpha, blend, ignore_index, "channels_last")
    beside = [
        draw_segmentation_masks(pictures, masks, *look)
        for masks in (y_true, y_pred)
        if masks is not None
    ]
    wide = np.concatenate([pictures, *beside], 2)
    return plot_image_gallery(wide, data_format="channels_last", **kwargs)
