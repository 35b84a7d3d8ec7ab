"""Weights in several files of a bounded size, and a JSON file that says which array is where."""

import hashlib
import json
import re
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..core.budget import Budget, reading
from ..core.messages import UnsafeFileError, UserError, bad_argument, bad_file
from . import strict_json
from .atomic import write_bytes
from .hdf5 import Group, arrays_of, give_weights, write_groups
from .plain_hdf5 import opened
from .tree import owners

ENDING = ".weights.json"
_PLAIN = re.compile(r"[^/\\:\0]+\.weights\.h5")
_GIGABYTE = 2**30
_DIGESTS, _OWN = "sha256", "this list"  # of each file, and of the list itself
_LETTERS = 16  # of a file's digest that are in its name

Shard = dict[str, dict[str, np.ndarray]]  # path of an object -> its arrays by name


def write_sharded(model: Any, path: Path, max_shard_size: float) -> None:
    """Write a model's weights to files of at most so many gigabytes, and their list.

    A file is named after what it holds, so that none of an earlier set is written over; the list
    is replaced when all of its files are there, and what it does not name goes only then.

    Args:
        model: The model, built.
        path: Of the list; ends in `.weights.json`.
        max_shard_size: Gigabytes; an array that is larger has a file of its own.

    Raises:
        OSError: where a file could not be written; the earlier set is then whole.
    """
    if isinstance(max_shard_size, bool) or not isinstance(max_shard_size, (int, float)):
        raise bad_argument("save_weights", "max_shard_size", "a number of GB", max_shard_size)
    if not max_shard_size > 0:
        raise bad_argument("save_weights", "max_shard_size", "above 0", max_shard_size)
    stem, before = path.name.removesuffix(ENDING), _shards_of(path)
    places: dict[str, list[str]] = {}
    digests: dict[str, str] = {}
    total = 0
    with _all_or_none(path) as write:
        for number, shard in enumerate(_shards(model, max_shard_size * _GIGABYTE)):
            data = write_groups(shard.items())
            digest = hashlib.sha256(data).hexdigest()
            name = f"{stem}_{number:05}_{digest[:_LETTERS]}.weights.h5"
            write(name, data)
            digests[name] = digest
            for owner, arrays in shard.items():
                places.setdefault(f"/{owner}/vars" if owner else "/vars", []).append(name)
                total += sum(array.nbytes for array in arrays.values())
        first = path.with_name(f"{stem}_00000.weights.h5")
        if not first.exists():
            write(first.name, write_groups([]))  # Keras opens it, and then what the list names
        digests[_OWN] = _digest_of_list(places, digests, total)
        metadata = {"total_size": total, "made_by": "denser", _DIGESTS: digests}
        text = json.dumps({"metadata": metadata, "weight_map": places}, indent=1)
        write(path.name, text.encode())
    _sweep(path, stem, digests, before)


@contextmanager
def _all_or_none(path: Path) -> Iterator[Callable[[str, bytes], None]]:
    """A function that writes files beside `path`, which go again unless `path` has been written."""
    made: list[Path] = []
    last = b""

    def write(name: str, data: bytes) -> None:
        nonlocal last
        file, last = path.with_name(name), data
        if not file.exists():
            made.append(file)
        write_bytes(file, data)

    try:
        yield write
    except BaseException:
        if not path.is_file() or path.read_bytes() != last:
            for file in made:
                with suppress(OSError):
                    file.unlink()
        raise


def _sweep(path: Path, stem: str, present: Container[str], before: list[str]) -> None:
    """Remove the files of earlier sets, also of those that were never finished."""
    ours = re.compile(re.escape(stem) + rf"_\d{{5,}}_[0-9a-f]{{{_LETTERS}}}\.weights\.h5")
    for file in path.parent.iterdir():
        if file.name in present or not (file.name in before or ours.fullmatch(file.name)):
            continue
        if file.name == f"{stem}_00000.weights.h5":
            write_bytes(file, write_groups([]))
        else:
            file.unlink()


