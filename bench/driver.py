"""The driver: every engine in a process of its own, all of them in turn, again and again.

A B C, A B C, ...: whatever else the machine does in those minutes meets all engines alike. A
process that is not its turn is stopped, so that its threads take nothing from the others.
"""

import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from . import data, machine
from .engines import ENGINES, HOME, interpreter
from .process import Absent, Resident, run_whole, versions
from .workloads import MEASURES, WORKLOADS


class Plan(NamedTuple):
    """What a run measures, and how often.

    Args:
        measures: None: what each workload says.
        epochs: Epochs that are timed in each repeat.
        scale: 1 is the size that counts; less is for trying things out.
        patience: Seconds to wait for a quiet machine before each figure.
    """

    workloads: tuple[str, ...]
    engines: tuple[str, ...]
    measures: tuple[str, ...] | None = None
    repeats: int = 3
    epochs: int = 2
    scale: float = 1.0
    patience: float = 0.0


class Turns:
    """The engines of one workload: what was measured, and which of them fell out, and why."""

    def __init__(self, workload: str, engines: Iterable[str], folder: Path, plan: Plan):
        self.workload, self.folder, self.plan = workload, folder, plan
        self.engines = list(engines)
        self.absent = {e: why for e in self.engines if (why := _why_absent(workload, e))}
        self.samples: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def each(self, task: Callable[..., None], *words: str) -> None:
        """Do `task(engine, *words)` for every engine that is there, one after the other."""
        for engine in self.engines:
            if engine not in self.absent:
                try:
                    task(engine, *words)
                except Absent as why:
                    self.absent[engine] = str(why)

    def add(self, measure: str, engine: str, **sample: Any) -> None:
        """Note a figure and what belongs to it."""
        self.samples.setdefault((measure, engine), []).append(sample)

    def ask_residents(self, measures: list[str]) -> None:
        """Measure what needs a model that stays."""
        residents: dict[str, Resident] = {}
        with ExitStack() as stack:

            def start(engine: str) -> None:
                home = stack.enter_context(tempfile.TemporaryDirectory())
                residents[engine] = Resident(engine, self.workload, self.folder, Path(home))
                stack.callback(residents[engine].end)

            def ask(engine: str, measure: str) -> None:
                options = {"epochs": self.plan.epochs, "scale": self.plan.scale}
                machine.wait_for_quiet(self.plan.patience)
                with machine.Watch() as watch:
                    answer = residents[engine].ask(measure=measure, **options)
                for value, cpu in answer["samples"]:
                    self.add(measure, engine, value=value, cpu=cpu, **watch.noted(answer["cpu"]))

            self.each(start)
            for _ in range(self.plan.repeats):
                for measure in measures:
                    self.each(ask, measure)

    def run_wholes(self, measures: list[str]) -> None:
        """Measure processes from their start to their end."""
        with tempfile.TemporaryDirectory() as top:

            def whole(engine: str, home: Path, keeps_programs: bool) -> dict[str, Any]:
                machine.wait_for_quiet(self.plan.patience)
                with machine.Watch() as watch:
                    sample = run_whole(engine, self.workload, self.folder, home, keeps_programs)
                return sample | watch.noted(sample["cpu"])

            def cold(engine: str) -> None:
                with tempfile.TemporaryDirectory() as home:
                    sample = whole(engine, Path(home), keeps_programs=False)
                peak = sample.pop("peak")
                self.add("cold", engine, **sample)
                self.add("peak", engine, value=peak)

            def warm(engine: str) -> None:
                sample = whole(engine, Path(top) / engine, keeps_programs=True)
                if round_number > 0:  # the first one fills the folder of compiled programs
                    self.add("warm", engine, **sample)

            for round_number in range(self.plan.repeats + 1):
                if "warm" in measures:
                    self.each(warm)
                if "cold" in measures and round_number > 0:
                    self.each(cold)


def run(plan: Plan) -> Iterator[dict[str, Any]]:
    """The results, one for each workload, measure and engine, as they come."""
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine.describe(),
        "command": shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        "scale": plan.scale,
    }
    for name in plan.workloads:
        workload = WORKLOADS[name]
        measures = workload.measures if plan.measures is None else plan.measures
        folder = data.prepare(workload, plan.scale, HOME / "data")
        turns = Turns(name, plan.engines, folder, plan)
        for how, measure in (("resident", turns.ask_residents), ("whole", turns.run_wholes)):
            if wanted := [m for m in measures if MEASURES[m].how == how]:
                measure(wanted)
        for (measured, engine), samples in turns.samples.items():
            key = {"workload": name, "measure": measured, "engine": engine}
            figures = summary(MEASURES[measured].unit, samples)
            yield key | figures | about | {"versions": versions(engine)}
        for engine, why in turns.absent.items():
            yield {"workload": name, "engine": engine, "absent": why} | about


def summary(unit: str, samples: list[dict[str, Any]]) -> dict[str, Any]:
    """The median of the samples, and the samples themselves, rounded to what they mean."""

    def median(key: str) -> float | None:
        values = [s[key] for s in samples if s.get(key) is not None]
        return rounded(statistics.median(values)) if values else None

    return {
        "median": median("value"),
        "unit": unit,
        "cpu": median("cpu"),
        "others": median("others"),
        "load": median("load"),
        "samples": rounded(samples),
    }


def rounded(value: Any) -> Any:
    """Numbers anywhere in `value` with four digits that count."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    return [rounded(v) for v in value] if isinstance(value, list) else value


def _why_absent(workload: str, engine: str) -> str | None:
    described = ENGINES[engine]
    if described.only and workload not in described.only:
        return f"{described.title} has no such model"
    if interpreter(described) is None:
        return f"not installed: python -m bench setup {described.environment}"
    return None
