"""Functional: graphs of any form, beside Keras's."""

import copy
import re

import keras
import numpy as np
import pytest

import denser
from tests.twins import agree, twins

RANDOM = np.random.default_rng(0)
A, B = RANDOM.normal(size=(2, 5, 4)).astype("float32")
TOKENS = RANDOM.integers(0, 9, (5, 7))


def several_ends(k):
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    x, y = k.layers.Dense(3, "tanh")(a), k.layers.Dense(3, "tanh")(b)
    z = k.layers.Concatenate(name="joined")([x, y])
    return k.Model([a, b], [k.layers.Dense(2)(z), k.layers.Dense(1)(y), z])


def dicts(k):
    ends = {"a": k.Input((4,), name="a"), "b": k.Input((4,), name="b")}
    x = k.layers.Dense(3)(ends["a"])
    y = k.layers.Dense(3)(ends["b"])
    return k.Model(ends, {"sum": x + y, "one": x})


def nests(k):
    a, b, c = (k.Input((4,), name=name) for name in "abc")
    x = k.layers.Dense(3)(a) * k.layers.Dense(3)(b)
    return k.Model([a, {"b": b, "c": c}], [x, {"deep": [k.layers.Dense(2)(c) - 1.0]}])


def shared(k):
    a, b = k.Input((4,)), k.Input((4,))
    layer = k.layers.Dense(4, "tanh")
    return k.Model([a, b], layer(layer(a)) - layer(b))


def operators(k):
    a, b = k.Input((4,)), k.Input((4,))
    x = -(a + 2.0) * b / 3.0 - a**2.0
    x = k.ops.concatenate([x[:, 1:], k.ops.exp(k.ops.abs(b))], axis=-1)
    x = k.ops.where(x > 0.5, x, 0.1 * x)
    return k.Model([a, b], k.layers.Dense(2)(k.ops.reshape(x, (-1, 7))))


def models_as_layers(k):
    a = k.Input((4,))
    inner = k.Model(a, [k.layers.Dense(3, "relu")(a), k.layers.Dense(4)(a)])
    stack = k.Sequential([k.Input((4,)), k.layers.Dense(4, "tanh")])
    b, c = k.Input((4,)), k.Input((4,))
    x, y = inner(stack(b))
    z, _ = inner(c)
    return k.Model([b, c], [x + z, stack(y)])


def branching(k):
    """Whose weights Keras orders by depth."""
    a, b = k.Input((4,)), k.Input((4,))
    x = k.layers.Dense(3, name="x1")(a)
    for i in range(3):
        x = k.layers.Dense(3, name=f"x{i + 2}")(x)
    y = k.layers.Dense(3, name="y1")(b)
    z = k.layers.Add()([k.layers.Dense(3, name="a1")(a), x, y])
    return k.Model([a, b], [k.layers.Dense(1, name="w")(z), k.layers.Dense(1, name="v")(x)])


@pytest.mark.parametrize(
    "build, data",
    [
        (several_ends, [A, B]),
        (several_ends, {"b": B, "a": A}),
        (dicts, {"b": B, "a": A}),
        (nests, [A, {"b": B, "c": A + B}]),
        (shared, [A, B]),
        (operators, [A, B]),
        (models_as_layers, [A, B]),
        (branching, [A, B]),
    ],
)
def test_gives_keras_numbers_weights_and_shapes(build, data):
    keras.utils.clear_session(), denser.utils.clear_session()
    theirs, ours = twins(build)
    paths = [[v.path.split("/")[-2:] for v in model.weights] for model in (theirs, ours)]
    assert paths[0] == paths[1]
    agree(flat(theirs(data)), flat(ours(data)))
    predicted = ours.predict(data, verbose=0)
    assert type(predicted) is type(theirs.predict(data, verbose=0))
    agree(flat(theirs.predict(data, verbose=0)), flat(predicted))
    for ends in ("output_shape", "input_shape"):  # Keras's lack the names
        assert sizes(getattr(ours, ends)) == sizes(getattr(theirs, ends))
    assert [len(layer.weights) for layer in ours.layers if layer.weights] == [
        len(layer.weights) for layer in theirs.layers if layer.weights
    ]


def flat(structure):
    return [np.asarray(leaf) for leaf in denser.core.tensor.leaves(structure)]


def sizes(shapes):
    return re.findall(r"\d+|None", str(shapes))


def test_trains_with_several_ends():
    theirs, ours = twins(dicts)
    for model in (theirs, ours):
        model.compile("sgd", {"sum": "mse", "one": "mae"}, metrics={"one": ["mse"]})
    data, y = {"a": A, "b": B}, {"sum": A[:, :3], "one": B[:, :3]}
    how = {"epochs": 3, "shuffle": False, "verbose": 0}
    agree(theirs.fit(data, y, **how).history, ours.fit(data, y, **how).history)
    agree(theirs.get_weights(), ours.get_weights())


def masked(k):
    tokens = k.Input((None,), dtype="int32")
    x = k.layers.Embedding(9, 4, mask_zero=True)(tokens)
    x = k.layers.Dropout(0.1)(k.layers.Dense(4, "tanh")(x))
    y = k.layers.LSTM(3, return_sequences=True)(x)
    return k.Model(tokens, [k.layers.GRU(2)(k.layers.Add()([x, x])), k.layers.Dense(1)(y)])


