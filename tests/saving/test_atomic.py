"""Every operation on a file fails in turn: the old or the new file is whole, and errors are told.

`atomic` uses the functions of `os` only, so another `os` in its place sees and breaks each of them.
"""

import errno
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from denser.saving import atomic

OLD, NEW = b"old" * 100, b"new!" * 1000
MOST = 11  # steps that one save takes
STEPS = ("open", "write", "fsync", "close", "stat", "chmod", "replace", "unlink")


class Breaking:
    """`os`, but for the step of some number, before or after which something happens.

    Args:
        number: Of the step; there may be fewer.
        breaks: Gets the step's name, function and arguments, in the step's place.
    """

    def __init__(self, number, breaks):
        self.number, self.breaks, self.count = number, breaks, itertools.count()
        self.steps = []

    def __getattr__(self, name):
        function = getattr(os, name)
        if name not in STEPS:
            return function

        def step(*args):
            self.steps.append(name)
            if next(self.count) == self.number:
                return self.breaks(name, function, args)
            return function(*args)

        return step


def fails(code):
    def breaks(name, function, args):
        raise OSError(code, os.strerror(code))

    return breaks


def half(name, function, args):
    """A write that takes a part of the data, then a disk that is full."""
    if name == "write":
        return function(args[0], args[1][: len(args[1]) // 2])
    return fails(errno.ENOSPC)(name, function, args)


def late(name, function, args):
    """The step is done, and its error comes afterwards."""
    function(*args)
    return fails(errno.EIO)(name, function, args)


@pytest.mark.parametrize("breaks", [fails(errno.EIO), fails(errno.ENOSPC), half, late],
                         ids=["EIO", "ENOSPC", "torn", "late"])  # fmt: skip
@pytest.mark.parametrize("before", [OLD, None], ids=["over", "new"])
@pytest.mark.parametrize("number", range(MOST))
def test_each_step_fails(number, before, breaks, tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    if before is not None:
        path.write_bytes(before)
    system = Breaking(number, breaks)
    monkeypatch.setattr(atomic, "os", system)
    told = False
    try:
        atomic.write_bytes(path, NEW)
    except OSError:
        told = True
    monkeypatch.undo()
    now = path.read_bytes() if path.exists() else None
    assert now in (before, NEW)
    assert told or now == NEW, "an error was swallowed"
    assert not [file for file in tmp_path.iterdir() if file != path], "something is left beside"
    assert len(system.steps) <= MOST


def test_a_folder_that_cannot_be_synchronized_is_no_error(tmp_path, monkeypatch):
    def unable(name, function, args):
        raise OSError(errno.EINVAL, "not on this file system")

    system = Breaking(8, unable)
    monkeypatch.setattr(atomic, "os", system)
    atomic.write_bytes(tmp_path / "a", NEW)


def test_mode_and_link_are_kept(tmp_path):
    (tmp_path / "real").write_bytes(OLD)
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "name").symlink_to("real")
    atomic.write_bytes(tmp_path / "name", NEW)
    assert (tmp_path / "name").is_symlink()
    assert (tmp_path / "real").read_bytes() == NEW
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


# ---------------------------------------------------------------------------- killed, and no power

KILLED = """
import importlib.util, os, signal
spec = importlib.util.spec_from_file_location("atomic", {atomic!r})
atomic = importlib.util.module_from_spec(spec)
spec.loader.exec_module(atomic)
STEPS = {steps!r}

class Killing:
    def __init__(self, number):
        self.left = number
    def __getattr__(self, name):
        function = getattr(os, name)
        if name not in STEPS:
            return function
        def step(*args):
            if self.left == 0:
                if name == "write":
                    function(args[0], args[1][: len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
            return function(*args)
        return step

for number in range({most}):
    child = os.fork()
    if child == 0:
        atomic.os = Killing(number)
        atomic.write_bytes({path!r}, {new!r})
        os._exit(0)
    _, status = os.waitpid(child, 0)
    with open({path!r}, "rb") as file:
        data = file.read()
    assert data in ({old!r}, {new!r}), number
    print(os.WIFSIGNALED(status), data == {new!r})
    with open({path!r}, "wb") as file:
        file.write({old!r})
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_each_step(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(OLD)
    program = KILLED.format(
        atomic=atomic.__file__, steps=STEPS,
        most=MOST, path=str(path), old=OLD, new=NEW,
    )  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert not ran.stderr
    lines = ran.stdout.split("\n")
    assert lines[0] == "True False" and "True True" in lines  # killed before and after the rename


class Disk(Breaking):
    """`os` that notes what is on a disk for good, and what a loss of power may take."""

    def __init__(self, path, before):
        super().__init__(-1, None)
        self.file, self.states = str(path), [{before}]
        self.data = {}  # descriptor -> [name, written, synchronized]
        self.names = {self.file: (before, True)}

    def __getattr__(self, name):
        step = super().__getattr__(name)
        if name not in STEPS:
            return step

        def noted(*args):
            result = step(*args)
            self.note(name, args, result)
            self.states.append(self.possible())
            return result

        return noted

    def note(self, name, args, result):
        if name == "open":
            self.data[result] = [str(args[0]), b"", False]
        elif name == "write":
            self.data[args[0]][1] += bytes(args[1][:result])
            self.data[args[0]][2] = False
        elif name == "fsync":
            self.data[args[0]][2] = True
        elif name == "close":
            file, written, safe = self.data.pop(args[0])
            if not Path(file).is_dir():
                self.names[file] = (written, safe)
        elif name == "replace":
            old = self.names[str(args[1])]
            self.before = old
            self.names[str(args[1])] = self.names.pop(str(args[0]))

    def possible(self):
        """What the file may hold if the power goes now: names are renamed at any time after."""
        states = [self.names[self.file], getattr(self, "before", self.names[self.file])]
        found = set()
        for data, safe in states:
            found |= {data} if safe else {data, data[: len(data) // 2], b""}
        return found


def test_the_power_fails_after_each_step(tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    path.write_bytes(OLD)
    disk = Disk(path, OLD)
    monkeypatch.setattr(atomic, "os", disk)
    atomic.write_bytes(path, NEW)
    monkeypatch.undo()
    assert all(state <= {OLD, NEW} for state in disk.states)
    assert disk.states[-1] and path.read_bytes() == NEW
    assert disk.steps.index("fsync") < disk.steps.index("replace")
    assert disk.steps.index("replace") < len(disk.steps) - disk.steps[::-1].index("fsync")


def test_a_disk_that_is_full(tmp_path):
    """A limit on the size of files stands for it: the kernel itself refuses."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "model.keras"
    path.write_bytes(OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(OSError):
            atomic.write_bytes(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]
