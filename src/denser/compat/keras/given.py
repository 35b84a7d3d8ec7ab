"""Given: what places take of the data, and those that have their own, `Input(tensor=data)`."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from ...core.tensor import KerasTensor, as_array, leaves
from ...layers import InputLayer, Layer
from ...models import Model, Sequential
from ..era import eras
from ..notes import note
from ..patches import patches

_TENSOR = 6  # where `Input` hands its `tensor` on by position
_elements: list[tuple[Any, Iterator[Any]]] = []  # the first of an iterator, and the iterator


def install() -> None:
    """Let places be given so, and a dict hold more than a model has places for."""
    patches.put(InputLayer, __init__=_with_data(InputLayer.__init__))
    patches.put(Model, _read=_of_places(Model._read))
    patches.put(Layer, input=property(Layer.input.fget, _set_input))  # type: ignore[attr-defined]
    patches.put(Sequential, add=_after_its_input(Sequential.add))


def _of_places(read: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(read)
    def of_places(self: Any, x: Any) -> Any:
        names = getattr(self, "input_names", None) or []
        if isinstance(x, dict) and names and x.keys() > set(names) and eras.present() != "3":
            x = {name: x[name] for name in names}
        return read(self, x)

    return of_places


def _with_data(init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        data = args[_TENSOR] if len(args) > _TENSOR else kwargs.get("input_tensor")
        if data is None or isinstance(data, KerasTensor):
            return init(self, *args, **kwargs)
        array = as_array(data)
        name = kwargs.get("name", args[8] if len(args) > 8 else None)
        init(self, batch_shape=array.shape, dtype=str(array.dtype), name=name)
        self.__dict__["_data"] = [data]

    return __init__


def _set_input(self: Any, tensor: KerasTensor) -> None:
    self.__dict__["_input_given"] = [tensor]


def _after_its_input(add: Callable[..., None]) -> Callable[..., None]:
    """A stack begins with the place that its first layer was given: `layer.input = place`."""

    @functools.wraps(add)
    def with_input(self: Any, layer: Any, *args: Any, **kwargs: Any) -> None:
        given = getattr(layer, "__dict__", {}).get("_input_given")
        if given and not self._layers:
            note("layer.input = tensor", "Sequential([Input(...), layer])")
            add(self, given[0].history[0].operation)
        add(self, layer, *args, **kwargs)

    return with_input


def data_of(place: KerasTensor) -> Any:
    """The data that a place has, or None."""
    node = place.history[0] if place.history else None
    held = vars(node.operation).get("_data") if node is not None and _is_place(node) else None
    return held[0] if held else None


def _is_place(node: Any) -> bool:
    return isinstance(node.operation, InputLayer)


def remember(element: Any, iterator: Iterator[Any]) -> None:
    """Know where an element comes from, so that a model of it can train on those to come."""
    if all(known is not iterator for _, known in _elements):
        _elements.append((element, iterator))


def data_to_fit(model: Any, targets: Any) -> dict[str, Any]:
    """`x` and `y` of a `fit` without any, where the model's places have data."""
    graph = getattr(model, "_graph", None)
    inputs = [] if graph is None else [data_of(place) for place in leaves(graph.inputs)]
    if not inputs or any(data is None for data in inputs):
        return {}
    wanted = leaves(targets) if targets is not None else []
    for element, iterator in _elements:
        parts = leaves(element)
        at = [_index(parts, data) for data in (*inputs, *wanted)]
        if None not in at:
            return {"x": _batches(element, iterator, at, len(inputs))}
    return {"x": inputs if len(inputs) > 1 else inputs[0], "y": targets}


def _index(parts: list, data: Any) -> int | None:
    return next((i for i, part in enumerate(parts) if part is data), None)


def _batches(element: Any, iterator: Iterator[Any], at: list, inputs: int) -> Iterator[Any]:
    while True:
        parts = leaves(element)
        taken = [parts[index] for index in at]
        x, y = taken[:inputs], taken[inputs:]
        yield (x[0] if inputs == 1 else x), (y[0] if len(y) == 1 else y)
        element = next(iterator)
