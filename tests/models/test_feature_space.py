"""FeatureSpace, against what Keras 3.15 gives on TensorFlow."""

import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import UserError
from denser.preprocessing.dataset import Dataset
from denser.utils import FeatureSpace

TABLE = {
    "f": [0.0, 0.1, 0.2, 0.3], "fn": [0.0, 0.1, 0.2, 0.3], "fd": [0.0, 0.1, 0.2, 0.3],
    "fr": [1.0, 2.0, 3.0, 4.0], "i": [0, 1, 2, 2], "ih": [0, 1, 2, 2],
    "s": ["zero", "one", "two", "one"], "sh": ["zero", "one", "two", "one"],
}  # fmt: skip
# The number of the one in each row's vector, from Keras.
PLACES = {
    "fd": [0, 1, 2, 2], "i": [3, 2, 1, 1], "ih": [3, 1, 3, 3], "s": [2, 1, 3, 1],
    "sh": [0, 1, 1, 1], "s_X_i": [4, 2, 3, 1], "sh_X_ih": [0, 1, 3, 3],
}  # fmt: skip
FLOATS = {"f": TABLE["f"], "fn": [-1.3416407, -0.4472136, 0.4472136, 1.3416407],
          "fr": [1.5, 2.0, 2.5, 3.0]}  # fmt: skip


def space(**kwargs):
    return FeatureSpace(
        {
            "f": "float",
            "fn": "float_normalized",
            "fd": FeatureSpace.float_discretized(3),
            "fr": FeatureSpace.float_rescaled(0.5, 1.0),
            "i": "integer_categorical",
            "ih": FeatureSpace.integer_hashed(4),
            "s": "string_categorical",
            "sh": FeatureSpace.string_hashed(4),
        },
        crosses=[("s", "i"), FeatureSpace.cross(("sh", "ih"), 4)],
        crossing_dim=5,
        **kwargs,
    )


def rows():
    return Dataset.from_tensor_slices(TABLE)


@pytest.mark.parametrize("data", [TABLE, rows(), rows().batch(3)], ids=["dict", "rows", "batches"])
def test_every_kind_of_feature_is_keras_s(data):
    encoder = space(output_mode="dict")
    encoder.adapt(data)
    found = encoder(TABLE)
    assert list(found) == sorted(TABLE) + ["s_X_i", "sh_X_ih"]
    for name, places in PLACES.items():
        assert np.argmax(found[name], 1).tolist() == places, name
        np.testing.assert_array_equal(np.sum(found[name], 1), 1)
    for name, numbers in FLOATS.items():
        np.testing.assert_allclose(found[name][:, 0], numbers, rtol=1e-5)


def test_one_vector_for_each_row_and_for_a_single_one():
    encoder, apart = space(), space(output_mode="dict")
    encoder.adapt(TABLE)
    apart.adapt(TABLE)
    whole = encoder(TABLE)
    np.testing.assert_array_equal(whole, np.concatenate([*apart(TABLE).values()], 1))
    single = {name: column[1] for name, column in TABLE.items()}
    np.testing.assert_array_equal(encoder(single), whole[1])
    mapped = np.concatenate(list(rows().batch(3).map(encoder)))
    np.testing.assert_array_equal(mapped, whole)


def test_a_model_begins_with_the_columns_and_a_file_keeps_what_was_learnt(tmp_path):
    encoder = space()
    encoder.adapt(TABLE)
    features = encoder.get_encoded_features()
    model = denser.Model(encoder.get_inputs(), layers.Dense(1)(features))
    model.compile("sgd", "mse")
    table = {name: np.array(column) for name, column in TABLE.items()}
    model.fit(table, np.ones(4), verbose=0)
    found = model.predict(table, verbose=0)
    weights = model.layers[-1].get_weights()
    np.testing.assert_allclose(found, encoder(TABLE) @ weights[0] + weights[1], rtol=1e-4)
    model.save(tmp_path / "model.keras")
    again = denser.models.load_model(tmp_path / "model.keras").predict(table, verbose=0)
    np.testing.assert_array_equal(again, found)
    encoder.save(tmp_path / "space.keras")
    read = denser.models.load_model(tmp_path / "space.keras")
    np.testing.assert_array_equal(read(TABLE), encoder(TABLE))
    assert read.get_config() == encoder.get_config()


def test_integers_and_layers_of_the_users():
    encoder = FeatureSpace(
        {
            "s": FeatureSpace.string_categorical(output_mode="int"),
            "text": FeatureSpace.feature(
                "string", layers.TextVectorization(output_mode="count"), "float"
            ),
        },
        output_mode="dict",
    )
    encoder.adapt({"s": ["a", "b", "b"], "text": ["x y", "y", "y"]})
    found = encoder({"s": ["a", "q"], "text": ["x y x", "q"]})
    assert found["s"].tolist() == [[2], [0]]
    assert found["text"].tolist() == [[0, 1, 2], [1, 0, 0]]
    assert encoder.preprocessors["s"].get_vocabulary() == ["[UNK]", "b", "a"]


@pytest.mark.parametrize("make, words", [
    (lambda: FeatureSpace({}), "`features`"),
    (lambda: FeatureSpace({"a": "floaty"}), "'float'"),
    (lambda: FeatureSpace({"a": "float"}, crosses=[("a", "b")]), "'b'"),
    (lambda: FeatureSpace({"a": "float"}, output_mode="x"), "`output_mode`"),
    (lambda: FeatureSpace({"a": "float_normalized"})({"a": [1.0]}), "adapt"),
    (lambda: FeatureSpace({"a": "float"})({"b": [1.0]}), "'a' is missing"),
    (lambda: FeatureSpace({"a": "float"})([1.0]), "a dict"),
    (lambda: FeatureSpace({"a": "float_normalized"}).adapt([1.0]), "dicts"),
    (lambda: FeatureSpace({"a": FeatureSpace.integer_hashed(3, "int")})({"a": [1]}), "'dict'"),
    (lambda: FeatureSpace.float_discretized(5, [1.0, 2.0]), "num_bins"),
])  # fmt: skip
def test_mistakes_are_told(make, words):
    with pytest.raises(UserError, match=words):
        make()
