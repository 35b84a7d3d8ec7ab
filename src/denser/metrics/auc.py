"""Areas under curves of two rates over all thresholds."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..core.fields import Positive, Rule, when
from ..core.messages import UserError, bad_argument, shape_text, who
from ..losses.weighing import safe_divide
from .confusion import COUNTS, Thresholds, _Counting, as_list, even_thresholds

Curve = Annotated[
    str,
    Rule(
        "'ROC', 'PR' or 'PRGAIN'",
        lambda v: v in ("ROC", "PR", "PRGAIN"),
        lambda v: str(getattr(v, "value", v)).upper(),
        ("no such curve",),
    ),
]
Summation = Annotated[
    str,
    Rule(
        "'interpolation', 'minoring' or 'majoring'",
        lambda v: v in ("interpolation", "minoring", "majoring"),
        lambda v: str(getattr(v, "value", v)).lower(),
        ("no such rule",),
    ),
]
Several = Annotated[
    int, when("an integer of 2 or more", lambda v: isinstance(v, int) and v > 1, bad=(1, 0, "3"))
]


class AUC(_Counting):
    """The area under a curve of two rates over all thresholds, by a Riemann sum.

    'ROC': recall over the false alarms `fp / (fp + tn)`; 1 is perfect, 0.5 chance. 'PR': precision
    over recall. 'PRGAIN': both as gains over the share of positives.

    Args:
        num_thresholds: How many thresholds from 0 to 1.
        curve: 'ROC', 'PR' or 'PRGAIN'.
        summation_method: 'interpolation' takes the mean of neighbours (for 'PR': of their counts),
            'minoring' the lesser, 'majoring' the larger one.
        name, dtype: See `Metric`.
        thresholds: The thresholds between 0 and 1, in place of `num_thresholds`.
        multi_label: Whether each column is a label of its own; the areas are averaged.
        num_labels: How many labels; None: seen in the first batch.
        label_weights: Weights of the labels in the average, or without `multi_label` in the counts.
        from_logits: Whether y_pred has not been through a sigmoid yet.

    Example:
        >>> float(AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
        0.75

    Source: Davis and Goadrich, ICML 2006 (interpolation of PR); Flach and Kull, NIPS 2015 (gains).
    """

    _direction = "up"
    unwritten = ("thresholds",)

    num_thresholds: Several = 200
    curve: Curve = "ROC"
    summation_method: Summation = "interpolation"
    name: str | None = None
    dtype: Any = None
    thresholds: Thresholds = None
    multi_label: bool = False
    num_labels: Positive | None = None
    label_weights: Any = None
    from_logits: bool = False

    def setup(self) -> None:
        """Lay the thresholds and, where the labels' number is known, make the state."""
        super().setup()
        inner = even_thresholds(self.num_thresholds)[1:-1]
        self.init_thresholds = None
        if self.thresholds is not None:
            self.init_thresholds = inner = sorted(as_list(self.thresholds, 0.5))
        self.num_thresholds = len(inner) + 2
        # Predictions of exactly 0 and 1 lie inside.
        self.thresholds = [-config.epsilon(), *inner, 1 + config.epsilon()]
        if self.num_labels and not self.multi_label:
            raise bad_argument(
                self, "num_labels", "None without `multi_label=True`", self.num_labels
            )
        if self.num_labels or not self.multi_label:
            self.build((self.num_labels,) if self.num_labels else ())

    def build(self, labels: tuple[int, ...]) -> None:
        """Make the state, (thresholds, labels) with `multi_label`."""
        self.keep(self.thresholds, labels)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in: y_true (batch, ...) of 0 and 1, y_pred alike."""
        if self.multi_label and not self.variables:
            if np.ndim(y_pred) != 2:
                raise UserError(
                    f"{who(self)}: expected `y_pred` (batch, labels) with `multi_label=True`; got "
                    f"{shape_text(np.shape(y_pred))}."
                )
            self.build((np.shape(y_pred)[1],))
        super().update_state(y_true, y_pred, sample_weight)

    def add(self, y_true: Any, y_pred: Any, weight: Any) -> None:
        """Count every entry, or with `multi_label` the entries of each column."""
        if self.from_logits:
            y_pred = jax.nn.sigmoid(y_pred)
        if not self.multi_label:
            if self.label_weights is not None:
                labels = jnp.broadcast_to(self._label_weights(), y_pred.shape)
                weight = labels if weight is None else weight * labels
            return super().add(y_true, y_pred, weight)
        return self.add_counts(self.count(y_true, y_pred, weight))

    def _label_weights(self) -> Any:
        return jnp.asarray(self.label_weights, self.dtype)

    def result(self) -> Any:
        """The area, averaged over the labels with `multi_label`."""
        if self.multi_label and not self.variables:
            return jnp.zeros((), self.dtype)
        counts = [getattr(self, name).value for name in COUNTS]
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated_precision(*counts)
        else:
            x, y = _CURVE_POINTS[self.curve](*counts)
            height = {
                "interpolation": (y[:-1] + y[1:]) / 2,
                "minoring": jnp.minimum(y[:-1], y[1:]),
                "majoring": jnp.maximum(y[:-1], y[1:]),
            }[self.summation_method]
            areas = (x[:-1] - x[1:]) * height  # thresholds rise, so x falls
        area = areas.sum(axis=0)
        if not self.multi_label:
            return area
        if self.label_weights is None:
            return area.mean()
        weights = self._label_weights()
        return safe_divide((area * weights).sum(), weights.sum())

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric again."""
        config = {**super().get_config(), "thresholds": self.init_thresholds}
        if self.init_thresholds is None:
            del config["thresholds"]
        return config


def _roc(tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
    return safe_divide(fp, fp + tn), safe_divide(tp, tp + fn)


def _precision_recall(tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
    return safe_divide(tp, tp + fn), safe_divide(tp, tp + fp)


def _gains(tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any]:
    """Recall and precision as `1 - (positives / negatives) * (errors / tp)`."""
    odds = safe_divide(tp + fn, tn + fp)
    recall = jnp.where(tp == 0, 0, 1 - odds * safe_divide(fn, tp))
    precision = jnp.where(tp == 0, 1, 1 - odds * safe_divide(fp, tp))
    return jnp.maximum(recall, 0), precision


_CURVE_POINTS = {"ROC": _roc, "PR": _precision_recall, "PRGAIN": _gains}


def _interpolated_precision(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """The areas between neighbours where tp and fp, not their ratio, are interpolated.

    With the slope s of tp over p = tp + fp and the intercept c, the area is the integral of
    (c + s * p) / p over the true positives: s * (d tp + c * log(p' / p)) / positives.
    """
    p = tp + fp
    d_tp = tp[:-1] - tp[1:]
    slope = safe_divide(d_tp, jnp.maximum(p[:-1] - p[1:], 0))
    intercept = tp[1:] - slope * p[1:]
    inside = (p[:-1] > 0) & (p[1:] > 0)
    ratio = jnp.where(inside, safe_divide(p[:-1], jnp.maximum(p[1:], 0)), 1)
    area = slope * (d_tp + intercept * jnp.log(ratio))
    return safe_divide(area, jnp.maximum(tp[1:] + fn[1:], 0))
