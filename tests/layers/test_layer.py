"""Layer: what the base does for every layer, its arguments, masks, losses, pure calls."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import denser
from denser import layers, ops
from tests.twins import agree

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


class Scale(layers.Layer):
    """Learns a factor; adds its size to the loss, counts its calls."""

    def build(self, shape):
        self.factor = self.add_weight((shape[-1],), "ones", name="factor", regularizer="l2")
        self.calls = self.add_weight((), "zeros", dtype="int32", trainable=False, name="calls")

    def call(self, x, training=False):
        if training:
            self.calls.assign_add(1)
            self.add_loss(jnp.sum(x**2))
        return x * self.factor


def test_own_layer_builds_counts_and_adds_losses():
    layer = Scale(name="mine")
    assert not layer.built and layer.weights == []
    agree(X, layer(X))
    assert [v.path for v in layer.weights] == ["mine/factor", "mine/calls"]
    assert [v.path for v in layer.trainable_weights] == ["mine/factor"]
    assert len(layer.losses) == 1 and int(layer.calls) == 0
    layer(X, training=True)
    layer(X, True)
    assert int(layer.calls) == 2 and len(layer.losses) == 2  # of the last call, not of all
    agree(np.sum(X**2), layer.losses[0])
    layer.trainable = False
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 2


def test_eager_compiled_and_symbolic_calls_agree():
    layer = Scale()
    eager = layer(X, training=True)

    @jax.jit
    def pure(trainable, fixed, x):
        return layer.stateless_call(trainable, fixed, x, training=True, return_losses=True)

    values = [[v.value for v in group] for group in
              (layer.trainable_variables, layer.non_trainable_variables)]  # fmt: skip
    outputs, changed, losses = pure(*values, X)
    agree(np.asarray(eager), outputs)
    agree([np.asarray(x) for x in layer.losses], [np.asarray(x) for x in losses])
    assert int(changed[0]) == 2 and int(layer.calls) == 1  # the layer itself is as it was
    symbol = layer(denser.KerasTensor((None, 3)))
    assert symbol.shape == (None, 3) and symbol.dtype == "float32"
    assert layer.compute_output_shape((None, 3)) == (None, 3)


def test_stateless_call_says_what_is_missing():
    with pytest.raises(ValueError, match="Scale 's': call it once on data, or `build` it"):
        Scale(name="s").stateless_call([], [], X)
    layer = Scale(name="s")
    layer.build((None, 3))
    with pytest.raises(ValueError, match="has 2 variables; `stateless_call` got 1"):
        layer.stateless_call([X[0]], [], X)


class Mixed(layers.Layer):
    """Several tensors, by position and by name, an option, a mask."""

    def call(self, a, b=None, *, c=None, twice=False, mask=None, training=None):
        total = a if b is None else a + b
        total = total if c is None else total - c
        total = total * (2 if twice else 1)
        if mask is not None:
            total = total * jnp.asarray(mask, total.dtype)[..., None]
        return total + (100 if training else 0)


def test_several_tensors_keywords_and_options():
    layer = Mixed()
    agree(X + 2 * X - X, layer(X, 2 * X, c=X))
    agree(4 * X, layer(X, b=X, twice=True))
    agree(0 * X, layer(X, mask=np.zeros(4, bool)))
    a, b = denser.Input((3,)), denser.Input((3,))
    model = denser.Model([a, b], layer(a, c=b, twice=True))
    agree(2 * X - 2 * X[::-1], model([X, X[::-1]]))
    agree(2 * X - 2 * X[::-1] + 100, model([X, X[::-1]], training=True))


def test_training_goes_inwards_and_the_nearest_wins():
    class Outer(layers.Layer):
        def __init__(self, **how):
            super().__init__()
            self.inner, self.how = Mixed(), how

        def call(self, x):
            return self.inner(x, **self.how)

    agree(X + 100, Outer()(X, training=True))
    agree(X, Outer(training=False)(X, training=True))
    agree(X, Outer()(X))


def test_sublayers_are_found_in_lists_and_dicts_and_frozen_with_the_layer():
    class Many(layers.Layer):
        def __init__(self):
            super().__init__()
            self.row = [layers.Dense(3), (layers.Dense(3),)]
            self.named = {"last": layers.Dense(2)}
            self.shift = denser.Variable(np.ones(2, "float32"), name="shift")

        def call(self, x):
            return self.named["last"](self.row[1][0](self.row[0](x))) + self.shift

    layer = Many()
    layer(X)
    assert len(layer.sublayers) == 3 and len(layer.weights) == 7
    layer.trainable = False
    assert layer.trainable_weights == [] and not layer.row[1][0].trainable
    model = denser.Sequential([denser.Input((3,)), layer, layers.Dense(1)])
    assert len(model.trainable_weights) == 2 and len(model.trainable_variables) == 2
    layer.trainable = True
    assert len(model.trainable_weights) == 9
    layer.row.append(layers.Dense(4))  # found though it came late
    assert len(layer.sublayers) == 4


def batch_norm(k):
    norm = k.layers.BatchNormalization(momentum=0.5)
    return k.Sequential([k.Input((3,)), norm, k.layers.Dense(2)])


@pytest.mark.parametrize("freeze", [None, "layer", "model", "at init"])
def test_a_frozen_batch_normalization_uses_its_statistics(freeze):
    found = []
    for k in (keras, denser):
        model = batch_norm(k)
        if freeze == "at init":
            norm = k.layers.BatchNormalization(trainable=False)
            model = k.Sequential([k.Input((3,)), norm, k.layers.Dense(2)])
        elif freeze:
            (model.layers[0] if freeze == "layer" else model).trainable = False
        ones = [np.full(w.shape, 0.5, "float32") for w in model.get_weights()]
        model.set_weights(ones)
        outputs = np.asarray(model(X, training=True))
        found.append([outputs, *model.get_weights()])
    agree(*found)


def test_masks_are_made_taken_and_handed_on():
    x = np.array([[[1.0], [0.0], [2.0]]], "float32")
    masked = layers.Masking()(x)
    outputs = layers.Dropout(0.1)(layers.Dense(2)(masked))
    assert denser.core.masks.get_mask(outputs).tolist() == [[True, False, True]]
    agree(np.zeros((1, 1)), Mixed()(masked)[:, 1])
    with pytest.warns(UserWarning, match="Scale 'stop' does not support masking"):
        Scale(name="stop")(masked)


class Halves(layers.Layer):
    """Two halves along time, and of the mask; it says its shapes itself."""

    def call(self, x, mask=None):
        assert mask is not None
        return ops.split(x, 2, axis=1)

    def compute_output_shape(self, shape):
        return [(shape[0], shape[1] // 2, shape[2])] * 2

    def compute_mask(self, x, mask=None):
        return ops.split(mask, 2, axis=1)


def test_masks_go_along_while_shapes_are_inferred():
    tokens = layers.Input((4,), dtype="int32")
    first, second = Halves()(layers.Dense(3)(layers.Embedding(9, 2, mask_zero=True)(tokens)))
    assert second._keras_mask.shape == (None, 2) and second._keras_mask.dtype == "bool"
    model = denser.Model(tokens, layers.GlobalAveragePooling1D()(second))
    padded, cut = model.predict(np.array([[1, 2, 3, 0], [4, 5, 3, 3]]), verbose=0)
    np.testing.assert_allclose(padded, cut, rtol=1e-6)


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16"])
def test_types_follow_the_policy(policy):
    layer = layers.Dense(2, dtype=policy)
    outputs = layer(X)
    half = policy.removeprefix("mixed_")
    assert outputs.dtype == half and layer.compute_dtype == half
    assert layer.kernel.dtype == ("float32" if "mixed" in policy else half)
    assert layer(denser.KerasTensor((None, 3))).dtype == half
    agree(np.asarray(outputs, "float32"), X @ np.asarray(layer.kernel), 2e-2, 2e-2)


def test_float64_says_what_it_needs():
    with pytest.raises(ValueError, match="jax_enable_x64"):
        layers.Dense(2, dtype="float64")


def test_seeds_repeat():
    drop = [layers.Dropout(0.5, seed=3) for _ in range(2)]
    first = [np.asarray(layer(np.ones((3, 50)), training=True)) for layer in drop]
    assert np.array_equal(*first)
    again = np.asarray(drop[0](np.ones((3, 50)), training=True))
    assert not np.array_equal(first[0], again)
    assert len(drop[0].variables) == 1 and drop[0].weights == []


def test_configs_of_own_layers_come_from_their_arguments():
    class Own(layers.Layer):
        def __init__(self, units, activation=None, **kwargs):
            super().__init__(**kwargs)
            self.units = units

    config = Own(3, activation="relu", name="o").get_config()
    assert config["units"] == 3 and config["activation"] == "relu" and config["name"] == "o"
    assert Own.from_config(config).units == 3


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: layers.Dense(3, nmae="x"), "no argument `nmae`. Did you mean 'name'"),
        (lambda: layers.Dense(unit=3), "Dense: .*`unit`. Did you mean 'units'"),
        (lambda: layers.Dense(), "`units` is missing"),
        (lambda: layers.Dense(3, "rellu"), "'rellu'. Did you mean 'relu'"),
        (lambda: layers.Dense(3, kernel_initializer="he_nromal"), "Did you mean 'he_normal'"),
        (lambda: layers.Dense(-3, name="d"), "Dense 'd': `units` must be a positive integer"),
        (lambda: layers.Dense(3, dtype="flot32"), "'flot32'. Did you mean 'float32'"),
        (lambda: layers.Dense(3, name=5), "`name` must be a string"),
        (lambda: Scale(units=3), "Scale: there is no argument `units`"),
        (lambda: layers.Dense(3)(["a", "b"]), "Dense '.*': expected a tensor; got"),
        (lambda: layers.Dense(3)(X[0]), r"expected input \(batch, .*x\[None\]"),
        (lambda: layers.Layer()(X), "must define `call`"),
        (lambda: layers.Dense(3)([X, X]), "expected input of one tensor; got 2. Join them"),
        (lambda: Forgetful()(X), r"Forgetful: call `super\(\).__init__\(\)` first"),
        (lambda: denser.Sequential([Forgetful()]), r"Forgetful: call `super\(\)"),
        (lambda: Mixed(name="m").output, "has no `output` before"),
        (lambda: built(3).set_weights([X]), "has 2 weights; got 1 arrays"),
        (lambda: built(3).set_weights([X, X]), "'d/kernel' has shape .*3, 3.*; got"),
        (lambda: layers.Dense(3, name="u").count_params(), "Dense 'u': is not built"),
    ],
)
def test_refuses(call, match):
    with pytest.raises((ValueError, NotImplementedError), match=match):
        call()


@pytest.mark.parametrize("call", [lambda x: x if x.sum() > 0 else -x, np.tanh])
def test_python_on_unknown_values_is_explained(call):
    class Own(layers.Layer):
        def call(self, x):
            return call(x)

    with pytest.raises(TypeError) as caught:
        Own()(denser.Input((3,)))
    assert any("denser.ops in place of NumPy" in note for note in caught.value.__notes__)


class Forgetful(layers.Layer):
    def __init__(self):
        self.units = 3


def built(units):
    layer = layers.Dense(units, name="d")
    layer(X)
    return layer


def test_a_traceback_ends_at_the_users_line():
    class Own(layers.Layer):
        def call(self, x):
            return layers.Dense(2)(x[0])

    with pytest.raises(ValueError) as caught:
        denser.Sequential([Own()])(X)
    files = [entry.path.name for entry in caught.traceback]
    assert files == ["test_layer.py", "messages.py", "test_layer.py"]


class Watched(layers.Layer):
    """A layer inside, and a mean of what it sees."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(2, name="inner")
        self.seen = denser.metrics.Mean(name="seen")

    def call(self, x):
        self.seen.update_state(x)
        return self.inner(x)


