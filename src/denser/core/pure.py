"""Pure functions from code that reads and assigns Variables: everything compiled goes through."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.core import Tracer

from .variable import Scope, Variable, current_scope


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


def gradients(
    function: Callable[[], Any], variables: Sequence[Variable], scale: Callable[[Any], Any]
) -> tuple[Any, list[Any]]:
    """What `function()` returns, and the gradients of its loss by `variables`.

    Everything else that it assigns (statistics, metrics, seeds) is assigned.

    Args:
        function: Returns the scalar loss, or a tuple that begins with it.
        variables: What the gradients are taken by.
        scale: Of the loss, the scalar that is differentiated.
    """
    written: list[Variable] = []

    def run(values: list[Any]) -> Any:
        with Scope(zip(variables, values, strict=True), closed=True) as scope:
            result = function()
            loss = result[0] if isinstance(result, tuple) else result
            written[:] = scope.written.values()
            state = [scope.value(variable) for variable in written]
        return scale(loss), (result, state, scope.losses)

    values = [variable.raw for variable in variables]
    (_, (result, state, losses)), found = jax.value_and_grad(run, has_aux=True)(values)
    for variable, value in zip(written, state, strict=True):
        variable.assign(value)
    scope = current_scope()
    if scope is not None:
        scope.losses.extend(losses)
    return result, found
