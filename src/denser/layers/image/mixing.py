"""Rectangles taken out of images, and images of a batch mixed with each other."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax import Array

from ...core.fields import PositiveNumber, Rule, Seed
from ...core.messages import UserError, who
from ...core.variable import real_rows
from ...lowering.dropout import random_bits
from ..spatial import DataFormat
from .base import ValueRange, _RandomImageLayer, is_chosen, uniform_in
from .colours import FromZero

Fill = Annotated[
    Any,
    Rule(
        "a number, or one for each channel",
        lambda v: all(isinstance(n, (int, float)) for n in (v if isinstance(v, tuple) else (v,))),
        lambda v: tuple(v) if isinstance(v, list) else v,
        ("a", ("a", 1)),
    ),
]


class RandomErasing(_RandomImageLayer):
    """In training, with a probability drawn from `factor`, a rectangle of each image is filled.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: Ends of the probability's range; one number: from 0 to it.
        scale: Ends of the range that two shares are drawn from, whose roots are the rectangle's
            parts of the height and of the width; one number: from 0 to it.
        fill_value: A number, or one for each channel; None: noise.
        value_range: The lowest and the highest value of a pixel, within which the filling stays.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> y = RandomErasing((1, 1), scale=(1, 1), fill_value=7)(ops.zeros((2, 4, 4, 1)))
        >>> float(ops.min(y))
        7.0

    Source: Zhong et al. 2017, Random erasing data augmentation, arXiv:1708.04896.
    """

    factor: FromZero = 1.0
    scale: FromZero = (0.02, 0.33)
    fill_value: Fill | None = None
    value_range: ValueRange = (0, 255)
    seed: Seed = None
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """Which images lose a rectangle, which one, and what stands there then."""
        choice, sizes, place, noise = jax.random.split(key, 4)
        parts = jnp.sqrt(uniform_in(self.scale, sizes, (shape[0], 2)))
        chosen = is_chosen(self.factor, choice, shape[0])[:, None, None, None]
        inside = _rectangles(shape, parts, place) & chosen
        if self.fill_value is None:
            filling = _normal(noise, shape) * self.value_range[1]
        else:
            filling = jnp.asarray(self.fill_value, jnp.float32)
        return {"inside": inside, "filling": jnp.clip(filling, *self.value_range)}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images with their rectangles filled."""
        filling = transformation["filling"].astype(images.dtype)
        return jnp.where(transformation["inside"], filling, images)


def _normal(key: Array, shape: tuple[int, ...]) -> Array:
    """Normally distributed noise that fuses into what uses it: threefry would take most of the
    layer's time, to run and to compile."""
    uniform = (random_bits(key, shape) >> 9).astype(jnp.float32) * 2**-23 + 2**-24
    return jax.scipy.special.ndtri(uniform)


def _rectangles(shape: tuple[int, ...], parts: Array, key: Array) -> Array:
    """Which pixels lie in a rectangle, somewhere in each image.

    Shapes:
        parts: (batch, 2), of the height and the width
        result: (batch, height, width, 1), booleans
    """
    whole = jnp.asarray(shape[1:3], jnp.float32)
    size = parts * whole
    start = jax.random.uniform(key, parts.shape) * (whole - size)
    end = start + size
    within = [
        (jnp.arange(n) >= start[:, axis, None]) & (jnp.arange(n) < end[:, axis, None])
        for axis, n in enumerate(shape[1:3])
    ]
    return within[0][:, :, None, None] & within[1][:, None, :, None]


class _MixingLayer(_RandomImageLayer):
    """Base of layers that mix each image with another one of its batch, its partner.

    A subclass draws 'partner' (batch,), an index, and 'share' (batch,), how much of an image and
    its label stays its own.
    """

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        """The labels, mixed as the pixels are."""
        if not jnp.issubdtype(labels.dtype, jnp.floating) and labels.shape[1:] in ((), (1,)):
            raise UserError(
                f"{who(self)}: expected labels (batch, classes), that can be mixed; got "
                f"{labels.dtype} of shape {labels.shape}. Write them as one_hot(labels, classes), "
                "or as floats if they are numbers rather than classes."
            )
        share = _along(transformation["share"], labels)
        return share * labels + (1 - share) * labels[transformation["partner"]]


