"""Initializer: the base of all, and what a layer's argument of that kind may be."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from ..core.dtype import canonical, standardize_dtype
from ..core.fields import Rule
from ..core.registry import Family, Registered

INITIALIZERS = Family("initializer", "initializers")

Shape = tuple[int, ...]


class Initializer(Registered):
    """Base of initializers: a subclass defines `__call__(self, shape, dtype=None)`.

    Example:
        >>> class Ramp(Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return ops.reshape(ops.arange(math.prod(shape), dtype=dtype), shape)
    """

    family = INITIALIZERS

    def __call__(self, shape: Shape, dtype: Any = None) -> Any:
        """The starting value, of that shape and type (None: `config.floatx()`)."""
        raise NotImplementedError(f"{type(self).__name__} must define `__call__(shape, dtype)`.")

    def clone(self) -> "Initializer":
        """A new one of the same arguments; without a seed it will give other numbers."""
        return type(self).from_config(self.get_config())


AnInitializer = Annotated[
    Any,
    Rule(
        "an initializer: its name, an object, or a function of (shape, dtype)",
        lambda value: value is None or callable(value),
        INITIALIZERS.get,
        bad=("no_such_name", 17),
    ),
]


def numpy_dtype(dtype: Any) -> np.dtype:
    """NumPy's type for a type's name; None: `config.floatx()`."""
    return jnp.dtype(canonical(standardize_dtype(dtype)))
