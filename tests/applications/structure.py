"""What a network is made of, in a form that Keras's and denser's can be compared in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import keras
import numpy as np

from denser.core.tensor import KerasTensor, map_leaves
from denser.core.variable import Variable
from denser.layers.operation import Operation

# The arguments that decide what a layer computes.
_KEYS = (
    "activation batch_shape cropping depth_multiplier dilation_rate epsilon filters groups "
    "init_values keepdims kernel_size max_value mean momentum noise_shape offset padding pool_size "
    "rate scale strides target_shape units use_bias variance"
).split()


_outputs: dict[str, Any] = {}  # of layers of denser's that were met before


@contextmanager
def light() -> Iterator[None]:
    """In both libraries, weights are zeros that take neither time nor memory; denser infers the
    shape of each kind of layer once.
    """
    infer = Operation._symbolic

    def remembered(self: Operation, args: tuple, kwargs: dict[str, Any]) -> Any:
        if self.sublayers:  # which this builds
            return infer(self, args, kwargs)
        config = {key: value for key, value in self.get_config().items() if key != "name"}
        key = repr((type(self), config, map_leaves(str, args), map_leaves(str, kwargs)))
        if key not in _outputs:
            _outputs[key] = infer(self, args, kwargs)
        return map_leaves(lambda x: KerasTensor(x.shape, x.dtype), _outputs[key])

    def start(self: Variable, initializer: Any, shape: Any, dtype: Any) -> np.ndarray:
        return np.broadcast_to(np.zeros((), dtype or "float32"), () if shape is None else shape)

    def initialize(self: Any, initializer: Any) -> None:
        self._value = np.broadcast_to(np.zeros((), self._dtype), self._shape)

    with (
        patch.object(Variable, "_start", start),
        patch.object(Operation, "_symbolic", remembered),
        patch.object(keras.Variable, "_initialize_with_initializer", initialize),
    ):
        yield


def fresh(library: Any, network: str, **arguments: Any) -> Any:
    """A network whose automatic names start anew."""
    library.utils.clear_session()
    return getattr(library.applications, network)(**{"weights": None, **arguments})


def layers(model: Any) -> list[list[Any]]:
    """Class, name, arguments and inputs of every layer and op, in order."""
    return [_layer(config) for config in _plain(model.get_config())["layers"]]


def _layer(config: dict[str, Any]) -> list[Any]:
    inner = config["config"]
    if "layers" in inner:
        return [config["class_name"], inner["name"], [_layer(part) for part in inner["layers"]]]
    arguments = {key: inner[key] for key in _KEYS if inner.get(key) is not None}
    return [
        config["class_name"], inner["name"], arguments, list(_inputs(config.get("inbound_nodes"))),
    ]  # fmt: skip


def _inputs(nodes: Any) -> Iterator[Any]:
    """The names of the layers that a call's arguments come from, and plain numbers among them."""
    if isinstance(nodes, dict):
        if "keras_history" in nodes.get("config", {}):
            yield nodes["config"]["keras_history"][0]
        else:
            yield from _inputs(nodes.get("args"))
    elif isinstance(nodes, list):
        for part in nodes:
            yield from _inputs(part)
    elif isinstance(nodes, float):
        yield nodes


def _plain(config: Any) -> Any:
    return json.loads(json.dumps(config, default=lambda value: getattr(value, "tolist", str)()))


def weights(model: Any) -> list[list[Any]]:
    """Layer, name, shape of every weight and whether it is trained, in order."""
    found = []
    for variable in model.weights:
        layer, name = variable.path.split("/")[-2:]
        name = "gamma" if name.startswith("variable") else name  # Keras's LayerScale has none
        found.append([layer, name, list(variable.shape), variable.trainable])
    return found
