"""Quantizers: numbers of few bits, the scales they are read by, and the way there and back."""

from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.lax import stop_gradient

from .core import registry
from .core.dtype import standardize_dtype
from .core.fields import PositiveNumber, Rule, when, whole_numbers
from .core.messages import UserTypeError, bad_argument
from .core.op import op
from .core.registry import Family, Registered

QUANTIZERS = Family("quantizer", "quantizers")


@op
def abs_max_quantize(
    inputs: Array,
    axis: Any,
    value_range: Any = (-127, 127),
    dtype: Any = "int8",
    epsilon: float = 1e-7,
    to_numpy: bool = False,
) -> tuple[Array, Array]:
    """`(round(x * scale), scale)` with `scale = value_range[1] / (max|x| + epsilon)`.

    Args:
        inputs: Any array.
        axis: The axis or axes along which one scale holds; None: all.
        value_range: Smallest and largest number of the result.
        dtype: Type of the result.
        epsilon: Added to the largest value, which may be 0.
        to_numpy: Whether to compute on the host, to spare the device's memory.

    Example:
        >>> values, scale = abs_max_quantize([[1.0, -2.0]], axis=-1)
        >>> values.tolist()
        [[64, -127]]
    """
    xp, x = _library(inputs, to_numpy)
    axis = tuple(axis) if isinstance(axis, list) else axis
    scale = value_range[1] / (xp.max(xp.abs(x), axis=axis, keepdims=True) + epsilon)
    scale = scale.astype(x.dtype)
    values = xp.clip(xp.round(x * scale), *value_range).astype(dtype)
    return jnp.asarray(values), jnp.asarray(scale)


