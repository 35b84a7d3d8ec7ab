"""The named data sets, read from real files and from small ones of the same formats."""

import gzip
import importlib
import inspect
import io
import json
import pickle
import struct
import sys
import tarfile

import numpy as np
import pytest

from denser import datasets, settings
from denser.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    digits,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)

KERAS = sorted(set(datasets.__all__) - {"digits"})
RANDOM = np.random.default_rng(0)


@pytest.fixture
def keras_reads(monkeypatch):
    """Keras's module of a data set, made to read a file of ours whatever its checksum."""

    def module(name, path):
        pytest.importorskip("keras")
        found = importlib.import_module(f"keras.src.datasets.{name}")
        monkeypatch.setattr(found, "get_file", lambda *args, **options: str(path))
        return found

    return module


def assert_same(ours, theirs):
    for our_part, their_part in zip(ours, theirs, strict=True):
        for our, their in zip(our_part, their_part, strict=True):
            assert (our.dtype, our.shape) == (their.dtype, their.shape)
            if our.dtype == object:
                assert our.tolist() == their.tolist()
            else:
                np.testing.assert_array_equal(our, their)


# Names and signatures


@pytest.mark.parametrize("name", KERAS)
def test_the_same_functions_as_keras(name):
    theirs = getattr(pytest.importorskip("keras").datasets, name)
    ours = importlib.import_module(f"denser.datasets.{name}")
    assert getattr(datasets, name) is ours
    for function in (word for word in dir(theirs) if not word.startswith("_")):
        our = inspect.signature(getattr(ours, function)).parameters.values()
        their = inspect.signature(getattr(theirs, function)).parameters.values()
        assert [(p.name, p.default) for p in our] == [(p.name, p.default) for p in their]


@pytest.mark.parametrize("name", KERAS)
def test_offline_says_how_to_provide_the_file(name, offline):
    with pytest.raises(FileNotFoundError, match="DENSER_DATASETS"):
        getattr(datasets, name).load_data()


# Images


def test_mnist(given, keras_reads):
    train, test = mnist.load_data()
    assert [part.shape for part in (*train, *test)] == [
        (60000, 28, 28),
        (60000,),
        (10000, 28, 28),
        (10000,),
    ]
    assert train[0].max() == 255
    assert_same((train, test), keras_reads("mnist", given / "mnist.npz").load_data())


def test_fashion_mnist(cache, keras_reads, monkeypatch):
    folder = cache / "fashion-mnist"
    folder.mkdir()
    for part, size in (("train", 30), ("t10k", 10)):
        images = RANDOM.integers(0, 256, (size, 28, 28), "u1")
        for name, array in (("images-idx3", images), ("labels-idx1", images[:, 9, 9] % 10)):
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            data = gzip.compress(header + array.tobytes())
            (folder / f"{part}-{name}-ubyte.gz").write_bytes(data)
    theirs = keras_reads("fashion_mnist", None)
    monkeypatch.setattr(theirs, "get_file", lambda name, **options: str(folder / name))
    ours = fashion_mnist.load_data()
    assert_same(ours, theirs.load_data())
    ours[0][0][:] = 0  # not a view of read-only bytes
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + bytes(99)))
    with pytest.raises(ValueError, match="train-images-idx3-ubyte.gz: is damaged"):
        fashion_mnist.load_data()


def cifar_archive(path, folder, batches):
    with tarfile.open(path, "w:gz") as tar:
        for name, batch in batches.items():
            data = pickle.dumps({key.encode(): value for key, value in batch.items()}, 3)
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def batch(size, **labels):
    names = {key: RANDOM.integers(0, top, size).tolist() for key, top in labels.items()}
    return {"data": RANDOM.integers(0, 256, (size, 3072), "u1"), "batch_label": b"one"} | names


@pytest.mark.parametrize("unpacked", [False, True])
def test_cifar10(cache, unpacked, monkeypatch):
    batches = {name: batch(4, labels=10) for name in (*reversed(cifar10.TRAINING), "test_batch")}
    cifar_archive(cache / "cifar-10-python.tar.gz", "cifar-10-batches-py", batches)
    if unpacked:
        with tarfile.open(cache / "cifar-10-python.tar.gz") as tar:
            tar.extractall(cache, filter="data")
        (cache / "cifar-10-python.tar.gz").unlink()
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert (x_train.shape, y_train.shape) == ((20, 32, 32, 3), (20, 1))
    assert {part.dtype for part in (x_train, y_train, x_test, y_test)} == {np.dtype("u1")}
    second = batches["data_batch_2"]
    np.testing.assert_array_equal(x_train[5, 2, 3], second["data"][1].reshape(3, 32, 32)[:, 2, 3])
    assert y_train[4:8, 0].tolist() == second["labels"]
    assert y_test[:, 0].tolist() == batches["test_batch"]["labels"]
    monkeypatch.setattr(settings, "image_data_format", lambda: "channels_first")
    np.testing.assert_array_equal(cifar10.load_data()[1][0], x_test.transpose(0, 3, 1, 2))


