"""Ready: a compiled program together with the Variables that it takes, to be started at once."""

from typing import Any, NamedTuple

import jax
import numpy as np

from ..core.tensor import map_leaves
from ..lowering import memory

# Bytes from which an array is worth a `device_put` of its own: as a program's argument it is copied
# faster if it is small, slower if it is large.
_LARGE = 2**20


class Ready:
    """What runs a program that seldom changes a Variable, as `predict` does.

    Args:
        program: `program(state, weights, *args) -> (changes, result)`; changes: new arrays by
            their number in the state, as `program.map_many` has it.
        groups: (Variables that it may change, Variables that it reads), in nested lists.
        starting: The model's lock: while a training program is started, which writes over arrays,
            nobody else may read them.
    """

    def __init__(self, program: Any, groups: Any, starting: Any):
        self._program, self._starting = program, starting
        self._state, self._weights = groups
        self._flat = [variable for group in self._state for variable in group]

    def __call__(self, *args: Any) -> Any:
        """The result to come, with the changed Variables set."""
        with self._starting:
            state, weights = values(self._state), values(self._weights)
            changes, result = self._program(state, weights, *args)
            for number, value in changes.items():
                self._flat[number]._value = value
        return result


def values(groups: Any) -> tuple[list[Any], ...]:
    """The arrays of Variables, as they lie there."""
    return tuple([v._value for v in group] for group in groups)


class Slab(NamedTuple):
    """A program of `predict` for a number of rows, NumPy's arrays in and out."""

    ready: Ready
    rows: int
    size: int  # the rows with those that only fill them up
    steps: int

    def __call__(self, x: Any) -> Any:
        """The outputs for the true rows of `x`, as arrays that may be written to."""
        outputs = self.ready(map_leaves(self._fill, x), self.steps)
        return map_leaves(self._own, outputs)

    def _fill(self, array: Any) -> Any:
        """The array with zeros behind it, in the type of the device."""
        large = array.nbytes > _LARGE and not isinstance(array, jax.Array)
        if self.rows == self.size and not large:
            return array
        array = np.asarray(array)
        dtype = jax.dtypes.canonicalize_dtype(array.dtype)
        filled = memory.empty((self.size, *array.shape[1:]), dtype)
        filled[: self.rows] = array
        filled[self.rows :] = 0
        return jax.device_put(filled) if large else filled

    def _own(self, output: Any) -> np.ndarray:
        """A copy of the true rows: what JAX gives cannot be written to."""
        return (
            np.array(output) if self.rows == self.size else np.asarray(output)[: self.rows].copy()
        )
