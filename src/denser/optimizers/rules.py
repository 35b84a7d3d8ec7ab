"""The optimizers whose rule looks at each entry of a weight by itself.

In every `rule`, `weight`, `gradient` and the slots have one shape, that of the weight; `rate` and
`step` are scalars. What depends on them alone is computed once per step: XLA merges the equal
scalars of all the weights.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from ..core.fields import Number, Rate, when
from ..core.variable import Variable
from .arguments import Amount, LearningRate, is_number
from .optimizer import Optimizer

Slots = list[dict[str, float]]


class SGD(Optimizer):
    """Gradient descent, `w -= rate * g`, or with momentum: `m = momentum * m - rate * g; w += m`.

    Args:
        learning_rate: Rate of the step.
        momentum: How much of the last step the next one keeps, from 0 to 1.
        nesterov: Whether to look ahead: `w += momentum * m - rate * g` with the new `m`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Example:
        >>> weight = Variable([1.0, 2.0])
        >>> SGD(learning_rate=0.5).apply([[1.0, 1.0]], [weight])
        >>> weight.numpy().tolist()
        [0.5, 1.5]

    Source: Sutskever et al. 2013, "On the importance of initialization and momentum".
    """

    learning_rate: LearningRate = 0.01
    momentum: Rate = 0.0
    nesterov: bool = False

    def slots(self, variable: Variable) -> Slots:
        """`momentum`, where there is any."""
        return [{"momentum": 0.0}] if self.momentum else []

    def rule(self, weight: Any, gradient: Any, rate: Any, step: Any, *slots: Any) -> tuple:
        """The new weight and momentum."""
        if not slots:
            return (weight - rate * gradient,)
        momentum = self.momentum * slots[0] - rate * gradient
        if self.nesterov:
            return weight + self.momentum * momentum - rate * gradient, momentum
        return weight + momentum, momentum


class RMSprop(Optimizer):
    """Divides by the root of a moving mean square: `w -= rate * g / sqrt(v + epsilon)`.

    `v = rho * v + (1 - rho) * g^2`.

    Args:
        learning_rate: Rate of the step.
        rho: How much of the mean square is kept.
        momentum: How much of the last step is added to the next; 0 for none.
        epsilon: Keeps the division finite; stands under the root.
        centered: Whether to subtract the squared moving mean, leaving the variance.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: Hinton 2012, lecture 6 of "Neural networks for machine learning".
    """

    learning_rate: LearningRate = 0.001
    rho: Number = 0.9
    momentum: Number = 0.0
    epsilon: Number = 1e-7
    centered: bool = False

    def slots(self, variable: Variable) -> Slots:
        """`velocity`, then `momentum` and `average_gradient` where they are used."""
        momentum = [{"momentum": 0.0}] if self.momentum > 0 else []
        mean = [{"average_gradient": 0.0}] if self.centered else []
        return [{"velocity": 0.0}, *momentum, *mean]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, velocity: Any, *slots: Any
    ) -> tuple:
        """The new weight, mean square, momentum and mean."""
        velocity = self.rho * velocity + (1 - self.rho) * jnp.square(gradient)
        variance, more = velocity, []
        if self.centered:
            mean = self.rho * slots[-1] + (1 - self.rho) * gradient
            variance, more = velocity - jnp.square(mean), [mean]
        move = rate * gradient * jax.lax.rsqrt(variance + self.epsilon)
        if self.momentum > 0:
            move = self.momentum * slots[0] + move
            more = [move, *more]
        return weight - move, velocity, *more


class _Adam(Optimizer):
    """What Adam and AdamW share: everything but the default of `weight_decay`."""

    learning_rate: LearningRate = 0.001
    beta_1: Number = 0.9
    beta_2: Number = 0.999
    epsilon: Number = 1e-7
    amsgrad: bool = False

    def slots(self, variable: Variable) -> Slots:
        """`momentum`, `velocity`, and `velocity_hat` with `amsgrad`."""
        means = {"momentum": 0.0, "velocity": 0.0}
        return [means, {"velocity_hat": 0.0}] if self.amsgrad else [means]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, momentum: Any, velocity: Any,
        *highest: Any,
    ) -> tuple:  # fmt: skip
        """The new weight and moving means."""
        # Both bias corrections are one scalar, so `epsilon` is the paper's "epsilon hat".
        rate = rate * jnp.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        momentum = momentum + (gradient - momentum) * (1 - self.beta_1)
        velocity = velocity + (jnp.square(gradient) - velocity) * (1 - self.beta_2)
        scale = velocity
        if self.amsgrad:
            highest = (scale := jnp.maximum(highest[0], velocity),)
        move = rate * momentum / (jnp.sqrt(scale) + self.epsilon)
        return weight - move, momentum, velocity, *highest


class Adam(_Adam):
    """Moving means of gradient and square, freed from bias: `w -= a * m / (sqrt(v) + epsilon)`.

    `m = beta_1 * m + (1 - beta_1) * g`, `v = beta_2 * v + (1 - beta_2) * g^2`,
    `a = rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)` at step `t`.

    Args:
        learning_rate: Rate of the step.
        beta_1: How much of the mean gradient is kept.
        beta_2: How much of the mean square is kept.
        epsilon: Keeps the division finite.
        amsgrad: Whether to divide by the largest mean square so far.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Example:
        >>> weight = Variable(1.0)
        >>> Adam(learning_rate=0.1).apply([3.0], [weight])
        >>> round(float(weight), 4)
        0.9

    Source: Kingma and Ba 2014, arXiv:1412.6980, in the form before section 2.1; amsgrad: Reddi et
        al. 2018, "On the convergence of Adam and beyond".
    """


class AdamW(_Adam):
    """Adam whose weights decay apart from the gradient: first `w -= w * weight_decay * rate`.

    Args:
        learning_rate: Rate of the step.
        weight_decay: How fast weights shrink.
        beta_1, beta_2, epsilon, amsgrad: See `Adam`.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
        loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    Source: Loshchilov and Hutter 2017, arXiv:1711.05101.
    """

    learning_rate: LearningRate = 0.001
    weight_decay: Number | None = 0.004


class Adagrad(Optimizer):
    """Divides by the root of the sum of all squares: `w -= rate * g / sqrt(sum g^2 + epsilon)`.

    Args:
        learning_rate: Rate of the step.
        initial_accumulator_value: Where the sum of squares starts.
        epsilon: Keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: Duchi et al. 2011, "Adaptive subgradient methods".
    """

    learning_rate: LearningRate = 0.001
    initial_accumulator_value: Amount = 0.1
    epsilon: Number = 1e-7

    def slots(self, variable: Variable) -> Slots:
        """`accumulator`, the sum of squares."""
        return [{"accumulator": self.initial_accumulator_value}]

    def rule(self, weight: Any, gradient: Any, rate: Any, step: Any, accumulator: Any) -> tuple:
        """The new weight and sum of squares."""
        accumulator = accumulator + jnp.square(gradient)
        return weight - rate * gradient * jax.lax.rsqrt(accumulator + self.epsilon), accumulator


class Adadelta(Optimizer):
    """Steps of the size of past steps: `w -= rate * g * rms(past steps) / rms(past gradients)`.

    `rms(x) = sqrt(mean + epsilon)` of a moving mean of `x^2`.

    Args:
        learning_rate: Rate of the step; the paper has 1.
        rho: How much of the moving means is kept.
        epsilon: Keeps the division finite and lets the first step move.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: Zeiler 2012, arXiv:1212.5701.
    """

    learning_rate: LearningRate = 0.001
    rho: Number = 0.95
    epsilon: Number = 1e-7

    def slots(self, variable: Variable) -> Slots:
        """`accumulated_grad` and `accumulated_delta_var`, moving mean squares."""
        return [{"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, squares: Any, moves: Any
    ) -> tuple:
        """The new weight and moving mean squares of gradients and moves."""
        squares = self.rho * squares + (1 - self.rho) * jnp.square(gradient)
        move = gradient * jnp.sqrt(moves + self.epsilon) * jax.lax.rsqrt(squares + self.epsilon)
        moves = self.rho * moves + (1 - self.rho) * jnp.square(move)
        return weight - rate * move, squares, moves


class Adamax(Optimizer):
    """Adam with the largest gradient for the mean square: `u = max(beta_2 * u, |g|)`.

    `m = beta_1 * m + (1 - beta_1) * g`, `w -= rate / (1 - beta_1^t) * m / (u + epsilon)`.

    Args:
        learning_rate: Rate of the step.
        beta_1: How much of the mean gradient is kept.
        beta_2: How fast the largest gradient fades.
        epsilon: Keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: Kingma and Ba 2014, arXiv:1412.6980, section 7.1.
    """

    learning_rate: LearningRate = 0.001
    beta_1: Number = 0.9
    beta_2: Number = 0.999
    epsilon: Number = 1e-7

    def slots(self, variable: Variable) -> Slots:
        """`momentum` and `norm`."""
        return [{"momentum": 0.0, "norm": 0.0}]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, momentum: Any, norm: Any
    ) -> tuple:
        """The new weight, mean gradient and largest gradient."""
        momentum = momentum + (gradient - momentum) * (1 - self.beta_1)
        norm = jnp.maximum(self.beta_2 * norm, jnp.abs(gradient))
        rate = rate / (1 - self.beta_1**step)
        return weight - rate * momentum / (norm + self.epsilon), momentum, norm


class Nadam(Optimizer):
    """Adam that looks ahead as Nesterov's momentum does, with a warming-up `beta_1`.

    `u_t = beta_1 * (1 - 0.96^t / 2)`, `P_t = u_1 ... u_t`,
    `w -= rate * (u_{t+1} * m / (1 - P_{t+1}) + (1 - u_t) * g / (1 - P_t)) / (sqrt(v') + epsilon)`,
    `m` and `v` as in Adam, `v' = v / (1 - beta_2^t)`.

    Args:
        learning_rate: Rate of the step.
        beta_1: How much of the mean gradient is kept.
        beta_2: How much of the mean square is kept.
        epsilon: Keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: Dozat 2015, "Incorporating Nesterov momentum into Adam".
    """

    learning_rate: LearningRate = 0.001
    beta_1: Number = 0.9
    beta_2: Number = 0.999
    epsilon: Number = 1e-7

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the state, at its end the product of the warmed-up `beta_1` so far."""
        super().build(variables)
        self._product = self._scalar(1.0, "float32", "variable")

    def slots(self, variable: Variable) -> Slots:
        """`momentum` and `velocity`."""
        return [{"momentum": 0.0, "velocity": 0.0}]

    def _warmed(self, step: Any) -> Any:
        return self.beta_1 * (1 - 0.5 * 0.96**step)

    def _update(self, gradients: list[Any], variables: list[Variable]) -> None:
        """One factor more in the product, then the rule of each weight."""
        self._product.assign(self._product.raw * self._warmed(self._step()))
        super()._update(gradients, variables)

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, momentum: Any, velocity: Any
    ) -> tuple:
        """The new weight and moving means."""
        now, ahead, product = self._warmed(step), self._warmed(step + 1), self._product.raw
        momentum = momentum + (gradient - momentum) * (1 - self.beta_1)
        velocity = velocity + (jnp.square(gradient) - velocity) * (1 - self.beta_2)
        mean = momentum * (ahead / (1 - product * ahead)) + gradient * ((1 - now) / (1 - product))
        root = jnp.sqrt(velocity / (1 - self.beta_2**step))
        return weight - rate * mean / (root + self.epsilon), momentum, velocity


