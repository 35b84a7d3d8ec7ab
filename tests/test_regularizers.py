import json

import jax
import keras
import numpy as np
import pytest

from denser import regularizers
from denser.core.registry import custom_object_scope
from denser.core.variable import Variable

CASES = [
    ("L1", {}),
    ("L1", {"l1": 0.5}),
    ("L2", {}),
    ("L2", {"l2": 2}),
    ("L1L2", {"l1": 0.25, "l2": 0.5}),
    ("L1L2", {}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5}),
    ("Regularizer", {}),
]


def both(name, arguments):
    return getattr(regularizers, name)(**arguments), getattr(keras.regularizers, name)(**arguments)


@pytest.mark.parametrize("name, arguments", CASES)
def test_values_and_gradients_are_keras(name, arguments):
    x = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
    ours, theirs = both(name, arguments)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5)
    np.testing.assert_allclose(ours(Variable(x)), ours(x.tolist()), rtol=1e-6)
    if name != "Regularizer":
        expected = jax.grad(lambda x: theirs(x))(x)
        np.testing.assert_allclose(jax.grad(ours)(x), expected, rtol=1e-4, atol=1e-6)


def test_orthogonal_columns_and_a_single_row():
    """Keras divides columns by the rows' lengths, and a single row gives NaN."""
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    columns = regularizers.OrthogonalRegularizer(0.5, "columns")
    assert float(columns(x)) == float(regularizers.OrthogonalRegularizer(0.5)(x.T)) > 0
    assert float(columns([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])) == 0
    assert float(regularizers.OrthogonalRegularizer()(x[:1])) == 0


@pytest.mark.parametrize("name, arguments", CASES[:-1])
def test_configs_travel_both_ways(name, arguments):
    ours, theirs = both(name, arguments)
    config = json.loads(json.dumps(regularizers.serialize(ours)))
    expected = keras.regularizers.serialize(theirs)
    for name, value in expected["config"].items():
        if isinstance(value, float):  # Keras rounds some of them to float32
            expected["config"][name] = pytest.approx(value, rel=1e-6)
    assert config == expected
    assert regularizers.deserialize(config).get_config() == ours.get_config()
    assert keras.regularizers.deserialize(config).get_config() == theirs.get_config()


def test_names():
    for name in ("l1", "l2", "L1L2", "l1l2", "OrthogonalRegularizer", "orthogonal_regularizer"):
        ours, theirs = regularizers.get(name), keras.regularizers.get(name)
        assert type(ours).__name__ == type(theirs).__name__
    assert isinstance(regularizers.get("l1_l2"), regularizers.L1L2)
    assert regularizers.get(None) is None
    for name in dir(keras.regularizers):
        if not name.startswith("_"):
            theirs = getattr(keras.regularizers, name)
            assert getattr(regularizers, name).__name__ == theirs.__name__


def test_the_users_own():
    class L3(regularizers.Regularizer):
        def __init__(self, l3):
            self.l3 = l3

        def __call__(self, x):
            return self.l3 * abs(x) ** 3

    with custom_object_scope({"L3": L3}):
        assert regularizers.deserialize(regularizers.serialize(L3(0.5)))(2.0) == 4
    assert regularizers.get(len) is len
    assert regularizers.L1L2(l1=None).get_config() == {"l1": 0.0, "l2": 0.0}


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: regularizers.get("l1l3"), "Did you mean"),
        (lambda: regularizers.get(0.01), "expected a name"),
        (lambda: regularizers.L1(-1), "`l1` must be a finite number of 0 or more"),
        (lambda: regularizers.L2("a"), "`l2` must be"),
        (lambda: regularizers.L2(np.inf), "`l2` must be"),
        (lambda: regularizers.L2([1.0]), "`l2` must be"),
        (lambda: regularizers.L2(l1=0.1), "no argument `l1`"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), "`mode` must be one of"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), "expected input"),
    ],
)
def test_refusals(make, says):
    with pytest.raises(ValueError, match=says):
        make()
