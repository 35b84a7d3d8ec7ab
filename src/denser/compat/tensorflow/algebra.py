"""tf.linalg, tf.signal and tf.bitwise: matrices, transforms, bits."""

from typing import Any

import jax
import jax.numpy as jnp

from .lift import lift


def _t(x: Any, wanted: bool) -> Any:
    return jnp.swapaxes(x, -1, -2) if wanted else x


def _matmul(
    a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, adjoint_a: bool = False,
    adjoint_b: bool = False, a_is_sparse: bool = False, b_is_sparse: bool = False,
    output_type: Any = None,
) -> Any:  # fmt: skip
    a, b = jnp.asarray(a), jnp.asarray(b)
    a, b = (jnp.conj(a) if adjoint_a else a), (jnp.conj(b) if adjoint_b else b)
    return jnp.matmul(_t(a, transpose_a or adjoint_a), _t(b, transpose_b or adjoint_b))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    return jnp.tensordot(a, b, axes)


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    """The sum of products that `equation` says, as 'ij,jk->ik'."""
    return _einsum(list(inputs), equation=equation)


_einsum = lift(lambda xs, equation="": jnp.einsum(equation, *xs), "inputs, equation=''", "einsum")


def _norm(x: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False) -> Any:
    x = jnp.asarray(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    if ord in ("euclidean", "fro"):
        return jnp.sqrt(jnp.sum(jnp.square(jnp.abs(x)), axis, keepdims=keepdims))
    if axis is None:
        x = x.reshape(-1)
    return jnp.linalg.norm(x, ord, axis, keepdims)


def _band_part(x: Any, num_lower: Any = 0, num_upper: Any = 0) -> Any:
    rows, columns = jnp.arange(x.shape[-2])[:, None], jnp.arange(x.shape[-1])
    low = (num_lower < 0) | (rows - columns <= num_lower)
    high = (num_upper < 0) | (columns - rows <= num_upper)
    return jnp.where(low & high, x, jnp.zeros((), x.dtype))


def _diag(x: Any, k: int = 0) -> Any:
    x = jnp.asarray(x)
    return jnp.vectorize(lambda row: jnp.diag(row, k), signature="(n)->(m,m)")(x)


def _diag_part(x: Any, k: int = 0) -> Any:
    return jnp.diagonal(x, k, -2, -1)


def _set_diag(x: Any, diagonal: Any) -> Any:
    index = jnp.arange(min(x.shape[-2:]))
    return jnp.asarray(x).at[..., index, index].set(diagonal)


def _svd(x: Any, full_matrices: bool = False, compute_uv: bool = True) -> Any:
    if not compute_uv:
        return jnp.linalg.svd(x, full_matrices, False)
    u, s, vh = jnp.linalg.svd(x, full_matrices)
    return s, u, jnp.conj(jnp.swapaxes(vh, -1, -2))


def _solve(a: Any, b: Any, adjoint: bool = False) -> Any:
    return jnp.linalg.solve(_t(a, adjoint), b)


def _triangular_solve(a: Any, b: Any, lower: bool = True, adjoint: bool = False) -> Any:
    return jax.scipy.linalg.solve_triangular(a, b, trans=2 if adjoint else 0, lower=lower)


def _l2(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    axis = tuple(axis) if isinstance(axis, list) else axis
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis, keepdims=True), epsilon))


matmul = lift(
    _matmul,
    "a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, "
    "a_is_sparse=False, b_is_sparse=False, output_type=None",
    "matmul",
)
norm = lift(_norm, "tensor, ord='euclidean', axis=None, keepdims=False", "norm")

LINALG: dict[str, Any] = {
    "matmul": matmul, "einsum": einsum, "norm": norm,
    "tensordot": lift(_tensordot, "a, b, axes=2", "tensordot"),
    "matvec": lift(lambda a, b, transpose_a=False: (_t(a, transpose_a) @ b[..., None])[..., 0],
                   "a, b, transpose_a=False", "matvec"),
    "inv": lift(jnp.linalg.inv, "input", "inv"), "pinv": lift(jnp.linalg.pinv, "a", "pinv"),
    "det": lift(jnp.linalg.det, "input", "det"), "trace": lift(
        lambda x: jnp.trace(x, axis1=-2, axis2=-1), "x", "trace"),
    "slogdet": lift(lambda x: tuple(jnp.linalg.slogdet(x)), "input", "slogdet"),
    "logdet": lift(lambda x: jnp.linalg.slogdet(x)[1], "matrix", "logdet"),
    "cholesky": lift(jnp.linalg.cholesky, "input", "cholesky"),
    "solve": lift(_solve, "matrix, rhs, adjoint=False", "solve"),
    "triangular_solve": lift(_triangular_solve, "matrix, rhs, lower=True, adjoint=False"),
    "lstsq": lift(lambda a, b: jnp.linalg.lstsq(a, b)[0], "matrix, rhs", "lstsq"),
    "eigh": lift(lambda x: tuple(jnp.linalg.eigh(x)), "tensor", "eigh"),
    "eigvalsh": lift(jnp.linalg.eigvalsh, "tensor", "eigvalsh"),
    "eig": lift(lambda x: tuple(jnp.linalg.eig(x)), "tensor", "eig"),
    "qr": lift(lambda x, full_matrices=False: tuple(
        jnp.linalg.qr(x, "complete" if full_matrices else "reduced")),
        "input, full_matrices=False", "qr"),
    "svd": lift(_svd, "tensor, full_matrices=False, compute_uv=True", "svd"),
    "expm": lift(jax.scipy.linalg.expm, "input", "expm"),
    "cross": lift(jnp.cross, "a, b", "cross"),
    "diag": lift(_diag, "diagonal, k=0", "diag"),
    "diag_part": lift(_diag_part, "input, k=0", "diag_part"),
    "tensor_diag": lift(_diag, "diagonal", "tensor_diag"),
    "tensor_diag_part": lift(_diag_part, "input", "tensor_diag_part"),
    "set_diag": lift(_set_diag, "input, diagonal", "set_diag"),
    "band_part": lift(_band_part, "input, num_lower=0, num_upper=0", "band_part"),
    "matrix_transpose": lift(lambda a: jnp.swapaxes(a, -1, -2), "a", "matrix_transpose"),
    "adjoint": lift(lambda a: jnp.conj(jnp.swapaxes(a, -1, -2)), "matrix", "adjoint"),
    "matrix_rank": lift(jnp.linalg.matrix_rank, "a", "matrix_rank"),
    "l2_normalize": lift(_l2, "x, axis=None, epsilon=1e-12", "l2_normalize"),
    "normalize": lift(
        lambda x, ord="euclidean", axis=None: (x / _norm(x, ord, axis, True),
                                               _norm(x, ord, axis, True)),
        "tensor, ord='euclidean', axis=None", "normalize"),
}  # fmt: skip
LINALG["eye"] = None  # the one of tf, which the face puts here


