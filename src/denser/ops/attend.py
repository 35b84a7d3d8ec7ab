"""Attention by scaled dot products."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.messages import UserError, bad_argument, bad_input, shape_text
from ..core.op import op
from ..lowering.attention import attend, both, causal_mask, flash_obstacle


@op
def dot_product_attention(
    query: Array,
    key: Array,
    value: Array,
    bias: Array | None = None,
    mask: Array | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Array:
    """`softmax(scale * query @ key^T + bias) @ value`, each head apart.

    Shapes:
        query: (batch, time, heads, size) -> the same
        key, value: (batch, places, groups, size), heads a multiple of groups
        bias, mask: broadcast to (batch, heads, time, places)

    Args:
        bias: Added to the products.
        mask: Which places each time may attend to; the others get nothing.
        scale: What the products are multiplied by; None: `1 / sqrt(size)`.
        is_causal: Whether a time attends to no place after it.
        flash_attention: True insists on cuDNN's kernel, which only an NVIDIA GPU has; None takes it
            where it can be had and `config.enable_flash_attention()` holds, as it does by default.
        attn_logits_soft_cap: A bound `c` on the products, which become `c * tanh(products / c)`.

    Source: Vaswani et al. 2017, arXiv:1706.03762.
    """
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.ndim != 4:
            expected = f"`{name}` of the form (batch, time, heads, size)"
            raise bad_input("dot_product_attention", expected, x.shape)
    if query.shape[2] % key.shape[2] or key.shape != value.shape[:3] + key.shape[3:]:
        raise UserError(
            "dot_product_attention: heads and places must fit; got "
            f"query {shape_text(query.shape)}, key {shape_text(key.shape)}, "
            f"value {shape_text(value.shape)}."
        )
    if mask is not None:
        mask = mask.astype(bool)
    if flash_attention:
        if attn_logits_soft_cap is not None:
            raise bad_argument(
                "dot_product_attention", "flash_attention", "None or False with a soft cap", True
            )
        masked = mask is not None or bias is not None
        check_flash("dot_product_attention", query, key, value, masked)
    if attn_logits_soft_cap is not None:
        if is_causal:
            mask = both(mask, causal_mask(query.shape[1], key.shape[1]))
        return _capped(query, key, value, bias, mask, scale, attn_logits_soft_cap)
    return attend(query, key, value, mask, bias, scale, is_causal, flash=flash_attention)


def check_flash(owner: Any, query: Array, key: Array, value: Array, masked: bool) -> None:
    """Raise where the owner's `flash_attention=True` cannot be had for these arrays."""
    obstacle = flash_obstacle(query, key, value, masked)
    if obstacle:
        raise bad_argument(
            owner, "flash_attention", "None or False here", True, f"cuDNN: {obstacle}."
        )


def _capped(query, key, value, bias, mask, scale, cap: float) -> Array:
    """The plain formula with products between `-cap` and `cap`."""
    groups = query.shape[2] // key.shape[2]
    key, value = (jnp.repeat(x, groups, axis=2) for x in (key, value))
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = jnp.einsum("bthd,bphd->bhtp", query * scale, key)
    scores = cap * jnp.tanh(scores / cap)
    scores = scores if bias is None else scores + bias
    if mask is not None:
        scores = jnp.where(mask, scores, jnp.finfo(scores.dtype).min)
    return jnp.einsum("bhtp,bphd->bthd", jax.nn.softmax(scores), value)
