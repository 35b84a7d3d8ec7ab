"""tf.train, tf.saved_model, tf.summary, tf.Module: what is kept of a run."""

import contextlib
import glob
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import models, optimizers, saving
from ...core.messages import UserError
from ...core.variable import Variable
from ...layers.module import Module as _Layer
from ...optimizers import Optimizer
from .records import TRAIN_RECORDS
from .tensor import Tensor, unwrap, wrap


class Module:
    """An owner of Variables and Modules, which are found in its attributes.

    Args:
        name: Its name.
    """

    def __init__(self, name: str | None = None):
        self._name = name or type(self).__name__.lower()

    name = property(lambda self: getattr(self, "_name", type(self).__name__), doc="Its name.")

    @property
    def variables(self) -> tuple:
        """All Variables in it."""
        return tuple(v for _, v in _variables(self, "", set()))

    @property
    def trainable_variables(self) -> tuple:
        """Those that an optimizer changes."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def submodules(self) -> tuple:
        """The Modules and layers in its attributes."""
        return tuple(x for x in _parts(vars(self)) if isinstance(x, (Module, _Layer)))

    @classmethod
    def with_name_scope(cls, method: Any) -> Any:
        """The method."""
        return method


def _parts(values: Any) -> Iterator[Any]:
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, (list, tuple, dict)):
            yield from _parts(value)
        else:
            yield value


def _variables(owner: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Variable]]:
    """Every Variable below an object once, with the names of the attributes that lead to it."""
    if id(owner) in seen:
        return
    seen.add(id(owner))
    if isinstance(owner, Variable):
        yield path, owner
    elif isinstance(owner, (_Layer, Optimizer)) or hasattr(owner, "add_variable"):
        for number, variable in enumerate(owner.variables):
            yield from _variables(variable, f"{path}/{number}", seen)
    elif isinstance(owner, (list, tuple)):
        for number, value in enumerate(owner):
            yield from _variables(value, f"{path}/{number}", seen)
    elif isinstance(owner, dict):
        for name, value in sorted(owner.items(), key=lambda item: str(item[0])):
            yield from _variables(value, f"{path}/{name}", seen)
    elif isinstance(owner, (Module, Checkpoint)):
        yield from _variables(vars(owner), path, seen)


class _Status:
    """What a restore has done."""

    def assert_consumed(self) -> "_Status":
        """Nothing more to check."""
        return self

    expect_partial = assert_existing_objects_matched = initialize_or_restore = assert_consumed
    assert_nontrivial_match = run_restore_ops = assert_consumed


class Checkpoint:
    """The Variables of some objects, written to and read from files (NumPy's npz).

    Args:
        root: An object.
        kwargs: More objects, by name.
    """

    def __init__(self, root: Any = None, **kwargs: Any):
        vars(self).update(kwargs)
        if root is not None:
            self._root = root
        self._numbers = 0

    def _pairs(self) -> Iterator[tuple[str, Variable]]:
        return _variables(self, "", set())

    def write(self, file_prefix: str, options: Any = None) -> str:
        """Write a file; returns its prefix."""
        os.makedirs(os.path.dirname(file_prefix) or ".", exist_ok=True)
        arrays = {path.strip("/"): np.asarray(v.raw) for path, v in self._pairs()}
        temporary = f"{file_prefix}.part.npz"
        np.savez(temporary, allow_pickle=False, **arrays)
        os.replace(temporary, f"{file_prefix}.index.npz")
        return str(file_prefix)

    def save(self, file_prefix: str, options: Any = None) -> str:
        """Write a file with the next number, and say in its folder that it is the latest."""
        self._numbers += 1
        prefix = self.write(f"{file_prefix}-{self._numbers}")
        _set_latest(prefix)
        return prefix

    def restore(self, save_path: Any, options: Any = None) -> _Status:
        """Give the Variables what a file has; of None, nothing is done.

        Variables that are not made yet stay as they will be: build the model first.
        """
        if not save_path:
            return _Status()
        path = f"{save_path}.index.npz"
        if not os.path.exists(path):
            raise UserError(f"Checkpoint.restore: there is no file {path}.")
        with np.load(path, allow_pickle=False) as arrays:
            for name, variable in self._pairs():
                if name.strip("/") in arrays:
                    variable.assign(arrays[name.strip("/")])
        digits = str(save_path).rpartition("-")[2]
        self._numbers = int(digits) if digits.isdigit() else self._numbers
        return _Status()

    read = restore


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


def _optimizer(cls: Any, **renamed: str) -> Any:
    """An optimizer of TensorFlow 1 as today's."""

    def make(learning_rate: Any = 0.001, *args: Any, use_locking: bool = False, name: Any = None,
             **kwargs: Any) -> Any:  # fmt: skip
        options = {renamed.get(key, key): value for key, value in kwargs.items()}
        names = list(renamed.values())
        options |= dict(zip(names, args, strict=False))
        return cls(learning_rate=learning_rate, **options)

    make.__name__ = f"{cls.__name__}Optimizer"
    return make


_SCHEDULES = optimizers.schedules


def _decayed(rate: Any, global_step: Any, decay_steps: Any, decay_rate: Any,
             staircase: bool = False, name: Any = None) -> Any:  # fmt: skip
    schedule = _SCHEDULES.ExponentialDecay(rate, decay_steps, decay_rate, staircase)
    return lambda: wrap(schedule(unwrap(getattr(global_step, "raw", global_step))))


TRAIN: dict[str, Any] = {
    "Checkpoint": Checkpoint, "CheckpointManager": CheckpointManager,
    "latest_checkpoint": latest_checkpoint, **TRAIN_RECORDS,
    "AdamOptimizer": _optimizer(optimizers.Adam, beta1="beta_1", beta2="beta_2", epsilon="epsilon"),
    "GradientDescentOptimizer": _optimizer(optimizers.SGD),
    "MomentumOptimizer": _optimizer(optimizers.SGD, momentum="momentum", use_nesterov="nesterov"),
    "RMSPropOptimizer": _optimizer(
        optimizers.RMSprop, decay="rho", momentum="momentum", epsilon="epsilon"),
    "AdagradOptimizer": _optimizer(
        optimizers.Adagrad, initial_accumulator_value="initial_accumulator_value"),
    "exponential_decay": _decayed,
    "ExponentialMovingAverage": None, "experimental": None,
}  # fmt: skip


class ExponentialMovingAverage:
    """Moving averages of Variables.

    Args:
        decay: `average = decay * average + (1 - decay) * value`.
    """

    def __init__(self, decay: float, num_updates: Any = None, zero_debias: bool = False,
                 name: str = "ExponentialMovingAverage"):  # fmt: skip
        self._decay, self._averages = decay, {}

    def apply(self, var_list: Any) -> None:
        """Take the present values in."""
        for v in var_list:
            average = self._averages.setdefault(id(v), Variable(v.raw, trainable=False))
            average.assign(self._decay * average.raw + (1 - self._decay) * v.raw)

    def average(self, var: Any) -> Any:
        """The average of a Variable."""
        return self._averages.get(id(var))


TRAIN["ExponentialMovingAverage"] = ExponentialMovingAverage
TRAIN["experimental"] = type("experimental", (), {})


def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
    """Save a Keras model into a folder.

    Raises:
        UserError: for anything else: a SavedModel holds TensorFlow's graphs.
    """
    if not isinstance(obj, models.Model):
        raise UserError(
            "tf.saved_model.save: only keras models are saved here; a SavedModel holds graphs of "
            "TensorFlow. Write tf.train.Checkpoint(module).save(path) for the Variables."
        )
    os.makedirs(_folder(export_dir), exist_ok=True)
    obj.save(os.path.join(_folder(export_dir), "model.keras"))


def load(export_dir: Any, tags: Any = None, options: Any = None) -> Any:
    """The model that `save` wrote."""
    path = os.path.join(_folder(export_dir), "model.keras")
    if not os.path.exists(path):
        raise UserError(
            f"tf.saved_model.load: {export_dir} holds no model of denser's. TensorFlow's graphs "
            "are not run here: export the model from TensorFlow as .keras or .h5."
        )
    return saving.load_model(path)


def _folder(path: Any) -> str:
    return os.fspath(path)


SAVED_MODEL: dict[str, Any] = {
    "save": save, "load": load,
    "contains_saved_model": lambda d: os.path.exists(os.path.join(_folder(d), "model.keras")),
    "LoadOptions": dict, "SaveOptions": dict,
}  # fmt: skip


class _Writers:
    """The writers whose `with` has been entered, and the step that holds where none is given."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.step: Any = None


_writers = _Writers()


class SummaryWriter:
    """Writes numbers, images and texts for TensorBoard.

    Args:
        logdir: The folder.
    """

    def __init__(self, logdir: Any, **kwargs: Any):
        try:
            import tensorboardX
        except ImportError as error:
            raise ImportError(
                "tf.summary writes through tensorboardX: pip install 'denser[tensorboard]'."
            ) from error
        self.writer = tensorboardX.SummaryWriter(os.fspath(logdir))

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator["SummaryWriter"]:
        """A `with` in which `tf.summary` writes here."""
        outer = _writers.step
        _writers.stack.append(self)
        _writers.step = outer if step is None else step
        try:
            yield self
        finally:
            _writers.stack.pop()
            _writers.step = outer

    set_as_default = property(lambda self: lambda: _writers.stack.append(self), doc="For good.")

    def flush(self) -> None:
        """Bring what was written to the disk."""
        self.writer.flush()

    def close(self) -> None:
        """Close the file."""
        self.writer.close()


def _write(method: str, name: str, value: Any, step: Any, **kwargs: Any) -> bool:
    if not _writers.stack:
        return False
    step = _writers.step if step is None else step
    step = None if step is None else int(step)
    data = value.numpy() if isinstance(value, Tensor) else value
    getattr(_writers.stack[-1].writer, method)(name, data, step, **kwargs)
    return True


def _scalar(name: str, data: Any, step: Any = None, description: Any = None) -> bool:
    return _write("add_scalar", name, float(data), step)


def _image(name: str, data: Any, step: Any = None, max_outputs: int = 3,
           description: Any = None) -> bool:  # fmt: skip
    images = np.asarray(unwrap(data))[:max_outputs]
    return _write("add_images", name, images, step, dataformats="NHWC")


def _histogram(name: str, data: Any, step: Any = None, buckets: Any = None,
               description: Any = None) -> bool:  # fmt: skip
    return _write("add_histogram", name, np.asarray(unwrap(getattr(data, "raw", data))), step)


def _text(name: str, data: Any, step: Any = None, description: Any = None) -> bool:
    return _write("add_text", name, str(data), step)


def _no_trace(*args: Any, **kwargs: Any) -> None:
    """Of no effect: use jax.profiler for a trace."""


SUMMARY: dict[str, Any] = {
    "create_file_writer": SummaryWriter, "scalar": _scalar, "image": _image,
    "histogram": _histogram, "text": _text, "trace_on": _no_trace, "trace_export": _no_trace,
    "trace_off": _no_trace, "flush": lambda writer=None: None,
    "create_noop_writer": lambda: contextlib.nullcontext(),
    "should_record_summaries": lambda: bool(_writers.stack),
    "experimental": type("experimental", (), {
        "set_step": staticmethod(lambda step: setattr(_writers, "step", step)),
        "get_step": staticmethod(lambda: _writers.step)}),
}  # fmt: skip


def timestamp(name: Any = None) -> Any:
    """Seconds since 1970."""
    return wrap(np.asarray(time.time()))
