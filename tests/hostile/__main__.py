"""A longer run of the fuzzing: `python -m tests.hostile --seconds 600 [--atheris]`.

Each seed is printed before it is tried, so that one that ends the interpreter is known. With
`--atheris` Google's atheris (to be installed) drives the readers by what their code covers.
"""

import argparse
import faulthandler
import itertools
import sys
import tempfile
import time
from pathlib import Path

from .fuzz import Fuzz, _tried, run


def main():
    """Run until the time is over."""
    options = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=0, help="the first one")
    options.add_argument("--atheris", metavar="READER", help="archive, weights, text, npz ...")
    given = options.parse_args()
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(folder)
        if given.atheris:
            _covering(*fuzz.readers[given.atheris], given.seconds, Path(folder))
            return
        end = time.monotonic() + given.seconds
        for seed in itertools.count(given.seed):
            print(f"\rseed {seed}", end="", flush=True)
            faulthandler.dump_traceback_later(60, exit=True)  # a reader that does not end
            run(fuzz, seed)
            if time.monotonic() > end:
                break
        print(f"\n{seed - given.seed + 1} seeds: every file was read or refused.")


def _covering(good, read, seconds, folder):
    import atheris

    (folder / "corpus").mkdir()
    (folder / "corpus" / "good").write_bytes(good)
    atheris.instrument_all()
    atheris.Setup(
        [sys.argv[0], str(folder / "corpus"), f"-max_total_time={int(seconds)}"],
        lambda data: _tried(read, data),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
