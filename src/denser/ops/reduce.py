"""Many elements to one, or to a running one: sums, means, extremes, quantiles, counts, segments."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.op import op

# ----------------------------------------------------------------------------- sums and means
sum = op(jnp.sum, "x, axis=None, keepdims=False", "Sum over axes; all of them for None.")
prod = op(
    jnp.prod, "x, axis=None, keepdims=False, dtype=None", "Product over axes, computed in `dtype`."
)
mean = op(jnp.mean, "x, axis=None, keepdims=False", "Mean over axes, a float.")
var = op(jnp.var, "x, axis=None, keepdims=False", "Mean of `(x - mean(x)) ** 2` over axes.")
std = op(jnp.std, "x, axis=None, keepdims=False", "Square root of `var`.")
nansum = op(jnp.nansum, "x, axis=None, keepdims=False", "Sum of what is not NaN.")
nanprod = op(jnp.nanprod, "x, axis=None, keepdims=False", "Product of what is not NaN.")
nanmean = op(jnp.nanmean, "x, axis=None, keepdims=False", "Mean of what is not NaN.")
nanvar = op(jnp.nanvar, "x, axis=None, keepdims=False", "Variance of what is not NaN.")
nanstd = op(jnp.nanstd, "x, axis=None, keepdims=False", "Standard deviation of what is not NaN.")
cumsum = op(jnp.cumsum, "x, axis=None, dtype=None", "Running sum; of the flat `x` for axis None.")
cumprod = op(jnp.cumprod, "x, axis=None, dtype=None", "Running product.")
nancumsum = op(jnp.nancumsum, "x, axis=None, dtype=None", "Running sum with NaN as 0.")
nancumprod = op(jnp.nancumprod, "x, axis=None, dtype=None", "Running product with NaN as 1.")
logsumexp = op(
    jax.nn.logsumexp, "x, axis=None, keepdims=False", "`log(sum(exp(x)))` without overflow."
)


@op
def average(x: Array, axis: Any = None, weights: Array | None = None) -> Array:
    """Mean over axes, weighted: `sum(x * weights) / sum(weights)`.

    Args:
        axis: An axis, several, or None for all.
        weights: One per element of `x` or, where `axis` is one axis, one per place on it.
    """
    return jnp.average(x, axis=tuple(axis) if isinstance(axis, list) else axis, weights=weights)


@op
def trapezoid(y: Array, x: Array | None = None, dx: float = 1.0, axis: int = -1) -> Array:
    """Integral along an axis by the trapezoidal rule: `sum((y[i] + y[i + 1]) / 2 * step[i])`.

    Args:
        x: The points at which `y` was sampled; None: they are `dx` apart.
    """
    return jnp.trapezoid(y, x, dx=dx, axis=axis)


# ---------------------------------------------------------------------------------- extremes
max = op(
    jnp.max,
    "x, axis=None, keepdims=False, initial=None",
    "Largest element over axes, at least `initial`; NaN if one is.",
)
min = op(
    jnp.min,
    "x, axis=None, keepdims=False, initial=None",
    "Smallest element over axes, at most `initial`; NaN if one is.",
)
amax = op(jnp.amax, "x, axis=None, keepdims=False", "Largest element over axes.")
amin = op(jnp.amin, "x, axis=None, keepdims=False", "Smallest element over axes.")
nanmax = op(jnp.nanmax, "x, axis=None, keepdims=False", "Largest element that is not NaN.")
nanmin = op(jnp.nanmin, "x, axis=None, keepdims=False", "Smallest element that is not NaN.")
ptp = op(jnp.ptp, "x, axis=None, keepdims=False", "Largest minus smallest element.")
argmax = op(jnp.argmax, "x, axis=None, keepdims=False", "Index of the first largest element.")
argmin = op(jnp.argmin, "x, axis=None, keepdims=False", "Index of the first smallest element.")
nanargmax = op(
    jnp.nanargmax,
    "x, axis=None, keepdims=False",
    "Index of the first largest element that is not NaN; -1 if all are.",
)
nanargmin = op(
    jnp.nanargmin,
    "x, axis=None, keepdims=False",
    "Index of the first smallest element that is not NaN; -1 if all are.",
)

# ------------------------------------------------------------------------- truth and counting
all = op(jnp.all, "x, axis=None, keepdims=False", "Whether every element is true.")
any = op(jnp.any, "x, axis=None, keepdims=False", "Whether some element is true.")
count_nonzero = op(jnp.count_nonzero, "x, axis=None", "How many elements are not 0.")


# ---------------------------------------------------------------------------------- quantiles
median = op(jnp.median, "x, axis=None, keepdims=False", "The middle element over axes.")
quantile = op(
    jnp.quantile,
    "x, q, axis=None, method='linear', keepdims=False",
    "The value below which a share `q`, from 0 to 1, of the elements lies.",
)
percentile = op(
    jnp.percentile,
    "x, q, axis=None, method='linear', keepdims=False",
    "The value below which `q` of 100 elements lie.",
)
nanmedian = op(jnp.nanmedian, "x, axis=None, keepdims=False", "The middle of what is not NaN.")
nanquantile = op(
    jnp.nanquantile,
    "x, q, axis=None, method='linear', keepdims=False",
    "`quantile` of what is not NaN.",
)
nanpercentile = op(
    jnp.nanpercentile,
    "x, q, axis=None, method='linear', keepdims=False",
    "`percentile` of what is not NaN.",
)
