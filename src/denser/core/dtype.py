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


def is_integer(dtype: Any) -> bool:
    """Whether `dtype` is a whole number's, with or without a sign; bool is none."""
    return standardize_dtype(dtype).removeprefix("u").startswith("int")


def result_type(*dtypes: Any) -> str:
    """The type of a sum of numbers of these types; `int` and `float` take their partner's width.

    Example:
        >>> result_type("bfloat16", int)
        'bfloat16'
    """
    if not dtypes:
        return settings.floatx()
    kept = [d if d in (int, float) else jnp.dtype(canonical(d)) for d in dtypes]
    if all(d in (int, float) for d in kept):  # nothing else says how wide
        return canonical(settings.floatx() if float in kept else "int32")
    found = jnp.result_type(*(d(0) if d in (int, float) else d for d in kept)).name
    alone = float in kept and not any("float" in str(d) or "complex" in str(d) for d in dtypes)
    return canonical(settings.floatx()) if alone else found


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
    quantization_mode: str | None = None

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


class QuantizedDTypePolicy(DTypePolicy):
    """Policy of a layer whose weights are stored in few bits: it computes as `source_name` says.

    Args:
        mode: 'int8' or 'int4'; 'int4/128' where 128 rows share a scale.
        source_name: Name of the policy that the layer had before; None: the global one's.

    Example:
        >>> QuantizedDTypePolicy("int8", "mixed_bfloat16").name
        'int8_from_mixed_bfloat16'
    """

    modes: tuple[str, ...] = ("int8", "int4")
    numbers = 0  # whole numbers behind the mode, each after a '/'

    def __init__(self, mode: str, source_name: str | None = None):
        super().__init__(dtype_policy().name if source_name is None else source_name)
        word, *numbers = str(mode).split("/")
        whole = all(number.removeprefix("-").isdigit() for number in numbers)
        if word not in self.modes or not whole or len(numbers) != self.numbers:
            form = " or ".join(repr(w + "/128" * self.numbers) for w in self.modes)
            raise UserError(f"{type(self).__name__}: `mode` must be {form}; got {short(mode)}.")
        self.mode, self.quantization_mode = mode, word
        self._source_name, self._numbers = self._name, [int(number) for number in numbers]
        self._name = f"{mode}_from_{self._name}"

    def get_config(self) -> dict[str, Any]:
        """`{"mode": ..., "source_name": ...}`."""
        return {"mode": self.mode, "source_name": self._source_name}

    def __repr__(self) -> str:
        return f'<{type(self).__name__} "{self._name}">'


class Int4DTypePolicy(QuantizedDTypePolicy):
    """Policy of 4-bit weights, `block_size` rows of which share a scale: mode 'int4/128'; -1 for
    one scale a column."""

    modes, numbers = ("int4",), 1
    block_size = property(lambda self: self._numbers[0], doc="Rows that share a scale, or -1.")


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """Policy of layers that multiply in 8-bit floats: mode 'float8'.

    Args:
        mode, source_name: As for QuantizedDTypePolicy.
        amax_history_length: Steps whose largest values the scales go by.
    """

    modes = ("float8",)
    default_amax_history_length = 1024

    def __init__(self, mode: str, source_name: str | None = None, amax_history_length: int = 1024):
        super().__init__(mode, source_name)
        self.amax_history_length = amax_history_length

    def get_config(self) -> dict[str, Any]:
        """`{"mode": ..., "source_name": ..., "amax_history_length": ...}`."""
        return super().get_config() | {"amax_history_length": self.amax_history_length}


class GPTQDTypePolicy(QuantizedDTypePolicy):
    """Policy of weights that GPTQ rounded: mode 'gptq/bits/group_size'."""

    modes, numbers = ("gptq",), 2
    weight_bits = property(lambda self: self._numbers[0], doc="Bits of a weight.")
    group_size = property(lambda self: self._numbers[1], doc="Rows that share a scale, or -1.")


class AWQDTypePolicy(GPTQDTypePolicy):
    """Policy of weights that AWQ rounded: mode 'awq/bits/group_size'."""

    modes = ("awq",)


_BY_MODE = {
    "int8": QuantizedDTypePolicy, "int4": QuantizedDTypePolicy, "int4/": Int4DTypePolicy,
    "float8": QuantizedFloat8DTypePolicy, "gptq/": GPTQDTypePolicy, "awq/": AWQDTypePolicy,
}  # fmt: skip
# By the class's name in a config.
POLICIES: dict[str, Any] = {
    "DTypePolicy": DTypePolicy,
    "Policy": DTypePolicy,
    **{policy.__name__: policy for policy in _BY_MODE.values()},
}


def _from_name(name: str) -> DTypePolicy:
    """The policy of a name like 'int8_from_float32'."""
    mode, _, source = name.partition("_from_")
    word, slash, _ = mode.partition("/")
    if word + slash not in _BY_MODE:
        known = sorted(w + "128" if w == "int4/" else w for w in _BY_MODE)
        raise UserError(f"Unknown dtype policy {short(name)}. {did_you_mean(mode, known)}")
    return _BY_MODE[word + slash](mode, source)


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
        cls = POLICIES[identifier.get("class_name", "DTypePolicy")]
        return cls.from_config(identifier.get("config", identifier))
    if isinstance(identifier, str) and identifier.startswith("mixed_"):
        return DTypePolicy(identifier)
    if isinstance(identifier, str) and "_from_" in identifier:
        return _from_name(identifier)
    return DTypePolicy(standardize_dtype(identifier))
