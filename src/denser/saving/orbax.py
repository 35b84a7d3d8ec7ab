"""Checkpoints through orbax: of arrays that lie on several devices, each process writes the parts
that it has, and they are read into the parts of today.

A folder has a numbered folder for each checkpoint, in which Keras's OrbaxCheckpoint has the same
members: the variables, and the model's config. A third one is denser's own: the digests of all.
"""

import base64
import hashlib
import importlib
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..core.budget import Budget, damage, reading
from ..core.messages import (
    BrokenFileError,
    UnsafeFileError,
    UserError,
    bad_file,
    shape_text,
    short,
)
from ..core.variable import Variable
from . import strict_json
from .assets import read_assets, stays_inside, write_assets
from .config import model_config, model_from_config
from .hdf5 import listed
from .state_tree import flattened, named_variables, nested

_STATE, _CONFIG, _SEAL = "pytree", "model_config", "denser"
_SEAL_FILE = "seal.json"
_WEIGHTS = ("trainable_variables", "non_trainable_variables")

Named = dict[tuple[str, ...], Any]  # what is kept of each variable: by its group and the path there


class Shelf:
    """A folder of checkpoints that is written to.

    Args:
        folder: The folder, made where there is none.
        most: How many of the newest are kept; None: all.
        background: Whether training goes on while arrays are written, from copies of them.

    Raises:
        ImportError: where orbax is not installed.
    """

    def __init__(self, folder: Any, most: int | None = None, background: bool = True):
        orbax = library()
        self.folder = Path(os.path.abspath(folder))
        self._writer = ThreadPoolExecutor(1, "denser-checkpoint") if background else None
        self._writing: Future[None] | None = None
        options = orbax.CheckpointManagerOptions(
            max_to_keep=most,
            enable_async_checkpointing=False,  # our thread makes the digests, too
            cleanup_tmp_directories=True,
        )
        handlers = {
            _STATE: orbax.PyTreeCheckpointHandler(use_zarr3=True),
            _CONFIG: orbax.PyTreeCheckpointHandler(use_zarr3=True),
            _SEAL: orbax.JsonCheckpointHandler(filename=_SEAL_FILE),
        }
        with self._told():
            self._manager = orbax.CheckpointManager(
                self.folder, options=options, item_handlers=handlers
            )

    def save(self, model: Any, number: int, only_weights: bool = False) -> int:
        """Write a model's state as a checkpoint; returns its number.

        Args:
            model: The model, built.
            number: Of the checkpoint, if those that are there have smaller ones.
            only_weights: Whether config, optimizer and metrics are left out.

        Raises:
            OSError: where this one, or the one before, could not be written.
        """
        self.wait()
        last = self._manager.latest_step()
        number = number if last is None else max(number, last + 1)
        state = {
            (group, *path): variable._value
            for group, variables in _variables(model).items()
            if group in _WEIGHTS or not only_weights
            for path, variable in variables.items()
        }
        config, assets = "", {}
        if not only_weights:
            config, assets = strict_json.write(model_config(model)), write_assets(model)
        if self._writer is None:
            self._write(number, state, config, assets)
        else:  # the next step writes over the arrays themselves
            copies = {path: jnp.copy(array) for path, array in state.items()}
            self._writing = self._writer.submit(self._write, number, copies, config, assets)
        return number

    def _write(self, number: int, state: Named, config: str, assets: dict[str, bytes]) -> None:
        args = library().args
        parts: dict[str, Any] = {
            _STATE: args.PyTreeSave(nested(state)),
            _SEAL: args.JsonSave(_seal(state, config, assets)),
        }
        if config:
            # Without an array orbax says at each one that there is nothing to merge.
            parts[_CONFIG] = args.PyTreeSave({"config": config, "arrays": np.zeros(())})
        with self._told():
            self._manager.save(number, args=args.Composite(**parts))
            self._manager.wait_until_finished()

    def wait(self) -> None:
        """Return when all is on the disk."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def close(self) -> None:
        """Return when all is on the disk, and end the threads."""
        try:
            self.wait()
        finally:
            if self._writer is not None:
                self._writer.shutdown()
            self._manager.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell whatever orbax raises, on a full disk as well, as an OSError with the folder."""
        try:
            yield
        except Exception as error:
            raise OSError(f"{self.folder}: a checkpoint could not be written: {error}") from error


