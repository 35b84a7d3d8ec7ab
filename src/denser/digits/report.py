"""The report: a folder of pictures and one page that shows and explains them."""

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ..core.messages import UserError
from ..version import __version__
from ..visual import (
    Box,
    Page,
    describe,
    plot_confusion_matrix,
    plot_history,
    plot_images,
    plot_model,
    plot_pixels,
)
from ..visual.neurons import columns_of, draw_columns
from . import program
from .networks import COMPILE, code_of
from .result import Result

MODEL, PAGE = "model.keras", "index.html"
SHOWN = 24  # of the wrongly read images

_DOES = {
    "relu": "lets positive sums pass and sets negative ones to 0",
    "softmax": "turns the sums into probabilities",
    "Dense": "each neuron weighs all numbers before it, and adds its bias",
    "Conv2D": "slides small windows over the maps before it and draws what they find",
    "MaxPooling2D": "keeps the largest of neighbouring values, so the maps shrink",
    "Flatten": "lays the maps out as one row of numbers",
    "Dropout": "silences neurons at random, while training only",
}


def need_matplotlib() -> None:
    """Refuse to start what would end without its pictures."""
    if find_spec("matplotlib") is None:
        raise UserError("The report's pictures need matplotlib: pip install 'denser[plot]'.")


def write(result: Result, suggested: Sequence[tuple[str, str]], folder: Path) -> Path:
    """Write the pictures and the page; gives the page's path."""
    pictures = _pictures(result, folder)
    page = Page("A network learns to read handwriting", _lead(result))
    page.facts(
        {
            "of the test images read rightly": f"{result.accuracy:.2%}",
            "mistakes": f"{len(result.wrong):,} of {len(result.scores):,}",
            "parameters learned": f"{result.model.count_params():,}",
            "seconds of training": f"{result.seconds['training']:.0f}",
        }
    )
    _data(page, result, pictures)
    _network(page, result, pictures)
    _training(page, result, pictures)
    _test(page, result, pictures)
    _improve(page, result, suggested)
    _use(page, result)
    _record(page, result)
    return page.save(folder / PAGE)


def _pictures(result: Result, folder: Path) -> dict[str, Any]:
    """Every picture by its file's name without the ending, saved there."""
    digits, model = result.digits, result.model
    truth, scores = digits.y_test, result.scores
    classes = [str(digit) for digit in range(10)]
    columns = columns_of(model)
    pictures: dict[str, Any] = {
        "sample-digits": plot_images(digits.x_train, digits.y_train, columns=10, most=30),
        "pixel-values": plot_pixels(digits.x_train, digits.y_train, classes=(4, 5)),
        "curves": plot_history(result.history),
        "confusion-matrix": plot_confusion_matrix(truth, scores, classes),
        "layers": plot_model(model, None, show_shapes=True, show_layer_activations=True),
    }
    names = ("network-1-input", "network-2-hidden", "network-3-output")
    for name, part in zip(names, result.parts, strict=True):
        pictures[name] = draw_columns(columns, *part, title=name.replace("-", " "))
    pictures["network"] = draw_columns(columns, classes=classes, title="The whole network")
    if len(wrong := result.wrong[:SHOWN]):
        images = digits.x_test[wrong]
        pictures["most-confidently-wrong"] = plot_images(images, truth[wrong], scores[wrong])
    (folder / "most-confidently-wrong.png").unlink(missing_ok=True)  # of an earlier run
    for name, picture in pictures.items():
        path = folder / f"{name}.png"
        picture.savefig(path, dpi=200) if hasattr(picture, "savefig") else picture.save(path)
    return pictures


def _lead(result: Result) -> str:
    return (
        f"It started with random numbers, was shown {result.learned_from:,} images of digits and "
        f"told which digit each one is. Then it read {result.accuracy:.1%} of "
        f"{len(result.scores):,} images rightly that it had never seen. This page tells how, in "
        "eight steps."
    )


