"""Lookups and TextVectorization, against what Keras 3.15 gives on TensorFlow."""

import jax
import numpy as np
import pytest

from denser import layers
from denser.core.messages import UserError
from denser.core.tensor import KerasTensor

WORDS = ["a", "b", "c", "d"]
IDF = [0.25, 0.75, 0.6, 0.4]
ROWS = np.array([["a", "b", "a"], ["z", "", ""]])
TEXTS = ["foo bar", "Bar, baz!", "baz bada boom é's  \tx\u00a0y"]


@pytest.mark.parametrize("mode, mask, expected", [
    ("int", None, [[1, 2, 1], [0, 0, 0]]),
    ("int", "", [[2, 3, 2], [1, 0, 0]]),
    ("multi_hot", None, [[0, 1, 1, 0, 0], [1, 0, 0, 0, 0]]),
    ("count", None, [[0, 2, 1, 0, 0], [3, 0, 0, 0, 0]]),
    ("count", "", [[0, 2, 1, 0, 0], [1, 0, 0, 0, 0]]),
    ("tf_idf", None, [[0, 0.5, 0.75, 0, 0], [1.5, 0, 0, 0, 0]]),
    ("tf_idf", "", [[0, 0.5, 0.75, 0, 0], [0.5, 0, 0, 0, 0]]),
])  # fmt: skip
def test_modes_of_a_lookup(mode, mask, expected):
    idf = IDF if mode == "tf_idf" else None
    layer = layers.StringLookup(
        vocabulary=WORDS, output_mode=mode, mask_token=mask, idf_weights=idf
    )
    np.testing.assert_allclose(layer(ROWS), expected, rtol=1e-6)
    same = [ROWS.tolist(), ROWS.astype(object), ROWS.astype("S")]
    assert all(np.array_equal(layer(x), layer(ROWS)) for x in same)
    symbolic = layer(KerasTensor((None, 3), "string"))
    assert symbolic.shape == (None, np.shape(expected)[1])
    assert symbolic.dtype == layer(ROWS).dtype.name


def test_one_hot_adds_an_axis_unless_the_last_is_one():
    layer = layers.StringLookup(vocabulary=WORDS, output_mode="one_hot")
    assert layer("a").shape == (1, 5)
    assert layer(["a", "z"]).tolist() == [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]
    assert layer([["a"], ["z"]]).shape == (2, 5)
    assert layer(ROWS).shape == (2, 3, 5)
    for shape in ((None,), (None, 1), (None, 3)):
        real = layer(np.full([size or 2 for size in shape], "a")).shape
        assert layer(KerasTensor(shape, "string")).shape == (None, *real[1:])


def test_what_is_not_in_the_vocabulary():
    letters = list("mzxyab")
    many = layers.StringLookup(vocabulary=WORDS, num_oov_indices=3)
    assert many(letters).tolist() == [0, 1, 2, 2, 3, 4]
    salted = layers.StringLookup(vocabulary=WORDS, num_oov_indices=3, salt=5)
    assert salted(letters).tolist() == [1, 2, 2, 2, 3, 4]
    numbers = np.array([5, 6, 7, 8, 9, -1, -2, 0])
    three = {"vocabulary": [5, 6], "num_oov_indices": 3}
    assert layers.IntegerLookup(**three)(numbers).tolist() == [3, 4, 1, 2, 0, 2, 1, 0]
    masked = layers.IntegerLookup(mask_token=0, **three)
    assert masked(numbers).tolist() == [4, 5, 2, 3, 1, 3, 2, 0]
    hashed = layers.IntegerLookup(oov_method="farmhash", **three)
    assert hashed(numbers).tolist() == [3, 4, 1, 1, 2, 0, 1, 1]
    keyed = layers.IntegerLookup(oov_method="farmhash", salt=[3, 4], **three)
    assert keyed(numbers).tolist() == [3, 4, 1, 2, 2, 1, 0, 0]


