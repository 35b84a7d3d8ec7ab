"""Pure functions from code that reads and assigns Variables: everything compiled goes through."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.core import Tracer

from .variable import Scope, Variable


def pure(function: Callable[..., Any], variables: Sequence[Variable]) -> Callable[..., Any]:
    """`run(values, *args) -> (result, new values)`, for `function(*args)` over `variables`.

    `values` and the new values are lists in the order of `variables`. Variables that are not
    listed are read as constants; assigning one raises where JAX could not see it.
    """
    variables = list(variables)

    def run(values: Sequence[Any], *args: Any, **kwargs: Any) -> tuple[Any, list[Any]]:
        with Scope(zip(variables, values, strict=True)) as scope:
            result = function(*args, **kwargs)
            return result, [scope.value(variable) for variable in variables]

    return run


def choose(condition: Any, then: Callable[[Any], Any], values: Any) -> Any:
    """`then(values)` where the scalar `condition` holds, else `values`, traced or not."""
    if isinstance(condition, Tracer):
        return jax.lax.cond(condition, then, lambda same: same, values)
    return then(values) if condition else values
