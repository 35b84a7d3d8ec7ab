"""Callbacks that end a run: EarlyStopping, TerminateOnNaN; and what 'better' means."""

import math
import warnings
from typing import Any

import numpy as np

from ...core.messages import bad_argument
from .base import Callback

_MAXIMIZED = ("acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2", "similarity",
              "specificity", "sensitivity")  # fmt: skip


class Better:
    """Whether one value of a metric is better than another.

    Args:
        owner: Who asks, for the error.
        monitor: The metric's name.
        mode: 'min', 'max', or 'auto': told from the name.
        min_delta: By how much it must be better.
    """

    def __init__(self, owner: Any, monitor: str, mode: str, min_delta: float = 0.0):
        if mode not in ("auto", "min", "max"):
            raise bad_argument(owner, "mode", "'auto', 'min' or 'max'", mode)
        if mode == "auto":
            name = monitor.removeprefix("val_").lower()
            mode = "max" if any(word in name for word in _MAXIMIZED) else "min"
        self.sign = 1.0 if mode == "max" else -1.0
        self.min_delta = abs(min_delta)
        self.worst = -self.sign * math.inf

    def __call__(self, value: float, best: float | None) -> bool:
        """Whether `value` is better than `best` (None: nothing yet)."""
        if best is None:
            return True
        return self.sign * (value - best) > self.min_delta


def find_metric(owner: Any, monitor: str, logs: Any) -> float | None:
    """The metric's value in the logs, or None with a warning that lists those there are."""
    value = (logs or {}).get(monitor)
    if value is None:
        warnings.warn(
            f"{type(owner).__name__}: there is no metric {monitor!r}; there are "
            f"{', '.join(logs or {}) or 'none'}.",
            stacklevel=3,
        )
    return value


class EarlyStopping(Callback):
    """Ends training when a metric has stopped to get better.

    Args:
        monitor: The metric's name.
        min_delta: A change smaller than this does not count as better.
        patience: Epochs without a better value before training ends.
        verbose: 1 says when and why.
        mode: 'min', 'max', or 'auto': told from the name.
        baseline: A value the metric must reach first.
        restore_best_weights: Whether the best epoch's weights come back at the end.
        start_from_epoch: Epochs before anything is watched.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        super().__init__()
        self.monitor, self.patience, self.verbose = monitor, patience, verbose
        self.baseline, self.restore_best_weights = baseline, restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._better = Better(self, monitor, mode, min_delta)
        self.on_train_begin()

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget earlier runs."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_weights: list[np.ndarray] | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the metric with the best one so far."""
        value = find_metric(self, self.monitor, logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        self.wait += 1
        if self._better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Say that training ended early; bring the best weights back."""
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"Weights are those of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: the loss is {loss}; training ends.")
            self.model.stop_training = True
