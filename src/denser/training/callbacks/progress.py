"""The progress bar of `fit`, `evaluate` and `predict`."""

import re
import shutil
import sys
import time
from typing import Any

import numpy as np

from ... import settings
from ...core.messages import UserError
from .base import Callback

_BOLD, _GREEN, _GREY, _PLAIN = "\033[1m", "\033[32m", "\033[37m", "\033[0m"
_ESCAPE = re.compile("\033\\[\\d*m")


class Progbar:
    """A bar that fills up: `12/469 ━━━━━━━━━━━━━━━━━━━━ 3s 7ms/step - loss: 0.4312`.

    A terminal or notebook redraws the line; a log file gets its last state only.

    Args:
        target: How many steps there are; None where nobody knows.
        width: Characters of the bar.
        verbose: 0 writes nothing, 1 draws the bar, 2 writes one line at the end.
        interval: Seconds between two drawings.
        stateful_metrics: Names of values that are shown as they come; the others are averaged
            over the steps.
        stateless_metrics: The reverse: names of values that are averaged.
        unit_name: What a step is called.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Any = None,
        stateless_metrics: Any = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise UserError("Progbar: give `stateful_metrics` or `stateless_metrics`, not both.")
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self.stateful_metrics, self.stateless_metrics = stateful_metrics, stateless_metrics
        self.redraws = verbose == 1 and _can_redraw()
        self.notes: list[str] = []
        self.seen = 0
        self._sums: dict[str, tuple[float, float]] = {}
        self._start = time.perf_counter()
        self._first = (0, self._start)  # steps done and the time, when it was first updated
        self._last = self._first  # the same, when a step was last done
        self._drawn, self._length, self._mark = 0.0, 0, _mark()

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Show that `current` steps are done.

        Args:
            values: Pairs (name, value) or a dict.
            finalize: Whether this is the last time; None: when `current` reaches the target.
        """
        now = time.perf_counter()
        self._take(dict(values or {}), max(current - self.seen, 1))
        if current > self.seen:
            self._last = (current, now)
            self._first = self._first if self.seen else self._last
        self.seen = current
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        early = not self.redraws or now - self._drawn < self.interval
        if not self.verbose or (early and not finalize):
            return
        self._drawn = now
        self._write(self._parts(now - self._start, finalize), finalize)

    def add(self, n: int, values: Any = None) -> None:
        """Show that `n` more steps are done."""
        self.update(self.seen + n, values)

    def _take(self, values: dict[str, Any], steps: int) -> None:
        """Add values to the means, or put them in the place of the last ones."""
        for name, value in values.items():
            if self.stateless_metrics is not None:
                as_it_comes = name not in self.stateless_metrics
            else:
                as_it_comes = name in (self.stateful_metrics or ())
            total, count = (0.0, 0.0) if as_it_comes else self._sums.get(name, (0.0, 0.0))
            self._sums[name] = (total + float(np.mean(value)) * steps, count + steps)

    def _parts(self, seconds: float, final: bool) -> list[str]:
        """What the line says: how far it is and how fast, then the values."""
        each = self._seconds_each()
        left = None if self.target is None else max(self.target - self.seen, 0)
        clock = _clock(seconds if final or left is None else each * left)
        pace = f"{_each(each)}/{self.unit_name}"
        of = "Unknown" if self.target is None else self.target
        count = f"{self.seen:>{len(str(of)) if self.target else 7}}/{of}"
        if self.verbose == 2:
            parts = [count, clock, pace]
        else:
            head = [self._paint(_BOLD, count), self._bar(), self._paint(_BOLD, clock), pace]
            parts = [" ".join(filter(None, head))]
        parts += [
            f"{name}: {_figure(total / count)}" for name, (total, count) in self._sums.items()
        ]
        return [*parts, f"({', '.join(self.notes)})"] if self.notes else parts

    def _seconds_each(self) -> float:
        """How long a step takes; the first look's are left out, for they waited for a compiler."""
        (steps, begin), (done, now) = self._first, self._last
        if done > steps:
            return (now - begin) / (done - steps)
        return (now - self._start) / max(done, 1)

    def _bar(self) -> str:
        if self.target is None:
            return ""
        done = min(self.width, int(self.width * self.seen / max(self.target, 1)))
        parts = (_GREEN, self._mark * done), (_GREY, self._mark * (self.width - done))
        return "".join(self._paint(*part) for part in parts if part[1])

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self.redraws else text

    def _write(self, parts: list[str], final: bool) -> None:
        columns = shutil.get_terminal_size().columns
        while self.redraws and not final and len(parts) > 1 and _length(parts) >= columns:
            parts = parts[:-1]  # a line that wraps could not be redrawn
        length = _length(parts)
        line = " - ".join(parts)
        if self.redraws:
            line = f"\r{line}{' ' * (self._length - length)}"
        sys.stdout.write(line + ("\n" if final else ""))
        sys.stdout.flush()
        self._length = length


