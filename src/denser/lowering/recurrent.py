"""Recurrent layers over whole sequences, and the loop of any cell.

The products with the inputs of all steps are one matrix product before the loop. With the usual
activations the gradient is a loop too, which carries the gradients of the states only; that of
the recurrent kernel is one product after it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypedDict, Unpack

import jax
import jax.numpy as jnp
from jax import Array, lax

from . import choose, dense

Activation = Callable[[Array], Array]
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
    cell = _with(_SIMPLE_RNN, tanh=activation)
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
    Training with 128 units, 128 samples and 80 steps takes 0.78 of the CPU time that autodiff's
    gradient of the same loop does.

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
    cell = _with(_LSTM, tanh=activation, sigmoid=recurrent_activation)
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
        cell = _GRU
        input_bias, recurrent_bias = (None, None) if bias is None else bias
    else:
        units = recurrent_kernel.shape[0]
        noise = options.get("recurrent_dropout_mask")
        last = partial(_advance_gru_before, recurrent_kernel[:, 2 * units :], noise)
        cell, recurrent_kernel = _Cell(1, last), recurrent_kernel[:, : 2 * units]
        input_bias, recurrent_bias = bias, None
    cell = _with(cell, tanh=activation, sigmoid=recurrent_activation)
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


class _Cell(NamedTuple):
    """What a cell does element by element in one step, and the gradient of it.

    advance: (projected inputs, recurrent products, states) -> (new states, saved).
    retreat: (saved, h before, slopes of the new states) -> (slopes of the projected inputs and,
        where they differ, of the recurrent products; slopes of the states, without what goes
        through the recurrent products). None: autodiff's.
    """

    states: int
    advance: Callable
    retreat: Callable | None = None


def _advance_simple_rnn(projected, recurrent, states, tanh=jnp.tanh):
    h = tanh(projected + recurrent)
    return (h,), h


def _retreat_simple_rnn(h, _, slopes):
    return (slopes[0] * (1 - h * h),), (0,)


def _advance_lstm(projected, recurrent, states, tanh=jnp.tanh, sigmoid=jax.nn.sigmoid):
    i, f, g, o = jnp.split(projected + recurrent, 4, axis=-1)
    # Kept, or XLA:CPU computes them for h and again for c: 0.7 of the forward pass's time.
    i, f, g, o = choose.keep((sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)))
    c = f * states[1] + i * g
    t = tanh(c)
    return (o * t, c), (i, f, g, o, states[1], t)


def _retreat_lstm(saved, _, slopes):
    i, f, g, o, c, t = saved
    dh, dc = slopes
    dc = dc + dh * o * (1 - t * t)
    di = dc * g * i * (1 - i)
    df = dc * c * f * (1 - f)
    dg = dc * i * (1 - g * g)
    do = dh * t * o * (1 - o)
    return (jnp.concatenate([di, df, dg, do], -1),), (0, dc * f)


def _advance_gru(projected, recurrent, states, tanh=jnp.tanh, sigmoid=jax.nn.sigmoid):
    xz, xr, xg = jnp.split(projected, 3, axis=-1)
    hz, hr, hg = jnp.split(recurrent, 3, axis=-1)
    z, r = sigmoid(xz + hz), choose.keep(sigmoid(xr + hr))
    g = tanh(xg + r * hg)
    return (z * states[0] + (1 - z) * g,), (z, r, g, hg)


def _retreat_gru(saved, h, slopes):
    z, r, g, hg = saved
    (dh,) = slopes
    dz = dh * (h - g) * z * (1 - z)
    dg = dh * (1 - z) * (1 - g * g)
    dr = dg * hg * r * (1 - r)
    projected = jnp.concatenate([dz, dr, dg], -1)
    return (projected, jnp.concatenate([dz, dr, dg * r], -1)), (dh * z,)


def _advance_gru_before(
    kernel, noise, projected, recurrent, states, tanh=jnp.tanh, sigmoid=jax.nn.sigmoid
):
    xz, xr, xg = jnp.split(projected, 3, axis=-1)
    hz, hr = jnp.split(recurrent, 2, axis=-1)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    g = tanh(xg + _times(r * states[0], noise) @ kernel)
    return (z * states[0] + (1 - z) * g,), None


_SIMPLE_RNN = _Cell(1, _advance_simple_rnn, _retreat_simple_rnn)
_LSTM = _Cell(2, _advance_lstm, _retreat_lstm)
_GRU = _Cell(1, _advance_gru, _retreat_gru)


def _with(cell: _Cell, **activations: Activation | None) -> _Cell:
    """`cell` with the activations that are not None, and then with autodiff's gradient."""
    given = {name: function for name, function in activations.items() if function is not None}
    return cell._replace(advance=partial(cell.advance, **given), retreat=None) if given else cell


