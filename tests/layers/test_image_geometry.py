"""Layers that change the sizes and the geometry of images: boxes and masks move with the pixels."""

import jax
import keras
import numpy as np
import pytest

import denser
from denser import layers, ops
from denser.core.messages import UserError
from denser.ops.warp import homography

HEIGHT, WIDTH = 24, 32
RNG = np.random.default_rng(4)
BYTES = RNG.integers(0, 256, (3, HEIGHT, WIDTH, 2)).astype("uint8")
MASKS = RNG.integers(0, 4, (3, HEIGHT, WIDTH, 1)).astype("uint8")
BOXES = np.array([[[4, 5, 12, 17], [15, 2, 30, 9]]] * 3, "float32")
LABELS = np.array([[0, 1], [2, 3], [4, -1]])


def one_of_each(box=BOXES, labels=LABELS):
    """All that can belong to images."""
    return {
        "images": BYTES,
        "labels": np.arange(3),
        "bounding_boxes": {"boxes": box, "labels": labels},
        "segmentation_masks": MASKS,
    }


# What has but one outcome, so that Keras has the same.
CERTAIN = [
    *(
        (name, {**factors, "fill_mode": mode, "interpolation": method, "fill_value": 7.0})
        for name, factors in (
            ("RandomRotation", {"factor": (0.1, 0.1)}),
            ("RandomTranslation", {"height_factor": (0.2, 0.2), "width_factor": (-0.3, -0.3)}),
            ("RandomZoom", {"height_factor": (0.2, 0.2), "width_factor": (-0.3, -0.3)}),
        )
        for mode, method in (
            ("reflect", "bilinear"),
            ("constant", "nearest"),
            ("wrap", "bilinear"),
            ("nearest", "nearest"),
        )
    ),
    ("CenterCrop", {"height": 12, "width": 17}),
    ("Resizing", {"height": 15, "width": 40}),
    ("Resizing", {"height": 15, "width": 40, "crop_to_aspect_ratio": True}),
    ("Resizing", {"height": 40, "width": 12, "interpolation": "lanczos3", "antialias": True}),
    ("MaxNumBoundingBoxes", {"max_number": 1}),
]


@pytest.mark.parametrize(
    ("name", "arguments"), CERTAIN, ids=lambda v: v if isinstance(v, str) else ""
)
def test_what_is_certain_is_as_in_keras(name, arguments):
    arguments = {**arguments, "bounding_box_format": "xyxy"}
    ours = getattr(layers, name)(**arguments)(one_of_each(), training=True)
    theirs = getattr(keras.layers, name)(**arguments)(one_of_each(), training=True)
    for part in ("images", "labels", "segmentation_masks"):
        np.testing.assert_allclose(ours[part], theirs[part], atol=1e-3)
    boxes, labels = ours["bounding_boxes"]["boxes"], ours["bounding_boxes"]["labels"]
    np.testing.assert_array_equal(labels, theirs["bounding_boxes"]["labels"])
    valid = np.asarray(labels) >= 0
    # Keras takes a box's corners for middles of pixels where it turns and zooms, and rounds where
    # it cuts.
    off = name in ("RandomRotation", "RandomZoom") or "crop_to_aspect_ratio" in arguments
    np.testing.assert_allclose(
        boxes[valid],
        np.asarray(theirs["bounding_boxes"]["boxes"])[valid],
        atol=0.51 if off else 1e-4,
    )
    assert (np.asarray(boxes)[~valid] == -1).all()


def test_a_padded_box_stands_where_its_pixels_are():
    layer = layers.Resizing(64, 64, pad_to_aspect_ratio=True, bounding_box_format="xyxy")
    box = np.array([[0, 0, WIDTH, HEIGHT]], "float32")
    out = layer({"images": BYTES[0], "bounding_boxes": {"boxes": box, "labels": np.array([1])}})
    np.testing.assert_allclose(out["bounding_boxes"]["boxes"], [[0, 8, 64, 56]])