def test_paths_metrics_and_names():
    outer, alone = Watched(name="outer"), layers.Dense(2, name="first")
    assert outer.path is None
    outer(X)
    assert (outer.path, outer.inner.path) == ("outer", "outer/inner")
    assert outer.inner.kernel.path == "outer/inner/kernel"
    assert [m.name for m in outer.metrics] == ["seen"] and len(outer.metrics_variables) == 2
    alone.name = "second"
    assert alone.name == alone.get_config()["name"] == "second"
    with pytest.raises(ValueError, match="name"):
        alone.name = 3


def test_an_input_takes_no_unknown_argument():
    with pytest.raises(TypeError, match="shpae"):
        layers.InputLayer(shpae=(3,))


@pytest.mark.parametrize("library", [keras, denser])
def test_a_layer_that_computes_a_mask_has_one(library):
    class Halves(library.layers.Layer):
        def call(self, x):
            return library.ops.split(x, 2, axis=1)

        def compute_mask(self, x, mask=None):
            return None if mask is None else library.ops.split(mask, 2, axis=1)

    tokens = np.array([[1, 2, 3, 0], [4, 5, 0, 0]])
    parts = Halves()(library.layers.Embedding(6, 3, mask_zero=True)(tokens))
    masks = [np.asarray(getattr(part, "_keras_mask")).tolist() for part in parts]  # noqa: B009
    assert masks == [[[True, True], [True, True]], [[True, False], [False, False]]]
