"""HDF5 read with care: plain arrays that are in the file, and nothing that points elsewhere."""

import io
import math
import struct
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
_NAMES, _LAST = b"HEAP\0", 1  # of a heap of names: mark, and what ends its list of free places
_MANY = b"FRHP\0"  # of a heap of many attributes
_MARK = b"\x89HDF\r\n\x1a\n"
_BLOCK = 2**20
# Of an attribute in a file's bytes: how far before its name it begins, by its version; the class of
# words of any length; the bytes of a word's length and place, which come last; how many at most.
_BEFORE_NAMES = {1: 8, 2: 8, 3: 9}
_WORDS, _WORD, _MOST_WORDS = 9, 16, 2**16
# By libhdf5's number of each file that is open: its bytes, and the attributes that were checked.
_sources: dict[int, tuple[BinaryIO, set[str]]] = {}


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
            if source.read(len(_MARK)) != _MARK:  # libhdf5 would look for it further on, too
                raise bad_file(where, "is not a file of weights (HDF5).")
            _check_heaps(source, where)
            _check_lists(source, where)
            opened_file = h5py.File(source, "r")
        with damage(where), opened_file, reading(where, opened_file.id.get_filesize()):
            if opened_file.id.get_create_plist().get_sizes() != (8, 8):
                raise bad_file(where, "has addresses of another size than 8 bytes.")
            if _SEALED in opened_file.attrs and not sealed:
                raise lost_seal(where)
            number = h5py.h5o.get_info(opened_file.id).fileno
            _sources[number] = source, set()
            try:
                yield opened_file
            finally:
                del _sources[number]


def _check_heaps(file: BinaryIO, where: str) -> None:
    """Refuse a heap of words with an entry of no length: libhdf5 would go round in it for ever."""
    for at in _places(file, _HEAP):
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


def _check_lists(file: BinaryIO, where: str) -> None:
    """Refuse a heap of names whose list of free places runs in a circle: libhdf5 would follow it
    until the memory is full."""
    size = file.seek(0, io.SEEK_END)
    for at in _places(file, _NAMES):
        file.seek(at)
        head = file.read(_HEAD + 16)
        if len(head) < _HEAD + 16:
            continue
        length, free, begin = struct.unpack_from("<3Q", head, 8)
        left = min(length, size) // _HEAD + 1
        while free != _LAST and free < length and begin + free < size and left:
            file.seek(begin + free)
            free, left = int.from_bytes(file.read(8), "little"), left - 1
        if not left:
            raise bad_file(where, f"has a heap of names that is damaged, at byte {at:,}.")
    file.seek(0)


def _places(file: BinaryIO, mark: bytes) -> Iterator[int]:
    """Where in a file some bytes stand."""
    begin, tail = 0, b""
    while True:
        file.seek(begin + len(tail))
        block = tail + file.read(_BLOCK)
        at = block.find(mark)
        while at >= 0:
            yield begin + at
            at = block.find(mark, at + 1)
        if len(block) < len(mark) or len(block) == len(tail):
            return
        begin, tail = begin + len(block) - len(mark) + 1, block[1 - len(mark) :]


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
    return attributes(owner, name, place)


def attributes(owner: Any, name: str, place: str) -> Any:
    """An attribute that is words or numbers, as many as it has."""
    with damage(place, f"its attribute {name!r} cannot be read"):
        made = owner.attrs.get_id(name)
        kind = made.get_type()
        if isinstance(kind, h5py.h5t.TypeStringID):
            source, checked = _sources[h5py.h5o.get_info(owner.id).fileno]
            if kind.is_variable_str() and name not in checked:
                if not checked:
                    _check_packed(source, place)
                _check_words(source, name, place)
                checked.add(name)
        elif not isinstance(kind, (h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID)):
            raise bad_file(place, f"its attribute {name!r} is no word or number.")
        return owner.attrs[name]


def _check_words(file: BinaryIO, name: str, place: str) -> None:
    """Refuse words that claim more bytes than the file has: libhdf5 makes room for them first.

    It tells nobody a word's length before, which therefore is looked up in the file's bytes, in
    each attribute of that name.
    """
    size, found = file.seek(0, io.SEEK_END), False
    mark = name.encode() + b"\0"
    for at in _places(file, mark):
        for version in _BEFORE_NAMES:
            claimed = _claimed(file, at, version, len(mark))
            found = found or claimed is not None
            if claimed is not None and claimed > size:
                reason = f"its attribute {name!r} claims {claimed:,} bytes in a file of {size:,}."
                raise bad_file(place, reason)
    if not found:
        reason = f"its attribute {name!r} is kept in a way that is not read."
        raise bad_file(place, reason, kind=UnsafeFileError)


def _claimed(file: BinaryIO, at: int, version: int, name_size: int) -> int | None:
    """The bytes that an attribute's words claim; None where `at` is not the name of such a one."""
    before = _BEFORE_NAMES[version]
    file.seek(max(0, at - before))
    head = file.read(before)
    sizes = struct.unpack_from("<3H", head, 2) if len(head) == before else (0, 0, 0)
    if head[0] != version or sizes[0] != name_size:
        return None
    if version == 1:
        sizes = tuple(-(-size // 8) * 8 for size in sizes)
    elif head[1]:  # its type is elsewhere in the file, which no Keras does
        return 2**63
    file.seek(at + sizes[0])
    kind, shape = file.read(sizes[1]), file.read(sizes[2])
    if len(shape) < 4 or kind[0] & 15 != _WORDS:
        return None
    begin = 8 if shape[0] == 1 else 4
    count = math.prod(struct.unpack_from(f"<{shape[1]}Q", shape, begin))
    words = file.read(min(count, _MOST_WORDS) * _WORD)
    if len(words) != count * _WORD:
        return None
    return sum(length for (length,) in struct.iter_unpack("<I12x", words))


def _check_packed(file: BinaryIO, place: str) -> None:
    """Refuse attributes that are packed, so that their bytes cannot be looked at."""
    for at in _places(file, _MANY):
        file.seek(at + len(_MANY))
        name_size, filters = struct.unpack("<2H", file.read(4).ljust(4, b"\0"))
        if filters and 0 < name_size < 64:
            raise bad_file(place, "has packed attributes; not read.", kind=UnsafeFileError)


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
