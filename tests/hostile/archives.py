"""Zip and tar files that are damaged, lie, or reach out of their folder."""

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np

from .configs import BROKEN, UNSAFE
from .parts import zipped

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
_DEFLATE = {"compression": zipfile.ZIP_DEFLATED}


def _written(data):
    """A file of such bytes, made from the good file's."""

    def make(path, good, bait):
        path.write_bytes(data(good) if callable(data) else data)
        return path

    return make


def _asset(name):
    return lambda path, good, bait: zipped(path, good.members | {f"assets/{name}": b"x"})


def _marked(member, **marks):
    """A member whose entry in the zip says something special."""

    def make(path, good, bait):
        info = zipfile.ZipInfo(member)
        for name, value in marks.items():
            setattr(info, name, value)
        members = {name: data for name, data in good.members.items() if name != member}
        return zipped(path, members | {info: good.members.get(member, b"/etc/passwd")})

    return make


def _twice(path, good, bait):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in good.members.items():
            archive.writestr(name, data)
        archive.NameToInfo.pop(CONFIG)  # no warning that it is there already
        archive.writestr(CONFIG, good.members[CONFIG])
    return path


def _bomb(member, size):
    def make(path, good, bait):
        return zipped(path, good.members | {member: bytes(size)}, **_DEFLATE)

    return make


def _patched(where, change):
    """A good file in which the bytes behind a mark are others."""

    def make(path, good, bait):
        zipped(path, good.members)
        data = bytearray(path.read_bytes())
        change(data, data.rindex(where))
        path.write_bytes(data)
        return path

    return make


def _entry(offset, form, value):
    """Another value in the last entry of the zip's directory."""
    return _patched(b"PK\1\2", lambda data, at: struct.pack_into(form, data, at + offset, value))


def _other_byte(data, at):
    data[at] ^= 1


def _cut(path, good, bait):
    path.write_bytes(good.data[:-60])
    return path


def _shared(path, good, bait):
    """Many members that are the same bytes."""
    zipped(path, good.members)
    data = path.read_bytes()
    end = data.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<II", data, end + 12)
    entry = data[data.rindex(b"PK\1\2") : end]
    name = len(WEIGHTS)
    entries = [entry.replace(WEIGHTS.encode(), b"%0*d" % (name, i)) for i in range(200)]
    more = b"".join(entries)
    head = struct.pack("<HHII", 203, 203, size + len(more), start)
    path.write_bytes(data[:end] + more + data[end : end + 8] + head + data[end + 20 :])
    return path


def _folder(path, good, bait):
    path.mkdir()
    return path


def _pipe(path, good, bait):
    os.mkfifo(path)
    return path


