"""Counts of right and wrong answers at thresholds, and what is computed from them.

An answer is yes where the prediction exceeds the threshold. Of the four counts, true positives tp
are yes and should be, false positives fp are yes and should not be; fn and tn are the noes.
"""

import functools
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..core.budget import allocate
from ..core.fields import NonNegative, Positive, Rate, Rule
from ..core.messages import UserError, bad_argument, shape_text, who
from ..losses.weighing import fit, safe_divide
from .metric import _Named, batch

COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def _are_rates(value: Any) -> bool:
    rates = value if isinstance(value, (list, tuple, np.ndarray)) else [value]
    return all(isinstance(t, (int, float, np.number)) and 0 <= t <= 1 for t in rates)


Thresholds = Annotated[
    Any, Rule("a number from 0 to 1, or a list of them", _are_rates, bad=(-0.1, 2.0, "a", [0.5, 2]))
]


def even_thresholds(number: int) -> list[float]:
    """`number` thresholds at equal distances from 0 to 1; 0.5 for a single one."""
    allocate((number, 8), "float64", "num_thresholds")
    return [0.5] if number == 1 else [i / (number - 1) for i in range(number)]


def are_even(thresholds: Sequence[float]) -> bool:
    """Whether thresholds stand at equal distances from 0 to 1, within `config.epsilon()`."""
    even = np.array(even_thresholds(len(thresholds)))
    return len(even) > 2 and np.allclose(thresholds, even, rtol=1e-5, atol=config.epsilon())


@functools.partial(jax.jit, static_argnames="thresholds")
def count_answers(
    y_true: Any, y_pred: Any, weight: Any, thresholds: tuple[float, ...]
) -> dict[str, Any]:
    """The four counts at every threshold; one program, so that eager updates are fast too.

    Shapes:
        y_true: (samples, ...), 0 or 1
        y_pred: (samples, ...)
        weight: (samples, ...) or None
        result: (thresholds, ...) each

    The `...` are labels that are counted apart, as `AUC(multi_label=True)` does.
    """
    yes = y_true.astype(bool)
    weight = jnp.ones(y_pred.shape, y_pred.dtype) if weight is None else weight
    true, false = (jnp.where(part, weight, 0) for part in (yes, ~yes))  # (samples, ...)
    counted = _count_even if are_even(thresholds) else _count_each
    tp, fp = counted(y_pred, thresholds, (true, false))
    return {
        "true_positives": tp,
        "false_positives": fp,
        "true_negatives": false.sum(axis=0) - fp,
        "false_negatives": true.sum(axis=0) - tp,
    }


def _count_each(y_pred: Any, thresholds: Sequence[float], weights: tuple) -> list[Any]:
    """Sums of weights where y_pred exceeds each threshold, compared one by one."""
    limits = jnp.asarray(thresholds, y_pred.dtype).reshape(-1, *(1,) * y_pred.ndim)
    above = y_pred > limits  # (thresholds, samples, ...)
    return [jnp.where(above, weight, 0).sum(axis=1) for weight in weights]


def _count_even(y_pred: Any, thresholds: Sequence[float], weights: tuple) -> list[Any]:
    """The same for thresholds at equal distances: each prediction falls between two of them, and
    counts at all below. Takes samples + thresholds steps, not samples * thresholds."""
    number = len(thresholds)
    below = jnp.ceil(jnp.clip(y_pred, 0, 1) * (number - 1)).astype(jnp.int32) - 1
    if thresholds[0] < 0:  # then a prediction of 0 exceeds it
        below = jnp.maximum(below, 0)

    def sums(place: Any, weight: Any) -> Any:  # (samples,) -> (thresholds,)
        bins = jax.ops.segment_sum(weight, place, number)
        return jnp.cumsum(bins[::-1])[::-1]

    if y_pred.ndim > 1:
        sums = jax.vmap(sums, in_axes=-1, out_axes=-1)
    return [sums(below, weight) for weight in weights]