def test_masks_go_through_the_graph():
    theirs, ours = twins(masked)
    padded = np.where(np.arange(7) < RANDOM.integers(1, 7, (5, 1)), TOKENS + 1, 0) % 9
    for length in (7, 4):
        agree(flat(theirs(padded[:, :length])), flat(ours(padded[:, :length])))
    assert ours.output_shape == [(None, 2), (None, None, 1)]


def test_a_mask_may_be_given():
    def build(k):
        x = k.Input((None, 4))
        return k.Model(x, k.layers.LSTM(3)(x))

    theirs, ours = twins(build)
    x, mask = RANDOM.normal(size=(5, 7, 4)).astype("float32"), np.arange(7) < 4
    mask = np.broadcast_to(mask, (5, 7))
    agree(np.asarray(theirs(x, mask=mask)), ours(x, mask=mask))
    agree(np.asarray(ours(x[:, :4])), ours(x, mask=mask))


def test_submodels_from_tensors_between():
    model = several_ends(denser)
    joined = model.get_layer("joined").output
    features = denser.Model(model.inputs, joined)
    agree(np.asarray(model([A, B])[2]), features([A, B]))
    head = denser.Model(joined, model.outputs[0])  # an input that other layers make
    agree(np.asarray(model([A, B])[0]), head(features([A, B])))
    head.set_weights([np.zeros_like(w) for w in head.get_weights()])
    assert not np.any(model([A, B])[0])  # weights are shared
    with pytest.raises(ValueError, match="none of the inputs"):
        denser.Model(model.inputs[0], model.outputs)


def test_freezing_goes_inwards_and_out():
    for step in (
        lambda m: setattr(m, "trainable", False),
        lambda m: setattr(m.layers[-1], "trainable", False),
        lambda m: setattr(m.layers[2], "trainable", False),
    ):
        theirs, ours = twins(models_as_layers)
        step(theirs), step(ours)
        for kind in ("trainable_weights", "non_trainable_weights", "trainable_variables"):
            assert len(getattr(ours, kind)) == len(getattr(theirs, kind)), kind
        assert [x.trainable for x in ours.layers] == [x.trainable for x in theirs.layers]


def test_takes_inputs_of_nearly_the_right_form():
    x = denser.Input((4, 1))
    model = denser.Model(x, denser.layers.Flatten()(x))
    assert model(A).shape == (5, 4) and model(A.tolist()).shape == (5, 4)
    assert model((A * 9).astype("uint8")).dtype == "float32"
    scalar = denser.Input(())
    assert denser.Model(scalar, scalar * 2.0)(A[:, :1]).shape == (5,)


def two(k=denser):
    a, b = k.Input((4,), name="first"), k.Input((4,), name="second")
    return k.Model([a, b], k.layers.Add()([a, b]), name="two")


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: two()(A), "Functional 'two': expected input of 2 arrays; got 1"),
        (lambda: two()({"first": A, "secnd": B}), "'second' is missing; .*'secnd'"),
        (lambda: two()([A, B[:, :3]]), r"expected input 'second' \(batch, 4\); got \(5, 3\)"),
        (lambda: denser.Model(A, A), "`inputs` must be symbolic"),
        (lambda: denser.Model(inputs=A, outputs=two().output), "`inputs` must be symbolic"),
        (lambda: denser.Model(two().inputs, []), "at least one"),
        (lambda: np.sum(two().output), "cannot become a NumPy array"),
        (lambda: bool(two().output > 1), "no truth value"),
    ],
)
def test_refuses(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_a_deep_graph_is_copied():
    x = inputs = denser.Input((2,))
    for _ in range(200):
        x = denser.layers.Activation("linear")(x)
    model = denser.Model(inputs, denser.layers.Dense(1)(x))
    other = copy.deepcopy(model)
    agree(other(np.ones((1, 2))), model(np.ones((1, 2))))
    other.layers[-1].kernel.assign(np.zeros((2, 1)))
    assert np.any(model.layers[-1].kernel.numpy())


def test_nested_outputs_have_losses_and_metrics_nested_alike():
    x = np.random.default_rng(3).normal(size=(8, 3)).astype("float32")
    y = {"p": [x[:, :1], x[:, :2]], "q": {"r": x[:, 1:2]}}

    def build(library):
        inputs = library.Input((3,))
        dense = library.layers.Dense
        outputs = {
            "p": [dense(1, name="a")(inputs), dense(2, name="b")(inputs)],
            "q": {"r": dense(1, name="r")(inputs)},
        }
        return library.Model(inputs, outputs)

    theirs, ours = twins(build)
    for model in (ours, theirs):
        model.compile(
            "sgd",
            {"p": ["mse", "mae"], "q": {"r": "mse"}},
            {"p": [1.0, 2.0], "q": {"r": 0.5}},
            {"p": [["mae"], ["mse"]], "q": {"r": ["mae"]}},
        )
    mine, others = (m.fit(x, y, shuffle=False, verbose=0).history for m in (ours, theirs))
    assert set(mine) == set(others)
    for name in others:
        agree(mine[name], others[name])
    with pytest.raises(ValueError, match="no output named 's'"):
        ours.compile("sgd", {"s": "mse"})
        ours.fit(x, y, verbose=0)
