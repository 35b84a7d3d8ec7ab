"""What `test_orbax` runs in processes of their own, on four devices or fewer."""

import itertools
import sys
from pathlib import Path

import jax
import numpy as np

import denser
from denser import distribution as d
from denser import layers

X = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
Y = X[:, :3]
EPOCHS = 4


def divided():
    """Weights and batches over a grid of 2 x 2 devices, or batches over all there are."""
    if jax.device_count() < 4:
        return d.DataParallel()
    layouts = d.LayoutMap(d.DeviceMesh((2, 2), ["batch", "model"]))
    layouts[".*first/kernel"] = (None, "model")
    layouts[".*first/bias"] = ("model",)
    return d.ModelParallel(layout_map=layouts)


def network():
    inputs = denser.Input((6,))
    x = layers.Dropout(0.2, seed=1)(layers.Dense(8, "relu", name="first")(inputs))
    model = denser.Model(inputs, layers.Dense(3, name="last")(layers.BatchNormalization()(x)))
    model.compile(denser.optimizers.Adam(0.01), "mse")
    return model


def fit(model, first=0, epochs=EPOCHS, **more):
    return model.fit(
        X, Y, batch_size=16, epochs=epochs, initial_epoch=first, shuffle=False, verbose=0, **more
    )


def state(model):
    return [np.asarray(v.value) for v in [*model.variables, *model.optimizer.variables]]


def same(a, b):
    return all(p.tobytes() == q.tobytes() for p, q in zip(a, b, strict=True))


def parts(model):
    """How much of the first kernel and its momentum, and of the last kernel, a device has."""
    first, last = model.get_layer("first").kernel, model.get_layer("last").kernel
    found = (first, model.optimizer.variables[2], last)
    return [v.value.sharding.shard_shape(v.shape) for v in found]


def train(folder):
    denser.utils.set_random_seed(1)
    model = network()
    half = denser.callbacks.OrbaxCheckpoint(folder / "c", max_to_keep=None)
    fit(model, epochs=2, callbacks=[half])
    np.savez(folder / "half.npz", *state(model))
    fit(model, first=2)
    np.savez(folder / "end.npz", *state(model))
    print(parts(model))


def go_on(folder):
    kept = [list(np.load(folder / f"{name}.npz").values()) for name in ("half", "end")]
    model, other = denser.models.load_model(folder / "c"), network()
    other.load_weights(folder / "c" / "1")
    print(parts(model), same(state(model), kept[0]), same(state(other), kept[0]))
    fit(model, first=2)
    exact, close = same(state(model), kept[1]), zip(state(model), kept[1], strict=True)
    print(exact, all(np.allclose(p, q, rtol=1e-3, atol=1e-5) for p, q in close))


def resume(folder):
    """`fit(resume=)` of a state in parts: stopped, gone on with, and undisturbed."""

    class Stop(denser.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyError("stop")

    found = []
    for stops in (True, False, None):
        denser.utils.set_random_seed(1)
        model = network()
        try:
            fit(model, callbacks=[Stop()] if stops else [], resume=None if stops is None else
                denser.training.Resume(folder / "run", batches=3))  # fmt: skip
        except KeyError:
            continue
        found.append(state(model))
    print(parts(model), same(*found))


def share(folder):
    """Two processes write one checkpoint, each what its devices have, and read it."""
    denser.utils.set_random_seed(1)
    model, kept = network(), denser.callbacks.OrbaxCheckpoint(folder / "c")
    kept.set_model(model)
    kept.on_epoch_end(0, {})
    kept.on_train_end()
    there = denser.models.load_model(folder / "c")
    pairs = zip(pieces(model), pieces(there), strict=True)
    print(model.weights[0].value.is_fully_addressable, all(np.array_equal(*p) for p in pairs))


def save_for_ever(folder):
    """Checkpoints, all weights of each of one number."""
    model, kept = network(), denser.callbacks.OrbaxCheckpoint(folder, max_to_keep=2)
    kept.set_model(model)
    for number in itertools.count():
        for weight in model.weights:
            weight.assign(np.full(weight.shape, number))
        kept.on_epoch_end(number, {})


def pieces(model):
    return [piece.data for v in model.variables for piece in v.value.addressable_shards]


if __name__ == "__main__":
    if len(sys.argv) > 3:
        d.initialize(sys.argv[3], 2, int(sys.argv[4]))
    with divided().scope():
        {"train": train, "go_on": go_on, "resume": resume, "share": share}[sys.argv[1]](
            Path(sys.argv[2])
        )
