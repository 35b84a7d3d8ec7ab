"""JSON as data: one meaning for every reader, and no deeper or longer than the limits."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from ..core.budget import Budget, damage, reading
from ..core.messages import UserError, bad_file

_DIGEST = "sha256"


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


def read(path: Path, budget: Budget) -> Any:
    """The value in a file, which is measured before it is read."""
    with damage(path):
        budget.within("text", path.stat().st_size)
        data = path.read_bytes()
    return parse(data, str(path), budget)


def write(value: Any) -> str:
    """The text of a value, which `parse` reads.

    Raises:
        UserError: where NaN or Infinity is in it.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise UserError(
            "The model's config holds a NaN or an infinite number, for which JSON has no form. "
            "Use a large finite number."
        ) from error


def digested(table: dict[str, Any]) -> dict[str, Any]:
    """A table with a digest of what else is in it, for a file of its own."""
    return {**table, _DIGEST: _digest(table)}


def read_digested(path: Path) -> tuple[dict[str, Any], bool]:
    """The table in a file, and whether it has a digest, which then is right.

    Raises:
        BrokenFileError: where the file is damaged or holds no table.
    """
    with reading(path) as budget:
        table = read(path, budget)
    if not isinstance(table, dict):
        raise bad_file(path, "holds no table.")
    digest = table.pop(_DIGEST, None)
    if digest not in (None, _digest(table)):
        raise bad_file(path, "is not what was written (SHA-256): damaged.")
    return table, digest is not None


def _digest(table: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


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
