"""Optimizer: the base of all: a pure rule for one weight, lifted over the weights of a model."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import jax.numpy as jnp

from .. import config
from ..core.custom import custom_object_scope
from ..core.fields import Number, Positive, Rate
from ..core.messages import UserError, UserTypeError, bad_argument, who
from ..core.pure import choose, gradients, pure
from ..core.registry import Family, snake_case
from ..core.tensor import as_array
from ..core.variable import Variable, name_scope
from .arguments import LearningRate, Round, Threshold, is_rate
from .averages import Averaged
from .clipping import clip
from .pairing import paired
from .schedules import LearningRateSchedule

OPTIMIZERS = Family("optimizer", "optimizers")


class Optimizer(Averaged):
    """Moves weights against their gradients, step by step; the base of every optimizer.

    One of your own declares its arguments as fields, names its state per weight in `slots` and
    gives `rule`, a pure function of one weight. Or it is written as for Keras: `build` makes
    variables, `update_step` assigns them. Everything here can be traced.

    Args:
        learning_rate: A number, a `schedules.LearningRateSchedule`, a Variable, or a function
            without arguments that gives the number.
        weight_decay: Shrinks each weight before the rule: `w -= w * weight_decay * learning_rate`.
        clipnorm: Scales a weight's gradient down to this norm.
        clipvalue: Cuts each entry of the gradients to `[-clipvalue, clipvalue]`.
        global_clipnorm: Scales all gradients down together to this common norm.
        use_ema: Whether to keep a moving average of each weight.
        ema_momentum: `average = ema_momentum * average + (1 - ema_momentum) * weight`.
        ema_overwrite_frequency: Every so many steps the weights become their averages; None: only
            `finalize_variable_values` does that, as `fit` does at its end.
        loss_scale_factor: The loss is multiplied by it, the gradients are divided by it.
        gradient_accumulation_steps: Weights change every so many steps, by the mean gradient.
        name: Its name; None: the class's in snake case.

    Raises:
        UserError: where more than one of the three ways to clip is given.

    Example:
        >>> class Plain(Optimizer):
        ...     learning_rate: LearningRate = 0.1
        ...     def rule(self, weight, gradient, rate, step):
        ...         return (weight - rate * gradient,)
        >>> weight = Variable(1.0)
        >>> Plain().apply([2.0], [weight])
        >>> round(float(weight), 3)
        0.8
    """

    family: ClassVar[Family] = OPTIMIZERS
    former_arguments: ClassVar[dict[str, str]] = {
        "lr": "Write `learning_rate=...`.",
        "decay": "Write `learning_rate=schedules.InverseTimeDecay(rate, 1, decay)`, or "
        "`weight_decay=...` if the weights are meant.",
    }

    learning_rate: LearningRate  # type: ignore[no-redef]  # read and set by the property below
    weight_decay: Number | None = None
    clipnorm: Threshold | None = None
    clipvalue: Threshold | None = None
    global_clipnorm: Threshold | None = None
    use_ema: bool = False
    ema_momentum: Rate = 0.99
    ema_overwrite_frequency: Positive | None = None
    loss_scale_factor: Threshold | None = None
    gradient_accumulation_steps: Round | None = None

    _index: dict[Variable, int] = {}  # by identity, and a copy has it by its own
    _slots: Sequence[list[Variable]] = ()
    _accumulators: Sequence[Variable] = ()
    _no_decay: frozenset[Variable] = frozenset()
    _no_decay_names: re.Pattern | None = None

    def setup(self) -> None:
        """Make the count of steps and the learning rate's Variable."""
        self.name = self.name or snake_case(type(self).__name__)
        clips = ("clipnorm", "clipvalue", "global_clipnorm")
        given = [name for name in clips if getattr(self, name) is not None]
        if len(given) > 1:
            raise UserError(
                f"{who(self)}: give only one of `clipnorm`, `clipvalue` and `global_clipnorm`; "
                f"got {' and '.join(f'`{name}`' for name in given)}."
            )
        with name_scope(self.name):
            self._iterations = self._scalar(0, "int32", "iteration")
            rate = self._learning_rate
            if not callable(rate) and not isinstance(rate, Variable):
                rate = self._scalar(rate, config.floatx(), "learning_rate")
            self._learning_rate = rate

    # -------------------------------------------------------------- what every optimizer has

    @property
    def iterations(self) -> Any:
        """How many updates there were; with gradient accumulation, of the weights themselves."""
        return self._count() if self.gradient_accumulation_steps else self._iterations

    def _count(self) -> Any:
        """`iterations` as an array."""
        return self._iterations.raw // (self.gradient_accumulation_steps or 1)

    def _step(self) -> Any:
        """The number of the present step as a float, from 1, as `rule` gets it."""
        return (self._count() + 1).astype(jnp.float32)

    @property
    def learning_rate(self) -> Any:
        """The Variable of a constant rate, which can be assigned, or the schedule's present value.

        Setting it takes a number, a Variable, a schedule or a function; a number cannot take a
        schedule's place, for there is no Variable to hold it.
        """
        rate = self._learning_rate
        if isinstance(rate, Variable) or not callable(rate):
            return rate
        return rate(self._iterations.raw) if isinstance(rate, LearningRateSchedule) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if "_iterations" not in self.__dict__:  # the constructor: `setup` makes the Variable
            self.__dict__["_learning_rate"] = value
            return
        if not is_rate(value):
            raise bad_argument(self, "learning_rate", "a number or a LearningRateSchedule", value)
        before = self._learning_rate
        if not callable(value) and not isinstance(value, Variable):
            if not isinstance(before, Variable):
                raise UserTypeError(
                    f"{who(self)}: its `learning_rate` is a schedule, which a number cannot "
                    "replace. Assign a schedule, or make the optimizer with a number."
                )
            before.assign(value)
        else:
            self._variables = [v for v in self._variables if v is not before]
            self._learning_rate = value

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the state for these weights."""
        if "_iterations" not in self.__dict__:
            raise UserError(f"{who(self)}: call `super().__init__(...)` first in `__init__`.")
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulators = [
                self.add_variable_from_reference(v, "gradient_accumulator") for v in variables
            ]
        self._trainable = tuple(variables)
        self._index = {variable: i for i, variable in enumerate(variables)}
        self._slots = self._make_slots(variables)
        self.built = True

    def slots(self, variable: Variable) -> list[dict[str, float]]:
        """The state that `rule` keeps for one weight: names and starting values.

        Several groups order the variables as files have them: all weights' first group, then all
        weights' second group. `rule` gets them in the order written here.
        """
        return []

    def _make_slots(self, variables: Sequence[Variable]) -> list[list[Variable]]:
        made: list[list[Variable]] = [[] for _ in variables]
        plans = [[] if v.overwrite_with_gradient else self.slots(v) for v in variables]
        for group in range(max(map(len, plans), default=0)):
            for variable, plan, slots in zip(variables, plans, made, strict=True):
                for name, start in (plan[group] if plan else {}).items():
                    slots.append(self.add_variable_from_reference(variable, name, start))
        return made

    def _get_variable_index(self, variable: Variable) -> int:
        """The place of a weight in the list that `build` got."""
        return self._index[variable]

    # ------------------------------------------------------------------------------- the step

    def rule(self, weight: Any, gradient: Any, rate: Any, step: Any, *slots: Any) -> tuple:
        """One weight's new value, then its slots' new values; pure.

        Args:
            weight: The weight.
            gradient: Its gradient, in the weight's type.
            rate: The learning rate of this step.
            step: The number of this step as a float, from 1.
            slots: The weight's state, as `slots` names it.
        """
        raise UserError(f"{who(self)}: write `rule` or `update_step`; the base has no rule.")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Give one weight and its state their new values."""
        slots = self._slots[self._get_variable_index(variable)]
        values = self.rule(
            variable.raw,
            gradient.astype(variable.raw.dtype),
            learning_rate,
            self._step(),
            *(slot.raw for slot in slots),
        )
        for target, value in zip((variable, *slots), values, strict=True):
            target.assign(value)

    def apply(self, grads: Iterable[Any], trainable_variables: Any = None) -> None:
        """Take one step: `grads` belong one to one to the weights.

        Args:
            grads: A gradient per weight; None leaves its weight alone.
            trainable_variables: The weights; needed at the first call of an optimizer that is not
                built, else those it was built with.

        Raises:
            UserError: for weights it was not built with, and where all gradients are None.
        """
        gradients = list(grads)
        if not gradients:
            return
        pairs = paired(self, gradients, trainable_variables)
        pairs = [(v, as_array(g)) for v, g in pairs if not self._overwrite(v, g)]
        if not pairs:
            return
        variables = [variable for variable, _ in pairs]
        gradients = [gradient for _, gradient in pairs]
        if self.loss_scale_factor is not None:
            gradients = [gradient / self.loss_scale_factor for gradient in gradients]
        if self.gradient_accumulation_steps:
            self._accumulate(gradients, variables)
        else:
            self._update(gradients, variables)
        if self.use_ema:
            self._average(self._count())
        self._iterations.assign_add(1)
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.raw))

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """`apply` for pairs of a gradient and its weight; returns the count of steps."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    def minimize(self, loss: Callable[[], Any], var_list: Iterable[Variable] | None = None) -> Any:
        """One step down the loss that a function computes; no derivative is to be taken by hand.

        Args:
            loss: A function without arguments: the scalar loss, or a tuple that begins with it.
            var_list: The weights; None: those the optimizer was built with.

        Returns:
            What the function returned.

        Example:
            >>> from denser.optimizers import SGD
            >>> weight = Variable(3.0)
            >>> float(SGD(0.25).minimize(lambda: weight * weight, [weight]))
            9.0
            >>> float(weight)
            1.5
        """
        if not callable(loss):
            raise bad_argument(
                self, "loss", "a function without arguments that computes the loss", loss,
                "Write `optimizer.minimize(lambda: ..., weights)`.", kind=UserTypeError,
            )  # fmt: skip
        weights = list(self._weights() if var_list is None else var_list)
        if not self.built:
            self.build(weights)
        result, found = gradients(loss, weights, self.scale_loss)
        self.apply(found, weights)
        return result

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Any
    ) -> tuple[list[Any], list[Any]]:
        """`apply` as a pure function of arrays.

        Args:
            optimizer_variables: Values for `variables`, in order.
            grads: The gradients.
            trainable_variables: Values for the weights it was built with, in order.

        Returns:
            The new values of the weights, and those of `variables`.
        """
        if not self.built:
            raise UserError(f"{who(self)}: call `build(variables)` before `stateless_apply`.")
        weights, state = self._weights(), self.variables
        for argument, given, own in (
            ("optimizer_variables", optimizer_variables, state),
            ("trainable_variables", trainable_variables, weights),
        ):
            if len(given) != len(own):
                raise UserError(
                    f"{who(self)}: `{argument}` must be {len(own)} arrays; got {len(given)}."
                )
        run = pure(self.apply, [*weights, *state])
        _, values = run([*trainable_variables, *optimizer_variables], grads)
        return values[: len(weights)], values[len(weights) :]

    def _weights(self) -> Sequence[Variable]:
        """The weights it was built with."""
        return self._trainable

    def _overwrite(self, variable: Variable, gradient: Any) -> bool:
        """Let the gradient be the new value of a weight that asks for it (float8 scales)."""
        if not variable.overwrite_with_gradient:
            return False
        if self.gradient_accumulation_steps:
            accumulator = self._accumulators[self._get_variable_index(variable)]
            highest = jnp.maximum(accumulator.raw, as_array(gradient))
            last = self._is_last()
            accumulator.assign(jnp.where(last, 0, highest))
            gradient = jnp.where(last, highest, variable.raw)
        variable.assign(gradient)
        return True

    def _is_last(self) -> Any:
        """Whether this step completes a round of gradient accumulation."""
        return (self._iterations.raw + 1) % self.gradient_accumulation_steps == 0

    def _update(self, gradients: list[Any], variables: list[Variable]) -> None:
        """Clip, decay, and the rule of each weight."""
        rate = self.learning_rate
        rate = getattr(rate, "raw", rate)
        gradients = clip(gradients, self.clipnorm, self.clipvalue, self.global_clipnorm)
        for gradient, variable in zip(gradients, variables, strict=True):
            decay = self._decay(variable)
            if decay is not None:
                # Not `weight * (1 - decay * rate)`: that 1 would round half of the product away.
                variable.assign(variable.raw - variable.raw * (decay * rate))
            self.update_step(gradient, variable, rate)

    def _accumulate(self, gradients: list[Any], variables: list[Variable]) -> None:
        """Add the gradients up; at the last step of a round, update by their mean."""
        sums = [self._accumulators[self._get_variable_index(v)] for v in variables]
        totals = [s.raw + g.astype(s.raw.dtype) for s, g in zip(sums, gradients, strict=True)]
        steps, last = self.gradient_accumulation_steps, self._is_last()
        kept = {id(v) for v in (*self._averages, *self._accumulators)}
        state = [*variables, *(v for v in self._variables if id(v) not in kept)]
        run = pure(self._update, state)

        def update(values: list[Any]) -> list[Any]:
            return run(values, [total / steps for total in totals], variables)[1]

        values = choose(last, update, [variable.raw for variable in state])
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)
        for accumulator, total in zip(sums, totals, strict=True):
            accumulator.assign(jnp.where(last, 0, total))

    # ------------------------------------------------------------- weight decay and loss scale

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Keep some weights from decay, before `build`.

        Args:
            var_list: These weights.
            var_names: Weights in whose name one of these patterns is found, as `["bias"]`.
        """
        if self.built:
            raise UserError(f"{who(self)}: call `exclude_from_weight_decay` before it is built.")
        self._no_decay = frozenset(var_list or ())
        self._no_decay_names = re.compile("|".join(var_names)) if var_names else None

    def _decay(self, variable: Variable) -> float | None:
        """The weight decay of one weight, None for none."""
        names = self._no_decay_names
        if variable in self._no_decay or (names and names.search(variable.name)):
            return None
        return self.weight_decay

    def scale_loss(self, loss: Any) -> Any:
        """The loss whose gradients `apply` expects: times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # ------------------------------------------------------------------------ files and config

    def arguments(self) -> dict[str, Any]:
        """The constructor's arguments; for a class with its own `__init__`, the shared ones too."""
        found = super().arguments()
        if not type(self).fields():
            shared = next(c.fields() for c in type(self).__mro__ if c.fields())
            found = {**{name: getattr(self, name) for name in shared}, **found}
        return {**found, "learning_rate": self._learning_rate}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "Optimizer":
        """The optimizer that `get_config` described."""
        with custom_object_scope(custom_objects or {}):
            return super().from_config(config)
