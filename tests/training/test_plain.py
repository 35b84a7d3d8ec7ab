"""Plain steps, `train_step(self, data)`: no state in sight, and still many steps in one program."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import denser
from denser import layers, ops
from tests.training.small import X, Y


class Plain(denser.Model):
    """A network with BatchNormalization."""

    def __init__(self):
        super().__init__()
        self.inner = [layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dense(1)]

    def call(self, x, training=None):
        for layer in self.inner:
            x = layer(x, training=training)
        return x


class OwnStep(Plain):
    """The same with its own steps."""

    def train_step(self, data):
        x, y = data

        def loss():
            y_pred = self(x, training=True)
            return self.compute_loss(x, y, y_pred), y_pred

        value, y_pred = self.optimizer.minimize(loss, self.trainable_variables)
        logs = self.compute_metrics(x, y, y_pred)
        return {**logs, "loss": value}

    def test_step(self, data):
        x, y = data
        return {"distance": ops.mean(ops.abs(self(x)[:, 0] - y))}

    def predict_step(self, data):
        return self(data, training=False) * 2


@pytest.mark.parametrize("eager", [False, True])
def test_same_as_the_step_of_the_base(eager):
    found = []
    for cls in (Plain, OwnStep):
        denser.utils.set_random_seed(3)
        model = cls()
        model.compile("adam", "mse", metrics=["mae"], run_eagerly=eager)
        model.fit(X, Y, 5, 2, verbose=0, shuffle=False)
        found.append(model)
    for a, b in zip(found[0].get_weights(), found[1].get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert set(found[1].history.history) == {"loss", "mae"}
    assert found[1].evaluate(X, Y, 20, verbose=0) > 0
    outputs = [m.predict(X, verbose=0) for m in found]
    np.testing.assert_allclose(2 * outputs[0], outputs[1], rtol=1e-3, atol=1e-4)


class Rivals(denser.Model):
    """Two networks, two optimizers, no call."""

    def __init__(self):
        super().__init__()
        self.maker = denser.Sequential([denser.Input((2,)), layers.Dense(3)])
        self.judge = denser.Sequential([denser.Input((3,)), layers.Dense(1)])
        self.seed = denser.random.SeedGenerator(1)

    def compile(self, maker, judge):
        super().compile()
        self.maker_optimizer, self.judge_optimizer = maker, judge

    def train_step(self, data):
        noise = denser.random.normal((ops.shape(data)[0], 2), seed=self.seed)

        def judged():
            return ops.mean(self.judge(self.maker(noise))) - ops.mean(self.judge(data))

        judge = self.judge_optimizer.minimize(judged, self.judge.trainable_variables)
        maker = self.maker_optimizer.minimize(
            lambda: -ops.mean(self.judge(self.maker(noise))), self.maker.trainable_variables
        )
        return {"judge": judge, "maker": maker}


def test_several_networks_and_optimizers():
    model = Rivals()
    model.compile(denser.optimizers.Adam(0.01), denser.optimizers.SGD(0.01))
    before = model.get_weights()[::2]  # of the kernels; the judge's bias has no gradient
    history = model.fit(X, batch_size=5, epochs=2, verbose=0).history
    assert set(history) == {"judge", "maker"}
    assert int(model.maker_optimizer.iterations) == 8
    assert not any(
        np.array_equal(a, b) for a, b in zip(before, model.get_weights()[::2], strict=True)
    )


def test_loop_by_hand_and_jax_transformations():
    model = denser.Sequential([denser.Input((3,)), layers.Dense(1)])
    optimizer = denser.optimizers.SGD(0.1)
    losses = [
        float(
            optimizer.minimize(
                lambda: ops.mean(ops.square(model(X)[:, 0] - Y)), model.trainable_variables
            )
        )
        for _ in range(5)
    ]
    assert losses[-1] < losses[0]
    weights = [v.value for v in model.trainable_variables]

    def call(weights, x):
        return model.stateless_call(weights, [], x)[0]

    gradients = jax.jit(jax.grad(lambda w: call(w, jnp.asarray(X)).sum()))(weights)
    assert [g.shape for g in gradients] == [(3, 1), (1,)]
    rows = jax.vmap(lambda row: call(weights, row[None])[0])(jnp.asarray(X))
    np.testing.assert_allclose(rows, model(X), rtol=1e-5, atol=1e-6)


def test_state_tree_there_and_back():
    model = OwnStep()
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    tree = model.get_state_tree("numpy_array")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    model.set_state_tree(tree)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="state_tree"):
        model.set_state_tree({"weights": {}})


def test_limits_of_the_config(monkeypatch):
    model = denser.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "2")
    monkeypatch.setenv("KERAS_MAX_STEPS_PER_EPOCH", "1")
    model.fit(X, Y, 5, 7, verbose=0)
    assert len(model.history.epoch) == 2 and int(model.optimizer.iterations) == 2
    assert len(model.predict(X, 5, verbose=0)) == 5


class Looking(denser.Model):
    """A network that looks at values."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(1)

    def call(self, x):
        y = self.inner(x)
        return y if ops.sum(y) > 0 else -y


def test_run_eagerly_python_may_look_at_values():
    model = Looking()
    model.compile("sgd", "mse", run_eagerly=True)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()
    assert model.evaluate(X, Y, verbose=0) >= 0
    assert model.predict(X, batch_size=5, verbose=0).sum() > 0


@pytest.mark.parametrize("method", ["predict", "predict_on_batch"])
def test_a_step_cannot_run_programs(method):
    class Runs(Plain):
        def train_step(self, data):
            return {"mean": ops.mean(getattr(self, method)(data[0]))}

    model = Runs()
    model.compile("sgd", "mse")
    with pytest.raises(denser.errors.UserError, match=f"`{method}` runs programs of its own"):
        model.fit(X, Y, verbose=0)
