"""Masking: which steps count, told by their values."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..core.fields import Number
from .layer import Layer


class Masking(Layer):
    """Steps whose features all are `mask_value` are masked for later layers, and become 0.

    Shapes:
        x: (batch, steps, ..., features) -> the same; mask (batch, steps, ...)

    Args:
        mask_value: The value that fills up.

    Example:
        >>> LSTM(4)(Masking()(ops.zeros((2, 5, 3)))).tolist()
        [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """

    mask_value: Number = 0.0

    supports_masking = True

    def call(self, inputs: Array) -> Array:
        """The inputs, with 0 in the masked steps."""
        return jnp.where(self.compute_mask(inputs)[..., None], inputs, 0)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Where any feature is not `mask_value`."""
        return jnp.any(inputs != self.mask_value, axis=-1)
