"""A program that trains a small network on three kinds of data, and says what came of it."""

import hashlib
import json
import os
import signal
from pathlib import Path

import numpy as np

import denser
from denser import callbacks, layers
from denser.preprocessing.dataset import Dataset
from denser.training.resume import Resume

ROWS, EPOCHS = 313, 5
random = np.random.default_rng(0)
X = random.normal(size=(ROWS, 6)).astype("float32")
Y = (X[:, 0] > X[:, 1]).astype("int32")


class Batches(denser.utils.PyDataset):
    """Batches by number, of rows that each epoch brings into another order."""

    def __init__(self):
        super().__init__()
        self.order = np.arange(ROWS)

    @property
    def num_batches(self):
        return -(-ROWS // 16)

    def __getitem__(self, index):
        rows = self.order[index * 16 :][:16]
        return X[rows], Y[rows]

    def on_epoch_end(self):
        np.random.shuffle(self.order)


class Diary(callbacks.Callback):
    """Somebody's own callback, which remembers and draws random numbers."""

    def on_train_begin(self, logs=None):
        self.lines, self.seen = [], 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1

    def on_epoch_end(self, epoch, logs=None):
        self.lines.append((epoch, self.seen, float(np.random.random()), logs["loss"]))


def data(kind):
    """The arguments of `fit` that bring the data."""
    if kind == "arrays":
        return {"x": X, "y": Y, "batch_size": 16, "validation_split": 0.2}
    if kind == "batches":
        return {"x": Batches(), "validation_data": (X[:32], Y[:32])}
    rows = Dataset.from_tensor_slices((X, Y)).shuffle(50).map(lambda x, y: (2 * x, y))
    return {"x": rows.batch(16), "validation_data": (X[:32], Y[:32])}


def network(optimizer="adam"):
    """With all that has a state: dropout, statistics, slots, a loss scale."""
    model = denser.Sequential(
        [
            denser.Input((6,)),
            layers.Dense(16, "relu"),
            layers.Dropout(0.3),
            layers.BatchNormalization(),
            layers.Dense(2, "softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(kind, folder, more=(), resume=None, verbose=0):
    """Train and tell: a digest of the weights, the History, and what the callbacks came to."""
    denser.utils.set_random_seed(7)
    model, diary = network(), Diary()
    folder = Path(folder)
    best = callbacks.ModelCheckpoint(folder / "best.weights.h5", save_best_only=True,
                                     save_weights_only=True)  # fmt: skip
    watching = [
        diary,
        callbacks.ReduceLROnPlateau(patience=1, min_delta=0.05),
        callbacks.EarlyStopping(patience=9, restore_best_weights=True),
        callbacks.CSVLogger(folder / "log.csv"),
        best,
        *more,
    ]
    resume = resume or Resume(folder / "run", batches=3)
    history = model.fit(
        **data(kind), epochs=EPOCHS, callbacks=watching, verbose=verbose, resume=resume
    )
    return {
        "weights": digest(model),
        "best": best.best,
        "history": history.history,
        "epochs": history.epoch,
        "diary": [list(line) for line in diary.lines],
        "log": (folder / "log.csv").read_text(),
    }


def digest(model):
    """Of all weights and seeds, to the bit."""
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in model.variables)).hexdigest()


class Began(callbacks.Callback):
    """Makes a file when the first batch has run."""

    def __init__(self, file):
        super().__init__()
        self.file = file

    def on_train_batch_end(self, batch, logs=None):
        self.file.touch()


def die_at(number):
    """Let this process kill itself at file operation `number` from now on."""
    left = [number]

    def dying(operation):
        def act(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return operation(*args, **kwargs)

        return act

    for name in ("open", "fsync", "close", "replace", "unlink", "chmod"):
        setattr(os, name, dying(getattr(os, name)))
    write = os.write

    def write_some(descriptor, data):
        """The first half, then the rest: a death at the second leaves a torn file."""
        half = write(descriptor, data[: max(1, len(data) // 2)])
        return half + (torn(descriptor, data[half:]) if half < len(data) else 0)

    torn = dying(write)
    os.write = write_some


def run(kind, folder, operation=None):
    """The program of one process: train, and write what came of it."""
    folder = Path(folder)
    if operation is not None:
        die_at(operation)
    found = train(kind, folder, [Began(folder / "began")])
    (folder / "result.json").write_text(json.dumps(found))
