"""Ops in files: Keras has a class for each op; the tensors go to its call, the rest is its config.

An op of denser is a function. In a file it takes the form of Keras's class, so that both can read
it: `split(x, 3, axis=1)` is the class `Split`, its config `{indices_or_sections: 3, axis: 1}`,
called on `x`.
"""

import inspect
from collections.abc import Callable
from typing import Any

from .. import ops
from ..activations import ACTIVATIONS
from ..core.messages import UserError

# Keras's module and the names of the tensors, then the ops that have these.
_TABLE = """
numpy x: absolute abs all any amax amin arccos arccosh arcsin arcsinh arctan arctanh argmax argmin
 argpartition argsort array_split bincount bitwise_invert bitwise_not broadcast_to ceil clip
 conjugate conj copy cos cosh count_nonzero cumprod cumsum diag diagflat diagonal exp exp2
 expand_dims expm1 flip floor imag isfinite isinf isnan isneginf isposinf isreal log log10 log1p
 log2 logical_not max median min moveaxis nan_to_num ndim negative nonzero ones_like prod ravel real
 reciprocal repeat reshape roll round sign signbit sin sinh size sort split sqrt square squeeze
 stack std sum swapaxes tan tanh tile trace transpose tril triu trunc unstack var zeros_like mean
 angle cbrt deg2rad rad2deg fabs ptp sinc i0 hsplit vsplit dsplit fliplr flipud nansum nanmean
 nanmax nanmin nanprod nanstd nanvar nanmedian nanargmax nanargmin nancumsum nancumprod corrcoef
 slogdet vander unique histogram
numpy x1 x2: add append allclose arctan2 cross divide divide_no_nan dot equal floor_divide gcd
 greater greater_equal heaviside hypot inner isin kron lcm ldexp less less_equal logaddexp
 logaddexp2 logical_and logical_or logical_xor matmul maximum minimum fmax fmin mod fmod multiply
 nextafter not_equal outer power subtract tensordot true_divide vdot correlate
numpy x y: bitwise_and bitwise_or bitwise_xor bitwise_left_shift left_shift bitwise_right_shift
 right_shift
numpy xs: concatenate dstack hstack vstack
numpy x weights: average
numpy array: rot90
numpy a: diff
numpy y: trapezoid
numpy x bins: digitize
numpy x fill_value: full_like
numpy x key: get_item
numpy start stop: linspace logspace geomspace
numpy x1 x2 rtol atol: isclose
numpy x q: quantile percentile nanquantile nanpercentile
numpy x constant_values: pad
numpy sorted_sequence values: searchsorted
numpy x indices: take take_along_axis
numpy indices: unravel_index
numpy condition x1 x2: where
numpy *operands: einsum
numpy *x: meshgrid
nn x: relu relu6 sigmoid sparse_sigmoid softplus softsign soft_shrink sparse_plus silu squareplus
 log_sigmoid leaky_relu hard_sigmoid hard_silu elu selu gelu celu glu tanh_shrink hard_tanh
 hard_shrink threshold softmax log_softmax sparsemax one_hot moments normalize unfold fold
 depth_to_space space_to_depth
nn inputs: max_pool average_pool adaptive_max_pool adaptive_average_pool multi_hot
nn inputs kernel: conv depthwise_conv conv_transpose
nn inputs depthwise_kernel pointwise_kernel: separable_conv
nn target output: binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy
nn target output target_length output_length: ctc_loss
nn inputs sequence_lengths: ctc_decode
nn x1 x2: psnr
nn query key value bias mask scale: dot_product_attention
math x: top_k logsumexp extract_sequences fft fft2 ifft2 rfft irfft stft istft rsqrt erf erfc erfinv
 logdet view_as_complex view_as_real
math data segment_ids: segment_sum segment_max segment_min segment_prod
math targets predictions: in_top_k
math x y: cdist
image images: rgb_to_grayscale rgb_to_hsv hsv_to_rgb resize extract_patches pad_images crop_images
 gaussian_blur elastic_transform sobel_edges
image images transform: affine_transform
image inputs coordinates: map_coordinates
image images start_points end_points: perspective_transform
image images output_shape scale translation: scale_and_translate
image image1 image2: ssim
linalg x: cholesky cholesky_inverse det eig eigh inv lu_factor norm qr svd matrix_rank pinv
linalg a b: solve solve_triangular lstsq
core x: cast saturate_cast convert_to_tensor unstack
core indices values: scatter
core inputs indices updates: scatter_update
core inputs start_indices: slice
core inputs start_indices updates: slice_update
core variable: stop_gradient
einops tensor pattern: rearrange
"""
# Where the class is not the op's name in capitalized words.
_SPELT = {
    "allclose": "AllClose", "isin": "IsIn", "searchsorted": "SearchSorted", "ctc_loss": "CTCLoss",
    "ctc_decode": "CTCDecode", "psnr": "PSNR", "cdist": "CDist", "fft": "FFT", "fft2": "FFT2",
    "ifft2": "IFFT2", "rfft": "RFFT", "irfft": "IRFFT", "stft": "STFT", "istft": "ISTFT",
    "rgb_to_grayscale": "RGBToGrayscale", "rgb_to_hsv": "RGBToHSV", "hsv_to_rgb": "HSVToRGB",
    "ssim": "SSIM", "svd": "SVD",
}  # fmt: skip
_PREFIX = "keras.src.ops."


