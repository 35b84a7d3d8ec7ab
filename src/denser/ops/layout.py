"""How images lie in an array: where the channels stand, what one number for all axes means."""

from collections.abc import Callable
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
from jax import Array

from .. import config
from ..core.messages import UserError, bad_argument, bad_input


def channels_last(function: Callable[[Array], Array], x: Array, data_format: str | None) -> Array:
    """`function`, which takes and gives the channels last, of an `x` of that format."""
    if first_channels(data_format):
        return jnp.moveaxis(function(jnp.moveaxis(x, 1, -1)), -1, 1)
    return function(x)


def on_images(
    owner: str, function: Callable[[Array], Array], images: Array, data_format: str | None
) -> Array:
    """`function`, which takes and gives (batch, height, width, channels), of one image or more."""
    if images.ndim not in (3, 4):
        raise bad_input(owner, "(batch, height, width, channels), or without batch", images.shape)
    if images.ndim == 3:
        return channels_last(function, images[None], data_format)[0]
    return channels_last(function, images, data_format)


def first_channels(data_format: str | None) -> bool:
    """Whether a format, or without one `config.image_data_format()`, puts the channels first."""
    data_format = data_format or config.image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        expected = "'channels_last' or 'channels_first'"
        raise bad_argument("ops", "data_format", expected, data_format)
    return data_format == "channels_first"


def per_axis(value: Any, rank: int) -> tuple[int, ...]:
    """One number for each axis of the space, from one for all or a sequence of them."""
    values: tuple[Any, ...] = (value,) * rank if isinstance(value, (int, np.integer)) else (*value,)
    if len(values) != rank:
        raise UserError(f"Expected one number or {rank} of them; got {value}.")
    return values


def padding_word(owner: str, padding: Any) -> Literal["valid", "same"]:
    """'valid' or 'same', written in small letters."""
    word = padding.lower() if isinstance(padding, str) else padding
    if word not in ("valid", "same"):
        raise bad_argument(owner, "padding", "'valid' or 'same'", padding)
    return word


def rounded_like(values: Array, images: Array) -> Array:
    """Floats in the type of the images they come from, integers rounded and in range."""
    if not jnp.issubdtype(images.dtype, jnp.integer) or values.dtype == images.dtype:
        return values.astype(images.dtype)
    ends = jnp.iinfo(images.dtype)
    return jnp.clip(jnp.round(values), ends.min, ends.max).astype(images.dtype)
