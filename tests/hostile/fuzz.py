"""Fuzzing: good files changed at random, and the readers that must take or refuse each of them."""

import copy
import io
import json
import random
import tarfile
import tempfile
import warnings
from pathlib import Path

import numpy as np

from denser import saving
from denser.core.messages import UserError
from denser.datasets.archives import unpack
from denser.datasets.pickles import read_batch, read_npz
from denser.saving.editor import KerasFileEditor
from denser.saving.hdf5 import read_weights

from .parts import Good, changed, model, zipped

_VALUES = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 10**12, -(2**40), 0.5, -1.5, 1e308, "", "relu",
    "os.system", "Dense", "__lambda__", "../x", "\0", [], [None], [0, 0], [[]], {}, {"a": 1},
    {"class_name": "Dense", "config": {}}, {"class_name": "__tuple__", "config": {"value": 3}},
    {"class_name": "function", "config": "eval"}, "float32", "int4", "x" * 300,
)  # fmt: skip


def other_bytes(data, chance):
    """`data` with a few bits, bytes or blocks changed, moved, doubled or left out."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not data:
            return b""
        at, length = chance.randrange(len(data)), chance.choice([1, 1, 2, 4, 8, 64])
        what = chance.randrange(7)
        if what == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            data[at : at + length] = chance.randbytes(length)
        elif what == 2:
            data[at : at + length] = chance.choice([b"\0", b"\xff"]) * length
        elif what == 3:
            del data[at : at + length]
        elif what == 4:
            data[at:at] = data[at : at + length]
        elif what == 5:
            other = chance.randrange(len(data))
            data[at : at + length] = data[other : other + length]
        else:
            del data[chance.randrange(len(data)) :]
    return bytes(data)


def other_json(value, chance):
    """A JSON value with a few of its parts replaced, moved or left out."""
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, 4)):
        places = list(places_of(value))
        if not places:
            break
        owner, key = chance.choice(places)
        what = chance.randrange(4)
        if what == 0:
            del owner[key]
        elif what == 1:
            other, at = chance.choice(places)
            owner[key] = copy.deepcopy(other[at]) if _has(other, at) else None
        else:
            owner[key] = copy.deepcopy(chance.choice(_VALUES))
    return value


def _has(owner, key):
    return key in owner if isinstance(owner, dict) else key < len(owner)


def places_of(value):
    """Where each part stands: (dict or list, key or number)."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(entries):
        yield value, key
        if isinstance(part, (dict, list)):
            yield from places_of(part)


class Fuzz:
    """Readers by name, and for each how to make a file for it from a number of chance.

    Args:
        folder: Where files may be made.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.good, self.model = Good(self.folder), model()
        npz = io.BytesIO()
        np.savez(npz, x=np.arange(20), y=np.ones((3, 2)))
        box, tar = self.folder / "box.zip", self.folder / "box.tar"
        zipped(box, {"a/b": b"1" * 50, "c": b"2"})
        with tarfile.open(tar, "w") as file:
            file.add(box, "a/b")
        weights = self.good.members["model.weights.h5"]
        keras = self.good.with_members(self.folder / "plain.keras").read_bytes()
        batch = b"\x80\x02}q\x01(U\x04dataq\x02]q\x03(K\x01K\x02eU\x01xK\x05u."
        self.readers = {
            "archive": (keras, lambda data: saving.load_model(io.BytesIO(data))),
            "sealed archive": (self.good.data, lambda data: saving.load_model(io.BytesIO(data))),
            "weights": (weights, lambda data: read_weights(self.model, io.BytesIO(data), "fuzz")),
            "editor": (weights, self._by_path("f.weights.h5", KerasFileEditor)),
            "text": (self.good.members["config.json"], _from_json),
            "npz": (npz.getvalue(), self._by_path("f.npz", lambda path: read_npz(path, "x", "y"))),
            "tar": (tar.read_bytes(), self._by_path("f.tar", self._unpack)),
            "zip": (box.read_bytes(), self._by_path("f.zip", self._unpack)),
            "pickle": (batch, lambda data: read_batch(data, "fuzz")),
            **{ending: self._weights(ending) for ending in (".safetensors", ".weights.json")},
            ".h5": self._older(),
        }

    def _weights(self, ending):
        path = self.folder / f"good{ending}"
        self.model.save_weights(path)
        return path.read_bytes(), self._by_path(f"f{ending}", self.model.load_weights)

    def _older(self):
        path = self.folder / "good.h5"
        self.model.save(path)
        data = changed(path.read_bytes(), lambda file: None)
        return data, self._by_path("f.h5", saving.load_model)

    def _by_path(self, name, read):
        def reader(data):
            path = self.folder / name
            path.write_bytes(data)
            read(path)

        return reader

    def _unpack(self, path):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            unpack(path, Path(folder, "out"))

    def bytes_of(self, name, chance):
        """Read a file with other bytes; what it raises is a UserError."""
        good, read = self.readers[name]
        _tried(read, other_bytes(good, chance))

    def config(self, chance):
        """Read a config with other parts."""
        text = json.dumps(other_json(self.good.config, chance))
        _tried(self.readers["text"][1], text)

    def member(self, name, chance):
        """Read an archive one of whose members has other bytes, and a right checksum."""
        members = self.good.members | {name: other_bytes(self.good.members[name], chance)}
        path = zipped(self.folder / "m.keras", members)
        _tried(saving.load_model, path)


def _from_json(text):
    """A config alone may describe a model of any size that the limits allow."""
    with saving.limits(bytes=2**26):
        saving.model_from_json(text)


def _tried(read, data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(data)
        except UserError as error:
            assert len(str(error)) <= 600 or "\n" in str(error)


def run(fuzz, seed):
    """One file of each kind."""
    for name in fuzz.readers:
        fuzz.bytes_of(name, random.Random(seed))
    fuzz.config(random.Random(seed))
    for member in ("config.json", "model.weights.h5"):
        fuzz.member(member, random.Random(seed))
