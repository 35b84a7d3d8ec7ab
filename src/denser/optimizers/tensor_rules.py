"""The optimizers whose rule looks at a weight as a whole: its norm, rows and columns, spectrum."""

import re
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..core.fields import Number, Positive, Rate
from ..core.variable import Variable
from .arguments import LearningRate, Round, Threshold
from .optimizer import Optimizer
from .rules import Slots


class Lamb(Optimizer):
    """Adam's step, scaled for each weight so that its norm is `rate` times the weight's.

    `w -= rate * |w| / |a| * a`, `a` the direction of Adam; the ratio is 1 where a norm is 0.

    Args:
        learning_rate: Size of the step, relative to the weight.
        beta_1: How much of the mean gradient is kept.
        beta_2: How much of the mean square is kept.
        epsilon: Keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: You et al. 2019, arXiv:1904.00962.
    """

    learning_rate: LearningRate = 0.001
    beta_1: Number = 0.9
    beta_2: Number = 0.999
    epsilon: Number = 1e-7

    def slots(self, variable: Variable) -> Slots:
        """`momentum` and `velocity`."""
        return [{"momentum": 0.0, "velocity": 0.0}]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, momentum: Any, velocity: Any
    ) -> tuple:
        """The new weight and moving means."""
        momentum = momentum + (gradient - momentum) * (1 - self.beta_1)
        velocity = velocity + (jnp.square(gradient) - velocity) * (1 - self.beta_2)
        root = jnp.sqrt(velocity / (1 - self.beta_2**step))
        direction = momentum / (1 - self.beta_1**step) / (root + self.epsilon)
        own, moved = _norm(weight), _norm(direction)
        ratio = jnp.where((own > 0) & (moved > 0), own / jnp.where(moved > 0, moved, 1), 1.0)
        return weight - ratio * rate * direction, momentum, velocity


class Adafactor(Optimizer):
    """Adam without momentum whose mean square is kept as its rows' and its columns' means.

    For a weight of two axes or more, `v = row * column / mean(row)`; else `v` in full. Then
    `u = g / sqrt(v)`, `w -= a * u / max(1, rms(u) / clip_threshold)`, with
    `a = max(epsilon_2, rms(w)) * min(rate, 1 / sqrt(t))`, and `1 - t^beta_2_decay` of each mean
    is kept at step `t`.

    Args:
        learning_rate: Rate of the step.
        beta_2_decay: How fast the means come to keep everything.
        epsilon_1: Added to `g^2`.
        epsilon_2: The least size of a weight that scales its step.
        clip_threshold: The largest root mean square of `u`.
        relative_step: Whether a constant rate is at most `1 / sqrt(t)`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
        ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: See
            `Optimizer`.

    Source: Shazeer and Stern 2018, arXiv:1804.04235.
    """

    learning_rate: LearningRate = 0.001
    beta_2_decay: Number = -0.8
    epsilon_1: Number = 1e-30
    epsilon_2: Number = 1e-3
    clip_threshold: Threshold = 1.0
    relative_step: bool = True

    def _make_slots(self, variables: Sequence[Variable]) -> list[list[Variable]]:
        return [[] if v.overwrite_with_gradient else self._factors(v) for v in variables]

    def _factors(self, variable: Variable) -> list[Variable]:
        """Means of rows and of columns, and the mean square they give."""
        shape = variable.shape
        if len(shape) < 2:  # files have a number in the place of each factor
            factors = [Variable(np.int32(0), trainable=False, name=variable.name) for _ in "rc"]
            for factor in factors:
                self._track(factor)
        else:
            factors = [
                self.add_variable(size, dtype=variable.dtype, name=variable.name)
                for size in (shape[:-1], shape[:-2] + shape[-1:])
            ]
        return [*factors, self.add_variable_from_reference(variable, "velocity")]

    def rule(
        self, weight: Any, gradient: Any, rate: Any, step: Any, row: Any, column: Any, velocity: Any
    ) -> tuple:
        """The new weight, means of rows and columns, and mean square."""
        if self.relative_step and not callable(self._learning_rate):
            rate = jnp.minimum(rate, jax.lax.rsqrt(step))
        fresh = step**self.beta_2_decay  # the share of the new squares in each mean
        squares = jnp.square(gradient) + self.epsilon_1
        if weight.ndim < 2:
            velocity = velocity + (squares - velocity) * fresh
        else:
            row = row + (jnp.mean(squares, axis=-1) - row) * fresh
            column = column + (jnp.mean(squares, axis=-2) - column) * fresh
            share = row / jnp.mean(row, axis=-1, keepdims=True)
            velocity = share[..., :, None] * column[..., None, :]
        move = gradient * jax.lax.rsqrt(velocity)
        move = move / jnp.maximum(1.0, _size(move) / self.clip_threshold)
        rate = rate * jnp.maximum(self.epsilon_2, _size(weight))
        return weight - rate * move, row, column, velocity


