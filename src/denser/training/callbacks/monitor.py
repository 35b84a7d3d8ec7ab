"""Monitor: the base of callbacks that watch one metric."""

import warnings
from typing import Any

from ...core.messages import UserError, bad_argument
from .base import Callback


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
