"""Convolutions, plain and transposed, over 1, 2 or 3 axes of space."""

from typing import Annotated, Any, ClassVar

from jax import Array

from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.dtype import is_float
from ..core.fields import PerClass, Positive, whole_numbers
from ..core.messages import bad_argument, bad_input
from ..initializers import AnInitializer
from ..lowering.conv import convolve, convolve_transpose, transpose_padding
from ..lowering.windows import reach
from ..regularizers import ARegularizer
from .adapters import LoraAlpha, LoraRank
from .input_spec import InputSpec
from .layer import LAYERS
from .spatial import DataFormat, Padding, Sizes, _Spatial

OutputPadding = Annotated[Any, PerClass(lambda cls: whole_numbers(cls.rank, least=0))]


class _Convolution(_Spatial):
    """Base of all convolutions: `activation(convolved(x) + bias)`."""

    # Fields of every subclass.
    kernel_size: ClassVar[tuple[int, ...]]
    dilation_rate: ClassVar[tuple[int, ...]]
    padding: ClassVar[str]
    activation: ClassVar[Any]
    use_bias: ClassVar[bool]

    def build(self, input_shape: tuple) -> None:
        """Make the kernels for the number of channels."""
        channels = input_shape[self.channel_axis]
        if channels is None:
            raise bad_input(self, "with a known number of channels", input_shape)
        filters = self.make_kernels(channels)
        if self.use_bias:
            self.bias = self.weight("bias", (filters,))
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})

    def make_kernels(self, channels: int) -> int:
        """Make the weights but the bias; the number of output channels."""
        raise NotImplementedError(f"{type(self).__name__} must define `make_kernels`.")

    def over_space(self, x: Array) -> Array:
        """`activation(convolved(x) + bias)`."""
        x = self.convolved(x if is_float(x.dtype) else x.astype(self.compute_dtype))
        return self.activation(x + self.bias.value if self.use_bias else x)

    def convolved(self, x: Array) -> Array:
        """The sums of products, without the bias."""
        raise NotImplementedError(f"{type(self).__name__} must define `convolved`.")

    def least_space(self) -> tuple[int, ...]:
        """The window's reach, where nothing is padded."""
        if self.padding != "valid":
            return super().least_space()
        return reach(self.kernel_size, self.dilation_rate)

    def fix_for_space(self) -> str:
        """What to do about an input that is smaller than the window."""
        return "Use padding='same', a smaller `kernel_size`, or fewer poolings before it."


class _Conv(_Convolution):
    """Base of the plain convolutions."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = 1
    groups: Positive = 1
    activation: AnActivation = None
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    bias_initializer: AnInitializer = "zeros"
    kernel_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    lora_rank: LoraRank = None
    lora_alpha: LoraAlpha = None

    with_lora = "kernel"

    def setup(self) -> None:
        """Each group makes the same number of filters."""
        super().setup()
        if self.filters % self.groups:
            expected = f"divisible by `groups`, which is {self.groups}"
            raise bad_argument(self, "filters", expected, self.filters)

    def make_kernels(self, channels: int) -> int:
        if channels % self.groups:
            expected = f"divisors of the {channels} channels of the input"
            raise bad_argument(self, "groups", expected, self.groups)
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self.weight("kernel", shape)
        return self.filters

    def convolved(self, x: Array) -> Array:
        padding: Any = self.padding
        if padding == "causal":
            padding = tuple((n - 1, 0) for n in reach(self.kernel_size, self.dilation_rate))
        return convolve(
            x, self.kernel.value, self.strides, padding, self.dilation_rate, self.groups
        )


class Conv1D(_Conv):
    """Convolution over time: `y[t] = activation(sum_i x[t * stride + i * dilation] @ kernel[i] +
    bias)`.

    Shapes:
        x: (batch, steps, channels) -> (batch, new_steps, filters)
        kernel: (window, channels / groups, filters)
        bias: (filters,)

    Args:
        padding: 'causal' pads the past only, so that no output depends on later inputs; the
            others, and all other arguments, as in Conv2D.

    Example:
        >>> Conv1D(8, 3, padding="causal")(ops.ones((2, 10, 4))).shape
        (2, 10, 8)

    Source: 'causal' as in WaveNet, van den Oord et al. 2016, arXiv:1609.03499.
    """

    rank = 1
    paddings: ClassVar = ("valid", "same", "causal")


class Conv2D(_Conv):
    """Convolution over images: `y[p] = activation(sum_i x[p * strides + i * dilation] @ kernel[i]
    + bias)`, `i` over the window.

    Shapes:
        x: (batch, height, width, channels) -> (batch, new_height, new_width, filters)
        kernel: (*kernel_size, channels / groups, filters)
        bias: (filters,)

    Args:
        filters: Number of output channels.
        kernel_size: Size of the window, one number for each axis or one for all.
        strides: Steps between windows.
        padding: 'valid': windows inside the input; 'same': zeros around it, so that the output
            has the input's size divided by the strides, rounded up.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        dilation_rate: Steps between the elements of a window.
        groups: Parts of the channels that are convolved each with its own part of the filters.
        activation: Function or name; None leaves the sum as it is.
        use_bias: Whether to add `bias`.
        kernel_initializer, bias_initializer: How the weights start.
        kernel_regularizer, bias_regularizer: Penalties on the weights, added to the loss.
        activity_regularizer: Penalty on the output, added to the loss.
        kernel_constraint, bias_constraint: What the weights are brought back to after each step.
        lora_rank, lora_alpha: Freeze the kernel and train a product: see `enable_lora`.

    Example:
        >>> Conv2D(32, 3, activation="relu")(ops.ones((2, 28, 28, 1))).shape
        (2, 26, 26, 32)
    """

    rank = 2
    strides = dilation_rate = (1, 1)


class Conv3D(_Conv):
    """Convolution over volumes: `y[p] = activation(sum_i x[p * strides + i * dilation] @ kernel[i]
    + bias)`, `i` over the window.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, *places, filters)
        kernel: (*kernel_size, channels / groups, filters)
        bias: (filters,)

    Args: as in Conv2D.

    Example:
        >>> Conv3D(4, 3, padding="same")(ops.ones((1, 4, 6, 6, 2))).shape
        (1, 4, 6, 6, 4)
    """

    rank = 3
    strides = dilation_rate = (1, 1, 1)


class _ConvTranspose(_Convolution):
    """Base of the transposed convolutions."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: Padding = "valid"
    output_padding: OutputPadding = None
    data_format: DataFormat = None
    dilation_rate: Sizes = 1
    activation: AnActivation = None
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    bias_initializer: AnInitializer = "zeros"
    kernel_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    bias_constraint: AConstraint = None

    def setup(self) -> None:
        """What may not be combined."""
        super().setup()
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise bad_argument(
                self, "dilation_rate", "1 where `strides` are more than 1", self.dilation_rate
            )
        if self.output_padding and any(
            extra >= stride for extra, stride in zip(self.output_padding, self.strides, strict=True)
        ):
            expected = f"less than `strides`, {self.strides}"
            raise bad_argument(self, "output_padding", expected, self.output_padding)

    def make_kernels(self, channels: int) -> int:
        self.kernel = self.weight("kernel", (*self.kernel_size, self.filters, channels))
        return self.filters

    def convolved(self, x: Array) -> Array:
        padding = transpose_padding(
            self.kernel_size, self.strides, self.padding, self.output_padding, self.dilation_rate
        )
        return convolve_transpose(x, self.kernel.value, self.strides, padding, self.dilation_rate)

    def least_space(self) -> tuple[int, ...]:
        """One element makes a whole window."""
        return (1,) * self.rank


