"""tf.train.Checkpoint: the Variables of objects in files, by the names that lead to them."""

import functools
import glob
import json
import os
import types
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...core.messages import UserError
from ...core.variable import Variable
from ...layers.operation import Operation
from ...optimizers import Optimizer
from ..keras.files import Status
from ..patches import patches
from .modules import Tracked, variables_below, watchers

_ENDING = "/.ATTRIBUTES/VARIABLE_VALUE"  # of TensorFlow's names


class Checkpoint(Tracked):
    """The Variables of some objects, written to and read from files (NumPy's npz).

    Args:
        root: An object.
        kwargs: More objects, by name.
    """

    def __init__(self, root: Any = None, **kwargs: Any):
        vars(self).update(kwargs)
        if root is not None:
            vars(self)["_root"] = root
        vars(self)["_numbers"] = 0

    @property
    def save_counter(self) -> int:
        """How often `save` wrote a file."""
        return self._numbers

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Write a file; returns its prefix."""
        prefix = os.fspath(file_prefix)
        os.makedirs(os.path.dirname(prefix) or ".", exist_ok=True)
        arrays = {path: np.asarray(v.raw) for path, v in variables_below(self)}
        temporary = f"{prefix}.part.npz"
        np.savez(temporary, allow_pickle=False, **arrays)
        os.replace(temporary, f"{prefix}.index.npz")
        return prefix

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Write a file with the next number, and say in its folder that it is the latest."""
        self._numbers += 1
        prefix = self.write(f"{os.fspath(file_prefix)}-{self._numbers}")
        _set_latest(prefix)
        return prefix

    def restore(self, save_path: Any, options: Any = None) -> Status:
        """Give the Variables what a file has; of None, nothing is done.

        Variables that are made later, by a layer or an optimizer when it is first used or as an
        attribute of one of these objects, get theirs then.
        """
        if not save_path:
            return Status()
        waiting = _arrays(save_path)
        digits = os.fspath(save_path).rpartition("-")[2]
        vars(self)["_numbers"] = int(digits) if digits.isdigit() else self._numbers
        give = functools.partial(_give, self, waiting)
        give()
        if waiting:
            _watch_building()
            watchers.append(give)
        return Status()

    read = restore


def _give(owner: Any, waiting: dict[str, Any]) -> None:
    """Give the Variables below an object their arrays, which then wait no longer."""
    for name, variable in list(variables_below(owner)) if waiting else ():
        if name in waiting and tuple(variable.shape) == waiting[name].shape:
            _put(variable, waiting.pop(name))


def _put(variable: Variable, array: Any) -> None:
    """Set the array of a Variable, also of one that was made while something is traced."""
    with jax.ensure_compile_time_eval():
        variable._value = jnp.asarray(array, variable._value.dtype)


def _watch_building() -> None:
    """Look for new Variables after layers and optimizers are built, from now on."""
    if hasattr(Operation._ensure_built, "__wrapped__"):
        return
    patches.put(Operation, _ensure_built=_then_look(Operation._ensure_built))
    patches.put(Optimizer, build=_then_look(Optimizer.build))


