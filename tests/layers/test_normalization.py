"""Normalization: masks, filled-up batches, and when running means are used."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import layers
from denser.core.messages import UserError
from denser.core.variable import Scope

X = np.random.default_rng(1).normal(1, 2, (4, 5, 3)).astype("float32")
MASK = np.arange(5) < np.array([[5], [2], [0], [3]])


def close(a, b, atol=1e-5):
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=atol)


@pytest.mark.parametrize("renorm", (False, True))
def test_masked_places_do_not_count_as_in_keras(renorm):
    ours = layers.BatchNormalization(momentum=0.5, renorm=renorm)
    theirs = keras.layers.BatchNormalization(momentum=0.5, renorm=renorm)
    for _ in range(2):
        close(ours(X, training=True, mask=MASK), theirs(X, training=True, mask=MASK))
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        close(mine, other)


def test_a_frozen_layer_uses_and_keeps_its_running_means():
    layer = layers.BatchNormalization()
    layer(X, training=True)
    layer.trainable = False
    before = layer.get_weights()
    close(layer(X, training=True), layer(X, training=False))
    for one, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert layer.trainable_variables == []


def test_rows_that_fill_up_a_batch_do_not_count():
    layer = layers.BatchNormalization(momentum=0.0)
    layer.build(X.shape)
    filled = np.concatenate([X, 100 + X[:2]])
    rows = jnp.arange(6) < 4
    with Scope(((v, v.value) for v in layer.variables), rows=rows) as scope:
        y = layer(filled, training=True)
        mean, variance = (scope.value(v) for v in (layer.moving_mean, layer.moving_variance))
    close(mean, X.mean((0, 1)))
    close(variance, X.var((0, 1)), 1e-4)
    close(y[:4], layer(X, training=True))


def test_half_types_are_normalized_in_float32():
    x = (X * 100 + 3000).astype("float16")
    for cls in (layers.BatchNormalization, layers.LayerNormalization):
        y = cls(dtype="mixed_float16")(x, **({"training": True} if "Batch" in cls.__name__ else {}))
        assert y.dtype == "float16" and np.all(np.isfinite(y)) and np.std(y) > 0.5


@pytest.mark.filterwarnings("ignore:You passed `rms_scaling")
def test_the_old_rms_scaling_is_that_of_keras():
    ours = layers.LayerNormalization(rms_scaling=True)
    theirs = keras.layers.LayerNormalization(rms_scaling=True)
    close(ours(X), theirs(X))
    assert ours.get_config()["rms_scaling"]


def test_mistakes_are_told():
    with pytest.raises(UserError, match="`groups`.*divisor of the 3 channels"):
        layers.GroupNormalization(2)(X)
    with pytest.raises(UserError, match="`axis`.*among the 3 axes"):
        layers.LayerNormalization(axis=4)(X)
