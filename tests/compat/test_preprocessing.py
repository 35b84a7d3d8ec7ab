"""keras.preprocessing of Keras 1 and 2, value for value as Keras's own remains of it."""

import json
import random
import types

import numpy as np
import pandas as pd
import pytest
import scipy.ndimage
from keras.src.legacy.preprocessing import image as keras_image
from keras.src.legacy.preprocessing import sequence as keras_sequence
from keras.src.legacy.preprocessing import text as keras_text

import denser
from denser import layers
from denser.compat.era import eras
from denser.compat.keras.preprocessing import image, sequence, text

TEXTS = ["The cat sat on the mat.", "The dog, the DOG!", "a cat\tand a dog", ""]
NEW = ["the bird sat", "unknown words only"]


@pytest.fixture(autouse=True)
def scipy_of_the_oracle(monkeypatch):
    """Keras calls scipy by a path that new versions have not."""
    old = types.SimpleNamespace(affine_transform=scipy.ndimage.affine_transform)
    monkeypatch.setattr(scipy.ndimage, "interpolation", old, raising=False)
    monkeypatch.setattr(eras, "era", "3")


# ------------------------------------------------------------------------------------------- text

OPTIONS = [
    {}, {"num_words": 4}, {"oov_token": "<oov>"}, {"num_words": 4, "oov_token": "<oov>"},
    {"char_level": True}, {"lower": False}, {"filters": "t"}, {"split": "a"},
    {"char_level": True, "oov_token": "?", "num_words": 6}, {"analyzer": str.split},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_tokenizer(options):
    ours, theirs = text.Tokenizer(**options), keras_text.Tokenizer(**options)
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(TEXTS)
        tokenizer.fit_on_texts(TEXTS[:1])
    for name in "word_index index_word word_counts word_docs index_docs document_count".split():
        assert getattr(ours, name) == getattr(theirs, name), name
    sequences = ours.texts_to_sequences(TEXTS + NEW)
    assert sequences == theirs.texts_to_sequences(TEXTS + NEW)
    assert ours.sequences_to_texts(sequences) == theirs.sequences_to_texts(sequences)
    assert ours.sequences_to_texts([[1, 99]]) == theirs.sequences_to_texts([[1, 99]])
    for mode in ("binary", "count", "freq", "tfidf"):
        np.testing.assert_allclose(
            ours.texts_to_matrix(NEW, mode=mode), theirs.texts_to_matrix(NEW, mode=mode)
        )
    if "analyzer" not in options:
        assert json.loads(ours.to_json()) == json.loads(theirs.to_json())
        again = text.tokenizer_from_json(theirs.to_json())
        assert again.texts_to_sequences(NEW) == ours.texts_to_sequences(NEW)
        np.testing.assert_array_equal(again.texts_to_matrix(TEXTS, "tfidf"),
                                      ours.texts_to_matrix(TEXTS, "tfidf"))  # fmt: skip


def test_tokenizer_of_word_lists_and_sequences():
    ours, theirs = text.Tokenizer(nb_words=3), keras_text.Tokenizer(num_words=3)
    words = [["One", "two"], ["two", "Three", "two"]]
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(words)
        tokenizer.fit_on_sequences([[1, 2], [2]])
    assert ours.nb_words == 3
    assert ours.texts_to_sequences(words) == theirs.texts_to_sequences(words)
    assert ours.index_docs == theirs.index_docs


def test_functions_of_text():
    for options in ({}, {"lower": False}, {"filters": "c"}, {"split": ","}):
        for one in TEXTS:
            assert text.text_to_word_sequence(one, **options) == keras_text.text_to_word_sequence(
                one, **options
            )
            assert text.one_hot(one, 20, **options) == keras_text.one_hot(one, 20, **options)
            assert text.hashing_trick(one, 9, "md5", **options) == keras_text.hashing_trick(
                one, 9, "md5", **options
            )
    assert text.hashing_trick("a b", 9, hash_function=len, analyzer=str.split) == [2, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: text.Tokenizer(words=3),
        lambda: text.Tokenizer().texts_to_matrix(["a"]),
        lambda: text.Tokenizer(num_words=3).texts_to_matrix(["a"], "tfidf"),
        lambda: text.Tokenizer(num_words=3).texts_to_matrix(["a"], "share"),
        lambda: text.Tokenizer(analyzer=str.split).to_json(),
        lambda: sequence.TimeseriesGenerator([1, 2], [1], 1),
        lambda: sequence.TimeseriesGenerator([1, 2], [1, 2], 5),
        lambda: image.ImageDataGenerator(zoom_range=(1, 2, 3)),
        lambda: image.ImageDataGenerator(brightness_range=3),
        lambda: image.ImageDataGenerator(validation_split=2),
        lambda: image.ImageDataGenerator(data_format="first"),
        lambda: image.ImageDataGenerator().fit(np.zeros((2, 2))),
        lambda: image.ImageDataGenerator().flow(np.zeros((2, 2))),
        lambda: image.ImageDataGenerator().flow(np.zeros((2, 2, 2, 3)), [1]),
        lambda: image.ImageDataGenerator().flow(np.zeros((2, 2, 2, 3)), subset="other"),
        lambda: image.ImageDataGenerator().flow_from_directory(".", class_mode="one"),
        lambda: image.ImageDataGenerator().flow_from_directory(".", color_mode="hsv"),
        lambda: image.apply_affine_transform(np.zeros((2, 2, 3)), 3, channel_axis=1, row_axis=0),
        lambda: image.random_zoom(np.zeros((2, 2, 3)), (1,)),
        lambda: image.ImageDataGenerator(validation_split=0.5).flow(
            np.zeros((4, 2, 2, 3)), [0, 0, 1, 1], subset="training"
        ),
    ],
)
def test_mistakes_are_told(wrong):
    with pytest.raises(ValueError):
        wrong()


