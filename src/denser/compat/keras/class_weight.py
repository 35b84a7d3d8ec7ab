"""Class weights as older versions took them: lists, words for none, and some for each output."""

from typing import Any

import numpy as np

from ...core.messages import UserError
from ...training.data.adapt import class_weigher


def take_class_weight(model: Any, kwargs: dict[str, Any]) -> None:
    """Make `class_weight` in the arguments of a call what it is today.

    What is given for each output, as a list or by name, becomes the weights of rows.
    """
    weights = kwargs.get("class_weight")
    if weights is None:
        return
    if isinstance(weights, str) or isinstance(weights, dict) and not weights:
        kwargs["class_weight"] = None
    elif isinstance(weights, dict) and all(_is_number(k) for k in weights):
        kwargs["class_weight"] = {int(k): float(v) for k, v in weights.items()}
    elif _is_of_outputs(weights) and len(model.output_names or ()) == 1:
        kwargs["class_weight"] = weights[0] if len(weights) == 1 else None  # else it meant nothing
    elif isinstance(weights, dict) or _is_of_outputs(weights):
        kwargs["sample_weight"] = _of_rows(model, kwargs, weights)
        kwargs["class_weight"] = None
    else:
        kwargs["class_weight"] = dict(enumerate(np.asarray(weights).tolist()))


def _is_of_outputs(weights: Any) -> bool:
    return isinstance(weights, (list, tuple)) and any(
        isinstance(part, (dict, list, tuple)) for part in weights
    )


def _of_rows(model: Any, kwargs: dict[str, Any], weights: Any) -> list:
    """The weight of each row for each output."""
    names = model.output_names or []
    targets, given = kwargs.get("y"), kwargs.get("sample_weight")
    if targets is None:
        raise UserError(
            "`class_weight` for each output needs arrays of targets; let the generator give "
            "(x, y, sample_weight) instead."
        )
    parts = (_in_order(value, names) for value in (weights, targets, given))
    made = []
    for part, y, rows in zip(*parts, strict=True):
        table: dict[int, float] = part if isinstance(part, dict) else dict(enumerate(part or ()))
        made.append(class_weigher(table)((None, y, rows))[2])
    return made


def _in_order(value: Any, names: list[str]) -> list:
    """One value for each output."""
    if isinstance(value, dict):
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value] * len(names)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number))
