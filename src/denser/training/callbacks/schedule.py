"""Callbacks that change the learning rate."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.messages import UserError, bad_argument
from .base import Callback
from .stopping import Better, find_metric


def learning_rate_of(owner: Any, model: Any) -> Any:
    """The optimizer's learning rate as a Variable that can be set."""
    rate = getattr(model.optimizer, "learning_rate", None)
    if rate is None or not hasattr(model.optimizer, "_learning_rate"):
        raise UserError(f"{type(owner).__name__}: the optimizer has no learning rate to set.")
    return rate


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
        schedule: `schedule(epoch, learning_rate) -> learning_rate`, epochs counted from 0; a
            function of the epoch alone works too.
        verbose: 1 says what it is set to.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Ask the schedule and set the rate."""
        now = float(np.asarray(learning_rate_of(self, self.model)))
        try:
            rate = self.schedule(epoch, now)
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)) and np.ndim(rate) != 0:
            raise bad_argument(self, "schedule", "a function that gives a float", rate)
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: learning rate set to {float(rate)}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = float(np.asarray(learning_rate_of(self, self.model)))


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when a metric has stopped to get better.

    Args:
        monitor: The metric's name.
        factor: What the rate is multiplied by; below 1.
        patience: Epochs without a better value before that.
        verbose: 1 says so.
        mode: 'min', 'max', or 'auto': told from the name.
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
        super().__init__()
        if factor >= 1.0:
            raise bad_argument(self, "factor", "a number below 1", factor)
        self.monitor, self.factor, self.patience = monitor, factor, patience
        self.verbose, self.cooldown, self.min_lr = verbose, cooldown, min_lr
        self._better = Better(self, monitor, mode, min_delta)
        self.on_train_begin()

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget earlier runs."""
        self.best: float | None = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the metric with the best one so far, and lower the rate if it is time."""
        rate = float(np.asarray(learning_rate_of(self, self.model)))
        if logs is not None:
            logs["learning_rate"] = rate
        value = find_metric(self, self.monitor, logs)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):
                self.model.optimizer.learning_rate = max(rate * self.factor, self.min_lr)
                if self.verbose:
                    print(
                        f"\nEpoch {epoch + 1}: learning rate lowered to "
                        f"{max(rate * self.factor, self.min_lr)}."
                    )
                self.cooldown_counter, self.wait = self.cooldown, 0
