"""What the hostile files are made from: a small good file, taken apart and put together again."""

import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import h5py

import denser


class Refusal(NamedTuple):
    """How a file was refused: seconds of processor time, bytes of memory, the text, the file."""

    seconds: float
    memory: int
    text: str
    file: str

    @property
    def names_the_place(self):
        """Whether the text names the file and, unless that is of another kind or damaged as a
        whole, the member, object or argument in it."""
        place = self.text.partition(self.file)[2]
        whole = (
            ": is not",
            ": is a ",
            ": must be",
            ": is damaged",
            ": its bytes",
            ": cannot be read",
        )
        return place.startswith(("/", ",", *whole)) or "'" in place or "`" in place


REFUSALS: list[Refusal] = []  # of all files that were tried


def model():
    """A small model, compiled, whose file has all parts."""
    made = denser.Sequential([denser.Input((3,)), denser.layers.Dense(2, name="dense")])
    made.compile("sgd", "mse")
    return made


def members_of(path):
    """A sealed zip's members, in a form that says no more that it is sealed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["metadata.json"] = b"{}"
    if "model.weights.h5" in members:
        members["model.weights.h5"] = changed(members["model.weights.h5"], lambda file: None)
    return members


def zipped(path, members, **how):
    """A zip file of such members; an entry may have a ZipInfo of its own in place of a name."""
    with zipfile.ZipFile(path, "w", **how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def changed(weights, change):
    """The bytes of a file of weights after `change(file)`, without its seal."""
    buffer = io.BytesIO(weights)
    with h5py.File(buffer, "r+") as file:
        file.attrs.pop("sealed", None)
        change(file)
    return buffer.getvalue()


class Good:
    """A good `.keras` file and its parts.

    Attributes:
        data: Its bytes, sealed.
        older: Those of the same model in an `.h5` file.
        members: Its members, without seals.
    """

    def __init__(self, folder):
        path = folder / "good.keras"
        model().save(path)
        self.data = path.read_bytes()
        model().save(folder / "good.h5")
        self.older = (folder / "good.h5").read_bytes()
        self.members = members_of(path)

    @property
    def config(self):
        """The model's config, to be changed."""
        return json.loads(self.members["config.json"])

    def with_members(self, path, **members):
        """A file with other members in place of these, or without those that are None."""
        parts = self.members | {name.replace("__", "/"): data for name, data in members.items()}
        return zipped(path, {name: data for name, data in parts.items() if data is not None})

    def with_config(self, path, config):
        """A file with another config: a value, or text."""
        text = config if isinstance(config, (str, bytes)) else json.dumps(config)
        return zipped(path, self.members | {"config.json": text})

    def with_weights(self, path, change):
        """A file whose weights `change(file)` changed."""
        weights = changed(self.members["model.weights.h5"], change)
        return zipped(path, self.members | {"model.weights.h5": weights})


def peak_memory(reset=False):
    """The most memory that this process had since the last reset, bytes; None if unknown."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