class _Counting(_Named):
    """Keeps some of the four counts at `thresholds`."""

    kept: ClassVar[tuple[str, ...]] = COUNTS
    class_id = top_k = None  # fields of those that can look at a part of the predictions

    def keep(self, thresholds: Sequence[float], shape: tuple[int, ...] = ()) -> None:
        """Make the Variables, (thresholds, *shape) each."""
        self.thresholds = list(thresholds)
        for name in self.kept:
            setattr(self, name, self.zeros(name, (len(self.thresholds), *shape)))

    def add_counts(self, counts: dict[str, Any]) -> None:
        """Add to the Variables what was counted in a batch."""
        for name in self.kept:
            getattr(self, name).assign_add(counts[name])

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in: y_true (batch, ...) of 0 and 1, y_pred alike, from 0 to 1."""
        y_true, y_pred, weight = batch(self, y_true, y_pred, sample_weight)
        if y_true.shape != y_pred.shape:
            raise UserError(
                f"{who(self)}: expected `y_true` of y_pred's shape {shape_text(y_pred.shape)}; "
                f"got {shape_text(y_true.shape)}."
            )
        self.add(*self.chosen(y_true, y_pred, weight))

    def chosen(self, y_true: Any, y_pred: Any, weight: Any) -> tuple[Any, Any, Any]:
        """One class's column, with predictions that are not among the k best made a sure no."""
        if self.top_k is not None:
            places = jax.lax.top_k(y_pred, self.top_k)[1]
            best = jax.nn.one_hot(places, y_pred.shape[-1]).sum(axis=-2)
            y_pred = jnp.where(best > 0, y_pred, -jnp.inf)
        if self.class_id is not None:
            if y_pred.ndim < 2 or self.class_id >= y_pred.shape[-1]:
                raise bad_argument(
                    self,
                    "class_id",
                    f"a column of y_pred, whose shape is {shape_text(y_pred.shape)}",
                    self.class_id,
                )
            y_true, y_pred = (y[..., self.class_id, None] for y in (y_true, y_pred))
        if weight is not None:
            fitted, weight = fit(y_pred, weight)
            weight = jnp.broadcast_to(weight, fitted.shape).reshape(y_pred.shape)
        return y_true, y_pred, weight

    def add(self, y_true: Any, y_pred: Any, weight: Any) -> None:
        """Count every entry alike."""
        weight = None if weight is None else weight.ravel()
        self.add_counts(self.count(y_true.ravel(), y_pred.ravel(), weight))

    def count(self, y_true: Any, y_pred: Any, weight: Any) -> dict[str, Any]:
        """The four counts at this metric's thresholds."""
        return count_answers(y_true, y_pred, weight, tuple(self.thresholds))


class _Count(_Counting):
    """One of the four counts."""

    thresholds: Thresholds = None

    def setup(self) -> None:
        super().setup()
        self.init_thresholds = self.thresholds
        self.thresholds = as_list(self.thresholds, 0.5)
        self.accumulator = self.zeros("accumulator", (len(self.thresholds),))

    def add_counts(self, counts: dict[str, Any]) -> None:
        self.accumulator.assign_add(counts[self.kept[0]])

    def result(self) -> Any:
        """The count, one for each threshold if there are several."""
        return _one_or_all(self.accumulator.value)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric again."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


def as_list(thresholds: Any, default: float) -> list[float]:
    """Thresholds as a list, also a single one or none."""
    if thresholds is None:
        return [default]
    return list(thresholds) if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]


def _one_or_all(values: Any) -> Any:
    return values[0] if len(values) == 1 else values


class TruePositives(_Count):
    """The weight of answers that are yes and should be.

    Args:
        thresholds: Above it the answer is yes; a list gives a count for each. None means 0.5.
        name, dtype: See `Metric`.

    Example:
        >>> float(TruePositives()([0, 1, 1, 1], [1, 0, 1, 1]))
        2.0
    """

    kept = ("true_positives",)


class FalsePositives(_Count):
    """The weight of answers that are yes and should be no.

    Args:
        thresholds: Above it the answer is yes; a list gives a count for each. None means 0.5.
        name, dtype: See `Metric`.
    """

    kept = ("false_positives",)


class TrueNegatives(_Count):
    """The weight of answers that are no and should be.

    Args:
        thresholds: Above it the answer is yes; a list gives a count for each. None means 0.5.
        name, dtype: See `Metric`.
    """

    kept = ("true_negatives",)


class FalseNegatives(_Count):
    """The weight of answers that are no and should be yes.

    Args:
        thresholds: Above it the answer is yes; a list gives a count for each. None means 0.5.
        name, dtype: See `Metric`.
    """

    kept = ("false_negatives",)


