"""The one way a file is written: beside, then renamed, so that there is the old or the new one."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_bytes(path: Any, data: bytes) -> None:
    """Write a whole file, or leave the one that was there.

    Raises:
        OSError: where the data could not be written; nothing is left beside.
    """
    path = Path(path)
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, _usual_mode(path))
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise
    _sync_folder(path.parent)


def write_json(path: Any, value: Any) -> None:
    """Write a value as a JSON file."""
    write_bytes(path, json.dumps(value, indent=1).encode())


def _usual_mode(path: Path) -> int:
    """The mode of the file that is replaced, or that of a file newly made."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Make the new name last; not every system can open a folder."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
