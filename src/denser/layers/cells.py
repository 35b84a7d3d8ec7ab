"""Cells: what a recurrent layer does in one step, and how it does all steps at once."""

import inspect
from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from .. import activations
from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.fields import Positive, Rate, Rule, Seed
from ..core.messages import bad_input
from ..core.random import as_generator
from ..core.registry import family_of, revive
from ..initializers import AnInitializer
from ..lowering import recurrent
from ..lowering.dropout import drop
from ..regularizers import ARegularizer
from .layer import Layer

States = list[Any]


class _Cell(Layer):
    """Base of the cells: a step is a sequence of one."""

    gates: ClassVar[int] = 1
    several_states: ClassVar[int | None] = None  # how many, where there is not just `h`

    # Fields of every subclass.
    units: ClassVar[Any]
    use_bias: ClassVar[bool]
    bias_initializer: ClassVar[Any]
    dropout: ClassVar[float]
    recurrent_dropout: ClassVar[float]
    seed: ClassVar[Any]

    def setup(self) -> None:
        """A source of seeds for the dropout."""
        self.seed_generator = as_generator(self.seed)

    def build(self, input_shape: tuple) -> None:
        """Make the kernels for the number of features."""
        features = input_shape[-1]
        if features is None:
            raise bad_input(self, "with a known number of features", input_shape)
        size = self.gates * self.units
        self.kernel = self.weight("kernel", (features, size))
        self.recurrent_kernel = self.weight(
            "recurrent_kernel", (self.units, size), fields="recurrent"
        )
        self.bias = self.make_bias(size) if self.use_bias else None

    def make_bias(self, size: int) -> Any:
        """The bias of all gates."""
        return self.weight("bias", (size,))

    def forget_bias(self, size: int) -> Any:
        """The bias of the gates i, f, g, o, with 1 for the forget gate."""

        def start(shape: tuple, dtype: Any = None) -> Any:
            i, c_and_o = (self.bias_initializer((n * self.units,), dtype=dtype) for n in (1, 2))
            return np.concatenate([i, np.ones(self.units, i.dtype), c_and_o])

        return self.weight("bias", (size,), initializer=start)

    def call(self, inputs: Array, states: States, training: bool | None = False) -> Any:
        """(output, new states) of one step."""
        output, states = self.over_time(
            inputs[:, None], states, training=training, return_sequences=False
        )
        return output, states

    def over_time(self, inputs: Array, states: States, training: Any, **options: Any) -> Any:
        """(outputs, final states) of all steps of (batch, time, features)."""
        run, given = self.sequence()
        outputs, final = run(
            inputs,
            self.kernel.value,
            self.recurrent_kernel.value,
            None if self.bias is None else self.bias.value,
            initial_state=tuple(listed(states)),
            **given,
            **self.noise(inputs, training),
            **options,
        )
        return outputs, list(final)

    def sequence(self) -> tuple[Any, dict[str, Any]]:
        """The function that runs a whole sequence, and its arguments that this cell sets."""
        raise NotImplementedError(f"{type(self).__name__} must define `sequence`.")

    def noise(self, inputs: Array, training: Any) -> dict[str, Any]:
        """The masks of the dropout, one each for all steps of a sequence."""
        if not training or not (self.dropout or self.recurrent_dropout):
            return {}
        seed = self.seed_generator.next()
        rates, masks = (self.dropout, self.recurrent_dropout), []
        for n, (rate, size) in enumerate(zip(rates, (inputs.shape[-1], self.units), strict=True)):
            ones = jnp.ones((inputs.shape[0], size), inputs.dtype)
            # The second mask's seed is far from those of later calls, which count up by one.
            apart = jnp.array([0, n * 2**31], jnp.uint32)
            masks.append(drop(ones, rate, seed + apart) if rate else None)
        return {"dropout_mask": masks[0], "recurrent_dropout_mask": masks[1]}

    @property
    def state_size(self) -> Any:
        """The size of the state, or of each of them."""
        return [self.units] * self.several_states if self.several_states else self.units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def get_initial_state(self, batch_size: int | None = None) -> States:
        """The states before the first step: zeros."""
        zeros = jnp.zeros((batch_size, self.units), self.compute_dtype)
        return [zeros] * (self.several_states or 1)


