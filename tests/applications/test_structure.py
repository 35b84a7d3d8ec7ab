"""The networks have Keras's layers, in its order, with its names, arguments and weights."""

import inspect

import keras
import pytest

import denser
from denser import applications

from .structure import fresh, layers, light, weights

NAMES = sorted(name for name in dir(keras.applications) if name[0].isupper())
SMALL = {"include_top": False, "input_shape": (96, 96, 3)}
# Networks with other arguments than the usual ones.
OTHERS = [
    ("ConvNeXtTiny", SMALL | {"pooling": "max", "include_preprocessing": False}),
    ("ConvNeXtTiny", {"classes": 7, "name": "mine"}),
    ("EfficientNetB0", SMALL | {"pooling": "max", "input_shape": (75, 80, 1)}),
    ("EfficientNetV2B0", SMALL | {"pooling": "avg", "include_preprocessing": False}),
    ("EfficientNetV2B0", SMALL | {"input_shape": (64, 64, 1)}),
    ("InceptionV3", SMALL | {"pooling": "max"}),
    ("MobileNet", {"include_top": False, "name": "any"}),
    ("MobileNet", {"input_shape": (128, 128, 3), "alpha": 0.25, "depth_multiplier": 2}),
    ("MobileNet", {"input_shape": (100, 64, 3), "dropout": 0.5, "classifier_activation": None}),
    ("MobileNet", SMALL | {"pooling": "avg", "name": "mine"}),
    ("MobileNetV2", {"input_shape": (97, 96, 3), "alpha": 1.4, "classes": 3}),
    ("MobileNetV2", SMALL | {"alpha": 0.35, "pooling": "max"}),
    ("MobileNetV3Large", {"alpha": 0.75, "dropout_rate": 0.0, "classes": 3}),
    ("MobileNetV3Small", SMALL | {"minimalistic": True, "include_preprocessing": False}),
    ("MobileNetV3Small", SMALL | {"alpha": 1.5, "pooling": "avg"}),
    ("ResNet50", {"include_top": False, "pooling": "avg"}),
    ("ResNet50V2", SMALL | {"pooling": "max"}),
    ("VGG16", {"classes": 10, "input_shape": (64, 48, 3)}),
    ("VGG16", SMALL | {"pooling": "avg"}),
    ("Xception", SMALL | {"pooling": "max"}),
]


def compare(network, **arguments):
    with light():
        theirs, ours = (fresh(library, network, **arguments) for library in (keras, denser))
        assert ours.name == theirs.name
        assert ours.input_shape == theirs.input_shape
        assert ours.output_shape == theirs.output_shape
        for found, wanted in zip(layers(ours), layers(theirs), strict=True):
            assert found == wanted
        assert weights(ours) == weights(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_usual_arguments(name):
    compare(name)


@pytest.mark.parametrize("name, arguments", OTHERS)
def test_other_arguments(name, arguments):
    compare(name, **arguments)


@pytest.mark.parametrize("name", NAMES)
def test_signature(name):
    wanted = inspect.signature(getattr(keras.applications, name)).parameters
    ours = inspect.signature(getattr(applications, name)).parameters
    assert [(p.name, p.default) for p in ours.values()] == [
        (p.name, p.default) for p in wanted.values()
    ]


def test_channels_first():
    for library in (keras, denser):
        library.config.set_image_data_format("channels_first")
    try:
        compare("EfficientNetB0", input_shape=(3, 64, 64), classes=3)
        compare("MobileNet", include_top=False, input_shape=(3, 128, 128))
    finally:
        for library in (keras, denser):
            library.config.set_image_data_format("channels_last")


def test_a_given_input_is_taken():
    x = denser.Input((64, 64, 3), name="pixels")
    scaled = denser.layers.Rescaling(1 / 255)(x)
    with light():
        model = applications.MobileNetV2(input_tensor=scaled, include_top=False, weights=None)
    assert [layer.name for layer in model.layers][0] == "pixels"
    assert "Rescaling" in [type(layer).__name__ for layer in model.layers]
    assert model.output_shape == (None, 2, 2, 1280)
