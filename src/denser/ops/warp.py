"""Images bent: the value of each pixel is looked up at another, not always whole, place."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.messages import UserError, bad_argument, shape_text
from ..core.op import op
from ..core.random import draw_seed
from .filters import bell, weighted
from .layout import on_images, rounded_like

_FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
_ORDERS = {"nearest": 0, "bilinear": 1}


@op
def map_coordinates(
    inputs: Array,
    coordinates: Array,
    order: int,
    fill_mode: str = "constant",
    fill_value: float = 0,
) -> Array:
    """The values of an array at places between its elements.

    Shapes:
        inputs: any, of `rank` axes
        coordinates: (rank, *places), counted in elements
        result: places

    Args:
        order: 0 takes the nearest element, 1 the mean of the neighbours by their distances.
        fill_mode: What stands outside: 'constant' (`fill_value`), 'nearest' (the edge), 'wrap'
            (the other side), 'reflect' (mirrored, the edge twice), 'mirror' (the edge once).
    """
    if order not in (0, 1):
        raise bad_argument("map_coordinates", "order", "0 or 1", order)
    if fill_mode not in _FILL_MODES:
        expected = f"one of {', '.join(_FILL_MODES)}"
        raise bad_argument("map_coordinates", "fill_mode", expected, fill_mode)
    if len(coordinates) != inputs.ndim:
        raise UserError(
            f"map_coordinates: inputs of {inputs.ndim} axes need as many rows of coordinates; got "
            f"{shape_text(coordinates.shape)}."
        )
    return jax.scipy.ndimage.map_coordinates(
        inputs, list(coordinates), order, fill_mode, fill_value
    )


@op
def affine_transform(
    images: Array,
    transform: Array,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Array:
    """Images turned, stretched, sheared and moved.

    The pixel (x, y) shows what was at `((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)` with
    `k = c0 x + c1 y + 1`.

    Shapes:
        images: (batch, height, width, channels), or without batch
        transform: (batch, 8), or (8,): a0, a1, a2, b0, b1, b2, c0, c1

    Args:
        interpolation: 'nearest' or 'bilinear'.
        fill_mode, fill_value: As in `map_coordinates`.
    """

    def run(x: Array) -> Array:
        rows = jnp.broadcast_to(jnp.asarray(transform, _wide(x)), (x.shape[0], 8))
        return _look_up("affine_transform", x, rows, interpolation, fill_mode, fill_value)

    return on_images("affine_transform", run, images, data_format)


@op
def perspective_transform(
    images: Array,
    start_points: Array,
    end_points: Array,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Array:
    """Images bent so that four points come to stand at four others; straight lines stay straight.

    Shapes:
        images: (batch, height, width, channels), or without batch
        start_points, end_points: (batch, 4, 2), or (4, 2): (x, y) of each point

    Args:
        interpolation: 'nearest' or 'bilinear'.
        fill_value: What stands outside.
    """

    def run(x: Array) -> Array:
        shape = (x.shape[0], 4, 2)
        start = jnp.broadcast_to(jnp.asarray(start_points, _wide(x)), shape)
        end = jnp.broadcast_to(jnp.asarray(end_points, _wide(x)), shape)
        rows = jax.vmap(homography)(end, start)
        return _look_up("perspective_transform", x, rows, interpolation, "constant", fill_value)

    return on_images("perspective_transform", run, images, data_format)


def homography(start: Array, end: Array) -> Array:
    """The 8 numbers of `affine_transform` that take four points (4, 2) to four others."""
    (x, y), (u, v) = start.T, end.T
    zero, one = jnp.zeros_like(x), jnp.ones_like(x)
    # u (c0 x + c1 y + 1) = a0 x + a1 y + a2, and v likewise with b: 8 equations for 8 unknowns.
    for_u = jnp.stack([x, y, one, zero, zero, zero, -u * x, -u * y], -1)
    for_v = jnp.stack([zero, zero, zero, x, y, one, -v * x, -v * y], -1)
    return jnp.linalg.solve(jnp.concatenate([for_u, for_v]), jnp.concatenate([u, v]))


@op
def elastic_transform(
    images: Array,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Array:
    """Images bent at random like rubber: each pixel moves by smooth noise.

    Args:
        alpha: How far pixels move.
        sigma: Width of the bell that smooths the noise, in pixels.
        interpolation: 'nearest' or 'bilinear'.
        fill_mode, fill_value: As in `map_coordinates`.
        seed: An integer, a SeedGenerator or None.

    Source: Simard, Steinkraus & Platt, Best practices for convolutional neural networks (2003).
    """
    key = draw_seed(seed)

    def run(x: Array) -> Array:
        noise = jax.random.normal(key, (*x.shape[:3], 2), _wide(x))
        weights = bell(int(6 * sigma) | 1, sigma, noise.dtype)
        shift = alpha * weighted(weighted(noise, weights, 1, "same"), weights, 2, "same")
        rows, columns = jnp.mgrid[: x.shape[1], : x.shape[2]]
        places = jnp.stack([rows + shift[..., 0], columns + shift[..., 1]], 1)
        return sample("elastic_transform", x, places, interpolation, fill_mode, fill_value)

    return on_images("elastic_transform", run, images, data_format)


def _look_up(owner: str, x: Array, rows: Array, interpolation, fill_mode, fill_value) -> Array:
    """Each image by its own 8 numbers, as `affine_transform` says."""
    down, across = jnp.mgrid[: x.shape[1], : x.shape[2]]
    numbers = [n[:, None, None] for n in rows.T]  # of (batch, 1, 1) each
    a0, a1, a2, b0, b1, b2, c0, c1 = numbers
    k = c0 * across + c1 * down + 1
    places = jnp.stack(
        [(b0 * across + b1 * down + b2) / k, (a0 * across + a1 * down + a2) / k], axis=1
    )
    return sample(owner, x, places, interpolation, fill_mode, fill_value)


@functools.partial(jax.jit, static_argnums=(0, 3, 4, 5))
def sample(owner: str, x: Array, places: Array, interpolation, fill_mode, fill_value) -> Array:
    """The pixels of (batch, height, width, channels) at (batch, 2, rows, columns)."""
    if interpolation not in _ORDERS:
        raise bad_argument(owner, "interpolation", "'nearest' or 'bilinear'", interpolation)
    order = _ORDERS[interpolation]

    def channel(plane: Array, at: Array) -> Array:
        return map_coordinates(plane, at, order, fill_mode, fill_value)

    image = jax.vmap(channel, (-1, None), -1)
    return rounded_like(jax.vmap(image)(x.astype(_wide(x)), places), x)


def _wide(x: Array) -> Any:
    return jnp.result_type(x, jnp.float32)
