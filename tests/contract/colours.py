"""Rows of the table for the layers that change an image's colours or mix images."""

from typing import Any

from .table import Row


def _certain(name: str, training: bool | None = True, **kwargs: Any) -> Row:
    """A row for a layer whose draws have one outcome, on numbers that a float may have."""
    return Row(name, {"value_range": (-4, 4), **kwargs}, (3, 6, 5, 3), training=training, atol=1e-4)


def _bytes(name: str, **kwargs: Any) -> Row:
    """A row for a layer without chance, on integers."""
    return Row(name, kwargs, (3, 6, 5, 3), "uint8", training=True, high=256, mixes_rows=True)


def _random(name: str, **kwargs: Any) -> Row:
    """A row for a layer whose numbers are drawn, beside the batch at unknown sizes."""
    kwargs = {"seed": 1, **kwargs}
    return Row(name, kwargs, (3, 6, 5, 3), training=True, random=True, unknown=(1, 2))


def _policy(name: str, **kwargs: Any) -> Row:
    """A row for a layer of many layers, on integers, whose gradients no program need find."""
    kwargs = {"seed": 1, **kwargs}
    return Row(name, kwargs, (3, 6, 5, 3), "uint8", training=True, random=True, high=256)


def _first(name: str, **kwargs: Any) -> Row:
    """A row for `channels_first`."""
    kwargs = {"seed": 1, "data_format": "channels_first", **kwargs}
    return Row(name, kwargs, (2, 3, 6, 5), training=True, random=True)


COLOURS = [
    _certain("RandomBrightness", factor=(0.1, 0.1), seed=1),
    _certain("RandomContrast", factor=(0, 0), seed=1),
    _certain("RandomColorDegeneration", factor=(0.3, 0.3), seed=1),
    _certain("RandomInvert", factor=(0, 0), seed=1),
    _certain("RandomSharpness", factor=(0.2, 0.2), seed=1),
    _certain("RandomGaussianBlur", factor=(1, 1), sigma=(0.8, 0.8), kernel_size=(3, 5), seed=1),
    _certain("RandomErasing", factor=(1, 1), scale=(1, 1), fill_value=0.5, seed=1),
    _certain("AutoContrast", None),
    Row("RandomGrayscale", {"factor": 1.0}, (3, 6, 5, 3), training=True),
    _bytes("Equalization", bins=5),
    _bytes("Equalization", bins=20, value_range=(-10, 300)),
    _bytes("RandomHue", factor=(1, 1), seed=1),
    _bytes("RandomPosterization", factor=(3, 3), seed=1),
    _bytes("Solarization", seed=1),
    _random("RandomBrightness", factor=0.2),
    _random("RandomContrast", factor=0.2),
    _random("RandomSaturation", factor=0.7),
    _random("RandomHue", factor=0.2),
    _random("RandomColorJitter", brightness_factor=0.1, contrast_factor=0.2, hue_factor=[0, 0.3]),
    _random("RandomColorDegeneration", factor=0.5),
    _random("RandomGrayscale", seed=None),
    _random("RandomInvert"),
    _random("RandomPosterization", factor=4),
    _random("RandomSharpness", factor=1.0),
    _random("Solarization", addition_factor=0.2, threshold_factor=(0.2, 0.5)),
    _random("RandomGaussianBlur", kernel_size=5, sigma=(0.1, 2.0)),
    _random("RandomErasing", fill_value=(1.0, 2.0, 3.0)),
    _policy("RandAugment", num_ops=1, factor=0.3),
    _policy("AugMix", num_chains=2, chain_depth=1, all_ops=False),
    _random("MixUp"),
    _random("CutMix", factor=(0.5, 1.0)),
    _first("RandomSaturation", factor=(0.5, 0.7)),
    _first("RandomErasing"),
    _first("CutMix"),
    _first("MixUp", alpha=1.0),
    Row(
        "ContrastLimitedAdaptiveHistogramEqualization",
        {"tile_grid_size": (2, 3), "value_range": (0, 255)},
        (3, 6, 5, 3),
        "float32",
    ),
]
