"""Galleries of images, and what is drawn onto them."""

import keras
import numpy as np
import pytest

from denser import visualization
from denser.core.messages import UserError

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (3, 40, 50, 3)).astype("uint8")
MASKS = RNG.integers(0, 4, (3, 40, 50, 1)).astype("int32")
BOXES = {
    "boxes": np.array([[[5, 10, 25, 30], [-1, -1, -1, -1]]] * 3, "float32"),
    "labels": np.array([[1, -1]] * 3),
}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_masks_are_blended_as_in_keras(data_format):
    colors = {n: (80 * n, 10, 255 - 80 * n) for n in range(4)}
    images = IMAGES if data_format == "channels_last" else np.moveaxis(IMAGES, -1, 1)
    ours = visualization.draw_segmentation_masks(
        images, MASKS[..., 0], 4, colors, 0.5, data_format=data_format
    )
    if data_format == "channels_first":
        ours = np.moveaxis(ours, 1, -1)
    theirs = keras.visualization.draw_segmentation_masks(IMAGES, MASKS, 4, colors, 0.5)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_masks_leave_the_background_and_what_is_ignored():
    drawn = visualization.draw_segmentation_masks(IMAGES, MASKS, blend=False, ignore_index=2)
    same = (drawn == IMAGES).all(-1)
    assert same[np.isin(MASKS[..., 0], (0, 2))].all()
    painted = [np.unique(drawn[MASKS[..., 0] == n], axis=0) for n in (1, 3)]
    assert all(len(colors) == 1 for colors in painted)
    assert not np.array_equal(*painted)


def test_boxes_are_drawn_where_they_are():
    drawn = visualization.draw_bounding_boxes(
        IMAGES, BOXES, "xyxy", color=(255, 0, 0), line_thickness=2
    )
    red = (drawn == [255, 0, 0]).all(-1)
    assert red[:, 9:11, 5:25].all() and red[:, 10:30, 24:26].all()
    assert not red[:, 12:28, 7:23].any() and (drawn != IMAGES).any(-1).sum() <= 3 * 200
    first = visualization.draw_bounding_boxes(
        np.moveaxis(IMAGES, -1, 1), BOXES, "xyxy", None, (255, 0, 0), data_format="channels_first"
    )
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), drawn)


def test_names_are_written_above_boxes():
    sure = {**BOXES, "confidences": np.full((3, 2), 0.87)}
    look = {"line_thickness": 1, "font_scale": 0.6, "color": (255, 255, 255)}
    plain = visualization.draw_bounding_boxes(IMAGES, BOXES, "xyxy", **look)
    short = visualization.draw_bounding_boxes(IMAGES, BOXES, "xyxy", {1: "it"}, **look)
    long = visualization.draw_bounding_boxes(IMAGES, sure, "xyxy", {1: "it"}, **look)
    wrote = [(x != plain).any(-1) for x in (short, long)]
    assert 0 < wrote[0].sum() < wrote[1].sum()
    assert not wrote[1][:, 31:].any()


def test_galleries_show_every_image(tmp_path):
    names = {0: "cat", 1: "dog"}
    made = visualization.plot_image_gallery(
        IMAGES / 255, [0, 1, 1], [0, 0, 1], names, value_range=(0, 1), show=False
    )
    assert [axes.get_title() for axes in made.axes][1] == "true: dog\npredicted: cat"
    np.testing.assert_array_equal(made.axes[2].images[0].get_array(), IMAGES[2])
    boxes = visualization.plot_bounding_box_gallery(
        IMAGES, "xyxy", BOXES, BOXES, legend=True, rows=1, cols=2, show=False
    )
    assert len(boxes.axes) == 2 and len(boxes.legends[0].get_texts()) == 2
    path = tmp_path / "gallery.png"
    masks = visualization.plot_segmentation_mask_gallery(
        IMAGES, 3, y_true=MASKS, y_pred=MASKS, path=path
    )
    assert masks.axes[0].images[0].get_array().shape == (40, 150, 3)
    assert path.stat().st_size > 1000


def test_what_cannot_be_is_refused():
    with pytest.raises(UserError, match=r"images\[None\]"):
        visualization.plot_image_gallery(IMAGES[0])
    with pytest.raises(UserError, match="`label_map`"):
        visualization.plot_image_gallery(IMAGES, [0, 1, 2])
    with pytest.raises(UserError, match="not both"):
        visualization.plot_image_gallery(IMAGES, path="a.png", show=True)
    with pytest.raises(TypeError, match="must be a dict"):
        visualization.draw_bounding_boxes(IMAGES, BOXES["boxes"], "xyxy")
    with pytest.raises(UserError, match="must have 'boxes' and 'labels'"):
        visualization.draw_bounding_boxes(IMAGES, {"boxes": BOXES["boxes"]}, "xyxy")
    with pytest.raises(TypeError, match="must be integers"):
        visualization.draw_segmentation_masks(IMAGES, MASKS.astype("float32"))
    with pytest.raises(UserError, match="need masks"):
        visualization.draw_segmentation_masks(IMAGES, MASKS[:, :5])
