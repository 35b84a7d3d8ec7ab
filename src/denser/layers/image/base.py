"""Base of the layers for images: it brings what is given to one form, and back.

A random layer draws in `draw` what happens to each image of a batch, and does it in the hooks:

    class RandomDarkening(_RandomImageLayer):
        factor: Annotated[Any, factor_range(0, 1, "from 0")] = 0.5
        seed: Seed = None

        def draw(self, shape, key):  # shape (batch, height, width, channels)
            return {"factor": uniform_in(self.factor, key, (shape[0], 1, 1, 1))}

        def transform_images(self, images, transformation, training=True):
            return images * (1 - transformation["factor"])

The hooks always see batches with the channels last: images (batch, height, width, channels) in the
layer's compute type; segmentation masks (batch, height, width, channels) in the type they came in;
bounding boxes {'boxes': (batch, boxes, 4), 'labels': (batch, boxes)}, as 'xyxy' in pixels; labels
(batch, ...). A hook that is not written leaves its part as it is. Outside training no hook of a
random layer runs. The seed's generator is `self.generator`; `draw` gets one key from it and splits
it with `jax.random.split`.
"""

from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ...core.fields import Rule, one_of
from ...core.messages import UserError, bad_argument, bad_input, who
from ...core.random import as_generator, draw_seed
from ...core.tensor import as_array, map_leaves
from ...ops.boxes import FORMATS, clip_to_image_size, convert_format
from ..layer import Layer
from ..spatial import DataFormat


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(map(_is_number, value))


def ends(value: Any, single: str = "around 0") -> Any:
    """The two ends of a range, in order, for what may stand for them; anything else as it is.

    Args:
        single: What one number x stands for: 'around 0' (-|x|, |x|), 'from 0' (0, x).
    """
    if _is_number(value):
        return (-abs(value), abs(value)) if single == "around 0" else (0, value)
    return tuple(sorted(value)) if _is_pair(value) else value


def factor_range(least: float, most: float, single: str = "around 0", keep: bool = False) -> Rule:
    """A rule for a range within `least` and `most`, written as a pair or as one number.

    Args:
        single: As in `ends`.
        keep: Whether the field stays as it is written, for the config; else it becomes the pair.
    """

    def check(value: Any) -> bool:
        value = ends(value, single)
        return _is_pair(value) and least <= value[0] and value[1] <= most

    expected = f"a number, or a pair of numbers, from {least:g} to {most:g}"
    bad = ("a", most + 1, (least - 1, most), (0.1, 0.2, 0.3))
    return Rule(expected, check, None if keep else partial(ends, single=single), bad)


def uniform_in(within: tuple[float, float], key: Array, shape: tuple[int, ...]) -> Array:
    """Numbers drawn evenly from a range; exactly its end where both ends are one."""
    low, high = within
    return low + (high - low) * jax.random.uniform(key, shape)


def is_chosen(chance: tuple[float, float], key: Array, count: int) -> Array:
    """Whether each of `count` images is changed, with a chance drawn from a range."""
    for_chance, for_image = jax.random.split(key)
    return jax.random.uniform(for_image, (count,)) < uniform_in(chance, for_chance, (count,))


FillMode = Annotated[str, one_of("reflect", "wrap", "constant", "nearest")]
Interpolation = Annotated[str, one_of("nearest", "bilinear")]
ValueRange = Annotated[
    Any,
    Rule(
        "the lowest and the highest value of a pixel, as (0, 255)",
        lambda value: _is_pair(value) and value[0] < value[1],
        lambda value: tuple(value) if isinstance(value, list) else value,
        (255, "a", (1, 0), (0, 1, 2)),
    ),
]
BoxFormat = Annotated[
    Any,
    Rule(
        f"one of {', '.join(FORMATS)}",
        lambda value: value in FORMATS,
        lambda value: value.lower() if isinstance(value, str) else value,
        ("no such format", 17),
    ),
]


