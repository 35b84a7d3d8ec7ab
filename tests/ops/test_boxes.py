"""Boxes: formats, overlap, cuts and deltas are Keras's."""

import keras
import numpy as np
import pytest

import denser
from denser.core.messages import UserError

OURS, THEIRS = denser.utils.bounding_boxes, keras.utils.bounding_boxes
RNG = np.random.default_rng(2)
START = RNG.uniform(0, 100, (2, 5, 2))
BOXES = np.concatenate([START, START + RNG.uniform(5, 90, (2, 5, 2))], -1).astype("float32")
ANCHORS = (BOXES[0] + RNG.uniform(0, 5, (5, 4))).astype("float32")
SIZE = {"height": 200, "width": 300}
FORMATS = ["xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw",
           "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"]  # fmt: skip


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_formats(source, target):
    given = np.asarray(THEIRS.convert_format(BOXES, "xyxy", source, **SIZE))
    ours = OURS.convert_format(given, source, target, **SIZE)
    np.testing.assert_allclose(
        ours, THEIRS.convert_format(given, source, target, **SIZE), rtol=1e-4, atol=1e-4
    )


CALLS = {
    "clip": ("clip_to_image_size", ({"boxes": BOXES - 60, "labels": np.ones((2, 5), int)}, 40, 50)),
    "clip relative": (
        "clip_to_image_size",
        ({"boxes": BOXES / 90, "labels": np.ones((2, 5), int)}, None, None, "rel_xyxy"),
    ),
    "crop": ("crop", (BOXES, 10, 20, 40, 30)),
    "pad": ("pad", (BOXES, 10, 20)),
    "turn": ("affine_transform", (30.0, 0.1, -0.2, 1.5, 0.0, 0.0)),
    "turn elsewhere": ("affine_transform", (-20.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.3, 0.6)),
    "shear": ("affine_transform", (0.0, 0.0, 0.0, 0.7, 10.0, 0.0)),
    "shear down": ("affine_transform", (0.0, 0.0, 0.0, 1.0, 0.0, 20.0)),
    "iou": ("compute_iou", (BOXES[0], ANCHORS, "xyxy")),
    "iou of batches": ("compute_iou", (BOXES, ANCHORS, "xywh")),
    "iou relative": ("compute_iou", (BOXES / 300, ANCHORS / 300, "rel_yxyx", False, -1, (9, 8, 3))),
    "iou masked": ("compute_iou", (np.where(ANCHORS > 50, ANCHORS, -1), ANCHORS, "xyxy", True)),
    "ciou": ("compute_ciou", (BOXES, ANCHORS, "xyxy")),
    "ciou of sizes": ("compute_ciou", (BOXES, ANCHORS, "center_xywh")),
    "encode": ("encode_box_to_deltas", (ANCHORS, BOXES, "xyxy", "xyxy")),
    "encode with variance": (
        "encode_box_to_deltas",
        (ANCHORS, BOXES[0], "xyxy", "xywh", "center_xywh", [0.1, 0.1, 0.2, 0.2]),
    ),
    "decode": ("decode_deltas_to_boxes", (ANCHORS, BOXES / 200, "xyxy", "yxyx")),
    "decode relative": (
        "decode_deltas_to_boxes",
        (ANCHORS, BOXES[0] / 200, "xywh", "rel_xywh", "center_xywh", [0.1] * 4, (200, 300, 3)),
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_functions_are_kerass(case):
    name, given = CALLS[case]
    if name == "affine_transform":
        numbers = [np.full(2, n, "float32") for n in given[:6]]
        given = (BOXES, *numbers, 200, 300, *given[6:])
    ours, theirs = (getattr(module, name)(*given) for module in (OURS, THEIRS))
    if isinstance(ours, dict):
        np.testing.assert_array_equal(ours["labels"], theirs["labels"])
        ours, theirs = ours["boxes"], theirs["boxes"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def test_decoding_undoes_encoding():
    deltas = OURS.encode_box_to_deltas(ANCHORS, BOXES, "xyxy", "xyxy", variance=[0.1] * 4)
    many = {"a": ANCHORS, "b": ANCHORS}
    found = OURS.decode_deltas_to_boxes(
        many, {"a": deltas, "b": deltas}, "xyxy", "xyxy", variance=[0.1] * 4
    )
    np.testing.assert_allclose(found["b"], BOXES, rtol=1e-4)


def test_formats_of_sizes_are_clipped_and_cut_too():
    given = {"boxes": [[-10, -20, 150, 160], [50, 40, 20, 40]], "labels": [0, 1]}
    clipped = OURS.clip_to_image_size(given, 100, 120, "xywh")
    np.testing.assert_allclose(clipped["boxes"], [[0, 0, 120, 100], [50, 40, 20, 40]])
    np.testing.assert_allclose(
        OURS.crop([[10, 20, 50, 60]], 10, 20, 40, 30, "xywh"), [[0, 10, 30, 30]]
    )
    np.testing.assert_allclose(
        OURS.pad([[10, 20, 50, 60]], 1, 2, 70, 60, "xywh"), [[12, 21, 48, 49]]
    )


def test_what_cannot_be_is_refused():
    with pytest.raises(UserError, match="`target` must be one of"):
        OURS.convert_format(BOXES, "xyxy", "xyz")
    with pytest.raises(UserError, match="`height` and `width`"):
        OURS.convert_format(BOXES, "xyxy", "rel_xyxy")
    with pytest.raises(UserError, match="expected input"):
        OURS.convert_format(BOXES[..., :3], "xyxy", "xywh")
    with pytest.raises(UserError, match="`height` and `width`"):
        OURS.clip_to_image_size(BOXES)
    with pytest.raises(UserError, match="image_shape"):
        OURS.compute_iou(BOXES, BOXES, "rel_xyxy")
    with pytest.raises(UserError, match="convert_format"):
        OURS.pad(BOXES, 1, 1, bounding_box_format="rel_xyxy")
    with pytest.raises(UserError, match="`variance` must be four numbers"):
        OURS.encode_box_to_deltas(ANCHORS, BOXES, "xyxy", "xyxy", variance=[1, 2])
    with pytest.raises(UserError, match="`encoded_format`"):
        OURS.decode_deltas_to_boxes(ANCHORS, BOXES, "xyxy", "xyxy", "xyxy")
