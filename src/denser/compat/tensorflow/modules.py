"""tf.Module, and the names by which the Variables below an object are found."""

from collections.abc import Callable, Iterator
from typing import Any

from ...core.variable import Variable
from ...layers.module import Module as _Layer
from ...optimizers import Optimizer

watchers: list[Callable[[], None]] = []  # called when an object may have got new Variables


class Tracked:
    """What is saved by the names of its attributes."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        for look in watchers:
            look()


class Module(Tracked):
    """An owner of Variables and Modules, which are found in its attributes.

    Args:
        name: Its name.
    """

    def __init__(self, name: str | None = None):
        self._name = name or type(self).__name__.lower()

    name = property(lambda self: getattr(self, "_name", type(self).__name__), doc="Its name.")

    @property
    def variables(self) -> tuple:
        """All Variables in it."""
        return tuple({id(v): v for _, v in variables_below(self)}.values())

    @property
    def trainable_variables(self) -> tuple:
        """Those that an optimizer changes."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def submodules(self) -> tuple:
        """The Modules and layers in its attributes, and in theirs."""
        found = [x for x in _parts(vars(self)) if isinstance(x, (Module, _Layer))]
        inner = [sub for x in found for sub in getattr(x, "submodules", ())]
        return tuple({id(x): x for x in [*found, *inner]}.values())

    @classmethod
    def with_name_scope(cls, method: Any) -> Any:
        """The method."""
        return method


def _parts(values: Any) -> Iterator[Any]:
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, (list, tuple, dict)):
            yield from _parts(value)
        else:
            yield value


def variables_below(
    owner: Any, path: str = "", around: tuple[int, ...] = ()
) -> Iterator[tuple[str, Variable]]:
    """Every Variable below an object, with the names of the attributes that lead to it.

    Args:
        around: What this one stands in: there may be circles.
    """
    if id(owner) in around:
        return
    around = (*around, id(owner))
    if isinstance(owner, Variable):
        yield path.lstrip("/"), owner
    elif isinstance(owner, _Layer):
        named = [(name, value) for name, value in vars(owner).items() if name[0] != "_"]
        parts = [(n, v) for n, v in named if isinstance(v, (Variable, _Layer, list, tuple, dict))]
        found = [pair for n, v in parts for pair in variables_below(v, f"{path}/{n}", around)]
        yield from found
        seen = {id(variable) for _, variable in found}
        for number, variable in enumerate(owner.variables):
            if id(variable) not in seen:
                yield f"{path}/{number}".lstrip("/"), variable
    elif isinstance(owner, Optimizer) or hasattr(owner, "add_variable"):
        for number, variable in enumerate(owner.variables):
            yield f"{path}/{number}".lstrip("/"), variable
    else:
        for name, value in _items(owner):
            yield from variables_below(value, f"{path}/{name}", around)


def _items(owner: Any) -> Any:
    if isinstance(owner, Tracked):
        owner = vars(owner)
    if isinstance(owner, dict):
        return sorted(owner.items(), key=lambda item: str(item[0]))
    return enumerate(owner) if isinstance(owner, (list, tuple)) else ()
