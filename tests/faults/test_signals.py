"""A program that trains is asked to end from outside, by SIGTERM or Ctrl-C."""

import json
import os
import signal
import subprocess
import sys

import pytest

from denser.training.checkpoint import Folder

PROGRAM = """
import json, sys
import numpy as np
import denser

class Tell(denser.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (1, 2):
            print("now", flush=True)
            sys.stdin.readline()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

x = np.arange(64, dtype="float32").reshape(32, 2) / 64
model = denser.Sequential([denser.Input((2,)), denser.layers.Dense(1)])
model.compile("sgd", "mse")
history = model.fit(x, x[:, :1], 4, 9, 0, [Tell()], resume="run")
print(json.dumps(history.epoch))
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_asked_to_end(name, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, "program.py"], cwd=tmp_path, text=True,
        env=dict(os.environ, JAX_PLATFORMS="cpu"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == "now\n"
    process.send_signal(getattr(signal, name))
    said, errors = process.communicate("\n", timeout=120)
    assert not errors and len(said.splitlines()) <= 3
    opened = Folder(tmp_path / "run")
    found = opened.read()
    opened.close()
    assert (found["epoch"], found["batch"]) == (1, 3)  # the batch under way is the last one
    if name == "SIGTERM":
        assert process.returncode == 143
    else:
        assert process.returncode == 0 and json.loads(said.splitlines()[-1]) == [0, 1]
