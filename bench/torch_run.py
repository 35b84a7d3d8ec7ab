"""How PyTorch is driven: eager, at its best. The data lie on the device as tensors, a batch is an
index of them, images and kernels have their channels last, the optimizer is the fused one.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch

from . import data, torch_models
from .engines import Job
from .machine import now
from .workloads import WORKLOADS


class Run:
    """A model of PyTorch and its data."""

    def __init__(self, job: Job, x: list[np.ndarray], y: np.ndarray):
        workload = WORKLOADS[job.workload]
        torch.manual_seed(0)
        self.device = torch.device("cuda" if job.device == "gpu" else "cpu")
        if job.device == "gpu":  # as JAX does it by itself
            torch.set_float32_matmul_precision("high")
        half = job.precision == "mixed_bfloat16"
        self.precision = torch.autocast(self.device.type, torch.bfloat16, enabled=half)
        self.batch, self.metrics = workload.batch, bool(workload.metrics)
        self.binary = workload.loss == "binary_crossentropy"
        self.arrays = (x, y) if workload.feed in ("generator", "dataset") else None
        self.x, self.y = [self._tensor(a) for a in x], self._target(y)
        self.model = getattr(torch_models, workload.model)()
        self.model.to(self.device, memory_format=torch.channels_last)
        self.loss = torch_models.LOSSES[workload.loss]()
        self.optimizer = torch_models.optimizer(workload.optimizer, self.model.parameters())

    def fit(self, epochs: int, rows: int | None = None) -> list[tuple[float, float]]:
        """Train; gives the time and the CPU time at the start and after each epoch."""
        times = [now()]
        self.model.train()
        for _ in range(epochs):
            total, right = self._zeros()
            for x, y in self._batches(rows):
                self.optimizer.zero_grad()
                with self.precision:
                    outputs = self.model(*x)
                    loss = self.loss(outputs, y)
                loss.backward()
                self.optimizer.step()
                with torch.no_grad():
                    total += loss * len(y)
                    right += self._right(outputs, y)
            (total / len(self.y[:rows])).item(), right.item()
            times.append(now())
        return times

    @torch.inference_mode()
    def evaluate(self) -> tuple[float, int]:
        self.model.eval()
        total, right = self._zeros()
        for start in range(0, len(self.y), self.batch):
            part = slice(start, start + self.batch)
            y = self.y[part]
            with self.precision:
                outputs = self.model(*(x[part] for x in self.x))
                total += self.loss(outputs, y) * len(y)
            right += self._right(outputs, y)
        return (total / len(self.y)).item(), int(right)

    @torch.inference_mode()
    def predict(self, x: list[np.ndarray]) -> np.ndarray:
        self.model.eval()
        parts = zip(*(self._tensor(a).split(self.batch) for a in x), strict=True)
        return torch.cat([self._scores(part) for part in parts]).cpu().numpy()

    @torch.inference_mode()
    def call(self, x: list[np.ndarray]) -> np.ndarray:
        self.model.eval()
        return self._scores(map(self._tensor, x)).cpu().numpy()

    def _batches(self, rows: int | None) -> Iterator[tuple[list[Any], Any]]:
        """The batches of one epoch."""
        if self.arrays is None:
            order = torch.randperm(len(self.y[:rows]), device=self.device)
            for index in order.split(self.batch):
                yield [x[index] for x in self.x], self.y[index]
        else:
            x, y = [a[:rows] for a in self.arrays[0]], self.arrays[1][:rows]
            batches = data.batches(x, y, self.batch)
            for some, target in islice(batches, -(-len(y) // self.batch)):
                yield [self._tensor(a) for a in some], self._target(target)

    def _scores(self, x: Any) -> Any:
        with self.precision:
            outputs = self.model(*x).float()
        return outputs.sigmoid() if self.binary else outputs.softmax(-1)

    def _right(self, outputs: Any, y: Any) -> Any:
        if not self.metrics:
            return 0
        return ((outputs > 0) == (y > 0.5) if self.binary else outputs.argmax(1) == y).sum()

    def _zeros(self) -> tuple[Any, Any]:
        """The loss and the right answers so far, which stay on the device."""
        zeros = torch.zeros((), device=self.device)
        return zeros, zeros.long()

    def _tensor(self, array: np.ndarray) -> Any:
        """As PyTorch wants it; images (batch, channels, rows, columns), channels last in memory."""
        tensor = torch.from_numpy(array).to(self.device)
        return tensor.permute(0, 3, 1, 2) if tensor.ndim == 4 else tensor

    def _target(self, y: np.ndarray) -> Any:
        tensor = torch.from_numpy(y).to(self.device)
        return tensor.float() if self.binary else tensor.long()
