"""What `denser digits` says while it works: calm on a terminal, readable in a log file."""

import textwrap
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from ..training.callbacks import Callback

WIDTH = 88  # characters, the longest line of running text
INDENT = 3


class Terminal:
    """Standard output, with a form for each kind of thing that is said."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)

    def title(self, title: str, lead: str) -> None:
        """Say what the command is."""
        self.console.print(Text(title, style="bold"))
        self.text(lead, indent=0)

    def step(self, number: int, title: str, text: str, code: str = "") -> None:
        """Say a step: its number and name, what it means, the code that does it."""
        self.console.print()
        self.console.print(Text(f"{number}  {title}", style="bold blue"))
        self.text(text)
        if code:
            self.console.print()
            for line in code.splitlines():
                self.line(f"    {line}", "cyan")

    def text(self, text: str, indent: int = INDENT) -> None:
        """Say a paragraph."""
        self._wrapped(text, " " * indent, " " * indent)

    def point(self, text: str) -> None:
        """Say a paragraph that is one of several."""
        self._wrapped(text, " " * INDENT + "- ", " " * INDENT + "  ")

    def _wrapped(self, text: str, first: str, other: str) -> None:
        width = min(self.console.width, WIDTH)
        lines = textwrap.wrap(text, width, initial_indent=first, subsequent_indent=other)
        self.console.print(Text("\n".join(lines)), soft_wrap=True)

    def line(self, text: str, style: str = "") -> None:
        """Say one line that is not broken, such as a path or a command."""
        self.console.print(Text(" " * INDENT + text, style=style), soft_wrap=True)

    def facts(self, facts: Mapping[str, str]) -> None:
        """Say figures, each after its name."""
        longest = max(map(len, facts))
        self.console.print()
        for name, value in facts.items():
            said = Text(" " * INDENT + f"{name:<{longest}}   ", style="dim")
            self.console.print(said.append(Text(value, style="not dim")), soft_wrap=True)

    def busy(self, text: str) -> AbstractContextManager[Status]:
        """Show on a terminal, while the `with` lasts, that work goes on."""
        return self.console.status(Text(text, style="dim"))


class EpochLines(Callback):
    """One line of figures for each epoch; on a terminal, also how far the present one is."""

    def __init__(self, terminal: Terminal, status: Status) -> None:
        super().__init__()
        self.terminal, self.status = terminal, status

    def interval(self, phase: str) -> int | None:
        """Whenever the loop looks in, where somebody can see it."""
        return 0 if phase == "train" and self.terminal.console.is_terminal else None

    def on_train_begin(self, logs: Any = None) -> None:
        """Write the head of the table."""
        self.terminal.console.print()
        self.terminal.line(_row("epoch", "loss", "accuracy", "loss", "accuracy", "time"), "dim")
        self.terminal.line(_row("", "training", "", "validation", "", "seconds"), "dim")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the epoch's clock."""
        self.epoch, self.start = epoch, time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Show how far the epoch is."""
        share = (batch + 1) / (self.params.get("steps") or batch + 1)
        self.status.update(Text(f"epoch {self.epoch + 1}: {share:.0%}", style="dim"))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the epoch's line; one that Ctrl-C cut off has no validation."""
        figures = [
            form.format(logs[prefix + name]) if prefix + name in logs else "-"
            for prefix in ("", "val_")
            for name, form in (("loss", "{:.4f}"), ("accuracy", "{:.2%}"))
        ]
        seconds = f"{time.perf_counter() - self.start:.1f}"
        of = f"{epoch + 1}/{self.params['epochs']}"
        self.terminal.line(_row(of, *figures, seconds))


def _row(epoch: str, *cells: str) -> str:
    return f"{epoch:>9}" + "".join(f"{cell:>12}" for cell in cells)