def test_numbers_lead_back_to_tokens():
    numbers = np.array([[0, 1, 4, 9, -1]])
    words = layers.StringLookup(vocabulary=WORDS, invert=True)
    assert words(numbers).tolist() == [["[UNK]", "a", "d", "[UNK]", "[UNK]"]]
    masked = layers.StringLookup(vocabulary=WORDS, mask_token="", invert=True)
    assert masked(jax.numpy.asarray(numbers)).tolist() == [["", "[UNK]", "c", "[UNK]", "[UNK]"]]
    integers = layers.IntegerLookup(vocabulary=[5, 6], invert=True)
    assert integers(numbers).tolist() == [[-1, 5, -1, -1, -1]]


def test_the_most_frequent_tokens_are_learnt():
    layer = layers.StringLookup(mask_token="", max_tokens=4)
    layer.adapt([["a", "c", "d"], ["d", "z", "b"], ["", "a", "[UNK]"]])
    assert layer.get_vocabulary() == ["", "[UNK]", "d", "a"]
    layer.adapt(iter([np.array(["q", "w"]), np.array(["w"])]))
    assert layer.get_vocabulary() == ["", "[UNK]", "w", "q"]
    layer = layers.StringLookup()
    layer.adapt(["b", "a", "B", "A", "é", "z", "aa", "Z"])
    assert layer.get_vocabulary(False) == ["é", "z", "b", "aa", "a", "Z", "B", "A"]
    layer = layers.IntegerLookup(mask_token=0)
    layer.adapt(np.array([5, 5, 7, 7, 9, 9, 9, 1, -1, 0]))
    assert layer.get_vocabulary() == [0, -1, 9, 7, 5, 1]
    assert layer.vocabulary_size() == 6


def test_rarity_is_learnt():
    layer = layers.StringLookup(output_mode="tf_idf", max_tokens=7, pad_to_max_tokens=True)
    layer.adapt([["a", "c", "d", "d"], ["d", "z", "b", "a"]])
    assert layer.get_vocabulary() == ["[UNK]", "d", "a", "z", "c", "b"]
    found = layer([["a", "c", "d", "d"], ["q", "q", "b", "a"]])
    expected = [[0, 1.0216513, 0.51082563, 0, 0.6931472, 0, 0],
                [1.2404372, 0, 0.51082563, 0, 0, 0.6931472, 0]]  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def vectorizer(**kwargs):
    layer = layers.TextVectorization(**kwargs)
    layer.adapt(TEXTS)
    return layer


@pytest.mark.parametrize("kwargs, vocabulary, expected", [
    ({}, ["baz", "bar", "és", "x\u00a0y", "foo", "boom", "bada"], [[6, 1, 3], [1, 2, 2]]),
    ({"max_tokens": 5}, ["baz", "bar", "és"], [[1, 1, 3], [1, 2, 2]]),
    ({"standardize": "lower"}, ["é's", "x\u00a0y", "foo", "boom", "baz!", "baz", "bar,", "bar",
                                "bada"], [[4, 1, 9], [1, 7, 7]]),
    ({"standardize": "strip_punctuation"}, ["baz", "és", "x\u00a0y", "foo", "boom", "bar", "bada",
                                            "Bar"], [[5, 1, 7], [1, 2, 2]]),
    ({"ngrams": (1, 3)}, ["baz", "bar", "és", "x\u00a0y", "foo", "boom és x\u00a0y", "boom",
                          "baz bada boom", "bada boom és", "bada"], [[6, 1, 3, 1], [1, 2, 2, 1]]),
    ({"split": "character", "max_tokens": 5}, [" ", "b", "a"],
     [[1, 1, 1, 2, 1, 1, 1, 2, 3, 4, 1], [1, 1, 1, 2, 3, 4, 1, 2, 3, 4, 1]]),
    ({"split": None}, ["foo bar", "baz bada boom és  \tx\u00a0y", "bar baz"], [[1], [1]]),
    ({"output_sequence_length": 2, "max_tokens": 4}, ["baz", "bar"], [[1, 1], [1, 2]]),
    ({"output_sequence_length": 4, "max_tokens": 4}, ["baz", "bar"], [[1, 1, 3, 0], [1, 2, 2, 0]]),
    ({"output_mode": "count", "max_tokens": 4}, ["baz", "bar", "és"], [[2, 0, 1, 0], [1, 2, 0, 0]]),
], ids=str)  # fmt: skip
def test_texts_as_numbers(kwargs, vocabulary, expected):
    layer = vectorizer(**kwargs)
    assert layer.get_vocabulary(include_special_tokens=False) == vocabulary
    texts = [["foo qux bar"], ["qux baz baz"]]
    assert layer(texts).tolist() == expected
    symbolic = layer(KerasTensor((None, 1), "string"))
    assert symbolic.shape[1] in (None, len(expected[0]))
    assert symbolic.dtype == layer(texts).dtype.name


