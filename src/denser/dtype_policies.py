"""Dtype policies: which type a layer computes in and which its weights are stored in."""

from typing import Any

from .core.dtype import DTypePolicy as DTypePolicy
from .core.dtype import get_policy as get
from .core.registry import serialize as serialize

FloatDTypePolicy = DTypePolicy


def deserialize(config: Any, custom_objects: Any = None) -> DTypePolicy:
    """The policy that a config describes."""
    return get(config)
