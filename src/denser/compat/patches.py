"""Patches: what older versions had on a class, put there while compat is installed."""

from typing import Any

_ABSENT = object()


class _Patches:
    """The attributes that were put on classes and modules, and what was there before."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []

    def put(self, owner: Any, **attributes: Any) -> None:
        """Set attributes; `restore` takes them back."""
        for name, value in attributes.items():
            self._before.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, value)

    def restore(self) -> None:
        """Make everything as it was before."""
        while self._before:
            owner, name, value = self._before.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


patches = _Patches()
