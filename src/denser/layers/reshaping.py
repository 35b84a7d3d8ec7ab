"""Reshaping: the same numbers in other axes, more of them or fewer."""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.fields import PerClass, Positive, Rule, one_of, whole_numbers
from ..core.graph import public_shape
from ..core.messages import bad_input
from .input_spec import InputSpec
from .layer import Layer
from .spatial import DataFormat, Sizes, _Spatial


class Flatten(Layer):
    """All axes but the batch's as one.

    Shapes:
        x: (batch, ...) -> (batch, size)

    Args:
        data_format: 'channels_first' brings the channels, axis 1, to the end before.

    Example:
        >>> Flatten()(ops.ones((2, 7, 7, 64))).shape
        (2, 3136)
    """

    data_format: DataFormat = None

    def setup(self) -> None:
        """A batch at least."""
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Array) -> Array:
        """The rows, each as a vector."""
        if self.data_format == "channels_first" and inputs.ndim > 1:
            inputs = jnp.moveaxis(inputs, 1, -1)
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))


def _is_size(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= -1)


TargetShape = Annotated[
    tuple,
    Rule(
        "a tuple of sizes, at most one of them -1",
        lambda value: (
            isinstance(value, tuple)
            and all(map(_is_size, value))
            and sum(size in (-1, None) for size in value) <= 1
        ),
        lambda value: tuple(value) if isinstance(value, list) else value,
        bad=((-1, -1), (2, -3), "3", 2.5),
    ),
]


class Reshape(Layer):
    """The numbers of each row, in their order, in another shape.

    Shapes:
        x: (batch, ...) -> (batch, *target_shape)

    Args:
        target_shape: Sizes without the batch; -1 at one place means what is left.

    Example:
        >>> Reshape((-1, 4))(ops.ones((2, 12))).shape
        (2, 3, 4)
    """

    target_shape: TargetShape

    def call(self, inputs: Array) -> Array:
        """The rows in their new shape."""
        batch, *sizes = inputs.shape
        have, known = math.prod(sizes), math.prod(n for n in self.target_shape if _is_known(n))
        target = [n if _is_known(n) else have // max(known, 1) for n in self.target_shape]
        if math.prod(target) == have:
            return inputs.reshape(batch, *target)
        if None in public_shape(inputs)[1:]:
            # The sizes here stand for unknown ones, which will fit or be refused then.
            return jnp.zeros((batch, *target), inputs.dtype)
        whole = "a multiple of " if len(target) > sum(map(_is_known, self.target_shape)) else ""
        raise bad_input(
            self, f"(batch, ...) with {whole}{known} numbers in a row", public_shape(inputs)
        )


def _is_known(size: int | None) -> bool:
    return size is not None and size >= 0


Dims = Annotated[
    tuple,
    Rule(
        "the axes 1, 2, ... in some order",
        lambda value: isinstance(value, tuple) and sorted(value) == list(range(1, len(value) + 1)),
        lambda value: tuple(value) if isinstance(value, list) else value,
        bad=((1, 3), (0, 1), (1, 1), 1),
    ),
]


class Permute(Layer):
    """The axes of a row in another order: axis `i` of the output is axis `dims[i]` of the input.

    Args:
        dims: The axes in their new order; the batch is 0 and stays, so the first is 1.

    Example:
        >>> Permute((2, 1))(ops.ones((2, 10, 64))).shape
        (2, 64, 10)
    """

    dims: Dims

    def setup(self) -> None:
        """One axis for each of `dims`, and the batch."""
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Array) -> Array:
        """The input transposed."""
        return jnp.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """Each row `n` times, as steps of time: `y[:, t] = x`.

    Shapes:
        x: (batch, features) -> (batch, n, features)

    Args:
        n: How often.

    Example:
        >>> RepeatVector(3)(ops.ones((2, 32))).shape
        (2, 3, 32)
    """

    n: Positive

    def setup(self) -> None:
        """Vectors."""
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Array) -> Array:
        """The rows with a time axis."""
        batch, features = inputs.shape
        return jnp.broadcast_to(inputs[:, None], (batch, self.n, features))


def _ends(rank: int) -> Rule:
    """A rule for what happens before and after each axis: `((1, 1), (2, 0))`, or shorter forms."""
    pair = whole_numbers(2, least=0)
    if rank == 1:
        return pair

    def convert(value: Any) -> Any:
        if isinstance(value, (list, tuple)) and len(value) == rank:
            return tuple(pair.convert(part) for part in value)  # type: ignore[misc]
        return (pair.convert(value),) * rank  # type: ignore[misc]

    return Rule(
        f"an integer of 0 or more, {rank} of them, or {rank} pairs (before, after)",
        lambda value: len(value) == rank and all(map(pair.check, value)),
        convert,
        (-1, 2.5, "3", (1,) * (rank + 1), ((1, 2, 3),) * rank),
    )


Ends = Annotated[Any, PerClass(lambda cls: _ends(cls.rank))]


