"""The progress bar of `fit`, `evaluate` and `predict`."""

import sys
import time
from typing import Any

from ... import settings
from .base import Callback

_GREEN, _PLAIN = "\033[32m", "\033[0m"


class Progbar:
    """A bar that fills up: `12/469 ━━━━━━━━━━━━━━━━━━━━ 3s 7ms/step - loss: 0.4312`.

    Args:
        target: How many steps there are; None where nobody knows.
        width: Characters of the bar.
        verbose: 0 writes nothing, 1 draws the bar, 2 writes one line at the end.
        interval: Seconds between two drawings.
        stateful_metrics: Names of values that are means already; others are averaged over steps.
        unit_name: What a step is called.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Any = None,
        unit_name: str = "step",
    ):
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.notes: list[str] = []
        self._sums: dict[str, tuple[float, float]] = {}
        self._seen, self._drawn, self._length = 0, 0.0, 0
        self._start = time.perf_counter()
        # A terminal and a notebook can redraw a line; a log file gets the last state only.
        self._redraws = settings.is_tty() or "ipykernel" in sys.modules

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Show that `current` steps are done.

        Args:
            values: Pairs (name, value) or a dict.
            finalize: Whether this is the last time; None: when `current` reaches the target.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        steps = max(current - self._seen, 1)
        for name, value in dict(values or {}).items():
            if name in self.stateful_metrics:
                self._sums[name] = (float(value), 1.0)
            else:
                total, count = self._sums.get(name, (0.0, 0.0))
                self._sums[name] = (total + float(value) * steps, count + steps)
        self._seen = current
        now = time.perf_counter()
        if self.verbose == 2 and not finalize or not self.verbose:
            return
        if not finalize and (not self._redraws or now - self._drawn < self.interval):
            return
        self._drawn = now
        self._write(self._line(current, now - self._start, finalize), finalize)

    def add(self, n: int, values: Any = None) -> None:
        """Show that `n` more steps are done."""
        self.update(self._seen + n, values)

    def _line(self, current: int, seconds: float, final: bool) -> str:
        parts = []
        if self.target is not None:
            digits = len(str(self.target))
            head = f"{current:>{digits}}/{self.target}"
        else:
            head = f"{current}/Unknown"
        if self.verbose == 1:
            head += f" {self._bar(current)}"
        each = seconds / max(current, 1)
        left = each * (self.target - current) if self.target is not None else 0.0
        shown = seconds if final or self.target is None else left
        parts.append(f"{head} {_clock(shown)} {_each(each)}/{self.unit_name}")
        for name, (total, count) in self._sums.items():
            mean = total / max(count, 1.0)
            parts.append(f"{name}: {mean:.4f}" if abs(mean) > 1e-3 else f"{name}: {mean:.4e}")
        return " - ".join([*parts, *([f"({', '.join(self.notes)})"] if self.notes else [])])

    def _bar(self, current: int) -> str:
        if self.target is None:
            return "━" * self.width
        done = min(self.width, int(self.width * current / max(self.target, 1)))
        if not self._redraws:
            return "━" * self.width
        return f"{_GREEN}{'━' * done}{_PLAIN}{'━' * (self.width - done)}"

    def _write(self, line: str, final: bool) -> None:
        blank = " " * max(0, self._length - len(line))
        start = "\r" if self._redraws and self.verbose == 1 else ""
        sys.stdout.write(f"{start}{line}{blank}" + ("\n" if final else ""))
        sys.stdout.flush()
        self._length = len(line)


def _clock(seconds: float) -> str:
    """`7s`, `1:05`, `2:03:09`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _each(seconds: float) -> str:
    """`4ms`, `310us`, `2s`."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


class ProgbarLogger(Callback):
    """Draws the progress bar; `fit` adds one by itself unless `verbose=0`."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Progbar | None = None
        self._called_by_fit = False
        self._notes: list[str] = []

    def interval(self, phase: str) -> int | None:
        """Whenever the loop looks in, where a bar is drawn at all."""
        draws = self.params.get("verbose", 1) == 1 and (
            settings.is_tty() or "ipykernel" in sys.modules
        )
        return 0 if draws else None

    def note(self, text: str) -> None:
        """Show `text` in brackets at the end of the present line."""
        self._notes.append(text)

    def _begin(self) -> None:
        self._notes = []
        steps = self.params.get("steps")
        self._bar = Progbar(steps, verbose=self.params.get("verbose", 1))

    def _show(self, step: int | None, logs: Any, final: bool = False) -> None:
        bar = self._bar
        if bar is None:
            return
        bar.stateful_metrics.update(logs or {})
        bar.notes = self._notes
        bar.target = bar.target or (bar._seen if final and bar._seen else None)
        bar.update(step or bar.target or 1, logs, finalize=final)

    def on_train_begin(self, logs: Any = None) -> None:
        """Remember that evaluations are part of a run."""
        self._called_by_fit = True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Write the epoch's number and start its bar."""
        epochs = self.params.get("epochs", 1)
        if self.params.get("verbose", 1) and epochs > 1:
            print(f"Epoch {epoch + 1}/{epochs}")
        self._begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Draw the bar."""
        self._show(batch + 1, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draw the bar for the last time, with what validation found."""
        self._show(None, logs, final=True)

    def on_train_end(self, logs: Any = None) -> None:
        """The run is over."""
        self._called_by_fit = False

    def on_test_begin(self, logs: Any = None) -> None:
        """Start a bar, unless the evaluation is part of `fit`."""
        if not self._called_by_fit:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Draw the bar."""
        if not self._called_by_fit:
            self._show(batch + 1, logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Draw the bar for the last time."""
        if not self._called_by_fit:
            self._show(None, logs, final=True)

    def on_predict_begin(self, logs: Any = None) -> None:
        """Start a bar."""
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Draw the bar."""
        self._show(batch + 1, None)

    def on_predict_end(self, logs: Any = None) -> None:
        """Draw the bar for the last time."""
        self._show(None, None, final=True)