class _Ratio(_Counting):
    """The share of true positives in what `kept` counts."""

    _direction = "up"

    thresholds: Thresholds = None
    top_k: Positive | None = None
    class_id: NonNegative | None = None

    def setup(self) -> None:
        super().setup()
        self.init_thresholds = self.thresholds
        self.keep(as_list(self.thresholds, 0.5 if self.top_k is None else -1e10))

    def result(self) -> Any:
        """The share, one for each threshold if there are several."""
        right, wrong = (getattr(self, name).value for name in self.kept)
        return _one_or_all(safe_divide(right, right + wrong))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric again."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class Precision(_Ratio):
    """`tp / (tp + fp)`: of the answers yes, how many are right.

    Args:
        thresholds: Above it the answer is yes; a list gives a value for each. None means 0.5, or
            none at all with `top_k`.
        top_k: Count only the k largest predictions of each sample as yes.
        class_id: Look at this class alone.
        name, dtype: See `Metric`.

    Example:
        >>> round(float(Precision()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
        0.6667
    """

    kept = ("true_positives", "false_positives")


class Recall(_Ratio):
    """`tp / (tp + fn)`: of what should be yes, how much is found.

    Args:
        thresholds: Above it the answer is yes; a list gives a value for each. None means 0.5, or
            none at all with `top_k`.
        top_k: Count only the k largest predictions of each sample as yes.
        class_id: Look at this class alone.
        name, dtype: See `Metric`.

    Example:
        >>> round(float(Recall()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
        0.6667
    """

    kept = ("true_positives", "false_negatives")


_RIGHT_AND_WRONG = {
    "precision": ("true_positives", "false_positives"),
    "recall": ("true_positives", "false_negatives"),
    "sensitivity": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
}


class _Best(_Counting):
    """The best value of one rate over the thresholds where another is at least some value."""

    _direction = "up"
    wanted: ClassVar[str]
    given: ClassVar[str]
    num_thresholds: ClassVar[int]  # a field of every subclass

    def setup(self) -> None:
        super().setup()
        self.keep(even_thresholds(self.num_thresholds))

    def rate(self, name: str) -> Any:
        """precision, recall, sensitivity or specificity at every threshold."""
        right, wrong = (getattr(self, count).value for count in _RIGHT_AND_WRONG[name])
        return safe_divide(right, right + wrong)

    def result(self) -> Any:
        """The best value; 0 where no threshold reaches the given one."""
        reached = self.rate(self.given) >= getattr(self, self.given)
        return jnp.where(reached, self.rate(self.wanted), 0).max()


class SensitivityAtSpecificity(_Best):
    """The best `tp / (tp + fn)` over the thresholds with `tn / (tn + fp) >= specificity`.

    Args:
        specificity: What is given, from 0 to 1.
        num_thresholds: How many thresholds from 0 to 1 are tried.
        class_id: Look at this class alone.
        name, dtype: See `Metric`.
    """

    wanted, given = "sensitivity", "specificity"

    specificity: Rate
    num_thresholds: Positive = 200
    class_id: NonNegative | None = None


class SpecificityAtSensitivity(_Best):
    """The best `tn / (tn + fp)` over the thresholds with `tp / (tp + fn) >= sensitivity`.

    Args:
        sensitivity: What is given, from 0 to 1.
        num_thresholds: How many thresholds from 0 to 1 are tried.
        class_id: Look at this class alone.
        name, dtype: See `Metric`.
    """

    wanted, given = "specificity", "sensitivity"

    sensitivity: Rate
    num_thresholds: Positive = 200
    class_id: NonNegative | None = None


class PrecisionAtRecall(_Best):
    """The best `tp / (tp + fp)` over the thresholds with `tp / (tp + fn) >= recall`.

    Args:
        recall: What is given, from 0 to 1.
        num_thresholds: How many thresholds from 0 to 1 are tried.
        class_id: Look at this class alone.
        name, dtype: See `Metric`.
    """

    wanted, given = "precision", "recall"

    recall: Rate
    num_thresholds: Positive = 200
    class_id: NonNegative | None = None


class RecallAtPrecision(_Best):
    """The best `tp / (tp + fn)` over the thresholds with `tp / (tp + fp) >= precision`.

    Args:
        precision: What is given, from 0 to 1.
        num_thresholds: How many thresholds from 0 to 1 are tried.
        class_id: Look at this class alone.
        name, dtype: See `Metric`.
    """

    wanted, given = "recall", "precision"

    precision: Rate
    num_thresholds: Positive = 200
    class_id: NonNegative | None = None