class _Sequence(NamedTuple):
    """What the loop over a sequence needs besides the states."""

    projected: Array | None  # (time, batch, gates * units)
    kernel: Array  # (units, gates * units)
    bias: Array | None  # (gates * units,), added to the recurrent products
    keeps: Array | None  # (time, batch), False where the states stay
    noise: Array | None  # (batch, units)


def _run(
    cell: _Cell,
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
    projected = dense.matmul(_by_time(inputs, go_backwards), kernel)
    if input_bias is not None:
        projected = projected + input_bias
    if initial_state is None:
        shape = (projected.shape[1], recurrent_kernel.shape[0])
        initial_state = (jnp.zeros(shape, projected.dtype),) * cell.states
    states = tuple(state.astype(projected.dtype) for state in initial_state)
    keeps = None if mask is None else _by_time(mask, go_backwards)
    sequence = _Sequence(projected, recurrent_kernel, recurrent_bias, keeps, recurrent_dropout_mask)
    loop = _differentiable_loop if cell.retreat is None else _loop
    hidden, final = loop(cell, unroll, sequence, states)
    output = jnp.swapaxes(hidden, 0, 1) if return_sequences else final[0]
    if keeps is not None and zero_output_for_mask:
        keeps = jnp.swapaxes(keeps, 0, 1) if return_sequences else keeps[-1]
        output = jnp.where(keeps[..., None], output, 0)
    return output, final


def _differentiable_loop(cell, unroll, sequence, states):
    """All `h` (time, batch, units) and the final states, with autodiff's gradient."""
    return _loop_forward(cell, unroll, sequence, states)[0]


_loop = jax.custom_vjp(_differentiable_loop, nondiff_argnums=(0, 1))


def _loop_forward(cell, unroll, sequence, states):
    _, kernel, bias, _, noise = sequence

    def step(states, inputs):
        projected, keep = inputs
        recurrent = _times(states[0], noise) @ kernel
        recurrent = recurrent if bias is None else recurrent + bias
        new, saved = cell.advance(projected, recurrent, states)
        new = _where(keep, new, states)
        return new, (new[0], saved)

    steps = (sequence.projected, sequence.keeps)
    final, (hidden, saved) = lax.scan(step, states, steps, unroll=unroll)
    return (hidden, final), (sequence._replace(projected=None), states[0], hidden, saved)


def _loop_backward(cell, unroll, residuals, slopes):
    (_, kernel, bias, keeps, noise), first, hidden, saved = residuals
    hidden_slopes, final_slopes = slopes
    before = jnp.concatenate([first[None], hidden[:-1]])

    def step(slopes, inputs):
        saved, h, slope, keep = inputs
        slopes = (slopes[0] + slope, *slopes[1:])
        taken = _where(keep, slopes, jax.tree.map(jnp.zeros_like, slopes))
        gates, direct = cell.retreat(saved, h, taken)
        back = direct[0] + _times(gates[-1] @ kernel.T, noise)
        return _where(keep, (back, *direct[1:]), slopes), gates

    steps = (saved, before, hidden_slopes, keeps)
    first_slopes, gates = lax.scan(step, final_slopes, steps, reverse=True, unroll=unroll)
    into = _times(before, noise).reshape(-1, before.shape[-1])
    kernel_slope = into.T @ gates[-1].reshape(-1, kernel.shape[-1])
    bias_slope = None if bias is None else gates[-1].sum((0, 1))
    return _Sequence(gates[0], kernel_slope, bias_slope, None, None), first_slopes


_loop.defvjp(_loop_forward, _loop_backward)


def _times(h: Array, noise: Array | None) -> Array:
    """`h` with its dropout mask, if there is one."""
    return h if noise is None else h * noise


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