# --------------------------------------------------------------------------------------- sequences


def test_pairs_of_words():
    np.testing.assert_allclose(
        sequence.make_sampling_table(50), keras_sequence.make_sampling_table(50)
    )
    words = [3, 0, 4, 5, 1, 1, 7]
    table = keras_sequence.make_sampling_table(10, 1e-1)
    keras_seed = {"seed": 4}  # without one Keras asks chance for a float's range, which is refused
    for options in (
        {}, {"window_size": 1}, {"negative_samples": 0}, {"negative_samples": 2.5},
        {"categorical": True}, {"shuffle": False}, {"seed": 5}, {"sampling_table": table},
    ):  # fmt: skip
        found = []
        for module in (sequence, keras_sequence):
            random.seed(3)
            found.append(module.skipgrams(words, 10, **(keras_seed | options)))
        assert found[0] == found[1], options
    pairs, labels = sequence.skipgrams(words, 10)
    assert len(pairs) == len(labels) == 2 * sum(labels)


@pytest.mark.parametrize(
    "options",
    [
        {}, {"sampling_rate": 2}, {"stride": 3}, {"start_index": 4, "end_index": 20},
        {"reverse": True}, {"batch_size": 4}, {"shuffle": True},
    ],
    ids=str,
)  # fmt: skip
def test_windows_of_a_series(options):
    data, targets = np.random.rand(30, 2), np.arange(30)
    made = [
        module.TimeseriesGenerator(data, targets, 5, **options)
        for module in (sequence, keras_sequence)
    ]
    assert len(made[0]) == len(made[1])
    for index in range(len(made[0])):
        batches = []
        for one in made:
            np.random.seed(index)
            batches.append(one[index])
        for ours, theirs in zip(*batches, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    again = sequence.timeseries_generator_from_json(made[0].to_json())
    if "shuffle" not in options:
        np.testing.assert_allclose(again[0][0], made[0][0][0])


def test_series_trains_a_model():
    series = np.random.rand(20, 1).astype("float32")
    batches = sequence.TimeseriesGenerator(series, series, length=3, batch_size=4)
    model = denser.Sequential([denser.Input((3, 1)), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(batches, epochs=2, verbose=0)
    assert model.predict(batches, verbose=0).shape == (17, 1)


# ------------------------------------------------------------------------------------------ images

IMAGES = np.random.RandomState(0).uniform(0, 255, (6, 9, 8, 3)).astype("float32")
LABELS = np.array([0, 1, 0, 1, 0, 1])

GENERATORS = [
    {"rescale": 1 / 255}, {"rotation_range": 40}, {"width_shift_range": 0.3},
    {"width_shift_range": 3}, {"width_shift_range": [1, 2]}, {"height_shift_range": 0.3},
    {"height_shift_range": [-2, 2]}, {"shear_range": 20}, {"zoom_range": 0.4},
    {"zoom_range": [0.5, 1.5]}, {"horizontal_flip": True}, {"vertical_flip": True},
    {"channel_shift_range": 60.0}, {"brightness_range": (0.4, 1.4)},
    {"rotation_range": 30, "fill_mode": "constant", "cval": 7.0},
    {"rotation_range": 30, "fill_mode": "reflect"}, {"zoom_range": 0.3, "fill_mode": "wrap"},
    {"samplewise_center": True}, {"samplewise_center": True, "samplewise_std_normalization": True},
    {"featurewise_center": True},
    {"featurewise_center": True, "featurewise_std_normalization": True},
    {"zca_whitening": True, "featurewise_center": True, "zca_epsilon": 1e-1},
    {"preprocessing_function": lambda x: x - 100, "rescale": 2.0},
    {"rotation_range": 20, "interpolation_order": 0}, {"dtype": "float64"},
    {"rotation_range": 15, "width_shift_range": 0.1, "height_shift_range": 0.1, "shear_range": 10,
     "zoom_range": 0.2, "horizontal_flip": True, "vertical_flip": True, "channel_shift_range": 20,
     "brightness_range": [0.5, 1.5], "rescale": 1 / 255},
]  # fmt: skip


@pytest.mark.parametrize("options", GENERATORS, ids=lambda o: " ".join(o))
def test_generator(options):
    batches = []
    for module in (image, keras_image):
        generator = module.ImageDataGenerator(**options)
        generator.fit(IMAGES, seed=1)
        flow = generator.flow(IMAGES.copy(), LABELS, batch_size=4, seed=3)
        batches.append([next(flow), next(flow), next(flow), flow[1]])
    for ours, theirs in zip(*batches, strict=True):
        assert ours[0].dtype == theirs[0].dtype
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4, atol=2e-3)
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_generator_of_channels_first():
    options = {"rotation_range": 30, "zoom_range": 0.2, "horizontal_flip": True}
    found = []
    for module, order in (
        (image, {"dim_ordering": "th"}),
        (keras_image, {"data_format": "channels_first"}),
    ):
        generator = module.ImageDataGenerator(**options, **order)
        found.append(next(generator.flow(IMAGES.transpose(0, 3, 1, 2), seed=2)))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-3)


def test_augmented_fit_and_single_images():
    options = {"featurewise_center": True, "rotation_range": 20}
    ours, theirs = (m.ImageDataGenerator(**options) for m in (image, keras_image))
    for generator in (ours, theirs):
        generator.fit(IMAGES, augment=True, rounds=2, seed=5)
    np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-4)
    for method in ("random_transform", "get_random_transform"):
        given = IMAGES[0] if method == "random_transform" else IMAGES[0].shape
        one, two = (getattr(g, method)(given, seed=2) for g in (ours, theirs))
        if method == "random_transform":
            np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-3)
        else:
            assert one == two


