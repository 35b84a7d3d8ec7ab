"""Embedding: a row of a table for each token."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from ..constraints import AConstraint
from ..core.fields import Positive
from ..initializers import AnInitializer
from ..lowering.embedding import lookup
from ..regularizers import ARegularizer
from .layer import Layer


class Embedding(Layer):
    """A row of a table for each token: `y[..., :] = embeddings[x[...]]`.

    Shapes:
        x: (batch, ...) integers from 0 to input_dim - 1 -> (batch, ..., output_dim)
        embeddings: (input_dim, output_dim)

    Args:
        input_dim: Number of tokens: the largest one plus 1.
        output_dim: Size of the vector of one token.
        embeddings_initializer: How the table starts.
        embeddings_regularizer, embeddings_constraint: Penalty on the table; what it is brought
            back to after each step.
        mask_zero: Whether 0 only fills up: steps where it stands are masked for later layers.
        weights: The table to start from, in place of an initializer.

    Example:
        >>> Embedding(1000, 16)(ops.ones((2, 7), "int32")).shape
        (2, 7, 16)
    """

    input_dim: Positive
    output_dim: Positive
    embeddings_initializer: AnInitializer = "uniform"
    embeddings_regularizer: ARegularizer = None
    embeddings_constraint: AConstraint = None
    mask_zero: bool = False

    def setup(self) -> None:
        """Leave the input as it is: half types do not hold every token."""
        self.autocast = False
        self.supports_masking = self.mask_zero
        if self._initial_weights is not None and not isinstance(self._initial_weights, list):
            self._initial_weights = [self._initial_weights]

    def build(self, input_shape: Any = None) -> None:
        """Make the table."""
        self.embeddings = self.weight("embeddings", (self.input_dim, self.output_dim))

    def call(self, inputs: Array) -> Array:
        """The rows of the tokens."""
        tokens = inputs if jnp.issubdtype(inputs.dtype, jnp.integer) else inputs.astype("int32")
        return lookup(self.embeddings.value, tokens).astype(self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Where the tokens are not 0, if `mask_zero`."""
        return inputs != 0 if self.mask_zero else None

    @staticmethod
    def _take_input_shape(kwargs: dict[str, Any]) -> tuple | None:
        """`input_length=80` alone declares the shape, for `input_dim` is an argument here."""
        if "input_length" in kwargs:
            length, batch = kwargs.pop("input_length"), kwargs.pop("batch_size", None)
            return None if length is None else (batch, length)
        return Layer._take_input_shape(kwargs)
