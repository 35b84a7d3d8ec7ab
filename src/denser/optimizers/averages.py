"""Moving averages of the weights, which an optimizer keeps beside them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from ..core.messages import UserError, who
from ..core.variable import Variable
from .state import State


class Averaged(State):
    """State with an exponential moving average of each weight, where `use_ema` asks for it."""

    if TYPE_CHECKING:  # fields of Optimizer's
        use_ema: Any
        ema_momentum: Any
        ema_overwrite_frequency: Any

    _averages: Sequence[Any] = ()
    _trainable: Sequence[Variable] = ()

    @property
    def averages(self) -> list[Variable | None]:
        """With `use_ema`, the moving average of each weight; None for an overwritten one."""
        return list(self._averages)

    def _average(self, count: Any) -> None:
        """Bring the averages up to date after `count` updates, and the weights to them when it is
        time."""
        momentum = jnp.where(count == 0, 0.0, self.ema_momentum)
        every = self.ema_overwrite_frequency
        for variable, average in zip(self._trainable, self._averages, strict=True):
            if average is None:
                continue
            average.assign(momentum * average.raw + (1 - momentum) * variable.raw)
            if every:
                due = (count + 1) % every == 0
                variable.assign(jnp.where(due, average.raw, variable.raw))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """With `use_ema`, replace the weights by their moving averages."""
        if not self.use_ema:
            return
        if len(var_list) != len(self._averages):
            raise UserError(
                f"{who(self)}: `var_list` must be the {len(self._averages)} weights it was built "
                f"with; got {len(var_list)}."
            )
        for variable, average in zip(var_list, self._averages, strict=True):
            if average is not None:
                variable.assign(average.raw)
