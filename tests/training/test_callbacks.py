"""Callbacks beside Keras's: what each decides, and what it leaves behind."""

import http.server
import io
import json
import os
import struct
import sys
import threading
import urllib.parse
from contextlib import nullcontext
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import denser
from tests.training.small import X, Y, linear, trained
from tests.twins import agree, twins


class Fake:
    """What callbacks need of a model: its weight is the number of the epoch."""

    interrupted = stop_training = False
    metrics = ()
    history = None
    built = True

    def __init__(self):
        self.optimizer = SimpleNamespace(learning_rate=1.0, built=True)
        self.weights, self.saved = [np.zeros(1)], []

    def get_weights(self):
        return [w.copy() for w in self.weights]

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite=True):
        self.saved.append(os.path.basename(path))

    save_weights = save


def drive(library, callback, values, batches=4):
    """Run a callback through epochs whose val_loss is given; what came of it, epoch by epoch."""
    model, told = Fake(), []
    hooks = library.callbacks.CallbackList([callback], model=model, epochs=9, verbose=0, steps=9)
    hooks.on_train_begin()
    for epoch, value in enumerate(values):
        hooks.on_epoch_begin(epoch)
        for batch in range(batches):
            hooks.on_train_batch_begin(batch)
            hooks.on_train_batch_end(batch, {"loss": 0.5, "accuracy": batch / 4})
        model.weights = [np.full(1, epoch + 1.0)]
        logs = {"loss": 0.5, "val_loss": value, "val_accuracy": -value}
        hooks.on_epoch_end(epoch, {k: v for k, v in logs.items() if v is not None})
        told.append((float(model.optimizer.learning_rate), len(model.saved)))
        if model.stop_training:
            break
    hooks.on_train_end()
    return told, model.saved, model.weights[0].item()


STALLS = (0.9, 0.5, 0.6, 0.5, 0.49, 0.7, 0.7, 0.7, 0.3)
DECISIONS = {
    "stop": lambda k: k.EarlyStopping(),
    "stop patient": lambda k: k.EarlyStopping(patience=3, restore_best_weights=True),
    "stop min_delta": lambda k: k.EarlyStopping(
        min_delta=0.05, patience=2, restore_best_weights=True
    ),
    "stop late": lambda k: k.EarlyStopping(
        start_from_epoch=3, patience=1, restore_best_weights=True
    ),
    "stop max": lambda k: k.EarlyStopping(
        "val_accuracy", mode="max", patience=1, restore_best_weights=True
    ),
    "stop min of what rises": lambda k: k.EarlyStopping(
        "val_accuracy", mode="min", patience=2, restore_best_weights=True
    ),
    "stop below baseline": lambda k: k.EarlyStopping(
        baseline=0.4, patience=3, restore_best_weights=True
    ),
    "stop at baseline": lambda k: k.EarlyStopping(baseline=0.6, patience=3),
    "plateau": lambda k: k.ReduceLROnPlateau(patience=1),
    "plateau cooldown": lambda k: k.ReduceLROnPlateau(patience=1, cooldown=2, factor=0.5),
    "plateau floor": lambda k: k.ReduceLROnPlateau(patience=1, min_lr=0.05),
    "plateau min_delta": lambda k: k.ReduceLROnPlateau(patience=2, min_delta=0.2),
    "rate of epoch": lambda k: k.LearningRateScheduler(lambda epoch: 0.5**epoch),
    "rate of rate": lambda k: k.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
    "save": lambda k: k.ModelCheckpoint("{epoch:02d}-{val_loss:.2f}.keras"),
    "save best": lambda k: k.ModelCheckpoint("{epoch}.keras", save_best_only=True),
    "save max": lambda k: k.ModelCheckpoint(
        "{epoch}.weights.h5", "val_accuracy", 0, True, True, "max"
    ),
    "save threshold": lambda k: k.ModelCheckpoint(
        "{epoch}.keras", save_best_only=True, initial_value_threshold=0.5
    ),
    "save batches": lambda k: k.ModelCheckpoint(
        "{epoch}-{batch}-{accuracy:.1f}.keras", save_freq=3
    ),
    "save best batches": lambda k: k.ModelCheckpoint(
        "{epoch}-{batch}.keras", "accuracy", save_best_only=True, save_freq=3, mode="max"
    ),
}


@pytest.mark.parametrize("case", DECISIONS)
def test_decides_as_keras(case):
    theirs, ours = (drive(k, DECISIONS[case](k.callbacks), STALLS) for k in (keras, denser))
    assert ours == theirs


def test_nan_is_worse_than_any_number():
    found = drive(denser, denser.callbacks.ModelCheckpoint("{epoch}.keras", save_best_only=True),
                  (np.nan, 0.5, np.nan, 0.4))  # fmt: skip
    assert found[1] == ["1.keras", "2.keras", "4.keras"]


def test_a_metric_that_is_not_there_is_a_warning_that_lists_the_others():
    for callback in (
        denser.callbacks.EarlyStopping("val_accuray"),
        denser.callbacks.ReduceLROnPlateau("head_loss"),
        denser.callbacks.ModelCheckpoint("{epoch}.keras", "val_acc", save_best_only=True),
    ):
        callback.on_train_begin()
        callback.set_model(Fake())
        with pytest.warns(UserWarning, match="there are .*loss, val_loss"):
            callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 2.0})


@pytest.mark.parametrize(
    "monitor, better",
    [("val_loss", -1), ("val_mae", -1), ("first_acc", 1), ("val_first_accuracy", 1), ("auc", 1)],
)
def test_the_metric_tells_which_way_is_better(monitor, better):
    callback = denser.callbacks.EarlyStopping(monitor)
    model = Fake()
    model.metrics = [denser.metrics.MeanAbsoluteError(name="mae"), denser.metrics.Accuracy()]
    callback.set_model(model)
    callback.on_train_begin()
    assert callback.better(1.0, 0.0) == (better > 0)
    with pytest.raises(ValueError, match="mode='max' or mode='min'"):
        stranger = denser.callbacks.ReduceLROnPlateau("surprise")
        stranger.set_model(model)
        stranger.on_train_begin()


BAD = [
    lambda k: k.EarlyStopping(mode="best"),
    lambda k: k.ModelCheckpoint("weights.h5", save_weights_only=True),
    lambda k: k.ModelCheckpoint("model.keras", save_freq=0),
    lambda k: k.ReduceLROnPlateau(factor=1.0),
    lambda k: k.BackupAndRestore(""),
    lambda k: k.BackupAndRestore("folder", save_freq="batch"),
    lambda k: k.TensorBoard(update_freq="hour"),
    lambda k: k.TensorBoard(profile_batch=2),
    lambda k: k.LambdaCallback(on_epoch_stop=print),
    lambda k: k.CallbackList([k.History]),
    lambda k: k.CallbackList([print]),
    lambda k: drive(denser, k.ModelCheckpoint("{val_auc}.keras"), (0.1,)),
    lambda k: drive(denser, k.LearningRateScheduler(lambda epoch: None), (0.1,)),
]


@pytest.mark.parametrize("make", BAD)
def test_bad_arguments_are_refused(make):
    with pytest.raises(ValueError, match="callbacks: |`|asks for"):
        make(denser.callbacks)


def test_every_callback_of_keras_is_there():
    theirs = {n for n in dir(keras.callbacks) if n[0].isupper()}
    assert theirs <= set(denser.callbacks.__all__)


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("validated", [(0.5, 0.25, 0.125), (None, 0.5, 0.25), (0.5, None, 0.25)])
def test_the_table_is_keras(tmp_path, append, validated):
    texts = []
    for library in (keras, denser):
        file = tmp_path / f"{library.__name__}.csv"
        for _ in range(2):
            callback = library.callbacks.CSVLogger(file, ";", append)
            callback.on_train_begin()
            for epoch, value in enumerate(validated):
                logs = {"loss": 0.5, "acc": [0.5, 1.0]}
                callback.on_epoch_end(epoch, logs | ({} if value is None else {"val_loss": value}))
            callback.on_train_end()
        texts.append(file.read_bytes())
    assert texts[1] == texts[0]


def with_dropout(k=denser):
    denser.utils.set_random_seed(3)
    model = k.Sequential([k.Input((3,)), k.layers.Dropout(0.5), k.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


class Fault(denser.callbacks.Callback):
    """Fails at a batch of an epoch."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.at = (epoch, batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise RuntimeError("the power failed")


@pytest.mark.parametrize("double", [False, True])
def test_a_run_that_was_ended_goes_on_to_the_same_weights(tmp_path, double):
    whole = with_dropout()
    expected = whole.fit(X, Y, 4, 5, verbose=0).history["loss"]

    def backup():
        return denser.callbacks.BackupAndRestore(tmp_path / "backup", double_checkpoint=double)

    broken = with_dropout()
    with pytest.raises(RuntimeError, match="power"):
        broken.fit(X, Y, 4, 5, verbose=0, callbacks=[backup(), Fault(3, 2)])
    if double:  # and the newest backup is damaged: one epoch more is lost
        (tmp_path / "backup" / "epoch3_batch0.weights.h5").write_bytes(b"rubbish")
    resumed = with_dropout()
    told = pytest.warns(UserWarning, match="from the backup before") if double else nullcontext()
    with told:
        history = resumed.fit(X, Y, 4, 5, verbose=0, callbacks=[backup()])
    assert history.epoch == ([2, 3, 4] if double else [3, 4])
    assert history.history["loss"] == expected[history.epoch[0] :]
    for ours, theirs in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not (tmp_path / "backup").exists()


def test_a_backup_every_few_batches(tmp_path):
    make = denser.callbacks.BackupAndRestore
    with pytest.raises(RuntimeError, match="power"):
        with_dropout().fit(X, Y, 4, 5, verbose=0, callbacks=[make(tmp_path, 3), Fault(1, 4)])
    note = json.loads((tmp_path / "training_metadata.json").read_text())
    assert (note["epoch"], note["batch"]) == (1, 4)
    assert [f.name for f in tmp_path.glob("*.h5")] == ["epoch1_batch4.weights.h5"]
    model = with_dropout()
    history = model.fit(X, Y, 4, 3, verbose=0, callbacks=[make(tmp_path, False, False, False)])
    assert history.epoch == [1, 2] and (tmp_path / "training_metadata.json").exists()


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_averages_are_swapped_in_as_in_keras(swap_on_epoch, scaled):
    found, models = [], twins(linear)
    for k, model in zip((keras, denser), models, strict=True):
        optimizer = k.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.6)
        model.compile(k.optimizers.LossScaleOptimizer(optimizer) if scaled else optimizer, "mse")
        between = []
        look = k.callbacks.LambdaCallback(
            on_epoch_end=lambda e, logs, m=model, b=between: b.append(m.get_weights())
        )
        swap = k.callbacks.SwapEMAWeights(swap_on_epoch)
        fit = model.fit(X, Y, 5, 3, 0, [swap, look], validation_data=(X, Y), shuffle=False)
        found.append([fit.history, between, model.get_weights()])
    agree(*found)
    with pytest.raises(ValueError, match="use_ema=True"):
        trained([denser.callbacks.SwapEMAWeights(True)], 1, 4)


def test_averages_stay_where_training_ends_early():
    model = linear(denser)
    model.compile(denser.optimizers.Adam(0.1, use_ema=True), "mse")
    stop = denser.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == 1)
    )
    model.fit(X, Y, 5, 9, 0, [denser.callbacks.SwapEMAWeights(True), stop])
    averages = [np.asarray(average) for average in model.optimizer.averages]
    agree(averages, model.get_weights())


def records(folder):
    """The values in TensorBoard's files: (name, step) -> value."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    found = {}
    for file in folder.glob("events*"):
        stream = io.BytesIO(file.read_bytes())
        while head := stream.read(12):
            event = event_pb2.Event.FromString(stream.read(struct.unpack("<Q", head[:8])[0]))
            stream.read(4)
            for value in event.summary.value:
                found[value.tag, event.step] = value
    return found


def test_tensorboard_reads_what_was_written(tmp_path):
    model = linear(denser)
    model.compile("sgd", "mse")
    callback = denser.callbacks.TensorBoard(
        tmp_path, histogram_freq=1, write_images=True, write_steps_per_second=True, update_freq=3
    )
    history = model.fit(X, Y, 5, 2, 0, [callback], validation_data=(X, Y)).history
    train, validation = records(tmp_path / "train"), records(tmp_path / "validation")
    for epoch in range(2):
        agree(history["loss"][epoch], train["epoch_loss", epoch].simple_value)
        agree(history["val_loss"][epoch], validation["epoch_loss", epoch].simple_value)
        found = validation["evaluation_loss_vs_iterations", 4 * epoch + 4].simple_value
        agree(history["val_loss"][epoch], found)
        assert train["epoch_steps_per_second", epoch].simple_value > 0
        agree(0.01, train["epoch_learning_rate", epoch].simple_value)
        kernel = model.layers[0].kernel.path
        assert train[f"{kernel}/histogram", epoch].histo.num == 3
        assert train[f"{kernel}/image", epoch].image.width == 3
    assert {step for name, step in train if name == "batch_loss"} == {3, 6}
    assert any(name.startswith("architecture") for name, _ in train)


@pytest.mark.parametrize("as_json", [False, True])
def test_the_monitor_posts_every_epoch(as_json):
    got = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.append((self.path, self.headers["X-Key"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        monitor = denser.callbacks.RemoteMonitor(root, headers={"X-Key": "1"}, send_as_json=as_json)
        monitor.on_epoch_end(3, {"loss": np.float32(0.5)})
        server.shutdown()
    path, key, body = got[0]
    body = body if as_json else urllib.parse.parse_qs(body)["data"][0]
    assert (path, key) == ("/publish/epoch/end/", "1")
    assert json.loads(body) == {"epoch": 3, "loss": 0.5}
    with pytest.warns(UserWarning, match="did not take it"):
        monitor.on_epoch_end(4, {"loss": 0.5})


def test_without_orbax_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "orbax.checkpoint", None)
    with pytest.raises(ImportError, match=r"pip install 'denser\[scale\]'"):
        denser.callbacks.OrbaxCheckpoint(tmp_path)
