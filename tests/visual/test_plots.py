import sys
from types import SimpleNamespace

import numpy as np
import pytest

from denser.visual import plot_confusion_matrix, plot_history, plot_images, plot_pixels

HISTORY = {
    "loss": [2.0, 1.0, 0.5, 0.4],
    "accuracy": [0.1, 0.5, 0.8, 0.9],
    "val_loss": [2.1, 1.2],
    "val_accuracy": [0.2, 0.6],
}


@pytest.mark.parametrize("wrap", [dict, lambda h: SimpleNamespace(history=h, epoch=[0, 1, 2, 3])])
def test_history_has_a_pair_of_curves_for_each_metric(wrap):
    loss, accuracy = plot_history(wrap(HISTORY)).axes
    assert (loss.get_title(loc="left"), accuracy.get_title(loc="left")) == ("Loss", "Accuracy")
    training, validation = loss.lines
    np.testing.assert_array_equal(training.get_ydata(), HISTORY["loss"])
    np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_array_equal(validation.get_ydata(), HISTORY["val_loss"])
    if wrap is not dict:  # validation_freq=2
        np.testing.assert_array_equal(validation.get_xdata(), [2, 4])


def test_confusion_matrix_counts():
    true, scores = [0, 0, 1, 2, 2, 2], np.eye(3)[[0, 1, 1, 2, 2, 0]]
    axes = plot_confusion_matrix(true, scores, ["cat", "dog", "cow"]).axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert {
        (0, 0): "1",
        (1, 0): "1",
        (1, 1): "1",
        (2, 2): "2",
        (0, 2): "1",
    }.items() <= cells.items()
    assert (2, 0) not in cells
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog", "cow"]
    assert axes.get_title(loc="left") == "66.7% right: 4 of 6"
    assert "66.7%" in cells.values()


def test_images_say_label_prediction_and_mistake():
    scores = np.array([[0.9, 0.1], [0.8, 0.2]])
    figure = plot_images(np.zeros((2, 4, 4, 3), np.uint8), [0, 1], scores, ["cat", "dog"])
    assert [axes.get_title() for axes in figure.axes] == ["cat  90%", "cat  80%\nis dog"]
    assert len(plot_images(np.zeros((50, 4, 4)), most=10).axes) == 10


@pytest.mark.parametrize("top", [1.0, 255])
def test_pixels_of_a_four_and_a_five(top):
    images = np.zeros((3, 2, 2), np.float32 if top == 1.0 else np.uint8)
    images[0, 0, 0] = images[1] = top
    four, _, five, _ = figure_axes = plot_pixels(images, [4, 5, 4]).axes
    assert [four.get_title(), five.get_title()] == ["A 4", "A 5"]
    assert figure_axes[1].get_title(loc="left").startswith("75%")
    bars, mean = (patch.get_data().values for patch in figure_axes[1].patches)
    assert bars[-1] == 25 and mean[-1] == 12.5 and bars[:-1].sum() == 0


def test_files(tmp_path):
    plot_history(HISTORY, tmp_path / "curves.svg")
    assert "<svg" in (tmp_path / "curves.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("plot", "message"),
    [
        (lambda: plot_history({}), "fit"),
        (lambda: plot_images(np.zeros((3, 784))), "reshape"),
        (lambda: plot_confusion_matrix([0, 1], [0]), "y_pred"),
        (lambda: plot_confusion_matrix([0, 2], [0, 1], ["a", "b"]), "classes"),
        (lambda: plot_confusion_matrix([0.5], [1]), "y_true"),
        (lambda: plot_pixels(np.zeros((1, 2, 2)), [4]), "label 5"),
    ],
)
def test_mistakes_are_named(plot, message):
    with pytest.raises(ValueError, match=message):
        plot()


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"denser\[plot\]"):
        plot_history(HISTORY)
