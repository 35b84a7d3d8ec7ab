"""tf.train, tf.summary: what is kept of a run."""

import contextlib
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import optimizers
from ...core.variable import Variable
from .checkpoints import CHECKPOINTS
from .records import TRAIN_RECORDS
from .tensor import Tensor, unwrap, wrap


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
    **CHECKPOINTS, **TRAIN_RECORDS,
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
