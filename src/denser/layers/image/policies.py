"""Policies: which of many changes an image goes through is left to chance, too."""

import functools
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array, lax

from ...core.budget import allow_steps
from ...core.fields import Positive, PositiveNumber, Seed
from ...core.variable import Scope, real_rows
from ..spatial import DataFormat
from .base import Interpolation, ValueRange, _ImageLayer, _RandomImageLayer
from .blur import RandomSharpness
from .colours import FromZero, RandomBrightness, RandomColorDegeneration, RandomContrast
from .geometry import RandomRotation, RandomShear, RandomTranslation
from .tones import AutoContrast, Equalization, RandomPosterization, Solarization

_SHAPES_AND_TONES = (
    "random_shear",
    "random_translation",
    "random_rotation",
    "solarization",
    "random_posterization",
    "auto_contrast",
    "equalization",
)
_COLOURS = (
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
)


class _PolicyLayer(_RandomImageLayer):
    """Base of layers that draw which of their inner layers are applied.

    The choice is one for the batch, so that only what was chosen is computed; how strong it is, is
    drawn for each image.
    """

    # Fields of the subclasses.
    value_range: ClassVar[Any]
    factor: ClassVar[Any]
    interpolation: ClassVar[Any]
    all_ops: ClassVar[bool] = True

    def setup(self) -> None:
        """The inner layers, all within one factor."""
        super().setup()
        for name in self.names:
            setattr(self, name, self._inner(name))

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes that hold the inner layers, in the order in which a choice counts them."""
        return _SHAPES_AND_TONES + (_COLOURS if self.all_ops else ())

    def _inner(self, name: str) -> _ImageLayer:
        factor, value_range = self.factor, {"value_range": self.value_range}
        common = {"dtype": self.dtype_policy, "data_format": self.data_format}
        drawn = common | {"seed": self.seed}
        bent = drawn | {"interpolation": self.interpolation}
        match name:
            case "random_shear":
                return RandomShear(factor, factor, **bent)
            case "random_translation":
                return RandomTranslation(factor, factor, **bent)
            case "random_rotation":
                return RandomRotation(factor, **bent)
            case "solarization":
                return Solarization(factor, factor, **value_range, **drawn)
            case "random_posterization":
                return RandomPosterization(max(1, int(8 * factor[1])), **value_range, **drawn)
            case "auto_contrast":
                return AutoContrast(**value_range, **common)
            case "equalization":
                return Equalization(**value_range, **common)
        return _COLOUR_LAYERS[name](factor, **value_range, **drawn)

    def inner_layers(self) -> tuple[_ImageLayer, ...]:
        """The inner layers, in the order of `names`."""
        return tuple(getattr(self, name) for name in self.names)


_COLOUR_LAYERS: dict[str, Any] = {
    "random_brightness": RandomBrightness,
    "random_color_degeneration": RandomColorDegeneration,
    "random_contrast": RandomContrast,
    "random_sharpness": RandomSharpness,
}


def _after(layer: _ImageLayer, hook: str, shape: tuple[int, ...], part: Any, key: Array) -> Any:
    """A part of a batch (its images, masks or boxes) after one layer, which draws with the key."""
    drawn = layer.draw(shape, key) if isinstance(layer, _RandomImageLayer) else None
    new = getattr(layer, hook)(part, drawn)
    return jax.tree.map(lambda y, x: y.astype(x.dtype), new, part)


def _chain(
    layers: tuple[_ImageLayer, ...], hook: str, shape: tuple[int, ...], part: Any, steps: Any
) -> Any:
    """A part after several layers: `steps` has which, and a key for each. One more than there are
    layers stands for none."""
    branches = [functools.partial(_after, layer, hook, shape) for layer in layers]

    def step(part: Any, one: Any) -> Any:
        choice, key = one
        return lax.switch(choice, [*branches, lambda part, key: part], part, key), None

    return lax.scan(step, part, steps)[0]


# Outside of jit a scan is traced and compiled at every call: so each layer has one program, which
# knows real rows only as an argument and lives as long as the layer.
_programs: "weakref.WeakKeyDictionary[_PolicyLayer, Any]" = weakref.WeakKeyDictionary()


def _program(layer: _PolicyLayer, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of the layer's inner ones as a program, by its next two arguments."""
    if layer not in _programs:
        run = functools.partial(function, layer.inner_layers())
        _programs[layer] = jax.jit(run, static_argnums=(0, 1))
    return _programs[layer]


def _chained(
    layers: tuple, hook: str, shape: tuple[int, ...], part: Any, steps: Any, rows: Any
) -> Any:
    with Scope(rows=rows):
        return _chain(layers, hook, shape, part, steps)


def _mixed(
    layers: tuple, hook: str, shape: tuple[int, ...], part: Array, drawn: dict, rows: Any
) -> Array:
    """`own * part`, and the rest of several chains' results by their weights."""

    def add(total: Array, chain: Any) -> Any:
        weight, steps = chain
        return total + weight * _chain(layers, hook, shape, part, steps), None

    with Scope(rows=rows):
        rest = lax.scan(add, jnp.zeros_like(part), (drawn["weights"], drawn["steps"]))[0]
    return drawn["own"] * part + (1 - drawn["own"]) * rest


