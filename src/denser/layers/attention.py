"""Attention of one head without products of its own: dot-product and additive."""

from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
from jax import Array

from ..core.fields import Rate, Seed, one_of
from ..core.graph import public_shape
from ..core.messages import bad_input
from ..core.random import as_generator
from ..core.tensor import leaves
from ..lowering.attention import attend, both, causal_mask, weigh
from .layer import Layer


class _Attention(Layer):
    """Base of the two: a subclass scores each query with each key."""

    supports_masking = True

    # Fields of both subclasses.
    dropout: ClassVar[float]
    seed: ClassVar[Any]

    def setup(self) -> None:
        """A source of seeds for the dropout."""
        if self.dropout:
            self.seed_generator = as_generator(self.seed)

    def build(self, input_shape: Any) -> None:
        """See that there are a query and a value, and make the weights."""
        if not isinstance(input_shape, (list, tuple)) or not all(
            isinstance(shape, (list, tuple)) and len(shape) == 3 for shape in input_shape
        ):
            raise bad_input(self, _EXPECTED, str(input_shape))
        if len(input_shape) not in (2, 3):
            raise bad_input(self, _EXPECTED, f"a list of {len(input_shape)}")
        self.make_weights(input_shape[0][-1])

    def make_weights(self, size: int) -> None:
        """Make the weights for queries of that size."""

    def call(
        self,
        inputs: list[Array],
        mask: Any = None,
        training: bool | None = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The mixed values, and the share that each has in them if `return_attention_scores`."""
        query, value, *rest = inputs
        key = rest[0] if rest else value
        if key.shape[:2] != value.shape[:2]:
            raise bad_input(
                self, "with as many keys as values", str(list(map(public_shape, inputs)))
            )
        of_query, of_value, *_ = [*leaves(mask), None, None]
        places = None if of_value is None else jnp.asarray(of_value, bool)[:, None, None]
        if use_causal_mask:
            places = both(places, causal_mask(query.shape[1], key.shape[1])[None, None])
        noise: dict[str, Any] = {}
        if training and self.dropout:
            noise = {"dropout": self.dropout, "seed": self.seed_generator.next()}
        mixed, shares = self.mixed(query, value, key, places, return_attention_scores, **noise)
        if of_query is not None:
            mixed = jnp.where(jnp.asarray(of_query, bool)[..., None], mixed, 0)
        return (mixed, shares) if return_attention_scores else mixed

    def mixed(
        self, query: Array, value: Array, key: Array, mask: Any, with_shares: bool, **noise: Any
    ) -> tuple[Array, Any]:
        """(mixed values, shares), where the shares may be None unless they are wanted."""
        scores = self.scores(query, key)[:, None]
        mixed, shares = weigh(scores, value[:, None], mask, **noise)
        return mixed[:, 0], shares[:, 0]

    def scores(self, query: Array, key: Array) -> Array:
        """(batch, time, places) for (batch, time, size) and (batch, places, size)."""
        raise NotImplementedError(f"{type(self).__name__} must define `scores`.")

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the query."""
        return leaves(previous_mask)[0]


_EXPECTED = "of [query, value] or [query, value, key], each (batch, places, size)"


class Attention(_Attention):
    """Mixed values, by how query and key agree: `softmax(query @ key^T) @ value`.

    Shapes:
        inputs: [query, value] or [query, value, key], where `key` is `value` if not given
        query: (batch, time, size) -> (batch, time, value_size)
        value: (batch, places, value_size)
        key: (batch, places, size)
        mask: [(batch, time), (batch, places)]; a time where it is False gives 0, a place counts not
        scale, concat_score_weight: ()

    Args:
        use_scale: Whether the products are multiplied by a weight, which is learnt.
        score_mode: 'dot' for products; 'concat' for `w * sum(tanh(scale * (query + key)))`.
        dropout: In training, probability that a share after the softmax is dropped.
        seed: An integer makes the dropout repeatable.

    Example:
        >>> Attention()([ops.ones((2, 5, 3)), ops.ones((2, 7, 3))]).shape
        (2, 5, 3)

    Source: Luong et al. 2015, arXiv:1508.04025.
    """

    use_scale: bool = False
    score_mode: Annotated[str, one_of("dot", "concat")] = "dot"
    dropout: Rate = 0.0  # type: ignore[assignment]
    seed: Seed = None  # type: ignore[assignment]

    def make_weights(self, size: int) -> None:
        """Make the scale and the weight of the sums, each where it is wanted."""
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def mixed(
        self, query: Array, value: Array, key: Array, mask: Any, with_shares: bool, **noise: Any
    ) -> tuple[Array, Any]:
        """See `_Attention`."""
        if with_shares or self.score_mode == "concat":
            return super().mixed(query, value, key, mask, with_shares, **noise)
        query = query if self.scale is None else query * self.scale.value
        query, key, value = (x[:, :, None] for x in (query, key, value))  # of one head
        return attend(query, key, value, mask, scale=1.0, **noise)[:, :, 0], None

    def scores(self, query: Array, key: Array) -> Array:
        """See `_Attention`."""
        scale = 1 if self.scale is None else self.scale.value
        if self.concat_score_weight is None:
            return jnp.einsum("btd,bpd->btp", query * scale, key)
        sums = jnp.tanh(scale * (query[:, :, None] + key[:, None])).sum(-1)
        return self.concat_score_weight.value * sums


class AdditiveAttention(_Attention):
    """Mixed values, by a sum of what query and key have in each feature:
    `softmax(sum(scale * tanh(query + key))) @ value`.

    Shapes:
        inputs, mask: as in Attention, the queries and keys of one size
        scale: (size,)

    Args:
        use_scale: Whether the features are multiplied by weights, which are learnt.
        dropout, seed: As in Attention.

    Example:
        >>> AdditiveAttention()([ops.ones((2, 5, 3)), ops.ones((2, 7, 3))]).shape
        (2, 5, 3)

    Source: Bahdanau et al. 2014, arXiv:1409.0473.
    """

    use_scale: bool = True
    dropout: Rate = 0.0  # type: ignore[assignment]
    seed: Seed = None  # type: ignore[assignment]

    def make_weights(self, size: int) -> None:
        """Make the scale of each feature."""
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight((size,), "glorot_uniform", name="scale")

    def scores(self, query: Array, key: Array) -> Array:
        """See `_Attention`."""
        agreement = jnp.tanh(query[:, :, None] + key[:, None])  # (batch, time, places, size)
        return agreement.sum(-1) if self.scale is None else agreement @ self.scale.value
