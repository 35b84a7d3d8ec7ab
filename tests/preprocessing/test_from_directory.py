"""Folders of images, texts and sounds; windows over a series; data split in two."""

import struct
import wave

import numpy as np
import pytest
from PIL import Image

from denser.core.messages import UserError
from denser.preprocessing import Dataset
from denser.preprocessing.sound import read_wav
from denser.utils import (
    audio_dataset_from_directory,
    image_dataset_from_directory,
    split_dataset,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)


@pytest.fixture
def images(tmp_path):
    """Images of three classes, one of them without files; and files that do not count."""
    random = np.random.default_rng(0)
    for name, count in (("katze", 4), ("vögel", 5), ("leer", 0), (".versteckt", 1)):
        (tmp_path / name / "sub").mkdir(parents=True)
        for number in range(count):
            pixels = random.integers(0, 255, (8 + number, 9, 3), np.uint8)
            place = tmp_path / name / ("sub" if number == 1 else "")
            suffix = ("png", "JPG", "bmp", "gif")[number % 4]
            Image.fromarray(pixels).save(place / f"ü{9 - number}.{suffix}")
    (tmp_path / "katze" / "notes.txt").write_text("no image")
    Image.fromarray(np.full((5, 5), 7, np.uint8)).save(tmp_path / "top.png")
    return tmp_path


def load(folder, **how):
    return image_dataset_from_directory(folder, image_size=(6, 5), verbose=False, **how)


def relative(folder, dataset):
    return [path[len(str(folder)) + 1 :] for path in dataset.file_paths]


def labels(dataset):
    return np.concatenate([y for _, y in dataset])


def test_files_come_in_the_order_of_paths(images):
    dataset = load(images, shuffle=False)
    assert dataset.class_names == ["katze", "leer", "vögel"]
    assert relative(images, dataset) == [
        "katze/ü6.gif", "katze/ü7.bmp", "katze/ü9.png", "katze/sub/ü8.JPG", "vögel/ü5.png",
        "vögel/ü6.gif", "vögel/ü7.bmp", "vögel/ü9.png", "vögel/sub/ü8.JPG",
    ]  # fmt: skip
    ((x, y),) = dataset
    assert x.shape == (9, 6, 5, 3) and x.dtype == np.float32 and 100 < x.mean() < 155
    assert y.tolist() == [0] * 4 + [2] * 5 and y.dtype == np.int32
    everything = load(images, labels=None, shuffle=False)
    assert relative(images, everything)[:2] == ["top.png", ".versteckt/ü9.png"]
    assert len(everything.file_paths) == 11 and next(iter(everything)).shape == (11, 6, 5, 3)


def test_shuffling_and_splitting_is_keras_s(images, capsys):
    paths = load(images, shuffle=False).file_paths
    np.random.RandomState(3).shuffle(paths)
    train, test = load(images, seed=3, validation_split=0.3, subset="both")
    assert (train.file_paths, test.file_paths) == (paths[:7], paths[7:])
    for name, part in (("training", train), ("validation", test)):
        one = load(images, seed=3, validation_split=0.3, subset=name)
        assert one.file_paths == part.file_paths
        assert sorted(labels(one)) == sorted(labels(part))
    assert [("katze", "leer", "vögel").index(p.split("/")[-2].replace("sub", p.split("/")[-3]))
            for p in test.file_paths] == labels(test).tolist()  # fmt: skip
    many = [labels(train).tolist() for _ in range(4)]
    assert many[1:] != many[:-1] and labels(test).tolist() == labels(test).tolist()
    assert not capsys.readouterr().out
    image_dataset_from_directory(images, seed=3, validation_split=0.3, subset="both")
    assert capsys.readouterr().out == (
        "Found 9 files belonging to 3 classes.\n"
        "Using 7 files for training.\nUsing 2 files for validation.\n"
    )


def test_labels_in_every_form(images):
    names = ["vögel", "katze"]
    dataset = load(images, class_names=names, label_mode="binary", shuffle=False, batch_size=4)
    assert dataset.class_names == names and len(dataset) == 3
    assert labels(dataset).tolist() == [[0.0]] * 5 + [[1.0]] * 4
    hot = labels(load(images, label_mode="categorical", shuffle=False))
    assert hot.shape == (9, 3) and hot.dtype == np.float32 and hot[4].tolist() == [0, 0, 1]
    given = load(images, labels=list(range(11)), shuffle=True, seed=1, batch_size=None)
    assert given.class_names == [str(n) for n in range(11)]
    assert sorted(int(y) for _, y in given) == list(range(11))
    assert load(images, label_mode=None).class_names is None


