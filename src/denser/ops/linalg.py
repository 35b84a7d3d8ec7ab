"""Products, and what matrices have: inverses, determinants, decompositions, norms."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.messages import bad_argument
from ..core.op import op
from .core import jvp as jvp

# ---------------------------------------------------------------------------------- products
dot = op(jnp.dot, "x1, x2", "Sum over the last axis of `x1` and the last but one of `x2`.")
vdot = op(jnp.vdot, "x1, x2", "Sum of `conj(x1) * x2` over all elements.")
inner = op(jnp.inner, "x1, x2", "Sum of products over the last axis of both.")
outer = op(jnp.outer, "x1, x2", "All products of an element of `x1` and one of `x2`: a matrix.")
kron = op(jnp.kron, "x1, x2", "Kronecker product: each element of `x1` times the whole of `x2`.")
cross = op(
    jnp.cross,
    "x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None",
    "Cross product of vectors of 2 or 3 elements.",
)
tensordot = op(
    jnp.tensordot,
    "x1, x2, axes=2",
    "Sum over the last `axes` of `x1` and first of `x2`, or over the axes of a pair of lists.",
)
correlate = op(
    jnp.correlate, "x1, x2, mode='valid'", "Sums of products of `x1` with `x2` moved along it."
)
trace = op(jnp.trace, "x, offset=0, axis1=0, axis2=1", "Sum of a diagonal.")


@op
def einsum(subscripts: str, *operands: Array, **kwargs: Any) -> Array:
    """Sums of products as index letters say: "ij,jk->ik" is the matrix product."""
    operands = tuple(map(jnp.asarray, operands))
    if all(x.dtype == jnp.int8 for x in operands):
        kwargs.setdefault("preferred_element_type", jnp.int32)
    return jnp.einsum(subscripts, *operands, **kwargs)


@op
def corrcoef(x: Array) -> Array:
    """Pearson's correlation of each two rows."""
    x = jnp.asarray(x)
    return jnp.corrcoef(x.astype(jnp.result_type(x, float)))


@op
def diff(a: Array, n: int = 1, axis: int = -1) -> Array:
    """Each element minus the one before it along an axis, `n` times over."""
    return jnp.diff(a, n, axis)


@op
def cdist(x: Array, y: Array) -> Array:
    """Euclidean distance of each row of `x` from each row of `y`.

    Shapes:
        x: (..., m, size)
        y: (..., n, size)
        result: (..., m, n)
    """
    squares = jnp.sum((x[..., :, None, :] - y[..., None, :, :]) ** 2, axis=-1)
    # The root has no slope at 0; without the inner `where` the gradient would be NaN there.
    return jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1)), 0)


# -------------------------------------------------------------------------------- one matrix
inv = op(jnp.linalg.inv, "x", "The inverse of a square matrix.")
det = op(jnp.linalg.det, "x", "The determinant of a square matrix.")
slogdet = op(jnp.linalg.slogdet, "x", "The sign of the determinant and the log of its size.")
eig = op(jnp.linalg.eig, "x", "Eigenvalues and, as columns, eigenvectors of a square matrix.")
eigh = op(jnp.linalg.eigh, "x", "Eigenvalues, rising, and eigenvectors of a Hermitian matrix.")
matrix_rank = op(
    jnp.linalg.matrix_rank,
    "x, tol=None",
    "The number of singular values above `tol`, a share of the largest.",
)
pinv = op(
    jnp.linalg.pinv,
    "x, rcond=None",
    "Pseudo-inverse; singular values below `rcond` times the largest count as 0.",
)


@op
def logdet(x: Array) -> Array:
    """Logarithm of the determinant of a positive definite matrix, from its Cholesky factor."""
    diagonals = jnp.diagonal(jnp.linalg.cholesky(x), axis1=-2, axis2=-1)
    return 2 * jnp.sum(jnp.log(diagonals), axis=-1)


@op
def cholesky(x: Array, upper: bool = False) -> Array:
    """The triangular `L` with `L @ L.T == x` for a positive definite `x`; NaN for others.

    Args:
        upper: Whether to return `L.T`.
    """
    return jnp.linalg.cholesky(x, upper=upper)


@op
def cholesky_inverse(x: Array, upper: bool = False) -> Array:
    """The inverse of the matrix whose Cholesky factor is `x`.

    Args:
        upper: Whether `x` is the upper triangle.
    """
    identity = jnp.eye(x.shape[-1], dtype=x.dtype)
    lower = jnp.swapaxes(x, -1, -2) if upper else x
    half = jax.scipy.linalg.solve_triangular(lower, identity, lower=True)
    return jnp.swapaxes(half, -1, -2) @ half


@op
def lu_factor(x: Array) -> tuple[Array, Array]:
    """Lower and upper triangle of `P @ L @ U == x` in one matrix, and the rows' exchanges."""
    return jax.scipy.linalg.lu_factor(x)


@op
def qr(x: Array, mode: str = "reduced") -> tuple[Array, Array]:
    """`q @ r == x` with orthonormal columns in `q` and an upper triangular `r`.

    Args:
        mode: 'reduced', or 'complete' for a square `q`.
    """
    if mode not in ("reduced", "complete"):
        raise bad_argument("qr", "mode", "'reduced' or 'complete'", mode)
    q, r = jnp.linalg.qr(x, mode=mode)
    return q, r


@op
def svd(x: Array, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """`u @ diag(s) @ vh == x`, singular values falling; only `s` without `compute_uv`."""
    found = jnp.linalg.svd(x, full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(found) if compute_uv else found


# ---------------------------------------------------------------------------------- equations
solve = op(jnp.linalg.solve, "a, b", "The `x` with `a @ x == b`.")


@op
def solve_triangular(a: Array, b: Array, lower: bool = False) -> Array:
    """The `x` with `a @ x == b` for a triangular `a`."""
    vector = b.ndim == a.ndim - 1
    found = jax.scipy.linalg.solve_triangular(a, b[..., None] if vector else b, lower=lower)
    return found[..., 0] if vector else found


@op
def lstsq(a: Array, b: Array, rcond: float | None = None) -> Array:
    """The `x` with the least `|a @ x - b|`.

    Args:
        rcond: Singular values below `rcond` times the largest count as 0.
    """
    return jnp.linalg.lstsq(a, b, rcond=rcond)[0]


@op
def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """A vector's or a matrix's length.

    Args:
        ord: None is the root of the sum of squares; for vectors any number or +-inf; for matrices
            'fro', 'nuc', 1, 2, -1, -2 or +-inf.
        axis: One axis for vectors, two for matrices; None: all.
    """
    x = jnp.asarray(x)
    x = x.astype(jnp.result_type(x, float))
    axis = tuple(axis) if isinstance(axis, list) else axis
    return jnp.linalg.norm(x, ord, axis, keepdims)
