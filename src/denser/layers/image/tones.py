"""Maps from each value of a pixel to another: inverted, coarser, or spread by a histogram."""

from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ...core.budget import allow_steps
from ...core.fields import NonNegativeNumber, Positive, Rule, Seed, whole_numbers
from ...core.variable import real_rows
from ..spatial import DataFormat
from .base import ValueRange, _ImageLayer, is_chosen, uniform_in
from .colours import FromZero, _ColourLayer


class RandomInvert(_ColourLayer):
    """In training, with a probability drawn from `factor`, `low + high - x`: the negative.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: Ends of the probability's range; one number: from 0 to it.
        value_range: The lowest and the highest value of a pixel.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> RandomInvert((1, 1), value_range=(0, 1))(ops.zeros((1, 1, 2))).tolist()
        [[[1.0, 1.0]]]
    """

    factor: FromZero = 1.0
    value_range: ValueRange = (0, 255)
    seed: Seed = None
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """Which images are inverted."""
        return {"chosen": is_chosen(self.factor, key, shape[0])[:, None, None, None]}

    def recoloured(self, x: Array, chosen: Array) -> Array:
        """The images, some of them negatives."""
        return jnp.where(chosen, sum(self.value_range) - x, x)


def _bits(value: Any) -> Any:
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
    if whole:
        return (1, int(value))
    if isinstance(value, (list, tuple)) and all(isinstance(n, (int, float)) for n in value):
        return tuple(sorted(value))
    return value


Bits = Annotated[
    Any,
    Rule(
        "an integer from 1 to 8, or a pair of them",
        lambda v: (
            isinstance(v, tuple) and len(v) == 2 and all(n == int(n) and 1 <= n <= 8 for n in v)
        ),
        _bits,
        (0, 9, 2.5, "a", (0, 3), (1, 2, 3)),
    ),
]


class RandomPosterization(_ColourLayer):
    """In training, of the 8 bits that a value from 0 to 255 has, only the highest few.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: How many bits stay, drawn from `factor[0]` up to, but not including, `factor[1]`;
            two equal numbers: so many. One number: from 1 to it.
        value_range: The lowest and the highest value of a pixel, which are brought to 0 and 255.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Source: Cubuk et al. 2018, AutoAugment, arXiv:1805.09501.
    """

    factor: Bits
    value_range: ValueRange = (0, 255)
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """The steps between the values of each image."""
        least, most = self.factor
        bits = jax.random.randint(key, (shape[0], 1, 1, 1), least, max(most, least + 1))
        return {"step": jnp.exp2(8 - bits)}

    def recoloured(self, x: Array, step: Array) -> Array:
        """The images in fewer values."""
        levels = jnp.clip(from_range(x, self.value_range), 0, 255)
        return to_range(jnp.floor(levels / step) * step, self.value_range)


class Solarization(_ColourLayer):
    """In training, `y = x + addition`, and its negative `255 - y` from a threshold on.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        addition_factor, threshold_factor: Ends of the ranges that addition and threshold are drawn
            from, in parts of 255; one number: from 0 to it.
        value_range: The lowest and the highest value of a pixel, which are brought to 0 and 255.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Source: Cubuk et al. 2018, AutoAugment, arXiv:1805.09501. Keras draws from
    `(factor[0], 255 * factor[1])`.
    """

    addition_factor: FromZero = 0.0
    threshold_factor: FromZero = 0.0
    value_range: ValueRange = (0, 255)
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """An addition and a threshold for each image."""
        first, second = jax.random.split(key)
        one = (shape[0], 1, 1, 1)
        return {
            "addition": 255 * uniform_in(self.addition_factor, first, one),
            "threshold": 255 * uniform_in(self.threshold_factor, second, one),
        }

    def recoloured(self, x: Array, addition: Array, threshold: Array) -> Array:
        """The images, brighter, and what is bright inverted."""
        y = jnp.clip(from_range(x, self.value_range) + addition, 0, 255)
        return to_range(jnp.where(y < threshold, y, 255 - y), self.value_range)


def from_range(x: Array, value_range: tuple[float, float]) -> Array:
    """`x` with the range brought to 0 and 255."""
    low, high = value_range
    return x if value_range == (0, 255) else (x - low) / (high - low) * 255


def to_range(x: Array, value_range: tuple[float, float]) -> Array:
    """`x` from 0 to 255, brought back to the range."""
    low, high = value_range
    return x if value_range == (0, 255) else x / 255 * (high - low) + low


