"""What all optimizers share: missing gradients, state, files, configs, refusals."""

import inspect
import json

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import optimizers
from denser.core.messages import UserError
from denser.core.registry import custom_object_scope
from denser.core.variable import Variable

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NAMES = [
    name for name, value in vars(optimizers).items()
    if isinstance(value, type) and issubclass(value, optimizers.Optimizer)
    and name not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
]  # fmt: skip
G = np.array([1.0, -2.0, 3.0], "float32")
BAD = G * np.inf


def _weights(make=Variable, prepare=None):
    weights = [make(np.ones(3, "f"), name="kernel"), make(np.full(3, 2.0, "f"), name="bias")]
    if prepare:
        prepare(weights)
    return weights


def _overwrite(weights):
    weights[1].overwrite_with_gradient = True


def _constrain(weights):
    weights[0].constraint = lambda w: keras.ops.clip(w, 0.0, 0.95)


def _without_bias(module):
    optimizer = module.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _decaying(module, **kwargs):
    return module.SGD(module.schedules.ExponentialDecay(0.1, 2, 0.5), **kwargs)


EAGER = {
    "missing": (lambda m: m.Adam(0.1), [[G, None], [G, G], [None, G]], None),
    "missing, average": (
        lambda m: m.SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
        [[G, None], [G, G], [None, G]],
        None,
    ),
    "overwritten": (lambda m: m.Adam(0.1, use_ema=True), [[G, G], [G, 2 * G]], _overwrite),
    "overwritten, accumulated": (
        lambda m: m.Adam(0.1, gradient_accumulation_steps=2),
        [[G, G], [G, 2 * G], [G, G]],
        _overwrite,
    ),
    "constraint": (lambda m: m.SGD(0.1, use_ema=True), [[G, G]] * 3, _constrain),
    "schedule": (
        lambda m: _decaying(m, gradient_accumulation_steps=2, weight_decay=0.1),
        [[G, G]] * 4,
        None,
    ),
    "callable": (lambda m: m.SGD(lambda: 0.3), [[G, G]] * 2, None),
    "no decay of biases": (_without_bias, [[G, G]] * 2, None),
    "broken gradient": (lambda m: m.SGD(0.1, global_clipnorm=1.0), [[BAD, G]], None),
}


@pytest.mark.filterwarnings("ignore:.*radient")
@pytest.mark.parametrize("case", EAGER)
def test_as_keras_step_by_step(case):
    make, gradients, prepare = EAGER[case]
    results = []
    for module, variable in ((optimizers, Variable), (keras.optimizers, keras.Variable)):
        weights, optimizer = _weights(variable, prepare), make(module)
        optimizer.build(weights)
        for grads in gradients:
            optimizer.apply(grads)
        results.append([np.asarray(v) for v in (*weights, *optimizer.variables)])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize(
    "shared", [{}, {"use_ema": True}, {"gradient_accumulation_steps": 2, "clipnorm": 1.0}]
)
def test_loss_scale_as_keras(shared):
    steps = [[G, G], [BAD, G], [G, G], [G, G], [G, BAD], [G, G], [G, G]]
    results = []
    for module, variable in ((optimizers, Variable), (keras.optimizers, keras.Variable)):
        inner = module.Adam(0.1, **shared)
        optimizer = module.LossScaleOptimizer(inner, initial_scale=8.0, dynamic_growth_steps=2)
        weights = _weights(variable)
        optimizer.build(weights)
        values = [v.value for v in weights], [v.value for v in optimizer.variables]
        step = jax.jit(lambda w, o, g, f=optimizer.stateless_apply: f(o, g, w))
        for grads in steps:
            values = step(*values, grads)
        results.append([*values[0], *values[1]])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_loss_scale_step_by_step_leaves_out_broken_steps():
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), initial_scale=8.0)
    weights = _weights()
    optimizer.apply([8 * G, BAD], weights)
    assert weights[0].numpy().tolist() == [1, 1, 1] and int(optimizer.iterations) == 0
    assert float(optimizer.scale_loss(1.0)) == 4.0
    optimizer.apply([4 * G, 4 * G])
    assert weights[0].numpy().tolist() == (1 - G).tolist() and int(optimizer.iterations) == 1
    optimizer.learning_rate = 0.25
    assert float(optimizer.inner_optimizer.learning_rate) == 0.25


