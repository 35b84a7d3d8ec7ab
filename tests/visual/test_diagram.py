import inspect
import os
import xml.etree.ElementTree as xml
from types import SimpleNamespace

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras

from denser.layers.dense import Dense
from denser.layers.input import Input
from denser.models.model import Model
from denser.models.sequential import Sequential
from denser.visual import Box, Show, describe, draw, model_to_dot, plot_model

BOXES = [
    Box("a", "tokens", "InputLayer", output_shape=(None, 12)),
    Box("b", "a < b & c", "Embedding", (None, 12), (None, 12, 8), 8000, dtype="float32"),
    Box(
        "c",
        "inner",
        "Functional",
        (None, 12, 8),
        (None, 5),
        inside=[Box("x", "in2", "InputLayer"), Box("y", "deep", "LSTM", activation="tanh")],
        edges=[("x", "y")],
    ),
    Box("d", "sum", "Add", [(None, 5), (None, 5)], (None, 5), trainable=False),
]
EDGES = [("a", "b"), ("b", "c"), ("c", "d"), ("b", "d")]
ALL = Show(shapes=True, dtype=True, names=True, activations=True, trainable=True)


def texts(svg):
    root = xml.fromstring(svg)
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
@pytest.mark.parametrize("splines", ["ortho", "curved"])
def test_all_is_said(rankdir, splines):
    said = texts(draw(BOXES, EDGES, ALL, rankdir, splines).svg())
    for text in ("tokens", "a < b & c", "deep", "8,000", "(None, 12) → (None, 12, 8)"):
        assert text in said
    for text in ("activation tanh", "2 × (None, 5) → (None, 5)", "frozen", "float32 · trainable"):
        assert text in said
    assert any("Functional" in text and "inner" in text for text in said)


def test_only_classes_by_default():
    assert texts(draw(BOXES[:2], EDGES[:1]).svg()) == ["InputLayer", "Embedding"]


@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_files(tmp_path, ending, start):
    path = draw(BOXES, EDGES, ALL).save(tmp_path / f"net.{ending}")
    assert path.read_bytes().startswith(start)


def test_png_has_the_size_of_the_picture(tmp_path):
    from PIL import Image

    picture = draw(BOXES, EDGES)
    with Image.open(picture.save(tmp_path / "net.png", dpi=144)) as image:
        assert image.size == pytest.approx((2 * picture.width, 2 * picture.height), abs=2)


def test_unknown_options_are_named(tmp_path):
    with pytest.raises(ValueError, match="png"):
        draw(BOXES, EDGES).save(tmp_path / "net.bmp")
    with pytest.raises(ValueError, match="splines"):
        draw(BOXES, EDGES, splines="zigzag")


def chain(name="net"):
    return Sequential(
        [Dense(8, "relu", input_shape=(4,)), Dense(2, name=f"{name}_head")], name=name
    )


def test_a_sequential_is_a_chain_from_its_input():
    boxes, edges = describe(chain())
    assert [box.kind for box in boxes] == ["InputLayer", "Dense", "Dense"]
    assert [box.output_shape for box in boxes] == [(None, 4), (None, 8), (None, 2)]
    assert [box.parameters for box in boxes] == [None, 40, 18]
    assert [box.activation for box in boxes] == ["", "relu", ""]
    assert edges == [(boxes[0].key, boxes[1].key), (boxes[1].key, boxes[2].key)]


def test_what_is_not_built_shows_what_is_known():
    boxes, edges = describe(Sequential([Dense(8), Dense(2)]))
    assert [(box.kind, box.output_shape, box.parameters) for box in boxes] == [
        ("Dense", None, None),
        ("Dense", None, None),
    ]
    assert len(edges) == 1
    assert draw(*describe(Sequential())).svg().endswith("</svg>")


def test_a_graph_shows_its_branches_and_ops():
    start = Input((4,), name="start")
    shared = Dense(4, name="shared")
    model = Model(start, shared(shared(start)) + start)
    boxes, edges = describe(model)
    assert [(box.kind, box.name) for box in boxes] == [
        *(("InputLayer", "start"), ("Dense", "shared"), ("add", ""))
    ]
    assert boxes[2].input_shape == [(None, 4), (None, 4)]
    first, both, total = (box.key for box in boxes)
    assert edges == [(first, both), (both, both), (both, total), (first, total)]
    assert "shared" in texts(draw(boxes, edges, Show(names=True)).svg())


def test_nested_models_open():
    outer = Sequential([chain("inner"), Dense(3)])
    outer.build((None, 4))
    (_, closed, _), _ = describe(outer)
    (_, opened, _), _ = describe(outer, expand_nested=True)
    assert (closed.kind, closed.parameters, len(closed.inside)) == ("Sequential", 58, 0)
    assert [box.kind for box in opened.inside] == ["InputLayer", "Dense", "Dense"]
    assert len(opened.edges) == 2
    text = model_to_dot(outer, expand_nested=True).to_string()
    assert text.count("subgraph") == 1 and text.count("->") == 4


def test_a_subclassed_model_is_one_box():
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.head = Dense(2)

        def call(self, x):
            return self.head(x)

    boxes, edges = describe(Own())
    assert [box.kind for box in boxes] == ["Own"] and not edges


def test_dot_text(tmp_path):
    dot = model_to_dot(chain(), show_shapes=True, rankdir="LR")
    text = dot.to_string()
    assert text.startswith("digraph") and "rankdir=LR" in text
    assert text.count("->") == 2 and "(None, 4) → (None, 8)" in text
    dot.write(tmp_path / "net.dot")
    assert (tmp_path / "net.dot").read_text(encoding="utf-8") == text
    for svg in (dot.create(), dot.create_svg(), dot.create(prog="dot", format="svg")):
        assert svg.startswith(b"<svg")
    with pytest.raises(ValueError, match="prog"):
        dot.create("neato")
    assert model_to_dot(chain(), subgraph=True).to_string().startswith('subgraph "cluster_net"')


def test_plot_model_saves(tmp_path):
    picture = plot_model(chain(), tmp_path / "net.svg", show_layer_names=True)
    assert texts((tmp_path / "net.svg").read_text(encoding="utf-8")) == texts(picture.svg())
    with pytest.raises(ValueError, match="model"):
        plot_model(SimpleNamespace(), None)


@pytest.mark.parametrize("name", ["plot_model", "model_to_dot"])
def test_signatures_are_keras_own(name):
    def arguments(function):
        parameters = inspect.signature(function).parameters.values()
        return [(p.name, p.default) for p in parameters if p.kind is not p.VAR_KEYWORD]

    assert arguments({"plot_model": plot_model, "model_to_dot": model_to_dot}[name]) == arguments(
        getattr(keras.utils, name)
    )


def test_a_model_that_computes_in_its_own_call_stays_one_box():
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.inner = Dense(2)

        def call(self, x):
            return self.inner(x)

    inputs = Input((3,))
    boxes, _ = describe(Model(inputs, Own()(inputs)), expand_nested=True)
    assert [box.kind for box in boxes] == ["InputLayer", "Own"]
