"""Merging: masks, shapes that do not fit, and the functions."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import layers
from denser.core.masks import get_mask, set_mask
from denser.core.messages import UserError
from denser.core.tensor import KerasTensor

ONE = np.array([[True, True, False, False], [True, True, True, False]])
TWO = np.array([[True, False, True, False], [True, True, False, False]])


def _masked(mask: np.ndarray | None) -> jnp.ndarray:
    x = jnp.ones((2, 4, 3))
    set_mask(x, mask)
    return x


def _mask_after(layer: layers.Layer, *masks: np.ndarray | None) -> np.ndarray | None:
    inputs = [_masked(mask) for mask in masks]
    return get_mask(layer(inputs))


@pytest.mark.parametrize("layer", [layers.Add(), layers.Maximum(), layers.Concatenate()])
def test_a_step_counts_if_it_counts_in_any_input(layer) -> None:
    np.testing.assert_array_equal(_mask_after(layer, ONE, TWO), ONE | TWO)


def test_an_input_without_mask_counts_whole() -> None:
    assert _mask_after(layers.Add(), ONE, None) is None
    assert np.all(_mask_after(layers.Concatenate(), ONE, None))
    joined = _mask_after(layers.Concatenate(axis=1), ONE, None)
    np.testing.assert_array_equal(joined, np.concatenate([ONE, np.ones_like(ONE)], axis=1))
    assert _mask_after(layers.Dot((2, 2)), ONE, TWO) is None


@pytest.mark.parametrize(
    "layer, shapes, words",
    [
        (layers.Add(), [(2, 3), (2, 4)], r"of one shape.*got \(2, 3\), \(2, 4\)"),
        (layers.Add(), [(2, 3), (1, 3)], "of one shape"),
        (layers.Subtract(), [(2, 3)] * 3, "a list of 2 tensors; got 3"),
        (layers.Concatenate(), [(2, 3, 4), (2, 4, 4)], "equal sizes but along axis -1"),
        (layers.Concatenate(), [(2, 3, 4), (2, 4)], "equal sizes but along axis -1"),
        (layers.Concatenate(axis=2), [(2, 3), (2, 4)], "that have an axis 2"),
        (layers.Dot(1), [(2, 5, 3), (2, 4, 3)], r"equal sizes along the axes \(1, 1\)"),
        (layers.Dot((2, 1)), [(2, 5), (2, 5)], r"that have the axes \(2, 1\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(layer, shapes, words) -> None:
    with pytest.raises(UserError, match=words):
        layer([np.ones(shape, "float32") for shape in shapes])


def test_one_tensor_is_no_list() -> None:
    with pytest.raises(UserError, match=r"a list of tensors; got \(2, 3\). Write Add\(\)\(\[a, b"):
        layers.Add()(np.ones((2, 3), "float32"))


@pytest.mark.parametrize(
    "layer, shape", [(layers.Add(), (None, 7, 4)), (layers.Concatenate(), (None, 7, 8))]
)
def test_a_size_known_in_one_input_is_known_in_the_output(layer, shape) -> None:
    assert layer([KerasTensor((None, None, 4)), KerasTensor((None, 7, 4))]).shape == shape


@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot"]
)
def test_functions_are_their_layers(name: str) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    ours, theirs = getattr(layers, name)([x, y]), getattr(keras.layers, name)([x, y])
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