@pytest.mark.parametrize(
    ("how", "shape"),
    [
        ({"color_mode": "grayscale"}, (6, 5, 1)),
        ({"color_mode": "rgba"}, (6, 5, 4)),
        ({"data_format": "channels_first"}, (3, 6, 5)),
        ({"crop_to_aspect_ratio": True, "interpolation": "area"}, (6, 5, 3)),
        ({"pad_to_aspect_ratio": True, "interpolation": "nearest"}, (6, 5, 3)),
    ],
)
def test_images_in_every_form(images, how, shape):
    x, _ = next(iter(load(images, batch_size=None, **how)))
    assert x.shape == shape and x.dtype == np.float32


def test_deep_and_transparent_images(tmp_path):
    deep = np.arange(30, dtype=np.uint16).reshape(6, 5) * 2000
    Image.fromarray(deep).save(tmp_path / "a.png")
    palette = Image.fromarray(np.full((6, 5), 1, np.uint8)).convert("P")
    palette.save(tmp_path / "b.png", transparency=b"\x00\x80")
    x = next(iter(load(tmp_path, labels=None, shuffle=False)))
    np.testing.assert_array_equal(x[0, :, :, 1], deep >> 8)
    np.testing.assert_array_equal(x[1], 1)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"labels": [1, 2]}, "11 files"),
        ({"labels": "x"}, "labels"),
        ({"label_mode": "x"}, "label_mode"),
        ({"label_mode": "binary"}, "2 classes"),
        ({"class_names": ["hund"]}, "katze, leer, vögel"),
        ({"class_names": ["a"], "labels": None}, "class_names"),
        ({"validation_split": 0.2}, "subset"),
        ({"validation_split": 2, "subset": "both"}, "validation_split"),
        ({"validation_split": 0.2, "subset": "x"}, "subset"),
        ({"validation_split": 0.2, "subset": "both"}, "seed"),
        ({"validation_split": 0.01, "subset": "both", "seed": 1}, "empty"),
        ({"color_mode": "x"}, "color_mode"),
        ({"interpolation": "x"}, "interpolation"),
        ({"batch_size": 0}, "batch_size"),
        ({"format": "x"}, "format"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "choose"),
    ],
)
def test_arguments_that_do_not_fit_are_named(images, how, message):
    with pytest.raises(UserError, match=message):
        load(images, **how)


