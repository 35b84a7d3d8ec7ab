"""Images in, weights and class names as ImageNet has them; what does not go together is refused."""

import importlib
import json
import re

import jax
import keras
import numpy as np
import pytest

import denser
from denser import applications
from denser.applications import imagenet_utils, published
from denser.core.messages import UserError

from ..twins import agree
from .structure import light

FAMILIES = [
    "convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2",
    "inception_v3", "mobilenet", "mobilenet_v2", "mobilenet_v3", "nasnet", "resnet", "resnet50",
    "resnet_v2", "vgg16", "vgg19", "xception",
]  # fmt: skip
rng = np.random.default_rng(0)
PIXELS = rng.uniform(0, 255, (2, 3, 3, 3)).astype("float32")


# -------------------------------------------------------------------------------------- outputs


@pytest.fixture
def quick_compile():
    before = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


def values(variable):
    """Random numbers that keep signals alive: statistics and scales around 1."""
    if variable.dtype == "int32":
        return np.ones(variable.shape, "int32")
    if variable.path.endswith(("variance", "gamma")) or "layer_scale" in variable.path:
        return rng.uniform(0.5, 1.5, variable.shape).astype("float32")
    deep = re.search("depthwise|dwconv", variable.path)
    size = np.prod(variable.shape[: 2 if deep else -1]) if len(variable.shape) > 1 else 100
    return (rng.normal(size=variable.shape) / np.sqrt(size)).astype("float32")


@pytest.mark.parametrize(
    "name", ["MobileNetV3Small", "EfficientNetV2B0", "ConvNeXtTiny", "ResNet50V2"]
)
def test_outputs(name, quick_compile):
    arguments = {"weights": None, "input_shape": (40, 40, 3), "classes": 5}
    with light():
        models = [getattr(library.applications, name)(**arguments) for library in (keras, denser)]
    for theirs, ours in zip(*(model.weights for model in models), strict=True):
        theirs._value = ours._value = jax.numpy.asarray(values(theirs))
    x = rng.uniform(0, 255, (2, 40, 40, 3)).astype("float32")
    agree(*(jax.jit(lambda x, model=model: model(x, training=False))(x) for model in models))


# --------------------------------------------------------------------------------------- images


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_scales_images_as_keras_does(family):
    theirs = importlib.import_module(f"keras.applications.{family}")
    ours = importlib.import_module(f"denser.applications.{family}")
    agree(theirs.preprocess_input(PIXELS.copy()), ours.preprocess_input(PIXELS))
    assert ours.preprocess_input.__doc__
    assert ours.decode_predictions is imagenet_utils.decode_predictions


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_scaling_of_every_kind_of_input(mode, data_format):
    def scaled(x):
        return imagenet_utils.preprocess_input(x, data_format, mode)

    wanted = keras.applications.imagenet_utils.preprocess_input(PIXELS.copy(), data_format, mode)
    before = PIXELS.copy()
    agree(wanted, scaled(PIXELS))
    agree(before, PIXELS)
    agree(wanted[0], scaled(PIXELS[0]))
    agree(wanted, scaled(jax.numpy.asarray(PIXELS)))
    x = denser.Input((3, 3, 3))
    agree(wanted, denser.Model(x, scaled(x))(PIXELS), atol=1e-4)
    whole = PIXELS.astype("uint8")
    assert scaled(whole).dtype == "float32"
    agree(scaled(whole.astype("float32")), scaled(whole))


def test_scaling_of_another_kind_is_refused():
    with pytest.raises(UserError, match="`mode` must be 'caffe'"):
        imagenet_utils.preprocess_input(PIXELS, mode="keras")
    with pytest.raises(UserError, match="`data_format` must be"):
        imagenet_utils.preprocess_input(PIXELS, data_format="NHWC")


# ---------------------------------------------------------------------------------------- files


def test_class_names(tmp_path, monkeypatch):
    names = {str(n): [f"n{n:08}", f"class {n}"] for n in range(1000)}
    (tmp_path / "imagenet_class_index.json").write_text(json.dumps(names))
    monkeypatch.setenv("DENSER_DATASETS", str(tmp_path))
    preds = np.zeros((2, 1000), "float32")
    preds[0, [3, 999]] = 0.75, 0.25
    preds[1, 7] = 1
    found = imagenet_utils.decode_predictions(preds, top=2)
    assert found[0] == [("n00000003", "class 3", 0.75), ("n00000999", "class 999", 0.25)]
    assert found[1][0] == ("n00000007", "class 7", 1.0)
    with pytest.raises(UserError, match=r"of shape \(batch, 1000\)"):
        imagenet_utils.decode_predictions(preds[:, :10])


