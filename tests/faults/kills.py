"""Runs that are killed with SIGKILL, again and again, and started again until they end."""

import json
import multiprocessing
import os
import random
import time
from pathlib import Path

from . import program

KINDS = ("arrays", "batches", "pipeline")
_LONGEST = 300.0  # seconds for one process
_OPERATIONS = 150  # a run does some hundreds


def processes():
    """Processes that begin with denser imported: a start then costs no import.

    They are forked from one that has started no thread of XLA's.
    """
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([program.__name__])
    return context


def whole(context, kind: str, folder: Path):
    """Start a run and wait for its end: what came of it."""
    process = context.Process(target=program.run, args=(kind, folder))
    process.start()
    process.join(_LONGEST)
    assert process.exitcode == 0, f"exit code {process.exitcode}"
    return json.loads((folder / "result.json").read_text())


def killed(context, kind: str, folder: Path, chance: random.Random, seconds: float) -> bool:
    """Start a run and kill it, at a random moment of its training or at one of its own file
    operations; whether it was, rather than that it came to its end before."""
    (folder / "began").unlink(missing_ok=True)
    operation = chance.randrange(1, _OPERATIONS) if chance.random() < 0.5 else None
    process = context.Process(target=program.run, args=(kind, folder, operation))
    process.start()
    if operation is None:
        end = time.monotonic() + _LONGEST
        while not (folder / "began").exists() and process.is_alive() and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(chance.random() * seconds)
        process.kill()
    process.join(_LONGEST)
    return process.exitcode != 0


def try_all(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill runs so often; the numbers of kills, of runs, and of runs that ended otherwise than an
    undisturbed one."""
    context, chance = processes(), random.Random(seed)
    counts = {"kills": 0, "runs": 0, "different": 0}
    expected, lasts = {}, {}
    for kind in KINDS:
        place = folder / kind
        place.mkdir(parents=True)
        whole(context, kind, place)  # fills the cache of programs
        place = folder / f"{kind}-timed"
        place.mkdir()
        begin = time.monotonic()
        expected[kind] = whole(context, kind, place)
        lasts[kind] = (time.monotonic() - begin) * 0.7
    while counts["kills"] < kills:
        kind = KINDS[counts["runs"] % len(KINDS)]
        place = folder / f"{kind}-{counts['runs']}"
        place.mkdir()
        many = chance.randrange(2, 6)
        while (
            many and counts["kills"] < kills and killed(context, kind, place, chance, lasts[kind])
        ):
            counts["kills"] += 1
            many -= 1
        counts["runs"] += 1
        found = whole(context, kind, place)
        counts["different"] += found != expected[kind]
        for name in [name for name in found if found[name] != expected[kind][name]]:
            print(f"{place.name}: {name} is {found[name]}, not {expected[kind][name]}")
    return counts
