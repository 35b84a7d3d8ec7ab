"""All that reads files: for each reader a good file, and how it is given other bytes.

What stands behind a checksum (a seal, an archive's CRC) gets a right one for the bytes that it is
given, so that damage comes as far as the reader itself.
"""

import gzip
import hashlib
import io
import json
import struct
import tarfile
import tempfile
from pathlib import Path

import h5py
import jax.numpy as jnp
import numpy as np

from denser import callbacks, saving
from denser.datasets import named
from denser.datasets.archives import unpack
from denser.datasets.pickles import read_batch, read_npz
from denser.preprocessing.cache import KeptInFile
from denser.preprocessing.sound import read_wav
from denser.saving.hdf5 import read_weights
from denser.saving.stablehlo import ExportArchive, load_archive
from denser.training.sealed import encode, seal, unseal

from .parts import Good, changed, members_of, model, zipped

WEIGHTS = "model.weights.h5"
_DIGEST = 32  # bytes at the end of a checkpoint


class Readers:
    """A table of readers: name -> (the bytes of a good file, what reads other bytes).

    Args:
        folder: Where files may be made.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.good, self.model = Good(self.folder), model()
        self.table = (
            self._archives() | self._weights() | self._older() | self._runs() | self._data_sets()
        )

    def _by_path(self, name, read):
        """`read` of a file of that name which has the bytes."""

        def reader(data):
            path = self.folder / name
            path.write_bytes(data)
            return read(path)

        return reader

    def _member(self, member, members, name):
        """`load_model` of an archive one of whose members has the bytes."""

        def reader(data):
            saving.load_model(zipped(self.folder / name, members | {member: data}))

        return members[member], reader

    def _archives(self):
        """`.keras` files, as they are and member by member; one as tf.keras 2.12 wrote it."""
        plain = self.good.with_members(self.folder / "plain.keras").read_bytes()
        sealed = dict(self.good.members)
        old = sealed | {
            "metadata.json": b'{"keras_version": "2.12.0"}',
            "config.json": json.dumps(older(self.good.config)).encode(),
        }

        def load(data):
            return saving.load_model(io.BytesIO(data))

        return {
            "archive": (plain, load),
            "sealed archive": (self.good.data, load),
            "config of an archive": self._member("config.json", sealed, "c.keras"),
            "weights of an archive": self._member(WEIGHTS, sealed, "w.keras"),
            "metadata of an archive": self._member("metadata.json", old, "m.keras"),
            "config of an older archive": self._member("config.json", old, "o.keras"),
            "program": self._program(),
        }

    def _program(self):
        path = self.folder / "good.stablehlo"
        archive = ExportArchive("stablehlo")
        archive.add_endpoint("serve", lambda x: 2 * x, [np.ones(3, "float32")])
        archive.write_out(path, verbose=False)
        members = members_of(path)

        def reader(data):
            load_archive(zipped(self.folder / "p.zip", members | {"serve.stablehlo": data}))

        return members["serve.stablehlo"], reader

    def _weights(self):
        """Weights in each form, and the editor of them."""
        good = self.good.members[WEIGHTS]
        places = {"/layers/dense/vars": "s_00000.weights.h5", "/optimizer/vars": []}
        told = {"metadata": {"total_size": 32}, "weight_map": places}
        list_of_one = self.folder / "s.weights.json"
        list_of_one.write_text(json.dumps(told))
        return {
            "weights": (good, lambda data: read_weights(self.model, io.BytesIO(data), "fuzz")),
            "editor": (good, self._by_path("f.weights.h5", saving.KerasFileEditor)),
            "shard": (
                good,
                self._by_path("s_00000.weights.h5", lambda _: self.model.load_weights(list_of_one)),
            ),
            ".weights.json": (
                list_of_one.read_bytes(),
                self._by_path("f.weights.json", self.model.load_weights),
            ),
            ".safetensors": (
                self._tensors(),
                self._by_path("f.safetensors", self.model.load_weights),
            ),
        }

    def _tensors(self):
        """A file of safetensors without its digest."""
        path = self.folder / "good.safetensors"
        self.model.save_weights(path)
        data = path.read_bytes()
        end = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:end])
        del header["__metadata__"]
        text = json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + data[end:]

    def _older(self):
        """Files of Keras 1 and 2: whole models, weights in order and by name, architectures."""
        data = changed(self.good.older, lambda file: None)
        aged = changed(self.good.older, _aged)

        def by_name(path):
            self.model.load_weights(path, by_name=True)

        return {
            ".h5": (data, self._by_path("f.h5", saving.load_model)),
            ".h5 of Keras 2": (aged, self._by_path("k.h5", saving.load_model)),
            "weights in .h5": (aged, self._by_path("w.h5", self.model.load_weights)),
            "weights by name": (data, self._by_path("n.h5", by_name)),
            "text": (self.good.members["config.json"], from_json),
            "older text": (json.dumps(older(self.good.config)).encode(), from_json),
        }

    def _runs(self):
        """What a run leaves: a checkpoint, and the note of `BackupAndRestore`."""
        state = {"epoch": 3, "logs": {"loss": 0.5}, "names": ["a"], "variables": [jnp.ones((2, 3))]}
        backup = callbacks.BackupAndRestore(self.folder / "backup")
        backup.set_model(self.model)
        self.model._initial_epoch = 0
        backup.on_epoch_end(0)
        note = self.folder / "backup" / "training_metadata.json"

        def checkpoint(data):
            unseal(data + hashlib.sha256(data).digest(), "fuzz")

        def restore(data):
            note.write_bytes(data)
            backup.on_train_begin()

        return {
            "checkpoint": (bytes(seal(encode(state)))[:-_DIGEST], checkpoint),
            "note of a backup": (note.read_bytes(), restore),
        }

    def _data_sets(self):
        """Archives, arrays, sounds and the cache of a data set."""
        npz, box, tar = io.BytesIO(), self.folder / "box.zip", self.folder / "box.tar"
        np.savez(npz, x=np.arange(20), y=np.ones((3, 2)))
        zipped(box, {"a/b": b"1" * 50, "c": b"2"})
        with tarfile.open(tar, "w") as file:
            file.add(box, "a/b")
        batch = b"\x80\x02}q\x01(U\x04dataq\x02]q\x03(K\x01K\x02eU\x01xK\x05u."
        sizes = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
        wav = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0" + sizes + b"data\x08\0\0\0" + bytes(8)
        kept = KeptInFile(lambda: iter([(np.ones(3), b"word")]), self.folder / "kept")
        list(kept.passes(0, 0))
        return {
            "npz": (npz.getvalue(), self._by_path("f.npz", lambda path: read_npz(path, "x", "y"))),
            "tar": (tar.read_bytes(), self._by_path("f.tar", self._unpack)),
            "zip": (box.read_bytes(), self._by_path("f.zip", self._unpack)),
            "pickle": (batch, lambda data: read_batch(data, "fuzz")),
            "idx": (
                b"\0\0\x08\x02\0\0\0\x02\0\0\0\x03" + bytes(6),
                lambda data: self._by_path("f.gz", named.read_idx)(gzip.compress(data, 1)),
            ),
            "words": (b'{"the": 1, "a": 2}', self._by_path("f.json", named.read_words)),
            "wav": (wav, self._by_path("f.wav", lambda path: read_wav(path, 4000))),
            "cache": (
                kept.path.read_bytes(),
                self._by_path(kept.path.name, lambda _: list(kept.passes(0, 0))),
            ),
        }

    def _unpack(self, path):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            unpack(path, Path(folder, "out"))


def from_json(text):
    """A config alone may describe a model of any size that the limits allow."""
    with saving.limits(bytes=2**26):
        saving.model_from_json(text)


def older(config):
    """A config as Keras 2 wrote it: a class's name and its arguments."""
    layers = [
        {
            "class_name": part["class_name"],
            "config": {
                key: {"class_name": value["class_name"], "config": value["config"]}
                if isinstance(value, dict) and "class_name" in value
                else value
                for key, value in part["config"].items()
                if key not in ("dtype", "optional", "quantization_config")
            },
        }
        for part in config["config"]["layers"]
    ]
    return {
        "class_name": "Sequential",
        "config": {"name": "old", "layers": layers},
        "keras_version": "2.4.0",
        "backend": "tensorflow",
    }


def _aged(file: h5py.File):
    """Let a file be one of Keras 2."""
    for owner in (file, file["model_weights"]):
        owner.attrs["keras_version"], owner.attrs["backend"] = "2.4.0", "tensorflow"
    file.attrs["model_config"] = json.dumps(older(json.loads(file.attrs["model_config"])))
    training = json.loads(file.attrs["training_config"])
    training["optimizer_config"] = {"class_name": "SGD", "config": {"lr": 0.01}}
    file.attrs["training_config"] = json.dumps(training)
