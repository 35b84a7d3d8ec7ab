"""Sums and means: of values, and of a function's value per sample."""

import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar

import jax.numpy as jnp

from ..core.dtype import is_float
from ..core.masks import get_mask
from ..core.registry import revive, serialize
from ..core.tensor import as_array, map_leaves
from ..losses.loss import LOSSES, as_arrays
from ..losses.weighing import fit, safe_divide, times
from .metric import Metric, _Named, weigh


def weighted(metric: Metric, values: Any, sample_weight: Any, mask: Any = None) -> Any:
    """Values times their weight, and the weight in a shape that broadcasts to theirs.

    Args:
        values: Values of each sample; entries that their own mask leaves out count for nothing.
        sample_weight: Weights for the leading axes, or None; the weight returned is None where
            all count alike.
        mask: Boolean for the leading axes, or None.
    """
    mask = times(mask, get_mask(values))
    values = as_array(values, metric.dtype)
    weight = weigh(metric, sample_weight, mask, values.ndim)
    if weight is None:
        return values, None
    values, weight = fit(values, weight)
    return values * weight, weight


class Sum(_Named):
    """`sum(weight * value)` over all batches.

    Args:
        name, dtype: See `Metric`.

    Example:
        >>> float(Sum()([1.0, 3.0], sample_weight=[1, 0]))
        1.0
    """

    name = "sum"

    def setup(self) -> None:
        """Make the state."""
        super().setup()
        self.total = self.zeros("total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values (batch, ...), times weights for the leading axes."""
        self.total.assign_add(weighted(self, values, sample_weight)[0].sum())

    def result(self) -> Any:
        """The sum."""
        return self.total.value


class _Mean(_Named):
    """A weighted mean over all batches: a total and a count.

    Each sample counts once, with the mean of its values; a batch that is given one number as its
    weight counts once, as that.
    """

    def setup(self) -> None:
        super().setup()
        self.total, self.count = self.zeros("total"), self.zeros("count")

    def add(self, values: Any, sample_weight: Any, mask: Any = None) -> None:
        values, weight = weighted(self, values, sample_weight, mask)
        if weight is not None and weight.ndim == 0:
            self.total.assign_add(values.mean())
            self.count.assign_add(weight)
            return
        each = math.prod(values.shape[1:])  # values of one sample
        self.total.assign_add(values.sum() / each)
        if weight is None:
            self.count.assign_add(values.size / each)
        else:
            self.count.assign_add(jnp.broadcast_to(weight, values.shape).sum() / each)

    def result(self) -> Any:
        """The mean; 0 before the first batch."""
        return safe_divide(self.total.value, self.count.value)


class Mean(_Mean):
    """`sum(weight * value) / sum(weight)` over all batches.

    Args:
        name, dtype: See `Metric`.

    Example:
        >>> float(Mean()([1.0, 3.0, 5.0], sample_weight=[1, 1, 0]))
        2.0
    """

    name = "mean"

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values (batch, ...) in, with weights for the leading axes."""
        self.add(values, sample_weight)


class _MeanOf(_Mean):
    """The mean of a function's value per sample.

    `class Poisson(_MeanOf, of=poisson)`: fields of the function's further arguments are handed to
    it, and the function's name is the metric's unless the class says another.
    """

    settings: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, of: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        if of is not None:
            cls.fn = staticmethod(of)
            cls.name = cls.__dict__.get("name", of.__name__)
        super().__init_subclass__(**kwargs)
        if of is not None:
            cls.settings = tuple(n for n in inspect.signature(of).parameters if n in cls.fields())

    def function_arguments(self) -> dict[str, Any]:
        """What the function is called with beyond y_true and y_pred."""
        return {name: getattr(self, name) for name in self.settings}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in, with weights for the leading axes."""
        mask = get_mask(y_pred)
        y_true, y_pred = (map_leaves(self._float, as_arrays(y)) for y in (y_true, y_pred))
        self.add(self.fn(y_true, y_pred, **self.function_arguments()), sample_weight, mask)

    def _float(self, x: Any) -> Any:
        """Half-precision values in the metric's type; class numbers as they are."""
        return x.astype(self.dtype) if is_float(x.dtype) else x


class MeanMetricWrapper(_MeanOf):
    """The mean of any function `fn(y_true, y_pred, **kwargs)` of values per sample.

    Args:
        fn: The function.
        name, dtype: See `Metric`.
        **kwargs: Further arguments of the function.

    Example:
        >>> def off_by(y_true, y_pred):
        ...     return abs(y_pred - y_true)
        >>> float(MeanMetricWrapper(off_by)([1.0, 2.0], [2.0, 4.0]))
        1.5
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ):
        super().__init__(name=name, dtype=dtype)
        self.fn, self._kwargs = fn, kwargs
        if any(part is fn or part is type(fn) for part in LOSSES.members.values()):
            self._direction = "down"

    def function_arguments(self) -> dict[str, Any]:
        """The arguments given with the function."""
        return self._kwargs

    def get_config(self) -> dict[str, Any]:
        """The function and its arguments, beside the metric's own."""
        settings = {"name": self.name, "dtype": self.dtype, "fn": serialize(self.fn)}
        return {**settings, **serialize(self._kwargs)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The metric that `get_config` described."""
        return cls(**{name: revive(value) for name, value in config.items()})
