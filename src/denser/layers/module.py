"""Module: an owner of Variables and of other Modules; every layer and model is one.

Nothing is tracked when an attribute is set: what a module owns is what its attributes hold, looked
up when somebody asks.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np

from .. import constraints, initializers, regularizers
from ..core.changes import changed
from ..core.dtype import is_float
from ..core.graph import Node
from ..core.messages import UserError, who
from ..core.random import SeedGenerator
from ..core.registry import Registered
from ..core.remat import present_remat_scope
from ..core.tensor import leaves
from ..core.variable import Variable
from .kept import NOT_HELD, PLAIN, Kept

_Found = TypeVar("_Found")
_UNSET = object()


class Module(Registered):
    """Owner of weights: makes them, finds them in its attributes, reads and sets them."""

    if TYPE_CHECKING:  # what `Layer` adds, told here without becoming fields
        name: Any
        autocast: bool
        activity_regularizer: Any
        compute_dtype: str
        variable_dtype: str
        path: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Set what a user's `__init__` may touch before it calls the base's."""
        self = super().__new__(cls, *args, **kwargs)
        self._begin()
        return self

    def _begin(self) -> None:
        self.built = False
        self.input_spec: Any = None
        self._trainable = True
        self._own_weights: list[Variable] = []
        self._fixed_weights: list[Variable] = []
        self._initial_weights: Any = None
        self._build_shapes: dict[str, Any] | None = None
        self._path: str | None = None
        self._carried: Any = []
        self._losses: list[Any] = []
        self._nodes: list[Node] = []
        self._remat_scope = present_remat_scope()

    def __setattr__(self, name: str, value: Any) -> None:
        if self.__dict__.get(name, _UNSET) is not value:
            changed()
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        changed()
        super().__delattr__(name)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along."""
        return {name: value for name, value in self.__dict__.items() if name != "_kept"}

    def kept(self, key: Any, find: Callable[[], _Found]) -> _Found:
        """What `find()` gives, or gave before if nothing in this module has changed since."""
        kept = self.__dict__.get("_kept")
        if kept is None or not kept.holds():
            kept = self.__dict__["_kept"] = Kept(self._flatten_layers())
        if key not in kept.found:
            kept.found[key] = find()
        return kept.found[key]

    def check_started(self) -> None:
        """Raise where a user's `__init__` did not call the base's."""
        if "_name" not in self.__dict__:
            raise UserError(f"{who(self)}: call `super().__init__()` first in `__init__`.")

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Make a weight: a Variable that is trained, saved and counted with this layer.

        Args:
            shape: Its shape; None or () for a scalar.
            initializer: Name, object or function of (shape, dtype); None: glorot_uniform for
                floats, zeros for others.
            dtype: Stored type; None takes the policy's.
            trainable: Whether the optimizer changes it.
            regularizer, constraint: Penalty on it; what it is brought back to after each step.
        """
        shape = () if shape is None else ((shape,) if isinstance(shape, int) else tuple(shape))
        dtype = dtype or self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if is_float(dtype) else "zeros"
        variable = Variable(
            initializers.get(initializer), shape, dtype, trainable, autocast, aggregation, name=name
        )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        (self._own_weights if trainable else self._fixed_weights).append(variable)
        changed()
        return variable

    def weight(
        self, name: str, shape: tuple, trainable: bool = True, fields: str = "", **kwargs: Any
    ) -> Variable:
        """A weight whose initializer, regularizer and constraint are this layer's fields
        `{name}_initializer`, `{name}_regularizer`, `{name}_constraint`, or `{fields}_...`."""
        for part in ("initializer", "regularizer", "constraint"):
            kwargs.setdefault(part, getattr(self, f"{fields or name}_{part}", None))
        return self.add_weight(shape, trainable=trainable, name=name, **kwargs)

    def held(self, kind: Any) -> list[Any]:
        """What of a kind this layer's attributes hold, in lists, tuples and dicts too."""
        found: dict[int, Any] = {}

        def look(values: Any) -> None:
            for value in values:
                if type(value) in PLAIN:
                    continue
                if isinstance(value, kind):
                    found.setdefault(id(value), value)
                elif isinstance(value, (list, tuple)):
                    look(value)
                elif isinstance(value, dict):
                    look(value.values())

        look([value for name, value in self.__dict__.items() if name not in NOT_HELD])
        return list(found.values())

    @property
    def sublayers(self) -> list[Any]:
        """The layers directly inside this one."""
        return self.held(Module)

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Any]:
        found: dict[int, Module] = {id(self): self} if include_self else {}
        todo = self.sublayers
        while todo:
            layer = todo.pop(0)
            if id(layer) not in found and layer is not self:
                found[id(layer)] = layer
                if recursive:
                    todo = layer.sublayers + todo
        return list(found.values())

    def _own(self, held: list[Any] | None = None) -> list[Variable]:
        """This layer's own weights, the trainable ones first, in the order they were made."""
        held = self.held(Variable) if held is None else held
        own = {id(v) for v in self._own_weights} | {id(v) for v in self._fixed_weights}
        stray = [v for v in held if isinstance(v, Variable) and id(v) not in own]
        trained = [*self._own_weights, *(v for v in stray if v.trainable)]
        return trained + [*self._fixed_weights, *(v for v in stray if not v.trainable)]

    def owned(self, seeds: bool) -> dict[int, tuple[Variable, bool]]:
        """The Variables of this and all inner layers by identity, each with whether training
        changes it: it is trainable, and so is every layer around it.

        Args:
            seeds: Whether states of seed generators, and what is carried from call to call, count.
        """
        return self.kept(("owned", seeds), lambda: self._find_owned(seeds))

    def _find_owned(self, seeds: bool) -> dict[int, tuple[Variable, bool]]:
        found: dict[int, tuple[Variable, bool]] = {}
        seen: dict[int, bool] = {}

        def walk(layer: "Module", trained: bool) -> None:
            trained = trained and layer.trainable
            if seen.get(id(layer), -1) >= trained:
                return
            seen[id(layer)] = trained
            held = layer.held((Module, Variable, SeedGenerator))
            own = layer._own(held)
            if seeds:
                own += [s.state for s in held if isinstance(s, SeedGenerator)]
                own += leaves(layer._carried)
            for variable in own:
                before = found.get(id(variable), (variable, False))[1]
                found[id(variable)] = (variable, before or (trained and variable.trainable))
            for inner in held:
                if isinstance(inner, Module):
                    walk(inner, trained)

        walk(self, True)
        return found

    @property
    def weights(self) -> list[Variable]:
        """All weights, those of inner layers too; neither seeds nor metrics."""
        return [v for v, _ in self.owned(seeds=False).values()]

    @property
    def variables(self) -> list[Variable]:
        """All weights, the states of seed generators, and what is carried from call to call."""
        return [v for v, _ in self.owned(seeds=True).values()]

    @property
    def trainable_variables(self) -> list[Variable]:
        """What the optimizer changes; empty where `trainable` is False."""
        return [v for v, trained in self.owned(seeds=True).values() if trained]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Variables that calls change or nobody does: statistics, seeds, frozen weights."""
        return [v for v, trained in self.owned(seeds=True).values() if not trained]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that the optimizer changes."""
        return [v for v, trained in self.owned(seeds=False).values() if trained]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that the optimizer leaves alone."""
        return [v for v, trained in self.owned(seeds=False).values() if not trained]

    @property
    def trainable(self) -> bool:
        """Whether the weights take part in training; setting it sets all inner layers too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self._own_weights:
            variable.trainable = bool(value)
        for layer in self.sublayers:
            layer.trainable = value

    def get_weights(self) -> list[np.ndarray]:
        """The weights' values as NumPy arrays, in the order of `weights`."""
        return [np.array(v.raw) for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Set the weights from arrays in the order of `weights`."""
        mine = self.weights
        if len(weights) != len(mine):
            state = "" if self.built else " It is not built yet: call it on data first."
            raise UserError(
                f"{who(self)}: has {len(mine)} weights; got {len(weights)} arrays.{state}"
            )
        for variable, value in zip(mine, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise UserError(
                    f"{who(self)}: weight '{variable.path}' has shape {variable.shape}; got an "
                    f"array of shape {tuple(np.shape(value))}."
                )
        for variable, value in zip(mine, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """The number of numbers in all weights.

        Raises:
            UserError: while there are no weights to count.
        """
        if not self.built:
            raise UserError(f"{who(self)}: is not built. Call it on data or `build` it first.")
        return sum(v.size for v in self.weights)

    def _saved(self) -> list[Any]:
        """What a file has of the own weights, in order."""
        return self._own()

    def save_own_variables(self, store: Any) -> None:
        """Write this layer's own weights (not inner layers') into a mapping, by number."""
        for index, variable in enumerate(self._saved()):
            store[str(index)] = np.asarray(variable.raw)

    def load_own_variables(self, store: Any) -> None:
        """Read this layer's own weights from what `save_own_variables` wrote."""
        own = self._saved()
        if len(store.keys()) != len(own):
            state = "" if self.built else " It is not built: build it or call it on data first."
            raise UserError(
                f"{who(self)}: has {len(own)} weights of its own; the file holds "
                f"{len(store.keys())}.{state}"
            )
        for index, variable in enumerate(own):
            variable.assign(store[str(index)])
