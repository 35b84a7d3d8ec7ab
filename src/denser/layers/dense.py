"""Dense: the affine map of the last axis, and its relatives."""

from typing import Any

from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.fields import Positive
from ..initializers import AnInitializer
from ..lowering.dense import matmul
from ..regularizers import ARegularizer
from .adapters import AConfig, LoraAlpha, LoraRank
from .few_bits import Bits
from .input_spec import InputSpec
from .layer import Layer


class Dense(Layer):
    """Affine map of the last axis: `activation(x @ kernel + bias)`.

    Shapes:
        x: (batch, ..., features) -> (batch, ..., units)
        kernel: (features, units)
        bias: (units,)

    Args:
        units: Size of the output's last axis.
        activation: Function or name; None leaves the sum as it is.
        use_bias: Whether to add `bias`.
        kernel_initializer, bias_initializer: How the weights start.
        kernel_regularizer, bias_regularizer: Penalties on the weights, added to the loss.
        activity_regularizer: Penalty on the output, added to the loss.
        kernel_constraint, bias_constraint: What the weights are brought back to after each step.
        lora_rank, lora_alpha: Freeze the kernel and train a product: see `enable_lora`.
        quantization_config: How the kernel is rounded where `dtype` is of few bits.

    Example:
        >>> Dense(4, "relu")(ops.ones((2, 3))).shape
        (2, 4)
    """

    units: Positive
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
    quantization_config: AConfig = None

    supports_masking = True
    few_bits, with_lora = {"kernel": Bits()}, "kernel"

    def setup(self) -> None:
        """One input axis at least beside the batch."""
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: tuple) -> None:
        """Make the kernel for the size of the last axis."""
        features = input_shape[-1]
        self.kernel = self.weight("kernel", (features, self.units))
        if self.use_bias:
            self.bias = self.weight("bias", (self.units,))
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Any) -> Any:
        """`activation(inputs @ kernel + bias)`."""
        x = matmul(inputs, self.kernel.value)
        return self.activation(x + self.bias.value if self.use_bias else x)

    def fix_for_input(self, shape: tuple) -> str:
        """What to do about an input of the wrong shape."""
        if len(shape) == 1:
            return "Give a batch: x[None] for one sample, x[:, None] for one feature."
        if len(shape) > 2:
            return "Put Flatten() or GlobalAveragePooling2D() before it."
        return "Its weights were made for that size: a model's inputs must keep one shape."
