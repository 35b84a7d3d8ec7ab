"""Attention of several heads: MultiHeadAttention, and GroupQueryAttention, with fewer for keys."""

from math import prod
from string import ascii_uppercase
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ..constraints import AConstraint
from ..core.fields import Positive, Rate, Rule, Seed
from ..core.graph import public_shape
from ..core.messages import UserError, bad_argument, bad_input, shape_text
from ..core.random import as_generator
from ..core.registry import serialize
from ..dtype_policies import DTypePolicyMap
from ..initializers import AnInitializer, Initializer
from ..lowering.attention import attend, attend_with_shares, both, causal_mask, window_mask
from ..ops.attend import check_flash
from ..regularizers import ARegularizer
from .einsum_dense import EinsumDense, OutputSizes, _Shaped
from .layer import LAYERS


def _are_axes(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and bool(value)
        and all(isinstance(axis, int) and not isinstance(axis, bool) for axis in value)
    )


AttentionAxes = Annotated[
    Any,
    Rule(
        "an axis or a tuple of axes",
        _are_axes,
        lambda value: tuple(value) if isinstance(value, (list, tuple)) else (value,),
        bad=("a", 0.5, ()),
    ),
]


class _Heads(_Shaped):
    """Base of attention by several heads.

    The heads of a subclass, their sizes and the axes are its fields or properties.
    """

    # What precedes the names of the attributes that hold the inner layers: files are laid out by
    # them.
    prefix: ClassVar[str] = ""
    supports_masking = True

    # Fields or properties of every subclass.
    heads: ClassVar[Any]
    groups: ClassVar[Any]
    size: ClassVar[Any]
    value_size: ClassVar[Any]
    attention_axes: ClassVar[tuple[int, ...] | None] = None
    dropout: ClassVar[float]
    use_bias: ClassVar[bool]
    use_gate: ClassVar[bool]
    sliding_window: ClassVar[int | None]
    flash_attention: ClassVar[bool | None]
    kernel_initializer: ClassVar[Any]
    bias_initializer: ClassVar[Any]
    seed: ClassVar[Any]
    _gate_dense: Any

    def setup(self) -> None:
        """A source of seeds; the penalty on the activity is that of the inner layers."""
        if self.flash_attention and self.dropout:
            fix = "Flash attention has no dropout: give dropout=0."
            raise bad_argument(self, "flash_attention", "None or False here", True, fix)
        if self.dropout:
            self.seed_generator = as_generator(self.seed)
        self._dense_penalty, self.activity_regularizer = self.activity_regularizer, None

    def build(self, query_shape: tuple, value_shape: tuple, key_shape: Any = None) -> None:
        """Make the inner layers, one for each of query, key and value, and for the output."""
        key_shape = key_shape or value_shape
        rank = len(query_shape)
        for name, shape in (("query", query_shape), ("key", key_shape), ("value", value_shape)):
            if len(shape) != rank or rank < 3:
                wanted = f"`{name}` of {max(rank, 3)} axes, (batch, ..., features)"
                raise bad_input(self, wanted, shape)
        self._place_axes(rank)
        inner = [
            ("query", query_shape, self.heads, self.size),
            ("key", key_shape, self.groups, self.size),
            ("gate", query_shape, self.heads, self.value_size),
            ("value", value_shape, self.groups, self.value_size),
        ]
        for name, shape, heads, size in inner:
            if name != "gate" or self.use_gate:
                self._project(name, shape, "x,xhs->hs", (heads, size))
        mixed_shape = (*query_shape[:-1], self.heads, self.value_size)
        sizes = self.output_sizes(query_shape[-1])
        axes = ascii_uppercase[: len(sizes)]
        self._project("output", mixed_shape, f"hs,hs{axes}->{axes}", sizes)

    def output_sizes(self, features: int) -> tuple[int, ...]:
        """The sizes of the output after the axes of time, for a query of that many features."""
        return (features,)

    def _place_axes(self, rank: int) -> None:
        """Turn `attention_axes` into axes of an input of that rank."""
        if self.attention_axes is None:
            self.attention_axes = tuple(range(1, rank - 1))  # type: ignore[misc]
        axes = self.attention_axes
        self._axes = tuple(axis % rank if -rank <= axis < 0 else axis for axis in axes)
        if len(set(self._axes)) < len(axes) or not set(self._axes) <= set(range(1, rank - 1)):
            expected = f"among 1 to {rank - 2}, between the batch and the features"
            raise bad_argument(self, "attention_axes", expected, self.attention_axes)
        self._others = tuple(axis for axis in range(1, rank - 1) if axis not in self._axes)

    def _project(self, name: str, shape: tuple, equation: str, sizes: tuple) -> None:
        """Make and build an inner layer, for the last axes of an input of that shape."""
        x, kernel_and_y = equation.split(",")
        kernel, y = kernel_and_y.split("->")
        layer = EinsumDense(
            f"...{x},{kernel}->...{y}",
            sizes,
            bias_axes=y if self.use_bias else None,
            kernel_initializer=_fresh(self.kernel_initializer),
            bias_initializer=_fresh(self.bias_initializer),
            activity_regularizer=self._dense_penalty,
            dtype=self.dtype_policy,
            trainable=self.trainable,
            name="attention_output" if name == "output" else name,
            **{
                field: getattr(self, field)
                for field in (
                    "kernel_regularizer",
                    "bias_regularizer",
                    "kernel_constraint",
                    "bias_constraint",
                )
            },
        )
        layer.supports_masking = True  # masks are this layer's business
        private = "_" if name == "gate" else self.prefix
        setattr(self, f"{private}{name}_dense", layer)
        layer.build(shape)

    def inner(self, name: str) -> EinsumDense:
        """The inner layer of that name."""
        return getattr(self, f"{self.prefix}{name}_dense")

    def call(
        self,
        query: Array,
        value: Array,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The mixed values, and the shares that each has in them if `return_attention_scores`."""
        key = value if key is None else key
        self._check_sizes(query, key, value)
        masks = (query_mask, value_mask, key_mask, attention_mask)
        mask = self._mask(query, value, *map(_as_bool, masks), causal=use_causal_mask)
        gate = self._gate_dense(query) if self.use_gate else None
        parts = zip(("query", "key", "value"), (query, key, value), strict=True)
        q, k, v = (self._fold(self.inner(name)(x)) for name, x in parts)
        noise: dict[str, Any] = {}
        if training and self.dropout:
            noise = {"dropout": self.dropout, "seed": self.seed_generator.next()}
        if self.flash_attention:
            check_flash(self, q, k, v, masked=mask is not None)
        if return_attention_scores:
            if use_causal_mask:
                mask = both(mask, causal_mask(q.shape[1], k.shape[1]))
            mixed, shares = attend_with_shares(q, k, v, mask, **noise)
        else:
            flash = self.flash_attention
            mixed = attend(q, k, v, mask, causal=use_causal_mask, flash=flash, **noise)
        mixed = self._unfold(mixed, query)
        if gate is not None:
            mixed = mixed * jax.nn.sigmoid(gate)
        output = self.inner("output")(mixed)
        if not return_attention_scores:
            return output
        apart = [query.shape[0], *(query.shape[axis] for axis in self._others)]
        along = [x.shape[axis] for x in (query, key) for axis in self._axes]
        return output, shares.reshape(*apart, self.heads, *along)

    def _check_sizes(self, query: Array, key: Array, value: Array) -> None:
        """Raise where batches, places or the axes without attention differ."""
        fixed = (0, *self._others)
        fits = key.shape[:-1] == value.shape[:-1] and all(
            query.shape[axis] == key.shape[axis] for axis in fixed
        )
        if not fits:
            shapes = [shape_text(public_shape(x)) for x in (query, key, value)]
            raise UserError(
                f"{type(self).__name__} '{self.name}': `key` and `value` must have the same places "
                "and the batch of `query`; got query {}, key {}, value {}.".format(*shapes)
            )

    def _mask(self, query, value, of_query, of_value, of_key, of_both, causal) -> Array | None:
        """All masks but the causal one as one of (batch, heads, time, places), or None."""
        mask = None
        of_places = both(of_value, of_key)
        if of_places is not None:
            mask = self._fold(_spread(of_places, value))[:, None, None, :]
        if of_query is not None:
            mask = both(mask, self._fold(_spread(of_query, query))[:, None, :, None])
        if of_both is not None:
            mask = both(mask, self._fold_mask(of_both, query, value))
        if (causal or self.sliding_window) and len(self._axes) > 1:
            raise UserError(
                f"{type(self).__name__} '{self.name}': a causal mask and a sliding window need "
                f"one axis of attention; got {self._axes}. Give `attention_mask`."
            )
        if self.sliding_window:
            time, places = (x.shape[axis] for x in (query, value) for axis in self._axes)
            mask = both(mask, window_mask(time, places, self.sliding_window)[None, None])
        return mask

    def _fold(self, x: Array) -> Array:
        """(batch, axes..., ...) with the axes without attention in the batch, and the others as
        one."""
        rest = tuple(range(1 + len(self._others) + len(self._axes), x.ndim))
        x = x.transpose(0, *self._others, *self._axes, *rest)
        apart = 1 + len(self._others)
        along = apart + len(self._axes)
        return x.reshape(prod(x.shape[:apart]), prod(x.shape[apart:along]), *x.shape[along:])

    def _unfold(self, mixed: Array, query: Array) -> Array:
        """What `_fold` did to the query, undone on (batch, time, heads, size)."""
        order = (0, *self._others, *self._axes)
        x = mixed.reshape(*(query.shape[axis] for axis in order), *mixed.shape[2:])
        back = sorted(range(len(order)), key=lambda n: order[n])
        return x.transpose(*back, len(order), len(order) + 1)

    def _fold_mask(self, mask: Array, query: Array, value: Array) -> Array:
        """(batch, ..., times, places) as (batch, heads, time, places); axes may be missing between
        the batch and the times, or be 1."""
        along = [x.shape[axis] for x in (query, value) for axis in self._axes]
        apart = [query.shape[0], *(query.shape[axis] for axis in self._others)]
        missing = len(apart) + 1 + len(along) - mask.ndim
        leading = max(mask.ndim - len(along), 0)
        mask = mask.reshape(*mask.shape[:leading], *(1,) * missing, *mask.shape[leading:])
        heads = mask.shape[len(apart)]
        mask = jnp.broadcast_to(mask, (*apart, heads, *along))
        half = len(self._axes)
        return mask.reshape(prod(apart), heads, prod(along[:half]), prod(along[half:]))

    def get_config(self) -> dict[str, Any]:
        """The arguments; `flash_attention` is none that a file should hold."""
        config = super().get_config()
        config.pop("flash_attention")
        few_bits = {x.path: x.dtype_policy for x in self.sublayers if x.quantization_mode}
        if few_bits:
            config["dtype"] = serialize(DTypePolicyMap(self.dtype_policy, few_bits))
        return config | {"activity_regularizer": serialize(self._dense_penalty)}


def _fresh(initializer: Any) -> Any:
    """A new initializer of the same arguments, lest equal shapes start with equal numbers."""
    return initializer.clone() if isinstance(initializer, Initializer) else initializer


def _spread(mask: Array, x: Array) -> Array:
    """The mask of the first axes of `x` for all but the last."""
    mask = mask.reshape(mask.shape + (1,) * (x.ndim - 1 - mask.ndim))
    return jnp.broadcast_to(mask, x.shape[:-1])


def _as_bool(mask: Any) -> Array | None:
    return None if mask is None else jnp.asarray(mask).astype(bool)


class MultiHeadAttention(_Heads):
    """Attention by several heads: each mixes the values by how its queries and keys agree,
    `softmax(q @ k^T / sqrt(key_dim)) @ v`, and a product joins them.

    Shapes:
        query: (batch, time, features) -> (batch, time, features), or (batch, time, *output_shape)
        value, key: (batch, places, any features); `key` is `value` where it is not given
        query/kernel, key/kernel: (features, num_heads, key_dim)
        value/kernel: (features, num_heads, value_dim)
        attention_output/kernel: (num_heads, value_dim, features)
        attention_mask: (batch, time, places), or with heads after the batch; False: no attention
        scores, with return_attention_scores: (batch, num_heads, time, places)

    Args:
        num_heads: Number of heads.
        key_dim: Size of a head's queries and keys.
        value_dim: Size of a head's values; None: `key_dim`.
        dropout: In training, probability that a share after the softmax is dropped.
        use_bias: Whether the inner layers add a bias.
        output_shape: Sizes of the output after the axes of time; None: the query's features.
        attention_axes: The axes along which attention goes, where there are more than one of time;
            None: all between the batch and the features.
        sliding_window: A time attends only to places less than this from it.
        flash_attention: True insists on cuDNN's kernel; None takes it where it can be had.
        kernel_initializer, bias_initializer: How the inner layers' weights start.
        kernel_regularizer, bias_regularizer: Penalties on their weights, added to the loss.
        activity_regularizer: Penalty on the output of each inner layer.
        kernel_constraint, bias_constraint: What the weights are brought back to after each step.
        use_gate: Whether what the heads give is multiplied by `sigmoid` of a further product with
            the query.
        seed: An integer makes the dropout repeatable.

    Example:
        >>> x = ops.ones((2, 5, 8))
        >>> MultiHeadAttention(2, 4)(x, x, use_causal_mask=True).shape
        (2, 5, 8)

    Source: Vaswani et al. 2017, arXiv:1706.03762; the gate: Qiu et al. 2025, arXiv:2505.06708.
    """

    num_heads: Positive
    key_dim: Positive
    value_dim: Positive | None = None
    dropout: Rate = 0.0  # type: ignore[assignment]
    use_bias: bool = True  # type: ignore[assignment]
    output_shape: OutputSizes | None = None  # type: ignore[assignment]
    attention_axes: AttentionAxes | None = None  # type: ignore[assignment]
    sliding_window: Positive | None = None  # type: ignore[assignment]
    flash_attention: bool | None = None  # type: ignore[assignment]
    kernel_initializer: AnInitializer = "glorot_uniform"  # type: ignore[assignment]
    bias_initializer: AnInitializer = "zeros"  # type: ignore[assignment]
    kernel_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    use_gate: bool = False  # type: ignore[assignment]
    seed: Seed = None  # type: ignore[assignment]

    heads = groups = property(lambda self: self.num_heads, doc="The number of heads.")
    size = property(lambda self: self.key_dim, doc="The size of a head's queries and keys.")
    value_size = property(lambda self: self.value_dim, doc="The size of a head's values.")

    def setup(self) -> None:
        """The values are as large as the keys if nothing else is said."""
        super().setup()
        self.value_dim = self.value_dim or self.key_dim

    def output_sizes(self, features: int) -> tuple[int, ...]:
        """What `output_shape` says."""
        return self.output_shape or (features,)


class GroupedQueryAttention(_Heads):
    """MultiHeadAttention with fewer heads for keys and values, each of which serves a group of
    neighbouring heads of the query.

    Shapes:
        query: (batch, time, features) -> the same
        value, key: (batch, places, any features); `key` is `value` where it is not given
        query/kernel: (features, num_query_heads, head_dim)
        key/kernel, value/kernel: (features, num_key_value_heads, head_dim)
        attention_output/kernel: (num_query_heads, head_dim, features)
        attention_mask: (batch, time, places), or with heads after the batch; False: no attention
        scores, with return_attention_scores: (batch, num_query_heads, time, places)

    Args:
        head_dim: Size of a head.
        num_query_heads: Number of heads of the query.
        num_key_value_heads: Number of heads of keys and values, a divisor of `num_query_heads`; 1
            serves all.
        dropout, use_bias, ...: As in MultiHeadAttention.

    Example:
        >>> x = ops.ones((2, 5, 8))
        >>> GroupQueryAttention(4, num_query_heads=6, num_key_value_heads=2)(x, x).shape
        (2, 5, 8)

    Source: Ainslie et al. 2023, arXiv:2305.13245.
    """

    prefix = "_"
    keras_name = "GroupQueryAttention"  # in files; the paths of weights have the class's own name

    head_dim: Positive
    num_query_heads: Positive
    num_key_value_heads: Positive
    dropout: Rate = 0.0  # type: ignore[assignment]
    use_bias: bool = True  # type: ignore[assignment]
    sliding_window: Positive | None = None  # type: ignore[assignment]
    flash_attention: bool | None = None  # type: ignore[assignment]
    kernel_initializer: AnInitializer = "glorot_uniform"  # type: ignore[assignment]
    bias_initializer: AnInitializer = "zeros"  # type: ignore[assignment]
    kernel_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    use_gate: bool = False  # type: ignore[assignment]
    seed: Seed = None  # type: ignore[assignment]

    heads = property(lambda self: self.num_query_heads, doc="The number of the query's heads.")
    groups = property(lambda self: self.num_key_value_heads, doc="The number of the keys' heads.")
    size = value_size = property(lambda self: self.head_dim, doc="The size of a head.")

    def setup(self) -> None:
        """Each head of the keys serves as many of the query."""
        super().setup()
        if self.num_query_heads % self.num_key_value_heads:
            expected = f"a divisor of `num_query_heads`, {self.num_query_heads}"
            raise bad_argument(self, "num_key_value_heads", expected, self.num_key_value_heads)

    def build(self, query_shape: tuple, value_shape: tuple, key_shape: Any = None) -> None:
        """Make the inner layers for one axis of time."""
        if len(query_shape) != 3:
            raise bad_input(self, "`query` of the form (batch, time, features)", query_shape)
        super().build(query_shape, value_shape, key_shape)


GroupQueryAttention = LAYERS.add(GroupedQueryAttention, "GroupQueryAttention")
