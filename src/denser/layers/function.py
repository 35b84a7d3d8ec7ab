"""Layers that only call a function: Lambda, and Identity, which calls none."""

import inspect
from collections.abc import Callable
from typing import Any

from ..core.custom import find_custom
from ..core.messages import UnsafeFileError, bad_argument
from ..core.registry import revive, serialize
from ..core.tensor import KerasTensor, leaves, map_leaves
from .layer import Layer


class Identity(Layer):
    """The input as it is, for the place of a layer that is not wanted.

    Shapes:
        x: any -> the same
    """

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        """`inputs`."""
        return inputs


class Lambda(Layer):
    """`function(x)`, as a layer. Weights that the function uses are not this layer's.

    A model with a Lambda is saved only if the function has a name and is registered: a file holds
    data, never code. Where that is too narrow, write a Layer.

    Shapes:
        x: any -> whatever `function` returns

    Args:
        function: Takes the input, and `mask` and `training` if it has such parameters.
        output_shape: The shape of the output without the batch, or a function of the whole input
            shape; None finds it by tracing.
        mask: The mask of the output, or a function of (inputs, mask).
        arguments: More arguments for the function, by name.

    Example:
        >>> Lambda(lambda x: x / 255)(ops.ones((2, 3)) * 255).tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if not callable(function):
            raise bad_argument(self, "function", "a function", function)
        if not (output_shape is None or callable(output_shape)):
            if not isinstance(output_shape, (tuple, list)):
                raise bad_argument(self, "output_shape", "a shape or a function", output_shape)
        self.function = function
        self.keywords = dict(arguments or {})
        self.mask = mask
        self.supports_masking = mask is not None
        self._declared_output = output_shape

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """`function(inputs)`."""
        known = inspect.signature(self.function).parameters
        given = {"mask": mask, "training": training}
        given = {name: value for name, value in given.items() if name in known}
        return self.function(inputs, **(given | self.keywords))

    def compute_output_spec(self, inputs: Any, **kwargs: Any) -> Any:
        """The output as KerasTensors: of the declared shape, else found by tracing."""
        shape = self._declared_output
        if shape is None:
            return super().compute_output_spec(inputs, **kwargs)
        if callable(shape):
            shape = shape(map_leaves(lambda x: x.shape, inputs))
        else:
            shape = (leaves(inputs)[0].shape[0], *shape)
        return KerasTensor(shape, self.compute_dtype)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """What `mask` says."""
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """The function by its name.

        Raises:
            UserError: for a function without a name.
        """
        config = {"function": serialize(self.function), "arguments": serialize(self.keywords)}
        if self._declared_output is not None:
            config["output_shape"] = serialize(self._declared_output)
        if self.mask is not None:
            config["mask"] = serialize(self.mask)
        return super().get_config() | config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Lambda":
        """The layer that `get_config` described; its functions must be registered, or, where the
        file has no name for one, be given in `custom_objects` under the layer's name."""
        for key, part in config.items():
            if isinstance(part, dict) and part.get("class_name") == "__lambda__":
                given = find_custom(str(config.get("name"))) if key == "function" else None
                if given is not None:
                    return cls.from_config({**config, key: given})
                raise UnsafeFileError(
                    f"Lambda '{config.get('name')}': the file holds its function as Python's "
                    "bytecode, which is never run here. Write the function out and give it as "
                    f"custom_objects={{{config.get('name')!r}: function}}."
                )
        return cls(**{name: revive(value) for name, value in config.items()})
