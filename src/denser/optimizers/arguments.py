"""What the optimizers' arguments may be."""

from numbers import Real
from typing import Annotated, Any

from ..core.fields import Rule, when


def is_rate(value: Any) -> bool:
    """Whether `value` may be a learning rate: a number, a scalar array, or something to call."""
    return is_number(value) or callable(value) or getattr(value, "shape", None) == ()


def is_number(value: Any) -> bool:
    """Whether `value` is a real number of Python's or NumPy's, and no bool."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_positive(value: Any) -> bool:
    """Whether `value` is a number above 0."""
    return is_number(value) and value > 0


def is_above_one(value: Any) -> bool:
    """Whether `value` is an integer of 2 or more."""
    return is_number(value) and value > 1 and value == int(value)


LearningRate = Annotated[
    Any,
    Rule(
        "a number, a LearningRateSchedule, a Variable or a function without arguments",
        is_rate,
        bad=("fast", [0.1], None),
    ),
]
Threshold = Annotated[float, when("a positive number", is_positive, bad=(0, -1.0, "a"))]
Round = Annotated[int, when("an integer of 2 or more", is_above_one, bad=(1, 0, 2.5))]
Amount = Annotated[
    float, when("a number of 0 or more", lambda v: is_number(v) and v >= 0, bad=(-1.0, "a"))
]
