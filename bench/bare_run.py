"""The floor of one prediction: a `jax.jit` of nothing but dense layers, with denser's weights."""

from typing import Any

import jax
import numpy as np

import denser

from . import keras_models
from .engines import Job
from .workloads import WORKLOADS


class Run:
    """A compiled function and its weights."""

    def __init__(self, job: Job, x: list[np.ndarray], y: np.ndarray):
        model = getattr(keras_models, WORKLOADS[job.workload].model)(denser)
        weights = jax.device_put(model.get_weights())
        self.layers = list(zip(weights[::2], weights[1::2], strict=True))

    def predict(self, x: list[np.ndarray]) -> np.ndarray:
        return np.asarray(_scores(self.layers, x[0]))


@jax.jit
def _scores(layers: list[tuple[Any, Any]], x: Any) -> Any:
    *hidden, (kernel, bias) = layers
    for weights, offset in hidden:
        x = jax.nn.relu(x @ weights + offset)
    return jax.nn.softmax(x @ kernel + bias)
