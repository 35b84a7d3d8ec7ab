"""Layers of published networks that Keras keeps beside its own: parts added or weighed."""

from typing import Any

from ..core.fields import Number, Positive
from ..initializers import Constant
from .layer import Layer


class LayerScale(Layer):
    """`x * gamma`, one learnt number for each channel, small at first.

    Shapes:
        x: (batch, ..., channels) -> the same
        gamma: (channels,)

    Args:
        init_values: What `gamma` starts as.
        projection_dim: The number of channels.

    Example:
        >>> LayerScale(0.5, 2)(ops.ones((1, 2))).tolist()
        [[0.5, 0.5]]

    Source: Touvron et al. 2021, arXiv:2103.17239; ConvNeXt has it.
    """

    keras_module = "keras.src.applications.convnext"
    init_values: Number
    projection_dim: Positive

    def build(self, _: Any) -> None:
        """Make `gamma`."""
        start = Constant(self.init_values)
        self.gamma = self.add_weight((self.projection_dim,), start, name="gamma")

    def call(self, x: Any) -> Any:
        """The product."""
        return x * self.gamma


class CustomScaleLayer(Layer):
    """`x + scale * y` of a pair (x, y).

    Args:
        scale: How much of the second counts.

    Example:
        >>> CustomScaleLayer(0.5)([ops.ones((1, 2)), ops.ones((1, 2))]).tolist()
        [[1.5, 1.5]]

    Source: Szegedy et al. 2017, arXiv:1602.07261; Inception-ResNet V2 has it.
    """

    keras_module = "keras.src.applications.inception_resnet_v2"
    scale: float

    def call(self, inputs: Any) -> Any:
        """The sum."""
        x, y = inputs
        return x + self.scale * y
