"""Layers that bend images by chance in training: flip, turn, move, zoom, shear, perspective."""

from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ...core.fields import Number, Rate, Seed, one_of
from ...ops.boxes import around
from ...ops.image import affine_transform
from ...ops.warp import homography
from ..spatial import DataFormat
from .base import (
    FillMode,
    Interpolation,
    _RandomImageLayer,
    ends,
    factor_range,
    is_chosen,
    uniform_in,
)


class RandomFlip(_RandomImageLayer):
    """In training each image mirrored or not, with even chances, along each axis of `mode`.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        mode: 'horizontal' (left becomes right), 'vertical', or 'horizontal_and_vertical'.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last' or 'channels_first'.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> RandomFlip("horizontal", seed=1)(np.zeros((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)

    Keras's mirrors along both axes or none; here each has its own choice.
    """

    mode: Annotated[str, one_of("horizontal", "vertical", "horizontal_and_vertical")] = (
        "horizontal_and_vertical"
    )
    seed: Seed = None
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """Whether each image is mirrored along its rows and along its columns."""
        possible = jnp.array(["horizontal" in self.mode, "vertical" in self.mode])
        flips = jax.random.bernoulli(key, shape=(shape[0], 2)) & possible
        return {"across": flips[:, 0], "down": flips[:, 1], "input_shape": shape}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images, those that were chosen mirrored."""
        images = _where(transformation["across"], images[:, :, ::-1], images)
        return _where(transformation["down"], images[:, ::-1], images)

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The masks, as the images."""
        return self.transform_images(segmentation_masks, transformation)

    def transform_bounding_boxes(
        self, bounding_boxes: dict[str, Array], transformation: Any, training: bool = True
    ) -> dict[str, Array]:
        """The boxes, on the side where the pixels are."""
        height, width = transformation["input_shape"][1:3]
        left, top, right, bottom = jnp.moveaxis(bounding_boxes["boxes"], -1, 0)
        across, down = transformation["across"], transformation["down"]
        boxes = [
            _where(across, width - right, left),
            _where(down, height - bottom, top),
            _where(across, width - left, right),
            _where(down, height - top, bottom),
        ]
        return {**bounding_boxes, "boxes": jnp.stack(boxes, -1)}


def _where(chosen: Array, x: Array, other: Array) -> Array:
    """`x` for the images that were chosen, else `other`."""
    return jnp.where(chosen.reshape(-1, *[1] * (x.ndim - 1)), x, other)


class _RandomWarp(_RandomImageLayer):
    """Base of layers that move every pixel of an image by one formula.

    `draw` gives 'matrix' (batch, 8): the numbers of `ops.image.affine_transform`.
    """

    # Fields of the subclasses.
    interpolation: ClassVar[str]
    fill_value: ClassVar[float]
    fill_mode: ClassVar[str] = "constant"

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images, bent."""
        return self._bent(images, transformation, self.interpolation)

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The masks, bent with no classes mixed."""
        return self._bent(segmentation_masks, transformation, "nearest")

    def transform_bounding_boxes(
        self, bounding_boxes: dict[str, Array], transformation: Any, training: bool = True
    ) -> dict[str, Array]:
        """The boxes around the bent boxes."""
        matrix = transformation["matrix"]
        full = jnp.concatenate([matrix, jnp.ones_like(matrix[:, :1])], -1).reshape(-1, 3, 3)
        # The matrix says where a pixel comes from; corners are wanted where they go to. They lie
        # half a pixel before the middle of the pixel with their number.
        left, top, right, bottom = jnp.moveaxis(bounding_boxes["boxes"] - 0.5, -1, 0)
        x = jnp.stack([left, right, left, right], -1)  # (batch, boxes, corners)
        y = jnp.stack([top, top, bottom, bottom], -1)
        points = jnp.stack([x, y, jnp.ones_like(x)], 1)  # (batch, 3, boxes, corners)
        x, y, k = jnp.moveaxis(jnp.einsum("bij,bj...->bi...", jnp.linalg.inv(full), points), 1, 0)
        return {**bounding_boxes, "boxes": around(x / k, y / k) + 0.5}

    def _bent(self, x: Array, transformation: Any, interpolation: str) -> Array:
        how = (interpolation, self.fill_mode, self.fill_value, "channels_last")
        return affine_transform(x, transformation["matrix"], *how)


def _matrix(*numbers: Any) -> dict[str, Any]:
    """The first numbers of (batch, 8), of (batch,) each or plain; the rest is 0."""
    columns = jnp.broadcast_arrays(*map(jnp.asarray, [*numbers, *[0.0] * (8 - len(numbers))]))
    return {"matrix": jnp.stack(columns, -1)}


class RandomRotation(_RandomWarp):
    """In training each image turned around its middle.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: The least and the most turn, in parts of a full one, against the clock; one number
            x stands for (-x, x).
        fill_mode: What stands outside: 'reflect' (mirrored, the edge twice), 'constant'
            (`fill_value`), 'wrap' (the other side), 'nearest' (the edge).
        interpolation: 'nearest' or 'bilinear'.
        seed: An integer makes the turns repeatable.
        fill_value: The constant.
        data_format: 'channels_last' or 'channels_first'.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> turned = RandomRotation((0.25, 0.25))(np.arange(4.0).reshape(2, 2, 1), training=True)
        >>> turned[..., 0].round().tolist()
        [[1.0, 3.0], [0.0, 2.0]]
    """

    factor: Annotated[Any, factor_range(-1, 1)]
    fill_mode: FillMode = "reflect"
    interpolation: Interpolation = "bilinear"
    seed: Seed = None
    fill_value: Number = 0.0
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """How far each image is turned."""
        angle = 2 * jnp.pi * uniform_in(self.factor, key, shape[:1])
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        x, y = (shape[2] - 1) / 2, (shape[1] - 1) / 2
        return _matrix(cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y)


