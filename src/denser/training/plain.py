"""Plain steps: a user's `train_step(self, data)`, which knows no state, as a pure step."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ..core.variable import Scope, Variable


def is_plain(step: Callable[..., Any]) -> bool:
    """Whether a model's step takes the batch alone, without the state before it."""
    needed = [
        p
        for p in inspect.signature(step).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]
    return len(needed) == 1


def run_plain(
    step: Callable[..., Any],
    data: Any,
    changed: Sequence[Sequence[Variable]],
    read: Sequence[Sequence[Variable]],
    state: Sequence[Sequence[Any]],
    weights: Sequence[Sequence[Any]],
) -> tuple[tuple[list[Any], ...], Any]:
    """The new values of `changed`, and what `step(data)` gives, for these values of the
    Variables that it may change and of those that it only reads."""
    groups = zip([*changed, *read], [*state, *weights], strict=True)
    pairs = [pair for group, part in groups for pair in zip(group, part, strict=True)]
    with Scope(pairs) as scope:
        result = step(data)
        return tuple([scope.value(v) for v in group] for group in changed), result
