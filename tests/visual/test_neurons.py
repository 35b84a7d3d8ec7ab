import xml.etree.ElementTree as xml

import pytest

from denser.layers.dense import Dense
from denser.models.sequential import Sequential
from denser.visual import Column, draw_neurons
from denser.visual.diagram import Box
from denser.visual.neurons import _columns_of_boxes

SIZES = [784, 512, 10]


def texts(picture):
    root = xml.fromstring(picture.svg())
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


def circles(picture):
    return [mark for mark in picture.shapes if type(mark).__name__ == "Circle" and mark.radius > 5]


def test_the_true_numbers_are_written():
    said = texts(draw_neurons(SIZES, classes=range(10)))
    for text in ("784 inputs", "512 neurons", "10 neurons", "401,920 parameters", "9"):
        assert text in said
    assert "407,050 parameters" in said


@pytest.mark.parametrize(("units", "drawn"), [(1, 1), (10, 10), (11, 10), (784, 10)])
def test_large_layers_are_shortened(units, drawn):
    assert len(circles(draw_neurons([units]))) == drawn
    assert len(circles(draw_neurons([units], most=5))) == min(drawn, 5)


def test_stages_share_a_frame_and_fill_it():
    stages = [draw_neurons([4, 3, 3, 2], stage) for stage in ("input", "hidden", "output", None)]
    assert len({(stage.width, stage.height) for stage in stages}) == 1
    assert [sum(mark.dashed for mark in circles(stage)) for stage in stages] == [8, 2, 0, 0]
    places = [[(mark.x, mark.y) for mark in circles(stage)] for stage in stages]
    assert all(place == places[0] for place in places)
    totals = [texts(stage)[-1] for stage in stages]
    assert totals == ["no parameters yet", "27 parameters", "35 parameters", "35 parameters"]


def test_layers_without_weights_are_lines_of_the_one_before():
    boxes = [
        Box("0", "in", "InputLayer", output_shape=(None, 28, 28, 1)),
        Box("1", "conv", "Conv2D", None, (None, 26, 26, 32), 320, "relu", detail="3 × 3"),
        Box("2", "pool", "MaxPooling2D", None, (None, 13, 13, 32), 0, detail="2 × 2"),
        Box("3", "flat", "Flatten", None, (None, 5408), 0),
        Box("4", "norm", "BatchNormalization", None, (None, 5408), 8),
        Box("5", "out", "Dense", None, (None, 10), 54090, "softmax"),
    ]
    edges = [(str(n), str(n + 1)) for n in range(5)]
    first, conv, out = _columns_of_boxes(boxes, edges)
    assert first == Column(1, "InputLayer", ["28 × 28"], 0, maps=True)
    assert conv.lines == [
        *("26 × 26", "conv 3 × 3", "relu", "max pooling 2 × 2", "flatten", "batch normalization")
    ]
    assert (conv.parameters, conv.maps) == (328, True)
    assert out == Column(10, "Dense", ["softmax"], 54090)


def test_a_flattened_image_is_the_input():
    boxes = [
        Box("0", "in", "InputLayer", output_shape=(None, 28, 28)),
        Box("1", "flat", "Flatten", None, (None, 784), 0),
        Box("2", "out", "Dense", None, (None, 10), 7850),
    ]
    first, out = _columns_of_boxes(boxes, [("0", "1"), ("1", "2")])
    assert (first.units, first.lines, first.maps) == (784, ["28 × 28"], False)
    assert out.units == 10


def test_a_model_is_drawn_like_its_sizes():
    model = Sequential([Dense(3, "relu", input_shape=(4,)), Dense(2, "softmax")])
    said = texts(draw_neurons(model))
    assert [text for text in said if text not in ("relu", "softmax")] == texts(
        draw_neurons([4, 3, 2])
    )


@pytest.mark.parametrize(
    ("sizes", "options", "message"),
    [
        (SIZES, {"stage": "middle"}, "stage"),
        (SIZES, {"classes": ["cat", "dog"]}, "classes"),
        ([], {}, "layer"),
    ],
)
def test_mistakes_are_named(sizes, options, message):
    with pytest.raises(ValueError, match=message):
        draw_neurons(sizes, **options)


def test_what_cannot_be_drawn_says_what_to_do():
    branch = [Box(key, key, "Dense", None, (None, 2), 1) for key in "abc"]
    with pytest.raises(ValueError, match="plot_model"):
        _columns_of_boxes(branch, [("a", "b"), ("a", "c"), ("b", "c")])
    with pytest.raises(ValueError, match="Build the model"):
        _columns_of_boxes([Box("a", "head", "Dense")], [])
