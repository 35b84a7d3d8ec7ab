"""Types of numbers: their names, and the policy which type a layer computes and stores in."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import settings
from .messages import UserError, did_you_mean, short

ALLOWED = (
    "float16", "bfloat16", "float32", "float64",
    "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "bool", "string", "complex64", "complex128",
    "float8_e4m3fn", "float8_e5m2", "int4", "uint4",
)  # fmt: skip
_PYTHON = {bool: "bool", int: "int32", float: None, str: "string", complex: "complex64"}


def standardize_dtype(dtype: Any) -> str:
    """The name of a type given in any form: 'float32', np.float32, jnp.dtype, torch.float32, float.

    None and `float` mean `settings.floatx()`.
    """
    if dtype is None or dtype is float:
        return settings.floatx()
    if isinstance(dtype, type) and dtype in _PYTHON:
        return _PYTHON[dtype]  # type: ignore[return-value]
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if name is None:
        text = str(dtype)  # torch.float32 has neither a name nor NumPy's protocol
        name = text.removeprefix("torch.") if text.startswith("torch.") else np.dtype(dtype).name
    name = {"half": "float16", "float": "float32", "double": "float64", "int": "int32"}.get(
        name, name
    )
    if name not in ALLOWED:
        raise UserError(f"Unknown dtype {short(dtype)}. {did_you_mean(str(name), ALLOWED)}")
    return name


def is_float(dtype: Any) -> bool:
    """Whether `dtype` is a real floating type, of any width."""
    return "float" in standardize_dtype(dtype)


def canonical(dtype: Any) -> str:
    """The type JAX really keeps: 64-bit types become 32-bit ones unless `jax_enable_x64`."""
    return jax.dtypes.canonicalize_dtype(jnp.dtype(standardize_dtype(dtype))).name


class DTypePolicy:
    """Which type a layer computes in and which its weights are stored in.

    Args:
        name: A float type ('float32': both), or 'mixed_float16' / 'mixed_bfloat16': computes in
            the half type, keeps the weights in float32.

    Example:
        >>> DTypePolicy("mixed_bfloat16").variable_dtype
        'float32'
    """

    def __init__(self, name: str | None = None, source_name: str | None = None):
        self._name = settings.floatx() if name is None else name
        if not isinstance(self._name, str):
            raise UserError(f"A dtype policy's name must be a string; got {short(name)}.")
        if self._name in ("mixed_float16", "mixed_bfloat16"):
            self._compute, self._variable = self._name.removeprefix("mixed_"), "float32"
        else:
            self._compute = self._variable = standardize_dtype(self._name)
            self._name = self._compute

    name = property(lambda self: self._name, doc="The policy's name.")
    compute_dtype = property(lambda self: self._compute, doc="Type of inputs and outputs.")
    variable_dtype = property(lambda self: self._variable, doc="Type weights are stored in.")
    quantization_mode = None

    def get_config(self) -> dict[str, Any]:
        """`{"name": ...}`."""
        return {"name": self._name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "DTypePolicy":
        """The policy that `get_config` described."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other._name == self._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


_global_policy: DTypePolicy | None = None


def dtype_policy() -> DTypePolicy:
    """The policy of layers that name none: `set_dtype_policy`'s, else `settings.floatx()`."""
    return _global_policy or DTypePolicy(settings.floatx())


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers made from now on, by name or as a DTypePolicy; None unsets it."""
    global _global_policy
    _global_policy = None if policy is None else get_policy(policy)


def get_policy(identifier: Any) -> DTypePolicy:
    """The policy meant by None (the global one), a name, a type, a policy or its config."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return DTypePolicy(**identifier.get("config", identifier))
    if isinstance(identifier, str) and identifier.startswith("mixed_"):
        return DTypePolicy(identifier)
    return DTypePolicy(standardize_dtype(identifier))
