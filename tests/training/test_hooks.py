"""When the loop calls the hooks: as Keras does, and no more often than somebody listens."""

import json
import os
import signal

import keras
import numpy as np
import pytest

import denser
from denser.training.trainer import Trainer
from tests.training.small import X, Y, batches, linear, trained
from tests.twins import twins


def recorder(library):
    """A callback that writes down every hook with its number and the names in its logs."""
    calls = []

    def hook(name):
        def call(self, *args, logs=None):
            numbers = [a for a in args if isinstance(a, int)]
            logs = next((a for a in args if isinstance(a, dict)), logs)
            calls.append((name, *numbers, *sorted(logs or ())))

        return call

    names = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]
    kind = type("Recorder", (library.callbacks.Callback,), {name: hook(name) for name in names})
    return kind(), calls


RUNS = {
    "fit": lambda m, c: m.fit(X, Y, 5, 2, callbacks=c, verbose=0),
    "partial": lambda m, c: m.fit(X, Y, 8, callbacks=c, verbose=0),
    "validated": lambda m, c: m.fit(X, Y, 5, callbacks=c, verbose=0, validation_data=(X, Y)),
    "generator": lambda m, c: m.fit(batches(), callbacks=c, verbose=0, steps_per_epoch=4),
    "evaluate": lambda m, c: m.evaluate(X, Y, 5, callbacks=c, verbose=0),
    "predict": lambda m, c: m.predict(X, 5, callbacks=c, verbose=0),
    "predict stream": lambda m, c: m.predict(batches(), callbacks=c, verbose=0, steps=4),
}


@pytest.fixture(scope="module")
def pair():
    return twins(linear)


@pytest.mark.parametrize(
    "run, unit", [*((run, 1) for run in RUNS), ("fit", 2), ("validated", 2), ("predict", 2)]
)
def test_hooks_are_called_as_keras_calls_them(pair, run, unit):
    told = []
    for library, model in zip((keras, denser), pair, strict=True):
        model.compile("sgd", "mse", metrics=["mae"], steps_per_execution=unit)
        callback, calls = recorder(library)
        RUNS[run](model, [callback])
        told.append(calls)
    assert told[1] == told[0]


def test_hooks_that_need_logs_get_them(pair):
    class Strict(denser.callbacks.Callback):
        def on_train_begin(self, logs):
            self.losses = []

        def on_epoch_begin(self, epoch, logs):
            assert logs == {}

        def on_train_batch_begin(self, batch, logs):
            assert logs == {}

        def on_batch_end(self, batch, logs):
            self.losses.append(logs["loss"])

    strict = Strict()
    pair[1].compile("sgd", "mse")
    pair[1].fit(X, Y, 5, callbacks=strict, verbose=0)
    assert len(strict.losses) == 4


@pytest.fixture
def programs(monkeypatch):
    """The number of steps of every program that a fit starts."""
    counts, start = [], Trainer._dispatch

    def count(self, key, chunk, first, steps):
        counts.append(steps)
        return start(self, key, chunk, first, steps)

    monkeypatch.setattr(Trainer, "_dispatch", count)
    return counts


class Counter(denser.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []


class EveryBatch(Counter):
    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)
        logs["mine"] = 1.0


class Older(Counter):
    def on_batch_end(self, batch, logs=None):
        self.seen.append(batch)


class Stopper(EveryBatch):
    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        self.model.stop_training = batch == 2


class Sparse(Counter):
    def __init__(self, every):
        super().__init__()
        self.turns = denser.training.callbacks.base.Turns(every)

    def interval(self, phase):
        return self.turns.left if phase == "train" else None

    def on_train_batch_end(self, batch, logs=None):
        if self.turns.complete(batch):
            self.seen.append(batch)


class Dense(Sparse):
    def on_train_batch_begin(self, batch, logs=None):
        """Without an interval of its own it is called for each batch."""


