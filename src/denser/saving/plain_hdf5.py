"""HDF5 read with care: plain arrays that are in the file, and nothing that points elsewhere."""

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from ..core.budget import believe, damage, reading
from ..core.later import Later
from ..core.messages import UnsafeFileError, bad_file, short
from .seal import lost_seal, seal, sealed_file

h5py = Later("h5py")
_FILTERS = (1, 2, 3, 32000)  # deflate, shuffle, Fletcher's checksum, LZF: none is a plug-in
_SEALED = "sealed"  # the attribute of a file that has a seal
_HEAP, _HEAD, _LEAST = b"GCOL\x01", 16, 4096  # of a heap of words: mark, head and least size
_BLOCK = 2**20


def write_file(fill: Callable[[Any], None]) -> bytes:
    """The bytes of the sealed HDF5 file that `fill` fills; libhdf5 never writes to a disk."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs[_SEALED] = True
        fill(file)
    behind = seal(buffer.getbuffer())
    buffer.seek(0, io.SEEK_END)
    buffer.write(behind)
    return buffer.getvalue()


@contextmanager
def opened(file: Any, where: str) -> Iterator[Any]:
    """An HDF5 file open for reading; an error that says which file where it is none.

    libhdf5 gets the bytes from Python's file: it opens nothing itself, and locks nothing.
    """
    with sealed_file(file, where) as (source, sealed):
        with damage(where, "is not a file of weights (HDF5)"):
            _check_heaps(source, where)
            opened_file = h5py.File(source, "r")
        with damage(where), opened_file, reading(where, opened_file.id.get_filesize()):
            if opened_file.id.get_create_plist().get_sizes() != (8, 8):
                raise bad_file(where, "has addresses of another size than 8 bytes.")
            if _SEALED in opened_file.attrs and not sealed:
                raise lost_seal(where)
            yield opened_file


def _check_heaps(file: BinaryIO, where: str) -> None:
    """Refuse a heap of words with an entry of no length: libhdf5 would go round in it for ever."""
    for at in _marks(file):
        file.seek(at)
        size = int.from_bytes(file.read(_HEAD)[8:], "little")
        if size < _LEAST or at + size > file.seek(0, io.SEEK_END):
            continue  # no heap, and libhdf5 takes it for none either
        file.seek(at + _HEAD)
        heap, entry = file.read(size - _HEAD), 0
        while entry + _HEAD <= len(heap):
            taken = int.from_bytes(heap[entry + 8 : entry + 16], "little")
            if heap[entry] or heap[entry + 1]:  # a word; otherwise what is left over
                taken = _HEAD + -(-taken // 8) * 8
            if taken < _HEAD:
                raise bad_file(where, f"has a heap of words that is damaged, at byte {at:,}.")
            entry += taken
    file.seek(0)


def _marks(file: BinaryIO) -> Iterator[int]:
    """Where in a file there may be heaps."""
    begin, tail = 0, b""
    while True:
        file.seek(begin + len(tail))
        block = tail + file.read(_BLOCK)
        at = block.find(_HEAP)
        while at >= 0:
            yield begin + at
            at = block.find(_HEAP, at + 1)
        if len(block) < len(_HEAP) or len(block) == len(tail):
            return
        begin, tail = begin + len(block) - len(_HEAP) + 1, block[1 - len(_HEAP) :]


def inner_group(group: Any, parts: list[str], where: str) -> tuple[Any, str]:
    """The HDF5 group below `group`, reached without following a link, and its place for errors;
    None where there is none."""
    place = where
    for part in parts:
        place += f"/{part}"
        if part not in group:
            return None, place
        with damage(place):
            group = followed(group, part, place)
            if not isinstance(group, h5py.Group):
                raise bad_file(place, "is no group.")
    return group, place


def followed(group: Any, name: str, place: str) -> Any:
    """What stands under a name in an HDF5 group, unless it is a link to elsewhere."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise bad_file(place, "is a link; only data are read.", kind=UnsafeFileError)
    return group[name]


def attribute(owner: Any, name: str, place: str) -> Any:
    """An attribute that is one word or number; None where there is none."""
    if name not in owner.attrs:
        return None
    if owner.attrs.get_id(name).shape != ():
        raise bad_file(place, f"its attribute {name!r} is more than one value.")
    return owner.attrs[name]


def check_storage(dataset: Any, place: str) -> None:
    """Refuse an array that is not all in this file, or of more than plain numbers."""
    made = dataset.id.get_create_plist()
    if dataset.is_virtual or dataset.external:  # asked before its shape, which may open files
        raise bad_file(place, "has its values in another file; not read.", kind=UnsafeFileError)
    if any(made.get_filter(n)[0] not in _FILTERS for n in range(made.get_nfilters())):
        raise bad_file(place, "is packed in a way that needs a plug-in.", kind=UnsafeFileError)
    if dataset.dtype.kind not in "biufcV" or dataset.dtype.names or dataset.dtype.subdtype:
        reason = f"holds {short(dataset.dtype)}; only numbers are read."
        raise bad_file(place, reason, kind=UnsafeFileError)
    if dataset.shape is None:
        raise bad_file(place, "holds nothing.")
    claimed = math.prod(dataset.shape) * dataset.dtype.itemsize
    stored, whole = dataset.id.get_storage_size(), dataset.file.id.get_filesize()
    if stored > whole:
        raise bad_file(place, f"claims {stored:,} bytes in a file of {whole:,}.")
    if dataset.chunks is not None and made.get_nfilters():
        believe(math.prod(dataset.chunks) * dataset.dtype.itemsize, stored, place)
        believe(claimed, stored, place)
        blocks = zip(dataset.shape, dataset.chunks, strict=True)
        missing = dataset.id.get_num_chunks() < math.prod(-(-size // c) for size, c in blocks)
    else:
        missing = stored < claimed
    if missing:
        raise bad_file(place, f"claims {claimed:,} bytes, the file holds {stored:,} of them.")
