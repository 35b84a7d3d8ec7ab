"""Constructs of every era, each a few lines in `constructs/`, run as one program for each era."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "constructs"
ERAS = {"keras1": "1", "keras2": "2", "tf_keras": "tf", "keras3": "3"}
PROGRAM = """
import json, sys, traceback
from denser import compat
from denser.compat.era import eras
era, source = sys.argv[1:3]
compat.install(era)
eras.says_acc = era in ("1", "2")
found = {}
for name, code in json.load(open(source)).items():
    try:
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
        found[name] = ""
    except BaseException:
        found[name] = traceback.format_exc()
json.dump(found, open("found.json", "w"))
"""


def constructs(name: str) -> dict[str, str]:
    """Title and code of each construct in a file."""
    blocks = (FOLDER / f"{name}.txt").read_text().split("#: ")[1:]
    return dict(block.split("\n", 1) for block in blocks)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What running every construct of an era gave: title to traceback."""
    results = {}

    def run(name):
        if name not in results:
            folder = tmp_path_factory.mktemp(name)
            (folder / "rows.json").write_text(json.dumps(constructs(name)))
            command = [sys.executable, "-W", "ignore", "-c", PROGRAM, ERAS[name], "rows.json"]
            environment = {**os.environ, "MPLBACKEND": "Agg", "KERAS_BACKEND": "jax"}
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
            results[name] = json.loads((folder / "found.json").read_text())
        return results[name]

    return run


@pytest.mark.parametrize(
    ("name", "title"), [(name, title) for name in ERAS for title in constructs(name)]
)
def test_runs(found, name, title):
    error = found(name)[title]
    if "(DENSER_DATASETS is not set)" in error:
        pytest.skip("DENSER_DATASETS is not set: no real data here")
    assert not error, error
