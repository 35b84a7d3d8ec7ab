"""Symbolic tensors: shapes inferred by running on shapes, records replayed on data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import denser
from denser import ops
from denser.core.graph import Graph, infer, public_shape
from denser.core.masks import get_mask, set_mask
from denser.core.tensor import KerasTensor, as_array
from denser.core.variable import Variable

SIZES = st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=1, max_size=4)


@given(SIZES, st.integers(1, 7))
@settings(max_examples=20, deadline=None)
def test_unknown_sizes_stay_unknown_and_known_ones_known(sizes, batch):
    x = KerasTensor(sizes)
    y = ops.concatenate([x * 2 + 1, ops.exp(x)], axis=-1)
    last = None if sizes[-1] is None else 2 * sizes[-1]
    assert y.shape == (*sizes[:-1], last)
    data = np.ones([batch if s is None else s for s in sizes], "float32")
    assert np.allclose(Graph(x, y).run(data)[..., -1:], np.e)


def test_a_graph_replays_with_nested_outputs_and_shared_parts():
    a, b = KerasTensor((None, 3), name="a"), KerasTensor((None, 3), name="b")
    shared = ops.tanh(a) @ ops.ones((3, 2))
    out = {"sum": shared + b[:, :2], "both": [shared, -shared]}
    graph = Graph([a, b], out)
    x, y = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    got = graph.run([x, y])
    assert np.allclose(got["sum"], np.tanh(x) @ np.ones((3, 2)) + y[:, :2], atol=1e-6)
    assert np.array_equal(got["both"][0], -got["both"][1])
    assert len(graph.nodes) == len({id(n) for n in graph.nodes})


def test_a_missing_input_is_named():
    a, b = KerasTensor((2,), name="a"), KerasTensor((2,), name="b")
    with pytest.raises(ValueError, match="name=b.*Add it to `inputs`"):
        Graph(a, a + b)


def test_a_symbolic_tensor_is_no_data():
    x = KerasTensor((None, 3))
    for use in (np.asarray, bool, len, iter):
        with pytest.raises(TypeError, match="symbolic tensor.*ops"):
            use(x)
    assert len(KerasTensor((2, 3))) == 2


def test_infer_forgets_what_a_function_assigns():
    count = Variable(0.0)
    spec = infer(lambda x: count.assign_add(1) + x, KerasTensor((None,)))
    assert spec.shape == (None,) and float(count.value) == 0


def test_masks_follow_the_array_and_go_with_it():
    x = as_array([[1.0, 2.0]])
    set_mask(x, "mask")
    assert get_mask(x) == "mask" and get_mask(as_array([[1.0, 2.0]])) is None
    set_mask(x, None)
    assert get_mask(x) is None


@pytest.mark.parametrize("given", [["a", "b"], [["x"], [1]], "text"])
def test_strings_are_no_numbers(given):
    with pytest.raises(TypeError, match="numbers"):
        as_array(given)


def test_dicts_keep_the_order_of_their_entries():
    """JAX sorts them, which would give each output the other's value."""
    x = KerasTensor((None,))
    spec = infer(lambda x: {"b": x, "a": [x + 1, None]}, x)
    assert list(spec) == ["b", "a"] and spec["a"][1] is None
    pair = Halves()(x := denser.Input((2,)))
    model = denser.Model(x, [pair["minus"], pair["plus"]])
    minus, plus = model.predict(np.ones((1, 2)), verbose=0)
    assert minus[0, 0] == -1 and plus[0, 0] == 1


class Halves(denser.layers.Layer):
    def call(self, x):
        return {"plus": x, "minus": -x}


def test_no_real_size_is_taken_for_an_unknown_one():
    x = KerasTensor((None, 2520, 5040, None))
    assert infer(lambda x: x.sum(3), x).shape == (None, 2520, 5040)

    def sizes(x):
        assert public_shape(x) == (None, 2520, 5040, None)
        return x

    infer(sizes, x)


def test_a_symbolic_tensor_takes_what_it_can_be():
    for wrong in ({"sparse": True}, {"ragged": True}, {"shapes": 3}):
        with pytest.raises(TypeError, match=next(iter(wrong))):
            KerasTensor((3,), **wrong)
