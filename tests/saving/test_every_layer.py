"""Every layer of the contract's table goes from Keras to denser and back, config and weights."""

import numpy as np
import pytest

from .sections import DIRECTIONS, SECTIONS, network, rows_of


@DIRECTIONS
@pytest.mark.parametrize("section", SECTIONS)
def test_config_and_weights(section, writer, reader, tmp_path):
    model = network(writer, rows_of(section))
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
