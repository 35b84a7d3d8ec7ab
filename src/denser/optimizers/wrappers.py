"""Wrappers: an optimizer around another one."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, ClassVar

import jax.numpy as jnp

from ..core.messages import UserError, UserTypeError, bad_argument, short, unknown_argument, who
from ..core.pure import choose, pure
from ..core.registry import serialize
from ..core.tensor import as_array
from ..core.variable import Variable, name_scope
from .arguments import is_number
from .optimizer import OPTIMIZERS, Optimizer
from .pairing import paired


class LossScaleOptimizer(Optimizer):
    """Scales the loss up, so that small gradients survive in float16, and the gradients down.

    The scale doubles after `dynamic_growth_steps` steps with finite gradients; where a gradient is
    not finite, it halves and the step is left out.

    Args:
        inner_optimizer: The optimizer that takes the steps.
        initial_scale: Where the scale starts.
        dynamic_growth_steps: How many good steps double it.
        name: Its name.

    Example:
        >>> from denser.optimizers import SGD
        >>> optimizer = LossScaleOptimizer(SGD(0.5), initial_scale=4.0)
        >>> weight = Variable(1.0)
        >>> optimizer.build([weight])
        >>> float(optimizer.scale_loss(2.0))
        8.0
        >>> optimizer.apply([4.0])
        >>> float(weight)
        0.5

    Source: Micikevicius et al. 2017, arXiv:1710.03740.
    """

    former_arguments: ClassVar[dict[str, str]] = {}

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ):
        for argument, value in kwargs.items():
            if argument in Optimizer.fields():
                if value != Optimizer.fields()[argument].default:
                    raise UserTypeError(
                        f"LossScaleOptimizer: give `{argument}` to the inner optimizer."
                    )
            else:
                known = ("inner_optimizer", "initial_scale", "dynamic_growth_steps", "name")
                raise unknown_argument("LossScaleOptimizer", argument, known)
        inner = OPTIMIZERS.get(inner_optimizer)
        if not isinstance(inner, Optimizer) or isinstance(inner, LossScaleOptimizer):
            raise bad_argument(
                "LossScaleOptimizer", "inner_optimizer", "an optimizer to wrap", inner_optimizer
            )
        if not is_number(initial_scale) or initial_scale <= 0:
            raise bad_argument(
                "LossScaleOptimizer", "initial_scale", "a positive number", initial_scale
            )
        if not is_number(dynamic_growth_steps) or dynamic_growth_steps < 1:
            raise bad_argument(
                "LossScaleOptimizer", "dynamic_growth_steps", "a positive integer",
                dynamic_growth_steps,
            )  # fmt: skip
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps
        with name_scope(str(self.name)):
            self.step_counter = self._scalar(0, "int32", "step_counter")
            self.dynamic_scale = self._scalar(initial_scale, "float32", "dynamic_scale")

    def build(self, variables: Sequence[Variable]) -> None:
        """Build the inner optimizer for these weights."""
        if not self.inner_optimizer.built:
            self.inner_optimizer.build(variables)
        self.built = True

    @property
    def variables(self) -> list[Variable]:
        """Its own state, then the inner optimizer's."""
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        """The inner optimizer's count of steps; steps left out do not count."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if "inner_optimizer" in self.__dict__:
            self.inner_optimizer.learning_rate = value
        else:  # the base's constructor: a Variable that only keeps its place in files
            self.__dict__["_learning_rate"] = value

    def _weights(self) -> Sequence[Variable]:
        return self.inner_optimizer._weights()

    def apply(self, grads: Iterable[Any], trainable_variables: Any = None) -> None:
        """Unscale the gradients and take the inner optimizer's step, if all are finite."""
        gradients = list(grads)
        if not gradients:
            return
        pairs = paired(self, gradients, trainable_variables)
        variables = [variable for variable, _ in pairs]
        scale = self.dynamic_scale.raw
        gradients = [
            gradient if variable.overwrite_with_gradient else as_array(gradient) / scale
            for variable, gradient in pairs
        ]
        finite = reduce(jnp.logical_and, (jnp.all(jnp.isfinite(g)) for g in gradients))
        state = [*self._weights(), *self.inner_optimizer.variables]
        run = pure(self.inner_optimizer.apply, state)
        values = choose(
            finite,
            lambda values: run(values, gradients, variables)[1],
            [variable.raw for variable in state],
        )
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)
        self._rescale(finite)

    def _rescale(self, finite: Any) -> None:
        """Count a good step; double the scale after enough of them, halve it after a bad one."""
        count, scale = self.step_counter.raw + 1, self.dynamic_scale.raw
        grown = count >= self.dynamic_growth_steps
        self.step_counter.assign(jnp.where(finite & ~grown, count, 0))
        self.dynamic_scale.assign(
            jnp.where(finite, jnp.where(grown, scale * 2, scale), scale * 0.5)
        )

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the present scale."""
        return self.inner_optimizer.scale_loss(loss) * self.dynamic_scale.raw

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """The inner optimizer's."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """The inner optimizer's."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Not to be called: the inner optimizer moves the weights."""
        raise UserError(f"{who(self)}: call `apply`; got update_step({short(variable)}).")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this optimizer again, in JSON's types."""
        return {
            "name": self.name,
            "inner_optimizer": serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }
