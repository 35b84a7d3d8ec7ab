"""clone_model: the same architecture with new weights."""

from collections.abc import Callable
from typing import Any

from ..core.messages import UserError, unknown_argument
from ..core.tensor import leaves, map_leaves
from ..layers.input import InputLayer
from .functional import Functional
from .model import Model
from .sequential import Sequential

_ARGUMENTS = ("model", "input_tensors", "clone_function", "call_function", "recursive")


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Model:
    """A model of the same layers, newly made, with weights of their own.

    Args:
        model: A Sequential, a Functional, or a model whose class can be made from its config.
        input_tensors: Symbolic tensors to build on; None makes new inputs.
        clone_function: Called with each layer; gives the layer to use in its place. By default a
            new one from its config.
        call_function: Called with (layer, *args, **kwargs) for each call of a Functional's layer.
        recursive: Whether models inside the model are cloned layer by layer too.
    """

    for name in kwargs:
        raise unknown_argument("clone_model", name, _ARGUMENTS)

    def copy(layer: Any) -> Any:
        if recursive and isinstance(layer, (Sequential, Functional)):
            call = None if isinstance(layer, Sequential) else call_function
            return clone_model(layer, None, clone_function, call, True)
        if clone_function is not None:
            return clone_function(layer)
        return type(layer).from_config(layer.get_config())

    if isinstance(model, Sequential):
        if call_function is not None:
            raise UserError(
                "clone_model: a Sequential holds no calls that `call_function` could replace; "
                "leave it out, or clone a Functional model."
            )
        return _clone_sequential(model, input_tensors, copy)
    if isinstance(model, Functional):
        return _clone_functional(model, input_tensors, copy, call_function)
    if clone_function is not None or input_tensors is not None:
        raise UserError(
            f"clone_model: {type(model).__name__} computes in its own `call`, so that neither "
            "`clone_function` nor `input_tensors` can be used."
        )
    return type(model).from_config(model.get_config())


def _clone_sequential(model: Sequential, tensors: Any, copy: Any) -> Sequential:
    layers = [copy(layer) for layer in model.layers]
    first = model._layers[:1]
    if tensors is not None:
        layers.insert(0, leaves(tensors)[0])
    elif first and isinstance(first[0], InputLayer):
        layers.insert(0, InputLayer.from_config(first[0].get_config()))
    return Sequential(layers, name=model.name, trainable=model.trainable, dtype=model.dtype_policy)


def _clone_functional(model: Functional, tensors: Any, copy: Any, call: Any) -> Functional:
    graph = model._graph
    if tensors is None:
        inputs = map_leaves(
            lambda t: InputLayer.from_config(t.history[0].operation.get_config()).output,
            graph.inputs,
        )
    else:
        given = iter(leaves(tensors))
        inputs = map_leaves(lambda _: next(given), graph.inputs)
    copies: dict[int, Any] = {}

    def run(node: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        operation = node.operation
        if not hasattr(operation, "get_config"):
            return operation(*args, **kwargs)
        if id(operation) not in copies:
            copies[id(operation)] = copy(operation)
        made = copies[id(operation)]
        return call(made, *args, **kwargs) if call is not None else made(*args, **kwargs)

    outputs = graph.run(inputs, run)
    return type(model)(inputs, outputs, name=model.name)
