"""Wrappers: layers that call another layer in a way of their own."""

import inspect
from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array

from ..core.custom import custom_object_scope
from ..core.fields import Rule, one_of
from ..core.messages import bad_argument, bad_input
from ..core.registry import revive
from ..core.tensor import leaves, map_leaves
from ..core.variable import rows_repeated
from .input_spec import InputSpec
from .layer import Layer
from .rnn import split_states

ALayer = Annotated[
    Any, Rule("a layer", lambda v: isinstance(v, Layer), revive, bad=("dense", 17, Layer))
]
MergeMode = Annotated[str | None, one_of("concat", "sum", "ave", "mul", None)]


class _Wrapper(Layer):
    """Base of wrappers."""

    layer: ALayer

    supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Build the inner layer."""
        if not self.layer.built:
            self.layer.build(input_shape)


class Wrapper(_Wrapper):
    """Base for wrappers of your own: a subclass defines `call`, which uses `self.layer`.

    Args:
        layer: The inner layer; its weights are this layer's.

    Example:
        >>> class Twice(Wrapper):
        ...     def call(self, x):
        ...         return self.layer(self.layer(x))
        >>> Twice(Dense(3))(ops.ones((2, 3))).shape
        (2, 3)
    """

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the inner layer gives."""
        return self.layer(*args, **kwargs)


class TimeDistributed(_Wrapper):
    """A layer applied to each step by itself: `y[:, t] = layer(x[:, t])`.

    All steps of the batch go through the layer as one larger batch. BatchNormalization so takes
    its moments over all steps together.

    Shapes:
        x: (batch, time, ...) -> (batch, time, ...)
        mask: (batch, time)

    Args:
        layer: Any layer.

    Example:
        >>> TimeDistributed(Dense(4))(ops.ones((2, 5, 3))).shape
        (2, 5, 4)
    """

    def setup(self) -> None:
        """Axes of batch, time and at least one more."""
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: tuple) -> None:
        """Build the inner layer for one step."""
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Array, training: bool | None = None, mask: Any = None) -> Any:
        """The layer's outputs for all steps."""
        batch, time = inputs.shape[:2]
        given = {}
        if mask is not None:
            if mask.shape[:2] != (batch, time):
                raise bad_input(self, f"mask of {batch} rows and {time} steps", mask.shape)
            if "mask" in inspect.signature(self.layer.call).parameters:
                given["mask"] = mask.reshape(batch * time, *mask.shape[2:])
        with rows_repeated(time):
            outputs = self.layer(inputs.reshape(batch * time, *inputs.shape[2:]), **given)
        return map_leaves(lambda y: self._cast(y).reshape(batch, time, *y.shape[1:]), outputs)

    def fix_for_input(self, shape: tuple) -> str:
        """What to do about an input of the wrong shape."""
        return "It needs an axis of steps: use the inner layer by itself, or give x[:, None]."


class Bidirectional(Layer):
    """Two copies of a recurrent layer, one along the sequence and one against it.

    Shapes:
        sequences: (batch, time, features) -> (batch, 2 * units), or (batch, time, 2 * units) with
            the layer's return_sequences; units in place of 2 * units but for 'concat'
        mask: (batch, time)

    Args:
        layer: A recurrent layer; copies of it are used, so that its own weights are not.
        merge_mode: How the two outputs become one: 'concat', 'sum', 'ave' (mean), 'mul'; None gives
            both.
        backward_layer: A layer to go against the sequence, with go_backwards=True; None copies
            `layer`.

    Example:
        >>> Bidirectional(LSTM(4))(ops.ones((2, 5, 3))).shape
        (2, 8)

    Source: Schuster & Paliwal 1997, doi:10.1109/78.650093.
    """

    layer: ALayer  # type: ignore[no-redef]  # read and set by the property below
    merge_mode: MergeMode = "concat"
    backward_layer: ALayer = None

    supports_masking = True
    takes_states = True  # in one list with the input

    def setup(self) -> None:
        """Make the layer for the way back, and see that the two fit."""
        forward = self.forward_layer
        if self.backward_layer is None:
            name = f"backward_{forward.name.removeprefix('forward_')}"
            self.backward_layer = _copy(forward, name=name, go_backwards=True)
        backward = self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            fix = "Leave `backward_layer` out, or give it go_backwards=True."
            raise bad_argument(
                self, "backward_layer", "a layer that goes the other way", backward, fix
            )
        for option in ("stateful", "return_sequences", "return_state"):
            value = getattr(forward, option)
            if getattr(backward, option) != value:
                expected = f"a layer with {option}={value}, as `layer` has"
                raise bad_argument(self, "backward_layer", expected, backward)
        self.stateful = forward.stateful
        self.return_sequences, self.return_state = forward.return_sequences, forward.return_state
        for layer in (forward, backward):
            # Where all steps are given out, masked ones must not repeat what is before them.
            layer.zero_output_for_mask = forward.return_sequences
        self.input_spec = forward.input_spec

    @property
    def layer(self) -> Any:
        """The layer that goes along the sequence: a copy of the one that was given."""
        return self.forward_layer

    @layer.setter
    def layer(self, layer: Any) -> None:
        if not hasattr(layer, "go_backwards"):
            raise bad_argument(self, "layer", "a recurrent layer, as LSTM(32)", layer)
        name = f"forward_{layer.name.removeprefix('forward_')}"
        self.forward_layer = _copy(layer, name=name)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = None,
    ) -> Any:
        """The merged outputs, and the states of both layers if they return them."""
        sequences, initial_state = split_states(sequences, initial_state)
        mask = leaves(mask)[0]
        half = len(initial_state or ()) // 2
        starts = (initial_state[:half], initial_state[half:]) if half else (None, None)
        pairs = zip((self.forward_layer, self.backward_layer), starts, strict=True)
        results = [
            layer(sequences, initial_state=start, mask=mask, training=training)
            for layer, start in pairs
        ]
        states: list[Any] = []
        if self.return_state:
            states = [state for _, *own in results for state in own]
            results = [output for output, *_ in results]
        there, back = map(self._cast, results)
        merged = self.merged(there, back[:, ::-1] if self.return_sequences else back)
        if not states:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def merged(self, there: Array, back: Array) -> Any:
        """The outputs of both layers as `merge_mode` says."""
        match self.merge_mode:
            case "concat":
                return jnp.concatenate([there, back], -1)
            case "sum":
                return there + back
            case "ave":
                return (there + back) / 2
            case "mul":
                return there * back
        return there, back

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the steps, where all steps are given out."""
        mask = leaves(previous_mask)[0] if self.return_sequences else None
        return (mask, mask) if self.merge_mode is None else mask

    def reset_state(self) -> None:
        """Set the states that stateful layers kept from the last batch to zeros."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state  # Keras's former name


def _copy(layer: Layer, **changes: Any) -> Any:
    """A new layer with the same arguments but for the changes."""
    inside = {type(part).__name__: type(part) for part in layer._flatten_layers()}
    with custom_object_scope(inside):  # a cell's class need not be registered for this
        return type(layer).from_config(layer.get_config() | changes)
