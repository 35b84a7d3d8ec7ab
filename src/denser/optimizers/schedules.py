"""Schedules: the learning rate as a function of the step."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import jax.numpy as jnp

from ..core.fields import Number, when
from ..core.messages import UserError, UserTypeError, short, who
from ..core.registry import Family, Registered
from ..core.tensor import as_array
from .arguments import is_positive

SCHEDULES = Family("learning rate schedule", "schedules")

Steps = Annotated[float, when("a positive number", is_positive, bad=(0, -1, "3"))]


class LearningRateSchedule(Registered):
    """The learning rate as a function of the step, `rate = schedule(step)`.

    One of your own writes `__call__(step)`, with operations of JAX for what depends on `step`:
    inside a compiled run it is traced.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     start: Number
        ...     def __call__(self, step):
        ...         return self.start * 0.5 ** step
        >>> Halving(0.4)(1)
        0.2
    """

    family: ClassVar[Family] = SCHEDULES
    keras_module: ClassVar[str] = "keras.optimizers.schedules"

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, counted from 0."""
        raise UserError(f"{who(self)}: write `__call__(self, step)`.")


def _count(step: Any) -> Any:
    """The step as a float32 array, for fractions of it."""
    return as_array(step).astype(jnp.float32)


class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: In how many steps the rate falls by the factor `decay_rate`.
        decay_rate: That factor.
        staircase: Whether the exponent counts whole intervals only.
        name: Its name.

    Example:
        >>> float(ExponentialDecay(1.0, decay_steps=10, decay_rate=0.25)(5))
        0.5
    """

    initial_learning_rate: Number
    decay_steps: Steps
    decay_rate: Number
    staircase: bool = False
    name: str = "ExponentialDecay"

    def __call__(self, step: Any) -> Any:
        """The rate at `step`."""
        intervals = _count(step) / self.decay_steps
        intervals = jnp.floor(intervals) if self.staircase else intervals
        return self.initial_learning_rate * self.decay_rate**intervals


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[i]` up to and including step `boundaries[i]`; the last value after all of them.

    Args:
        boundaries: Increasing steps.
        values: One rate more than there are boundaries.
        name: Its name.

    Example:
        >>> rate = PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.25])
        >>> float(rate(100)), float(rate(101)), float(rate(201))
        (1.0, 0.5, 0.25)
    """

    boundaries: Sequence[float]
    values: Sequence[float]
    name: str = "PiecewiseConstant"

    def setup(self) -> None:
        """Check that the two lists fit."""
        for field in ("boundaries", "values"):
            if not isinstance(getattr(self, field), (list, tuple)):
                raise UserTypeError(
                    f"{who(self)}: `{field}` must be a list of numbers; "
                    f"got {short(getattr(self, field))}."
                )
        if len(self.values) != len(self.boundaries) + 1:
            raise UserError(
                f"{who(self)}: `values` must be one more than `boundaries`; got "
                f"{len(self.values)} values for {len(self.boundaries)} boundaries."
            )
        if list(self.boundaries) != sorted(self.boundaries):
            raise UserError(
                f"{who(self)}: `boundaries` must increase; got {short(self.boundaries)}."
            )

    def __call__(self, step: Any) -> Any:
        """The rate at `step`."""
        passed = jnp.sum(as_array(step) > jnp.asarray(self.boundaries))
        return jnp.asarray(self.values, jnp.float32)[passed]


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another: `(initial - end) * (1 - step / decay_steps) ** power + end`.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: When the end is reached.
        end_learning_rate: The rate from then on.
        power: 1 is a straight line.
        cycle: Whether the fall starts anew from a higher rate, over 2, 3, ... times `decay_steps`,
            instead of staying at the end.
        name: Its name.

    Example:
        >>> float(PolynomialDecay(1.0, 10, end_learning_rate=0.0)(5))
        0.5
    """

    initial_learning_rate: Number
    decay_steps: Steps
    end_learning_rate: Number = 0.0001
    power: Number = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

    def __call__(self, step: Any) -> Any:
        """The rate at `step`."""
        span, step = self.decay_steps, _count(step)
        if self.cycle:
            span = span * jnp.maximum(1.0, jnp.ceil(step / span))
        left = 1 - jnp.minimum(step, span) / span
        height = self.initial_learning_rate - self.end_learning_rate
        return height * left**self.power + self.end_learning_rate


class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: The unit of time, in steps.
        decay_rate: How fast it falls.
        staircase: Whether time counts in whole units only.
        name: Its name.

    Example:
        >>> float(InverseTimeDecay(1.0, decay_steps=10, decay_rate=1.0)(10))
        0.5
    """

    initial_learning_rate: Number
    decay_steps: Steps
    decay_rate: Number
    staircase: bool = False
    name: str = "InverseTimeDecay"

    def __call__(self, step: Any) -> Any:
        """The rate at `step`."""
        time = _count(step) / self.decay_steps
        time = jnp.floor(time) if self.staircase else time
        return self.initial_learning_rate / (1 + self.decay_rate * time)


