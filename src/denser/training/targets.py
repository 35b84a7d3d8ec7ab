"""Targets: the shapes and values that a loss takes, and what to do about others."""

from typing import Any

import numpy as np

from .. import losses
from ..core.graph import public_shape
from ..core.messages import UserError, shape_text

_CLASS_NUMBERS = (losses.sparse_categorical_crossentropy,)
_ONE_HOT = (
    losses.categorical_crossentropy,
    losses.categorical_focal_crossentropy,
    losses.categorical_generalized_cross_entropy,
)
_BINARY = (losses.binary_crossentropy, losses.binary_focal_crossentropy)
_ALIKE = (
    *_ONE_HOT,
    *_BINARY,
    losses.categorical_hinge,
    losses.cosine_similarity,
    losses.dice,
    losses.hinge,
    losses.huber,
    losses.kl_divergence,
    losses.log_cosh,
    losses.mean_absolute_error,
    losses.mean_absolute_percentage_error,
    losses.mean_squared_error,
    losses.mean_squared_logarithmic_error,
    losses.poisson,
    losses.squared_hinge,
    losses.tversky,
)


def _function_of(loss: Any) -> Any:
    """The function whose loss this is, if it looks at classes along the last axis; else None."""
    if not hasattr(loss, "function_arguments"):
        return None
    return loss.fn if loss.function_arguments().get("axis", -1) == -1 else None


def _is_one_of(function: Any, known: tuple) -> bool:
    return any(function is one for one in known)


def check_shape(loss: Any, y_true: Any, y_pred: Any) -> None:
    """Raise where JAX would silently stretch targets over the output, or where one unit is asked
    to tell classes apart."""
    function, true, pred = _function_of(loss), public_shape(y_true), public_shape(y_pred)
    sparse = _is_one_of(function, _CLASS_NUMBERS)
    if not sparse and not _is_one_of(function, _ALIKE) or not pred:
        return
    if pred[-1] == 1 and (sparse or _is_one_of(function, _ONE_HOT)):
        raise UserError(
            f"Loss '{function.__name__}': the output {shape_text(pred)} has one unit, which cannot "
            "tell classes apart. For two classes use Dense(1, 'sigmoid') and "
            "loss='binary_crossentropy'; for more, give the last layer a unit for each."
        )
    expected = pred[:-1] if sparse else pred
    if not _fits(true, expected):
        raise UserError(
            f"Loss '{function.__name__}': expected targets {shape_text(expected)} for the output "
            f"{shape_text(pred)}; got {shape_text(true)}. {_fix(function, true, pred)}"
        )


def _fits(true: tuple, expected: tuple) -> bool:
    """Whether shapes are equal, a last axis of size 1 and unknown sizes aside."""
    if len(true) == len(expected) + 1 and true[-1] == 1:
        true = true[:-1]
    elif len(expected) == len(true) + 1 and expected[-1] == 1:
        expected = expected[:-1]
    return len(true) == len(expected) and all(
        a is None or b is None or a == b for a, b in zip(true, expected, strict=True)
    )


def _fix(function: Any, true: tuple, pred: tuple) -> str:
    if _is_one_of(function, _CLASS_NUMBERS):
        if _fits(true, pred):
            return "For one-hot targets use loss='categorical_crossentropy'."
        if len(pred) > len(true) + 1:
            return "Put Flatten() or a global pooling before the last layer."
        return "Give the number of the class, one for each prediction."
    if _fits(true, pred[:-1]) and _is_one_of(function, (*_ONE_HOT, *_BINARY)):
        return (
            "For targets that are class numbers use loss='sparse_categorical_crossentropy', or "
            f"make them one-hot with denser.utils.to_categorical(y, {pred[-1]})."
        )
    if len(true) > 1 and _fits(true[:-1], pred[:-1]):
        return f"Give the last layer {true[-1]} units, or each row {pred[-1]} targets."
    if len(pred) > len(true) + 1:
        return "Put Flatten() or a global pooling before the last layer."
    return "Reshape the targets, or change the last layer."


def check_labels(loss: Any, y: Any, units: int | None) -> None:
    """Raise where the targets' values cannot be what this loss expects."""
    function, y = _function_of(loss), np.asarray(y)
    if y.size == 0 or y.dtype.kind not in "biuf":
        return
    if _is_one_of(function, _CLASS_NUMBERS) and units is not None:
        _check_class_numbers(function.__name__, loss.function_arguments(), y, units)
    elif _is_one_of(function, (*_ONE_HOT, *_BINARY)):
        low, high = y.min(), y.max()
        if low < 0 or high > 1:
            hint = (
                "For class numbers use loss='sparse_categorical_crossentropy' and one unit for "
                "each class."
            )
            if (low, high) == (-1, 1):
                hint = "Bring -1 and 1 to 0 and 1: (y + 1) / 2; or use loss='hinge'."
            raise UserError(
                f"Loss '{function.__name__}': targets must be from 0 to 1; `y` goes from {low} to "
                f"{high}. {hint}"
            )


def _check_class_numbers(name: str, arguments: dict[str, Any], y: Any, units: int) -> None:
    if arguments.get("ignore_class") is not None:
        y = y[y != arguments["ignore_class"]]
    if y.size == 0:
        return
    low, high = y.min(), y.max()
    if low < 0 or high >= units:
        fix = f"Give the last layer {int(high) + 1} units."
        if low >= 1:
            fix = f"Subtract 1 from labels that start at 1, or g{fix[1:]}"
        elif low < 0:
            fix = "Labels that mean 'none' need ignore_class=... in SparseCategoricalCrossentropy."
        raise UserError(
            f"Loss '{name}': labels must be from 0 to {units - 1}, as the output has {units} "
            f"units; `y` goes from {low} to {high}. {fix}"
        )
    if y.dtype.kind == "f" and np.any(y != np.rint(y)):
        raise UserError(
            f"Loss '{name}': labels must be whole numbers; `y` has fractions. For a number to "
            "predict use Dense(1) and loss='mse'."
        )
