"""What networks are made of: activations, crossentropies, one-hot codes; and a face for the rest.

Activations take and give any shape.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from .. import config
from ..core.dtype import canonical
from ..core.messages import UserError, bad_argument, shape_text
from ..core.op import op
from .attend import dot_product_attention as dot_product_attention
from .convolve import conv as conv
from .convolve import conv_transpose as conv_transpose
from .convolve import depthwise_conv as depthwise_conv
from .convolve import fold as fold
from .convolve import separable_conv as separable_conv
from .convolve import unfold as unfold
from .core import refuse
from .ctc import ctc_decode as ctc_decode
from .ctc import ctc_loss as ctc_loss
from .elementwise import polar as polar
from .normalize import batch_normalization as batch_normalization
from .normalize import layer_normalization as layer_normalization
from .normalize import moments as moments
from .normalize import normalize as normalize
from .normalize import rms_normalization as rms_normalization
from .pool import adaptive_average_pool as adaptive_average_pool
from .pool import adaptive_max_pool as adaptive_max_pool
from .pool import average_pool as average_pool
from .pool import depth_to_space as depth_to_space
from .pool import max_pool as max_pool
from .pool import space_to_depth as space_to_depth

# --------------------------------------------------------------------------------- activations
relu = op(jax.nn.relu, "x", "`max(x, 0)`.")
relu6 = op(jax.nn.relu6, "x", "`min(max(x, 0), 6)`.")
leaky_relu = op(
    jax.nn.leaky_relu, "x, negative_slope=0.2", "`x` above 0, `negative_slope * x` below."
)
elu = op(jax.nn.elu, "x, alpha=1.0", "`x` above 0, `alpha * (e^x - 1)` below. arXiv:1511.07289.")
celu = op(
    jax.nn.celu,
    "x, alpha=1.0",
    "`x` above 0, `alpha * (e^(x / alpha) - 1)` below. arXiv:1704.07483.",
)
selu = op(
    jax.nn.selu,
    "x",
    "`1.0507 * elu(x, 1.6733)`: with lecun_normal weights, outputs keep mean 0 and variance 1. "
    "arXiv:1706.02515.",
)
gelu = op(
    jax.nn.gelu,
    "x, approximate=True",
    "`x * Phi(x)`, Phi being the normal distribution's share below x; `approximate` takes tanh "
    "for it. arXiv:1606.08415.",
)
silu = op(jax.nn.silu, "x", "`x * sigmoid(x)`, also called swish. arXiv:1702.03118.")
swish = silu
hard_silu = op(jax.nn.hard_silu, "x", "`x * hard_sigmoid(x)`, also called hard swish.")
hard_swish = hard_silu

sigmoid = op(jax.nn.sigmoid, "x", "`1 / (1 + e^-x)`.")
log_sigmoid = op(jax.nn.log_sigmoid, "x", "`log(sigmoid(x))`, without overflow.")
hard_sigmoid = op(jax.nn.hard_sigmoid, "x", "`relu6(x + 3) / 6`.")
sparse_sigmoid = op(jax.nn.sparse_sigmoid, "x", "`(x + 1) / 2` between -1 and 1, 0 below, 1 above.")
hard_tanh = op(jax.nn.hard_tanh, "x", "`x` between -1 and 1, -1 below, 1 above.")

softplus = op(jax.nn.softplus, "x", "`log(1 + e^x)`, without overflow.")
sparse_plus = op(
    jax.nn.sparse_plus, "x", "0 up to -1, `(x + 1)^2 / 4` between -1 and 1, `x` from 1 on."
)
squareplus = op(jax.nn.squareplus, "x, b=4", "`(x + sqrt(x^2 + b)) / 2`. arXiv:2112.11687.")


@op
def softmax(x: Array, axis: Any = -1) -> Array:
    """`e^x / sum(e^x)` along one axis, several or (None) all, without overflow."""
    return jax.nn.softmax(_as_float(x), tuple(axis) if isinstance(axis, list) else axis)


@op
def log_softmax(x: Array, axis: Any = -1) -> Array:
    """`log(softmax(x))` without overflow."""
    return jax.nn.log_softmax(_as_float(x), tuple(axis) if isinstance(axis, list) else axis)


def _as_float(x: Array) -> Array:
    return jnp.asarray(x, jnp.result_type(x, float))


@op
def softsign(x: Array) -> Array:
    """`x / (1 + |x|)`."""
    return jax.nn.soft_sign(x)


@op
def hard_shrink(x: Array, threshold: float = 0.5) -> Array:
    """`x` where `|x| > threshold`, else 0."""
    return jnp.where(jnp.abs(x) > threshold, x, 0.0)


@op
def soft_shrink(x: Array, threshold: float = 0.5) -> Array:
    """`x` moved by `threshold` towards 0, and 0 where that would pass it."""
    return jnp.where(jnp.abs(x) > threshold, x - jnp.copysign(threshold, x), 0.0)


@op
def tanh_shrink(x: Array) -> Array:
    """`x - tanh(x)`."""
    return x - jnp.tanh(x)


@op
def threshold(x: Array, threshold: float, default_value: float) -> Array:
    """`x` above `threshold`, `default_value` elsewhere."""
    return jnp.where(x > threshold, x, default_value)


@op
def glu(x: Array, axis: int = -1) -> Array:
    """`a * sigmoid(b)`, `a` and `b` being the halves of `x` along `axis`.

    Shapes:
        x: (..., 2 n) -> (..., n)

    Raises:
        UserError: where the axis has an odd size.

    Source: Dauphin et al. 2016, arXiv:1612.08083.
    """
    if x.shape[axis] % 2:
        raise UserError(f"glu: axis {axis} of {shape_text(x.shape)} has no two halves.")
    return jax.nn.glu(x, axis)


@op
def sparsemax(x: Array, axis: int = -1) -> Array:
    """The probabilities nearest to `x`, many of them exactly 0: `max(x - tau, 0)`.

    `tau` is the number that makes the sum along `axis` 1.

    Example:
        >>> [round(p, 4) for p in sparsemax([1.0, 0.8, 0.1]).tolist()]
        [0.6, 0.4, 0.0]

    Source: Martins & Astudillo 2016, arXiv:1602.02068.
    """
    falling = jnp.flip(jnp.sort(x, axis), axis)
    ranks = jnp.arange(1, x.shape[axis] + 1)
    ranks = jnp.expand_dims(ranks, tuple(a for a in range(x.ndim) if a != axis % x.ndim))
    supported = 1 + ranks * falling > jnp.cumsum(falling, axis)
    total = jnp.sum(falling, axis, keepdims=True, where=supported)
    tau = (total - 1) / jnp.sum(supported, axis, keepdims=True)
    return jax.nn.relu(x - tau)


# ------------------------------------------------------------------------------ crossentropies


@op
def binary_crossentropy(target: Array, output: Array, from_logits: bool = False) -> Array:
    """`-target * log(p) - (1 - target) * log(1 - p)`, in nats, element by element.

    Args:
        target: What is true, from 0 to 1.
        output: `p`, or with `from_logits` the number of which `p` is the sigmoid.
    """
    target, output = jnp.asarray(target), jnp.asarray(output)
    _same_shape("binary_crossentropy", target.shape, output.shape)
    if from_logits:
        log_p, log_not_p = jax.nn.log_sigmoid(output), jax.nn.log_sigmoid(-output)
    else:
        output = _inside(output)
        log_p, log_not_p = jnp.log(output), jnp.log1p(-output)
    return -(target * log_p + (1 - target) * log_not_p)


@op
def categorical_crossentropy(
    target: Array, output: Array, from_logits: bool = False, axis: int = -1
) -> Array:
    """`-sum(target * log(p))` along the classes' axis, in nats.

    Args:
        target: The probability of each class, often 1 for one and 0 for the others.
        output: `p`, brought to the sum 1, or with `from_logits` what `p` is the softmax of.
    """
    target, output = jnp.asarray(target), jnp.asarray(output)
    _same_shape("categorical_crossentropy", target.shape, output.shape)
    return -jnp.sum(target * _log_probabilities(output, from_logits, axis), axis)


@op
def sparse_categorical_crossentropy(
    target: Array, output: Array, from_logits: bool = False, axis: int = -1
) -> Array:
    """`-log(p[target])` in nats: the crossentropy for classes given as integers.

    Shapes:
        target: (batch, ...), or with a last axis of size 1
        output: (batch, ..., classes)
        result: (batch, ...)

    Args:
        output: `p`, brought to the sum 1, or with `from_logits` what `p` is the softmax of.
    """
    target, output = jnp.asarray(target).astype(jnp.int32), jnp.asarray(output)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = target[..., 0]
    places = output.shape[: axis % output.ndim] + output.shape[axis % output.ndim :][1:]
    _same_shape("sparse_categorical_crossentropy", target.shape, places)
    log_p = _log_probabilities(output, from_logits, axis)
    # A product with 0 and 1 instead of a gather: XLA fuses it, and its gradient needs no scatter.
    return -jnp.sum(jax.nn.one_hot(target, output.shape[axis], axis=axis) * log_p, axis)


def _log_probabilities(output: Array, from_logits: bool, axis: int) -> Array:
    if from_logits:
        return jax.nn.log_softmax(output, axis)
    return jnp.log(_inside(output / jnp.sum(output, axis, keepdims=True)))


def _inside(p: Array) -> Array:
    """Probabilities kept away from 0 and 1, where logarithms are infinite."""
    return jnp.clip(p, config.epsilon(), 1 - config.epsilon())


def _same_shape(name: str, target: Any, output: Any) -> None:
    if tuple(target) != tuple(output):
        raise UserError(
            f"{name}: `target` must have the shape {shape_text(output)}; got {shape_text(target)}."
        )


# -------------------------------------------------------------------------- codes and measures


@op
def one_hot(
    x: Array, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Array:
    """1 at the place that the integer names, 0 elsewhere; all 0 for one out of range.

    Shapes:
        x: (...) -> (..., num_classes), the new axis at `axis`
    """
    refuse("one_hot", sparse=sparse)
    return jax.nn.one_hot(jnp.asarray(x), num_classes, axis=axis, dtype=canonical(dtype))


@op
def multi_hot(
    inputs: Array,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Array:
    """1 at each place that one of the integers of a row names, 0 elsewhere.

    Shapes:
        inputs: (batch, n) -> (batch, num_classes); (n,) -> (num_classes,)
    """
    refuse("multi_hot", sparse=sparse)
    num_classes = kwargs.pop("num_tokens", num_classes)  # its name in Keras 2
    if num_classes is None or kwargs:
        expected = "given, and nothing beside `axis` and `dtype`"
        raise bad_argument("multi_hot", "num_classes", expected, kwargs or num_classes)
    codes = jax.nn.one_hot(jnp.asarray(inputs), num_classes, axis=axis, dtype=canonical(dtype))
    return jnp.max(codes, axis=1 if jnp.ndim(inputs) > 1 else 0)


@op
def psnr(x1: Array, x2: Array, max_val: float) -> Array:
    """Peak signal-to-noise ratio `20 log10(max_val) - 10 log10(mean((x1 - x2)^2))`, in decibels.

    Args:
        max_val: The largest value that a signal can have.
    """
    x1, x2 = jnp.asarray(x1), jnp.asarray(x2)
    _same_shape("psnr", x1.shape, x2.shape)
    return 20 * jnp.log10(max_val) - 10 * jnp.log10(jnp.mean(jnp.square(x1 - x2)))
