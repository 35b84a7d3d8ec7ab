"""Integers as vectors: one-hot, multi-hot, counts."""

from typing import Any

import jax
import jax.numpy as jnp

from ..core.messages import UserTypeError, who


def encoded_shape(
    shape: tuple[int | None, ...], mode: str, depth: int | None
) -> tuple[int | None, ...]:
    """The shape that `encode` gives for numbers of a shape."""
    if mode == "one_hot":
        return (*(shape[:-1] if shape and shape[-1] == 1 else shape or (1,)), depth)
    return (*shape[:-1], depth)


def encode(
    numbers: Any, mode: str, depth: int, dtype: str, weights: Any = None, counts: Any = None
) -> Any:
    """Integers as vectors of `depth` numbers; an integer outside of them leaves no trace.

    Args:
        numbers: (..., tokens).
        mode: 'one_hot': a vector for each token, (..., tokens, depth), where a last axis of one
            token is dropped; 'multi_hot': 1 at each token that is there, (..., depth); 'count',
            'tf_idf': how often it is there.
        depth: The length of a vector.
        dtype: Its type.
        weights: What each token counts, (depth,).
        counts: What each place counts, in the shape of the numbers.
    """
    if mode == "one_hot":
        if numbers.ndim == 0:
            numbers = numbers[None]
        elif numbers.shape[-1] == 1:
            numbers = numbers[..., 0]
        return jax.nn.one_hot(numbers, depth, dtype=dtype)
    numbers = jnp.atleast_1d(numbers)
    flat = numbers.reshape(-1, numbers.shape[-1])
    rows = jnp.arange(flat.shape[0])[:, None]
    places = jnp.where((flat >= 0) & (flat < depth), flat, depth)
    empty = jnp.zeros((flat.shape[0], depth), dtype)
    if mode == "multi_hot":
        found = empty.at[rows, places].set(1, mode="drop")
    else:
        each = 1 if counts is None else counts.reshape(flat.shape).astype(dtype)
        found = empty.at[rows, places].add(each, mode="drop")
    if weights is not None:
        found = found * jnp.asarray(weights, dtype)
    return found.reshape(*numbers.shape[:-1], depth)


def refuse_sparse(layer: Any) -> None:
    """Raise where a layer's output is to be sparse."""
    if layer.sparse:
        raise UserTypeError(
            f"{who(layer)}: JAX has no sparse tensors that layers take; leave `sparse` out."
        )
