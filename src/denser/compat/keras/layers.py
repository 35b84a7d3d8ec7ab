"""Layers that older versions had and today's have not."""

from typing import TYPE_CHECKING, Any, ClassVar

import jax.numpy as jnp
from jax import Array, lax

from ...activations import AnActivation
from ...core.fields import Positive
from ...core.messages import UserError
from ...core.tensor import any_symbolic, leaves
from ...initializers import AnInitializer
from ...layers import (
    GRU,
    LSTM,
    Add,
    Average,
    Concatenate,
    Dot,
    Lambda,
    Layer,
    Maximum,
    Multiply,
    ReLU,
    Subtract,
)
from ...layers.spatial import DataFormat, Sizes
from ...models import Functional

_MODES = {
    "sum": Add, "add": Add, "mul": Multiply, "ave": Average, "avg": Average, "max": Maximum,
    "sub": Subtract,
}  # fmt: skip


def CuDNNLSTM(units: int, **kwargs: Any) -> LSTM:
    """An LSTM as cuDNN computes it: every LSTM here runs as fast as it can."""
    return LSTM(units, activation="tanh", recurrent_activation="sigmoid", **kwargs)


def CuDNNGRU(units: int, **kwargs: Any) -> GRU:
    """A GRU as cuDNN computes it: the reset gate after the product."""
    kwargs.setdefault("reset_after", True)
    return GRU(units, activation="tanh", recurrent_activation="sigmoid", **kwargs)


def ThresholdedReLU(theta: float = 1.0, **kwargs: Any) -> ReLU:
    """`x` above `theta`, else 0."""
    return ReLU(threshold=float(theta), **kwargs)


def merge(
    inputs: Any,
    mode: Any = "sum",
    concat_axis: int = -1,
    dot_axes: Any = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: dict[str, Any] | None = None,
    name: str | None = None,
    **kwargs: Any,
) -> Any:
    """Several tensors as one: Keras 1's function for what are layers today.

    Args:
        inputs: The tensors.
        mode: 'sum', 'mul', 'ave', 'max', 'concat', 'dot', 'cos', or a function of the list.
        concat_axis: The axis along which 'concat' goes.
        dot_axes: The axis, or one for each, that 'dot' and 'cos' sum over.
        output_shape, output_mask: Nothing; both are found out.
        arguments: More arguments of the function.
        name: The layer's name.
    """
    code = getattr(mode, "__code__", None)
    if code is not None and "gradients" in code.co_names and any_symbolic(inputs):
        # On the symbolic tensors themselves: only between these there are gradients.
        made = mode(inputs, **(arguments or {}))
        return made[0] if isinstance(made, list) and len(made) == 1 else made
    return _merging(mode, concat_axis, dot_axes, arguments, name)(inputs)


def _merging(mode: Any, concat_axis: int, dot_axes: Any, arguments: Any, name: str | None) -> Any:
    """The layer that merges in this mode."""
    if callable(mode):
        return Lambda(mode, arguments=arguments or {}, name=name)
    if mode in _MODES:
        return _MODES[mode](name=name)
    if mode == "concat":
        return Concatenate(axis=concat_axis, name=name)
    if mode in ("dot", "cos"):
        axes = dot_axes
        if isinstance(axes, (list, tuple)):
            axes = [a[0] if isinstance(a, (list, tuple)) else a for a in axes]
            axes = axes[0] if len(axes) == 1 else tuple(axes)
        return Dot(axes=axes, normalize=mode == "cos", name=name)
    raise UserError(
        f"merge: `mode` must be one of {', '.join(map(repr, [*_MODES, 'concat', 'dot', 'cos']))} "
        f"or a function; got {mode!r}."
    )


