"""Pickled files: what data sets need is read, nothing else, and nothing runs."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from denser.datasets.pickles import members, read_batch, read_npz


class Hostile:
    """Unpickled by `pickle` itself, this makes a folder."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self.canary),)


def objects(*rows):
    return np.fromiter(rows, dtype=object, count=len(rows))


def npz(path, protocol=4, **arrays):
    """As `np.savez`, with object arrays pickled in the given protocol."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            file = io.BytesIO()
            plain = array if array.dtype != object else np.empty(array.shape, "u1")
            np.lib.format.write_array(file, plain)
            if array.dtype == object:
                file = io.BytesIO()
                header = {"descr": "|O", "fortran_order": False, "shape": array.shape}
                np.lib.format.write_array_header_1_0(file, header)
                pickle.dump(array, file, protocol=protocol)
            archive.writestr(f"{name}.npy", file.getvalue())
    return path


@pytest.mark.parametrize("protocol", [3, 4])
def test_lists_of_integers(tmp_path, protocol):
    rows = [1, 2, 88_584], [], [0, -1, 2**40]
    path = npz(tmp_path / "a.npz", protocol, x=objects(*rows), y=np.arange(3.0))
    x, y = read_npz(path, "x", "y")
    assert x == list(rows)
    np.testing.assert_array_equal(y, np.arange(3.0))
    assert members(path) == {"x", "y"}


def test_what_numpy_saves(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=objects([1, 300], [2]), y=np.eye(2, dtype="f4"))
    x, y = read_npz(tmp_path / "a.npz", "x", "y")
    assert x == [[1, 300], [2]]
    np.testing.assert_array_equal(y, np.eye(2, dtype="f4"))


@pytest.mark.parametrize(
    "rows",
    [
        (["a"],),
        ([True],),
        ([1.0],),
        ([[1]],),
        ([None],),
        (1, 2),
        ({1: 2},),
        ((1, 2),),
        (np.arange(3),),
        ([np.int64(3)],),
    ],
    ids=str,
)
def test_other_contents_are_refused(tmp_path, rows):
    path = npz(tmp_path / "a.npz", x=objects(*rows))
    with pytest.raises(ValueError, match=r"a\.npz, 'x'"):
        read_npz(path, "x")


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_runs(tmp_path, protocol):
    canary = tmp_path / "canary"
    hostile = objects([1], Hostile(canary))
    pickle.loads(pickle.dumps(hostile, protocol))
    canary.rmdir()  # it was made: where `pickle` reads, the bait is taken
    with pytest.raises(ValueError, match=r"a\.npz, 'x': was refused.*it asks for"):
        read_npz(npz(tmp_path / "a.npz", protocol, x=hostile), "x")
    with pytest.raises(ValueError, match="batch: was refused"):
        read_batch(pickle.dumps({"data": Hostile(canary)}, protocol), "batch")
    assert not canary.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"c_codecs\nencode\n(Vabc\nVrot13\ntR.",
        b"cnumpy\ndtype\nN}S'__init__'\nI1\ns\x86b.",
        b"cnumpy\nload\n.",
        b"cnumpy.core.multiarray\nscalar\n.",
        b"cdenser.datasets.pickles\nread_npz\n.",
        b"Pabc\n.",
        b"\x82\x01.",
        b"]",
        b"",
        b"\xff\x00nonsense",
    ],
)
def test_hostile_and_broken_programs(program):
    with pytest.raises(ValueError, match="batch: was refused"):
        read_batch(program, "batch")


@pytest.mark.parametrize(
    "value",
    [
        {1: 2},
        [1],
        {"x": {"y": 1}},
        {"x": None},
        {"x": [1.5]},
        {"x": np.arange(3)},
        {"x": np.ones((2, 2), "u1", order="F")},
        {"x": objects([1])},
        {"x": True},
    ],
    ids=str,
)
def test_batches_hold_nothing_else(value):
    with pytest.raises(ValueError, match="batch: must be"):
        read_batch(pickle.dumps(value, 3), "batch")


@pytest.mark.parametrize("protocol", [3, 4])
def test_batches(protocol):
    data = np.arange(6, dtype="u1").reshape(2, 3)
    batch = {b"data": data, "labels": [3, 7], b"names": [b"a.png", "b.png"], "label": b"one"}
    read = read_batch(pickle.dumps(batch, protocol), "batch")
    np.testing.assert_array_equal(read.pop("data"), data)
    assert read == {"labels": [3, 7], "names": ["a.png", "b.png"], "label": "one"}


PYTHON_2 = (
    b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03(K\x03K\x07eU\x04dataq\x04"
    b"cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\nndarray\nq\x06K\x00\x85U\x01b\x87Rq\x07"
    b"(K\x01K\x02K\x03\x86cnumpy\ndtype\nq\x08U\x02u1K\x00K\x01\x87Rq\x09"
    b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x06\x00\x01\x02\x03\x04\x05tbu."
)


def test_a_batch_as_python_2_wrote_it():
    assert pickle.loads(PYTHON_2, encoding="bytes")[b"labels"] == [3, 7]
    read = read_batch(PYTHON_2, "batch")
    assert read["labels"] == [3, 7]
    assert read["data"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("shape", [b"K\x14K\x03", b"J\xfe\xff\xff\xffJ\xfd\xff\xff\xff"])
def test_an_array_cannot_lie_about_its_size(shape):
    with pytest.raises(ValueError, match="batch: must be"):
        read_batch(PYTHON_2.replace(b"K\x02K\x03\x86", shape + b"\x86"), "batch")


def test_damaged_files(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(ValueError, match="has no member z; it has x"):
        read_npz(npz(path, x=objects([1])), "z")
    np.savez(path, x=np.arange(1000))
    content = bytearray(path.read_bytes())
    content[500] ^= 255
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        read_npz(path, "x")
    path.write_bytes(b"no zip")
    with pytest.raises(ValueError, match="damaged"):
        read_npz(path, "x")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"no array")
    with pytest.raises(ValueError, match="'x': is not a NumPy array"):
        read_npz(path, "x")
