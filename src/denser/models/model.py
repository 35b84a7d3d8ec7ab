"""Model: a trainable network; `Model(inputs, outputs)` is a Functional one."""

import functools
from collections.abc import Sequence
from typing import Any, Self

from .. import saving
from ..core.custom import custom_object_scope
from ..core.messages import UserError, did_you_mean, short_traceback, unknown_argument
from ..core.tensor import KerasTensor, any_symbolic, leaves, map_leaves
from ..layers.adapters import quantize_all
from ..layers.layer import LAYERS, Layer
from ..layers.reader import has_text
from ..saving.stablehlo import check_format, export_model
from ..training.trainer import Trainer
from .again import call_again
from .functional_config import functional_from_config
from .summary import print_summary


class Model(Trainer):
    """A network that can be trained, evaluated, saved and looked at.

    There are three ways to make one: `Sequential` for a stack of layers, `Model(inputs, outputs)`
    for a graph of them, and a subclass that makes layers in `__init__` and computes in `call`.

    Args:
        inputs, outputs: Symbolic tensors (or lists, dicts of them) between which the network lies.
        name: The model's name.

    Example:
        >>> x = Input(shape=(3,))
        >>> model = Model(x, Dense(2)(x))
        >>> model.output_shape
        (None, 2)
    """

    keras_module = "keras"
    takes_text = True
    _graph: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A Functional, where inputs and outputs are given."""
        graph = cls is Model and _is_graph(args, kwargs)
        made: Any = LAYERS.members["Functional"] if graph else cls
        return super().__new__(made, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        functional = LAYERS.members["Functional"]
        if _is_graph(args, kwargs) and not isinstance(self, functional):
            # A user's subclass given a graph: his methods first, then those of a Functional.
            self.__class__ = _with_graph(type(self), functional)
            functional.__init__(self, *args, **kwargs)
        else:
            super().__init__(*args, **kwargs)

    @short_traceback
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs for some inputs, as JAX arrays; inputs of a form that was seen before go
        through a compiled program."""
        self.check_started()
        outputs = call_again(self, args, kwargs)
        return super().__call__(*args, **kwargs) if outputs is None else outputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The model's outputs; a subclass computes them here."""
        raise NotImplementedError(
            f"{type(self).__name__}: define `call(self, inputs)`, or make the model with "
            "Model(inputs, outputs)."
        )

    @property
    def reads_text(self) -> bool:
        """Whether text is among the inputs, which `read` must make numbers of."""
        return has_text(self._graph)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs, as KerasTensors, for KerasTensors."""
        if not self.reads_text:
            return super().compute_output_spec(*args, **kwargs)
        return map_leaves(lambda t: KerasTensor(t.shape, t.dtype), self._graph.outputs)

    @property
    def layers(self) -> list[Layer]:
        """The layers directly in this model, in order."""
        return self.sublayers

    @layers.setter
    def layers(self, _: Any) -> None:
        raise UserError("`layers` belongs to the model; name your own attribute otherwise.")

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name, or at that index."""
        if (name is None) == (index is None):
            raise UserError("get_layer: give either `name` or `index`.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise UserError(f"get_layer: index {index} is out of {len(self.layers)} layers.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        hint = did_you_mean(str(name), [layer.name for layer in self.layers])
        raise UserError(f"{type(self).__name__} '{self.name}': no layer named {name!r}. {hint}")

    @property
    def inputs(self) -> list[KerasTensor] | None:
        """The symbolic inputs as a flat list; None where the model is not a graph (yet)."""
        return leaves(self._graph.inputs) if self._graph is not None else None

    @property
    def outputs(self) -> list[KerasTensor] | None:
        """The symbolic outputs as a flat list; None where the model is not a graph (yet)."""
        return leaves(self._graph.outputs) if self._graph is not None else None

    @property
    def input(self) -> Any:
        """The symbolic inputs in the structure they were given."""
        return self._graph.inputs if self._graph is not None else super().input

    @property
    def output(self) -> Any:
        """The symbolic outputs in the structure they were given."""
        return self._graph.outputs if self._graph is not None else super().output

    @property
    def output_names(self) -> list[str] | None:
        """The names of the layers that give the outputs."""
        if self._graph is None:
            return None
        outputs, flat = self._graph.outputs, leaves(self._graph.outputs)
        if isinstance(outputs, dict) and len(outputs) == len(flat):
            return [str(key) for key in outputs]
        return [_maker(t) for t in flat]

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print a table of the layers with their output shapes and numbers of parameters.

        Args:
            line_length: Characters of a line; None: as many as the terminal has.
            positions: Shares of the line at which the columns end, as [0.4, 0.7, 1.0].
            print_fn: Called with the text in place of printing it.
            expand_nested: Whether layers of models inside this one are shown.
            show_trainable: Whether a column tells what is trained.
            layer_range: Names (or patterns) of the first and the last layer to show.
        """
        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    def quantize(
        self,
        mode: str | None = None,
        config: Any = None,
        filters: Any = None,
        type_check: bool = True,
    ) -> None:
        """Keep the weights of all layers that can in few bits, as `Layer.quantize` does one's.

        Args:
            mode, config: As for `Layer.quantize`.
            filters: Which layers: a regular expression for their names, a list of them, or a
                function of the layer; None: all.
            type_check: As for `Layer.quantize`; layers it refuses stay as they are.
        """
        quantize_all(self, mode, config, filters, type_check)

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Save the whole model: architecture, weights, compile and optimizer state (`.keras`, or
        `.h5` as Keras 1 and 2)."""
        saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(
        self,
        filepath: Any,
        overwrite: bool = True,
        max_shard_size: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Save the weights alone, to `name.weights.h5`, `.weights.json` (several files of at most
        `max_shard_size` GB) or `.safetensors`."""
        saving.save_weights(self, filepath, overwrite, max_shard_size, **kwargs)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Read weights that `save_weights` or `save` wrote."""
        saving.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: Any = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write the model as a program that runs without this code, its weights inside.

        Args:
            filepath: The file to write.
            format: Must be 'stablehlo': see `export.ExportArchive`, and `export.load_archive`.
            verbose: Whether to say what was written.
            input_signature: The form of each input; None: the model's own symbolic inputs.
        """
        check_format(self, format)
        for name in kwargs:
            known = ("filepath", "format", "verbose", "input_signature")
            raise unknown_argument("export", name, known)
        export_model(self, filepath, input_signature, verbose)

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON, for `model_from_json`."""
        return saving.model_to_json(self, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The model that `get_config` described; without weights."""
        if {"layers", "input_layers", "output_layers"} <= config.keys():
            return functional_from_config(cls, config, custom_objects)
        with custom_object_scope(custom_objects or {}):
            return super().from_config(config)


def _is_graph(args: tuple, kwargs: dict[str, Any]) -> bool:
    """Whether the arguments of a constructor are symbolic inputs and outputs."""
    return len(args) == 2 or any_symbolic(args) or {"inputs", "outputs"} <= kwargs.keys()


@functools.cache
def _with_graph(cls: type, functional: type) -> type:
    """The user's class with what a Functional can."""
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    return type(cls.__name__, (cls, functional), {**names, "stands_for": cls})


def _maker(tensor: KerasTensor) -> str:
    """The name of the layer that gives a tensor."""
    operation = tensor.history[0].operation if tensor.history else None
    return getattr(operation, "name", None) or tensor.name
