"""Rows of a table against a product with one-hot vectors."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from denser.lowering import embedding

from .formulas import assert_same_with_gradients, normal

few = settings(max_examples=4, deadline=None)


@few
@given(st.lists(st.integers(0, 5), max_size=3), st.integers(1, 9))
def test_lookup(shape, rows):
    table = normal(0, rows, 3)
    indices = jnp.asarray(np.random.default_rng(1).integers(0, rows, shape), jnp.int32)
    assert_same_with_gradients(
        lambda table: embedding.lookup(table, indices),
        lambda table: jax.nn.one_hot(indices, rows) @ table,
        table,
    )