@op
def abs_max_quantize_grouped_with_zero_point(
    inputs: Array,
    block_size: int,
    value_range: Any = (-8, 7),
    dtype: Any = "int8",
    epsilon: float = 1e-7,
    to_numpy: bool = False,
) -> tuple[Array, Array, Array]:
    """`(q, scale, zero)` with `x = (q - zero) * scale`: each `block_size` rows of a column are
    mapped from their least and largest value to `value_range`.

    Shapes:
        inputs, q: (rows, columns)
        scale, zero: (ceil(rows / block_size), columns)

    Args:
        inputs: A matrix.
        block_size: Rows that share a scale.
        value_range, dtype, epsilon, to_numpy: As for `abs_max_quantize`.
    """
    xp, x = _library(inputs, to_numpy)
    rows, columns = x.shape
    groups, (least, most) = -(-rows // block_size), value_range
    padded = xp.pad(x, ((0, groups * block_size - rows), (0, 0)))
    blocks = padded.reshape(groups, block_size, columns)
    low, high = blocks.min(axis=1, keepdims=True), blocks.max(axis=1, keepdims=True)
    scale = (high - low + epsilon) / (most - least)
    zero = xp.clip(xp.round(-low / scale) + least, least, most)
    values = xp.clip(xp.round(blocks / scale) + zero, least, most).astype(dtype)
    values = values.reshape(-1, columns)[:rows]
    scale, zero = scale[:, 0].astype(x.dtype), zero[:, 0].astype("int8")
    return jnp.asarray(values), jnp.asarray(scale), jnp.asarray(zero)


def _library(x: Array, on_host: bool) -> tuple[Any, Any]:
    return (np, np.asarray(x)) if on_host else (jnp, x)


@op
def quantize_and_dequantize(
    inputs: Array, scale: Array, quantized_dtype: Any, compute_dtype: Any
) -> Array:
    """`inputs / scale`, rounded to what `quantized_dtype` (an 8-bit float) has, times `scale`."""
    most = float(jnp.finfo(quantized_dtype).max)
    scale = jnp.asarray(scale, compute_dtype)
    x = jnp.clip(inputs / scale, -most, most).astype(quantized_dtype)
    return x.astype(compute_dtype) * scale


@op
def compute_float8_scale(amax: Array, scale: Array, dtype_max: float, margin: int = 0) -> Array:
    """`amax * 2^margin / dtype_max`, which brings values up to `amax` into the range of an 8-bit
    float; the present `scale` where `amax` is 0 or not finite."""
    good = (amax > 0) & jnp.isfinite(amax)
    return jnp.where(good, jnp.where(good, amax, 1.0) * 2.0**margin / dtype_max, scale)


@op
def compute_float8_amax_history(x: Array, amax_history: Array) -> Array:
    """The history moved on by one, with `max|x|` of the present step at its start."""
    present = jnp.max(jnp.abs(x)).astype(amax_history.dtype)
    return jnp.roll(amax_history, -1).at[0].set(present)


@op
def fake_quant_with_min_max_vars(
    inputs: Array,
    min_vals: Array,
    max_vals: Array,
    num_bits: int = 8,
    narrow_range: bool = False,
    axis: int | None = None,
) -> Array:
    """`inputs` brought between `min_vals` and `max_vals` and rounded to `2^num_bits` steps there;
    its gradient is that of the clipping alone.

    Args:
        inputs: Any float array.
        min_vals, max_vals: The range: a number each, or one for each index of `axis`. Moved
            slightly, so that 0 is one of the steps.
        num_bits: Bits of the numbers that are imitated.
        narrow_range: Whether the smallest of these numbers is left out.
        axis: Axis with ranges of its own; None: one range.
    """
    low, high = jnp.asarray(min_vals), jnp.asarray(max_vals)
    if axis is not None:
        along = [1] * inputs.ndim
        along[axis] = -1
        low, high = low.reshape(along), high.reshape(along)
    first, last = int(narrow_range), 2**num_bits - 1
    scale = (high - low) / (last - first)
    zero = jnp.round(jnp.clip(first - low / scale, first, last))
    least, most = stop_gradient((first - zero) * scale), stop_gradient((last - zero) * scale)
    steps = (last - first) / (high - low)
    x = jnp.clip(inputs.astype(least.dtype), least, most)
    at_zero = jnp.floor(-least * steps + 0.5)
    result = stop_gradient(jnp.floor((x - least) * steps - at_zero + 0.5) * scale)
    inside = jnp.where((inputs >= least) & (inputs <= most), inputs, 0)
    through = inside + jnp.where(inputs <= least, low, 0) + jnp.where(inputs >= most, high, 0)
    return (result + (through - stop_gradient(through))).astype(inputs.dtype)


def pack_int4(arr: Any, axis: int = 0, dtype: str = "int8") -> tuple[Array, tuple, int]:
    """Two 4-bit numbers in each byte: those at even indices of `axis` in the low half.

    Returns:
        The bytes, their shape, and the length of `axis` before.

    Example:
        >>> pack_int4(np.array([[-3, 7], [2, -8], [1, 0]], "int8"))[0].tolist()
        [[45, -121], [1, 0]]
    """
    _one_byte("pack_int4", dtype)
    x = jnp.asarray(arr)
    if x.dtype.name != dtype:
        raise UserTypeError(f"pack_int4: expected an array of {dtype}; got {x.dtype.name}.")
    x = jnp.moveaxis(x, axis, 0)
    length = x.shape[0]
    x = jnp.pad(x, ((0, length % 2), *[(0, 0)] * (x.ndim - 1))).astype("uint8")
    packed = (x[::2] & 0x0F) | (x[1::2] << 4)
    packed = jnp.moveaxis(packed.astype(dtype), 0, axis)
    return packed, packed.shape, length


def unpack_int4(packed: Any, orig_len: int, axis: int = 0, dtype: str = "int8") -> Array:
    """The 4-bit numbers that `pack_int4` put into bytes, `orig_len` of them along `axis`.

    'int8' gives -8 to 7, 'uint8' 0 to 15.
    """
    _one_byte("unpack_int4", dtype)
    x = jnp.moveaxis(jnp.asarray(packed), axis, 0).astype("uint8")
    both = jnp.stack([x & 0x0F, x >> 4], axis=1).reshape(-1, *x.shape[1:])[:orig_len]
    both = both.astype(dtype)
    if dtype == "int8":
        both = jnp.where(both > 7, both - 16, both)
    return jnp.moveaxis(both, 0, axis)


def _one_byte(owner: str, dtype: str) -> None:
    if dtype not in ("int8", "uint8"):
        raise bad_argument(owner, "dtype", "'int8' or 'uint8'", dtype)


AType = Annotated[Any, Rule("a type or its name", convert=standardize_dtype, bad=("no type",))]
Axes = Annotated[
    Any,
    Rule("an axis or several", convert=lambda v: tuple(v) if hasattr(v, "__iter__") else (v,)),
]
Range = Annotated[Any, whole_numbers(2, least=-128)]


class Quantizer(Registered):
    """Base of all quantizers: called on an array, one gives the array in few bits and its scale.

    Args:
        output_dtype: Type of the numbers.
    """

    family: ClassVar[Family] = QUANTIZERS
    is_a_base = True
    output_dtype: AType = "int8"

    def __call__(self, x: Any) -> Any:
        """`(values, scale)`; a subclass computes them."""
        return x


class AbsMaxQuantizer(Quantizer):
    """`(round(x * scale), scale)` with `scale = value_range[1] / (max|x| + epsilon)`.

    Args:
        axis: The axis or axes along which one scale holds; None: told at each call.
        value_range: Smallest and largest number.
        epsilon: Added to the largest value, which may be 0.
        output_dtype: Type of the numbers.

    Example:
        >>> values, scale = AbsMaxQuantizer(axis=-1)(np.array([[1.0, -2.0]]))
        >>> values.tolist()
        [[64, -127]]
    """

    axis: Axes = None
    value_range: Range = (-127, 127)
    epsilon: PositiveNumber = 1e-7
    output_dtype: AType = "int8"

    def __call__(self, x: Any, axis: Any = None, to_numpy: bool = False) -> tuple[Array, Array]:
        """`(values, scale)`, along `axis` where it is given."""
        axis = self.axis if axis is None else axis
        if axis is None:
            raise bad_argument(self, "axis", "given, here or where it is made", axis)
        return abs_max_quantize(
            x, axis, self.value_range, self.output_dtype, self.epsilon, to_numpy
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments; `axis` where there is one."""
        config = super().get_config()
        if config["axis"] is None:
            del config["axis"]
        return config


AQuantizer = Annotated[
    Any,
    Rule(
        "a quantizer, its name or None",
        lambda value: value is None or callable(value),
        QUANTIZERS.get,
        bad=("no such quantizer", 17),
    ),
]


def _or_abs_max(value: Any) -> Any:
    return AbsMaxQuantizer() if value == "default" else QUANTIZERS.get(value)


ADefaultQuantizer = Annotated[
    Any,
    Rule(
        "a quantizer, 'default' or None",
        lambda value: value is None or callable(value),
        _or_abs_max,
        bad=("no such quantizer", 17),
    ),
]


class QuantizationConfig(Registered):
    """Base of what `layer.quantize(config=...)` takes: how weights and inputs are rounded.

    Args:
        weight_quantizer: For the weights; None: the mode's own.
        activation_quantizer: For the inputs; None leaves them as they are.
    """

    family: ClassVar[Family] = QUANTIZERS
    is_a_base = True
    mode: ClassVar[str] = ""
    policy: ClassVar[str] = property(lambda self: self.mode, doc="The mode with its numbers.")  # type: ignore[assignment]

    weight_quantizer: AQuantizer = None
    activation_quantizer: AQuantizer = None


class Int8QuantizationConfig(QuantizationConfig):
    """8-bit weights, a scale for each output; inputs rounded to 8 bits by their largest value.

    Args:
        weight_quantizer: For the weights; None: AbsMaxQuantizer along the axes summed over.
        activation_quantizer: For the inputs, 'default' AbsMaxQuantizer; None leaves them.
    """

    mode: ClassVar[str] = "int8"
    weight_quantizer: AQuantizer = None
    activation_quantizer: ADefaultQuantizer = "default"


class Int4QuantizationConfig(QuantizationConfig):
    """4-bit weights, two in a byte; the inputs stay as they are.

    Args:
        weight_quantizer: Of one scale a column; None: AbsMaxQuantizer.
        activation_quantizer: For the inputs; 'default' and None leave them.
        block_size: Rows that share a scale and a zero; None or -1: all of a column, without zero.
    """

    mode: ClassVar[str] = "int4"
    policy = property(  # type: ignore[assignment]
        lambda self: f"int4/{-1 if self.block_size is None else self.block_size}",
        doc="The mode with its numbers.",
    )
    weight_quantizer: AQuantizer = None
    activation_quantizer: Annotated[
        Any,
        Rule(
            "a quantizer, 'default' or None",
            lambda value: value is None or callable(value),
            lambda value: None if value == "default" else QUANTIZERS.get(value),
            bad=("no such quantizer", 17),
        ),
    ] = "default"
    block_size: Annotated[
        Any,
        when(
            "a positive integer, -1 or None",
            lambda v: v is None or (isinstance(v, int) and (v > 0 or v == -1)),
            bad=(0, 2.5, "3"),
        ),
    ] = 128


def get(identifier: Any, **kwargs: Any) -> Any:
    """The quantizer meant by a name, a config, a class or itself; `kwargs` go to its class."""
    if isinstance(identifier, str) and kwargs:
        found = QUANTIZERS.find(identifier)
        identifier = found(**kwargs) if found else identifier
    return QUANTIZERS.get(identifier)


def serialize(initializer: Any) -> Any:
    """The config that describes a quantizer."""
    return registry.serialize(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The quantizer that a config describes."""
    return QUANTIZERS.deserialize(config, custom_objects)
