"""`denser rerun`: a run is made again from its record."""

import json
import subprocess
import sys

import pytest

from denser.cli import main

SCRIPT = """
import sys
import numpy as np
import denser

x = np.arange(40, dtype="float32").reshape(20, 2) / 40 + float(open("shift.txt").read())
model = denser.Sequential([denser.Input((2,)), denser.layers.Dense(3), denser.layers.Dense(1)])
model.compile(sys.argv[1], "mse")
model.fit(x, x.sum(1), 4, 3, verbose=0, resume="run")
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The folder of a run that set no seed: its start is kept, too."""
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "shift.txt").write_text("0")
    subprocess.run([sys.executable, "script.py", "adam"], cwd=tmp_path, check=True)
    return tmp_path / "run"


def test_a_run_is_made_again_and_what_differs_is_told(run, capfd):
    record = json.loads((run / "record.json").read_text())
    assert record["command"] == ["script.py", "adam"] and record["seed"] is None
    assert record["fit"]["resume"] == "run" and record["compile"]["loss"] == "mse"
    record["versions"]["jax"] = "0.1"
    (run / "record.json").write_text(json.dumps(record))
    kept = {file.name: file.read_bytes() for file in run.iterdir() if file.name != "lock"}
    assert main(["rerun", str(run)]) == 0
    said = capfd.readouterr().out
    assert "jax was '0.1', is" in said and "The same weights, bit for bit" in said
    assert all((run / name).read_bytes() == data for name, data in kept.items())
    (run.parent / "shift.txt").write_text("1")
    assert main(["rerun", str(run / "record.json")]) == 2
    said = capfd.readouterr()
    assert "learned from other data: `x` was" in said.err


def test_what_is_no_record_is_told(tmp_path, capsys):
    file = tmp_path / "record.json"
    assert main(["rerun", str(file)]) == 2
    file.write_text("[1]")
    assert main(["rerun", str(file)]) == 2
    assert capsys.readouterr().err.count("is no record of a run") == 2
