"""Plots of functions: an activation with its derivative, a loss over the prediction."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .. import activations, losses
from ..core.messages import UserError
from .figures import figure
from .palette import BLUE, MUTED, ORANGE, SERIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_POINTS = 801
_STYLES = ("-", "--", "-.", ":")


class View(NamedTuple):
    """How a loss is looked at: over which predictions, for which truths, as which arrays."""

    pair: Callable
    truths: tuple[float, ...]
    low: float
    high: float
    label: str


def _number(truth, value):
    return jnp.full((1, 1), truth), value[None, None]


def _one_hot(truth, value):
    return jnp.array([[truth, 1 - truth]]), jnp.stack([value, 1 - value])[None]


def _class(truth, value):
    return jnp.array([int(1 - truth)]), jnp.stack([value, 1 - value])[None]


def _direction(truth, value):
    turn = jnp.deg2rad(value - truth)
    return jnp.array([[1.0, 0.0]]), jnp.stack([jnp.cos(turn), jnp.sin(turn)])[None]


_RESIDUAL = View(_number, (0.0,), -3.0, 3.0, "prediction − truth")
_POSITIVE = View(_number, (1.0, 2.0), 0.0, 4.0, "prediction")
_MARGIN = View(_number, (1.0, -1.0), -2.5, 2.5, "prediction")
_BINARY = View(_number, (1.0, 0.0), 0.0, 1.0, "predicted probability")
_ONE_HOT = View(_one_hot, (1.0,), 0.0, 1.0, "predicted probability of the true class")
_VIEWS = {
    "mean_absolute_percentage_error": _POSITIVE,
    "mean_squared_logarithmic_error": _POSITIVE,
    "poisson": _POSITIVE,
    "hinge": _MARGIN,
    "squared_hinge": _MARGIN,
    "binary_crossentropy": _BINARY,
    "binary_focal_crossentropy": _BINARY,
    "categorical_crossentropy": _ONE_HOT,
    "categorical_focal_crossentropy": _ONE_HOT,
    "categorical_hinge": _ONE_HOT,
    "kl_divergence": _ONE_HOT,
    "dice": _ONE_HOT,
    "tversky": _ONE_HOT,
    "sparse_categorical_crossentropy": _ONE_HOT._replace(pair=_class),
    "categorical_generalized_cross_entropy": _ONE_HOT._replace(pair=_class),
    "cosine_similarity": View(_direction, (0.0,), -180.0, 180.0, "degrees from the truth"),
}
_NO_CURVE = ("ctc", "circle")


def plot_activation(
    activation: str | Callable,
    low: float = -6.0,
    high: float = 6.0,
    path: str | Path | None = None,
) -> Figure:
    """Draw an activation y = f(x), its derivative dy/dx, and the values that both take.

    One that looks at its whole input, such as softmax, is drawn for the first of four inputs,
    the others being 0.

    Args:
        activation: A name, or a function of arrays.
        low, high: The range of x.
        path: Where to save the plot; the ending gives the format.

    Example:
        >>> [line.get_label() for line in plot_activation("relu").axes[0].lines][-2:]
        ['relu(x)', 'derivative']
    """
    function = activations.get(activation)
    name = activation if isinstance(activation, str) else _name(function)

    def first(x, others=0.0):
        return function(jnp.append(x, jnp.full(3, others))[None])[0, 0]

    # An even count leaves out the middle, where relu and its like have no derivative.
    x = jnp.linspace(low, high, _POINTS - 1)
    y, slope = jax.vmap(jax.value_and_grad(first))(x)
    shared = not np.allclose(y, jax.vmap(lambda x: first(x, 1.0))(x), atol=1e-6)
    with figure(5.2, 3.8, path) as made:
        axes = made.add_subplot()
        axes.axhline(0, color=MUTED, linewidth=0.8)
        axes.axvline(0, color=MUTED, linewidth=0.8)
        axes.plot(x, y, color=BLUE, linewidth=2.4, label=f"{name}(x)")
        axes.plot(x, slope, "--", color=ORANGE, label="derivative")
        axes.set_title(name)
        seen = f"values {_range(y)},  derivative {_range(slope)}"
        axes.set_xlabel(("first of four inputs, the others 0" if shared else "x") + f"\n{seen}")
        axes.set_xlim(low, high)
        axes.legend(loc="upper left")
    return made


def plot_loss(
    loss: str | Callable,
    y_true: Sequence[float] | None = None,
    low: float | None = None,
    high: float | None = None,
    path: str | Path | None = None,
) -> Figure:
    """Draw a loss over the prediction, one curve for each true value.

    Losses of regression are drawn over prediction − truth, those of two classes over the predicted
    probability, those of many over the probability of the true class.

    Args:
        loss: A name, a Loss, or a function of `(y_true, y_pred)`.
        y_true: The true values; by default those that suit the loss.
        low, high: The range of the prediction.
        path: Where to save the plot; the ending gives the format.

    Example:
        >>> plot_loss("mse").axes[0].get_xlabel()
        'prediction − truth'
    """
    function = losses.get(loss)
    name = _snake(_name(function))
    if name in _NO_CURVE:
        raise UserError(
            f"plot_loss: {name!r} compares whole sequences or sets, not one prediction with one "
            "truth, so it has no curve. Plot its values during training: plot_history(history)."
        )
    view = _VIEWS.get(name, _RESIDUAL)
    truths = view.truths if y_true is None else tuple(y_true)
    low, high = view.low if low is None else low, view.high if high is None else high
    x = np.linspace(low, high, _POINTS)[1:-1]  # at the ends some losses of probabilities jump

    def value(truth, x):
        return jnp.mean(function(*view.pair(truth, x)))

    with figure(5.2, 3.8, path) as made:
        axes = made.add_subplot()
        for index, truth in enumerate(truths):
            at = x + truth if view is _RESIDUAL else x
            curve = jax.vmap(partial(value, truth))(jnp.asarray(at, jnp.float32))
            color, style = SERIES[index % len(SERIES)], _STYLES[index % len(_STYLES)]
            axes.plot(x, curve, color=color, linestyle=style, label=f"truth {truth:g}")
        axes.set_title(name.replace("_", " ").capitalize())
        axes.set(xlabel=view.label, ylabel="loss", xlim=(low, high))
        if len(truths) > 1:
            axes.legend()
    return made


def _name(function: Callable) -> str:
    function = getattr(function, "func", function)  # what a functools.partial stands for
    return getattr(function, "__name__", None) or getattr(function, "name", "") or "function"


def _snake(name: str) -> str:
    """The function's name for a class's: `MeanSquaredError` is `mean_squared_error`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _range(values) -> str:
    """Between which values a curve lies, here."""
    # Adding 0.0 turns the -0.0 that rounding may leave into 0.0.
    low, high = (f"{round(float(end), 3) + 0.0:g}" for end in (min(values), max(values)))
    return f"{low} … {high}"
