"""Monitor, Saver: the bases of callbacks that watch one metric, and of those that save."""

import warnings
from typing import Any

from ...core.messages import UserError, bad_argument
from .base import Callback, Turns


class Monitor(Callback):
    """Callback that knows which of two values of a metric is better.

    Args:
        monitor: The metric's name in the logs.
        mode: 'min', 'max', or 'auto': the metric itself tells.
        best: The best value so far.
        min_delta: By how much a value must be better.
    """

    def __init__(
        self, monitor: str, mode: str, best: float | None = None, min_delta: float = 0.0
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise bad_argument(self, "mode", "'auto', 'min' or 'max'", mode)
        self.monitor, self.mode, self.best = monitor, mode, best
        self.min_delta = abs(min_delta)
        self._sign = {"min": -1.0, "max": 1.0, "auto": 0.0}[mode]  # 0: not asked for yet

    def on_train_begin(self, logs: Any = None) -> None:
        """Find out which way is better, so that an error comes before the first step."""
        self._sign = self._sign or self._ask()

    def _ask(self) -> float:
        """1 where more is better, -1 where less is, as the model's metrics say."""
        name = self.monitor.removeprefix("val_")
        for metric in getattr(self.model, "metrics", ()):
            direction = getattr(metric, "_direction", None)
            if direction and f"_{name}".endswith(f"_{metric.name}"):  # first_accuracy: of an output
                return 1.0 if direction == "up" else -1.0
        if f"_{name}".endswith("_loss"):
            return -1.0
        if "acc" in name or "auc" in name:
            return 1.0
        raise UserError(
            f"{type(self).__name__}: whether more or less of {self.monitor!r} is better cannot be "
            "told from its name. Give mode='max' or mode='min'."
        )

    def watched(self, logs: Any) -> float | None:
        """The metric's value, or None with a warning that lists those there are; an epoch that was
        cut short may lack it."""
        value = (logs or {}).get(self.monitor)
        if value is None and not self.model.interrupted:
            warnings.warn(
                f"{type(self).__name__}: there is no metric {self.monitor!r}; there are "
                f"{', '.join(logs or {}) or 'none'}.",
                stacklevel=3,
            )
        return value

    def better(self, value: float, reference: float | None) -> bool:
        """Whether `value` is better than `reference` (None: nothing yet)."""
        if reference is None:
            return True
        if reference != reference:  # NaN: any number is better
            return value == value
        return (self._sign or self._ask()) * (value - reference) > self.min_delta


class Saver(Monitor):
    """Callback that saves after epochs or batches: always, or where a metric is best.

    A subclass says where (`place`) and how (`write`).

    Args:
        monitor, mode: See `Monitor`.
        verbose: 1 says what is saved.
        save_best_only: Whether only a better epoch than all before is saved.
        save_freq: 'epoch', or a number of batches, counted on from epoch to epoch.
        best: The best value so far.
    """

    def __init__(
        self,
        monitor: str,
        verbose: int,
        save_best_only: bool,
        mode: str,
        save_freq: Any,
        best: float | None,
    ) -> None:
        super().__init__(monitor, mode, best)
        self.verbose, self.save_best_only, self.save_freq = verbose, save_best_only, save_freq
        self.turns, self._epoch = Turns.of(self, save_freq), 0

    def place(self, values: dict[str, Any]) -> Any:
        """Where to save, of the epoch's number from 1, the batch's, and the logs."""
        raise NotImplementedError

    def write(self, place: Any) -> str:
        """Save; returns what tells the user where."""
        raise NotImplementedError

    def interval(self, phase: str) -> int | None:
        """Until `save_freq` batches of training are over, or never."""
        return self.turns.left if phase == "train" and self.turns else None

    def on_train_begin(self, logs: Any = None) -> None:
        """Find out which way is better, where that matters."""
        if self.save_best_only:
            super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after every so many batches."""
        if self.turns and self.turns.complete(batch):
            self._save(self._epoch, logs, {"batch": batch + 1})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after the epoch; one that was cut short is not the best."""
        if not self.turns and not (self.save_best_only and self.model.interrupted):
            self._save(epoch, logs, {})

    def _save(self, epoch: int, logs: Any, counts: dict[str, int]) -> None:
        place = self.place({"epoch": epoch + 1, **counts, **(logs or {})})
        before = self.best
        if self.save_best_only and not self._is_best(logs):
            self._say(epoch, f"{self.monitor} is not better than {before:.5g}")
            return
        saved = self.write(place)
        why = "" if self.best == before else f"{self.monitor} is {self.best:.5g}, the best so far; "
        self._say(epoch, f"{why}saved to {saved}")

    def _is_best(self, logs: Any) -> bool:
        """Whether the metric is better than ever before, or is not there: better save then."""
        value = self.watched(logs)
        if value is not None:
            if not self.better(value, self.best):
                return False
            self.best = value
        return True

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: {text}.")