def _data(page: Page, result: Result, pictures: dict[str, Any]) -> None:
    digits = result.digits
    page.section(
        "The task",
        "People read a digit at a glance, but nobody can write down the rules by which they do. "
        "A neural network finds such rules itself, from examples: images, each with its right "
        "answer.\n\n"
        f"The examples are {digits.source}: {len(digits.x_train):,} images to learn from, and "
        f"{len(digits.x_test):,} others, kept for the test. An image is 28 rows of 28 pixels, and "
        "a pixel is a number from 0 (paper) to 255 (ink); divided by 255, they are from 0 to 1.",
    )
    page.picture(
        pictures["sample-digits"],
        "The first 30 images to learn from, and the right answers above them. Mind how different "
        'the same digit can look: one rule like "a 1 is a straight line" will not do.',
        "A grid of 30 handwritten digits",
    )
    page.picture(
        pictures["pixel-values"],
        "A 4 and a 5, and how often each value occurs among their pixels. Most pixels are bare "
        "paper; the others take all values, as strokes fade at their edges. The distributions of "
        "the two are much alike: not how much ink there is tells digits apart, but where it is.",
        "A 4 and a 5, each with the distribution of its pixel values",
    )


def _network(page: Page, result: Result, pictures: dict[str, Any]) -> None:
    network, parts = result.network, result.parts
    page.section(
        "1. Initialize the model",
        "A Sequential model is a stack of layers: what one gives, the next one takes. It starts "
        f"empty. This one becomes {network.title}.",
    ).code("model = Sequential()")
    stages = (
        ("2. Input layer", network.input, "network-1-input"),
        ("3. Hidden layers", network.hidden, "network-2-hidden"),
        ("4. Output layer", network.output, "network-3-output"),
    )
    for (title, stage, name), part in zip(stages, parts, strict=True):
        page.section(title, stage.text).code(code_of(stage.build))
        dashed = " What is dashed comes later." if part.standing < parts[-1].standing else ""
        caption = f"The network after this step, the newest part in full colour.{dashed}"
        page.picture(pictures[name], caption, f"The network after step {title}")
    _whole(page, result, pictures)


def _whole(page: Page, result: Result, pictures: dict[str, Any]) -> None:
    page.section("The whole network")
    page.picture(
        pictures["network"],
        "An image enters on the left; the ten answers leave on the right. "
        + (
            "A square is a map, a small image; the line between two of them is a window of weights "
            "that slides over the left one. "
            if any(column.maps for column in columns_of(result.model))
            else ""
        )
        + "A circle is a neuron; each line to it carries a number and multiplies it by a weight, "
        "and the neuron sums up what arrives. Of large layers only the first and last are drawn.",
        "The whole network as neurons and connections",
    )
    boxes, _ = describe(result.model)
    rows = [
        [box.kind, _does(box), _unbroken(str(box.output_shape)), f"{box.parameters or 0:,}"]
        for box in boxes
        if "Input" not in box.kind
    ]
    rows.append(["all", "", "", f"{result.model.count_params():,}"])
    page.table(rows, ["layer", "what it does", "gives", "parameters"], "Layer by layer.")
    page.text(
        "None stands for the number of images that are looked at together. Parameters are the "
        "numbers that training finds: the weights, and one bias for each sum."
    )
    page.picture(pictures["layers"], "The same layers as a diagram, with the shapes in between.")


def _does(box: Box) -> str:
    name = box.activation if box.kind == "Activation" else box.kind
    words = [_DOES.get(name, "")]
    if box.activation and box.kind != "Activation":
        words.append(_DOES[box.activation])
    return "; then ".join(words)


