"""Embedding: a row of a table for each token; and the way back."""

from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
from jax import Array

from ..constraints import AConstraint
from ..core.dtype import is_float, standardize_dtype
from ..core.fields import Positive, PositiveNumber, Rule
from ..initializers import AnInitializer
from ..lowering.dense import matmul
from ..lowering.embedding import lookup
from ..regularizers import ARegularizer
from .adapters import AConfig, LoraAlpha, LoraRank
from .few_bits import Bits
from .layer import Layer

AType = Annotated[Any, Rule("a type or its name", convert=standardize_dtype, bad=("no type",))]


class _Embedding(Layer):
    """Base of layers with a table, a row for each token."""

    # Fields of both subclasses.
    input_dim: ClassVar[int]
    output_dim: ClassVar[int]
    mask_zero: ClassVar[bool]

    input_dtype = "int32"  # type: ignore[assignment]  # of an Input that is made for it

    def setup(self) -> None:
        """Leave the input as it is: half types do not hold every token."""
        self.autocast = False
        self.supports_masking = self.mask_zero
        if self._initial_weights is not None and not isinstance(self._initial_weights, list):
            self._initial_weights = [self._initial_weights]

    def build(self, input_shape: Any = None) -> None:
        """Make the table."""
        self.embeddings = self.weight("embeddings", (self.input_dim, self.output_dim))

    def summed_of_inputs(self, inputs: Array, *args: Any, **kwargs: Any) -> Any:
        """None: tokens are not rounded; scores come from vectors, which are."""
        return (
            (-1,) if is_float(inputs.dtype) and (*args, *kwargs.values())[:1] == (True,) else None
        )

    def rows(self, inputs: Array) -> Array:
        """The rows of the tokens."""
        tokens = inputs if jnp.issubdtype(inputs.dtype, jnp.integer) else inputs.astype("int32")
        return lookup(self.embeddings.value, tokens).astype(self.compute_dtype)

    @staticmethod
    def _take_input_shape(kwargs: dict[str, Any]) -> tuple | None:
        """`input_length=80` alone declares the shape, for `input_dim` is an argument here."""
        if "input_length" in kwargs:
            length, batch = kwargs.pop("input_length"), kwargs.pop("batch_size", None)
            return None if length is None else (batch, length)
        return Layer._take_input_shape(kwargs)


class Embedding(_Embedding):
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
        lora_rank, lora_alpha: Freeze the table and train a product: see `enable_lora`.
        quantization_config: How the table is rounded where `dtype` is of few bits.

    Example:
        >>> Embedding(1000, 16)(ops.ones((2, 7), "int32")).shape
        (2, 7, 16)
    """

    input_dim: Positive  # type: ignore[assignment]
    output_dim: Positive  # type: ignore[assignment]
    embeddings_initializer: AnInitializer = "uniform"
    embeddings_regularizer: ARegularizer = None
    embeddings_constraint: AConstraint = None
    mask_zero: bool = False  # type: ignore[assignment]
    lora_rank: LoraRank = None
    lora_alpha: LoraAlpha = None
    quantization_config: AConfig = None

    few_bits, with_lora = {"embeddings": Bits((1,), by_column=True)}, "embeddings"

    def call(self, inputs: Array) -> Array:
        """The rows of the tokens."""
        return self.rows(inputs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Where the tokens are not 0, if `mask_zero`."""
        return inputs != 0 if self.mask_zero else None


class ReversibleEmbedding(_Embedding):
    """Embedding that leads back too: `y @ embeddings^T`, a score for each token, with
    `reverse=True`.

    Shapes:
        x: (batch, ...) integers from 0 to input_dim - 1 -> (batch, ..., output_dim)
        y, with reverse: (batch, ..., output_dim) -> (batch, ..., input_dim)
        embeddings: (input_dim, output_dim)
        reverse_embeddings, without tie_weights: (output_dim, input_dim)

    Args:
        input_dim: Number of tokens: the largest one plus 1.
        output_dim: Size of the vector of one token.
        tie_weights: Whether the way back goes by the same table.
        embeddings_initializer: How the tables start.
        embeddings_regularizer, embeddings_constraint: Penalty on the tables; what they are brought
            back to after each step.
        mask_zero: Whether 0 only fills up: steps where it stands are masked for later layers.
        reverse_dtype: Type of the scores, and that they are computed in; None: the layer's.
        logit_soft_cap: A bound `c` on the scores, which become `c * tanh(scores / c)`.
        lora_rank, lora_alpha: Freeze the table and train a product: see `enable_lora`.
        quantization_config: How the tables are rounded where `dtype` is of few bits.

    Example:
        >>> layer = ReversibleEmbedding(1000, 16)
        >>> layer(layer(ops.ones((2, 7), "int32")), reverse=True).shape
        (2, 7, 1000)

    Source: Press and Wolf 2016, arXiv:1608.05859.
    """

    input_dim: Positive  # type: ignore[assignment]
    output_dim: Positive  # type: ignore[assignment]
    tie_weights: bool = True
    embeddings_initializer: AnInitializer = "uniform"
    embeddings_regularizer: ARegularizer = None
    embeddings_constraint: AConstraint = None
    mask_zero: bool = False  # type: ignore[assignment]
    reverse_dtype: AType | None = None
    logit_soft_cap: PositiveNumber | None = None
    lora_rank: LoraRank = None
    lora_alpha: LoraAlpha = None
    quantization_config: AConfig = None

    few_bits: ClassVar = {
        "embeddings": Bits((1,), by_column=True),
        "reverse_embeddings": Bits((0,), packed=0, indexed=False),
    }
    with_lora = "embeddings"

    def build(self, input_shape: Any = None) -> None:
        """Make the table, and that of the way back."""
        super().build(input_shape)
        if not self.tie_weights:
            shape = (self.output_dim, self.input_dim)
            self.reverse_embeddings = self.weight("reverse_embeddings", shape, fields="embeddings")

    def call(self, inputs: Array, reverse: bool = False) -> Array:
        """The rows of the tokens, or with `reverse` the scores of all tokens."""
        if not reverse:
            return self.rows(inputs)
        dtype = self.reverse_dtype or self.compute_dtype
        kernel = self.embeddings.value.T if self.tie_weights else self.reverse_embeddings.value
        scores = matmul(inputs.astype(dtype), kernel.astype(dtype))
        cap = self.logit_soft_cap
        return scores if cap is None else cap * jnp.tanh(scores / cap)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Where the tokens are not 0, if `mask_zero`; scores have no mask."""
        return inputs != 0 if self.mask_zero and not is_float(inputs.dtype) else None
