"""Clipping: bring gradients down to a norm or into a range."""

from typing import Any

import jax.numpy as jnp


def clip(
    gradients: list[Any],
    norm: float | None = None,
    value: float | None = None,
    global_norm: float | None = None,
) -> list[Any]:
    """The gradients, each of norm `norm` at most, or all together of norm `global_norm` at most,
    or each entry within `[-value, value]`."""
    if value is not None:
        return [jnp.clip(gradient, -value, value) for gradient in gradients]
    if norm is not None:
        return [g * _factor(jnp.sum(jnp.square(g)), norm) for g in gradients]
    if global_norm is not None:
        factor = _factor(sum(jnp.sum(jnp.square(g)) for g in gradients), global_norm)
        return [g * factor for g in gradients]
    return gradients


def _factor(square: Any, limit: float) -> Any:
    """What brings a gradient of this squared norm to the norm `limit` at most.

    NaN for a norm that is not finite: a broken gradient must not pass for a clipped one.
    """
    norm = jnp.sqrt(square)
    return jnp.where(jnp.isfinite(norm), limit / jnp.maximum(norm, limit), jnp.nan)
