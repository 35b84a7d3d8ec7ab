from functools import partial

import numpy as np
import pytest

from denser import activations, losses
from denser.visual import plot_activation, plot_loss


def curves(figure):
    return {line.get_label(): line.get_data() for line in figure.axes[0].lines}


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("relu", lambda x: np.maximum(x, 0), lambda x: x > 0),
        ("tanh", np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (
            "softmax",
            lambda x: np.exp(x) / (np.exp(x) + 3),
            lambda x: 3 * np.exp(x) / (np.exp(x) + 3) ** 2,
        ),
    ],
)
def test_activation_and_its_derivative(name, values, slopes):
    figure = plot_activation(name, -3, 3)
    x, y = curves(figure)[f"{name}(x)"]
    np.testing.assert_allclose(y, values(x), atol=1e-5)
    np.testing.assert_allclose(curves(figure)["derivative"][1], slopes(x), atol=1e-5)
    assert ("first of four" in figure.axes[0].get_xlabel()) == (name == "softmax")


def test_activation_says_its_range():
    assert "values 0 … 6,  derivative 0 … 1" in plot_activation("relu").axes[0].get_xlabel()
    assert plot_activation(activations.relu).axes[0].get_title(loc="left") == "relu"


@pytest.mark.parametrize(
    ("loss", "label", "value"),
    [
        ("mse", "truth 0", lambda x: x**2),
        ("binary_crossentropy", "truth 1", lambda x: -np.log(x)),
        ("categorical_crossentropy", "truth 1", lambda x: -np.log(x)),
        ("sparse_categorical_crossentropy", "truth 1", lambda x: -np.log(x)),
        ("hinge", "truth -1", lambda x: np.maximum(1 + x, 0)),
        ("cosine_similarity", "truth 0", lambda x: -np.cos(np.deg2rad(x))),
    ],
)
def test_loss_over_the_prediction(loss, label, value):
    x, y = curves(plot_loss(loss))[label]
    np.testing.assert_allclose(y, value(x), rtol=1e-3, atol=1e-3)


def test_a_loss_object_and_other_truths():
    found = curves(plot_loss(losses.MeanSquaredError(), y_true=[1, 2], low=-1, high=1))
    assert set(found) == {"truth 1", "truth 2"}
    x, y = found["truth 2"]
    np.testing.assert_allclose(y, x**2, atol=1e-5)


def test_arguments_are_fixed_by_partial():
    figure = plot_loss(partial(losses.huber, delta=2.0))
    assert figure.axes[0].get_title(loc="left") == "Huber"
    sharp = plot_activation(partial(activations.leaky_relu, negative_slope=0.5), -2, 2)
    assert "values -1 … 2" in sharp.axes[0].get_xlabel()


def test_a_loss_without_a_curve_says_so():
    with pytest.raises(ValueError, match="plot_history"):
        plot_loss("ctc")