MOVES = [
    layers.RandomFlip(seed=1),
    layers.RandomCrop(20, 25, seed=1),
    layers.RandomRotation(0.15, fill_mode="constant", seed=1),
    layers.RandomTranslation(0.2, 0.2, fill_mode="constant", seed=1),
    layers.RandomZoom((0.1, 0.3), (-0.2, 0.3), fill_mode="constant", seed=1),
    layers.RandomShear(0.2, 0.1, fill_mode="constant", seed=1),
    layers.RandomPerspective(scale=0.4, seed=1),
    layers.RandomElasticTransform(scale=(0.3, 0.3), fill_mode="constant", seed=1),
    layers.CenterCrop(20, 30),
    layers.CenterCrop(40, 40),
    layers.Resizing(30, 30),
    layers.Resizing(30, 30, pad_to_aspect_ratio=True),
]


@pytest.mark.parametrize("layer", MOVES, ids=lambda layer: type(layer).__name__)
def test_boxes_and_masks_go_where_the_pixels_go(layer):
    """A bright rectangle, its mask and its box stay together."""
    layer = type(layer).from_config(layer.get_config() | {"bounding_box_format": "xyxy"})
    mask = np.zeros((8, HEIGHT, WIDTH, 1), "int32")
    mask[:, 8:15, 9:21] = 1
    boxes = np.tile(np.array([[[9, 8, 21, 15]]], "float32"), (8, 1, 1))
    data = {
        "images": mask * 255.0,
        "segmentation_masks": mask,
        "bounding_boxes": {"boxes": boxes, "labels": np.ones((8, 1), int)},
    }
    out = layer(data, training=True)
    moved = np.asarray(out["segmentation_masks"])[..., 0]
    bright = np.asarray(out["images"])[..., 0] > 127
    assert (bright != (moved == 1)).mean() < 0.02
    assert moved.dtype == np.int32
    for picture, box in zip(moved, np.asarray(out["bounding_boxes"]["boxes"])[:, 0], strict=True):
        rows, columns = np.nonzero(picture)
        around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        # The box around a turned box is the turned one's, pixels have a size: two at most.
        np.testing.assert_allclose(box, around, atol=2.01)


RANDOM = [layer for layer in MOVES if hasattr(layer, "seed")]


@pytest.mark.parametrize("layer", RANDOM, ids=lambda layer: type(layer).__name__)
def test_chance_differs_by_image_and_call_and_repeats_with_the_seed(layer):
    def fresh():
        return type(layer).from_config(layer.get_config())

    same = np.repeat(BYTES[:1], 8, 0)
    one, two = fresh(), fresh()
    first, second = one(same, training=True), one(same, training=True)
    assert first.dtype == "float32"
    assert first.min() >= 0 and first.max() <= 255
    np.testing.assert_array_equal(first, two(same, training=True))
    assert not np.array_equal(first, second)
    alike = [np.array_equal(first[0], image) for image in first]
    assert all(alike) if type(layer) is layers.RandomCrop else not all(alike)
    third = fresh()
    third.build(same.shape)
    jitted = jax.jit(lambda x, state: third.stateless_call([], [state], x, training=True)[0])
    state = third.non_trainable_variables[0].value
    np.testing.assert_allclose(jitted(same, state), first, atol=1e-2)


@pytest.mark.parametrize("layer", RANDOM, ids=lambda layer: type(layer).__name__)
def test_nothing_happens_outside_training(layer):
    out = layer(BYTES, training=False)
    if type(layer) is layers.RandomCrop:
        middle = ops.image.resize(BYTES.astype("float32"), (20, 25), crop_to_aspect_ratio=True)
        np.testing.assert_allclose(out, middle, atol=1e-4)
    else:
        np.testing.assert_array_equal(out, BYTES)


