"""Functions of arrays, of NumPy's names and of networks': the face of `denser.ops`."""

# fmt: off
# isort: off
from ..core.op import (
    absolute, add, equal, floor_divide, get_item, greater, greater_equal, less, less_equal,
    logical_and, logical_not, logical_or, logical_xor, matmul, mod, multiply, negative,
    not_equal, power, subtract, true_divide,
)
from .arrange import (
    append, array_split, broadcast_to, concatenate, diag, diagflat, diagonal, dsplit, dstack,
    expand_dims, flip, fliplr, flipud, hsplit, hstack, meshgrid, moveaxis, pad, ravel,
    rearrange, repeat, reshape, roll, rot90, select, split, squeeze, stack, swapaxes, take,
    take_along_axis, tile, transpose, tril, triu, unravel_index, vsplit, vstack,
)
from .attend import dot_product_attention
from .convolve import conv, conv_transpose, depthwise_conv, fold, separable_conv, unfold
from .core import (
    associative_scan, cast, cond, convert_to_numpy, convert_to_tensor, copy, custom_gradient,
    dtype, fori_loop, is_tensor, jvp, map, ndim, saturate_cast, scan, scatter, scatter_update,
    shape, size, slice, slice_update, stop_gradient, switch, unstack, vectorize, vectorized_map,
    view, while_loop,
)
from .create import (
    arange, array, empty, empty_like, eye, full, full_like, geomspace, identity, linspace,
    logspace, ones, ones_like, tri, vander, zeros, zeros_like,
)
from .ctc import ctc_decode, ctc_loss
from .elementwise import (
    abs, allclose, angle, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh,
    bitwise_and, bitwise_invert, bitwise_left_shift, bitwise_not, bitwise_or,
    bitwise_right_shift, bitwise_xor, cbrt, ceil, clip, conj, conjugate, cos, cosh, deg2rad,
    divide, divide_no_nan, erf, erfc, erfinv, exp, exp2, expm1, fabs, floor, fmax, fmin, fmod,
    gcd, heaviside, hypot, i0, imag, isclose, isfinite, isinf, isnan, isneginf, isposinf,
    isreal, lcm, ldexp, left_shift, log, log10, log1p, log2, logaddexp, logaddexp2, maximum,
    minimum, nan_to_num, nextafter, polar, rad2deg, real, reciprocal, right_shift, round, rsqrt,
    sign, signbit, sin, sinc, sinh, sqrt, square, tan, tanh, trunc, view_as_complex,
    view_as_real, where,
)
from .linalg import (
    cdist, cholesky, cholesky_inverse, corrcoef, correlate, cross, det, diff, dot, eig, eigh,
    einsum, inner, inv, kron, logdet, lstsq, lu_factor, matrix_rank, norm, outer, pinv, qr,
    slogdet, solve, solve_triangular, svd, tensordot, trace, vdot,
)
from .nn import (
    binary_crossentropy, categorical_crossentropy, celu, elu, gelu, glu, hard_shrink,
    hard_sigmoid, hard_silu, hard_swish, hard_tanh, leaky_relu, log_sigmoid, log_softmax,
    multi_hot, one_hot, psnr, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus,
    softsign, sparse_categorical_crossentropy, sparse_plus, sparse_sigmoid, sparsemax,
    squareplus, swish, tanh_shrink, threshold,
)
from .normalize import (
    batch_normalization, layer_normalization, moments, normalize, rms_normalization,
)
from .order import (
    argpartition, argsort, bincount, digitize, histogram, in_top_k, isin, nonzero, searchsorted,
    segment_max, segment_min, segment_prod, segment_sum, sort, top_k, unique,
)
from .pool import (
    adaptive_average_pool, adaptive_max_pool, average_pool, depth_to_space, max_pool,
    space_to_depth,
)
from .reduce import (
    all, amax, amin, any, argmax, argmin, average, count_nonzero, cumprod, cumsum, logsumexp,
    max, mean, median, min, nanargmax, nanargmin, nancumprod, nancumsum, nanmax, nanmean,
    nanmedian, nanmin, nanpercentile, nanprod, nanquantile, nanstd, nansum, nanvar, percentile,
    prod, ptp, quantile, std, sum, trapezoid, var,
)
from .signal import (
    bartlett, blackman, extract_sequences, fft, fft2, hamming, hanning, ifft2, irfft, istft,
    kaiser, rfft, stft,
)
from . import image, linalg, nn, numpy
