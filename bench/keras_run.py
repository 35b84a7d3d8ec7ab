"""How denser and the Keras engines are driven: by the same calls, which their users write."""

import importlib
import operator
import os
from pathlib import Path
from typing import Any

import numpy as np

from . import data, keras_models
from .engines import ENGINES, Job
from .machine import now
from .workloads import WORKLOADS, Workload


class Run:
    """A model of `keras` or `denser` and its data."""

    def __init__(self, job: Job, x: list[np.ndarray], y: np.ndarray):
        workload = WORKLOADS[job.workload]
        if workload.feed == "streamed":
            os.environ["DENSER_DATA_BUDGET"] = str(data.mib(x, y) * 2**20 / 6)
        self.keras = importlib.import_module(ENGINES[job.engine].library)
        check_needs(self.keras, workload)
        where = str(self.keras.ops.ones(1).device).lower()
        if job.device == "gpu" and not ("gpu" in where or "cuda" in where):
            raise NotImplementedError(f"found no GPU, only {where}")
        self.x, self.y, self.feed, self.batch = x, y, workload.feed, workload.batch
        self.keras.utils.set_random_seed(0)
        self.keras.config.set_dtype_policy(job.precision)
        self.model = getattr(keras_models, workload.model)(self.keras)
        self.model.compile(
            optimizer=keras_models.optimizer(self.keras, workload.optimizer),
            loss=workload.loss,
            metrics=list(workload.metrics),
        )

    def fit(
        self, epochs: int, rows: int | None = None, folder: Path | None = None
    ) -> list[tuple[float, float]]:
        """Train; gives the time and the CPU time at the start and after each epoch.

        Args:
            folder: Where denser keeps a checkpoint every 100 steps.
        """
        kept = {} if folder is None else {"resume": self.keras.training.Resume(folder, batches=100)}

        class Clock(self.keras.callbacks.Callback):
            times = [now()]

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                self.times.append(now())

        fed = self._fed([a[:rows] for a in self.x], self.y[:rows])
        self.model.fit(**fed, epochs=epochs, verbose=0, callbacks=[Clock()], **kept)
        return Clock.times

    def evaluate(self) -> Any:
        return self.model.evaluate(_one(self.x), self.y, batch_size=self.batch, verbose=0)

    def predict(self, x: list[np.ndarray]) -> np.ndarray:
        return self.model.predict(_one(x), batch_size=self.batch, verbose=0)

    def call(self, x: list[np.ndarray]) -> np.ndarray:
        return self.keras.ops.convert_to_numpy(self.model(_one(x), training=False))

    def _fed(self, x: list[np.ndarray], y: np.ndarray) -> dict[str, Any]:
        """The arguments of `fit` that bring the data."""
        if self.feed == "generator":
            made = data.batches(x, y, self.batch)
            batches = ((_one(inputs), target) for inputs, target in made)
            return {"x": batches, "steps_per_epoch": -(-len(y) // self.batch)}
        if self.feed == "dataset":
            return {"x": _dataset(self.keras, _one(x), y, self.batch)}
        return {"x": _one(x), "y": y, "batch_size": self.batch}


def check_needs(keras: Any, workload: Workload) -> None:
    """Refuse a model for which the library has not all layers."""
    for name in workload.needs:
        try:
            operator.attrgetter(name)(keras)
        except AttributeError:
            raise NotImplementedError(f"{keras.__name__} has no {name} yet") from None


def _dataset(keras: Any, x: np.ndarray, y: np.ndarray, batch: int) -> Any:
    """Batches by number, in another order in every epoch."""
    generator = np.random.default_rng(0)

    class Batches(keras.utils.PyDataset):
        order = generator.permutation(len(y))

        def __len__(self) -> int:
            return -(-len(y) // batch)

        def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
            index = self.order[number * batch : (number + 1) * batch]
            return x[index], y[index]

        def on_epoch_end(self) -> None:
            self.order = generator.permutation(len(y))

    return Batches()


def _one(x: list[np.ndarray]) -> Any:
    """A single input is given as it is."""
    return x[0] if len(x) == 1 else x
