"""The command `denser`: a table of commands, each of which loads what it needs when it runs."""

import argparse
import importlib
import shutil
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .core.messages import UserError
from .version import __version__

MISTAKE, STOPPED = 2, 130  # exit codes
_PROGRAMS = (".py", ".ipynb", ".md")


class Command(NamedTuple):
    """One command: its line in the list, its arguments, and what it does with them."""

    summary: str
    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[..., object]


class _Parser(argparse.ArgumentParser):
    """A parser that says a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISTAKE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; gives the exit code: 0, or 2 for a user's mistake.

    Args:
        arguments: Words after `denser`; None takes those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a log in ASCII shall not stop a training
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0].endswith(_PROGRAMS):
        words.insert(0, "run")  # `python -m denser script.py`
    options = vars(_parser().parse_args(words))
    command = options.pop("command")
    try:
        COMMANDS[command].run(**options)
    except UserError as error:
        print(f"denser {command}: {' '.join(str(error).split())}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print(f"\ndenser {command}: stopped", file=sys.stderr)
        return STOPPED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="denser", description="Train, understand and improve neural networks.")
    parser.add_argument("--version", action="version", version=f"denser {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, command in COMMANDS.items():
        summary = command.summary
        command.declare(commands.add_parser(name, help=summary, description=f"{summary}."))
    return parser


def _positive(text: str) -> int:
    """An argument that counts something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a positive integer; got {text!r}")
    return int(text)


def _declare_digits(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--model", choices=("mlp", "convnet"), default="mlp", help="the network (mlp)")
    add("--data", choices=("mnist", "digits"), help="the digits (MNIST if found, else embedded)")
    add("--download", action="store_true", help="bring MNIST from the network (11 MB)")
    add("--epochs", type=_positive, help="times through the training images")
    add("--batch-size", type=_positive, help="images between two corrections of the weights")
    add("--seed", type=int, default=0, help="of everything random: the same seed, the same run (0)")
    add("--out", type=Path, default=Path("digits-report"), help="the report's folder (%(default)s)")


def _digits(**options: Any) -> None:
    _load("digits.run").run(**options, program=_how_called())


def _declare_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-m", dest="module", action="store_true", help="SCRIPT is the name of a module")
    add("--era", choices=("1", "2", "tf", "3"), help="Keras of the script (its text tells)")
    add("--quiet", action="store_true", help="no notes on what names are today")
    add("--report", type=Path, metavar="FILE", help="write there what was translated")
    add("script", help="a .py file or a notebook")
    add("arguments", nargs=argparse.REMAINDER, help="what the script gets")


def _run(**options: Any) -> None:
    _load("compat.script").run(**options)


def _declare_rerun(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, help="a record.json, or the folder it lies in")


def _rerun(record: Path) -> None:
    print(_load("training.record").rerun(record))


def _declare_modernize(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--era", choices=("1", "2", "tf", "3"), help="Keras of the script")
    parser.add_argument("script", help="a .py file or a notebook")


def _modernize(**options: Any) -> None:
    _load("compat.modernize").run(**options)


def _load(module: str) -> Any:
    """A module of denser, and with it JAX: not before a command needs it."""
    return importlib.import_module(f"{__package__}.{module}")


def _how_called() -> str:
    """What a user types for `denser`, where it is not on the path as after `make digits`."""
    called = Path(sys.argv[0])
    if shutil.which("denser") or called.name != "denser":
        return "denser"
    return str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called)


COMMANDS = {
    "digits": Command(
        "Watch a network learn to read handwritten digits, and get a report of it",
        _declare_digits,
        _digits,
    ),
    "run": Command(
        "Run a script or notebook for Keras 1, Keras 2, tf.keras or Keras 3, unmodified",
        _declare_run,
        _run,
    ),
    "modernize": Command(
        "Print a script for an older Keras rewritten for Keras 3",
        _declare_modernize,
        _modernize,
    ),
    "rerun": Command(
        "Make a run of fit(resume=...) again from its record, and compare what comes of it",
        _declare_rerun,
        _rerun,
    ),
}

if __name__ == "__main__":
    sys.exit(main())
