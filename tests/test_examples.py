"""Every program in examples/ runs, at reduced size, on the real data."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

import denser

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
DATA = os.environ.get("DENSER_DATASETS")
needs_data = pytest.mark.skipif(not DATA, reason="DENSER_DATASETS is not set: no real data here")

# (arguments, what the result must lie between): one epoch on a few rows learns something already.
RUNS = {
    "mnist_mlp": ({"epochs": 1, "rows": 4000}, (0.8, 1)),
    "mnist_convnet": ({"epochs": 1, "rows": 4000}, (0.6, 1)),
    "housing_regression": ({"epochs": 4}, (20_000, 90_000)),
    "imdb_multihot": ({"epochs": 2, "rows": 3000}, (0.6, 1)),
    "imdb_recurrent": ({"epochs": 1, "rows": 500, "reader": "bidirectional"}, (0.35, 1)),
    "cifar10_convnet": ({"epochs": 2, "rows": 2000}, (0.15, 1)),
}


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_data
@pytest.mark.parametrize("name", RUNS)
def test_example_learns(name, tmp_path, monkeypatch):
    if name == "cifar10_convnet":  # a part of the photographs, under the whole set's name
        shutil.copy(Path(DATA) / "cifar10_small.npz", tmp_path / "cifar10.npz")
        monkeypatch.setenv("DENSER_DATASETS", str(tmp_path))
    denser.utils.set_random_seed(0)
    arguments, (low, high) = RUNS[name]
    assert low <= load(name).main(**arguments) <= high


def test_every_way_to_give_the_input_shape_learns(capsys):
    denser.utils.set_random_seed(0)
    losses = load("first_network").main(epochs=20)
    assert len(losses) == 6 and max(losses.values()) < 0.8
    assert "1 layer, (None, 64)" in capsys.readouterr().out


def test_every_example_is_short_and_run():
    files = {f.stem: len(f.read_text().splitlines()) for f in EXAMPLES.glob("*.py")}
    assert set(files) == {*RUNS, "first_network"}
    assert max(files.values()) < 60
