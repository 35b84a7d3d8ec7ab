"""Batches of image files: from a folder for each class, and from a table of files."""

import os
import warnings
from typing import Any

import numpy as np

from .... import settings
from ....core.messages import UserError, UserTypeError, bad_argument
from ....preprocessing.image import COLOR_MODES, img_to_array, load_img
from ..keywords import layout
from .iterators import FORMATS, Iterator, share_of, transformed


class _FromFiles(Iterator):
    """Base of the iterators that read files: how a file becomes an image, a class a target."""

    allowed_class_modes: tuple[str | None, ...] = ()
    classes: Any
    class_indices: dict[Any, int] = {}
    sample_weight: Any = None
    _filepaths: list[str]

    def _set_processing(
        self, generator: Any, target_size: Any, color_mode: str, data_format: str | None,
        save_to_dir: Any, save_prefix: str, save_format: str, subset: str | None,
        interpolation: str, keep_aspect_ratio: bool, class_mode: str | None, dtype: Any,
    ) -> None:  # fmt: skip
        owner = type(self).__name__
        if color_mode not in COLOR_MODES:
            raise bad_argument(owner, "color_mode", "'rgb', 'rgba' or 'grayscale'", color_mode)
        if class_mode not in self.allowed_class_modes:
            expected = f"one of {', '.join(map(repr, self.allowed_class_modes))}"
            raise bad_argument(owner, "class_mode", expected, class_mode)
        self.image_data_generator, self.class_mode = generator, class_mode
        self.target_size, self.color_mode = tuple(target_size), color_mode
        self.data_format, self.dtype = layout(data_format), dtype or settings.floatx()
        channels = (len(COLOR_MODES[color_mode]),)
        last = self.data_format == "channels_last"
        self.image_shape = self.target_size + channels if last else channels + self.target_size
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        self.subset = subset
        self.split = share_of(subset, generator._validation_split if subset else 0)

    @property
    def filepaths(self) -> list[str]:
        """The paths of the files."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """The class of each file, or what the table has for it."""
        return self.classes

    nb_class = property(lambda self: len(self.class_indices), doc="The number of classes.")

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        batch = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for place, row in enumerate(index_array):
            image = load_img(
                self.filepaths[row], self.color_mode, self.target_size, self.interpolation,
                self.keep_aspect_ratio,
            )  # fmt: skip
            x = img_to_array(image, self.data_format)
            batch[place] = transformed(self.image_data_generator, x)
        self._save(batch, index_array, 10_000_000)
        if self.class_mode is None:
            return batch
        targets = self._targets_of(batch, index_array)
        if self.sample_weight is None:
            return batch, targets
        return batch, targets, self.sample_weight[index_array]

    def _targets_of(self, batch: np.ndarray, rows: np.ndarray) -> Any:
        """The targets of a batch, as `class_mode` says."""
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "multi_output":
            return [column[rows] for column in self.labels]
        if self.class_mode == "raw":
            return self.labels[rows]
        if self.class_mode == "categorical":
            targets = np.zeros((len(rows), len(self.class_indices)), self.dtype)
            for target, row in zip(targets, rows, strict=True):
                target[self.classes[row]] = 1
            return targets
        return np.array([self.classes[row] for row in rows], self.dtype)


class DirectoryIterator(_FromFiles):
    """Batches of the images in a folder that has a folder for each class.

    Args:
        directory: The outer folder.
        image_data_generator: What is done to each image.
        target_size: (height, width) that each is brought to.
        color_mode: 'rgb', 'rgba' or 'grayscale'.
        classes: The folders, in the order of their numbers; None: all, by name.
        class_mode: What the targets are: 'categorical', rows of 0 and 1; 'binary' or 'sparse',
            numbers; 'input', the images; None: there are none.
        subset: 'training' or 'validation', where the generator has a `validation_split`.
        follow_links: Whether to look into folders that are linked.
        interpolation, keep_aspect_ratio: As for `load_img`.
    """

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
    ):
        self._set_processing(
            image_data_generator, target_size, color_mode, data_format, save_to_dir, save_prefix,
            save_format, subset, interpolation, keep_aspect_ratio, class_mode, dtype,
        )  # fmt: skip
        self.directory = os.fspath(directory)
        if not classes:
            inner = sorted(os.listdir(self.directory))
            classes = [x for x in inner if os.path.isdir(os.path.join(self.directory, x))]
        self.class_indices = {name: number for number, name in enumerate(classes)}
        self.num_classes = len(self.class_indices)
        numbers: list[int] = []
        self.filenames: list[str] = []
        for name, number in self.class_indices.items():
            files = _images_in(self.directory, name, follow_links)
            if self.split:
                files = files[int(self.split[0] * len(files)) : int(self.split[1] * len(files))]
            self.filenames += files
            numbers += [number] * len(files)
        self.classes = np.array(numbers, "int32")
        self.samples = len(self.filenames)
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)


def _images_in(directory: str, name: str, follow_links: bool) -> list[str]:
    """The image files in an inner folder, folders in it too, as paths from the outer one."""
    found = []
    walk = os.walk(os.path.join(directory, name), followlinks=follow_links)
    for folder, _, files in sorted(walk, key=lambda entry: entry[0]):
        images = [file for file in sorted(files) if file.lower().endswith(FORMATS)]
        found += [os.path.relpath(os.path.join(folder, file), directory) for file in images]
    return found


class DataFrameIterator(_FromFiles):
    """Batches of the images that a table of pandas names.

    Args:
        dataframe: A row for each image.
        directory: What relative paths are relative to.
        x_col: The column of paths.
        y_col: That of the classes or targets; several for 'multi_output'.
        weight_col: That of the samples' weights.
        class_mode: As for DirectoryIterator, and 'raw' and 'multi_output' for targets as they are.
        validate_filenames: Whether to leave out rows without an image file.
    """

    allowed_class_modes = ("categorical", "binary", "sparse", "input", "raw", "multi_output", None)

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = "channels_last",
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = "float32",
        validate_filenames: bool = True,
    ):
        self._set_processing(
            image_data_generator, target_size, color_mode, data_format, save_to_dir, save_prefix,
            save_format, subset, interpolation, keep_aspect_ratio, class_mode, dtype,
        )  # fmt: skip
        self.directory = os.fspath(directory or "")
        rows = dataframe
        if validate_filenames:
            rows = self._with_files(rows, x_col)
        by_class = class_mode in ("categorical", "binary", "sparse")
        if by_class:
            rows = self._number_classes(rows, y_col, classes)
        if self.split:
            rows = rows.iloc[int(self.split[0] * len(rows)) : int(self.split[1] * len(rows))]
        if by_class:
            self.classes = [
                [self.class_indices[c] for c in _listed(label)]
                if isinstance(label, (list, tuple)) else self.class_indices[label]
                for label in rows[y_col]
            ]  # fmt: skip
        elif class_mode == "multi_output":
            if not isinstance(y_col, list):
                raise UserTypeError("flow_from_dataframe: 'multi_output' needs a list as `y_col`.")
            self.classes = [np.array(rows[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self.classes = rows[y_col].values
        self.sample_weight = rows[weight_col].values if weight_col else None
        self.filenames = rows[x_col].tolist()
        self.samples = len(self.filenames)
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        kind = "validated" if validate_filenames else "non-validated"
        end = f" belonging to {len(self.class_indices)} classes" if by_class else ""
        print(f"Found {self.samples} {kind} image filenames{end}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _with_files(self, rows: Any, x_col: str) -> Any:
        """The rows whose file is there and an image's."""
        for name in rows[x_col]:
            if not isinstance(name, str):
                raise UserTypeError(
                    f"flow_from_dataframe: column '{x_col}' must hold paths; got {name!r}."
                )
        paths = [os.path.join(self.directory, name) for name in rows[x_col]]
        good = [path.lower().endswith(FORMATS) and os.path.isfile(path) for path in paths]
        if not all(good):
            warnings.warn(
                f"{good.count(False)} rows of '{x_col}' name no image file and are left out, "
                f"the first of them {paths[good.index(False)]!r}.",
                stacklevel=4,
            )
        return rows[good]

    def _number_classes(self, rows: Any, y_col: str, classes: Any) -> Any:
        """The rows with one of the classes, which get their numbers: by name, or as given."""
        mode, kinds = self.class_mode, (str, list, tuple)
        for label in rows[y_col]:
            if not isinstance(label, kinds if mode == "categorical" else str):
                raise UserTypeError(
                    f"flow_from_dataframe: for class_mode={mode!r} column '{y_col}' must hold "
                    f"names; got {label!r}. Write df['{y_col}'] = df['{y_col}'].astype(str), or "
                    "take class_mode='raw'."
                )
        every = dict.fromkeys(c for label in rows[y_col] for c in _listed(label))
        names = list(dict.fromkeys(classes)) if classes else sorted(every)
        self.class_indices = {name: number for number, name in enumerate(names)}
        if mode == "binary" and len(names) != 2:
            raise UserError(
                f"flow_from_dataframe: 'binary' needs 2 classes; there are {len(names)}."
            )
        if not classes:
            return rows
        known = [[c for c in _listed(label) if c in self.class_indices] for label in rows[y_col]]
        kept = rows[[bool(part) for part in known]].copy()
        some = [part for part in known if part]
        kept[y_col] = [
            part if isinstance(label, (list, tuple)) else label
            for part, label in zip(some, kept[y_col], strict=True)
        ]
        return kept


def _listed(label: Any) -> Any:
    return label if isinstance(label, (list, tuple)) else [label]
