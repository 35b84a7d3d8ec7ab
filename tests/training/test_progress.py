"""The progress bar on a terminal and in a log file, beside Keras's."""

import io
import re

import keras
import pytest

import denser
from tests.training.small import batches, linear, trained


def timeless(text):
    """Text without colours, times and what was overwritten."""
    text = re.sub("\x1b\\[\\d*m|\x08", "", text)
    text = re.sub(r"\(compiled [^)]*\)|\d+(:\d\d)*s |\d+(us|ms|s)(?=/step)|\d+s(?= -)", "", text)
    return [line.split("\r")[-1].rstrip(" -") for line in text.splitlines()]


@pytest.mark.parametrize("target, verbose", [(12, 0), (12, 1), (12, 2), (None, 1)])
def test_the_bar_says_what_keras_bar_says(capsys, monkeypatch, target, verbose):
    said = []
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for library in (keras, denser):
        bar = library.utils.Progbar(target, verbose=verbose, interval=0, stateful_metrics=["acc"])
        for step in range(1, 13):
            bar.update(step, [("acc", step / 13), ("loss", 1e-4)])
        if target is None:
            bar.update(12, finalize=True)
        said.append(timeless(capsys.readouterr().out))
    assert [re.sub(" +", " ", t) for t in said[1]] == [re.sub(" +", " ", t) for t in said[0]]


def shown(capsys, verbose, **options):
    trained(None, verbose=verbose, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_without_a_terminal_an_epoch_is_a_line(capsys, verbose):
    text = shown(capsys, verbose)
    mark = "" if verbose == 2 else "━"
    assert "\r" not in text and "\x1b" not in text and len(text.splitlines()) == 4
    assert re.fullmatch(
        rf"Epoch 1/2\n96/96 [-{mark}].*/step - loss: \d.*\nEpoch 2/2\n96/96.*\n", text
    )
    assert shown(capsys, 0) == ""


def test_on_a_terminal_one_line_is_redrawn(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    text = shown(capsys, 1, epochs=1)
    draws = re.sub("\x1b\\[\\d*m", "", text).split("\r")
    assert text.count("\n") == 1 and len(draws) > 2
    assert all(len(draw) < 60 for draw in draws[:-1])
    assert re.match("96/96 ━{20} .*/step - loss: ", draws[-1])


def test_batches_of_unknown_number_are_counted(capsys):
    class Loader:
        def __iter__(self):
            return batches()

    model = linear(denser)
    model.compile("sgd", "mse")
    model.fit(Loader(), epochs=2)
    assert timeless(capsys.readouterr().out)[1].startswith("4/4 ━")
    model.predict(Loader())
    assert timeless(capsys.readouterr().out)[0].startswith("4/4 ━")


def test_an_output_that_cannot_write_the_bar_gets_another(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr("sys.stdout", stream)
    denser.utils.Progbar(2).update(2)
    stream.seek(0)
    assert stream.read().startswith("2/2 =====")
