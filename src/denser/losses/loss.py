"""Loss: the base of all losses, and the loss whose values per sample come from a function."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import jax
import numpy as np

from .. import config
from ..core.dtype import get_policy
from ..core.fields import one_of
from ..core.graph import record
from ..core.masks import get_mask
from ..core.naming import auto_name
from ..core.registry import Family, Registered, serialize, snake_case
from ..core.tensor import any_symbolic, as_array, leaves
from .weighing import reduce_weighted, same_rank, times

LOSSES = Family("loss", "losses")

Reduction = Annotated[
    str, one_of("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
]


class Loss(Registered):
    """One number that says how far `y_pred` is from `y_true`: less is better.

    Your own loss has `call(y_true, y_pred)`, which returns one value per sample; weights, masks
    and the reduction are done here.

    Args:
        name: Its name in logs; None makes one from the class's.
        reduction: 'sum_over_batch_size' or 'mean': the weighted sum divided by the number of
            values, those that are masked left out; 'sum'; 'mean_with_sample_weight': the weighted
            sum divided by the sum of the weights; 'none' or None: every value.
        dtype: Type or policy to compute in; None means `config.floatx()`, for half-precision
            predictions too.

    Example:
        >>> class Cubed(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return abs(y_pred - y_true) ** 3
        >>> float(Cubed()([1.0, 2.0], [1.0, 4.0]))
        4.0
    """

    family = LOSSES
    unwritten: ClassVar[tuple[str, ...]] = ("dtype",)

    name: str | None = None
    reduction: Reduction = "sum_over_batch_size"
    dtype: Any = None

    def setup(self) -> None:
        """Settle the name and the type."""
        self.name = self.name or auto_name(snake_case(type(self).__name__))
        self.dtype = get_policy(self.dtype or config.floatx()).compute_dtype

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss of a batch.

        Args:
            y_true, y_pred: Arrays or nested arrays, as `call` takes them.
            sample_weight: A weight per sample (batch,), or per value; None weighs all alike.
        """
        if any_symbolic(y_true, y_pred, sample_weight):
            return record(self, (y_true, y_pred, sample_weight), {})
        mask = get_mask(y_pred)
        values = self.call(as_arrays(y_true, self.dtype), as_arrays(y_pred, self.dtype))
        mask = times(mask, get_mask(values))
        values = as_array(values, self.dtype)
        weight = None if sample_weight is None else as_array(sample_weight, self.dtype)
        return reduce_weighted(values, weight, mask, self.reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        raise NotImplementedError(f"{type(self).__name__}: write `call(self, y_true, y_pred)`.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this loss again; `unwritten` ones only where they were set."""
        return without_defaults(self, super().get_config(), dtype=config.floatx())


def without_defaults(owner: Any, settings: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """A config without those of the owner's `unwritten` arguments that have their default.

    Keras's own configs lack them; leaving them out gives the same files, and writing the others
    keeps what Keras would lose.
    """
    usual = {n: f.default for n, f in type(owner).fields().items() if n in owner.unwritten}
    usual |= defaults
    return {n: v for n, v in settings.items() if n not in usual or v != usual[n]}


class _OfFunction(Loss):
    """A loss whose values per sample come from a function of (y_true, y_pred).

    `class Huber(_OfFunction, of=huber)`: the fields are the function's further arguments, and the
    function's name is the loss's unless the class says another.
    """

    settings: ClassVar[tuple[str, ...]] = ()

    reduction: Reduction = "sum_over_batch_size"
    name: str | None = None
    dtype: Any = None

    def __init_subclass__(cls, of: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        if of is not None:
            cls.fn = staticmethod(of)
            cls.name = cls.__dict__.get("name", of.__name__)
        super().__init_subclass__(**kwargs)
        if of is not None:
            cls.settings = tuple(n for n in inspect.signature(of).parameters if n in cls.fields())

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The function's values."""
        y_true, y_pred = _pairs(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.function_arguments())

    def function_arguments(self) -> dict[str, Any]:
        """What the function is called with beyond y_true and y_pred."""
        return {name: getattr(self, name) for name in self.settings}


class LossFunctionWrapper(_OfFunction):
    """The loss made of any function `fn(y_true, y_pred, **kwargs)` of values per sample.

    Args:
        fn: The function.
        reduction, name, dtype: See `Loss`.
        **kwargs: Further arguments of the function.

    Example:
        >>> def off_by(y_true, y_pred):
        ...     return abs(y_pred - y_true)
        >>> float(LossFunctionWrapper(off_by, "sum")([1.0, 2.0], [2.0, 4.0]))
        3.0
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.fn, self._kwargs = fn, kwargs

    def function_arguments(self) -> dict[str, Any]:
        """The arguments given with the function."""
        return self._kwargs

    def get_config(self) -> dict[str, Any]:
        """The function and its arguments, beside the loss's own."""
        settings = {"name": self.name, "reduction": self.reduction, "fn": serialize(self.fn)}
        return {**settings, **serialize(self._kwargs)}


def as_arrays(structure: Any, dtype: str | None = None) -> Any:
    """Nested arrays as JAX's, in one type; nested lists of numbers are one array."""
    if isinstance(structure, dict):
        return {key: as_arrays(part, dtype) for key, part in structure.items()}
    if isinstance(structure, (list, tuple)) and any(map(np.ndim, leaves(structure))):
        return type(structure)(as_arrays(part, dtype) for part in structure)
    return as_array(structure, dtype)


def _pairs(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Each y_true with the rank of its y_pred, where both have the same structure."""
    structure = jax.tree.structure(y_pred)
    if jax.tree.structure(y_true) != structure:
        return y_true, y_pred
    both = [same_rank(*pair) for pair in zip(*map(jax.tree.leaves, (y_true, y_pred)), strict=True)]
    return structure.unflatten(a for a, _ in both), structure.unflatten(b for _, b in both)