def newest(path: Any) -> Path | None:
    """The folder of the newest checkpoint where `path` holds some, or is one; else None."""
    path = Path(path)
    if _is_checkpoint(path):
        return path
    inner = path.iterdir() if path.is_dir() else ()
    numbered = [p for p in inner if p.name.isdigit() and _is_checkpoint(p)]
    return max(numbered, key=lambda p: int(p.name), default=None)


def _is_checkpoint(path: Path) -> bool:
    return (path / _STATE / "_METADATA").is_file()


def read_model(step: Path, custom_objects: dict[str, Any] | None, compile: bool) -> Any:
    """The model in a checkpoint, with its state.

    Args:
        step: The folder of one checkpoint.
        custom_objects: Your own classes and functions by the names the config has for them.
        compile: Whether to compile as the saved model was, and to go on with its optimizer.

    Raises:
        UserError: where it has weights only, and for an unknown class.
        BrokenFileError: where it is damaged.
    """
    where = str(step)
    if not (step / _CONFIG).is_dir():
        raise UserError(
            f"{where}: holds no model, only weights. Make the model in code and give it these with "
            "`model.load_weights`."
        )
    with reading(where, _size(step)) as budget:
        seal = _read_seal(step)
        config = strict_json.parse(_config(step, seal, budget), f"{where}/{_CONFIG}", budget)
        if not isinstance(config, dict):
            raise bad_file(f"{where}/{_CONFIG}", "does not describe a model.")
        if not compile:
            config.pop("compile_config", None)
        model = model_from_config(config, custom_objects, where)
        _give_state(model, step, seal, own=True)
        if seal and seal["assets"]:
            read_assets(model, seal["assets"], where)
    return model


def read_state(model: Any, step: Path, skip_mismatch: bool = False) -> None:
    """Give a model the weights in a checkpoint, and its optimizer the state if that fits.

    Raises:
        UserError: where the weights are others; the model is then unchanged.
        BrokenFileError: where the checkpoint is damaged.
    """
    with reading(str(step), _size(step)):
        _give_state(model, step, _read_seal(step), skip_mismatch)


def _give_state(
    model: Any, step: Path, seal: dict[str, Any], skip_mismatch: bool = False, own: bool = False
) -> None:
    """Read each variable's array in the parts in which the variable lies."""
    where, kept = str(step), _kept(step)
    pairs: dict[tuple[str, ...], Variable] = {}
    wrong: list[str] = []
    for group, variables in _variables(model).items():
        here = {(group, *path): variable for path, variable in variables.items()}
        told = {path: array for path, array in kept.items() if path[:1] == (group,)}
        in_order = [path for path in seal.get("arrays", ()) if path[:1] == (group,)]
        found, problems = _paired(here, told, in_order, model.name)
        if group in _WEIGHTS:
            wrong += problems
        elif problems:  # what is counted and what is learnt of steps begins anew
            if group == "optimizer_variables" and here and told:
                text = f"{where}: the optimizer has other variables; its state is not read."
                warnings.warn(text, stacklevel=4)
            continue
        pairs |= found
    if wrong and not skip_mismatch:
        raise (BrokenFileError if own else UserError)(listed(where, wrong))
    if wrong:
        warnings.warn(listed(where, wrong), stacklevel=4)
    arrays = _arrays(step, {path: (kept[path], v) for path, v in pairs.items()}, seal)
    for path, variable in pairs.items():
        _set(variable, arrays[path])


def _variables(model: Any) -> dict[str, dict[tuple[str, ...], Variable]]:
    """All Variables of a model by name, those of its optimizer too if it has made no step yet."""
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return named_variables(model)


def _paired(
    here: dict[tuple[str, ...], Variable],
    kept: Named,
    order: list[tuple[str, ...]],
    model_name: str,
) -> tuple[dict[tuple[str, ...], Variable], list[str]]:
    """The variable for each kept path, by name or, if all have other names, in their order; and
    what does not fit."""
    names = {path: path if path in kept else _within(model_name, path) for path in here}
    if here.keys() != kept.keys() and len(here) == len(order):
        names = dict(zip(here, order, strict=True))
    unknown = [path for path in kept if path not in names.values()]
    wrong = [f"The model has no '{'/'.join(path[1:])}'." for path in unknown]
    pairs = {}
    for path, variable in here.items():
        there = kept.get(names[path])
        if there is not None and there.shape == variable.shape:
            pairs[names[path]] = variable
        else:
            has = "nothing" if there is None else shape_text(there.shape)
            needs = shape_text(variable.shape)
            wrong.append(f"'{variable.path}' needs {needs}, the checkpoint has {has}.")
    return pairs, wrong


