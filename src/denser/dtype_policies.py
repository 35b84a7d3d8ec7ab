"""Dtype policies: which type a layer computes in and which its weights are stored in."""

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from .core import registry
from .core.dtype import POLICIES, dtype_policy
from .core.dtype import AWQDTypePolicy as AWQDTypePolicy
from .core.dtype import DTypePolicy as DTypePolicy
from .core.dtype import GPTQDTypePolicy as GPTQDTypePolicy
from .core.dtype import Int4DTypePolicy as Int4DTypePolicy
from .core.dtype import QuantizedDTypePolicy as QuantizedDTypePolicy
from .core.dtype import QuantizedFloat8DTypePolicy as QuantizedFloat8DTypePolicy
from .core.dtype import get_policy as get
from .core.messages import UserError, UserTypeError, short

FloatDTypePolicy = DTypePolicy


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Policies by the paths of layers: a layer made with it takes, when it is built, the one whose
    key is its path, or matches the whole of it as a regular expression.

    Args:
        default_policy: Policy of the layers that no key names; None: the global one.
        policy_map: Policies by path.

    Raises:
        UserError: for a path that several patterns match.

    Example:
        >>> policies = DTypePolicyMap("float32", {"encoder/.*": "mixed_bfloat16"})
        >>> policies["encoder/dense"].name, policies["head"].name
        ('mixed_bfloat16', 'float32')
    """

    def __init__(self, default_policy: Any = None, policy_map: Any = None):
        self._default = None if default_policy is None else get(default_policy)
        self._policies: dict[str, DTypePolicy] = {}
        self.update(policy_map or {})

    default_policy = property(
        lambda self: self._default or dtype_policy(), doc="Policy of layers that no key names."
    )
    name = property(lambda self: f"map_{self.default_policy.name}", doc="The map's name.")
    compute_dtype = property(lambda self: self.default_policy.compute_dtype, doc="The default's.")
    variable_dtype = property(lambda self: self.default_policy.variable_dtype, doc="The default's.")
    quantization_mode: Any = property(
        lambda self: self.default_policy.quantization_mode, doc="Same."
    )

    def __getitem__(self, key: str) -> DTypePolicy:
        if key in self._policies:
            return self._policies[key]
        matching = [pattern for pattern in self._policies if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise UserError(f"Path {key!r} matches several dtype policies: {matching}.")
        return self._policies[matching[0]] if matching else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        if key in self._policies:
            raise UserError(f"{key!r} has the policy {self._policies[key]}; `pop` it first.")
        policy = get(policy)
        if isinstance(policy, DTypePolicyMap):
            raise UserTypeError(f"A policy must stand for {key!r}; got {short(policy)}.")
        self._policies[key] = policy

    def __delitem__(self, key: str) -> None:
        del self._policies[key]

    def __contains__(self, key: object) -> bool:
        return key in self._policies

    def __len__(self) -> int:
        return len(self._policies)

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicyMap) and self.get_config() == other.get_config()

    __hash__ = object.__hash__

    def get_config(self) -> dict[str, Any]:
        """`{"default_policy": ..., "policy_map": {path: config}}`."""
        policies = {key: serialize(policy) for key, policy in self._policies.items()}
        default = None if self._default is None else serialize(self._default)
        return {"default_policy": default, "policy_map": policies}

    def __repr__(self) -> str:
        return f"<DTypePolicyMap default={self.default_policy}, {self._policies}>"


POLICIES["DTypePolicyMap"] = DTypePolicyMap


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The config that describes a policy."""
    return registry.serialize(dtype_policy)


def deserialize(config: Any, custom_objects: Any = None) -> DTypePolicy:
    """The policy that a config describes; `custom_objects` has your own classes by name."""
    return get(registry.deserialize(config, custom_objects))
