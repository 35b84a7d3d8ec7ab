"""What shares a chunk of a stream: full chunks, but where training is in a hurry."""

import numpy as np
import pytest

from denser.training.data import as_source, stream


def batches():
    for number in range(40):
        yield np.full((4, 3), number, "float32"), np.zeros(4, "float32")


@pytest.mark.parametrize(
    ("hurried", "slow", "expected"),
    [
        (False, False, [16, 16, 8]),
        (True, False, [1, 16, 16, 7]),
        (False, True, [16, 16, 8]),  # no clock may say which rows are computed together
        (True, True, [1] * 40),
    ],
)
def test_a_chunk_goes_early_where_training_waits_for_it(monkeypatch, hurried, slow, expected):
    monkeypatch.setattr(stream, "_LONGEST", -1.0 if slow else 60.0)
    source = as_source(batches(), steps=40, hurried=hurried)
    source.seen  # noqa: B018 - it reads the first batch, as `fit` does
    chunks = list(source.epoch(0))
    assert [chunk.steps for chunk in chunks] == expected
    assert {len(chunk.arrays[0]) for chunk in chunks} == {64}  # one program fits all
    rows = np.concatenate([chunk.arrays[0][: chunk.rows, 0] for chunk in chunks])
    np.testing.assert_array_equal(rows, np.repeat(np.arange(40), 4))
