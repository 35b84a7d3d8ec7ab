"""tf.nn: activations, losses of logits, convolutions, pools, normalization, embeddings."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ... import activations, ops
from ...ops.ctc import ctc_decode, ctc_loss
from . import chance, maths
from .lift import lift, open_
from .tensor import wrap


def _inner(sizes: Any, rank: int, data_format: Any) -> Any:
    """Strides or windows per dimension: from one number, one of each, or TensorFlow's four."""
    if isinstance(sizes, int):
        return sizes
    sizes = [int(s) for s in np.atleast_1d(sizes)]
    if len(sizes) == rank + 2:
        return tuple(sizes[2:] if str(data_format).startswith("NC") else sizes[1:-1])
    return tuple(sizes) if len(sizes) > 1 else sizes[0]


def _order(data_format: Any) -> str:
    return "channels_first" if str(data_format).startswith("NC") else "channels_last"


def _explicit(x: Any, padding: Any) -> tuple[Any, str]:
    """The input with explicit paddings around it, and a padding's word."""
    if isinstance(padding, str):
        return x, padding.lower()
    return jnp.pad(x, [tuple(p) for p in padding]), "valid"


def _conv(
    x: Any, filters: Any, strides: Any = 1, padding: Any = "VALID", data_format: Any = None,
    dilations: Any = 1,
) -> Any:  # fmt: skip
    rank = filters.ndim - 2
    x, word = _explicit(x, padding)
    order = _order(data_format)
    how = (_inner(strides, rank, data_format), word, order)
    return ops.conv(x, filters, *how, _inner(dilations or 1, rank, data_format))


def _depthwise(
    x: Any, filter: Any, strides: Any = 1, padding: Any = "VALID", data_format: Any = None,
    dilations: Any = 1,
) -> Any:  # fmt: skip
    x, word = _explicit(x, padding)
    how = (_inner(strides, 2, data_format), word, _order(data_format))
    return ops.depthwise_conv(x, filter, *how, _inner(dilations or 1, 2, data_format))


def _separable(
    x: Any, depthwise: Any, pointwise: Any, strides: Any = 1, padding: Any = "VALID",
    data_format: Any = None, dilations: Any = 1,
) -> Any:  # fmt: skip
    how = (_inner(strides, 2, data_format), padding.lower(), _order(data_format))
    return ops.separable_conv(x, depthwise, pointwise, *how, _inner(dilations or 1, 2, data_format))


def _conv_transpose(
    x: Any, filters: Any, output_shape: Any = None, strides: Any = 1, padding: str = "SAME",
    data_format: Any = None, dilations: Any = 1,
) -> Any:  # fmt: skip
    """The gradient of the convolution of an input of shape `output_shape`."""
    shape = tuple(int(n) for n in np.asarray(output_shape))
    image = jnp.zeros(shape, x.dtype)
    _, back = jax.vjp(lambda y: _conv(y, filters, strides, padding, data_format, dilations), image)
    return back(x)[0]


def _pool(function: Any) -> Any:
    def run(
        x: Any, ksize: Any = 2, strides: Any = None, padding: str = "VALID", data_format: Any = None
    ) -> Any:
        rank = x.ndim - 2
        size = _inner(ksize, rank, data_format)
        steps = size if strides is None else _inner(strides, rank, data_format)
        return function(x, size, steps, padding.lower(), _order(data_format))

    return run


def _pool_of(
    x: Any, window_shape: Any = 2, pooling_type: str = "MAX", strides: Any = None,
    padding: str = "VALID", data_format: Any = None, dilations: Any = None,
) -> Any:  # fmt: skip
    function = ops.max_pool if pooling_type == "MAX" else ops.average_pool
    return _pool(function)(x, window_shape, strides or 1, padding, data_format)


def _bias_add(value: Any, bias: Any, data_format: Any = None) -> Any:
    if _order(data_format) == "channels_first" and value.ndim > 2:
        bias = jnp.reshape(bias, (-1,) + (1,) * (value.ndim - 2))
    return value + bias