def test_without_a_network_the_error_says_what_to_do(tmp_path, monkeypatch):
    def offline(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr(published, "get_file", offline)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="put it into .*DENSER_DATASETS"):
        imagenet_utils.decode_predictions(np.zeros((1, 1000)))


class Asked(Exception):
    """A file was asked for."""


FILES = [
    ("ConvNeXtTiny", {}), ("EfficientNetV2B0", {}), ("MobileNet", {"alpha": 0.25}),
    ("MobileNetV2", {"alpha": 0.35, "input_shape": (96, 96, 3)}),
    ("MobileNetV3Small", {"minimalistic": True}), ("VGG16", {}),
]  # fmt: skip


@pytest.mark.parametrize("name, arguments", FILES)
@pytest.mark.parametrize("top", [True, False])
def test_addresses_and_checksums(name, arguments, top, monkeypatch):
    def theirs(name, origin, cache_subdir, file_hash=None):
        raise Asked(origin, file_hash)

    def ours(name, origin, file_hash, cache_subdir):
        raise Asked(origin, file_hash)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", theirs)
    monkeypatch.setattr(published, "get_file", ours)
    monkeypatch.setattr(published, "find", lambda *_: None)
    asked = []
    for library in (keras, denser):
        with light(), pytest.raises(Asked) as error:
            arguments = {"input_shape": (224, 224, 3), **arguments, "include_top": top}
            getattr(library.applications, name)(**arguments)
        asked.append(error.value.args)
    assert asked[0] == asked[1]


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
def test_weights_from_a_file_of_kerass(tmp_path):
    arguments = {"include_top": False, "input_shape": (32, 32, 3), "alpha": 0.35}
    with light():
        theirs = keras.applications.MobileNetV2(weights=None, **arguments)
        for variable in theirs.weights:
            variable._value = jax.numpy.asarray(values(variable))
    theirs.save(tmp_path / "net.h5")
    ours = applications.MobileNetV2(weights=tmp_path / "net.h5", **arguments)
    agree(theirs.get_weights(), ours.get_weights())


def test_layers_of_their_own_travel(tmp_path):
    x = keras.Input((4, 2))
    y = keras.src.applications.convnext.LayerScale(0.5, 2)(x)
    y = keras.src.applications.inception_resnet_v2.CustomScaleLayer(0.25)([x, y])
    theirs = keras.Model(x, y)
    theirs.save(tmp_path / "net.keras")
    ours = denser.saving.load_model(tmp_path / "net.keras")
    data = rng.normal(size=(3, 4, 2)).astype("float32")
    agree(theirs(data), ours(data))
    ours.save(tmp_path / "back.keras")
    agree(keras.saving.load_model(tmp_path / "back.keras")(data), ours(data))


# ------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    "name, arguments, words",
    [("VGG16", {"weights": "nowhere.h5"}, "`weights` must be None, 'imagenet' or"),
     ("VGG16", {"weights": "imagenet", "classes": 10}, "`classes` must be 1000"),
     ("VGG16", {"weights": "imagenet", "input_shape": (64, 64, 3)}, r"must be \(224, 224, 3\)"),
     ("VGG16", {"weights": "imagenet", "classifier_activation": "relu"}, "'softmax' or None"),
     ("VGG16", {"input_shape": (31, 40, 3)}, "at least 32x32"),
     ("VGG16", {"input_shape": (64, 64)}, "three sizes"),
     ("VGG16", {"input_shape": (None, 64, 3)}, "known sizes"),
     ("VGG16", {"input_tensor": PIXELS}, "a symbolic tensor"),
     ("VGG16", {"pooling": "mean"}, "None, 'avg' or 'max'"),
     ("VGG16", {"clases": 10}, "no argument `clases`. Did you mean 'classes'"),
     ("ResNet50", {"weights": "imagenet", "include_top": False, "input_shape": (64, 64, 1)},
      "3 channels"),
     ("Xception", {"input_shape": (70, 70, 3)}, "71x71"),
     ("MobileNet", {"weights": "imagenet", "alpha": 0.3}, "`alpha` must be one of"),
     ("MobileNet", {"weights": "imagenet", "depth_multiplier": 2}, "`depth_multiplier` must be 1"),
     ("MobileNetV2", {"weights": "imagenet", "alpha": 0.25}, "`alpha` must be one of"),
     ("MobileNetV3Small", {"weights": "imagenet", "alpha": 0.5}, "`alpha` must be one of")],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(name, arguments, words):
    with pytest.raises(UserError, match=words):
        getattr(applications, name)(**{"weights": None, **arguments})


def test_images_of_many_channels_are_told_of():
    with light(), pytest.warns(UserWarning, match="7 channels"):
        applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 7))
