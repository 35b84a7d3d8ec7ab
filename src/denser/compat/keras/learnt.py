"""What a Normalization has learnt, by the names under which it may have been given."""

import sys
from collections.abc import Callable
from typing import Any

from ...layers import Normalization
from ..patches import patches


def install(given: Callable[[Any], Any] = lambda array: array) -> None:
    """Let Normalization tell its mean and variance; `given` makes of an array what users get."""
    patches.put(Normalization, mean=_Learnt("mean", given), variance=_Learnt("variance", given))


class _Learnt:
    """The mean or variance of a Normalization: to users what it was given or has learnt, to denser
    what it was given."""

    def __init__(self, name: str, given: Callable[[Any], Any]):
        self.name, self.given = name, given

    def __get__(self, layer: Any, owner: Any = None) -> Any:
        if layer is None:
            return None  # the default of the field
        value = layer.__dict__.get(self.name)
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if value is not None or not layer.built or caller.startswith("denser."):
            return value
        return self.given(getattr(layer, f"adapt_{self.name}").value.reshape(layer._broadcast))

    def __set__(self, layer: Any, value: Any) -> None:
        layer.__dict__[self.name] = value
