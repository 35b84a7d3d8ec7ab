"""Whole models and weights to files and back."""

import os
from pathlib import Path
from typing import Any

from ..core.messages import UserError, short_traceback, unknown_argument, who
from ..eras import compile_arguments, era_of_version
from . import orbax, safetensors, sharded
from .archive import Archive, pack
from .assets import read_assets, write_assets
from .atomic import write_bytes
from .config import always_safe, in_todays_form, model_config, model_from_config
from .hdf5 import read_weights, write_weights
from .legacy_model import read_legacy_model, write_legacy_model
from .legacy_weights import read_legacy_weights

_LEGACY, _WEIGHTS = (".h5", ".hdf5"), ".weights.h5"


@short_traceback
def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
) -> None:
    """Write architecture, weights, compile arguments and the optimizer's state to a `.keras` file.

    The file appears whole or not at all; Keras opens it, too.

    Args:
        model: The model.
        filepath: A path that ends in `.keras`, or a file open for writing bytes; or a path that
            ends in `.h5` or `.hdf5`, the format of Keras 1 and 2.
        overwrite: False refuses to replace a file that is there.
        zipped: Must be None or True: one file.
        kwargs: For `.h5`, `include_optimizer=False` leaves out how the model was compiled.

    Example:
        >>> model = Sequential([Dense(2, input_shape=(3,))])
        >>> save_model(model, "model.keras")
        >>> model = load_model("model.keras")
    """
    include_optimizer = bool(kwargs.pop("include_optimizer", True))
    kwargs.pop("save_format", None)  # of older scripts; the ending says it
    for name in kwargs:
        raise unknown_argument("save_model", name, ("filepath", "overwrite", "zipped"))
    if zipped is False:
        raise UserError("save_model: writes one file; leave `zipped` out.")
    if not hasattr(filepath, "write"):
        filepath = _ready("save_model", filepath, (".keras", *_LEGACY), overwrite)
    if _is_legacy(filepath):
        _must_be_built("save_model", model)
        return _write(filepath, write_legacy_model(model, include_optimizer))
    if not include_optimizer:
        raise UserError(
            "save_model: a .keras file holds the optimizer's state. Leave `include_optimizer` "
            "out and load with compile=False, or use save_weights."
        )
    _write(filepath, pack(model_config(model), write_weights(model), write_assets(model)))


