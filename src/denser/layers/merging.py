"""Merging: several tensors into one."""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
from jax import Array, lax

from ..core.fields import Rule
from ..core.graph import public_shape
from ..core.messages import bad_input, shape_text
from .layer import Layer


class _Merge(Layer):
    """Base of layers that take a list of tensors."""

    supports_masking = True
    takes: ClassVar[int | None] = None  # how many inputs; None: one or more

    def call(self, inputs: Sequence[Array]) -> Array:
        """The inputs, checked, as one tensor."""
        if not isinstance(inputs, (list, tuple)) or not inputs:
            got = public_shape(inputs) if hasattr(inputs, "shape") else repr(inputs)
            name = type(self).__name__
            raise bad_input(self, "a list of tensors", got, f"Write {name}()([a, b]).")
        if self.takes not in (None, len(inputs)):
            raise bad_input(self, f"a list of {self.takes} tensors", f"{len(inputs)}")
        return self.merge(list(inputs))

    def merge(self, inputs: list[Array]) -> Array:
        """One tensor out of one or more."""
        raise NotImplementedError(f"{type(self).__name__} must define `merge`.")

    def do_not_fit(self, inputs: Sequence[Array], expected: str) -> Exception:
        """The error for shapes that cannot be merged."""
        return bad_input(self, expected, ", ".join(shape_text(public_shape(x)) for x in inputs))


def _agree(inputs: list[Array], axes: Iterable[Sequence[int]], ones: bool = False) -> list[Array]:
    """The inputs if their sizes are equal where they must be, else an empty list.

    Where a size is not known yet, while shapes are inferred, some number stands for it; that input
    is then replaced by one of the size which the others have.

    Args:
        axes: Which axis of the first input, of the second, ... must have the same size.
        ones: Whether a size of 1 fits any other, except along the batch.
    """
    wanted = [list(x.shape) for x in inputs]
    for group in axes:
        sizes = [public_shape(x)[axis] for x, axis in zip(inputs, group, strict=True)]
        known = {n for n in sizes if n is not None and not (ones and group[0] and n == 1)}
        if len(known) > 1:
            return []
        for shape, axis, size in zip(wanted, group, sizes, strict=True):
            if size is None and known:
                shape[axis] = min(known)
    return [
        x if list(x.shape) == shape else jnp.zeros(shape, x.dtype)
        for x, shape in zip(inputs, wanted, strict=True)
    ]


class _Elementwise(_Merge):
    """Base of merges element by element; inputs of fewer axes get axes of 1 after the batch's."""

    combine: ClassVar[Callable[[Array, Array], Array]]

    def merge(self, inputs: list[Array]) -> Array:
        """`combine` of the first two, then of that and the third, and so on."""
        rank = max(x.ndim for x in inputs)
        aligned = [jnp.expand_dims(x, tuple(range(1, 1 + rank - x.ndim))) for x in inputs]
        agreed = _agree(aligned, [(axis,) * len(inputs) for axis in range(rank)], ones=True)
        if not agreed:
            raise self.do_not_fit(inputs, "tensors of one shape, or with axes of 1")
        return functools.reduce(type(self).combine, agreed)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """What any input's mask lets count; none where an input has no mask."""
        if previous_mask is None or any(mask is None for mask in previous_mask):
            return None
        return functools.reduce(jnp.logical_or, previous_mask)


class Add(_Elementwise):
    """Sum of the inputs, element by element: `x1 + x2 + ...`.

    Shapes:
        inputs: a list of (batch, ...), equal or with axes of 1 -> (batch, ...)

    Example:
        >>> Add()([ops.ones((2, 3)), ops.ones((2, 3))]).tolist()
        [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]
    """

    combine: ClassVar = staticmethod(jnp.add)


class Subtract(_Elementwise):
    """Difference of two inputs, element by element: `x1 - x2`.

    Shapes:
        inputs: a list of two (batch, ...), equal or with axes of 1 -> (batch, ...)
    """

    combine: ClassVar = staticmethod(jnp.subtract)
    takes = 2


class Multiply(_Elementwise):
    """Product of the inputs, element by element: `x1 * x2 * ...`.

    Shapes:
        inputs: a list of (batch, ...), equal or with axes of 1 -> (batch, ...)
    """

    combine: ClassVar = staticmethod(jnp.multiply)


class Average(_Elementwise):
    """Mean of the inputs, element by element: `(x1 + ... + xn) / n`.

    Shapes:
        inputs: a list of (batch, ...), equal or with axes of 1 -> (batch, ...)
    """

    combine: ClassVar = staticmethod(jnp.add)

    def merge(self, inputs: list[Array]) -> Array:
        """The sum, divided."""
        return super().merge(inputs) / len(inputs)


class Maximum(_Elementwise):
    """The largest of the inputs, element by element.

    Shapes:
        inputs: a list of (batch, ...), equal or with axes of 1 -> (batch, ...)
    """

    combine: ClassVar = staticmethod(jnp.maximum)


