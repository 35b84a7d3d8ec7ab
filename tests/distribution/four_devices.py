"""What `test_training` runs on four devices, in a process of its own: prints one line for each."""

import sys

import numpy as np

import denser
from denser import distribution as d
from denser import layers

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(70, 6)).astype("float32")
Y = RANDOM.integers(0, 3, 70)
parts: list[tuple[int, ...]] = []  # of the batches, as the devices of a training step have them


class Look(layers.Layer):
    """The input, with a note of how it is divided."""

    def call(self, x):
        import jax

        jax.debug.inspect_array_sharding(x, callback=lambda s: parts.append(s.shard_shape(x.shape)))
        return x


def train(extra: list = ()) -> tuple[list, denser.Model]:
    """(Weights, losses and outputs after some steps, the model)."""
    denser.utils.set_random_seed(1)
    hidden = [layers.Dense(8, "relu", name="first"), layers.BatchNormalization()]
    model = denser.Sequential([layers.Input((6,)), *extra, *hidden, layers.Dense(3, name="last")])
    loss = denser.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    history = model.fit(X, Y, batch_size=16, epochs=2, verbose=0, validation_data=(X, Y))
    logs = history.history
    outputs = [logs["loss"], logs["val_accuracy"], model.predict(X, verbose=0)]
    return [*model.get_weights(), *outputs], model


def same(a: list, b: list) -> bool:
    return all(np.allclose(p, q, rtol=1e-4, atol=1e-5) for p, q in zip(a, b, strict=True))


def model_parallel() -> d.ModelParallel:
    mesh = d.DeviceMesh((2, 2), ["batch", "model"])
    layouts = d.LayoutMap(mesh)
    layouts[".*first/kernel"] = (None, "model")
    layouts[".*first/bias"] = ("model",)
    layouts[".*first/output"] = ("batch", "model")
    return d.ModelParallel(layout_map=layouts)


def pieces(variable) -> tuple[int, ...]:
    return variable.value.sharding.shard_shape(variable.shape)


alone, earlier = train()
with d.DataParallel().scope():
    shared, model = train(extra=[Look()])
    print("data", same(alone, shared), len(model.weights[0].value.sharding.device_set))
    print("batch", (4, 6) in parts)
    earlier.fit(X, Y, verbose=0, batch_size=16)
    print("earlier", len(earlier.weights[0].value.sharding.device_set))
    model.weights[0].assign(np.zeros((6, 8)))
    print("assigned", len(model.weights[0].value.sharding.device_set))

divided = model_parallel()
with divided.scope():
    shared, model = train()
    kernel, momentum = model.weights[0], model.optimizer.variables[2]
    print("model", same(alone, shared), pieces(kernel), pieces(momentum), pieces(model.weights[-2]))
    model.save(sys.argv[1])
    print("loaded", pieces(denser.models.load_model(sys.argv[1]).weights[0]))
    print("stream", np.isfinite(model.fit(((X[:16], Y[:16]) for _ in range(3)), verbose=0,
                                          steps_per_epoch=3).history["loss"][0]))  # fmt: skip
    try:
        layers.Dense(3, name="first").build((None, 6))
    except ValueError as error:
        print("uneven", "cannot be divided" in str(error))
