"""Notes: what an older name is today, said once on standard error and kept for a report."""

import atexit
import sys
from pathlib import Path


class _Notes:
    """What was said, in order, with how often it would have been."""

    def __init__(self) -> None:
        self.said: dict[str, int] = {}
        self.quiet = False

    def say(self, text: str) -> None:
        """Say it, if it was not said before."""
        count = self.said.get(text, 0)
        self.said[text] = count + 1
        if not count and not self.quiet:
            print(f"denser: {text}", file=sys.stderr)


notes = _Notes()


def note(old: str, today: str) -> None:
    """Say `old is today's today`, the first time."""
    notes.say(f"{old} is today's {today}")


def report_to(path: str | Path, script: str, era: str) -> None:
    """Write what was translated to a file, when the process ends."""
    target = Path(path).absolute()  # the script may change the folder

    def write() -> None:
        lines = [f"# What denser translated in {script}", "", f"Era: {era}.", ""]
        lines += [f"- {text} ({count}x)" for text, count in notes.said.items()]
        if not notes.said:
            lines.append("Nothing: every name that ran is today's.")
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")

    atexit.register(write)
