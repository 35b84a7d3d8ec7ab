"""Calls and predictions of a form that was seen before, which take a shorter way."""

import jax
import numpy as np
import pytest

import denser
from denser import layers
from denser.core.masks import get_mask

X = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")


def small() -> denser.Model:
    denser.utils.set_random_seed(1)
    x = denser.Input((6,))
    y = layers.BatchNormalization(momentum=0.5)(layers.Dense(5, "relu")(x))
    y = layers.Dropout(0.5)(y)
    return denser.Model(x, {"b": layers.Dense(2)(y), "a": layers.Dense(3)(y)})


@pytest.mark.parametrize("training", [None, False, True])
def test_calls_again_give_what_plain_calls_give(training):
    again, plain = small(), small()
    plain.run_eagerly = True  # never takes the shorter way
    for _ in range(3):
        got, want = (model(X, training=training) for model in (again, plain))
        assert list(got) == ["b", "a"]
        for name in want:
            np.testing.assert_allclose(got[name], want[name], rtol=1e-5, atol=1e-6)
    for got, want in zip(again.variables, plain.variables, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_what_changes_is_seen_by_calls_and_predictions():
    model = denser.Sequential([layers.Dense(3, input_shape=(6,)), layers.Dense(2)])

    def check() -> None:
        want = X
        for layer in model.layers:
            want = want @ np.array(layer.kernel) + np.array(layer.bias)
        for _ in range(3):
            np.testing.assert_allclose(model(X), want, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(model.predict(X, verbose=0), want, rtol=1e-5, atol=1e-6)

    check()
    model.set_weights([w + 1 for w in model.get_weights()])
    check()
    model.add(layers.Dense(4))
    check()
    model.pop()
    check()
    model.layers[0].trainable = False
    assert len(model.trainable_variables) == 2
    model.layers[1].kernel.trainable = False
    assert len(model.trainable_variables) == 1
    check()


def test_a_layer_put_into_a_list_or_dict_is_found():
    class Stack(denser.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [layers.Dense(6), {"inner": layers.Dense(6)}]

        def call(self, x):
            for block in self.blocks:
                x = (block["inner"] if isinstance(block, dict) else block)(x)
            return x

    model = Stack()
    for _ in range(3):
        model.predict(X, verbose=0)
    assert len(model.weights) == 4
    model.blocks.append(layers.Dense(2))
    assert model.predict(X, verbose=0).shape == (4, 2) and len(model.weights) == 6
    model.blocks[1]["inner"] = layers.Dense(3)
    model.blocks[2] = layers.Dense(7)
    assert model.predict(X, verbose=0).shape == (4, 7)
    assert [w.shape[-1] for w in model.weights] == [6, 6, 3, 3, 7, 7]


def test_a_users_call_runs_each_time():
    seen = []

    class Own(denser.Model):
        def call(self, x):
            seen.append(x.shape)
            return x * 2

    model = Own()
    for _ in range(4):
        model(X)
    assert seen == [(4, 6)] * 4


def test_masks_and_losses_come_along():
    inputs = denser.Input((3,), dtype="int32")
    model = denser.Model(inputs, layers.Embedding(5, 2, mask_zero=True)(inputs))
    tokens = np.array([[1, 2, 0]])
    for _ in range(3):
        assert get_mask(model(tokens)).tolist() == [[True, True, False]]
    penalized = denser.Sequential([layers.Dense(2, kernel_regularizer="l2", input_shape=(6,))])
    for _ in range(3):
        penalized(X)
        assert len(penalized.losses) == 1


def test_works_inside_jax_transformations():
    model = small()
    for _ in range(2):
        want = model(X)["a"]
    np.testing.assert_allclose(jax.jit(lambda: model(X)["a"])(), want, rtol=1e-5, atol=1e-6)
    assert jax.grad(lambda x: model(x)["a"].sum())(X).shape == X.shape


def test_predictions_are_the_callers_own():
    model = denser.Sequential([layers.Dense(2, input_shape=(6,))])
    for rows in (3, 4):
        for _ in range(3):
            outputs = model.predict(X[:rows], verbose=0)
            outputs[outputs > 0] = 1
            assert outputs.shape == (rows, 2)


def test_a_refused_form_is_refused_again():
    model = denser.Sequential([layers.Dense(2, input_shape=(6,))])
    for _ in range(3):
        model.predict(X, verbose=0)
        with pytest.raises(ValueError, match="expected input"):
            model.predict(X[:, :5], verbose=0)
        with pytest.raises(ValueError, match="expected input"):
            model(X[:, :5])
