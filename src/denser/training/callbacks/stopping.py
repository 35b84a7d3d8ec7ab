"""Callbacks that end a run: EarlyStopping, TerminateOnNaN."""

import math
from typing import Any

import numpy as np

from .base import Callback
from .monitor import Monitor


class EarlyStopping(Monitor):
    """Ends training when a metric has stopped to get better.

    Args:
        monitor: The metric's name.
        min_delta: A change smaller than this does not count as better.
        patience: Epochs without a better value before training ends.
        verbose: 1 says when and why.
        mode: 'min', 'max', or 'auto': the metric itself tells.
        baseline: A value the metric must reach, or training ends after `patience` epochs.
        restore_best_weights: Whether the best epoch's weights come back at the end.
        start_from_epoch: Epochs before anything is watched.

    Raises:
        UserError: before the first step, where 'auto' cannot tell.
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
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._forget()

    def _forget(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = None
        self.best_weights: list[np.ndarray] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget earlier runs."""
        super().on_train_begin(logs)
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the metric with the best one so far."""
        value = self.watched(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Say that training ended early; bring the best weights back."""
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping, {self.monitor} was best "
                  f"({self.best:.5g}) in epoch {self.best_epoch + 1}.")  # fmt: skip
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
            if self.verbose:
                print(f"The weights are those of epoch {self.best_epoch + 1}, the best.")


class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite.

    Args:
        raise_error: Whether a RuntimeError ends it at once, so that `on_train_end` is not called
            and a backup stays.
    """

    def __init__(self, raise_error: bool = False):
        super().__init__()
        self.raise_error = raise_error

    def interval(self, phase: str) -> int | None:
        """Whenever the loop looks in: the mean loss of an epoch stays NaN once it is."""
        return 0 if phase == "train" else None

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        said = f"by batch {batch} the loss is {loss}"
        if self.raise_error:
            raise RuntimeError(f"TerminateOnNaN: {said}.")
        print(f"\nTraining ends: {said}.")
        self.model.stop_training = True
