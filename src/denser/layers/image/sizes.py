"""Layers for images: their values, sizes, parts, and the number of their boxes."""

from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ...core.fields import Number, Positive, Rule, Seed, one_of
from ...core.messages import UserError, who
from ...core.random import as_generator, draw_seed
from ...core.tensor import as_array
from ...ops.image import frame_around, middle_part, resize
from ..layer import Layer
from ..spatial import DataFormat
from .base import _ImageLayer, batch_shape

_Method = Annotated[str, one_of("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")]


def _are_numbers(value: Any) -> bool:
    try:
        return as_array(value).dtype.kind in "iuf"
    except (TypeError, ValueError):
        return False


Numbers = Annotated[Any, Rule("a number, or an array of numbers", _are_numbers, bad=("a",))]


class Rescaling(Layer):
    """`x * scale + offset`, in training and in inference.

    Shapes:
        x: any -> the same

    Args:
        scale, offset: Numbers, or one for each channel; `scale=1 / 255` brings bytes to 0 ... 1,
            `scale=1 / 127.5, offset=-1` to -1 ... 1.

    Example:
        >>> Rescaling(1 / 127.5, offset=-1)(np.array([0, 255], "uint8")).tolist()
        [-1.0, 1.0]
    """

    scale: Numbers
    offset: Numbers = 0.0

    supports_masking = True

    def call(self, inputs: Array) -> Array:
        """`inputs * scale + offset` in the compute type."""
        dtype = self.compute_dtype
        scale, offset = as_array(self.scale, dtype), as_array(self.offset, dtype)
        return inputs.astype(dtype) * scale + offset


class _Window(_ImageLayer):
    """Base of layers that show a part of each image, or a frame around it, at another size.

    `get_random_transformation` gives the part as 'window': (top, left, height, width), the first
    two of them negative for a frame.
    """

    # Fields of the subclasses, with other defaults.
    height: ClassVar[int]
    width: ClassVar[int]
    interpolation: ClassVar[str] = "bilinear"
    antialias: ClassVar[bool] = False
    fill_value: ClassVar[float] = 0.0

    def window(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Which part of images of that size is shown."""
        return middle_part(height, width, self.height / self.width)

    def fits(self, height: int, width: int) -> bool:
        """Whether a part of the output's size can be cut from images of that size."""
        return height >= self.height and width >= self.width

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any]:
        """The part that is shown."""
        return {"window": self.window(*batch_shape(data)[1:3])}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The part of the images, resized."""
        return self._shown(images, transformation["window"], self.interpolation, self.antialias)

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The part of the masks, with no classes mixed."""
        return self._shown(segmentation_masks, transformation["window"], "nearest", False)

    def transform_bounding_boxes(
        self, bounding_boxes: dict[str, Array], transformation: Any, training: bool = True
    ) -> dict[str, Array]:
        """The boxes, moved and stretched as the pixels."""
        top, left, height, width = transformation["window"]
        across, down = self.width / width, self.height / height
        scale = jnp.asarray([across, down, across, down])
        boxes = bounding_boxes["boxes"] - jnp.stack([left, top, left, top])
        return {**bounding_boxes, "boxes": boxes * scale}

    def _shown(self, x: Array, window: Any, interpolation: str, antialias: bool) -> Array:
        top, left, height, width = window
        if height > x.shape[1] or width > x.shape[2]:  # a frame
            edges = (-top, height - x.shape[1] + top), (-left, width - x.shape[2] + left)
            x = jnp.pad(x, ((0, 0), *edges, (0, 0)), constant_values=self.fill_value)
        else:
            sizes = (x.shape[0], height, width, x.shape[3])
            x = jax.lax.dynamic_slice(x, (0, top, left, 0), sizes)
        if (height, width) == (self.height, self.width):
            return x
        size = (self.height, self.width)
        return resize(x, size, interpolation, antialias, data_format="channels_last")


