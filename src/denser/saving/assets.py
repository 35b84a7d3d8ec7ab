"""Assets: files of their own that some objects of a model have, as the words of a vocabulary."""

import tempfile
from pathlib import Path
from typing import Any

from ..core.budget import damage
from .tree import owners


def write_assets(model: Any) -> dict[str, bytes]:
    """What the objects' `save_assets(folder)` write, by the path of object and file."""
    found = {}
    for path, owner in owners(model):
        if not hasattr(owner, "save_assets"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            owner.save_assets(folder)
            for file in sorted(Path(folder).rglob("*")):
                if file.is_file():
                    name = file.relative_to(folder).as_posix()
                    found[f"{path}/{name}" if path else name] = file.read_bytes()
    return found


def stays_inside(name: str) -> bool:
    """Whether a path in a file leads to a place in its folder, on every system."""
    parts = name.replace("\\", "/").split("/")
    return {".", "..", ""}.isdisjoint(parts) and ":" not in name and "\0" not in name


def read_assets(model: Any, files: dict[str, bytes], where: str) -> None:
    """Give the objects the folders that their `load_assets(folder)` read; `where` is for errors."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            file = Path(folder, name)
            with damage(f"{where}/assets/{name}"):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        for path, owner in owners(model):
            if hasattr(owner, "load_assets"):
                with damage(f"{where}/assets/{path}"):
                    owner.load_assets(str(Path(folder, path)))