@pytest.mark.parametrize("layer", MOVES, ids=lambda layer: type(layer).__name__)
def test_one_image_and_channels_first(layer):
    config = layer.get_config()
    last = type(layer).from_config(config)(BYTES[:1], training=True)
    single = type(layer).from_config(config)(BYTES[0], training=True)
    np.testing.assert_array_equal(single, last[0])
    first = type(layer).from_config(config | {"data_format": "channels_first"})
    moved = first(np.moveaxis(BYTES[:1], -1, 1), training=True)
    np.testing.assert_array_equal(np.moveaxis(moved, 1, -1), last)


def test_flips_are_even_and_independent():
    layer = layers.RandomFlip(seed=3)
    marked = np.zeros((2000, 2, 2, 1), "float32")
    marked[:, 0, 0] = 1
    out = np.asarray(layer(marked, training=True))[..., 0]
    np.testing.assert_allclose(out.mean(0), 0.25, atol=0.04)
    across = np.asarray(layers.RandomFlip("horizontal", seed=3)(marked, training=True))[..., 0]
    np.testing.assert_allclose(across.mean(0), [[0.5, 0.5], [0, 0]], atol=0.05)


def test_draws_fill_their_ranges():
    def drawn(layer, key="matrix"):
        return np.asarray(layer.get_random_transformation(np.zeros((3000, 10, 20, 1)))[key])

    angle = drawn(layers.RandomRotation((-0.1, 0.2), seed=1))
    turns = np.arctan2(angle[:, 3], angle[:, 0]) / (2 * np.pi)
    np.testing.assert_allclose([turns.min(), turns.max()], [-0.1, 0.2], atol=0.01)
    moves = drawn(layers.RandomTranslation(0.2, (0.1, 0.3), seed=1))[:, [2, 5]]
    np.testing.assert_allclose(moves.min(0), [-6, -2], atol=0.05)
    np.testing.assert_allclose(moves.max(0), [-2, 2], atol=0.05)
    zoom = drawn(layers.RandomZoom(0.3, seed=1))
    np.testing.assert_array_equal(zoom[:, 0], zoom[:, 4])
    np.testing.assert_allclose([zoom[:, 0].min(), zoom[:, 0].max()], [0.7, 1.3], atol=0.01)
    slopes = drawn(layers.RandomShear((0.1, 0.2), seed=1))[:, 1]
    np.testing.assert_allclose(
        [np.abs(slopes).min(), slopes.min(), slopes.max()], [0.1, -0.2, 0.2], atol=0.01
    )
    bent = drawn(layers.RandomPerspective((0.4, 0.6), seed=1))
    np.testing.assert_allclose((np.abs(bent[:, 6:]) > 1e-6).any(1).mean(), 0.5, atol=0.05)
    crops = [layers.RandomCrop(9, 18, seed=s) for s in range(40)]
    tops = {int(c.get_random_transformation(np.zeros((10, 20, 1)))["window"][0]) for c in crops}
    assert tops == {0, 1}


def test_perspective_takes_points_as_keras_does():
    theirs = keras.layers.RandomPerspective((1.0, 1.0), scale=0.5, fill_value=3.0, seed=1)
    how = theirs.get_random_transformation({"images": BYTES.astype("float32")})
    ours = layers.RandomPerspective(1.0, scale=0.5, fill_value=3.0)
    matrix = jax.vmap(homography)(how["end_points"], how["start_points"])
    bent = ours.transform_images(BYTES.astype("float32"), {"matrix": matrix})
    np.testing.assert_allclose(
        bent, theirs.transform_images(BYTES.astype("float32"), how), atol=0.05
    )


