"""Changes of an image's colours by chance: brightness, contrast, saturation, hue, grayness."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from ...core.fields import Rate, Rule, Seed
from ...core.messages import bad_input
from ...ops import image as ops
from ..spatial import DataFormat
from .base import ValueRange, _is_pair, _RandomImageLayer, ends, factor_range, uniform_in

AroundZero = Annotated[Any, factor_range(-1, 1)]
FromZero = Annotated[Any, factor_range(0, 1, "from 0")]


class _ColourLayer(_RandomImageLayer):
    """Base of layers that change the colours of an image and leave all things where they are.

    A subclass draws numbers (batch, 1, 1, 1) and computes in `recoloured`, in float32 at least.
    """

    value_range: ClassVar[Any]  # a field of the subclasses

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images in their new colours, within `value_range`."""
        wide = images.astype(jnp.promote_types(images.dtype, jnp.float32))
        y = self.recoloured(wide, **transformation)
        return jnp.clip(y, *self.value_range).astype(images.dtype)

    def recoloured(self, x: Array, **drawn: Array) -> Array:
        """The images `x` with what was drawn; the base brings the result into `value_range`."""
        raise NotImplementedError(f"{type(self).__name__} must define `recoloured`.")

    def check_rgb(self, x: Array) -> None:
        """Raise where the images' channels are not red, green and blue."""
        if x.shape[-1] != 3:
            raise bad_input(self, "of 3 channels", x.shape)


class RandomBrightness(_ColourLayer):
    """In training, `x + factor * (high - low)`, within the range from low to high.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: Ends of the range it is drawn from, within -1 (black) to 1 (white); one number:
            from minus that to it.
        value_range: The lowest and the highest value of a pixel.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> RandomBrightness((0.5, 0.5), value_range=(0, 1))(ops.zeros((1, 1, 2))).tolist()
        [[[0.5, 0.5]]]
    """

    factor: AroundZero
    value_range: ValueRange = (0, 255)
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """A shift for each image."""
        low, high = self.value_range
        return {"shift": uniform_in(self.factor, key, (shape[0], 1, 1, 1)) * (high - low)}

    def recoloured(self, x: Array, shift: Array) -> Array:
        """The images, shifted."""
        return x + shift


def _is_contrast(value: Any) -> bool:
    pair = ends(value, "from 0")
    return _is_pair(pair) and 0 <= pair[0] <= min(1, pair[1])


_contrast = Rule(
    "a number of 0 or more, or a pair: how much less than 1, and how much more",
    _is_contrast,
    bad=("a", -0.5, (-0.5, 1), (2, 3), (0.1, 0.2, 0.3)),
)


class RandomContrast(_ColourLayer):
    """In training, `(x - mean) * c + mean`, with the mean of the image's channel.

    Shapes:
        x: (batch, height, width, channels), or without batch -> the same

    Args:
        factor: `c` is drawn from `1 - factor[0]` to `1 + factor[1]`; one number stands for
            (0, factor).
        value_range: The lowest and the highest value of a pixel, within which the result stays.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, channels, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.
    """

    factor: Annotated[Any, replace(_contrast, convert=partial(ends, single="from 0"))]
    value_range: ValueRange = (0, 255)
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """A contrast for each image."""
        less, more = self.factor
        return {"contrast": uniform_in((1 - less, 1 + more), key, (shape[0], 1, 1, 1))}

    def recoloured(self, x: Array, contrast: Array) -> Array:
        """The images, stretched around their means."""
        mean = jnp.mean(x, (1, 2), keepdims=True)
        return (x - mean) * contrast + mean


class RandomSaturation(_ColourLayer):
    """In training, the saturation times `factor / (1 - factor)`, at most the full one.

    Shapes:
        x: (batch, height, width, 3), or without batch -> the same

    Args:
        factor: Ends of the range it is drawn from, within 0 (gray) to 1 (full colours), 0.5
            changes nothing; one number: from minus that, which is gray, to it.
        value_range: The lowest and the highest value of a pixel.
        data_format: 'channels_last', or 'channels_first': (batch, 3, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Source: Smith 1978, Color gamut transform pairs. Keras lets the saturation of pixels from 0 to
    255 grow beyond the full one, and with it the colours beyond their range.
    """

    factor: AroundZero
    value_range: ValueRange = (0, 255)
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """How many times the saturation grows, for each image."""
        factor = uniform_in(self.factor, key, (shape[0], 1, 1, 1))
        return {"times": jnp.maximum(factor / (1 - factor + 1e-7), 0)}

    def recoloured(self, x: Array, times: Array) -> Array:
        """The images with their channels nearer to the highest of each pixel, or farther."""
        self.check_rgb(x)
        # The saturation is (high - low) / (high - black); with the hue, each channel's share of
        # the way from the highest down to the lowest stays.
        high, low = jnp.max(x, -1, keepdims=True), jnp.min(x, -1, keepdims=True)
        full = (high - self.value_range[0]) / jnp.where(high > low, high - low, 1)
        return high - (high - x) * jnp.minimum(times, full)