class RandomTranslation(_RandomWarp):
    """In training each image moved, down and to the right.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        height_factor, width_factor: The least and the most move, in parts of the image's size; one
            number x stands for (-x, x).
        fill_mode, interpolation, seed, fill_value, data_format, bounding_box_format: As in
            RandomRotation.

    Example:
        >>> moved = RandomTranslation(0, (0.5, 0.5), "wrap")(np.arange(4.0).reshape(1, 4, 1))
        >>> moved.ravel().tolist()
        [2.0, 3.0, 0.0, 1.0]
    """

    height_factor: Annotated[Any, factor_range(-1, 1, keep=True)]
    width_factor: Annotated[Any, factor_range(-1, 1, keep=True)]
    fill_mode: FillMode = "reflect"
    interpolation: Interpolation = "bilinear"
    seed: Seed = None
    fill_value: Number = 0.0
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """How far each image is moved."""
        for_height, for_width = jax.random.split(key)
        down = shape[1] * uniform_in(ends(self.height_factor), for_height, shape[:1])
        right = shape[2] * uniform_in(ends(self.width_factor), for_width, shape[:1])
        return _matrix(1.0, 0.0, -right, 0.0, 1.0, -down)


class RandomZoom(_RandomWarp):
    """In training each image made smaller or larger around its middle.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        height_factor, width_factor: The range of the change: 0.2 shows a fifth more, all smaller;
            -0.2 a fifth less, all larger. One number x stands for (-x, x). Without `width_factor`
            the form stays.
        fill_mode, interpolation, seed, fill_value, data_format, bounding_box_format: As in
            RandomRotation.

    Example:
        >>> RandomZoom(0.2, seed=1)(np.zeros((2, 8, 8, 3)), training=True).shape
        (2, 8, 8, 3)
    """

    height_factor: Annotated[Any, factor_range(-1, 1, keep=True)]
    width_factor: Annotated[Any, factor_range(-1, 1, keep=True)] = None
    fill_mode: FillMode = "reflect"
    interpolation: Interpolation = "bilinear"
    seed: Seed = None
    fill_value: Number = 0.0
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """How much more or less of each image is shown."""
        for_height, for_width = jax.random.split(key)
        down = across = 1 + uniform_in(ends(self.height_factor), for_height, shape[:1])
        if self.width_factor is not None:
            across = 1 + uniform_in(ends(self.width_factor), for_width, shape[:1])
        x, y = (shape[2] - 1) / 2, (shape[1] - 1) / 2
        return _matrix(across, 0.0, x * (1 - across), 0.0, down, y * (1 - down))


class RandomShear(_RandomWarp):
    """In training each image sheared: its rows moved the more the lower, its columns likewise.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        x_factor, y_factor: The least and the most slope of the columns and of the rows, either
            way; one number x stands for (-x, x).
        interpolation, fill_mode, fill_value, data_format, seed, bounding_box_format: As in
            RandomRotation.

    Example:
        >>> RandomShear(0.2, seed=1)(np.zeros((2, 8, 8, 3)), training=True).shape
        (2, 8, 8, 3)
    """

    x_factor: Annotated[Any, factor_range(-1, 1)] = 0.0
    y_factor: Annotated[Any, factor_range(-1, 1)] = 0.0
    interpolation: Interpolation = "bilinear"
    fill_mode: FillMode = "reflect"
    fill_value: Number = 0.0
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """How far each image is sheared, and to which side."""
        for_x, for_y, for_side = jax.random.split(key, 3)
        side = jnp.where(jax.random.bernoulli(for_side, shape=shape[:1]), 1.0, -1.0)
        x = side * uniform_in(self.x_factor, for_x, shape[:1])
        y = side * uniform_in(self.y_factor, for_y, shape[:1])
        return _matrix(1.0, -x, 0.0, -y, 1.0, 0.0)


class RandomPerspective(_RandomWarp):
    """In training some images seen from the side: three of their corners moved.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: The range of the chance that an image is changed; one number x stands for (0, x).
        scale: How far corners move, in parts of the image's size.
        interpolation: 'nearest' or 'bilinear'.
        fill_value: What stands outside.
        seed, data_format, bounding_box_format: As in RandomRotation.

    Example:
        >>> RandomPerspective(seed=1)(np.zeros((2, 8, 8, 3)), training=True).shape
        (2, 8, 8, 3)
    """

    factor: Annotated[Any, factor_range(0, 1, "from 0")] = 1.0
    scale: Rate = 1.0
    interpolation: Interpolation = "bilinear"
    fill_value: Number = 0.0
    seed: Seed = None
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """Where the corners of each image go."""
        for_choice, for_points = jax.random.split(key)
        right, bottom = shape[2] - 1.0, shape[1] - 1.0
        corners = jnp.array([[0, 0], [right, 0], [0, bottom], [right, bottom]])
        moves = jax.random.uniform(for_points, (shape[0], 4, 2), minval=-0.5, maxval=0.5)
        chosen = is_chosen(self.factor, for_choice, shape[0])
        moved = corners * (1 + self.scale * _where(chosen, moves, jnp.zeros_like(moves)))
        return {"matrix": jax.vmap(homography)(moved, jnp.broadcast_to(corners, moved.shape))}
