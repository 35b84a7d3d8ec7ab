"""Where data files are found, and how they come."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .. import settings
from .archives import unpack
from .download import alone_in, bring, matches


def find(*names: str | os.PathLike) -> Path | None:
    """The first of these files or folders that is here already; None if none is.

    Looked in, in this order: the folder that `DENSER_DATASETS` names, denser's cache
    (`~/.denser/datasets`, or below `DENSER_HOME`), and Keras's (`~/.keras/datasets`, or below
    `KERAS_HOME`). Nothing is checked: what is put there is taken as it is.

    Args:
        names: Paths below those folders, the most wanted first; an absolute path is itself.
    """
    for folder in _places():
        for name in names:
            if (path := folder / Path(name).expanduser()).exists():
                return path
    return None


def fetch(name: str | os.PathLike, url: str, checksum: str, download: bool = True) -> Path:
    """The file, where it is found, or else brought from `url` into denser's cache.

    Args:
        name: Path below the folders that `find` looks in.
        url: Official address.
        checksum: SHA-256 or MD5 in hexadecimal; a file that comes from `url` must have it.
        download: Whether the network may be asked.

    Raises:
        FileNotFoundError: It is not here and did not come; says how to provide it.
        ValueError: What came has another checksum.
    """
    if found := find(name):
        return found
    if not download:
        raise FileNotFoundError(_missing(name, url, "Downloading was not allowed"))
    try:
        return bring(url, _cache() / name, checksum)
    except OSError as error:
        reason = f"The download failed ({error or type(error).__name__})"
        raise FileNotFoundError(_missing(name, url, reason)) from None


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | list[str] | None = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """Path of the file that `origin` names, downloaded once and kept.

    An archive is kept too: as `<fname>_archive`, unpacked as the folder `<fname>`; if `fname` has
    an extension, as `<fname>`, unpacked as `<fname without extension>_extracted`.

    Args:
        fname: Name to keep it under; None takes the address's last part.
        origin: Address: http, https, ftp or file.
        untar: An older name of `extract`.
        md5_hash: An older name of `file_hash`, for MD5.
        file_hash: Checksum in hexadecimal, checked after the download and on a kept file.
        cache_subdir: Folder below `cache_dir`, or an absolute path.
        hash_algorithm: "sha256", "md5", or "auto" for the one whose length `file_hash` has.
        extract: Whether to unpack it: regular files only, and only into the folder.
        archive_format: "tar" (compressed or not), "zip", "auto" for either, or a list of them.
        cache_dir: None is denser's own (`~/.denser`, or `DENSER_HOME`); then, with the default
            `cache_subdir`, a file that `find` finds is not downloaded either.
        force_download: Whether to download it even if it is here.

    Returns:
        The file's path, or the folder's if `extract`.

    Raises:
        OSError: The download failed.
        ValueError: An argument is wrong, the checksum differs, or the archive is not safe.

    Example:
        >>> get_file("shakespeare.txt", "https://example.org/t.txt")  # doctest: +SKIP
        '/home/you/.denser/datasets/shakespeare.txt'
    """
    if not origin:
        raise ValueError("get_file: `origin` must be the address of the file; got none.")
    name = os.fspath(fname or unquote(urlsplit(origin).path).rsplit("/", 1)[-1])
    if name in ("", "..") or Path(name).name != name:
        raise ValueError(
            f"get_file: `fname` must be a name without folders; got {name!r}. "
            "Folders go into `cache_subdir`."
        )
    checksum = _checksum(file_hash or md5_hash, hash_algorithm)
    formats = _formats(archive_format) if extract or untar else ()
    folder = Path(cache_dir or settings.home()).expanduser() / cache_subdir
    kept = unpacked = name
    if formats and fname and "." in name:
        unpacked = name.split(".")[0] + "_extracted"
    elif formats:
        kept = name + "_archive"
    path = folder / kept
    if not path.exists() and cache_dir is None and cache_subdir == "datasets":
        found = (find(kept), find(name))
        path = next((file for file in found if file and file.is_file()), path)
    fresh = force_download or not path.is_file() or not matches(path, checksum)
    if fresh:
        path = bring(origin, folder / kept, checksum)
    if not formats:
        return str(path)
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        if fresh or not (folder / unpacked).is_dir():
            unpack(path, folder / unpacked, formats)
    return str(folder / unpacked)


def _places() -> list[Path]:
    keras = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    given = os.environ.get("DENSER_DATASETS")
    return [*([Path(given).expanduser()] if given else []), _cache(), keras / "datasets"]


def _cache() -> Path:
    return Path(settings.home()) / "datasets"


def _missing(name: str | os.PathLike, url: str, reason: str) -> str:
    """The one message for a file that is not here."""
    hint = "" if os.environ.get("DENSER_DATASETS") else "\n  (DENSER_DATASETS is not set)"
    places = "".join(f"\n  {folder}" for folder in _places())
    return (
        f"{name} is not on this machine. {reason}.\nLooked in:{places}{hint}\n"
        f"Get it from {url}\nwhere there is a network, and put it into one of these folders, "
        "or set DENSER_DATASETS to the folder that holds it."
    )


def _checksum(value: str | None, algorithm: str) -> str | None:
    """The checksum, once it is known to be one of the stated algorithm."""
    lengths = {"auto": (32, 64), "md5": (32,), "sha256": (64,)}
    if algorithm not in lengths:
        raise ValueError(
            f"get_file: `hash_algorithm` must be 'auto', 'sha256' or 'md5'; got {algorithm!r}."
        )
    if value is not None and len(value) not in lengths[algorithm]:
        raise ValueError(
            f"get_file: `file_hash` must have {' or '.join(map(str, lengths[algorithm]))} "
            f"hexadecimal digits for `hash_algorithm={algorithm!r}`; got {value!r}."
        )
    return value


def _formats(value: str | list[str] | None) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else list(value or ())
    formats = ("tar", "zip") if given == ["auto"] else tuple(given)
    if not formats or not set(formats) <= {"tar", "zip"}:
        raise ValueError(
            f"get_file: `archive_format` must be 'auto', 'tar', 'zip' or a list; got {value!r}."
        )
    return formats
