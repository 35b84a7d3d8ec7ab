"""Files on disk, with labels from the folders they lie in, as data sets."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.messages import UserError, bad_argument
from ..core.random import make_default_seed
from .dataset import Dataset

_LABEL_MODES = ("int", "categorical", "binary", None)
_SUBSETS = ("training", "validation", "both")


@dataclass
class Folder:
    """A folder's files of one kind and their labels; the arguments are those of the public
    function `owner`, and `kind` says what the files are.
    """

    owner: str
    kind: str
    suffixes: tuple[str, ...]
    directory: Any
    labels: Any
    label_mode: str | None
    class_names: list[str] | None
    batch_size: int | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    verbose: bool

    def datasets(
        self, read: Callable[[str], Any], padded: bool = False
    ) -> Dataset | tuple[Dataset, Dataset]:
        """The data set, or two of them: `read` makes an element of a path."""
        self._check()
        paths, labels, names = self._find()
        if self.verbose:
            classes = "" if names is None else f" belonging to {len(names)} classes"
            print(f"Found {len(paths)} files{classes}.")
        if not paths:
            raise UserError(
                f"{self.owner}: there is no {self.kind} file in {self.directory}, of the kinds "
                f"{', '.join(self.suffixes)}."
            )
        seed = make_default_seed() if self.seed is None else int(self.seed)
        order = np.arange(len(paths))
        if self.shuffle:  # Keras's order for this seed, and so its split
            np.random.RandomState(seed).shuffle(order)
        targets = None if labels is None or names is None else self._targets(labels, names)

        def part(chosen: np.ndarray, reshuffled: bool) -> Dataset:
            kept = [paths[i] for i in chosen]
            columns = kept if targets is None else (kept, targets[chosen])
            dataset = Dataset.from_tensor_slices(columns)
            if reshuffled:
                dataset = dataset.shuffle(None, seed)
            dataset = self._filled(dataset, read, padded)
            dataset.class_names, dataset.file_paths = names, kept
            return dataset

        return self._parts(order, part)

    def _parts(self, order: np.ndarray, part: Callable[[np.ndarray, bool], Dataset]) -> Any:
        """What `subset` asks for, of the files in their order."""
        if self.validation_split is None:
            return part(order, self.shuffle)
        at = len(order) - int(self.validation_split * len(order))
        if at in (0, len(order)):
            raise UserError(
                f"{self.owner}: `validation_split`={self.validation_split} of {len(order)} files "
                "leaves one part empty."
            )
        found = {"training": order[:at], "validation": order[at:]}
        found = {name: files for name, files in found.items() if self.subset in (name, "both")}
        if self.verbose:
            for name, chosen in found.items():
                print(f"Using {len(chosen)} files for {name}.")
        # Validation goes through its files in the same order each time, that of `file_paths`.
        datasets = tuple(
            part(chosen, self.shuffle and name == "training") for name, chosen in found.items()
        )
        return datasets if self.subset == "both" else datasets[0]

    def _filled(self, dataset: Dataset, read: Callable[[str], Any], padded: bool) -> Dataset:
        """The paths' contents, read by several threads, in batches."""

        def load(path: str, *target: Any) -> Any:
            return (read(path), *target) if target else read(path)

        dataset = dataset.map(load, num_parallel_calls=Dataset.AUTOTUNE)
        if self.batch_size is not None:
            join = dataset.padded_batch if padded else dataset.batch
            dataset = join(self.batch_size)
        return dataset.prefetch(Dataset.AUTOTUNE)

    def _check(self) -> None:
        """Refuse arguments that do not fit, before anything is read."""
        if not os.path.isdir(self.directory):
            raise FileNotFoundError(f"{self.owner}: there is no folder {self.directory}.")
        size, split = self.batch_size, self.validation_split
        listed = isinstance(self.labels, (list, tuple, np.ndarray))
        inferred = isinstance(self.labels, str) and self.labels == "inferred"
        rules = [
            ("labels", "'inferred', None or a list of integers, one for each file",
             listed or inferred or self.labels is None),
            ("class_names", "None unless `labels` is 'inferred': it orders the folders' names",
             self.class_names is None or inferred),
            ("label_mode", "'int', 'categorical', 'binary' or None",
             self.label_mode in _LABEL_MODES),
            ("batch_size", "a positive integer or None",
             size is None or (isinstance(size, (int, np.integer)) and size > 0)),
            ("validation_split", "a number between 0 and 1",
             split is None or (isinstance(split, (int, float)) and 0 < split < 1)),
            ("subset", "'training', 'validation' or 'both'",
             self.subset is None or self.subset in _SUBSETS),
            ("subset", "given with `validation_split`, and only then",
             (split is None) == (self.subset is None)),
            ("seed", "given where files are shuffled and split: without it, those for training and "
             "for validation would overlap from run to run",
             split is None or not self.shuffle or self.seed is not None),
        ]  # fmt: skip
        for name, expected, fits in rules:
            if not fits:
                raise bad_argument(self.owner, name, expected, getattr(self, name))

    def _find(self) -> tuple[list[str], np.ndarray | None, list[str] | None]:
        """The files' paths, their labels and the classes' names."""
        root = Path(self.directory)
        if self.labels is None or self.label_mode is None:
            return self._files(root), None, None
        if not isinstance(self.labels, str):
            paths, labels = self._files(root), np.asarray(self.labels)
            if len(labels) != len(paths):
                raise UserError(
                    f"{self.owner}: `labels` has {len(labels)} entries; there are {len(paths)} "
                    f"files in {self.directory}."
                )
            if labels.dtype.kind not in "iu":
                raise bad_argument(self.owner, "labels", "a list of integers", self.labels)
            return paths, labels, [str(label) for label in np.unique(labels)]
        names = self._classes(root)
        files = [self._files(root / name) for name in names]
        labels = np.repeat(np.arange(len(names)), [len(found) for found in files])
        return [path for found in files for path in found], labels, names

    def _classes(self, root: Path) -> list[str]:
        """The classes' names in order: those of the folders."""
        folders = sorted(
            entry.name for entry in os.scandir(root)
            if entry.is_dir() and not entry.name.startswith(".")
        )  # fmt: skip
        if self.class_names is None:
            return folders
        unknown = [name for name in self.class_names if name not in folders]
        if unknown:
            fix = f"{self.directory} has the folders {', '.join(folders) or '(none)'}."
            raise bad_argument(
                self.owner, "class_names", "names of folders", list(self.class_names), fix
            )
        return list(self.class_names)

    def _files(self, folder: Path) -> list[str]:
        """The files below a folder, folder by folder, each in the order of names."""
        walk = os.walk(folder, followlinks=self.follow_links)
        return [
            os.path.join(place, name)
            for place, _, names in sorted(walk, key=lambda step: step[0])
            for name in sorted(names)
            if name.lower().endswith(self.suffixes)
        ]

    def _targets(self, labels: np.ndarray, names: list[str]) -> np.ndarray:
        """The labels as `label_mode` says."""
        if self.label_mode == "int":
            return labels.astype(np.int32)
        if self.label_mode == "binary":
            if len(names) != 2:
                raise UserError(
                    f"{self.owner}: label_mode='binary' is for 2 classes; there are {len(names)}: "
                    f"{', '.join(names[:10])}."
                )
            return labels.astype(np.float32)[:, None]
        if labels.min() < 0 or labels.max() >= len(names):
            raise UserError(
                f"{self.owner}: label_mode='categorical' needs labels from 0 to "
                f"{len(names) - 1}; they go from {labels.min()} to {labels.max()}."
            )
        return np.eye(len(names), dtype=np.float32)[labels]