class Ftrl(Optimizer):
    """Follow the regularized leader: each weight is the minimum of all its past linear losses.

    With `n` the sum of `g^2` and `p = -learning_rate_power`:
    `z += g' - (n_new^p - n^p) / rate * w`,
    `w = (clip(z, -l1, l1) - z) / (n_new^p / rate + 2 * l2 + beta / rate)`,
    `g' = g + 2 * shrinkage * w`.

    Args:
        learning_rate: Rate of the step.
        learning_rate_power: 0 or less; -0.5 is the paper's, 0 a rate that stays.
        initial_accumulator_value: Where the sum of squares starts.
        l1_regularization_strength: Sets weights whose `z` is below it to 0.
        l2_regularization_strength: Pulls all weights to 0.
        l2_shrinkage_regularization_strength: Adds the gradient of an L2 penalty.
        beta: The paper's beta.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: McMahan et al. 2013, "Ad click prediction: a view from the trenches".
    """

    learning_rate: LearningRate = 0.001
    learning_rate_power: Annotated[
        float, when("a number of 0 or less", lambda v: is_number(v) and v <= 0, bad=(0.5, "a"))
    ] = -0.5
    initial_accumulator_value: Amount = 0.1
    l1_regularization_strength: Amount = 0.0
    l2_regularization_strength: Amount = 0.0
    l2_shrinkage_regularization_strength: Amount = 0.0
    beta: Number = 0.0

    def slots(self, variable: Variable) -> Slots:
        """`accumulator`, the sum of squares, and `linear`, the paper's z."""
        return [{"accumulator": self.initial_accumulator_value, "linear": 0.0}]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, accumulator: Any, linear: Any
    ) -> tuple:
        """The new weight, sum of squares and linear term."""
        power, limit = -self.learning_rate_power, self.l1_regularization_strength
        total = accumulator + jnp.square(gradient)
        shrunk = gradient + 2 * self.l2_shrinkage_regularization_strength * weight
        linear = linear + shrunk - (total**power - accumulator**power) / rate * weight
        curve = (total**power + self.beta) / rate + 2 * self.l2_regularization_strength
        return (jnp.clip(linear, -limit, limit) - linear) / curve, total, linear


