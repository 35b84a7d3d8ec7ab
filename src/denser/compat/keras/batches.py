"""Batches of a size that a function has written in it: `K.random_normal(shape=(batch_size, 2))`.

While shapes are inferred a number that no script has stands for the unknown size of a batch. A
graph of TensorFlow's took the size that it met; here the function is tried again with that.
"""

import functools
import re
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from ...core import graph
from ...core.tensor import KerasTensor, leaves, map_leaves
from ...models.model import Model
from ..patches import patches

_FIRST_SIZE = re.compile(r"\((\d+),")  # of the shapes in an error
_MOST = 6  # sizes that are tried


def install() -> None:
    """Let what is called symbolically say the size of its batch by what only fits that."""
    patches.put(graph, infer=_with_written_sizes(graph.infer))
    patches.put(Model, _find_pads=_find_pads(Model._find_pads))


def _find_pads(find: Callable[..., bool]) -> Callable[..., bool]:
    """A graph with a size written in it takes batches of that size alone."""

    def find_pads(self: Any) -> bool:
        graph = self._graph
        made = [] if graph is None else [t for node in graph.nodes for t in node.output_tensors]
        written = any(t.shape and t.shape[0] for t in made)
        places = leaves(graph.inputs) if graph is not None and written else []
        return not any(t.shape and t.shape[0] is None for t in places) and find(self)

    return find_pads


def _with_written_sizes(infer: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(infer)
    def infer_too(function: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return infer(function, *args, **kwargs)
        except (TypeError, ValueError) as error:
            tensors = [t for t in leaves([args, kwargs]) if isinstance(t, KerasTensor)]
            if not any(t.shape and t.shape[0] is None for t in tensors):
                raise
            sizes = list(dict.fromkeys(_sizes(error, tensors)))[:_MOST]
            for size in sizes:
                try:
                    return infer(function, *_in_rows(args, size), **_in_rows(kwargs, size))
                except Exception:  # not this size: the first error is what the user sees
                    continue
            raise

    return infer_too


def _in_rows(structure: Any, size: int) -> Any:
    """Nested tensors with that size for the batch, where it is unknown."""

    def known(leaf: Any) -> Any:
        if not isinstance(leaf, KerasTensor) or not leaf.shape or leaf.shape[0] is not None:
            return leaf
        return KerasTensor((size, *leaf.shape[1:]), leaf.dtype)

    return map_leaves(known, structure)


def _sizes(error: Exception, tensors: list[KerasTensor]) -> Iterator[int]:
    """What the batch may be: what other tensors have, the sizes that the error tells, what a name
    in the user's functions calls a batch."""
    yield from (t.shape[0] for t in tensors if len(t.shape) > 1 and t.shape[0])
    told = [int(size) for size in _FIRST_SIZE.findall(str(error))]
    yield from (size for size in told if size > 1 and size % 720)
    yield from _named(error.__traceback__)


def _named(traceback: TracebackType | None) -> Iterator[int]:
    """The numbers called a batch in the functions that an error went through."""
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("__name__", "").split(".")[0] not in ("denser", "jax"):
            scopes = [frame.f_locals, frame.f_globals]
            owner = frame.f_locals.get("self")
            for scope in [*scopes, getattr(owner, "__dict__", {})]:
                for name, value in list(scope.items()):
                    if "batch" in name.lower() and type(value) is int and value > 1:
                        yield value
        traceback = traceback.tb_next
