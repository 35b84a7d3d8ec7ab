"""Penalties: regularizers that older versions had and today's have not."""

from typing import Any

import jax.numpy as jnp

from ...core.messages import UserError
from ...core.tensor import as_array
from ...regularizers import Factor, Regularizer

_STEPS = 9  # of the power method


class EigenvalueRegularizer(Regularizer):
    """`k` times the largest singular value of a matrix, found by the power method.

    Args:
        k: The factor.

    Raises:
        UserError: where the weight is no matrix.

    Source: Johnson et al., "Eigenvalue Decay", 2016; as Keras 1.1 had it.
    """

    k: Factor

    def __call__(self, x: Any) -> Any:
        """The penalty."""
        x = as_array(x)
        if x.ndim != 2:
            raise UserError("EigenvalueRegularizer: is for matrices, as a Dense layer has one.")
        square = x.T @ x
        vector = jnp.ones((square.shape[0], 1), x.dtype)
        for _ in range(_STEPS):
            vector = square @ vector
            vector = vector / jnp.linalg.norm(vector)
        return self.k * jnp.sqrt(vector.T @ square @ vector)[0, 0]
