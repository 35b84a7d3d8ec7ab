"""Regularizers: numbers added to the loss that keep weights or outputs small.

Any function of an array that returns a number is a regularizer too.
"""

import math
from typing import Annotated, Any

import jax.numpy as jnp

from .core.fields import Rule, one_of
from .core.messages import bad_input
from .core.registry import Family, Registered
from .core.tensor import Array, as_array

REGULARIZERS = Family("regularizer", "regularizers")


def _as_factor(value: Any) -> Any:
    """A float; None, in older configs, means 0."""
    if value is None:
        return 0.0
    try:
        return value if isinstance(value, (str, bool)) else float(value)
    except TypeError:
        return value


Factor = Annotated[
    float,
    Rule(
        "a finite number of 0 or more",
        lambda value: isinstance(value, float) and math.isfinite(value) and value >= 0,
        _as_factor,
        bad=(-0.1, "a", math.nan, math.inf),
    ),
]


class Regularizer(Registered):
    """Base of regularizers: a subclass defines `__call__(self, x)`, which returns a number.

    Example:
        >>> class L3(Regularizer):
        ...     def __call__(self, x):
        ...         return 0.01 * ops.sum(ops.abs(x) ** 3)
    """

    family = REGULARIZERS

    def __call__(self, x: Any) -> Any:
        """The penalty for a weight or an output; the base's is 0."""
        return 0.0


class L1(Regularizer):
    """`l1 * sum(|x|)`, which pulls weights to exactly 0.

    Args:
        l1: The factor.

    Example:
        >>> float(L1(0.5)([1.0, -3.0]))
        2.0
    """

    l1: Factor = 0.01

    def __call__(self, x: Any) -> Array:
        """The penalty."""
        return self.l1 * jnp.sum(jnp.abs(as_array(x)))


class L2(Regularizer):
    """`l2 * sum(x^2)`.

    Args:
        l2: The factor.

    Example:
        >>> float(L2(0.5)([1.0, -3.0]))
        5.0
    """

    l2: Factor = 0.01

    def __call__(self, x: Any) -> Array:
        """The penalty."""
        return self.l2 * jnp.sum(jnp.square(as_array(x)))


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x^2)`.

    Args:
        l1, l2: The factors.
    """

    l1: Factor = 0.0
    l2: Factor = 0.0

    def __call__(self, x: Any) -> Array:
        """The penalty."""
        x = as_array(x)
        return self.l1 * jnp.sum(jnp.abs(x)) + self.l2 * jnp.sum(jnp.square(x))


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean of `|cos|` over the pairs of rows (or columns) of a matrix.

    It is 0 where all of them are orthogonal; their lengths do not count.

    Shapes:
        x: (rows, columns)

    Args:
        factor: The factor.
        mode: "rows" or "columns".
    """

    factor: Factor = 0.01
    mode: Annotated[str, one_of("rows", "columns")] = "rows"

    def __call__(self, x: Any) -> Array:
        """The penalty for a matrix."""
        x = as_array(x)
        if x.ndim != 2:
            raise bad_input(self, "(rows, columns)", str(x.shape))
        x = x if self.mode == "rows" else x.T
        x = x * jnp.reciprocal(jnp.sqrt(jnp.maximum(jnp.sum(x * x, 1, keepdims=True), 1e-12)))
        cosines = x @ x.T  # (rows, rows)
        pairs = max(len(x) * (len(x) - 1) // 2, 1)
        return self.factor * jnp.sum(jnp.abs(jnp.triu(cosines, 1))) / pairs


def get(identifier: Any) -> Any:
    """The regularizer meant by a name, a config, a class, an object or a function; None is None.

    Example:
        >>> get("l2").get_config()
        {'l2': 0.01}
    """
    return REGULARIZERS.get(identifier)


def serialize(regularizer: Any) -> Any:
    """The config that `deserialize` makes `regularizer` from again."""
    return REGULARIZERS.serialize(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer that `serialize` described."""
    return REGULARIZERS.deserialize(config, custom_objects)


ARegularizer = Annotated[
    Any,
    Rule(
        "a regularizer: its name, an object, or a function of an array",
        lambda value: value is None or callable(value),
        get,
        bad=("no_such_name", 17),
    ),
]

l1 = L1
l2 = L2
l1_l2 = REGULARIZERS.add(L1L2, "l1l2", "l1_l2")
orthogonal_regularizer = OrthogonalRegularizer
