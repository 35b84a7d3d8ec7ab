"""The command line: `python -m bench setup | run | table | results | chart | digits`."""

import argparse
import json
import sys
from pathlib import Path

from . import chart, digits, report
from .driver import Plan, run
from .engines import ENGINES, ENVIRONMENTS
from .setup import setup
from .workloads import MEASURES, WORKLOADS

HERE = Path(__file__).resolve().parent
ASKED = [name for name, measure in MEASURES.items() if measure.how != "beside"]


def main(arguments: list[str] | None = None) -> None:
    """Do what the arguments say."""
    options = vars(parser().parse_args(arguments))
    options.pop("do")(**options)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="command")

    def command(name: str, do: object, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(do=do)
        return made

    made = command("setup", setup, "install the engines into environments of their own")
    made.add_argument("names", nargs="*", metavar="environment", help=", ".join(ENVIRONMENTS))

    made = command("run", _run, "measure, engines in turn; a line of JSON for each result")
    made.add_argument("--workloads", type=_some_of(WORKLOADS), default=tuple(WORKLOADS))
    made.add_argument("--engines", type=_some_of(ENGINES), default=tuple(ENGINES))
    made.add_argument("--measures", type=_some_of(ASKED), help="default: those of the workload")
    made.add_argument("--repeats", type=int, default=3, help="rounds through the engines (3)")
    made.add_argument("--epochs", type=int, default=2, help="epochs timed in each round (2)")
    made.add_argument("--scale", type=float, default=1.0, help="share of the rows (1)")
    made.add_argument(
        "--patience", type=float, default=0.0,
        help="seconds to wait for a quiet machine before each figure (0)",
    )  # fmt: skip
    made.add_argument("--out", type=Path, help="a file to add the lines to")

    made = command("table", _table, "print the results as a table")
    made.add_argument("files", nargs="+", type=Path)
    made = command("results", _results, "write the results to RESULTS.md")
    made.add_argument("files", nargs="+", type=Path)
    made.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    made = command("chart", _chart, "draw the results")
    made.add_argument("files", nargs="+", type=Path)
    made.add_argument("--out", type=Path, default=HERE / "chart.svg")

    made = command("digits", digits.compare, "`denser digits` beside the same script under Keras")
    made.add_argument("--data", choices=("digits", "mnist"), default="digits")
    made.add_argument("--epochs", type=int, default=20)
    made.add_argument("--repeats", type=int, default=3)
    return top


def _some_of(names: object) -> object:
    """A type of argument: names with commas between them."""

    def some(text: str) -> tuple[str, ...]:
        words = tuple(text.split(","))
        if unknown := [word for word in words if word not in names]:
            raise argparse.ArgumentTypeError(
                f"there is no {unknown[0]!r}; there are {', '.join(names)}"
            )
        return words

    return some


def _run(out: Path | None, **plan: object) -> None:
    found = []
    for result in run(Plan(**plan)):
        found.append(result)
        if out is not None:
            with out.open("a") as file:
                print(json.dumps(result), file=file)
        print(report.line(result), file=sys.stderr, flush=True)
    print(report.table(found))


def _table(files: list[Path]) -> None:
    print(report.table(report.read(files)))


def _results(files: list[Path], out: Path) -> None:
    out.write_text(report.page(report.read(files)))
    print(out)


def _chart(files: list[Path], out: Path) -> None:
    chart.draw(report.read(files), out)
    print(out)


if __name__ == "__main__":
    main()
