"""OrbaxCheckpoint: what is written on some devices is read onto others, whole or not at all."""

import gc
import json
import os
import random
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import BrokenFileError, UnsafeFileError, UserError
from denser.saving.orbax import newest
from denser.saving.strict_json import digested, read_digested

from ..faults.kills import processes
from .orbax_devices import X, Y, fit, network, same, save_for_ever, state

HERE = Path(__file__).with_name("orbax_devices.py")
orbax = pytest.importorskip("orbax.checkpoint", reason="needs the extra `scale`")
Checkpoint = denser.callbacks.OrbaxCheckpoint
# Of what it began to read before it met the damage, orbax leaves coroutines behind.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def left_behind():
    yield
    gc.collect()


def start(what, folder, devices, *more):
    """A process that sees so many devices."""
    environment = dict(os.environ, JAX_PLATFORMS="cpu", PYTHONPATH=os.pathsep.join(sys.path))
    environment["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(HERE), what, str(folder), *more],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process):
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors[-2000:]
    return out.splitlines()[-2:]


IN_PARTS, WHOLE = "[(6, 4), (6, 4), (8, 3)]", "[(6, 8), (6, 8), (8, 3)]"


def test_four_devices_write_parts_and_any_number_reads_them(tmp_path):
    assert said(start("train", tmp_path, 4)) == [IN_PARTS]
    told = orbax.PyTreeCheckpointHandler().metadata(tmp_path / "c/1/pytree").tree
    written = told["trainable_variables"]["first"]["kernel"].storage.write_shape
    assert np.prod(written) <= 6 * 4  # of 6 * 8
    assert said(start("go_on", tmp_path, 4)) == [f"{IN_PARTS} True True", "True True"]
    assert said(start("go_on", tmp_path, 2))[0] == f"{WHOLE} True True"
    model = denser.models.load_model(tmp_path / "c")  # on the one device here
    assert same(state(model), np.load(tmp_path / "half.npz").values())


def test_a_run_of_four_devices_is_resumed_to_the_bit(tmp_path):
    assert said(start("resume", tmp_path, 4)) == [f"{IN_PARTS} True"]


def test_two_processes_write_each_its_own_part(tmp_path):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    both = [start("share", tmp_path, 2, address, str(number)) for number in range(2)]
    assert [said(process)[-1] for process in both] == ["False True"] * 2
    written = {file.name for file in (tmp_path / "c/0/pytree").glob("ocdbt.process_*")}
    assert written == {"ocdbt.process_0", "ocdbt.process_1"}


def names(folder):
    return sorted(int(file.name) for file in folder.iterdir())


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, [3]), ({"max_to_keep": None}, [0, 1, 2, 3]), ({"save_freq": 8}, [16]),
     ({"save_freq": 3, "max_to_keep": 2}, [12, 15]),
     ({"save_on_background": False, "max_to_keep": 3}, [1, 2, 3])],
)  # fmt: skip
def test_checkpoints_are_numbered_as_keras_does(options, expected, tmp_path):
    model, theirs = network(), keras.Sequential([keras.layers.Dense(3)])
    fit(model, callbacks=[Checkpoint(tmp_path / "ours", **options)])
    assert names(tmp_path / "ours") == expected
    theirs.compile("adam", "mse")
    kept = keras.callbacks.OrbaxCheckpoint(str(tmp_path / "theirs"), **options)
    theirs.fit(X, Y, 16, 4, verbose=0, callbacks=[kept])
    assert names(tmp_path / "theirs") == expected
    assert (
        same(state(denser.models.load_model(tmp_path / "ours")), state(model))
        or "save_freq" in options
    )
    fit(model, epochs=1, callbacks=[Checkpoint(tmp_path / "ours", max_to_keep=1)])
    assert names(tmp_path / "ours") == [expected[-1] + 1]


def test_only_the_best_is_saved(tmp_path, capsys):
    model = network()
    kept = Checkpoint(tmp_path, "loss", verbose=1, save_best_only=True, initial_value_threshold=0.0)
    fit(model, callbacks=[kept])
    assert not names(tmp_path) if tmp_path.exists() else True
    assert "loss is not better than 0" in capsys.readouterr().out
    kept.best = None
    fit(model, callbacks=[kept])
    assert f"saved to {tmp_path / str(names(tmp_path)[-1])}" in capsys.readouterr().out


def test_weights_alone(tmp_path):
    model, other = network(), network()
    fit(model, callbacks=[Checkpoint(tmp_path, save_weights_only=True)])
    other.load_weights(tmp_path)
    assert same(other.get_weights(), model.get_weights())
    with pytest.raises(UserError, match="holds no model, only weights"):
        denser.models.load_model(tmp_path)
    smaller = denser.Sequential([layers.Input((6,)), layers.Dense(8), layers.Dense(3)])
    before = smaller.get_weights()
    with pytest.raises(UserError, match="has no 'batch_normalization"):
        smaller.load_weights(tmp_path)
    assert same(smaller.get_weights(), before)
    with pytest.warns(UserWarning, match="do not fit"):
        smaller.load_weights(tmp_path, skip_mismatch=True)


