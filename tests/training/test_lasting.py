"""Models that live long: no memory grows, several threads ask at once, copies stand alone."""

import copy
import gc
import pickle
import threading

import jax
import numpy as np
import pytest

import denser
from denser import layers
from denser.core.masks import _masks

random = np.random.default_rng(0)
X, Y = random.normal(size=(40, 4)).astype("float32"), random.normal(size=(40, 2)).astype("float32")


def network(*first):
    model = denser.Sequential(
        [
            *first,
            layers.Dense(8, "relu", activity_regularizer="l2"),
            layers.Dropout(0.3),
            layers.BatchNormalization(),
            layers.Dense(2),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_nothing_grows_over_many_runs():
    masked = [layers.Embedding(9, 4, mask_zero=True), layers.LSTM(4)]
    tokens = random.integers(0, 9, (40, 6))
    runs = [(network(denser.Input((4,))), X), (network(*masked), tokens)]

    def everything(times):
        for model, x in runs:
            for _ in range(times):
                model.fit(x, Y, validation_split=0.2, verbose=0)
                model.evaluate(x, Y, verbose=0)
                model.train_on_batch(x, Y)
                model(x)
                for _ in range(20):
                    model.predict(x[:3], verbose=0)
        gc.collect()
        nodes = [len(layer._nodes) for model, _ in runs for layer in model._flatten_layers()]
        return len(jax.live_arrays()), len(_masks), nodes

    assert everything(12) == everything(2)


def test_threads_predict_with_one_model():
    model = network(denser.Input((4,)))
    expected = model.predict(X, verbose=0)
    found = []

    def ask():
        found.extend(model.predict(X, verbose=0) for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80 and all(np.array_equal(y, expected) for y in found)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_goes_on_alone(again):
    model = network(denser.Input((4,)))
    model.fit(X, Y, verbose=0)
    twin, before = again(model), model.get_weights()
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))
    twin.fit(X, Y, shuffle=False, verbose=0)
    assert all(map(np.array_equal, model.get_weights(), before))
    model.fit(X, Y, shuffle=False, verbose=0)
    for mine, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_model_without_optimizer_is_evaluated_not_trained():
    model = denser.Sequential([denser.Input((4,)), layers.Dense(2)])
    model.compile(optimizer=None, loss="mse")
    model.evaluate(X, Y, verbose=0)
    with pytest.raises(denser.core.messages.UserError, match="optimizer=None"):
        model.fit(X, Y, verbose=0)


def test_frozen_models_say_that_nothing_is_trained():
    model = network(denser.Input((4,)))
    model.trainable = False
    with pytest.warns(UserWarning, match="frozen"):
        model.fit(X, Y, verbose=0)
