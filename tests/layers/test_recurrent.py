"""Recurrent layers and wrappers: masks, states, cells of the user's, and noise along a sequence."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import UserError
from denser.core.tensor import KerasTensor
from denser.core.variable import Scope

X = np.random.default_rng(1).normal(size=(3, 5, 2)).astype("float32")
MASK = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0]], bool)


def twins(make, x=X):
    """`make(layers)` of denser and of Keras, with the same weights."""
    ours, theirs = make(layers), make(keras.layers)
    ours.build(x.shape)
    theirs.build(x.shape)
    rng = np.random.default_rng(2)
    weights = [rng.normal(0, 0.5, w.shape).astype("float32") for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def agree(ours, theirs):
    ours, theirs = jax.tree.leaves(ours), jax.tree.leaves(theirs)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)


MASKED = {
    "lstm": lambda k: k.LSTM(3, return_sequences=True, return_state=True),
    "zeros": lambda k: k.GRU(3, return_sequences=True, zero_output_for_mask=True),
    "backwards": lambda k: k.SimpleRNN(3, go_backwards=True),
    "stacked": lambda k: k.RNN([k.LSTMCell(3), k.GRUCell(2)], return_sequences=True),
    "stacked backwards": lambda k: k.RNN([k.GRUCell(3), k.GRUCell(2)], go_backwards=True),
    "both ways": lambda k: k.Bidirectional(k.LSTM(3, return_sequences=True), "sum"),
    "both ends": lambda k: k.Bidirectional(k.GRU(3, return_state=True), None),
}


@pytest.mark.parametrize("name", MASKED)
def test_masked_steps_count_for_nothing_as_in_keras(name):
    ours, theirs = twins(MASKED[name])
    agree(ours(X, mask=MASK), theirs(X, mask=MASK))


STATEFUL = {
    "lstm": (lambda k: k.LSTM(3, return_sequences=True), 2),
    "gru": (lambda k: k.GRU(3), 1),
    "both ways": (lambda k: k.Bidirectional(k.LSTM(3)), 4),
}


@pytest.mark.parametrize("name", STATEFUL)
def test_initial_states_are_an_argument_or_come_with_the_input(name):
    make, count = STATEFUL[name]
    ours, theirs = twins(make)
    states = [np.full((3, 3), 0.3 * n, "float32") for n in range(1, count + 1)]
    expected = theirs(X, initial_state=states)
    agree(ours(X, initial_state=states), expected)
    agree(ours([X, *states]), expected)
    symbols = [KerasTensor(x.shape) for x in (X, *states)]
    assert ours(symbols).shape == expected.shape


def test_a_stateful_layer_goes_on_where_it_was():
    ours, theirs = twins(lambda k: k.LSTM(3, stateful=True))
    agree(ours(X), theirs(X))
    agree(ours(X), theirs(X))
    assert len(ours.weights) == 3 and len(ours.variables) == 6  # states are no weights
    ours.reset_state()
    theirs.reset_state()
    agree(ours(X), theirs(X))
    with pytest.raises(UserError, match="batch"):
        ours(X[:2])
    model = denser.Sequential([denser.Input(batch_shape=X.shape), layers.LSTM(3, stateful=True)])
    model.compile("sgd", "mse")
    start = [np.zeros((3, 3), "float32")] * 2
    agree(model.predict(X, verbose=0), model.layers[0](X, initial_state=start))
    with pytest.raises(UserError, match="of 3 rows"):  # a partial batch
        model.fit(X[[0, 1, 2, 0]], np.zeros((4, 3)), 3, verbose=0)
    with pytest.raises(UserError, match="batch_shape"):
        layers.LSTM(3, stateful=True)(KerasTensor((None, 5, 2)))


class Leaky(layers.Layer):
    """A cell as users write them: one state, noise by a layer inside."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units
        self.dense, self.noise = layers.Dense(units), layers.Dropout(0.5, seed=3)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs, states, training=False):
        y = self.noise(self.dense(inputs), training=training)
        state = 0.5 * states[0] + y
        return state, [state]


def test_a_cell_of_ones_own_runs_step_by_step():
    layer = layers.RNN(Leaky(4), return_sequences=True)
    dense = np.asarray(layer(X) * 0) + np.asarray(layer.cell.dense(X))
    state, expected = 0, []
    for step in range(5):
        state = 0.5 * state + dense[:, step]
        expected.append(state)
    agree(layer(X), np.stack(expected, 1))
    back = layers.RNN(layer.cell, go_backwards=True)(X, mask=np.ones((3, 5), bool))
    agree(back, layer(X[:, ::-1])[:, -1])


def test_noise_inside_a_cell_stays_along_a_sequence_and_changes_between_them():
    layer = layers.RNN(Leaky(40), return_sequences=True)
    layer(X)
    layer.cell.dense.set_weights([np.zeros((2, 40)), np.ones(40)])
    first, second = (np.asarray(layer(X, training=True)) for _ in range(2))
    assert np.array_equal(first[:, 0] == 0, first[:, -1] == 0)
    assert not np.array_equal(first == 0, second == 0)


def test_a_cell_that_changes_weights_is_refused():
    class Counting(Leaky):
        def build(self, input_shape):
            super().build(input_shape)
            self.count = self.add_weight((), "zeros", trainable=False)

        def call(self, inputs, states, training=False):
            self.count.assign_add(1.0)
            return super().call(inputs, states)

    with pytest.raises(UserError, match="changes variables"):
        layers.RNN(Counting(2))(X)


