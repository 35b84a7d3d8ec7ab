"""Watching: a Scope that sees which Variables are read and assigned in a part of a program."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax.extend.core import set_current_trace, take_current_trace

from ...core.masks import get_mask, set_mask
from ...core.tensor import leaves, map_leaves
from ...core.variable import Scope, Variable, _local
from . import recording
from .variable import Given


class Watching(Scope):
    """Scope that remembers what was read, and keeps what was assigned.

    Args:
        traced: Whether JAX traces what runs in it: Variables are then read as traced copies, so
            that nothing computes with the numbers of today.
    """

    def __init__(self, traced: bool = False):
        super().__init__(closed=True)
        self.traced, self._trace = traced, None
        self.read: dict[int, tuple[Variable, Any]] = {}

    def __enter__(self) -> "Watching":
        super().__enter__()
        with take_current_trace() as trace:
            self._trace = trace
        return self

    def find(self, variable: Variable) -> Any:
        """The value of any Variable, which is noted where it comes from outside."""
        value = self.values.get(id(variable))
        if value is not None:
            return value
        if self.traced and isinstance(variable, Given):
            return None  # the very array is part of this program
        # At the level of this Scope: what an inner loop traces must not leave the loop.
        with set_current_trace(self._trace):
            value = self._outside(variable)
            self.read[id(variable)] = (variable, value)
            if self.traced:
                value = jnp.array(value, copy=True)
        self.values[id(variable)] = value
        return value

    def _outside(self, variable: Variable) -> Any:
        """The value in the Scopes around this one."""
        around = _local.scopes[: _local.scopes.index(self)]
        found = (scope.find(variable) for scope in reversed(around))
        return next((value for value in found if value is not None), variable._value)

    def hand_over(self) -> None:
        """Give the Variables what was assigned, once the Scope is left."""
        for key, variable in self.written.items():
            variable.assign(self.values[key])


class Pure:
    """A function that reads Variables, as a pure function `(values, masks, args, kwargs)`.

    Args:
        function: The function.
        variables: All that it reads.
        key: What makes two such functions the same, beside their Variables.
    """

    def __init__(self, function: Callable[..., Any], variables: list[Variable], key: Any):
        self.function, self.variables = function, variables
        self.key = (key, tuple(map(id, variables)))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pure) and self.key == other.key

    def __call__(self, values: Any, masks: Any, args: Any, kwargs: Any) -> Any:
        """What the function gives, and the losses that layers added."""
        scope = Scope(zip(self.variables, values, strict=True), closed=True)
        with scope, recording.suspended():
            arrays = [x for x in leaves([args, kwargs]) if recording.is_array(x)]
            for array, mask in zip(arrays, masks, strict=True):
                if mask is not None:
                    set_mask(array, mask)
            return [self.function(*args, **kwargs), scope.losses]


def call(function: Callable[..., Any], args: Any, kwargs: dict[str, Any], key: Any) -> Any:
    """`function(*args, **kwargs)`, which may read and assign Variables, noted on the tapes.

    Returns:
        What it returned, and the losses that layers added meanwhile.
    """
    with Watching() as scope, recording.suspended():
        result = function(*args, **kwargs)
    scope.hand_over()
    # In an order that does not depend on which was read first: a building call reads in another.
    read = [scope.read[key] for key in sorted(scope.read)]
    variables, values = [variable for variable, _ in read], [value for _, value in read]
    for variable, value in zip(variables, values, strict=True):
        recording.note_read(variable, value)
    arrays = [x for x in leaves([args, kwargs]) if recording.is_array(x)]
    pure = Pure(function, variables, key)
    kept = map_leaves(lambda x: x, (values, list(map(get_mask, arrays)), tuple(args), kwargs))
    recording.note(pure, kept, {}, [result, scope.losses])
    return result, scope.losses
