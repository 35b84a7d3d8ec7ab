"""`denser digits`, whole process, beside the same training as a script under Keras and denser.

Each runs twice in a home that is empty at first: "again" finds compiled programs there.
"""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from . import machine
from .engines import ENGINES, environment, interpreter
from .report import markdown

BATCH = 128
_KEEP = """
import sys, numpy
from denser import datasets
train, test = getattr(datasets, sys.argv[1]).load_data()
names = "x_train", "y_train", "x_test", "y_test"
numpy.savez(sys.argv[2], **dict(zip(names, train + test)))
"""


class Used(NamedTuple):
    """What a process took."""

    seconds: float
    cpu: float
    mib: float


def compare(data: str = "digits", epochs: int = 20, repeats: int = 3) -> None:
    """Run all three in turn, each twice with the same home, and print the medians.

    Args:
        data: "digits", or "mnist" where DENSER_DATASETS has it.
        epochs: Times through the data.
        repeats: How often each is run.
    """
    with tempfile.TemporaryDirectory() as top:
        file, report, model = (str(Path(top) / n) for n in ("digits.npz", "report", "model.keras"))
        if _start("denser", top, "-c", _KEEP, data, file).wait():
            raise SystemExit(f"denser did not find the data set {data!r}")
        command = ("-m", "denser.cli", "digits", "--data", data, "--out", report)
        command += ("--epochs", str(epochs), "--batch-size", str(BATCH))
        rest = (file, model, str(epochs), str(BATCH))
        contenders = {
            "`denser digits` with its report": ("denser", *command),
            "script, denser": ("denser", "-m", "bench.digits_script", "denser", *rest),
            "script, Keras (JAX)": ("keras-jax", "-m", "bench.digits_script", "keras", *rest),
        }
        used: dict[str, list[tuple[Used, Used]]] = {title: [] for title in contenders}
        for _ in range(repeats):
            for title, (engine, *words) in contenders.items():
                with tempfile.TemporaryDirectory() as home:
                    pair = _run(engine, home, *words), _run(engine, home, *words)
                used[title].append(pair)
    print(f"{data}, {epochs} epochs, batch {BATCH}; median of {repeats}; {machine.describe()}\n")
    head = [
        "whole process",
        "first run, s",
        "again, s",
        "first, CPU s",
        "again, CPU s",
        "peak, MiB",
    ]
    print(markdown(head, [_row(title, pairs) for title, pairs in used.items()]))


def _row(title: str, pairs: list[tuple[Used, Used]]) -> list[str]:
    first, again = (
        Used(*map(statistics.median, zip(*column, strict=True)))
        for column in zip(*pairs, strict=True)
    )
    seconds = (first.seconds, again.seconds, first.cpu, again.cpu)
    return [title, *(f"{s:.1f}" for s in seconds), f"{first.mib:.0f}"]


def _start(engine: str, home: str | Path, *words: str, **options: Any) -> subprocess.Popen:
    """A process which may keep compiled programs below `home`, and finds the user's data sets."""
    variables = environment(ENGINES[engine], Path(home), keeps_programs=True)
    if datasets := os.environ.get("DENSER_DATASETS"):
        variables["DENSER_DATASETS"] = datasets
    command = [str(interpreter(ENGINES[engine])), *words]
    return subprocess.Popen(command, env=variables, text=True, **options)


def _run(engine: str, home: str, *words: str) -> Used:
    start = time.perf_counter()
    process = _start(engine, home, *words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed")
    return Used(seconds, usage.ru_utime + usage.ru_stime, machine.peak_mib(usage))
