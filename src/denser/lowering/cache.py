"""Compiled programs, kept in the user's folder from one run to the next."""

import functools
import hashlib
import os
import platform
from pathlib import Path

import jax

from .. import settings

MOST_BYTES = 512 * 2**20  # a program of a small network is some 50 KB

_hits = 0


def hits() -> int:
    """How many programs of this process came from the folder rather than from the compiler."""
    return _hits


@functools.cache
def keep_programs() -> None:
    """Let JAX keep compiled programs in `~/.denser/programs`, a folder for each kind of machine.

    A folder that the user gave JAX already stays; `DENSER_CACHE=0` keeps nothing.
    """
    jax.monitoring.register_event_listener(_count)
    given = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]  # of its flags
    if given or os.environ.get("DENSER_CACHE") == "0":
        return
    folder = settings.home() / "programs" / _machine()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _trim(folder)
    except OSError:  # a home that cannot be written to: then nothing is kept
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


def _count(event: str, **kwargs: object) -> None:
    global _hits
    _hits += event == "/jax/compilation_cache/cache_hits"


def _machine() -> str:
    """A name for the kind of processor: code for one may not run on another."""
    features = platform.processor() + platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().split("\n\n")[0].splitlines()
        features += "".join(line for line in lines if line.startswith(("model name", "flags")))
    return hashlib.sha256(features.encode()).hexdigest()[:16]


def _trim(folder: Path) -> None:
    """Remove what was not used for longest while the folder is too large."""
    files = [(f.stat().st_atime, f.stat().st_size, f) for f in folder.iterdir() if f.is_file()]
    excess = sum(size for _, size, _ in files) - MOST_BYTES
    for _, size, file in sorted(files, key=lambda entry: entry[0]):
        if excess <= 0:
            return
        file.unlink(missing_ok=True)
        excess -= size
