"""Losses of symbolic tensors: `model.add_loss(tensor)`, and loss functions that use tensors from
inside the model, as variational autoencoders were written.

A model that has some computes those tensors beside its outputs, in one graph.
"""

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

from ...core.changes import changed
from ...core.graph import Graph
from ...core.messages import UserError
from ...core.tensor import KerasTensor, any_symbolic, leaves, map_leaves
from ...layers import Layer
from ...metrics import Mean
from ...models.functional import Functional, run_graph
from ...models.model import Model
from ...models.sequential import Sequential
from ..patches import patches

_DEPTH = 4  # of functions that a loss calls, in which tensors are looked for


class _Carried:
    """What a model computes beside its outputs: tensors, of which some are losses or metrics."""

    def __init__(self) -> None:
        self.tensors: list[KerasTensor] = []
        self.losses: list[KerasTensor] = []
        self.metrics: list[tuple[KerasTensor, Mean]] = []
        self.values: dict[int, Any] = {}  # of the call under way
        self.graph: Any = None


def install() -> None:
    """Let models take symbolic losses and metrics."""
    for cls in (Functional, Sequential):
        patches.put(cls, call=_with_carried(cls.call), add_loss=_add_loss(cls.add_loss))
    patches.put(Layer, add_loss=_add_loss_of(Layer.add_loss), add_update=_add_update)
    patches.put(
        Model,
        add_metric=add_metric,
        _find_pads=_find_pads(Model._find_pads),
        _build_for=_in_batches(Model._build_for),
    )


def _carried(model: Any) -> _Carried:
    if "_carries" not in model.__dict__:
        model.__dict__["_carries"] = _Carried()
    return model.__dict__["_carries"]


def _carry(model: Any, tensors: list[KerasTensor]) -> _Carried:
    """Let a model compute these tensors whenever it is called.

    Raises:
        UserError: where a tensor does not come from the model's inputs.
    """
    carried = _carried(model)
    known = {id(t) for t in carried.tensors}
    tensors = [*carried.tensors, *(t for t in tensors if id(t) not in known)]
    carried.graph = Graph(model._graph.inputs, [model._graph.outputs, tensors])
    carried.tensors = tensors
    changed()
    model._forget_programs()
    return carried


