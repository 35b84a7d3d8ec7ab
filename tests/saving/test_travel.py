"""Whole models go from Keras to denser and back: same outputs, same next step of training."""

import keras
import numpy as np
import pytest

import denser

from ..twins import agree

RNG = np.random.default_rng(5)
X = RNG.normal(size=(8, 6)).astype("float32")
IMAGES = RNG.normal(size=(8, 6, 6, 2)).astype("float32")
TOKENS = RNG.integers(0, 9, (8, 5)).astype("int32")


def stack(k):
    return k.Sequential([k.Input((6,)), k.layers.Dense(4, "relu"), k.layers.Dense(2)])


def stack_built_by_data(k):
    model = k.Sequential([k.layers.Dense(4, kernel_regularizer="l2"), k.layers.Dense(2)])
    model(X)
    return model


def frozen(k):
    first = k.layers.Dense(4, kernel_regularizer="l2", trainable=False)
    return k.Sequential([k.Input((6,)), first, k.layers.BatchNormalization(), k.layers.Dense(2)])


def convolutional(k):
    layers = k.layers
    return k.Sequential([
        k.Input((6, 6, 2)), layers.Conv2D(3, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(2),
    ])  # fmt: skip


def words(k):
    layers = k.layers
    both = layers.Bidirectional(layers.GRU(3))
    return k.Sequential([layers.Input((5,)), layers.Embedding(9, 4, mask_zero=True), both,
                         layers.Dense(2)])  # fmt: skip


def stack_in_stack(k):
    inner = k.Input((4,))
    return k.Sequential([
        k.Input((6,)),
        k.Sequential([k.layers.Dense(4)]),
        k.Model(inner, k.layers.Dense(3)(inner)),
        k.layers.Dense(2),
    ])  # fmt: skip


def graph(k):
    """Two inputs, a shared layer, a model inside that is called twice, ops between layers."""
    layers, ops = k.layers, k.ops
    a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
    shared = layers.Dense(4)
    x, y = shared(a), shared(b)
    z = ops.concatenate([ops.relu(x + y * 2.0), x], axis=-1)
    inner = k.Input((8,))
    head = k.Model(inner, layers.Dense(3)(inner), name="head")
    first, second = head(z), head(1.0 - z)
    both = layers.Add()([first, second])
    part = ops.split(both, 3, axis=-1)[1]
    turned = ops.transpose(ops.reshape(both, (-1, 3, 1)), (0, 2, 1))
    more = k.activations.relu(both, negative_slope=0.1) + k.activations.gelu(both)
    return k.Model([a, b], [second, part, both[:, 1:], turned, more])


def _own_classes(k):
    @k.saving.register_keras_serializable("tests")
    class Block(k.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.first = k.layers.Dense(units)
            self._more = [k.layers.Dense(units), {"last": k.layers.Dense(units)}]

        @property
        def alias(self):
            return self.first

        def call(self, x):
            return self._more[1]["last"](self._more[0](self.first(x)))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    @k.saving.register_keras_serializable("tests")
    class Net(k.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.blocks = [Block(4), Block(3)]
            self.out = k.layers.Dense(2)

        def call(self, x):
            for block in self.blocks:
                x = block(x)
            return self.out(x)

    return Net


NETS = {k: _own_classes(k) for k in (keras, denser)}


def subclassed(k):
    model = NETS[k]()
    model(X)
    return model


def _own_graphs(k):
    @k.saving.register_keras_serializable("tests")
    class Head(k.Model):
        """Makes its graph itself."""

        def __init__(self, units, **kwargs):
            x = k.Input((6,))
            super().__init__(x, k.layers.Dense(units)(x), **kwargs)
            self.units = units

        def get_config(self):
            return {"units": self.units, "name": self.name}

    @k.saving.register_keras_serializable("tests")
    class Graph(k.Model):
        """Is given its graph."""

    return Head, Graph


GRAPHS = {k: _own_graphs(k) for k in (keras, denser)}


def subclass_with_a_graph_of_its_own(k):
    return GRAPHS[k][0](2)


def subclass_given_a_graph(k):
    x = k.Input((6,))
    return GRAPHS[k][1](x, k.layers.Dense(2)(x))


MODELS = {
    stack: X, stack_built_by_data: X, frozen: X, convolutional: IMAGES, words: TOKENS,
    stack_in_stack: X, graph: [X[:, :3], X[:, 3:]], subclassed: X,
    subclass_with_a_graph_of_its_own: X, subclass_given_a_graph: X,
}  # fmt: skip
WAYS = pytest.mark.parametrize(
    "writer, reader", [(keras, denser), (denser, keras), (denser, denser)],
    ids=["from Keras", "to Keras", "own"],
)  # fmt: skip


@WAYS
@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_the_model_that_is_read_computes_the_same(build, writer, reader, tmp_path):
    model, x = build(writer), MODELS[build]
    model.set_weights([RNG.uniform(0.2, 0.8, w.shape) for w in model.get_weights()])
    model.save(tmp_path / "model.keras")
    read = reader.saving.load_model(tmp_path / "model.keras")
    agree(_listed(model(x)), _listed(read(x)))
    assert len(read.trainable_variables) == len(model.trainable_variables)


def _listed(outputs):
    return outputs if isinstance(outputs, list) else [outputs]


def _optimizers(k):
    o = k.optimizers
    rate = o.schedules.ExponentialDecay(0.1, 5, 0.9)
    return {
        "adam": o.Adam(0.01, global_clipnorm=1.0),
        "momentum": o.SGD(rate, momentum=0.9, nesterov=True, weight_decay=0.01),
        "scaled": o.LossScaleOptimizer(o.RMSprop(0.01), initial_scale=8.0),
    }


@WAYS
@pytest.mark.parametrize("name", ["adam", "momentum", "scaled"])
def test_training_goes_on_as_if_nothing_had_happened(name, writer, reader, tmp_path):
    model, y = stack(writer), X[:, :2]
    loss = writer.losses.MeanSquaredError(reduction="sum")
    model.compile(_optimizers(writer)[name], loss, metrics=["mae", writer.metrics.R2Score()])
    model.fit(X, y, epochs=2, batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    read = reader.saving.load_model(tmp_path / "model.keras")
    for each in (model, read):
        each.fit(X, y, epochs=2, batch_size=8, verbose=0)
    agree(model.get_weights(), read.get_weights())
    agree(model.evaluate(X, y, verbose=0), read.evaluate(X, y, verbose=0))


@WAYS
def test_losses_and_metrics_by_output(writer, reader, tmp_path):
    x = writer.Input((6,))
    a, b = writer.layers.Dense(2, name="a")(x), writer.layers.Dense(1, name="b")(x)
    model = writer.Model(x, {"a": a, "b": b})
    model.compile(
        "sgd", {"a": "mse", "b": writer.losses.mean_absolute_error},
        loss_weights={"a": 0.5, "b": 2.0}, metrics={"a": ["mae"], "b": [writer.metrics.R2Score()]},
    )  # fmt: skip
    y = {"a": X[:, :2], "b": X[:, :1]}
    model.train_on_batch(X, y)
    model.save(tmp_path / "model.keras")
    read = reader.saving.load_model(tmp_path / "model.keras")
    agree(*(each.evaluate(X, y, verbose=0, return_dict=True) for each in (model, read)))


@WAYS
def test_weights_alone(writer, reader, tmp_path):
    path = tmp_path / "net.weights.h5"
    model, other = convolutional(writer), convolutional(reader)
    model.save_weights(path)
    other.load_weights(path)
    agree(model.get_weights(), other.get_weights())


def _drops(model, **training):
    """Whether a model of a single Dropout drops some of its input."""
    return bool(np.any(np.asarray(model(np.ones((8, 6), "float32"), **training)) != 1))


def _of_a_dropout(k, **training):
    x = k.Input((6,))
    return k.Model(x, k.layers.Dropout(0.5)(x, **training))


@pytest.mark.parametrize("form", ["file", "json"])
def test_a_dropout_of_keras_drops_when_the_model_is_trained(form, tmp_path):
    """Keras writes `training: false` for a call that was given none."""
    model, path = _of_a_dropout(keras), tmp_path / "model.keras"
    if form == "file":
        model.save(path)
        read = denser.saving.load_model(path)
    else:
        read = denser.models.model_from_json(model.to_json())
    assert _drops(read, training=True) and not _drops(read, training=False) and not _drops(read)


@pytest.mark.parametrize("given", [True, False])
def test_the_training_that_a_call_was_given_stays_in_a_file(given, tmp_path):
    path = tmp_path / "model.keras"
    _of_a_dropout(denser, training=given).save(path)
    read = denser.saving.load_model(path)
    assert [_drops(read, training=told) for told in (True, False)] == [given, given]
    assert _drops(keras.saving.load_model(path), training=True)  # as Keras has it


@WAYS
@pytest.mark.parametrize("build", [stack, graph])
def test_architecture_as_json(build, writer, reader):
    model = build(writer)
    read = reader.models.model_from_json(model.to_json())
    assert [w.shape for w in read.weights] == [w.shape for w in model.weights]
    assert read.output_shape == model.output_shape


def test_without_compiling_and_weights_from_a_whole_model(tmp_path):
    model = stack(denser)
    model.compile("adam", "mse")
    model.save(tmp_path / "model.keras")
    assert not denser.saving.load_model(tmp_path / "model.keras", compile=False).compiled
    assert denser.saving.load_model(tmp_path / "model.keras").compiled  # and no warning
    other = stack(denser)
    other.load_weights(tmp_path / "model.keras")
    agree(model.get_weights(), other.get_weights())


def test_masks_drawn_after_loading_go_on_where_they_were(tmp_path):
    model = denser.Sequential([denser.Input((6,)), denser.layers.Dropout(0.5, seed=3)])
    model(X, training=True)
    model.save(tmp_path / "model.keras")
    read = denser.saving.load_model(tmp_path / "model.keras")
    agree(model(X, training=True), read(X, training=True))


def test_a_constructor_without_the_arguments_of_every_layer(tmp_path):
    @denser.saving.register_keras_serializable("tests")
    class Bare(denser.Model):
        def __init__(self):
            super().__init__()
            self.out = denser.layers.Dense(2)

        def call(self, x):
            return self.out(x)

    model = Bare()
    model(X)
    model.save(tmp_path / "model.keras")
    read = denser.saving.load_model(tmp_path / "model.keras")
    assert read.name == model.name
    agree(model(X), read(X))


@WAYS
def test_half_precision_weights(writer, reader, tmp_path):
    model = writer.Sequential([writer.Input((6,)), writer.layers.Dense(2, dtype="bfloat16")])
    model.save(tmp_path / "model.keras")
    read = reader.saving.load_model(tmp_path / "model.keras")
    assert "bfloat16" in str(read.weights[0].dtype)
    agree(*([np.asarray(w, "float32") for w in m.get_weights()] for m in (model, read)))


@pytest.mark.parametrize("reader", [keras, denser])
def test_a_layer_in_two_places_stays_one(reader, tmp_path):
    wrappers, dense = {k: _wrapper(k) for k in (keras, denser)}, denser.layers.Dense(6)
    model = denser.Sequential([denser.Input((6,)), *(wrappers[denser](dense) for _ in range(2))])
    model.save(tmp_path / "model.keras")
    read = reader.saving.load_model(tmp_path / "model.keras")
    assert len(read.weights) == 2
    agree(model(X), read(X))


def _wrapper(k):
    @k.saving.register_keras_serializable("tests")
    class Wrapper(k.layers.Layer):
        def __init__(self, inner, **kwargs):
            super().__init__(**kwargs)
            self.inner = inner

        def build(self, shape):
            if not self.inner.built:
                self.inner.build(shape)

        def call(self, x):
            return self.inner(x)

        def get_config(self):
            return {**super().get_config(), "inner": k.saving.serialize_keras_object(self.inner)}

        @classmethod
        def from_config(cls, config):
            inner = k.saving.deserialize_keras_object(config.pop("inner"))
            return cls(inner, **config)

    return Wrapper