# name -> (error, make(path, good, bait)) of `.keras` files
KERAS = {
    "nothing": (BROKEN, _written(b"")),
    "words": (BROKEN, _written(b"this is no model\n" * 100)),
    "a pickle": (BROKEN, _written(pickle.dumps([1, 2, 3]))),
    "a folder": (BROKEN, _folder),
    "a pipe": (UNSAFE, _pipe),
    "a member twice": (UNSAFE, _twice),
    "a wrong checksum": (BROKEN, _entry(16, "<I", 0xBADBAD)),
    "a changed byte in the config": (BROKEN, _patched(b'"Sequential"', _other_byte)),
    "a size that is not there": (BROKEN, _entry(24, "<I", 2**24)),
    "a size of 4 GB": (UNSAFE, _entry(24, "<I", 2**32 - 2)),
    "a place past the end": (BROKEN, _entry(42, "<I", 2**31)),
    "bytes that many members share": (UNSAFE, _shared),
    "a config of 256 MB of zeros": (UNSAFE, _bomb(CONFIG, 2**28)),
    "weights of 256 MB of zeros": (UNSAFE, _bomb(WEIGHTS, 2**28)),
    "an asset of 256 MB of zeros": (UNSAFE, _bomb("assets/words", 2**28)),
    "a path up": (UNSAFE, _asset("../../out")),
    "a path from the root": (UNSAFE, _asset("/etc/out")),
    "a path on another drive": (UNSAFE, _asset("C:out")),
    "a path with backslashes": (UNSAFE, _asset("..\\..\\out")),
    "a path of points": (UNSAFE, _asset("./a")),
    "a file that is a folder, too": (
        BROKEN, lambda path, good, bait: zipped(path, good.members | {"assets/a": b"x",
                                                                      "assets/a/b": b"x"})
    ),
    "a name that is too long": (BROKEN, _asset("a" * 5000)),
    "a link": (UNSAFE, _marked("assets/link", external_attr=0o120777 << 16)),
    "a device": (UNSAFE, _marked(CONFIG, external_attr=0o060777 << 16)),
    "a member that is encrypted": (UNSAFE, _entry(8, "<H", 1)),
    "a member packed with LZMA": (UNSAFE, _marked(WEIGHTS, compress_type=zipfile.ZIP_LZMA)),
    "no config": (BROKEN, lambda path, good, bait: good.with_members(path, **{CONFIG: None})),
    "no weights": (BROKEN, lambda path, good, bait: good.with_members(path, **{WEIGHTS: None})),
    "weights that are none": (
        BROKEN, lambda path, good, bait: good.with_members(path, **{WEIGHTS: b"no"})
    ),
    "half of the weights": (
        BROKEN,
        lambda path, good, bait: good.with_members(
            path, **{WEIGHTS: good.members[WEIGHTS][: len(good.members[WEIGHTS]) // 2]}
        ),
    ),
    "a seal that is cut off": (BROKEN, _cut),
    "a seal of other bytes": (BROKEN, _written(lambda good: good.data[:-1] + b"x")),
}  # fmt: skip


# ---------------------------------------------------------------------------------- of data sets


def _tar(*members, mode="w"):
    def make(path, bait):
        with tarfile.open(path, mode) as tar:
            for name, data, kind in members:
                info = tarfile.TarInfo(name)
                info.size, info.type = len(data), kind
                info.linkname = str(bait.file)
                tar.addfile(info, io.BytesIO(data))
        return path

    return make


def _file(name):
    return _tar((name, b"x", tarfile.REGTYPE))


def _special(kind):
    return _tar(("fine", b"x", tarfile.REGTYPE), ("special", b"", kind))


def _zip(name, **marks):
    def make(path, bait):
        info = zipfile.ZipInfo(name)
        for mark, value in marks.items():
            setattr(info, mark, value)
        return zipped(path, {info: str(bait.file)})

    return make


def _packed_zeros(path, bait):
    with gzip.open(path, "wb", 9) as file:
        info = tarfile.TarInfo("zeros")
        info.size = 2**28
        file.write(info.tobuf())
        for _ in range(2**8):
            file.write(bytes(2**20))
    return path


def _half_a_tar(path, bait):
    _tar(("a", os.urandom(100_000), tarfile.REGTYPE), mode="w:gz")(path, bait)
    path.write_bytes(path.read_bytes()[:50_000])
    return path


# name -> (error, make(path, bait))
PACKED = {
    "tar: a path up": (UNSAFE, _file("../out")),
    "tar: a path from the root": (UNSAFE, _file("/tmp/denser-out")),
    "tar: a path with backslashes": (UNSAFE, _file("..\\out")),
    "tar: a path on another drive": (UNSAFE, _file("C:/out")),
    "tar: a symbolic link": (UNSAFE, _special(tarfile.SYMTYPE)),
    "tar: a hard link": (UNSAFE, _special(tarfile.LNKTYPE)),
    "tar: a device": (UNSAFE, _special(tarfile.BLKTYPE)),
    "tar: a pipe": (UNSAFE, _special(tarfile.FIFOTYPE)),
    "tar: 256 MB of zeros": (UNSAFE, _packed_zeros),
    "tar: half of it": (BROKEN, _half_a_tar),
    "zip: a path up": (UNSAFE, _zip("../out")),
    "zip: a path from the root": (UNSAFE, _zip("/tmp/denser-out")),
    "zip: a symbolic link": (UNSAFE, _zip("link", external_attr=0o120777 << 16)),
    "neither": (BROKEN, lambda path, bait: path.write_bytes(b"no") and path),
}


class _Runs:
    """What a pickle runs when it is read."""

    def __init__(self, program):
        self.program = program

    def __reduce__(self):
        return exec, (self.program,)


def _npy(array, **how):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **how)
    return file.getvalue()


def _objects(*rows):
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


def _npz(data):
    return lambda path, bait: zipped(path, {"x.npy": data(bait)})


def _header(text):
    head = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head


_OBJECTS = "{'descr':'|O','fortran_order':False,'shape':(1,)}"

ARRAYS = {
    "a pickle that runs a program": (
        UNSAFE,
        _npz(lambda bait: _npy(_objects([1], _Runs(bait.program)), allow_pickle=True)),
    ),
    "rows of rows": (UNSAFE, _npz(lambda bait: _npy(_objects([[1]], [2]), allow_pickle=True))),
    "one row in 100,000 places": (
        UNSAFE,
        _npz(lambda bait: _npy(_objects(*[list(range(10_000))] * 10_000), allow_pickle=True)),
    ),
    "10^12 numbers": (
        BROKEN,
        _npz(lambda bait: _header("{'descr':'<f4','fortran_order':False,'shape':(10**12,)}")),
    ),
    "2^40 numbers": (
        BROKEN,
        _npz(lambda bait: _header(
            "{'descr':'<f4','fortran_order':False,'shape':(1099511627776,)}")),
    ),
    "a head with code": (
        BROKEN,
        _npz(lambda bait: _header("{'descr':__import__('bait'),'shape':()}")),
    ),
    "an object with the number 10^9": (
        UNSAFE, _npz(lambda bait: _header(_OBJECTS) + b"\x80\x02Nr\xff\xff\xff\x3f.")
    ),
    "an object with the number 10^9 as a word": (
        UNSAFE, _npz(lambda bait: _header(_OBJECTS) + b"Np999999999\n.")
    ),
    "a string of 2^60 bytes": (
        UNSAFE, _npz(lambda bait: _header(_OBJECTS) + b"\x8e" + (2**60).to_bytes(8, "little"))
    ),
    "an array that is cut": (BROKEN, _npz(lambda bait: _npy(np.arange(100))[:-8])),
    "256 MB of zeros": (
        UNSAFE, lambda path, bait: zipped(path, {"x.npy": bytes(2**28)}, **_DEFLATE)
    ),
    "no zip": (BROKEN, lambda path, bait: path.write_bytes(b"PK") and path),
}  # fmt: skip
