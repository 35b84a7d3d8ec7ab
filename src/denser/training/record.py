"""Record: what a run was made of, beside its checkpoints; and the run once more.

`record.json` names the command, the seed, the versions, the machine, the arguments of `fit` and
`compile`, and a fingerprint of the data.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ..core.fields import Described
from ..core.messages import UserError, bad_file, short
from ..core.random import last_seed
from ..core.tensor import leaves
from ..saving.atomic import write_json
from ..saving.strict_json import digested, read_digested
from ..version import __version__
from .checkpoint import START, Folder

NAME = "record.json"
_REDIRECT = "DENSER_RERUN"  # in the environment of a run that is made again: [folder, other folder]
_WHOLE, _BLOCKS = 256 * 2**20, 64  # bytes of an array that are read, in so many places of it


def redirected(folder: Any) -> Path:
    """The folder for checkpoints; another one where `rerun` makes the run again."""
    path = Path(folder)
    before, instead = json.loads(os.environ.get(_REDIRECT, "[null, null]"))
    return Path(instead) if str(path.resolve()) == before else path


def fingerprints(sources: Any) -> dict[str, str]:
    """Shape, type and half a SHA-256 of each source's arrays, or of its first batch, by name.

    Of an array of more than 256 MiB, blocks in 64 places are read.
    """
    found = {}
    for source, of in zip(sources, ("", "validation "), strict=True):
        if source is None:
            continue
        for name, part in zip(("x", "y", "sample_weight"), source.seen, strict=True):
            arrays = [np.asarray(leaf) for leaf in leaves(part) if leaf is not None]
            for number, array in enumerate(arrays):
                place = f"[{number}]" if len(arrays) > 1 else ""
                found[f"{of}{name}{place}"] = f"{array.shape} {array.dtype} {_digest(array)}"
        if getattr(source, "given", None) is not None:  # the order of a Dataset's rows
            found[f"{of}order"] = _digest(source.order(0))
    return found


def _digest(array: np.ndarray) -> str:
    digest = hashlib.sha256()
    for rows in _blocks(array):
        digest.update(np.ascontiguousarray(rows).view(np.uint8).data)
    return digest.hexdigest()[:32]


def _blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """All rows, or some in places that stand evenly."""
    rows = np.atleast_1d(array)
    if array.nbytes <= _WHOLE:
        yield rows
        return
    count = max(1, len(rows) * _WHOLE // array.nbytes // _BLOCKS)
    for number in range(_BLOCKS):
        begin = number * (len(rows) - count) // (_BLOCKS - 1)
        yield rows[begin : begin + count]


def write(folder: Path, model: Any, arguments: dict[str, Any], data: dict[str, str]) -> None:
    """Write the record of a run that begins."""
    try:
        compiled = model.get_compile_config()
    except (ValueError, TypeError) as error:  # of somebody's own function
        compiled = short(error)
    record = {
        "command": _command(),
        "folder": str(folder.resolve()),
        "working_folder": os.getcwd(),
        "seed": last_seed(),
        "versions": _versions(),
        "machine": _machine(),
        "fit": _told_all(arguments),
        "compile": json.loads(json.dumps(compiled, default=short)),
        "data": data,
    }
    write_json(folder / NAME, digested(record))


def _command() -> list[str] | None:
    """The words behind the interpreter's name; None where somebody typed the program in."""
    main = sys.modules["__main__"]
    if "ipykernel" in sys.modules or not (hasattr(main, "__file__") or "-c" in sys.orig_argv):
        return None
    return sys.orig_argv[1:]


def _versions() -> dict[str, str]:
    return {
        "denser": __version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _machine() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "devices": [device.device_kind for device in jax.devices()],
    }


