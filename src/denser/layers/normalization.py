"""Normalization: activities brought to mean 0 and variance 1, or to length 1."""

from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array, lax

from ..constraints import AConstraint
from ..core.dtype import is_float
from ..core.fields import NonNegativeNumber, Rate, Rule
from ..core.messages import bad_argument, bad_input
from ..core.variable import Variable, real_rows
from ..initializers import AnInitializer
from ..lowering.normalize import batch_norm, batch_norm_train, moments
from ..ops.normalize import layer_normalization, normalize, rms_normalization
from ..regularizers import ARegularizer
from .activation import Axes
from .input_spec import InputSpec
from .layer import Layer


def _is_clipping(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) - {"rmin", "rmax", "dmax"}:
        return False
    least, most = value.get("rmin") or 0, value.get("rmax")
    return (most is None or most >= least) and (value.get("dmax") or 0) >= 0


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and (value > 0 or value == -1)


Clipping = Annotated[
    dict,
    Rule(
        "a dict of 'rmin', 'rmax' (not less) and 'dmax' (not negative)",
        _is_clipping,
        bad=(3, {"max": 1}, {"rmin": 2.0, "rmax": 1.0}, {"dmax": -1.0}),
    ),
]
Groups = Annotated[int, Rule("a positive integer or -1", _is_count, bad=(0, -2, 2.5, "a"))]


class _Normalization(Layer):
    """Base of normalizations with a factor `gamma` and an offset `beta`."""

    supports_masking = True

    def make_gamma_and_beta(self, shape: tuple, scale: bool, center: bool) -> None:
        """Make those of the two that are wanted; the other stays None.

        They are read in float32 by layers that compute in a half type.
        """
        self.gamma = self.weight("gamma", shape, autocast=False) if scale else None
        self.beta = self.weight("beta", shape, autocast=False) if center else None

    def sizes(self, input_shape: tuple, axes: list[int]) -> tuple[int, ...]:
        """The sizes of the input along axes, which must be known."""
        if any(not -len(input_shape) <= axis < len(input_shape) for axis in axes):
            raise bad_argument(
                self, "axis", f"among the {len(input_shape)} axes of the input", axes
            )
        sizes = tuple(input_shape[axis] for axis in axes)
        if None in sizes:
            raise bad_input(self, f"with a known size along axis {axes}", input_shape)
        return sizes

    def as_floats(self, x: Array) -> Array:
        """Integers in the type that the layer computes in."""
        return x if is_float(x.dtype) else x.astype(self.compute_dtype)


