"""Models that begin with text: what reads it runs on the host, the rest in the program."""

import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import UserError
from denser.preprocessing.dataset import Dataset

TEXTS = np.array(["good movie", "bad film", "great good fun", "awful bad"] * 8)
LABELS = np.array([1, 0, 1, 0] * 8)


def vectorizer(**kwargs):
    layer = layers.TextVectorization(output_sequence_length=5, **kwargs)
    layer.adapt(TEXTS)
    return layer


def classifier():
    return denser.Sequential(
        [
            layers.Input((1,), dtype="string"),
            vectorizer(),
            layers.Embedding(20, 4, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, "sigmoid"),
        ]
    )


def test_text_goes_through_fit_evaluate_and_predict():
    model = classifier()
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(TEXTS, LABELS, epochs=20, validation_split=0.25, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert len(history["val_accuracy"]) == 20
    dataset = Dataset.from_tensor_slices((TEXTS, LABELS)).batch(8)
    expected = model.evaluate(TEXTS, LABELS, verbose=0)
    for data in (dataset, iter(list(dataset))):
        np.testing.assert_allclose(model.evaluate(data, verbose=0), expected, rtol=1e-5)
    model.fit(dataset, verbose=0)
    whole = model.predict(TEXTS[:3], verbose=0)
    for again in (model.predict(TEXTS[:3, None], verbose=0), model.predict_on_batch(TEXTS[:3]),
                  model(TEXTS[:3]), model(TEXTS[:3].tolist()), model(TEXTS[:3])):  # fmt: skip
        np.testing.assert_allclose(again, whole, rtol=1e-6)
    assert len(model.train_on_batch(TEXTS, LABELS)) == 2


def test_the_first_data_make_the_input():
    inner = denser.Sequential([layers.Embedding(20, 4), layers.Flatten(), layers.Dense(2)])
    model = denser.Sequential([vectorizer(), inner])
    assert model.predict(TEXTS[:3], verbose=0).shape == (3, 2)
    assert model.inputs[0].dtype == "string"
    called = denser.Sequential([vectorizer(), layers.Embedding(20, 4)])
    assert called(TEXTS[:3]).shape == (3, 5, 4)


def mixed():
    word = layers.Input((1,), dtype="string", name="word")
    code = layers.Input((1,), dtype="int32", name="code")
    size = layers.Input((1,), name="size")
    parts = [
        layers.StringLookup(vocabulary=["x", "y"], output_mode="one_hot")(word),
        layers.Hashing(5, output_mode="one_hot")(word),
        layers.HashedCrossing(7, output_mode="one_hot")((word, code)),
        layers.HashedCrossing(7, output_mode="one_hot")((code, code)),
        layers.IntegerLookup(vocabulary=[1, 2], output_mode="one_hot")(code),
        size,
    ]
    return denser.Model([word, code, size], layers.Dense(1)(layers.Concatenate()(parts)))


COLUMNS = {
    "word": np.array(["x", "z", "y"]), "code": np.array([1, 2, 7]), "size": np.ones(3, "float32")
}  # fmt: skip


def test_text_beside_numbers():
    model = mixed()
    model.compile("sgd", "mse")
    found = model.predict(COLUMNS, verbose=0)
    np.testing.assert_allclose(model(COLUMNS), found, rtol=1e-5)
    np.testing.assert_allclose(model.predict([*COLUMNS.values()], verbose=0), found, rtol=1e-6)
    losses = model.fit(COLUMNS, np.ones(3), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_model_with_text_within_a_model():
    inner = mixed()
    inputs = [layers.Input(t.shape[1:], dtype=t.dtype, name=t.name) for t in inner.inputs]
    model = denser.Model(inputs, 2 * inner(inputs))
    model.compile("sgd", "mse")
    expected = 2 * inner.predict(COLUMNS, verbose=0)
    np.testing.assert_allclose(model.predict(COLUMNS, verbose=0), expected, rtol=1e-5)
    model.fit(COLUMNS, np.ones(3), verbose=0)
    assert not np.allclose(2 * inner.predict(COLUMNS, verbose=0), expected)


def test_a_file_holds_the_words(tmp_path):
    for number, model in enumerate((classifier(), mixed())):
        data = TEXTS[:3] if number == 0 else COLUMNS
        model.save(tmp_path / "model.keras")
        read = denser.models.load_model(tmp_path / "model.keras")
        expected = model.predict(data, verbose=0)
        np.testing.assert_array_equal(read.predict(data, verbose=0), expected)
    lookup = layers.StringLookup(output_mode="tf_idf")
    lookup.adapt([["x\n", "y"], ["x\n", "z"]])  # a file of lines cannot hold the first
    place = layers.Input((2,), dtype="string")
    denser.Model(place, lookup(place)).save(tmp_path / "model.keras")
    read = denser.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(read([["x\n", "y"]]), lookup([["x\n", "y"]]))


class Own(denser.Model):
    """A user's model that reads text in its `call`."""

    def __init__(self):
        super().__init__()
        self.read_words, self.dense = vectorizer(), layers.Dense(2)

    def call(self, inputs):
        return self.dense(self.read_words(inputs))


def test_a_users_model_reads_text_when_it_is_called():
    assert Own()(TEXTS[:3]).shape == (3, 2)
    with pytest.raises(UserError, match="numbers"):
        Own().predict(TEXTS[:3], verbose=0)


@pytest.mark.parametrize("make, words", [
    (lambda word: layers.Dense(2)(word), "takes numbers"),
    (lambda word: layers.Concatenate()([word, word]), "takes numbers"),
    (lambda word: layers.Dense(2)(TEXTS), "Expected numbers"),
    (lambda word: mixed().predict(COLUMNS | {"word": np.ones(3)}, verbose=0), "takes text"),
    (lambda word: classifier()(np.ones((3, 1))), "takes text"),
    (lambda word: denser.Sequential([layers.Dense(1)]).predict(TEXTS, verbose=0), "strings"),
])  # fmt: skip
def test_mistakes_are_told(make, words):
    with pytest.raises(UserError, match=words):
        make(layers.Input((1,), dtype="string"))


def test_words_at_the_end_of_a_model_come_when_it_is_called():
    place = layers.Input((2,), dtype="int32")
    words = layers.StringLookup(vocabulary=["a", "b"], invert=True)(place)
    model = denser.Model(place, words)
    for _ in range(3):
        assert model(np.array([[1, 2]])).tolist() == [["a", "b"]]
    with pytest.raises(UserError, match="no compiled program holds"):
        model.predict(np.array([[1, 2]]), verbose=0)
