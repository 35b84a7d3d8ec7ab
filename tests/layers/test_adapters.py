"""Weights in few bits and LoRA beside Keras's: outputs, gradients, weights, configs and files."""

import json
import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import denser
from denser import quantizers
from denser.core.messages import UserError

LAYERS = [
    ("Dense", {"units": 6, "activation": "relu"}, (4, 5)),
    ("EinsumDense", {"equation": "abc,cde->aebd", "output_shape": (4, None, 2)}, (2, 3, 5)),
    ("EinsumDense", {"equation": "abde,dec->abc", "output_shape": (None, 6)}, (2, 3, 2, 4)),
    ("EinsumDense", {"equation": "abc,bcd->abd", "output_shape": (3, 4)}, (2, 3, 5)),
    ("Embedding", {"input_dim": 7, "output_dim": 5}, (4, 3)),
    ("ReversibleEmbedding", {"input_dim": 7, "output_dim": 5}, (4, 3)),
    ("ReversibleEmbedding", {"input_dim": 7, "output_dim": 4, "tie_weights": False}, (4, 3)),
]
MODES = [
    ("Int8QuantizationConfig", {}),
    ("Int8QuantizationConfig", {"activation_quantizer": None}),
    ("Int4QuantizationConfig", {}),
    ("Int4QuantizationConfig", {"block_size": 2}),
    ("Int4QuantizationConfig", {"block_size": -1}),
]
CONVOLUTIONS = [
    ("Conv1D", {"filters": 3, "kernel_size": 2}, (2, 5, 2)),
    ("Conv2D", {"filters": 3, "kernel_size": 2}, (2, 5, 5, 2)),
]


def pair(name, kwargs, shape):
    """The layer of both, built with the same weights, and an input."""
    rng = np.random.default_rng(0)
    floats = "Embedding" not in name
    x = rng.normal(size=shape).astype("float32") if floats else rng.integers(0, 7, shape)
    ours, theirs = getattr(denser.layers, name)(**kwargs), getattr(keras.layers, name)(**kwargs)
    theirs(x), ours(x)
    weights = [rng.normal(size=v.shape).astype("float32") for v in theirs.weights]
    theirs.set_weights(weights), ours.set_weights(weights)
    return ours, theirs, x


def stored(layer):
    store = {}
    layer.save_own_variables(store)
    return {key: np.asarray(value, "float32") for key, value in store.items()}


def as_read(config):
    """A config as a file has it, without what all layers differ in."""
    config = json.loads(json.dumps(config))
    return {k: v for k, v in config.items() if k not in ("name", "activity_regularizer")}


def assert_alike(ours, theirs, x, atol=1e-5):
    np.testing.assert_allclose(ours(x), theirs(x), atol=atol)
    assert [(v.name, v.shape, v.trainable) for v in ours.weights] == [
        (v.name, v.shape, v.trainable) for v in theirs.weights
    ]
    mine, keras_own = stored(ours), stored(theirs)
    assert list(mine) == list(keras_own)
    for key, value in keras_own.items():
        np.testing.assert_allclose(mine[key], value, atol=1e-5)
    assert as_read(ours.get_config()) == as_read(theirs.get_config())
    again = type(ours).from_config(ours.get_config())
    again.build(np.shape(x))
    again.load_own_variables(keras_own)
    np.testing.assert_allclose(again(x), ours(x), atol=atol)


