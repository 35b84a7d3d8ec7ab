"""The data: made up, from a fixed seed, kept in files, so that every engine reads the same bytes.

Only shapes, types and frequencies matter here; nobody looks at what a model learns.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .workloads import Array, Workload


def rows_of(workload: Workload, scale: float) -> int:
    """Rows of the data set at a scale: two batches at least."""
    return max(2 * workload.batch, int(workload.rows * scale))


def prepare(workload: Workload, scale: float, folder: Path) -> Path:
    """The folder below `folder` that holds the workload's arrays, made if it is not there."""
    rows = rows_of(workload, scale)
    place = folder / f"{workload.model}-{'-'.join(map(str, workload.inputs[0].shape))}-{rows}"
    if (place / "complete").exists():
        return place
    place.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1234)
    for number, array in enumerate(workload.inputs):
        np.save(place / f"x{number}.npy", _make(array, rows, generator))
    if workload.target is not None:
        np.save(place / "y.npy", _make(workload.target, rows, generator))
    (place / "complete").touch()
    return place


def load(workload: Workload, folder: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """The inputs and the target."""
    x = [np.load(folder / f"x{number}.npy") for number in range(len(workload.inputs))]
    return x, x[0] if workload.target is None else np.load(folder / "y.npy")


def batches(
    x: list[np.ndarray], y: np.ndarray, size: int
) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
    """Batches without end, in another order in every epoch: a generator as users write it."""
    generator = np.random.default_rng(0)
    while True:
        order = generator.permutation(len(y))
        for start in range(0, len(y), size):
            index = order[start : start + size]
            yield [array[index] for array in x], y[index]


def mib(x: list[np.ndarray], y: np.ndarray) -> float:
    """The memory that the arrays take; a target which is an input counts once."""
    return sum(array.nbytes for array in {id(a): a for a in (*x, y)}.values()) / 2**20


def _make(array: Array, rows: int, generator: Any) -> np.ndarray:
    shape = (rows, *array.shape)
    if array.kind == "uniform":
        return generator.random(shape, dtype=np.float32)
    if array.kind == "classes":
        return generator.integers(0, array.below, shape, dtype=np.int32)
    if array.kind == "words":
        return (generator.zipf(1.3, shape) % array.below).astype(np.int32)
    raise ValueError(f"No such kind of array: {array.kind!r}.")
