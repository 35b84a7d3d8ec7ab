"""MultiOptimizer and ScheduleFreeAdamW beside Keras's."""

import keras
import numpy as np
import pytest

import denser


def steps(k, optimizer):
    """Two weights after some steps, and the state."""
    weights = [k.Variable([1.0, 2.0], name="a"), k.Variable([3.0], name="b")]
    optimizer.build(weights)
    for number in range(5):
        gradients = [[0.5 * number + 0.1, -1.0], [0.3]]
        optimizer.apply([np.array(g, "float32") for g in gradients])
    state = [np.asarray(v) for v in [*weights, *optimizer.variables]]
    optimizer.finalize_variable_values(weights)
    return [*state, *(np.asarray(v) for v in weights)]


def several(k):
    names = k.optimizers.OptimizerMap(k.optimizers.SGD(0.1), {"a": k.optimizers.Adam(0.1)})
    return k.optimizers.MultiOptimizer(names, loss_scale_factor=2.0)


@pytest.mark.parametrize(
    "make",
    [
        several,
        lambda k: k.optimizers.ScheduleFreeAdamW(0.1, warmup_steps=3, weight_decay=0.1),
        lambda k: k.optimizers.ScheduleFreeAdamW(0.1, beta_1=0.8),
    ],
)
def test_steps_are_kerass(make):
    for ours, theirs in zip(steps(denser, make(denser)), steps(keras, make(keras)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_config_there_and_back():
    again = denser.optimizers.deserialize(denser.optimizers.serialize(several(denser)))
    assert [type(o).__name__ for o in again._choose.values()] == ["Adam"]
    assert again.loss_scale_factor == 2.0
    with pytest.raises(AttributeError, match="optimizers"):
        again.learning_rate  # noqa: B018


def test_legacy_names_say_what_to_write():
    with pytest.raises(ImportError, match="optimizers.SGD"):
        denser.optimizers.legacy.SGD(0.1)
