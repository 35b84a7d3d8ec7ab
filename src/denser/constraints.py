"""Constraints: what brings a weight back to where it may be, after each step of the optimizer.

Any function of an array that returns one of the same shape is a constraint too.
"""

from collections.abc import Callable
from typing import Annotated, Any

import jax.numpy as jnp

from . import config
from .core.fields import NonNegativeNumber, Rate, Rule, when
from .core.messages import bad_argument
from .core.registry import Family, Registered
from .core.tensor import Array, as_array

CONSTRAINTS = Family("constraint", "constraints")


def _is_axes(value: Any) -> bool:
    axes = value if isinstance(value, (list, tuple)) else [value]
    return all(isinstance(axis, int) and not isinstance(axis, bool) for axis in axes)


Axes = Annotated[Any, when("an axis or a list of axes", _is_axes, bad=("a", 0.5, None))]


class Constraint(Registered):
    """Base of constraints: a subclass defines `__call__(self, w)`, which returns the new weight.

    Example:
        >>> class Symmetric(Constraint):
        ...     def __call__(self, w):
        ...         return (w + ops.transpose(w)) / 2
    """

    family = CONSTRAINTS

    def __call__(self, w: Any) -> Any:
        """The weight that takes the place of `w`; the base's is `w` itself."""
        return as_array(w)


class MaxNorm(Constraint):
    """Shortens each vector along `axis` that is longer than `max_value`.

    Args:
        max_value: The greatest length.
        axis: The axes along which the lengths are taken: 0 for a kernel (inputs, units),
            [0, 1, 2] for one of Conv2D, so that each unit has its own.

    Source: Srivastava et al. 2014, "Dropout".
    """

    max_value: NonNegativeNumber = 2
    axis: Axes = 0

    def __call__(self, w: Any) -> Array:
        """The weight with its longest vectors shortened."""
        return _with_norms(w, self.axis, lambda norms: jnp.clip(norms, 0, self.max_value))


class NonNeg(Constraint):
    """Makes negative weights 0."""

    def __call__(self, w: Any) -> Array:
        """`max(w, 0)`."""
        return jnp.maximum(as_array(w), 0)


class UnitNorm(Constraint):
    """Brings each vector along `axis` to length 1.

    Args:
        axis: As in `MaxNorm`.
    """

    axis: Axes = 0

    def __call__(self, w: Any) -> Array:
        """The weight with vectors of length 1."""
        return _with_norms(w, self.axis, jnp.ones_like)


class MinMaxNorm(Constraint):
    """Moves the length of each vector along `axis` into a range, or nearer to it.

    Args:
        min_value, max_value: The range.
        rate: How much of the way: 1 goes into the range at once, 0.1 a tenth at each step.
        axis: As in `MaxNorm`.
    """

    min_value: NonNegativeNumber = 0.0
    max_value: NonNegativeNumber = 1.0
    rate: Rate = 1.0
    axis: Axes = 0

    def setup(self) -> None:
        """Refuse an empty range."""
        if self.min_value > self.max_value:
            least = f"at least `min_value`, {self.min_value}"
            raise bad_argument(self, "max_value", least, self.max_value)

    def __call__(self, w: Any) -> Array:
        """The weight with its vectors' lengths moved."""

        def wanted(norms: Array) -> Array:
            inside = jnp.clip(norms, self.min_value, self.max_value)
            return self.rate * inside + (1 - self.rate) * norms

        return _with_norms(w, self.axis, wanted)


def _with_norms(w: Any, axis: Any, wanted: Callable[[Array], Array]) -> Array:
    """The weight with the lengths along `axis` that `wanted` gives for the present ones."""
    w = as_array(w)
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    norms = jnp.sqrt(jnp.sum(jnp.square(w), axis, keepdims=True))
    return w * (wanted(norms) / (config.epsilon() + norms))


def get(identifier: Any) -> Any:
    """The constraint meant by a name, a config, a class, an object or a function; None is None.

    Example:
        >>> get("max_norm").get_config()
        {'max_value': 2, 'axis': 0}
    """
    return CONSTRAINTS.get(identifier)


def serialize(constraint: Any) -> Any:
    """The config that `deserialize` makes `constraint` from again."""
    return CONSTRAINTS.serialize(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The constraint that `serialize` described."""
    return CONSTRAINTS.deserialize(config, custom_objects)


AConstraint = Annotated[
    Any,
    Rule(
        "a constraint: its name, an object, or a function of an array",
        lambda value: value is None or callable(value),
        get,
        bad=("no_such_name", 17),
    ),
]

max_norm = MaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
min_max_norm = MinMaxNorm