class Minimum(_Elementwise):
    """The smallest of the inputs, element by element.

    Shapes:
        inputs: a list of (batch, ...), equal or with axes of 1 -> (batch, ...)
    """

    combine: ClassVar = staticmethod(jnp.minimum)


class Concatenate(_Merge):
    """The inputs one after the other along an axis.

    Shapes:
        inputs: a list of (batch, ..., n1), (batch, ..., n2), ... -> (batch, ..., n1 + n2 + ...)

    Args:
        axis: Along which; only there may the sizes differ.

    Example:
        >>> Concatenate()([ops.ones((2, 3)), ops.ones((2, 4))]).shape
        (2, 7)
    """

    axis: int = -1

    def merge(self, inputs: list[Array]) -> Array:
        """The joined tensor."""
        rank = inputs[0].ndim
        if not -rank <= self.axis < rank:
            raise self.do_not_fit(inputs, f"tensors that have an axis {self.axis}")
        others = [(axis,) * len(inputs) for axis in range(rank) if axis != self.axis % rank]
        agreed = _agree(inputs, others) if {x.ndim for x in inputs} == {rank} else []
        if not agreed:
            raise self.do_not_fit(inputs, f"tensors of equal sizes but along axis {self.axis}")
        return jnp.concatenate(agreed, self.axis)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The masks joined where the mask has that axis, else what any of them lets count."""
        if previous_mask is None:
            return None
        rank = next(mask.ndim for mask in previous_mask if mask is not None)
        masks = [
            jnp.ones(x.shape[:rank], bool) if mask is None else mask
            for x, mask in zip(inputs, previous_mask, strict=True)
        ]
        axis = self.axis % inputs[0].ndim
        if axis < rank:
            return jnp.concatenate(masks, axis)
        return functools.reduce(jnp.logical_or, masks)


def _is_axis(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value != 0


DotAxes = Annotated[
    int | tuple,
    Rule(
        "an axis or a pair of them, none the batch's",
        lambda value: (
            _is_axis(value)
            or (isinstance(value, tuple) and len(value) == 2 and all(map(_is_axis, value)))
        ),
        lambda value: tuple(value) if isinstance(value, list) else value,
        bad=(0, (1, 0), (1, 2, 3), "1", 1.5),
    ),
]


class Dot(_Merge):
    """Scalar products along an axis of each of two inputs, row by row of the batch.

    `y[b, i, j] = sum_n x1[b, i, n] * x2[b, n, j]` with axes (2, 1). The output has the other axes
    of the first input, then those of the second; if there are none, one axis of 1.

    Shapes:
        inputs: a list of (batch, ...) and (batch, ...) -> (batch, ...)

    Args:
        axes: The axis of both inputs, or one for each; the batch's is 0.
        normalize: Whether the vectors along the axes are brought to length 1 before: cosines.

    Example:
        >>> Dot(axes=(2, 1))([ops.ones((2, 5, 3)), ops.ones((2, 3, 4))]).shape
        (2, 5, 4)
    """

    axes: DotAxes
    normalize: bool = False

    takes = 2

    def merge(self, inputs: list[Array]) -> Array:
        """The products summed."""
        axes = (self.axes,) * 2 if isinstance(self.axes, int) else self.axes
        if any(not -x.ndim < axis < x.ndim for x, axis in zip(inputs, axes, strict=True)):
            raise self.do_not_fit(inputs, f"tensors that have the axes {axes}")
        agreed = _agree(inputs, [(0, 0), [a % x.ndim for a, x in zip(axes, inputs, strict=True)]])
        if not agreed:
            raise self.do_not_fit(inputs, f"tensors of equal sizes along the axes {axes}")
        if self.normalize:
            agreed = [_unit(x, axis) for x, axis in zip(agreed, axes, strict=True)]
        dtype = jnp.result_type(*agreed)
        x, y = (x.astype(dtype) for x in agreed)
        summed = ((axes[0] % x.ndim,), (axes[1] % y.ndim,))
        products = lax.dot_general(x, y, (summed, ((0,), (0,))))
        return products if products.ndim > 1 else products[:, None]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: the axes mean something else."""
        return None


def _unit(x: Array, axis: int) -> Array:
    """`x / |x|` along an axis; almost 0 stays."""
    return x * lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis, keepdims=True), 1e-12))


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Add(**kwargs)(inputs)`: their sum."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Subtract(**kwargs)(inputs)`: the difference of two."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Multiply(**kwargs)(inputs)`: their product, element by element."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Average(**kwargs)(inputs)`: their mean, element by element."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Maximum(**kwargs)(inputs)`: the largest, element by element."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Minimum(**kwargs)(inputs)`: the smallest, element by element."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, **kwargs)(inputs)`: one after the other along an axis."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: Any = -1, **kwargs: Any) -> Any:
    """`Dot(axes, **kwargs)(inputs)`: scalar products, row by row of the batch."""
    return Dot(axes, **kwargs)(inputs)
