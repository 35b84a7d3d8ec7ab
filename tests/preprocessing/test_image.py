"""Image files and arrays beside Keras's functions."""

import io

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from PIL import Image

from denser.core.messages import UserError
from denser.preprocessing import image
from denser.preprocessing.resample import resize

IMAGE = np.random.default_rng(0).integers(0, 255, (13, 17, 3), np.uint8)


@pytest.mark.parametrize("size", [(6, 5), (30, 21), (13, 40)])
@pytest.mark.parametrize("kind", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"])
def test_resize_is_keras_s(kind, size):
    expected = keras.ops.image.resize(IMAGE.astype("float32"), size, kind, antialias=False)
    np.testing.assert_allclose(resize(IMAGE, size, kind), expected, atol=1e-3)


@pytest.mark.parametrize("kind", ["area", "gaussian", "mitchellcubic"])
def test_kernels_that_only_files_know(kind):
    np.testing.assert_allclose(resize(np.full((5, 6, 1), 9), (7, 3), kind), 9, rtol=1e-6)
    halved = resize(IMAGE[:12, :16], (6, 8), "area")
    means = IMAGE[:12, :16].reshape(6, 2, 8, 2, 3).mean((1, 3))
    np.testing.assert_allclose(halved, means, rtol=1e-5)


def test_padding_keeps_the_shape():
    padded = resize(np.ones((13, 8, 1)), (12, 8), pad_to_aspect_ratio=True)
    np.testing.assert_allclose(padded.sum((0, 2)), [12] * 7 + [0], rtol=1e-6)  # as Keras's


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("kind", [np.asarray, jnp.asarray])
def test_smart_resize(kind, layout):
    x = IMAGE if layout == "channels_last" else IMAGE.transpose(2, 0, 1)
    expected = keras.preprocessing.image.smart_resize(x, (6, 5), data_format=layout)
    found = image.smart_resize(kind(x), (6, 5), data_format=layout)
    assert found.dtype == np.float32 and isinstance(found, type(kind(x)))
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("shape", [(4, 5, 1), (4, 5, 3), (4, 5, 4)])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("most", [0, 1, 200, 1000])
def test_arrays_become_keras_s_images(shape, scale, most):
    if most > 255 and not scale and shape[2] > 1:
        pytest.skip("values that do not fit a byte")
    x = np.random.default_rng(1).random(shape) * most
    found, expected = (f(x, scale=scale) for f in (image.array_to_img, keras.utils.array_to_img))
    assert found.mode == expected.mode
    array = image.img_to_array(found)
    np.testing.assert_array_equal(array, keras.utils.img_to_array(expected))
    assert array.dtype == np.float32
    first = image.img_to_array(found, "channels_first", "uint8")
    assert first.shape == (shape[2], 4, 5) and first.dtype == np.uint8


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"color_mode": "grayscale"},
        {"color_mode": "rgba"},
        {"target_size": (5, 9)},
        {"target_size": (5, 9), "interpolation": "lanczos"},
        {"target_size": (5, 9), "interpolation": "bilinear", "keep_aspect_ratio": True},
    ],
)
def test_load_img_is_keras_s(tmp_path, how):
    path = tmp_path / "bïld.png"
    image.save_img(path, IMAGE, scale=False)
    found, expected = image.load_img(path, **how), keras.utils.load_img(path, **how)
    assert found.mode == expected.mode
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def test_files_in_memory_and_with_transparency(tmp_path):
    file = io.BytesIO()
    image.save_img(file, IMAGE, file_format="png", scale=False)
    np.testing.assert_array_equal(image.img_to_array(image.load_img(file)), IMAGE)
    with pytest.warns(UserWarning, match="transparency"):
        image.save_img(tmp_path / "a.jpg", np.ones((4, 4, 4)))
    with Image.open(tmp_path / "a.jpg") as saved:
        assert saved.mode == "RGB"


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda path: image.load_img(path), "bad.png cannot be read"),
        (lambda path: image.load_img(7), "path"),
        (lambda path: image.load_img(path, "x"), "color_mode"),
        (lambda path: image.array_to_img(np.zeros((4, 4))), "3 axes"),
        (lambda path: image.array_to_img(np.zeros((4, 4, 2))), "channels"),
        (lambda path: image.img_to_array(np.zeros(3)), "image"),
        (lambda path: image.smart_resize(np.zeros((3, 3)), (2, 2)), "height, width, channels"),
        (lambda path: image.smart_resize(np.zeros((3, 3, 3)), 2), "size"),
        (lambda path: image.save_img(io.BytesIO(), IMAGE), "file_format"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, use, message):
    (tmp_path / "bad.png").write_bytes(b"nothing")
    with pytest.raises(UserError, match=message):
        use(tmp_path / "bad.png")