def _then_look(build: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(build)
    def built(self: Any, *args: Any, **kwargs: Any) -> None:
        was_built = self.built
        build(self, *args, **kwargs)
        if not was_built:
            for look in watchers:
                look()

    return built


def _arrays(prefix: Any) -> dict[str, Any]:
    """The arrays in a file, or in the newest one of a folder."""
    prefix = os.fspath(prefix)
    if os.path.isdir(prefix):
        prefix = latest_checkpoint(prefix) or prefix
    path = f"{prefix}.index.npz"
    if not os.path.exists(path):
        raise UserError(f"Checkpoint.restore: there is no file {path}.")
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def _set_latest(prefix: str) -> None:
    with open(os.path.join(os.path.dirname(prefix) or ".", "checkpoint"), "w") as file:
        json.dump({"latest": os.path.basename(prefix)}, file)


def latest_checkpoint(checkpoint_dir: Any, latest_filename: Any = None) -> str | None:
    """The prefix of the newest checkpoint in a folder, or None."""
    path = os.path.join(checkpoint_dir, latest_filename or "checkpoint")
    if os.path.exists(path):
        with open(path) as file:
            return os.path.join(checkpoint_dir, json.load(file)["latest"])
    found = glob.glob(os.path.join(checkpoint_dir, "*.weights.h5"))
    found += glob.glob(os.path.join(checkpoint_dir, "*.ckpt*"))
    return max(found, key=os.path.getmtime) if found else None


class Reader:
    """The arrays in a checkpoint by name.

    Args:
        prefix: The checkpoint's prefix, or a folder.
    """

    def __init__(self, prefix: Any):
        self._found = _arrays(prefix)

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shape of each."""
        return {name + _ENDING: list(array.shape) for name, array in self._found.items()}

    def get_variable_to_dtype_map(self) -> dict[str, Any]:
        """The type of each."""
        return {name + _ENDING: array.dtype for name, array in self._found.items()}

    def has_tensor(self, name: str) -> bool:
        """Whether there is one of this name."""
        return name.removesuffix(_ENDING) in self._found

    def get_tensor(self, name: str) -> Any:
        """One array."""
        return self._found[name.removesuffix(_ENDING)]


class CheckpointManager:
    """Writes checkpoints to a folder and keeps the newest ones.

    Args:
        checkpoint: What to write.
        directory: The folder.
        max_to_keep: How many; None: all.
    """

    def __init__(
        self, checkpoint: Checkpoint, directory: Any, max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: Any = None, checkpoint_name: str = "ckpt",
        step_counter: Any = None, checkpoint_interval: Any = None, init_fn: Any = None,
    ):  # fmt: skip
        self.checkpoint, self.directory = checkpoint, str(directory)
        self._most, self._name = max_to_keep, checkpoint_name
        found = glob.glob(os.path.join(self.directory, f"{checkpoint_name}-*.index.npz"))
        found = [f.removesuffix(".index.npz") for f in found]
        self.checkpoints = sorted(found, key=lambda f: int(f.rpartition("-")[2]))

    @property
    def latest_checkpoint(self) -> str | None:
        """The newest one's prefix, or None."""
        return self.checkpoints[-1] if self.checkpoints else None

    def save(self, checkpoint_number: Any = None, check_interval: bool = True,
             options: Any = None) -> str:  # fmt: skip
        """Write a checkpoint; returns its prefix."""
        if checkpoint_number is None:
            last = self.latest_checkpoint
            number = int(last.rpartition("-")[2]) + 1 if last else 1
        else:
            number = int(checkpoint_number)
        prefix = self.checkpoint.write(os.path.join(self.directory, f"{self._name}-{number}"))
        _set_latest(prefix)
        self.checkpoints.append(prefix)
        while self._most and len(self.checkpoints) > self._most:
            os.remove(f"{self.checkpoints.pop(0)}.index.npz")
        return prefix

    def restore_or_initialize(self) -> str | None:
        """Restore the newest one, if there is one."""
        self.checkpoint.restore(self.latest_checkpoint)
        return self.latest_checkpoint


def _shapes(prefix: Any) -> list[tuple[str, list[int]]]:
    return list(Reader(prefix).get_variable_to_shape_map().items())


def _state(checkpoint_dir: Any, latest_filename: Any = None) -> Any:
    """The newest checkpoint of a folder in `model_checkpoint_path`, or None."""
    found = latest_checkpoint(checkpoint_dir, latest_filename)
    return found and types.SimpleNamespace(model_checkpoint_path=found)


CHECKPOINTS: dict[str, Any] = {
    "Checkpoint": Checkpoint, "CheckpointManager": CheckpointManager,
    "CheckpointOptions": dict, "latest_checkpoint": latest_checkpoint, "load_checkpoint": Reader,
    "list_variables": _shapes,
    "load_variable": lambda prefix, name: Reader(prefix).get_tensor(name),
    "checkpoint_exists": lambda prefix: os.path.exists(f"{prefix}.index.npz"),
    "get_checkpoint_state": _state,
}  # fmt: skip
