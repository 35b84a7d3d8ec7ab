"""Activations as layers."""

from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import logsumexp

from .. import activations
from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.fields import NonNegativeNumber, Number, Rule
from ..core.messages import bad_argument
from ..initializers import AnInitializer
from ..regularizers import ARegularizer
from .input_spec import InputSpec
from .layer import Layer


def _axes(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _are_axes(value: Any) -> bool:
    values = value if isinstance(value, list) and value else [value]
    return all(isinstance(axis, int) and not isinstance(axis, bool) for axis in values)


Axes = Annotated[Any, Rule("an axis or a list of axes", _are_axes, _axes, bad=("a", 0.5, [1.5]))]


class Activation(Layer):
    """`activation(x)`.

    Shapes:
        x: any -> the same

    Args:
        activation: Function or name.

    Example:
        >>> Activation("relu")([[-1.0, 2.0]]).tolist()
        [[0.0, 2.0]]
    """

    activation: AnActivation

    supports_masking = True

    def call(self, inputs: Array) -> Array:
        """`activation(inputs)`."""
        return self.activation(inputs)


class ReLU(Layer):
    """`x` above `threshold`, `negative_slope * (x - threshold)` below, at most `max_value`.

    Shapes:
        x: any -> the same

    Args:
        max_value: The largest output; None: no limit.
        negative_slope: Slope below the threshold.
        threshold: Where the output leaves `negative_slope * (x - threshold)` for `x`.

    Example:
        >>> ReLU(max_value=6)([[-1.0, 2.0, 9.0]]).tolist()
        [[0.0, 2.0, 6.0]]
    """

    max_value: NonNegativeNumber | None = None
    negative_slope: NonNegativeNumber = 0.0
    threshold: NonNegativeNumber = 0.0

    supports_masking = True

    def call(self, inputs: Array) -> Array:
        """The rectified inputs."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """`x` above 0, `negative_slope * x` below.

    Shapes:
        x: any -> the same

    Args:
        negative_slope: Slope below 0; `alpha` in older scripts.

    Example:
        >>> LeakyReLU(0.5)([[-1.0, 2.0]]).tolist()
        [[-0.5, 2.0]]
    """

    negative_slope: NonNegativeNumber = 0.3

    supports_masking = True
    renamed_arguments = {"alpha": "negative_slope"}

    def call(self, inputs: Array) -> Array:
        """The rectified inputs."""
        return activations.leaky_relu(inputs, self.negative_slope)


class PReLU(Layer):
    """`x` above 0, `alpha * x` below, with a slope of its own that is learnt for each element.

    Shapes:
        x: (batch, ...) -> the same
        alpha: (...), with size 1 at `shared_axes`

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: How the slopes start, their penalty,
            and what they are brought back to after each step.
        shared_axes: Axes along which all elements have one slope, the batch's being 0; [1, 2] for
            one slope per channel of an image.

    Source: He et al. 2015, arXiv:1502.01852.
    """

    alpha_initializer: AnInitializer = "Zeros"
    alpha_regularizer: ARegularizer = None
    alpha_constraint: AConstraint = None
    shared_axes: Axes | None = None

    supports_masking = True

    def setup(self) -> None:
        """One axis is a list of one."""
        if isinstance(self.shared_axes, int):
            self.shared_axes = [self.shared_axes]

    def build(self, input_shape: tuple) -> None:
        """Make the slopes."""
        shape = list(input_shape)
        for axis in self.shared_axes or ():
            if not 0 < axis < len(shape):
                expected = f"from 1 to {len(shape) - 1}, the axes of the input"
                raise bad_argument(self, "shared_axes", expected, self.shared_axes)
            shape[axis] = 1
        self.alpha = self.weight("alpha", tuple(shape[1:]))
        fixed = {axis: size for axis, size in enumerate(shape) if axis and size != 1}
        self.input_spec = InputSpec(ndim=len(shape), axes=fixed)

    def call(self, inputs: Array) -> Array:
        """The rectified inputs."""
        return jnp.maximum(inputs, 0) + self.alpha.value * jnp.minimum(inputs, 0)


class ELU(Layer):
    """`x` above 0, `alpha * (e^x - 1)` below.

    Shapes:
        x: any -> the same

    Args:
        alpha: The limit far below 0 is -alpha.

    Source: Clevert et al. 2015, arXiv:1511.07289.
    """

    alpha: Number = 1.0

    supports_masking = True

    def call(self, inputs: Array) -> Array:
        """The inputs, bent below 0."""
        return activations.elu(inputs, self.alpha)


class Softmax(Layer):
    """`exp(x) / sum(exp(x))`: positive, with sum 1 along the axes.

    Shapes:
        x: any -> the same
        mask: as x or broadcasting to it; where it is False the output is 0

    Args:
        axis: The axis, or several, that sum to 1.

    Example:
        >>> Softmax()([[1.0, 1.0, 5.0]], mask=[[True, True, False]]).tolist()
        [[0.5, 0.5, 0.0]]
    """

    axis: Axes = -1

    supports_masking = True

    def call(self, inputs: Array, mask: Any = None) -> Array:
        """The probabilities."""
        x = inputs
        if mask is not None:
            mask = jnp.asarray(mask)
            if mask.dtype != bool:
                mask = mask > 0.5
            if mask.ndim < x.ndim and mask.shape == x.shape[: mask.ndim]:  # a mask of steps
                mask = mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))
            x = jnp.where(mask, x, -3e4 if x.dtype == jnp.float16 else -1e9)
        axes = tuple(self.axis) if isinstance(self.axis, list) else (self.axis,)
        if len(axes) == 1:
            return activations.softmax(x, axes[0])
        return jnp.exp(x - logsumexp(x, axes, keepdims=True))
