"""Plots of training and data: curves, confusion matrix, images and their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core.messages import UserError
from .figures import figure
from .palette import BLUE, INK, MUTED, ORANGE, PAPER, mix

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_history(history, path: str | Path | None = None) -> Figure:
    """Draw the curves of the loss and of each metric over the epochs, training and validation.

    Args:
        history: What `fit` returned, or a dict from names to one value per epoch.
        path: Where to save the plot; the ending gives the format.

    Example:
        >>> len(plot_history({"loss": [2.0, 1.0], "val_loss": [2.1, 1.4]}).axes)
        1
    """
    epochs = getattr(history, "epoch", None)
    history = getattr(history, "history", history)
    names = [name for name in history if not name.startswith("val_") or name[4:] not in history]
    if not names:
        raise UserError("plot_history: the history is empty. Call fit(...) for an epoch first.")
    columns = min(len(names), 3)
    rows = -(-len(names) // columns)
    with figure(0.6 + 4.4 * columns, 3.5 * rows, path) as made:
        for index, name in enumerate(names):
            axes = made.add_subplot(rows, columns, index + 1)
            axes.set_title(name.replace("_", " ").capitalize())
            _curve(axes, epochs, history[name], "training", BLUE, "-")
            if f"val_{name}" in history:
                _curve(axes, epochs, history[f"val_{name}"], "validation", ORANGE, "--")
                axes.legend()
            axes.set_xlabel("epoch")
            axes.locator_params(axis="x", integer=True)
            if all(value >= 0 for value in history[name]) and "loss" in name:
                axes.set_ylim(bottom=0)
    return made


def _curve(axes, epochs, values, label: str, color: str, style: str) -> None:
    # Validation may run every few epochs only: its values then belong to the last of each few.
    last = 1 + (epochs[-1] if epochs else len(values) - 1)
    first = 1 + (epochs[0] if epochs else 0)
    every = max(1, (last - first + 1) // max(1, len(values)))
    at = np.arange(len(values)) * every + first + every - 1
    marker = "o" if len(values) < 30 else None
    axes.plot(at, values, style, color=color, label=label, marker=marker, markersize=4)


def plot_confusion_matrix(
    y_true, y_pred, classes: Sequence | None = None, path: str | Path | None = None
) -> Figure:
    """Draw how often each true class (row) was taken for each class (column).

    Args:
        y_true, y_pred: Class numbers, or one row of scores per sample (its largest counts).
        classes: The classes' names; by default their numbers.
        path: Where to save the plot; the ending gives the format.

    Shapes:
        y_true, y_pred: (samples,) or (samples, classes)

    Example:
        >>> plot_confusion_matrix([0, 1, 1], [0, 1, 0], ["cat", "dog"]).axes[0].get_ylabel()
        'true class'
    """
    true, predicted = _numbers(y_true, "y_true"), _numbers(y_pred, "y_pred")
    if true.shape != predicted.shape:
        raise UserError(
            f"plot_confusion_matrix: `y_true` and `y_pred` must have one entry per sample each; "
            f"got {len(true)} and {len(predicted)}."
        )
    count = 1 + max(true.max(initial=0), predicted.max(initial=0))
    names = [str(name) for name in (range(count) if classes is None else classes)]
    if len(names) < count:
        raise UserError(
            f"plot_confusion_matrix: `classes` must name all {count} classes; got {len(names)}."
        )
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (true, predicted), 1)
    side = max(4.2, 1.6 + 0.48 * len(names))
    with figure(side + 0.5, side, path) as made:
        axes = made.add_subplot()
        right = int(np.trace(counts))
        share = right / max(1, counts.sum())
        axes.set_title(f"{share:.1%} right: {right:,} of {counts.sum():,}")
        _matrix(axes, counts, names)
    return made


def _matrix(axes, counts, names) -> None:
    """Blue for what is right, by its share of the row; orange for mistakes, by the worst one."""
    from matplotlib.colors import to_rgb

    size = len(names)
    diagonal = np.eye(size, dtype=bool)
    rows = np.maximum(counts.sum(1, keepdims=True), 1)
    worst = max(1, counts[~diagonal].max(initial=0))
    depth = np.where(diagonal, 0.9 * counts / rows, 0.9 * (counts / worst) ** 0.7)
    hue = np.where(diagonal[..., None], to_rgb(BLUE), to_rgb(ORANGE))
    cells = 1 - depth[..., None] * (1 - hue)
    bright = cells @ (0.299, 0.587, 0.114)
    axes.imshow(cells)
    if size <= 30:
        small = {"ha": "center", "va": "center", "fontsize": 10 if size <= 12 else 7}
        for row, column in zip(*np.nonzero(counts), strict=True):
            color = INK if bright[row, column] > 0.56 else PAPER
            axes.text(column, row, f"{counts[row, column]}", color=color, **small)
        for row in range(size):
            share = f"{counts[row, row] / rows[row, 0]:.1%}"
            axes.text(size - 0.3, row, share, color=MUTED, **{**small, "ha": "left"})
        axes.text(size - 0.3, -0.75, "found", color=MUTED, **{**small, "ha": "left"})
    axes.set_xticks(range(size), names, rotation=90 if max(map(len, names)) > 3 else 0)
    axes.set_yticks(range(size), names)
    axes.set(xlabel="predicted class", ylabel="true class")
    axes.yaxis.labelpad = 8
    axes.spines[:].set_visible(False)
    axes.grid(False)
    axes.set_xticks(np.arange(size - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(size - 1) + 0.5, minor=True)
    axes.grid(True, which="minor", color=PAPER, linewidth=1.5)
    axes.tick_params(which="minor", length=0)


def plot_images(
    images,
    labels=None,
    predictions=None,
    classes: Sequence | None = None,
    columns: int = 8,
    most: int = 40,
    path: str | Path | None = None,
) -> Figure:
    """Draw a grid of images; with predictions, the right ones in blue, the mistakes in orange.

    Args:
        images: Grey or RGB, in the range of their dtype, or of 0 to 1.
        labels: The true classes, as numbers or rows of scores.
        predictions: The predicted ones; rows of probabilities also say how sure the model was.
        classes: The classes' names; by default their numbers.
        columns: How many images stand in a row.
        most: How many images are drawn at most.
        path: Where to save the plot; the ending gives the format.

    Shapes:
        images: (samples, height, width) or (samples, height, width, 1, 3 or 4)
        labels, predictions: (samples,) or (samples, classes)

    Example:
        >>> len(plot_images(np.zeros((3, 8, 8)), labels=[1, 2, 3]).axes)
        3
    """
    images = _pictures(images, "plot_images")[:most]
    captions = _captions(len(images), labels, predictions, classes)
    columns = max(1, min(columns, len(images)))
    rows = -(-len(images) // columns)
    tall = 1.05 + 0.22 * max((text.count("\n") + 1 for text, _ in captions if text), default=0)
    with figure(1.12 * columns + 0.2, tall * rows + 0.2, path) as made:
        for index, (image, (text, color)) in enumerate(zip(images, captions, strict=True)):
            axes = made.add_subplot(rows, columns, index + 1)
            _show(axes, image, color)
            axes.set_title(text, fontsize=9, color=color, loc="center", pad=4, weight="normal")
    return made


def plot_pixels(
    images,
    labels,
    classes: Sequence[int] = (4, 5),
    bins: int = 32,
    path: str | Path | None = None,
) -> Figure:
    """Draw, for one image of each class, the image beside the distribution of its pixels' values.

    Pixels of value 0 (the background of a digit) are counted in words, because their bar would
    hide all others; a thin line is the mean over all images of the class.

    Args:
        images: Grey or RGB, in the range of their dtype, or of 0 to 1.
        labels: The images' classes, as numbers or one-hot rows.
        classes: The classes to show: the first image of each.
        bins: How many bars the range is cut into.
        path: Where to save the plot; the ending gives the format.

    Shapes:
        images: (samples, height, width) or (samples, height, width, channels)

    Example:
        >>> len(plot_pixels(np.zeros((2, 8, 8)), [4, 5]).axes)
        4
    """
    images, labels = _pictures(images, "plot_pixels"), _numbers(labels, "labels")
    missing = [number for number in classes if number not in labels]
    if missing:
        raise UserError(f"plot_pixels: no image has the label {missing[0]!r}.")
    top = 255 if images.dtype == np.uint8 else max(1.0, float(images.max(initial=0)))
    # More bars than values would leave gaps that look like missing pixels.
    edges = np.linspace(0, top, min(bins, len(np.unique(images[:1000]))) + 1)
    with figure(8.2, 2.5 * len(classes), path) as made:
        grid = made.add_gridspec(len(classes), 2, width_ratios=(1, 2.6))
        for row, number in enumerate(classes):
            every = images[labels == number]
            image = made.add_subplot(grid[row, 0])
            _show(image, every[0], MUTED)
            image.set_title(f"A {number}", loc="center")
            axes = made.add_subplot(grid[row, 1])
            _pixel_bars(axes, every, edges, last=row == len(classes) - 1)
    return made


def _pixel_bars(axes, images, edges, last: bool) -> None:
    own = 100 * np.histogram(images[0][images[0] > 0], edges)[0] / images[0].size
    mean = 100 * np.histogram(images[images > 0], edges)[0] / images.size
    axes.stairs(own, edges, fill=True, color=mix(BLUE, 0.8), label="this image")
    label = f"mean of {len(images):,} such images"
    axes.stairs(mean, edges, color=ORANGE, linewidth=1.6, label=label)
    zeros = np.mean(images[0] == 0)
    axes.set_title(f"{zeros:.0%} of its pixels are 0; the others:", weight="normal", fontsize=10.5)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylabel("% of pixels")
    axes.grid(False, axis="x")
    if last:
        axes.set_xlabel("value of the pixel")
    axes.legend(loc="upper center", fontsize=9)


def _show(axes, image, color: str) -> None:
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    top = 255 if image.dtype == np.uint8 else max(1.0, float(image.max(initial=0)))
    if image.ndim == 3 and image.dtype != np.uint8:
        image = image / top
    # Ink on paper: white digits on black become large black squares in print.
    axes.imshow(image, cmap="gray_r" if image.ndim == 2 else None, vmin=0, vmax=top)
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set(visible=True, color=mix(color, 0.45), linewidth=1.0)


def _pictures(images, name: str) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (1, 3, 4)):
        raise UserError(
            f"{name}: `images` must be (samples, height, width) or (samples, height, width, 1, 3 "
            f"or 4); got {images.shape}. For one image, write images[None]; for flat ones, reshape."
        )
    return images if images.dtype == np.uint8 else images.astype(np.float32)


def _numbers(labels, name: str) -> np.ndarray:
    """Class numbers, from numbers, a column of numbers, or rows of scores."""
    labels = np.asarray(labels)
    if labels.ndim == 2:
        labels = labels.argmax(1) if labels.shape[1] > 1 else labels[:, 0]
    if labels.ndim != 1 or (labels != np.floor(labels)).any():
        raise UserError(f"`{name}` must be class numbers or rows of scores; got {labels.shape}.")
    return labels.astype(int)


def _captions(count: int, labels, predictions, classes) -> list[tuple[str, str]]:
    """The words over each image and their colour."""

    def name(number: int) -> str:
        return str(number if classes is None else classes[number])

    true = None if labels is None else _numbers(labels, "labels")
    if predictions is None:
        said = [""] * count if true is None else [name(number) for number in true[:count]]
        return [(text, MUTED) for text in said]
    guessed, scores = _numbers(predictions, "predictions"), np.asarray(predictions)
    captions = []
    for index in range(count):
        text = name(guessed[index])
        if scores.ndim == 2 and scores.shape[1] > 1:
            sure = float(scores[index].max())
            text += f"  {sure:.0%}" if sure < 0.995 else "  >99%"  # 100% would be a lie
        wrong = true is not None and true[index] != guessed[index]
        if true is not None and wrong:
            text += f"\nis {name(true[index])}"
        captions.append((text, ORANGE if wrong else BLUE))
    return captions
