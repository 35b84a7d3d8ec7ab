"""Recurrent layers: a cell that goes along a sequence and remembers."""

import warnings
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.dtype import is_float
from ..core.fields import Positive, Rate, Rule, Seed
from ..core.graph import public_shape
from ..core.messages import UserError, bad_input, who
from ..core.random import SeedGenerator
from ..core.registry import snake_case
from ..core.tensor import leaves, map_leaves
from ..core.variable import Scope, Variable
from ..initializers import AnInitializer
from ..lowering.recurrent import scan_cell
from ..regularizers import ARegularizer
from . import cells
from .cells import ACell, GRUCell, LSTMCell, SimpleRNNCell
from .input_spec import InputSpec
from .layer import Layer

UseCudnn = Annotated[
    Any, Rule("'auto', True or False", lambda v: v in ("auto", True, False), bad=("yes", 2))
]


class _Recurrent(Layer):
    """Base of the recurrent layers."""

    supports_masking = True
    takes_states = True  # in one list with the input
    cell_class: ClassVar[Any] = None  # of the layers that make their own cell

    zero_output_for_mask: bool = False

    # Fields of every subclass.
    return_sequences: ClassVar[bool]
    return_state: ClassVar[bool]
    go_backwards: ClassVar[bool]
    stateful: ClassVar[bool]
    unroll: ClassVar[bool]

    def setup(self) -> None:
        """Make the cell; it takes (batch, time, features), one of the user's may want more axes."""
        if self.cell_class is not None:
            self.cell = self.make_cell(self.cell_class)
        self._axes: dict[str, Any] = {"min_ndim": 3} if isinstance(self, RNN) else {"ndim": 3}
        self.input_spec = InputSpec(**self._axes)
        if getattr(self, "use_cudnn", None) is True:
            warnings.warn(
                f"{who(self)}: use_cudnn=True changes nothing: one compiled loop runs on every "
                "device, and cuDNN's is not among the ways it can run.",
                stacklevel=4,
            )

    def make_cell(self, kind: Any) -> Any:
        """The cell of that kind with this layer's arguments."""
        given = {name: getattr(self, name) for name in kind.fields()}
        name = snake_case(kind.__name__.strip("_"))
        return kind(**given, dtype=self.dtype_policy, trainable=self.trainable, name=name)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell for one step, and with `stateful` make the states for the batch."""
        if isinstance(sequences_shape[0], (list, tuple)):  # with the initial states in one list
            sequences_shape = sequences_shape[0]
        batch, _, *features = sequences_shape
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((batch, *features))
        if self.stateful:
            if batch is None:
                raise bad_input(
                    self,
                    "with a known batch, as it is stateful",
                    sequences_shape,
                    "Write Input(batch_shape=(32, ...)), or Input(..., batch_size=32).",
                )
            self._carried = map_leaves(
                lambda x: Variable(x, trainable=False, name="rnn_state"),
                self.get_initial_state(batch),
            )
        self.input_spec = InputSpec(**self._axes, axes={-1: features[-1]})

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = False,
    ) -> Any:
        """The outputs of the last step or of all steps, and the states if `return_state`."""
        sequences, initial_state = split_states(sequences, initial_state)
        kept = leaves(self._carried) if self.goes_on(sequences) else []
        if initial_state is None:
            batch = sequences.shape[0]
            initial_state = self.states if kept else self.get_initial_state(batch)
        start = self.ready(initial_state)
        mask = leaves(mask)[0]
        options = {
            "mask": None if mask is None else jnp.asarray(mask, bool),
            "go_backwards": self.go_backwards,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
        }
        if cells.runs_over_time(self.cell):
            options["return_sequences"] = self.return_sequences
            output, states = self.cell.over_time(sequences, start, training, **options)
        else:
            output, states = self.step_by_step(sequences, start, training, **options)
            output = output if self.return_sequences else map_leaves(lambda y: y[:, -1], output)
        states = map_leaves(self._cast, states)
        for variable, state in zip(kept, leaves(states), strict=False):
            variable.assign(state)
        output = map_leaves(self._cast, output)
        return (output, *states) if self.return_state else output

    def step_by_step(self, sequences: Array, start: Any, training: Any, **options: Any) -> Any:
        """(outputs, final states) of any cell, called once for each step of one loop.

        Each step reads the same seeds, so a cell's dropout is the same all along a sequence.
        """
        generators = _generators(self.cell)
        known = {id(generator.state) for generator in generators}
        form = jax.tree.structure(start)

        def step(inputs: Array, states: Any) -> Any:
            with Scope() as scope:
                output, new = cells.call_cell(self.cell, inputs, states, training)
            if scope.losses or set(scope.values) - known:
                raise UserError(
                    f"{who(self)}: its cell changes variables or adds losses in its `call`, which "
                    "a loop over time cannot keep. Do that on the output of the whole layer."
                )
            new = jax.tree.leaves(new)
            if len(new) != form.num_leaves:
                raise UserError(
                    f"{who(self)}: its cell's `call` must return (output, states) with "
                    f"{form.num_leaves} states, as its `state_size` says; got {len(new)}."
                )
            pairs = zip(new, jax.tree.leaves(states), strict=True)
            return output, form.unflatten(state.astype(old.dtype) for state, old in pairs)

        result = scan_cell(step, sequences, start, **options)
        for generator in generators if training else ():
            generator.next()
        return result

    def goes_on(self, sequences: Array) -> bool:
        """Whether this call starts from the states that the last one left, and leaves its own; not
        while shapes are inferred for a batch of any size."""
        batch = public_shape(sequences)[0]
        if not self._carried or batch is None:
            return False
        kept = leaves(self._carried)[0].shape[0]
        if batch != kept:
            fix = "A stateful layer keeps one state for each row, so that batches keep their size."
            raise bad_input(self, f"of {kept} rows", public_shape(sequences), fix)
        return True

    def ready(self, states: Any) -> list[Any]:
        """The states before the first step, in the type that the cell computes in."""
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)

        def cast(state: Any) -> Array:
            value = jnp.asarray(getattr(state, "value", state))
            return value.astype(dtype) if is_float(value.dtype) else value

        return map_leaves(cast, cells.listed(states))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the steps, where all steps are given out."""
        return leaves(previous_mask)[0] if self.return_sequences else None

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """The states before the first step of that many sequences."""
        return cells.initial_state(self.cell, batch_size, self.compute_dtype)

    def reset_state(self) -> None:
        """Set the states that a stateful layer kept from the last batch to zeros."""
        for variable in leaves(self._carried):
            variable.assign(jnp.zeros_like(variable.raw))

    reset_states = reset_state  # Keras's former name

    @property
    def states(self) -> list[Any] | None:
        """The Variables in which a stateful layer keeps its states, else None."""
        return self._carried or None

    @property
    def state_size(self) -> list[Any]:
        """The size of each state."""
        return cells.listed(self.cell.state_size)

    def fix_for_input(self, shape: tuple) -> str:
        """What to do about an input of the wrong shape."""
        if len(shape) == 2:
            return (
                "After a recurrent layer: give that one return_sequences=True. For tokens: put "
                "Embedding(...) before it. For one feature per step: x[..., None]."
            )
        return "Its weights were made for that many features."

    def get_config(self) -> dict[str, Any]:
        """The arguments; `use_cudnn` is none that a file should hold."""
        config = super().get_config()
        config.pop("use_cudnn", None)
        return config


