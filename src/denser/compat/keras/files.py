"""Files by the names they once had: `.h5`, TensorFlow's folders and checkpoints, any ending."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ... import saving
from ...core.later import Later
from ...models import Model
from ...saving.hdf5 import read_weights
from ...saving.legacy_weights import put_weights
from ...training.callbacks import ModelCheckpoint
from ..era import eras
from ..patches import patches

h5py: Any = Later("h5py")

_MODELS = (".keras", ".h5", ".hdf5")
_WEIGHTS = (".weights.h5", ".weights.json", ".safetensors")
_LEGACY = (".h5", ".hdf5")


def install() -> None:
    """Let models and checkpoints write such files."""
    patches.put(
        Model,
        save=_save(Model.save),
        save_weights=_save_weights(Model.save_weights),
        load_weights=_load_weights(Model.load_weights),
    )
    patches.put(
        ModelCheckpoint,
        __init__=_any_ending(ModelCheckpoint.__init__),
        on_epoch_end=_by_period(ModelCheckpoint.on_epoch_end),
        place=_counted_from_0(ModelCheckpoint.place),
    )


def _save(save: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(save)
    def any_ending(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
        path = os.fspath(filepath) if not hasattr(filepath, "write") else ""
        for name in ("save_format", "options", "signatures"):
            kwargs.pop(name, None)
        if not path or path.endswith(_MODELS):
            return save(self, filepath, *args, **kwargs)
        kwargs.pop("include_optimizer", None)
        if Path(path).suffix in ("", ".tf") or Path(path).is_dir():  # TensorFlow's folder
            Path(path).mkdir(parents=True, exist_ok=True)
            return save(self, Path(path) / "model.keras", *args, **kwargs)
        with open(path, "wb") as file:
            save(self, file, *args, **kwargs)

    return any_ending


def save_model(model: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
    """`model.save(filepath)`, to files of any ending."""
    model.save(filepath, *args, **kwargs)


def load_model(
    filepath: Any, custom_objects: Any = None, compile: bool = True, **kwargs: Any
) -> Any:
    """`saving.load_model`, for folders and files of any ending that `save` here wrote."""
    path = Path(os.fspath(filepath)) if not hasattr(filepath, "read") else None
    if path is not None and path.is_dir():
        filepath = path / "model.keras"
    elif path is not None and path.suffix not in _MODELS and path.is_file():
        with open(path, "rb") as file:
            return saving.load_model(file, custom_objects, compile)
    return saving.load_model(filepath, custom_objects, compile)


def _save_weights(save: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(save)
    def any_ending(self: Any, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        for name in ("save_format", "options"):
            kwargs.pop(name, None)
        path = os.fspath(filepath)
        if path.endswith(_LEGACY) and not path.endswith(_WEIGHTS):
            with h5py.File(path, "w" if overwrite else "x") as file:
                put_weights(self, file)
            return
        if not path.endswith(_WEIGHTS):
            path += ".weights.h5"  # TensorFlow's checkpoint, a name without ending
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        save(self, path, overwrite, **kwargs)

    return any_ending


class Status:
    """What reading a checkpoint has done: all of it, or it raised."""

    def assert_consumed(self) -> "Status":
        """Nothing more to check."""
        return self

    expect_partial = assert_existing_objects_matched = initialize_or_restore = assert_consumed
    assert_nontrivial_match = run_restore_ops = assert_consumed


def _load_weights(load: Callable[..., None]) -> Callable[..., Status | None]:
    @functools.wraps(load)
    def any_ending(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> Status | None:
        kwargs.pop("options", None)
        path = os.fspath(filepath)
        if not path.endswith((*_WEIGHTS, *_MODELS)):
            load(self, f"{path}.weights.h5", *args, **kwargs)
            return Status()
        if path.endswith(_LEGACY) and not path.endswith(_WEIGHTS):
            with h5py.File(path, "r") as file:
                older = "layer_names" in file.attrs or "model_weights" in file
            if not older:  # today's, under an older name
                return read_weights(self, Path(path), path, kwargs.get("skip_mismatch", False))
        load(self, path, *args, **kwargs)

    return any_ending


def _any_ending(init: Callable[..., None]) -> Callable[..., None]:
    """A ModelCheckpoint that writes files of any name, as `model.save` here does."""

    @functools.wraps(init)
    def __init__(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> None:
        last = "period" if eras.present() in ("1", "2") else "save_freq"
        names = ("monitor", "verbose", "save_best_only", "save_weights_only", "mode", last)
        kwargs.update(zip(names, args, strict=False))
        self.__dict__["_period"] = int(kwargs.pop("period", 1))
        path = os.fspath(filepath)
        ending = ".weights.h5" if kwargs.get("save_weights_only") else ".keras"
        init(self, path if path.endswith(ending) else path + ending, **kwargs)
        self.filepath = path

    return __init__


def _counted_from_0(place: Callable[..., str]) -> Callable[..., str]:
    """The path of a ModelCheckpoint: Keras 1 wrote the number of the first epoch as 0."""

    @functools.wraps(place)
    def counted(self: Any, values: dict[str, Any]) -> str:
        if eras.present() == "1":
            values = {**values, "epoch": values["epoch"] - 1}
        return place(self, values)

    return counted


def _by_period(method: Callable[..., None]) -> Callable[..., None]:
    """A file after every `period` epochs."""

    @functools.wraps(method)
    def on_epoch_end(self: Any, epoch: int, logs: Any = None) -> None:
        if (epoch + 1) % self.__dict__.get("_period", 1) == 0:
            method(self, epoch, logs)

    return on_epoch_end
