"""The `.keras` file: a zip of metadata.json, config.json, model.weights.h5 and, maybe, assets."""

import io
import stat
import time
import zipfile
from contextlib import ExitStack
from typing import Any

from ..core.budget import believe, damage, reading
from ..core.messages import UnsafeFileError, UserError, bad_file, short
from . import strict_json
from .assets import stays_inside
from .seal import SIZE, lost_seal, seal, sealed_file

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
ASSETS = "assets/"
# The version of Keras whose format this is.
KERAS_FORMAT = "3.15.1"
SEALED = {"sealed": True}  # in the metadata of a file that has a seal
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def pack(config: dict[str, Any], weights: bytes, assets: dict[str, bytes] | None = None) -> bytes:
    """The archive as bytes."""
    metadata = {
        "keras_version": KERAS_FORMAT,
        "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S"),
        "made_by": "denser",
        **SEALED,
    }
    members = {METADATA: metadata, CONFIG: config, WEIGHTS: weights}
    return write_zip(members | {ASSETS + name: data for name, data in (assets or {}).items()})


def write_zip(members: dict[str, Any]) -> bytes:
    """The bytes of a sealed zip file; what is not bytes is written as JSON."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data if isinstance(data, bytes) else strict_json.write(data))
        archive.comment = bytes(SIZE)  # the zip knows how long its seal is
    data = buffer.getvalue()[:-SIZE]
    return data + seal(data)


class Archive:
    """A `.keras` file, or another sealed zip, that is read; its budget counts while it is entered.

    Args:
        file: A path or an open file.

    Raises:
        UnsafeFileError, BrokenFileError: where it is not a good one, naming file and member.
    """

    def __init__(self, file: Any):
        self._file = file
        self.where = short(file) if hasattr(file, "read") else str(file)

    def __enter__(self) -> "Archive":
        with ExitStack() as opening:
            source, sealed = opening.enter_context(sealed_file(self._file, self.where))
            with damage(self.where, "is not a file of its kind (zip)"):
                self._zip = opening.enter_context(zipfile.ZipFile(source))
            self._members = self._checked(source.seek(0, 2))
            self._budget = opening.enter_context(reading(self.where, self._size(WEIGHTS)))
            if not sealed and self.metadata.get("sealed"):
                raise lost_seal(self.where)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _checked(self, size: int) -> dict[str, zipfile.ZipInfo]:
        """The members by name, each once, plain, and in bytes of its own among the file's."""
        found: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            size -= info.compress_size
            if size < 0:
                raise self._unsafe(info.filename, "shares bytes with another member.")
            kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the writer gave none
            if info.filename in found:
                raise self._unsafe(info.filename, "stands twice in the file.")
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise self._unsafe(info.filename, "is a link or a device.")
            if info.flag_bits & 1 or info.compress_type not in _METHODS:
                raise self._unsafe(info.filename, "is encrypted, or packed in an unknown way.")
            believe(info.file_size, info.compress_size, f"{self.where}/{info.filename}")
            found[info.filename] = info
        return found

    def _unsafe(self, member: str, reason: str) -> UserError:
        return bad_file(f"{self.where}/{member}", reason, kind=UnsafeFileError)

    def _size(self, name: str) -> int:
        return self._members[name].file_size if name in self._members else 0

    @property
    def metadata(self) -> dict[str, Any]:
        """Who wrote the file, and when; empty where it does not say."""
        metadata = self._json(METADATA) if METADATA in self._members else {}
        return metadata if isinstance(metadata, dict) else {}

    @property
    def config(self) -> dict[str, Any]:
        """The model's config."""
        config = self._json(CONFIG)
        if not isinstance(config, dict) or "class_name" not in config:
            raise bad_file(f"{self.where}/{CONFIG}", "does not describe a model.")
        return config

    def _json(self, name: str) -> Any:
        self._budget.within("text", self._size(name), name)
        return strict_json.parse(self.read(name), f"{self.where}/{name}", self._budget)

    @property
    def weights(self) -> io.BytesIO:
        """The file of weights."""
        return io.BytesIO(self.read(WEIGHTS))

    @property
    def assets(self) -> dict[str, bytes]:
        """The files under `assets/` by their path there.

        Raises:
            UnsafeFileError: for a path that leads out of the folder.
        """
        found = {}
        for name in self._members:
            if name.startswith(ASSETS) and not name.endswith("/"):
                if not stays_inside(name):
                    raise self._unsafe(name, "leads out of its folder.")
                found[name.removeprefix(ASSETS)] = self.read(name)
        return found

    @property
    def names(self) -> list[str]:
        """The members."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of a member, as many as the file can honestly hold."""
        place = f"{self.where}/{name}"
        if name not in self._members:
            there = ", ".join(list(self._members)[:8])
            raise bad_file(self.where, f"has no {name}; there are {there}.")
        info = self._members[name]
        self._budget.take("bytes", info.file_size, name)
        with damage(place):
            data = self._zip.read(info)
        if len(data) != info.file_size:
            raise bad_file(place, f"claims {info.file_size:,} bytes; there are {len(data):,}.")
        return data
