"""Folder: the last two checkpoints of a run, of which one at least is always whole.

A checkpoint is one sealed file. It is written beside and renamed when it is on the disk, and the
one before the last goes only then: whenever the machine stops, a whole one is there.
"""

import os
import re
import warnings
from pathlib import Path
from typing import Any

from ..core.messages import BrokenFileError, UserError, bad_file
from ..saving.atomic import write_bytes
from .sealed import seal, unseal

try:
    import fcntl
except ImportError:  # Windows, where nobody is refused
    fcntl = None  # type: ignore[assignment]

START = "start.bin"  # what a run without a seed began with
_KEPT = 2
_NAME = re.compile(r"checkpoint-(\d+)\.bin")


class Folder:
    """A folder of checkpoints, which one process at a time may use.

    Args:
        path: The folder, of no other use; made where there is none.

    Raises:
        UserError: where another run uses it, with the number of that process.
    """

    def __init__(self, path: Any):
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = self._locked()
        try:
            self._sign()
            for rest in self.path.glob(".*.part"):  # of a process that was killed while it wrote
                rest.unlink()
        except BaseException:
            self.close()
            raise

    def _locked(self) -> int:
        """The lock's descriptor: the system lets go of the lock when the process ends, however."""
        file = self.path / "lock"
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(lock, 32).decode(errors="replace").strip()
            os.close(lock)
            raise UserError(
                f"fit: `resume`: the folder {str(self.path)!r} is in use by process {owner}. Wait "
                "for its end, stop it, or give another folder."
            ) from None
        except OSError:  # some network file systems lock nothing
            os.close(lock)
            raise
        return lock

    def _sign(self) -> None:
        """Tell whoever is refused who has the lock."""
        os.ftruncate(self._lock, 0)
        os.write(self._lock, f"{os.getpid()}\n".encode())

    def close(self) -> None:
        """Let others use the folder."""
        os.close(self._lock)

    def files(self) -> list[Path]:
        """The checkpoints' files, the newest one first."""
        numbered = {
            int(match[1]): file
            for file in self.path.iterdir()
            if (match := _NAME.fullmatch(file.name))
        }
        return [numbered[number] for number in sorted(numbered, reverse=True)]

    def read(self) -> Any:
        """What the newest whole checkpoint holds, with a warning if that is not the newest; else
        what the run began with; None where there is neither.

        Raises:
            BrokenFileError: where all there are are damaged.
        """
        start = self.path / START
        files = self.files() or ([start] if start.exists() else [])
        damage: list[str] = []
        for file in files:
            try:
                found = unseal(file.read_bytes(), file)
            except BrokenFileError as error:
                damage.append(str(error))
                continue
            if damage:
                warnings.warn(
                    f"{' '.join(damage)} The run goes on from the checkpoint before it.",
                    stacklevel=2,
                )
            return found
        if damage:
            raise bad_file(
                self.path, f"no checkpoint is whole. {' '.join(damage)} Begin in another folder."
            )
        return None

    def write(self, encoded: Any) -> None:
        """Write a checkpoint, and remove those that are not among the last two.

        Raises:
            OSError: where there is no room, with what is left to go on from.
        """
        files = self.files()
        newest = _NAME.fullmatch(files[0].name) if files else None
        self._write(f"checkpoint-{int(newest[1]) + 1 if newest else 1}.bin", encoded)
        for old in files[_KEPT - 1 :]:
            old.unlink(missing_ok=True)

    def write_start(self, encoded: Any) -> None:
        """Write what the run begins with."""
        self._write(START, encoded)

    def _write(self, name: str, encoded: Any) -> None:
        try:
            write_bytes(self.path / name, seal(encoded))
        except OSError as error:
            files = self.files()
            left = f"{files[0].name} is whole" if files else "there was none before"
            raise OSError(
                error.errno,
                f"fit: `resume`: a checkpoint could not be written: {error.strerror}; {left}. Make "
                "room and give the same command again",
                str(self.path / name),
            ) from None
