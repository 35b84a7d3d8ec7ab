"""Dtype policies: which type a layer computes in and which its weights are stored in."""

from typing import Any

from .core import registry
from .core.dtype import DTypePolicy as DTypePolicy
from .core.dtype import get_policy as get

FloatDTypePolicy = DTypePolicy


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The config that describes a policy."""
    return registry.serialize(dtype_policy)


def deserialize(config: Any, custom_objects: Any = None) -> DTypePolicy:
    """The policy that a config describes; `custom_objects` has your own classes by name."""
    return get(registry.deserialize(config, custom_objects))
