"""What layers take and give beside numbers: rows of different lengths, text, what they learnt."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.masks import set_mask
from ...core.tensor import map_leaves
from ...layers import (
    Dense,
    Discretization,
    Embedding,
    Hashing,
    IntegerLookup,
    StringLookup,
    TextVectorization,
)
from ..keras import learnt
from ..patches import patches
from .ragged import RaggedTensor
from .tensor import unwrap, wrap

# Layers that take each value by itself, so that rows of different lengths stay rows.
_OF_EACH = (Dense, Discretization, Embedding, Hashing, IntegerLookup, StringLookup)


def install() -> None:
    """Let TextVectorization give rows, and Normalization tell its mean and variance."""
    patches.put(TextVectorization, __init__=_with_rows(TextVectorization.__init__))
    learnt.install(wrap)


def _with_rows(init: Callable[..., None]) -> Callable[..., None]:
    """The constructor of a TextVectorization, which with `ragged` gives rows of different lengths
    to users, and pads them for denser."""

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, ragged: bool = False, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.__dict__["_gives_rows"] = ragged

    return __init__


def of_rows(
    call: Callable[..., Any], layer: Any, rows: RaggedTensor, *args: Any, **kwargs: Any
) -> Any:
    """What a layer gives for rows of different lengths: rows again, or what it gives for a tensor
    of them with its mask."""
    if isinstance(layer, _OF_EACH):
        return rows.map_values(lambda row: call(layer, row, *args, **kwargs))
    found = rows.to_tensor()
    set_mask(unwrap(found), rows.mask())
    return call(layer, found, *args, **kwargs)


def given(layer: Any, result: Any) -> Any:
    """What denser's code gave, for users: Tensors, also of text, or rows."""
    if getattr(layer, "_gives_rows", False):
        return RaggedTensor.from_tensor(result, padding=0)
    return map_leaves(with_text, result)


def with_text(x: Any) -> Any:
    """An array or a text as a Tensor; everything else as it is."""
    return wrap(np.array(x, object)) if isinstance(x, (str, bytes)) else wrap(x)
