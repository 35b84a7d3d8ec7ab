"""Elements: what every data set can tell, and how it is asked for its elements."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any, Self

from ..core.messages import UserError, UserTypeError
from . import stages
from .element import as_numpy, describe
from .rows import Rows


class Elements:
    """Elements one after another, as often as one likes; `Dataset` tells the arguments."""

    INFINITE = -1
    UNKNOWN = -2
    AUTOTUNE = -1

    def __init__(
        self,
        passes: stages.Passes,
        size: float | None = None,
        rows: Rows | None = None,
        batched: bool = False,
    ):
        self._passes, self._size = passes, size
        self.rows, self.batched = rows, batched
        self.class_names: list[str] | None = None  # of a data set from a folder
        self.file_paths: list[str] | None = None
        self._number = 0

    @classmethod
    def of_rows(cls, rows: Rows) -> Self:
        """Elements that are found by number."""
        size = rows.size if rows.batch_size is None else -(-rows.size // rows.batch_size)
        return cls(rows.passes, size, rows, rows.batch_size is not None)

    @classmethod
    def of_list(cls, elements: list[Any]) -> Self:
        """The elements of a list."""
        return cls(lambda number, first: islice(elements, first, None), len(elements))

    def epoch(self, number: int, first: int = 0) -> Iterator[Any]:
        """The elements of pass `number`, from element `first` on: always the same ones."""
        return self._passes(number, first)

    def __iter__(self) -> Iterator[Any]:
        self._number += 1
        return self.epoch(self._number - 1)

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements with NumPy's arrays where a function gave JAX's."""
        return map(as_numpy, self)

    def cardinality(self) -> int:
        """The number of elements; `INFINITE` (-1), or `UNKNOWN` (-2)."""
        if self._size is None:
            return self.UNKNOWN
        return self.INFINITE if self._size == math.inf else int(self._size)

    def __len__(self) -> int:
        count = self.cardinality()
        if count < 0:
            kind = "has no end" if count == self.INFINITE else "does not know its length"
            raise UserTypeError(f"The Dataset {kind}; count with sum(1 for _ in dataset).")
        return count

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        kinds = {self.INFINITE: "endless", self.UNKNOWN: "of unknown length"}
        count = self.cardinality()
        return f"<Dataset {kinds.get(count) or f'of {count} elements'}>"

    @property
    def element_spec(self) -> Any:
        """The first element's shapes and types, as KerasTensors; rows of a batch are None."""
        for element in self.epoch(0):
            return describe(element, self.batched)
        raise UserError("The Dataset is empty: there is no element to describe.")

    def _then(self, passes: stages.Passes, size: float | None, batched: bool | None = None) -> Self:
        """A data set made from this one."""
        return type(self)(passes, size, batched=self.batched if batched is None else batched)

    def _by_number(self) -> Rows | None:
        """The elements as rows that come one by one."""
        return self.rows if self.rows is not None and self.rows.batch_size is None else None