def _batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any = None, scale: Any = None,
    variance_epsilon: float = 0.001,
) -> Any:  # fmt: skip
    factor = jax.lax.rsqrt(variance + variance_epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor if offset is None else offset - mean * factor
    return x * factor + shift


def _moments(x: Any, axes: Any = None, shift: Any = None, keepdims: bool = False) -> Any:
    axes = tuple(axes) if isinstance(axes, list) else axes
    return jnp.mean(x, axes, keepdims=keepdims), jnp.var(x, axes, keepdims=keepdims)


def _sigmoid_cross(labels: Any = None, logits: Any = None) -> Any:
    return jnp.maximum(logits, 0) - logits * labels + jnp.log1p(jnp.exp(-jnp.abs(logits)))


def _softmax_cross(labels: Any = None, logits: Any = None, axis: int = -1) -> Any:
    return -jnp.sum(labels * jax.nn.log_softmax(logits, axis), axis)


def _sparse_cross(labels: Any = None, logits: Any = None) -> Any:
    labels = jnp.asarray(labels, "int32")
    found = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], -1)
    return -found[..., 0]


def _weighted_cross(labels: Any = None, logits: Any = None, pos_weight: Any = 1.0) -> Any:
    weight = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weight * jax.nn.softplus(-logits)


def dropout(
    x: Any, rate: Any = 0.5, noise_shape: Any = None, seed: Any = None, name: Any = None,
    keep_prob: Any = None,
) -> Any:  # fmt: skip
    """`x` with the part `rate` of its elements set to 0, the others scaled up."""
    rate = rate if keep_prob is None else 1 - keep_prob
    return _dropped(x, chance.draw(seed), rate=rate, shape=noise_shape)


def _drop(x: Any, key: Any, rate: Any = 0.5, shape: Any = None) -> Any:
    kept = jax.random.bernoulli(key, 1 - rate, x.shape if shape is None else tuple(shape))
    return jnp.where(kept, x / (1 - rate), jnp.zeros((), x.dtype))


_dropped = lift(_drop, "x, key, rate=0.5, shape=None", "dropout")


def _lookup(params: Any, ids: Any, max_norm: Any = None) -> Any:
    found = jnp.take(params, jnp.asarray(ids), 0, mode="clip")
    if max_norm is None:
        return found
    norm = jnp.linalg.norm(found, axis=-1, keepdims=True)
    return found * jnp.minimum(1.0, max_norm / jnp.maximum(norm, 1e-12))


def _ctc(
    labels: Any, logits: Any, label_length: Any, logit_length: Any, logits_time_major: bool = True,
    unique: Any = None, blank_index: Any = None,
) -> Any:  # fmt: skip
    logits = jnp.swapaxes(logits, 0, 1) if logits_time_major else logits
    blank = (blank_index or 0) % logits.shape[-1]
    return ctc_loss.function(labels, logits, label_length, logit_length, blank)


def _decode(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True, blank_index: Any = None
) -> Any:
    inputs = jnp.swapaxes(inputs, 0, 1)
    blank = inputs.shape[-1] - 1 if blank_index is None else blank_index
    decoded, scores = ctc_decode.function(
        inputs, sequence_length, merge_repeated=merge_repeated, mask_index=blank
    )
    return [decoded[0]], scores


def _normalization(depth_radius: Any = 5, bias: Any = 1, alpha: Any = 1, beta: Any = 0.5) -> Any:
    return depth_radius, bias, alpha, beta


def _local_response(x: Any, *how: Any) -> Any:
    radius, bias, alpha, beta = _normalization(*how)
    squares = jnp.pad(jnp.square(x), ((0, 0),) * (x.ndim - 1) + ((radius, radius),))
    windows = sum(squares[..., i : i + x.shape[-1]] for i in range(2 * radius + 1))
    return x / (bias + alpha * windows) ** beta


def _patches(
    images: Any, sizes: Any = None, strides: Any = None, rates: Any = None, padding: str = "VALID"
) -> Any:  # fmt: skip
    """Windows of images, each as one row of (height, width, channels) numbers."""
    channels = images.shape[-1]
    sizes, strides, rates = (each or (1, 1, 1, 1) for each in (sizes, strides, rates))
    found = jax.lax.conv_general_dilated_patches(
        images, sizes[1:3], strides[1:3], padding, rhs_dilation=rates[1:3],
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )  # fmt: skip
    form = (*found.shape[:-1], channels, sizes[1] * sizes[2])
    return jnp.swapaxes(found.reshape(form), -1, -2).reshape(found.shape)


