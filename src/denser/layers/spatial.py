"""What layers over space or time share: their rank, where the channels stand, sizes that fit."""

from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
from jax import Array

from .. import config
from ..core.fields import PerClass, Rule, whole_numbers
from ..core.graph import public_shape
from ..core.messages import bad_input, shape_text
from .input_spec import InputSpec
from .layer import Layer


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _words(*choices: str, default: Any = None) -> Rule:
    """A rule for a word in any case; None means what `default()` says now."""
    return Rule(
        f"one of {', '.join(map(repr, choices))}",
        lambda value: value in choices,
        lambda value: default() if value is None and default else _lower(value),
        ("no such word", 17),
        none=default is not None,
    )


DataFormat = Annotated[
    str | None, _words("channels_last", "channels_first", default=config.image_data_format)
]
Sizes = Annotated[Any, PerClass(lambda cls: whole_numbers(cls.rank))]
Padding = Annotated[Any, PerClass(lambda cls: _words(*cls.paddings))]


class _Spatial(Layer):
    """Base of layers whose input has `rank` axes between those of the batch and the channels.

    A subclass computes in `over_space(x)`, where the channels are always the last axis.
    """

    rank: ClassVar[int] = 0
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    data_format = "channels_last"

    def setup(self) -> None:
        """Expect the axes of batch, space and channels."""
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Array) -> Array:
        """`over_space` of the inputs, in the layout they have."""
        first = self.data_format == "channels_first"
        x = jnp.moveaxis(inputs, 1, -1) if first else inputs
        least = self.least_space()
        if any(size < need for size, need in zip(x.shape[1:-1], least, strict=True)):
            expected = f"of {shape_text(least)} or more in space"
            raise bad_input(self, expected, public_shape(inputs), self.fix_for_space())
        x = self.over_space(x)
        return jnp.moveaxis(x, -1, 1) if first else x

    def over_space(self, x: Array) -> Array:
        """The output for `x` (batch, *space, channels), with its channels last."""
        raise NotImplementedError(f"{type(self).__name__} must define `over_space`.")

    def least_space(self) -> tuple[int, ...]:
        """The smallest sizes in space that give an output."""
        return (0,) * self.rank

    def fix_for_space(self) -> str:
        """What to do about an input that is too small in space."""
        return "Use padding='same', fewer poolings before it, or larger inputs."

    @property
    def channel_axis(self) -> int:
        """Where the channels stand in the input."""
        return 1 if self.data_format == "channels_first" else -1

    def fix_for_input(self, shape: tuple) -> str:
        """What to do about an input of the wrong shape."""
        if len(shape) == self.rank + 1:
            missing = "x[:, None]" if self.channel_axis == 1 else "x[..., None]"
            return f"If the channels are missing, add them: {missing}; if the batch: x[None]."
        if len(shape) == 2:
            return "Put Reshape(...) before it: it needs axes of space and of channels."
        if len(shape) == self.rank + 2:
            return f"The channels stand where data_format='{self.data_format}' says."
        return ""
