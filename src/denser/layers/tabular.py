"""Numbers of tables brought to a form that networks learn from: scaled, put in bins, as vectors."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from .. import config
from ..core.fields import Number, Positive, Rule, one_of
from ..core.messages import UserError, bad_argument, bad_input, who
from ..core.tensor import as_array
from .encoding import encode, encoded_shape, refuse_sparse
from .hashing import Encodings, short_config
from .layer import Layer
from .quantiles import Quantiles
from .reader import batches_of

Statistic = Annotated[
    Any,
    Rule(
        "a number or an array of numbers",
        lambda v: np.asarray(v).dtype.kind in "fiu",
        lambda v: np.asarray(v).tolist() if isinstance(v, (tuple, list)) or hasattr(v, "shape")
        else v,
        ("a", ["a"]),
    ),
]  # fmt: skip


class Normalization(Layer):
    """Features brought to mean 0 and variance 1: `(x - mean) / sqrt(variance)`.

    Mean and variance are given, or learnt from data by `adapt`; before that they are 0 and 1.

    Shapes:
        x: (batch, ..., features) -> the same
        mean, variance: (features,), or the sizes along `axis`

    Args:
        axis: The axes along which each index has a mean and variance of its own; None: one for
            all numbers.
        mean, variance: What to use; learnt where they are not given.
        invert: Whether to do the opposite: `mean + x * sqrt(variance)`.

    Example:
        >>> layer = Normalization(axis=None)
        >>> layer.adapt([1.0, 2.0, 3.0, 4.0, 5.0])
        >>> layer(np.array([3.0])).tolist()
        [0.0]
    """

    axis: Annotated[
        Any,
        Rule(
            "an axis, a list of axes or None",
            lambda v: isinstance(v, tuple) and all(isinstance(axis, int) for axis in v),
            lambda v: () if v is None else (v,) if isinstance(v, int) else
            tuple(v) if isinstance(v, list) else v,
            bad=("a", 0.5, [1.5]),
            none=True,
        ),
    ] = -1  # fmt: skip
    mean: Statistic = None
    variance: Statistic = None
    invert: bool = False

    def setup(self) -> None:
        """Mean and variance are given together."""
        if (self.mean is None) != (self.variance is None):
            raise UserError(f"{who(self)}: `mean` and `variance` must be given together.")

    def build(self, input_shape: tuple) -> None:
        """Make mean, variance and count, unless mean and variance were given."""
        rank = len(input_shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise bad_argument(self, "axis", f"axes of an input with {rank}", self.axis)
        self._own_axes = tuple(sorted({axis % rank for axis in self.axis}))
        sizes = tuple(input_shape[axis] for axis in self._own_axes)
        if None in sizes:
            raise bad_input(self, f"of a known size along axis {self.axis}", input_shape)
        self._broadcast = tuple(
            size if axis in self._own_axes else 1 for axis, size in enumerate(input_shape)
        )
        if self.mean is not None:
            try:
                np.broadcast_to(np.asarray(self.mean), sizes)
                np.broadcast_to(np.asarray(self.variance), sizes)
            except ValueError:
                raise bad_argument(self, "mean", f"of shape {sizes}", self.mean) from None
            return
        weight: dict[str, Any] = {"trainable": False, "autocast": False}
        self.adapt_mean = self.add_weight(sizes, "zeros", name="mean", **weight)
        self.adapt_variance = self.add_weight(sizes, "ones", name="variance", **weight)
        self.count = self.add_weight((), "zeros", dtype="int32", name="count", **weight)

    def adapt(self, data: Any) -> None:
        """Learn mean and variance of some data: an array, or batches of a data set."""
        if self.mean is not None:
            raise UserError(f"{who(self)}: `mean` and `variance` were given: nothing to learn.")
        total = 0.0
        mean = squares = np.float64(0)
        for batch in batches_of(data):
            batch = np.asarray(batch, np.float64)
            if not self.built:
                self.build((None, *batch.shape[1:]) if 0 not in self.axis else batch.shape)
            others = tuple(axis for axis in range(batch.ndim) if axis not in self._own_axes)
            count = np.prod([batch.shape[axis] for axis in others], dtype=float)
            new = batch.mean(others)
            # Of the part so far and the new one together, without the difference of large sums.
            step = new - mean
            share = count / (total + count)
            squares = squares * (1 - share) + batch.var(others) * share
            squares = squares + step**2 * share * (1 - share)
            mean, total = mean + step * share, total + count
        if not total:
            raise UserError(f"{who(self)}: `adapt` got no data.")
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(squares)

    def call(self, inputs: Array) -> Array:
        """`(inputs - mean) / sqrt(variance)`, or its inverse."""
        inputs = jnp.asarray(inputs).astype(self.compute_dtype)
        mean, deviation = self._statistics()
        return inputs * deviation + mean if self.invert else (inputs - mean) / deviation

    def _statistics(self) -> tuple[Any, Any]:
        """(mean, standard deviation), in the compute type and of a shape that meets the input."""
        if self.mean is not None:
            sizes = tuple(self._broadcast[axis] for axis in self._own_axes)
            given = (jnp.asarray(np.broadcast_to(v, sizes)) for v in (self.mean, self.variance))
        else:
            given = (self.adapt_mean.value, self.adapt_variance.value)
        mean, variance = (part.reshape(self._broadcast) for part in given)
        deviation = jnp.maximum(jnp.sqrt(variance.astype("float32")), config.epsilon())
        return mean.astype(self.compute_dtype), deviation.astype(self.compute_dtype)


class Discretization(Layer):
    """The number of the bin that each number falls in: how many boundaries are not above it.

    Shapes:
        x: (batch, ...) -> the same, integers from 0 to the number of boundaries
        x: (batch, numbers) -> (batch, bins) in 'multi_hot' and 'count' mode

    Args:
        bin_boundaries: The boundaries, in rising order.
        num_bins: Number of bins, whose boundaries `adapt` learns: about as many numbers are in
            each.
        epsilon: How exactly: the share of the numbers by which a boundary may be off.
        output_mode: 'int': the bins; 'one_hot': a vector for each; 'multi_hot', 'count': a vector
            for the bins of the last axis together.
        sparse: Must be False.

    Example:
        >>> Discretization([0.0, 1.0, 2.0])(np.array([[-1.5, 1.0, 3.4, 0.5]])).tolist()
        [[0, 2, 3, 1]]
    """

    bin_boundaries: Annotated[
        Any,
        Rule(
            "a list of numbers in rising order",
            lambda v: isinstance(v, list) and sorted(v) == v,
            lambda v: np.asarray(v, float).tolist() if np.ndim(v) == 1 and len(v) else v,
            (3.0, [2.0, 1.0], "a"),
        ),
    ] = None
    num_bins: Positive | None = None
    epsilon: Number = 0.01
    output_mode: Encodings = "int"
    sparse: bool = False

    def setup(self) -> None:
        """Boundaries or their number."""
        refuse_sparse(self)
        if (self.bin_boundaries is None) == (self.num_bins is None):
            raise UserError(f"{who(self)}: give either `bin_boundaries` or `num_bins`.")
        self.reset_state()

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn the boundaries.

        Args:
            data: An array of numbers, or batches: a data set, a generator.
            steps: How many batches to take; None: all.
        """
        self._must_learn()
        self.reset_state()
        for batch in batches_of(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Take in the numbers of a batch."""
        self._must_learn()
        self._quantiles.add(np.asarray(data, np.float32).ravel())

    def finalize_state(self) -> None:
        """Make the boundaries of the numbers that were taken in."""
        if self.num_bins is not None and self._quantiles.count:
            self.bin_boundaries = self._quantiles.boundaries(self.num_bins)

    def reset_state(self) -> None:
        """Forget the numbers that were taken in."""
        self._quantiles = Quantiles(self.epsilon)

    def call(self, inputs: Any) -> Any:
        """The bins of numbers."""
        if self.bin_boundaries is None:
            raise UserError(f"{who(self)}: has no boundaries yet. Call `adapt(data)` first.")
        inputs = as_array(inputs)
        boundaries = jnp.asarray(self.bin_boundaries, "float32")
        bins = jnp.searchsorted(boundaries, inputs.astype("float32"), side="right").astype("int32")
        if self.output_mode == "int":
            return bins
        return encode(bins, self.output_mode, len(self.bin_boundaries) + 1, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras writes them; learnt boundaries, too."""
        return short_config(self, super().get_config())

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Discretization":
        """The layer that `get_config` described, with the boundaries that it had learnt."""
        learnt = config.get("num_bins") is not None and config.get("bin_boundaries")
        made = super().from_config(config | ({"bin_boundaries": None} if learnt else {}))
        if learnt:
            made.bin_boundaries = list(learnt)
        return made

    def _must_learn(self) -> None:
        if self.num_bins is None:
            raise UserError(f"{who(self)}: `bin_boundaries` were given: nothing to learn.")


class CategoryEncoding(Layer):
    """Integers as vectors of zeros and ones, or of counts.

    Shapes:
        x: (batch, 1) -> (batch, num_tokens); (batch, tokens) -> (batch, tokens, num_tokens) in
            'one_hot' mode
        x: (batch, tokens) -> (batch, num_tokens) in the other modes

    Args:
        num_tokens: The length of a vector: the largest integer plus 1.
        output_mode: 'one_hot': a vector for each integer; 'multi_hot': 1 at each of those along
            the last axis; 'count': how often it is there.
        sparse: Must be False.

    Example:
        >>> CategoryEncoding(4)(np.array([[0, 1], [3, 3]])).tolist()
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """

    num_tokens: Positive = None  # type: ignore[assignment]
    output_mode: Annotated[str, one_of("one_hot", "multi_hot", "count")] = "multi_hot"
    sparse: bool = False

    def setup(self) -> None:
        """Dense vectors only, of a known length."""
        refuse_sparse(self)
        if self.num_tokens is None:
            raise UserError(
                f"{who(self)}: `num_tokens` must be given: the largest integer plus 1. Where it is "
                "not known, IntegerLookup learns the integers."
            )

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """The vectors; with `count_weights`, of the inputs' shape, what each integer counts."""
        if count_weights is not None and self.output_mode != "count":
            raise UserError(f"{who(self)}: `count_weights` belong to output_mode='count'.")
        inputs = as_array(inputs)
        if not isinstance(inputs, Tracer) and inputs.size:
            low, high = inputs.min(), inputs.max()
            if low < 0 or high >= self.num_tokens:
                raise UserError(
                    f"{who(self)}: integers must be from 0 to {self.num_tokens - 1}; the data go "
                    f"from {low} to {high}."
                )
        integers = inputs.astype("int32")
        dtype = self.compute_dtype
        return encode(integers, self.output_mode, self.num_tokens, dtype, counts=count_weights)

    def compute_output_shape(self, input_shape: Any, **kwargs: Any) -> tuple[int | None, ...]:
        """The shape of the output for inputs of the given shape."""
        return encoded_shape(tuple(input_shape), self.output_mode, self.num_tokens)

    def get_config(self) -> dict[str, Any]:
        """The arguments; not `sparse`, which Keras leaves out."""
        return {key: value for key, value in super().get_config().items() if key != "sparse"}
