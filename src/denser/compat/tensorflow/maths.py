"""Functions of tf and tf.math: element by element, along axes, comparisons, segments."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from ...ops import order
from . import operators
from .dtypes import kept
from .lift import lift


def _float_quotient(x: Any, y: Any) -> Any:
    return jnp.where(y == 0, 0, jnp.true_divide(x, jnp.where(y == 0, 1, y)))


def _x_times(function: Any) -> Any:
    """`x * function(y)`, 0 where x is 0."""
    return lambda x, y: jnp.where(x == 0, 0.0, x * function(jnp.where(x == 0, 1.0, y)))


def _cumulative(function: Any, start: float) -> Any:
    """A running sum or product, over what is before or after each place."""

    def run(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
        x = jnp.asarray(x)
        x = jnp.flip(x, axis) if reverse else x
        if exclusive:
            first = jnp.full_like(jax.lax.slice_in_dim(x, 0, 1, axis=axis), start)
            x = jnp.concatenate([first, jax.lax.slice_in_dim(x, 0, -1, axis=axis)], axis)
        x = function(x, axis=axis)
        return jnp.flip(x, axis) if reverse else x

    return run


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    x = jnp.asarray(x)
    found = jnp.mean(x, _axes(axis), keepdims=keepdims)
    return found.astype(x.dtype)


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis


def _reduced(function: Any) -> Any:
    return lambda x, axis=None, keepdims=False: function(x, axis=_axes(axis), keepdims=keepdims)


def _arg(function: Any) -> Any:
    def run(x: Any, axis: Any = None, output_type: Any = "int64") -> Any:
        return function(x, axis=axis or 0).astype(kept(output_type))

    return run


def _segments(function: Any, count: bool) -> Any:
    if count:
        return lambda data, ids, number: function(data, ids, int(number))
    return lambda data, ids: function(data, ids, int(np.max(ids)) + 1)


def _segment_mean(data: Any, ids: Any, number: Any = None) -> Any:
    number = int(np.max(ids)) + 1 if number is None else int(number)
    ones = jnp.ones(jnp.shape(ids), jnp.result_type(data))
    counts = jnp.maximum(jax.ops.segment_sum(ones, ids, number), 1)
    sums = jax.ops.segment_sum(data, ids, number)
    return sums / counts.reshape(counts.shape + (1,) * (sums.ndim - 1))


def _confusion(
    labels: Any, predictions: Any, num_classes: Any = None, weights: Any = None,
    dtype: Any = "int32",
) -> Any:  # fmt: skip
    labels, predictions = jnp.ravel(labels), jnp.ravel(predictions)
    if num_classes is None:
        num_classes = int(jnp.maximum(labels.max(), predictions.max())) + 1
    weights = jnp.ones(labels.shape) if weights is None else jnp.asarray(weights)
    found = jnp.zeros((num_classes, num_classes), weights.dtype)
    return found.at[labels, predictions].add(weights).astype(kept(dtype))


def _bincount(
    x: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = "int32"
) -> Any:
    flat = jnp.ravel(x)
    if minlength and minlength == maxlength:  # a length that does not depend on the numbers
        each = jnp.ones(flat.shape, kept(dtype)) if weights is None else jnp.ravel(weights)
        return jnp.zeros(maxlength, each.dtype).at[flat].add(each, mode="drop")
    found = jnp.bincount(flat, weights, minlength=minlength or 0)
    return found[:maxlength].astype(kept(dtype) if weights is None else found.dtype)


def _top_k(x: Any, k: int = 1, sorted: bool = True) -> Any:
    return TopK(*jax.lax.top_k(x, k))


class TopK(tuple):
    """The largest values and their places: (values, indices)."""

    _fields = ("values", "indices")

    def __new__(cls, values: Any, indices: Any) -> "TopK":
        """From the two arrays."""
        return super().__new__(cls, (values, indices))

    values = property(lambda self: self[0], doc="The values.")
    indices = property(lambda self: self[1], doc="Their places.")


def _accumulate(inputs: Any) -> Any:
    return sum(inputs[1:], inputs[0])


def _clip(x: Any, low: Any, high: Any) -> Any:
    x = jnp.asarray(x)
    return jnp.clip(x, jnp.asarray(low, x.dtype), jnp.asarray(high, x.dtype))


def _power(x: Any, y: Any) -> Any:
    if isinstance(x, (int, float)) and hasattr(y, "dtype"):
        x = jnp.asarray(x, y.dtype)
    return jnp.power(x, y)


def _floats(function: Any) -> Any:
    """A function that needs floats: a number alone counts as one."""
    return lambda x: function(jnp.asarray(x))


_UNARY = {
    "abs": jnp.abs, "acos": jnp.arccos, "acosh": jnp.arccosh, "angle": jnp.angle,
    "asin": jnp.arcsin, "asinh": jnp.arcsinh, "atan": jnp.arctan, "atanh": jnp.arctanh,
    "ceil": jnp.ceil, "conj": jnp.conj, "cos": jnp.cos, "cosh": jnp.cosh,
    "digamma": special.digamma,
    "erf": special.erf, "erfc": special.erfc, "erfinv": special.erfinv, "exp": jnp.exp,
    "expm1": jnp.expm1, "floor": jnp.floor, "imag": jnp.imag, "is_finite": jnp.isfinite,
    "is_inf": jnp.isinf, "is_nan": jnp.isnan, "lgamma": special.gammaln, "log": jnp.log,
    "log1p": jnp.log1p, "log_sigmoid": jax.nn.log_sigmoid, "logical_not": jnp.logical_not,
    "ndtri": special.ndtri, "negative": jnp.negative, "real": jnp.real,
    "reciprocal": jnp.reciprocal, "rint": jnp.rint, "round": jnp.round, "rsqrt": jax.lax.rsqrt,
    "sigmoid": jax.nn.sigmoid, "sign": jnp.sign, "sin": jnp.sin, "sinh": jnp.sinh,
    "softplus": jax.nn.softplus, "softsign": jax.nn.soft_sign, "sqrt": jnp.sqrt,
    "square": jnp.square, "tan": jnp.tan, "tanh": jnp.tanh,
    "reciprocal_no_nan": lambda x: _float_quotient(1.0, x),
}  # fmt: skip
_BINARY = {
    "atan2": jnp.arctan2, "floordiv": jnp.floor_divide, "floormod": jnp.mod, "mod": jnp.mod,
    "greater": jnp.greater, "greater_equal": jnp.greater_equal, "less": jnp.less,
    "less_equal": jnp.less_equal, "logical_and": jnp.logical_and, "logical_or": jnp.logical_or,
    "logical_xor": jnp.logical_xor, "maximum": jnp.maximum, "minimum": jnp.minimum,
    "multiply": jnp.multiply, "subtract": jnp.subtract, "divide": jnp.true_divide,
    "truediv": jnp.true_divide, "divide_no_nan": _float_quotient, "div_no_nan": _float_quotient,
    "squared_difference": lambda x, y: jnp.square(jnp.subtract(x, y)), "pow": _power,
    "xlogy": _x_times(jnp.log), "xlog1py": _x_times(jnp.log1p), "xdivy": lambda x, y: x / y,
    "igamma": special.gammainc, "igammac": special.gammaincc, "zeta": special.zeta,
    "polygamma": special.polygamma, "nextafter": jnp.nextafter,
    "multiply_no_nan": lambda x, y: jnp.where(y == 0, 0, x * jnp.where(y == 0, 0, y)),
    "equal": operators.equal, "not_equal": operators.not_equal, "add": operators.add,
}  # fmt: skip
_REDUCED = {
    "reduce_sum": jnp.sum, "reduce_max": jnp.max, "reduce_min": jnp.min, "reduce_prod": jnp.prod,
    "reduce_all": jnp.all, "reduce_any": jnp.any, "reduce_std": jnp.std, "reduce_variance": jnp.var,
    "reduce_logsumexp": jax.nn.logsumexp, "count_nonzero": jnp.count_nonzero,
}  # fmt: skip
_REDUCTION = "input_tensor, axis=None, keepdims=False"

MATHS: dict[str, Any] = {
    **{name: lift(_floats(f), "x", name) for name, f in _UNARY.items()},
    **{name: lift(f, "x, y", name) for name, f in _BINARY.items()},
    **{name: lift(_reduced(f), _REDUCTION, name) for name, f in _REDUCED.items()},
    "reduce_mean": lift(_mean, _REDUCTION, "reduce_mean"),
    "reduce_euclidean_norm": lift(
        _reduced(lambda x, **k: jnp.sqrt(jnp.sum(jnp.square(x), **k))), _REDUCTION, "norm"
    ),
    "add_n": lift(_accumulate, "inputs", "add_n"),
    "accumulate_n": lift(_accumulate, "inputs", "accumulate_n"),
    "argmax": lift(_arg(jnp.argmax), "input, axis=None, output_type='int64'", "argmax"),
    "argmin": lift(_arg(jnp.argmin), "input, axis=None, output_type='int64'", "argmin"),
    "cumsum": lift(_cumulative(jnp.cumsum, 0), "x, axis=0, exclusive=False, reverse=False"),
    "cumprod": lift(_cumulative(jnp.cumprod, 1), "x, axis=0, exclusive=False, reverse=False"),
    "clip_by_value": lift(_clip, "t, clip_value_min, clip_value_max", "clip_by_value"),
    "bincount": lift(_bincount, "arr, weights=None, minlength=None, maxlength=None, dtype='int32'"),
    "confusion_matrix": lift(
        _confusion, "labels, predictions, num_classes=None, weights=None, dtype='int32'"
    ),
    "top_k": lift(_top_k, "input, k=1, sorted=True", "top_k"),
    "in_top_k": lift(order.in_top_k.function, "targets, predictions, k=1", "in_top_k"),
    "l2_normalize": lift(
        lambda x, axis=None, epsilon=1e-12: (
            x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, _axes(axis), keepdims=True), epsilon))
        ),
        "x, axis=None, epsilon=1e-12",
        "l2_normalize",
    ),
    "segment_sum": lift(_segments(jax.ops.segment_sum, False), "data, segment_ids"),
    "segment_max": lift(_segments(jax.ops.segment_max, False), "data, segment_ids"),
    "segment_min": lift(_segments(jax.ops.segment_min, False), "data, segment_ids"),
    "segment_prod": lift(_segments(jax.ops.segment_prod, False), "data, segment_ids"),
    "segment_mean": lift(_segment_mean, "data, segment_ids"),
    "unsorted_segment_sum": lift(
        _segments(jax.ops.segment_sum, True), "data, segment_ids, num_segments=None"
    ),
    "unsorted_segment_max": lift(
        _segments(jax.ops.segment_max, True), "data, segment_ids, num_segments=None"
    ),
    "unsorted_segment_min": lift(
        _segments(jax.ops.segment_min, True), "data, segment_ids, num_segments=None"
    ),
    "unsorted_segment_mean": lift(_segment_mean, "data, segment_ids, num_segments=None"),
}
_ALIASES = {
    "scalar_mul": "multiply", "cumulative_sum": "cumsum", "sigmoid": "sigmoid", "div": "divide",
    "realdiv": "divide", "truncatediv": "floordiv",
}  # fmt: skip
MATHS |= {name: MATHS[target] for name, target in _ALIASES.items()}

# Those of TensorFlow 1 that stand in tf itself and not in tf.math.
OLD = {
    "div": MATHS["divide"], "log_sigmoid": MATHS["log_sigmoid"], "is_nan": MATHS["is_nan"],
    "is_finite": MATHS["is_finite"], "is_inf": MATHS["is_inf"], "ceil": MATHS["ceil"],
    "log": MATHS["log"], "rsqrt": MATHS["rsqrt"], "lgamma": MATHS["lgamma"], "mod": MATHS["mod"],
    "erf": MATHS["erf"], "count_nonzero": MATHS["count_nonzero"], "log1p": MATHS["log1p"],
    "confusion_matrix": MATHS["confusion_matrix"], "floor_div": MATHS["floordiv"],
    "arg_max": MATHS["argmax"], "arg_min": MATHS["argmin"], "reciprocal": MATHS["reciprocal"],
}  # fmt: skip
# Those that stand in tf as well as in tf.math.
IN_TF = (
    "abs acos acosh add add_n argmax argmin asin asinh atan atan2 atanh clip_by_value cos cosh "
    "cumsum divide equal exp floor greater greater_equal less less_equal logical_and logical_not "
    "logical_or maximum minimum multiply negative not_equal pow reduce_all reduce_any "
    "reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_sum round scalar_mul "
    "sigmoid sign sin sinh sqrt square squared_difference subtract tan tanh truediv"
).split()
