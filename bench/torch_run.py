"""How PyTorch is driven: eager, at its best. The data lie in memory as tensors, a batch is an
index of them, images and kernels have their channels last, the optimizer is the fused one.
"""

from typing import Any

import numpy as np
import torch

from . import torch_models
from .engines import Engine
from .machine import now
from .workloads import Workload


class Run:
    """A model of PyTorch and its data."""

    def __init__(self, engine: Engine, workload: Workload, x: list[np.ndarray], y: np.ndarray):
        torch.manual_seed(0)
        self.batch, self.metrics = workload.batch, bool(workload.metrics)
        self.x = [_tensor(a) for a in x]
        self.binary = workload.loss == "binary_crossentropy"
        self.y = torch.from_numpy(y).float() if self.binary else torch.from_numpy(y).long()
        self.model = getattr(torch_models, workload.model)().to(memory_format=torch.channels_last)
        self.loss = torch_models.LOSSES[workload.loss]()
        self.optimizer = torch_models.optimizer(workload.optimizer, self.model.parameters())

    def fit(self, epochs: int, rows: int | None = None) -> list[tuple[float, float]]:
        """Train; gives the time and the CPU time at the start and after each epoch."""
        times = [now()]
        self.model.train()
        for _ in range(epochs):
            total, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
            order = torch.randperm(len(self.y[:rows]))
            for index in order.split(self.batch):
                y = self.y[index]
                self.optimizer.zero_grad()
                outputs = self.model(*(x[index] for x in self.x))
                loss = self.loss(outputs, y)
                loss.backward()
                self.optimizer.step()
                with torch.no_grad():
                    total += loss * len(y)
                    right += self._right(outputs, y)
            (total / len(order)).item(), right.item()
            times.append(now())
        return times

    @torch.inference_mode()
    def evaluate(self) -> tuple[float, int]:
        self.model.eval()
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for start in range(0, len(self.y), self.batch):
            part = slice(start, start + self.batch)
            y = self.y[part]
            outputs = self.model(*(x[part] for x in self.x))
            total += self.loss(outputs, y) * len(y)
            right += self._right(outputs, y)
        return (total / len(self.y)).item(), int(right)

    @torch.inference_mode()
    def predict(self, x: list[np.ndarray]) -> np.ndarray:
        self.model.eval()
        parts = zip(*(_tensor(a).split(self.batch) for a in x), strict=True)
        return torch.cat([self._answer(self.model(*part)) for part in parts]).numpy()

    @torch.inference_mode()
    def call(self, x: list[np.ndarray]) -> np.ndarray:
        self.model.eval()
        return self._answer(self.model(*map(_tensor, x))).numpy()

    def _answer(self, outputs: Any) -> Any:
        return outputs.sigmoid() if self.binary else outputs.softmax(-1)

    def _right(self, outputs: Any, y: Any) -> Any:
        if not self.metrics:
            return 0
        return ((outputs > 0) == (y > 0.5) if self.binary else outputs.argmax(1) == y).sum()


def _tensor(array: np.ndarray) -> Any:
    """As PyTorch wants it; images (batch, channels, rows, columns), the channels last in memory."""
    tensor = torch.from_numpy(array)
    return tensor.permute(0, 3, 1, 2) if tensor.ndim == 4 else tensor
