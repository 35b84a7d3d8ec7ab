"""Kernels in Theano's order: (filters, channels, rows, columns), as a script for Keras 1 that lays
images out channels first gets and sets them."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...layers import Conv2D, Conv3D
from ...layers.module import Module
from ..era import eras
from ..patches import patches


def install() -> None:
    """Let convolutions give and take such kernels."""
    for layer in (Conv2D, Conv3D):
        patches.put(layer, get_weights=_get_weights, set_weights=_set_weights)


def _applies(layer: Any) -> bool:
    """Whether a user asks: denser itself keeps to its own order."""
    if eras.present() != "1" or layer.data_format != "channels_first":
        return False
    module = sys._getframe(2).f_globals.get("__name__", "")
    return not module.startswith("denser.") or module == "denser.layers.operation"  # weights=


def _get_weights(self: Any) -> list[np.ndarray]:
    weights = Module.get_weights(self)
    if _applies(self) and weights:
        weights[0] = np.moveaxis(weights[0], (-1, -2), (0, 1))
    return weights


def _set_weights(self: Any, weights: Sequence[Any]) -> None:
    weights = list(weights)
    if _applies(self) and weights:
        kernel = np.moveaxis(np.asarray(weights[0]), (0, 1), (-1, -2))
        if kernel.shape == tuple(self.kernel.shape):  # else it is in today's order
            weights[0] = kernel
    Module.set_weights(self, weights)
