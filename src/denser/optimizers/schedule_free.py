"""Schedule-free AdamW: an average of the weights in place of a learning rate that decays."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from ..core.fields import NonNegative, Number
from ..core.variable import Variable
from .arguments import LearningRate
from .optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no schedule: the weights `y` lie between a fast point `z` and its mean `x`.

    `z -= rate * g / (sqrt(v / (1 - beta_2^t)) + epsilon)`, `v = beta_2 * v + (1 - beta_2) * g^2`,
    `x += (z - x) / t`, `y = (1 - beta_1) * z + beta_1 * x`.

    Args:
        learning_rate: Rate of the step.
        beta_1: How near to the mean the weights lie.
        beta_2: How much of the mean square is kept.
        epsilon: Keeps the division finite.
        warmup_steps: Steps over which the rate grows to its value; 0 for none.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Example:
        >>> weight = Variable(1.0)
        >>> ScheduleFreeAdamW(0.1).apply([3.0], [weight])
        >>> round(float(weight), 4)
        0.9

    Source: Defazio et al. 2024, arXiv:2405.15682; the mean is the plain one, and what decays is
        `y`, as in Keras.
    """

    learning_rate: LearningRate = 0.0025
    beta_1: Number = 0.9
    beta_2: Number = 0.999
    epsilon: Number = 1e-8
    warmup_steps: NonNegative = 0

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the state; the fast points start where the weights are."""
        super().build(variables)
        for variable, slots in zip(variables, self._slots, strict=True):
            if slots:
                slots[0].assign(variable.raw)

    def slots(self, variable: Variable) -> list[dict[str, float]]:
        """`momentum`, which is z, and `velocity`."""
        return [{"momentum": 0.0, "velocity": 0.0}]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, fast: Any, velocity: Any
    ) -> tuple:
        """The new weight, fast point and mean square; the mean follows from weight and fast."""
        mean = (weight - (1 - self.beta_1) * fast) / self.beta_1
        velocity = self.beta_2 * velocity + (1 - self.beta_2) * jnp.square(gradient)
        if self.warmup_steps:
            rate = rate * jnp.minimum(1.0, step / self.warmup_steps)
        root = jnp.sqrt(velocity / (1 - self.beta_2**step)) + self.epsilon
        fast = fast - rate * gradient / root
        mean = mean + (fast - mean) / step
        return (1 - self.beta_1) * fast + self.beta_1 * mean, fast, velocity