@pytest.mark.parametrize("name", ("SimpleRNN", "LSTM", "GRU"))
def test_cells_take_the_steps_of_their_layers(name):
    layer = getattr(layers, name)(3, return_sequences=True)
    expected = layer(X)
    cell, outputs = layer.cell, []
    states = cell.get_initial_state(3)
    for step in range(5):
        output, states = cell(X[:, step], states)
        outputs.append(output)
    agree(jnp.stack(outputs, 1), expected)


@pytest.mark.parametrize("name", ("SimpleRNN", "LSTM", "GRU"))
def test_dropout_repeats_with_the_seed_and_only_in_training(name):
    def made():
        layer = getattr(layers, name)(30, dropout=0.5, recurrent_dropout=0.5, seed=1)
        layer.build(X.shape)
        rng = np.random.default_rng(0)
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
        return layer

    one, two = made(), made()
    agree(one(X), two(X))
    first = one(X, training=True)
    agree(first, two(X, training=True))
    assert not np.allclose(first, one(X, training=True))
    assert not np.allclose(first, one(X))


def test_activations_that_read_weights_are_not_remembered():
    bent = layers.PReLU(alpha_initializer="ones")
    layer = layers.LSTM(3, activation=bent)
    before = np.asarray(layer(X))
    bent.set_weights([np.zeros(3)])
    assert not np.allclose(before, layer(X))
    trained = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]
    for weights in (trained, [w * 2 for w in trained]):
        jax.jit(lambda weights: layer.stateless_call(weights, fixed, X)[0])(weights)
    agree(jax.jit(lambda weights: layer.stateless_call(weights, fixed, X)[0])(trained), layer(X))


def test_masks_go_through_a_stack_of_layers():
    tokens = np.array([[1, 2, 0, 0], [3, 1, 2, 0], [1, 0, 0, 0]])

    def make(k):
        stack = [
            k.Embedding(4, 3, mask_zero=True),
            k.Bidirectional(k.LSTM(3, return_sequences=True)),
            k.TimeDistributed(k.Dense(3)),
            k.GRU(2),
        ]
        return stack

    ours, theirs = make(layers), make(keras.layers)
    x, y = tokens, tokens
    for mine, other in zip(ours, theirs, strict=True):
        other.build(y.shape)
        mine.build(tuple(x.shape))
        mine.set_weights(other.get_weights())
        x, y = mine(x), other(y)
        agree(x, y)


def test_time_distributed_counts_only_the_steps_of_real_rows():
    layer = layers.TimeDistributed(layers.BatchNormalization(momentum=0.0))
    rows = jnp.array([True, True, False])
    layer.build(X.shape)
    with Scope(((v, v.value) for v in layer.variables), rows=rows) as scope:
        layer(X, training=True)
        mean = scope.value(layer.layer.moving_mean)
    agree(mean, X[:2].mean((0, 1)))


def test_mistakes_are_told():
    with pytest.raises(UserError, match="return_sequences=True"):
        layers.LSTM(3)(X[:, 0])
    with pytest.raises(UserError, match="goes the other way"):
        layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3))
    with pytest.raises(UserError, match="recurrent layer"):
        layers.Bidirectional(layers.Dense(3))
    with pytest.warns(UserWarning, match="use_cudnn"):
        layers.GRU(3, use_cudnn=True)


class Summing(layers.Layer):
    """A cell that nobody registered."""

    state_size = 2

    def call(self, x, states):
        return x + states[0], [x + states[0]]


def test_bidirectional_copies_cells_of_any_class():
    both = layers.Bidirectional(layers.RNN(Summing()))
    agree(both(X), np.concatenate([X.sum(1)] * 2, -1))


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_loops_of_few_numbers_are_compiled(kind):
    layer = getattr(layers, kind)(2)
    model = denser.Sequential([denser.Input((4, 3)), layer])
    x = np.ones((2, 4, 3), "float32")
    agree(model.predict(x, verbose=0), layer(x))


@denser.saving.register_keras_serializable("tests")
class TwoSums(layers.Layer):
    """A cell that reads two inputs at once, and sums each over time."""

    state_size = [(2,), (4, 3)]

    def build(self, shapes):
        assert [tuple(shape) for shape in shapes] == [(None, 2), (None, 4, 3)]

    def call(self, inputs, states):
        sums = tuple(a + b for a, b in zip(inputs, states, strict=True))
        return sums, sums


@pytest.mark.parametrize("kind", [tuple, list])
def test_a_cell_of_ones_own_may_read_several_inputs(kind, tmp_path):
    inputs = kind((layers.Input((5, 2)), layers.Input((5, 4, 3))))
    rnn = layers.RNN(TwoSums(), return_state=True)
    model = denser.Model(inputs, rnn(inputs))
    data = [np.ones((2, 5, 2)), np.arange(120.0).reshape(2, 5, 4, 3)]
    for each in (model, twin_of(model, tmp_path)):
        (first, second), *states = each.predict(data, verbose=0)
        agree((first, second), states)
        agree((first, second), [x.sum(1) for x in data])


def twin_of(model, folder):
    """The model, written to a file and read again."""
    model.save(folder / "model.keras")
    return denser.saving.load_model(folder / "model.keras")