class CosineDecay(LearningRateSchedule):
    """Half a cosine down to `alpha` times the start, after an optional linear warm-up.

    `rate = start * ((1 - alpha) * (1 + cos(pi * done)) / 2 + alpha)`, `done` the share of
    `decay_steps` that has passed since the warm-up.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: The length of the fall.
        alpha: The share of the start that is left at the end.
        name: Its name.
        warmup_target: The rate the warm-up rises to, where the fall starts; None: no warm-up.
        warmup_steps: The length of the warm-up.

    Example:
        >>> float(CosineDecay(0.0, 10, warmup_target=1.0, warmup_steps=4)(2))
        0.5

    Source: Loshchilov and Hutter 2016, arXiv:1608.03983.
    """

    initial_learning_rate: Number
    decay_steps: Steps
    alpha: Number = 0.0
    name: str = "CosineDecay"
    warmup_target: Number | None = None
    warmup_steps: Number = 0

    def __call__(self, step: Any) -> Any:
        """The rate at `step`."""
        step, start = _count(step), self.initial_learning_rate
        target, warmup = self.warmup_target, self.warmup_steps
        if target is None:
            target, warmup = start, 0
        wave = _half_cosine((step - warmup) / self.decay_steps)
        fall = target * ((1 - self.alpha) * wave + self.alpha)
        rise = start + (target - start) * step / max(warmup, 1)
        return jnp.where(step < warmup, rise, fall)


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine falls one after the other, each `t_mul` times as long and `m_mul` times as high.

    Args:
        initial_learning_rate: The rate at step 0.
        first_decay_steps: The length of the first fall.
        t_mul: How much longer each fall is than the one before, 1 or more.
        m_mul: How much higher each starts than the one before.
        alpha: The share of the initial rate that is left at the end of every fall.
        name: Its name.

    Example:
        >>> rate = CosineDecayRestarts(1.0, first_decay_steps=10)
        >>> float(rate(0)), float(rate(10))
        (1.0, 1.0)

    Source: Loshchilov and Hutter 2016, arXiv:1608.03983.
    """

    initial_learning_rate: Number
    first_decay_steps: Steps
    t_mul: Number = 2.0
    m_mul: Number = 1.0
    alpha: Number = 0.0
    name: str = "SGDRDecay"

    def __call__(self, step: Any) -> Any:
        """The rate at `step`."""
        time = _count(step) / self.first_decay_steps
        if self.t_mul == 1:
            fall = jnp.floor(time)
            done = time - fall
        else:  # the first n falls take (t_mul^n - 1) / (t_mul - 1) times the first one's length
            fall = jnp.floor(jnp.log(1 + time * (self.t_mul - 1)) / math.log(self.t_mul))
            begun = (self.t_mul**fall - 1) / (self.t_mul - 1)
            done = (time - begun) / self.t_mul**fall
        wave = self.m_mul**fall * _half_cosine(done)
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


def _half_cosine(done: Any) -> Any:
    """From 1 at `done = 0` down to 0 at 1 and after."""
    return 0.5 * (1 + jnp.cos(math.pi * jnp.minimum(done, 1.0)))


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """The config of a schedule, as files hold it."""
    return SCHEDULES.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> LearningRateSchedule:
    """The schedule that a config describes."""
    return SCHEDULES.deserialize(config, custom_objects)


def get(identifier: Any) -> Any:
    """The schedule meant by a config or an object."""
    return SCHEDULES.get(identifier)
