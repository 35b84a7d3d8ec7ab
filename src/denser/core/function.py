"""Function: the operations between some symbolic tensors, to be run on data again."""

from typing import Any

from . import graph
from .naming import auto_name
from .tensor import KerasTensor, any_symbolic, as_array, leaves, map_leaves


class Function:
    """The computation that leads from some symbolic tensors to others; it owns no Variables.

    Args:
        inputs, outputs: Symbolic tensors, or nested lists, tuples and dicts of them.
        name: Its name.

    Example:
        >>> x = KerasTensor((None, 2))
        >>> double = Function(x, x * 2)
        >>> double([[1.0, 2.0]]).tolist()
        [[2.0, 4.0]]
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None):
        self.name = name or auto_name("function")
        self._graph = graph.Graph(inputs, outputs)

    inputs = property(lambda self: leaves(self._graph.inputs), doc="The inputs as a flat list.")
    outputs = property(lambda self: leaves(self._graph.outputs), doc="The outputs likewise.")
    input = property(lambda self: self._graph.inputs, doc="The inputs as they were given.")
    output = property(lambda self: self._graph.outputs, doc="The outputs as they were given.")

    @property
    def operations(self) -> list[Any]:
        """What is called on the way, in order."""
        return list({id(n.operation): n.operation for n in self._graph.nodes}.values())

    def call(self, inputs: Any) -> Any:
        """The outputs for data, or for other symbolic tensors, in the structure of the inputs."""
        if not any_symbolic(inputs):
            given = inputs if isinstance(self.input, (list, tuple, dict)) else [inputs]
            given = [as_array(x) for x in (given.values() if isinstance(given, dict) else given)]
            return self._graph.run(given)
        return self._graph.run(inputs)

    __call__ = call

    def compute_output_spec(self, inputs: Any) -> Any:
        """The outputs, as KerasTensors, for KerasTensors."""
        return graph.infer(self._graph.run, inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for inputs of these shapes."""
        shapes = [input_shape] if len(self.inputs) == 1 else list(input_shape)
        given = [KerasTensor(s, t.dtype) for s, t in zip(shapes, self.inputs, strict=True)]
        return map_leaves(lambda t: t.shape, self.compute_output_spec(given))


def get_source_inputs(tensor: Any) -> list[KerasTensor]:
    """The symbolic inputs that a symbolic tensor is computed from, each once.

    Example:
        >>> x, y = KerasTensor((None, 2)), KerasTensor((None, 2))
        >>> [t is s for t, s in zip(get_source_inputs(x + y), (x, y))]
        [True, True]
    """
    found: dict[int, KerasTensor] = {}
    seen: set[int] = set()
    todo = [tensor]
    while todo:
        present = todo.pop(0)
        if id(present) in seen:
            continue
        seen.add(id(present))
        node = present.history[0] if present.history else None
        if node is None or not node.input_tensors:
            found[id(present)] = present
        else:
            todo = [*node.input_tensors, *todo]
    return list(found.values())