def test_words_of_a_vocabulary_come_back(tmp_path):
    lookup = layers.StringLookup(vocabulary=["a", "ä", "b"])
    inputs = denser.Input((2,), dtype="string")
    model = denser.Model(inputs, layers.Embedding(4, 2)(lookup(inputs)))
    model.compile("adam", "mse")
    shelf = Checkpoint(tmp_path)
    shelf.set_model(model)
    shelf.on_epoch_end(0)
    shelf.on_train_end()
    words = np.array([["ä", "b"], ["x", "a"]])
    found = denser.models.load_model(tmp_path)(words)
    np.testing.assert_array_equal(found, model(words))


def both(k, folder):
    """A network trained with a checkpoint; what its last state gives."""
    inputs = k.Input((6,))
    model = k.Model(inputs, k.layers.Dense(3)(k.layers.Dense(4, "relu")(inputs)))
    model.compile("adam", "mse")
    kept = k.callbacks.OrbaxCheckpoint(str(folder))
    model.fit(X, Y, 16, 2, verbose=0, callbacks=[kept])
    return model.predict(X, verbose=0)


@pytest.mark.filterwarnings("ignore:Sharding info not provided")
def test_keras_reads_what_is_written_and_is_read(tmp_path):
    ours, theirs = both(denser, tmp_path / "ours"), both(keras, tmp_path / "theirs")
    for folder, expected in ((tmp_path / "ours", ours), (tmp_path / "theirs", theirs)):
        for load in (keras.models.load_model, denser.models.load_model):
            model = load(str(folder))
            np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-5, atol=1e-6)
            assert int(model.optimizer.iterations) == 8


def test_a_sequential_of_keras_which_has_other_names_is_read(tmp_path):
    theirs = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])
    theirs.compile("adam", "mse")
    kept = keras.callbacks.OrbaxCheckpoint(str(tmp_path))
    theirs.fit(X, Y, 16, 2, verbose=0, callbacks=[kept])
    model = denser.models.load_model(tmp_path)
    assert same(model.get_weights(), theirs.get_weights())
    assert int(model.optimizer.iterations) == 8


def test_no_flipped_bit_changes_what_is_read(tmp_path):
    model, chance = network(), np.random.default_rng(0)
    fit(model, epochs=1, callbacks=[Checkpoint(tmp_path)])
    expected = state(model)
    files = [file for file in newest(tmp_path).rglob("*") if file.is_file()]
    refused = 0
    for file in [*files, *files]:
        whole = file.read_bytes()
        changed = bytearray(whole)
        changed[chance.integers(len(whole))] ^= 1 << int(chance.integers(8))
        file.write_bytes(changed)
        try:
            assert same(state(denser.models.load_model(tmp_path)), expected), file
        except UserError as error:
            assert str(tmp_path) in str(error) and len(str(error)) <= 600
            refused += 1
        file.write_bytes(whole)
    assert refused > 5


FORGED = {
    "assets that lead out": ({"assets": {"../out.txt": "YQ=="}}, "leads out"),
    "paths that are none": ({"arrays": [3]}, "cannot be read"),
    "values of another": ({"arrays": [[["trainable_variables", "last", "bias"], "0"]]}, "SHA-256"),
    "no assets": ({"assets": None}, "cannot be read"),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_a_stranger_sealed_is_refused(what, tmp_path):
    changes, reason = FORGED[what]
    fit(network(), epochs=1, callbacks=[Checkpoint(tmp_path / "c")])
    file = tmp_path / "c/0/denser/seal.json"
    told, _ = read_digested(file)
    file.write_text(json.dumps(digested(told | changes)))
    with pytest.raises((BrokenFileError, UnsafeFileError), match=reason):
        denser.models.load_model(tmp_path / "c")
    assert [file.name for file in tmp_path.iterdir()] == ["c"]


def test_what_was_not_finished_is_no_checkpoint(tmp_path):
    model = network()
    fit(model, epochs=1, callbacks=[Checkpoint(tmp_path)])
    killed = tmp_path / "7.orbax-checkpoint-tmp"
    killed.mkdir()
    assert newest(tmp_path) == tmp_path / "0"
    fit(model, epochs=1, callbacks=[Checkpoint(tmp_path)])
    assert names(tmp_path) == [1]
    (tmp_path / "1/pytree/manifest.ocdbt").unlink()
    with pytest.raises(BrokenFileError, match="1/pytree"):
        denser.models.load_model(tmp_path)


def test_killed_at_any_moment_the_newest_is_whole(tmp_path):
    context, chance, before = processes(), random.Random(0), None
    for _ in range(4):
        process = context.Process(target=save_for_ever, args=(tmp_path / "c",))
        process.start()
        while newest(tmp_path / "c") == before and process.is_alive():
            time.sleep(0.01)
        time.sleep(0.2 * chance.random())
        process.kill()
        process.join()
        model, before = denser.models.load_model(tmp_path / "c"), newest(tmp_path / "c")
        assert len({float(value) for w in model.weights for value in np.ravel(w)}) == 1


def test_a_full_disk_is_told(tmp_path):
    model = network()
    fit(model, epochs=1, callbacks=[Checkpoint(tmp_path)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="a checkpoint could not be written"):
            fit(model, epochs=2, callbacks=[Checkpoint(tmp_path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    denser.models.load_model(tmp_path)


def test_mistakes_are_told(tmp_path):
    for wrong in ({"max_to_keep": 0}, {"save_freq": "batch"}, {"mode": "best"}):
        with pytest.raises(UserError, match=next(iter(wrong))):
            Checkpoint(tmp_path, **wrong)
    with pytest.raises(UserError, match="must end in"):
        denser.models.load_model(tmp_path)
