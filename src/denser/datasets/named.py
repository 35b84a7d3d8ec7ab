"""The named data sets: where each one's files officially are, and how their formats are read."""

import gzip
import json
import struct
from pathlib import Path

import numpy as np

from .. import settings
from ..core.budget import damage
from ..core.messages import bad_file
from .archives import read
from .files import fetch, find
from .pickles import read_batch, read_npz

STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
CIFAR = "https://www.cs.toronto.edu/~kriz/"

# SHA-256; for the two word indices only an MD5 is published.
CHECKSUMS = {
    "boston_housing.npz": "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
    "california_housing.npz": "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    "cifar-10-python.tar.gz": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    "cifar-100-python.tar.gz": "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    "imdb.npz": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    "imdb_word_index.json": "bfafd718b763782e994055a2d397834f",
    "mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    "reuters.npz": "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
    "reuters_word_index.json": "4d44cc38712099c9e383dc6e5f11a921",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
}

_DAMAGED = "is damaged, delete it and get it again"
_LARGEST = 2**27  # bytes of an unpacked idx file; MNIST's are 47 million

FOUR = ("x_train", "y_train", "x_test", "y_test")  # an .npz file's members

Pair = tuple[np.ndarray, np.ndarray]


def stored(name: str, path: str | Path | None = None) -> Path:
    """The file `name` of Keras's store, kept as `path`."""
    return fetch(path or name, STORE + name, CHECKSUMS[name])


def arrays(name: str, path: str | Path, *members: str) -> list:
    """Members of an `.npz` file of Keras's store."""
    return read_npz(stored(name, path), *members)


def word_index(name: str, path: str | Path) -> dict[str, int]:
    """The rank of each word, 1 for the most frequent."""
    return read_words(stored(name, path))


def read_words(file: Path) -> dict[str, int]:
    """A JSON file with the rank of each word."""
    with damage(file, _DAMAGED):
        found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not set(map(type, found.values())) <= {int}:
        raise bad_file(file, "has no rank for each word. Delete it and get it again.")
    return found


def split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> tuple[Pair, Pair]:
    """Rows and targets in one random order, the last `test_split` of them for testing."""
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    return cut(x[order], y[order], test_split)


def cut(x: np.ndarray, y: np.ndarray, test_split: float) -> tuple[Pair, Pair]:
    """The last `test_split` of the rows for testing, the others for training."""
    if not 0 <= test_split < 1:
        raise ValueError(f"`test_split` must be at least 0 and below 1; got {test_split!r}.")
    size = int(len(x) * (1 - test_split))
    return (x[:size], y[:size]), (x[size:], y[size:])


def idx(name: str) -> np.ndarray:
    """An array of the MNIST family."""
    return read_idx(stored(name, f"fashion-mnist/{name}"))


def read_idx(file: Path) -> np.ndarray:
    """A gzipped file of uint8: zero, zero, 8, rank, then sizes, then values."""
    with damage(file, _DAMAGED):
        with gzip.open(file) as packed:
            data = packed.read(_LARGEST)
        zeros, kind, rank = struct.unpack_from(">HBB", data)
        shape = struct.unpack_from(f">{rank}I", data, 4)
        if (zeros, kind) != (0, 8):
            raise ValueError("it does not start as an idx file of bytes")
        return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape).copy()


def cifar(folder: str, archive: str, *names: str) -> list[dict]:
    """Pickled batches of a CIFAR archive, which may lie unpacked, as Keras leaves it, or packed."""
    source = find(folder, f"{folder}-target/{folder}", archive, f"{folder}.tar.gz")
    source = source or fetch(archive, CIFAR + archive, CHECKSUMS[archive])
    contents = read(source, names)
    return [read_batch(contents.pop(name), f"{source}, {name!r}") for name in names]


def cifar_images(batches: list[dict]) -> np.ndarray:
    """The images of some batches, in the layout of `settings.image_data_format`."""
    planes = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    if settings.image_data_format() == "channels_first":
        return planes
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
