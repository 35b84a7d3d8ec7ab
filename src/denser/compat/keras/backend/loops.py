"""Loops over steps and elements: rnn, map_fn, folds; and CTC, which sums over paths of steps."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from .... import ops, settings
from ....core.messages import UserError
from ....core.op import op
from ....lowering.recurrent import scan_cell


def rnn(
    step_function: Callable[[Any, list[Any]], tuple[Any, list[Any]]],
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: int | None = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, list[Any]]:
    """Run `output, states = step_function(input, states)` along time.

    Shapes:
        inputs: (batch, time, ...), or (time, batch, ...) with `time_major`
        result: the last output (batch, ...), all outputs (batch, time, ...), the final states

    Args:
        mask: (batch, time): where it is False the states stay, and the output is the one before.
        constants: Tensors that each step gets behind the states.
        input_length: The number of steps, which the inputs' shape tells.
        return_all_outputs: Whether to give all outputs, or the last alone as a sequence of one.
    """
    last, outputs, states = _rnn(
        step_function, inputs, list(initial_states), mask, list(constants or []), go_backwards,
        bool(unroll), time_major, zero_output_for_mask,
    )  # fmt: skip
    if not return_all_outputs:
        outputs = ops.expand_dims(last, 0 if time_major else 1)
    return last, outputs, list(states)


@op
def _rnn(
    step: Callable[..., Any], inputs: Array, states: list[Array] | Any, mask: Array | None,
    constants: Any, go_backwards: bool, unroll: bool, time_major: bool, zeros: bool,
) -> Any:  # fmt: skip
    states = [jnp.asarray(state) for state in states]
    if time_major:
        inputs = jnp.swapaxes(inputs, 0, 1)
    if mask is not None:
        mask = mask.astype(bool)
        mask = mask[..., 0] if mask.ndim == 3 else mask

    def advance(x: Array, present: list[Array]) -> Any:
        output, new = step(x, [*present, *constants])
        return output, list(new)

    outputs, states = scan_cell(
        advance, inputs, states, mask=mask, go_backwards=go_backwards, unroll=unroll,
        zero_output_for_mask=zeros,
    )  # fmt: skip
    last = outputs[:, -1]
    return last, jnp.swapaxes(outputs, 0, 1) if time_major else outputs, states


@op
def map_fn(fn: Callable[[Any], Any], elems: Array, name: Any = None, dtype: Any = None) -> Array:
    """`fn` of each row of `elems`, stacked."""
    found = jax.lax.map(fn, elems)
    return found if dtype is None else jax.tree.map(lambda x: x.astype(dtype), found)


def foldl(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: Any = None
) -> Any:
    """`fn(fn(fn(initializer, row 0), row 1), ...)`; without an initializer from row 0 on."""
    return _fold(fn, elems, initializer, False)


def foldr(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: Any = None
) -> Any:
    """`foldl` from the last row to the first."""
    return _fold(fn, elems, initializer, True)


@op
def _fold(fn: Callable[..., Any], elems: Array, first: Array | None, backwards: bool) -> Array:
    rows = elems[::-1] if backwards else elems
    if first is None:
        first, rows = rows[0], rows[1:]
    first = jnp.asarray(first)

    def step(sum_so_far: Array, row: Array) -> tuple[Array, None]:
        return jnp.asarray(fn(sum_so_far, row)).astype(sum_so_far.dtype), None

    shape = jax.eval_shape(fn, first, rows[0])
    start = jnp.asarray(first, shape.dtype)
    return jax.lax.scan(step, jnp.broadcast_to(start, shape.shape), rows)[0]


@op
def ctc_batch_cost(y_true: Array, y_pred: Array, input_length: Array, label_length: Array) -> Array:
    """`-log(P(y_true | y_pred))` in nats, summed over all ways to spread the labels over the steps.

    Shapes:
        y_true: (batch, labels), class numbers
        y_pred: (batch, time, classes), probabilities; the last class stands for a blank
        input_length, label_length: (batch, 1)
        result: (batch, 1)
    """
    scores = jnp.log(y_pred + settings.epsilon())
    blank = y_pred.shape[-1] - 1
    sizes = label_length.reshape(-1), input_length.reshape(-1)
    return ops.ctc_loss(y_true, scores, *sizes, mask_index=blank)[:, None]


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Any], Any]:
    """The likeliest label sequences for probabilities over time, filled up with -1.

    Shapes:
        y_pred: (batch, time, classes), the last of which stands for a blank
        input_length: (batch,)
        result: a list of (batch, time) for each path, and (batch, paths)
    """
    shape: Any = ops.shape(y_pred)
    if len(shape) != 3:
        raise UserError(f"ctc_decode: `y_pred` must be (batch, time, classes); got {shape}.")
    scores = ops.log(y_pred + settings.epsilon())
    paths, likely = ops.ctc_decode(
        scores, input_length, "greedy" if greedy else "beam_search", beam_width,
        1 if greedy else top_paths, True, shape[-1] - 1,
    )  # fmt: skip
    return [paths[number] for number in range(1 if greedy else top_paths)], likely