def _length(parts: list[str]) -> int:
    """How many characters of a line are seen."""
    return len(_ESCAPE.sub("", " - ".join(parts)))


def _can_redraw() -> bool:
    """Whether standard output can write over a line."""
    somebody_looks = settings.is_tty() or "ipykernel" in sys.modules
    return somebody_looks and settings.is_interactive_logging_enabled()


def _mark() -> str:
    """What the bar is made of: '=' where standard output cannot write '━'."""
    try:
        "━".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return "="
    return "━"


def _clock(seconds: float) -> str:
    """`7s`, `1:05`, `2:03:09`."""
    whole = round(seconds)
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


def _figure(value: float) -> str:
    """`0.9312`, `2.1000e-04`."""
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


class ProgbarLogger(Callback):
    """Draws the progress bar; `fit` adds one by itself unless `verbose=0`."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Progbar | None = None
        self._steps: int | None = None
        self._in_fit = False

    def set_params(self, params: dict[str, Any]) -> None:
        """Take how much to show, and how many batches there are."""
        super().set_params(params)
        self._steps = params.get("steps")

    def interval(self, phase: str) -> int | None:
        """Whenever the loop looks in, where a bar is drawn or the batches must be counted."""
        if self._bar is None or (phase == "test" and self._in_fit):
            return None
        return 0 if self._bar.redraws or self._bar.target is None else None

    def note(self, text: str) -> None:
        """Show `text` in brackets at the end of the present line, on a terminal."""
        if self._bar is not None and self._bar.redraws:
            self._bar.notes.append(text)

    def _begin(self) -> None:
        verbose = self.params.get("verbose", 1)
        verbose = 1 if verbose == "auto" else int(verbose)
        self._bar = Progbar(self._steps, verbose=verbose, stateless_metrics=())

    def _show(self, batch: int, logs: Any) -> None:
        if self._bar is not None:
            self._bar.update(batch + 1, logs, finalize=False)

    def _end(self, logs: Any) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            self._steps = bar.target = bar.target or bar.seen or None
            # Where nobody looked in, all batches are taken as done.
            bar.update(bar.seen or bar.target or 0, logs, finalize=True)

    def on_train_begin(self, logs: Any = None) -> None:
        """Remember that evaluations are part of a run."""
        self._in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Write the epoch's number and start its bar."""
        epochs = self.params.get("epochs", 1)
        if self.params.get("verbose", 1) and epochs > 1:
            print(f"Epoch {epoch + 1}/{epochs}", flush=True)
        self._begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Draw the bar."""
        self._show(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draw the bar for the last time, with what validation found."""
        self._end(logs)

    def on_train_end(self, logs: Any = None) -> None:
        """The run is over."""
        self._in_fit = False

    def on_test_begin(self, logs: Any = None) -> None:
        """Start a bar, unless the evaluation is part of `fit`."""
        if not self._in_fit:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Draw the bar."""
        if not self._in_fit:
            self._show(batch, logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Draw the bar for the last time."""
        if not self._in_fit:
            self._end(logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        """Start a bar."""
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Draw the bar."""
        self._show(batch, None)

    def on_predict_end(self, logs: Any = None) -> None:
        """Draw the bar for the last time."""
        self._end(None)
