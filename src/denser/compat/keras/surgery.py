"""Surgery: models taken apart by `model.layers.pop()` and `model.outputs = [...]`."""

from collections.abc import Callable
from typing import Any

from ...models import Functional, Model, Sequential
from ..era import eras
from ..notes import note
from ..patches import patches


def install() -> None:
    """Let models be taken apart so."""
    for model in (Functional, Sequential):
        patches.put(model, layers=property(_live(model.layers.fget)))  # type: ignore[attr-defined]
    patches.put(Model, outputs=property(Model.outputs.fget, _set_outputs))  # type: ignore[attr-defined]


class _Layers(list):
    """The layers of a model, which takes part in a `pop`."""

    def __init__(self, layers: list, model: Any):
        super().__init__(layers)
        self.model = model

    def pop(self, index: Any = -1) -> Any:
        """Take a layer out of the list, and the last one of a Sequential out of the model."""
        note("model.layers.pop()", "Model(model.input, model.layers[-2].output)")
        layer = super().pop(index)
        if isinstance(self.model, Sequential) and layer is self.model._layers[-1]:
            self.model.pop()
        elif layer in self.model._layers:
            self.model._layers = [mine for mine in self.model._layers if mine is not layer]
        return layer


def _live(layers: Callable[[Any], list]) -> Callable[[Any], list]:
    def live(self: Any) -> list:
        found = layers(self)
        return _Layers(found, self) if eras.present() in ("1", "2") else found

    return live


def _set_outputs(self: Any, outputs: Any) -> None:
    """The network between the same inputs and other outputs."""
    note("model.outputs = outputs", "Model(model.inputs, outputs)")
    given = self._graph.inputs
    made = Functional(given, outputs[0] if len(outputs) == 1 else outputs)
    self._graph = made._graph
    if not isinstance(self, Sequential):
        self._layers = made._layers
    self._forget_programs()
