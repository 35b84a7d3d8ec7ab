"""Recurrent layers over whole sequences, and the loop of any cell.

The products with the inputs of all steps are one matrix product before the loop. With the usual
activations the gradient is a loop too, which carries the gradients of the states only; that of
the recurrent kernel is one product after it.
"""

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypedDict, Unpack

import jax
import jax.numpy as jnp
from jax import Array, lax

from . import cells, choose, dense
from .cells import Activation

States = tuple[Array, ...]


class Options(TypedDict, total=False):
    """What `simple_rnn`, `lstm` and `gru` all take by name.

    Args:
        initial_state: The states before the first step; zeros when absent.
        mask: (batch, time) booleans. A step where it is False leaves the states as they are
            and gives `h` again.
        dropout_mask: (batch, features), multiplies the inputs of every step. No gradient.
        recurrent_dropout_mask: (batch, units), multiplies `h` in the recurrent products.
        go_backwards: From the last step to the first; outputs come in that order.
        unroll: Write every step out, instead of a loop.
        zero_output_for_mask: Let masked steps give 0.
        return_sequences: Outputs of all steps (batch, time, units), else the last's.
    """

    initial_state: States | None
    mask: Array | None
    dropout_mask: Array | None
    recurrent_dropout_mask: Array | None
    go_backwards: bool
    unroll: bool
    zero_output_for_mask: bool
    return_sequences: bool


# Outside of jit a scan is traced and compiled at every call: so each sequence is one program.
_program = partial(
    jax.jit,
    static_argnames=(
        "activation",
        "recurrent_activation",
        "reset_after",
        "go_backwards",
        "unroll",
        "zero_output_for_mask",
        "return_sequences",
    ),
)


@_program
def simple_rnn(
    inputs: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    activation: Activation | None = None,
    **options: Unpack[Options],
) -> tuple[Array, States]:
    """`h = tanh(x @ kernel + h @ recurrent_kernel + bias)`, step by step.

    Shapes:
        inputs: (batch, time, features) -> outputs (batch, time, units), states (h,)
        kernel: (features, units)
        recurrent_kernel: (units, units)
        bias: (units,)

    Args:
        activation: Stands in for tanh, with autodiff's gradient.
        options: See `Options`.
    """
    cell = cells.simple_rnn(activation)
    return _run(cell, inputs, kernel, bias, recurrent_kernel, None, **options)


@_program
def lstm(
    inputs: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    activation: Activation | None = None,
    recurrent_activation: Activation | None = None,
    **options: Unpack[Options],
) -> tuple[Array, States]:
    """`c = f * c + i * g` and `h = o * tanh(c)`, step by step.

    The gates i, f, g, o are sigmoids (g: tanh) of `x @ kernel + h @ recurrent_kernel + bias`.

    Shapes:
        inputs: (batch, time, features) -> outputs (batch, time, units), states (h, c)
        kernel: (features, 4 * units)
        recurrent_kernel: (units, 4 * units)
        bias: (4 * units,)

    Args:
        activation, recurrent_activation: Stand in for tanh and sigmoid, with autodiff's gradient.
        options: See `Options`.

    Source: Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735.
    """
    cell = cells.lstm(activation, recurrent_activation)
    return _run(cell, inputs, kernel, bias, recurrent_kernel, None, **options)


@_program
def gru(
    inputs: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    activation: Activation | None = None,
    recurrent_activation: Activation | None = None,
    reset_after: bool = True,
    **options: Unpack[Options],
) -> tuple[Array, States]:
    """`h = z * h + (1 - z) * g`, step by step.

    With `x` and `h` for their products with the parts of the kernels: `z = sigmoid(x + h)`,
    `r = sigmoid(x + h)`, `g = tanh(x + r * h)`; or, without `reset_after`, `r` multiplies `h`
    before the product (and the gradient is autodiff's).

    Shapes:
        inputs: (batch, time, features) -> outputs (batch, time, units), states (h,)
        kernel: (features, 3 * units)
        recurrent_kernel: (units, 3 * units)
        bias: (2, 3 * units), of the inputs and recurrent; without `reset_after` (3 * units,)

    Args:
        activation, recurrent_activation: Stand in for tanh and sigmoid, with autodiff's gradient.
        reset_after: Whether the reset gate comes after the product with the recurrent kernel.
        options: See `Options`.

    Source: Cho et al. 2014, arXiv:1406.1078 (v1: after, v3: before).
    """
    if reset_after:
        cell = cells.gru(activation, recurrent_activation)
        input_bias, recurrent_bias = (None, None) if bias is None else bias
    else:
        zr, last = jnp.split(recurrent_kernel, [2 * recurrent_kernel.shape[0]], axis=-1)
        noise = options.get("recurrent_dropout_mask")
        cell = cells.gru_before(last, noise, activation, recurrent_activation)
        recurrent_kernel, input_bias, recurrent_bias = zr, bias, None
    return _run(cell, inputs, kernel, input_bias, recurrent_kernel, recurrent_bias, **options)