def split_states(sequences: Any, initial_state: Any) -> tuple[Any, Any]:
    """The sequences and the initial states, which may come as one list with them."""
    if isinstance(sequences, (list, tuple)):
        sequences, *states = sequences
        return sequences, states or initial_state
    return sequences, initial_state


def _generators(cell: Any) -> list[SeedGenerator]:
    """The seed generators of a cell and of the layers inside it."""
    layers: Callable = getattr(cell, "_flatten_layers", lambda: [])
    return [generator for layer in layers() for generator in layer.held(SeedGenerator)]


class RNN(_Recurrent):
    """Any cell, step by step along a sequence: `output, states = cell(x[t], states)`.

    Shapes:
        sequences: (batch, time, ...) -> (batch, units), or (batch, time, units) with
            return_sequences
        mask: (batch, time); a step where it is False leaves the states as they are

    Args:
        cell: A layer, or any object, with `call(inputs, states)`, which returns (output, states),
            and `state_size`, the size of the state or a list of sizes; or a list of cells.
        return_sequences: Whether the outputs of all steps are given, not just the last's.
        return_state: Whether the final states are given too: (output, *states).
        go_backwards: Whether to go from the last step to the first; outputs come in that order.
        stateful: Whether a batch starts from the final states of the one before it, row by row;
            `reset_state()` sets them to zeros.
        unroll: Whether to write all steps out: faster for a few steps, slower to compile.
        zero_output_for_mask: Whether masked steps give 0; else they repeat the output before.

    Example:
        >>> RNN([LSTMCell(8), LSTMCell(4)], return_sequences=True)(ops.ones((2, 5, 3))).shape
        (2, 5, 4)
    """

    cell: ACell
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False


