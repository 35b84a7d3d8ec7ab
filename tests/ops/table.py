"""One row per op and use of it: its name and a call. Batches have size 2, nothing else has."""

from typing import Any, NamedTuple

import numpy as np

_random = np.random.default_rng(7)


class Row(NamedTuple):
    """A call `name(*args, **kwargs)`; `symbolic` says whether its shapes follow from shapes."""

    name: str
    args: tuple
    kwargs: dict
    symbolic: bool = True

    def __str__(self) -> str:
        options = [f"{k}={v}" for k, v in self.kwargs.items() if not hasattr(v, "shape")]
        return "-".join([self.name, *options]).replace(" ", "")


def row(name: str, *args: Any, **kwargs: Any) -> Row:
    return Row(name, args, kwargs)


def data(name: str, *args: Any, **kwargs: Any) -> Row:
    """A row whose result's shape depends on values, or that takes no symbolic tensor."""
    return Row(name, args, kwargs, symbolic=False)


def f(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    return _random.uniform(low, high, shape).astype("float32")


def i(*shape: int, low: int = 0, high: int = 5) -> np.ndarray:
    return _random.integers(low, high, shape).astype("int32")


def b(*shape: int) -> np.ndarray:
    return _random.uniform(size=shape) > 0.5


def unit(*shape: int) -> np.ndarray:
    return f(*shape, low=0.05, high=0.95)


def probabilities(*shape: int) -> np.ndarray:
    p = unit(*shape)
    return p / p.sum(-1, keepdims=True)


def definite(*shape: int) -> np.ndarray:
    """Symmetric positive definite matrices."""
    x = f(*shape)
    return x @ np.swapaxes(x, -1, -2) + 3 * np.eye(shape[-1], dtype="float32")


def holes(*shape: int) -> np.ndarray:
    x = f(*shape)
    x.flat[1::5] = np.nan
    return x


GRID = np.array([1.0, 3.0, 4.0, 7.0], "float32")

ELEMENTWISE = """abs absolute fabs negative square exp exp2 expm1 sin cos tan arctan sinh cosh tanh
    arcsinh cbrt ceil floor round trunc sign signbit deg2rad rad2deg sinc i0 isnan isinf isfinite
    isposinf isneginf isreal real imag conj conjugate angle erf erfc nan_to_num reciprocal
    relu relu6 leaky_relu elu celu selu gelu silu swish hard_silu hard_swish sigmoid log_sigmoid
    hard_sigmoid sparse_sigmoid hard_tanh tanh_shrink softplus softsign sparse_plus squareplus
    hard_shrink soft_shrink softmax log_softmax copy ravel sort argsort flip transpose
    ones_like zeros_like stop_gradient logsumexp""".split()
POSITIVE = "sqrt rsqrt log log2 log10 log1p arccosh".split()
INSIDE = "arcsin arccos arctanh erfinv".split()
PAIRS = """add subtract multiply divide true_divide floor_divide mod fmod power divide_no_nan
    maximum minimum fmax fmin arctan2 hypot logaddexp logaddexp2 equal not_equal less less_equal
    greater greater_equal isclose allclose heaviside nextafter logical_and logical_or
    logical_xor""".split()
BITS = """bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift
    right_shift gcd lcm""".split()
REDUCTIONS = """sum prod mean var std max min amax amin ptp all any argmax argmin median
    nansum nanprod nanmean nanvar nanstd nanmax nanmin nanargmax nanargmin nanmedian""".split()

ROWS = [
    *(row(name, f(2, 3, 4)) for name in ELEMENTWISE),
    *(row(name, f(2, 3, low=1.1, high=4)) for name in POSITIVE),
    *(row(name, f(2, 3, low=-0.9, high=0.9)) for name in INSIDE),
    *(row(name, f(2, 3, low=0.1), f(2, 3)) for name in PAIRS),
    *(row(name, f(2, 3), 1.5) for name in PAIRS if not name.startswith("logical")),
    *(row(name, i(2, 3, low=1), i(2, 3, low=1)) for name in BITS),
    *(row(name, f(2, 3, 4)) for name in REDUCTIONS),
    *(row(name, f(2, 3, 4), axis=1) for name in REDUCTIONS),
    *(row(name, f(2, 3, 4), axis=-1, keepdims=True) for name in REDUCTIONS),
    *(data(name, f(2, 3)) for name in ("ndim", "size", "shape", "dtype")),
    # elementwise, the rest
    row("bitwise_invert", i(2, 3)),
    row("bitwise_not", i(2, 3)),
    row("logical_not", b(2, 3)),
    row("ldexp", f(2, 3), i(2, 3)),
    row("clip", f(2, 3), -1, 1.5),
    row("round", f(2, 3), decimals=1),
    row("where", b(2, 3), f(2, 3), f(2, 3)),
    row("nan_to_num", holes(2, 3, 4), nan=3.0),
    row("threshold", f(2, 3), 0.5, 7.0),
    row("leaky_relu", f(2, 3), negative_slope=0.3),
    row("elu", f(2, 3), alpha=0.5),
    row("gelu", f(2, 3), approximate=False),
    row("squareplus", f(2, 3), b=2),
    row("glu", f(2, 6)),
    row("softmax", f(2, 3, 4), axis=(1, 2)),
    row("polar", f(2, 3), f(2, 3)),
    row("view_as_real", f(2, 3) + 1j * f(2, 3)),
    row("view_as_complex", f(3, 4, 2)),
    row("psnr", f(2, 3), f(2, 3), 2.0),
    # reductions, the rest
    row("sum", f(2, 3, 4), axis=(1, 2)),
    row("max", f(2, 3), axis=1, initial=1.0),
    row("prod", i(2, 3), axis=1, dtype="float32"),
    row("cumsum", f(2, 3), axis=1),
    row("cumprod", f(2, 3)),
    row("nancumsum", holes(2, 3, 4), axis=-1),
    row("nancumprod", holes(2, 3, 4), axis=-1),
    row("nanmean", holes(2, 3, 4), axis=-1),
    row("nanmax", holes(2, 3, 4), axis=1),
    row("nanargmin", holes(2, 3, 4), axis=1),
    row("average", f(2, 3)),
    row("average", f(2, 3), axis=1, weights=unit(3)),
    row("count_nonzero", i(2, 3), axis=1),
    row("quantile", f(2, 3), 0.3, axis=1),
    row("quantile", f(2, 3), [0.3, 0.6], axis=1, method="nearest"),
    row("percentile", f(2, 3), 30, axis=1, keepdims=True),
    row("nanquantile", holes(2, 3, 4), 0.3, axis=-1),
    row("nanpercentile", holes(2, 3, 4), 30.0, axis=-1, method="lower"),
    row("trapezoid", f(2, 4)),
    row("trapezoid", f(2, 4), x=GRID),
    row("logsumexp", f(2, 3), axis=1, keepdims=True),
    # order
    row("sort", f(2, 3, 4), axis=1),
    row("argpartition", f(2, 5), 3),
    row("top_k", f(2, 5), 3),
    row("in_top_k", i(2, high=4), f(2, 4), 3),
    row("searchsorted", GRID, f(5, low=0, high=9), side="right"),
    row("digitize", f(2, 3, low=0, high=9), GRID),
    row("isin", i(2, 3), i(4)),
    row("isin", i(2, 3), i(4), invert=True),
    data("unique", i(9)),
    data("unique", i(3, 4, high=2), axis=0, return_counts=True),
    data("unique", i(9), return_index=True, return_inverse=True),
    row("unique", i(9), size=7, fill_value=-1),
    data("nonzero", i(3, 4)),
    data("bincount", i(9)),
    data("bincount", i(3, 4), weights=f(3, 4), minlength=8),
    row("histogram", f(9)),
    row("histogram", f(9), bins=3, range=(0, 1)),
    row("segment_sum", f(5, 3), i(5, high=4), num_segments=4),
    row("segment_prod", f(5, 3), i(5, high=4), num_segments=4),
    row("segment_max", f(5, 3), i(5, high=4), num_segments=4),
    row("segment_min", f(5, 3), np.sort(i(5, high=4)), num_segments=4, sorted=True),
    # arrangement
    row("reshape", f(2, 3, 4), (-1, 6)),
    row("expand_dims", f(2, 3), (0, 3)),
    row("expand_dims", f(2, 3), 1),
    row("squeeze", f(2, 1, 3), axis=1),
    row("moveaxis", f(2, 3, 4), (0, 1), (1, 0)),
    row("swapaxes", f(2, 3, 4), 1, -1),
    row("transpose", f(2, 3, 4), axes=(0, 2, 1)),
    row("broadcast_to", f(3), (4, 3)),
    row("flip", f(2, 3), axis=1),
    row("fliplr", f(2, 3)),
    row("flipud", f(2, 3)),
    row("roll", f(2, 3), 1, axis=1),
    row("rot90", f(2, 3, 4)),
    data("rearrange", f(2, 6, 4), "b (h p) w -> b h (w p)", p=3),
    row("concatenate", [f(2, 3), f(2, 4)], axis=1),
    row("stack", [f(2, 3), f(2, 3)], axis=1),
    row("hstack", [f(2, 3), f(2, 4)]),
    row("vstack", [f(4, 3), f(5, 3)]),
    row("dstack", [f(2, 3), f(2, 3)]),
    row("append", f(2, 3), f(2, 4), axis=1),
    row("meshgrid", f(3), f(4), indexing="ij"),
    row("pad", f(2, 3), ((0, 0), (1, 3))),
    row("pad", f(4, 3), 1, constant_values=5),
    row("pad", f(4, 3), ((1, 0),), mode="reflect"),
    row("split", f(2, 6), 3, axis=1),
    row("split", f(2, 6), [1, 4], axis=1),
    row("array_split", f(2, 7), 3, axis=1),
    row("hsplit", f(2, 6), 3),
    row("vsplit", f(6, 3), 3),
    row("dsplit", f(2, 3, 6), 3),
    row("repeat", f(2, 3), 3, axis=1),
    data("repeat", f(3), np.array([1, 0, 3]), axis=0),
    row("tile", f(2, 3), (1, 3)),
    row("diag", f(3)),
    row("diag", f(4, 4), k=1),
    row("diagflat", f(3), k=-1),
    row("diagonal", f(2, 3, 4), axis1=1, axis2=-1),
    row("tril", f(2, 3, 4)),
    row("triu", f(2, 3, 4), k=1),
    row("take", f(2, 5), i(3), axis=1),
    row("take", f(4, 5), i(3)),
    row("take_along_axis", f(2, 5), i(2, 3), axis=1),
    row("select", [b(2, 3), b(2, 3)], [f(2, 3), f(2, 3)], 4.0),
    row("unravel_index", i(3, high=12), (3, 4)),
    row("get_item", f(2, 5), (slice(None), slice(1, 4))),
    # creation
    data("array", [1, 2]),
    data("zeros", (2, 3)),
    data("ones", (2, 3), dtype="int32"),
    data("empty", (2,)),
    data("full", (2, 3), 4),
    row("full_like", f(2, 3), 4.5),
    row("full_like", i(2, 3), 4.5, dtype="bfloat16"),
    row("empty_like", f(2, 3)),
    data("eye", 3, 4, k=1),
    data("identity", 3),
    data("tri", 3, 4, k=1),
    data("arange", 5),
    data("arange", 1.5, 4, 0.5),
    data("arange", 5, dtype="float32"),
    data("linspace", 0, 1, 5),
    data("linspace", 0, 9, 3, endpoint=False, retstep=True),
    data("linspace", f(3), f(3), 4, axis=-1),
    data("logspace", 0, 2, 5),
    data("geomspace", 1, 8, 4),
    row("vander", f(3)),
    row("vander", f(3), N=4, increasing=True),
    data("bartlett", 5),
    data("blackman", 5),
    data("hamming", 5),
    data("hanning", 5),
    data("kaiser", 5, 2.0),
    # core
    row("cast", f(2, 3), "int32"),
    row("saturate_cast", f(2, 3, low=-300, high=300), "uint8"),
    row("view", i(2, 3), dtype="float32"),
    data("convert_to_tensor", [1.0, 2.0]),
    data("convert_to_numpy", f(2)),
    row("slice", f(4, 5), (1, 3), (3, 1)),
    row("slice_update", f(4, 5), (1, 3), f(3, 1)),
    row("scatter", np.array([[0], [3], [0]]), f(3, 4), (5, 4)),
    row("scatter_update", f(5, 4), np.array([[0], [3], [1]]), f(3, 4)),
    row("scatter_update", f(5), np.array([[0], [3], [0]]), f(3), reduction="add"),
    row("scatter_update", f(5), np.array([[0], [3], [4]]), f(3), reduction="max"),
    row("unstack", f(2, 3), axis=1),
    row("scan", lambda c, x: (c + x, c * x), f(3), f(4, 3), reverse=True),
    row("associative_scan", lambda x, y: x + y, f(5, 3), axis=0),
    row("map", lambda x: x * x, f(5, 3)),
    row("vectorized_map", lambda x: x[0] + x[1], [f(5, 3), f(5, 3)]),
    row("while_loop", lambda x, n: n < 3, lambda x, n: (x * x, n + 1), [f(3), 0]),
    row("while_loop", lambda x: x.sum() > 0, lambda x: x - 1, unit(3), maximum_iterations=1),
    row("fori_loop", 0, 3, lambda n, x: x + n, f(3)),
    row("cond", np.array(True), lambda: 1.0, lambda: 2.0),
    row("switch", np.array(1), [lambda x: x, lambda x: -x], f(3)),
    row("jvp", lambda x: x * x, (f(3),), (f(3),)),
    # products and matrices
    row("matmul", f(2, 3, 4), f(4, 5)),
    row("matmul", i(3, 4).astype("int8"), i(4, 3).astype("int8")),
    row("dot", f(2, 4), f(4, 3)),
    row("vdot", f(4), f(4)),
    row("inner", f(3, 4), f(5, 4)),
    row("outer", f(3), f(4)),
    row("kron", f(3, 4), f(4, 3)),
    row("cross", f(4, 3), f(4, 3)),
    row("tensordot", f(2, 3, 4), f(3, 5), axes=[[1], [0]]),
    row("einsum", "bij,jk->bik", f(2, 3, 4), f(4, 5)),
    row("correlate", f(5), f(3), mode="same"),
    row("corrcoef", f(3, 5)),
    row("trace", f(3, 4, 5)),
    row("diff", f(2, 5), n=1),
    row("cdist", f(3, 4), f(5, 4)),
    row("norm", f(2, 3), axis=1),
    row("norm", f(3, 4), ord="nuc"),
    row("norm", f(2, 3), ord=1, axis=-1, keepdims=True),
    row("inv", definite(3, 3)),
    row("det", definite(3, 3)),
    row("slogdet", definite(3, 3)),
    row("logdet", definite(3, 3)),
    row("eigh", definite(3, 3)),
    data("eig", definite(3, 3)),
    row("cholesky", definite(3, 3)),
    row("cholesky", definite(3, 3), upper=True),
    row("cholesky_inverse", np.linalg.cholesky(definite(3, 3))),
    row("lu_factor", definite(3, 3)),
    row("pinv", f(3, 4)),
    row("matrix_rank", f(3, 4)),
    row("qr", f(4, 3)),
    row("qr", f(4, 3), mode="complete"),
    row("svd", f(3, 4), full_matrices=False),
    row("svd", f(3, 4), compute_uv=False),
    row("solve", definite(3, 3), f(3, 4)),
    row("solve_triangular", np.tril(definite(3, 3)), f(3, 4), lower=True),
    row("lstsq", f(5, 3), f(5, 4)),
    # signals
    row("fft", (f(2, 8), f(2, 8))),
    row("fft2", (f(3, 4), f(3, 4))),
    row("ifft2", (f(3, 4), f(3, 4))),
    row("rfft", f(2, 8), fft_length=10),
    row("irfft", (f(2, 5), f(2, 5))),
    row("stft", f(2, 40), 16, 8, 32),
    row("stft", f(2, 40), 16, 8, 16, window="hamming", center=False),
    row("istft", (f(2, 5, 9), f(2, 5, 9)), 16, 5, 16),
    row("extract_sequences", f(2, 20), 6, 4),
    # networks
    row("one_hot", i(2, 3), 5, axis=1, dtype="int32"),
    row("multi_hot", i(2, 3), 5),
    row("binary_crossentropy", unit(2, 3), unit(2, 3)),
    row("binary_crossentropy", unit(2, 3), f(2, 3), from_logits=True),
    row("categorical_crossentropy", probabilities(2, 3), probabilities(2, 3)),
    row("categorical_crossentropy", unit(2, 3, 4), f(2, 3, 4), from_logits=True, axis=1),
    row("sparse_categorical_crossentropy", i(2, high=3), probabilities(2, 3)),
    row("sparse_categorical_crossentropy", i(2, 1, high=3), f(2, 3), from_logits=True),
    row("moments", f(2, 3, 4), axes=[1], keepdims=True),
    row("moments", f(2, 3, 4), axes=[1, 2]),
    row("normalize", f(2, 3, 4)),
    row("normalize", f(2, 3, 4), axis=1, order=3),
    row("batch_normalization", f(2, 3, 4), f(3), unit(3), 1, offset=f(3), scale=f(3)),
    row("layer_normalization", f(2, 3, 4), gamma=f(4), beta=f(4)),
    row("layer_normalization", f(2, 3, 4), axis=(1, -1), epsilon=1e-3),
    row("rms_normalization", f(2, 3, 4), scale=f(4)),
    row("dot_product_attention", f(2, 3, 4, 5), f(2, 6, 4, 5), f(2, 6, 4, 5)),
    row("dot_product_attention", f(2, 3, 4, 5), f(2, 3, 4, 5), f(2, 3, 4, 5), is_causal=True),
    row("dot_product_attention", *(f(2, 3, 4, 5) for _ in "qkv"), mask=b(4, 3, 3), scale=0.3),
    row("conv", f(2, 9, 3), f(4, 3, 5), strides=3, padding="same"),
    row("conv", f(2, 7, 8, 4), f(3, 3, 1, 8), dilation_rate=(1, 3)),
    row("conv", f(2, 3, 7, 8), f(3, 3, 3, 5), data_format="channels_first"),
    row("conv", f(2, 4, 5, 6, 3), f(1, 3, 3, 3, 4)),
    row("depthwise_conv", f(2, 7, 8, 3), f(3, 3, 3, 4), padding="same"),
    row("separable_conv", f(2, 9, 3), f(3, 3, 4), f(1, 12, 5)),
    row("conv_transpose", f(2, 5, 3), f(3, 4, 3), strides=3, padding="same"),
    row("conv_transpose", f(2, 5, 6, 3), f(3, 3, 4, 3), strides=3, output_padding=1),
    row("max_pool", f(2, 7, 8, 3), 3, strides=3),
    row("max_pool", f(2, 3, 9), 3, strides=1, padding="same", data_format="channels_first"),
    row("average_pool", f(2, 7, 8, 3), (3, 4), strides=1, padding="same"),
    row("adaptive_max_pool", f(2, 7, 8, 3), (3, 5)),
    row("adaptive_average_pool", f(2, 7, 3), 3),
    row("depth_to_space", f(2, 3, 4, 16), 4),
    row("space_to_depth", f(2, 6, 9, 4), 3),
    row("unfold", f(2, 3, 6, 7), 3, dilation=1, padding=1, stride=(1, 4)),
    row("fold", f(2, 27, 16), (6, 6), 3),
    row("ctc_loss", i(2, 3, low=1), f(2, 9, 5), np.array([3, 1]), np.array([9, 7])),
]

IMAGE = [
    row("resize", f(2, 5, 7, 3), (3, 9)),
    row("resize", f(2, 5, 7, 3), (3, 9), interpolation="bicubic", antialias=True),
    row("resize", f(2, 5, 7, 3), (4, 4), crop_to_aspect_ratio=True),
    row("resize", f(2, 5, 7, 3), (4, 4), pad_to_aspect_ratio=True, fill_value=1.0),
    row("resize", i(2, 5, 7, 3, high=255).astype("uint8"), (3, 9), interpolation="bicubic"),
    row("crop_images", f(2, 5, 7, 3), 1, 1, target_height=3, target_width=4),
    row("pad_images", f(2, 5, 7, 3), 1, 1, target_height=8, target_width=9),
    row("rgb_to_grayscale", f(2, 5, 7, 3)),
    row("rgb_to_hsv", unit(2, 5, 7, 3)),
    row("hsv_to_rgb", unit(2, 3, 5, 7), data_format="channels_first"),
    row("gaussian_blur", f(2, 3, 5, 7), (4, 4), data_format="channels_first"),
    row("sobel_edges", f(2, 5, 7, 3)),
    row("ssim", unit(2, 12, 13, 3), unit(2, 12, 13, 3)),
    row("extract_patches", f(2, 5, 7, 3), 3, strides=1, padding="same"),
    row("extract_patches", f(5, 7, 3), (3, 1), dilation_rate=(1, 1)),
    row("extract_patches_3d", f(2, 4, 5, 6, 3), 3),
    row("affine_transform", f(2, 5, 7, 3), f(2, 8) * [1, 1, 1, 1, 1, 1, 0, 0]),
    row("affine_transform", f(5, 7, 3), f(8) * [1, 1, 1, 1, 1, 1, 0, 0], fill_mode="reflect"),
    row(
        "perspective_transform",
        f(2, 5, 7, 3),
        np.float32([[[0, 0], [0, 5], [7, 0], [7, 5]]] * 2),
        np.float32([[[1, 0], [0, 4], [7, 1], [6, 5]]] * 2),
    ),
    row("map_coordinates", f(5, 7, 3), f(3, 9, low=-3, high=9), 1, fill_mode="mirror"),
    row(
        "scale_and_translate", f(2, 5, 7, 3), (2, 4, 4, 3), unit(3), unit(3), (1, 2, 3), "linear"
    ),
]  # fmt: skip

RANDOM = [
    data("uniform", (3, 4), minval=-1.0, maxval=2.0),
    data("uniform", (5,), dtype="bfloat16"),
    data("normal", (3, 4), mean=1.0, stddev=2.0),
    data("truncated_normal", (3, 4), stddev=2.0),
    data("randint", (3, 4), 2, 9),
    data("categorical", f(3, 5), 4),
    data("dropout", f(4, 5), 0.3),
    data("dropout", f(4, 5), 0.3, noise_shape=(4, 1)),
    data("shuffle", f(4, 5), axis=1),
    data("gamma", (3, 4), 0.5),
    data("beta", (3, 4), 0.5, 2.0),
    data("binomial", (3, 4), 5.0, 0.3),
]