class _ZeroPadding(_Spatial):
    """Base of zero padding."""

    padding: Ends
    data_format: DataFormat = None

    def over_space(self, x: Array) -> Array:
        """`x` with zeros around it."""
        ends = (self.padding,) if self.rank == 1 else self.padding
        return jnp.pad(x, ((0, 0), *ends, (0, 0)))


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after the steps.

    Shapes:
        x: (batch, steps, channels) -> (batch, before + steps + after, channels)

    Args:
        padding: Number of steps on both sides, or a pair (before, after).
        data_format: 'channels_last', or 'channels_first': (batch, channels, steps).
    """

    rank = 1
    padding = 1


class ZeroPadding2D(_ZeroPadding):
    """Zeros around an image.

    Shapes:
        x: (batch, height, width, channels) -> (batch, new_height, new_width, channels)

    Args:
        padding: Number of rows and columns on each side; (rows, columns); or
            ((top, bottom), (left, right)).
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).

    Example:
        >>> ZeroPadding2D(((1, 0), (2, 2)))(ops.ones((1, 5, 5, 3))).shape
        (1, 6, 9, 3)
    """

    rank = 2
    padding = (1, 1)


class ZeroPadding3D(_ZeroPadding):
    """Zeros around a volume.

    Shapes:
        x: (batch, depth, height, width, channels) -> the same with larger sizes in space

    Args:
        padding: One number for all sides, one for each axis, or a pair for each axis.
        data_format: 'channels_last', or 'channels_first'.
    """

    rank = 3
    padding = ((1, 1), (1, 1), (1, 1))


class _Cropping(_Spatial):
    """Base of cropping."""

    cropping: Ends

    def over_space(self, x: Array) -> Array:
        """`x` without its borders."""
        inner = [slice(a, n - b) for n, (a, b) in zip(x.shape[1:-1], self.pairs(), strict=True)]
        return x[(slice(None), *inner)]

    def pairs(self) -> tuple:
        """(before, after) for each axis."""
        return (self.cropping,) if self.rank == 1 else self.cropping

    def least_space(self) -> tuple[int, ...]:
        """One element must be left."""
        return tuple(before + after + 1 for before, after in self.pairs())

    def fix_for_space(self) -> str:
        """What to do about an input of which nothing would be left."""
        return "Crop less."


class Cropping1D(_Cropping):
    """The steps without the first and last ones.

    Shapes:
        x: (batch, steps, channels) -> (batch, steps - before - after, channels)

    Args:
        cropping: Number of steps on both sides, or a pair (before, after).
    """

    rank = 1
    cropping = (1, 1)


class Cropping2D(_Cropping):
    """An image without its borders.

    Shapes:
        x: (batch, height, width, channels) -> (batch, new_height, new_width, channels)

    Args:
        cropping: Number of rows and columns on each side; (rows, columns); or
            ((top, bottom), (left, right)).
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).

    Example:
        >>> Cropping2D(((2, 2), (4, 4)))(ops.ones((2, 28, 28, 3))).shape
        (2, 24, 20, 3)
    """

    rank = 2
    cropping: Ends = ((0, 0), (0, 0))
    data_format: DataFormat = None


class Cropping3D(_Cropping):
    """A volume without its borders.

    Shapes:
        x: (batch, depth, height, width, channels) -> the same with smaller sizes in space

    Args:
        cropping: One number for all sides, one for each axis, or a pair for each axis.
        data_format: 'channels_last', or 'channels_first'.
    """

    rank = 3
    cropping: Ends = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat = None


class UpSampling1D(_Spatial):
    """Each step `size` times.

    Shapes:
        x: (batch, steps, channels) -> (batch, size * steps, channels)

    Args:
        size: How often.

    Example:
        >>> UpSampling1D(2)(ops.ones((2, 5, 3))).shape
        (2, 10, 3)
    """

    rank = 1
    size: Positive = 2

    def over_space(self, x: Array) -> Array:
        """The steps repeated."""
        return _repeated(x, (self.size,))


class UpSampling2D(_Spatial):
    """An image made larger.

    Shapes:
        x: (batch, height, width, channels) -> (batch, size * height, size * width, channels)

    Args:
        size: Factor for each axis, or one for both.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        interpolation: 'nearest' repeats pixels; the others go smoothly between them.

    Example:
        >>> UpSampling2D(2, interpolation="bilinear")(ops.ones((1, 5, 5, 3))).shape
        (1, 10, 10, 3)
    """

    rank = 2
    size: Sizes = (2, 2)
    data_format: DataFormat = None
    interpolation: Annotated[
        str, one_of("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    ] = "nearest"

    def over_space(self, x: Array) -> Array:
        """The image with `size` times as many pixels along each axis."""
        if self.interpolation == "nearest":
            return _repeated(x, self.size)
        batch, *space, channels = x.shape
        larger = [n * factor for n, factor in zip(space, self.size, strict=True)]
        image = x * 1.0  # there is nothing between integers
        return jax.image.resize(image, (batch, *larger, channels), self.interpolation)


class UpSampling3D(_Spatial):
    """Each element of a volume repeated along each axis.

    Shapes:
        x: (batch, depth, height, width, channels) -> the same with `size` times the sizes in space

    Args:
        size: Factor for each axis, or one for all.
        data_format: 'channels_last', or 'channels_first'.
    """

    rank = 3
    size: Sizes = (2, 2, 2)
    data_format: DataFormat = None

    def over_space(self, x: Array) -> Array:
        """The volume with its elements repeated."""
        return _repeated(x, self.size)


def _repeated(x: Array, factors: tuple[int, ...]) -> Array:
    """Each element of `x` (batch, *space, channels) as often along each axis of space."""
    for axis, factor in enumerate(factors, start=1):
        x = jnp.repeat(x, factor, axis)
    return x