def _with_carried(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def with_carried(self: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        carried = self.__dict__.get("_carries")
        if carried is None:
            return call(self, inputs, training=training, mask=mask)
        outputs, values = run_graph(self, carried.graph, inputs, mask)
        carried.values = {id(t): v for t, v in zip(carried.tensors, values, strict=True)}
        for tensor in carried.losses:
            self.add_loss(carried.values[id(tensor)])
        for tensor, metric in carried.metrics:
            metric.update_state(carried.values[id(tensor)])
        return outputs

    return with_carried


def _find_pads(find: Callable[..., bool]) -> Callable[..., bool]:
    """Such a tensor may be a mean over the batch: rows that only fill one up would count."""
    return lambda self: "_carries" not in self.__dict__ and find(self)


def _in_batches(build_for: Callable[..., None]) -> Callable[..., None]:
    """A graph whose inputs have a batch of a known size is tried with that: its functions may have
    the size written in them."""

    @functools.wraps(build_for)
    def with_batch(self: Any, kind: str, spec: Any, rows: int | None = None) -> None:
        sizes = {t.shape[0] for t in self.inputs or () if t.shape}
        if len(sizes) == 1 and None not in sizes:
            (size,) = sizes
            spec = map_leaves(
                lambda t: None if t is None else KerasTensor((size, *t.shape[1:]), t.dtype), spec
            )
        build_for(self, kind, spec, rows)

    return with_batch


def _add_loss_of(method: Callable[..., Any]) -> Callable[..., Any]:
    """A layer's `add_loss` was also told the inputs that the loss depends on."""
    return lambda self, losses, inputs=None: method(self, losses)


def _add_update(self: Any, updates: Any, inputs: Any = None) -> None:
    """Nothing: what is assigned in `call` is assigned by then."""


def _add_loss(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def add_loss(self: Any, loss: Any, *args: Any, **kwargs: Any) -> None:
        if callable(loss) and not isinstance(loss, KerasTensor):
            loss = loss()
        if not any_symbolic([loss]):
            return method(self, loss)
        tensors = leaves(loss)
        _carry(self, tensors).losses += tensors

    return add_loss


def add_metric(self: Any, value: Any, name: str | None = None, aggregation: Any = None) -> None:
    """Show the mean of a symbolic tensor, or of a value in `call`, among the metrics."""
    if any_symbolic([value]):
        metric = Mean(name=name or "metric")
        carried = _carry(self, [value])
        carried.metrics.append((value, metric))
        metrics = [m for _, m in carried.metrics]
        self._symbolic_metrics = metrics
        return
    made = self.__dict__.setdefault("_added_metrics", {})
    key = name or "metric"
    if key not in made:
        made[key] = Mean(name=key)
        changed()
    made[key].update_state(value)


def take_outer_tensors(model: Any, loss: Any, number: int = 0) -> Any:
    """The loss, where it uses symbolic tensors of the model's, as one that gets their values."""
    if isinstance(loss, dict):
        return {key: take_outer_tensors(model, each) for key, each in loss.items()}
    if isinstance(loss, (list, tuple)):
        return [take_outer_tensors(model, each, number) for number, each in enumerate(loss)]
    if any_symbolic([loss]):
        raise UserError("compile: `loss` is a tensor; write model.add_loss(tensor) for it.")
    if not isinstance(loss, (types.FunctionType, functools.partial)) or model._graph is None:
        return loss
    tensors = list({id(t): t for t in _outer_tensors(loss, _DEPTH)}.values())
    if not tensors:
        return loss
    try:
        carried = _carry(model, tensors)
    except UserError:  # of another model: the function says itself what it does with them
        return loss
    return _given_values(loss, carried, tensors, model.outputs[number : number + 1])


def _outer_tensors(function: Any, depth: int) -> Iterator[KerasTensor]:
    """The symbolic tensors that a function finds outside itself, by its names and its closure."""
    found = inspect_values(function)
    for value in found:
        if isinstance(value, KerasTensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (part for part in value if isinstance(part, KerasTensor))
        elif isinstance(value, types.FunctionType) and depth and value is not function:
            if value.__module__.split(".")[0] != "denser":
                yield from _outer_tensors(value, depth - 1)


def inspect_values(function: Any) -> list[Any]:
    """What the names in a function's code mean outside of it, and what is bound to it."""
    if isinstance(function, functools.partial):
        bound = [*function.args, *function.keywords.values()]
        return bound + inspect_values(function.func)
    if not isinstance(function, types.FunctionType):
        return []
    code, todo, names = function.__code__, [function.__code__], set()
    while todo:  # functions and comprehensions inside it
        inner = todo.pop()
        names.update(inner.co_names)
        todo += [const for const in inner.co_consts if isinstance(const, types.CodeType)]
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    closed = []
    for _, cell in cells:
        try:
            closed.append(cell.cell_contents)
        except ValueError:  # not assigned yet
            continue
    return closed + [function.__globals__[n] for n in sorted(names) if n in function.__globals__]


def _given_values(
    loss: Any, carried: _Carried, tensors: list[KerasTensor], output: list[KerasTensor]
) -> Callable[..., Any]:
    """A loss of arrays: the record of `loss` on symbolic tensors, run with the values that these
    have in the call under way. What it predicts is the model's `output` itself where that has the
    shape, so that gradients of it by the other tensors are known."""
    records: dict[Any, Graph] = {}

    def record(*forms: KerasTensor) -> Graph:
        places = list(forms)
        if output and output[0].shape == places[1].shape:
            places[1] = output[0]
        return Graph([*places, *tensors], loss(*places))

    @functools.wraps(loss)
    def with_values(y_true: Any, y_pred: Any) -> Any:
        batch = next((t.shape[0] for t in tensors if t.shape), None)
        given = (y_true, y_pred)
        shapes = tuple((batch, *y.shape[1:]) for y in given)
        if shapes not in records:
            forms = [KerasTensor(s, y.dtype) for s, y in zip(shapes, given, strict=True)]
            try:
                records[shapes] = record(*forms)
            except (TypeError, ValueError):  # it may only fit the size that the batch has
                shapes = tuple(y.shape for y in given)
                records[shapes] = record(*(KerasTensor(y.shape, y.dtype) for y in given))
        values = [carried.values[id(tensor)] for tensor in tensors]
        return records[shapes].run([y_true, y_pred, *values])

    return with_values