class Conv1DTranspose(_ConvTranspose):
    """Transposed convolution over time: each step adds `x[t] @ kernel` to a window of the output.

    Shapes:
        x: (batch, steps, channels) -> (batch, new_steps, filters)
        kernel: (window, filters, channels)
        bias: (filters,)

    Args: as in Conv2DTranspose.

    Example:
        >>> Conv1DTranspose(8, 3, strides=2, padding="same")(ops.ones((2, 10, 4))).shape
        (2, 20, 8)
    """

    rank = 1


class Conv2DTranspose(_ConvTranspose):
    """Transposed convolution over images: each place adds `x[p] @ kernel` to a window of the
    output, windows `strides` apart; the gradient of Conv2D with respect to its input.

    Shapes:
        x: (batch, height, width, channels) -> (batch, new_height, new_width, filters)
        kernel: (*kernel_size, filters, channels)
        bias: (filters,)

    Args:
        padding: 'valid' keeps all windows whole; 'same' makes the size `size * stride`.
        output_padding: How much is added at the end of each axis, less than the stride; None:
            what gives the sizes above.
        filters, kernel_size, strides, ...: As in Conv2D.

    Example:
        >>> Conv2DTranspose(8, 3, strides=2, padding="same")(ops.ones((2, 7, 7, 16))).shape
        (2, 14, 14, 8)

    Source: Zeiler et al. 2010, "Deconvolutional networks", doi:10.1109/CVPR.2010.5539957.
    """

    rank = 2
    strides = dilation_rate = (1, 1)


class Conv3DTranspose(_ConvTranspose):
    """Transposed convolution over volumes: each place adds `x[p] @ kernel` to a window of the
    output.

    Shapes:
        x: (batch, depth, height, width, channels) -> (batch, *places, filters)
        kernel: (*kernel_size, filters, channels)
        bias: (filters,)

    Args: as in Conv2DTranspose.

    Example:
        >>> Conv3DTranspose(2, 2, strides=2)(ops.ones((1, 2, 3, 3, 4))).shape
        (1, 4, 6, 6, 2)
    """

    rank = 3
    # Keras has these in another order than in its 1D and 2D layers; positions must not change.
    filters: Positive
    kernel_size: Sizes
    strides: Sizes = (1, 1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None
    output_padding: OutputPadding = None
    dilation_rate: Sizes = (1, 1, 1)


Convolution1D = LAYERS.add(Conv1D, "Convolution1D")
Convolution2D = LAYERS.add(Conv2D, "Convolution2D")
Convolution3D = LAYERS.add(Conv3D, "Convolution3D")
Convolution1DTranspose = LAYERS.add(Conv1DTranspose, "Convolution1DTranspose")
Convolution2DTranspose = LAYERS.add(Conv2DTranspose, "Convolution2DTranspose")
Convolution3DTranspose = LAYERS.add(Conv3DTranspose, "Convolution3DTranspose")
