"""Targets and vectors as networks want them."""

from typing import Any

import numpy as np

from ..core.messages import UserError
from ..core.tensor import is_tensor
from ..ops import normalize as normalize_op
from ..ops import one_hot


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Class numbers as one-hot rows.

    Shapes:
        x: (...) or (..., 1), integers from 0 -> (..., num_classes), float

    Args:
        num_classes: How many classes there are; None: the highest number and one.

    Example:
        >>> to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]])
    """
    if is_tensor(x):
        x = x[..., 0] if len(x.shape) > 1 and x.shape[-1] == 1 else x
        return one_hot(x, num_classes)
    labels = np.asarray(x).astype("int64")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    classes = num_classes or (int(labels.max()) + 1 if labels.size else 0)
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise UserError(
            f"to_categorical: labels must be from 0 to {classes - 1}; they go from "
            f"{labels.min()} to {labels.max()}."
        )
    return np.eye(classes)[labels]


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Each vector along `axis` divided by its norm of that order; vectors of zeros stay.

    Example:
        >>> normalize([[3.0, 4.0]])
        array([[0.6, 0.8]])
    """
    if is_tensor(x):
        return normalize_op(x, axis=axis, order=order)
    x = np.asarray(x)
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    return x / np.expand_dims(np.where(norm == 0, 1, norm), axis)