class Lion(Optimizer):
    """Steps of one size: `w -= rate * sign(beta_1 * m + (1 - beta_1) * g)`.

    `m = beta_2 * m + (1 - beta_2) * g`. A good rate is 3 to 10 times smaller than for AdamW.

    Args:
        learning_rate: Size of the step of every entry.
        beta_1: The share of the mean gradient in the direction, above 0.
        beta_2: How much of the mean gradient is kept.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: Chen et al. 2023, arXiv:2302.06675.
    """

    learning_rate: LearningRate = 0.001
    beta_1: Annotated[
        float,
        when(
            "a number above 0, up to 1 (0 would forget the momentum)",
            lambda v: is_number(v) and 0 < v <= 1,
            bad=(0, 1.5, "a"),
        ),
    ] = 0.9
    beta_2: Number = 0.99

    def slots(self, variable: Variable) -> Slots:
        """`momentum`."""
        return [{"momentum": 0.0}]

    def rule(self, weight: Any, gradient: Any, rate: Any, step: Any, momentum: Any) -> tuple:
        """The new weight and mean gradient."""
        direction = jnp.sign(self.beta_1 * momentum + (1 - self.beta_1) * gradient)
        momentum = self.beta_2 * momentum + (1 - self.beta_2) * gradient
        return weight - rate * direction, momentum
