"""A file from an address: resumed where it broke off, checked, and put in place whole."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

try:
    import fcntl
except ImportError:  # Windows: two processes that want one file at once both bring it
    fcntl = None

SCHEMES = ("http", "https", "ftp", "file")
ATTEMPTS = 5
TIMEOUT = 30  # seconds without a byte
BLOCK = 1 << 18  # bytes


def bring(url: str, target: Path, checksum: str | None = None) -> Path:
    """Bring `url` to `target`, where nothing stands until the file is whole and its checksum right.

    What has come of a transfer that broke off stays beside the target as `.part`, and the next
    call asks for the rest only. Without a checksum nothing could vouch for two halves being of
    one file, so such a transfer starts over.

    Args:
        url: Address: http, https, ftp or file.
        target: Where the file shall stand; its folder is made.
        checksum: SHA-256 (64 hexadecimal digits) or MD5 (32) of the file.

    Raises:
        OSError: The address or the disk refused, or the connection broke.
        ValueError: The address is of another kind, or the file's checksum is another.
    """
    if urlsplit(url).scheme not in SCHEMES:
        raise ValueError(f"`url` must start with one of {', '.join(SCHEMES)}; got {url!r}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    before = _stamp(target)
    with alone_in(target.parent):
        if _stamp(target) != before:  # another process brought it while this one waited
            return target
        if checksum is None:
            part.unlink(missing_ok=True)
        resumed = part.exists()
        _transfer(url, part)
        if resumed and not matches(part, checksum):  # the first half was of another version
            part.unlink()
            _transfer(url, part)
        if checksum and not matches(part, checksum):
            got = _digest(part, checksum)
            part.unlink()
            raise ValueError(f"{url} has checksum {got}; expected {checksum}. It was not kept.")
        os.replace(part, target)
    return target


def matches(path: Path, checksum: str | None) -> bool:
    """Whether the file's SHA-256 or MD5, whichever `checksum` is, is this; None matches any."""
    return checksum is None or _digest(path, checksum) == checksum.lower()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time write here; a process that dies lets go by itself."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems cannot lock a folder
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _transfer(url: str, part: Path) -> None:
    """Receive until whole, asking again as long as each attempt brings something."""
    for attempt in range(1, ATTEMPTS + 1):
        size = _size(part)
        try:
            return _receive(url, part)
        except (OSError, HTTPException) as error:
            if attempt == ATTEMPTS or _size(part) <= size:
                raise error if isinstance(error, OSError) else ConnectionError(error) from error


def _receive(url: str, part: Path) -> None:
    """Append what is missing of `part`, or write it anew where the server knows no ranges."""
    start = _size(part)
    headers = {"User-Agent": "denser"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        reply = urlopen(Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        with error:
            if error.code == 416 and start:  # nothing is missing; the checksum has the last word
                return
            raise
    with reply:
        resumes = reply.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        length = reply.headers.get("Content-Length")
        come = start if resumes else 0
        total = come + int(length) if length else None
        with open(part, "ab" if resumes else "wb") as file, _progress() as progress:
            task = progress.add_task(part.stem, total=total, completed=come)
            while block := reply.read(BLOCK):
                file.write(block)
                progress.update(task, advance=len(block))
    if total is not None and _size(part) < total:
        raise ConnectionError(f"the connection broke after {_size(part):,} of {total:,} bytes")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _digest(path: Path, checksum: str) -> str:
    """The file's hash of the kind that `checksum` has the length of."""
    kinds = {32: hashlib.md5, 64: hashlib.sha256}
    if len(checksum) not in kinds:
        raise ValueError(f"`checksum` must be an MD5 or SHA-256 in hexadecimal; got {checksum!r}.")
    kind = kinds[len(checksum)]
    with open(path, "rb") as file:
        # MD5 guards against damage only; `usedforsecurity` lets it run where policy forbids it.
        return hashlib.file_digest(file, lambda: kind(usedforsecurity=False)).hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when another file is put here."""
    if not path.exists():
        return None
    status = path.stat()
    return status.st_ino, status.st_mtime_ns
