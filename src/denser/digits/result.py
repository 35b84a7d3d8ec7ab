"""A finished run, and what can honestly be read from it."""

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from ..models import Sequential
from .data import Digits
from .networks import Network

CERTAIN = 1.96  # standard deviations that hold 95 % of a normal distribution
VALIDATION = 0.1  # of the training images
RISE = 1.1  # a validation loss this many times its lowest has risen, not just wavered


# Epochs and batch size, by network and data set: as few as bring out what the network can.
USUAL = {
    ("mlp", "mnist"): (20, 128),
    ("mlp", "digits"): (40, 128),
    ("convnet", "mnist"): (5, 32),
    ("convnet", "digits"): (20, 32),
}


@dataclass(frozen=True)
class Settings:
    """What the user chose, or what suits the network and the data."""

    model: str
    data: str | None
    epochs: int
    batch_size: int
    seed: int

    @classmethod
    def usual(
        cls,
        model: str,
        data: str | None,
        module: str,
        seed: int,
        epochs: int | None = None,
        batch_size: int | None = None,
    ) -> "Settings":
        """Settings whose epochs and batch size suit the network and the data, unless given."""
        usual = USUAL[model, module]
        return cls(model, data, epochs or usual[0], batch_size or usual[1], seed)

    def options(self, module: str) -> str:
        """The options that make a run with these settings; what is usual goes without saying."""
        epochs, batch_size = USUAL[self.model, module]
        usual = Settings("mlp", None, epochs, batch_size, 0)
        return "".join(
            f" --{name.replace('_', '-')} {value}"
            for name, value in asdict(self).items()
            if value != getattr(usual, name)
        )


class Part(NamedTuple):
    """The network after a stage of building: how many columns of neurons stand, which are new."""

    standing: int
    fresh: int


class Course(NamedTuple):
    """What the curves say, and a word for it: short, falling, level, overfitting, too sure."""

    kind: str
    text: str
    best: int = 0  # the epoch, from 1, around which the validation loss was lowest


