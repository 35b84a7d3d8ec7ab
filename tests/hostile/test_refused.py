"""Each hostile or damaged file is refused with its error, and nothing ran, was read or written."""

import json
import os
import struct
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

from denser import errors, saving
from denser.datasets.archives import unpack
from denser.datasets.pickles import read_npz

from ..test_guides import DOCS, program
from . import archives, configs, weights
from .parts import REFUSALS, Refusal, changed, model, peak_memory

_FORBIDDEN = (
    "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect",
    "socket.getaddrinfo", "urllib.Request", "pickle.find_class", "os.symlink", "os.link",
)  # fmt: skip
_seen: list[str] | None = None


def _watch(event, arguments):
    if _seen is None:
        return
    if event in _FORBIDDEN:
        _seen.append(event)
    elif event == "open" and str(arguments[0]) in ("/etc/passwd", "/etc/out", "/tmp/denser-out"):
        _seen.append(f"open {arguments[0]}")


sys.addaudithook(_watch)


@contextmanager
def refused(error, bait, path):
    """The file at `path` is refused with that error, in so much memory and time, and no harm."""
    global _seen
    before = sorted(path.parent.rglob("*"))
    least, began, _seen = peak_memory(reset=True), time.thread_time(), []
    try:
        with pytest.raises(getattr(errors, error)) as caught:
            yield
        took = time.thread_time() - began
    finally:
        seen, _seen = _seen, None
    peak, text = peak_memory(), str(caught.value)
    REFUSALS.append(Refusal(took, (peak or least or 0) - (least or 0), text, path.name))
    assert not seen and not bait.taken()
    assert sorted(path.parent.rglob("*")) == before, "something was written"
    assert len(text) <= 600
    assert path.name in text
    assert took < 5, "seconds of processor time"
    assert peak is None or peak - least < 2**29, "512 MiB"


def cases(table):
    """A table of files as pytest's parameters."""
    return pytest.mark.parametrize(
        "error, make", [pytest.param(*row, id=name) for name, row in table.items()]
    )


def test_there_are_enough():
    tables = (configs.CHANGES, configs.TEXTS, weights.CHANGES, weights.WHOLE, archives.KERAS,
              archives.PACKED, archives.ARRAYS)  # fmt: skip
    assert sum(map(len, tables)) > 120


def test_the_bait_works(bait):
    assert not bait.taken()
    exec(bait.program)
    bait.file.read_bytes()
    assert "a program ran" in bait.taken()
    if "a file was read" not in bait.taken():
        pytest.skip("this file system keeps no time of access")


def test_the_good_file_is_read(good, tmp_path):
    for name, config in (("a", good.config), ("b", json.dumps(good.config))):
        read = saving.load_model(good.with_config(tmp_path / f"{name}.keras", config))
        assert [w.shape for w in read.weights] == [(3, 2), (2,)]
    (tmp_path / "c.keras").write_bytes(good.data)
    saving.load_model(tmp_path / "c.keras")


@cases(configs.CHANGES)
def test_config(error, make, good, bait, tmp_path):
    config = good.config
    make(config, bait)
    path = good.with_config(tmp_path / "model.keras", config)
    with refused(error, bait, path):
        saving.load_model(path)


@cases({name: row for name, row in configs.CHANGES.items() if name in configs.OF_OLDER})
def test_config_of_an_older_file(error, make, good, bait, tmp_path):
    def change(file):
        config = json.loads(file.attrs["model_config"])
        make(config, bait)
        file.attrs["model_config"] = json.dumps(config)

    path = tmp_path / "model.h5"
    path.write_bytes(changed(good.older, change))
    with refused(error, bait, path):
        saving.load_model(path)


_WORD = b"x" * 333


@pytest.mark.parametrize("name", ["model_config", "keras_version", "layer_names"])
def test_a_word_that_claims_gigabytes(name, good, bait, tmp_path):
    def change(file):
        owner, word = (file["model_weights"], [_WORD]) if name == "layer_names" else (file, _WORD)
        owner.attrs[name] = word

    data = bytearray(changed(good.older, change))
    at = data.index(name.encode() + b"\0")
    struct.pack_into("<I", data, data.index(struct.pack("<I", len(_WORD)), at), 3 * 10**9)
    path = tmp_path / "model.h5"
    path.write_bytes(data)
    with refused("BrokenFileError", bait, path):
        saving.load_model(path)


def test_names_whose_list_of_free_places_is_a_circle(good, bait, tmp_path):
    data = bytearray(good.members["model.weights.h5"])
    at = -1
    while (at := data.index(b"HEAP", at + 1)) >= 0:
        free, begin = struct.unpack_from("<QQ", data, at + 16)
        if free != 1:
            break
    struct.pack_into("<Q", data, begin + free, free)
    path = tmp_path / "model.weights.h5"
    path.write_bytes(data)
    with refused("BrokenFileError", bait, path):
        model().load_weights(path)