def beta(alpha: Any, key: Array, count: int) -> Array:
    """Numbers (count,) of the distribution Beta(alpha, alpha), also where `alpha` is tiny."""
    # One loop for both gamma numbers: `jax.random.beta` compiles two.
    return jax.nn.softmax(jax.random.loggamma(key, alpha, (count, 2)))[:, 0]


def _along(x: Array, other: Array) -> Array:
    """(batch,) as (batch, 1, ...), with as many axes as the other array."""
    return x.reshape(-1, *(1,) * (other.ndim - 1))


def _partners(count: int, key: Array) -> Array:
    """An order of the images by chance; rows that only fill up a batch are no one's partner."""
    rows = real_rows()
    if rows is None or rows.shape[0] != count:
        return jax.random.permutation(key, count)
    turns = jnp.where(rows, jax.random.uniform(key, (count,)), 2)  # real rows come first
    order = jnp.argsort(turns)
    return jnp.where(rows, order[jnp.cumsum(rows) - 1], jnp.arange(count))


class MixUp(_MixingLayer):
    """In training, `share * x + (1 - share) * partner`, of images, masks and labels; the boxes of
    both.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same
        labels: (batch, classes) -> the same

    Args:
        alpha: The share is drawn from Beta(alpha, alpha): the smaller, the less is mixed.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> data = {"images": ops.ones((4, 8, 8, 3)), "labels": ops.eye(4)}
        >>> ops.sum(MixUp()(data)["labels"], -1).tolist()
        [1.0, 1.0, 1.0, 1.0]

    Source: Zhang et al. 2017, mixup, arXiv:1710.09412.
    """

    alpha: PositiveNumber = 0.2
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """A partner and a share for each image."""
        order, share = jax.random.split(key)
        return {"share": beta(self.alpha, share, shape[0]), "partner": _partners(shape[0], order)}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images and their partners, one over the other."""
        share = _along(transformation["share"], images).astype(images.dtype)
        return share * images + (1 - share) * images[transformation["partner"]]

    def transform_bounding_boxes(
        self, bounding_boxes: dict[str, Array], transformation: Any, training: bool = True
    ) -> dict[str, Array]:
        """The boxes of an image, and then those of its partner."""
        partner = transformation["partner"]
        return {n: jnp.concatenate([x, x[partner]], 1) for n, x in bounding_boxes.items()}

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The masks, mixed as the images are."""
        share = _along(transformation["share"], segmentation_masks)
        partner = segmentation_masks[transformation["partner"]]
        return share * segmentation_masks + (1 - share) * partner


class CutMix(_MixingLayer):
    """In training, a rectangle of each image and its mask is its partner's; labels are mixed by
    the parts of the area.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same
        labels: (batch, classes) -> the same

    Args:
        factor: Ends of the range that `alpha` is drawn from; the rectangle's part of the area is
            about 1 minus a number from Beta(alpha, alpha). One number: from 0 to it.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'; there may be none.

    Example:
        >>> data = {"images": ops.ones((4, 8, 8, 3)), "labels": ops.eye(4)}
        >>> ops.sum(CutMix()(data)["labels"], -1).tolist()
        [1.0, 1.0, 1.0, 1.0]

    Source: Yun et al. 2019, CutMix, arXiv:1905.04899. Areas are counted in whole pixels, so that
    labels tell exactly what is seen.
    """

    factor: FromZero = 1.0
    seed: Seed = None
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """A partner and a rectangle for each image."""
        order, first, second, place = jax.random.split(key, 4)
        alpha = uniform_in(self.factor, first, ()) + 1e-6
        part = jnp.sqrt(1 - beta(alpha, second, shape[0]))
        inside = _rectangles(shape, jnp.stack([part, part], -1), place)
        share = 1 - jnp.mean(inside, (1, 2, 3))
        return {"share": share, "partner": _partners(shape[0], order), "inside": inside}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images with their partners' rectangles."""
        return jnp.where(transformation["inside"], images[transformation["partner"]], images)

    def transform_bounding_boxes(
        self, bounding_boxes: dict[str, Array], transformation: Any, training: bool = True
    ) -> dict[str, Array]:
        """There is none: a rectangle cuts through things."""
        raise UserError(
            f"{who(self)}: boxes cannot be cut and mixed. Use MixUp, or leave the boxes out."
        )

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The masks with their partners' rectangles."""
        return self.transform_images(segmentation_masks, transformation)
