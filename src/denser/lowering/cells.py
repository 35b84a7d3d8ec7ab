"""What recurrent cells do in one step, element by element, and the gradients of it."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from . import choose

Activation = Callable[[Array], Array]


class Cell(NamedTuple):
    """What a cell does element by element in one step, and the gradient of it.

    The gates stand side by side in blocks, as tuples of arrays (batch, gates of it * units).

    states: How many there are.
    blocks: How many gates stand in each block.
    advance: (projected inputs, recurrent products, states) -> (new states, gates, saved). Gates
        are what `retreat` wants to have instead of the projected inputs, saved all else.
    retreat: (gates, saved, states before, states after, slopes of the states after) -> (slopes of
        the projected inputs, of the recurrent products, of the states before without what goes
        through those products). None: autodiff's.
    halved: Whether `advance` wants only half of what goes into each sigmoid's gate.
    """

    states: int
    blocks: tuple[int, ...]
    advance: Callable
    retreat: Callable | None = None
    halved: tuple[bool, ...] = ()


def simple_rnn(activation: Activation | None = None) -> Cell:
    """`h = tanh(x + h)`, where `x` and `h` stand for their products with the kernels."""
    cell = Cell(1, (1,), _advance_simple_rnn, _retreat_simple_rnn)
    return _with(cell, cell, tanh=activation)


def lstm(
    activation: Activation | None = None, recurrent_activation: Activation | None = None
) -> Cell:
    """`c = f * c + i * g` and `h = o * tanh(c)`; all gates in one block."""
    usual = Cell(2, (4,), _advance_lstm, _retreat_lstm, (True, True, False, True))
    other = Cell(2, (4,), _advance_any_lstm)
    return _with(usual, other, tanh=activation, sigmoid=recurrent_activation)


def gru(
    activation: Activation | None = None, recurrent_activation: Activation | None = None
) -> Cell:
    """`h = z * h + (1 - z) * tanh(x + r * h)`; z and r are a block, the candidate another."""
    usual = Cell(1, (2, 1), _advance_gru, _retreat_gru, (True, True, False))
    other = Cell(1, (2, 1), _advance_any_gru)
    return _with(usual, other, tanh=activation, sigmoid=recurrent_activation)


def gru_before(
    kernel: Array,
    noise: Array | None,
    activation: Activation | None = None,
    recurrent_activation: Activation | None = None,
) -> Cell:
    """`gru` with r before the product with `kernel`, the candidate's recurrent kernel."""
    cell = Cell(1, (2, 1), partial(_advance_gru_before, kernel, noise))
    return _with(cell, cell, tanh=activation, sigmoid=recurrent_activation)


def _with(usual: Cell, other: Cell, **activations: Activation | None) -> Cell:
    """`usual`, or where an activation is not None `other` with it and autodiff's gradient."""
    given = {name: function for name, function in activations.items() if function is not None}
    if not given:
        return usual
    return other._replace(advance=partial(other.advance, **given), retreat=None)


def times(h: Array, noise: Array | None) -> Array:
    """`h` with its dropout mask, if there is one."""
    return h if noise is None else h * noise


def _sigmoid(t: Array) -> Array:
    """The sigmoid whose `tanh(x / 2)` is `t`: so one tanh serves all gates of a block."""
    return 0.5 * t + 0.5


def _advance_simple_rnn(projected, recurrent, states, tanh=jnp.tanh):
    h = tanh(projected[0] + recurrent[0])
    return (h,), (h,), ()


def _retreat_simple_rnn(gates, saved, before, after, slopes):
    slope = slopes[0] * (1 - gates[0] * gates[0])
    return (slope,), (slope,), (0,)


def _advance_lstm(projected, recurrent, states):
    # Kept, or XLA:CPU computes a tanh again for each of its uses.
    gates = choose.keep(jnp.tanh(projected[0] + recurrent[0]))
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    c = choose.keep(_sigmoid(f) * states[1] + _sigmoid(i) * g)
    return (_sigmoid(o) * jnp.tanh(c), c), (gates,), ()


def _retreat_lstm(gates, saved, before, after, slopes):
    i, f, g, o = jnp.split(gates[0], 4, axis=-1)
    t = choose.keep(jnp.tanh(after[1]))
    dh, dc = slopes
    dc = choose.keep(dc + dh * _sigmoid(o) * (1 - t * t))
    di = dc * (0.5 * g) * (1 - i * i)
    df = dc * (0.5 * before[1]) * (1 - f * f)
    dg = dc * _sigmoid(i) * (1 - g * g)
    do = dh * (0.5 * t) * (1 - o * o)
    slope = choose.keep(jnp.concatenate([di, df, dg, do], -1))
    return (slope,), (slope,), (0, dc * _sigmoid(f))


def _advance_gru(projected, recurrent, states):
    zr = choose.keep(jnp.tanh(projected[0] + recurrent[0]))
    z, r = map(_sigmoid, jnp.split(zr, 2, axis=-1))
    g = choose.keep(jnp.tanh(projected[1] + r * recurrent[1]))
    return (z * states[0] + (1 - z) * g,), (zr, g), (recurrent[1],)


def _retreat_gru(gates, saved, before, after, slopes):
    zr, g = gates
    z, r = jnp.split(zr, 2, axis=-1)
    (dh,) = slopes
    dg = choose.keep(dh * (1 - _sigmoid(z)) * (1 - g * g))
    dz = dh * (0.5 * (before[0] - g)) * (1 - z * z)
    dr = dg * (0.5 * saved[0]) * (1 - r * r)
    dzr = choose.keep(jnp.concatenate([dz, dr], -1))
    return (dzr, dg), (dzr, choose.keep(dg * _sigmoid(r))), (dh * _sigmoid(z),)


def _advance_any_lstm(projected, recurrent, states, tanh=jnp.tanh, sigmoid=jax.nn.sigmoid):
    i, f, g, o = jnp.split(projected[0] + recurrent[0], 4, axis=-1)
    i, f, g, o = choose.keep((sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)))
    c = f * states[1] + i * g
    return (o * tanh(c), c), (), ()


def _advance_any_gru(projected, recurrent, states, tanh=jnp.tanh, sigmoid=jax.nn.sigmoid):
    z, r = jnp.split(sigmoid(projected[0] + recurrent[0]), 2, axis=-1)
    g = tanh(projected[1] + r * recurrent[1])
    return (z * states[0] + (1 - z) * g,), (), ()


def _advance_gru_before(
    kernel, noise, projected, recurrent, states, tanh=jnp.tanh, sigmoid=jax.nn.sigmoid
):
    z, r = jnp.split(sigmoid(projected[0] + recurrent[0]), 2, axis=-1)
    g = tanh(projected[1] + times(r * states[0], noise) @ kernel)
    return (z * states[0] + (1 - z) * g,), (), ()
