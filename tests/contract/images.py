"""Rows of the table for the layers that change images: their sizes and their geometry."""

from typing import Any

from .table import Row


def _image(name: str, training: bool | None = None, **kwargs: Any) -> Row:
    """A row for images with the channels last, whose sizes may be unknown."""
    return Row(name, kwargs, (3, 6, 5, 2), unknown=(1, 2), training=training, atol=1e-4)


def _random(name: str, **kwargs: Any) -> Row:
    """A row for a layer whose numbers are drawn."""
    shape = (3, 2, 6, 5) if kwargs.get("data_format") == "channels_first" else (3, 6, 5, 2)
    return Row(name, {"seed": 1, **kwargs}, shape, training=True, random=True)


GEOMETRY = [
    Row("Rescaling", {"scale": 0.5, "offset": -1}, (3, 4)),
    Row("Rescaling", {"scale": [1.0, 2.0], "offset": [0.5, 0.0]}, (3, 4, 2), unknown=(1,)),
    _image("Resizing", height=4, width=7),
    _image("Resizing", height=4, width=4, interpolation="bicubic", antialias=True),
    Row("Resizing", {"height": 3, "width": 4, "crop_to_aspect_ratio": True}, (3, 6, 5, 2)),
    Row(
        "Resizing",
        {"height": 7, "width": 4, "pad_to_aspect_ratio": True, "fill_value": 0.5},
        (3, 6, 5, 2),
    ),
    Row("Resizing", {"height": 4, "width": 3, "data_format": "channels_first"}, (3, 2, 6, 5)),
    _image("CenterCrop", height=3, width=4),
    Row("CenterCrop", {"height": 8, "width": 4}, (3, 6, 5, 2), atol=1e-4),
    Row("CenterCrop", {"height": 3, "width": 2, "data_format": "channels_first"}, (3, 2, 6, 5)),
    _image("MaxNumBoundingBoxes", max_number=3),
    _random("RandomCrop", height=3, width=4),
    _random("RandomFlip", mode="vertical"),
    _random("RandomFlip", data_format="channels_first"),
    _image("RandomFlip", training=False, seed=1),
    _image("RandomRotation", training=True, factor=(0.1, 0.1), fill_mode="constant", seed=1),
    _random("RandomRotation", factor=0.2, data_format="channels_first"),
    _image("RandomTranslation", True, height_factor=(0.2, 0.2), width_factor=(-0.3, -0.3), seed=1),
    _image("RandomZoom", True, height_factor=(0.2, 0.2), width_factor=(-0.3, -0.3), seed=1),
    _image("RandomZoom", True, height_factor=(-0.2, -0.2), fill_mode="wrap", seed=1),
    _random("RandomShear", x_factor=0.2, y_factor=(0.1, 0.2)),
    _random("RandomPerspective", factor=(0.5, 1.0), scale=0.4, bounding_box_format="xywh"),
    _random("RandomElasticTransform", factor=0.5, scale=(0.2, 0.3), value_range=(-9, 9)),
    Row(
        "Pipeline",
        lambda layers: {
            "layers": [layers.Rescaling(2.0, name="a"), layers.Resizing(3, 3, name="b")]
        },
        (3, 6, 5, 2),
    ),
]

IMAGES = [*GEOMETRY]