def _read_table() -> dict[str, tuple[str, list[str]]]:
    """Op -> (Keras's module, names of the tensors)."""
    found = {}
    for line in _TABLE.strip().replace("\n ", " ").splitlines():
        head, names = line.split(": ")
        module, *tensors = head.split()
        found.update({name: (module, tensors) for name in names.split()})
    return found


_OPS = _read_table()
_BY_CLASS = {
    (module, _SPELT.get(name, "".join(part.capitalize() for part in name.split("_")))): name
    for name, (module, _) in _OPS.items()
}
_CLASSES = {name: cls for (_, cls), name in _BY_CLASS.items()}


def _function(name: str) -> Any:
    return getattr(ops, name, None) or getattr(ops.image, name, None)


def op_config(
    op: Callable[..., Any], args: tuple, kwargs: dict[str, Any]
) -> tuple[dict[str, Any], list[Any], dict[str, Any]]:
    """One call of an op: module, class and config; then what the class's object is called on.

    Raises:
        UserError: for a function that a file has no name for.
    """
    name, signature = op.__name__, inspect.signature(op)
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    given = dict(bound.arguments)
    more = [p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD]
    by_name = given.pop(more[0]) if more else {}
    is_activation = ACTIVATIONS.members.get(name) is op
    if name == "relu" and is_activation:  # Keras's op takes no further arguments, its layer does
        x = given.pop("x")
        return {"module": "keras.layers", "class_name": "ReLU", "config": given}, [x], {}
    if name in _OPS and (_function(name) is op or is_activation):
        module, tensors = _OPS[name]
        called: list[Any] = []
        for tensor in tensors:
            value = given.pop(tensor.lstrip("*"), None)
            called += value if tensor.startswith("*") else [value]
        module, cls = _PREFIX + module, _CLASSES[name]
        return {"module": module, "class_name": cls, "config": given}, called, by_name
    if is_activation and len(args) == 1 and not kwargs:
        config = {"activation": name}
        return {"module": "keras.layers", "class_name": "Activation", "config": config}, [*args], {}
    raise UserError(
        f"`{name}`, called on a symbolic tensor, cannot be written to a file. Put the call into a "
        "layer: into `call` of your own, or into a Lambda."
    )


def _module_left_out(config: dict[str, Any]) -> str | None:
    """The module of an op in an `.h5` file, which has none; a layer's config says `trainable`."""
    if "trainable" in (config["config"] or {}):
        return None
    places = (module for module, name in _BY_CLASS if name == config["class_name"])
    return next((_PREFIX + module for module in places), None)


def find_op(config: dict[str, Any]) -> Callable[..., Any] | None:
    """The function that makes the call a config describes, or None: it describes no op."""
    module = str(config.get("module") or _module_left_out(config))
    if not module.startswith(_PREFIX):
        return None
    name = _BY_CLASS.get((module.removeprefix(_PREFIX), config["class_name"]))
    function = _function(name) if name else None
    if name is None or function is None:
        raise UserError(f"Unknown op {module}.{config['class_name']}.")
    rest = {key: value for key, value in (config["config"] or {}).items() if key != "name"}
    tensors = _OPS[name][1]

    def call(*args: Any, **kwargs: Any) -> Any:
        if name == "get_item" and isinstance(args[1], list):
            args = (args[0], tuple(args[1]))  # JSON has no tuples
        if tensors[0].startswith("*"):
            return function(*rest.values(), *args, **kwargs)
        return function(**dict(zip(tensors, args, strict=False)), **kwargs, **rest)

    return call
