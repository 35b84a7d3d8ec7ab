"""A Functional's layers and connections as JSON's types, in Keras's format, and back."""

import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..core.custom import custom_object_scope
from ..core.graph import Graph, Node
from ..core.messages import UserError, short
from ..core.registry import deserialize, serialize, snake_case
from ..core.tensor import KerasTensor, leaves, map_leaves
from ..layers.layer import LAYERS, Layer
from .operations import find_op, op_config


def operations_in_order(graph: Graph) -> list[list[Node]]:
    """The calls of each layer or op of a graph, in Keras's order, which decides the order of
    weights in files: by distance from the outputs, far ones first; at equal distance as a walk
    from the outputs meets them. Every call of an op stands alone.
    """
    inputs = [t.history[0] for t in leaves(graph.inputs)]
    nodes = {id(node): node for node in [*inputs, *graph.nodes]}
    met = _order_met(graph)
    node_depth: dict[int, int] = {}
    depth: dict[int, int] = {}
    for node in reversed(nodes.values()):
        key = _key(node)
        own = max(node_depth.get(id(node), 0), depth.get(key, 0))
        node_depth[id(node)] = depth[key] = own
        for parent in node.parents:
            node_depth[id(parent)] = max(node_depth.get(id(parent), 0), own + 1)
    calls: dict[int, list[Node]] = {}
    for node in nodes.values():
        calls.setdefault(_key(node), []).append(node)
    for key, made in calls.items():
        if len(made) > 1:  # in the order in which the layer was called, not in which they run
            ours = {id(node) for node in made}
            calls[key] = [node for node in made[0].operation._nodes if id(node) in ours]
    order = sorted(calls, key=lambda key: (-depth[key], met.get(key, -1)))
    return [calls[key] for key in order]


def _key(node: Node) -> int:
    return id(node.operation) if isinstance(node.operation, Layer) else id(node)


def _order_met(graph: Graph) -> dict[int, int]:
    """When a walk from the outputs first meets each operation."""
    met: dict[int, int] = {}
    seen: set[int] = set()
    stack = [t for t in reversed(leaves(graph.outputs)) if t is not None]
    while stack:
        node = stack.pop().history[0]
        met.setdefault(_key(node), len(met))
        if id(node) not in seen:
            seen.add(id(node))
            stack.extend(reversed(node.input_tensors))
    return met


def functional_config(model: Any) -> dict[str, Any]:
    """Name, layers with their calls, inputs and outputs."""
    graph = model._graph
    operations = operations_in_order(graph)
    names = operation_names(operations)
    place: dict[int, list[Any]] = {}  # of a node: (name of the operation, which call of it)
    for calls, name in zip(operations, names, strict=True):
        place.update({id(node): [name, index] for index, node in enumerate(calls)})

    def end(tensor: KerasTensor) -> list[Any]:
        node, index = tensor.history
        name, call = place[id(node)]
        return [name, call + _is_functional(node.operation), index]

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": [
            _operation_config(name, calls, place)
            for name, calls in zip(names, operations, strict=True)
        ],
        "input_layers": map_leaves(end, graph.inputs),
        "output_layers": map_leaves(end, graph.outputs),
    }


def _is_functional(operation: Any) -> bool:
    # At a model's ends Keras counts the calls of an inner Functional from 1, elsewhere from 0.
    return isinstance(operation, LAYERS.members["Functional"])


def operation_names(operations: list[list[Node]]) -> list[str]:
    """A name for each operation: the layer's, or one made from the op's and not taken yet."""
    taken = {calls[0].operation.name for calls in operations if _is_layer(calls)}
    count: Counter[str] = Counter()
    names = []
    for calls in operations:
        if _is_layer(calls):
            names.append(calls[0].operation.name)
            continue
        word = name = snake_case(calls[0].operation.__name__)
        while name in taken:
            count[word] += 1
            name = f"{word}_{count[word]}"
        taken.add(name)
        names.append(name)
    return names


def _is_layer(calls: list[Node]) -> bool:
    return isinstance(calls[0].operation, Layer)


def _operation_config(name: str, calls: list[Node], place: dict[int, Any]) -> dict[str, Any]:
    """A layer or op with its calls."""
    operation = calls[0].operation
    if isinstance(operation, Layer):
        config = serialize(operation)
        nodes = [_call_config(*node.arguments, place) for node in calls if node.input_tensors]
    else:
        config, args, kwargs = op_config(operation, *calls[0].arguments)
        config["config"] = {"name": name, **serialize(config["config"])}
        config["registered_name"] = None
        nodes = [_call_config(args, kwargs, place)]
    return {**config, "name": name, "inbound_nodes": nodes}


