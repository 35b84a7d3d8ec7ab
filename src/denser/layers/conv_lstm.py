"""LSTMs whose products are convolutions, over sequences of images and the like."""

from math import prod
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.fields import Positive, Rate, Seed
from ..core.messages import bad_input
from ..initializers import AnInitializer
from ..lowering.conv import convolve
from ..lowering.dropout import drop
from ..lowering.recurrent import scan_cell
from ..lowering.windows import count, pairs, reach
from ..regularizers import ARegularizer
from .cells import _Cell, listed
from .input_spec import InputSpec
from .rnn import Recurrent, split_states
from .spatial import DataFormat, Padding, Sizes


class _ConvLSTMCell(_Cell):
    """One step: `c = f * c + i * g` and `h = o * tanh(c)`, the gates i, f, g, o being sigmoids (g:
    tanh) of `convolve(x, kernel) + convolve(h, recurrent_kernel) + bias`."""

    gates = 4
    several_states = 2

    filters: Positive
    kernel_size: Any  # the layer's, brought to form there
    strides: Any
    padding: Any
    data_format: Any
    dilation_rate: Any
    activation: AnActivation
    recurrent_activation: AnActivation
    use_bias: bool
    kernel_initializer: AnInitializer
    recurrent_initializer: AnInitializer
    bias_initializer: AnInitializer
    unit_forget_bias: bool
    kernel_regularizer: ARegularizer
    recurrent_regularizer: ARegularizer
    bias_regularizer: ARegularizer
    kernel_constraint: AConstraint
    recurrent_constraint: AConstraint
    bias_constraint: AConstraint
    dropout: Rate
    recurrent_dropout: Rate
    seed: Seed

    units = property(lambda self: self.filters, doc="The number of channels of the states.")

    def build(self, input_shape: tuple) -> None:
        """Make the kernels for the number of channels."""
        channels = input_shape[1 if self.first else -1]
        if channels is None:
            raise bad_input(self, "with a known number of channels", input_shape)
        size = self.gates * self.filters
        self.kernel = self.weight("kernel", (*self.kernel_size, channels, size))
        self.recurrent_kernel = self.weight(
            "recurrent_kernel", (*self.kernel_size, self.filters, size), fields="recurrent"
        )
        self.bias = self.make_bias(size) if self.use_bias else None

    def make_bias(self, size: int) -> Any:
        """The bias, 1 for the forget gate if `unit_forget_bias`."""
        return self.forget_bias(size) if self.unit_forget_bias else super().make_bias(size)

    def over_time(self, inputs: Array, states: Any, training: Any, **options: Any) -> Any:
        """(outputs, final states) of all steps; the inputs of all are convolved before the loop."""
        all_steps = options.pop("return_sequences", True)
        x = jnp.moveaxis(inputs, 2, -1) if self.first else inputs
        states = [jnp.moveaxis(h, 1, -1) if self.first else h for h in listed(states)]
        of_inputs, of_states = self.noise_of(x[:, 0], states[0], training)
        x = x if of_inputs is None else x * of_inputs[:, None]
        ones = (1,) * len(self.kernel_size)

        def step(projected: Array, states: Any) -> Any:
            h, c = states
            h = h if of_states is None else h * of_states
            sums = projected + convolve(h, self.recurrent_kernel.value, ones, "same", ones)
            i, f, g, o = jnp.split(sums, 4, axis=-1)
            i, f, o = map(self.recurrent_activation, (i, f, o))
            c = f * c + i * self.activation(g)
            h = o * self.activation(c)
            return h, [h, c]

        outputs, final = scan_cell(step, self.projected(x), states, **options)
        if not all_steps:
            outputs = final[0] if options.get("mask") is None else outputs[:, -1]
        if self.first:
            outputs = jnp.moveaxis(outputs, -1, 2 if all_steps else 1)
            final = [jnp.moveaxis(h, -1, 1) for h in final]
        return outputs, final

    def projected(self, x: Array) -> Array:
        """(batch, time, *places, gates * filters): every step's input convolved, and the bias."""
        rows = x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
        y = convolve(rows, self.kernel.value, self.strides, self.padding, self.dilation_rate)
        y = y if self.bias is None else y + self.bias.value
        return y.reshape(*x.shape[:2], *y.shape[1:])

    def noise_of(self, x: Array, h: Array, training: Any) -> tuple[Any, Any]:
        """The masks of the dropout of inputs and of states, one each for all steps, or None."""
        if not training or not (self.dropout or self.recurrent_dropout):
            return None, None
        seed = self.seed_generator.next()
        # The second mask's seed is far from those of later calls, which count up by one.
        seeds = (seed, seed + jnp.array([0, 2**31], jnp.uint32))
        rates = (self.dropout, self.recurrent_dropout)
        masks = [
            drop(jnp.ones_like(part), rate, seed) if rate else None
            for part, rate, seed in zip((x, h), rates, seeds, strict=True)
        ]
        return masks[0], masks[1]

    def start(self, step_shape: tuple) -> list[Array]:
        """The states before the first step, for a step's input of that shape: zeros."""
        batch, *sizes = step_shape
        space = sizes[1:] if self.first else sizes[:-1]
        span = reach(self.kernel_size, self.dilation_rate)
        around = pairs(space, span, self.strides, self.padding)
        places = count(space, span, self.strides, around)
        if prod(places) < 1:
            raise bad_input(self, "no smaller in space than the window", step_shape)
        shape = (self.filters, *places) if self.first else (*places, self.filters)
        return [jnp.zeros((batch, *shape), self.compute_dtype)] * 2

    @property
    def first(self) -> bool:
        """Whether the channels stand before the axes of space."""
        return self.data_format == "channels_first"


