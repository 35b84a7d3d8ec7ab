"""Every optimizer takes the steps of Keras's and keeps the same state in the same order."""

import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import optimizers
from denser.core.variable import Variable, name_scope

SHAPES = {
    "kernel": (4, 3),
    "bias": (3,),
    "filters": (2, 3, 4),
    "wide": (3, 5),
    "embeddings": (4, 2),
}
STEPS = 20
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}

# Keras's own Variable, as NumPy 2 sees it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CASES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("RMSprop", {"weight_decay": 0.05}),
    ("RMSprop", {"momentum": 0.8, "centered": True, "rho": 0.8}),
    ("RMSprop", {"centered": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "beta_1": 0.8, "epsilon": 1e-4}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.2, "amsgrad": True}),
    ("Adagrad", {"initial_accumulator_value": 0.3}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.9}),
    ("Adamax", {}),
    ("Nadam", {"learning_rate": 0.02}),
    ("Ftrl", {"learning_rate": 0.1}),
    ("Ftrl", {"l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2,
              "l2_shrinkage_regularization_strength": 0.05, "beta": 0.3, "learning_rate": 0.05}),
    ("Ftrl", {"learning_rate_power": -0.3, "learning_rate": 0.1}),
    ("Lion", {"weight_decay": 0.1}),
    ("Lamb", {"weight_decay": 0.1}),
    ("Adafactor", {"learning_rate": 0.3}),
    ("Adafactor", {"relative_step": False, "clip_threshold": 0.5, "weight_decay": 0.01}),
    ("Muon", {}),
    ("Muon", {"rms_rate": None, "nesterov": False, "adam_weight_decay": 0.3, "ns_steps": 3}),
    ("Muon", {"exclude_layers": ["kernel"], "exclude_embeddings": False, "adam_lr_ratio": 0.5,
              "weight_decay": None}),
]  # fmt: skip
SHARED = [
    {"clipnorm": 0.5},
    {"clipvalue": 0.1},
    {"global_clipnorm": 0.7},
    {"use_ema": True, "ema_momentum": 0.9},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"loss_scale_factor": 4.0},
    {"gradient_accumulation_steps": 4},
    {"gradient_accumulation_steps": 3, "use_ema": True, "ema_overwrite_frequency": 2,
     "clipnorm": 0.3, "weight_decay": 0.1},
]  # fmt: skip
CASES += [("SGD", {"momentum": 0.9, **shared}) for shared in SHARED]
CASES += [("Adam", shared) for shared in SHARED]
CASES += [(name, SHARED[-1]) for name in ("Nadam", "Adafactor")]
CASES += [("Adafactor", {"use_ema": True}), ("Muon", {"loss_scale_factor": 2.0})]


def _weights(make, scope):
    rng = np.random.default_rng(0)
    with scope("layer"):
        return [make(rng.normal(size=s).astype("float32"), name=n) for n, s in SHAPES.items()]


def _pair(name, arguments):
    ours, theirs = (
        getattr(module, name)(**arguments, name="it") for module in (optimizers, keras.optimizers)
    )
    mine = _weights(Variable, name_scope)
    keras_weights = _weights(keras.Variable, keras.name_scope)
    ours.build(mine)
    theirs.build(keras_weights)
    return ours, mine, theirs, keras_weights


def _gradients():
    rng = np.random.default_rng(1)
    return [rng.normal(size=(STEPS, *shape)).astype("float32") for shape in SHAPES.values()]


def _run(optimizer, weights):
    """The steps in one compiled program, as `fit` takes them."""
    state = [*weights, *optimizer.variables]
    count = len(weights)

    def step(values, gradients):
        weights, variables = optimizer.stateless_apply(values[count:], gradients, values[:count])
        return [*weights, *variables], None

    start = [jnp.asarray(variable.value) for variable in state]
    run = jax.jit(lambda v, g: jax.lax.scan(step, v, g)[0], compiler_options=QUICK)
    values = run(start, _gradients())
    for variable, value in zip(state, values, strict=True):
        variable.assign(value)


def _compare(ours, mine, theirs, keras_weights, tolerance=2e-5):
    for a, b in zip([*mine, *ours.variables], [*keras_weights, *theirs.variables], strict=True):
        np.testing.assert_allclose(
            np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance / 10, err_msg=a.path
        )


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_twenty_steps(name, arguments):
    arguments = {"learning_rate": 0.01, **arguments}
    ours, mine, theirs, keras_weights = _pair(name, arguments)
    assert [v.shape for v in ours.variables] == [v.shape for v in theirs.variables]
    names = [re.sub(r"^variable_\d+", "variable", v.name) for v in theirs.variables]
    assert [v.name for v in ours.variables] == names
    assert [v.dtype for v in ours.variables] == [v.dtype for v in theirs.variables]
    assert ours.get_config() == theirs.get_config()
    _run(ours, mine)
    _run(theirs, keras_weights)
    _compare(ours, mine, theirs, keras_weights)
    ours.finalize_variable_values(mine)
    theirs.finalize_variable_values(keras_weights)
    _compare(ours, mine, theirs, keras_weights)