extract_patches = lift(
    _patches, "images, sizes=None, strides=None, rates=None, padding='VALID'", "extract_patches"
)


# The activations of denser that a layer takes for these functions, whose names configs have.
LAYERS_OWN: dict[Any, Any] = {}


def _activation(function: Any, name: str, arguments: str = "features") -> Any:
    found = lift(getattr(function, "function", function), arguments, name)
    LAYERS_OWN[found] = getattr(activations, name)
    return found


def max_pool_with_argmax(*args: Any, **kwargs: Any) -> Any:
    """Raise: XLA's pool does not tell the places."""
    raise NotImplementedError("tf.nn.max_pool_with_argmax does not exist here; use tf.nn.max_pool.")


def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: Any = None) -> Any:
    """Rows of a table."""
    parted = isinstance(params, (list, tuple)) and hasattr(params[0], "shape")
    return _lifted_lookup(params[0] if parted else params, ids, max_norm)


_lifted_lookup = lift(_lookup, "params, ids, max_norm=None", "embedding_lookup")
_CONV = "input, filters, strides=1, padding='VALID', data_format=None, dilations=1"
_TRANSPOSE = (
    "input, filters, output_shape=None, strides=1, padding='SAME', data_format=None, dilations=1"
)
_POOL = "input, ksize=2, strides=None, padding='VALID', data_format=None"
_BOTH = ("labels", "logits")

