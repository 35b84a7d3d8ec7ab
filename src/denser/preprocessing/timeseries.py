"""Windows over a series of measurements, as a data set."""

from typing import Any

import numpy as np

from ..core.messages import UserError, bad_argument, short_traceback
from ..core.random import make_default_seed
from .dataset import Dataset
from .element import as_element
from .rows import Rows


@short_traceback
def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Dataset:
    """A Dataset of windows: window i is `data[s], data[s + rate] ...` from `s = i * stride` on.

    Shapes:
        data: (steps, ...) -> (batch, sequence_length, ...)
        targets: (steps, ...) -> (batch, ...)

    Args:
        data: The measurements, at equal distances in time.
        targets: `targets[s]` belongs to the window that begins at `s`; None: windows only.
        sequence_length: Steps of a window.
        sequence_stride: How many steps one window begins after the one before.
        sampling_rate: How many steps the entries of a window are apart.
        batch_size: None: single windows.
        shuffle: Whether the windows are mixed, anew in each pass.
        seed: Makes the order repeatable.
        start_index, end_index: The part of `data` to use: `data[start_index:end_index]`.
        format: 'tf' and 'grain' both give a Dataset, which has tf.data's methods.

    Example:
        >>> data = np.arange(6)
        >>> dataset = timeseries_dataset_from_array(data[:-3], data[3:], 3)
        >>> [(x.tolist(), y.tolist()) for x, y in dataset]
        [([[0, 1, 2]], [3])]
    """
    owner = "timeseries_dataset_from_array"
    if format not in ("tf", "grain"):
        raise bad_argument(owner, "format", "'tf' or 'grain'", format)
    data, targets = np.asarray(as_element(data)), as_element(targets)
    for name, value in (
        ("sequence_length", sequence_length), ("sequence_stride", sequence_stride),
        ("sampling_rate", sampling_rate), ("batch_size", 1 if batch_size is None else batch_size),
    ):  # fmt: skip
        if not isinstance(value, (int, np.integer)) or value < 1:
            raise bad_argument(owner, name, "a positive integer", value)
    steps = len(data)
    start = 0 if start_index is None else start_index
    end = steps if end_index is None else end_index
    if not 0 <= start < end <= steps:
        raise UserError(
            f"{owner}: `start_index` and `end_index` must cut a part out of the {steps} steps of "
            f"`data`; got {start} and {end}."
        )
    data = data[start:end]
    count = len(data) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = np.asarray(targets)[start:end]
        count = min(count, len(targets))
    if count < 1:
        raise UserError(
            f"{owner}: no window fits: {sequence_length} steps that are {sampling_rate} apart, in "
            f"{len(data)} steps of `data`"
            + ("." if targets is None else f" and {len(targets)} of `targets`.")
        )
    offsets = np.arange(sequence_length) * sampling_rate

    def gather(index: np.ndarray) -> Any:
        begins = index * sequence_stride
        windows = data[begins[:, None] + offsets]
        return windows if targets is None else (windows, targets[begins])

    dataset = Dataset.of_rows(Rows(gather, -(-count // sequence_stride)))
    if shuffle:
        dataset = dataset.shuffle(None, make_default_seed() if seed is None else seed)
    return dataset if batch_size is None else dataset.batch(batch_size)
