"""What merging layers were subclasses of, for those that scripts make themselves."""

import functools
from operator import add
from typing import Any

from ...core.graph import public_shape
from ...layers import Layer
from .backend.chance import generator_of


class MergingLayer(Layer):
    """Several tensors into one by `_merge_function(inputs)`, which a subclass defines."""

    supports_masking = True

    def _merge_function(self, inputs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define `_merge_function(inputs)`.")

    def build(self, input_shape: Any) -> None:
        """Make what the function may draw random numbers from."""
        generator_of(self)

    def call(self, inputs: Any) -> Any:
        """The inputs as one tensor."""
        if None in public_shape(inputs[0]):
            # Shapes are being inferred: many such functions have the size of the batch written in
            # them, and none of ours gives another shape than the inputs' common one.
            return functools.reduce(add, inputs)
        return self._merge_function(inputs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: what such a function makes of masks is not known."""
        return None