@pytest.mark.parametrize("name", [*NAMES, "Optimizer", "LossScaleOptimizer"])
def test_signature_is_keras(name):
    def arguments(cls):
        found = inspect.signature(cls).parameters.values()
        return [(p.name, p.default) for p in found if p.kind is not p.VAR_KEYWORD]

    assert arguments(getattr(optimizers, name)) == arguments(getattr(keras.optimizers, name))


@pytest.mark.parametrize("name", NAMES)
def test_config_there_and_back(name):
    ours, theirs = (getattr(m, name)(name="it") for m in (optimizers, keras.optimizers))
    config = optimizers.serialize(ours)
    assert config == keras.optimizers.serialize(theirs)
    made = optimizers.deserialize(config)
    assert type(made) is type(ours) and optimizers.serialize(made) == config
    assert type(optimizers.get(name.lower())) is type(ours)


def test_nested_configs():
    ours, theirs = (
        m.LossScaleOptimizer(m.SGD(m.schedules.CosineDecay(0.1, 5), name="in"), name="out")
        for m in (optimizers, keras.optimizers)
    )
    config = optimizers.serialize(ours)
    assert json.dumps(config, sort_keys=True) == json.dumps(
        keras.optimizers.serialize(theirs), sort_keys=True
    )
    assert optimizers.serialize(optimizers.get(config)) == config


def test_state_travels_both_ways():
    for source, target in ((optimizers, keras.optimizers), (keras.optimizers, optimizers)):
        pair = []
        for module in (source, target):
            variable = Variable if module is optimizers else keras.Variable
            optimizer = module.Adam(0.1, amsgrad=True)
            weights = _weights(variable)
            optimizer.build(weights)
            pair.append((optimizer, weights))
        (first, _), (second, _) = pair
        first.apply([G, G])
        store = {}
        first.save_own_variables(store)
        second.load_own_variables(store)
        for a, b in zip(first.variables, second.variables, strict=True):
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_learning_rate_of_every_kind():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == 0.25 and len(optimizer.variables) == 2
    optimizer.learning_rate = optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    assert len(optimizer.variables) == 1
    weights = _weights()
    optimizer.apply([G, G], weights)
    assert float(optimizer.learning_rate) == 0.5
    with pytest.raises(TypeError, match="schedule"):
        optimizer.learning_rate = 0.1
    mine = Variable(0.125, name="mine")
    shared = optimizers.Adam(mine)
    assert shared.learning_rate is mine and shared.variables[1] is mine
    assert shared.get_config()["learning_rate"] == 0.125


