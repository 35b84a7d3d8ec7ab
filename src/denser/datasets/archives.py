"""Tar and zip files, of which regular files are taken and nothing else."""

import errno
import shutil
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PureWindowsPath
from typing import IO

from ..core.budget import believe
from ..core.messages import UnsafeFileError, UserError, bad_file, short

MOST_PACKED = 100  # times that the files may be larger than the archive: tables of text pack well


def unpack(archive: Path, folder: Path, formats: tuple[str, ...] = ("tar", "zip")) -> Path:
    """Unpack `archive` as `folder`, which appears at once and whole, or add to what is there.

    Args:
        archive: A tar file, compressed or not, or a zip file.
        folder: What the archive's files will stand in.
        formats: Which of "tar" and "zip" it may be.

    Raises:
        UnsafeFileError: It holds a link, a device, a path that leads out of the folder, or claims
            more than its bytes can hold. Nothing is unpacked then.
        BrokenFileError: It is neither, or damaged.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as rest:
        new = Path(rest) / "new"
        new.mkdir()
        with _members(archive, formats) as members:
            for name, file in members:
                target = new.joinpath(*_inside(archive, name))
                target.parent.mkdir(parents=True, exist_ok=True)
                with open(target, "wb") as copy:
                    shutil.copyfileobj(file, copy)
        if folder.exists():  # it may hold files of the user's too
            shutil.copytree(new, folder, dirs_exist_ok=True)
        else:
            new.rename(folder)
    return folder


def read(source: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """The contents of the named files of a folder or of an archive, wherever in it they stand."""
    if source.is_dir():
        found = {name: (source / name).read_bytes() for name in names if (source / name).is_file()}
    else:
        with _members(source, ("tar", "zip")) as members:
            inside = ((PureWindowsPath(path).name, file) for path, file in members)
            found = {name: file.read() for name, file in inside if name in names}
    if missing := [name for name in names if name not in found]:
        raise bad_file(source, f"holds no {', '.join(missing)}.")
    return found


@contextmanager
def _members(archive: Path, formats: tuple[str, ...]) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Name and contents of each file, in the archive's order."""
    try:
        if "tar" in formats and tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tar:
                yield _of_tar(archive, tar)
        elif "zip" in formats and zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as box:
                with closing(_of_zip(archive, box)) as members:  # it may hold one open
                    yield members
        else:
            raise bad_file(archive, f"must be a {' or '.join(formats)} file; it is not.")
    except UserError:
        raise
    except Exception as error:  # zip, tar and their packers raise nearly anything on damaged bytes
        if getattr(error, "errno", None) not in (None, errno.EINVAL):  # the disk's, not theirs
            raise
        raise bad_file(archive, f"is damaged ({error}). Delete it and get it again.") from error


def _of_tar(archive: Path, tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    present, claimed = archive.stat().st_size, 0
    for member in tar:
        claimed += member.size
        believe(claimed, present, f"{archive}: {short(member.name)}", MOST_PACKED)
        if member.isreg():
            yield member.name, tar.extractfile(member)  # type: ignore[misc]  # never None here
        elif not member.isdir():
            raise _refusal(archive, member.name, "is a link or a device")


def _of_zip(archive: Path, box: zipfile.ZipFile) -> Generator[tuple[str, IO[bytes]]]:
    present, claimed = archive.stat().st_size, 0
    for member in box.infolist():
        claimed += member.file_size
        believe(claimed, present, f"{archive}: {short(member.filename)}", MOST_PACKED)
        kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the archive comes from Windows
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refusal(archive, member.filename, "is a link or a device")
        if not member.is_dir():
            with box.open(member) as file:
                yield member.filename, file


def _inside(archive: Path, name: str) -> tuple[str, ...]:
    """The steps from the folder to the file; Windows' rules know both separators and drives."""
    path = PureWindowsPath(name)
    if path.anchor or ".." in path.parts or not path.parts:
        raise _refusal(archive, name, "leads out of the folder")
    return path.parts


def _refusal(archive: Path, name: str, why: str) -> UserError:
    reason = (
        f"was not unpacked: its member {short(name)} {why}. "
        "Unpack it yourself if you trust where it comes from."
    )
    return bad_file(archive, reason, kind=UnsafeFileError)