@pytest.mark.parametrize(("config", "options"), MODES, ids=str)
@pytest.mark.parametrize(("name", "kwargs", "shape"), LAYERS, ids=str)
def test_few_bits_are_kerass(name, kwargs, shape, config, options):
    ours, theirs, x = pair(name, kwargs, shape)
    exact = np.asarray(ours(x))
    ours.quantize(config=getattr(quantizers, config)(**options))
    theirs.quantize(
        "int8" if "8" in config else "int4", config=getattr(keras.quantizers, config)(**options)
    )
    assert_alike(ours, theirs, x)
    assert np.abs(np.asarray(ours(x)) - exact).max() < (0.2 if "8" in config else 5)
    if name == "ReversibleEmbedding":
        y = np.asarray(theirs(x))
        np.testing.assert_allclose(
            ours(y, reverse=True), theirs(y, reverse=True), rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize(("name", "kwargs", "shape"), LAYERS[:-1] + CONVOLUTIONS, ids=str)
def test_lora_is_kerass(name, kwargs, shape):
    ours, theirs, x = pair(name, kwargs | {"lora_rank": 2}, shape)
    assert_alike(ours, theirs, x)
    ours.trainable = False
    ours.trainable = True
    assert not any(v.name in ("kernel", "embeddings") for v in ours.trainable_variables)


def test_lora_on_few_bits_is_near_kerass():
    ours, theirs, x = pair("Dense", {"units": 6, "lora_rank": 2}, (4, 5))
    ours.quantize("int8"), theirs.quantize("int8")
    exact = np.asarray(theirs(x))
    # Keras rounds the inputs of the kernel only, and not those of LoRA's product.
    np.testing.assert_allclose(ours(x), exact, atol=0.02 * np.abs(exact).max())


def test_gradients_pass_the_rounding():
    ours, _, x = pair("Dense", {"units": 6}, (4, 5))
    exact = jax.grad(lambda x: jnp.sum(ours(x)))(x)
    ours.quantize("int8")
    np.testing.assert_allclose(jax.grad(lambda x: jnp.sum(ours(x)))(x), exact, atol=0.1)


def network(library):
    layers = library.layers
    inputs = layers.Input((6,))
    x = layers.Dense(8, "relu", name="first")(inputs)
    return library.Model(inputs, layers.Dense(3, name="second")(layers.Dropout(0.1)(x)))


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_files_travel_both_ways(mode, tmp_path):
    x = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    theirs = network(keras)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras tells of each layer without weights
        theirs.layers[1].enable_lora(2)
        theirs.quantize(mode)
    theirs.save(tmp_path / "theirs.keras")
    ours = denser.models.load_model(tmp_path / "theirs.keras")
    outputs = theirs.predict(x, verbose=0)
    np.testing.assert_allclose(ours.predict(x, verbose=0), outputs, atol=1e-5)
    ours.save(tmp_path / "ours.keras")
    again = keras.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(again.predict(x, verbose=0), outputs, atol=1e-5)


def test_a_quantized_model_learns_by_lora(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 32, 6)).astype("float32")
    model = network(denser)
    model.quantize("int4", filters="first")
    assert [layer.quantization_mode for layer in model.layers] == [None, "int4", None, None]
    model.layers[1].enable_lora(2, lora_alpha=4)
    kernel = model.layers[1].kernel.kept[0].numpy()
    model.compile("adam", "mse")
    losses = model.fit(x, y[:, :3], epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(model.layers[1].kernel.kept[0].numpy(), kernel)


def test_a_policy_makes_layers_of_few_bits():
    layer = denser.layers.Dense(4, dtype="int8_from_mixed_bfloat16")
    assert layer(np.ones((2, 3), "float32")).dtype == "bfloat16"
    assert [v.dtype for v in layer.weights] == ["float32", "int8", "float32"]
    policies = denser.dtype_policies.DTypePolicyMap("float32", {"dense.*": "int4/2_from_float32"})
    layer = denser.layers.Dense(4, dtype=policies, name="dense_mapped")
    layer.build((None, 4))
    assert layer.quantization_mode == "int4"


class Own(denser.layers.Dense):
    pass


@pytest.mark.parametrize(
    ("make", "act", "words"),
    [
        (lambda: denser.layers.Dense(2), lambda d: d.quantize("int8"), "not built"),
        (lambda: denser.layers.Dense(2), lambda d: d.enable_lora(2), "not built"),
        (lambda: denser.layers.Flatten(), lambda d: d.quantize("int8"), "few bits"),
        (lambda: denser.layers.Flatten(), lambda d: d.enable_lora(2), "LoRA"),
        (lambda: denser.layers.Dense(2), lambda d: d.quantize("float8"), "mixed_bfloat16"),
        (lambda: denser.layers.Dense(2), lambda d: d.quantize("int7"), "int7"),
        (lambda: Own(2), lambda d: d.quantize("int8"), "type_check"),
    ],
)
def test_what_cannot_be_done_is_refused(make, act, words):
    with pytest.raises(UserError, match=words):
        act(make())


def test_twice_is_refused():
    layer = denser.layers.Dense(2, lora_rank=1)
    layer.build((None, 3))
    with pytest.raises(UserError, match="already"):
        layer.enable_lora(1)
    layer.quantize("int8")
    with pytest.raises(UserError, match="has been quantized"):
        layer.quantize("int8")


def test_attention_of_few_bits_is_made_again_from_its_config():
    layer, x = denser.layers.MultiHeadAttention(2, 4), np.ones((2, 3, 8), "float32")
    layer(x, x)
    for part in layer.sublayers:
        part.quantize("int8")
    other = type(layer).from_config(layer.get_config())
    other(x, x)
    assert [v.dtype for v in other.weights] == [v.dtype for v in layer.weights]
    assert "int8" in {v.dtype for v in other.weights}