class SimpleRNN(_Recurrent):
    """`h = activation(x[t] @ kernel + h @ recurrent_kernel + bias)` along a sequence.

    Shapes:
        sequences: (batch, time, features) -> (batch, units), or (batch, time, units) with
            return_sequences
        kernel: (features, units)
        recurrent_kernel: (units, units)
        bias: (units,)
        mask: (batch, time); a step where it is False leaves the state as it is

    Args:
        units: Size of the state and of the output.
        activation: Function or name.
        use_bias: Whether to add `bias`.
        kernel_initializer, recurrent_initializer, ...: How the weights start, their penalties, and
            what they are brought back to after each step of training.
        dropout: In training, probability that a feature of the inputs is dropped, the same ones at
            all steps.
        recurrent_dropout: The same for the state in `h @ recurrent_kernel`.
        seed: An integer makes the dropout repeatable.
        return_sequences, return_state, go_backwards, stateful, unroll: As in RNN.

    Example:
        >>> SimpleRNN(4)(ops.ones((2, 5, 3))).shape
        (2, 4)
    """

    cell_class = SimpleRNNCell

    units: Positive
    activation: AnActivation = "tanh"
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    recurrent_initializer: AnInitializer = "orthogonal"
    bias_initializer: AnInitializer = "zeros"
    kernel_regularizer: ARegularizer = None
    recurrent_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    seed: Seed = None


class LSTM(_Recurrent):
    """Long short-term memory: `c = f * c + i * g` and `h = o * tanh(c)` along a sequence.

    The gates i, f, g, o are sigmoids (g: tanh) of `x[t] @ kernel + h @ recurrent_kernel + bias`.

    Shapes:
        sequences: (batch, time, features) -> (batch, units), or (batch, time, units) with
            return_sequences
        kernel: (features, 4 * units), gates in the order i, f, g, o
        recurrent_kernel: (units, 4 * units)
        bias: (4 * units,)
        mask: (batch, time); a step where it is False leaves the states as they are

    Args:
        units: Size of each state and of the output.
        activation, recurrent_activation: Stand in for tanh and sigmoid.
        use_bias: Whether to add `bias`.
        unit_forget_bias: Whether the bias of the forget gate starts with 1.
        use_cudnn: Changes nothing: one compiled loop runs on every device.
        kernel_initializer, dropout, return_sequences, ...: As in SimpleRNN and RNN.

    Example:
        >>> output, h, c = LSTM(4, return_state=True)(ops.ones((2, 5, 3)))
        >>> output.shape, c.shape
        ((2, 4), (2, 4))

    Source: Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735.
    """

    cell_class = LSTMCell

    units: Positive
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
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    use_cudnn: UseCudnn = "auto"


class GRU(_Recurrent):
    """Gated recurrent unit: `h = z * h + (1 - z) * g` along a sequence.

    With `x` and `h` for their products with the parts of the kernels: `z = sigmoid(x + h)`,
    `r = sigmoid(x + h)`, `g = tanh(x + r * h)`; or, without `reset_after`, `r` multiplies `h`
    before the product.

    Shapes:
        sequences: (batch, time, features) -> (batch, units), or (batch, time, units) with
            return_sequences
        kernel: (features, 3 * units), gates in the order z, r, g
        recurrent_kernel: (units, 3 * units)
        bias: (2, 3 * units), of the inputs and recurrent; without `reset_after` (3 * units,)
        mask: (batch, time); a step where it is False leaves the state as it is

    Args:
        units: Size of the state and of the output.
        activation, recurrent_activation: Stand in for tanh and sigmoid.
        use_bias: Whether to add `bias`.
        reset_after: Whether the reset gate comes after the product with the recurrent kernel.
        use_cudnn: Changes nothing: one compiled loop runs on every device.
        kernel_initializer, dropout, return_sequences, ...: As in SimpleRNN and RNN.

    Example:
        >>> GRU(4, return_sequences=True)(ops.ones((2, 5, 3))).shape
        (2, 5, 4)

    Source: Cho et al. 2014, arXiv:1406.1078 (v1: after, v3: before).
    """

    cell_class = GRUCell

    units: Positive
    activation: AnActivation = "tanh"
    recurrent_activation: AnActivation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    recurrent_initializer: AnInitializer = "orthogonal"
    bias_initializer: AnInitializer = "zeros"
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
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    reset_after: bool = True
    use_cudnn: UseCudnn = "auto"