class _ConvLSTM(Recurrent):
    """Base of the convolutional LSTMs."""

    cell_class = _ConvLSTMCell
    rank: ClassVar[int] = 0
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")

    filters: Positive
    kernel_size: Sizes
    strides: Sizes = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Sizes = 1
    activation: AnActivation = "tanh"
    recurrent_activation: AnActivation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    recurrent_initializer: AnInitializer = "orthogonal"
    bias_initializer: AnInitializer = "zeros"
    unit_forget_bias: bool = True
    kernel_regularizer: ARegularizer = None
    recurrent_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    seed: Seed = None
    return_sequences: bool = False  # type: ignore[assignment]
    return_state: bool = False  # type: ignore[assignment]
    go_backwards: bool = False  # type: ignore[assignment]
    stateful: bool = False  # type: ignore[assignment]
    unroll: bool = False  # type: ignore[assignment]

    def setup(self) -> None:
        """Axes of batch, time, space and channels."""
        super().setup()
        self._axes = {"ndim": self.rank + 3}
        self.input_spec = InputSpec(**self._axes)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell for one step."""
        if isinstance(sequences_shape[0], (list, tuple)):  # with the initial states in one list
            sequences_shape = sequences_shape[0]
        batch, _, *sizes = sequences_shape
        self._step_shape = (batch, *sizes)
        super().build(sequences_shape)
        axis = 2 if self.cell.first else -1
        self.input_spec = InputSpec(**self._axes, axes={axis: sequences_shape[axis]})

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = False,
    ) -> Any:
        """The outputs of the last step or of all steps, and the states if `return_state`."""
        sequences, initial_state = split_states(sequences, initial_state)
        if initial_state is None and not self.goes_on(sequences):
            initial_state = self.cell.start((sequences.shape[0], *sequences.shape[2:]))
        return super().call(sequences, initial_state, mask, training)

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """The states before the first step, for images of the size that the layer was built for."""
        _, *sizes = self._step_shape
        if None in sizes:
            raise bad_input(self, "with known sizes in space, as it is stateful", self._step_shape)
        return self.cell.start((batch_size, *sizes))

    def fix_for_input(self, shape: tuple) -> str:
        """What to do about an input of the wrong shape."""
        if len(shape) == self.rank + 2:
            return "It needs axes of batch, time, space and channels: x[None] or x[..., None]."
        return f"The channels stand where data_format='{self.data_format}' says."


class ConvLSTM1D(_ConvLSTM):
    """LSTM along a sequence of rows, its products convolutions over each row.

    Shapes:
        sequences: (batch, time, steps, channels) -> (batch, new_steps, filters), or
            (batch, time, new_steps, filters) with return_sequences
        kernel: (window, channels, 4 * filters), gates in the order i, f, g, o
        recurrent_kernel: (window, filters, 4 * filters)
        bias: (4 * filters,)
        mask: (batch, time); a step where it is False leaves the states as they are

    Args: as in ConvLSTM2D.

    Example:
        >>> ConvLSTM1D(4, 3)(ops.ones((2, 5, 8, 3))).shape
        (2, 6, 4)
    """

    rank = 1


class ConvLSTM2D(_ConvLSTM):
    """LSTM along a sequence of images, its products convolutions over each image: `c = f * c + i *
    g`, `h = o * tanh(c)`, the gates of `convolve(x[t], kernel) + convolve(h, recurrent_kernel)`.

    Shapes:
        sequences: (batch, time, height, width, channels) -> (batch, new_height, new_width,
            filters), or (batch, time, new_height, new_width, filters) with return_sequences
        kernel: (*kernel_size, channels, 4 * filters), gates in the order i, f, g, o
        recurrent_kernel: (*kernel_size, filters, 4 * filters)
        bias: (4 * filters,)
        mask: (batch, time); a step where it is False leaves the states as they are

    Args:
        filters: Number of channels of the states and of the output.
        kernel_size, strides, padding, dilation_rate: Of the convolution of the inputs, as in
            Conv2D; that of the states keeps their size.
        data_format: 'channels_last', or 'channels_first': (batch, time, channels, height, width).
        activation, recurrent_activation: Stand in for tanh and sigmoid.
        use_bias, unit_forget_bias: Whether there is a bias; whether the forget gate's starts at 1.
        kernel_initializer, recurrent_initializer, ...: How the weights start, their penalties, and
            what they are brought back to after each step of training.
        dropout, recurrent_dropout: In training, probability that an element of the inputs, or of
            the state before its convolution, is dropped, the same ones at all steps.
        seed: An integer makes the dropout repeatable.
        return_sequences, return_state, go_backwards, stateful, unroll: As in RNN.

    Example:
        >>> ConvLSTM2D(4, 3, padding="same")(ops.ones((2, 5, 8, 8, 3))).shape
        (2, 8, 8, 4)

    Source: Shi et al. 2015, arXiv:1506.04214, without the states' part in the gates.
    """

    rank = 2


class ConvLSTM3D(_ConvLSTM):
    """LSTM along a sequence of volumes, its products convolutions over each volume.

    Shapes:
        sequences: (batch, time, depth, height, width, channels) -> (batch, *places, filters), or
            (batch, time, *places, filters) with return_sequences
        kernel: (*kernel_size, channels, 4 * filters), gates in the order i, f, g, o
        recurrent_kernel: (*kernel_size, filters, 4 * filters)
        bias: (4 * filters,)
        mask: (batch, time); a step where it is False leaves the states as they are

    Args: as in ConvLSTM2D.

    Example:
        >>> ConvLSTM3D(2, 2)(ops.ones((1, 3, 4, 4, 4, 1))).shape
        (1, 3, 3, 3, 2)
    """

    rank = 3