class Merge(Layer):
    """Keras 1's layer of all merges; of layers or models it makes the first of a Sequential.

    Args:
        layers: Models or layers whose outputs are merged, or None: called on tensors.
        mode, concat_axis, dot_axes, output_shape, output_mask, arguments: As for `merge`.
    """

    def __init__(
        self,
        layers: Any = None,
        mode: Any = "sum",
        concat_axis: int = -1,
        dot_axes: Any = -1,
        output_shape: Any = None,
        output_mask: Any = None,
        arguments: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name)
        self.layers = layers
        self.merging = _merging(mode, concat_axis, dot_axes, arguments, None)

    def call(self, inputs: Any) -> Any:
        """The merged tensor."""
        return self.merging(inputs)

    def as_model(self) -> Functional:
        """The model of the layers' inputs and their merged output."""
        inputs: list[Any] = []
        for layer in self.layers:
            for tensor in leaves(layer.inputs if hasattr(layer, "inputs") else layer.input):
                if not any(tensor is each for each in inputs):
                    inputs.append(tensor)
        outputs = self.merging([layer.output for layer in self.layers])
        return Functional(inputs, outputs)


class TimeDistributedMerge(Layer):
    """The sum, mean or product over the steps of a sequence.

    Args:
        mode: 'sum', 'ave' or 'mul'.
    """

    mode: str = "sum"

    def call(self, inputs: Array) -> Array:
        """One step for all."""
        reduce = {"sum": jnp.sum, "ave": jnp.mean, "mul": jnp.prod}[self.mode]
        return reduce(inputs, axis=1)


class MaxoutDense(Layer):
    """The largest of several affine maps: `max_k(x @ kernel_k + bias_k)`.

    Shapes:
        x: (batch, features) -> (batch, units)
        kernel: (nb_feature, features, units)

    Args:
        units: Size of the output.
        nb_feature: How many maps.
        use_bias: Whether to add biases.
        kernel_initializer: How the kernels start.

    Source: Goodfellow et al. 2013, arXiv:1302.4389.
    """

    units: Positive
    nb_feature: Positive = 4
    kernel_initializer: AnInitializer = "glorot_uniform"
    use_bias: bool = True

    def build(self, input_shape: tuple) -> None:
        """Make kernels and biases."""
        features = input_shape[-1]
        self.kernel = self.weight("kernel", (self.nb_feature, features, self.units))
        if self.use_bias:
            self.bias = self.add_weight((self.nb_feature, self.units), "zeros", name="bias")

    def call(self, inputs: Array) -> Array:
        """The largest."""
        maps = jnp.einsum("...f,kfu->...ku", inputs, self.kernel.value)
        return jnp.max(maps + self.bias if self.use_bias else maps, axis=-2)


class Highway(Layer):
    """`t * activation(x @ kernel + bias) + (1 - t) * x` with `t = sigmoid(x @ carry + carry_bias)`.

    Args:
        activation: Function or name.
        use_bias: Whether to add biases.
        kernel_initializer: How both kernels start.

    Source: Srivastava et al. 2015, arXiv:1505.00387.
    """

    kernel_initializer: AnInitializer = "glorot_uniform"
    activation: AnActivation = None
    use_bias: bool = True

    def build(self, input_shape: tuple) -> None:
        """Make both kernels and biases; the layer begins by carrying most of its input on."""
        size = input_shape[-1]
        self.kernel = self.weight("kernel", (size, size))
        self.carry = self.weight("carry", (size, size), fields="kernel")
        if self.use_bias:
            self.bias = self.add_weight((size,), "zeros", name="bias")
            self.carry_bias = self.add_weight(
                (size,), lambda s, dtype: -2 * jnp.ones(s, dtype), name="carry_bias"
            )

    def call(self, inputs: Array) -> Array:
        """A mixture of the input and its map."""
        made, gate = inputs @ self.kernel, inputs @ self.carry
        if self.use_bias:
            made, gate = made + self.bias, gate + self.carry_bias
        gate = jnp.reciprocal(1 + jnp.exp(-gate))
        return gate * self.activation(made) + (1 - gate) * inputs


class ParametricSoftplus(Layer):
    """`alpha * log(1 + exp(beta * x))`, both trained, one for each feature.

    Args:
        alpha_init, beta_init: Where they start.
    """

    alpha_init: float = 0.2
    beta_init: float = 5.0

    def build(self, input_shape: tuple) -> None:
        """Make alpha and beta."""
        shape = tuple(input_shape[1:])
        self.alpha = self.add_weight(shape, lambda s, dtype: jnp.full(s, self.alpha_init, dtype))
        self.beta = self.add_weight(shape, lambda s, dtype: jnp.full(s, self.beta_init, dtype))

    def call(self, inputs: Array) -> Array:
        """The function."""
        return self.alpha * jnp.logaddexp(self.beta * inputs, 0)


