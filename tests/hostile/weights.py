"""Files of weights that point elsewhere, lie about their sizes, or are no numbers."""

import h5py
import numpy as np

from .configs import BROKEN, UNSAFE

PLACE = "layers/dense/vars"


def _kernel(make):
    """Another object in the kernel's place."""

    def change(file, bait):
        del file[f"{PLACE}/0"]
        make(file[PLACE], bait)

    return change


def _array(*args, **kwargs):
    return _kernel(lambda group, bait: group.create_dataset("0", *args, **kwargs))


def _linked(link):
    def change(file, bait):
        del file[f"{PLACE}/0"]
        file[f"{PLACE}/0"] = link(bait)

    return change


def _soft_loop(file, bait):
    del file["layers/dense"]
    file["layers/dense"] = h5py.SoftLink("/layers/other")
    file["layers/other"] = h5py.SoftLink("/layers/dense")


def _group_out(file, bait):
    del file["layers"]
    file["layers"] = h5py.ExternalLink(str(bait.file), "/")


def _virtual(group, bait):
    layout = h5py.VirtualLayout((3, 2), "f4")
    layout[:] = h5py.VirtualSource(str(bait.file), "x", (3, 2), "f4")
    group.create_virtual_dataset("0", layout)


def _virtual_without_end(group, bait):
    """Its shape is known only once the other file is opened."""
    layout = h5py.VirtualLayout((3, 2), "f4", maxshape=(None, 2))
    source = h5py.VirtualSource(str(bait.file), "x", (3, 2), "f4", maxshape=(None, 2))
    layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
    group.create_virtual_dataset("0", layout)


def _unknown_filter(group, bait):
    space, made = h5py.h5s.create_simple((3, 2)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk((3, 2))
    made.set_filter(305, h5py.h5z.FLAG_OPTIONAL, ())
    h5py.h5d.create(group.id, b"0", h5py.h5t.IEEE_F32LE, space, made)
    group["0"][...] = 1


def _wide_chunk(group, bait):
    """Two numbers in a block of 512 MB, packed."""
    group.create_dataset("0", (3, 2), "f4", maxshape=(None, None), chunks=(2**14, 2**13),
                         compression="gzip")  # fmt: skip
    group["0"][...] = 1


def _another_value(file, bait):
    file[f"{PLACE}/0"][0, 0] += 1  # its digest stays


def _wide_digest(file, bait):
    del file[f"{PLACE}/0"].attrs["sha256"]
    file[f"{PLACE}/0"].attrs["sha256"] = np.zeros(1000)


def _says_sealed(file, bait):
    file.attrs["sealed"] = True


def _in_itself(file, bait):
    file["layers/dense/inner"] = file["layers"]


# name -> (error, change(file, bait))
CHANGES = {
    "a link to another file": (
        UNSAFE, _linked(lambda bait: h5py.ExternalLink(str(bait.file), "x"))
    ),
    "a link to a file of the system": (
        UNSAFE, _linked(lambda bait: h5py.ExternalLink("/etc/passwd", "x"))
    ),
    "a group in another file": (UNSAFE, _group_out),
    "a soft link": (UNSAFE, _linked(lambda bait: h5py.SoftLink(f"/{PLACE}/1"))),
    "soft links in a circle": (UNSAFE, _soft_loop),
    "a virtual array": (UNSAFE, _kernel(_virtual)),
    "a virtual array without an end": (UNSAFE, _kernel(_virtual_without_end)),
    "values in another file": (
        UNSAFE,
        _kernel(
            lambda group, bait: group.create_dataset(
                "0", (3, 2), "f4", external=[(str(bait.file), 0, 24)]
            )
        ),
    ),
    "a filter that needs a plug-in": (UNSAFE, _kernel(_unknown_filter)),
    "Python objects": (UNSAFE, _array(data=[["a", "b"]] * 3, dtype=h5py.string_dtype())),
    "arrays of any length": (UNSAFE, _array((3, 2), h5py.vlen_dtype("f4"))),
    "references": (UNSAFE, _array((3, 2), h5py.ref_dtype)),
    "records": (UNSAFE, _array((3, 2), np.dtype([("a", "f4"), ("b", "S9")]))),
    "words": (UNSAFE, _array(data=np.full((3, 2), b"1.0"))),
    "2^50 numbers in blocks": (BROKEN, _array((2**40, 2**10), "f4", chunks=True)),
    "2^126 numbers": (BROKEN, _array((2**63 - 1, 2**63 - 1), "f4", chunks=(1, 1))),
    "a gigabyte of packed zeros": (
        UNSAFE, _array((2**15, 2**13), "f4", chunks=(2**15, 2**10), compression="gzip",
                       compression_opts=9, fillvalue=1)
    ),
    "a block that is too wide": (UNSAFE, _kernel(_wide_chunk)),
    "values that were never written": (BROKEN, _array((3, 2), "f4")),
    "no space at all": (BROKEN, _kernel(lambda group, bait: group.create_dataset("0", dtype="f4"))),
    "a group for an array": (BROKEN, _kernel(lambda group, bait: group.create_group("0"))),
    "a type for an array": (
        BROKEN, _kernel(lambda group, bait: group.__setitem__("0", np.dtype("f4")))
    ),
    "another shape": (BROKEN, _array(data=np.zeros((2, 3), "f4"))),
    "an array for a group": (
        BROKEN,
        lambda file, bait: (file.pop("layers"), file.create_dataset("layers", data=np.zeros(3))),
    ),
    "an array too few": (BROKEN, lambda file, bait: file.pop(f"{PLACE}/1")),
    "a changed value": (BROKEN, _another_value),
    "a digest that is a table": (BROKEN, _wide_digest),
    "the word that it is sealed": (BROKEN, _says_sealed),
}  # fmt: skip

# good files of weights, of another model
OTHERS = ("another shape", "an array too few", "an array for a group")
# what only a reader of all that is in a file meets
WHOLE = {"a group that holds itself": (UNSAFE, _in_itself)}
