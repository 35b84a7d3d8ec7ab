"""Reader: a layer that makes numbers of text, and how a model that begins with text is run.

JAX has no strings. A Reader's work has two halves: `read` turns what it is given, text above all,
into integers, on the host, with NumPy; `encode` is the maths behind that. Called on data it does
both. In a model that is compiled, the first half runs where the data come in (`read_text`), and the
program begins with the second (`run_read`).
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.core import Tracer

from ..core.dtype import canonical
from ..core.graph import Graph, Node
from ..core.messages import UserError, UserTypeError, short, who
from ..core.tensor import KerasTensor, leaves, map_leaves
from ..core.text import as_text, is_text
from .encoding import encode, encoded_shape
from .layer import Layer


class Read(NamedTuple):
    """The inputs of a model, its text read: `numbers` for each Reader of text (or model with such)
    in the graph's order, and what was given for the other inputs, by their names."""

    numbers: list[Any]
    given: dict[str, Any]


class Reader(Layer):
    """Base of layers that make integers of text: `read` on the host, `encode` in the program."""

    is_a_base = True
    takes_text = True
    input_dtype = "string"  # type: ignore[assignment]  # of an Input that is made for it
    output_mode = "int"

    def read(self, inputs: Any) -> np.ndarray:
        """The integers for NumPy's arrays of text or numbers."""
        raise NotImplementedError(f"{type(self).__name__} must define `read`.")

    def read_traced(self, inputs: Any) -> Any:
        """The integers for numbers that are known only when a program runs."""
        raise UserTypeError(
            f"{who(self)}: reads text, which no compiled program holds. Give a model the text "
            "itself (Input(dtype='string')), or call this layer on the data first."
        )

    def depth(self) -> int:
        """The size of the last axis of encoded outputs."""
        raise NotImplementedError(f"{type(self).__name__} must define `depth`.")

    def weights_of_tokens(self) -> Any:
        """What each token counts in a 'tf_idf' encoding; None: one."""
        return None

    def encode(self, numbers: Any) -> Any:
        """The output for the integers of `read`."""
        numbers = jax.numpy.asarray(numbers)
        if self.output_mode == "int":
            return numbers.astype(self._integers())
        mode, weights = self.output_mode, self.weights_of_tokens()
        return encode(numbers, mode, self.depth(), canonical(self._numbers()), weights)

    def _integers(self) -> str:
        asked = self.compute_dtype
        return canonical(asked if "int" in asked else "int64")

    def _numbers(self) -> str:
        return self.compute_dtype

    def call(self, inputs: Any) -> Any:
        """`encode(read(inputs))`."""
        if any(isinstance(x, Tracer) for x in leaves(inputs)):
            return self.encode(self.read_traced(inputs))
        return self.encode(self.read(inputs))

    def read_shape(self, inputs: Any) -> tuple[int | None, ...]:
        """The shape of `read`'s integers for KerasTensors."""
        return inputs.shape

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """The output, as a KerasTensor, for KerasTensors."""
        shape = self.read_shape(inputs)
        if self.output_mode == "int":
            return KerasTensor(shape, self._integers())
        shape = encoded_shape(shape, self.output_mode, self.depth())
        return KerasTensor(shape, canonical(self._numbers()))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the output for inputs of the given shape."""
        return self.compute_output_spec(KerasTensor(input_shape, "string")).shape

    def _take_arguments(self, parameters: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Data as NumPy's: JAX has neither strings nor, mostly, integers of 64 bits."""
        kwargs.pop("training", None)
        return tuple(map(self.as_given, args)), {k: self.as_given(v) for k, v in kwargs.items()}

    def as_given(self, inputs: Any) -> Any:
        """What the layer was called on, as it comes to `read`."""
        return on_host(inputs)


def on_host(x: Any) -> Any:
    """Data as NumPy's array; what is symbolic or traced as it is."""
    if isinstance(x, (KerasTensor, Tracer)):
        return x
    if is_text(x):
        return as_text(x)
    return np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)


def inputs_on_host(x: Any) -> Any:
    """Nested inputs of a model, text and lists of numbers in them as NumPy's arrays."""
    if isinstance(x, dict):
        return {key: inputs_on_host(part) for key, part in x.items()}
    if isinstance(x, (list, tuple)) and not is_text(x) and any(hasattr(p, "__len__") for p in x):
        return [inputs_on_host(part) for part in x]
    return on_host(x)


def has_text(graph: Graph | None) -> bool:
    """Whether text is among the inputs of a graph."""
    return graph is not None and any(t.dtype == "string" for t in leaves(graph.inputs))


def read_text(model: Any, inputs: list[Any]) -> Read:
    """The inputs of a model, one for each of its places, with the text read."""
    places = leaves(model._graph.inputs)
    values = {id(place): x for place, x in zip(places, inputs, strict=True)}
    numbers = []
    for node in _readers(model._graph):
        if any(id(t) not in values for t in node.input_tensors):
            raise UserError(
                f"{who(node.operation)}: reads text beside the output of another layer. In a model "
                "it can read inputs only: give that layer's output as an input."
            )
        args, kwargs = node.fill(values)
        numbers.append(node.operation.read(*args, **kwargs))
    given = {t.name: values[id(t)] for t in places if t.dtype != "string"}
    return Read(numbers, given)


def run_read(model: Any, read: Read) -> Any:
    """The outputs of a model for inputs whose text was read."""
    graph = model._graph
    numbers = {id(node): n for node, n in zip(_readers(graph), read.numbers, strict=True)}

    def call(node: Node, args: tuple, kwargs: dict[str, Any]) -> Any:
        if id(node) not in numbers:
            return node.operation(*args, **kwargs)
        is_reader = isinstance(node.operation, Reader)
        return (node.operation.encode if is_reader else node.operation)(numbers[id(node)])

    return graph.run(map_leaves(lambda place: read.given.get(place.name), graph.inputs), call)


def _readers(graph: Graph) -> list[Node]:
    """The nodes that text goes into: calls of Readers, or of models that begin with some."""
    return [n for n in graph.nodes if any(t.dtype == "string" for t in n.input_tensors)]


def batches_of(data: Any, steps: int | None = None) -> Iterator[Any]:
    """The batches to `adapt` to: the whole of an array or list, or what an iterator gives.

    Raises:
        UserTypeError: where an element is a pair of inputs and targets.
    """
    if isinstance(data, (str, bytes, list, tuple)) or hasattr(data, "shape"):
        yield on_host(data)
        return
    for number, batch in enumerate(rows_of(data)):
        if number == steps:
            return
        if isinstance(batch, tuple):
            if len(batch) != 1:
                raise UserTypeError(
                    "adapt: the data set gives tuples, of inputs and targets perhaps. Leave the "
                    "inputs alone: dataset.map(lambda x, y: x)."
                )
            batch = batch[0]
        yield on_host(batch)


def rows_of(data: Any) -> Iterable[Any]:
    """What a data set of some library gives, one after another."""
    if hasattr(data, "as_numpy_iterator"):
        return data.as_numpy_iterator()
    if hasattr(data, "__iter__"):
        return data
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return (data[i] for i in range(len(data)))
    raise UserTypeError(f"adapt: cannot read data from {short(data)}. Give an array or batches.")
