"""A longer run of the fuzzing: `python -m tests.hostile --seconds 600 [--atheris]`.

Each seed is printed before it is tried, so that one that ends the interpreter is known. With
`--atheris` Google's atheris (to be installed) drives the readers by what their code covers; a file
that made one fail is left in the present folder; `--again FILE` reads it once more.
"""

import argparse
import faulthandler
import gc
import itertools
import json
import random
import sys
import tempfile
import time
import types
from contextlib import suppress
from pathlib import Path

from .fuzz import TEXTS, Fuzz, other_json, tried

# Whose lines count as covered; most of an interpreter's time would go to JAX's otherwise.
_COVERED = (
    "denser.saving", "denser.datasets", "denser.eras", "denser.training", "denser.preprocessing",
    "denser.core.budget", "denser.core.fields", "denser.core.registry", "denser.core.custom",
    "denser.models", "zipfile", "tarfile", "gzip", "json", "numpy.lib",
)  # fmt: skip


def main():
    """Run until the time is over."""
    options = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=0, help="the first one")
    options.add_argument("--atheris", action="store_true", help="by coverage")
    options.add_argument("--readers", nargs="+", help="only these")
    options.add_argument("--again", metavar="FILE", help="what atheris found")
    given = options.parse_args()
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(folder)
        if unknown := set(given.readers or ()) - set(fuzz.table):
            options.error(f"no reader is called {', '.join(unknown)}: {', '.join(fuzz.table)}")
        names = given.readers or list(fuzz.table)
        if given.again:
            number, *data = Path(given.again).read_bytes()
            fuzz.table[names[number % len(names)]][1](bytes(data))
        elif given.atheris:
            _by_coverage(fuzz, names, int(given.seconds), Path(folder, "corpus"))
        else:
            _by_chance(fuzz, names, given.seed, given.seconds)


def _by_chance(fuzz, names, first, seconds):
    end = time.monotonic() + seconds
    for seed in itertools.count(first):
        print(f"\rseed {seed}", end="", flush=True)
        faulthandler.dump_traceback_later(60, exit=True)  # a reader that does not end
        fuzz.run(names, seed)
        if time.monotonic() > end:
            break
    print(f"\n{seed - first + 1} seeds: every file was read or refused.")


def _by_coverage(fuzz, names, seconds, corpus):
    import atheris

    def reader_of(data):
        return names[data[0] % len(names)]

    def read(data):
        if data:
            tried(fuzz.table[reader_of(data)][1], data[1:])

    def mutate(data, most, seed):
        """Other bytes, or for a text, every second time, another text."""
        if data and reader_of(data) in TEXTS and seed % 2:
            with suppress(ValueError, RecursionError):  # it may be no JSON, or too deep
                value = other_json(json.loads(data[1:]), random.Random(seed))
                return (data[:1] + json.dumps(value).encode())[:most]
        return atheris.Mutate(data, most)

    corpus.mkdir()
    for number, name in enumerate(names):
        (corpus / name).write_bytes(bytes([number]) + fuzz.table[name][0])
    for found in gc.get_objects():
        if isinstance(found, types.FunctionType) and str(found.__module__).startswith(_COVERED):
            atheris.instrument_func(found)
    arguments = [sys.argv[0], str(corpus), f"-max_total_time={seconds}", "-timeout=60"]
    atheris.Setup(arguments, read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
