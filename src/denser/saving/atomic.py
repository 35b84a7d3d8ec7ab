"""The one way a file is written: beside, then renamed, so that there is the old or the new one.

What is not on the disk before the rename may be lost with the power though the name is not, so the
data are synchronized first and the folder afterwards.
"""

import errno
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

_WRITE_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)  # a folder of some network file systems


def write_bytes(path: Any, data: bytes) -> None:
    """Write a whole file, or leave the one that was there.

    Raises:
        OSError: where the data could not be written; nothing is left beside. The new file is in
            its place if only the last step failed, to make its name outlast a loss of power.
    """
    path = Path(os.path.realpath(path))  # through a link, as open() does
    beside = path.with_name(f".{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        _write_new(beside, data)
        _take_mode(beside, path)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    _sync_folder(path.parent)


def write_json(path: Any, value: Any) -> None:
    """Write a value as a JSON file."""
    write_bytes(path, json.dumps(value, indent=1).encode())


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that is on the disk when this returns."""
    descriptor = os.open(path, _WRITE_NEW, 0o666)
    try:
        rest = memoryview(data)
        while rest:  # one call may take a part only
            written = os.write(descriptor, rest)
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            rest = rest[written:]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take_mode(beside: Path, path: Path) -> None:
    """Give the new file the permissions of the one it replaces."""
    try:
        mode = os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        return
    os.chmod(beside, mode)


def _sync_folder(folder: Path) -> None:
    """Make the new name last; not every system can open a folder."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