def _frames(x: Any, frame_length: int = 1, frame_step: int = 1, pad_end: bool = False) -> Any:
    x = jnp.asarray(x)
    size = x.shape[-1]
    count = -(-size // frame_step) if pad_end else 1 + (size - frame_length) // frame_step
    missing = max(0, (count - 1) * frame_step + frame_length - size)
    x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)])
    return x[..., jnp.arange(count)[:, None] * frame_step + jnp.arange(frame_length)]


def _hann(window_length: int, dtype: Any = "float32", periodic: bool = True) -> Any:
    count = window_length + (periodic and window_length > 1)
    return jnp.hanning(count)[:window_length].astype(dtype)


def _stft(
    signals: Any, frame_length: int = 1, frame_step: int = 1, fft_length: Any = None,
    window_fn: Any = None, pad_end: bool = False,
) -> Any:  # fmt: skip
    if fft_length is None:
        fft_length = 1 << (frame_length - 1).bit_length()
    frames = _frames(signals, frame_length, frame_step, pad_end)
    return jnp.fft.rfft(frames * _hann(frame_length), fft_length)


def _mel(
    num_mel_bins: int = 20, num_spectrogram_bins: int = 129, sample_rate: float = 8000,
    lower_edge_hertz: float = 125.0, upper_edge_hertz: float = 3800.0,
) -> Any:  # fmt: skip
    def mel(hertz: Any) -> Any:
        return 1127.0 * jnp.log(1 + jnp.asarray(hertz) / 700.0)

    bins = mel(jnp.linspace(0.0, sample_rate / 2.0, num_spectrogram_bins)[1:])[:, None]
    edges = jnp.linspace(mel(lower_edge_hertz), mel(upper_edge_hertz), num_mel_bins + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return jnp.pad(jnp.maximum(0.0, jnp.minimum(rising, falling)), ((1, 0), (0, 0)))


def _dct(x: Any, type: int = 2, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return jax.scipy.fft.dct(x, type, n, axis, norm)


SIGNAL: dict[str, Any] = {
    "frame": lift(_frames, "signal, frame_length=1, frame_step=1, pad_end=False", "frame"),
    "stft": lift(_stft, "signals, frame_length=1, frame_step=1, fft_length=None, window_fn=None, "
                 "pad_end=False", "stft"),
    "hann_window": lift(_hann, "window_length=1, dtype='float32', periodic=True", "hann_window"),
    "linear_to_mel_weight_matrix": lift(
        _mel, "num_mel_bins=20, num_spectrogram_bins=129, sample_rate=8000, "
        "lower_edge_hertz=125.0, upper_edge_hertz=3800.0"),
    "fft": lift(jnp.fft.fft, "input", "fft"), "ifft": lift(jnp.fft.ifft, "input", "ifft"),
    "fft2d": lift(jnp.fft.fft2, "input", "fft2d"), "ifft2d": lift(jnp.fft.ifft2, "input", "ifft2d"),
    "rfft": lift(lambda x, n=None: jnp.fft.rfft(x, n if n is None or isinstance(n, int) else n[0]),
                 "input_tensor, fft_length=None", "rfft"),
    "irfft": lift(
        lambda x, n=None: jnp.fft.irfft(x, n if n is None or isinstance(n, int) else n[0]),
        "input_tensor, fft_length=None", "irfft"),
    "dct": lift(_dct, "input, type=2, n=None, axis=-1, norm=None", "dct"),
    "fftshift": lift(jnp.fft.fftshift, "x, axes=None", "fftshift"),
    "ifftshift": lift(jnp.fft.ifftshift, "x, axes=None", "ifftshift"),
}  # fmt: skip
BITWISE: dict[str, Any] = {
    "bitwise_and": lift(jnp.bitwise_and, "x, y", "bitwise_and"),
    "bitwise_or": lift(jnp.bitwise_or, "x, y", "bitwise_or"),
    "bitwise_xor": lift(jnp.bitwise_xor, "x, y", "bitwise_xor"),
    "invert": lift(jnp.invert, "x", "invert"),
    "left_shift": lift(jnp.left_shift, "x, y", "left_shift"),
    "right_shift": lift(jnp.right_shift, "x, y", "right_shift"),
}  # fmt: skip
