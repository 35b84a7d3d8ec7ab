"""Schedules give Keras's rates, at once or traced, and their configs travel."""

import inspect

import jax
import keras
import numpy as np
import pytest

from denser.optimizers import schedules

CASES = [
    ("ExponentialDecay", (0.1, 10, 0.9), {}),
    ("ExponentialDecay", (0.1, 10, 0.9), {"staircase": True}),
    ("PiecewiseConstantDecay", ([3, 6], [0.1, 0.2, 0.3]), {}),
    ("PolynomialDecay", (0.1, 10), {"power": 2.0}),
    ("PolynomialDecay", (0.1, 10), {"cycle": True, "end_learning_rate": 0.02}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {"staircase": True}),
    ("CosineDecay", (0.1, 10), {"alpha": 0.1}),
    ("CosineDecay", (0.1, 10), {"warmup_target": 0.5, "warmup_steps": 4}),
    ("CosineDecayRestarts", (0.1, 7), {}),
    ("CosineDecayRestarts", (0.1, 7), {"t_mul": 1.0, "m_mul": 0.5, "alpha": 0.1}),
    ("CosineDecayRestarts", (0.1, 7), {"t_mul": 1.5, "m_mul": 0.9, "name": "mine"}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), CASES)
def test_as_keras(name, args, kwargs):
    ours = getattr(schedules, name)(*args, **kwargs)
    theirs = getattr(keras.optimizers.schedules, name)(*args, **kwargs)
    steps = np.array([0, 1, 3, 5, 7, 8, 14, 20, 44], dtype="int32")
    expected = [float(theirs(step)) for step in steps]
    np.testing.assert_allclose(jax.jit(jax.vmap(ours))(steps), expected, rtol=1e-4, atol=1e-6)
    assert float(ours(5)) == pytest.approx(expected[3], rel=1e-4)
    config = schedules.serialize(ours)
    assert config == keras.optimizers.schedules.serialize(theirs)
    assert schedules.serialize(schedules.deserialize(config)) == config
    assert inspect.signature(type(ours)).parameters.keys() == (
        inspect.signature(type(theirs)).parameters.keys()
    )


def test_own_schedule():
    class Steps(schedules.LearningRateSchedule):
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, step):
            return self.rate / (1 + step)

    made = schedules.deserialize(schedules.serialize(Steps(0.5)), {"Steps": Steps})
    assert made(0) == 0.5 and made.get_config() == {"rate": 0.5}