def _unbroken(text: str) -> str:
    """The text with spaces at which no line ends."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _training(page: Page, result: Result, pictures: dict[str, Any]) -> None:
    settings = result.settings
    page.section("5. Loss and optimizer", COMPILE.text).code(code_of(COMPILE.build))
    kept = len(result.digits.x_train) - result.learned_from
    page.section(
        "6. Train",
        f"The network sees {result.learned_from:,} images, {settings.batch_size} at a time; after "
        "each such batch all weights are corrected a little. Once through all images is an epoch.",
    )
    page.code(program.training(settings))
    page.text(
        f"The last {kept:,} training images are kept apart for validation: the network is never "
        "corrected on them, and after each epoch they show whether it learns to read, or only "
        "learns its images by heart. The test images wait until all choices are made: a result on "
        "images by which anything was chosen would flatter."
    )
    page.picture(
        pictures["curves"],
        "Loss (lower is better) and accuracy (higher is better) after each epoch. As long as both "
        "curves go the same way, the network learns to read. Where only the training curve still "
        "improves, it learns by heart." + _early(result),
        "Curves of loss and accuracy for training and validation",
    )
    page.text(result.course().text)


def _early(result: Result) -> str:
    """Why validation may look better than training at first, where it does."""
    history = result.history.history
    if history["loss"][0] <= history.get("val_loss", [np.inf])[0]:
        return ""
    kinds = {type(layer).__name__ for layer in result.model.layers}
    dropout = ", with dropout at work" if "Dropout" in kinds else ""
    return (
        " That training looks worse than validation at first is no mistake: its figures are means "
        f"over an epoch in which the network still gets better{dropout}."
    )


def _test(page: Page, result: Result, pictures: dict[str, Any]) -> None:
    low, high = result.range()
    page.section(
        "7. Test",
        f"{result.right:,} of the {len(result.scores):,} test images were read rightly: "
        f"{result.accuracy:.2%}. The test is a sample too: for new digits of the same kind, an "
        f"accuracy between {low:.2%} and {high:.2%} is to be expected (Wilson's 95% interval).",
    )
    page.picture(
        pictures["confusion-matrix"],
        "Each row is a true digit, each column what the network read. Blue, on the diagonal, is "
        "right; orange cells are mistakes, the darker the more frequent. The last column is the "
        "share of each digit that was found.",
        "The confusion matrix of the test images",
    )
    *_, mixed, hardest, sureness = result.findings()
    page.text("\n\n".join((mixed, hardest, sureness)))
    if "most-confidently-wrong" in pictures:
        page.picture(
            pictures["most-confidently-wrong"],
            "The mistakes of which the network was the surest: what it read, how sure it was, and "
            "what was meant. Some would puzzle a person too; others show what it has not grasped.",
            "A grid of wrongly read test images",
        )
    again = (
        "gave the same answers, to the last bit." if result.same_after_loading else
        "DID NOT give the same answers: please report this."
    )  # fmt: skip
    page.text(f"Then the network was saved as {MODEL} and loaded again: it {again}")


def _improve(page: Page, result: Result, suggested: Sequence[tuple[str, str]]) -> None:
    page.section(
        "8. Try to improve",
        f"{result.course().text} Each of these commands tries one thing and leaves a report of its "
        "own, to be laid beside this one. Differences within the interval above may be luck.",
    )
    page.code("\n\n".join(f"# {why}\n{command}" for command, why in suggested))
    page.text(
        "The program below can be changed further: another number of neurons, one more layer, "
        "another rate of dropout, another optimizer. Choose by the validation accuracy, and look "
        "at the test once, at the end."
    )


def _use(page: Page, result: Result) -> None:
    page.section("Use the trained network", f"{MODEL}, beside this page, is the whole network.")
    page.code(program.loading(result.network, result.digits.module))
    page.section(
        "The whole program",
        "This is all that was run, apart from the pictures. With the same seed, on the same "
        "machine, it gives the same network.",
    )
    layers = [type(layer).__name__ for layer in result.model.layers]
    page.code(program.whole(result.settings, result.network, result.digits.module, layers))


def _record(page: Page, result: Result) -> None:
    settings, digits, history = result.settings, result.digits, result.history.history
    page.section("Settings, results, machine")
    last = {name.replace("val_", "validation "): values[-1] for name, values in history.items()}
    rows = [
        ("network", f"{settings.model}, {result.network.title}"),
        ("data", f"{digits.name}: {digits.why}"),
        ("epochs", f"{len(result.history.epoch)} of {settings.epochs}"),
        ("batch size", settings.batch_size),
        ("seed", settings.seed),
        *((f"{name} in the last epoch", f"{value:.4f}") for name, value in last.items()),
        ("test loss", f"{result.loss:.4f}"),
        ("test accuracy", f"{result.accuracy:.4f}"),
        *((f"seconds for {part}", f"{took:.1f}") for part, took in result.seconds.items()),
        ("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores"),
        ("computed on", ", ".join(sorted({device.device_kind for device in jax.devices()}))),
        ("versions", _versions()),
    ]
    page.table([(name, str(value)) for name, value in rows])


def _versions() -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    known = [f"{name} {version(name)}" for name in ("jax", "numpy", "matplotlib")]
    return ", ".join([f"denser {__version__}", f"Python {python}", *known])
