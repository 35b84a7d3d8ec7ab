"""Which digits are taken, and what is said about it."""

import sys

import numpy as np
import pytest

from denser.core.messages import UserError
from denser.digits.data import load


@pytest.fixture
def given(tmp_path, monkeypatch):
    """A folder for data sets that the user names."""
    monkeypatch.setenv("DENSER_DATASETS", str(tmp_path))
    return tmp_path


def test_mnist_is_taken_where_it_is_found(given):
    images, labels = np.zeros((6, 28, 28), np.uint8), np.arange(6, dtype=np.uint8)
    path = given / "mnist.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2])
    for wanted in (None, "mnist"):
        digits = load(wanted)
        assert (digits.name, len(digits.x_train), len(digits.y_test)) == ("MNIST", 6, 2)
        assert str(path) in digits.why
    assert load("digits").module == "digits"


def test_without_mnist_the_embedded_digits_are_taken():
    digits = load()
    assert digits.x_train.shape == (1437, 28, 28) and digits.x_test.shape == (360, 28, 28)
    assert "MNIST is not on this machine" in digits.why and "--download" in digits.why


def test_a_missing_network_is_no_mistake():
    digits = load(download=True)
    assert digits.module == "digits"
    assert "could not be downloaded" in digits.why and "no network" in digits.why


def test_a_damaged_file_is_named(given):
    (given / "mnist.npz").write_bytes(b"not an archive")
    assert "could not be read" in load().why
    with pytest.raises(UserError, match="could not be read"):
        load("mnist")


@pytest.mark.parametrize(
    ("download", "words"),
    [(False, "Add --download"), (True, "could not be downloaded.*no network")],
)
def test_mnist_that_must_be_but_cannot(download, words):
    with pytest.raises(UserError, match=words):
        load("mnist", download)


def test_nothing_at_all(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UserError, match=r"MNIST is not on this machine.*denser\[learn\]"):
        load()