def test_texts_of_every_form():
    layer = vectorizer()
    assert layer("foo bar").tolist() == [6, 3]
    assert layer(["foo bar", ""]).tolist() == [[6, 3], [0, 0]]
    assert layer([[["foo bar"]]]).tolist() == [[[6, 3]]]
    assert layer(np.array([], dtype="U3")).shape == (0, 0)
    latin = layers.TextVectorization(vocabulary=["é"], encoding="latin-1")
    assert latin(["é e".encode("latin-1")]).tolist() == [[2, 1]]
    pairs = vectorizer(ngrams=2, output_mode="multi_hot", max_tokens=6)
    assert pairs(["foo qux bar"]).tolist() == [[1, 0, 1, 0, 0, 0]]
    idf = vectorizer(output_mode="tf_idf")([["foo bar"]])
    np.testing.assert_allclose(idf, [[0, 0, 0.6931472, 0, 0, 0.9162907, 0, 0]], rtol=1e-6)


def test_functions_of_the_users_standardize_and_split():
    layer = layers.TextVectorization(
        standardize=np.char.upper, split=lambda texts: [text.split("-") for text in texts]
    )
    layer.adapt(["a-b", "b"])
    assert layer.get_vocabulary() == ["", "[UNK]", "B", "A"]
    assert layer([["b-a-q"]]).tolist() == [[2, 3, 1]]


