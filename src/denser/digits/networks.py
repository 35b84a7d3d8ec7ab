"""The two networks of the tutorials, built in the three steps in which they are told.

The command shows the source of these functions, so what a reader sees is what has run.
"""

# pyright: reportCallIssue=false
# (`input_shape` is no field of Dense: every first layer takes it)

import inspect
import textwrap
from collections.abc import Callable
from typing import NamedTuple

from ..layers import Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from ..models import Sequential


class Stage(NamedTuple):
    """One step of building: what it does to the model, and what to say about it."""

    build: Callable[[Sequential], None]
    text: str


class Network(NamedTuple):
    """A network as it is built: its input's shape, then its stages."""

    title: str
    shape: tuple[int, ...]  # of one image, as this network wants it
    input: Stage
    hidden: Stage
    output: Stage


def _mlp_input(model: Sequential) -> None:
    model.add(Dense(512, input_shape=(784,)))
    model.add(Activation("relu"))
    model.add(Dropout(0.2))


def _mlp_hidden(model: Sequential) -> None:
    model.add(Dense(512))
    model.add(Activation("relu"))
    model.add(Dropout(0.2))


def _mlp_output(model: Sequential) -> None:
    model.add(Dense(10))
    model.add(Activation("softmax"))


def _convnet_input(model: Sequential) -> None:
    model.add(Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)))
    model.add(MaxPooling2D((2, 2)))


def _convnet_hidden(model: Sequential) -> None:
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D((2, 2)))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(Flatten())
    model.add(Dense(64, activation="relu"))


def _convnet_output(model: Sequential) -> None:
    model.add(Dense(10, activation="softmax"))


def _compile(model: Sequential) -> None:
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])


_ANSWER = (
    "One neuron for each digit. 'softmax' turns their ten sums into probabilities: all are "
    "positive, and together they are 1."
)

NETWORKS = {
    "mlp": Network(
        "a multilayer perceptron",
        (784,),
        Stage(
            _mlp_input,
            "An image has 28×28 = 784 pixels, so 784 numbers come in. The same line adds the "
            "first 512 neurons: each weighs all 784 numbers and sums them up. 'relu' lets "
            "positive sums pass and sets negative ones to 0. Dropout silences a random fifth of "
            "the neurons at each training step, so that the others learn not to rely on them.",
        ),
        Stage(
            _mlp_hidden,
            "512 more neurons, each of which weighs what the first 512 have found. Layers "
            "between input and output are called hidden: nobody tells them what to look for.",
        ),
        Stage(_mlp_output, _ANSWER),
    ),
    "convnet": Network(
        "a convolutional network",
        (28, 28, 1),
        Stage(
            _convnet_input,
            "An image comes in as it is: 28 rows of 28 pixels, 1 value each. 32 small windows of "
            "3×3 pixels slide over it, and each draws a map of where its pattern is. Pooling "
            "keeps the largest of every 2×2 values, so the maps shrink to half.",
        ),
        Stage(
            _convnet_hidden,
            "Further windows look at the maps before them: first strokes, then parts of digits. "
            "Flatten lays the last maps out as one row of numbers, which 64 neurons weigh.",
        ),
        Stage(_convnet_output, _ANSWER),
    ),
}

COMPILE = Stage(
    _compile,
    "The loss says how wrong the network is: minus the logarithm of the probability that it gave "
    "to the true digit, 0 if it was sure and right, and large if it was sure and wrong. The "
    "optimizer, Adam, turns every weight a little in the direction in which the loss falls.",
)


def code_of(function: Callable) -> str:
    """The lines in a function's body, as they stand in its file."""
    _, body = inspect.getsource(function).split("\n", 1)
    return textwrap.dedent(body).strip()
