import json

import keras
import numpy as np
import pytest

from denser import constraints
from denser.core.registry import custom_object_scope
from denser.core.variable import Variable

CASES = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}),
    ("MaxNorm", {"axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": [0, 2]}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 1.5, "max_value": 2, "rate": 0.25, "axis": -1}),
    ("Constraint", {}),
]


def both(name, arguments):
    return getattr(constraints, name)(**arguments), getattr(keras.constraints, name)(**arguments)


@pytest.mark.parametrize("name, arguments", CASES)
def test_weights_are_keras(name, arguments):
    w = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32") * 2
    w[:, 0] = 0  # vectors without a direction
    ours, theirs = both(name, arguments)
    np.testing.assert_allclose(ours(w), theirs(w), rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(ours(Variable(w)), ours(w))
    assert ours(np.asarray(w, "float16")).dtype == "float16"


@pytest.mark.parametrize("name, arguments", CASES)
def test_configs_travel_both_ways(name, arguments):
    ours, theirs = both(name, arguments)
    config = json.loads(json.dumps(constraints.serialize(ours)))
    assert config == keras.constraints.serialize(theirs)
    assert constraints.deserialize(config).get_config() == ours.get_config()
    assert keras.constraints.deserialize(config).get_config() == theirs.get_config()


def test_names():
    for name in ("max_norm", "non_neg", "unit_norm", "min_max_norm", "MaxNorm", "NonNeg"):
        ours, theirs = constraints.get(name), keras.constraints.get(name)
        assert type(ours).__name__ == type(theirs).__name__
    assert constraints.get(None) is None
    for name in dir(keras.constraints):
        if not name.startswith("_"):
            theirs = getattr(keras.constraints, name)
            assert getattr(constraints, name).__name__ == theirs.__name__


def test_the_users_own():
    class Halve(constraints.Constraint):
        def __call__(self, w):
            return w / 2

    with custom_object_scope({"Halve": Halve}):
        assert constraints.deserialize(constraints.serialize(Halve()))(4.0) == 2
    assert constraints.get(np.abs) is np.abs


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: constraints.get("max_nrom"), "'max_norm'"),
        (lambda: constraints.get(2), "expected a name"),
        (lambda: constraints.MaxNorm(-1), "`max_value` must be a number of 0 or more"),
        (lambda: constraints.MaxNorm("a"), "`max_value` must be"),
        (lambda: constraints.UnitNorm("a"), "`axis` must be an axis or a list of axes"),
        (lambda: constraints.MinMaxNorm(2, 1), "`max_value` must be at least"),
        (lambda: constraints.MinMaxNorm(rate=2), "`rate` must be a number from 0 to 1"),
        (lambda: constraints.NonNeg(1), "takes no arguments"),
    ],
)
def test_refusals(make, says):
    with pytest.raises(ValueError, match=says):
        make()
