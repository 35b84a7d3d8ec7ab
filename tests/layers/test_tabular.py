"""Columns of numbers: what `adapt` learns, with Keras as oracle; bins, crosses and hashes."""

import jax
import keras
import numpy as np
import pytest

from denser import layers
from denser.core.messages import UserError

rng = np.random.default_rng(5)
DATA = rng.normal(3, 2, (40, 3)).astype("float32")


@pytest.mark.parametrize("axis, shape", [(-1, (40, 3)), (None, (40, 3)), ((1, 2), (8, 5, 3)),
                                         (1, (8, 5, 3)), (None, (120,))])  # fmt: skip
def test_mean_and_variance_are_learnt(axis, shape):
    x = DATA.reshape(shape)
    ours, theirs = layers.Normalization(axis=axis), keras.layers.Normalization(axis=axis)
    ours.adapt(x)
    theirs.adapt(x)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-4, atol=1e-5)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5)
    inverse = layers.Normalization(axis=axis, invert=True)
    inverse.adapt(x)
    np.testing.assert_allclose(inverse(ours(x)), x, rtol=1e-4)


def test_batches_of_different_sizes_give_the_mean_of_all_rows():
    ours = layers.Normalization()
    ours.adapt(iter([DATA[:7], DATA[7:9], DATA[9:]]))
    mean, variance, _ = ours.get_weights()
    np.testing.assert_allclose(mean, DATA.mean(0), rtol=1e-5)
    np.testing.assert_allclose(variance, DATA.var(0), rtol=1e-5)


@pytest.mark.parametrize("bins, epsilon", [(4, 0.01), (7, 0.1), (2, 0.3)])
@pytest.mark.parametrize("rows", [3, 10, 40])
def test_boundaries_are_those_of_keras(rows, bins, epsilon):
    ours = layers.Discretization(num_bins=bins, epsilon=epsilon)
    theirs = keras.layers.Discretization(num_bins=bins, epsilon=epsilon)
    ours.adapt(DATA[:rows])
    theirs.update_state(DATA[:rows])  # its `adapt` asks for TensorFlow
    theirs.finalize_state()
    np.testing.assert_allclose(ours.bin_boundaries, theirs.bin_boundaries, rtol=1e-6)
    np.testing.assert_array_equal(ours(DATA), theirs(DATA))
    ours.reset_state()
    theirs.reset_state()
    for batch in (DATA[:20], DATA[20:]):
        ours.update_state(batch)
        theirs.update_state(batch)
    ours.finalize_state()
    theirs.finalize_state()
    np.testing.assert_allclose(ours.bin_boundaries, theirs.bin_boundaries, rtol=1e-5)
    copy = layers.Discretization.from_config(ours.get_config())
    assert copy.bin_boundaries == ours.bin_boundaries


@pytest.mark.parametrize("layer, x", [
    (layers.Hashing(100), np.array([-(2**31), 2**31 - 1, 123456, -7, 0, 10], "int32")),
    (layers.Hashing(100, mask_value=0, salt=[3, 4]), np.arange(-12, 12, dtype="int32")),
    (layers.Hashing(9, output_mode="count"), np.arange(12, dtype="int32").reshape(3, 4)),
    (layers.HashedCrossing(50), [np.arange(-3, 5, dtype="int32"), np.arange(8, dtype="int32")]),
    (layers.IntegerLookup(vocabulary=[7, -3, 2**40]), np.arange(-5, 9, dtype="int32")),
    (layers.IntegerLookup(vocabulary=[7, 3], mask_token=0, num_oov_indices=3,
                          oov_method="farmhash"), np.arange(-5, 9, dtype="int32")),
    (layers.IntegerLookup(vocabulary=[7, 3], invert=True), np.arange(-1, 4, dtype="int32")),
    (layers.IntegerLookup(vocabulary=[7, 3], output_mode="multi_hot"), np.array([[7, 1], [3, 3]])),
], ids=lambda value: type(value).__name__)  # fmt: skip
def test_integers_are_read_alike_on_the_host_and_in_a_program(layer, x):
    found = jax.jit(layer)(x)
    np.testing.assert_array_equal(layer(x), found)
    shape = layer.compute_output_shape([np.shape(part) for part in x] if isinstance(x, list)
                                       else np.shape(x))  # fmt: skip
    assert shape == found.shape


def test_hashes_are_those_of_tensorflow():
    """Numbers from `keras.layers.Hashing` and `HashedCrossing` on TensorFlow 2.21."""
    words = np.array([["A"], ["B"], [""]])
    assert layers.Hashing(7)(words).tolist() == [[3], [6], [6]]
    assert layers.Hashing(7, salt=133)(words).tolist() == [[4], [5], [6]]
    assert layers.Hashing(7, mask_value="")(words).tolist() == [[5], [1], [0]]
    assert layers.Hashing(7)(np.arange(-3, 6)).tolist() == [4, 0, 4, 2, 5, 5, 2, 6, 1]
    assert layers.Hashing(7, mask_value=3)(np.arange(6)).tolist() == [2, 4, 2, 0, 6, 2]
    assert layers.Hashing(7, salt=[133, 137])(np.arange(6)).tolist() == [1, 6, 6, 0, 4, 1]
    big = np.array([-(2**63), 2**63 - 1, 10**18, 123456])
    assert layers.Hashing(1000)(big).tolist() == [112, 319, 231, 998]
    one, two = np.array(["A", "B", "A", "B", "A"]), np.array([101, 101, 101, 102, 102])
    cross = layers.HashedCrossing(100000)
    assert cross((one, two)).tolist() == [94891, 97754, 94891, 9576, 3523]
    assert cross((two, two)).tolist() == [40013, 40013, 40013, 15129, 15129]
    assert cross((one, one, two)).tolist() == [64987, 80690, 64987, 61767, 71510]
    assert layers.HashedCrossing(5)(("A", 101)).tolist() == 1


@pytest.mark.parametrize("make, words", [
    (lambda: layers.Normalization(mean=1.0), "given together"),
    (lambda: layers.Normalization(mean=[1.0] * 3, variance=[1.0] * 3)(np.ones((2, 2))), "`mean`"),
    (lambda: layers.Normalization(axis=5)(DATA), "`axis`"),
    (lambda: layers.Discretization(), "either"),
    (lambda: layers.Discretization([1.0], num_bins=2), "either"),
    (lambda: layers.Discretization(num_bins=2)(DATA), "adapt"),
    (lambda: layers.Discretization([1.0]).adapt(DATA), "nothing to learn"),
    (lambda: layers.CategoryEncoding(3)(np.array([[3]])), "from 0 to 2"),
    (lambda: layers.CategoryEncoding(3, sparse=True), "sparse"),
    (lambda: layers.CategoryEncoding(3)(np.array([[1]]), np.ones((1, 1))), "count_weights"),
    (lambda: layers.HashedCrossing(3)(np.arange(3)), "two tensors"),
    (lambda: layers.HashedCrossing(3)((np.ones(2), np.ones(2))), "crosses text and integers"),
    (lambda: layers.HashedCrossing(3)((np.ones((2, 2), int),) * 2), "batch, 1"),
    (lambda: layers.Hashing(1, mask_value=0), "num_bins"),
])  # fmt: skip
def test_mistakes_are_told(make, words):
    with pytest.raises(UserError, match=words):
        make()
