"""Scopes that users open: values that stand in for Variables, and the device to compute on."""

import contextlib
from collections.abc import Iterable
from typing import Any

import jax

from .messages import UserError, bad_argument, short
from .tensor import as_array
from .variable import Scope, Variable


class StatelessScope(Scope):
    """Within the `with`, Variables read the values given for them, and no Variable is changed.

    Args:
        state_mapping: Pairs of a Variable and the array that stands in for it.
        collect_losses: Whether `losses` gets what `add_loss` is told inside.
        initialize_variables: As in Keras; a Variable has its value from the start here.

    Example:
        >>> weight = Variable(1.0)
        >>> with StatelessScope([(weight, 5.0)]) as scope:
        ...     _ = weight.assign(weight + 1.0)
        >>> float(scope.get_current_value(weight)), float(weight)
        (6.0, 1.0)
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ):
        super().__init__(closed=True)
        self.collect_losses, self.initialize_variables = collect_losses, initialize_variables
        for variable, value in state_mapping or ():
            if not isinstance(variable, Variable):
                expected = "pairs of a Variable and its value"
                raise bad_argument("StatelessScope", "state_mapping", expected, variable)
            array = as_array(value, variable._dtype)
            if array.shape != variable.shape:
                raise UserError(
                    f"StatelessScope: '{variable.path}' has shape {variable.shape}; its value "
                    f"{array.shape}."
                )
            self.values[id(variable)] = array

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        if not self.collect_losses:
            self.losses.clear()

    def add_loss(self, loss: Any) -> None:
        """Add to `losses`."""
        self.losses.append(loss)

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Give a Variable, the first of a pair, the second as its value in this scope."""
        variable, value = update
        self.values[id(variable)] = as_array(value, variable._dtype)

    def get_current_value(self, variable: Variable) -> Any:
        """The value of a Variable in this scope; None if it has none here."""
        return self.values.get(id(variable))


class SymbolicScope(Scope):
    """Within the `with`, shapes are inferred: what is assigned to Variables is forgotten."""

    def __init__(self) -> None:
        super().__init__(closed=True)


def device(device_name: str) -> contextlib.AbstractContextManager:
    """Within the `with`, arrays are made and programs run on this device.

    Args:
        device_name: Kind and number, as "cpu:0" or "gpu:1".

    Example:
        >>> with device("cpu:0"):
        ...     x = ops.ones((2, 2))
    """
    kind, _, number = str(device_name).lower().partition(":")
    known = [f"{d.platform}:{d.id}" for d in jax.devices()] + ["cpu:0"]
    try:
        found = jax.devices({"cuda": "gpu"}.get(kind, kind))[int(number or 0)]
    except (RuntimeError, ValueError, IndexError):
        raise UserError(
            f"device: there is no device {short(device_name)}; there are "
            f"{', '.join(dict.fromkeys(known))}."
        ) from None
    return jax.default_device(found)
