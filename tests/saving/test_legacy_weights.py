"""Weights in the `.h5` files that Keras wrote before `.weights.h5` was."""

import h5py
import keras
import numpy as np
import pytest

import denser
from denser.core.messages import UserError

from ..twins import agree

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")


def network(k, units=3, first="first"):
    inner = k.Sequential(
        [k.layers.Conv2D(2, 3, name="conv"), k.layers.BatchNormalization(name="norm"),
         k.layers.Conv2D(2, 1, name="again")], name="inner",
    )  # fmt: skip
    x = k.Input((5, 5, 1))
    y = k.layers.Flatten()(inner(x))
    y = k.layers.Dropout(0.5)(k.layers.Dense(4, name=first)(y))
    return k.Model(x, k.layers.Dense(units, name="last")(y))


def filled(model, seed=0):
    """The model with random numbers in all its weights, statistics included."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
    return model


@pytest.fixture
def file(tmp_path):
    theirs = filled(network(keras))
    theirs.save(tmp_path / "model.h5")
    return tmp_path / "model.h5", theirs.get_weights()


def test_a_whole_models_file_gives_its_weights(file):
    model = network(denser)
    model.trainable = False
    model.load_weights(file[0])
    agree(file[1], model.get_weights())


def test_weights_of_a_file_without_a_model(file, tmp_path):
    with h5py.File(file[0], "r+") as whole, h5py.File(tmp_path / "w.hdf5", "w") as bare:
        names = list(whole["model_weights"].attrs["layer_names"])
        for name in names:
            whole.copy(whole["model_weights"][name], bare)
        for number, name in enumerate(names):  # as long lists are split
            bare.attrs[f"layer_names{number}"] = [name]
    model = network(denser, first="other")
    model.load_weights(tmp_path / "w.hdf5")
    agree(file[1], model.get_weights())


def test_by_name_leaves_other_layers_alone(file):
    model = filled(network(denser, first="other"), seed=1)
    before = model.get_layer("other").get_weights()
    model.load_weights(file[0], by_name=True)
    agree(before, model.get_layer("other").get_weights())
    agree(file[1][-2:], model.get_layer("last").get_weights())


def test_what_does_not_fit_changes_nothing(file):
    model = filled(network(denser, units=2), seed=1)
    before = model.get_weights()
    with pytest.raises(UserError, match=r"'last' needs \(4, 2\).* has \(4, 3\)"):
        model.load_weights(file[0])
    agree(before, model.get_weights())
    with pytest.warns(UserWarning, match="do not fit"):
        model.load_weights(file[0], skip_mismatch=True)
    agree(before[-2:], model.get_weights()[-2:])
    agree(file[1][:-2], model.get_weights()[:-2])
    small = denser.Sequential([denser.Input((2,)), denser.layers.Dense(1)])
    with pytest.raises(UserError, match="has 3 layers with weights, Sequential .* has 1"):
        small.load_weights(file[0])


def _link_to_a_file(layer, path):
    del layer["last/kernel"]
    layer["last/kernel"] = h5py.ExternalLink(str(path), "/model_weights")


def _soft_link(layer, _):
    layer.move("last", "moved")
    layer["last"] = h5py.SoftLink("moved")


def _missing(layer, _):
    del layer["last/bias"]


@pytest.mark.parametrize("change", [_link_to_a_file, _soft_link, _missing])
def test_only_data_of_the_file_itself_are_read(change, file):
    with h5py.File(file[0], "r+") as source:
        change(source["model_weights/last"], file[0])
    model = network(denser)
    before = model.get_weights()
    with pytest.raises(UserError, match="model.h5/model_weights/last"):
        model.load_weights(file[0])
    agree(before, model.get_weights())


def test_a_file_of_another_kind(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as other:
        other["x"] = np.zeros(3)
    with pytest.raises(UserError, match="no file of weights"):
        network(denser).load_weights(tmp_path / "data.h5")
