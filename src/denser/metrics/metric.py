"""Metric: a number gathered over many batches, its state in Variables."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from .. import config, initializers
from ..core.dtype import get_policy
from ..core.fields import Name
from ..core.masks import get_mask
from ..core.messages import UserError, bad_argument, who
from ..core.naming import auto_name
from ..core.registry import Family, Registered, snake_case
from ..core.tensor import as_array, leaves
from ..core.variable import Scope, Variable, name_scope, real_rows
from ..losses.loss import without_defaults
from ..losses.weighing import counted, same_rank, times

METRICS = Family("metric", "metrics")
FUNCTIONS = Family("metric function", "metric_functions")


class Metric(Registered):
    """A number gathered over many batches: `update_state` takes one in, `result` says it.

    Your own metric makes its Variables with `add_variable` in `__init__`, changes them in
    `update_state(y_true, y_pred, sample_weight=None)` with `assign`, and computes `result()`.

    Args:
        dtype: Type or policy of the computation; None means `config.floatx()`.
        name: Its name in logs; None makes one from the class's.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, name="largest"):
        ...         super().__init__(name=name)
        ...         self.largest = self.add_variable((), "zeros", name="largest")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.largest.assign(jnp.maximum(self.largest.value, jnp.max(y_pred)))
        ...     def result(self):
        ...         return self.largest.value
        >>> float(Largest()([0.0], jnp.array([3.0])))
        3.0
    """

    family = METRICS
    unwritten: ClassVar[tuple[str, ...]] = ()
    _direction: str | None = None  # "up" or "down": which way is better, for callbacks

    dtype: Any = None
    name: Name = None

    def setup(self) -> None:
        """Settle the name and the type."""
        self.name = self.name or auto_name(snake_case(type(self).__name__))
        self.dtype = get_policy(self.dtype or config.floatx()).compute_dtype
        self._variables: list[Variable] = []

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Make a Variable of this metric's state.

        Args:
            shape: Its shape.
            initializer: Name, object or function of (shape, dtype).
            dtype: Its type; None means `config.floatx()`.
            aggregation: How the copies of several devices become one.
            name: Its name within the metric.
        """
        if "_variables" not in self.__dict__:
            raise UserError(f"{who(self)}: call `super().__init__()` first in `__init__`.")
        with name_scope(str(self.name).replace("/", ">")):
            variable = Variable(
                initializers.get(initializer),
                tuple(shape),
                dtype,
                trainable=False,
                aggregation=aggregation,
                synchronization="on_read",
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """`add_variable`, by its older name."""
        return self.add_variable(shape, initializer or "zeros", dtype, name=name)

    def zeros(self, name: str, shape: tuple[int, ...] = (), dtype: Any = None) -> Variable:
        """A Variable that starts at 0 and is of the metric's type."""
        return self.add_variable(shape, np.zeros, dtype or self.dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """The state: this metric's Variables, then those of metrics it holds."""
        held = leaves([value for key, value in vars(self).items() if key != "_given"])
        inner = [v for leaf in held if isinstance(leaf, Metric) for v in leaf.variables]
        own = [leaf for leaf in held if isinstance(leaf, Variable)]
        return list({id(v): v for v in [*self._variables, *own, *inner]}.values())

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch in."""
        raise NotImplementedError(
            f"{who(self)}: write `update_state(self, y_true, y_pred, sample_weight=None)`."
        )

    def result(self) -> Any:
        """The metric of all batches since the last `reset_state`: a number, or a dict of them."""
        raise NotImplementedError(f"{who(self)}: write `result(self)`.")

    def reset_state(self) -> None:
        """Forget all batches: every Variable becomes 0."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`update_state`, then `result`."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(
        self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> list[Any]:
        """The values of `variables` after `update_state(*args, **kwargs)` on the given ones."""
        with self._holding(metric_variables) as scope:
            self.update_state(*args, **kwargs)
            return [scope.value(variable) for variable in self.variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """`result()` for the given values of `variables`."""
        with self._holding(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The values of `variables` after `reset_state()`."""
        with Scope() as scope:
            self.reset_state()
            return [scope.value(variable) for variable in self.variables]

    def _holding(self, values: Sequence[Any]) -> Scope:
        """The Scope in which this metric's Variables have the given values."""
        variables = self.variables
        if len(values) != len(variables):
            expected = f"{len(variables)} values, one for each of `variables`"
            raise bad_argument(self, "metric_variables", expected, len(values))
        return Scope(zip(variables, values, strict=True), rows=real_rows())

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric again."""
        return without_defaults(self, super().get_config())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class _Named(Metric):
    """Metrics whose arguments end with name, dtype."""

    name: str | None = None
    dtype: Any = None


def batch(
    metric: Metric, y_true: Any, y_pred: Any, sample_weight: Any, dtype: Any = None
) -> tuple[Any, Any, Any]:
    """One batch in the metric's type: labels and predictions of one rank, and what each weighs.

    Masked steps and rows that only fill up the batch weigh 0; the weight is None where all count
    alike.
    """
    dtype = dtype or metric.dtype
    mask = get_mask(y_pred)
    y_true, y_pred = same_rank(as_array(y_true, dtype), as_array(y_pred, dtype))
    return y_true, y_pred, weigh(metric, sample_weight, mask, y_pred.ndim)


def weigh(metric: Metric, sample_weight: Any, mask: Any, rank: int) -> Any:
    """`sample_weight` with 0 for what the mask or the batch's real rows leave out, or None."""
    weight = None if sample_weight is None else as_array(sample_weight, metric.dtype)
    count = counted(mask, rank)
    return times(weight, None if count is None else count.astype(metric.dtype))