@pytest.mark.parametrize("lookup", ["StringLookup", "TextVectorization"])
def test_a_vocabulary_that_a_config_names_is_not_read(lookup, good, bait, tmp_path):
    config = good.config
    text = {"batch_shape": [None, 1], "dtype": "string"}
    config["config"]["layers"] = [
        configs.layer("InputLayer", **text), configs.layer(lookup, vocabulary=str(bait.file))
    ]  # fmt: skip
    config["compile_config"] = config["build_config"] = None
    path = good.with_config(tmp_path / "model.keras", config)
    assert saving.load_model(path).layers[0].vocabulary is None
    assert not bait.taken()


@cases(configs.TEXTS)
def test_text_of_a_config(error, make, good, bait, tmp_path):
    path = good.with_config(tmp_path / "model.keras", make)
    with refused(error, bait, path):
        saving.load_model(path)
    with pytest.raises(getattr(errors, error)):
        saving.model_from_json(make)


@cases(weights.CHANGES)
def test_weights(error, make, good, bait, tmp_path):
    path = good.with_weights(tmp_path / "model.keras", lambda file: make(file, bait))
    with refused(error, bait, path):
        saving.load_model(path)


def _weights_alone(good, bait, tmp_path, make):
    path = tmp_path / "model.weights.h5"
    data = good.members["model.weights.h5"]
    path.write_bytes(changed(data, lambda file: make(file, bait)))
    return path


@cases(weights.CHANGES)
def test_weights_for_a_model(error, make, good, bait, tmp_path):
    path, mine = _weights_alone(good, bait, tmp_path, make), model()
    before = mine.get_weights()
    with refused("UserError" if error == "BrokenFileError" else error, bait, path):
        mine.load_weights(path)
    for old, new in zip(before, mine.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@cases({k: v for k, v in weights.CHANGES.items() if k not in weights.OTHERS} | weights.WHOLE)
def test_weights_for_the_editor(error, make, good, bait, tmp_path):
    path = _weights_alone(good, bait, tmp_path, make)
    with refused(error, bait, path):
        saving.KerasFileEditor(path)


@pytest.mark.parametrize(
    "name, value", [("bytes", 1000), ("text", 500), ("depth", 4), ("layers", 3), ("weights", 1),
                    ("seconds", 1e-9)],
)  # fmt: skip
def test_limits_are_settable(name, value, good, tmp_path):
    path = good.with_members(tmp_path / "model.keras")
    with saving.limits(**{name: value}), pytest.raises(errors.UnsafeFileError, match=f"{name}="):
        saving.load_model(path)
    saving.load_model(path)
    with pytest.raises(errors.UserError, match="positive number"), saving.limits(**{name: 0}):
        pass


def test_a_limit_that_is_none():
    with pytest.raises(errors.UserTypeError, match="Did you mean 'layers'"):
        with saving.limits(layer=3):
            pass


@cases(archives.KERAS)
def test_archive(error, make, good, bait, tmp_path):
    path = make(tmp_path / "model.keras", good, bait)
    with refused(error, bait, path):
        saving.load_model(path)


@pytest.mark.parametrize("ending", [".weights.h5", ".h5", ".safetensors", ".weights.json"])
def test_a_pipe_is_not_waited_for(ending, bait, tmp_path):
    path = tmp_path / f"model{ending}"
    os.mkfifo(path)
    with pytest.raises(errors.UserError, match=path.name):
        model().load_weights(path)


@pytest.mark.parametrize("part", range(16))
def test_cut_anywhere(part, good, bait, tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(good.data[: len(good.data) * part // 16])
    with refused("BrokenFileError", bait, path):
        saving.load_model(path)


@cases(archives.PACKED)
def test_packed_data_sets(error, make, bait, tmp_path):
    path = make(tmp_path / "archive", bait)
    with refused(error, bait, path):
        unpack(path, tmp_path / "out")


@cases(archives.ARRAYS)
def test_arrays_of_data_sets(error, make, bait, tmp_path):
    path = make(tmp_path / "data.npz", bait)
    with refused(error, bait, path):
        read_npz(path, "x")


def test_the_page_of_the_documentation_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    registered = saving.get_custom_objects()
    before = dict(registered)
    try:
        exec(compile(program(DOCS / "security.md"), "security.md", "exec"), {"__name__": "page"})
    finally:
        registered.clear()
        registered.update(before)


def test_refusals_are_cheap_and_name_the_place():
    if len(REFUSALS) < 100:
        pytest.skip("only some of the files were tried")
    cheap = sum(refusal.memory < 100 * 2**20 for refusal in REFUSALS)
    named = sum(refusal.names_the_place for refusal in REFUSALS)
    assert cheap >= 0.99 * len(REFUSALS) and named >= 0.95 * len(REFUSALS)