class Resizing(_Window):
    """Images of another size, in training and in inference.

    Shapes:
        x: (batch, rows, columns, channels), or without batch -> (batch, height, width, channels)

    Args:
        height, width: The size, in pixels.
        interpolation: 'bilinear', 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'.
        crop_to_aspect_ratio: Whether to cut off first what would distort the image.
        pad_to_aspect_ratio: Whether to put `fill_value` around first, so that nothing is distorted.
        fill_mode: Only 'constant'.
        fill_value: What stands around.
        antialias: Whether a pixel of a smaller image is the mean over all it stands for.
        data_format: 'channels_last' or 'channels_first'.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> Resizing(2, 3)(np.zeros((8, 8, 1), "uint8")).shape
        (2, 3, 1)
    """

    height: Positive
    width: Positive
    interpolation: _Method = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: Annotated[str, one_of("constant")] = "constant"
    fill_value: Number = 0.0
    antialias: bool = False
    data_format: DataFormat = None

    casts = False

    def setup(self) -> None:
        """Cut off or put around, not both."""
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise UserError(
                f"{who(self)}: choose one of `crop_to_aspect_ratio` and `pad_to_aspect_ratio`."
            )

    def window(self, height: int, width: int) -> tuple[int, int, int, int]:
        """All of the image, its largest part, or the least frame around it."""
        ratio = self.height / self.width
        if self.crop_to_aspect_ratio:
            return middle_part(height, width, ratio)
        if self.pad_to_aspect_ratio:
            top, left, height, width = frame_around(height, width, ratio)
            return -top, -left, height, width
        return 0, 0, height, width


class CenterCrop(_Window):
    """The middle of images; of smaller ones the largest middle part of that form, resized.

    Shapes:
        x: (batch, rows, columns, channels), or without batch -> (batch, height, width, channels)

    Args:
        height, width: The size, in pixels.
        data_format: 'channels_last' or 'channels_first'.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> CenterCrop(2, 2)(np.arange(16).reshape(4, 4, 1))[..., 0].tolist()
        [[5.0, 6.0], [9.0, 10.0]]
    """

    height: Positive
    width: Positive
    data_format: DataFormat = None

    def window(self, height: int, width: int) -> tuple[int, int, int, int]:
        """The middle, or what there is of it."""
        if not self.fits(height, width):
            return super().window(height, width)
        return (height - self.height) // 2, (width - self.width) // 2, self.height, self.width


class RandomCrop(_Window):
    """In training a part of the images at a random place, the same for all of a batch.

    In inference, and of smaller images, the largest middle part of that form, resized.

    Shapes:
        x: (batch, rows, columns, channels), or without batch -> (batch, height, width, channels)

    Args:
        height, width: The size, in pixels.
        seed: An integer makes the places repeatable.
        data_format: 'channels_last' or 'channels_first'.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Keras's leaves images as they are in inference, though it says what stands here.
    """

    height: Positive
    width: Positive
    seed: Seed = None
    data_format: DataFormat = None

    def setup(self) -> None:
        """A source of seeds, which count up at each call."""
        self.generator = as_generator(self.seed)

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any]:
        """The part that is shown."""
        rows, columns = batch_shape(data)[1:3]
        if not training or not self.fits(rows, columns):
            return {"window": self.window(rows, columns)}
        key = draw_seed(self.generator if seed is None else seed)
        last = jnp.array([rows - self.height, columns - self.width])
        top, left = jax.random.randint(key, (2,), 0, last + 1)
        return {"window": (top, left, self.height, self.width)}


class MaxNumBoundingBoxes(_ImageLayer):
    """As many boxes for each image: the first ones, or rows of `fill_value` added.

    Shapes:
        boxes: (batch, boxes, 4) -> (batch, max_number, 4)
        labels: (batch, boxes) -> (batch, max_number)

    Args:
        max_number: How many.
        fill_value: What stands in rows that are no box, and as their label.
        data_format, bounding_box_format: How images and boxes are written; both are left alone.
    """

    max_number: Positive
    fill_value: Number = -1

    casts = False

    def call(self, data: Any, training: bool | None = True) -> Any:
        """The dict with its boxes cut or filled up; images alone as they are."""
        if not isinstance(data, dict) or data.get("bounding_boxes") is None:
            return data
        given = data["bounding_boxes"]
        boxes = self._filled(as_array(given["boxes"], "float32"), -2)
        labels = self._filled(as_array(given["labels"]), -1)
        return {**data, "bounding_boxes": {**given, "boxes": boxes, "labels": labels}}

    def get_config(self) -> dict[str, Any]:
        """The arguments; what fills the rows where it is not -1, as Keras never tells it."""
        config = super().get_config()
        if config["fill_value"] == -1:
            del config["fill_value"]
        return config

    def _filled(self, x: Array, axis: int) -> Array:
        axis += x.ndim
        x = jax.lax.slice_in_dim(x, 0, min(self.max_number, x.shape[axis]), axis=axis)
        edges = [(0, 0)] * x.ndim
        edges[axis] = (0, self.max_number - x.shape[axis])
        return jnp.pad(x, edges, constant_values=self.fill_value)
