"""A model as plain boxes and edges, which is all that the pictures know of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ..core.graph import Graph
from ..core.tensor import leaves
from .diagram import Box, Edge, Shape

_DETAILS = ("rate", "kernel_size", "pool_size")


def describe(model: Any, expand_nested: bool = False) -> tuple[list[Box], list[Edge]]:
    """The boxes of a model's layers in the order of computation, and the edges between them.

    A layer that is called several times is one box; an op in a Functional model is a box too. A
    subclassed model, whose `call` is a program, is a single box.

    Args:
        model: A Sequential (built or not), Functional or subclassed model.
        expand_nested: Whether models inside the model show their own layers.

    Example:
        >>> boxes, edges = describe(Sequential([Input((4,)), Dense(2)]))
        >>> [box.kind for box in boxes]
        ['InputLayer', 'Dense']
    """
    if _known(model, "inputs") is not None:
        return _graph(Graph(model.inputs, model.outputs), expand_nested)
    if not hasattr(model, "add"):
        return [_box("0", model, expand_nested=False)], []
    boxes = [_box(str(n), layer, expand_nested) for n, layer in enumerate(model.layers)]
    return boxes, [(left.key, right.key) for left, right in pairwise(boxes)]


def _graph(graph: Graph, expand_nested: bool) -> tuple[list[Box], list[Edge]]:
    boxes: dict[str, Box] = {}
    edges: list[Edge] = []
    source: dict[int, str] = {}  # which box gives a tensor
    for index, tensor in enumerate(leaves(graph.inputs)):
        key = source[id(tensor)] = f"input-{index}"
        boxes[key] = Box(
            key, tensor.name, "InputLayer", output_shape=tensor.shape, dtype=tensor.dtype
        )
    keys: dict[int, str] = {}  # a layer's box; an op is a new box at each call
    for index, node in enumerate(graph.nodes):
        key = keys.setdefault(id(node.operation), str(index))
        if not hasattr(node.operation, "count_params"):
            key = str(index)
        if key not in boxes:
            given = _one([tensor.shape for tensor in node.input_tensors])
            made = _one([tensor.shape for tensor in node.output_tensors])
            dtype = node.output_tensors[0].dtype
            boxes[key] = _box(key, node.operation, expand_nested, given, made, dtype)
        edges += [(source[id(tensor)], key) for tensor in node.input_tensors]
        source.update((id(tensor), key) for tensor in node.output_tensors)
    return list(boxes.values()), list(dict.fromkeys(edges))


def _box(
    key: str,
    layer: Any,
    expand_nested: bool,
    input_shape: Shape | list[Shape] | None = None,
    output_shape: Shape | list[Shape] | None = None,
    dtype: str = "",
) -> Box:
    if not hasattr(layer, "count_params"):
        kind = getattr(layer, "__name__", type(layer).__name__)
        return Box(key, "", kind, input_shape, output_shape, dtype=dtype)
    inside = describe(layer, True) if expand_nested and _known(layer, "layers") else ((), ())
    if len(inside[0]) == 1:
        inside = ((), ())
    activation = getattr(_known(layer, "activation"), "__name__", "")
    detail = next((value for name in _DETAILS if (value := _known(layer, name))), "")
    return Box(
        key,
        layer.name,
        type(layer).__name__,
        input_shape or _shape(layer, "input_shape"),
        output_shape or _shape(layer, "output_shape"),
        layer.count_params() if _known(layer, "built") else None,
        "" if activation == "linear" else activation,
        dtype or str(_known(layer, "compute_dtype") or ""),
        bool(_known(layer, "trainable")),
        " × ".join(map(str, detail)) if isinstance(detail, tuple | list) else str(detail),
        *inside,
    )


def _known(thing: Any, name: str) -> Any:
    """An attribute's value, or None where the thing lacks it or cannot tell it yet."""
    try:
        return getattr(thing, name, None)
    except (ValueError, RuntimeError):
        return None


def _shape(layer: Any, name: str) -> Shape | list[Shape] | None:
    shape = _known(layer, name)
    if isinstance(shape, dict):
        return _one([tuple(one) for one in shape.values()])
    if shape and isinstance(shape[0], tuple | list):
        return _one([tuple(one) for one in shape])
    return None if shape is None else tuple(shape)


def _one(shapes: list[Shape]) -> Shape | list[Shape]:
    return shapes[0] if len(shapes) == 1 else shapes
