"""Functional: a network given by its symbolic inputs and outputs."""

import inspect
import math
from typing import Any

from ..core.dtype import canonical, is_float
from ..core.graph import Graph, public_shape
from ..core.masks import get_mask, set_mask
from ..core.messages import (
    UserError,
    UserTypeError,
    bad_input,
    did_you_mean,
    shape_text,
    short,
    short_traceback,
    who,
)
from ..core.registry import plain
from ..core.tensor import KerasTensor, is_arraylike, leaves, map_leaves
from ..core.text import is_text
from ..layers.input import InputLayer
from ..layers.layer import Layer
from ..layers.reader import Read, inputs_on_host, read_text, run_read
from .functional_config import functional_config, operations_in_order
from .model import Model


class Functional(Model):
    """The network between some symbolic inputs and outputs.

    Args:
        inputs, outputs: Symbolic tensors, or nested lists, tuples and dicts of them.
        name: The model's name.
    """

    keras_module = "keras.src.models.functional"
    supports_masking = True

    @short_traceback
    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any):
        trainable = kwargs.pop("trainable", None)
        super().__init__(name=name, **kwargs)
        for what, part in (("inputs", inputs), ("outputs", outputs)):
            if not leaves(part):
                raise UserError(f"Model: `{what}` must hold at least one symbolic tensor.")
            for tensor in leaves(part):
                if not isinstance(tensor, KerasTensor):
                    raise UserError(
                        f"Model: `{what}` must be symbolic tensors, made by Input(...) and layers "
                        f"called on it; got {type(tensor).__name__}."
                    )
        if any(t.history is None or t.history[0].input_tensors for t in leaves(inputs)):
            inputs, outputs = _cut_at(inputs, outputs)
        self._graph = Graph(inputs, outputs)
        self._layers = _layers_of(self._graph)
        _refuse_equal_names(self._layers)
        if trainable is not None:
            self.trainable = trainable
        self.built = True

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along, the graph first, which is not deep."""
        return {"_graph": self._graph} | super().__getstate__()

    @property
    def layers(self) -> list[Layer]:
        """The layers in the order of the graph, inputs first."""
        return list(self._layers)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return [t.name for t in leaves(self._graph.inputs)]

    @property
    def input_shape(self) -> Any:
        """The shape of the inputs, in their structure."""
        return map_leaves(lambda t: t.shape, self._graph.inputs)

    @property
    def output_shape(self) -> Any:
        """The shape of the outputs, in their structure."""
        return map_leaves(lambda t: t.shape, self._graph.outputs)

    def build(self, input_shape: Any = None) -> None:
        """Nothing to do: a graph's layers are built when they are called on its tensors."""

    def read(self, inputs: Any) -> Read:
        """The inputs with their text made numbers, on the host: `layers.reader` says how."""
        return read_inputs(self, inputs)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Replay the graph on data."""
        return run_graph(self, self._graph, inputs, mask)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """None: each layer has set the mask of its own output."""
        return None

    def get_config(self) -> dict[str, Any]:
        """Layers and connections as Keras writes them; of a class whose constructor makes them,
        the constructor's arguments."""
        if _takes_graph(type(self)):
            return functional_config(self)
        return super().get_config() | {name: plain(v) for name, v in self.arguments().items()}


