"""Arrays of older files as today's layers have them: kernels turned, gates put together."""

from dataclasses import dataclass

import numpy as np

Arrays = list[np.ndarray]

_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose",
                 "Conv3DTranspose", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv2D",
                 "ConvLSTM2D")  # fmt: skip
_GATES = {"LSTM": (0, 2, 1, 3), "ConvLSTM2D": (0, 2, 1, 3), "GRU": (0, 1, 2)}


@dataclass(frozen=True)
class Origin:
    """Where arrays come from.

    Args:
        era: '1', '2', 'tf' or '3'.
        backend: What computed with them; 'theano' turned its kernels by half a turn.
    """

    era: str = "3"
    backend: str | None = None

    @property
    def is_todays(self) -> bool:
        """Whether no array can be another one than today's."""
        return self.era == "3"


def counts(kind: str, today: int, origin: Origin) -> tuple[int, ...]:
    """How many arrays an older file may have for the `today` trained ones of one layer: Keras 1
    kept each gate of a recurrent layer apart."""
    apart = len(_GATES.get(kind, ())) * today
    return (apart, today) if origin.era == "1" and kind in _GATES else (today,)


def convert(kind: str, arrays: Arrays, shapes: list[tuple], first: bool, origin: Origin) -> Arrays:
    """The arrays of one layer, in the order of today's and, where they hold the same numbers, in
    today's shapes.

    Args:
        kind: Today's class of the layer.
        arrays: As the file has them.
        shapes: Of the layer's weights now.
        first: Whether the layer's data have the channels first.
        origin: What wrote the file.
    """
    if kind in _GATES and len(arrays) == len(_GATES[kind]) * len(shapes) > len(shapes):
        if kind == "ConvLSTM2D":
            arrays = [_kernel_of_1(kind, a, first) if a.ndim == 4 else a for a in arrays]
        arrays = _together(kind, arrays, len(shapes))
    elif origin.era == "1" and kind in _CONVOLUTIONS:
        arrays = [_kernel_of_1(kind, a, first) if a.ndim > 2 else a for a in arrays]
    if kind in ("LSTM", "GRU") and _of_cudnn(kind, arrays, shapes):
        arrays = _from_cudnn(kind, arrays)
    if _turned(first, origin) and kind in _CONVOLUTIONS:
        arrays = [_turn(array) if array.ndim > 2 else array for array in arrays]
    return arrays


def is_a_guess(kind: str, first: bool, origin: Origin) -> bool:
    """Whether nothing but the channels' place tells that Theano turned a kernel."""
    return kind in _CONVOLUTIONS and origin.backend is None and _turned(first, origin)


def _turned(first: bool, origin: Origin) -> bool:
    if origin.backend is None:  # the first versions did not write it; Theano had channels first
        return origin.era == "1" and first
    return origin.backend == "theano"


def _turn(kernel: np.ndarray) -> np.ndarray:
    """A kernel, turned by half a turn: Theano convolved, others correlate."""
    places = tuple(range(kernel.ndim - 2))
    return np.flip(kernel, places)


def _kernel_of_1(kind: str, kernel: np.ndarray, first: bool) -> np.ndarray:
    """A kernel of Keras 1, which came after the data's order of axes, as (places, in, out)."""
    if kind == "Conv1D":  # (length, 1, in, out); in the first versions (out, in, length, 1)
        kernel = kernel if kernel.shape[1] == 1 else kernel.transpose(2, 3, 1, 0)
        return kernel[:, 0]
    places = tuple(range(2, kernel.ndim)) if first else tuple(range(kernel.ndim - 2))
    if kind.endswith("Transpose"):  # (out, in) there, (out, in) here
        ends = (0, 1) if first else (kernel.ndim - 1, kernel.ndim - 2)
    else:
        ends = (1, 0) if first else (kernel.ndim - 2, kernel.ndim - 1)
    return kernel.transpose(*places, *ends)


def _together(kind: str, arrays: Arrays, parts: int) -> Arrays:
    """(kernel, recurrent kernel, bias) of each gate in turn, as one of each for all gates.

    An LSTM's gates were i, c, f, o and are i, f, c, o.
    """
    order = _GATES[kind]
    return [
        np.concatenate([arrays[gate * parts + part] for gate in order], axis=-1)
        for part in range(parts)
    ]


def _of_cudnn(kind: str, arrays: Arrays, shapes: list[tuple]) -> bool:
    """Whether cuDNN's layer wrote them: it has two biases, one after the other."""
    return len(arrays) == 3 and arrays[2].shape == (2 * len(_GATES[kind]) * arrays[1].shape[0],)


def _from_cudnn(kind: str, arrays: Arrays) -> Arrays:
    """cuDNN's matrices lie transposed, gate by gate."""
    kernel, recurrent, bias = arrays
    gates = len(_GATES[kind])
    kernel = np.hstack([k.T.reshape(k.shape, order="F") for k in np.hsplit(kernel, gates)])
    recurrent = np.hstack([k.T for k in np.hsplit(recurrent, gates)])
    bias = bias.reshape(2, -1)
    return [kernel, recurrent, bias.sum(0) if kind == "LSTM" else bias]