class RandAugment(_PolicyLayer):
    """In training, `num_ops` changes, one after the other: each one of shear, translation,
    rotation, brightness, color degeneration, contrast, sharpness, solarization, posterization,
    auto-contrast and equalization.

    Shapes:
        x: (batch, height, width, 3), or without batch -> the same

    Args:
        value_range: The lowest and the highest value of a pixel.
        num_ops: How many changes.
        factor: Ends of the range within which each draws its own factor; one number: from 0 to it.
        interpolation: 'nearest' or 'bilinear', of what is bent.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, 3, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Example:
        >>> RandAugment(value_range=(0, 1))(ops.ones((2, 8, 8, 3))).shape
        (2, 8, 8, 3)

    Source: Cubuk et al. 2019, RandAugment, arXiv:1909.13719.
    """

    value_range: ValueRange = (0, 255)
    num_ops: Positive = 2
    factor: FromZero = 0.5
    interpolation: Interpolation = "bilinear"
    seed: Seed = None
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """Which changes, and a key for each."""
        allow_steps(self.num_ops, "num_ops")
        choice, *keys = jax.random.split(key, self.num_ops + 1)
        choices = jax.random.randint(choice, (self.num_ops,), 0, len(self.names))
        return {"shape": shape, "steps": (choices, jnp.stack(keys))}

    def _apply(self, hook: str, part: Any, drawn: dict[str, Any]) -> Any:
        run = _program(self, _chained)
        return run(hook, drawn["shape"], part, drawn["steps"], real_rows())

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images after the changes."""
        return self._apply("transform_images", images, transformation)

    def transform_bounding_boxes(
        self, bounding_boxes: dict[str, Array], transformation: Any, training: bool = True
    ) -> dict[str, Array]:
        """The boxes after the same changes."""
        return self._apply("transform_bounding_boxes", bounding_boxes, transformation)

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The masks after the same changes."""
        return self._apply("transform_segmentation_masks", segmentation_masks, transformation)


class AugMix(_PolicyLayer):
    """In training, `own * x + (1 - own) * sum(weight * chain(x))`: an image and the results of some
    chains of changes, one over the other.

    Shapes:
        x: (batch, height, width, 3), or without batch -> the same

    Args:
        value_range: The lowest and the highest value of a pixel, within which the result stays.
        num_chains: How many chains.
        chain_depth: How many changes in each, some of which may change nothing.
        factor: Ends of the range within which each draws its own factor; one number: from 0 to it.
        alpha: `own` is drawn from Beta(alpha, alpha), the weights from Dirichlet(alpha).
        all_ops: Whether brightness, color degeneration, contrast and sharpness are among the
            changes, beside shear, translation, rotation, solarization, posterization,
            auto-contrast and equalization.
        interpolation: 'nearest' or 'bilinear', of what is bent.
        seed: An integer makes the choice repeatable.
        data_format: 'channels_last', or 'channels_first': (batch, 3, height, width).
        bounding_box_format: How boxes are written, as 'xyxy'.

    Source: Hendrycks et al. 2019, AugMix, arXiv:1912.02781.
    """

    value_range: ValueRange = (0, 255)
    num_chains: Positive = 3
    chain_depth: Positive = 3
    factor: FromZero = 0.3
    alpha: PositiveNumber = 1.0
    all_ops: bool = True
    interpolation: Interpolation = "bilinear"
    seed: Seed = None
    data_format: DataFormat = None

    def draw(self, shape: tuple[int, ...], key: Array) -> dict[str, Any]:
        """The changes of each chain, a key for each of them, and the chains' weights."""
        choice, weights, steps = jax.random.split(key, 3)
        form = (self.num_chains, self.chain_depth)
        choices = jax.random.randint(choice, form, 0, len(self.names) + 1)
        keys = jax.random.split(steps, form)
        # Gamma numbers over their sum: of two it is Beta's, of as many as there are chains
        # Dirichlet's.
        logs = jax.random.loggamma(weights, self.alpha, (self.num_chains + 2,))
        return {
            "shape": shape,
            "steps": (choices, keys),
            "weights": jax.nn.softmax(logs[2:]),
            "own": jax.nn.softmax(logs[:2])[0],
        }

    def _apply(self, hook: str, part: Array, drawn: dict[str, Any]) -> Array:
        arrays = {name: x for name, x in drawn.items() if name != "shape"}
        wide = part.astype(jnp.promote_types(part.dtype, jnp.float32))
        return _program(self, _mixed)(hook, drawn["shape"], wide, arrays, real_rows())

    def transform_images(self, images: Array, transformation: Any, training: bool = True) -> Array:
        """The images, mixed with what the chains make of them."""
        y = self._apply("transform_images", images, transformation)
        return jnp.clip(y, *self.value_range).astype(images.dtype)

    def transform_segmentation_masks(
        self, segmentation_masks: Array, transformation: Any, training: bool = True
    ) -> Array:
        """The masks, mixed likewise, as floats."""
        return self._apply("transform_segmentation_masks", segmentation_masks, transformation)
