"""The process of one engine with one workload; it does what the driver says, line by line.

    python -m bench.worker ENGINE WORKLOAD FOLDER DEVICE PRECISION [--whole]

With `--whole` it imports, builds, fits, evaluates, predicts, and ends. Without, it answers commands
on its standard input, each a line of JSON: {"measure": ..., "epochs": ..., "scale": ...}. An answer
is another: {"samples": [[value, CPU seconds], ...], "cpu": seconds in all}, or {"absent": why the
engine cannot do the workload}.
"""

import argparse
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from . import data, machine
from .engines import ENGINES, Job
from .machine import now
from .workloads import WORKLOADS

_SECONDS, _LEAST = 0.4, 20  # a latency is the median of the calls of so long, at least so many
_TURNS = 3  # of epochs with checkpoints and without
_PREDICTIONS, _FITS = 100_000, 1_000

Samples = list[tuple[float, float]]


def main() -> None:
    parser = argparse.ArgumentParser()
    for word in Job._fields:
        parser.add_argument(word, type=Path if word == "folder" else str)
    parser.add_argument("--whole", action="store_true")
    arguments = vars(parser.parse_args())
    whole, job = arguments.pop("whole"), Job(**arguments)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine prints shall not mix with the answers
    x, y = data.load(WORKLOADS[job.workload], job.folder)
    start = time.perf_counter()
    try:
        runner = importlib.import_module(f".{ENGINES[job.engine].runner}", __package__)
        run = runner.Run(job, x, y)
    except NotImplementedError as error:
        _answer(answers, absent=str(error))
        return
    if whole:
        stages = _whole(run, x, start)
        held = ENGINES[job.engine].copies * data.mib(x, y)
        _answer(answers, stages=stages, peak=machine.own_peak_mib(), data=held)
        return
    _answer(answers, ready=True)
    for line in sys.stdin:
        command = json.loads(line)
        cpu = now()[1]
        samples = COMMANDS[command["measure"]](run, x, command)
        _answer(answers, samples=samples, cpu=now()[1] - cpu)


def _answer(answers: TextIO, **what: Any) -> None:
    print(json.dumps(what), file=answers, flush=True)


def _whole(run: Any, x: list[Any], start: float) -> dict[str, float]:
    """What a short script does; gives the seconds of its parts."""
    stages = {}

    def done(stage: str) -> None:
        nonlocal start
        stages[stage], start = time.perf_counter() - start, time.perf_counter()

    done("import and build")
    run.fit(1)
    done("fit")
    run.evaluate()
    done("evaluate")
    run.predict([array[:100] for array in x])
    done("predict")
    return stages


def _epochs(run: Any, x: list[Any], command: dict[str, Any]) -> Samples:
    """Each epoch but the first, which compiles, or puts the data where they are wanted."""
    return _steady(run.fit(1 + command["epochs"]))


def _steady(times: list[tuple[float, float]]) -> Samples:
    pairs = zip(times[1:], times[2:], strict=False)
    return [(end[0] - begin[0], end[1] - begin[1]) for begin, end in pairs]


def _second(task: Callable[[], Any]) -> Samples:
    """The second time of two; the first one may compile."""
    task()
    begin = now()
    task()
    end = now()
    return [(end[0] - begin[0], end[1] - begin[1])]


def _latency(task: Callable[[], Any]) -> Samples:
    """The median of many calls, in milliseconds, and their mean CPU time, in seconds."""
    for _ in range(3):
        task()
    times, begin = [], now()
    while len(times) < _LEAST or now()[0] - begin[0] < _SECONDS:
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return [(1e3 * statistics.median(times), (now()[1] - begin[1]) / len(times))]


def _growth(run: Any, x: list[Any], command: dict[str, Any]) -> Samples:
    """The memory that many predictions of one row and many short fits have left behind."""
    row, rows = [array[:1] for array in x], 2 * run.batch

    def work(share: float) -> None:
        for _ in range(int(_PREDICTIONS * share)):
            run.predict(row)
        for _ in range(int(_FITS * share)):
            run.fit(1, rows)

    work(0.1 * command["scale"])  # what is kept for good is kept by now
    mib, (_, cpu) = machine.own_mib(), now()
    work(command["scale"])
    return [(machine.own_mib() - mib, now()[1] - cpu)]


def _kept(run: Any, x: list[Any], command: dict[str, Any]) -> Samples:
    """By how many percent epochs are longer while checkpoints are written, with and without them in
    turn; and the CPU seconds that come on top of an epoch."""
    samples = []
    for _ in range(_TURNS):
        with tempfile.TemporaryDirectory() as folder:
            plain = _epochs(run, x, command)
            kept = _steady(run.fit(1 + command["epochs"], folder=Path(folder)))
        before, after = (
            [statistics.median(s) for s in zip(*e, strict=True)] for e in (plain, kept)
        )
        samples.append((100 * (after[0] / before[0] - 1), after[1] - before[1]))
    return samples


COMMANDS: dict[str, Callable[[Any, list[Any], dict[str, Any]], Samples]] = {
    "epoch": _epochs,
    "evaluate": lambda run, x, command: _second(run.evaluate),
    "predict": lambda run, x, command: _second(lambda: run.predict(x)),
    "predict_one": lambda run, x, command: _latency(lambda: run.predict([a[:1] for a in x])),
    "call_one": lambda run, x, command: _latency(lambda: run.call([a[:1] for a in x])),
    "growth": _growth,
    "kept": _kept,
}

if __name__ == "__main__":
    main()
