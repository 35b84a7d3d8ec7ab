"""Images in and class names out, as the networks trained on ImageNet want them."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import config, ops
from ..core.dtype import is_float
from ..core.messages import bad_argument
from ..core.tensor import KerasTensor, as_array
from .published import class_index_file

# Means and standard deviations over ImageNet's training set; Caffe's are of pixels from 0 to 255.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE_MEAN = (103.939, 116.779, 123.68)  # blue, green, red
_DOES = {
    "caffe": "Red and blue change places, and each channel's mean over ImageNet is subtracted.",
    "tf": "Pixels from 0 to 255 become numbers from -1 to 1: `x / 127.5 - 1`.",
    "torch": "Pixels become `(x / 255 - mean) / std`, with each channel's figures over ImageNet.",
    None: "Images go in as they are, from 0 to 255: the network itself scales them.",
}


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Pixels from 0 to 255, scaled as a network was trained on them; the input stays as it is.

    Args:
        x: Images, (height, width, 3) or (batch, height, width, 3): an array or a symbolic tensor.
        data_format: "channels_last", "channels_first" or None, the configured one.
        mode: "caffe" subtracts ImageNet's mean colour and makes RGB BGR, "tf" gives numbers from
            -1 to 1, "torch" divides by 255 and standardizes each channel.

    Example:
        >>> preprocess_input(np.full((1, 1, 3), 255.0), mode="tf")
        array([[[1., 1., 1.]]])
    """
    data_format = data_format or config.image_data_format()
    if mode not in ("caffe", "tf", "torch"):
        raise bad_argument("preprocess_input", "mode", "'caffe', 'tf' or 'torch'", mode)
    if data_format not in ("channels_first", "channels_last"):
        expected = "'channels_first' or 'channels_last'"
        raise bad_argument("preprocess_input", "data_format", expected, data_format)
    x = _floating(x)
    if mode == "tf":
        return x / 127.5 - 1.0

    def each(figures: tuple[float, ...]) -> np.ndarray:
        """One number for each channel, in the channels' place."""
        return np.reshape(np.asarray(figures, x.dtype), (3, 1, 1) if first else (3,))

    first = data_format == "channels_first"
    if mode == "torch":
        return (x / 255.0 - each(_MEAN)) / each(_STD)
    axis = len(x.shape) - 3 if first else len(x.shape) - 1
    backwards = (*(slice(None) for _ in range(axis)), slice(None, None, -1))
    return x[backwards] - each(_CAFFE_MEAN)


def _floating(x: Any) -> Any:
    """`x` as numbers that can be scaled."""
    if not isinstance(x, (np.ndarray, KerasTensor)):
        x = as_array(x)
    if is_float(str(x.dtype)):
        return x
    symbolic = isinstance(x, KerasTensor)
    return ops.cast(x, config.floatx()) if symbolic else x.astype(config.floatx())


def preprocessing(mode: str | None) -> Callable[..., Any]:
    """The `preprocess_input` of a family of networks, which all want the same."""

    def scale(x: Any, data_format: str | None = None) -> Any:
        return x if mode is None else preprocess_input(x, data_format, mode)

    scale.__name__ = scale.__qualname__ = "preprocess_input"
    scale.__doc__ = _DOES[mode]
    return scale


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The most probable classes of each image: (WordNet's key, English name, probability).

    Args:
        preds: Probabilities, (batch, 1000), of a network with ImageNet's top.
        top: How many classes of each image.

    Raises:
        FileNotFoundError: The classes' names are not here and could not be downloaded.

    Example:
        >>> decode_predictions(model.predict(images), top=1)  # doctest: +SKIP
        [[('n02504458', 'African_elephant', 0.83)]]
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        expected = "of shape (batch, 1000)"
        raise bad_argument("decode_predictions", "preds", expected, preds.shape)
    with open(class_index_file(), encoding="utf-8") as file:
        names = json.load(file)
    best = np.argsort(-preds, axis=1, kind="stable")[:, :top]
    return [
        [(*names[str(index)], row[index]) for index in indices]
        for row, indices in zip(preds, best, strict=True)
    ]
