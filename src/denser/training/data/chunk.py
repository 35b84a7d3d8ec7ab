"""Chunk: some batches that lie on the device; Source: whatever gives chunks, epoch by epoch."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from ...core.tensor import KerasTensor, map_leaves


class Chunk(NamedTuple):
    """Batches that one program can run through.

    Attributes:
        arrays: (x, y, sample_weight), nested arrays with rows as their first axis.
        order: Rows in the order in which they are used, int32, a whole number of batches long; the
            entries behind `rows` only fill up the last batch.
        batch_size: Rows of a batch.
        first: The batch to begin with.
        steps: How many batches to run from there.
        rows: How many entries of `order` are real.
    """

    arrays: Any
    order: Any
    batch_size: int
    first: int
    steps: int
    rows: int


class Source(Protocol):
    """Data of some kind as chunks."""

    @property
    def steps(self) -> int | None:
        """Batches of an epoch; None where only the end will tell."""
        ...

    @property
    def batch_size(self) -> int | None:
        """Rows of a batch; None where each batch brings its own."""
        ...

    @property
    def has_partial(self) -> bool:
        """Whether some batch has fewer rows than the others."""
        ...

    def spec(self) -> Any:
        """(x, y, sample_weight) as KerasTensors with an unknown first size."""
        ...

    def examine(self, check: Callable[[Any], None]) -> None:
        """Let `check` look at (x, y, sample_weight) of the data before they are used."""
        ...

    @property
    def repositions(self) -> bool:
        """Whether `epoch` can begin anywhere, in another process too."""
        ...

    @property
    def seen(self) -> Any:
        """(x, y, sample_weight): all arrays, or those of the first batch."""
        ...

    def epoch(self, number: int, first: int = 0) -> Iterator[Chunk]:
        """The chunks of epoch `number`, from batch `first` on."""
        ...

    @property
    def owner(self) -> Any:
        """The user's object whose attributes say what the batches are; None where there is none."""
        ...

    def pass_by(self, passes: int, within: bool) -> None:
        """Do what so many epochs do besides giving batches; `within`: begin the next one."""
        ...


def spec_of(arrays: Any) -> Any:
    """KerasTensors for nested arrays, with None for the rows."""

    def one(a: Any) -> Any:
        return None if a is None else KerasTensor((None, *a.shape[1:]), a.dtype)

    return map_leaves(one, arrays)
