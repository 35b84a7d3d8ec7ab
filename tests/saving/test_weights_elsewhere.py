"""Weights in several files, and as safetensors."""

import json

import keras
import numpy as np
import pytest

import denser
from denser.core.messages import BrokenFileError, UnsafeFileError, UserError
from denser.saving.safetensors import write_tensors

from ..twins import agree


def network(k, units=3):
    model = k.Sequential([k.Input((4,)), k.layers.Dense(units), k.layers.BatchNormalization()])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 4)), np.ones((4, units)), verbose=0)
    return model


@pytest.mark.parametrize("ending", [".weights.json", ".safetensors"])
def test_weights_and_optimizer_come_back(ending, tmp_path):
    model, other = network(denser), network(denser)
    model.save_weights(tmp_path / f"m{ending}")
    model.save_weights(tmp_path / f"m{ending}")  # over the one that is there
    other.load_weights(tmp_path / f"m{ending}")
    agree(model.get_weights(), other.get_weights())
    agree([v.numpy() for v in model.optimizer.variables],
          [v.numpy() for v in other.optimizer.variables])  # fmt: skip
    with pytest.raises(UserError, match="exists"):
        model.save_weights(tmp_path / f"m{ending}", overwrite=False)
    with pytest.raises(UserError, match=r"needs \(4, 2\)"):
        network(denser, 2).load_weights(tmp_path / f"m{ending}")
    with pytest.warns(UserWarning, match="do not fit"):
        network(denser, 2).load_weights(tmp_path / f"m{ending}", skip_mismatch=True)


def places_in(path):
    return json.loads(path.read_text())["weight_map"]


def test_shards_are_small_and_old_ones_go(tmp_path):
    model, path = network(denser), tmp_path / "m.weights.json"
    network(keras).save_weights(path, max_shard_size=1e-7)
    for size in (1e-7, 1.0):
        model.save_weights(tmp_path / "m.weights.h5", max_shard_size=size)  # as Keras names it
    (tmp_path / "m_00003_0123456789abcdef.weights.h5").touch()  # of a save that was killed
    (tmp_path / "m_best_00000.weights.h5").touch()  # of another model
    (tmp_path / "m_00001.weights.h5").touch()
    model.save_weights(path, max_shard_size=1e-7)
    named = {name for part in places_in(path).values() for name in part}
    others = {"m_00000.weights.h5", "m_00001.weights.h5", "m_best_00000.weights.h5", path.name}
    assert {p.name for p in tmp_path.iterdir()} == named | others and len(named) > 2
    theirs = network(keras)
    theirs.load_weights(path)
    agree(theirs.get_weights(), model.get_weights())


def test_a_list_of_shards_is_measured_before_it_is_read(tmp_path):
    model, path = network(denser), tmp_path / "m.weights.json"
    model.save_weights(path)
    with denser.saving.limits(text=100), pytest.raises(UnsafeFileError, match="text=100"):
        model.load_weights(path)


@pytest.mark.parametrize("name", ["../m_00000.weights.h5", "/etc/passwd", "x.txt", 3])
def test_a_list_of_shards_names_no_other_file(name, tmp_path):
    told = {"metadata": {}, "weight_map": {"/layers/dense/vars": [name]}}
    (tmp_path / "m.weights.json").write_text(json.dumps(told))
    with pytest.raises(UnsafeFileError, match="which is none beside it"):
        network(denser).load_weights(tmp_path / "m.weights.json")


@pytest.mark.parametrize("ending", [".weights.json", ".safetensors"])
def test_no_flipped_bit_goes_unnoticed(ending, tmp_path):
    model, path = network(denser), tmp_path / f"m{ending}"
    model.save_weights(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.choice(len(whole), 60, replace=False):
        changed = bytearray(whole)
        changed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        with pytest.raises(UserError):
            model.load_weights(path)


def _header(data):
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])


def _with_header(data, header):
    size = int.from_bytes(data[:8], "little")
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


def _longer(data):
    header = _header(data)
    del header["__metadata__"]
    header["layers/dense/0"]["shape"] = [10**9, 10**9]
    return _with_header(data, header)


def _overlapping(data):
    header = _header(data)
    del header["__metadata__"]
    header["layers/dense/1"]["data_offsets"] = header["layers/dense/0"]["data_offsets"]
    return _with_header(data, header)


@pytest.mark.parametrize(
    "change, says",
    [(lambda d: d[:-1], "damaged"),
     (lambda d: d[:-1] + bytes([d[-1] ^ 1]), "damaged"),
     (lambda d: (2**60).to_bytes(8, "little") + d[8:], "claims a header"),
     (lambda d: d[:5], "claims a header"),
     (lambda d: d[:8] + b"!" + d[9:], "is not JSON"),
     (_longer, "bytes for the shape"), (_overlapping, "where they cannot be")],
)  # fmt: skip
def test_damaged_safetensors(change, says, tmp_path):
    model, path = network(denser), tmp_path / "m.safetensors"
    model.save_weights(path)
    before = model.get_weights()
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BrokenFileError, match=says):
        model.load_weights(path)
    agree(before, model.get_weights())


def test_the_package_reads_what_is_written():
    package = pytest.importorskip("safetensors.numpy")
    arrays = {"a/b": np.arange(6, dtype="float32").reshape(2, 3), "c": np.array(7, "int64"),
              "d": np.array([True, False]), "e": np.zeros((0, 3), "float16")}  # fmt: skip
    found = package.load(write_tensors(arrays))
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
