"""Iterators: batches of images with an order for each epoch, and those of images in memory."""

import os
import threading
import warnings
from collections.abc import Iterator as PythonIterator
from typing import Any

import numpy as np

from .... import settings
from ....core.messages import UserError, bad_argument
from ....preprocessing.image import array_to_img
from ....training.data import PyDataset
from ..keywords import layout

FORMATS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
_SUBSETS = ("training", "validation")


class Iterator(PyDataset):
    """Batches by number, and without end by `next`; the order is drawn anew for each epoch.

    Args:
        n: How many samples there are.
        batch_size: Samples of a batch.
        shuffle: Whether each epoch has an order of its own.
        seed: Of NumPy's global chance, set before each batch; None: it is left alone.
    """

    white_list_formats = FORMATS

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.n, self.batch_size, self.shuffle, self.seed = n, int(batch_size), shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: np.ndarray | None = None
        self.index_generator = self._flow_index()

    # Names that the number of samples had.
    nb_sample = property(lambda self: self.n, doc="`n`, by its older name.")
    N = property(lambda self: self.n, doc="`n`, by its oldest name.")

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed_next(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __getitem__(self, index: int) -> Any:
        if index >= len(self):
            raise IndexError(f"There are {len(self)} batches; got number {index}.")
        with self.lock:
            self._seed_next()
            self.total_batches_seen += 1
            if self.index_array is None:
                self._set_index_array()
            assert self.index_array is not None
            rows = self.index_array[self.batch_size * index : self.batch_size * (index + 1)]
        return self._get_batches_of_transformed_samples(rows)

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self._set_index_array()

    def reset(self) -> None:
        """Let `next` begin an epoch."""
        self.batch_index = 0

    def _flow_index(self) -> PythonIterator[np.ndarray]:
        self.reset()
        while True:
            self._seed_next()
            if self.batch_index == 0 or self.index_array is None:
                self._set_index_array()
            assert self.index_array is not None
            first = self.batch_index * self.batch_size % self.n if self.n else 0
            last = first + self.batch_size >= self.n
            self.batch_index = 0 if last else self.batch_index + 1
            self.total_batches_seen += 1
            yield self.index_array[first : first + self.batch_size]

    def __iter__(self) -> "Iterator":
        return self

    def __next__(self) -> Any:
        with self.lock:
            rows = next(self.index_generator)
        return self._get_batches_of_transformed_samples(rows)

    next = __next__

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        """The batch of these samples; a subclass makes it."""
        raise NotImplementedError(f"{type(self).__name__} must make the batch of given samples.")

    def _save(self, batch: np.ndarray, rows: np.ndarray, limit: int) -> None:
        """Write the images of a batch into the folder for looking at them, if one was given."""
        if not self.save_to_dir:
            return
        for x, row in zip(batch, rows, strict=True):
            name = f"{self.save_prefix}_{row}_{np.random.randint(limit)}.{self.save_format}"
            image = array_to_img(x, self.data_format, scale=True)
            image.save(os.path.join(self.save_to_dir, name))

    save_to_dir: Any = None
    save_prefix, save_format, data_format = "", "png", "channels_last"


def transformed(generator: Any, x: np.ndarray) -> np.ndarray:
    """An image after the generator's chance and scaling."""
    if not generator:
        return x
    x = generator.apply_transform(x, generator.get_random_transform(x.shape))
    return generator.standardize(x)


def share_of(subset: str | None, share: float) -> tuple[float, float] | None:
    """From where to where a subset reaches, as shares; the validation's comes first."""
    if subset is None:
        return None
    if subset not in _SUBSETS:
        raise bad_argument("flow", "subset", "'training' or 'validation'", subset)
    return (0.0, share) if subset == "validation" else (share, 1.0)


class NumpyArrayIterator(Iterator):
    """Batches of images in memory.

    Args:
        x: (count, height, width, channels); or [images, further arrays], which go along.
        y: What belongs to each; None: batches of images alone.
        image_data_generator: What is done to each image.
        subset: 'training' or 'validation', where the generator has a `validation_split`.
        ignore_class_split: Whether the subsets may have different classes.
        save_to_dir, save_prefix, save_format: Where and how to write each image that is given out.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
    ):
        self.dtype = dtype or settings.floatx()
        more: list[Any] = []
        if isinstance(x, (tuple, list)) and len(x) == 2 and np.ndim(x[0]) == 4:
            x, further = x
            more = [
                np.asarray(part) for part in (further if isinstance(further, list) else [further])
            ]
        for name, part in (("y", y), ("sample_weight", sample_weight), *(("x", m) for m in more)):
            if part is not None and len(part) != len(x):
                raise UserError(f"flow: there are {len(x)} images, but `{name}` has {len(part)}.")
        share = share_of(subset, image_data_generator._validation_split if subset else 0)
        if share is not None:
            x, y, sample_weight, *more = _part(
                share, subset, ignore_class_split, x, y, sample_weight, *more
            )
        self.x, self.x_misc = np.asarray(x, dtype=self.dtype), more
        if self.x.ndim != 4:
            raise UserError(
                f"flow: `x` must be (count, rows, columns, channels); got {self.x.shape}."
            )
        self.data_format = layout(data_format)
        channels = self.x.shape[3 if self.data_format == "channels_last" else 1]
        if channels not in (1, 3, 4):
            warnings.warn(
                f"Images of shape {self.x.shape[1:]}, {self.data_format}, "
                f"have {channels} channels, not 1, 3 or 4.",
                stacklevel=3,
            )
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        batch = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        for place, row in enumerate(index_array):
            x = self.x[row].astype(self.dtype)
            batch[place] = transformed(self.image_data_generator, x)
        self._save(batch, index_array, 10_000)
        x_part: Any = [batch, *(part[index_array] for part in self.x_misc)]
        parts = (self.y, self.sample_weight if self.y is not None else None)
        rest = [part[index_array] for part in parts if part is not None]
        x_part = x_part if self.x_misc else batch
        return (x_part, *rest) if rest else x_part


def _part(
    share: tuple[float, float], subset: Any, any_classes: bool, x: Any, y: Any, *more: Any
) -> list[Any]:
    """The rows of a subset of each array that is given."""
    cut = int(len(x) * (share[1] if subset == "validation" else share[0]))
    if y is not None and not any_classes:
        if not np.array_equal(np.unique(y[:cut]), np.unique(y[cut:])):
            raise UserError(
                "flow: training and validation subset have different classes. Shuffle the arrays, "
                "which seem to be sorted by class, or give ignore_class_split=True."
            )
    rows = slice(None, cut) if subset == "validation" else slice(cut, None)
    return [None if part is None else part[rows] for part in (x, y, *more)]
