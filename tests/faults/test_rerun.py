"""`denser rerun`: a run is made again from its record."""

import json
import subprocess
import sys

import pytest

from denser.cli import main
from denser.saving.strict_json import digested

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
    del record["sha256"]
    record["versions"]["jax"] = "0.1"
    (run / "record.json").write_text(json.dumps(digested(record)))
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
    said = ["No such file", "holds no table", "is no record of a run"]
    for text, words in zip((None, "[1]", '{"command": []}'), said, strict=True):
        if text is not None:
            file.write_text(text)
        assert main(["rerun", str(file)]) == 2
        assert words in capsys.readouterr().err


def test_other_arguments_and_seeds_are_told(run, capfd):
    script = run.parent / "script.py"
    text = script.read_text().replace(
        "import denser\n", "import denser\ndenser.utils.set_random_seed(1)\n"
    )
    script.write_text(text.replace("4, 3, verbose", "4, 2, verbose"))
    assert main(["rerun", str(run)]) == 2
    said = capfd.readouterr()
    assert "epochs was 3, is 2" in said.out and "the seed was None, is 1" in said.out
    assert "was ended at epoch 3, batch 0; this one is at epoch 2" in said.err


def test_a_record_that_was_changed_is_not_run(run, capfd):
    file = run / "record.json"
    file.write_text(file.read_text().replace('"script.py"', '"other.py"'))
    assert main(["rerun", str(run)]) == 2
    assert "record.json: is not what was written (SHA-256)" in capfd.readouterr().err