def test_before_keras_2_9_a_shift_of_rows_moves_rows(monkeypatch):
    monkeypatch.setattr(eras, "era", "2")
    generator = image.ImageDataGenerator()
    moved = generator.apply_transform(IMAGES[0], {"tx": 2, "flip_horizontal": True})
    np.testing.assert_allclose(moved[:-2], IMAGES[0][2:, ::-1], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x: m.random_rotation(x, 30, 0, 1, 2),
        lambda m, x: m.random_shift(x, 0.3, 0.2, 0, 1, 2),
        lambda m, x: m.random_shear(x, 20, 0, 1, 2, "reflect"),
        lambda m, x: m.random_zoom(x, (0.5, 1.5), 0, 1, 2, "constant", 3.0),
        lambda m, x: m.random_channel_shift(x, 50, 2),
        lambda m, x: m.apply_channel_shift(x, 50, 2),
        lambda m, x: m.random_brightness(x, (0.5, 1.5)),
        lambda m, x: m.apply_brightness_shift(x - 10, 0.5, scale=False),
        lambda m, x: m.flip_axis(x, 1),
        lambda m, x: m.transform_matrix_offset_center(np.diag([2, 3, 1]), 9, 8),
        lambda m, x: m.apply_affine_transform(
            x, theta=10, tx=1, ty=2, shear=5, zx=0.9, zy=1.1, row_axis=0, col_axis=1, channel_axis=2
        ),
    ],
)
def test_functions_of_images(call):
    found = []
    for module in (image, keras_image):
        np.random.seed(7)
        found.append(call(module, IMAGES[0].copy()))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=2e-3)