def _prepared(function: Any, **given: tuple[Any, Any]) -> tuple[Any, dict[str, Any]]:
    """The function of a sequence, and the activations that are not the usual ones.

    It is compiled for an activation by its identity; one of the user's, which may read weights or
    other changing things, is traced anew each time.
    """
    others = {name: f for name, (f, usual) in given.items() if f is not usual}
    known = all(family_of(f) is not None for f in others.values())
    return (function if known else function.__wrapped__), others


class SimpleRNNCell(_Cell):
    """One step of SimpleRNN: `h = activation(x @ kernel + h @ recurrent_kernel + bias)`.

    Shapes:
        x: (batch, features), states [h] -> (batch, units), [h]
        kernel: (features, units)
        recurrent_kernel: (units, units)
        bias: (units,)

    Args: as in SimpleRNN.

    Example:
        >>> cell = SimpleRNNCell(4)
        >>> cell(ops.ones((2, 3)), cell.get_initial_state(2))[0].shape
        (2, 4)
    """

    units: Positive
    activation: AnActivation = "tanh"
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    recurrent_initializer: AnInitializer = "orthogonal"
    bias_initializer: AnInitializer = "zeros"
    kernel_regularizer: ARegularizer = None
    recurrent_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    seed: Seed = None

    def sequence(self) -> tuple[Any, dict[str, Any]]:
        """See `_Cell`."""
        return _prepared(recurrent.simple_rnn, activation=(self.activation, activations.tanh))


class LSTMCell(_Cell):
    """One step of LSTM: `c = f * c + i * g` and `h = o * tanh(c)`.

    Shapes:
        x: (batch, features), states [h, c] -> (batch, units), [h, c]
        kernel: (features, 4 * units), gates in the order i, f, g, o
        recurrent_kernel: (units, 4 * units)
        bias: (4 * units,)

    Args: as in LSTM.
    """

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
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    seed: Seed = None

    gates = 4
    several_states = 2

    def make_bias(self, size: int) -> Any:
        """The bias, 1 for the forget gate if `unit_forget_bias`."""
        return self.forget_bias(size) if self.unit_forget_bias else super().make_bias(size)

    def sequence(self) -> tuple[Any, dict[str, Any]]:
        """See `_Cell`."""
        return _prepared(
            recurrent.lstm,
            activation=(self.activation, activations.tanh),
            recurrent_activation=(self.recurrent_activation, activations.sigmoid),
        )


class GRUCell(_Cell):
    """One step of GRU: `h = z * h + (1 - z) * g`.

    Shapes:
        x: (batch, features), states [h] -> (batch, units), [h]
        kernel: (features, 3 * units), gates in the order z, r, g
        recurrent_kernel: (units, 3 * units)
        bias: (2, 3 * units), of the inputs and recurrent; without `reset_after` (3 * units,)

    Args: as in GRU.
    """

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
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    reset_after: bool = True
    seed: Seed = None

    gates = 3

    def make_bias(self, size: int) -> Any:
        """The bias of the inputs and, with `reset_after`, the recurrent one."""
        return self.weight("bias", (2, size) if self.reset_after else (size,))

    def sequence(self) -> tuple[Any, dict[str, Any]]:
        """See `_Cell`."""
        run, given = _prepared(
            recurrent.gru,
            activation=(self.activation, activations.tanh),
            recurrent_activation=(self.recurrent_activation, activations.sigmoid),
        )
        return run, {**given, "reset_after": self.reset_after}


def _is_cell(value: Any) -> bool:
    return hasattr(value, "call") and hasattr(value, "state_size")


def _as_cell(value: Any) -> Any:
    """A cell for its config, several stacked for a list of them."""
    value = revive(value)
    return StackedRNNCells(list(value)) if isinstance(value, (list, tuple)) else value


def _as_cells(value: Any) -> Any:
    return [_as_cell(part) for part in value] if isinstance(value, (list, tuple)) else value