class Keraslike(optimizers.Optimizer):
    def __init__(self, learning_rate=0.5, momentum=0.9, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        super().build(variables)
        self.moments = [
            self.add_variable_from_reference(reference_variable=v, name="m") for v in variables
        ]
        self.calls = Variable(0, name="calls")

    def update_step(self, gradient, variable, learning_rate):
        moment = self.moments[self._get_variable_index(variable)]
        self.assign(moment, moment * self.momentum - gradient * learning_rate)
        self.assign_add(variable, moment)
        self.assign_add(self.calls, 1)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def test_written_as_for_keras():
    ours, sgd = Keraslike(0.1, weight_decay=0.1), optimizers.SGD(0.1, 0.9, weight_decay=0.1)
    weights, others = _weights(), _weights()
    for _ in range(3):
        ours.apply_gradients(zip([G, G], weights, strict=True))
        sgd.apply_gradients(zip([G, G], others, strict=True))
    np.testing.assert_allclose(np.asarray(weights[0]), np.asarray(others[0]), rtol=1e-6)
    assert sgd.variables[2].path == "sgd/kernel_momentum"
    assert [v.name for v in ours.variables[2:]] == ["kernel_m", "bias_m", "calls"]
    with custom_object_scope({"Keraslike": Keraslike}):
        again = optimizers.deserialize(optimizers.serialize(ours))
    assert again.get_config() == ours.get_config() and again.momentum == 0.9
    assert again.weight_decay == 0.1


def test_rule_of_adam_extended():
    class Halved(optimizers.Adam):
        learning_rate = 0.2

        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate * 0.5)

    ours, adam = Halved(), optimizers.Adam(0.1)
    weights, others = _weights(), _weights()
    ours.apply([G, G], weights)
    adam.apply([G, G], others)
    np.testing.assert_allclose(np.asarray(weights[0]), np.asarray(others[0]), rtol=1e-6)
    assert float(ours.learning_rate) == np.float32(0.2)


def test_half_precision_weights_keep_their_type():
    weight = Variable(np.ones(3), dtype="bfloat16")
    for name in NAMES:
        optimizer = getattr(optimizers, name)()
        optimizer.apply([jnp.asarray(G)], [weight])
        assert weight.value.dtype == jnp.bfloat16 and np.isfinite(np.asarray(weight, "f")).all()


def test_refusals():
    refused = [
        ("learning_rate=", lambda: optimizers.Adam(lr=0.1)),
        ("learning_rate=", lambda: optimizers.SGD(decay=0.1)),
        ("Did you mean 'momentum'", lambda: optimizers.SGD(momentun=0.9)),
        ("Did you mean 'adam", lambda: optimizers.get("adamm")),
        ("`learning_rate` must be", lambda: optimizers.Adam("fast")),
        ("`momentum` must be a number from 0 to 1", lambda: optimizers.SGD(momentum=2.0)),
        ("only one of", lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0)),
        ("integer of 2 or more", lambda: optimizers.SGD(gradient_accumulation_steps=1)),
        ("`beta_1` must be", lambda: optimizers.Lion(beta_1=0)),
        ("`learning_rate_power` must be", lambda: optimizers.Ftrl(learning_rate_power=1.0)),
        ("inner optimizer", lambda: optimizers.LossScaleOptimizer("sgd", clipnorm=1.0)),
        ("`decay_steps` must be", lambda: optimizers.schedules.CosineDecay(0.1, 0)),
        ("one more", lambda: optimizers.schedules.PiecewiseConstantDecay([1], [0.1])),
        ("not built yet", lambda: optimizers.SGD().apply([G])),
        ("`grads` must be 2", lambda: optimizers.SGD().apply([G], _weights())),
        ("no gradients", lambda: optimizers.SGD().apply([None, None], _weights())),
        ("before `stateless_apply`", lambda: optimizers.SGD().stateless_apply([], [], [])),
        ("`weights` must be 2", lambda: optimizers.SGD().set_weights([])),
    ]
    for text, wrong in refused:
        with pytest.raises(UserError, match=text):
            wrong()
    optimizer = optimizers.SGD()
    optimizer.build(_weights())
    with pytest.raises(UserError, match="was not built with the weight 'kernel'"):
        optimizer.apply([G, G], _weights())
    with pytest.raises(UserError, match="before it is built"):
        optimizer.exclude_from_weight_decay(var_names=["bias"])


@pytest.mark.parametrize("name", [*NAMES, "Optimizer"])
def test_every_bad_value_is_refused(name):
    cls = getattr(optimizers, name)
    for field in cls.fields().values():
        for value in field.rule.bad if field.rule else ():
            required = {"learning_rate": 0.1} if name == "Optimizer" else {}
            with pytest.raises(UserError, match=f"`{field.name}` must be"):
                cls(**{**required, field.name: value})