class RandomHue(_ColourLayer):
    """In training, the hue turned by `factor / 2` of the colour circle, either way round.

    Shapes:
        x: (batch, height, width, 3), or without batch -> the same

    Args:
        factor: Ends of the range it is drawn from, within 0 to 1; one number: from 0 to it.
        value_range: The lowest and the highest value of a pixel.
        data_format: 'channels_last', or 'channels_first': (batch, 3, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.
    """

    factor: FromZero
    value_range: ValueRange = (0, 255)
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """A turn for each image, in circles."""
        size, side = jax.random.split(key)
        one = (shape[0], 1, 1, 1)
        return {"turn": uniform_in(self.factor, size, one) * jax.random.rademacher(side, one) / 2}

    def recoloured(self, x: Array, turn: Array) -> Array:
        """The images with other hues."""
        self.check_rgb(x)
        low, high = self.value_range
        hsv = ops.rgb_to_hsv((x - low) / (high - low), "channels_last")
        hsv = hsv.at[..., :1].add(turn)
        return ops.hsv_to_rgb(hsv, "channels_last") * (high - low) + low


def _gray(x: Array) -> Array:
    """How bright each pixel looks."""
    return ops.rgb_to_grayscale(x, "channels_last")


class RandomColorDegeneration(_ColourLayer):
    """In training, `x + factor * (gray - x)`: colours fade into `0.2989 r + 0.587 g + 0.114 b`.

    Shapes:
        x: (batch, height, width, 3), or without batch -> the same

    Args:
        factor: Ends of the range it is drawn from, 1 gives gray; one number: from minus that,
            which makes colours stronger, to it.
        value_range: The lowest and the highest value of a pixel, within which the result stays.
        data_format: 'channels_last', or 'channels_first': (batch, 3, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.
    """

    factor: AroundZero
    value_range: ValueRange = (0, 255)
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """A share of gray for each image."""
        return {"share": uniform_in(self.factor, key, (shape[0], 1, 1, 1))}

    def recoloured(self, x: Array, share: Array) -> Array:
        """The images, faded."""
        self.check_rgb(x)
        return x + share * (_gray(x) - x)


class RandomGrayscale(_RandomImageLayer):
    """In training, with probability `factor`, each channel `0.2989 r + 0.587 g + 0.114 b`.

    Shapes:
        x: (batch, height, width, 3), or without batch -> the same

    Args:
        factor: The probability.
        data_format: 'channels_last', or 'channels_first': (batch, 3, height, width).
        seed: An integer makes the choice repeatable.
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> RandomGrayscale(1.0)(ops.ones((1, 1, 3)) * 100).shape
        (1, 1, 3)
    """

    factor: Rate = 0.5
    data_format: DataFormat = None
    seed: Seed = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Array]:
        """Which images lose their colours."""
        return {"chosen": jax.random.uniform(key, (shape[0], 1, 1, 1)) < self.factor}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images, some of them gray."""
        if images.shape[-1] != 3:
            raise bad_input(self, "of 3 channels", images.shape)
        return jnp.where(transformation["chosen"], _gray(images), images)


_AroundZero = Annotated[Any, factor_range(-1, 1, keep=True)]
_FromZero = Annotated[Any, factor_range(0, 1, "from 0", keep=True)]


class RandomColorJitter(_RandomImageLayer):
    """In training, RandomBrightness, RandomContrast, RandomSaturation and RandomHue, in that order.

    Shapes:
        x: (batch, height, width, 3), or without batch -> the same

    Args:
        value_range: The lowest and the highest value of a pixel.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: `factor` of each of
            them; None leaves it out.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, 3, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> RandomColorJitter(brightness_factor=0.2, hue_factor=0.1)(ops.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)
    """

    value_range: ValueRange = (0, 255)
    brightness_factor: _AroundZero | None = None
    contrast_factor: Annotated[Any, _contrast] | None = None
    saturation_factor: _AroundZero | None = None
    hue_factor: _FromZero | None = None
    seed: Seed = None
    data_format: DataFormat = None

    def setup(self) -> None:
        """The layers whose factors were given."""
        super().setup()
        for name, kind in _JITTERS.items():
            factor = getattr(self, f"{name}_factor")
            layer = None
            if factor is not None:
                layer = kind(factor, self.value_range, seed=self.seed, dtype=self.dtype_policy)
            setattr(self, f"random_{name}", layer)

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """What each of the layers draws."""
        keys = zip(_JITTERS, jax.random.split(key, len(_JITTERS)), strict=True)
        layers = ((name, getattr(self, f"random_{name}"), key) for name, key in keys)
        return {name: layer.draw(shape, key) for name, layer, key in layers if layer is not None}

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images after each of the layers."""
        for name, drawn in transformation.items():
            images = getattr(self, f"random_{name}").transform_images(images, drawn)
        return images


_JITTERS = {
    "brightness": RandomBrightness,
    "contrast": RandomContrast,
    "saturation": RandomSaturation,
    "hue": RandomHue,
}
