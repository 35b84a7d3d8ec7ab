"""Whole models and weights to files and back."""

import os
from pathlib import Path
from typing import Any

from ..core.messages import UserError, short_traceback, unknown_argument, who
from .archive import Archive, pack
from .assets import read_assets, write_assets
from .atomic import write_bytes
from .config import always_safe, model_config, model_from_config
from .hdf5 import read_weights, write_weights
from .legacy_weights import read_legacy_weights

_LEGACY = (".h5", ".hdf5")


@short_traceback
def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
) -> None:
    """Write architecture, weights, compile arguments and the optimizer's state to a `.keras` file.

    The file appears whole or not at all; Keras opens it, too.

    Args:
        model: The model.
        filepath: A path that ends in `.keras`, or a file open for writing bytes.
        overwrite: False refuses to replace a file that is there.
        zipped: Must be None or True: one file.

    Example:
        >>> model = Sequential([Dense(2, input_shape=(3,))])
        >>> save_model(model, "model.keras")
        >>> model = load_model("model.keras")
    """
    if kwargs.pop("include_optimizer", True) is not True:
        raise UserError(
            "save_model: a .keras file holds the optimizer's state. Leave `include_optimizer` "
            "out and load with compile=False, or use save_weights."
        )
    kwargs.pop("save_format", None)  # of older scripts; the ending says it
    for name in kwargs:
        raise unknown_argument("save_model", name, ("filepath", "overwrite", "zipped"))
    if zipped is False:
        raise UserError("save_model: writes one file; leave `zipped` out.")
    if not hasattr(filepath, "write"):
        filepath = _ready("save_model", filepath, ".keras", overwrite)
    data = pack(model_config(model), write_weights(model), write_assets(model))
    _write(filepath, data)


@short_traceback
def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Read a model that `model.save` of denser or of Keras 3 wrote.

    A file is data: classes and functions are found among denser's own and those that you
    registered, and nothing in the file is run.

    Args:
        filepath: A path, or a file open for reading bytes.
        custom_objects: Your own classes and functions by the names the file has for them.
        compile: Whether to compile as the saved model was, and to read the optimizer's state.
        safe_mode: Must be left: there is no unsafe mode.

    Raises:
        UserError: for a damaged file, an unknown class, a lambda, or weights that do not fit.
    """
    always_safe(safe_mode)
    if not hasattr(filepath, "read"):
        _known_ending("load_model", filepath, (".keras",))
    with Archive(filepath) as archive:
        config = archive.config
        if not compile:
            config.pop("compile_config", None)
        model = model_from_config(config, custom_objects, archive.where)
        read_weights(model, archive.weights, archive.where)
        assets = archive.assets
    if assets:
        read_assets(model, assets)
    return model


@short_traceback
def save_weights(model: Any, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
    """Write the weights, and the optimizer's state if there is one, to a `.weights.h5` file.

    Args:
        model: The model, built.
        filepath: A path that ends in `.weights.h5`.
        overwrite: False refuses to replace a file that is there.
    """
    if kwargs.pop("max_shard_size", None) is not None:
        raise UserError("save_weights: writes one file; leave `max_shard_size` out.")
    for name in kwargs:
        raise unknown_argument("save_weights", name, ("filepath", "overwrite"))
    path = _ready("save_weights", filepath, ".weights.h5", overwrite)
    _must_be_built("save_weights", model)
    _write(path, write_weights(model))


@short_traceback
def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Read weights that `save_weights` or `save` of denser or of Keras wrote.

    Args:
        model: The model, built.
        filepath: A `.weights.h5` or a `.keras` file, or an `.h5` or `.hdf5` file of older versions,
            for which `by_name=True` pairs layers by their names.
        skip_mismatch: Whether layers whose weights do not fit keep theirs, with a warning.

    Raises:
        UserError: where the weights do not fit; the model is then unchanged.
    """
    by_name = bool(kwargs.pop("by_name", False))
    for name in kwargs:
        raise unknown_argument("load_weights", name, ("filepath", "skip_mismatch"))
    path = _known_ending("load_weights", filepath, (".weights.h5", ".keras", *_LEGACY))
    older = path.name.endswith(_LEGACY) and not path.name.endswith(".weights.h5")
    if by_name and not older:
        raise UserError(
            "load_weights: `by_name` belongs to .h5 files of older versions; give the model the "
            "file's layers, or use skip_mismatch=True."
        )
    _must_be_built("load_weights", model)
    if older:
        return read_legacy_weights(model, path, by_name, skip_mismatch)
    if path.name.endswith(".keras"):
        with Archive(path) as archive:
            read_weights(model, archive.weights, str(path), skip_mismatch)
    else:
        read_weights(model, path, str(path), skip_mismatch)


def _known_ending(what: str, filepath: Any, endings: tuple[str, ...]) -> Path:
    path = Path(os.fspath(filepath))
    if not path.name.endswith(endings):
        older = path.name.endswith(_LEGACY)
        fix = " Of files of older versions only weights are read." if older else ""
        raise UserError(
            f"{what}: the file's name must end in {' or '.join(endings)}; got '{path}'.{fix}"
        )
    return path


def _ready(what: str, filepath: Any, ending: str, overwrite: bool) -> Path:
    """The path to write, refused before the work where it cannot be."""
    path = _known_ending(what, filepath, (ending,))
    if path.exists() and not overwrite:
        raise UserError(f"{what}: '{path}' exists. Give another name, or overwrite=True.")
    if not path.parent.is_dir():
        raise UserError(f"{what}: there is no folder '{path.parent}'. Make it first.")
    return path


def _must_be_built(what: str, model: Any) -> None:
    if not model.built:
        raise UserError(
            f"{what}: {who(model)} has no weights yet. Call it on data or build(input_shape) first."
        )


def _write(target: Any, data: bytes) -> None:
    if hasattr(target, "write"):
        target.write(data)
    else:
        write_bytes(target, data)