def test_cifar10_as_four_arrays(cache):
    arrays = {"x_train": np.ones((4, 32, 32, 3), "u1"), "y_train": np.ones((4, 1), "u1")}
    arrays |= {"x_test": arrays["x_train"] * 2, "y_test": arrays["y_train"] * 2}
    np.savez(cache / "cifar10.npz", **arrays)
    train, test = cifar10.load_data()
    assert_same(
        (train, test), tuple((arrays[f"x_{p}"], arrays[f"y_{p}"]) for p in ("train", "test"))
    )


def test_cifar100(cache, keras_reads):
    batches = {name: batch(9, fine_labels=100, coarse_labels=20) for name in ("train", "test")}
    cifar_archive(cache / "cifar-100-python.tar.gz", "cifar-100-python", batches)
    with tarfile.open(cache / "cifar-100-python.tar.gz") as tar:
        tar.extractall(cache / "keras", filter="data")
    theirs = keras_reads("cifar100", cache / "keras")
    for mode in ("fine", "coarse"):
        assert_same(cifar100.load_data(mode), theirs.load_data(mode))
    with pytest.raises(ValueError, match="`label_mode` must be 'fine' or 'coarse'"):
        cifar100.load_data("rough")


# Texts

OPTIONS = [
    {},
    {"num_words": 20},
    {"num_words": 20, "oov_char": None},
    {"skip_top": 5, "num_words": 30},
    {"maxlen": 6},
    {"maxlen": 6, "start_char": None},
    {"start_char": None, "index_from": 0},
    {"start_char": None, "index_from": None, "oov_char": None},
    {"start_char": 40, "num_words": 30},
    {"seed": 7, "index_from": 10, "oov_char": 9, "start_char": 0},
]


