"""Kept: what was found out about a tree of modules, for as long as nothing in it changes."""

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.changes import changes

# Attributes that refer to what belongs to others: constructor arguments, calls, data, programs.
NOT_HELD = frozenset(
    "_given _nodes _losses _initial_weights _carried _kept _programs _paces _layers_then".split()
)
_COUNTED = NOT_HELD | {"_own_weights", "_fixed_weights"}  # `add_weight` counts its own changes
PLAIN = frozenset((bool, int, float, str, type(None), np.ndarray))  # hold nothing: looked over


class Kept:
    """Results by key, and what tells whether they still hold.

    A module counts the setting of its attributes (`core.changes`); what is put into its lists and
    dicts is seen by comparing their entries, by identity, with those of before.
    """

    def __init__(self, modules: Iterable[Any]):
        self.found: dict[Any, Any] = {}
        self._count = changes.count
        self._containers: list[tuple[Any, int, tuple]] = []
        for module in modules:
            for name, value in module.__dict__.items():
                if name not in _COUNTED:
                    self._watch(value)

    def _watch(self, value: Any) -> None:
        if type(value) in PLAIN or not isinstance(value, (list, tuple, dict)):
            return
        entries = tuple(_entries(value))
        if all(type(entry) in PLAIN for entry in entries):
            entries = entries[:1]  # a vocabulary is not compared word by word
        if not isinstance(value, tuple):
            self._containers.append((value, len(value), entries))
        for entry in entries:
            self._watch(entry)

    def holds(self) -> bool:
        """Whether nothing was changed since."""
        if self._count != changes.count:
            return False
        for container, size, entries in self._containers:
            if len(container) != size:
                return False
            if entries and not all(map(operator.is_, _entries(container), entries)):
                return False
        return True


def _entries(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container
