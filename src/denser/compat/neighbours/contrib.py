"""Contrib: what scripts take from the package `keras_contrib`."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from ...constraints import AConstraint
from ...initializers import AnInitializer
from ...layers import Layer
from ...regularizers import ARegularizer


class InstanceNormalization(Layer):
    """`gamma * (x - mean) / (std + epsilon) + beta`, with mean and deviation of each row alone.

    Args:
        axis: The axis whose elements are normalized apart; None: all of a row together.
        epsilon: Added to the deviation.
        center, scale: Whether there is a `beta`, a `gamma`.
        beta_initializer, gamma_initializer, ...: Of `beta` and `gamma`.

    Source: Ulyanov et al. 2016, arXiv:1607.08022.
    """

    axis: int | None = None
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: AnInitializer = "zeros"
    gamma_initializer: AnInitializer = "ones"
    beta_regularizer: ARegularizer = None
    gamma_regularizer: ARegularizer = None
    beta_constraint: AConstraint = None
    gamma_constraint: AConstraint = None

    def build(self, input_shape: tuple) -> None:
        """Make `gamma` and `beta`."""
        shape = (1,) if self.axis is None else (input_shape[self.axis],)
        self.gamma = self.weight("gamma", shape) if self.scale else None
        self.beta = self.weight("beta", shape) if self.center else None

    def call(self, inputs: Array) -> Array:
        """Normalize each row."""
        kept = {0} if self.axis is None else {0, self.axis % inputs.ndim}
        others = tuple(axis for axis in range(inputs.ndim) if axis not in kept)
        mean = jnp.mean(inputs, others, keepdims=True)
        x = (inputs - mean) / (jnp.std(inputs, others, keepdims=True) + self.epsilon)
        shape = [-1 if axis in kept - {0} else 1 for axis in range(inputs.ndim)]
        x = x * self.gamma.value.reshape(shape) if self.gamma is not None else x
        return x + self.beta.value.reshape(shape) if self.beta is not None else x


def _layers() -> dict[str, Any]:
    return {"InstanceNormalization": InstanceNormalization}


modules: dict[str, Callable[[], dict[str, Any]]] = {
    "keras_contrib": dict,
    "keras_contrib.layers": _layers,
    "keras_contrib.layers.normalization": _layers,
    "keras_contrib.layers.normalization.instancenormalization": _layers,
}
