"""Graph: which operation made which symbolic tensor, and the replay of it with data."""

import itertools
import threading
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

import jax

from .masks import get_mask, set_mask
from .messages import UserError, UserTypeError, who
from .tensor import KerasTensor, leaves, map_leaves
from .variable import Scope

# Shapes are inferred with numbers in place of unknown sizes, twice: a size that differs between the
# two depends on an unknown one. Multiples of many numbers, so that reshapes and splits divide.
_BATCH, _OTHER = 720, 2520
_FEW = 64  # numbers at most that are taken for sizes


class Node:
    """One call of an operation (a layer or an op) on symbolic tensors.

    Attributes:
        operation: What was called.
        arguments: Its (args, kwargs), with KerasTensors where data will be.
        outputs: What it returned: nested KerasTensors.
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict[str, Any], outputs: Any):
        self.operation = operation
        self.arguments = (args, kwargs)
        self.outputs = outputs
        self.input_tensors = [t for t in leaves([args, kwargs]) if isinstance(t, KerasTensor)]
        self.output_tensors = [t for t in leaves(outputs) if isinstance(t, KerasTensor)]
        for index, tensor in enumerate(self.output_tensors):
            tensor.history = (self, index)

    @property
    def parents(self) -> list["Node"]:
        """The nodes that this one's inputs come from."""
        return [t.history[0] for t in self.input_tensors if t.history is not None]

    def fill(self, values: dict[int, Any]) -> tuple[tuple, dict[str, Any]]:
        """The arguments with the value of each KerasTensor in its place."""

        def value(leaf: Any) -> Any:
            return values[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

        args, kwargs = self.arguments
        return map_leaves(value, args), map_leaves(value, kwargs)


class _Present(threading.local):
    """The numbers that stand for unknown sizes in this thread, while shapes are inferred."""

    probe: tuple[int, int] | None = None


_present = _Present()


def public_shape(x: Any) -> tuple[int | None, ...]:
    """The shape of `x`, with None again where a number only stands for an unknown size."""
    if _present.probe is None:
        return tuple(x.shape)
    batch, other = _present.probe
    return tuple(
        None if size == (batch if axis == 0 else other) else size
        for axis, size in enumerate(x.shape)
    )


def is_inferring() -> bool:
    """Whether shapes are being inferred, with numbers in place of unknown sizes."""
    return _present.probe is not None


def infer(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What `function` returns for KerasTensors among its arguments, as KerasTensors.

    The function runs on shapes only; what it assigns to Variables is forgotten. Masks go along.
    """
    given = _symbolic(args, kwargs)
    tensors = [t for t in given if t.at is None]
    unknown = len(tensors) < len(given) or any(None in t.shape for t in tensors)
    if any(t.dtype == "string" for t in tensors):
        owner = getattr(function, "__self__", None)
        raise UserTypeError(
            f"{who(owner) if owner is not None else function.__name__}: takes numbers; it was "
            "given text. Put a TextVectorization, StringLookup or Hashing layer before it."
        )
    masks = list(map(get_mask, tensors))
    form: Any = None

    def on_shapes(sizes: tuple[int, int], arrays: list[Any], masks: list[Any]) -> Any:
        nonlocal form
        by_id = {id(t): array for t, array in zip(tensors, arrays, strict=True)}
        by_id |= {id(t): t.at(*sizes) for t in given if t.at is not None}
        for array, mask in zip(arrays, masks, strict=True):
            set_mask(array, mask)

        def value(leaf: Any) -> Any:
            return by_id[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

        with Scope(closed=True):  # not into a Scope around it
            result = function(*map_leaves(value, args), **map_leaves(value, kwargs))
        form = map_leaves(lambda _: None, result)
        found = leaves(result)  # JAX would sort the entries of dicts
        return found, list(map(get_mask, found))

    def probe(batch: int, other: int) -> Any:
        def sized(t: Any) -> Any:
            shape = tuple(
                (batch if axis == 0 else other) if size is None else size
                for axis, size in enumerate(t.shape)
            )
            return jax.ShapeDtypeStruct(shape, t.dtype)

        specs = [list(map(sized, tensors)), [m if m is None else sized(m) for m in masks]]
        outer = _present.probe
        _present.probe = (batch, other) if unknown else outer
        try:
            return jax.eval_shape(partial(on_shapes, (batch, other)), *specs)
        finally:
            _present.probe = outer

    others = _not_real_sizes(tensors)
    first = probe(_BATCH, next(others))
    second = first
    if unknown:
        second = probe(2 * _BATCH, next(others))
    made, masks = jax.tree.map(_merge, first, second, is_leaf=lambda leaf: leaf is None)
    for tensor, mask in zip(made, masks, strict=True):
        if mask is not None:
            set_mask(tensor, mask)
    merged = iter(made)
    return map_leaves(lambda _: next(merged), form)


def _not_real_sizes(tensors: list[KerasTensor]) -> Iterator[int]:
    """Numbers to stand for an unknown size: those that some tensor really has would be taken for
    unknown ones."""
    real = {size for tensor in tensors for size in tensor.shape}
    return (size for size in itertools.count(_OTHER, _OTHER) if size not in real)


def _merge(one: Any, two: Any) -> Any:
    if not hasattr(one, "shape"):
        return one
    sizes = tuple(a if a == b else None for a, b in zip(one.shape, two.shape, strict=True))
    return KerasTensor(sizes, one.dtype.name)


def record(operation: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """Call an op symbolically: infer its outputs and remember where they come from."""
    function = getattr(operation, "function", operation)
    outputs = infer(function, *args, **kwargs)
    few = isinstance(outputs, KerasTensor) and outputs.size is not None and outputs.size <= _FEW
    if few and all(t.at for t in _symbolic(args, kwargs)):  # sizes, and what is computed of them

        def at(batch: int, other: int) -> Any:
            def value(leaf: Any) -> Any:
                known = leaf.at if isinstance(leaf, KerasTensor) else None
                return leaf if known is None else known(batch, other)

            return _at_once(function)(*map_leaves(value, args), **map_leaves(value, kwargs))

        outputs.at, operation = at, _at_once(operation)
    return Node(operation, args, kwargs, outputs).outputs


def _symbolic(*structures: Any) -> list[KerasTensor]:
    return [t for t in leaves(list(structures)) if isinstance(t, KerasTensor)]


def _at_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of known numbers, computed at once also while JAX traces what calls it: what it
    gives can be a size there."""

    @wraps(function)
    def at_once(*args: Any, **kwargs: Any) -> Any:
        with jax.ensure_compile_time_eval():
            return function(*args, **kwargs)

    return at_once


class Graph:
    """The nodes between some input and some output tensors, in an order in which they can run.

    Args:
        inputs, outputs: Nested KerasTensors.

    Raises:
        UserError: where an output needs a tensor that no input leads to.
    """

    def __init__(self, inputs: Any, outputs: Any):
        self.inputs, self.outputs = inputs, outputs
        self.nodes = list(self._order([t for t in leaves(outputs) if t is not None]))

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along, the nodes first: met in their order, none leads to
        another that is not known yet, however deep the graph."""
        return {"nodes": self.nodes} | self.__dict__

    def _order(self, outputs: list[KerasTensor]) -> Iterator[Node]:
        known = {id(t) for t in leaves(self.inputs)}
        done: set[int] = set()
        stack: list[tuple[KerasTensor, bool]] = [(t, False) for t in reversed(outputs)]
        while stack:
            tensor, ready = stack.pop()
            if id(tensor) in known:
                continue
            node = tensor.history[0] if tensor.history else None
            if node is None or not node.input_tensors:
                raise UserError(
                    f"Graph: {tensor} leads to the outputs but is none of the inputs. "
                    "Add it to `inputs`."
                )
            if ready:
                if id(node) not in done:
                    done.add(id(node))
                    known.update(id(t) for t in node.output_tensors)
                    yield node
            elif id(node) not in done:
                stack.append((tensor, True))
                stack.extend((t, False) for t in reversed(node.input_tensors))

    def run(self, inputs: Any, call: Callable[[Node, tuple, dict], Any] | None = None) -> Any:
        """Replay the nodes on data.

        Args:
            inputs: Data in the structure of the graph's inputs.
            call: How a node runs on its filled arguments; None calls its operation.
        """
        pairs = zip(leaves(self.inputs), leaves(inputs), strict=True)
        values = {id(tensor): value for tensor, value in pairs}
        for node in self.nodes:
            args, kwargs = node.fill(values)
            result = call(node, args, kwargs) if call else node.operation(*args, **kwargs)
            for tensor, value in zip(node.output_tensors, leaves(result), strict=False):
                values[id(tensor)] = value
        return map_leaves(lambda t: None if t is None else values[id(t)], self.outputs)
