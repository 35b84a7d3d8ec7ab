"""Arrays in memory as a Source: put on the device once, shuffled by an index."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from ...core import placement
from ...core.messages import UserError, UserTypeError, short
from ...core.tensor import leaves, map_leaves
from ...lowering import memory
from ...preprocessing.ahead import ahead
from ...preprocessing.element import from_library
from .chunk import Chunk, spec_of


def resident_budget() -> int:
    """Bytes of data that may lie on the device at once: a half of its free memory.

    `DENSER_DATA_BUDGET` (bytes) sets another.
    """
    given = os.environ.get("DENSER_DATA_BUDGET")
    if given:
        return int(float(given))
    stats = jax.devices()[0].memory_stats() or {}
    if "bytes_limit" in stats:
        return (stats["bytes_limit"] - stats.get("bytes_in_use", 0)) // 2
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") // 2


def _is_numbers(value: Any) -> bool:
    """Whether a list is data written down, not several arrays."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return isinstance(value, (bool, int, float, str, np.number))


def as_arrays(value: Any, what: str) -> Any:
    """Whatever the user gave as nested arrays: NumPy's, or JAX's where they are that already.

    float64 becomes float32 (`jax_enable_x64` aside) when it goes to the device.

    Raises:
        UserError: for strings, ragged lists, objects; it names the argument.
    """
    if value is None:
        return None
    if isinstance(value, dict):
        return {key: as_arrays(part, f"{what}[{key!r}]") for key, part in value.items()}
    if isinstance(value, (list, tuple)) and not _is_numbers(value) and len(value) > 0:
        parts = [as_arrays(part, f"{what}[{i}]") for i, part in enumerate(value)]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, jax.Array):
        return value
    value = from_library(value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise UserError(
            f"`{what}`: the rows have different lengths. Bring them to one, as with "
            "denser.utils.pad_sequences(rows, maxlen=...)."
        ) from None
    if array.ndim == 0:
        raise UserTypeError(
            f"`{what}`: expected an array with rows; got {short(value)}. Put the single rows "
            "of a data set into batches: dataset.batch(32)."
        )
    if array.dtype == object:
        array = _from_objects(array, what)
    if array.dtype.kind in "SU":
        raise UserTypeError(
            f"`{what}`: expected numbers; got strings, as {short(array.flat[0])}. Turn words into "
            "numbers first (a TextVectorization or StringLookup layer; one number for each label)."
        )
    if array.dtype.kind in "mM" or array.dtype.names is not None:
        raise UserTypeError(
            f"`{what}`: expected numbers; got {array.dtype}. Turn it into numbers first."
        )
    return array


def _from_objects(array: np.ndarray, what: str) -> np.ndarray:
    """A mixed table (pandas: ints, floats and bools) as floats, or an error that says why not."""
    if len(array) and isinstance(array.flat[0], (list, tuple, np.ndarray)):
        raise UserError(
            f"`{what}`: the rows are lists, of different lengths or in an object array. Bring them "
            "to one array, as with denser.utils.pad_sequences(rows, maxlen=...)."
        )
    try:
        return array.astype(np.float32)
    except (TypeError, ValueError):
        bad = next(v for v in array.flat if isinstance(v, str) or v is None)
        raise UserTypeError(
            f"`{what}`: expected numbers; got an object column, as {short(bad)}. Turn it into "
            "numbers first."
        ) from None


def number_of_rows(arrays: dict[str, Any]) -> int:
    """The rows that all arrays have; an error where they differ or where there are none."""
    counts = {
        f"{name}{f'[{i}]' if len(leaves(part)) > 1 else ''}": len(leaf)
        for name, part in arrays.items()
        for i, leaf in enumerate(leaves(part))
        if leaf is not None
    }
    if len(set(counts.values())) > 1:
        told = ", ".join(f"`{name}` has {count}" for name, count in [*counts.items()][:4])
        for name, part in arrays.items():
            if isinstance(part, (list, tuple)) and len(part) in counts.values():
                told += f". If `{name}` is a list of samples, write np.stack({name})"
        raise UserError(f"All data must have the same number of rows; {told}.")
    rows = next(iter(counts.values()), 0)
    if rows == 0:
        raise UserError(f"`{next(iter(counts), 'x')}` is empty: there are no rows.")
    return rows


class Arrays:
    """Arrays in memory, as whole batches by index.

    Args:
        arrays: (x, y, sample_weight), nested arrays with the same number of rows.
        batch_size: Rows of a batch.
        shuffle: Whether each epoch goes through the rows in an order of its own; "batch" shuffles
            whole batches.
        seed: The order is a pure function of (seed, epoch).
        steps: Batches of an epoch, where that is not once through the rows: the next epoch goes on
            where this one ends.
        given: The rows' order: how many rows it takes, and those of a pass by its number; instead
            of `shuffle` and `seed`.
    """

    repositions, owner = True, None

    def __init__(
        self,
        arrays: Any,
        batch_size: int,
        shuffle: bool | str = False,
        seed: int = 0,
        steps: int | None = None,
        given: tuple[int, Callable[[int], np.ndarray]] | None = None,
    ):
        self.arrays, self.batch_size, self.shuffle, self.seed = arrays, batch_size, shuffle, seed
        rows = len(next(leaf for leaf in leaves(arrays) if leaf is not None))
        self.rows, self.given = (rows, None) if given is None else given
        self.batch_size = min(batch_size, self.rows)
        self.passes = -(-self.rows // self.batch_size)  # batches of one pass
        self.steps = steps or self.passes
        self.has_partial = self.rows % self.batch_size != 0
        self._resident: Any = None

    def examine(self, check: Callable[[Any], None]) -> None:
        """Let `check` look at the arrays."""
        check(self.arrays)

    @property
    def seen(self) -> Any:
        """(x, y, sample_weight)."""
        return self.arrays

    def spec(self) -> Any:
        """(x, y, sample_weight) as KerasTensors with an unknown first size."""
        return spec_of(_canonical(self.arrays))

    def order(self, number: int) -> np.ndarray:
        """The rows of pass `number` in their order, filled up to whole batches."""
        order = np.zeros(self.passes * self.batch_size, np.int32)
        if self.given is not None:
            order[: self.rows] = self.given(number)
            return order
        if not self.shuffle:
            order[: self.rows] = np.arange(self.rows)
            return order
        random = np.random.Generator(np.random.Philox(key=[self.seed % 2**64, number]))
        if self.shuffle == "batch":
            whole = self.rows // self.batch_size
            starts = random.permutation(whole)[:, None] * self.batch_size
            shuffled = (starts + np.arange(self.batch_size)).ravel()
            order[: self.rows] = np.concatenate([shuffled, np.arange(shuffled.size, self.rows)])
        else:
            order[: self.rows] = random.permutation(self.rows)
        return order

    def pass_by(self, passes: int, within: bool) -> None:
        """Nothing: an epoch is a pure function of its number."""

    def epoch(self, number: int, first: int = 0) -> Iterator[Chunk]:
        """The chunks of epoch `number`, from batch `first` on."""
        position, end = number * self.steps + first, (number + 1) * self.steps
        while position < end:
            turn, first = divmod(position, self.passes)
            steps = min(self.passes - first, end - position)
            yield from self._chunks(self.order(turn), first, steps)
            position += steps

    def _chunks(self, order: np.ndarray, first: int, steps: int) -> Iterator[Chunk]:
        if self._resident is None and _bytes(self.arrays) <= resident_budget():
            self._resident = map_leaves(_put, self.arrays)
        if self._resident is not None:
            place = jax.device_put(order, placement.everywhere())
            yield Chunk(self._resident, place, self.batch_size, first, steps, self.rows)
        else:
            yield from ahead(self._parts(order, first, first + steps))

    def _parts(self, order: np.ndarray, first: int, last: int) -> Iterator[Chunk]:
        """Chunks with copies of their own rows, for data that do not fit the device at once."""
        per = max(1, resident_budget() // 4 // max(1, _bytes(self.arrays) // self.passes))
        size = per * self.batch_size
        in_turn = jax.device_put(np.arange(size, dtype=np.int32), placement.everywhere())
        for begin in range(first, last, per):
            index = np.zeros(size, np.int32)
            rows = order[begin * self.batch_size :][:size]
            index[: len(rows)] = rows
            part = map_leaves(lambda a, i=index: None if a is None else _put(a[i]), self.arrays)
            real = min(size, self.rows - begin * self.batch_size)
            yield Chunk(part, in_turn, self.batch_size, 0, min(per, last - begin), real)


def _bytes(arrays: Any) -> int:
    return sum(leaf.nbytes for leaf in leaves(arrays) if leaf is not None)


def _canonical(arrays: Any) -> Any:
    """The arrays with the types they will have on the device."""

    def one(a: Any) -> Any:
        if a is None:
            return None
        return jax.ShapeDtypeStruct(a.shape, jax.dtypes.canonicalize_dtype(a.dtype))

    return map_leaves(one, arrays)


def _put(array: Any) -> Any:
    where = placement.everywhere()
    if array is None or isinstance(array, jax.Array):
        return array if array is None or where is None else jax.device_put(array, where)
    return memory.put(array, where)