def test_options_that_need_others_say_so():
    with pytest.warns(UserWarning, match="featurewise_center"):
        generator = image.ImageDataGenerator(featurewise_std_normalization=True)
    with pytest.warns(UserWarning, match="fit"):
        generator.standardize(IMAGES[0].copy())
    with pytest.warns(UserWarning, match="samplewise_center"):
        image.ImageDataGenerator(samplewise_std_normalization=True)
    with pytest.warns(UserWarning, match="channels"):
        image.ImageDataGenerator().flow(np.zeros((2, 2, 2, 5)))


def test_arrays_with_weights_subsets_and_more_inputs():
    generator = image.ImageDataGenerator(validation_split=1 / 3)
    options = {"batch_size": 2, "shuffle": False, "sample_weight": np.arange(6)}
    kept = generator.flow(IMAGES, LABELS, subset="training", **options)
    held = generator.flow(IMAGES, LABELS, subset="validation", **options)
    assert (kept.n, held.n, len(kept)) == (4, 2, 2)
    x, y, weight = held.next()
    np.testing.assert_array_equal(x, IMAGES[:2])
    assert weight.tolist() == [0, 1] and kept.nb_sample == 4
    (x, more), y = generator.flow([IMAGES, LABELS * 2], LABELS, shuffle=False)[0]
    assert more.tolist() == [0, 2, 0, 2, 0, 2]
    assert image.ImageDataGenerator().flow(IMAGES)[0].shape == IMAGES.shape


@pytest.fixture
def folder(tmp_path):
    """Three images of cats, two of dogs, one of these in a folder inside."""
    for number, name in enumerate(
        ("cat/a.png", "cat/b.png", "cat/c.jpg", "dog/a.png", "dog/x/b.png")
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        image.save_img(str(tmp_path / name), IMAGES[number], scale=False)
    (tmp_path / "dog" / "notes.txt").write_text("no image")
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        {}, {"class_mode": "binary"}, {"class_mode": "sparse"}, {"class_mode": "input"},
        {"class_mode": None}, {"color_mode": "grayscale"}, {"color_mode": "rgba"},
        {"classes": ["dog", "cat"]}, {"subset": "training"}, {"subset": "validation"},
        {"interpolation": "bilinear"}, {"keep_aspect_ratio": True}, {"shuffle": False},
    ],
    ids=str,
)  # fmt: skip
def test_folder_for_each_class(folder, options, capsys):
    found = []
    for module in (image, keras_image):
        generator = module.ImageDataGenerator(rescale=0.5, validation_split=0.4)
        found.append(generator.flow_from_directory(
            str(folder), target_size=(5, 6), batch_size=3, seed=2, **options
        ))  # fmt: skip
    ours, theirs = found
    for name in "class_indices filenames filepaths samples n num_classes image_shape".split():
        assert getattr(ours, name) == getattr(theirs, name)
    np.testing.assert_array_equal(ours.classes, theirs.classes)
    assert "images belonging to 2 classes" in capsys.readouterr().out
    for _ in range(3):
        one, two = next(ours), next(theirs)
        one, two = (b if isinstance(b, tuple) else (b,) for b in (one, two))
        for mine, wanted in zip(one, two, strict=True):
            np.testing.assert_allclose(mine, wanted, rtol=1e-5)