class BatchNormalization(_Normalization):
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, each channel by its own moments.

    In training they are those of the batch; otherwise, and while the layer is not trainable,
    running means of them: `moving = momentum * moving + (1 - momentum) * batch`.

    Shapes:
        x: (batch, ..., channels) -> the same
        gamma, beta, moving_mean, moving_variance: (channels,)
        mask: (batch, ...), booleans; what is False does not count in the moments

    Args:
        axis: The axis of the channels.
        momentum: Share of the old value in a running mean.
        epsilon: Keeps the root from 0.
        center, scale: Whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer, ...: How the weights start, their penalties, and what
            they are brought back to after each step.
        renorm: Whether to normalize, in training too, by running means: batch renormalization.
        renorm_clipping: Limits of its corrections: 'rmin' and 'rmax' of the factor, 'dmax' of the
            offset.
        renorm_momentum: Share of the old value in the running means that it uses.
        synchronized: Whether the moments are those of the whole batch where several devices share
            it; they always are, with False too.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167; Ioffe 2017, arXiv:1702.03275 for `renorm`.
    """

    axis: int = -1
    momentum: Rate = 0.99
    epsilon: NonNegativeNumber = 0.001
    center: bool = True
    scale: bool = True
    beta_initializer: AnInitializer = "zeros"
    gamma_initializer: AnInitializer = "ones"
    moving_mean_initializer: AnInitializer = "zeros"
    moving_variance_initializer: AnInitializer = "ones"
    beta_regularizer: ARegularizer = None
    gamma_regularizer: ARegularizer = None
    beta_constraint: AConstraint = None
    gamma_constraint: AConstraint = None
    renorm: bool = False
    renorm_clipping: Clipping | None = None
    renorm_momentum: Rate = 0.99
    synchronized: bool = False

    def setup(self) -> None:
        """No clipping is a clipping without limits."""
        if self.renorm:
            self.renorm_clipping = self.renorm_clipping or {}

    def build(self, input_shape: tuple) -> None:
        """Make weights and running means for the number of channels."""
        shape = self.sizes(input_shape, [self.axis])
        self.make_gamma_and_beta(shape, self.scale, self.center)
        fixed: dict[str, Any] = {"trainable": False, "autocast": False}
        self.moving_mean = self.weight("moving_mean", shape, **fixed)
        self.moving_variance = self.weight("moving_variance", shape, **fixed)
        if self.renorm:
            deviation = {"initializer": lambda *_, **__: self.moving_variance.raw**0.5, **fixed}
            mean = {"initializer": lambda *_, **__: self.moving_mean.raw, **fixed}
            self.moving_stddev = self.weight("moving_stddev", shape, **deviation)
            self.renorm_mean = self.weight("renorm_mean", shape, **mean)
            self.renorm_stddev = self.weight("renorm_stddev", shape, **deviation)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: shape[0]})

    def call(self, inputs: Array, training: bool | None = None, mask: Any = None) -> Array:
        """The normalized inputs; in training, the running means follow."""
        x = self.as_floats(inputs)
        gamma, beta = (self.along_channels(weight, x) for weight in (self.gamma, self.beta))
        if not (training and self.trainable):
            mean = self.along_channels(self.moving_mean, x)
            variance = self.along_channels(self.moving_variance, x)
            return batch_norm(x, mean, variance, gamma, beta, self.epsilon)
        axes = tuple(axis for axis in range(x.ndim) if axis != self.axis % x.ndim)
        if self.renorm:
            return self.renormalized(x, gamma, beta, axes, _weights(x, mask))
        y, mean, variance = batch_norm_train(x, gamma, beta, self.epsilon, axes, _weights(x, mask))
        _follow(self.moving_mean, mean, self.momentum)
        _follow(self.moving_variance, variance, self.momentum)
        return y

    def renormalized(self, x: Array, gamma: Any, beta: Any, axes: tuple, weights: Any) -> Array:
        """`x` by its own moments, then corrected to the running ones by a factor and an offset that
        pass no gradient."""
        mean, variance = moments(x, axes, weights)
        deviation = jnp.sqrt(variance + self.epsilon)
        running_mean = self.along_channels(self.renorm_mean, x)
        running = self.along_channels(self.renorm_stddev, x)
        running = jnp.maximum(running, self.epsilon**0.5)
        limits = self.renorm_clipping or {}
        dmax = limits.get("dmax")
        factor = jnp.clip(deviation / running, limits.get("rmin"), limits.get("rmax"))
        offset = jnp.clip((mean - running_mean) / running, None if dmax is None else -dmax, dmax)
        factor, offset = lax.stop_gradient((factor, offset))
        y = batch_norm(x, mean, variance, factor, offset, self.epsilon).astype(x.dtype)
        for variable, value, momentum in (
            (self.renorm_mean, mean, self.renorm_momentum),
            (self.renorm_stddev, deviation, self.renorm_momentum),
            (self.moving_mean, mean, self.momentum),
            (self.moving_stddev, deviation, self.momentum),
        ):
            _follow(variable, value, momentum)
        variance = jnp.square(self.moving_stddev.value) - self.epsilon
        self.moving_variance.assign(jnp.maximum(variance, 0))
        y = y if gamma is None else y * gamma
        return (y if beta is None else y + beta).astype(x.dtype)

    def along_channels(self, weight: Variable | None, x: Array) -> Any:
        """A weight (channels,) in a shape that broadcasts to `x`."""
        if weight is None:
            return None
        shape = [1] * x.ndim
        shape[self.axis] = -1
        return weight.value.reshape(shape)


def _follow(variable: Variable, value: Array, momentum: float) -> None:
    """Let a running mean go a step towards `value`."""
    value = lax.stop_gradient(value).reshape(variable.shape)
    variable.assign(variable.raw * momentum + value * (1 - momentum))


def _weights(x: Array, mask: Any) -> Array | None:
    """What counts in the moments of `x`, broadcasting to it: real rows, where the mask is True."""
    weights = None
    for part in (real_rows(), mask):
        if part is not None:
            part = jnp.asarray(part, bool)
            part = part.reshape(part.shape + (1,) * (x.ndim - part.ndim))
            weights = part if weights is None else weights & part
    return weights


class LayerNormalization(_Normalization):
    """`(x - mean) / sqrt(variance + epsilon) * gamma + beta`, each sample by its own moments.

    Shapes:
        x: (batch, ..., features) -> the same
        gamma, beta: (features,), or the sizes of `axis`

    Args:
        axis: The axis that the moments are taken over, or several.
        epsilon: Keeps the root from 0.
        center, scale: Whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer, ...: How the weights start, their penalties, and what
            they are brought back to after each step.
        rms_scaling: An old form: no mean is subtracted, and there is no `beta`. RMSNormalization is
            what was meant.

    Source: Ba et al. 2016, arXiv:1607.06450.
    """

    axis: Axes = -1
    epsilon: NonNegativeNumber = 0.001
    center: bool = True
    scale: bool = True
    beta_initializer: AnInitializer = "zeros"
    gamma_initializer: AnInitializer = "ones"
    beta_regularizer: ARegularizer = None
    gamma_regularizer: ARegularizer = None
    beta_constraint: AConstraint = None
    gamma_constraint: AConstraint = None
    rms_scaling: bool = False

    def build(self, input_shape: tuple) -> None:
        """Make the weights for the sizes of the axes."""
        axes = _listed(self.axis, len(input_shape))
        shape = self.sizes(input_shape, axes)
        if self.rms_scaling:
            self.gamma, self.beta = self.weight("gamma", shape, autocast=False), None
        else:
            self.make_gamma_and_beta(shape, self.scale, self.center)
        fixed = dict(zip(axes, shape, strict=True))
        self.input_spec = InputSpec(ndim=len(input_shape), axes=fixed)

    def call(self, inputs: Array) -> Array:
        """The normalized inputs."""
        return layer_normalization(
            self.as_floats(inputs),
            self.gamma,
            self.beta,
            axis=_listed(self.axis, inputs.ndim),
            epsilon=self.epsilon,
            rms_scaling=self.rms_scaling,
        )


def _listed(axis: Any, rank: int) -> list[int]:
    """One axis or several as a list, in order."""
    axes = axis if isinstance(axis, list) else [axis]
    return sorted(a % rank if -rank <= a < rank else a for a in axes)


class GroupNormalization(_Normalization):
    """Layer normalization of each group of channels: `(x - mean) / sqrt(variance + epsilon) * gamma
    + beta` with the moments over a group and all of space.

    Shapes:
        x: (batch, ..., channels) -> the same
        gamma, beta: (channels,)

    Args:
        groups: Number of groups, each of equally many neighbouring channels; -1: one for each
            channel, which is instance normalization.
        axis: The axis of the channels.
        epsilon: Keeps the root from 0.
        center, scale: Whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer, ...: How the weights start, their penalties, and what
            they are brought back to after each step.

    Source: Wu & He 2018, arXiv:1803.08494.
    """

    groups: Groups = 32
    axis: int = -1
    epsilon: NonNegativeNumber = 0.001
    center: bool = True
    scale: bool = True
    beta_initializer: AnInitializer = "zeros"
    gamma_initializer: AnInitializer = "ones"
    beta_regularizer: ARegularizer = None
    gamma_regularizer: ARegularizer = None
    beta_constraint: AConstraint = None
    gamma_constraint: AConstraint = None

    def build(self, input_shape: tuple) -> None:
        """Make the weights for the number of channels."""
        (channels,) = self.sizes(input_shape, [self.axis])
        if self.groups == -1:
            self.groups = channels
        if channels % self.groups:
            expected = f"a divisor of the {channels} channels of the input"
            raise bad_argument(self, "groups", expected, self.groups)
        self.make_gamma_and_beta((channels,), self.scale, self.center)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs: Array) -> Array:
        """The normalized inputs."""
        x = jnp.moveaxis(self.as_floats(inputs), self.axis, -1)
        batch, channels = x.shape[0], x.shape[-1]
        grouped = x.reshape(batch, -1, self.groups, channels // self.groups)
        mean, variance = moments(grouped, (1, 3))
        shape = (self.groups, -1)
        gamma = None if self.gamma is None else self.gamma.value.reshape(shape)
        beta = None if self.beta is None else self.beta.value.reshape(shape)
        y = batch_norm(grouped, mean, variance, gamma, beta, self.epsilon)
        return jnp.moveaxis(y.reshape(x.shape), -1, self.axis)


class RMSNormalization(_Normalization):
    """`x / sqrt(mean(x^2) + epsilon) * scale`.

    Shapes:
        x: (batch, ..., features) -> the same
        scale: (features,), or the sizes of `axis`

    Args:
        axis: The axis that the mean is taken over, or several.
        epsilon: Keeps the root from 0.

    Source: Zhang & Sennrich 2019, arXiv:1910.07467.
    """

    axis: Axes = -1
    epsilon: NonNegativeNumber = 1e-6

    def build(self, input_shape: tuple) -> None:
        """Make the factors for the sizes of the axes."""
        shape = self.sizes(input_shape, _listed(self.axis, len(input_shape)))
        self.scale = self.weight("scale", shape, initializer="ones")

    def call(self, inputs: Array) -> Array:
        """The normalized inputs."""
        axes = _listed(self.axis, inputs.ndim)
        return rms_normalization(self.as_floats(inputs), self.scale, axes, self.epsilon)


class UnitNormalization(Layer):
    """`x / |x|`, with the length taken over `axis`; 0 stays 0.

    Shapes:
        x: any -> the same

    Args:
        axis: The axis of the vectors, or several.

    Example:
        >>> UnitNormalization()([[3.0, 4.0]]).round(3).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """

    axis: Axes = -1

    supports_masking = True

    def call(self, inputs: Array) -> Array:
        """The vectors of length 1."""
        return normalize(inputs, self.axis, 2, 1e-12)
