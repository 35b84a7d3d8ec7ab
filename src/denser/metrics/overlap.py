"""Overlap of true and predicted regions: intersection over union, from a confusion matrix."""

from typing import Annotated, Any, ClassVar

import jax.numpy as jnp

from .. import config
from ..core.budget import allocate
from ..core.fields import Number, Positive, Rule
from ..core.masks import get_mask
from ..core.messages import UserError, bad_argument, shape_text, who
from ..core.tensor import as_array
from ..losses.weighing import fit
from .metric import _Named, weigh

Classes = Annotated[
    Any,
    Rule(
        "a list of class numbers",
        lambda v: isinstance(v, list) and all(isinstance(c, int) and c >= 0 for c in v),
        lambda v: [int(c) for c in v] if isinstance(v, (list, tuple)) else v,
        (3, ["a"]),
    ),
]


class _Overlap(_Named):
    """Intersection over union of some classes, averaged: `tp / (tp + fp + fn)`.

    Subclasses have the fields this reads; where they lack one, what stands here holds.
    """

    _direction = "up"
    ignore_class = None
    sparse_y_true = sparse_y_pred = True
    axis = -1
    num_classes: ClassVar[int]
    target_class_ids: ClassVar[list[int]]

    def setup(self) -> None:
        self.dtype = self.dtype or "int32"
        super().setup()
        number = self.classes()
        if max(self.targets()) >= number:
            expected = f"made of class numbers below {number}"
            raise bad_argument(self, "target_class_ids", expected, self.targets())
        name = "total_confusion_matrix"
        self.total_cm = self.add_variable((number, number), jnp.zeros, self.dtype, name=name)

    def classes(self) -> int:
        """How many classes there are."""
        return self.num_classes

    def targets(self) -> list[int]:
        """The classes whose overlap is averaged."""
        return self.target_class_ids

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch of class numbers (batch, ...) in, or of scores (batch, ..., classes)."""
        mask = get_mask(y_pred)
        true = self.class_numbers(y_true, self.sparse_y_true)
        pred = self.class_numbers(y_pred, self.sparse_y_pred)
        if true.size != pred.size:
            raise UserError(
                f"{who(self)}: expected as many true as predicted class numbers; got shapes "
                f"{shape_text(true.shape)} and {shape_text(pred.shape)}."
            )
        pred = pred.reshape(true.shape)
        weight = weigh(self, sample_weight, mask, true.ndim)
        fitted, weight = fit(true, jnp.ones((), self.dtype) if weight is None else weight)
        weight = jnp.broadcast_to(weight, fitted.shape).ravel()

        number, true, pred = self.classes(), true.ravel(), pred.ravel()
        valid = (true >= 0) & (true < number) & (pred >= 0) & (pred < number)
        if self.ignore_class is not None:
            valid &= true != self.ignore_class
        weight = jnp.where(valid, weight, 0)
        place = jnp.where(valid, number * true + pred, 0)  # row: true, column: predicted
        counts = jnp.zeros(number * number, self.dtype).at[place].add(weight)
        self.total_cm.assign_add(counts.reshape(number, number))

    def class_numbers(self, y: Any, sparse: bool) -> Any:
        """Class numbers as int32, of scores the best one's."""
        y = as_array(y)
        return (y if sparse else jnp.argmax(y, axis=self.axis)).astype(jnp.int32)

    def result(self) -> Any:
        """The mean over the target classes that occur at all."""
        matrix = self.total_cm.value.astype(jnp.float32)
        both = jnp.diagonal(matrix)
        either = matrix.sum(axis=0) + matrix.sum(axis=1) - both
        chosen = jnp.asarray(self.targets())
        both, either = both[chosen], either[chosen]
        occurs = either > 0
        overlap = jnp.where(occurs, both / (either + config.epsilon()), 0)
        return overlap.sum() / (occurs.sum() + config.epsilon())


class IoU(_Overlap):
    """The mean over some classes of `tp / (tp + fp + fn)`: shared area over joint area.

    Args:
        num_classes: How many classes there are.
        target_class_ids: The classes whose overlap is averaged.
        name, dtype: See `Metric`; the type is that of the counts, None means int32.
        ignore_class: Entries with this true class do not count.
        sparse_y_true, sparse_y_pred: Whether they hold class numbers; else one-hot rows or scores.
        axis: The axis of the classes in scores.

    Example:
        >>> round(float(IoU(2, [0])([0, 0, 1, 1], [0, 1, 0, 1])), 4)
        0.3333
    """

    num_classes: Positive
    target_class_ids: Classes
    name: str | None = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1


class BinaryIoU(_Overlap):
    """The mean of `tp / (tp + fp + fn)` over yes and no, predictions from a threshold on being yes.

    Args:
        target_class_ids: [0], [1] or both.
        threshold: From it on the answer is yes.
        name, dtype: See `Metric`; the type is that of the counts, None means int32.

    Example:
        >>> round(float(BinaryIoU()([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
        0.5833
    """

    target_class_ids: Classes = (0, 1)
    threshold: Number = 0.5
    name: str | None = None
    dtype: Any = None

    def classes(self) -> int:
        """Two: no and yes."""
        return 2

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in: y_true (batch, ...) of 0 and 1, y_pred alike."""
        mask = get_mask(y_pred)
        weight = weigh(self, sample_weight, mask, as_array(y_pred).ndim)
        super().update_state(y_true, as_array(y_pred) >= self.threshold, weight)


class MeanIoU(_Overlap):
    """The mean over all classes of `tp / (tp + fp + fn)`.

    Args:
        num_classes: How many classes there are.
        name, dtype: See `Metric`; the type is that of the counts, None means int32.
        ignore_class: Entries with this true class do not count.
        sparse_y_true, sparse_y_pred: Whether they hold class numbers; else one-hot rows or scores.
        axis: The axis of the classes in scores.
    """

    num_classes: Positive
    name: str | None = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1

    def targets(self) -> list[int]:
        """All classes."""
        allocate((self.num_classes, 8), "float64", "num_classes")
        return list(range(self.num_classes))


class OneHotIoU(_Overlap):
    """`IoU` for one-hot labels.

    Args:
        num_classes: How many classes there are.
        target_class_ids: The classes whose overlap is averaged.
        name, dtype: See `Metric`; the type is that of the counts, None means int32.
        ignore_class: Entries with this true class do not count.
        sparse_y_pred: Whether y_pred holds class numbers; else scores.
        axis: The axis of the classes in scores.
    """

    sparse_y_true = False

    num_classes: Positive
    target_class_ids: Classes
    name: str | None = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1


class OneHotMeanIoU(_Overlap):
    """`MeanIoU` for one-hot labels.

    Args:
        num_classes: How many classes there are.
        name, dtype: See `Metric`; the type is that of the counts, None means int32.
        ignore_class: Entries with this true class do not count.
        sparse_y_pred: Whether y_pred holds class numbers; else scores.
        axis: The axis of the classes in scores.
    """

    sparse_y_true = False

    num_classes: Positive
    name: str | None = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_pred: bool = False
    axis: int = -1

    def targets(self) -> list[int]:
        """All classes."""
        allocate((self.num_classes, 8), "float64", "num_classes")
        return list(range(self.num_classes))
