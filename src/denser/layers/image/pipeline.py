"""Pipeline: layers one after another as one layer."""

from typing import Annotated, Any

from ...core.fields import Rule
from ...core.registry import revive, serialize
from ..layer import Layer


def _are_layers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(layer, Layer) for layer in value)


Layers = Annotated[
    Any,
    Rule(
        "a list of layers",
        _are_layers,
        lambda v: [revive(layer) for layer in v] if isinstance(v, (list, tuple)) else v,
        ("flip", 17, ["flip"], [Layer]),
    ),
]


class Pipeline(Layer):
    """Layers one after another, each reading the output of the one before: `f3(f2(f1(x)))`.

    A plain layer, not a model: for the steps that change images, in front of a model or in the
    `map` of a data set.

    Args:
        layers: The layers, first to last; each hands on what it gets, dicts too.

    Example:
        >>> from denser.layers import RandomFlip, Rescaling
        >>> steps = Pipeline([RandomFlip("horizontal"), Rescaling(1 / 255)])
        >>> steps(np.zeros((2, 8, 8, 3), "uint8"), training=True).shape
        (2, 8, 8, 3)
    """

    layers: Layers

    def call(self, inputs: Any, training: bool | None = True, mask: Any = None) -> Any:
        """What the last layer gives."""
        for layer in self.layers:
            inputs = layer(inputs, training=training)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The layers' configs and the name."""
        return {"layers": [serialize(layer) for layer in self.layers], "name": self.name}
