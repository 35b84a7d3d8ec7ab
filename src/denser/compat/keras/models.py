"""Attributes, methods and arguments that models once had."""

import functools
from collections.abc import Callable
from typing import Any

from ...core.tensor import KerasTensor
from ...models import Functional, Model, Sequential
from ..era import eras
from ..notes import note
from ..patches import patches
from .layers import Merge

_ARGUMENTS_OF_MODEL = {"input": "inputs", "output": "outputs"}


def install() -> None:
    """Put them on denser's classes."""
    patches.put(
        Model,
        __new__=_new_model(Model.__new__),
        to_yaml=_to_yaml,
        output_names=_unlike(Model.output_names),  # type: ignore[arg-type]
        metrics_names=property(_metrics_names),
        total_loss=property(lambda self: self.compute_loss),
        reset_states=_reset_states,
        state_updates=property(lambda self: []),
        uses_learning_phase=True,
    )
    patches.put(Functional, __init__=_init_functional(Functional.__init__))
    patches.put(Sequential, add=_add(Sequential.add), _connect=_connect(Sequential._connect))


def _new_model(new: Callable[..., Any]) -> Any:
    def __new__(cls: type, *args: Any, **kwargs: Any) -> Any:
        return new(cls, *args, **_todays_ends(kwargs))

    return staticmethod(__new__)


def _init_functional(init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs = _todays_ends(kwargs)
        if eras.present() != "3":
            args = (*map(_alone, args[:2]), *args[2:])
            kwargs |= {n: _alone(kwargs[n]) for n in ("inputs", "outputs") if n in kwargs}
        init(self, *args, **kwargs)

    return __init__


def _alone(ends: Any) -> Any:
    """The only tensor of a list, which once meant the tensor."""
    single = isinstance(ends, (list, tuple)) and len(ends) == 1
    return ends[0] if single and isinstance(ends[0], KerasTensor) else ends


def _todays_ends(kwargs: dict[str, Any]) -> dict[str, Any]:
    """`input` and `output` by today's names."""
    for old, today in _ARGUMENTS_OF_MODEL.items():
        if old in kwargs and today not in kwargs:
            note(f"Model({old}=)", f"Model({today}=)")
            kwargs = {**kwargs, today: kwargs[old]}
            del kwargs[old]
    return kwargs


def _add(add: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(add)
    def with_merge(self: Any, layer: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(layer, Merge) and layer.layers is not None and not self._layers:
            layer = layer.as_model()
        add(self, layer, *args, **kwargs)

    return with_merge


def _connect(connect: Callable[..., None]) -> Callable[..., None]:
    """A stack that begins with a model of several inputs has these for its own."""

    @functools.wraps(connect)
    def with_several_inputs(self: Any) -> None:
        first = self._layers[0] if self._layers else None
        if not isinstance(first, Functional) or len(first.inputs or ()) < 2:
            return connect(self)
        self._disconnect()
        tensors = self._tensors or [first.output]
        for layer in self._layers[len(tensors) :]:
            tensors.append(layer(tensors[-1]))
        self._tensors = tensors
        self._graph = type(first._graph)(first._graph.inputs, tensors[-1])
        self.built = True

    return with_several_inputs


_names_of_metrics: Callable[[Any], list[str]] = Model.metrics_names.fget  # type: ignore[attr-defined]


def _metrics_names(self: Any) -> list[str]:
    """The names as `evaluate` orders the values: all losses, then each output's metrics."""
    counted = self._compiled_metrics
    if eras.present() == "3" or counted is None or not counted.built:
        return _names_of_metrics(self)
    return list(self.get_metrics_result())


def _unlike(names: property) -> property:
    """The outputs' names, of which several may be of one inner model, made unlike each other."""

    def unlike(self: Any) -> list[str] | None:
        found = names.__get__(self)
        if found is None or len(set(found)) == len(found):
            return found
        before = [found[:index].count(name) for index, name in enumerate(found)]
        return [f"{n}_{k}" if k else n for n, k in zip(found, before, strict=True)]

    return property(unlike, doc=names.__doc__)


def _to_yaml(self: Any, **kwargs: Any) -> str:
    """The architecture as YAML: as JSON, which is YAML too."""
    note("to_yaml()", "to_json()")
    return self.to_json()


def _reset_states(self: Any) -> None:
    """Set the states of all stateful layers to zero."""
    for layer in self._flatten_layers(include_self=False):
        if getattr(layer, "stateful", False):
            layer.reset_state()