class Muon(Optimizer):
    """Momentum whose matrix is brought to all singular values about 1; AdamW for the rest.

    `m = momentum * m + g`, `w -= rate * rms_rate * sqrt(max(rows, columns)) * orthogonal(m)`,
    `orthogonal` by `ns_steps` Newton-Schulz iterations `x = a x + (b x x' + c (x x')^2) x`.
    Weights that are not matrices, embeddings and layers excluded by name move by AdamW.

    Args:
        learning_rate: Rate of the step.
        adam_beta_1, adam_beta_2, epsilon: AdamW's, see `Adam`.
        adam_weight_decay: The weight decay of weights that AdamW moves.
        weight_decay: The weight decay of all others.
        exclude_layers: Patterns; weights in whose path one is found move by AdamW. The output
            layer should be among them.
        exclude_embeddings: Whether weights with "embedding" in their path move by AdamW.
        muon_a, muon_b, muon_c: Coefficients of the iteration.
        adam_lr_ratio: AdamW's rate as a multiple of `learning_rate`.
        momentum: How much of the mean gradient is kept.
        ns_steps: How many iterations.
        nesterov: Whether to look ahead, with `g + momentum * m`.
        rms_rate: Size of an entry of the step, as AdamW has it; None leaves out this factor and
            the root beside it.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
        loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    Source: Jordan et al. 2024, github.com/KellerJordan/Muon; `rms_rate`: Liu et al. 2025,
        arXiv:2502.16982.
    """

    learning_rate: LearningRate = 0.001
    adam_beta_1: Number = 0.9
    adam_beta_2: Number = 0.999
    adam_weight_decay: Number | None = 0.004
    epsilon: Number = 1e-7
    weight_decay: Number | None = 0.004
    clipnorm: Threshold | None = None
    clipvalue: Threshold | None = None
    global_clipnorm: Threshold | None = None
    use_ema: bool = False
    ema_momentum: Rate = 0.99
    ema_overwrite_frequency: Positive | None = None
    loss_scale_factor: Threshold | None = None
    gradient_accumulation_steps: Round | None = None
    name: str | None = None
    exclude_layers: list[str] | None = None
    exclude_embeddings: bool = True
    muon_a: Number = 3.4445
    muon_b: Number = -4.775
    muon_c: Number = 2.0315
    adam_lr_ratio: Number = 1
    momentum: Number = 0.95
    ns_steps: Positive = 5
    nesterov: bool = True
    rms_rate: Number | None = 0.2

    def setup(self) -> None:
        """No layer is excluded unless named."""
        super().setup()
        self.exclude_layers = list(self.exclude_layers or [])

    def _by_adam(self, variable: Variable) -> bool:
        """Whether AdamW moves this weight."""
        path = variable.path
        embedding = self.exclude_embeddings and "embedding" in path.lower()
        named = any(re.search(pattern, path) for pattern in self.exclude_layers or ())
        return len(variable.shape) != 2 or embedding or named

    def slots(self, variable: Variable) -> Slots:
        """`momentum`, and `velocity` where AdamW moves the weight."""
        return [{"momentum": 0.0} | ({"velocity": 0.0} if self._by_adam(variable) else {})]

    def _decay(self, variable: Variable) -> float | None:
        decay = super()._decay(variable)
        excluded = decay is None and self.weight_decay is not None
        return self.adam_weight_decay if self._by_adam(variable) and not excluded else decay

    def rule(self, weight: Any, gradient: Any, rate: Any, step: Any, *slots: Any) -> tuple:
        """The new weight and moving means; two slots mean AdamW."""
        move = self._adam_move if len(slots) == 2 else self._matrix_move
        change, *new_slots = move(gradient, step, *slots)
        return weight - rate * change, *new_slots

    def _adam_move(self, gradient: Any, step: Any, momentum: Any, velocity: Any) -> tuple:
        momentum = momentum + (gradient - momentum) * (1 - self.adam_beta_1)
        velocity = velocity + (jnp.square(gradient) - velocity) * (1 - self.adam_beta_2)
        scale = jnp.sqrt(1 - self.adam_beta_2**step) / (1 - self.adam_beta_1**step)
        move = self.adam_lr_ratio * scale * momentum / (jnp.sqrt(velocity) + self.epsilon)
        return move, momentum, velocity

    def _matrix_move(self, gradient: Any, step: Any, momentum: Any) -> tuple:
        momentum = self.momentum * momentum + gradient
        move = gradient + self.momentum * momentum if self.nesterov else momentum
        scale = 1.0 if self.rms_rate is None else self.rms_rate * max(move.shape) ** 0.5
        return scale * self._orthogonal(move), momentum

    def _orthogonal(self, x: Any) -> Any:
        """`x` (rows, columns) with all its singular values brought near 1."""
        upright = x.shape[0] > x.shape[1]
        x = x.T if upright else x  # the products x x' are then the smaller ones
        x = x / (_norm(x) + 1e-7)
        for _ in range(self.ns_steps):
            square = x @ x.T
            x = self.muon_a * x + (self.muon_b * square + self.muon_c * square @ square) @ x
        return x.T if upright else x


def _norm(x: Any) -> Any:
    """The Euclidean norm over all entries."""
    return jnp.sqrt(jnp.sum(jnp.square(x)))


def _size(x: Any) -> Any:
    """The root mean square over all entries."""
    return jnp.sqrt(jnp.mean(jnp.square(x)))