def scan_cell(
    step: Callable[[Any, Any], tuple[Any, Any]],
    inputs: Any,
    states: Any,
    mask: Array | None = None,
    go_backwards: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
    first_output: Any = None,
) -> tuple[Any, Any]:
    """Run `outputs, states = step(inputs, states)` along axis 1: all outputs, final states.

    Inputs, states and outputs may be trees of arrays. The other arguments are as in `Options`;
    a masked step gives the output before it, and at first `first_output`, which None makes 0.

    Shapes:
        inputs: (batch, time, ...), each step's (batch, ...) -> (batch, time, ...)
        states: (batch, ...)
        mask: (batch, time)
    """
    inputs = jax.tree.map(lambda x: _by_time(x, go_backwards), inputs)
    keeps = None if mask is None else _by_time(mask, go_backwards)
    last = first_output
    if mask is not None and (last is None or zero_output_for_mask):
        last = _no_output(step, inputs, states)

    def advance(carry, given):
        states, last = carry
        x, keep = given
        new_output, new_states = step(x, states)
        output = _where(keep, new_output, last)
        last = last if keep is None or zero_output_for_mask else output
        return (_where(keep, new_states, states), last), output

    (states, _), outputs = lax.scan(advance, (states, last), (inputs, keeps), unroll=unroll)
    return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), outputs), states


class _Sequence(NamedTuple):
    """What the loop over a sequence needs besides the states; a tuple has an entry for a block."""

    projected: tuple[Array, ...]  # (time, batch, gates * units)
    kernels: tuple[Array, ...]  # (units, gates * units)
    input_bias: tuple[Array, ...] | None  # (gates * units,), added to the projected inputs
    recurrent_bias: tuple[Array, ...] | None  # the same for the recurrent products
    keeps: Array | None  # (time, batch), False where the states stay
    noise: Array | None  # (batch, units)


def _run(
    cell: cells.Cell,
    inputs: Array,
    kernel: Array,
    input_bias: Array | None,
    recurrent_kernel: Array,
    recurrent_bias: Array | None,
    initial_state: States | None = None,
    mask: Array | None = None,
    dropout_mask: Array | None = None,
    recurrent_dropout_mask: Array | None = None,
    go_backwards: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
    return_sequences: bool = True,
) -> tuple[Array, States]:
    """Project the inputs, loop, and give the outputs their form."""
    if dropout_mask is not None:
        inputs = inputs * dropout_mask[:, None]
    inputs = _by_time(inputs, go_backwards)
    units = recurrent_kernel.shape[0]
    projected = tuple(dense.matmul(inputs, block) for block in _blocks(cell, units, kernel))
    if initial_state is None:
        shape = (inputs.shape[1], units)
        initial_state = (jnp.zeros(shape, projected[0].dtype),) * cell.states
    states = tuple(state.astype(projected[0].dtype) for state in initial_state)
    keeps = None if mask is None else _by_time(mask, go_backwards)
    sequence = _Sequence(
        projected,
        _blocks(cell, units, recurrent_kernel),
        _blocks(cell, units, input_bias),
        _blocks(cell, units, recurrent_bias),
        keeps,
        recurrent_dropout_mask,
    )
    loop: Any = _differentiable_loop if cell.retreat is None else _loop
    hidden, final = loop(cell, unroll, return_sequences, sequence, states)
    output = jnp.swapaxes(hidden, 0, 1) if return_sequences else final[0]
    if keeps is not None and zero_output_for_mask:
        keeps = jnp.swapaxes(keeps, 0, 1) if return_sequences else keeps[-1]
        output = jnp.where(keeps[..., None], output, 0)
    return output, final


def _blocks(cell: cells.Cell, units: int, weight: Array | None) -> Any:
    """A kernel or bias (..., gates * units) block by block, halved where the cell wants it.

    A recurrent kernel may have fewer gates than the cell.
    """
    if weight is None:
        return None
    if cell.halved:
        factors = jnp.array([0.5 if half else 1 for half in cell.halved], weight.dtype)
        weight = weight * jnp.repeat(factors, units)
    cuts = [units * end for end in itertools.accumulate(cell.blocks[:-1])]
    return tuple(block for block in jnp.split(weight, cuts, axis=-1) if block.shape[-1])


def _differentiable_loop(cell, unroll, whole, sequence, states):
    """All `h` (time, batch, units) if `whole`, and the final states, with autodiff's gradient."""

    def step(states, inputs):
        projected, keep = inputs
        new, _, _ = cell.advance(_biased(projected, sequence), _products(sequence, states), states)
        new = _where(keep, new, states)
        return new, new[0] if whole else None

    final, hidden = lax.scan(step, states, (sequence.projected, sequence.keeps), unroll=unroll)
    return hidden, final


