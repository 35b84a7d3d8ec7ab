"""Convolution, pooling and reshaping: what the contract's table does not say."""

import numpy as np
import pytest

from denser import layers
from denser.core.masks import set_mask
from denser.core.messages import UserError
from denser.core.tensor import KerasTensor, as_array


def _ones(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.ones(shape, dtype)


@pytest.mark.parametrize(
    "layer, shape, words",
    [
        (layers.Conv2D(2, 3), (2, 28, 28), r"x\[\.\.\., None\]"),
        (layers.Conv2D(2, 3), (2, 784), "Reshape"),
        (layers.Conv2D(2, 3), (2, 2, 9, 1), r"\(3, 3\) or more in space.*padding='same'"),
        (layers.Conv1D(2, 3, dilation_rate=2), (2, 4, 1), r"\(5,\) or more in space"),
        (layers.Conv2D(4, 3, groups=2), (2, 9, 9, 3), "`groups` must be divisors of the 3"),
        (layers.MaxPooling2D(3), (2, 2, 9, 1), r"\(3, 3\) or more in space"),
        (layers.Cropping1D(2), (2, 4, 1), r"\(5,\) or more in space.*Crop less"),
        (layers.Reshape((4, 3)), (2, 6), r"with 12 numbers in a row; got \(2, 6\)"),
        (layers.Reshape((4, -1)), (2, 6), "with a multiple of 4 numbers"),
        (layers.Permute((2, 1)), (2, 3, 4, 5), "expected input"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, layers.Layer) else "",
)
def test_an_input_that_does_not_fit_is_refused(layer, shape, words) -> None:
    with pytest.raises(UserError, match=words):
        layer(_ones(*shape))


@pytest.mark.parametrize(
    "name, arguments, words",
    [
        ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 3}, "`filters` must be divisible"),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, "`padding`"),
        (
            "Conv2DTranspose",
            {"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": 2},
            "`output_padding` must be less than `strides`",
        ),
        (
            "Conv2DTranspose",
            {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": 2},
            "`dilation_rate`",
        ),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(name, arguments, words) -> None:
    with pytest.raises(UserError, match=words):
        getattr(layers, name)(**arguments)


def test_a_convolution_keeps_its_channels_but_not_its_size() -> None:
    layer = layers.Conv2D(2, 3)
    assert layer(_ones(1, 5, 5, 3)).shape == (1, 3, 3, 2)
    assert layer(_ones(2, 8, 4, 3)).shape == (2, 6, 2, 2)
    with pytest.raises(UserError, match=r"expected input \(batch, \?, \?, 3\)"):
        layer(_ones(1, 5, 5, 4))


def test_a_convolution_needs_to_know_the_channels() -> None:
    with pytest.raises(UserError, match="known number of channels"):
        layers.Conv1D(2, 3)(KerasTensor((None, 4, None)))


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_images_may_be_integers(dtype: str) -> None:
    x = _ones(1, 4, 4, 2, dtype=dtype)
    assert layers.Conv2D(3, 2)(x).dtype == "float32"
    assert layers.MaxPooling2D()(x).dtype == dtype
    assert layers.AveragePooling2D(2)(x).dtype == "float32"
    assert layers.GlobalAveragePooling2D()(x).dtype == "float32"
    assert layers.UpSampling2D(interpolation="bilinear")(x).dtype == "float32"


def test_strides_and_dilation_together_are_one_convolution_with_a_wider_kernel() -> None:
    x = np.random.default_rng(1).normal(size=(1, 9, 9, 2))
    layer = layers.Conv2D(3, 2, strides=2, dilation_rate=2)
    y = layer(x)
    wide = layers.Conv2D(3, 3, strides=2)
    wide.build(x.shape)
    kernel = np.zeros((3, 3, 2, 3), "float32")
    kernel[::2, ::2] = layer.get_weights()[0]
    wide.set_weights([kernel, layer.get_weights()[1]])
    np.testing.assert_allclose(y, wide(x), atol=1e-5)


def test_the_global_mean_leaves_out_masked_steps() -> None:
    x = as_array(np.arange(24.0).reshape(2, 4, 3))
    set_mask(x, np.array([[True, True, False, False], [False] * 4]))
    y = layers.GlobalAveragePooling1D()(x)
    np.testing.assert_allclose(y, [[1.5, 2.5, 3.5], [0, 0, 0]])


def test_pools_stand_side_by_side_unless_told() -> None:
    assert layers.MaxPooling2D(3).strides == (3, 3)
    assert layers.MaxPooling2D((2, 3), 1).strides == (1, 1)


def test_older_names_are_the_same_classes() -> None:
    assert layers.Convolution2D is layers.Conv2D
    assert layers.MaxPool2D is layers.MaxPooling2D
    assert layers.GlobalAvgPool1D is layers.GlobalAveragePooling1D
