"""Modules of other libraries that are loaded when they are first used."""

import importlib
from typing import Any


class Later:
    """Stands for a module that takes long to load and that most runs do not need.

    Example:
        >>> h5py = Later("h5py")  # 0.1 s, when a file is read or written
    """

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
