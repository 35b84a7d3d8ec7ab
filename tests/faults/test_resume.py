"""`fit(resume=...)` in one process: signals, damage, full disks, and what it refuses."""

import os
import resource
import signal
import warnings

import numpy as np
import pytest

import denser
from denser.errors import BrokenFileError, UserError
from denser.training.checkpoint import Folder
from denser.training.resume import Resume
from denser.training.sealed import encode, seal, unseal

from .program import EPOCHS, X, Y, digest, network, train

STEPS = 16  # batches of an epoch


class At(denser.callbacks.Callback):
    """Does something once: behind a batch of an epoch, within its validation, or at its end."""

    def __init__(self, act, epoch, batch=None, hook="train"):
        super().__init__()
        self.act, self.epoch, self.batch, self.now = act, epoch, batch, -1
        if hook == "train":
            self.on_train_batch_end = self.see
        elif hook == "test":
            self.on_test_batch_end = self.see
        else:
            self.on_epoch_end = lambda epoch, logs=None: self.see(batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def see(self, batch, logs=None):
        if (self.now, batch) == (self.epoch, self.batch):
            self.act()


class Power(Exception):
    """What fails."""


def fail():
    raise Power


def send(number):
    return lambda: os.kill(os.getpid(), number)


def train_with(folder, act=lambda: None, epoch=-1, batch=None, hook="train"):
    """Somebody looks at each batch of validation, which then are not computed together."""
    watching = At(lambda: None, -1, hook="test")
    return train("arrays", folder, [At(act, epoch, batch, hook), watching])


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return train_with(tmp_path_factory.mktemp("whole"))


def place(folder):
    """Where the newest checkpoint is: epoch, batch."""
    opened = Folder(folder / "run")
    try:
        found = opened.read()
    finally:
        opened.close()
    return found["epoch"], found["batch"]


def lines(capsys):
    """How many were printed."""
    said = capsys.readouterr()
    return len(said.out.splitlines()) + len(said.err.splitlines())


WHERE = {"batch": (2, 8, "train"), "validation": (1, 1, "test"), "end": (2, None, "end")}


@pytest.mark.parametrize("where", WHERE)
def test_sigterm_keeps_the_run_and_ends_with_143(where, tmp_path, expected, capsys):
    with pytest.raises(SystemExit) as end:
        train_with(tmp_path, send(signal.SIGTERM), *WHERE[where])
    assert end.value.code == 143 and lines(capsys) <= 3
    assert place(tmp_path) == {"batch": (2, 9), "validation": (1, STEPS), "end": (3, None)}[where]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert train_with(tmp_path) == expected


@pytest.mark.parametrize("where", WHERE)
def test_ctrl_c_returns_the_history_and_keeps_the_run(where, tmp_path, expected, capsys):
    found = train_with(tmp_path, send(signal.SIGINT), *WHERE[where])
    assert found["epochs"] == list(range(WHERE[where][0] + 1))
    assert lines(capsys) <= 3
    assert train_with(tmp_path) == expected


def test_a_second_ctrl_c_stops_at_once(tmp_path, expected):
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train_with(tmp_path, twice, 1, 5)
    assert train_with(tmp_path) == expected


def simple(folder, more=(), epochs=EPOCHS, optimizer=None, x=X, **resume):
    """A run without batch hooks, so that programs of many steps follow each other at once."""
    denser.utils.set_random_seed(3)
    model = network(optimizer or denser.optimizers.Adam(0.01))
    rate = denser.callbacks.LearningRateScheduler(lambda epoch, rate: 0.9 * rate)
    options = Resume(folder, **resume) if folder else None
    history = model.fit(x, Y, 16, epochs, 0, [rate, *more], resume=options)
    return digest(model), history.history, history.epoch


@pytest.mark.parametrize("often", [{"seconds": 1e-6}, {"batches": 7}, {"seconds": 9e9}])
def test_a_run_without_batch_hooks_goes_on(often, tmp_path):
    with pytest.raises(Power):
        simple(tmp_path, [At(fail, 3, hook="end")], **often)
    found = simple(tmp_path, [At(lambda: None, 0, hook="end")], **often)
    assert found == simple(None) == simple(tmp_path, **often)  # the last one does nothing


def test_more_epochs_train_on(tmp_path):
    simple(tmp_path, epochs=2)
    assert simple(tmp_path) == simple(None)


def test_averages_in_the_place_of_weights_are_known_again(tmp_path):
    def run(folder, epochs=EPOCHS):
        adam = denser.optimizers.Adam(0.01, use_ema=True)
        swap = denser.callbacks.SwapEMAWeights(swap_on_epoch=True)
        return simple(folder, [swap], epochs, adam)

    run(tmp_path, epochs=3)
    assert run(tmp_path) == run(None)


def damaged(data, how):
    if how == "cut":
        return data[: len(data) // 2]
    if how == "empty":
        return b""
    at = {"head": 40, "array": len(data) // 2, "seal": len(data) - 3}[how]
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


@pytest.mark.parametrize("how", ["cut", "empty", "head", "array", "seal"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(how, tmp_path):
    for epochs in (2, 3):  # each ends with a checkpoint
        simple(tmp_path, epochs=epochs)
    newest = max(tmp_path.glob("*.bin"), key=lambda file: int(file.stem.split("-")[1]))
    newest.write_bytes(damaged(newest.read_bytes(), how))
    with pytest.warns(UserWarning, match=f"{newest.name}.*The run goes on"):
        found = simple(tmp_path)
    assert found == simple(None)


def test_where_all_are_damaged_nothing_is_begun_anew(tmp_path):
    simple(tmp_path, epochs=3, batches=5)
    for file in tmp_path.glob("*.bin"):
        file.write_bytes(b"rubbish")
    with pytest.raises(BrokenFileError, match="no checkpoint is whole"):
        simple(tmp_path)


def test_a_full_disk_is_one_error_and_the_run_goes_on_later(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))

    simple(tmp_path, epochs=1)
    try:
        with pytest.raises(OSError, match="checkpoint could not be written.*is whole"):
            simple(tmp_path, [At(fill, 2, hook="end")], batches=5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.glob(".*"))
    assert simple(tmp_path, batches=5) == simple(None)


def test_a_second_run_in_the_folder_is_refused(tmp_path):
    first = Folder(tmp_path)
    with pytest.raises(UserError, match=f"in use by process {os.getpid()}"):
        simple(tmp_path)
    first.close()
    simple(tmp_path, epochs=1)


def generator():
    while True:
        yield X[:16], Y[:16]


def other_model(folder):
    model = denser.Sequential([denser.Input((6,)), denser.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, 16, verbose=0, resume=folder)


def from_generator(folder, **more):
    network().fit(generator(), steps_per_epoch=9, verbose=0, resume=folder, **more)


MISTAKES = {
    "generator": (from_generator, "cannot be set to the place"),
    "validation": (
        lambda folder: network().fit(
            X, Y, validation_data=generator(), validation_steps=2, verbose=0, resume=folder
        ),
        "cannot be set to the place",
    ),
    "data": (lambda folder: simple(folder, x=X + 1), "learned from other data: `x` was"),
    "batches": (
        lambda folder: network().fit(X, Y, 32, verbose=0, resume=folder),
        "`batches` was 20 of 16 rows, is 10 of 32 rows",
    ),
    "model": (other_model, "variables"),
    "kind": (lambda folder: network().fit(X, Y, resume=3), "`resume` must be a folder"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_go_on_is_told(mistake, tmp_path):
    simple(tmp_path, epochs=1)
    act, words = MISTAKES[mistake]
    with pytest.raises(UserError, match=words):
        act(tmp_path)
    assert simple(tmp_path, epochs=1)  # and the folder is free again


VALUES = {
    "plain": {"a": [1, 2.5, None, True, "x"], ("t", 1): float("inf")},
    "arrays": [np.arange(6, dtype=np.int8).reshape(2, 3), np.float32(0.1), np.zeros((0, 2))],
    "nested": ({"tuple": [np.array([True])]}, [[]]),
}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_sealed_comes_back_and_no_bit_changes_unnoticed(name):
    data = bytes(seal(encode(VALUES[name])))
    found = unseal(data, "here")
    assert repr(found) == repr(VALUES[name]) and seal(encode(found)) == data
    for at in range(0, len(data), 7):
        broken = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(BrokenFileError, match="^here: "):
            unseal(broken, "here")


def test_code_is_no_plain_data():
    with pytest.raises(TypeError):
        encode([print])
    with pytest.raises(TypeError):
        encode({"a": np.array([print], object)})


def test_keras_own_callbacks_and_settings_that_change(tmp_path):
    def stopping(patience):
        return denser.callbacks.EarlyStopping("loss", patience=patience)

    with pytest.raises(Power):
        simple(tmp_path, [stopping(9), At(fail, 3, hook="end")], batches=1)
    later = stopping(7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simple(tmp_path, [later])
    assert later.patience == 7 and later.best is not None
