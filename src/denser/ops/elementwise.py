"""Functions of one element, or of two that stand in the same place."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.op import absolute, op, true_divide

# ------------------------------------------------------------------ roots, powers, logarithms
square = op(jnp.square, "x", "`x ** 2`.")
sqrt = op(jnp.sqrt, "x", "Square root; NaN below 0.")
cbrt = op(jnp.cbrt, "x", "Cube root.")
rsqrt = op(jax.lax.rsqrt, "x", "`1 / sqrt(x)`.")
divide = true_divide
reciprocal = op(jnp.reciprocal, "x", "`1 / x`.")
exp = op(jnp.exp, "x", "`e ** x`.")
exp2 = op(jnp.exp2, "x", "`2 ** x`.")
expm1 = op(jnp.expm1, "x", "`e ** x - 1`, exact near 0.")
log = op(jnp.log, "x", "Natural logarithm.")
log2 = op(jnp.log2, "x", "Logarithm to base 2.")
log10 = op(jnp.log10, "x", "Logarithm to base 10.")
log1p = op(jnp.log1p, "x", "`log(1 + x)`, exact near 0.")
logaddexp = op(jnp.logaddexp, "x1, x2", "`log(exp(x1) + exp(x2))` without overflow.")
logaddexp2 = op(jnp.logaddexp2, "x1, x2", "`log2(2 ** x1 + 2 ** x2)` without overflow.")
ldexp = op(jnp.ldexp, "x1, x2", "`x1 * 2 ** x2`.")
hypot = op(jnp.hypot, "x1, x2", "`sqrt(x1 ** 2 + x2 ** 2)` without overflow.")

# ----------------------------------------------------------------- angles (radians), hyperbolas
sin = op(jnp.sin, "x", "Sine.")
cos = op(jnp.cos, "x", "Cosine.")
tan = op(jnp.tan, "x", "Tangent.")
arcsin = op(jnp.arcsin, "x", "The angle in [-pi/2, pi/2] whose sine is `x`.")
arccos = op(jnp.arccos, "x", "The angle in [0, pi] whose cosine is `x`.")
arctan = op(jnp.arctan, "x", "The angle in (-pi/2, pi/2) whose tangent is `x`.")
arctan2 = op(jnp.arctan2, "x1, x2", "The angle in [-pi, pi] of the point (x2, x1).")
sinh = op(jnp.sinh, "x", "Hyperbolic sine.")
cosh = op(jnp.cosh, "x", "Hyperbolic cosine.")
tanh = op(jnp.tanh, "x", "Hyperbolic tangent.")
arcsinh = op(jnp.arcsinh, "x", "The number whose hyperbolic sine is `x`.")
arccosh = op(jnp.arccosh, "x", "The number of 0 or more whose hyperbolic cosine is `x`.")
arctanh = op(jnp.arctanh, "x", "The number whose hyperbolic tangent is `x`.")
deg2rad = op(jnp.deg2rad, "x", "Degrees as radians.")
rad2deg = op(jnp.rad2deg, "x", "Radians as degrees.")
sinc = op(jnp.sinc, "x", "`sin(pi x) / (pi x)`, 1 at 0.")

# ------------------------------------------------------------------------- special functions
erf = op(jax.scipy.special.erf, "x", "`2 / sqrt(pi) * integral(exp(-t ** 2))` from 0 to `x`.")
erfc = op(jax.scipy.special.erfc, "x", "`1 - erf(x)`, exact for large `x`.")
erfinv = op(jax.scipy.special.erfinv, "x", "The number whose error function is `x`.")
i0 = op(jnp.i0, "x", "Modified Bessel function of the first kind, order 0.")

# -------------------------------------------------------------------------- signs and rounding
sign = op(jnp.sign, "x", "-1, 0 or 1: the sign of `x`.")
signbit = op(jnp.signbit, "x", "Whether the sign bit is set, as in `-0.0`.")
abs = absolute
fabs = op(jnp.fabs, "x", "`|x|` as a float.")
trunc = op(jnp.trunc, "x", "The integer part, towards 0.")
round = op(jnp.round, "x, decimals=0", "Round to `decimals` digits, halves to the even one.")
fmod = op(jnp.fmod, "x1, x2", "Remainder of `x1 / x2`, with the sign of `x1`.")
gcd = op(jnp.gcd, "x1, x2", "Greatest common divisor.")
lcm = op(jnp.lcm, "x1, x2", "Least common multiple.")
nextafter = op(jnp.nextafter, "x1, x2", "The next float after `x1` towards `x2`.")
heaviside = op(jnp.heaviside, "x1, x2", "0 below 0, 1 above it, `x2` at `x1 == 0`.")


@op
def floor(x: Array) -> Array:
    """The largest integer `<= x`, as a float."""
    return jnp.floor(_as_float(x))


@op
def ceil(x: Array) -> Array:
    """The smallest integer `>= x`, as a float."""
    return jnp.ceil(_as_float(x))


# ------------------------------------------------------------------------ comparing, choosing
maximum = op(jnp.maximum, "x1, x2", "The larger of the two; NaN if one is.")
minimum = op(jnp.minimum, "x1, x2", "The smaller of the two; NaN if one is.")
fmax = op(jnp.fmax, "x1, x2", "The larger of the two, or the one that is not NaN.")
fmin = op(jnp.fmin, "x1, x2", "The smaller of the two, or the one that is not NaN.")
clip = op(jnp.clip, "x, x_min, x_max", "`x` brought to the range from `x_min` to `x_max`.")
isnan = op(jnp.isnan, "x", "Whether `x` is NaN.")
isinf = op(jnp.isinf, "x", "Whether `x` is infinite.")
isposinf = op(jnp.isposinf, "x", "Whether `x` is +infinity.")
isneginf = op(jnp.isneginf, "x", "Whether `x` is -infinity.")
isfinite = op(jnp.isfinite, "x", "Whether `x` is neither NaN nor infinite.")
isreal = op(jnp.isreal, "x", "Whether `x` has no imaginary part.")
isclose = op(
    jnp.isclose,
    "x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False",
    "Whether `|x1 - x2| <= atol + rtol * |x2|`, element by element.",
)
allclose = op(
    jnp.allclose,
    "x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False",
    "Whether `|x1 - x2| <= atol + rtol * |x2|` everywhere.",
)
nan_to_num = op(
    jnp.nan_to_num,
    "x, nan=0.0, posinf=None, neginf=None",
    "Numbers in place of NaN and infinities; None means the type's largest and smallest.",
)


@op
def where(condition: Array, x1: Array | None = None, x2: Array | None = None) -> Any:
    """`x1` where the condition holds, else `x2`; alone: the indices where it holds."""
    return jnp.where(condition, x1, x2)  # type: ignore[call-overload]  # both or neither


@op
def divide_no_nan(x1: Array, x2: Array) -> Array:
    """`x1 / x2`, and 0 where `x2` is 0."""
    # The inner `where` keeps the gradient finite too.
    is_zero = jnp.equal(x2, 0)
    return jnp.where(is_zero, 0, jnp.true_divide(x1, jnp.where(is_zero, 1, x2)))


# ---------------------------------------------------------------------------- bits
bitwise_and = op(jnp.bitwise_and, "x, y", "Bits set in both.")
bitwise_or = op(jnp.bitwise_or, "x, y", "Bits set in one or both.")
bitwise_xor = op(jnp.bitwise_xor, "x, y", "Bits set in exactly one.")
bitwise_invert = op(jnp.bitwise_invert, "x", "Every bit turned over.")
bitwise_not = op(jnp.bitwise_not, "x", "Every bit turned over.")
bitwise_left_shift = op(jnp.bitwise_left_shift, "x, y", "The bits of `x` moved `y` places up.")
bitwise_right_shift = op(jnp.bitwise_right_shift, "x, y", "The bits of `x` moved `y` places down.")
left_shift = op(jnp.left_shift, "x, y", "The bits of `x` moved `y` places up.")
right_shift = op(jnp.right_shift, "x, y", "The bits of `x` moved `y` places down.")

# --------------------------------------------------------------------------- complex numbers
real = op(jnp.real, "x", "Real part.")
imag = op(jnp.imag, "x", "Imaginary part.")
conj = op(jnp.conj, "x", "Complex conjugate.")
conjugate = op(jnp.conjugate, "x", "Complex conjugate.")
angle = op(jnp.angle, "x", "Angle of a complex number, in radians.")


@op
def polar(abs_: Array, angle: Array) -> Array:
    """The complex number `abs_ * (cos(angle) + i sin(angle))`."""
    return jax.lax.complex(abs_ * jnp.cos(angle), abs_ * jnp.sin(angle))


@op
def view_as_complex(x: Array) -> Array:
    """Pairs of a real and an imaginary part as complex numbers.

    Shapes:
        x: (..., 2) -> (...)
    """
    return jax.lax.complex(x[..., 0], x[..., 1])


@op
def view_as_real(x: Array) -> Array:
    """Complex numbers as pairs of their real and imaginary part.

    Shapes:
        x: (...) -> (..., 2)
    """
    return jnp.stack([jnp.real(x), jnp.imag(x)], axis=-1)


def _as_float(x: Any) -> Array:
    return jnp.asarray(x, jnp.result_type(x, float))
