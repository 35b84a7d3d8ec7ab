"""What XLA:CPU and PyTorch make of the products and convolutions that networks consist of, in
GF/s: no library is faster than these, whatever it does around them.

    python -m bench.limits jax|torch        one of them, as a line of JSON
"""

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from . import machine
from .engines import ENGINES, environment, interpreter
from .report import markdown

_CALLS = 12
_KINDS = {"jax": "denser", "torch": "torch"}  # whose interpreter has it
_TITLES = {"jax": "XLA:CPU", "torch": "PyTorch"}

# What is multiplied: (batch, rows, inner, columns); a batch of matrices is attention's.
PRODUCTS = {
    "digits, a batch of 128": (1, 128, 784, 512),
    "digits, 2,048 rows": (1, 2048, 784, 512),
    "attention, scores of 64 texts": (256, 128, 32, 128),
    "attention, mixing them": (256, 128, 128, 32),
}
# Images that are convolved, 3x3: (batch, size, channels, filters).
CONVOLUTIONS = {
    "ResNet, first stage": (64, 32, 16, 16),
    "ResNet, second stage": (64, 16, 32, 32),
    "ResNet, third stage": (64, 8, 64, 64),
    "VGG, first block": (64, 32, 32, 32),
    "VGG, second block": (64, 16, 64, 64),
}
# A row of the table, its floating-point operations, and what does them once.
Task = tuple[str, float, Callable[[], object]]


def compare(repeats: int = 3) -> None:
    """Print the best of `repeats` rounds through both."""
    best: dict[str, dict[str, float]] = {kind: {} for kind in _KINDS}
    for _ in range(repeats):
        for kind, found in best.items():
            for name, speed in _ask(kind).items():
                found[name] = max(speed, found.get(name, 0.0))
    print(f"GF/s in float32, the best of {repeats} x {_CALLS} calls; {machine.describe()}\n")
    lines = [
        [name, *(f"{best[kind][name]:.0f}" for kind in _KINDS)]
        for name in next(iter(best.values()))
    ]
    print(markdown(["one step of", *_TITLES.values()], lines))


def _ask(kind: str) -> dict[str, float]:
    engine = ENGINES[_KINDS[kind]]
    with tempfile.TemporaryDirectory() as home:
        command = [str(interpreter(engine)), "-m", "bench.limits", kind]
        variables = environment(engine, Path(home), keeps_programs=False)
        done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def _speeds(tasks: Iterator[Task]) -> dict[str, float]:
    return {name: operations / _least(task) / 1e9 for name, operations, task in tasks}


def _least(task: Callable[[], object]) -> float:
    """The least seconds of some calls, the first one left out."""
    times = []
    for _ in range(1 + _CALLS):
        begin = time.perf_counter()
        task()
        times.append(time.perf_counter() - begin)
    return min(times[1:])


if __name__ == "__main__":
    tasks = importlib.import_module(f".{sys.argv[1]}_limits", __package__).tasks
    print(json.dumps(_speeds(tasks())))
