"""Callbacks that change the learning rate: LearningRateScheduler, ReduceLROnPlateau."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.messages import UserError, bad_argument
from .base import Callback
from .monitor import Monitor


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
        schedule: `schedule(epoch, learning_rate) -> learning_rate`, epochs counted from 0; a
            function of the epoch alone works too.
        verbose: 1 says what it is set to.

    Example:
        >>> halving = LearningRateScheduler(lambda epoch: 0.1 / 2**epoch)
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose
        self._sees_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Ask the schedule and set the rate."""
        optimizer = _optimizer(self)
        seen = (epoch, float(optimizer.learning_rate)) if self._sees_rate else (epoch,)
        rate = self.schedule(*seen)
        if not hasattr(rate, "__float__") or np.ndim(rate):
            raise bad_argument(self, "schedule", "a function that gives a number", rate)
        optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: the learning rate is set to {float(rate):.6g}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = float(_optimizer(self).learning_rate)


class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate when a metric has stopped to get better.

    Args:
        monitor: The metric's name.
        factor: What the rate is multiplied by; below 1.
        patience: Epochs without a better value before that.
        verbose: 1 says so.
        mode: 'min', 'max', or 'auto': the metric itself tells.
        min_delta: A change smaller than this does not count as better.
        cooldown: Epochs after a change in which nothing is counted.
        min_lr: The rate goes no lower.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise bad_argument(self, "factor", "a number below 1", factor)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget earlier runs."""
        super().on_train_begin(logs)
        self.best = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the metric with the best one so far, and lower the rate if it is time."""
        if logs is not None:
            logs["learning_rate"] = float(_optimizer(self).learning_rate)
        value = self.watched(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._lower(epoch)

    def in_cooldown(self) -> bool:
        """Whether a change was so short ago that nothing is counted."""
        return self.cooldown_counter > 0

    def _lower(self, epoch: int) -> None:
        optimizer = _optimizer(self)
        rate = float(optimizer.learning_rate)
        if rate <= np.float32(self.min_lr):  # the optimizer keeps it in float32
            return
        optimizer.learning_rate = lower = max(rate * self.factor, self.min_lr)
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: the learning rate is lowered to {lower:.6g}.")


def _optimizer(owner: Callback) -> Any:
    optimizer = owner.model.optimizer
    if optimizer is None:
        raise UserError(f"{type(owner).__name__}: the model has no optimizer; compile it with one.")
    return optimizer


def _takes_two(function: Callable[..., Any]) -> bool:
    """Whether a function can be called with two arguments."""
    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a built-in one that does not tell
        return True
    return True
