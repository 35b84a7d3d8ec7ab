"""Seal: a digest at the end of a file, so that no changed bit of it goes unnoticed.

A zip ends with a comment and an HDF5 file may be followed by anything: there the last bytes hold
the SHA-256 of all bytes before them. The file says inside, too, that it is sealed, so that a seal
cannot be lost unnoticed either. Keras reads past both.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from ..core.budget import damage
from ..core.messages import UnsafeFileError, UserError, bad_file

_HEAD = b"\nsealed by denser, sha256 "
SIZE = len(_HEAD) + 64  # bytes
_BLOCK = 2**20


def seal(data: Any) -> bytes:
    """The seal to be put behind `data`."""
    return _HEAD + hashlib.sha256(data).hexdigest().encode()


@contextmanager
def sealed_file(file: Any, where: str) -> Iterator[tuple[BinaryIO, bool]]:
    """A file open for reading, whether it has a seal, and the seal unbroken.

    Args:
        file: A path to a regular file, or a file that is open.
        where: Its name in errors.

    Raises:
        UserError: where there is no such file.
        UnsafeFileError: for a device, a pipe or a socket, which might never end.
        BrokenFileError: for a folder, or bytes that are not those that were sealed.
    """
    if hasattr(file, "read"):
        with damage(where):
            sealed = _sealed(file, where)
        yield file, sealed
        return
    try:
        kind = os.stat(file).st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
            raise bad_file(where, "is a device or a pipe, not a file.", kind=UnsafeFileError)
        source = open(file, "rb")
    except FileNotFoundError:
        raise UserError(f"{where}: there is no such file.") from None
    except OSError as error:
        raise bad_file(where, f"cannot be read: {error.strerror}.") from None
    with source:
        with damage(where):
            sealed = _sealed(source, where)
        yield source, sealed


def _sealed(file: BinaryIO, where: str) -> bool:
    """Whether a file has a seal, which then holds."""
    size = file.seek(0, 2)
    file.seek(max(0, size - SIZE))
    found = file.read(SIZE)
    file.seek(0)
    if not found.startswith(_HEAD):
        return False
    digest, left = hashlib.sha256(), size - SIZE
    while left > 0 and (block := file.read(min(left, _BLOCK))):
        digest.update(block)
        left -= len(block)
    file.seek(0)
    if digest.hexdigest().encode() != found[len(_HEAD) :]:
        raise bad_file(where, "its bytes are not those that were written (SHA-256): damaged.")
    return True


def lost_seal(where: str) -> UserError:
    """The error for a file that says it is sealed and has no seal."""
    return bad_file(
        where,
        "lost the seal at its end: damaged, or edited by another program. What you edited yourself "
        "is read once `sealed` is deleted from its metadata.json, or its root's HDF5 attributes.",
    )