def _takes_graph(cls: type) -> bool:
    """Whether a class is made from inputs and outputs, as Functional itself is."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    return any(p.name == "inputs" or p.kind is p.VAR_POSITIONAL for p in parameters)


def run_graph(
    model: Any, graph: Graph, inputs: Any, mask: Any = None, any_size: bool = False
) -> Any:
    """Bring inputs to the graph's structure, ranks and types, and replay it; with `any_size` the
    layers say themselves which sizes they take."""
    if isinstance(inputs, Read):
        return run_read(model, inputs)
    flat = match_inputs(model, graph.inputs, inputs)
    places = leaves(graph.inputs)
    pairs = zip(places, flat, strict=True)
    data = [_fit_place(model, place, x, any_size) for place, x in pairs]
    data = with_masks(data, mask)
    filled = iter(data)
    return graph.run(map_leaves(lambda _: next(filled), graph.inputs))


def read_inputs(model: Any, inputs: Any) -> Read:
    """The inputs of a model with text among them, each in its place, the text made numbers."""
    if isinstance(inputs, Read):
        return inputs
    flat = match_inputs(model, model._graph.inputs, inputs_on_host(inputs))
    pairs = zip(leaves(model._graph.inputs), flat, strict=True)
    return read_text(model, [_fit_place(model, place, x, any_size=True) for place, x in pairs])


def with_masks(inputs: Any, masks: Any) -> Any:
    """The inputs, carrying the masks that the caller gave beside them."""
    if masks is not None:
        for x, mask in zip(leaves(inputs), leaves(masks), strict=True):
            set_mask(x, mask)
    return inputs


def match_inputs(model: Any, places: Any, inputs: Any) -> list[Any]:
    """The inputs, one for each of the model's places, in their order."""
    flat_places = leaves(places)
    if isinstance(inputs, dict) and not isinstance(places, dict):
        names = [place.name for place in flat_places]
        missing = [name for name in names if name not in inputs]
        if missing:
            hint = did_you_mean(next((str(key) for key in inputs if key not in names), ""), names)
            raise UserError(
                f"{type(model).__name__} '{model.name}': input {missing[0]!r} is missing; "
                f"got {', '.join(map(repr, inputs))}. {hint}"
            )
        return [inputs[name] for name in names]
    if isinstance(places, dict) and isinstance(inputs, dict):
        missing = [key for key in places if key not in inputs]
        if missing:
            raise UserError(
                f"{type(model).__name__} '{model.name}': input {missing[0]!r} is missing."
            )
        return leaves({key: inputs[key] for key in places})
    flat = leaves(inputs)
    if len(flat) != len(flat_places):
        count = f"{len(flat_places)} array{'s' if len(flat_places) > 1 else ''}"
        raise bad_input(model, f"of {count}", f"{len(flat)}")
    return flat


def _fit_place(model: Any, place: KerasTensor, x: Any, any_size: bool) -> Any:
    """One input in its place: a last axis of 1 added or dropped, the type made the place's."""
    if x is None or not is_arraylike(x) and not isinstance(x, KerasTensor):
        return x
    want, have, mask = place.shape, tuple(x.shape), get_mask(x)
    if len(have) == len(want) + 1 and have[-1] == 1:
        x = x[..., 0]
    elif len(have) == len(want) - 1 and want[-1] == 1:
        x = x[..., None]
    have = tuple(x.shape)
    pairs = zip(want[1:], have[1:], strict=False)
    sizes_fit = any_size or all(h is None or w in (None, h) for w, h in pairs)
    if len(have) != len(want) or not sizes_fit:
        which = f"{place.name!r} " if len(model.inputs) > 1 else ""
        expected = which + shape_text((None, *want[1:]))
        raise bad_input(model, expected, public_shape(x), _fix(want, have))
    dtype = model.compute_dtype if is_float(place.dtype) else place.dtype
    if place.dtype == "string":
        if not (is_text(x) or place.dtype == getattr(x, "dtype", None)):
            raise UserTypeError(f"{who(model)}: input {place.name!r} takes text; got {short(x)}.")
    elif not isinstance(x, KerasTensor):
        x = x.astype(canonical(dtype))
        set_mask(x, mask)
    return x


def _fix(want: tuple, have: tuple) -> str:
    """What to do about an input of shape `have` where `want` is expected."""
    known = None not in (*want[1:], *have[1:])
    if known and math.prod(want[1:]) == math.prod(have[1:]) > 1:
        return f"Reshape the data: x.reshape(-1, {', '.join(map(str, want[1:]))})."
    if len(have) == len(want) - 1 and have[1:] == want[2:]:
        return "Give a batch: x[None] for one sample."
    return "Reshape the data, or change the model's input shape."


def _cut_at(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """Inputs that are results of other layers become Inputs of their own, the graph between is
    replayed on them."""
    graph = Graph(inputs, outputs)
    fresh = map_leaves(lambda t: InputLayer(batch_shape=t.shape, dtype=t.dtype).output, inputs)
    return fresh, graph.run(fresh)


def _layers_of(graph: Graph) -> list[Layer]:
    """The layers in the order in which files have them."""
    operations = (calls[0].operation for calls in operations_in_order(graph))
    return [operation for operation in operations if isinstance(operation, Layer)]


def _refuse_equal_names(layers: list[Layer]) -> None:
    names = [layer.name for layer in layers]
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"Model: {names.count(name)} layers are named {name!r}; names must be unique."
            )