class _ToneLayer(_ImageLayer):
    """Base of layers that map the values of an image by what values it has."""

    value_range: ClassVar[Any]  # a field of the subclasses

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images with their new values."""
        wide = images.astype(jnp.promote_types(images.dtype, jnp.float32))
        y = self.mapped(from_range(wide, self.value_range))
        return to_range(y, self.value_range).astype(images.dtype)

    def mapped(self, x: Array) -> Array:
        """The new values of (batch, height, width, channels) from 0 to 255."""
        raise NotImplementedError(f"{type(self).__name__} must define `mapped`.")


class AutoContrast(_ToneLayer):
    """`(x - low) / (high - low)`, low and high being those of the image's channel: it fills its
    range, in inference too.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        value_range: The lowest and the highest value that a pixel may have.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> AutoContrast()(ops.reshape(ops.array([50.0, 60.0, 100.0]), (1, 3, 1))).ravel().tolist()
        [0.0, 51.0, 255.0]
    """

    value_range: ValueRange = (0, 255)

    def mapped(self, x: Array) -> Array:
        """The values stretched; a channel with only one keeps it."""
        low, high = jnp.min(x, (1, 2), keepdims=True), jnp.max(x, (1, 2), keepdims=True)
        scale = 255 / jnp.where(high > low, high - low, 1)
        return jnp.where(high > low, jnp.clip((x - low) * scale, 0, 255), x)


class Equalization(_ToneLayer):
    """In training, each value becomes the share of values that are not above it: all come to be
    equally frequent.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        value_range: The lowest and the highest value of a pixel.
        bins: Into how many equal parts the range is cut to count values.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    As in Keras the values of a channel are counted over the whole batch.
    """

    value_range: ValueRange = (0, 255)
    bins: Positive = 256
    data_format: DataFormat = None

    in_inference = False

    def mapped(self, x: Array) -> Array:
        """The values equalized; a channel with only one bin of them stays."""
        scaled = x / 255 * (self.bins - 1)
        level = jnp.clip(scaled, 0, self.bins - 1).astype(jnp.int32)
        place = level + self.bins * jnp.arange(x.shape[-1])
        rows = real_rows()
        weight = 1 if rows is None else rows[:, None, None, None].astype(jnp.int32)
        count = counted(place, x.shape[-1], self.bins, weight)
        total = jnp.cumsum(count, -1)
        whole = total[:, -1:]
        first = jnp.min(jnp.where(total > 0, total, whole), -1, keepdims=True)
        share = (total - first).astype(x.dtype) * 255 / jnp.maximum(whole - first, 1)
        return jnp.where((whole > first)[:, 0], jnp.round(share).ravel()[place], x)


def counted(place: Array, tables: int, bins: int, weight: Any = 1) -> Array:
    """How often each place of `tables` histograms, one after the other, occurs.

    One scatter: 2 ns a value on a CPU, where sorting takes 40 and comparing with all bins 350.

    Shapes:
        place: any, integers -> (tables, bins)
    """
    return jnp.zeros(tables * bins, jnp.int32).at[place].add(weight).reshape(tables, bins)


class ContrastLimitedAdaptiveHistogramEqualization(_ToneLayer):
    """Each value becomes the share of the values around it that are not above, as equalized in the
    nearest tiles of a grid; near equal places stay so, as no value counts for much. In inference
    too.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        value_range: The lowest and the highest value of a pixel.
        clip_limit: How many times the mean count of a tile's 256 values counts at most, the rest
            being shared out evenly; 0 for no limit.
        tile_grid_size: Number of tiles down and across.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Source: Zuiderveld 1994, Contrast limited adaptive histogram equalization.
    """

    value_range: ValueRange = (0, 255)
    clip_limit: NonNegativeNumber = 4.0
    tile_grid_size: Annotated[Any, whole_numbers(2)] = (8, 8)
    data_format: DataFormat = None

    def mapped(self, x: Array) -> Array:
        """The values equalized among their neighbours."""
        batch, height, width, channels = x.shape
        down, across = self.tile_grid_size
        allow_steps(max(down, across), "tile_grid_size")
        rows, columns = -(-height // down), -(-width // across)  # of a tile
        edges = ((0, 0), (0, rows * down - height), (0, columns * across - width), (0, 0))
        levels = jnp.clip(jnp.pad(x, edges, "symmetric"), 0, 255).astype(jnp.int32)
        images, channel = jnp.arange(batch)[:, None, None, None], jnp.arange(channels)

        def place(row: Array, column: Array, level: Array) -> Array:
            """Where a level stands in the tables of the tiles (row, column)."""
            tile = (images * down + row[:, None, None]) * across + column[:, None]
            return (tile * channels + channel) * 256 + level

        row, column = jnp.arange(rows * down) // rows, jnp.arange(columns * across) // columns
        own = place(row, column, levels)
        count = counted(own, batch * down * across * channels, 256)
        table = self._shares(count.astype(x.dtype), rows * columns).ravel()
        level = levels[:, :height, :width]
        above, below, v = _neighbours(height, rows, down)
        left, right, h = _neighbours(width, columns, across)
        v, h = v[:, None, None], h[:, None]
        top = table[place(above, left, level)] * (1 - h) + table[place(above, right, level)] * h
        bottom = table[place(below, left, level)] * (1 - h) + table[place(below, right, level)] * h
        return top * (1 - v) + bottom * v

    def _shares(self, count: Array, area: int) -> Array:
        """What each of 256 levels becomes in each tile, from how often it occurs there."""
        if self.clip_limit > 0:
            clipped = jnp.minimum(count, self.clip_limit * area / 256)
            count = clipped + jnp.sum(count - clipped, -1, keepdims=True) / 256
        total = jnp.cumsum(count, -1)
        first = total[:, :1]
        rest = jnp.where(area == first, 1, area - first)
        return jnp.clip((total - first) * 255 / rest, 0, 255)


def _neighbours(size: int, tile: int, tiles: int) -> tuple[Array, Array, Array]:
    """For each place of an axis the tiles whose middles stand before and after it, and how far it
    is from the one to the other."""
    at = (jnp.arange(size) - tile / 2) / tile
    before = jnp.floor(at)
    low, high = (jnp.clip(before + n, 0, tiles - 1).astype(jnp.int32) for n in (0, 1))
    return low, high, at - before
