"""Layers that add noise in training: its statistics, its seeds, and none elsewhere."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from denser import layers
from denser.core.messages import UserError

ONES = jnp.ones((50, 40, 30))
NOISY = {
    "Dropout": {"rate": 0.25},
    "SpatialDropout1D": {"rate": 0.25},
    "GaussianNoise": {"stddev": 0.3},
    "GaussianDropout": {"rate": 0.25},
    "AlphaDropout": {"rate": 0.25},
}


@pytest.mark.parametrize("name", NOISY)
def test_noise_is_only_in_training_and_repeats_with_the_seed(name):
    one, two, three = (getattr(layers, name)(**NOISY[name], seed=s) for s in (5, 5, 6))
    np.testing.assert_array_equal(one(ONES), ONES)
    np.testing.assert_array_equal(one(ONES, training=False), ONES)
    first = one(ONES, training=True)
    np.testing.assert_array_equal(first, two(ONES, training=True))
    assert not np.array_equal(first, one(ONES, training=True))
    assert not np.array_equal(first, three(ONES, training=True))


@pytest.mark.parametrize(
    "name, deviation",
    (("GaussianNoise", 0.3), ("GaussianDropout", math.sqrt(1 / 3)), ("Dropout", math.sqrt(1 / 3))),
)
def test_noise_keeps_the_mean_and_has_its_deviation(name, deviation):
    y = getattr(layers, name)(**NOISY[name], seed=1)(ONES, training=True)
    assert abs(float(y.mean()) - 1) < 0.01
    assert abs(float(y.std()) - deviation) < 0.01


def test_alpha_dropout_keeps_mean_0_and_variance_1():
    x = np.random.default_rng(0).normal(size=ONES.shape).astype("float32")
    y = layers.AlphaDropout(0.4, seed=1)(x, training=True)
    assert abs(float(y.mean())) < 0.02 and abs(float(y.std()) - 1) < 0.02


@pytest.mark.parametrize("rank", (1, 2, 3))
@pytest.mark.parametrize("first", (False, True))
def test_spatial_dropout_drops_whole_channels(rank, first):
    if rank == 1 and first:
        pytest.skip("it has no data_format")
    options = {"data_format": "channels_first"} if first else {}
    layer = getattr(layers, f"SpatialDropout{rank}D")(0.5, seed=2, **options)
    space = (3, 4, 5)[:rank]
    x = jnp.ones((20, 30, *space) if first else (20, *space, 30))
    y = np.asarray(layer(x, training=True))
    y = y.reshape(20, 30, -1).swapaxes(1, 2) if first else y.reshape(20, -1, 30)
    assert np.all(y == y[:, :1]) and 0.4 < np.mean(y[:, 0] == 0) < 0.6


def test_noise_shape_drops_together():
    y = np.asarray(layers.Dropout(0.5, noise_shape=(None, 1, 30), seed=3)(ONES, training=True))
    assert np.all(y == y[:, :1]) and len(np.unique(y)) == 2
    with pytest.raises(UserError, match="`noise_shape`"):
        layers.Dropout(0.5, noise_shape=(None, 7, 1))(ONES, training=True)


def test_rates_at_the_ends():
    np.testing.assert_array_equal(layers.Dropout(0)(ONES, training=True), ONES)
    assert not np.any(layers.Dropout(1)(ONES, training=True))
    assert layers.Dropout(0).variables == []


def test_penalties_on_the_activity_join_the_losses():
    layer = layers.ActivityRegularization(l1=0.5, l2=0.25)
    layer(jnp.array([[1.0, -2.0]]))
    assert [float(loss) for loss in layer.losses] == [0.5 * 3 + 0.25 * 5]
