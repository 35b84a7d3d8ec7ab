"""Arrays of Keras 1 and of cuDNN's layers as today's."""

import numpy as np
import pytest

from denser.eras import Origin, convert

RNG = np.random.default_rng(2)
ONE = Origin("1")


def draw(*shape):
    return RNG.normal(size=shape)


CONV, TURNED = draw(3, 2, 5, 4), draw(5, 4, 3, 2)


@pytest.mark.parametrize(
    "kind, there, first, origin, here",
    [("Conv1D", CONV[:, :1], False, ONE, CONV[:, 0]),
     ("Conv1D", CONV[:1].transpose(3, 2, 1, 0), False, ONE, CONV[:1].transpose(1, 0, 2, 3)[:, 0]),
     ("Conv2D", CONV, False, ONE, CONV),
     ("Conv2D", TURNED, True, Origin("1", "tensorflow"), TURNED.transpose(2, 3, 1, 0)),
     ("Conv2D", TURNED, True, ONE, TURNED[:, :, ::-1, ::-1].transpose(2, 3, 1, 0)),
     ("Conv2D", CONV, False, Origin("2", "theano"), CONV[::-1, ::-1]),
     ("Conv2D", CONV, True, Origin("2", "tensorflow"), CONV),
     ("Conv2DTranspose", CONV, False, ONE, CONV.transpose(0, 1, 3, 2)),
     ("Conv2DTranspose", TURNED, True, Origin("1", "tensorflow"), TURNED.transpose(2, 3, 0, 1)),
     ("Dense", CONV[0, 0], True, ONE, CONV[0, 0])],
)  # fmt: skip
def test_kernels(kind, there, first, origin, here):
    found, bias = convert(kind, [there, draw(7)], [here.shape, (7,)], first, origin)
    np.testing.assert_array_equal(found, here)
    assert bias.shape == (7,)


@pytest.mark.parametrize(
    "kind, then, now",
    [("LSTM", "icfo", "ifco"), ("GRU", "zrh", "zrh"), ("ConvLSTM2D", "icfo", "ifco")],
)
def test_gates_apart(kind, then, now):
    inner = (2, 2) if kind.startswith("Conv") else ()
    gates = {g: (draw(*inner, 3, 2), draw(*inner, 2, 2), draw(2)) for g in then}
    arrays = [array for gate in then for array in gates[gate]]
    found = convert(kind, arrays, [()] * 3, False, ONE)
    for part, array in enumerate(found):
        expected = np.concatenate([gates[g][part] for g in now], -1)
        np.testing.assert_array_equal(array, expected)


def test_gru_of_cudnn():
    kernels, inner, bias = draw(3, 4, 2), draw(3, 2, 2), draw(12)
    there = [np.hstack([k.T.reshape(4, 2) for k in kernels]), np.hstack([u.T for u in inner]), bias]
    kernel, recurrent, found = convert("GRU", there, [(), (), ()], False, Origin("2"))
    np.testing.assert_array_equal(kernel, np.hstack(kernels))
    np.testing.assert_array_equal(recurrent, np.hstack(inner))
    np.testing.assert_array_equal(found, bias.reshape(2, 6))
