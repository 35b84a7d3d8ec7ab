"""State: the Variables that an optimizer keeps, how it makes, assigns, saves and loads them."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Self

import jax.numpy as jnp
import numpy as np

from .. import config
from ..core import placement
from ..core.messages import UserError, bad_argument, shape_text, who
from ..core.registry import FAMILIES, Registered
from ..core.variable import Variable, name_scope
from .arguments import is_number


class State(Registered):
    """Keeps Variables: each that is made here, or set as an attribute, is one of `variables`."""

    built = False
    _variables: list[Variable]

    name: str | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """An object that can take Variables before its constructor runs."""
        self = super().__new__(cls, *args, **kwargs)
        self.__dict__["_variables"] = []
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(getattr(type(self), name, None), property):
            return  # its setter has kept what is to be kept
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, Variable):
                self._track(part)

    def _track(self, variable: Variable) -> None:
        """Count `variable` as state of this optimizer, once."""
        if all(known is not variable for known in self._variables):
            self._variables.append(variable)

    @property
    def variables(self) -> list[Variable]:
        """The state: the count of steps, the learning rate, then what belongs to the weights."""
        return list(self._variables)

    def _scalar(self, value: Any, dtype: str, name: str) -> Variable:
        """A Variable for one number, the same on all devices; track it by setting it."""
        return Variable(
            np.asarray(value, jnp.dtype(dtype)),
            trainable=False,
            aggregation="only_first_replica",
            name=name,
        )

    def add_variable(
        self,
        shape: tuple[int, ...],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new Variable of the optimizer's state.

        `initializer` is a number to fill it with, a function `(shape, dtype)`, or a name.
        """
        if layout is not None:
            raise bad_argument(self, "layout", "None", layout, "State lies as its weight lies.")
        if isinstance(initializer, (str, dict)):
            zeros = initializer == "zeros"
            initializer = 0 if zeros else FAMILIES["initializers"].get(initializer)
        if is_number(initializer):
            # Filled by NumPy: making state then compiles nothing.
            initializer = np.full(shape, initializer, jnp.dtype(dtype or config.floatx()))
        with name_scope(str(self.name)):
            variable = Variable(
                initializer, shape, dtype, trainable=False, aggregation=aggregation, name=name
            )
        self._track(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A new Variable of the shape and type of a weight, named after both."""
        path = getattr(reference_variable, "path", reference_variable.name).replace("/", "_")
        variable = self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            name=f"{path}_{name or 'var'}",
        )
        variable.beside = reference_variable
        placement.settle([variable])
        return variable

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """A list of one new Variable per weight (None for one that its gradient overwrites).

        With a list of names: one such list per name, in a tuple.
        """
        names = [name] if isinstance(name, str) else list(name)
        starts = initializer if isinstance(initializer, list) else [initializer] * len(names)
        lists: tuple[list, ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for made, slot, start in zip(lists, names, starts, strict=True):
                skip = getattr(variable, "overwrite_with_gradient", False)
                made.append(
                    None if skip else self.add_variable_from_reference(variable, slot, start)
                )
        return lists[0] if isinstance(name, str) else lists

    def assign(self, variable: Variable, value: Any) -> None:
        """Replace a Variable's value."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a Variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a Variable."""
        variable.assign_sub(value)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give `variables` these values, in order."""
        if len(weights) != len(self.variables):
            raise UserError(
                f"{who(self)}: `weights` must be {len(self.variables)} arrays; got {len(weights)}."
                + ("" if self.built else " It is not built yet: call `build(variables)`.")
            )
        for variable, value in zip(self.variables, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise UserError(
                    f"{who(self)}: '{variable.path}' has shape {shape_text(variable.shape)}; "
                    f"got {shape_text(np.shape(value))}."
                )
            variable.assign(value)

    def save_own_variables(self, store: Any) -> None:
        """Write `variables` into a mapping, under their numbers."""
        for number, variable in enumerate(self.variables):
            store[str(number)] = np.asarray(variable.raw)

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote; warns and reads nothing if the counts differ."""
        if len(store) != len(self.variables):
            if len(store) == 2 and not np.any(store["0"]):
                return  # saved before its first step, without slots: there is no state
            warnings.warn(
                f"{who(self)}: its state is not loaded: it has {len(self.variables)} variables, "
                f"the file {len(store)}." + ("" if self.built else " It is not built yet."),
                stacklevel=2,
            )
            return
        for number, variable in enumerate(self.variables):
            variable.assign(np.asarray(store[str(number)]))