def test_what_cannot_be_read_is_named(images, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load(images / "nowhere")
    with pytest.raises(UserError, match="no image file"):
        load(images / "leer", labels=None)
    (images / "katze" / "kaputt.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with pytest.raises(UserError, match=r"kaputt\.png cannot be read as an image"):
        list(load(images))


def test_texts(tmp_path):
    for name, content in (("a/1.txt", "grün\n"), ("b/2.TXT", "bc"), ("b/3.txt", b"\xe4bc")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    ((x, y),) = text_dataset_from_directory(tmp_path, shuffle=False, max_length=2, verbose=False)
    assert x.tolist() == ["gr", "bc", "\ufffdb"] and y.tolist() == [0, 1, 1]
    whole = text_dataset_from_directory(
        tmp_path, label_mode=None, batch_size=None, shuffle=False, verbose=False
    )
    assert list(whole)[0] == "grün\n"


def write_wav(path, samples, width=2, rate=8000):
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def test_sounds(tmp_path):
    for name, count in (("a/1.wav", 3), ("b/2.wav", 5)):
        write_wav(tmp_path / name, (np.arange(2 * count, dtype="<i2") * 3000).reshape(-1, 2))
    how = {"shuffle": False, "verbose": False}
    ((x, y),) = audio_dataset_from_directory(tmp_path, **how)
    assert x.shape == (2, 5, 2) and y.tolist() == [0, 1] and not x[0, 3:].any()
    np.testing.assert_allclose(x[1, :, 1], np.float32([1, 3, 5, 7, 9]) * 3000 / 32768)
    ((x, _),) = audio_dataset_from_directory(tmp_path, output_sequence_length=4, **how)
    assert x.shape == (2, 4, 2)
    single = audio_dataset_from_directory(tmp_path, batch_size=None, **how)
    assert [x.shape for x, _ in single] == [(3, 2), (5, 2)]
    with pytest.raises(UserError, match="ragged"):
        audio_dataset_from_directory(tmp_path, ragged=True, **how)
    (tmp_path / "a" / "0.wav").write_bytes(b"RIFF....WAVE")
    with pytest.raises(UserError, match=r"0\.wav cannot be read"):
        list(audio_dataset_from_directory(tmp_path, **how))


@pytest.mark.parametrize(("width", "kind"), [(1, "u1"), (3, "i4"), (4, "<i4")])
def test_samples_of_every_width(tmp_path, width, kind):
    wave_form = np.sin(np.arange(800) * 2 * np.pi * 100 / 8000) / 2
    whole = np.round(wave_form * 2 ** (8 * width - 1)).astype(np.int64) + (128 if width == 1 else 0)
    samples = whole.astype(kind)[:, None]
    if width == 3:
        samples = samples.view(np.uint8)[:, :3].copy()[:, None].reshape(-1, 1)
    write_wav(tmp_path / "a.wav", samples, width)
    np.testing.assert_allclose(read_wav(tmp_path / "a.wav")[:, 0], wave_form, atol=1 / 100)
    doubled = read_wav(tmp_path / "a.wav", 16000)
    expected = np.sin((np.arange(1600) - 0.5) * 2 * np.pi * 100 / 16000) / 2
    np.testing.assert_allclose(doubled[50:-50, 0], expected[50:-50], atol=1 / 50)


def test_float_samples(tmp_path):
    data = np.float32([0.5, -0.25]).tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1,
                       8000, 32000, 4, 32, b"data", len(data))  # fmt: skip
    (tmp_path / "a.wav").write_bytes(head + data)
    assert read_wav(tmp_path / "a.wav").tolist() == [[0.5], [-0.25]]


def test_windows_over_a_series():
    x = np.arange(10)

    def windows(*args, **how):
        dataset = timeseries_dataset_from_array(*args, **how)
        return [tuple(p.tolist() for p in e) if isinstance(e, tuple) else e.tolist()
                for e in dataset]  # fmt: skip

    # As Keras gives them.
    assert windows(x, x * 2, 3, sequence_stride=2, batch_size=2) == [
        ([[0, 1, 2], [2, 3, 4]], [0, 4]), ([[4, 5, 6], [6, 7, 8]], [8, 12]),
    ]  # fmt: skip
    assert windows(x, x[3:] * 2, 3, sampling_rate=2, batch_size=None) == [
        ([i, i + 2, i + 4], 2 * (i + 3)) for i in range(6)
    ]
    assert windows(x, x * 2, 3, start_index=2, end_index=7) == [
        ([[2, 3, 4], [3, 4, 5], [4, 5, 6]], [4, 6, 8])
    ]
    assert windows(x, None, 2, start_index=1, sequence_stride=3) == [[[1, 2], [4, 5], [7, 8]]]
    mixed = windows(x, x, 3, shuffle=True, seed=1, batch_size=None)
    assert sorted(y for _, y in mixed) == list(range(8)) and mixed != sorted(mixed)
    assert all(window[0] == y for window, y in mixed)
    for how, message in (
        ({"sequence_length": 11}, "no window"),
        ({"sequence_length": 0}, "positive"),
        ({"sequence_length": 2, "end_index": 20}, "end_index"),
        ({"sequence_length": 2, "format": "x"}, "format"),
    ):
        with pytest.raises(UserError, match=message):
            timeseries_dataset_from_array(x, None, **how)


def test_data_split_in_two():
    x = np.arange(10)
    # The numbers are Keras's.
    left, right = split_dataset(x, 0.5, shuffle=True, seed=3)
    assert list(left) == [1, 5, 6, 0, 9] and sorted([*left, *right]) == list(range(10))
    for how, sizes in (({"left_size": 0.25}, (2, 8)), ({"right_size": 0.35}, (6, 4)),
                       ({"left_size": 3, "right_size": 0.5}, (3, 5))):  # fmt: skip
        assert tuple(map(len, split_dataset((x, x), **how))) == sizes
    batched = Dataset.range(10).batch(3).map(lambda n: n)
    left, right = split_dataset(batched, 0.5)
    assert [b.tolist() for b in left] == [[0, 1, 2], [3, 4]] and len(right) == 2
    texts = Dataset.from_tensor_slices((["a", "bc", "d"], [0, 1, 0])).map(lambda t, y: (t, y))
    assert [t for t, _ in split_dataset(texts, right_size=1)[0]] == ["a", "bc"]
    for how in ({}, {"left_size": 0}, {"left_size": 1.5}, {"left_size": 8, "right_size": 8},
                {"left_size": 0.99}, {"left_size": 2, "preferred_backend": "torch"}):  # fmt: skip
        with pytest.raises(UserError, match="split_dataset"):
            split_dataset(x, **how)
