"""The sections of the contract's table, each as one model that either library builds."""

import keras
import pytest

import denser

from ..contract import table

SECTIONS = [name for name in vars(table) if name.isupper() and name != "ROWS"]
DIRECTIONS = pytest.mark.parametrize(
    "writer, reader", [(keras, denser), (denser, keras)], ids=["from Keras", "to Keras"]
)


def rows_of(section):
    """The rows of a section whose layers Keras has, too."""
    return [row for row in getattr(table, section) if hasattr(keras.layers, row.cls_name)]


def network(k, rows):
    """A model with inputs and outputs for each row, so that one file holds all of a section."""
    inputs, outputs = [], []
    for row in rows:
        kwargs = row.kwargs(k.layers) if callable(row.kwargs) else dict(row.kwargs)
        several = isinstance(row.input_shape, list)
        shapes = row.input_shape if several else [row.input_shape]
        xs = [k.Input(shape[1:], dtype=row.dtype) for shape in shapes]
        inputs += xs
        layer = getattr(k.layers, row.cls_name)(**kwargs)
        outputs.append(layer(*xs) if row.apart or not several else layer(xs))
    return k.Model(inputs, outputs)
