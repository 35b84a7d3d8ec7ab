"""A folder in which operations on files fail, and one that notes what a loss of power may leave."""

import builtins
import errno
import io
import itertools
import os
from contextlib import contextmanager
from pathlib import Path

STEPS = ("open", "write", "fsync", "close", "stat", "chmod", "replace", "rename", "unlink",
         "listdir", "scandir", "mkdir", "rmdir", "ftruncate")  # fmt: skip


class Killed(BaseException):
    """The process is no more: nothing that follows does anything."""


class Disk:
    """Within `with`, what Python does to the files of a folder goes through `step`."""

    def __init__(self, folder):
        self.folder, self.ours = str(folder), set()  # the descriptors of its files

    def step(self, name, function, args):
        """In the place of an operation."""
        return function(*args)

    def __enter__(self):
        self.before = {(os, name): getattr(os, name) for name in STEPS}
        self.before |= {(io, "open"): io.open, (builtins, "open"): builtins.open}
        for (module, name), function in self.before.items():
            setattr(module, name, self._seen(name, function, module is os))
        return self

    def __exit__(self, *error):
        for (module, name), function in self.before.items():
            setattr(module, name, function)
        for descriptor in self.ours:  # as the system does when a process ends
            os.close(descriptor)

    def _seen(self, name, function, by_system):
        def operation(*args, **kwargs):
            if not args or not self._is_ours(args[0]):
                return function(*args, **kwargs)
            if name == "close":  # it is, though it fails
                self.ours.discard(args[0])
            found = self.step(name, lambda *args: function(*args, **kwargs), args)
            if name == "open" and by_system:
                self.ours.add(found)
            return found

        return operation

    def _is_ours(self, file):
        if isinstance(file, int):
            return file in self.ours
        return isinstance(file, (str, Path)) and str(file).startswith(self.folder)


def _fails(code):
    def breaks(disk, name, function, args):
        if name == "close":
            function(*args)
        raise OSError(code, os.strerror(code))

    return breaks


def _torn(disk, name, function, args):
    """A write that takes a part of the data; otherwise a disk that is full."""
    if name == "write":
        return function(args[0], args[1][: len(args[1]) // 2])
    if name == "close":
        function(*args)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _late(disk, name, function, args):
    """The step is done, and its error comes afterwards."""
    found = function(*args)
    if name in ("open", "scandir"):
        os.close(found) if isinstance(found, int) else found.close()
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _killed(disk, name, function, args):
    if name == "write":
        function(args[0], args[1][: len(args[1]) // 2])
    elif name == "close":
        function(*args)
    disk.dead = True
    raise Killed


BREAKS = {"EIO": _fails(errno.EIO), "ENOSPC": _torn, "late": _late, "killed": _killed}


class Breaking(Disk):
    """The step of some number fails in one of the ways of BREAKS; there may be fewer steps."""

    def __init__(self, folder, number, how):
        super().__init__(folder)
        self.number, self.breaks, self.count, self.dead = number, BREAKS[how], 0, False

    def step(self, name, function, args):
        if self.dead:
            if name == "close":
                function(*args)
            raise Killed
        self.count += 1
        if self.count - 1 == self.number:
            return self.breaks(self, name, function, args)
        return function(*args)


class Power(Disk):
    """Notes every state in which a loss of power may leave the folder.

    The bytes of a file are there for good once it is synchronized, a change of names once the
    folder is; of the changes since, any may be there.
    """

    def __init__(self, folder):
        super().__init__(folder)
        self.data = {p.name: p.read_bytes() for p in Path(folder).iterdir() if p.is_file()}
        self.safe = dict(self.data)  # the bytes that are there for good
        self.names = {name: name for name in self.data}  # for good: name -> whose bytes
        self.changes, self.open, self.states = [], {}, set()

    def step(self, name, function, args):
        if name == "unlink":
            self.changes.append((Path(args[0]).name, None))
        elif name in ("replace", "rename"):
            old, new = (Path(path).name for path in args[:2])
            self.changes.append((new, self._whose(old)))
        found = function(*args)
        if name == "open" and isinstance(found, int):
            self.open[found] = str(args[0])
            if not Path(args[0]).is_dir() and self._whose(Path(args[0]).name) is None:
                self.data[Path(args[0]).name] = b""
                self.changes.append((Path(args[0]).name,) * 2)
        elif name == "write":
            self.data[Path(self.open[args[0]]).name] += bytes(args[1][:found])
        elif name == "fsync":
            self._synchronize(self.open[args[0]])
        self.states |= set(self._possible())
        return found

    def _whose(self, name):
        return {**self.names, **dict(self.changes)}.get(name)

    def _synchronize(self, path):
        if path == self.folder:
            self.names |= dict(self.changes)
            self.changes = []
        else:
            name = Path(path).name
            self.safe[name] = self.data[name]

    def _possible(self):
        for many in range(len(self.changes) + 1):
            for some in itertools.combinations(self.changes, many):
                names = {**self.names, **dict(some)}
                yield frozenset(
                    (name, self.safe.get(whose, self.data[whose][: len(self.data[whose]) // 2]))
                    for name, whose in names.items()
                    if whose is not None and not name.endswith(".part")
                )


@contextmanager
def placed(folder, state):
    """A folder with these files."""
    folder.mkdir()
    for name, data in state:
        (folder / name).write_bytes(data)
    yield folder
