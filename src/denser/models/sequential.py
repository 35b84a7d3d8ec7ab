"""Sequential: a stack of layers."""

from typing import Any

import numpy as np

from ..core.graph import Graph
from ..core.messages import UserError, UserTypeError, short, short_traceback
from ..core.registry import deserialize, serialize
from ..core.tensor import KerasTensor, leaves
from ..core.text import is_text
from ..core.variable import name_scope
from ..layers.input import InputLayer
from ..layers.layer import LAYERS, Layer
from ..layers.reader import Reader, on_host
from .functional import read_inputs, run_graph, with_masks
from .model import Model


class Sequential(Model):
    """A stack of layers, each reading the output of the one before.

    The shape of the input comes from an `Input`, from `input_shape=` of the first layer, or from
    the first data.

    Args:
        layers: The layers, first to last.
        trainable: Whether the weights take part in training.
        name: The model's name.

    Example:
        >>> model = Sequential([Dense(512, "relu", input_shape=(784,)), Dense(10, "softmax")])
        >>> model.count_params()
        407050
    """

    supports_masking = True

    @short_traceback
    def __init__(
        self, layers: Any = None, trainable: bool = True, name: str | None = None, **kwargs: Any
    ):
        super().__init__(trainable=trainable, name=name, **kwargs)
        self._layers: list[Any] = []
        self._tensors: list[Any] = []  # the symbolic output of each layer, the Input's first
        if layers is not None and not isinstance(layers, (list, tuple)):
            layers = [layers]
        for layer in layers or []:
            self.add(layer, rebuild=False)
        with name_scope(self.name):
            self._connect()

    @short_traceback
    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer (or an Input) on top of the stack."""
        if isinstance(layer, KerasTensor) and layer.history is not None:
            layer = layer.history[0].operation  # add(Input(...)) gives its tensor
        if not isinstance(layer, Layer):
            fix = "Call it: " + f"{layer.__name__}(...)." if isinstance(layer, type) else ""
            raise UserTypeError(
                f"Sequential '{self.name}': add() takes a layer; got {short(layer)}. {fix}".strip()
            )
        layer.check_started()
        if isinstance(layer, InputLayer) and self._layers:
            raise UserError(
                f"Sequential '{self.name}': an Input comes first; there are "
                f"{len(self.layers)} layers already."
            )
        if any(layer is mine for mine in self._layers):
            raise UserError(
                f"Sequential '{self.name}': layer '{layer.name}' is in it already; a Functional "
                "model can use one layer twice."
            )
        if any(layer.name == mine.name for mine in self._layers):
            raise UserError(
                f"Sequential '{self.name}': a layer named {layer.name!r} is in it already; give "
                "another name=."
            )
        before = list(self._layers)
        if not self._layers and not isinstance(layer, InputLayer):
            declared = _declared_input(layer)
            if declared is not None:
                self._layers.append(declared)
        self._layers.append(layer)
        self._disconnect()
        if rebuild:
            try:
                with name_scope(self.name):
                    self._connect()
            except Exception:  # a layer that does not fit must not stay: another one may follow
                self._layers = before
                self._connect()
                raise

    @short_traceback
    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer off the stack and return it."""
        if not self.layers:
            raise UserError(f"Sequential '{self.name}': there is no layer to take off.")
        layer = self._layers.pop()
        del self._tensors[len(self._layers) :]
        self._disconnect()
        if rebuild:
            self._connect()
        return layer

    def _disconnect(self) -> None:
        """Forget what was made of the layers that there were."""
        self.built, self._graph = False, None
        self._forget_programs()

    def _connect(self) -> None:
        """Connect the layers that are not yet, if the shape of the input is known."""
        self._disconnect()
        if not self.layers or not isinstance(self._layers[0], InputLayer):
            return
        tensors = self._tensors or [self._layers[0].output]
        for layer in self._layers[len(tensors) :]:
            tensors.append(layer(tensors[-1]))
        self._tensors = tensors
        self._graph = Graph(tensors[0], tensors[-1])
        self.built = True

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of this shape, the batch included."""
        if not self.layers or self._graph is not None:
            return
        if isinstance(self._layers[0], InputLayer):  # layers changed with rebuild=False
            return self._connect()
        if input_shape is None:
            raise UserError(
                f"Sequential '{self.name}': the shape of the input is not known. Give the first "
                "layer input_shape=..., or begin with Input(shape=...)."
            )
        if isinstance(input_shape, (list, dict)) and not all(
            size is None or isinstance(size, int) for size in input_shape
        ):
            return  # several inputs: layer by layer, as they come
        batch, *sizes = input_shape
        try:
            self._place_input(None, sizes)
        except (TypeError, ValueError):  # a layer may have the size of the batch written in it
            if batch is None:
                raise
            self._place_input(batch, sizes)

    def _place_input(self, batch: int | None, sizes: list[int | None]) -> None:
        """Put a place for the input before the layers, if they take it."""
        dtype = getattr(self._layers[0], "input_dtype", self.compute_dtype)
        place = InputLayer(batch_shape=(batch, *sizes), dtype=dtype)
        self._layers.insert(0, place)
        try:
            self._connect()
        except Exception:
            del self._layers[0], self._tensors[:]
            raise

    @property
    def reads_text(self) -> bool:
        """Whether `read` must make numbers of text: there is a place for it, or may be."""
        if self._graph is None and self.layers:
            return isinstance(self.layers[0], Reader)
        return super().reads_text

    def read(self, inputs: Any) -> Any:
        """The inputs with their text made numbers, on the host: `layers.reader` says how."""
        if self._graph is None and is_text(inputs):
            self.build(np.shape(on_host(inputs)))
        return read_inputs(self, inputs) if super().reads_text else inputs

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Each layer on the output of the one before."""
        if self._graph is not None:
            try:  # sentences of another length, larger images: where all layers can read them
                return run_graph(self, self._graph, inputs, mask, any_size=True)
            except UserError:  # said of the whole model's input, if that is what does not fit
                return run_graph(self, self._graph, inputs, mask)
        if is_text(inputs):
            self.build(inputs.shape)
            return run_graph(self, self._known(), inputs, mask)
        x = with_masks(inputs, mask)
        for layer in self.layers:
            x = layer(x)
        return x

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: each layer has set the mask of its own output."""
        return None

    @property
    def layers(self) -> list[Layer]:
        """The layers, first to last, without the Input."""
        layers = self._layers
        return list(layers[1:] if layers and isinstance(layers[0], InputLayer) else layers)

    @property
    def input_shape(self) -> Any:
        """The shape of the input, None for unknown sizes."""
        return self._known().inputs.shape

    @property
    def output_shape(self) -> Any:
        """The shape of the output, None for unknown sizes."""
        outputs = self._known().outputs
        return (
            outputs.shape
            if isinstance(outputs, KerasTensor)
            else [t.shape for t in leaves(outputs)]
        )

    def _known(self) -> Graph:
        if self._graph is None:
            raise UserError(
                f"Sequential '{self.name}': the shape of the input is not known yet. Give the "
                "first layer input_shape=..., begin with Input(shape=...), or call it on data."
            )
        return self._graph

    def get_config(self) -> dict[str, Any]:
        """The layers' configs, as Keras writes them."""
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": serialize(self.dtype_policy),
            "layers": [serialize(layer) for layer in self._layers],
        }
        if self._graph is not None:
            config["build_input_shape"] = self._layers[0].batch_shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Sequential":
        """The model that `get_config` described; without weights."""
        if "name" in config:
            name, layers = config["name"], config["layers"]
        else:
            name, layers = None, config
        made = [deserialize(layer, custom_objects, family=LAYERS) for layer in layers]
        dtype = config.get("dtype") if isinstance(config, dict) else None
        model = cls(made, name=name, dtype=deserialize(dtype) if dtype else None)
        if isinstance(config, dict):
            model._trainable = config.get("trainable", True)
            shape = config.get("build_input_shape")
            if not model.built and shape is not None and model.layers:
                model.build(tuple(shape))
        return model


def _declared_input(layer: Any) -> InputLayer | None:
    """The Input for a first layer with `input_shape=`, or for one that is a built model."""
    if layer._declared_shape is not None:
        dtype = getattr(layer, "input_dtype", layer.compute_dtype)
        return InputLayer(batch_shape=layer._declared_shape, dtype=dtype)
    inputs = getattr(layer, "inputs", None)
    if inputs is not None and len(inputs) == 1:
        return InputLayer(batch_shape=inputs[0].shape, dtype=inputs[0].dtype)
    return None
