"""Products of any rank against jnp.matmul."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from denser.lowering import dense

from .formulas import assert_same_with_gradients, normal

few = settings(max_examples=4, deadline=None)


@few
@given(st.lists(st.integers(1, 5), max_size=3), st.integers(1, 9), st.integers(1, 20))
def test_matmul(leading, features, units):
    x, kernel = normal(0, *leading, features), normal(1, features, units)
    assert_same_with_gradients(dense.matmul, jnp.matmul, x, kernel)


@pytest.mark.parametrize("dtype", (jnp.float16, jnp.bfloat16))
def test_matmul_of_half_types_sums_in_float32(dtype):
    x, kernel = jnp.full((2, 3, 8192), 0.1, dtype), jnp.full((8192, 2), 0.1, dtype)
    y = jax.jit(dense.matmul)(x, kernel)
    assert y.dtype == dtype
    np.testing.assert_allclose(y.astype(float), 81.92, rtol=0.01)
