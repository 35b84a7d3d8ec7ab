"""Variable and Scope: code that assigns becomes a pure function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import denser
from denser.core.pure import pure
from denser.core.variable import Scope, Variable, autocast, name_scope, real_rows


def counter():
    return Variable(0.0, name="count"), Variable(np.ones(3), name="vector")


def test_a_scope_reads_and_writes_in_place_of_the_variable():
    count, vector = counter()
    with Scope([(count, jnp.float32(5))]) as scope:
        assert float(count.value) == 5
        count.assign_add(2)
        vector.assign(np.zeros(3))
        assert float(scope.value(count)) == 7 and not np.any(scope.value(vector))
        with Scope([(count, jnp.float32(1))]):
            assert float(count.value) == 1 and not np.any(vector.numpy())
    assert float(count.value) == 0 and np.all(vector.numpy() == 1)


def test_pure_functions_can_be_compiled_and_differentiated():
    count, vector = counter()

    def step(x):
        count.assign_add(1)
        return (vector.value * x).sum() * count.value

    run = jax.jit(pure(step, [count, vector]))
    result, (new_count, _) = run([jnp.float32(1), jnp.arange(3.0)], 2.0)
    assert (float(result), float(new_count)) == (12, 2) and float(count.value) == 0
    gradient = jax.grad(lambda v: run([jnp.float32(0), v], 3.0)[0])(jnp.ones(3))
    assert gradient.tolist() == [3, 3, 3]


def test_assigning_inside_a_transformation_that_does_not_know_it_is_an_error():
    count, _ = counter()
    with pytest.raises(ValueError, match="stateless_call"):
        jax.jit(lambda x: count.assign(x))(1.0)
    assert float(count.value) == 0


def test_assigned_arrays_are_copies():
    _, vector = counter()
    given = np.zeros(3, "float32")
    vector.assign(given)
    given += 1
    read = vector.numpy()
    read += 1
    assert not vector.numpy().any()


def test_shapes_types_names():
    with pytest.raises(ValueError, match=r"'vector' has shape \(batch, 3\)|shape \(3,\)"):
        counter()[1].assign(np.zeros(4))
    with name_scope("outer"), name_scope("inner"):
        assert Variable(1).path == "outer/inner/variable"
    weight = Variable(np.ones(2), name="w")
    with autocast("bfloat16"):
        assert weight.value.dtype == weight.dtype == "bfloat16" and weight.raw.dtype == "float32"
    assert weight.dtype == "float32"


def test_operators_act_on_the_value():
    _, vector = counter()
    assert (vector + 1).tolist() == (1 + vector).tolist() == [2, 2, 2]
    assert (vector @ np.ones(3), float((-vector)[0]), (vector == 1).all()) == (3, -1, True)
    assert len({vector, vector}) == 1


def test_rows_reach_inner_scopes():
    rows = jnp.array([True, False])
    with Scope(rows=rows), Scope():
        assert real_rows() is rows
    assert real_rows() is None


@pytest.mark.parametrize(
    "wrong", [{"aggregation": "avg"}, {"synchronization": "now"}, {"layout": None}]
)
def test_what_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Variable(1.0, **wrong)


def test_random_numbers_without_a_seed_are_refused_where_they_would_not_change():
    assert not np.array_equal(denser.random.normal((3,)), denser.random.normal((3,)))
    with Scope(), pytest.raises(ValueError, match="SeedGenerator"):
        denser.random.normal((3,))