@dataclass(frozen=True)
class Result:
    """All that the terminal and the page tell of a run.

    Shapes:
        scores: (test images, 10), the probabilities that the network gave to the digits
    """

    settings: Settings
    digits: Digits
    network: Network
    model: Sequential
    parts: list[Part]
    history: Any
    loss: float
    accuracy: float
    scores: np.ndarray
    same_after_loading: bool
    seconds: dict[str, float]

    @property
    def learned_from(self) -> int:
        """How many training images were not kept for validation."""
        return int(len(self.digits.x_train) * (1 - VALIDATION))

    @cached_property
    def answers(self) -> np.ndarray:
        """The digit that the network found the likeliest, for each test image."""
        return self.scores.argmax(1)

    @cached_property
    def right(self) -> int:
        """How many test images were read rightly."""
        return int((self.answers == self.digits.y_test).sum())

    @cached_property
    def wrong(self) -> np.ndarray:
        """The test images that were read wrongly, those first of which it was the surest."""
        wrong = np.flatnonzero(self.answers != self.digits.y_test)
        return wrong[np.argsort(-self.scores[wrong].max(1), kind="stable")]

    def range(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the accuracy on new digits of this kind."""
        count, share = len(self.scores), self.right / len(self.scores)
        spread = CERTAIN * sqrt(share * (1 - share) / count + (CERTAIN / (2 * count)) ** 2)
        middle, scale = share + CERTAIN**2 / (2 * count), 1 + CERTAIN**2 / count
        return (middle - spread) / scale, (middle + spread) / scale

    def findings(self) -> list[str]:
        """What the result shows, in sentences."""
        return [self.course().text, self._mixed_up(), self._hardest(), self._sureness()]

    def course(self) -> Course:
        """How training went, seen from the curve of the validation loss."""
        losses = self.history.history.get("val_loss", [])  # none if the first epoch was cut off
        if len(losses) < 3:
            return Course("short", "So few epochs say little about how training goes on.")
        # Means of three epochs: a single one may be low by luck.
        best, lowest, last = self._means("val_loss")
        if best >= len(losses) - 1:
            text = "The validation loss was still falling at the end: more epochs may help."
            return Course("falling", text, best)
        if last < RISE * lowest:
            text = (
                f"The validation loss has been level since about epoch {best}: more epochs alone "
                "will change little."
            )
            return Course("level", text, best)
        text = (
            f"The validation loss was lowest around epoch {best} ({lowest:.3f}) and has risen to "
            f"{last:.3f} since: the network begins to learn its training images by heart "
            "(overfitting), and is too sure of itself. "
        )
        _, _, now = self._means("val_accuracy")
        then = float(np.mean(self.history.history["val_accuracy"][best - 2 : best + 1]))
        if now < then - 0.001:
            text += f"The validation accuracy went from {then:.1%} to {now:.1%}."
            return Course("overfitting", text, best)
        text += f"Yet the validation accuracy did not suffer: {then:.1%} then, {now:.1%} now."
        return Course("too sure", text, best)

    def _means(self, name: str) -> tuple[int, float, float]:
        """Of a curve's means of three epochs: the middle epoch of the lowest, it, and the last."""
        means = np.convolve(self.history.history[name], np.ones(3) / 3, "valid")
        return int(np.argmin(means)) + 2, float(means.min()), float(means[-1])

    def _mixed_up(self) -> str:
        counts = np.zeros((10, 10), int)
        np.add.at(counts, (self.digits.y_test, self.answers), 1)
        both = np.triu(counts + counts.T, 1)
        order = np.argsort(-both, axis=None, kind="stable")[:3]
        pairs = [(*np.unravel_index(index, both.shape), both.flat[index]) for index in order]
        said = [f"{a} and {b} ({times}×)" for a, b, times in pairs if times]
        return f"Mixed up most often: {', '.join(said)}." if said else "No digits were mixed up."

    def _hardest(self) -> str:
        truth = self.digits.y_test
        found = [float((self.answers[truth == digit] == digit).mean()) for digit in range(10)]
        low, high = int(np.argmin(found)), int(np.argmax(found))
        return (
            f"The hardest digit was {low}: {found[low]:.1%} of them were read rightly; the easiest "
            f"was {high}, with {found[high]:.1%}."
        )

    def _sureness(self) -> str:
        sure = float(self.scores.max(1).mean())
        return (
            f"It gave its answers a probability of {sure:.1%} on average, and {self.accuracy:.1%} "
            f"of them were right."
        )


def ideas(result: Result, program: str) -> list[tuple[str, str]]:
    """What to try next: commands, and why, as this run suggests."""
    this, course, module = result.settings, result.course(), result.digits.module
    found = []
    if module != "mnist":
        best = Settings.usual(this.model, None, "mnist", this.seed)
        options = f" --download{best.options('mnist')}"
        found.append((options, "Forty times as many images: MNIST, 11 MB."))
    if this.model != "convnet":
        other = Settings.usual("convnet", this.data, module, this.seed)
        why = "A network of small windows that slide over the image: it knows what neighbours are."
        found.append((other.options(module), why))
    if course.kind in ("short", "falling"):
        done = len(result.history.epoch)  # fewer than asked for, after Ctrl-C
        longer = replace(this, epochs=max(2 * done, this.epochs))
        found.append((longer.options(module), "Train for longer: the curves had not levelled off."))
    if course.kind == "overfitting":
        shorter = replace(this, epochs=course.best)
        found.append((shorter.options(module), "Stop where the validation loss was lowest."))
    smaller = replace(this, batch_size=max(1, this.batch_size // 2))
    found.append((smaller.options(module), "Smaller batches: more corrections, and noisier ones."))
    luck = replace(this, seed=this.seed + 1)
    found.append((luck.options(module), "Other random numbers: how much of the result is luck?"))
    return [
        (f"{program} digits{options} --out digits-report-{number}", why)
        for number, (options, why) in enumerate(found, start=2)
    ]
