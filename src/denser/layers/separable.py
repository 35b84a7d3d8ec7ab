"""Convolutions of each channel alone, and those that mix the channels afterwards."""

from jax import Array

from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.fields import Positive
from ..initializers import AnInitializer
from ..lowering.conv import convolve, convolve_depthwise
from ..regularizers import ARegularizer
from .convolution import _Convolution
from .layer import LAYERS
from .spatial import DataFormat, Padding, Sizes


class _DepthwiseConv(_Convolution):
    """Base of the depthwise convolutions."""

    kernel_size: Sizes
    strides: Sizes = 1
    padding: Padding = "valid"
    depth_multiplier: Positive = 1
    data_format: DataFormat = None
    dilation_rate: Sizes = 1
    activation: AnActivation = None
    use_bias: bool = True
    depthwise_initializer: AnInitializer = "glorot_uniform"
    bias_initializer: AnInitializer = "zeros"
    depthwise_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    depthwise_constraint: AConstraint = None
    bias_constraint: AConstraint = None

    def make_kernels(self, channels: int) -> int:
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self.weight("kernel", shape, fields="depthwise")
        return channels * self.depth_multiplier

    def convolved(self, x: Array) -> Array:
        return convolve_depthwise(
            x, self.kernel.value, self.strides, self.padding, self.dilation_rate
        )


class DepthwiseConv1D(_DepthwiseConv):
    """Convolution over time of each channel alone: `y[t, c, m] = activation(sum_i x[t + i, c] *
    kernel[i, c, m] + bias)`.

    Shapes:
        x: (batch, steps, channels) -> (batch, new_steps, channels * depth_multiplier)
        kernel: (window, channels, depth_multiplier)
        bias: (channels * depth_multiplier,)

    Args: as in DepthwiseConv2D.

    Example:
        >>> DepthwiseConv1D(3, depth_multiplier=2)(ops.ones((2, 10, 4))).shape
        (2, 8, 8)
    """

    rank = 1


class DepthwiseConv2D(_DepthwiseConv):
    """Convolution over images of each channel alone: `y[p, c, m] = activation(sum_i x[p + i, c] *
    kernel[i, c, m] + bias)`.

    Shapes:
        x: (batch, height, width, channels) -> (batch, *places, channels * depth_multiplier)
        kernel: (*kernel_size, channels, depth_multiplier)
        bias: (channels * depth_multiplier,)

    Args:
        depth_multiplier: Number of outputs of each channel.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: How the kernel starts,
            its penalty, and what it is brought back to after each step.
        kernel_size, strides, ...: As in Conv2D.

    Example:
        >>> DepthwiseConv2D(3, padding="same")(ops.ones((2, 8, 8, 4))).shape
        (2, 8, 8, 4)
    """

    rank = 2
    strides = dilation_rate = (1, 1)


class _SeparableConv(_Convolution):
    """Base of the separable convolutions."""

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = 1
    depth_multiplier: Positive = 1
    activation: AnActivation = None
    use_bias: bool = True
    depthwise_initializer: AnInitializer = "glorot_uniform"
    pointwise_initializer: AnInitializer = "glorot_uniform"
    bias_initializer: AnInitializer = "zeros"
    depthwise_regularizer: ARegularizer = None
    pointwise_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    depthwise_constraint: AConstraint = None
    pointwise_constraint: AConstraint = None
    bias_constraint: AConstraint = None

    def make_kernels(self, channels: int) -> int:
        ones, between = (1,) * self.rank, channels * self.depth_multiplier
        self.depthwise_kernel = self.weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            fields="depthwise",
        )
        self.pointwise_kernel = self.weight(
            "pointwise_kernel", (*ones, between, self.filters), fields="pointwise"
        )
        return self.filters

    def convolved(self, x: Array) -> Array:
        x = convolve_depthwise(
            x, self.depthwise_kernel.value, self.strides, self.padding, self.dilation_rate
        )
        ones = (1,) * self.rank
        return convolve(x, self.pointwise_kernel.value, ones, "valid", ones)


class SeparableConv1D(_SeparableConv):
    """Convolution over time of each channel alone, then a mix of the channels at each step.

    Shapes:
        x: (batch, steps, channels) -> (batch, new_steps, filters)
        depthwise_kernel: (window, channels, depth_multiplier)
        pointwise_kernel: (1, channels * depth_multiplier, filters)
        bias: (filters,)

    Args: as in SeparableConv2D.

    Example:
        >>> SeparableConv1D(8, 3)(ops.ones((2, 10, 4))).shape
        (2, 8, 8)
    """

    rank = 1


class SeparableConv2D(_SeparableConv):
    """Convolution over images of each channel alone, then a mix of the channels at each place:
    `activation(depthwise(x) @ pointwise_kernel + bias)`.

    Shapes:
        x: (batch, height, width, channels) -> (batch, new_height, new_width, filters)
        depthwise_kernel: (*kernel_size, channels, depth_multiplier)
        pointwise_kernel: (1, 1, channels * depth_multiplier, filters)
        bias: (filters,)

    Args:
        depth_multiplier: Number of outputs of each channel before they are mixed.
        filters, kernel_size, strides, ...: As in Conv2D, with separate initializers, regularizers
            and constraints for the two kernels.

    Example:
        >>> SeparableConv2D(8, 3, padding="same")(ops.ones((2, 6, 6, 4))).shape
        (2, 6, 6, 8)

    Source: Chollet 2016, "Xception", arXiv:1610.02357.
    """

    rank = 2
    strides = dilation_rate = (1, 1)


SeparableConvolution1D = LAYERS.add(SeparableConv1D, "SeparableConvolution1D")
SeparableConvolution2D = LAYERS.add(SeparableConv2D, "SeparableConvolution2D")
