"""Names that nobody gave: `mean`, `mean_1`, ..., one count for each word."""

import gc
import itertools
from collections.abc import Iterator

_counts: dict[str, Iterator[int]] = {}


def auto_name(prefix: str) -> str:
    """`dense`, then `dense_1`, `dense_2` ..."""
    count = next(_counts.setdefault(prefix, itertools.count()))  # at once, for several threads
    return f"{prefix}_{count}" if count else prefix


def reset_names() -> None:
    """Start automatic names anew."""
    _counts.clear()


def clear_session(free_memory: bool = True) -> None:
    """Start automatic names anew and, with `free_memory`, free what nothing refers to any more.

    There is no other global state: models live as long as something refers to them.
    """
    reset_names()
    if free_memory:
        gc.collect()
