"""A small network to run callbacks with."""

import numpy as np

import denser

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
Y = X.sum(1)


def linear(k):
    """A layer of one unit in Keras or denser."""
    return k.Sequential([k.Input((3,)), k.layers.Dense(1)])


def batches(size=5):
    """X and Y, batch by batch."""
    for begin in range(0, 20, size):
        yield X[begin : begin + size], Y[begin : begin + size]


def trained(callbacks, epochs=2, rows=96, verbose=0, **options):
    """A network trained on batches of one row with some callbacks."""
    model = linear(denser)
    model.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    x = np.resize(X, (rows, 3))
    model.fit(x, x.sum(1), 1, epochs, verbose, callbacks, shuffle=False)
    return model
