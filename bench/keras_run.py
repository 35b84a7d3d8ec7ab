"""How denser and the Keras engines are driven: by the same calls, which their users write."""

import importlib
import operator
from typing import Any

import numpy as np

from . import keras_models
from .engines import Engine
from .machine import now
from .workloads import Workload


class Run:
    """A model of `keras` or `denser` and its data."""

    def __init__(self, engine: Engine, workload: Workload, x: list[np.ndarray], y: np.ndarray):
        keras = importlib.import_module(engine.library)
        for name in workload.needs:
            try:
                operator.attrgetter(name)(keras)
            except AttributeError:
                raise NotImplementedError(f"{engine.library} has no {name} yet") from None
        self.x, self.y, self.batch = x, y, workload.batch
        keras.utils.set_random_seed(0)
        self.model = getattr(keras_models, workload.model)(keras)
        self.model.compile(
            optimizer=keras_models.optimizer(keras, workload.optimizer),
            loss=workload.loss,
            metrics=list(workload.metrics),
        )
        self._callback = keras.callbacks.Callback

    def fit(self, epochs: int, rows: int | None = None) -> list[tuple[float, float]]:
        """Train; gives the time and the CPU time at the start and after each epoch."""

        class Clock(self._callback):
            times = [now()]

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                self.times.append(now())

        x, y = [a[:rows] for a in self.x], self.y[:rows]
        self.model.fit(
            _one(x), y, batch_size=self.batch, epochs=epochs, verbose=0, callbacks=[Clock()]
        )
        return Clock.times

    def evaluate(self) -> Any:
        return self.model.evaluate(_one(self.x), self.y, batch_size=self.batch, verbose=0)

    def predict(self, x: list[np.ndarray]) -> np.ndarray:
        return self.model.predict(_one(x), batch_size=self.batch, verbose=0)

    def call(self, x: list[np.ndarray]) -> np.ndarray:
        y = self.model(_one(x), training=False)
        return np.asarray(y.detach() if hasattr(y, "detach") else y)


def _one(x: list[np.ndarray]) -> Any:
    """A single input is given as it is."""
    return x[0] if len(x) == 1 else x
