"""Every layer of the contract's table goes from Keras to denser and back, config and weights."""

import keras
import numpy as np
import pytest

import denser

from ..contract import table

SECTIONS = [name for name in vars(table) if name.isupper() and name != "ROWS"]


def all_in_one(k, rows):
    """A model with one input and one output for each row, so that one file holds all."""
    inputs, outputs = [], []
    for row in (row for row in rows if hasattr(keras.layers, row.cls_name)):
        kwargs = row.kwargs(k.layers) if callable(row.kwargs) else dict(row.kwargs)
        several = isinstance(row.input_shape, list)
        shapes = row.input_shape if several else [row.input_shape]
        xs = [k.Input(shape[1:], dtype=row.dtype) for shape in shapes]
        inputs += xs
        layer = getattr(k.layers, row.cls_name)(**kwargs)
        outputs.append(layer(*xs) if row.apart or not several else layer(xs))
    return k.Model(inputs, outputs)


@pytest.mark.parametrize(
    "writer, reader", [(keras, denser), (denser, keras)], ids=["from Keras", "to Keras"]
)
@pytest.mark.parametrize("section", SECTIONS)
def test_config_and_weights(section, writer, reader, tmp_path):
    model = all_in_one(writer, getattr(table, section))
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.2, 0.8, w.shape) for w in model.get_weights()])
    model.save(tmp_path / "model.keras")
    read = reader.saving.load_model(tmp_path / "model.keras")
    for mine, other in zip(model.layers, read.layers, strict=True):
        assert (mine.name, type(mine).__name__) == (other.name, type(other).__name__)
        theirs = other.get_config()
        for key, value in mine.get_config().items():
            if key in theirs:
                assert _plain(theirs[key]) == _plain(value), (mine.name, key)
        for weight, same in zip(mine.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(weight, same)


def _plain(value):
    """JSON's view of a value; Keras writes an axis as a list of one once a layer is built."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None and k != "build_config"}
    if isinstance(value, (list, tuple)):
        return _plain(value[0]) if len(value) == 1 else [_plain(v) for v in value]
    return value
