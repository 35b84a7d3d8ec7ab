"""The rows of the contract's tables, section by section as one model that either library builds."""

import keras
import numpy as np
import pytest

import denser

from ..contract import table
from ..contract.colours import COLOURS
from ..contract.images import IMAGES
from ..contract.sound import SOUND
from ..contract.table import Row
from ..contract.tabular import TABULAR


def _registered(k):
    """A function that a config may name, in one of the libraries."""

    @k.saving.register_keras_serializable("tests")
    def doubled(x):
        return 2 * x

    return doubled


_DOUBLED = {k.layers: _registered(k) for k in (keras, denser)}
FUNCTIONS = [
    Row("Lambda", lambda layers: {"function": _DOUBLED[layers], "output_shape": (4,)}),
]
SECTIONS = {name: rows for name, rows in vars(table).items() if name.isupper() and name != "ROWS"}
SECTIONS |= {"COLOURS": COLOURS, "IMAGES": IMAGES, "SOUND": SOUND, "TABULAR": TABULAR}
SECTIONS |= {"FUNCTIONS": FUNCTIONS}

# Keras makes no graph with the first, asks TensorFlow for the shapes of the second, does not crop
# at inference as it says, and cannot read what it writes of the last.
FAIL_IN_KERAS = {"Equalization", "JaxLayer", "RandomCrop", "RandomShear"}

DIRECTIONS = pytest.mark.parametrize(
    "writer, reader", [(keras, denser), (denser, keras)], ids=["from Keras", "to Keras"]
)


def rows_of(section):
    """The rows of a section whose layers Keras has, too, and can save and load."""
    known = [row for row in SECTIONS[section] if hasattr(keras.layers, row.cls_name)]
    return [row for row in known if row.cls_name not in FAIL_IN_KERAS]


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
        outputs += flat(layer(*xs) if row.apart or not several else layer(xs))
    return k.Model(inputs, outputs)


def flat(value):
    """The parts of nested lists and dicts."""
    if isinstance(value, dict):
        value = list(value.values())
    return (
        [part for x in value for part in flat(x)] if isinstance(value, (list, tuple)) else [value]
    )


def data(rows):
    """An array for each input of `network`."""
    rng = np.random.default_rng(2)
    found = []
    for row in rows:
        for shape in row.input_shape if isinstance(row.input_shape, list) else [row.input_shape]:
            size = (2, *shape[1:])
            whole = "int" in row.dtype
            x = rng.integers(0, row.high, size) if whole else rng.uniform(size=size)
            found.append(x.astype(row.dtype))
    return found


def filled(model):
    """The model with other weights than it began with."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.2, 0.8, w.shape) for w in model.get_weights()])
    return model