_loop = jax.custom_vjp(_differentiable_loop, nondiff_argnums=(0, 1, 2))


def _loop_forward(cell, unroll, whole, sequence, states):
    def step(carry, inputs):
        states, gates = carry
        time, keep = inputs
        projected = tuple(lax.dynamic_index_in_dim(x, time, keepdims=False) for x in gates)
        products = _products(sequence, states)
        new, here, saved = cell.advance(_biased(projected, sequence), products, states)
        # Gates take the memory of the projected inputs: fresh memory is written twice, the first
        # time with zeros, and for 128 units, 128 samples and 80 steps it is 20 MB.
        gates = tuple(
            lax.dynamic_update_index_in_dim(x, new, time, 0)
            for x, new in zip(gates, here, strict=True)
        )
        return (_where(keep, new, states), gates), (states, saved)

    steps = (jnp.arange(sequence.projected[0].shape[0]), sequence.keeps)
    start = (states, sequence.projected)
    (final, gates), (before, saved) = lax.scan(step, start, steps, unroll=unroll)
    hidden = jnp.concatenate([before[0][1:], final[0][None]]) if whole else None
    return (hidden, final), (sequence._replace(projected=gates), before, final, saved)


def _loop_backward(cell, unroll, whole, residuals, slopes):
    sequence, before, final, saved = residuals
    hidden_slopes, final_slopes = slopes
    # Eigen's product with a transposed right side takes 1.4 times as long at these sizes.
    kernels = choose.keep(tuple(kernel.T for kernel in sequence.kernels))

    def step(carry, inputs):
        slopes, after = carry
        gates, saved, before, slope, keep = inputs
        gates = choose.keep(gates)
        if slope is not None:
            slopes = (slopes[0] + slope, *slopes[1:])
        taken = _where(keep, slopes, jax.tree.map(jnp.zeros_like, slopes))
        projected, recurrent, direct = cell.retreat(gates, saved, before, after, taken)
        through: Any = sum(x @ kernel for x, kernel in zip(recurrent, kernels, strict=True))
        through = (direct[0] + cells.times(through, sequence.noise), *direct[1:])
        own = tuple(x for x, y in zip(recurrent, projected, strict=True) if x is not y)
        return (_where(keep, through, slopes), before), (projected, own)

    steps = (sequence.projected, saved, before, hidden_slopes, sequence.keeps)
    (first_slopes, _), (projected, own) = lax.scan(
        step, (final_slopes, final), steps, reverse=True, unroll=unroll
    )
    # Where the two kinds of slopes differ, it is in the last blocks.
    recurrent = projected[: len(projected) - len(own)] + own
    into = cells.times(before[0], sequence.noise).reshape(-1, before[0].shape[-1])
    return _Sequence(
        projected,
        tuple(into.T @ x.reshape(-1, x.shape[-1]) for x in recurrent),
        None if sequence.input_bias is None else tuple(x.sum((0, 1)) for x in projected),
        None if sequence.recurrent_bias is None else tuple(x.sum((0, 1)) for x in recurrent),
        None,
        None,
    ), first_slopes


_loop.defvjp(_loop_forward, _loop_backward)


def _products(sequence: _Sequence, states: States) -> tuple[Array, ...]:
    """The recurrent products of one step, block by block."""
    h = cells.times(states[0], sequence.noise)
    products = [h @ kernel for kernel in sequence.kernels]
    biases = sequence.recurrent_bias or (None,) * len(products)
    return tuple(x if b is None else x + b for x, b in zip(products, biases, strict=True))


def _biased(projected: tuple[Array, ...], sequence: _Sequence) -> tuple[Array, ...]:
    """The projected inputs of one step with their bias."""
    biases = sequence.input_bias or (None,) * len(projected)
    return tuple(x if b is None else x + b for x, b in zip(projected, biases, strict=True))


def _by_time(x: Array, go_backwards: bool) -> Array:
    """(batch, time, ...) as (time, batch, ...), in the order of the loop."""
    x = jnp.swapaxes(x, 0, 1)
    return x[::-1] if go_backwards else x


def _where(keep: Array | None, new: Any, old: Any) -> Any:
    """Trees of arrays: `new` for the samples where `keep` (batch,) is True, else `old`."""
    if keep is None:
        return new

    def pick(new, old):
        return jnp.where(keep.reshape(keep.shape + (1,) * (new.ndim - 1)), new, old)

    return jax.tree.map(pick, new, old)


def _no_output(step: Callable, inputs: Any, states: Any) -> Any:
    """Zeros in the form of a step's output."""
    first = jax.tree.map(lambda x: x[0], inputs)
    shapes = jax.eval_shape(step, first, states)[0]
    return jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
