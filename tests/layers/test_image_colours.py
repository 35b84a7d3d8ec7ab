"""Layers that change the colours of images or mix them: Keras's numbers, and what chance keeps."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import UserError
from denser.core.variable import Scope

RNG = np.random.default_rng(7)
BYTES = RNG.integers(0, 256, (4, 9, 8, 3)).astype("uint8")
BYTES[0, :, :, 1] = 7  # a channel of one value

# What has but one outcome, so that Keras has the same.
CERTAIN = [
    ("RandomBrightness", {"factor": (-0.3, -0.3)}),
    ("RandomContrast", {"factor": (0, 0)}),
    ("RandomSaturation", {"factor": (0.3, 0.3)}),
    ("RandomHue", {"factor": (1.0, 1.0)}),
    ("RandomColorDegeneration", {"factor": (-0.6, -0.6)}),
    ("RandomInvert", {"factor": (1.0, 1.0)}),
    ("RandomPosterization", {"factor": (3, 3)}),
    ("RandomSharpness", {"factor": (0.9, 0.9)}),
    ("Solarization", {}),
    ("AutoContrast", {}),
    ("Equalization", {"bins": 12}),
    ("ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": (2, 3)}),
    ("ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": (8, 8), "clip_limit": 0}),
    ("RandomGaussianBlur", {"factor": (1, 1), "sigma": (0.7, 0.7), "kernel_size": (5, 3)}),
    ("RandomErasing", {"factor": (1, 1), "scale": (1, 1), "fill_value": 0.25}),
    ("RandomColorJitter", {"brightness_factor": (0.1, 0.1), "saturation_factor": (0.4, 0.4)}),
]
# How to draw, for everything that draws.
RANDOM = [
    ("RandomBrightness", {"factor": 0.5}),
    ("RandomContrast", {"factor": (0.5, 2.0)}),
    ("RandomSaturation", {"factor": (0.2, 0.9)}),
    ("RandomHue", {"factor": (0.5, 1.0)}),
    ("RandomColorJitter", {"brightness_factor": 0.5, "hue_factor": 0.5}),
    ("RandomColorDegeneration", {"factor": 0.9}),
    ("RandomGrayscale", {}),
    ("RandomInvert", {}),
    ("RandomPosterization", {"factor": 5}),
    ("RandomSharpness", {"factor": 1.0}),
    ("Solarization", {"addition_factor": 0.5, "threshold_factor": 0.9}),
    ("RandomGaussianBlur", {"kernel_size": 5, "sigma": (0.5, 2.0)}),
    ("RandomErasing", {}),
    ("RandAugment", {}),
    ("AugMix", {"chain_depth": 2}),
    ("MixUp", {"alpha": 1.0}),
    ("CutMix", {}),
]
of_each = pytest.mark.parametrize(("name", "arguments"), RANDOM, ids=[name for name, _ in RANDOM])


def images(value_range: tuple) -> np.ndarray:
    return BYTES.astype("float32") if value_range == (0, 255) else BYTES / np.float32(255)


@pytest.mark.parametrize("value_range", [(0, 255), (0, 1)])
@pytest.mark.parametrize(
    ("name", "arguments"), CERTAIN, ids=lambda v: v if isinstance(v, str) else ""
)
def test_what_is_certain_is_as_in_keras(name, arguments, value_range):
    arguments = {**arguments, "value_range": value_range}
    theirs = getattr(keras.layers, name)(**arguments)(images(value_range), training=True)
    ours = getattr(layers, name)(**arguments)
    np.testing.assert_allclose(
        ours(images(value_range), training=True), theirs, atol=2e-6 * value_range[1]
    )
    first = getattr(layers, name)(**arguments, data_format="channels_first")
    y = first(np.moveaxis(images(value_range), -1, 1), training=True)
    np.testing.assert_allclose(np.moveaxis(y, 1, -1), theirs, atol=2e-6 * value_range[1])
    if value_range == (0, 255):
        np.testing.assert_allclose(ours(BYTES, training=True), theirs, atol=1e-3)


@of_each
def test_chance_repeats_with_the_seed_and_differs_between_images(name, arguments):
    alike = np.repeat(BYTES[1:2], 4, 0)
    mixes = name in ("MixUp", "CutMix")
    given = BYTES if mixes else alike
    one, other = (getattr(layers, name)(**arguments, seed=5) for _ in range(2))
    drawn = [np.asarray(one(given, training=True)) for _ in range(3)]
    for y in drawn:
        np.testing.assert_array_equal(y, other(given, training=True))
        assert y.shape == given.shape
        assert y.dtype == "float32"
        assert y.min() >= 0
        assert y.max() <= 255
    assert any(np.any(y != drawn[0]) for y in drawn[1:])
    if not mixes:
        assert any(np.any(y != y[:1]) for y in drawn)
    np.testing.assert_array_equal(one(BYTES, training=False), BYTES.astype("float32"))
    assert one(BYTES[0], training=True).shape == BYTES[0].shape


@pytest.mark.parametrize("name", ["RandomContrast", "RandAugment", "CutMix"])
def test_a_compiled_call_is_the_eager_one(name):
    arguments = dict(RANDOM)[name]
    layer, other = (getattr(layers, name)(**arguments, seed=2) for _ in range(2))
    layer(BYTES)
    fixed = [v.value for v in layer.non_trainable_variables]
    run = jax.jit(lambda fixed, x: layer.stateless_call([], fixed, x, training=True))
    y, changed = run(fixed, BYTES)
    other(BYTES, training=True)
    np.testing.assert_allclose(y, other(BYTES, training=True), atol=1e-3)
    assert int(changed[0][1]) == int(fixed[0][1]) + 1


def test_a_model_changes_its_images_in_training_only():
    model = denser.Sequential(
        [
            denser.Input((9, 8, 3), dtype="uint8"),
            layers.RandomBrightness(0.5, seed=1),
            layers.RandomErasing(seed=2),
            layers.CutMix(seed=3),
            layers.Flatten(),
            layers.Dense(2, kernel_initializer="ones"),
        ]
    )
    model.compile("sgd", "mse")
    plain = BYTES.reshape(4, -1).astype("float32") @ np.ones((216, 2), "float32")
    np.testing.assert_allclose(model.predict(BYTES, verbose=0), plain, rtol=1e-5)
    model.optimizer.learning_rate = 0.0
    before = model.evaluate(BYTES, plain, verbose=0)
    seen = model.fit(BYTES, plain, batch_size=3, epochs=2, verbose=0).history["loss"]
    assert before < 1
    assert min(seen) > 1
    assert seen[0] != seen[1]


def test_saturation_stays_within_the_colours():
    y = layers.RandomSaturation((0.99, 0.99))(BYTES, training=True)
    assert float(jnp.min(y)) >= 0
    gray = layers.RandomSaturation((0.0, 0.0))(BYTES, training=True)
    np.testing.assert_allclose(gray, np.broadcast_to(BYTES.max(-1, keepdims=True), BYTES.shape))


def test_grayscale_takes_some_images():
    y = np.asarray(layers.RandomGrayscale(0.5, seed=1)(np.repeat(BYTES, 50, 0), training=True))
    gray = np.ptp(y, -1).max((1, 2)) == 0
    assert 60 < gray.sum() < 140
    theirs = keras.layers.RandomGrayscale(1.0)(BYTES.astype("float32"), training=True)
    np.testing.assert_allclose(layers.RandomGrayscale(1.0)(BYTES), theirs, rtol=1e-5)


def test_erasing_fills_one_rectangle():
    big = np.full((20, 30, 40, 3), 9, "uint8")
    y = np.asarray(layers.RandomErasing((1, 1), (0.25, 0.25), (1, 2, 3), seed=1)(big))
    np.testing.assert_array_equal(np.unique(y.reshape(-1, 3), axis=0), [[1, 2, 3], [9, 9, 9]])
    erased = y[..., 0] == 1
    for mask in erased:
        rows, columns = mask.any(1), mask.any(0)
        assert (rows.sum(), columns.sum()) in {(15, 20), (14, 20), (15, 19), (14, 19)}
        np.testing.assert_array_equal(mask, rows[:, None] & columns)
    assert len({tuple(np.argwhere(mask)[0]) for mask in erased}) > 5


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_labels_are_mixed_as_the_pixels_are(name, data_format):
    count = 8
    # Image i is 1 in channel i and 0 elsewhere: the mean of its channels tells what it is made of.
    pixels = np.zeros((count, 6, 5, count), "float32")
    pixels[np.arange(count), :, :, np.arange(count)] = 1
    given = pixels if data_format == "channels_last" else np.moveaxis(pixels, -1, 1)
    masks = given.astype("int32")
    layer = getattr(layers, name)(seed=4, data_format=data_format)
    data = {"images": given, "labels": np.eye(count, dtype="float32"), "segmentation_masks": masks}
    mixed = layer(data, training=True)
    space = (1, 2) if data_format == "channels_last" else (2, 3)
    np.testing.assert_allclose(np.mean(mixed["images"], space), mixed["labels"], atol=1e-5)
    np.testing.assert_allclose(mixed["segmentation_masks"], mixed["images"], atol=1e-6)
    assert np.any((mixed["labels"] > 0) & (mixed["labels"] < 1))


def test_mixing_refuses_what_cannot_be_mixed():
    for labels in (np.arange(4), np.arange(4)[:, None]):
        with pytest.raises(UserError, match="one_hot"):
            layers.MixUp()({"images": BYTES, "labels": labels}, training=True)
    boxes = {"boxes": np.zeros((4, 2, 4), "float32"), "labels": np.zeros((4, 2), "int32")}
    data = {"images": BYTES, "bounding_boxes": boxes}
    with pytest.raises(UserError, match="MixUp"):
        layers.CutMix(bounding_box_format="xyxy")(data, training=True)
    mixed = layers.MixUp(bounding_box_format="xyxy")(data, training=True)["bounding_boxes"]
    assert mixed["boxes"].shape == (4, 4, 4)
    assert mixed["labels"].shape == (4, 4)


def test_rows_that_only_fill_up_a_batch_change_no_other():
    rows = jnp.array([True, True, True, False])
    filled = BYTES.copy()
    filled[3] = 255
    for layer in (layers.MixUp(seed=1), layers.CutMix(seed=1), layers.Equalization(bins=9)):
        results = []
        for x in (BYTES, filled):
            with Scope([(v, v.value) for v in layer.variables], rows=rows):
                results.append(np.asarray(layer(x, training=True))[:3])
        np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("name", ["RandAugment", "AugMix"])
def test_policies_move_masks_with_the_images(name):
    masks = (BYTES[..., :1] > 128).astype("int32")
    layer = getattr(layers, name)(seed=3)
    data = layer({"images": BYTES, "segmentation_masks": masks, "labels": np.arange(4)})
    assert data["segmentation_masks"].shape == masks.shape
    np.testing.assert_array_equal(data["labels"], np.arange(4))
    assert float(jnp.min(data["segmentation_masks"])) >= 0
    assert float(jnp.max(data["segmentation_masks"])) <= 1


def test_layers_for_colours_ask_for_three_channels():
    for layer in (layers.RandomHue(0.1), layers.RandomSaturation(0.1), layers.RandomGrayscale()):
        with pytest.raises(UserError, match="3 channels"):
            layer(BYTES[..., :2], training=True)
