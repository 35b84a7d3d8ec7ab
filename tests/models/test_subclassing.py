"""Models that compute in their own `call`, train in their own steps, or extend a graph."""

import subprocess
import sys

import jax
import numpy as np
import pytest

import denser
from denser import layers
from tests.twins import agree, twins

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(20, 6)).astype("float32")
Y = RANDOM.integers(0, 3, 20)


def net(k):
    class Net(k.Model):
        def __init__(self, units=4):
            super().__init__(name="net")
            self.blocks = [k.layers.Dense(units, "relu") for _ in range(2)]
            self.ends = {"head": k.layers.Dense(3, "softmax")}
            self.norm = k.layers.BatchNormalization()

        def call(self, x, training=False):
            for block in self.blocks:
                x = block(x)
            return self.ends["head"](self.norm(x, training=training))

    return Net()


def noisy(k):
    class Sampling(k.layers.Layer):
        def call(self, x):
            noise = k.ops.zeros((k.ops.shape(x)[0], x.shape[1]))
            self.add_loss(0.01 * k.ops.mean(x**2))
            return x + noise

    class Noisy(k.Model):
        def __init__(self):
            super().__init__()
            self.body = k.Sequential([k.layers.Dense(5, "tanh"), Sampling()])
            self.head = k.layers.Dense(3, "softmax")

        def call(self, inputs):
            return self.head(self.body(inputs))

    return Noisy()


@pytest.mark.parametrize("build", [net, noisy])
def test_trains_as_keras_does(build):
    theirs, ours = twins(build, X)
    assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
    for model in (theirs, ours):
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    how = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
    agree(theirs.fit(X, Y, **how).history, ours.fit(X, Y, **how).history)
    agree(theirs.get_weights(), ours.get_weights())
    agree(theirs.evaluate(X, Y, verbose=0), ours.evaluate(X, Y, verbose=0))
    agree(theirs.predict(X, verbose=0), ours.predict(X, verbose=0))


@pytest.mark.parametrize("how", ["build", "call", "fit"])
def test_is_built_by_shape_data_or_fit(how):
    model = net(denser)
    assert not model.built and model.weights == [] and model.inputs is None
    if how == "build":
        model.build((None, 6))
    elif how == "call":
        model(X)
    else:
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(X, Y, verbose=0)
    assert model.built and model.count_params() == 79
    assert len(model.trainable_weights) == 8 and len(model.non_trainable_weights) == 2
    assert [layer.name.rstrip("_0123456789") for layer in model.layers] == [
        "dense", "dense", "dense", "batch_normalization",
    ]  # fmt: skip


def own_step(k):
    class Own(k.Model):
        def train_step(self, state, data):
            trainable, fixed, slots, counts = state
            x, y = data

            def loss_of(trainable):
                y_pred, new = self.stateless_call(trainable, fixed, x, training=True)
                return 2 * self.compute_loss(x, y, y_pred), (y_pred, new)

            grad = jax.value_and_grad(loss_of, has_aux=True)
            (loss, (y_pred, fixed_after)), gradients = grad(trainable)
            trainable, slots = self.optimizer.stateless_apply(slots, gradients, trainable)
            logs, after = {}, []
            for metric in self.metrics:
                mine = counts[len(after) : len(after) + len(metric.variables)]
                given = (loss,) if metric.name == "loss" else (y, y_pred)
                mine = metric.stateless_update_state(mine, *given)
                logs[metric.name] = metric.stateless_result(mine)
                after += mine
            return logs, (trainable, fixed_after, slots, after)

    x = k.Input((6,))
    return Own(x, k.layers.Dense(1)(k.layers.BatchNormalization()(x)))


def test_a_graph_with_a_step_of_its_own():
    theirs, ours = twins(own_step)
    assert isinstance(ours, denser.models.Functional) and type(ours).__name__ == "Own"
    for model in (theirs, ours):
        model.compile("sgd", "mse", metrics=["mae"])
    how = {"batch_size": 5, "epochs": 2, "shuffle": False, "verbose": 0}
    expected = theirs.fit(X, X[:, :1], **how).history
    agree(expected, ours.fit(X, X[:, :1], **how).history)
    agree(theirs.get_weights(), ours.get_weights())


def test_a_step_of_ones_own_needs_neither_loss_nor_call():
    class Learns(denser.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)
            self.dense.build((None, 6))
            self.built = True

        def train_step(self, state, x):
            trainable, fixed, slots, counts = state
            loss = jax.numpy.mean(self.dense.stateless_call(trainable, [], x)[0] ** 2)
            return {"own": loss}, (trainable, fixed, slots, counts)

    model = Learns()
    model.compile("sgd")
    assert list(model.fit(X, verbose=0).history) == ["own"]


def test_a_graph_made_in_init():
    class Named(denser.Model):
        def __init__(self, units):
            x = denser.Input((6,))
            super().__init__(inputs=x, outputs=layers.Dense(units)(x), name="made")
            self.extra = units

        def twice(self, x):
            return 2 * self(x)

    model = Named(2)
    assert isinstance(model, Named) and model.output_shape == (None, 2) and model.extra == 2
    agree(2 * np.asarray(model(X)), model.twice(X))
    assert len(model.weights) == 2 and model.name == "made"


def test_the_same_seed_gives_the_same_bits_here_and_in_another_process():
    code = (
        "import numpy as np, denser\n"
        "denser.utils.set_random_seed(5)\n"
        "x = np.linspace(0, 1, 60, dtype='float32').reshape(20, 3)\n"
        "m = denser.Sequential([denser.layers.Dense(8, 'relu'), denser.layers.Dropout(0.5),\n"
        "    denser.layers.GaussianNoise(0.1, seed=3), denser.layers.Dense(1)])\n"
        "m.compile('adam', 'mse')\n"
        "loss = m.fit(x, x[:, :1], 8, 3, verbose=0).history['loss']\n"
        "result = [v.hex() for v in loss], [w.tobytes().hex() for w in m.get_weights()]\n"
    )
    found = []
    for _ in range(2):
        space = {}
        exec(code, space)
        found.append(space["result"])
    assert found[0] == found[1]
    other = subprocess.run(
        [sys.executable, "-c", code + "print(result)"], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == str(found[0])


def test_jitted_eager_and_symbolic_calls_agree():
    model = net(denser)
    eager = model(X)
    state = [[v.value for v in g] for g in
             (model.trainable_variables, model.non_trainable_variables)]  # fmt: skip
    outputs, _ = jax.jit(model.stateless_call)(*state, X)
    agree(np.asarray(eager), outputs)
    agree(np.asarray(eager), model.predict(X, verbose=0))
    x = denser.Input((6,))
    agree(np.asarray(eager), denser.Model(x, model(x))(X))


def test_a_changed_model_asks_to_be_compiled_again():
    model = net(denser)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    model.norm.trainable = False
    with pytest.raises(ValueError, match="its optimizer was built for other weights.*`compile`"):
        model.fit(X, Y, verbose=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = model.norm.get_weights()
    model.fit(X, Y, verbose=0)
    agree(before, model.norm.get_weights())
