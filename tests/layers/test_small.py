"""Small layers: Lambda, Embedding, Masking, Softmax with masks, older names of arguments."""

import keras
import numpy as np
import pytest

from denser import layers
from denser.core.masks import get_mask
from denser.core.messages import UserError
from denser.core.registry import custom_object_scope
from denser.core.tensor import KerasTensor

X = np.arange(6, dtype="float32").reshape(2, 3)


def double(x, factor=2, training=False):
    """A function with a name."""
    return x * factor + (1 if training else 0)


def test_lambda_calls_its_function_with_what_it_asks_for():
    layer = layers.Lambda(double, arguments={"factor": 3})
    np.testing.assert_array_equal(layer(X), 3 * X)
    np.testing.assert_array_equal(layer(X, training=True), 3 * X + 1)
    assert layer(KerasTensor((None, 3))).shape == (None, 3)
    declared = layers.Lambda(lambda x: x, output_shape=(7,))
    assert declared(KerasTensor((None, 3))).shape == (None, 7)
    pair = [KerasTensor((None, 3)), KerasTensor((None, 3))]
    for shape in ((1,), lambda shapes: (shapes[0][0], 1)):
        distance = layers.Lambda(lambda x: (x[0] - x[1])[:, :1], output_shape=shape)
        assert distance(pair).shape == (None, 1)
    masked = layers.Lambda(lambda x: x, mask=lambda x, mask: x[..., 0] > 0)
    assert get_mask(masked(X)).tolist() == [False, True]


def test_lambda_is_described_by_its_functions_name():
    config = layers.Lambda(double, arguments={"factor": 3}).get_config()
    with custom_object_scope({"double": double}):
        np.testing.assert_array_equal(layers.Lambda.from_config(config)(X), 3 * X)
    with pytest.raises(UserError, match="double"):
        layers.Lambda.from_config(config)
    with pytest.raises(UserError, match="lambda"):
        layers.Lambda(lambda x: x).get_config()
    code = keras.layers.Lambda(lambda x: x).get_config()
    with pytest.raises(UserError, match="bytecode"):
        layers.Lambda.from_config(code)
    with pytest.raises(UserError, match="`function`"):
        layers.Lambda(3)


def test_embedding_starts_from_given_weights_and_masks_zero():
    table = np.arange(8, dtype="float32").reshape(4, 2)
    for weights in (table, [table]):
        layer = layers.Embedding(4, 2, weights=weights, mask_zero=True)
        y = layer(np.array([[1, 0], [3, 2]]))
        np.testing.assert_array_equal(y, table[[[1, 0], [3, 2]]])
    assert get_mask(y).tolist() == [[True, False], [True, True]]
    assert get_mask(layers.Embedding(4, 2)(np.array([[1, 0]]))) is None


def test_embedding_tells_many_tokens_apart_in_half_types():
    layer = layers.Embedding(1001, 1, dtype="mixed_bfloat16")
    tokens = np.array([[999.0, 1000.0]], "float32")
    layer.build()
    layer.set_weights([np.arange(1001.0)[:, None] % 7])
    y = layer(tokens)
    assert y.dtype == "bfloat16" and y.ravel().tolist() == [999 % 7, 1000 % 7]
    assert layers.Embedding(4, 2, input_length=5)._declared_shape == (None, 5)


def test_masking_makes_a_mask():
    x = np.array([[[1.0, 2.0], [9.0, 9.0], [9.0, 3.0]]])
    y = layers.Masking(9.0)(x)
    assert get_mask(y).tolist() == [[True, False, True]]
    assert y.tolist() == [[[1.0, 2.0], [0.0, 0.0], [9.0, 3.0]]]


@pytest.mark.parametrize("axis", (-1, [1, 2]))
def test_softmax_gives_masked_places_nothing(axis):
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    mask = np.random.default_rng(1).random((2, 3, 4)) > 0.4
    expected = keras.layers.Softmax(axis)(x, mask=mask)
    np.testing.assert_allclose(layers.Softmax(axis)(x, mask=mask), expected, atol=1e-6)
    steps = mask[..., 0]
    given = np.asarray(layers.Softmax([1, 2])(x, mask=steps))
    assert np.all(given[~steps] < 1e-6) and np.allclose(given.sum((1, 2)), 1)


def test_older_names_of_arguments_are_taken():
    assert layers.LeakyReLU(alpha=0.1).negative_slope == 0.1
    with pytest.raises(UserError, match="`negative_slope` twice"):
        layers.LeakyReLU(0.1, alpha=0.2)


def test_prelu_has_slopes_of_its_own():
    layer = layers.PReLU()
    layer.build((None, 3))
    layer.set_weights([np.array([0.5, 1.0, 2.0])])
    np.testing.assert_array_equal(layer(-X), -X * np.array([0.5, 1.0, 2.0]))
    with pytest.raises(UserError, match="`shared_axes`"):
        layers.PReLU(shared_axes=[2]).build((None, 3))
