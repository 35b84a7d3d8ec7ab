"""The table's rows for layers that read columns of numbers; those on text have tests of their own,
for Keras has them on TensorFlow alone."""

from .table import Row

_SCALES = {"mean": [0.5, -1.0, 2.0, 0.0], "variance": [1.0, 4.0, 0.25, 2.0]}
_BINS = [-1.0, 0.0, 0.5]

TABULAR = [
    Row("Normalization", _SCALES),
    Row("Normalization", {**_SCALES, "invert": True}, (3, 2, 4), unknown=(1,)),
    Row("Normalization", {"mean": 2.0, "variance": 4.0, "axis": None}, unknown=(1,)),
    *(
        Row("Discretization", {"bin_boundaries": _BINS, "output_mode": mode}, unknown=unknown)
        for mode, unknown in (("one_hot", (1,)), ("multi_hot", (1,)), ("count", (1,)))
    ),
    Row("Discretization", {"num_bins": None, "bin_boundaries": _BINS, "output_mode": "one_hot"},
        (3, 1)),
    *(
        Row("CategoryEncoding", {"num_tokens": 5, "output_mode": mode}, shape, "int32")
        for mode in ("one_hot", "multi_hot", "count")
        for shape in ((3, 4), (3, 1))
    ),
]  # fmt: skip
