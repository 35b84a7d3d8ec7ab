"""The same network in Keras, the oracle, and in denser, with the same weights."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import keras
import numpy as np

import denser


def twins(build: Callable[[ModuleType], Any], *data: Any) -> tuple[Any, Any]:
    """`build(library)` for both libraries; denser's copy starts with Keras's weights.

    Args:
        build: Makes a model from the library it is given: `lambda k: k.Sequential([...])`.
        data: Called with it first, where a model is built by its first data.
    """
    theirs, ours = build(keras), build(denser)
    if data:
        theirs(*data), ours(*data)
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def agree(theirs: Any, ours: Any, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Both are equal up to float32's rounding: arrays, lists or dicts of numbers."""
    if isinstance(theirs, dict):
        assert list(ours) and set(ours) == set(theirs), (set(theirs), set(ours))
        for key, value in theirs.items():
            agree(value, ours[key], rtol, atol)
        return
    if isinstance(theirs, (list, tuple)) and not isinstance(theirs[0], (int, float)):
        assert len(theirs) == len(ours)
        for a, b in zip(theirs, ours, strict=True):
            agree(a, b, rtol, atol)
        return
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=rtol, atol=atol)