def _call_config(args: Any, kwargs: dict[str, Any], place: dict[int, Any]) -> dict[str, Any]:
    def leaf(value: Any) -> Any:
        if not isinstance(value, KerasTensor):
            return serialize(value)
        node, index = value.history
        return {
            "class_name": "__keras_tensor__",
            "config": {
                "shape": list(value.shape),
                "dtype": value.dtype,
                "keras_history": [*place[id(node)], index],
            },
        }

    kwargs = map_leaves(leaf, kwargs)
    if isinstance(kwargs.get("training"), bool):
        kwargs["training"] = int(kwargs["training"])  # see `_as_meant`
    return {"args": map_leaves(leaf, list(args)), "kwargs": kwargs}


class _NotYet(Exception):
    """A call whose inputs are not made yet."""


def functional_from_config(cls: type, config: dict[str, Any], custom_objects: Any = None) -> Any:
    """The model that `functional_config` described."""
    with custom_object_scope(custom_objects or {}):
        made = _make_calls(config["layers"])

    def end(place: list[Any]) -> KerasTensor:
        name, call, index = place
        operation, outputs = made[name]
        return outputs[call - _is_functional(operation)][index]

    rest = {k: v for k, v in config.items() if k not in ("layers", "trainable")}
    inputs = _map_ends(end, rest.pop("input_layers"))
    outputs = _map_ends(end, rest.pop("output_layers"))
    model = cls(inputs=inputs, outputs=outputs, **rest)
    model._trainable = config.get("trainable", True)  # each layer has its own
    return model


def _map_ends(end: Callable[[list[Any]], KerasTensor], structure: Any) -> Any:
    """Nested [name, call, index] as nested tensors."""
    if isinstance(structure, dict):
        return {key: _map_ends(end, part) for key, part in structure.items()}
    if len(structure) == 3 and isinstance(structure[0], str):
        return end(structure)
    return [_map_ends(end, part) for part in structure]


def _make_calls(configs: list[dict[str, Any]]) -> dict[str, tuple[Any, list[Any]]]:
    """Make the layers and call them on each other's outputs.

    Returns:
        Name -> (layer or op, its outputs of each call).
    """
    made: dict[str, tuple[Any, list[Any]]] = {}
    todo: dict[str, list[dict]] = {}
    for config in configs:
        operation = find_op(config) or deserialize(config, family=LAYERS)
        outputs = [leaves(operation.output)] if _is_input(operation) else []
        made[config["name"]] = (operation, outputs)
        todo[config["name"]] = list(config["inbound_nodes"])
    while any(todo.values()):
        before = sum(map(len, todo.values()))
        for name, calls in todo.items():
            operation, outputs = made[name]
            while calls:
                try:
                    args, kwargs = _arguments(calls[0], made)
                except _NotYet:
                    break
                outputs.append(leaves(operation(*args, **_as_meant(operation, kwargs))))
                del calls[0]
        if sum(map(len, todo.values())) == before:
            stuck = [name for name, calls in todo.items() if calls]
            raise UserError(f"Model: the config has a loop, or lacks an input of {short(stuck)}.")
    return made


def _as_meant(operation: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call without a `training` that nobody gave.

    Keras 3 writes one for each call, as true or false, and goes by what the whole model is told;
    denser writes what was given only, and goes by it: as 1 or 0, which Keras reads, too.
    """
    training = kwargs.get("training")
    if not isinstance(training, bool) or not isinstance(operation, Layer):
        return kwargs
    default = inspect.signature(operation.call).parameters.get("training")
    if training and default is not None and default.default is not True:
        return kwargs  # somebody gave it: a layer that draws when it predicts, too
    return {name: value for name, value in kwargs.items() if name != "training"}


def _is_input(operation: Any) -> bool:
    return isinstance(operation, LAYERS.members["InputLayer"])


def _arguments(call: Any, made: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call, with tensors in place of what names them."""
    if not isinstance(call, dict):
        raise UserError(
            "Model: the config is of the format before Keras 3, which is not read. Save the model "
            "anew with Keras 3."
        )

    def tensor(name: str, number: int, index: int) -> Any:
        if name not in made:
            raise UserError(f"Model: the config calls a layer on {name!r}, which it does not have.")
        outputs = made[name][1]
        if number >= len(outputs):
            raise _NotYet
        return outputs[number][index]

    def bring(value: Any) -> Any:
        if isinstance(value, list):
            return [bring(part) for part in value]
        if not isinstance(value, dict):
            return value
        if value.get("class_name") == "__keras_tensor__":
            return tensor(*value["config"]["keras_history"])
        if "class_name" in value:
            return deserialize(value)
        return {key: bring(part) for key, part in value.items()}

    return bring(call["args"]), bring(call["kwargs"])
