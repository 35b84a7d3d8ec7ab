"""Programs are kept in the user's folder, which stays below its size."""

import os
import subprocess
import sys

from denser.lowering import cache

PROGRAM = """
import denser, numpy as np
from denser.lowering import cache
model = denser.Sequential([denser.layers.Dense(2, input_shape=(3,))])
model.compile("sgd", "mse")
model.fit(np.ones((8, 3)), np.ones((8, 2)), verbose=0)
print(cache.hits())
"""


def run(home, **more):
    """The number of programs that a fresh process found kept."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    environment = {**keep, "DENSER_HOME": str(home), **more}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=True
    )
    return int(done.stdout), done.stderr


def test_a_second_process_finds_the_program(tmp_path):
    assert run(tmp_path, DENSER_CACHE="0") == (0, "")
    assert not (tmp_path / "programs").exists()
    assert run(tmp_path) == (0, "")
    hits, errors = run(tmp_path)
    assert hits >= 1 and errors == ""


def test_the_oldest_programs_go_first(tmp_path, monkeypatch):
    for age, name in enumerate(["new", "middle", "old"]):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    monkeypatch.setattr(cache, "MOST_BYTES", 150)
    cache._trim(tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["new"]