_CELL = "an object with `call(inputs, states)` and `state_size`"
ACell = Annotated[
    Any, Rule(f"a cell: {_CELL}, or a list of them", _is_cell, _as_cell, bad=(17, "lstm"))
]
Cells = Annotated[
    list,
    Rule(
        f"a list of cells, each {_CELL}",
        lambda value: isinstance(value, list) and bool(value) and all(map(_is_cell, value)),
        _as_cells,
        bad=(17, [], [3]),
    ),
]


class StackedRNNCells(Layer):
    """Several cells as one: each takes the output of the one before it.

    Shapes:
        x: (batch, features), states, one entry for each cell -> the last cell's output, states

    Args:
        cells: The cells, the first one first.

    Example:
        >>> RNN(StackedRNNCells([LSTMCell(8), GRUCell(4)]))(ops.ones((2, 5, 3))).shape
        (2, 4)
    """

    cells: Cells

    def build(self, input_shape: tuple) -> None:
        """Build each cell for the size of the output before it."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def call(self, inputs: Array, states: States, training: bool | None = False) -> Any:
        """(output, new states) of one step."""
        new_states = []
        for cell, state in zip(self.cells, states, strict=True):
            inputs, new = call_cell(cell, inputs, listed(state), training)
            new = listed(new)
            new_states.append(new if isinstance(state, (list, tuple)) else new[0])
        return inputs, new_states

    def over_time(self, inputs: Array, states: States, training: Any, **options: Any) -> Any:
        """(outputs, final states) of all steps: each cell runs over the whole sequence in turn."""
        if options.pop("go_backwards", False):
            inputs, mask = inputs[:, ::-1], options.get("mask")
            options["mask"] = None if mask is None else mask[:, ::-1]
        *inner, last = zip(self.cells, states, strict=True)
        unmasked = {"zero_output_for_mask": False, "return_sequences": True}
        finals = []
        for cell, state in inner:
            inputs, final = cell.over_time(inputs, state, training, **(options | unmasked))
            finals.append(final)
        cell, state = last
        outputs, final = cell.over_time(inputs, state, training, **options)
        return outputs, [*finals, final]

    @property
    def state_size(self) -> list[Any]:
        """The `state_size` of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """The size of the last cell's output."""
        return output_size(self.cells[-1])

    def get_initial_state(self, batch_size: int | None = None) -> States:
        """The states before the first step, one entry for each cell."""
        return [initial_state(cell, batch_size, self.compute_dtype) for cell in self.cells]


def output_size(cell: Any) -> int:
    """The size of a cell's output: its `output_size`, else that of its first state."""
    size = getattr(cell, "output_size", None)
    return listed(cell.state_size)[0] if size is None else size


def initial_state(cell: Any, batch_size: int | None, dtype: str) -> States:
    """A cell's states before the first step: what it says itself, else zeros."""
    if hasattr(cell, "get_initial_state"):
        return listed(cell.get_initial_state(batch_size=batch_size))
    dtype = getattr(cell, "compute_dtype", dtype)
    return [jnp.zeros((batch_size, *state_shape(size)), dtype) for size in listed(cell.state_size)]


def state_shape(size: Any) -> tuple[int, ...]:
    """The shape of one row's state: one size, or several."""
    return tuple(size) if isinstance(size, (list, tuple)) else (size,)


def call_cell(cell: Any, inputs: Any, states: States, training: Any) -> Any:
    """(output, new states) of one step of any cell."""
    run = cell if callable(cell) else cell.call
    if isinstance(cell, Layer) and "training" in inspect.signature(cell.call).parameters:
        return run(inputs, states, training=training)
    return run(inputs, states)


def runs_over_time(cell: Any) -> bool:
    """Whether a cell is one of ours as it is, so that `over_time` does what its `call` does."""
    if type(cell) is StackedRNNCells:
        return all(map(runs_over_time, cell.cells))
    return isinstance(cell, _Cell) and type(cell).__module__.split(".")[0] == "denser"


def listed(value: Any) -> list[Any]:
    """One state or several as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]
