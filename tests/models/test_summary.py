"""summary: the text of Keras's, where the two should not differ."""

import keras
import numpy as np
import pytest

import denser


def text(model, **options):
    found = []
    model.summary(print_fn=lambda s, line_break=False: found.append(s), **options)
    return "".join(found)


def line(k):
    return k.Sequential(
        [
            k.Input((28, 28, 1)),
            k.layers.Conv2D(8, 3, name="conv"),
            k.layers.Flatten(name="flat"),
            k.layers.BatchNormalization(name="norm"),
            k.layers.Dense(10, "softmax", name="head"),
        ],
        name="line",
    )


def branches(k):
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    x, y = k.layers.Dense(3, name="left")(a), k.layers.Dense(3, name="right")(b)
    joined = k.layers.Concatenate(name="joined")([x, y])
    shared = k.layers.Dense(6, name="shared")
    return k.Model([a, b], [shared(joined), shared(shared(joined))], name="branches")


def nested(k):
    inner = k.Sequential([k.Input((4,)), k.layers.Dense(3, name="deep")], name="inner")
    inner.trainable = False
    return k.Sequential([k.Input((4,)), inner, k.layers.Dense(2, name="out")], name="outer")


def unbuilt(k):
    layers = [k.layers.Dense(3, name="one"), k.layers.Dropout(0.5, name="two")]
    return k.Sequential([*layers, k.layers.LSTM(3, name="three")], name="unbuilt")


def subclass(k):
    class Net(k.Model):
        def __init__(self):
            super().__init__(name="net")
            self.head = k.layers.Dense(2, name="head")

        def call(self, x):
            return self.head(x)

    model = Net()
    model(np.ones((2, 3), "float32"))
    return model


def several_outputs(k):
    a = k.Input((4, 2), name="a")
    return k.Model(a, k.layers.LSTM(3, return_state=True, name="cell")(a), name="several")


@pytest.mark.parametrize(
    "build, options",
    [
        (line, {}),
        (line, {"line_length": 60}),
        (line, {"positions": [0.4, 0.7, 1.0], "line_length": 90}),
        (line, {"layer_range": ["flat", "no.*"]}),
        (branches, {}),
        (nested, {"expand_nested": True}),
        (unbuilt, {}),
        (subclass, {}),
        (several_outputs, {}),
    ],
    ids=lambda value: getattr(value, "__name__", None) or " ".join(value),
)
def test_is_keras_line_by_line(build, options, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    expected = text(build(keras), **options).splitlines()
    assert text(build(denser), **options).splitlines() == expected


def test_marks_what_is_trained_and_counts_the_optimizers_state(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    model = nested(denser)
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 4)), np.ones((2, 2)), verbose=0)
    found = text(model, expand_nested=True, show_trainable=True)
    rows = {row.split()[1]: row.split()[-2] for row in found.splitlines() if row.startswith("│ o")}
    assert rows == {"out": "Y"}
    assert "└ deep (Dense)" in found and "Trainable" in found and "Optimizer params: 2" in found


def test_shows_operators_and_long_names_whole():
    a = denser.Input((4,), name="a")
    name = "an_extraordinarily_long_name_of_a_layer"
    found = text(denser.Model(a, denser.layers.Dense(4, name=name)(a) + a * 2.0), line_length=90)
    assert "add (Add)" in found and "multiply (Multiply)" in found
    folded = "".join(row.split("│")[1].strip() for row in found.splitlines() if "│" in row)
    assert name in folded


def test_prints_by_itself(capsys):
    line(denser).summary()
    assert 'Model: "line"' in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, match",
    [
        ({"positions": [0.5, 1.0]}, "`positions` must be 3 numbers"),
        ({"layer_range": ["flat"]}, "two names"),
        ({"layer_range": ["flat", "nose"]}, "matches no layers.*'head'"),
    ],
)
def test_refuses(options, match):
    with pytest.raises(ValueError, match=match):
        text(line(denser), **options)
