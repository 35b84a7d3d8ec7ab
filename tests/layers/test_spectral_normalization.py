"""SpectralNormalization: what Keras's does, in calls and in training."""

import numpy as np
import pytest

from denser import layers
from denser.core.messages import UserError

from ..twins import agree, twins

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(6, 5)).astype("f"), RNG.normal(size=(6, 3)).astype("f")


def test_calls_in_training_bring_the_largest_singular_value_to_one():
    layer = layers.SpectralNormalization(layers.Dense(3), power_iterations=3)
    for _ in range(5):
        layer(X, training=True)
    kernel = layer.layer.kernel.value
    np.testing.assert_allclose(np.linalg.svd(kernel)[1][0], 1, rtol=1e-3)
    before = layer.get_weights()
    layer(X)
    agree(before, layer.get_weights())


def test_training_is_that_of_keras():
    def build(k):
        inputs = k.Input((5,))
        return k.Model(inputs, k.layers.SpectralNormalization(k.layers.Dense(3))(inputs))

    theirs, ours = twins(build)
    for model in (theirs, ours):
        model.compile("sgd", "mse")
        model.fit(X, Y, batch_size=3, epochs=2, shuffle=False, verbose=0)
    agree(theirs.get_weights(), ours.get_weights())


def test_tokens_and_layers_without_a_kernel():
    layer = layers.SpectralNormalization(layers.Embedding(4, 2))
    assert layer(np.array([[1, 3]]), training=True).shape == (1, 2, 2)
    with pytest.raises(UserError, match="with a `kernel`"):
        layers.SpectralNormalization(layers.ReLU())(X)
