"""Every test here has folders of its own; the real files are asked for by name."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

GIVEN = os.environ.get("DENSER_DATASETS")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Empty homes; gives denser's cache of data sets."""
    monkeypatch.delenv("DENSER_DATASETS", raising=False)
    monkeypatch.setenv("DENSER_HOME", str(tmp_path / "denser"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    folder = tmp_path / "denser" / "datasets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def offline(monkeypatch):
    """Any download fails as it does without a network."""

    def refuse(request, timeout):
        raise OSError("no network")

    monkeypatch.setattr("denser.datasets.download.urlopen", refuse)


@pytest.fixture
def given(monkeypatch):
    """The folder of real files."""
    if not GIVEN:
        pytest.skip("DENSER_DATASETS names no folder with the real files")
    monkeypatch.setenv("DENSER_DATASETS", GIVEN)
    return Path(GIVEN)