def texts(size, numbers=50):
    rows = [RANDOM.integers(1, numbers, RANDOM.integers(1, 12)).tolist() for _ in range(size)]
    return np.fromiter(rows, dtype=object, count=size)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_imdb_and_reuters_do_as_keras(cache, keras_reads, options):
    x, y = texts(60), RANDOM.integers(0, 2, 60)
    np.savez(cache / "imdb.npz", x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    theirs = keras_reads("imdb", cache / "imdb.npz").load_data(**options)
    assert_same(imdb.load_data(**options), theirs)
    np.savez(cache / "reuters.npz", x=x, y=y)
    options = options | {"test_split": 0.25}
    theirs = keras_reads("reuters", cache / "reuters.npz").load_data(**options)
    assert_same(reuters.load_data(**options), theirs)


def test_texts_of_one_length_and_empty_ones(cache):
    x = np.fromiter([[1, 2], [3, 4], [], [5, 6]], dtype=object, count=4)
    np.savez(cache / "reuters.npz", x=x, y=np.arange(4))
    (x_train, y_train), (x_test, _) = reuters.load_data(start_char=None, num_words=9)
    assert (x_train.shape, x_test.shape) == ((3,), (1,))
    place = y_train.tolist().index(0)
    assert x_train[place] == [4, 5]


def test_arguments_of_texts(cache):
    np.savez(cache / "imdb.npz", x_train=texts(9), y_train=np.ones(9), x_test=texts(9), y_test=[1])
    with pytest.raises(ValueError, match="as many labels as texts"):
        imdb.load_data()
    np.savez(
        cache / "imdb.npz",
        **dict.fromkeys(("x_train", "x_test"), texts(9)),
        y_train=np.ones(9),
        y_test=np.ones(9),
    )
    with pytest.raises(ValueError, match="`maxlen` must leave some texts; none is shorter than 1"):
        imdb.load_data(maxlen=1)
    with pytest.raises(TypeError, match="no argument 'max_words'"):
        imdb.load_data(max_words=3)
    with pytest.warns(FutureWarning, match="`num_words`"):
        old = imdb.load_data(nb_words=20)
    assert_same(old, imdb.load_data(num_words=20))


def test_word_indices(cache, keras_reads):
    for module in (imdb, reuters):
        name = module.__name__.rsplit(".", 1)[1]
        path = cache / f"{name}_word_index.json"
        path.write_text(json.dumps({"the": 1, "né": 2}), encoding="utf-8")
        expected = keras_reads(name, path).get_word_index()
        assert module.get_word_index() == expected == {"the": 1, "né": 2}
        path.write_text("{")
        with pytest.raises(ValueError, match="is damaged"):
            module.get_word_index()
    assert (
        reuters.get_label_names() == pytest.importorskip("keras").datasets.reuters.get_label_names()
    )


def test_imdb_itself(given, keras_reads):
    ours = imdb.load_data(num_words=10000)
    assert_same(ours, keras_reads("imdb", given / "imdb.npz").load_data(num_words=10000))
    (x_train, y_train), (x_test, y_test) = ours
    assert (len(x_train), len(x_test), y_train.mean(), y_test.mean()) == (25000, 25000, 0.5, 0.5)
    names = {rank + 3: word for word, rank in imdb.get_word_index().items()}
    assert names[4] == "the"


# Houses


def test_boston_housing(cache, keras_reads):
    np.savez(cache / "boston_housing.npz", x=RANDOM.normal(size=(50, 13)), y=RANDOM.normal(size=50))
    theirs = keras_reads("boston_housing", cache / "boston_housing.npz")
    for options in ({}, {"test_split": 0.5, "seed": 3}, {"test_split": 0}):
        assert_same(boston_housing.load_data(**options), theirs.load_data(**options))
    with pytest.raises(ValueError, match="`test_split` must be"):
        boston_housing.load_data(test_split=1)


def test_california_housing(cache, keras_reads):
    x, y = RANDOM.normal(size=(700, 8)).astype("f4"), RANDOM.normal(size=700).astype("f4")
    path = cache / "california_housing.npz"
    np.savez(path, x=x, y=y)
    theirs = keras_reads("california_housing", path)
    expected = {version: theirs.load_data(version) for version in ("large", "small")}
    for version, parts in expected.items():
        assert_same(california_housing.load_data(version), parts)
    (x_train, y_train), (x_test, y_test) = expected["large"]
    np.savez(path, data_train=x_train, target_train=y_train, data_test=x_test, target_test=y_test)
    for version, parts in expected.items():  # a copy saved after the split is put back in order
        assert_same(california_housing.load_data(version), parts)
    with pytest.raises(ValueError, match="`version` must be 'large' or 'small'"):
        california_housing.load_data("medium")


def test_california_housing_itself(given):
    (x_train, y_train), (x_test, y_test) = california_housing.load_data()
    assert (x_train.shape, x_test.shape, x_train.dtype) == ((16512, 8), (4128, 8), np.float32)
    (x_train, y_train), _ = california_housing.load_data("small")
    assert y_train[:5].tolist() == [228400, 132900, 60000, 95200, 107000]  # as Keras gives them


# Digits


def test_digits():
    pytest.importorskip("sklearn")
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert (x_train.shape, x_test.shape) == ((1437, 28, 28), (360, 28, 28))
    assert {part.dtype for part in (x_train, y_train, x_test, y_test)} == {np.dtype("u1")}
    assert (x_train.min(), x_train.max()) == (0, 255)
    assert np.abs(np.bincount(y_train) / 4 - np.bincount(y_test)).max() <= 1
    images = np.concatenate([x_train, x_test])
    assert len(np.unique(images, axis=0)) == 1797
    assert images[:, [0, 1, -2, -1]].max() == 0  # a margin, as MNIST's
    assert_same(digits.load_data(seed=113), ((x_train, y_train), (x_test, y_test)))
    assert not np.array_equal(digits.load_data(seed=1)[0][1], y_train)


def test_digits_keep_their_recorded_pixels():
    recorded = pytest.importorskip("sklearn.datasets").load_digits().images / 16
    (x_train, _), _ = digits.load_data(size=8)
    expected = np.rint(255 * recorded**2 * (3 - 2 * recorded)).astype("u1")
    assert x_train[0].tolist() in expected.tolist()


def test_digits_refuse(monkeypatch):
    for size in (7, 28.0, "28"):
        with pytest.raises(ValueError, match="`size` must be an integer from 8"):
            digits.load_data(size=size)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"denser\[learn\]"):
        digits.load_data()
