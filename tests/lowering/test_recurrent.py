"""Recurrent sequences against Keras's layers, and the fast gradient against autodiff's."""

import os
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from denser.lowering import recurrent

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

SEQUENCES = {
    "SimpleRNN": (recurrent.simple_rnn, 1, 1),
    "LSTM": (recurrent.lstm, 4, 2),
    "GRU": (recurrent.gru, 3, 1),
}
MASK = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0]], bool)
LOOPS = {
    "plain": {},
    "masked": {"mask": MASK},
    "backwards": {"mask": MASK, "go_backwards": True, "return_sequences": False},
    "unrolled": {"return_sequences": False, "unroll": True},
    "zeros": {"mask": MASK, "zero_output_for_mask": True},
    "last or zero": {"mask": MASK, "zero_output_for_mask": True, "return_sequences": False},
}


def arguments(name, batch=3, time=5, features=4, units=6, reset_after=True, seed=0):
    """Random inputs, kernels, bias, and states, as the function takes them."""
    _, gates, states = SEQUENCES[name]
    random = np.random.default_rng(seed)

    def draw(*shape):
        return jnp.asarray(random.normal(size=shape), jnp.float32)

    bias = (2, gates * units) if name == "GRU" and reset_after else (gates * units,)
    weights = draw(features, gates * units), draw(units, gates * units), draw(*bias)
    state = tuple(draw(batch, units) for _ in range(states))
    return draw(batch, time, features), *weights, state


def assert_trees_close(result, expected, atol=1e-5):
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-4, atol=atol), result, expected)


@pytest.mark.parametrize("kind", LOOPS)
@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_are_keras_layers(name, kind):
    loop = LOOPS[kind]
    inputs, *weights, state = arguments(name)
    state = state if kind in ("masked", "backwards") else None
    output, final = SEQUENCES[name][0](inputs, *weights, initial_state=state, **loop)

    loop = {"return_sequences": True, **loop}
    mask = loop.pop("mask", None)
    layer = getattr(keras.layers, name)(6, return_state=True, **loop)
    layer.build(inputs.shape)
    layer.set_weights(weights)
    expected, *states = layer(inputs, mask=mask, initial_state=None if state is None else [*state])
    assert_trees_close(output, expected)
    assert_trees_close(final, tuple(states))


@pytest.mark.parametrize(
    "reset_after, activations",
    ((False, {}), (True, {"activation": "relu", "recurrent_activation": "elu"})),
)
def test_gru_variants_are_keras_layers(reset_after, activations):
    inputs, *weights, _ = arguments("GRU", reset_after=reset_after)
    functions = {key: getattr(jax.nn, value) for key, value in activations.items()}
    output, _ = recurrent.gru(inputs, *weights, reset_after=reset_after, **functions)
    layer = keras.layers.GRU(6, return_sequences=True, reset_after=reset_after, **activations)
    layer.build(inputs.shape)
    layer.set_weights(weights)
    assert_trees_close(output, layer(inputs))


@pytest.mark.parametrize("full", (False, True))
@pytest.mark.parametrize("name", SEQUENCES)
def test_fast_gradient_is_autodiffs(name, full):
    sequence = SEQUENCES[name][0]
    *given, state = arguments(name)
    options = {}
    if full:
        options = {
            "mask": MASK,
            "go_backwards": True,
            "dropout_mask": jnp.arange(12.0).reshape(3, 4) % 2,
            "recurrent_dropout_mask": jnp.arange(18.0).reshape(3, 6) % 3,
        }
    else:
        given[3] = None

    def loss(given, state, activation):
        outputs = sequence(*given, activation, initial_state=state, **options)
        return sum(jnp.sum(jnp.sin(x + i)) for i, x in enumerate(jax.tree.leaves(outputs)))

    run = jax.jit(jax.value_and_grad(loss, (0, 1)), static_argnums=2)
    fast, plain = run(given, state, None), run(given, state, jnp.tanh)
    assert_trees_close(fast, plain, atol=1e-4)


@pytest.mark.parametrize("name", SEQUENCES)
def test_within_scan_and_half_types(name):
    sequence = SEQUENCES[name][0]
    inputs, *weights, _ = arguments(name)

    def step(weights, _):
        loss, slopes = jax.value_and_grad(lambda w: jnp.sum(sequence(inputs, *w)[0] ** 2))(weights)
        return jax.tree.map(lambda w, slope: w - 0.001 * slope, weights, slopes), loss

    losses = jax.lax.scan(step, weights, None, length=5)[1]
    assert losses[-1] < losses[0]
    halves = jax.tree.map(lambda x: x.astype(jnp.bfloat16), (inputs, *weights))
    output, states = sequence(*halves)
    assert {output.dtype, *(state.dtype for state in states)} == {jnp.dtype(jnp.bfloat16)}
    np.testing.assert_allclose(output.astype(float), sequence(inputs, *weights)[0], atol=0.2)


@pytest.mark.parametrize("kind", ("plain", "masked", "zeros"))
def test_any_cell_loops_as_lstm(kind):
    loop = LOOPS[kind]
    inputs, kernel, recurrent_kernel, bias, state = arguments("LSTM")

    def step(x, states):
        gates = x["x"] @ kernel + states["h"] @ recurrent_kernel + bias
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        c = jax.nn.sigmoid(f) * states["c"] + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return {"y": h}, {"h": h, "c": c}

    states = {"h": state[0], "c": state[1]}
    outputs, states = recurrent.scan_cell(
        step, {"x": inputs}, states, first_output={"y": state[0]}, **loop
    )
    expected, final = recurrent.lstm(
        inputs, kernel, recurrent_kernel, bias, initial_state=state, **loop
    )
    assert_trees_close(outputs["y"], expected)
    assert_trees_close((states["h"], states["c"]), final)


def test_masked_steps_have_no_gradient():
    inputs, *weights, _ = arguments("GRU")
    slope = jax.grad(lambda x: jnp.sum(recurrent.gru(x, *weights, mask=MASK)[0] ** 2))(inputs)
    assert (np.abs(slope).sum(-1) > 0).tolist() == MASK.tolist()
