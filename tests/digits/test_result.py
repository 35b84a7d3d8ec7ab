"""What is read from a run's figures."""

from types import SimpleNamespace

import numpy as np
import pytest

from denser.digits.networks import COMPILE, NETWORKS, code_of
from denser.digits.result import Result, Settings, ideas
from denser.models import Sequential


def made(losses=(1.0, 0.5, 0.4), accuracies=None, answers=None, model="mlp", module="digits"):
    """A Result with these curves of validation and these answers to 20 test images."""
    truth = np.arange(20) % 10
    scores = np.full((20, 10), 0.01)
    scores[np.arange(20), truth if answers is None else answers] = 0.91
    accuracies = accuracies or [0.9] * len(losses)
    curves = {"val_loss": list(losses), "val_accuracy": accuracies}
    history = SimpleNamespace(history=curves, epoch=list(range(len(losses))))
    right = float(np.mean(scores.argmax(1) == truth))
    digits = SimpleNamespace(module=module, y_test=truth, x_train=np.zeros(100))
    return Result(
        Settings(model, None, len(losses), 50, 0), digits, NETWORKS[model], None, [], history,
        0.1, right, scores, True, {},
    )  # fmt: skip


FALLING = [1 / n for n in range(1, 13)]
RISING = [1.0, 0.5, 0.3, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.mark.parametrize(
    ("losses", "accuracies", "kind"),
    [
        ([1.0], None, "short"),
        ([], None, "short"),
        (FALLING, None, "falling"),
        ([1.0, 0.5, 0.4, 0.4, 0.41, 0.4, 0.41, 0.4, 0.41], None, "level"),
        (RISING, [0.5, 0.8, 0.9, 0.95, 0.94, 0.93, 0.92, 0.91], "overfitting"),
        (RISING, [0.5, 0.8, 0.9, 0.95, 0.96, 0.96, 0.97, 0.97], "too sure"),
    ],
)
def test_the_course_of_training(losses, accuracies, kind):
    course = made(losses, accuracies).course()
    assert course.kind == kind
    if kind in ("overfitting", "too sure"):
        assert course.best == 4 and "around epoch 4" in course.text


def test_mistakes_are_counted():
    answers = np.arange(20) % 10
    answers[[4, 14, 9, 3]] = [9, 9, 4, 5]
    result = made(answers=answers)
    assert result.right == 16 and set(result.wrong) == {3, 4, 9, 14}
    _, mixed, hardest, sureness = result.findings()
    assert mixed == "Mixed up most often: 4 and 9 (3×), 3 and 5 (1×)."
    assert hardest.startswith("The hardest digit was 4: 0.0%")
    assert "91.0%" in sureness and "80.0%" in sureness
    low, high = result.range()
    assert (low, high) == pytest.approx((0.5840, 0.9193), abs=1e-4)  # Wilson, 16 of 20


def test_no_mistakes():
    result = made()
    assert len(result.wrong) == 0 and result.range()[1] == pytest.approx(1.0)
    assert "No digits were mixed up." in result.findings()


def test_ideas_follow_from_the_run():
    first = [command for command, _ in ideas(made(FALLING), ".venv/bin/denser")]
    # what the user chose is kept where it is about this network, and given up for another
    assert first[0] == ".venv/bin/denser digits --download --out digits-report-2"
    assert first[1] == ".venv/bin/denser digits --model convnet --out digits-report-3"
    assert "digits --epochs 24 --batch-size 50 --out" in first[2]
    assert "digits --epochs 12 --batch-size 50 --seed 1 --out" in first[-1]
    worse = [0.5, 0.8, 0.9, 0.95, 0.94, 0.93, 0.92, 0.91]
    convnet = made(RISING, worse, model="convnet", module="mnist")
    commands = [command for command, _ in ideas(convnet, "denser")]
    assert (
        commands[0]
        == "denser digits --model convnet --epochs 4 --batch-size 50 --out digits-report-2"
    )
    assert not any("--download" in command for command in commands)


TUTORIALS = {
    "mlp": (["Dense", "Activation", "Dropout"] * 2 + ["Dense", "Activation"], 669_706),
    "convnet": (
        ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Conv2D", "Flatten", "Dense", "Dense"],
        93_322,
    ),
}


@pytest.mark.parametrize("name", TUTORIALS)
def test_networks_are_the_tutorials(name):
    network, model = NETWORKS[name], Sequential()
    for stage in (network.input, network.hidden, network.output, COMPILE):
        assert all(line.startswith("model.") for line in code_of(stage.build).splitlines())
        stage.build(model)
    kinds, parameters = TUTORIALS[name]
    assert [type(layer).__name__ for layer in model.layers] == kinds
    assert model.count_params() == parameters
    assert model.input_shape == (None, *network.shape) and model.output_shape == (None, 10)
