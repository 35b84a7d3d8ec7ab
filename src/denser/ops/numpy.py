"""The functions that NumPy has, too: the face of `denser.ops.numpy`."""

# fmt: off
# ruff: noqa: F401
# isort: off
from ..core.op import (
    absolute, add, equal, floor_divide, get_item, greater, greater_equal, less, less_equal,
    logical_and, logical_not, logical_or, logical_xor, matmul, mod, multiply, negative,
    not_equal, power, subtract, true_divide,
)
from .arrange import (
    append, array_split, broadcast_to, concatenate, diag, diagflat, diagonal, dsplit, dstack,
    expand_dims, flip, fliplr, flipud, hsplit, hstack, meshgrid, moveaxis, pad, ravel, repeat,
    reshape, roll, rot90, select, split, squeeze, stack, swapaxes, take, take_along_axis, tile,
    transpose, tril, triu, unravel_index, vsplit, vstack,
)
from .core import copy, ndim, size, vectorize, view
from .create import (
    arange, array, empty, empty_like, eye, full, full_like, geomspace, identity, linspace,
    logspace, ones, ones_like, tri, vander, zeros, zeros_like,
)
from .elementwise import (
    abs, allclose, angle, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh,
    bitwise_and, bitwise_invert, bitwise_left_shift, bitwise_not, bitwise_or,
    bitwise_right_shift, bitwise_xor, cbrt, ceil, clip, conj, conjugate, cos, cosh, deg2rad,
    divide, divide_no_nan, exp, exp2, expm1, fabs, floor, fmax, fmin, fmod, gcd, heaviside,
    hypot, i0, imag, isclose, isfinite, isinf, isnan, isneginf, isposinf, isreal, lcm, ldexp,
    left_shift, log, log10, log1p, log2, logaddexp, logaddexp2, maximum, minimum, nan_to_num,
    nextafter, rad2deg, real, reciprocal, right_shift, round, sign, signbit, sin, sinc, sinh,
    sqrt, square, tan, tanh, trunc, where,
)
from .linalg import (
    corrcoef, correlate, cross, diff, dot, einsum, inner, kron, outer, slogdet, tensordot,
    trace, vdot,
)
from .order import (
    argpartition, argsort, bincount, digitize, histogram, isin, nonzero, searchsorted, sort,
    unique,
)
from .reduce import (
    all, amax, amin, any, argmax, argmin, average, count_nonzero, cumprod, cumsum, max, mean,
    median, min, nanargmax, nanargmin, nancumprod, nancumsum, nanmax, nanmean, nanmedian,
    nanmin, nanpercentile, nanprod, nanquantile, nanstd, nansum, nanvar, percentile, prod, ptp,
    quantile, std, sum, trapezoid, var,
)
from .signal import bartlett, blackman, hamming, hanning, kaiser