def test_hooks_that_nobody_overrides_cost_nothing(programs):
    k = denser.callbacks
    trained(None), programs.clear()
    plain = [k.Callback(), k.History(), k.LambdaCallback(on_epoch_end=lambda e, logs: None),
             k.TerminateOnNaN(), k.EarlyStopping("loss"), k.ReduceLROnPlateau("loss")]  # fmt: skip
    trained(plain)
    assert len(programs) < 20 and sum(programs) == 192


@pytest.mark.parametrize("make", [EveryBatch, Older, lambda: Dense(30)])
def test_an_overridden_hook_sees_every_batch(programs, make):
    callback = make()
    model = trained([callback])
    assert programs == [1] * 192
    assert callback.seen[:96] == list(range(96)) or callback.seen[:3] == [29, 59, 89]
    assert set(model.history.history) == {"loss"}


def test_intervals_are_counted_on_over_epochs_and_for_each_callback(programs):
    three, forty = Sparse(3), Sparse(40)
    trained([three, forty], rows=50)
    assert three.seen == [*range(2, 50, 3), *range(0, 50, 3)][: len(three.seen)]
    assert len(three.seen) == 33 and forty.seen == [39, 29]
    assert max(programs) == 3


def test_stopping_in_a_batch_hook_ends_the_epoch_at_once(programs):
    callback = Stopper()
    model = trained([callback])
    assert programs == [1, 1, 1] and model.history.epoch == [0]


@pytest.mark.parametrize("phase", ["evaluate", "predict"])
def test_evaluation_and_prediction_can_be_stopped(phase):
    hook = {"evaluate": "on_test_batch_end", "predict": "on_predict_batch_end"}[phase]
    attribute = {"evaluate": "stop_evaluating", "predict": "stop_predicting"}[phase]
    seen = []
    callback = denser.callbacks.LambdaCallback(**{
        hook: lambda batch, logs: (seen.append(batch), setattr(model, attribute, batch == 1))
    })  # fmt: skip
    model = trained(None, 1, 4)
    data = (X,) if phase == "predict" else (X, Y)
    found = getattr(model, phase)(*data, batch_size=4, verbose=0, callbacks=[callback])
    assert seen == [0, 1] and (phase == "evaluate" or found.shape == (8, 1))


def test_steps_per_execution_groups_the_hooks(programs):
    callback = EveryBatch()
    trained([callback], 1, 10, steps_per_execution=4)
    assert callback.seen == [3, 7, 9]


def test_keras_own_callbacks_work_too():
    callback, calls = recorder(keras)
    trained([callback], 1, 3)
    assert ("on_train_batch_end", 2, "loss") in calls


def test_ctrl_c_ends_fit_after_the_step_and_returns_the_history(tmp_path):
    class Impatient(EveryBatch):
        def on_train_batch_end(self, batch, logs=None):
            if len(self.seen) == 5:
                os.kill(os.getpid(), signal.SIGINT)
            self.seen.append(batch)

    callback = Impatient()
    backup = denser.callbacks.BackupAndRestore(tmp_path / "backup")
    model = trained([callback, backup], epochs=9, rows=4)
    assert callback.seen == [0, 1, 2, 3, 0, 1] and model.history.epoch == [0, 1]
    assert np.isfinite(model.predict(X, verbose=0)).all()
    left = json.loads((tmp_path / "backup" / "training_metadata.json").read_text())
    assert left["epoch"] == 1, "the epoch that was cut short is no backup"


def test_a_loss_that_is_nan_ends_training():
    for callback in (denser.callbacks.TerminateOnNaN(), denser.callbacks.TerminateOnNaN(True)):
        model = linear(denser)
        model.compile(denser.optimizers.SGD(1e30), "mse")
        if callback.raise_error:
            with pytest.raises(RuntimeError, match="the loss is"):
                model.fit(X, Y, 1, 9, verbose=0, callbacks=[callback])
        else:
            assert len(model.fit(X, Y, 1, 9, verbose=0, callbacks=[callback]).epoch) == 1
