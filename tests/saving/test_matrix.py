"""Every layer class x every format x both directions between Keras and denser: same outputs, and
the same next step of training."""

import inspect

import keras
import numpy as np
import pytest

import denser

from ..twins import agree
from .sections import DIRECTIONS, FAIL_IN_KERAS, SECTIONS, data, filled, flat, network, rows_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5"),
    pytest.mark.filterwarnings("ignore:Unclosed file"),
    pytest.mark.filterwarnings("ignore:.*Explicitly requested dtype int64"),  # by Keras
]
ENDINGS = [".keras", ".weights.h5", ".h5", ".weights.json"]

# Keras has these on TensorFlow alone, so that it can write and read no file with one here.
ON_TENSORFLOW = {
    "HashedCrossing": {"num_bins": 3}, "Hashing": {"num_bins": 3}, "IntegerLookup": {},
    "StringLookup": {}, "TextVectorization": {},
}  # fmt: skip
# Bases, and what is of another library.
NEVER_ALONE = {"Layer", "Wrapper", "FlaxLayer"}


def one_of_each(section, fits=lambda row: True):
    """The last row of each class."""
    return list({row.cls_name: row for row in rows_of(section) if fits(row)}.values())


def saved(model, folder, ending):
    path = str(folder / f"model{ending}")
    if ".weights" in ending:
        model.save_weights(path, **({"max_shard_size": 1e-6} if "json" in ending else {}))
    else:
        model.save(path)
    return path


def read(reader, path, build):
    """The model in a file; a file of weights gives them to the one that `build` makes."""
    if ".weights" not in path:
        return reader.saving.load_model(path)
    model = build()
    if getattr(model, "optimizer", None) is not None:
        model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    return model


@DIRECTIONS
@pytest.mark.parametrize("section", SECTIONS)
def test_a_layer_travels(section, writer, reader, tmp_path):
    rows = one_of_each(section)
    model, x = filled(network(writer, rows)), data(rows)
    expected = flat(model(x, training=False))
    for ending in ENDINGS:
        if (section, ending, writer) == ("COLOURS", ".h5", keras):
            continue  # Keras cannot write most of them there
        path = saved(model, tmp_path, ending)
        other = read(reader, path, lambda: network(reader, rows))
        agree(expected, flat(other(x, training=False)), atol=1e-4)


def trained(k, rows):
    """A network of some rows, compiled with an optimizer that has a state for each weight."""
    model = network(k, rows)
    loss = k.losses.MeanSquaredError()  # Keras reads no loss's name from `.h5`
    floats = [x.dtype.startswith("float") for x in model.outputs]
    model.compile(k.optimizers.SGD(0.01, 0.9), [loss if x else None for x in floats])
    return model


@DIRECTIONS
@pytest.mark.parametrize("section", SECTIONS)
def test_a_layer_learns_on(section, writer, reader, tmp_path):
    """Random numbers differ between the libraries, so that layers that draw some are left out;
    Keras itself does not go on from `.h5`: it builds no state of an optimizer."""
    rows = one_of_each(section, lambda row: not row.random)
    model, x = trained(writer, rows), data(rows)
    if not model.trainable_variables:
        pytest.skip("nothing in it learns")
    filled(model)
    y = [np.zeros(part.shape, "float32") for part in flat(model(x))]
    model.train_on_batch(x, y)
    paths = [saved(model, tmp_path, end) for end in ENDINGS[: 2 if reader is keras else 3]]
    model.train_on_batch(x, y)
    for path in paths:
        other = read(reader, path, lambda: trained(reader, rows))
        other.train_on_batch(x, y)
        agree(model.get_weights(), other.get_weights(), atol=1e-4)


def test_no_layer_is_left_out():
    """Each class that both libraries have is in a section, or there is a reason."""
    there = {
        type(layer)
        for section in SECTIONS
        for layer in network(denser, one_of_each(section))._flatten_layers()
    }
    here = {
        name
        for name, cls in vars(denser.layers).items()
        if inspect.isclass(cls) and issubclass(cls, denser.layers.Layer) and cls not in there
    }
    missing = {name for name in here if hasattr(keras.layers, name)}
    assert missing <= {*ON_TENSORFLOW, *NEVER_ALONE, *FAIL_IN_KERAS}


@pytest.mark.parametrize("name", ON_TENSORFLOW)
def test_keras_has_it_on_tensorflow_alone(name):
    with pytest.raises(ImportError, match="tensorflow"):
        getattr(keras.layers, name)(**ON_TENSORFLOW[name])


OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}), ("Adam", {"amsgrad": True}),
    ("RMSprop", {"momentum": 0.5, "centered": True}), ("Nadam", {}), ("Ftrl", {}),
    ("Adadelta", {"weight_decay": 0.01}), ("Adagrad", {}), ("Adamax", {}), ("AdamW", {}),
    ("Lion", {}), ("Lamb", {}), ("Adafactor", {}), ("Muon", {}),
]  # fmt: skip


def compiled(k, name, arguments):
    model = k.Sequential([
        k.Input((4,)), k.layers.Dense(3, "tanh", kernel_regularizer="l2"),
        k.layers.BatchNormalization(), k.layers.Dense(2),
    ])  # fmt: skip
    model.compile(getattr(k.optimizers, name)(**arguments), k.losses.MeanSquaredError())
    return model


@DIRECTIONS
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name, arguments", OPTIMIZERS)
def test_training_goes_on(name, arguments, ending, writer, reader, tmp_path):
    if ending == ".h5" and name == "Adafactor" and writer is keras:
        pytest.skip("Keras itself does not write it")
    if ending == ".h5" and reader is keras:
        pytest.skip("Keras itself does not go on from such a file: it builds no optimizer state")
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")
    model = compiled(writer, name, arguments)
    model.train_on_batch(x, y)
    path = saved(model, tmp_path, ending)
    other = read(reader, path, lambda: compiled(reader, name, arguments))
    model.train_on_batch(x, y)
    other.train_on_batch(x, y)
    agree(model.get_weights(), other.get_weights())
    assert int(other.optimizer.iterations) == 2


def test_h5_without_the_optimizer(tmp_path):
    model = compiled(denser, "Adam", {})
    model.save(tmp_path / "m.h5", include_optimizer=False)
    assert not denser.saving.load_model(tmp_path / "m.h5").compiled
