"""RNN, and the base of its relatives: a cell that goes along a sequence and remembers."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ..core.dtype import is_float
from ..core.graph import public_shape
from ..core.messages import UserError, bad_input, who
from ..core.random import SeedGenerator
from ..core.registry import snake_case
from ..core.tensor import leaves, map_leaves
from ..core.variable import Scope, Variable
from ..lowering.recurrent import scan_cell
from . import cells
from .cells import ACell
from .input_spec import InputSpec
from .layer import Layer
from .operation import shape_of


class Recurrent(Layer):
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
        nested = self.takes_nested(sequences_shape)
        if not nested and isinstance(sequences_shape[0], (list, tuple)):
            sequences_shape = sequences_shape[0]  # with the initial states in one list
        shapes = _shapes(sequences_shape)
        batch = shapes[0][0]
        if isinstance(self.cell, Layer) and not self.cell.built:
            step = _map_shapes(lambda shape: (shape[0], *shape[2:]), sequences_shape)
            self._build_cell(step, batch)
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
        specs = [InputSpec(**self._axes, axes={-1: shape[-1]}) for shape in shapes]
        self.input_spec = specs if nested else specs[0]

    def _build_cell(self, step_shape: Any, batch: int | None) -> None:
        """Build the cell; one that leaves its inner layers to the first call, by a call."""
        cell = self.cell
        if type(cell).build is not Layer.build or not cell.sublayers:
            return cell.build(step_shape)
        inputs, states = list(inspect.signature(cell.call).parameters)[:2]
        sizes = [(batch, *cells.state_shape(size)) for size in self.state_size]
        cell.built = True
        cell._build_by_call({f"{inputs}_shape": step_shape, f"{states}_shape": sizes})

    def takes_nested(self, shapes: Any) -> bool:
        """Whether these are the shapes of several sequences that a cell of the user's reads at
        once, and not of one and its initial states, which also come together."""
        if not isinstance(self, RNN) or cells.runs_over_time(self.cell):
            return False
        if isinstance(shapes, dict):
            return True
        if not any(isinstance(part, (list, tuple, dict)) for part in shapes):
            return False
        axes = [len(cells.state_shape(size)) + 1 for size in self.state_size]
        return list(map(len, shapes[1:])) not in ([], axes)

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = False,
    ) -> Any:
        """The outputs of the last step or of all steps, and the states if `return_state`."""
        if not self.takes_nested(shape_of(sequences)):
            sequences, initial_state = split_states(sequences, initial_state)
        first = leaves(sequences)[0]
        kept = leaves(self._carried) if self.goes_on(first) else []
        if initial_state is None:
            batch = first.shape[0]
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


def _map_shapes(function: Callable[[tuple], Any], shapes: Any) -> Any:
    """`function` of every shape in nested ones."""
    if isinstance(shapes, dict):
        return {key: _map_shapes(function, part) for key, part in shapes.items()}
    if any(isinstance(part, (list, tuple)) for part in shapes):
        return tuple(_map_shapes(function, part) for part in shapes)
    return function(tuple(shapes))


def _shapes(nested: Any) -> list[tuple]:
    """The shapes in nested ones."""
    found: list[tuple] = []
    _map_shapes(found.append, nested)
    return found


def _generators(cell: Any) -> list[SeedGenerator]:
    """The seed generators of a cell and of the layers inside it."""
    layers: Callable = getattr(cell, "_flatten_layers", lambda: [])
    return [generator for layer in layers() for generator in layer.held(SeedGenerator)]


class RNN(Recurrent):
    """Any cell, step by step along a sequence: `output, states = cell(x[t], states)`.

    Shapes:
        sequences: (batch, time, ...) -> (batch, units), or (batch, time, units) with
            return_sequences; a tuple, list or dict of several, where the cell reads several
        mask: (batch, time); a step where it is False leaves the states as they are

    Args:
        cell: A layer, or any object, with `call(inputs, states)`, which returns (output, states),
            and `state_size`, the size of the state or its shape, or a list of them; or a list of
            cells. Its outputs may be nested.
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