@short_traceback
def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Read a model that `model.save` of denser, or of any Keras, wrote.

    A file is data: classes and functions are found among denser's own and those that you
    registered, and nothing in the file is run.

    Args:
        filepath: A path that ends in `.keras`, `.h5` or `.hdf5`, or a `.keras` file open for
            reading bytes; or the folder of an `OrbaxCheckpoint`, of which the newest is read, or
            of one of its checkpoints.
        custom_objects: Your own classes and functions by the names the file has for them.
        compile: Whether to compile as the saved model was, and to read the optimizer's state.
        safe_mode: Must be left: there is no unsafe mode.

    Raises:
        UserError: for a damaged file, an unknown class, a lambda, or weights that do not fit.
    """
    always_safe(safe_mode)
    if not hasattr(filepath, "read"):
        if (step := orbax.newest(filepath)) is not None:
            return orbax.read_model(step, custom_objects, compile)
        path = _known_ending("load_model", filepath, (".keras", *_LEGACY))
        if _is_legacy(path):
            return read_legacy_model(path, custom_objects, compile)
    with Archive(filepath) as archive:
        config = _todays(archive, custom_objects)
        if not compile:
            config.pop("compile_config", None)
        model = model_from_config(config, custom_objects, archive.where)
        read_weights(model, archive.weights, archive.where, own=True)
        assets = archive.assets
    if assets:
        read_assets(model, assets, archive.where)
    return model


def _todays(archive: Archive, custom_objects: dict[str, Any] | None) -> dict[str, Any]:
    """The config of a `.keras` file, which tf.keras 2.12 to 2.15 wrote in an older form."""
    config = archive.config
    era = era_of_version(archive.metadata.get("keras_version", "3"))
    if era == "3":
        return config
    compiled = config.pop("compile_config", None)
    config = in_todays_form(config, era, custom_objects, archive.where)
    if compiled:
        config["compile_config"] = compile_arguments(compiled, era)
    return config


@short_traceback
def save_weights(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:
    """Write the weights, and the optimizer's state if there is one, to a `.weights.h5` file.

    Args:
        model: The model, built.
        filepath: A path that ends in `.weights.h5` or `.safetensors`; for several files, in
            `.weights.json`, which is their list.
        overwrite: False refuses to replace a file that is there.
        max_shard_size: Gigabytes of one of several files.
    """
    for name in kwargs:
        known = ("filepath", "overwrite", "max_shard_size")
        raise unknown_argument("save_weights", name, known)
    if max_shard_size is not None and str(filepath).endswith(_WEIGHTS):  # as Keras has it
        filepath = str(filepath).removesuffix(_WEIGHTS) + sharded.ENDING
    endings = (_WEIGHTS, sharded.ENDING, safetensors.ENDING)
    path = _ready("save_weights", filepath, endings, overwrite)
    _must_be_built("save_weights", model)
    if path.name.endswith(sharded.ENDING):
        sharded.write_sharded(model, path, 5 if max_shard_size is None else max_shard_size)
    elif max_shard_size is not None:
        raise UserError("save_weights: `max_shard_size` needs a name that ends in .weights.json.")
    elif path.name.endswith(safetensors.ENDING):
        _write(path, safetensors.write_safetensors(model))
    else:
        _write(path, write_weights(model))


@short_traceback
def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Read weights that `save_weights` or `save` of denser or of Keras wrote.

    Args:
        model: The model, built.
        filepath: A `.weights.h5`, `.weights.json`, `.safetensors` or `.keras` file, the folder of
            an `OrbaxCheckpoint`, or an `.h5` or `.hdf5` file of older versions, for which
            `by_name=True` pairs layers by their names.
        skip_mismatch: Whether layers whose weights do not fit keep theirs, with a warning.

    Raises:
        UserError: where the weights do not fit; the model is then unchanged.
    """
    by_name = bool(kwargs.pop("by_name", False))
    for name in kwargs:
        raise unknown_argument("load_weights", name, ("filepath", "skip_mismatch"))
    endings = (_WEIGHTS, sharded.ENDING, safetensors.ENDING, ".keras", *_LEGACY)
    step = orbax.newest(filepath)
    path = step or _known_ending("load_weights", filepath, endings)
    if by_name and not _is_legacy(path):
        raise UserError(
            "load_weights: `by_name` belongs to .h5 files of older versions; give the model the "
            "file's layers, or use skip_mismatch=True."
        )
    _must_be_built("load_weights", model)
    if step is not None:
        orbax.read_state(model, step, skip_mismatch)
    elif _is_legacy(path):
        read_legacy_weights(model, path, by_name, skip_mismatch)
    elif path.name.endswith(sharded.ENDING):
        sharded.read_sharded(model, path, skip_mismatch)
    elif path.name.endswith(safetensors.ENDING):
        safetensors.read_safetensors(model, path, skip_mismatch)
    elif path.name.endswith(".keras"):
        with Archive(path) as archive:
            read_weights(model, archive.weights, str(path), skip_mismatch)
    else:
        read_weights(model, path, str(path), skip_mismatch)


def _is_legacy(path: Any) -> bool:
    """Whether a path is of the format of Keras 1 and 2."""
    if not isinstance(path, Path) or path.name.endswith(_WEIGHTS):
        return False
    return path.name.endswith(_LEGACY)


def _known_ending(what: str, filepath: Any, endings: tuple[str, ...]) -> Path:
    path = Path(os.fspath(filepath))
    only_weights = path.name.endswith(_WEIGHTS) and _WEIGHTS not in endings
    if only_weights or not path.name.endswith(endings):
        *more, last = endings
        known = f"{', '.join(more)} or {last}" if more else last
        fix = " Of a file of weights: model.load_weights." if only_weights else ""
        raise UserError(f"{what}: the file's name must end in {known}; got '{path}'.{fix}")
    return path


def _ready(what: str, filepath: Any, endings: tuple[str, ...], overwrite: bool) -> Path:
    """The path to write, refused before the work where it cannot be."""
    path = _known_ending(what, filepath, endings)
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
