"""tf.sparse: the entries of a tensor that are not 0, with their places."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from .arrays import convert_to_tensor
from .dtypes import DType, TensorShape
from .lift import as_operand, lift
from .tensor import Tensor, unwrap


class SparseTensor:
    """Values at some places; everywhere else 0. Where a function wants numbers, it is dense.

    Args:
        indices: The place of each value, (values, axes).
        values: The values.
        dense_shape: The sizes of the whole.

    Example:
        >>> SparseTensor([[0, 1]], [5.0], (1, 3)).to_tensor().numpy().tolist()
        [[0.0, 5.0, 0.0]]
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any):
        self.dense_shape = convert_to_tensor(dense_shape)
        self.values = convert_to_tensor(values)
        self.indices = Tensor(
            jnp.reshape(unwrap(convert_to_tensor(indices)), (-1, len(self.shape)))
        )

    @property
    def shape(self) -> TensorShape:
        """The sizes of the whole."""
        return TensorShape(np.asarray(self.dense_shape.numpy()).tolist())

    def get_shape(self) -> TensorShape:
        """`shape`."""
        return self.shape

    @property
    def dtype(self) -> DType:
        """The type of the values."""
        return self.values.dtype

    def to_tensor(self) -> Any:
        """The whole, dense."""
        return to_dense(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.to_tensor().numpy(), dtype)

    def with_values(self, new_values: Any) -> "SparseTensor":
        """Others at the same places."""
        return SparseTensor(self.indices, new_values, self.dense_shape)

    def __mul__(self, other: Any) -> "SparseTensor":
        at = unwrap(self.indices)
        factor = jnp.broadcast_to(as_operand(other), self.shape)[tuple(at.T)]
        return self.with_values(self.values * Tensor(factor))

    def __repr__(self) -> str:
        return (
            f"SparseTensor(indices={self.indices}, values={self.values}, "
            f"dense_shape={self.dense_shape})"
        )


def _scattered(indices: Any, values: Any, shape: Any = None, default: Any = 0) -> Any:
    whole = jnp.full(shape, default, jnp.asarray(values).dtype)
    return whole.at[tuple(jnp.asarray(indices).T)].set(values)


def _product(indices: Any, values: Any, dense: Any, rows: Any = None) -> Any:
    row, column = jnp.asarray(indices).T
    parts = jnp.asarray(values)[:, None] * jnp.asarray(dense)[column]
    return jnp.zeros((rows, parts.shape[1]), parts.dtype).at[row].add(parts)


_dense = lift(_scattered, "indices, values, shape=None, default=0", "to_dense")
_matmul = lift(_product, "indices, values, dense, rows=None", "sparse_dense_matmul")


def to_dense(sp_input: Any, default_value: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The whole, with `default_value` where no value is; what is dense already, as it is."""
    if not isinstance(sp_input, SparseTensor):
        return sp_input
    values = sp_input.values.numpy()
    if np.asarray(values).dtype == object:  # text
        whole = np.full(sp_input.shape, default_value or b"", object)
        whole[tuple(sp_input.indices.numpy().T)] = values
        return Tensor(whole)
    default = 0 if default_value is None else default_value
    return _dense(sp_input.indices, sp_input.values, shape=tuple(sp_input.shape), default=default)


def from_dense(tensor: Any, name: Any = None) -> SparseTensor:
    """The entries that are not 0."""
    array = np.asarray(as_operand(tensor))
    places = np.argwhere(array)
    return SparseTensor(places, array[tuple(places.T)], array.shape)


def sparse_dense_matmul(
    sp_a: SparseTensor, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: Any = None
) -> Any:
    """`a @ b`, through the values of `a` alone.

    Shapes:
        sp_a: (rows, columns), b: (columns, n) -> (rows, n)
    """
    if not isinstance(sp_a, SparseTensor):
        sp_a = from_dense(sp_a)
    indices, rows = unwrap(sp_a.indices), sp_a.shape[0]
    if adjoint_a:
        indices, rows = indices[:, ::-1], sp_a.shape[1]
    b = b.to_tensor() if isinstance(b, SparseTensor) else b
    return _matmul(Tensor(indices), sp_a.values, _turned(b) if adjoint_b else b, rows=rows)


_turned = lift(lambda x: jnp.swapaxes(x, -1, -2), "x", "transpose")


def reorder(sp_input: SparseTensor, name: Any = None) -> SparseTensor:
    """The same, its places in order."""
    places = sp_input.indices.numpy()
    order = np.lexsort(places.T[::-1])
    values = Tensor(as_operand(sp_input.values)[order])
    return SparseTensor(places[order], values, sp_input.dense_shape)


def _reducing(reduce: Any, name: str) -> Any:
    lifted = lift(
        lambda x, axis=None, keepdims=False: reduce(x, axis=axis, keepdims=keepdims),
        "x, axis=None, keepdims=False",
        name,
    )
    return lambda sp_input, *args, **kwargs: lifted(to_dense(sp_input), *args, **kwargs)


def add(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    """`a + b`: sparse where both are."""
    both = isinstance(a, SparseTensor) and isinstance(b, SparseTensor)
    found = _added(to_dense(a), to_dense(b))
    return from_dense(found) if both else found


_added = lift(jnp.add, "a, b", "add")

SPARSE: dict[str, Any] = {
    "SparseTensor": SparseTensor, "to_dense": to_dense, "from_dense": from_dense,
    "sparse_dense_matmul": sparse_dense_matmul, "reorder": reorder, "add": add,
    "reduce_sum": _reducing(jnp.sum, "reduce_sum"),
    "reduce_max": _reducing(jnp.max, "reduce_max"),
    "transpose": lambda sp_input, perm=None, name=None: from_dense(
        np.transpose(sp_input.to_tensor().numpy(), perm)),
    "reshape": lambda sp_input, shape, name=None: from_dense(
        np.reshape(sp_input.to_tensor().numpy(), shape)),
    "eye": lambda num_rows, num_columns=None, dtype="float32", name=None: from_dense(
        np.eye(num_rows, num_columns, dtype=getattr(dtype, "name", dtype))),
}  # fmt: skip
OLD_SPARSE: dict[str, Any] = {  # as TensorFlow 1 has them
    "sparse_tensor_to_dense": to_dense, "sparse_tensor_dense_matmul": sparse_dense_matmul,
    "sparse_reorder": reorder, "sparse_add": add, "SparseTensorValue": SparseTensor,
}  # fmt: skip