FRAME = pd.DataFrame({
    "filename": ["cat/a.png", "dog/a.png", "cat/b.png", "dog/x/b.png"],
    "class": ["cat", "dog", "cat", "dog"],
    "many": [["cat"], ["dog", "wet"], ["cat", "wet"], ["dog"]],
    "size": [1.0, 2.0, 3.0, 4.0],
    "age": [4, 3, 2, 1],
})  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        {}, {"class_mode": "binary"}, {"y_col": "many"}, {"classes": ["dog"]},
        {"y_col": "many", "classes": ["wet", "dog"]}, {"class_mode": "raw", "y_col": "size"},
        {"class_mode": "raw", "y_col": ["size", "age"]}, {"class_mode": "input"},
        {"class_mode": "multi_output", "y_col": ["size", "age"]}, {"class_mode": None},
        {"weight_col": "size"}, {"subset": "validation"}, {"validate_filenames": False},
    ],
    ids=str,
)  # fmt: skip
def test_table_of_files(folder, options):
    found = []
    for module in (image, keras_image):
        generator = module.ImageDataGenerator(validation_split=0.5)
        found.append(generator.flow_from_dataframe(
            FRAME, str(folder), target_size=(5, 6), batch_size=4, seed=2, **options
        ))  # fmt: skip
    ours, theirs = found
    assert ours.filenames == theirs.filenames
    one, two = (list(b) if isinstance(b, tuple) else [b] for b in map(next, found))
    for mine, wanted in zip(one, two, strict=True):
        for part, other in zip(
            *([b] if not isinstance(b, list) else b for b in (mine, wanted)), strict=True
        ):
            np.testing.assert_allclose(part, other)


def test_table_without_files_and_with_old_arguments(folder):
    frame = pd.concat([FRAME, FRAME.iloc[:1].assign(filename="gone.png")])
    generator = image.ImageDataGenerator()
    with pytest.warns(UserWarning, match="gone.png"):
        assert generator.flow_from_dataframe(frame, folder).n == 4
    assert generator.flow_from_dataframe(FRAME, folder, y_col="size", class_mode="other").n == 4
    with pytest.raises(ValueError, match="astype"):
        generator.flow_from_dataframe(FRAME, folder, y_col="age")


def test_images_are_saved_as_they_are_given_out(folder, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    flow = image.ImageDataGenerator().flow(
        IMAGES, batch_size=3, save_to_dir=str(out), save_prefix="seen", save_format="jpeg"
    )
    flow.next()
    assert len(image.list_pictures(str(out))) == 3
    assert all(file.name.startswith("seen_") for file in out.iterdir())
    assert len(image.list_pictures(str(folder), ext="png")) == 4


def test_loading_one_image(folder):
    path = str(folder / "cat" / "a.png")
    assert image.img_to_array(image.load_img(path, target_size=(4, 5))).shape == (4, 5, 3)
    assert image.img_to_array(image.load_img(path, grayscale=True)).shape == (9, 8, 1)
    assert image.img_to_array(image.load_img(path, True, (4, 5))).shape == (4, 5, 1)
    assert image.img_to_array(image.load_img(path, "grayscale"), dim_ordering="th").shape == (
        1,
        9,
        8,
    )
    assert image.array_to_img(IMAGES[0].transpose(2, 0, 1), "th").size == (8, 9)


def test_generator_trains_a_model(folder):
    model = denser.Sequential(
        [denser.Input((9, 8, 3)), layers.Flatten(), layers.Dense(1, "sigmoid")]
    )
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    generator = image.ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
    flow = generator.flow(IMAGES, LABELS, batch_size=2)
    model.fit(flow, epochs=2, steps_per_epoch=len(flow), verbose=0)
    files = generator.flow_from_directory(folder, (9, 8), class_mode="binary", batch_size=2)
    model.fit(files, validation_data=files, verbose=0)
    assert model.predict(files, verbose=0).shape == (5, 1)
