"""Masks: which steps of a tensor count, remembered beside the tensor from layer to layer."""

import weakref
from contextlib import suppress
from typing import Any

# JAX arrays take no attributes while they are traced, so the masks stand in a table of their own,
# by identity; an entry goes with its array.
_masks: dict[int, tuple[weakref.ref, Any]] = {}


def set_mask(x: Any, mask: Any) -> None:
    """Remember `mask`, boolean, as the mask of the tensor `x`; None forgets it."""
    key = id(x)
    if mask is None:
        _masks.pop(key, None)
        return
    _masks[key] = (weakref.ref(x, lambda _: _masks.pop(key, None)), mask)
    with suppress(AttributeError):
        x._keras_mask = mask  # Keras's name, which guides print


def get_mask(x: Any) -> Any:
    """The mask of the tensor `x`, or None."""
    entry = _masks.get(id(x))
    return entry[1] if entry is not None and entry[0]() is x else None