class _ImageLayer(Layer):
    """Base of layers for images, alone or in a dict with what belongs to them.

    Subclasses that take `data_format` by position declare it again, in its place.
    """

    data_format: DataFormat = None
    bounding_box_format: BoxFormat = None

    in_inference: ClassVar[bool] = True  # whether the hooks run outside training too
    casts: ClassVar[bool] = True  # whether images become the compute type's

    def call(self, data: Any, training: bool | None = True) -> Any:
        """The images, or the dict, with every part transformed alike."""
        given = data if isinstance(data, dict) else {"images": data}
        single = self._is_single(given)
        batch = self._opened(given, single)
        if training or self.in_inference:
            batch = self._transformed(batch, bool(training))
        batch = given | self._closed(batch, given, single)
        return batch if isinstance(data, dict) else batch["images"]

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """What is to happen to each image: the `transformation` of the hooks."""
        return {"input_shape": batch_shape(data)}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images after the transformation."""
        return images

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        """The labels after the transformation."""
        return labels

    def transform_bounding_boxes(
        self, bounding_boxes: dict[str, Array], transformation: Any, training: bool = True
    ) -> dict[str, Array]:
        """The boxes after the transformation; they may reach beyond the image."""
        return bounding_boxes

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The masks after the transformation."""
        return segmentation_masks

    def get_config(self) -> dict[str, Any]:
        """The arguments; the format of boxes where there is one."""
        config = super().get_config()
        if config["bounding_box_format"] is None:
            del config["bounding_box_format"]
        return config

    def _is_single(self, given: dict[str, Any]) -> bool:
        """Whether one image without a batch is given, or the error about what is."""
        if "images" not in given:
            raise UserError(
                f"{who(self)}: expected images, or a dict with 'images'; got one with "
                f"{', '.join(map(repr, given))}."
            )
        ndim = jnp.ndim(given["images"])
        if ndim not in (3, 4):
            expected = "(batch, height, width, channels), or without batch"
            raise bad_input(self, expected, jnp.shape(given["images"]))
        boxes = given.get("bounding_boxes")
        if boxes is not None and self.bounding_box_format is None:
            raise UserError(
                f"{who(self)}: `bounding_box_format` must say how the boxes are written, as 'xyxy'."
            )
        if boxes is not None and not (isinstance(boxes, dict) and {"boxes", "labels"} <= {*boxes}):
            expected = "a dict with 'boxes' and 'labels'"
            raise bad_argument(self, "bounding_boxes", expected, boxes)
        return ndim == 3

    def _opened(self, given: dict[str, Any], single: bool) -> dict[str, Any]:
        """The parts that the hooks see, in their form."""

        def lift(x: Any) -> Array:
            x = as_array(x)
            return x[None] if single else x

        names = ("images", "labels", "bounding_boxes", "segmentation_masks")
        batch = {n: map_leaves(lift, given[n]) for n in names if given.get(n) is not None}
        images = batch["images"] = self._moved(batch["images"], 1, -1)
        if self.casts:
            batch["images"] = images.astype(self.compute_dtype)
        if "segmentation_masks" in batch:
            masks = batch["segmentation_masks"]
            batch["segmentation_masks"] = (
                masks[..., None] if masks.ndim == 3 else self._moved(masks, 1, -1)
            )
        if "bounding_boxes" in batch:
            batch["bounding_boxes"] = convert_format(
                batch["bounding_boxes"], self.bounding_box_format, "xyxy", *images.shape[1:3]
            )
        return batch

    def _transformed(self, batch: dict[str, Any], training: bool) -> dict[str, Any]:
        """Every part after the hooks, boxes within the image."""
        transformation = self.get_random_transformation(batch, training)
        hooks: dict[str, Callable[..., Any]] = {
            "images": self.transform_images,
            "labels": self.transform_labels,
            "bounding_boxes": self.transform_bounding_boxes,
            "segmentation_masks": self.transform_segmentation_masks,
        }
        batch = {name: hooks[name](part, transformation, training) for name, part in batch.items()}
        if "bounding_boxes" in batch:
            batch["bounding_boxes"] = clip_to_image_size(
                batch["bounding_boxes"], *batch["images"].shape[1:3]
            )
        return batch

    def _closed(self, batch: dict[str, Any], given: dict[str, Any], single: bool) -> dict[str, Any]:
        """The parts in the form in which they were given."""
        batch = dict(batch)
        height, width = batch["images"].shape[1:3]
        batch["images"] = self._moved(batch["images"], -1, 1)
        if "segmentation_masks" in batch:
            masks = batch["segmentation_masks"]
            flat = jnp.ndim(given["segmentation_masks"]) == (2 if single else 3)
            batch["segmentation_masks"] = masks[..., 0] if flat else self._moved(masks, -1, 1)
        if "bounding_boxes" in batch:
            found = batch["bounding_boxes"] = convert_format(
                batch["bounding_boxes"], "xyxy", self.bounding_box_format, height, width
            )
            # A row that is no box holds -1 only, whatever has been done to it.
            found["boxes"] = jnp.where(found["labels"][..., None] == -1, -1, found["boxes"])
        return map_leaves(lambda x: x[0], batch) if single else batch

    def _moved(self, x: Array, source: int, target: int) -> Array:
        first = self.data_format == "channels_first"
        return jnp.moveaxis(x, source, target) if first else x


class _RandomImageLayer(_ImageLayer):
    """Base of layers that change images by chance, each one of a batch differently, in training."""

    seed: ClassVar[Any]  # a field of the subclasses
    in_inference = False

    def setup(self) -> None:
        """A source of seeds, which count up at each call."""
        self.generator = as_generator(self.seed)

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """What happens to each image of a batch of that shape, drawn with the key."""
        raise NotImplementedError(f"{type(self).__name__} must define `draw`.")

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        """What is to happen to each image of `data`; None outside training.

        Args:
            data: Images with the channels last, or a dict with them.
            seed: An integer or SeedGenerator in place of the layer's own.
        """
        if not training:
            return None
        return self.draw(batch_shape(data), draw_seed(self.generator if seed is None else seed))


def batch_shape(data: Any) -> tuple[int, ...]:
    """The shape of the images with a batch in front."""
    shape = tuple(jnp.shape(data["images"] if isinstance(data, dict) else data))
    return shape if len(shape) == 4 else (1, *shape)
