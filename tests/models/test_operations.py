"""The table of ops in files is Keras's: same classes, same tensors, same arguments."""

import importlib
import inspect

import keras
import numpy as np
import pytest

import denser
from denser.core.messages import UserError
from denser.models import operations

from ..twins import agree


@pytest.mark.parametrize("module", sorted({module for module, _ in operations._OPS.values()}))
def test_each_op_has_its_class_in_keras(module):
    theirs = importlib.import_module(f"keras.src.ops.{module}")
    for name, (where, tensors) in operations._OPS.items():
        if where != module:
            continue
        cls = getattr(theirs, operations._CLASSES[name])
        call = [
            f"*{p.name}" if p.kind is p.VAR_POSITIONAL else p.name
            for p in inspect.signature(cls.call).parameters.values()
            if p.kind is not p.VAR_KEYWORD
        ]
        assert tensors == call[1:], name
        ours = operations._function(name)
        if ours is not None:
            given = inspect.signature(ours).parameters.values()
            rest = {p.name for p in given if p.kind is not p.VAR_KEYWORD}
            rest -= {tensor.lstrip("*") for tensor in tensors}
            assert rest <= set(inspect.signature(cls.__init__).parameters), name


def _chain(k):
    """Ops with arguments of several kinds, as attributes and as indices."""
    o, x = k.ops, k.Input((4, 6))
    y = o.where(x > 0.0, o.sqrt(o.abs(x)), -x) ** 2
    y = o.clip(o.pad(y, ((0, 0), (1, 1), (0, 0))), 0.0, 1.5)
    y = o.einsum("bij,bkj->bik", y, y) + o.expand_dims(o.max(y, axis=-1), 1)
    y = o.take(o.stack([y, o.flip(y, axis=1)], axis=-1), [0, 2], axis=1)[..., 0]
    y = o.logsumexp(o.cast(y, "float32"), axis=1, keepdims=True)
    return k.Model(x, [o.softmax(y[:, 0]), *o.split(y, 2, axis=-1), o.top_k(y, 2)[0]])


@pytest.mark.parametrize("writer, reader", [(keras, denser), (denser, keras), (denser, denser)])
def test_ops_travel(writer, reader):
    x = np.random.default_rng(0).normal(size=(3, 4, 6)).astype("float32")
    model = _chain(writer)
    agree(model(x), reader.models.model_from_json(model.to_json())(x))


def test_an_activation_that_keras_has_no_class_for_becomes_a_layer():
    x = denser.Input((3,))
    model = denser.Model(x, denser.activations.mish(x))
    read = keras.models.model_from_json(model.to_json())
    agree(read(np.ones((2, 3))), model(np.ones((2, 3), "float32")))


def test_what_a_file_has_no_name_for_is_told():
    x = denser.Input((3,))
    model = denser.Model(x, denser.losses.mean_squared_error(x, x))
    with pytest.raises(UserError, match="Put the call into a layer"):
        model.to_json()


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda c: c["layers"][1]["inbound_nodes"].__setitem__(0, [["x", 0, 0]]), "before Keras 3"),
        (lambda c: _history(c).__setitem__(0, "nobody"), "does not have"),
        (lambda c: _history(c).__setitem__(1, 7), "loop"),
    ],
)
def test_a_config_that_is_not_a_graph_is_told(change, words):
    x = denser.Input((3,), name="x")
    config = denser.Model(x, denser.layers.Dense(2)(x)).get_config()
    change(config)
    with pytest.raises(UserError, match=words):
        denser.Model.from_config(config)


def _history(config):
    return config["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"]