@pytest.mark.parametrize("fmt", ["yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy"])
def test_boxes_keep_their_format(fmt):
    size = {"height": HEIGHT, "width": WIDTH}
    boxes = denser.utils.bounding_boxes.convert_format(BOXES, "xyxy", fmt, **size)
    layer = layers.RandomTranslation((0.25, 0.25), (0.25, 0.25), bounding_box_format=fmt)
    labels = np.zeros((3, 2), int)
    found = layer(one_of_each(boxes, labels), training=True)["bounding_boxes"]["boxes"]
    corners = denser.utils.bounding_boxes.convert_format(found, fmt, "xyxy", **size)
    wanted = np.clip(BOXES + [8, 6, 8, 6], 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
    np.testing.assert_allclose(corners, wanted, atol=1e-4)


def test_a_box_that_leaves_the_image_is_none():
    layer = layers.RandomTranslation(0, (0.9, 0.9), bounding_box_format="xyxy")
    out = layer(one_of_each(), training=True)["bounding_boxes"]
    assert (out["labels"] == -1).all() and (out["boxes"] == -1).all()


def test_max_num_bounding_boxes_fills_with_its_value():
    layer = layers.MaxNumBoundingBoxes(3, fill_value=-7, bounding_box_format="xywh")
    out = layer(one_of_each())["bounding_boxes"]
    np.testing.assert_array_equal(out["boxes"][:, :2], BOXES)
    assert (out["boxes"][:, 2] == -7).all() and (out["labels"][:, 2] == -7).all()
    assert layers.MaxNumBoundingBoxes.from_config(layer.get_config()).fill_value == -7
    np.testing.assert_array_equal(layer(BYTES), BYTES)


def test_other_entries_and_masks_without_channels_stay_in_form():
    data = {"images": BYTES[0], "segmentation_masks": MASKS[0, ..., 0], "id": "a.png"}
    out = layers.RandomRotation((0.5, 0.5))(data, training=True)
    assert out["id"] == "a.png"
    np.testing.assert_array_equal(out["segmentation_masks"], MASKS[0, ::-1, ::-1, 0])


def test_bad_data_is_refused():
    layer = layers.RandomFlip()
    with pytest.raises(UserError, match="bounding_box_format"):
        layer(one_of_each())
    with pytest.raises(UserError, match=r"\(batch, height, width, channels\)"):
        layer(np.zeros((3, 4)))
    with pytest.raises(UserError, match="'images'"):
        layer({"image": BYTES})
    boxed = layers.RandomFlip(bounding_box_format="xyxy")
    with pytest.raises(UserError, match="'boxes' and 'labels'"):
        boxed({"images": BYTES, "bounding_boxes": BOXES})
    with pytest.raises(UserError, match="not both|choose one"):
        layers.Resizing(3, 3, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)


def test_they_train_in_a_model_and_are_saved(tmp_path):
    denser.utils.set_random_seed(1)
    steps = layers.Pipeline(
        [
            layers.RandomFlip(seed=1, name="flip"),
            layers.RandomTranslation(0.1, 0.1, seed=2, name="move"),
            layers.Rescaling(1 / 255, name="scale"),
        ],
        name="steps",
    )
    model = denser.Sequential([layers.Input((8, 8, 1)), steps, layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = RNG.integers(0, 256, (16, 8, 8, 1)).astype("uint8")
    before = steps.layers[0].generator.state.numpy()
    model.fit(x, np.zeros(16), batch_size=4, epochs=2, verbose=0)
    assert not np.array_equal(before, steps.layers[0].generator.state.numpy())
    predicted = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    again = denser.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(x, verbose=0), predicted, atol=1e-6)
    theirs = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(theirs.predict(x, verbose=0), predicted, atol=1e-5)


def test_symbolic_dicts_and_maps_of_data_sets():
    symbolic = {"images": layers.Input((8, 9, 3)), "labels": layers.Input(())}
    out = layers.Resizing(4, 5)(symbolic)
    assert out["images"].shape == (None, 4, 5, 3) and out["labels"].shape == (None,)
    assert layers.RandomCrop(3, 4).compute_output_shape((None, None, 9, 3)) == (None, 3, 4, 3)
