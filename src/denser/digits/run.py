"""The run of `denser digits`: eight steps, from an empty model to a report."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..core.messages import UserError
from ..models import Sequential
from ..saving import load_model
from ..utils import set_random_seed
from ..visual.neurons import columns_of
from . import report
from .data import Digits, load
from .networks import COMPILE, NETWORKS, Network, code_of
from .program import training
from .result import VALIDATION, Part, Result, Settings, ideas
from .terminal import EpochLines, Terminal


def run(
    model: str = "mlp",
    data: str | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    out: str | Path = "digits-report",
    seed: int = 0,
    download: bool = False,
    program: str = "denser",
) -> Result:
    """Train a network to read digits, say each step, and leave a report in a folder.

    Args:
        model: "mlp" or "convnet".
        data: "mnist", "digits", or None for the best that is there.
        epochs, batch_size: None takes what suits the network and the data.
        out: The report's folder; other files in it stay.
        seed: Of the weights, the order of the images and dropout.
        download: Whether MNIST may be brought from the network.
        program: How the user calls the command, for the commands that are suggested.

    Raises:
        UserError: The data, the folder or a package that is needed cannot be had.
    """
    start = time.perf_counter()
    report.need_matplotlib()
    terminal, clock = Terminal(), Clock()
    with clock.timed("reading the data"):
        digits = load(data, download)
    folder = _folder(Path(out))
    terminal.title("denser digits", "A neural network learns to read handwriting, in eight steps.")
    settings = Settings.usual(model, data, digits.module, seed, epochs, batch_size)
    terminal.facts(
        {
            "data": f"{digits.name}: {len(digits.x_train):,} images to learn from, "
            f"{len(digits.x_test):,} to be tested with",
            "why": digits.why,
            "seed": str(seed),
        }
    )
    result = _eight_steps(terminal, clock, digits, settings, folder)
    with terminal.busy("drawing the report"), clock.timed("drawing the report"):
        suggested = ideas(result, program)
        page = report.write(result, suggested, folder)
    _improve(terminal, result, suggested)
    terminal.facts({"report": str(page), "time": f"{time.perf_counter() - start:.0f} s"})
    return result


def _eight_steps(
    terminal: Terminal, clock: "Clock", digits: Digits, settings: Settings, folder: Path
) -> Result:
    """The steps from 1 to 7; the last one looks back at them."""
    network = NETWORKS[settings.model]
    set_random_seed(settings.seed)
    model, parts = _build(terminal, network)
    x, y = as_inputs(digits.x_train, network), as_targets(digits.y_train)
    history = _train(terminal, clock, model, x, y, settings)
    x, y = as_inputs(digits.x_test, network), as_targets(digits.y_test)
    outcome = _test(terminal, clock, model, x, y, folder / report.MODEL)
    result = Result(settings, digits, network, model, parts, history, *outcome, clock.seconds)
    low, high = result.range()
    of = f"{result.right:,} of {len(y):,}"
    same = "the same answers, to the last bit" if result.same_after_loading else "OTHER ANSWERS"
    terminal.facts(
        {
            "test accuracy": f"{result.accuracy:.2%}  ({of} right; for new digits like these, "
            f"between {low:.2%} and {high:.2%})",
            "test loss": f"{result.loss:.4f}",
            "saved, loaded": same,
        }
    )
    return result


def _build(terminal: Terminal, network: Network) -> tuple[Sequential, list[Part]]:
    """Steps 1 to 5: the compiled model, and what it was after each stage of building."""
    terminal.step(
        1,
        "Initialize the model",
        "A Sequential model is a stack of layers: what one gives, the next one takes. It starts "
        "empty.",
        "model = Sequential()",
    )
    model, parts = Sequential(), []
    stages = {
        "Input layer": network.input,
        "Hidden layers": network.hidden,
        "Output layer": network.output,
    }
    for number, (name, stage) in enumerate(stages.items(), start=2):
        terminal.step(number, name, stage.text, code_of(stage.build))
        stage.build(model)
        standing = len(columns_of(model))
        parts.append(Part(standing, standing - (parts[-1].standing if parts else 0)))
    terminal.step(5, "Loss and optimizer", COMPILE.text, code_of(COMPILE.build))
    COMPILE.build(model)
    terminal.facts({"parameters": f"{model.count_params():,} numbers that training will find"})
    return model, parts


def _train(
    terminal: Terminal, clock: "Clock", model: Sequential, x: Any, y: Any, settings: Settings
) -> Any:
    """Step 6."""
    learning = int(len(x) * (1 - VALIDATION))
    terminal.step(
        6,
        "Train",
        f"{learning:,} images in batches of {settings.batch_size}; after each batch the weights "
        f"are corrected, and all images come {settings.epochs} times (epochs). The other "
        f"{len(x) - learning:,} are for validation: they are not trained on, and show after each "
        "epoch whether the network learns to read or learns by heart. The test images wait: a "
        "result on images by which anything was chosen would flatter.",
        training(settings),
    )
    with terminal.busy("compiling the training program") as status, clock.timed("training"):
        history = model.fit(
            x, y, batch_size=settings.batch_size, epochs=settings.epochs,
            validation_split=VALIDATION, verbose=0, callbacks=[EpochLines(terminal, status)],
        )  # fmt: skip
    done = len(history.epoch)
    if done < settings.epochs:
        terminal.console.print()
        terminal.text(f"Stopped in epoch {done}; what follows is the network as it is now.")
    return history


def _test(
    terminal: Terminal, clock: "Clock", model: Sequential, x: Any, y: Any, file: Path
) -> tuple[float, float, np.ndarray, bool]:
    """Step 7: loss, accuracy, all probabilities, and whether the loaded model gives the same."""
    terminal.step(
        7,
        "Test",
        f"Now, once, the {len(x):,} test images. Then the model is saved, loaded, and asked again: "
        "it must give the same answers.",
        'model.evaluate(x_test, y_test)\nmodel.predict(x_test)\nmodel.save("model.keras")\n'
        'load_model("model.keras").predict(x_test)',
    )
    with terminal.busy("testing"), clock.timed("testing"):
        loss, accuracy = model.evaluate(x, y, verbose=0)
        scores = model.predict(x, verbose=0)
    with terminal.busy("saving and loading"), clock.timed("saving and loading"):
        model.save(file)
        loaded = load_model(file)
        same = np.array_equal(loaded.predict(x, verbose=0), scores)
    return loss, accuracy, scores, same


def _improve(terminal: Terminal, result: Result, suggested: list[tuple[str, str]]) -> None:
    """Step 8."""
    terminal.step(8, "Try to improve", "What this run shows:")
    for finding in result.findings():
        terminal.point(finding)
    terminal.console.print()
    terminal.text("What to try next:")
    for command, why in suggested:
        terminal.point(why)
        terminal.line(f"    {command}", "cyan")


def as_inputs(images: np.ndarray, network: Network) -> np.ndarray:
    """Pixels from 0 to 1, float32, in the shape that the network wants."""
    return images.reshape(-1, *network.shape).astype("float32") / 255


def as_targets(labels: np.ndarray) -> np.ndarray:
    """One row for each label, float32: 1 at its digit, else 0."""
    return np.eye(10, dtype="float32")[labels]


class Clock:
    """How many seconds each part of the run took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Take the time of what happens in the `with`."""
        start = time.perf_counter()
        yield
        self.seconds[part] = time.perf_counter() - start


def _folder(path: Path) -> Path:
    """The report's folder, made now so that a mistake shows before the training."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out: {path} cannot be made: {error.strerror or error}.") from None
    if not os.access(path, os.W_OK):
        raise UserError(f"--out: {path} cannot be written to. Give another folder.")
    return path
