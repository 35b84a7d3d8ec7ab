"""The command line: `python -m bench COMMAND`: setup, run, growth, kept, table, results, chart,
digits, limits.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from . import chart, digits, limits, report
from .driver import Key, Plan, run
from .engines import ENGINES, ENVIRONMENTS, HOME, ROOT
from .setup import setup
from .workloads import MEASURES, ONE_ROW, WORKLOADS

RESULTS = HOME / "results.jsonl"


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
    made.add_argument("--device", choices=("cpu", "gpu"), default="cpu")

    made = command("run", _run, "measure, engines in turn; a line of JSON for each result")
    _add_plan(made, workloads=tuple(WORKLOADS), engines=tuple(ENGINES))
    made.add_argument("--measures", type=_some_of(MEASURES), help="default: of the workload")
    made.add_argument("--repeats", type=int, default=3, help="rounds through the engines (3)")
    made.add_argument("--epochs", type=int, default=2, help="epochs timed in each round (2)")

    made = command("growth", _run, MEASURES["growth"].title)
    grown = tuple(n for n, w in WORKLOADS.items() if set(ONE_ROW) <= set(w.bars))
    _add_plan(made, workloads=grown, engines=(report.OURS,))
    made.set_defaults(measures=("growth",), repeats=1, limit=3600.0)

    made = command("kept", _run, MEASURES["kept"].title)
    barred = tuple(n for n, w in WORKLOADS.items() if "kept" in {bar.measure for bar in w.bars})
    _add_plan(made, workloads=barred, engines=(report.OURS,))
    made.set_defaults(measures=("kept",), repeats=3, epochs=4)

    made = command("table", _table, "print the results as tables")
    made.add_argument("files", nargs="*", type=Path, default=[RESULTS])
    made = command("results", _results, "write the results to RESULTS.md")
    made.add_argument("files", nargs="*", type=Path, default=[RESULTS])
    made.add_argument("--out", type=Path, default=ROOT / "bench" / "RESULTS.md")
    made = command("chart", _chart, "draw the results of the whole data sets on a CPU")
    made.add_argument("files", nargs="*", type=Path, default=[RESULTS])
    made.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures" / "speed.svg")

    made = command("digits", digits.compare, "`denser digits` beside the same script under Keras")
    made.add_argument("--data", choices=("digits", "mnist"), default="digits")
    made.add_argument("--epochs", type=int, default=20)
    made.add_argument("--repeats", type=int, default=3)

    made = command("limits", limits.compare, "products and convolutions alone, XLA and PyTorch")
    made.add_argument("--repeats", type=int, default=3, help="rounds through both (3)")
    return top


def _add_plan(made: argparse.ArgumentParser, **defaults: tuple[str, ...]) -> None:
    known = {"workloads": WORKLOADS, "engines": ENGINES}
    for word, default in defaults.items():
        made.add_argument(f"--{word}", type=_some_of(known[word]), default=default,
                          help=f"with commas between them ({', '.join(default)})")  # fmt: skip
    for word, default, help in (
        ("scale", 1.0, "share of the rows, or of the calls (1)"),
        ("patience", 0.0, "seconds to wait for a quiet machine before each figure (0)"),
        ("limit", 1200.0, "seconds after which an engine that gives no answer is stopped (1200)"),
    ):
        made.add_argument(f"--{word}", type=float, default=default, help=help)
    made.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    made.add_argument("--precision", choices=("float32", "mixed_bfloat16"), default="float32")
    made.add_argument("--out", type=Path, help=f"a file to add the lines to, as {RESULTS.name}")
    made.add_argument("--resume", action="store_true", help="leave out what stands in that file")


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


def _run(out: Path | None, resume: bool, **options: object) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the engines end as well
    plan, found = Plan(**options), []
    for result in run(plan, _measured(out, plan) if resume else ()):
        found.append(result)
        if out is not None:
            with out.open("a") as file:
                print(json.dumps(result), file=file)
        print(report.line(result), file=sys.stderr, flush=True)
    print(report.table(found), report.verdicts(found), sep="\n\n")


def _measured(out: Path | None, plan: Plan) -> set[Key]:
    """What the file holds already; a figure that is absent there is tried again."""
    if out is None or not out.exists():
        return set()
    return {
        (r["workload"], r["measure"], r["engine"])
        for r in report.read([out])
        if "median" in r and report.setting(r) == tuple(plan.setting.values())
    }


def _table(files: list[Path]) -> None:
    for group in report.by_setting(report.read(files)).values():
        print(report.table(group), report.verdicts(group), sep="\n\n")


def _results(files: list[Path], out: Path) -> None:
    out.write_text(report.page(report.read(files)))
    print(out)


def _chart(files: list[Path], out: Path) -> None:
    chart.draw(report.read(files), out)
    print(out)


if __name__ == "__main__":
    main()