NN: dict[str, Any] = {
    "relu": _activation(jax.nn.relu, "relu"), "relu6": _activation(jax.nn.relu6, "relu6"),
    "sigmoid": _activation(activations.sigmoid, "sigmoid", "x"),
    "tanh": _activation(activations.tanh, "tanh", "x"),
    "elu": _activation(jax.nn.elu, "elu"), "selu": _activation(jax.nn.selu, "selu"),
    "softplus": _activation(jax.nn.softplus, "softplus"),
    "softsign": _activation(jax.nn.soft_sign, "softsign"),
    "silu": _activation(jax.nn.silu, "silu"), "swish": _activation(jax.nn.silu, "silu"),
    "softmax": _activation(lambda x, axis=-1: jax.nn.softmax(jnp.asarray(x), axis or -1),
                           "softmax", "logits, axis=-1"),
    "log_softmax": _activation(lambda x, axis=-1: jax.nn.log_softmax(jnp.asarray(x), axis or -1),
                               "log_softmax", "logits, axis=-1"),
    "gelu": _activation(lambda x, approximate=False: jax.nn.gelu(x, approximate), "gelu",
                        "features, approximate=False"),
    "leaky_relu": _activation(lambda x, alpha=0.2: jnp.where(x >= 0, x, alpha * x), "leaky_relu",
                              "features, alpha=0.2"),
    "crelu": lift(lambda x, axis=-1: jnp.concatenate([jax.nn.relu(x), jax.nn.relu(-x)], axis),
                  "features, axis=-1", "crelu"),
    "conv1d": lift(_conv, _CONV.replace("strides", "stride"), "conv1d"),
    "conv2d": lift(_conv, _CONV, "conv2d"), "conv3d": lift(_conv, _CONV, "conv3d"),
    "convolution": lift(_conv, _CONV, "convolution"),
    "atrous_conv2d": lift(lambda x, f, rate=1, padding="VALID": _conv(x, f, 1, padding, None, rate),
                          "value, filters, rate=1, padding='VALID'", "atrous_conv2d"),
    "depthwise_conv2d": lift(_depthwise, _CONV.replace("filters", "filter"), "depthwise_conv2d"),
    "separable_conv2d": lift(
        _separable, "input, depthwise_filter, pointwise_filter, strides=1, padding='VALID', "
        "data_format=None, dilations=1", "separable_conv2d"),
    "conv1d_transpose": lift(_conv_transpose, _TRANSPOSE, "conv1d_transpose"),
    "conv2d_transpose": lift(_conv_transpose, _TRANSPOSE, "conv2d_transpose"),
    "conv3d_transpose": lift(_conv_transpose, _TRANSPOSE, "conv3d_transpose"),
    **{f"max_pool{d}": lift(_pool(ops.max_pool), _POOL, "max_pool")
       for d in ("", "1d", "2d", "3d")},
    **{f"avg_pool{d}": lift(_pool(ops.average_pool), _POOL, "avg_pool")
       for d in ("", "1d", "2d", "3d")},
    "pool": lift(_pool_of, "input, window_shape=2, pooling_type='MAX', strides=None, "
                 "padding='VALID', data_format=None, dilations=None", "pool"),
    "bias_add": lift(_bias_add, "value, bias, data_format=None", "bias_add"),
    "batch_normalization": lift(
        _batch_normalization, "x, mean, variance, offset=None, scale=None, variance_epsilon=0.001",
        "batch_normalization", ("offset", "scale")),
    "moments": lift(_moments, "x, axes=None, shift=None, keepdims=False", "moments"),
    "sigmoid_cross_entropy_with_logits": lift(
        _sigmoid_cross, "labels=None, logits=None", "sigmoid_cross_entropy_with_logits", _BOTH),
    "softmax_cross_entropy_with_logits": lift(
        _softmax_cross, "labels=None, logits=None, axis=-1", "softmax_cross_entropy_with_logits",
        _BOTH),
    "sparse_softmax_cross_entropy_with_logits": lift(
        _sparse_cross, "labels=None, logits=None", "sparse_softmax_cross_entropy_with_logits",
        _BOTH),
    "weighted_cross_entropy_with_logits": lift(
        _weighted_cross, "labels=None, logits=None, pos_weight=1.0",
        "weighted_cross_entropy_with_logits", _BOTH),
    "l2_loss": lift(lambda t: jnp.sum(jnp.square(t)) / 2, "t", "l2_loss"),
    "local_response_normalization": lift(
        _local_response, "input, depth_radius=5, bias=1, alpha=1, beta=0.5",
        "local_response_normalization"),
    "ctc_loss": lift(_ctc, "labels, logits, label_length, logit_length, logits_time_major=True, "
                     "unique=None, blank_index=None", "ctc_loss"),
    "ctc_greedy_decoder": lift(
        _decode, "inputs, sequence_length, merge_repeated=True, blank_index=None"),
    "depth_to_space": lift(lambda x, n=2, data_format="NHWC": ops.depth_to_space(
        x, n, _order(data_format)), "input, block_size=2, data_format='NHWC'", "depth_to_space"),
    "space_to_depth": lift(lambda x, n=2, data_format="NHWC": ops.space_to_depth(
        x, n, _order(data_format)), "input, block_size=2, data_format='NHWC'", "space_to_depth"),
    "dropout": dropout, "embedding_lookup": embedding_lookup,
    "max_pool_with_argmax": max_pool_with_argmax,
    **{name: maths.MATHS[name] for name in
       ("l2_normalize", "top_k", "in_top_k", "zero_fraction") if name in maths.MATHS},
    "zero_fraction": lift(lambda x: jnp.mean(x == 0), "value", "zero_fraction"),
    "log_poisson_loss": lift(lambda t, x: jnp.exp(x) - x * t, "targets, log_input"),
    "scale_regularization_loss": lambda regularization_loss: regularization_loss,
    "compute_average_loss": lambda per_example_loss, sample_weight=None, global_batch_size=None:
        average_loss(per_example_loss, sample_weight, global_batch_size),
}  # fmt: skip
NN["lrn"] = NN["local_response_normalization"]
NN["softmax_cross_entropy_with_logits_v2"] = NN["softmax_cross_entropy_with_logits"]


def average_loss(losses: Any, sample_weight: Any = None, global_batch_size: Any = None) -> Any:
    """The sum of the losses of all examples by their number."""
    weighted = losses if sample_weight is None else losses * sample_weight
    count = np.size(open_(losses)) if global_batch_size is None else global_batch_size
    return maths.MATHS["reduce_sum"](weighted) / wrap(jnp.asarray(float(count)))
