"""clone_model: the same architecture, weights of its own."""

import numpy as np
import pytest

import denser
from denser import layers
from denser.models import clone_model
from tests.twins import agree

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def stack():
    inner = denser.Sequential([denser.Input((5,)), layers.Dense(4, name="deep")], name="inner")
    first = layers.Dense(5, "relu", kernel_regularizer="l2", name="first")
    return denser.Sequential([denser.Input((4,)), first, inner, layers.Dropout(0.5)], name="stack")


def graph():
    x = denser.Input((4,), name="x")
    shared = layers.Dense(4, "tanh", name="shared")
    y = denser.ops.concatenate([shared(shared(x)), x * 2.0], axis=-1)
    return denser.Model(x, {"y": layers.Dense(2, name="head")(y), "x": x}, name="graph")


class Net(denser.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


def net():
    model = Net(3, name="net")
    model(X)
    return model


@pytest.mark.parametrize("make", [stack, graph, net])
def test_a_clone_is_alike_and_apart(make):
    model = make()
    clone = clone_model(model)
    assert type(clone) is type(model) and clone.name == model.name
    clone(X)
    mine = {id(v) for v in model.variables}
    assert not any(id(v) in mine for v in clone.variables)
    assert [v.shape for v in clone.weights] == [v.shape for v in model.weights]
    clone.set_weights(model.get_weights())
    for a, b in zip(*(denser.core.tensor.leaves(m(X)) for m in (model, clone)), strict=True):
        agree(np.asarray(a), b)
    if make is not net:
        assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]


def test_a_layer_can_be_replaced():
    def wider(layer):
        if layer.name != "first":
            return type(layer).from_config(layer.get_config())
        return layers.Dense(5, "elu", name="first")

    clone = clone_model(stack(), clone_function=wider)
    assert clone.get_layer("first").activation is denser.activations.elu
    seen = []
    clone_model(stack(), clone_function=lambda x: seen.append(x.name) or x, recursive=True)
    assert seen[:2] == ["first", "deep"]


def test_calls_and_inputs_can_be_replaced():
    def quietly(layer, *args, **kwargs):
        return args[0] if layer.name == "shared" else layer(*args, **kwargs)

    clone = clone_model(graph(), call_function=quietly)
    assert [layer.name for layer in clone.layers] == ["x", "head"]
    start = denser.Input((4,), name="other")
    assert clone_model(graph(), input_tensors=start).input_names == ["other"]
    assert clone_model(stack(), input_tensors=start).inputs[0] is start


def test_refuses_what_a_users_class_cannot_do():
    with pytest.raises(ValueError, match="Net computes in its own `call`"):
        clone_model(net(), clone_function=lambda layer: layer)


@pytest.mark.parametrize("wrong", [{"calls": 1}, {"call_function": print}])
def test_refuses_what_would_be_ignored(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        clone_model(stack(), **wrong)
