"""JaxLayer and FlaxLayer: functions and modules of others train, are saved, keep their state."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import UserError

X = np.random.default_rng(1).normal(size=(8, 3)).astype("f")
Y = X @ np.array([[1.0], [2.0], [-1.0]], "f")


@denser.saving.register_keras_serializable("test_jax_layer")
def product(params, inputs):
    return inputs @ params["w"] + params["b"]


@denser.saving.register_keras_serializable("test_jax_layer")
def start(rng, inputs):
    return {"w": jax.random.normal(rng, (inputs.shape[-1], 1)), "b": jnp.zeros(1)}


def counting(params, state, rng, inputs, training):
    noise = jax.random.normal(rng, inputs.shape) * training
    return inputs * params + noise, {"calls": state["calls"] + 1}


def test_a_function_trains_and_is_saved(tmp_path):
    model = denser.Sequential([denser.Input((3,)), layers.JaxLayer(product, start, seed=3)])
    assert [w.shape for w in model.weights] == [(1,), (3, 1)]
    model.compile(denser.optimizers.SGD(0.1), "mse")
    loss = model.fit(X, Y, epochs=30, verbose=0).history["loss"]
    assert loss[-1] < 0.1 * loss[0]
    model.save(tmp_path / "model.keras")
    read = denser.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(read(X), model(X))


def test_states_and_keys_change_from_call_to_call():
    layer = layers.JaxLayer(counting, params=np.float32(2), state={"calls": np.int32(0)}, seed=1)
    np.testing.assert_array_equal(layer(X), 2 * X)
    a, b = layer(X, training=True), layer(X, training=True)
    assert not np.allclose(a, b)
    assert layer.state["calls"].value == 3
    assert [w.shape for w in layer.trainable_weights] == [()]


def test_a_layer_built_inside_a_compiled_call_has_real_weights():
    class Net(denser.Model):
        def __init__(self):
            super().__init__()
            self.inner = layers.JaxLayer(product, start)

        def call(self, x):
            return self.inner(x)

    net = Net()
    net.compile("sgd", "mse")
    net.fit(X, Y, verbose=0)
    assert np.isfinite(net.inner.params["w"].value).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"call_fn": 17, "init_fn": start}, "`call_fn` must be a function"),
        ({"call_fn": lambda x: x, "init_fn": start}, "function of inputs, params"),
        ({"call_fn": product, "init_fn": lambda rng, inputs, size: 0}, "`init_fn` must be"),
        ({"call_fn": product}, "`init_fn` must be given"),
        ({"call_fn": product, "init_fn": start, "native_serialization_platforms": ["cpu"]}, "None"),
    ],
)
def test_functions_of_other_arguments_are_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        layers.JaxLayer(**arguments)


class Module:
    """Stands in for a flax.linen.Module: a product, a dropout, a running mean."""

    def __call__(self, inputs, training):
        raise NotImplementedError("only `init` and `apply` are called")

    def init(self, rngs, inputs, training):
        assert set(rngs) == {"params", "dropout"} and training
        kernel = jax.random.normal(rngs["params"], (inputs.shape[-1], 1))
        return {"params": {"kernel": kernel}, "stats": {"mean": jnp.zeros(())}}

    def apply(self, variables, inputs, training, rngs=None, mutable=False):
        outputs = inputs @ variables["params"]["kernel"] - variables["stats"]["mean"]
        if not training:
            return outputs
        assert mutable == ["stats"]
        kept = jax.random.bernoulli(rngs["dropout"], 0.9, outputs.shape)
        mean = 0.9 * variables["stats"]["mean"] + 0.1 * outputs.mean()
        return outputs * kept, {"stats": {"mean": mean}}


def test_a_module_trains_and_keeps_its_state():
    layer = layers.FlaxLayer(Module())
    model = denser.Sequential([denser.Input((3,)), layer])
    model.compile(denser.optimizers.SGD(0.05), "mse")
    loss = model.fit(X, Y, epochs=30, verbose=0).history["loss"]
    assert loss[-1] < loss[0]
    assert layer.state["stats"]["mean"].value != 0
    again = layers.FlaxLayer(Module(), variables={"params": {"kernel": np.ones((3, 1), "f")},
                                                  "stats": {"mean": np.float32(1)}})  # fmt: skip
    np.testing.assert_allclose(again(X), X.sum(1, keepdims=True) - 1, atol=1e-5)


def test_what_is_no_module_is_refused():
    with pytest.raises(UserError, match="`module` must be a flax.linen.Module"):
        layers.FlaxLayer(17)
