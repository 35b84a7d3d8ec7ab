"""How scikit-learn's MLPClassifier is driven: `partial_fit` is one epoch."""

import numpy as np
from sklearn.neural_network import MLPClassifier

from .engines import Job
from .machine import now
from .workloads import WORKLOADS


class Run:
    """A classifier of scikit-learn and its data."""

    def __init__(self, job: Job, x: list[np.ndarray], y: np.ndarray):
        if (job.device, job.precision) != ("cpu", "float32"):
            raise NotImplementedError("scikit-learn computes on a CPU, in float32 or float64")
        (self.x,), self.y = x, y
        self.classes = np.unique(y)
        batch = WORKLOADS[job.workload].batch
        self.model = MLPClassifier((64, 32), batch_size=batch, alpha=0.0, random_state=0)

    def fit(self, epochs: int, rows: int | None = None) -> list[tuple[float, float]]:
        """Train; gives the time and the CPU time at the start and after each epoch."""
        times = [now()]
        for _ in range(epochs):
            self.model.partial_fit(self.x[:rows], self.y[:rows], classes=self.classes)
            times.append(now())
        return times

    def evaluate(self) -> float:
        return self.model.score(self.x, self.y)

    def predict(self, x: list[np.ndarray]) -> np.ndarray:
        return self.model.predict_proba(x[0])

    call = predict
