"""Names that nobody gave: `mean`, `mean_1`, ..., one count for each word."""

import gc
import itertools
from collections.abc import Iterator

_counts: dict[str, Iterator[int]] = {}
_uids: dict[str, Iterator[int]] = {}  # those that users ask for


def auto_name(prefix: str) -> str:
    """`dense`, then `dense_1`, `dense_2` ..."""
    count = next(_counts.setdefault(prefix, itertools.count()))  # at once, for several threads
    return f"{prefix}_{count}" if count else prefix


def get_uid(prefix: str = "") -> int:
    """How often this was called with `prefix`, this time included: 1, 2, 3 ...

    Example:
        >>> first = get_uid("a prefix")
        >>> get_uid("a prefix") - first
        1
    """
    return next(_uids.setdefault(prefix, itertools.count(1)))


def reset_names() -> None:
    """Start automatic names anew."""
    _counts.clear()
    _uids.clear()


def clear_session(free_memory: bool = True) -> None:
    """Start automatic names anew and, with `free_memory`, free what nothing refers to any more.

    There is no other global state: models live as long as something refers to them.
    """
    reset_names()
    if free_memory:
        gc.collect()