def _digest_of_list(places: Any, digests: dict[str, str], total: Any) -> str:
    """Of what the list says itself."""
    files = {name: digest for name, digest in digests.items() if name != _OWN}
    return hashlib.sha256(json.dumps([places, files, total], sort_keys=True).encode()).hexdigest()


def _shards_of(path: Path) -> list[str]:
    """The files that a list names which is about to be replaced."""
    if not path.is_file():
        return []
    with suppress(UserError), reading(path) as budget:
        return _names(_told(path, budget)["weight_map"], str(path))
    return []


def _shards(model: Any, most: float) -> list[Shard]:
    """The arrays of a model's objects, cut into parts of at most `most` bytes."""
    shards: list[Shard] = [{}]
    size = 0
    for path, owner in owners(model):
        owner.save_own_variables(store := {})
        for name, value in store.items():
            array = np.asarray(getattr(value, "value", value))
            if size and size + array.nbytes > most:
                shards.append({})
                size = 0
            shards[-1].setdefault(path, {})[name] = array
            size += array.nbytes
    return shards


def read_sharded(model: Any, path: Path, skip_mismatch: bool = False) -> None:
    """Give a model the weights that `write_sharded`, or Keras, wrote.

    Raises:
        BrokenFileError: where a file is not the one that was written with the list.
    """
    where = str(path)
    if not path.is_file():
        raise UserError(f"{where}: there is no such file.")
    with ExitStack() as stack:
        told = _told(path, stack.enter_context(reading(where)))
        places = told["weight_map"]
        digests = told["metadata"].get(_DIGESTS, {})
        files: dict[str, Any] = {}
        for name in _names(places, where):
            _check_digest(path.parent / name, digests.get(name))
            files[name] = stack.enter_context(opened(path.parent / name, str(path.parent / name)))

        def find(owner: str) -> "Joined":
            names = places.get(f"/{owner}/vars" if owner else "/vars", [])
            names = [names] if isinstance(names, str) else names
            groups = [arrays_of(files[name], owner, str(path.parent / name)) for name in names]
            return Joined(groups, f"{where}/{owner}")

        give_weights(model, find, where, skip_mismatch)


def _check_digest(path: Path, digest: str | None) -> None:
    """Raise where a file of a set was replaced and the others were not."""
    if digest is None or not path.is_file():
        return
    with open(path, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise bad_file(path, "is not the file that was written with the list of all.")


def _told(path: Path, budget: Budget) -> dict[str, Any]:
    """What a list says: which files hold the arrays of each object, and more."""
    told = strict_json.read(path, budget)
    told = told if isinstance(told, dict) else {}
    places, metadata = told.get("weight_map"), told.get("metadata")
    if not isinstance(places, dict) or not isinstance(metadata, dict):
        raise bad_file(path, "does not say which array is in which file.")
    digests = metadata.get(_DIGESTS)
    ours = metadata.get("made_by") == "denser"
    good = isinstance(digests, dict) and digests.get(_OWN) == _digest_of_list(
        places, digests, metadata.get("total_size")
    )
    if (ours or digests is not None) and not (ours and good):
        raise bad_file(path, "is not what was written (SHA-256): damaged.")
    return told


def _names(places: dict[str, Any], where: str) -> list[str]:
    """The files that a list names: each beside it."""
    lists = [value if isinstance(value, list) else [value] for value in places.values()]
    names = [name for part in lists for name in part]
    for name in names:
        if not isinstance(name, str) or not _PLAIN.fullmatch(name):
            reason = f"names the file {name!r}, which is none beside it."
            raise bad_file(where, reason, kind=UnsafeFileError)
    return list(dict.fromkeys(names))


class Joined(Group):
    """One object's arrays in several files."""

    def __init__(self, groups: list[Group], place: str):
        self._of = {key: group for group in groups for key in group}
        super().__init__(self._of, groups[0].place if len(groups) == 1 else place)

    def __getitem__(self, key: str) -> np.ndarray:
        return self._named(key)[key]

    def look(self, key: str) -> Any:
        """See `Group`."""
        return self._named(key).look(key)

    def _named(self, key: str) -> Group:
        if key not in self._of:
            raise KeyError(f"{self.place}: no {key!r}; there are {', '.join(self._of)}.")
        return self._of[key]
