"""A file is data; it appears whole or not at all; what does not fit is told and changes nothing."""

import io
import json
import os
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest

import denser
from denser import saving
from denser.core.messages import UserError

from ..twins import agree


def small(units=2, **kwargs):
    return denser.Sequential([denser.Input((3,)), denser.layers.Dense(units, **kwargs)])


def saved(folder, config=None, weights=None, **members):
    """A `.keras` file of a small model, with parts replaced."""
    path = folder / "model.keras"
    small().save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["metadata.json"] = b"{}"  # an edited file says no more that it is sealed
    if config is not None:
        parts["config.json"] = json.dumps(config(json.loads(parts["config.json"])))
    if weights is not None:
        buffer = io.BytesIO(parts["model.weights.h5"])
        with h5py.File(buffer, "r+") as file:
            del file.attrs["sealed"]
            weights(file)
        parts["model.weights.h5"] = buffer.getvalue()
    parts.update(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return path


# ------------------------------------------------------------------------------ code in a file


def test_a_lambda_of_a_file_is_never_run(tmp_path):
    path = tmp_path / "model.keras"
    with warnings.catch_warnings():  # Keras warns, too
        warnings.simplefilter("ignore")
        keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: 2 * x)]).save(path)
    with pytest.raises(UserError, match="never run"):
        saving.load_model(path)
    with pytest.warns(UserWarning, match="changes nothing"), pytest.raises(UserError):
        saving.load_model(path, safe_mode=False)


def test_byte_code_anywhere_in_a_config_is_refused(tmp_path):
    def hostile(config):
        code = {"class_name": "__lambda__", "config": {"value": ["4wAA", None, None]}}
        config["config"]["layers"][1]["config"]["kernel_initializer"] = code
        return config

    with pytest.raises(UserError, match="never run"):
        saving.load_model(saved(tmp_path, hostile))


@pytest.mark.parametrize(
    "module, class_name, inner",
    [("os", "function", "system"), ("builtins", "function", "eval"), ("os", "popen", {}),
     ("denser.datasets.files", "get_file", {}), ("builtins", "type", {})],
)  # fmt: skip
def test_nothing_is_imported_by_a_name_in_a_file(module, class_name, inner, tmp_path):
    def hostile(config):
        activation = {"module": module, "class_name": class_name, "config": inner}
        config["config"]["layers"][1]["config"]["activation"] = activation
        return config

    with pytest.raises(UserError, match="Unknown object"):
        saving.load_model(saved(tmp_path, hostile))


def test_own_objects_are_registered_or_given(tmp_path):
    def double(x):
        return 2 * x

    model = small(activation=double)
    model.save(tmp_path / "model.keras")
    with pytest.raises(UserError, match="custom_objects"):
        saving.load_model(tmp_path / "model.keras")
    read = saving.load_model(tmp_path / "model.keras", {"double": double})
    agree(model(np.ones((1, 3))), read(np.ones((1, 3))))
    with saving.CustomObjectScope({"double": double}):
        saving.load_model(tmp_path / "model.keras")


def test_a_lambda_cannot_be_written(tmp_path):
    with pytest.raises(UserError, match="lambda"):
        small(activation=lambda x: x).save(tmp_path / "model.keras")
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------ hostile weights


def _link_out(file):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "x")


def _soft_link(file):
    del file["layers/dense"]
    file["layers/dense"] = h5py.SoftLink("/vars")


def _huge(file):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"].create_dataset("0", (2**40, 2**10), "f4", chunks=True)


def _other_shape(file):
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = np.zeros(5)


def _outside(file):
    del file["layers/dense/vars/0"]
    elsewhere = [("/etc/hostname", 0, 24)]
    file["layers/dense/vars"].create_dataset("0", (3, 2), "f4", external=elsewhere)


@pytest.mark.parametrize("change", [_link_out, _soft_link, _huge, _other_shape, _outside])
def test_weights_that_are_not_the_models_own_are_refused(change, tmp_path):
    path = saved(tmp_path, weights=change)
    model = small()
    before = model.get_weights()
    for read in (saving.load_model, model.load_weights):
        with pytest.raises(UserError, match="model.keras/layers/dense"):
            read(path)
    agree(before, model.get_weights())


@pytest.mark.parametrize(
    "members, words",
    [({"config.json": None}, "has no config.json"), ({"config.json": b"["}, "not JSON"),
     ({"config.json": b"[]"}, "does not describe"), ({"model.weights.h5": b"no"}, "HDF5"),
     ({"model.weights.h5": None}, "has no model.weights.h5"),
     ({"assets/../../out": b"x"}, "leads out"),
     ({"config.json": b'{"class_name": "Sequential", "config": {"layers": 3}}'}, "takes a layer")],
)  # fmt: skip
def test_damaged_archives(members, words, tmp_path):
    with pytest.raises(UserError, match=words) as error:
        saving.load_model(saved(tmp_path, **members))
    assert "model.keras" in str(error.value)


def test_a_member_that_fills_the_memory_is_refused(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 2**26)
    with pytest.raises(UserError, match="claims"):
        saving.load_model(path)


# ------------------------------------------------------------------------------- what may fail


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    small().save(path)
    before = path.read_bytes()

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        small(5).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_weights_that_do_not_fit(tmp_path):
    path = tmp_path / "w.weights.h5"
    small(2).save_weights(path)
    other = small(4)
    before = other.get_weights()
    with pytest.raises(UserError, match=r"needs \(3, 4\).* has \(3, 2\)"):
        other.load_weights(path)
    with pytest.warns(UserWarning, match="do not fit"):
        other.load_weights(path, skip_mismatch=True)
    agree(before, other.get_weights())


@pytest.mark.parametrize(
    "act, words",
    [(lambda f: small().save(f / "m.tf"), ".keras"),
     (lambda f: small().save(f / "no" / "m.keras"), "no folder"),
     (lambda f: small().save_weights(f / "m.h5"), ".weights.h5"),
     (lambda f: saving.load_model(f / "m.weights.h5"), "must end in .keras"),
     (lambda f: saving.load_model(f / "m.keras"), "no such file"),
     (lambda f: small().load_weights(f / "m.weights.h5"), "no such file"),
     (lambda f: small().load_weights(f / "m.weights.h5", by_name=True), "by_name"),
     (lambda f: denser.Sequential([denser.layers.Dense(2)]).save_weights(f / "m.weights.h5"),
      "no weights yet"),
     (lambda f: saving.model_from_json("no"), "JSON"),
     (lambda f: small().save(f / "m.keras", include_optimizr=1), "no argument")],
)  # fmt: skip
def test_mistakes_are_told(act, words, tmp_path):
    with pytest.raises(UserError, match=words):
        act(tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_kept_when_asked(tmp_path):
    path = tmp_path / "m.keras"
    small().save(path)
    with pytest.raises(UserError, match="exists"):
        small().save(path, overwrite=False)


def test_files_of_a_layers_own_travel_with_the_model(tmp_path):
    @saving.register_keras_serializable("tests")
    class Words(denser.layers.Layer):
        words = ()

        def call(self, x):
            return x

        def save_assets(self, folder):
            with open(os.path.join(folder, "words.txt"), "w") as file:
                file.write(" ".join(self.words))

        def load_assets(self, folder):
            with open(os.path.join(folder, "words.txt")) as file:
                self.words = tuple(file.read().split())

    model = denser.Sequential([denser.Input((3,)), Words()])
    model.layers[0].words = ("a", "b")
    model.save(tmp_path / "model.keras")
    assert saving.load_model(tmp_path / "model.keras").layers[0].words == ("a", "b")
