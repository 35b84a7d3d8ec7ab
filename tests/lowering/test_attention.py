"""Attention against JAX's own, values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from denser.lowering import attention

from .formulas import assert_same_with_gradients, normal

few = settings(max_examples=4, deadline=None)


def plain_attention(query, key, value, mask=None, bias=None, scale=None):
    return jax.nn.dot_product_attention(query, key, value, bias=bias, mask=mask, scale=scale)


@few
@given(
    st.tuples(*(st.integers(1, 4) for _ in range(6))), st.booleans(), st.sampled_from((None, 0.3))
)
def test_attend(sizes, masked, scale):
    batch, time, places, groups, share, size = sizes
    heads = groups * share
    query = normal(0, batch, time, heads, size)
    key, value = normal(1, batch, places, groups, size), normal(2, batch, places, groups, size)
    mask = normal(3, batch, 1, time, places) > 0 if masked else None  # some rows have no place
    bias = normal(4, 1, heads, time, places)
    assert_same_with_gradients(
        lambda q, k, v, b: attention.attend(q, k, v, mask, b, scale),
        lambda q, k, v, b: plain_attention(q, k, v, mask, b, scale),
        query,
        key,
        value,
        bias,
    )


@pytest.mark.parametrize("dtype", (jnp.bfloat16, jnp.float16))
def test_attend_in_half_types_and_under_jit(dtype):
    qkv = [normal(seed, 2, 5, 4, 8) for seed in range(3)]
    y = jax.jit(attention.attend)(*(x.astype(dtype) for x in qkv))
    assert y.dtype == dtype
    np.testing.assert_allclose(y.astype(float), plain_attention(*qkv), atol=0.03)
