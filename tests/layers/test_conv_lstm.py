"""Convolutional LSTMs beside Keras's: masks, states, and cells of the user's with images."""

import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import UserError

from ..twins import agree, twins

RNG = np.random.default_rng(2)
IMAGES = RNG.normal(size=(2, 4, 5, 5, 1)).astype("f")
MASK = np.array([[True, True, False, True], [False, True, True, False]])


@pytest.mark.parametrize("backwards", (False, True))
def test_masked_steps_keep_the_states(backwards):
    """Keras's own layer takes no mask on JAX; steps that do not count may as well be cut out."""
    layer = layers.ConvLSTM2D(2, 3, return_sequences=True, go_backwards=backwards)
    outputs = layer(IMAGES, mask=MASK)
    last = layers.ConvLSTM2D(2, 3, go_backwards=backwards)
    last(IMAGES)
    last.set_weights(layer.get_weights())
    agree(last(IMAGES, mask=MASK), outputs[:, -1])
    for row, keep in enumerate(MASK):
        cut = layer(IMAGES[row : row + 1, keep])
        agree(cut, outputs[row : row + 1, keep[::-1] if backwards else keep])


def test_initial_states():
    make = lambda k: k.layers.ConvLSTM2D(2, 3, padding="same", return_state=True)  # noqa: E731
    theirs, ours = twins(make, IMAGES)
    start = [RNG.normal(size=(2, 5, 5, 2)).astype("f") for _ in "hc"]
    agree(theirs(IMAGES, initial_state=start), ours(IMAGES, initial_state=start))


def test_a_stateful_layer_goes_on_where_it_was():
    def build(k):
        inputs = k.Input((2, 5, 5, 1), batch_size=2)
        return k.Model(inputs, k.layers.ConvLSTM2D(2, 3, stateful=True)(inputs))

    theirs, ours = twins(build)
    for part in (IMAGES[:, :2], IMAGES[:, 2:]):
        agree(theirs(part), ours(part))
    whole = layers.ConvLSTM2D(2, 3)
    whole(IMAGES)
    whole.set_weights(ours.get_weights())
    ours.layers[1].reset_state()
    ours.predict(IMAGES[:, :2], verbose=0)
    agree(whole(IMAGES), ours.predict(IMAGES[:, 2:], verbose=0))
    with pytest.raises(UserError, match="known sizes in space"):
        layers.ConvLSTM1D(2, 3, stateful=True)(denser.Input((2, None, 1), batch_size=2))


def test_dropout_is_the_same_at_all_steps_and_training_learns():
    layer = layers.ConvLSTM1D(2, 1, dropout=0.5, recurrent_dropout=0.5, seed=1)
    ones = np.ones((2, 3, 4, 1), "f")
    a, b = layer(ones, training=True), layer(ones, training=True)
    assert not np.allclose(a, b)
    model = denser.Sequential([layers.ConvLSTM1D(3, 2, padding="same"), layers.Flatten()])
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    history = model.fit(ones, np.ones((2, 1)), epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]


def convolving(k):
    """A cell with an image for its state, of a class of the user's."""

    class Cell(k.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.state_size = 2
            self.convolution = k.layers.Conv2D(2, 3, padding="same")

        def build(self, input_shape):
            self.convolution.build((*input_shape[:-1], input_shape[-1] + 2))
            self.built = True

        def get_initial_state(self, batch_size=None):
            return [k.ops.zeros((batch_size, 5, 5, 2))]

        def call(self, inputs, states):
            joined = k.ops.concatenate([inputs, states[0]], -1)
            h = k.ops.tanh(self.convolution(joined))
            return h, [h]

    return Cell()


@pytest.mark.parametrize("sequences", (False, True))
def test_a_cell_of_the_users_may_have_images_for_its_states(sequences):
    theirs, ours = twins(lambda k: k.layers.RNN(convolving(k), return_sequences=sequences), IMAGES)
    agree(theirs(IMAGES), ours(IMAGES))
    symbolic = layers.RNN(convolving(denser), return_sequences=sequences)(
        denser.Input((4, 5, 5, 1))
    )
    assert symbolic.shape == ((None, 4, 5, 5, 2) if sequences else (None, 5, 5, 2))


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(UserError, match="no smaller in space"):
        layers.ConvLSTM2D(2, 7)(IMAGES)
    with pytest.raises(UserError, match="axes of batch, time, space"):
        layers.ConvLSTM2D(2, 3)(IMAGES[0])
