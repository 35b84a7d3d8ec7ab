"""Sequential: every way to give the input's shape, add and pop, models inside, names."""

import keras
import numpy as np
import pytest

import denser
from tests.twins import agree, twins

X = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
IMAGES = np.random.default_rng(1).normal(size=(3, 8, 8, 2)).astype("float32")
TOKENS = np.random.default_rng(2).integers(0, 20, (4, 7))


def by_add(first):
    def build(k):
        model = k.Sequential()
        model.add(first(k))
        model.add(k.layers.Activation("relu"))
        model.add(k.layers.Dropout(0.2))
        model.add(k.layers.Dense(2))
        return model

    return build


def images(k):
    return k.Sequential(
        [
            k.Input((8, 8, 2)),
            k.layers.Conv2D(3, 3, activation="relu"),
            k.layers.MaxPooling2D(),
            k.layers.BatchNormalization(),
            k.layers.Flatten(),
            k.layers.Dense(4, "softmax"),
        ]
    )


def words(k):
    layers = [k.layers.Embedding(20, 5, mask_zero=True), k.layers.LSTM(4), k.layers.Dense(1)]
    return k.Sequential([k.Input((None,)), *layers])


def inside(k):
    inner = k.Sequential([k.Input((6,)), k.layers.Dense(4, "tanh"), k.layers.Dense(3)])
    return k.Sequential([inner, k.layers.Dense(2), k.Sequential([k.layers.Dense(2)])])


MODELS = {
    "input_shape": (by_add(lambda k: k.layers.Dense(4, input_shape=(6,))), X),
    "Input": (by_add(lambda k: k.Input(shape=(6,))), X),
    "batch_shape": (by_add(lambda k: k.Input(batch_shape=(5, 6))), X),
    "images": (images, IMAGES),
    "unknown length and masks": (words, TOKENS),
    "models inside": (inside, X),
}


@pytest.mark.parametrize("case", MODELS)
def test_gives_keras_numbers_and_shapes(case):
    build, data = MODELS[case]
    theirs, ours = twins(build)
    agree(np.asarray(theirs(data)), ours(data))
    agree(theirs.predict(data, verbose=0), ours.predict(data, verbose=0))
    assert ours.input_shape == theirs.input_shape and ours.output_shape == theirs.output_shape
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert [v.name for v in ours.weights] == [v.name for v in theirs.weights]
    assert ours.count_params() == theirs.count_params()
    assert len(ours.trainable_weights) == len(theirs.trainable_weights)


@pytest.mark.parametrize(
    "declared",
    [
        {"input_shape": (6,)},
        {"input_shape": [6]},
        {"input_dim": 6},
        {"batch_input_shape": (None, 6)},
        {"input_shape": (6,), "batch_size": 5},
    ],
)
def test_every_older_way_to_declare_the_input(declared):
    model = denser.Sequential([denser.layers.Dense(3, **declared), denser.layers.Dense(1)])
    assert model.built and model.input_shape == (declared.get("batch_size"), 6)
    assert model(X).shape == (5, 1)
    lstm = denser.Sequential([denser.layers.LSTM(3, input_dim=4, input_length=5)])
    assert lstm.input_shape == (None, 5, 4)


@pytest.mark.parametrize("how", ["call", "build", "predict", "fit"])
def test_without_a_shape_it_is_built_on_the_first_data(how):
    model = denser.Sequential([denser.layers.Dense(3), denser.layers.Dense(2)], name="late")
    assert not model.built and model.weights == []
    with pytest.raises(ValueError, match="late.*input_shape"):
        _ = model.input_shape
    if how == "fit":
        model.compile("sgd", "mse")
        model.fit(X, np.zeros((5, 2)), verbose=0)
    else:
        {"call": model, "build": lambda x: model.build(x.shape), "predict": model.predict}[how](X)
    assert model.built and model.output_shape == (None, 2) and model.count_params() == 29


def test_other_sizes_are_read_where_all_layers_can():
    def reader(k):
        return k.Sequential([k.layers.Embedding(20, 3), k.layers.LSTM(2), k.layers.Dense(1)])

    theirs, ours = twins(reader, TOKENS)
    agree(*(model.predict(TOKENS[:, :4], verbose=0) for model in (theirs, ours)))
    flat = denser.Sequential(
        [denser.Input((8, 8, 2)), denser.layers.Flatten(), denser.layers.Dense(1)], name="flat"
    )
    with pytest.raises(ValueError, match=r"'flat': expected input \(batch, 8, 8, 2\); got \(3, 7"):
        flat(IMAGES[:, :7])


