"""Rehearsal: what is tried on shapes before anything is compiled."""

import numpy as np
import pytest

from denser import Sequential, layers, metrics, ops

SIZE = 4


def blocks(y_true, y_pred):
    """A loss with the size of the batch written in it."""
    squares = ops.square(y_true - y_pred)
    return ops.mean(ops.reshape(squares, (SIZE, -1)), axis=-1)


class Noise(layers.Layer):
    def call(self, x):
        return x + ops.zeros((SIZE, 2))


@pytest.mark.parametrize("eager", [False, True])
def test_what_fits_one_size_of_batch_runs_on_that(eager):
    model = Sequential([layers.Dense(2), Noise()])
    model.compile("sgd", blocks, metrics=[metrics.MeanMetricWrapper(blocks)], run_eagerly=eager)
    x, y = np.ones((8, 3)), np.zeros((8, 2))
    model.fit(x, y, batch_size=SIZE, verbose=0)
    loss, metric = model.evaluate(x, y, batch_size=SIZE, verbose=0)
    assert loss == pytest.approx(metric)
    assert model.predict(x, batch_size=SIZE, verbose=0).shape == (8, 2)


def test_the_error_is_of_any_size_where_none_fits():
    model = Sequential([layers.Dense(2), Noise()])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="720"):
        model.fit(np.ones((6, 3)), np.zeros((6, 2)), batch_size=3, verbose=0)
