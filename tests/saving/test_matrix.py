"""Every layer class x every format x both directions between Keras and denser: same outputs."""

import keras
import numpy as np
import pytest

import denser

from ..twins import agree
from .sections import DIRECTIONS, SECTIONS, network, rows_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5"),
    pytest.mark.filterwarnings("ignore:Unclosed file"),
]


def data(rows):
    rng = np.random.default_rng(2)
    found = []
    for row in rows:
        for shape in row.input_shape if isinstance(row.input_shape, list) else [row.input_shape]:
            size = (2, *shape[1:])
            whole = row.dtype == "int32"
            x = rng.integers(0, row.high, size) if whole else rng.uniform(size=size)
            found.append(x.astype(row.dtype))
    return found


def filled(model):
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.2, 0.8, w.shape) for w in model.get_weights()])
    return model


def flat(value):
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(value, (list, tuple, dict)):
        return [array for part in parts for array in flat(part)]
    return [np.asarray(value)]


@DIRECTIONS
@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".h5", ".weights.json"])
@pytest.mark.parametrize("section", SECTIONS)
def test_a_layer_travels(section, ending, writer, reader, tmp_path):
    rows = list({row.cls_name: row for row in rows_of(section)}.values())
    model = filled(network(writer, rows))
    path = str(tmp_path / f"model{ending}")
    if ".weights" in ending:
        model.save_weights(path, **({"max_shard_size": 1e-6} if "json" in ending else {}))
        other = network(reader, rows)
        other.load_weights(path)
    else:
        model.save(path)
        other = reader.saving.load_model(path)
    x = data(rows)
    agree(flat(model(x)), flat(other(x)), atol=1e-4)


OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}), ("Adam", {"amsgrad": True}),
    ("RMSprop", {"momentum": 0.5, "centered": True}), ("Nadam", {}), ("Ftrl", {}),
    ("Adadelta", {"weight_decay": 0.01}),
]  # fmt: skip


def compiled(k, name, arguments):
    model = k.Sequential([
        k.Input((4,)), k.layers.Dense(3, "tanh", kernel_regularizer="l2"),
        k.layers.BatchNormalization(), k.layers.Dense(2),
    ])  # fmt: skip
    model.compile(getattr(k.optimizers, name)(**arguments), k.losses.MeanSquaredError())
    return model


@DIRECTIONS
@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".h5", ".weights.json"])
@pytest.mark.parametrize("name, arguments", OPTIMIZERS)
def test_training_goes_on(name, arguments, ending, writer, reader, tmp_path):
    if ending == ".h5" and reader is keras:
        pytest.skip("Keras itself does not go on from such a file: it builds no optimizer state")
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")
    model = compiled(writer, name, arguments)
    model.train_on_batch(x, y)
    path = str(tmp_path / f"model{ending}")
    if ".weights" in ending:
        model.save_weights(path, **({"max_shard_size": 1e-7} if "json" in ending else {}))
        other = compiled(reader, name, arguments)
        other.optimizer.build(other.trainable_variables)
        other.load_weights(path)
    else:
        model.save(path)
        other = reader.saving.load_model(path)
    model.train_on_batch(x, y)
    other.train_on_batch(x, y)
    agree(model.get_weights(), other.get_weights())
    assert int(other.optimizer.iterations) == 2


def test_h5_without_the_optimizer(tmp_path):
    model = compiled(denser, "Adam", {})
    model.save(tmp_path / "m.h5", include_optimizer=False)
    assert not denser.saving.load_model(tmp_path / "m.h5").compiled
