"""The driver: every engine in a process of its own, all of them in turn, again and again.

A B C, A B C, ...: whatever else the machine does in those minutes meets all engines alike. A
process that is not its turn is stopped, so that its threads take nothing from the others.
"""

import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from . import data, machine
from .engines import ENGINES, HOME, Job, interpreter
from .process import Absent, Resident, run_whole, versions
from .workloads import MEASURES, WORKLOADS

Key = tuple[str, str, str]  # workload, measure, engine


class Plan(NamedTuple):
    """What a run measures, and how often.

    Args:
        measures: None: what each workload says.
        repeats: Rounds through the engines.
        epochs: Epochs that are timed in each round.
        scale: 1 is the size that counts; less is for trying things out.
        device: "cpu" or "gpu".
        precision: "float32" or "mixed_bfloat16".
        patience: Seconds to wait for a quiet machine before each figure.
        limit: Seconds after which an engine that gives no answer is stopped.
    """

    workloads: tuple[str, ...]
    engines: tuple[str, ...]
    measures: tuple[str, ...] | None = None
    repeats: int = 3
    epochs: int = 2
    scale: float = 1.0
    device: str = "cpu"
    precision: str = "float32"
    patience: float = 0.0
    limit: float = 1200.0

    @property
    def setting(self) -> dict[str, Any]:
        """What two figures must share to stand side by side."""
        return {"device": self.device, "precision": self.precision, "scale": self.scale}


class Turns:
    """The engines of one workload: what was measured, and which of them fell out, and why."""

    def __init__(self, workload: str, measures: Sequence[str], plan: Plan):
        self.workload, self.measures, self.plan = workload, measures, plan
        self.folder = data.prepare(WORKLOADS[workload], plan.scale, HOME / "data")
        self.absent = {e: why for e in plan.engines if (why := _why_absent(e))}
        self.samples: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def each(self, task: Callable[[str, str], None], measure: str) -> None:
        """Do `task(engine, measure)` for every engine that can, one after the other."""
        for engine in self.plan.engines:
            if engine not in self.absent and ENGINES[engine].does(self.workload, measure):
                try:
                    task(engine, measure)
                except Absent as why:
                    self.absent[engine] = str(why)

    def ask_residents(self) -> None:
        """Measure what needs a model that stays."""
        residents: dict[str, Resident] = {}
        with ExitStack() as stack:

            def start(engine: str, measure: str) -> None:
                if engine not in residents:
                    home = stack.enter_context(tempfile.TemporaryDirectory())
                    residents[engine] = Resident(self._job(engine), Path(home), self.plan.limit)
                    stack.callback(residents[engine].end)

            def ask(engine: str, measure: str) -> None:
                options = {"epochs": self.plan.epochs, "scale": self.plan.scale}
                machine.wait_for_quiet(self.plan.patience)
                with machine.Watch() as watch:
                    answer = residents[engine].ask(measure=measure, **options)
                for value, cpu in answer["samples"]:
                    sample = {"value": value, "cpu": cpu} | watch.noted(answer["cpu"])
                    self._add(measure, engine, sample)

            for measure in self.measures:
                self.each(start, measure)
            for _ in range(self.plan.repeats):
                for measure in self.measures:
                    self.each(ask, measure)

    def run_wholes(self) -> None:
        """Measure processes from their start to their end."""
        with tempfile.TemporaryDirectory() as top:

            def whole(engine: str, home: Path, keeps_programs: bool) -> dict[str, Any]:
                machine.wait_for_quiet(self.plan.patience)
                with machine.Watch() as watch:
                    sample = run_whole(self._job(engine), home, keeps_programs, self.plan.limit)
                return sample | watch.noted(sample["cpu"])

            def cold(engine: str, measure: str) -> None:
                with tempfile.TemporaryDirectory() as home:
                    sample = whole(engine, Path(home), keeps_programs=False)
                memory = {key: sample.pop(key) for key in ("peak", "data")}
                self._add("cold", engine, sample)
                self._add("peak", engine, {"value": memory["peak"] - memory["data"]} | memory)

            def warm(engine: str, measure: str) -> None:
                sample = whole(engine, Path(top) / engine, keeps_programs=True)
                if round_number > 0:  # the first one fills the folder of compiled programs
                    self._add("warm", engine, sample)

            for round_number in range(self.plan.repeats + 1):
                if "warm" in self.measures:
                    self.each(warm, "warm")
                if {"cold", "peak"} & set(self.measures) and round_number > 0:
                    self.each(cold, "cold")

    def results(self) -> Iterator[dict[str, Any]]:
        """What was measured, or why not, for each measure and engine."""
        for measure in self.measures:
            for engine in _able(self.plan, self.workload, measure):
                key = {"workload": self.workload, "measure": measure, "engine": engine}
                if samples := self.samples.get((measure, engine)):
                    figures = summary(MEASURES[measure].unit, samples)
                    yield key | figures | {"versions": versions(engine)}
                else:
                    yield key | {"absent": self.absent[engine]}

    def _job(self, engine: str) -> Job:
        return Job(engine, self.workload, self.folder, self.plan.device, self.plan.precision)

    def _add(self, measure: str, engine: str, sample: dict[str, Any]) -> None:
        self.samples.setdefault((measure, engine), []).append(sample)


def run(plan: Plan, have: Collection[Key] = ()) -> Iterator[dict[str, Any]]:
    """The results, one for each workload, measure and engine, as they come.

    Args:
        have: What need not be measured again, where all engines of a measure are among it.
    """
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine.describe(),
        "command": shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
    } | plan.setting
    for name in plan.workloads:
        measures = plan.measures or WORKLOADS[name].measures
        for how, work in (("resident", Turns.ask_residents), ("whole", Turns.run_wholes)):
            wanted = [
                m for m in measures if MEASURES[m].how == how
                and any((name, m, e) not in have for e in _able(plan, name, m))
            ]  # fmt: skip
            if wanted:
                turns = Turns(name, wanted, plan)
                work(turns)
                yield from (result | about for result in turns.results())


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


def _able(plan: Plan, workload: str, measure: str) -> list[str]:
    return [e for e in plan.engines if ENGINES[e].does(workload, measure)]


def _why_absent(engine: str) -> str | None:
    if interpreter(ENGINES[engine]) is None:
        return f"not installed: python -m bench setup {ENGINES[engine].environment}"
    return None
