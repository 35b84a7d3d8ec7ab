import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import activations
from denser.core.graph import Graph
from denser.core.tensor import KerasTensor
from denser.core.variable import Variable
from denser.saving import custom_object_scope, register_keras_serializable

NAMES = [
    name
    for name in dir(keras.activations)
    if not name.startswith("_") and name not in ("get", "serialize", "deserialize")
]
# sparsemax: Keras's threshold on JAX sums the cumulated sums, so that its result does not add up
# to 1; threshold needs arguments.
CASES = [(name, {}) for name in NAMES if name not in ("sparsemax", "threshold")] + [
    ("relu", {"negative_slope": 0.25}),
    ("relu", {"max_value": 1.5}),
    ("relu", {"max_value": 6}),
    ("relu", {"threshold": 0.7}),
    ("relu", {"negative_slope": 0.25, "max_value": 2.0, "threshold": 0.5}),
    ("leaky_relu", {"negative_slope": 0.5}),
    ("elu", {"alpha": 0.5}),
    ("celu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 0}),
    ("squareplus", {"b": 1}),
    ("hard_shrink", {"threshold": 1.0}),
    ("soft_shrink", {"threshold": 1.0}),
    ("threshold", {"threshold": 0.3, "default_value": -7.0}),
    ("softmax", {"axis": 1}),
    ("log_softmax", {"axis": 0}),
]
X = np.random.default_rng(0).normal(size=(4, 3, 6)).astype("float32") * 3


@pytest.mark.parametrize("name, arguments", CASES)
def test_values_and_gradients_are_keras(name, arguments):
    functions = [getattr(module, name) for module in (activations, keras.activations)]

    @jax.jit
    def values_and_slopes(x):
        results = []
        for function in functions:
            value, pull = jax.vjp(lambda x, f=function: f(x, **arguments), x)
            weights = jnp.sin(jnp.arange(float(value.size))).reshape(value.shape)
            results += [value, *pull(weights)]
        return results

    value, slope, their_value, their_slope = values_and_slopes(X)
    np.testing.assert_allclose(value, their_value, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(slope, their_slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("x", [-1e30, -100.0, 0.0, 100.0, 1e30])
@pytest.mark.parametrize(
    "name", ["relu", "sigmoid", "softplus", "silu", "gelu", "elu", "mish", "tanh", "log_sigmoid"]
)
def test_extremes_stay_finite(name, x):
    value, slope = jax.value_and_grad(getattr(activations, name))(jnp.float32(x))
    assert np.isfinite(value) and np.isfinite(slope)


@pytest.mark.parametrize("name", NAMES)
def test_symbolic_shapes_variables_and_half_types(name):
    function = getattr(activations, name)
    extra = (0.5, 1.0) if name == "threshold" else ()
    x = KerasTensor((None, 3, 6))
    y = function(x, *extra)
    value = np.asarray(function(Variable(X), *extra))
    assert y.shape == (None, *value.shape[1:])
    assert y.dtype == value.dtype == "float32"
    if y is not x:
        np.testing.assert_array_equal(Graph(x, y).run(X), value)
    assert function(jnp.asarray(X, "bfloat16"), *extra).dtype == "bfloat16"


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_sparsemax_is_the_nearest_point_of_the_simplex(axis):
    p = np.asarray(activations.sparsemax(X, axis))
    np.testing.assert_allclose(p.sum(axis), 1, rtol=1e-6)
    assert (p >= 0).all() and (p == 0).any()
    # Nearest: x - p is the same on the support, and nowhere above it elsewhere.
    tau = np.max(np.asarray(X - p), axis, keepdims=True, where=p > 0, initial=-np.inf)
    np.testing.assert_allclose(p, np.maximum(X - tau, 0), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_names_travel_both_ways(name):
    ours, theirs = activations.get(name), keras.activations.get(name)
    assert ours is getattr(activations, name)
    assert activations.serialize(ours) == keras.activations.serialize(theirs)
    config = {"module": "keras.activations", "class_name": "function", "config": ours.__name__}
    assert activations.deserialize({**config, "registered_name": ours.__name__}) is ours


def test_the_users_own():
    @register_keras_serializable("mine")
    def wave(x):
        return jnp.sin(x)

    def plain(x):
        return x

    assert activations.get(wave) is wave
    assert activations.deserialize(activations.serialize(wave)) is wave
    assert activations.serialize(plain) == keras.activations.serialize(plain)
    with custom_object_scope({"plain": plain}):
        assert activations.get("plain") is plain
        assert activations.deserialize(activations.serialize(plain)) is plain
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: activations.get("rellu"), "Did you mean 'relu'"),
        (lambda: activations.get(17), "expected a name"),
        (lambda: activations.glu(np.ones((2, 3))), "has no two halves"),
        (lambda: activations.relu([1.0], slope=1), "relu"),
        (lambda: activations.relu(["a"]), "Expected numbers"),
    ],
)
def test_refusals(make, says):
    with pytest.raises(ValueError, match=says):
        make()