def _told(value: Any) -> Any:
    """An argument in JSON's types: itself, its settings, or what it is."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_told(part) for part in value]
    if isinstance(value, Described):
        return {type(value).__name__: _told_all(value.arguments())}
    if isinstance(value, (dict, np.ndarray, jax.Array)):
        return f"{type(value).__name__} of {len(value)}"
    return str(value) if isinstance(value, Path) else type(value).__name__


def _told_all(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: _told(value) for name, value in arguments.items()}


def differences(then: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """What differs between two records: `jax was 0.10.0, is 0.11.0`."""
    for part in ("versions", "machine", "data", "fit"):
        parts = [record.get(part, {}) for record in (then, now)]
        for name in {**parts[0], **parts[1]}:
            before, after = (short(part.get(name)) for part in parts)
            if before != after:
                yield f"{name} was {before}, is {after}"
    if then.get("seed") != now.get("seed"):
        yield f"the seed was {then.get('seed')}, is {now.get('seed')}"


def rerun(path: Any) -> str:
    """Make a run again, from its record, and compare what comes of it.

    The command of the record runs in a process of its own; in the place of the run's folder it gets
    an empty one. Other files that it writes are written again.

    Args:
        path: A `record.json`, or the folder with it.

    Returns:
        A sentence that says that the weights and the History are the same.

    Raises:
        UserError: where they are not, or where the run cannot be made again.
    """
    path = Path(path) / NAME if Path(path).is_dir() else Path(path)
    then = read(path)
    command, folder = then["command"], Path(then["folder"])
    known = {"versions": then["versions"], "machine": then["machine"]}
    if command is None:
        raise UserError(f"{path}: the program was typed in, so that no command makes it again.")
    if path.parent.resolve() != folder:
        raise UserError(f"{path}: belongs to the run in {str(folder)!r}, and has been moved.")
    for line in differences(known, {"versions": _versions(), "machine": _machine()}):
        print(line)
    with tempfile.TemporaryDirectory() as instead:
        if (folder / START).exists():
            shutil.copy(folder / START, instead)
        variables = os.environ | {_REDIRECT: json.dumps([str(folder), instead])}
        print("$ python", *command, flush=True)
        done = subprocess.run(
            [sys.executable, *command], cwd=then["working_folder"], env=variables, check=False
        )
        if done.returncode:
            raise UserError(f"{path}: the command ended with exit status {done.returncode}.")
        again = Path(instead) / NAME
        if not again.exists():
            raise UserError(f"{path}: the command did not come to this `fit`.")
        now = read(again)
        for line in differences(then | {part: now[part] for part in known}, now):
            print(line)
        return _compared(_last(folder), _last(Path(instead)))


def read(path: Path) -> dict[str, Any]:
    """The record in a file.

    Raises:
        BrokenFileError: where it is none, or not as it was written.
    """
    record, whole = read_digested(path)
    if not whole or "command" not in record:
        raise bad_file(path, "is no record of a run.")
    return record


def _last(path: Path) -> Any:
    folder = Folder(path)
    try:
        found = folder.read()
    finally:
        folder.close()
    if found is None:
        raise UserError(f"{path}: there is no checkpoint to compare with.")
    return found


def _compared(then: Any, now: Any) -> str:
    """That two runs came to the same, or the error that says what differs."""
    places = [f"epoch {found['epoch']}, batch {found['batch'] or 0}" for found in (then, now)]
    if places[0] != places[1]:
        raise UserError(f"The run was ended at {places[0]}; this one is at {places[1]}.")
    pairs = zip(then["names"], then["variables"], now["variables"], strict=True)
    other = [name for name, a, b in pairs if np.asarray(a).tobytes() != np.asarray(b).tobytes()]
    if other:
        raise UserError(
            f"{len(other)} of {len(then['names'])} variables differ, the first one is '{other[0]}'."
        )
    histories = [
        [state for kind, state in found["callbacks"] if kind == "History"] for found in (then, now)
    ]
    if repr(histories[0]) != repr(histories[1]):
        raise UserError("The weights are the same, the History is not.")
    return f"The same weights, bit for bit ({len(then['names'])} variables), and the same History."
