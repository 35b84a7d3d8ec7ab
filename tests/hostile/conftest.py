"""A good file to start from, and a bait that shows whether anything ran or was read."""

import os
import sys

import pytest

from .parts import REFUSALS, Good


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    """A good file and its parts."""
    return Good(tmp_path_factory.mktemp("good"))


class Bait:
    """A file that nobody may read, a module that nobody may import, a program nobody may run.

    Attributes:
        file: The file's path.
        module: The module's name; it is found, and importing it leaves a mark.
        program: Python that leaves a mark.
    """

    module = "denser_bait"

    def __init__(self, folder):
        folder.mkdir()
        self.file, self._mark = folder / "secret", folder / "mark"
        self.program = f"open({str(self._mark)!r}, 'w').close()"
        self.file.write_bytes(b"secret\n" * 10)
        (folder / f"{self.module}.py").write_text(self.program)
        self._present = self._state()

    def _state(self):
        """Let the next reading change the time of access, where the file system keeps one."""
        os.utime(self.file, ns=(0, os.stat(self.file).st_mtime_ns))
        return os.stat(self.file).st_atime_ns, os.stat(self.file).st_mtime_ns

    def taken(self):
        """What was done that must not be: empty where all is well."""
        status = os.stat(self.file)
        done = {
            "a program ran": self._mark.exists(),
            "a module was imported": self.module in sys.modules,
            "a file was read": status.st_atime_ns != self._present[0],
            "a file was written": status.st_mtime_ns != self._present[1],
        }
        return [what for what, was in done.items() if was]


@pytest.fixture
def bait(tmp_path, monkeypatch):
    """The bait; the test ends with a look at it."""
    made = Bait(tmp_path / "bait")
    monkeypatch.syspath_prepend(str(tmp_path / "bait"))
    return made


def pytest_terminal_summary(terminalreporter):
    """What refusing cost; time is told and not tested, for the machine may be busy."""
    if len(REFUSALS) < 100:
        return
    last = int(len(REFUSALS) * 0.99)
    seconds = sorted(refusal.seconds for refusal in REFUSALS)[last]
    memory = sorted(refusal.memory for refusal in REFUSALS)[last] / 2**20
    named = sum(refusal.names_the_place for refusal in REFUSALS) / len(REFUSALS)
    terminalreporter.write_line(
        f"{len(REFUSALS)} files refused: 99 % within {seconds:.2f} s of processor time and "
        f"{memory:.0f} MiB, {named:.0%} with the place."
    )
