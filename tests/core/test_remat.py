"""remat and RematScope: the same numbers, with less kept for the backward pass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import denser
from denser import layers

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")


def network(scope):
    denser.utils.set_random_seed(1)
    with denser.RematScope(scope, output_size_threshold=100, layer_names=["second"]):
        inner = [layers.Dense(16, "gelu", name=n) for n in ("first", "second")]
        inner += [layers.BatchNormalization(), layers.Dropout(0.1), layers.Dense(1)]
    return denser.Sequential([denser.Input((3,)), *inner])


def checkpoints(model):
    fixed = [v.value for v in model.non_trainable_variables]

    def loss(weights):
        return model.stateless_call(weights, fixed, jnp.asarray(X), training=True)[0].sum()

    program = jax.make_jaxpr(loss)([v.value for v in model.trainable_variables])
    return sum(e.primitive.name in ("remat2", "checkpoint", "remat") for e in program.eqns)


@pytest.mark.parametrize(
    ("mode", "count"),
    [(None, 0), ("full", 5), ("activations", 5), ("larger_than", 4), ("list_of_layers", 1)],
)
def test_scope_chooses_layers(mode, count):
    assert checkpoints(network(mode)) == count


def test_training_is_the_same():
    weights = []
    for mode in (None, "full"):
        model = network(mode)
        model.compile("sgd", "mse")
        model.fit(X, X.sum(1), 8, 2, verbose=0, shuffle=False)
        weights.append(model.get_weights())
    for plain, thrifty in zip(*weights, strict=True):
        np.testing.assert_allclose(plain, thrifty, rtol=1e-4, atol=1e-5)


def test_remat_of_a_function_recomputes():
    def f(x):
        return jnp.sin(jnp.sin(x))

    def sines(function):
        return str(jax.make_jaxpr(jax.grad(function))(1.0)).count("= sin ")

    assert sines(denser.remat(f)) > sines(f)
    assert jax.grad(denser.remat(f))(0.3) == pytest.approx(float(jax.grad(f)(0.3)))


def test_bad_mode_is_refused():
    with pytest.raises(ValueError, match="mode"):
        denser.RematScope("all")
