"""JSON as data: one meaning for every reader, and no deeper or longer than the limits."""

import json
import math
from typing import Any

from ..core.budget import Budget, damage


def parse(text: str | bytes, place: str, budget: Budget) -> Any:
    """The value of a JSON text.

    Args:
        text: The text, or its bytes.
        place: File and member, for errors.
        budget: What the file may take.

    Raises:
        BrokenFileError: for what is no JSON; NaN, Infinity and a key that stands twice are none.
        UnsafeFileError: for more than the budget allows.
    """
    budget.within("text", len(text), place)
    with damage(place, "is not JSON"):
        value = json.loads(
            text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_once
        )
    _measure(value, place, budget)
    return value


def write(value: Any) -> str:
    """The text of a value, which `parse` reads.

    Raises:
        ValueError: where NaN or Infinity is in it.
    """
    return json.dumps(value, allow_nan=False)


def _refuse(word: str) -> float:
    raise ValueError(f"it has no number {word}")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits[:20])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:80]!r} stands twice in one object")
        found[key] = value
    return found


def _measure(value: Any, place: str, budget: Budget) -> None:
    """Count objects and depth without going deep itself."""
    todo = [(value, 1)]
    while todo:
        part, depth = todo.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                budget.take("layers", place=place)
            part = part.values()
        elif not isinstance(part, list):
            continue
        budget.within("depth", depth, place)
        todo += [(inner, depth + 1) for inner in part if isinstance(inner, (dict, list))]