class SReLU(Layer):
    """Piecewise linear, all of it trained: slope `a_left` below `t_left`, `a_right` above
    `t_right`.

    Source: Jin et al. 2015, arXiv:1512.07030.
    """

    def build(self, input_shape: tuple) -> None:
        """Make bends and slopes."""
        shape = tuple(input_shape[1:])
        self.t_left = self.add_weight(shape, "zeros", name="t_left")
        self.a_left = self.add_weight(shape, "glorot_uniform", name="a_left")
        self.t_right = self.add_weight(shape, "glorot_uniform", name="t_right")
        self.a_right = self.add_weight(shape, "ones", name="a_right")

    def call(self, inputs: Array) -> Array:
        """The function."""
        t_left = self.t_left.value
        t_right = t_left + jnp.abs(self.t_right.value)
        below = t_left + self.a_left * (inputs - t_left)
        above = t_right + self.a_right * (inputs - t_right)
        middle = jnp.where(inputs < t_right, inputs, above)
        return jnp.where(inputs > t_left, middle, below)


class _LocallyConnected(Layer):
    """Base of convolutions with a kernel of its own for each place."""

    rank: ClassVar[int]
    if TYPE_CHECKING:  # fields of the subclasses
        filters: Any
        kernel_size: Any
        strides: Any
        data_format: Any
        activation: Any
        use_bias: Any

    def build(self, input_shape: tuple) -> None:
        """Make a kernel and a bias for each place."""
        sizes, channels = input_shape[1:-1], input_shape[-1]
        if self.data_format == "channels_first":
            channels, sizes = input_shape[1], input_shape[2:]
        if None in sizes:
            raise UserError(f"{type(self).__name__} '{self.name}': all sizes must be known.")
        places = [
            (size - kernel) // stride + 1
            for size, kernel, stride in zip(sizes, self.kernel_size, self.strides, strict=True)
        ]
        window = channels
        for size in self.kernel_size:
            window *= size
        self.kernel = self.weight("kernel", (*places, window, self.filters))
        if self.use_bias:
            self.bias = self.weight("bias", (*places, self.filters))

    def call(self, inputs: Array) -> Array:
        """Each window times its own kernel."""
        first = self.data_format == "channels_first"
        x = inputs if first else jnp.moveaxis(inputs, -1, 1)
        windows = lax.conv_general_dilated_patches(x, self.kernel_size, self.strides, "VALID")
        windows = jnp.moveaxis(windows, 1, -1)  # (batch, places ..., channels * window)
        y = jnp.einsum("b...w,...wf->b...f", windows, self.kernel.value)
        y = self.activation(y + self.bias if self.use_bias else y)
        return jnp.moveaxis(y, -1, 1) if first else y


class LocallyConnected1D(_LocallyConnected):
    """Conv1D with a kernel of its own for each place.

    Shapes:
        x: (batch, steps, channels) -> (batch, places, filters)

    Args:
        filters, kernel_size, strides, activation, use_bias: As for Conv1D.
        padding: Must be 'valid'.
    """

    rank = 1
    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: str = "valid"
    data_format: DataFormat = None
    activation: AnActivation = None
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    bias_initializer: AnInitializer = "zeros"


class LocallyConnected2D(_LocallyConnected):
    """Conv2D with a kernel of its own for each place.

    Shapes:
        x: (batch, rows, columns, channels) -> (batch, places, places, filters)

    Args:
        filters, kernel_size, strides, activation, use_bias: As for Conv2D.
        padding: Must be 'valid'.
    """

    rank = 2
    filters: Positive
    kernel_size: Sizes
    strides: Sizes = (1, 1)
    padding: str = "valid"
    data_format: DataFormat = None
    activation: AnActivation = None
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    bias_initializer: AnInitializer = "zeros"