def test_vocabularies_are_given_as_lists_or_files(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("p\nq\u2028r\n", "utf-8")
    layer = layers.StringLookup(vocabulary=str(file))
    assert layer.get_vocabulary() == ["[UNK]", "p", "q\u2028r"]
    file.write_text("p\nq\n")
    layer = layers.StringLookup(vocabulary=str(file))
    config = layer.get_config()
    assert config["vocabulary"] == ["p", "q"]  # a model's file keeps the words, not the path
    read = layers.StringLookup.from_config(config | {"vocabulary": str(file)})
    assert read.get_vocabulary(False) == []  # a path that a file names is not read
    for given in (["", "[UNK]", "p"], ["p"], np.array(["p"])):
        layer = layers.StringLookup(vocabulary=given, mask_token="")
        assert layer.get_vocabulary() == ["", "[UNK]", "p"]
    known = layers.StringLookup(output_mode="tf_idf")
    known.set_vocabulary(["[UNK]", "a"], [0.9, 0.25])
    np.testing.assert_allclose(known(["a", "q", "q"]), [1.8, 0.25])


def test_configs_have_keras_entries():
    layer = layers.StringLookup(vocabulary=WORDS, name="n")
    told = layer.get_config()
    assert told.pop("dtype")["config"] == {"name": "float32"}
    assert told == {
        "name": "n", "trainable": True, "invert": False, "max_tokens": None, "num_oov_indices": 1,
        "oov_token": "[UNK]", "mask_token": None, "output_mode": "int", "sparse": False,
        "pad_to_max_tokens": False, "idf_weights": None, "vocabulary": WORDS,
        "vocabulary_size": 5, "oov_method": "floormod", "salt": None, "encoding": "utf-8",
    }  # fmt: skip
    assert layers.StringLookup.from_config(layer.get_config()).get_config() == layer.get_config()
    text = layers.TextVectorization(name="n", ngrams=2)
    told = text.get_config()
    assert (told["ngrams"], told["vocabulary"], told["vocabulary_size"]) == (2, None, 2)
    assert layers.TextVectorization.from_config(told).get_config() == told
    hashing = layers.Hashing(4, salt=3).get_config()
    assert (hashing["salt"], hashing["dtype"]["config"]) == ([3, 3], {"name": "int64"})
    crossing = layers.HashedCrossing(4, name="n").get_config()
    assert crossing == {
        "num_bins": 4, "output_mode": "int", "sparse": False, "name": "n", "dtype": "int64"
    }  # fmt: skip


_CLASSES = {
    "StringLookup": {}, "IntegerLookup": {}, "TextVectorization": {},
    "Hashing": {"num_bins": 3}, "HashedCrossing": {"num_bins": 3},
}  # fmt: skip


@pytest.mark.parametrize("name", _CLASSES)
def test_bad_arguments_are_refused_by_name(name):
    cls = getattr(layers, name)
    for argument, field in cls.fields().items():
        for value in field.rule.bad if field.rule else ():
            with pytest.raises(UserError, match=f"`{argument}`"):
                cls(**(_CLASSES[name] | {argument: value}))


@pytest.mark.parametrize("make, words", [
    (lambda: layers.StringLookup()(["a"]), "no vocabulary yet"),
    (lambda: layers.StringLookup(output_mode="count")(KerasTensor((None,), "string")), "no voc"),
    (lambda: layers.StringLookup(vocabulary=WORDS, num_oov_indices=0)(["q"]), "'q'"),
    (lambda: layers.StringLookup(vocabulary=WORDS)(np.ones(2)), "looks up strings"),
    (lambda: layers.StringLookup(vocabulary=WORDS, max_tokens=3), "max_tokens"),
    (lambda: layers.StringLookup(vocabulary=["a", "a"]), "more than once"),
    (lambda: layers.StringLookup(vocabulary=["a", ""], mask_token=""), "mask token"),
    (lambda: layers.StringLookup(vocabulary=[]), "must hold tokens"),
    (lambda: layers.StringLookup(vocabulary="/no/such/file"), "cannot read"),
    (lambda: layers.StringLookup(vocabulary=WORDS, output_mode="tf_idf"), "idf_weights"),
    (lambda: layers.StringLookup(vocabulary=WORDS, idf_weights=IDF), "idf_weights"),
    (lambda: layers.StringLookup(idf_weights=IDF, output_mode="tf_idf"), "idf_weights"),
    (lambda: layers.StringLookup(invert=True, output_mode="count"), "invert"),
    (lambda: layers.StringLookup(pad_to_max_tokens=True, output_mode="count"), "max_tokens"),
    (lambda: layers.StringLookup(sparse=True), "sparse"),
    (lambda: layers.StringLookup().adapt(iter([("a", 1)])), "tuples"),
    (lambda: layers.IntegerLookup(vocabulary=[1])(["a"]), "looks up integers"),
    (lambda: layers.IntegerLookup(salt=1), "farmhash"),
    (lambda: jax.jit(layers.IntegerLookup(vocabulary=[1], num_oov_indices=0))(1), "oov"),
    (lambda: layers.TextVectorization(ragged=True), "ragged"),
    (lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3), "int"),
    (lambda: vectorizer()([["a", "b"]]), "batch, 1"),
    (lambda: vectorizer()(np.ones(2)), "reads text"),
    (lambda: vectorizer()([["a"], ["b", "c"]]), "different lengths"),
])  # fmt: skip
def test_mistakes_are_told(make, words):
    with pytest.raises(UserError, match=words):
        make()
