"""Connectionist temporal classification beside Keras."""

import keras
import numpy as np
import pytest

from denser.core.messages import UserError
from denser.ops.ctc import ctc_decode, ctc_loss

random = np.random.default_rng(2)
SCORES = (2 * random.normal(size=(3, 6, 4))).astype("float32")
LENGTHS = np.array([6, 4, 1])


@pytest.mark.parametrize("mask_index", [0, 3])
def test_loss_equals_keras(mask_index):
    target = np.array([[1, 2, 2], [2, 1, 1], [1, 1, 1]])
    arguments = (target, SCORES, np.array([3, 2, 0]), LENGTHS, mask_index)
    expected = keras.ops.ctc_loss(*arguments)
    np.testing.assert_allclose(ctc_loss(*arguments), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"merge_repeated": False, "mask_index": 3},
        {"strategy": "beam_search", "beam_width": 60, "top_paths": 4},
        {"strategy": "beam_search", "beam_width": 5, "top_paths": 2, "mask_index": 3},
    ],
)
def test_decode_equals_keras(arguments):
    paths, scores = ctc_decode(SCORES, LENGTHS, **arguments)
    their_paths, their_scores = keras.ops.ctc_decode(SCORES, LENGTHS, **arguments)
    np.testing.assert_array_equal(paths, their_paths)
    np.testing.assert_allclose(scores, their_scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [{"strategy": "best"}, {"strategy": "beam_search", "beam_width": 2, "top_paths": 3}],
)
def test_mistakes_are_said(arguments):
    with pytest.raises(UserError, match="ctc_decode"):
        ctc_decode(SCORES, LENGTHS, **arguments)