def test_grows_and_shrinks():
    model = denser.Sequential([denser.Input((6,)), denser.layers.Dense(4, name="a")])
    model.add(denser.layers.Dense(3, name="b"))
    kept = model.get_weights()
    model.add(denser.layers.Dense(2, name="c"))
    assert model.output_shape == (None, 2) and len(model.weights) == 6
    assert model.pop().name == "c" and model.output_shape == (None, 3)
    agree(kept, model.get_weights())
    model.pop()
    model.pop()
    assert model.layers == [] and model.weights == [] and not model.built
    with pytest.raises(ValueError, match="no layer to take off"):
        model.pop()
    model.add(denser.layers.Dense(5))
    assert model.output_shape == (None, 5)


def test_a_layer_added_after_training_takes_part():
    model = denser.Sequential([denser.Input((6,)), denser.layers.Dense(2)])
    before = model.predict(X, verbose=0)
    model.add(denser.layers.Activation("relu"))
    agree(np.maximum(before, 0), model.predict(X, verbose=0))


def test_names_are_kerass():
    keras.utils.clear_session(), denser.utils.clear_session()
    named = [[layer.name for layer in MODELS["images"][0](k).layers] for k in (keras, denser)]
    assert named[0] == named[1]
    assert denser.Sequential().name == "sequential_1"


def test_takes_lists_of_numbers_and_finds_layers():
    model = denser.Sequential([denser.Input((2,)), denser.layers.Dense(1, name="only")])
    assert model([[1.0, 2.0], [3.0, 4.0]]).shape == (2, 1)
    assert model.get_layer("only") is model.get_layer(index=0)
    with pytest.raises(ValueError, match="'onyl'. Did you mean 'only'"):
        model.get_layer("onyl")


@pytest.mark.parametrize(
    "layers, match",
    [
        (lambda: [denser.layers.Dense], r"Call it: Dense\(\.\.\.\)"),
        (lambda: ["relu"], "add\\(\\) takes a layer; got 'relu'"),
        (lambda: [denser.layers.Dense(1, name="a"), denser.layers.Dense(1, name="a")], "'a' is in"),
        (lambda: 2 * [denser.layers.Dense(1)], "is in it already; a Functional"),
        (lambda: [denser.layers.Dense(1), denser.Input((3,))], "an Input comes first"),
        (
            lambda: [denser.Input((8, 8, 1)), denser.layers.LSTM(3, name="rnn")],
            r"LSTM 'rnn': expected input .*; got \(batch, 8, 8, 1\)",
        ),
    ],
)
def test_refuses(layers, match):
    with pytest.raises(ValueError, match=match):
        denser.Sequential(layers())


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_trains(policy):
    denser.utils.set_random_seed(0)
    model = denser.Sequential(
        [
            denser.Input((6,)),
            denser.layers.Dense(8, "relu", dtype=policy),
            denser.layers.BatchNormalization(dtype=policy),
            denser.layers.Dense(1, dtype=policy),
        ],
        name="half",
    )
    model.dtype_policy = denser.DTypePolicy(policy)
    assert {v.dtype for v in model.weights} == {"float32"}
    assert model(X).dtype.name == policy.removeprefix("mixed_")
    with pytest.warns(UserWarning, match="slower than 'float32' on a CPU"):
        model.compile("adam", "mse", metrics=["mae"])
    scales = type(model.optimizer).__name__ == "LossScaleOptimizer"
    assert scales == (policy == "mixed_float16")
    losses = model.fit(X, X[:, :1], epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and np.isfinite(losses).all()


def test_a_layer_that_does_not_fit_does_not_stay():
    model = denser.Sequential([denser.Input((6,)), denser.layers.Dense(4)])
    with pytest.raises(ValueError, match="Conv2D"):
        model.add(denser.layers.Conv2D(3, 3))
    model.add(denser.layers.Dense(2))
    assert model.output_shape == (None, 2) and len(model.layers) == 2


def test_paths_begin_with_the_models_name():
    layers = denser.layers
    model = denser.Sequential([denser.Input((6,)), layers.Dense(4, name="a")], name="m")
    model.add(layers.Dense(2, name="b"))
    late = denser.Sequential([layers.Dense(4, name="c")], name="late")
    late.build((None, 3))
    assert [layer.path for layer in (*model.layers, *late.layers)] == ["m/a", "m/b", "late/c"]
    assert model.weights[0].path == "m/a/kernel"


def test_layers_changed_without_rebuilding():
    Dense = denser.layers.Dense
    model = denser.Sequential([denser.Input((3,)), Dense(4), Dense(2)])
    x = np.ones((5, 3), "float32")
    model.predict(x, verbose=0)
    model.pop(rebuild=False)
    assert model(x).shape == (5, 4)
    model.add(Dense(6), rebuild=False)
    assert model.predict(x, verbose=0).shape == (5, 6) and model.output_shape == (None, 6)
    model.pop(rebuild=False)
    model.build()
    assert model.built and model.output_shape == (None, 4)