def _within(model_name: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path that a variable of a Sequential has before the model is read from a file."""
    group, *folders, name = path
    if group == "optimizer_variables":
        return (group, *folders, f"{model_name}_{name}")
    return (group, model_name, *folders, name)


def _kept(step: Path) -> Named:
    """Shape and type of each array in a checkpoint."""
    with damage(step / _STATE):
        found = dict(flattened(_reader().metadata(step / _STATE).tree))
        return {
            tuple(map(str, path)): jax.ShapeDtypeStruct(tuple(told.shape), told.dtype)
            for path, told in found.items()
        }


def _arrays(step: Path, wanted: dict[tuple[str, ...], Any], seal: dict[str, Any]) -> Named:
    """Arrays by path, each on the devices of the variable that it is for."""
    orbax, place = library(), step / _STATE
    if not wanted:
        return {}
    target = {
        path: jax.ShapeDtypeStruct(told.shape, told.dtype, sharding=variable._value.sharding)
        for path, (told, variable) in wanted.items()
    }
    digests = seal.get("arrays", {})
    with damage(place):
        how = orbax.args.PyTreeRestore(
            item=nested(target),
            restore_args=orbax.checkpoint_utils.construct_restore_args(nested(target)),
            partial_restore=True,
        )
        found = dict(flattened(_reader().restore(place, args=how)))
        for path, array in found.items():
            then, now = digests.get(path), _digest(array)
            if None not in (then, now) and then != now:
                where = f"{place}/{'/'.join(path)}"
                raise bad_file(where, "its values are not those that were written (SHA-256).")
    return found


def _set(variable: Variable, array: jax.Array) -> None:
    if len(array.sharding.device_set) > 1:  # it is where it belongs, in parts
        variable._value = jnp.asarray(array, variable._value.dtype)
    else:
        variable.assign(array)


def _seal(state: Named, config: str, assets: dict[str, bytes]) -> dict[str, Any]:
    """What `denser` has in a checkpoint: digests, the variables' order, and the assets."""
    return strict_json.digested(
        {
            "arrays": [[path, _digest(array)] for path, array in state.items()],
            "config": hashlib.sha256(config.encode()).hexdigest(),
            "assets": {name: base64.b64encode(data).decode() for name, data in assets.items()},
        }
    )


def _digest(array: jax.Array) -> str | None:
    """Of the whole array; None where other processes have parts of it."""
    if not array.is_fully_addressable:
        return None
    numbers = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return hashlib.sha256(numbers.data).hexdigest()


def _read_seal(step: Path) -> dict[str, Any]:
    """What `_seal` made, digests by path and assets as bytes; empty in a checkpoint of Keras's."""
    place = step / _SEAL / _SEAL_FILE
    if not (step / _SEAL).is_dir():
        return {}
    told, whole = strict_json.read_digested(place)
    if not whole:
        raise bad_file(place, "has no digest: damaged.")
    with damage(place):
        seal = {
            "arrays": {tuple(path): digest for path, digest in told["arrays"]},
            "config": told["config"],
            "assets": {name: base64.b64decode(text) for name, text in told["assets"].items()},
        }
    for name in seal["assets"]:
        if not stays_inside(name):
            raise bad_file(place, f"{short(name)} leads out of its folder.", kind=UnsafeFileError)
    return seal


def _config(step: Path, seal: dict[str, Any], budget: Budget) -> str:
    """The text of the model's config."""
    place = step / _CONFIG
    budget.within("text", _size(place), _CONFIG)
    with damage(place):
        text = str(_reader().restore(place)["config"])
        if seal and hashlib.sha256(text.encode()).hexdigest() != seal["config"]:
            raise bad_file(place, "is not what was written (SHA-256): damaged.")
    return text


def _size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _reader() -> Any:
    return library().PyTreeCheckpointHandler()


def library() -> Any:
    """The module `orbax.checkpoint`, which an extra installs."""
    try:
        return importlib.import_module("orbax.checkpoint")
    except ImportError:
        raise ImportError(
            "Checkpoints of several devices need orbax: pip install 'denser[scale]'."
        ) from None
