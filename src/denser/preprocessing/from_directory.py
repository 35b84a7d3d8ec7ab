"""Data sets from folders of images, texts and sounds."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..core.messages import UserError, bad_argument, short_traceback
from .folders import Folder
from .image import COLOR_MODES, choice, layout, open_image
from .image import image_size as checked_size
from .resample import INTERPOLATIONS, resize
from .sound import read_wav

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_FORMATS = ("tf", "grain")


@short_traceback
def image_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A Dataset of the images below a folder, brought to one size.

    Shapes:
        -> images (batch, *image_size, channels) float32 from 0 to 255, and labels unless there are
        none: 'int' (batch,) int32, 'binary' (batch, 1), 'categorical' (batch, classes) float32

    Args:
        directory: The folder. BMP, GIF (the first picture), JPEG and PNG files are found.
        labels: 'inferred': each folder in it is a class; None; or a list of integers, one for
            each file below it, in the order of paths.
        label_mode: 'int', 'categorical' (one-hot rows), 'binary' (0 and 1) or None (no labels).
        class_names: The classes' folders in the order of their numbers, where that is not the
            alphabet's; folders that it leaves out are.
        color_mode: 'grayscale', 'rgb' or 'rgba': 1, 3 or 4 channels.
        batch_size: None: single images.
        image_size: (height, width) in pixels.
        shuffle: Whether files are mixed, anew in each pass; False: in the order of paths.
        seed: Makes the order, and so the split, repeatable.
        validation_split: The part of the files, from 0 to 1, that is for validation.
        subset: 'training', 'validation', or 'both' for a pair. Validation keeps one order.
        interpolation: 'bilinear', 'nearest', 'bicubic', 'area', 'lanczos3', 'lanczos5',
            'gaussian' or 'mitchellcubic'.
        follow_links: Whether linked folders are entered.
        crop_to_aspect_ratio: Whether to cut off first what would distort an image.
        pad_to_aspect_ratio: Whether to keep an image's shape, and put zeros around.
        data_format: 'channels_last' or 'channels_first'; None: `config.image_data_format()`.
        format: 'tf' and 'grain' both give a Dataset, which has tf.data's methods.
        verbose: Whether to print how many files there are.

    Returns:
        A Dataset, with `class_names` and `file_paths`; two for `subset='both'`.
    """
    owner = "image_dataset_from_directory"
    choice(owner, "color_mode", color_mode, COLOR_MODES)
    choice(owner, "interpolation", interpolation, INTERPOLATIONS)
    choice(owner, "format", format, _FORMATS)
    order = layout(owner, data_format)
    size = checked_size(owner, "image_size", image_size)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise UserError(f"{owner}: choose `crop_to_aspect_ratio` or `pad_to_aspect_ratio`.")

    def read(path: str) -> np.ndarray:
        pixels = _pixels(path, color_mode)
        image = resize(pixels, size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio)
        return image if order == "channels_last" else image.transpose(2, 0, 1)

    folder = Folder(
        owner, "image", IMAGES, directory, labels, label_mode, class_names, batch_size, shuffle,
        seed, validation_split, subset, follow_links, verbose,
    )  # fmt: skip
    return folder.datasets(read)


@short_traceback
def text_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A Dataset of the texts below a folder, one for each `.txt` file.

    Shapes:
        -> texts (batch,) of Python's strings in an array of objects, and labels as with
        `image_dataset_from_directory`

    Args:
        directory: The folder. The files are UTF-8; bytes that are not become the sign U+FFFD.
        labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
            follow_links, format, verbose: As with `image_dataset_from_directory`.
        max_length: How many characters of a text are kept; None: all.

    Returns:
        A Dataset, with `class_names` and `file_paths`; two for `subset='both'`.
    """
    owner = "text_dataset_from_directory"
    choice(owner, "format", format, _FORMATS)
    _positive_or_none(owner, "max_length", max_length)

    def read(path: str) -> str:
        return Path(path).read_bytes().decode("utf-8", "replace")[:max_length]

    folder = Folder(
        owner, "text", (".txt",), directory, labels, label_mode, class_names, batch_size, shuffle,
        seed, validation_split, subset, follow_links, verbose,
    )  # fmt: skip
    return folder.datasets(read)


@short_traceback
def audio_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """A Dataset of the sounds below a folder, one for each `.wav` file.

    Shapes:
        -> sounds (batch, samples, channels) float32 from -1 to 1, and labels as with
        `image_dataset_from_directory`

    Args:
        directory: The folder.
        labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
            follow_links, verbose: As with `image_dataset_from_directory`.
        sampling_rate: Samples per second to bring every sound to; None: as they are.
        output_sequence_length: Samples of each sound, short ones filled up with zeros; None: those
            of the longest in the batch.
        ragged: Only False: JAX's arrays are not ragged. `batch_size=None` gives each sound in its
            own length.

    Returns:
        A Dataset, with `class_names` and `file_paths`; two for `subset='both'`.
    """
    owner = "audio_dataset_from_directory"
    _positive_or_none(owner, "sampling_rate", sampling_rate)
    _positive_or_none(owner, "output_sequence_length", output_sequence_length)
    if ragged:
        fix = "Batches are filled up to the longest; batch_size=None gives single sounds."
        raise bad_argument(owner, "ragged", "False", ragged, fix)

    def read(path: str) -> np.ndarray:
        sound = read_wav(path, sampling_rate)[:output_sequence_length]
        missing = 0 if output_sequence_length is None else output_sequence_length - len(sound)
        return np.pad(sound, ((0, missing), (0, 0))) if missing else sound

    folder = Folder(
        owner, "sound", (".wav",), directory, labels, label_mode, class_names, batch_size, shuffle,
        seed, validation_split, subset, follow_links, verbose,
    )  # fmt: skip
    return folder.datasets(read, padded=True)


def _pixels(path: str, color_mode: str) -> np.ndarray:
    """An image file's pixels, uint8 (height, width, channels)."""
    image = open_image(path)
    mode = COLOR_MODES[color_mode]
    if image.mode.startswith("I"):  # 16 bits, which pillow would cut off rather than scale
        gray = (np.asarray(image).astype(np.int32) >> 8).clip(0, 255).astype(np.uint8)
        layers = {"L": [gray], "RGB": [gray] * 3, "RGBA": [gray] * 3 + [np.full_like(gray, 255)]}
        return np.stack(layers[mode], -1)
    if "transparency" in image.info:
        image = image.convert("RGBA")
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def _positive_or_none(owner: str, name: str, value: Any) -> None:
    if value is not None and (not isinstance(value, (int, np.integer)) or value < 1):
        raise bad_argument(owner, name, "a positive integer or None", value)
