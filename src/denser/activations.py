"""Activations: functions of one array that go between layers.

Each takes and gives any shape and works on arrays, Variables and symbolic tensors alike.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax import Array

from .core.fields import Rule
from .core.op import op
from .core.registry import Family
from .ops.elementwise import tanh as tanh
from .ops.nn import celu as celu
from .ops.nn import elu as elu
from .ops.nn import glu as glu
from .ops.nn import hard_shrink as hard_shrink
from .ops.nn import hard_sigmoid as hard_sigmoid
from .ops.nn import hard_silu as hard_silu
from .ops.nn import hard_tanh as hard_tanh
from .ops.nn import leaky_relu as leaky_relu
from .ops.nn import log_sigmoid as log_sigmoid
from .ops.nn import log_softmax as log_softmax
from .ops.nn import relu6 as relu6
from .ops.nn import selu as selu
from .ops.nn import sigmoid as sigmoid
from .ops.nn import silu as silu
from .ops.nn import soft_shrink as soft_shrink
from .ops.nn import softmax as softmax
from .ops.nn import softplus as softplus
from .ops.nn import softsign as softsign
from .ops.nn import sparse_plus as sparse_plus
from .ops.nn import sparse_sigmoid as sparse_sigmoid
from .ops.nn import sparsemax as sparsemax
from .ops.nn import squareplus as squareplus
from .ops.nn import tanh_shrink as tanh_shrink
from .ops.nn import threshold as threshold

ACTIVATIONS = Family("activation", "activations")


def linear(x: Any) -> Any:
    """`x`, as it is."""
    return x


@op
def relu(
    x: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array:
    """`x` above `threshold`, `negative_slope * (x - threshold)` below, at most `max_value`.

    Args:
        x: Any array.
        negative_slope: Slope below the threshold.
        max_value: The largest value of the result; None: no limit.
        threshold: Where the result leaves `negative_slope * (x - threshold)` for `x`.

    Example:
        >>> relu([-2.0, 0.0, 3.0]).tolist()
        [0.0, 0.0, 3.0]
    """
    if threshold:
        below = negative_slope * (x - threshold) if negative_slope else 0
        y = jnp.where(x > threshold, x, below)
    else:
        y = jax.nn.leaky_relu(x, negative_slope) if negative_slope else jax.nn.relu(x)
    return y if max_value is None else jnp.minimum(y, max_value)


@op
def gelu(x: Array, approximate: bool = False) -> Array:
    """`x * Phi(x)`, Phi being the normal distribution's share below `x`.

    Args:
        x: Any array.
        approximate: Whether to compute Phi by tanh.

    Source: Hendrycks & Gimpel 2016, arXiv:1606.08415.
    """
    return jax.nn.gelu(x, approximate)


@op
def mish(x: Array) -> Array:
    """`x * tanh(softplus(x))`.

    Source: Misra 2019, arXiv:1908.08681.
    """
    return jax.nn.mish(x)


@op
def exponential(x: Array) -> Array:
    """`e^x`."""
    return jnp.exp(x)


@op
def former_hard_sigmoid(x: Array) -> Array:
    """`clip(0.2 * x + 0.5, 0, 1)`: what `hard_sigmoid` was before Keras 3, for models of then."""
    return jnp.clip(0.2 * x + 0.5, 0.0, 1.0)


swish = ACTIVATIONS.add(silu, "swish")
hard_swish = ACTIVATIONS.add(hard_silu, "hard_swish")
for _activation in (
    linear, relu, relu6, leaky_relu, elu, celu, selu, gelu, silu, hard_silu, mish, glu,
    sigmoid, log_sigmoid, hard_sigmoid, former_hard_sigmoid, sparse_sigmoid, tanh,
    hard_tanh, tanh_shrink, softplus, softsign, sparse_plus, squareplus, exponential, threshold,
    hard_shrink, soft_shrink, softmax, log_softmax, sparsemax,
):  # fmt: skip
    ACTIVATIONS.add(_activation)


def get(identifier: Any) -> Any:
    """The function meant by a name, a config, a function or a layer; None means `linear`.

    Example:
        >>> get("swish").__name__
        'silu'
    """
    return linear if identifier is None else ACTIVATIONS.get(identifier)


def serialize(activation: Any) -> Any:
    """The name or config that `deserialize` makes `activation` from again."""
    return ACTIVATIONS.serialize(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The activation that `serialize` described."""
    return ACTIVATIONS.deserialize(config, custom_objects)


AnActivation = Annotated[
    Any,
    Rule(
        "an activation: its name, a layer, or a function of an array",
        callable,
        get,
        bad=("no_such_name", 17),
        none=True,
    ),
]
