"""Initializers whose variance follows from the weight's shape: `scale / fan`."""

import math
from typing import Annotated, Any

import numpy as np

from ..core import threefry
from ..core.fields import PositiveNumber, Rule, Seed, one_of
from ..core.messages import UserError, bad_argument, who
from .drawn import Drawn, affine
from .initializer import Shape

_MODES = {
    "fan_in": lambda fan_in, fan_out: fan_in,
    "fan_out": lambda fan_in, fan_out: fan_out,
    "fan_avg": lambda fan_in, fan_out: (fan_in + fan_out) / 2,
}
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
_TRUNCATED_DEVIATION = 0.87962566103423978  # of the normal distribution cut at 2 deviations


def _distribution(value: Any) -> Any:
    name = value.lower() if isinstance(value, str) else value
    return "truncated_normal" if name == "normal" else name


_Mode = Annotated[str, one_of(*_MODES)]
_Distribution = Annotated[
    str,
    Rule(
        f"one of {', '.join(map(repr, _DISTRIBUTIONS))}",
        lambda v: v in _DISTRIBUTIONS,
        _distribution,
        bad=("no such word", 17),
    ),
]
_Axes = Annotated[
    Any,
    Rule(
        "an axis or a list of axes",
        lambda v: isinstance(v, (list, tuple)) and all(isinstance(axis, int) for axis in v),
        lambda v: [v] if isinstance(v, int) else v,
        bad=("a", 2.5),
    ),
]


class _Scaled(Drawn):
    """Numbers of mean 0 and variance `scale / fan`."""

    scale = 1.0
    mode = "fan_in"
    distribution = "truncated_normal"

    seed: Seed = None
    input_axes: _Axes = None
    output_axes: _Axes = None

    def setup(self) -> None:
        """Refuse one list of axes without the other."""
        super().setup()
        if (self.input_axes is None) != (self.output_axes is None):
            raise UserError(f"{who(self)}: give both `input_axes` and `output_axes`, or neither.")

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """The numbers; `dtype` is a floating type."""
        fan = _MODES[self.mode](*self._fans(tuple(shape)))
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return self._draw(threefry.uniform, shape, dtype, -limit, limit)
        if self.distribution == "untruncated_normal":
            return affine(self._draw(threefry.normal, shape, dtype), math.sqrt(variance))
        numbers = self._draw(threefry.truncated_normal, shape, dtype)
        return affine(numbers, math.sqrt(variance) / _TRUNCATED_DEVIATION)

    def _fans(self, shape: Shape) -> tuple[int, int]:
        """How many inputs one unit sums up, and how many units one input goes to."""
        if self.input_axes is not None:
            axes = [*self.input_axes, *self.output_axes]
            if any(not -len(shape) <= axis < len(shape) for axis in axes):
                raise bad_argument(self, "input_axes, output_axes", f"axes of {shape}", axes)
            sizes = shape.__getitem__
            return math.prod(map(sizes, self.input_axes)), math.prod(map(sizes, self.output_axes))
        if len(shape) < 2:
            return math.prod(shape), math.prod(shape)
        window = math.prod(shape[:-2])  # a convolution's; 1 for a matrix
        return window * shape[-2], window * shape[-1]


class VarianceScaling(_Scaled):
    """Numbers of mean 0 and variance `scale / fan`.

    The fan of a kernel `(*window, inputs, outputs)` is `prod(window) * inputs` ("fan_in"),
    `prod(window) * outputs` ("fan_out") or the mean of both ("fan_avg").

    Args:
        scale: A positive number.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (also "normal"), "untruncated_normal" or "uniform", this
            one from `-sqrt(3 * scale / fan)` to `sqrt(3 * scale / fan)`.
        seed: As in `RandomUniform`.
        input_axes, output_axes: The axes whose sizes make the two fans, where the rule above does
            not fit the weight.
    """

    scale: PositiveNumber = 1.0
    mode: _Mode = "fan_in"
    distribution: _Distribution = "truncated_normal"


class GlorotUniform(_Scaled):
    """Uniform numbers of variance `2 / (fan_in + fan_out)`; also called Xavier.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward
    neural networks".
    """

    mode = "fan_avg"
    distribution = "uniform"


class GlorotNormal(_Scaled):
    """Truncated normal numbers of variance `2 / (fan_in + fan_out)`; also called Xavier.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward
    neural networks".
    """

    mode = "fan_avg"


class HeUniform(_Scaled):
    """Uniform numbers of variance `2 / fan_in`, meant for relu.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: He et al. 2015, "Delving deep into rectifiers", arXiv:1502.01852.
    """

    scale = 2.0
    distribution = "uniform"


class HeNormal(_Scaled):
    """Truncated normal numbers of variance `2 / fan_in`, meant for relu.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: He et al. 2015, "Delving deep into rectifiers", arXiv:1502.01852.
    """

    scale = 2.0


class LecunUniform(_Scaled):
    """Uniform numbers of variance `1 / fan_in`.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: LeCun et al. 1998, "Efficient BackProp".
    """

    distribution = "uniform"


class LecunNormal(_Scaled):
    """Truncated normal numbers of variance `1 / fan_in`, meant for selu.

    Args:
        seed, input_axes, output_axes: As in `VarianceScaling`.

    Source: LeCun et al. 1998, "Efficient BackProp"; Klambauer et al. 2017, arXiv:1706.02515.
    """
