"""The `.keras` file: a zip of metadata.json, config.json, model.weights.h5 and, maybe, assets."""

import io
import json
import time
import zipfile
from typing import Any

from ..core.messages import UserError, short

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
ASSETS = "assets/"
# The version of Keras whose format this is.
KERAS_FORMAT = "3.15.1"
# Weights are stored as they are; a member that grows so much was made to fill the memory.
_SMALL, _MOST_PACKED = 2**24, 100


def pack(config: dict[str, Any], weights: bytes, assets: dict[str, bytes] | None = None) -> bytes:
    """The archive as bytes."""
    buffer = io.BytesIO()
    metadata = {
        "keras_version": KERAS_FORMAT,
        "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S"),
        "made_by": "denser",
    }
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(METADATA, json.dumps(metadata))
        archive.writestr(CONFIG, json.dumps(config))
        archive.writestr(WEIGHTS, weights)
        for name, data in (assets or {}).items():
            archive.writestr(ASSETS + name, data)
    return buffer.getvalue()


class Archive:
    """A `.keras` file that is read.

    Args:
        file: A path or an open file.

    Raises:
        UserError: where it is not such a file, naming the file and the member.
    """

    def __init__(self, file: Any):
        self.where = short(file) if hasattr(file, "read") else str(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except FileNotFoundError:
            raise UserError(f"{self.where}: there is no such file.") from None
        except (zipfile.BadZipFile, IsADirectoryError) as error:
            raise UserError(f"{self.where}: is not a .keras file: {error}.") from None

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    @property
    def config(self) -> dict[str, Any]:
        """The model's config."""
        try:
            config = json.loads(self._read(CONFIG))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{self.where}: {CONFIG} is not JSON: {error}.") from None
        if not isinstance(config, dict) or "class_name" not in config:
            raise UserError(f"{self.where}: {CONFIG} does not describe a model.")
        return config

    @property
    def weights(self) -> io.BytesIO:
        """The file of weights."""
        return io.BytesIO(self._read(WEIGHTS))

    @property
    def assets(self) -> dict[str, bytes]:
        """The files under `assets/` by their path there.

        Raises:
            UserError: for a path that leads out of the folder.
        """
        found = {}
        for name in self._zip.namelist():
            if name.startswith(ASSETS) and not name.endswith("/"):
                parts = name.replace("\\", "/").split("/")
                if ".." in parts or "" in parts or ":" in name:
                    raise UserError(f"{self.where}: {short(name)} leads out of its folder.")
                found[name.removeprefix(ASSETS)] = self._read(name)
        return found

    def _read(self, name: str) -> bytes:
        try:
            info = self._zip.getinfo(name)
            if info.file_size > _SMALL and info.file_size > _MOST_PACKED * info.compress_size:
                raise UserError(
                    f"{self.where}: {name} claims {info.file_size} bytes out of "
                    f"{info.compress_size}; not read."
                )
            return self._zip.read(info)
        except KeyError:
            there = ", ".join(self._zip.namelist()[:8])
            raise UserError(f"{self.where}: has no {name}; there are {there}.") from None
        except (zipfile.BadZipFile, OSError, RuntimeError) as error:
            raise UserError(f"{self.where}: {name} cannot be read: {error}.") from None
