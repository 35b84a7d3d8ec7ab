"""What is measured: models, their data, batch sizes, losses and optimizers, the same for all."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Array:
    """One array of a data set, without its axis of rows.

    Args:
        kind: "uniform" (float32 from 0 to 1), "classes" (int32, all alike often) or "words"
            (int32, a few of them most of the time, as in language).
        shape: Of one row.
        below: Integers are smaller than this.
    """

    kind: str
    shape: tuple[int, ...] = ()
    below: int = 0


@dataclass(frozen=True)
class Measure:
    """What a figure means, and how it is got.

    Args:
        title: What tables call it.
        unit: Of a figure; the smaller, the better.
        how: "resident": asked again and again of one process; "whole": of a process each time.
    """

    title: str
    unit: str
    how: str


MEASURES = {
    "epoch": Measure("an epoch of training, the first left out", "s", "resident"),
    "evaluate": Measure("`evaluate` on all rows", "s", "resident"),
    "predict": Measure("`predict` of all rows", "s", "resident"),
    "predict_one": Measure("`predict` of one row", "ms", "resident"),
    "call_one": Measure("`model(x)` of one row", "ms", "resident"),
    "growth": Measure("memory grown over 100,000 predictions and 1,000 fits", "MiB", "resident"),
    "kept": Measure("an epoch is longer with a checkpoint every 100 steps", "%", "resident"),
    "cold": Measure("whole process, nothing compiled before", "s", "whole"),
    "warm": Measure("whole process, compiled programs kept", "s", "whole"),
    "peak": Measure(
        "peak memory of the whole process; its data, also those kept on the device, aside",
        "MiB",
        "whole",
    ),
}
TRAINING = ("epoch", "cold", "warm", "peak")
FEEDS = ("arrays", "streamed", "generator", "dataset")


class Bar(NamedTuple):
    """What denser wants to reach.

    Args:
        times: The other's figure is at least so many times that of denser.
        than: The other, an engine; none: the best peer.
        most: Instead of a comparison, what denser's own figure is at most.
    """

    measure: str
    times: float = 1.0
    than: str | None = None
    most: float | None = None


def bars(epoch: float = 1.0, cold: float = 1.0) -> tuple[Bar, ...]:
    """So many times faster than the best peer, never slower, a tenth more memory at most."""
    return Bar("epoch", epoch), Bar("cold", cold), Bar("warm"), Bar("peak", 1 / 1.1)


ONE_ROW = (
    Bar("predict_one"),
    Bar("predict_one", 5, "keras-jax"),
    Bar("predict_one", 100, "keras-tensorflow"),
    Bar("predict_one", 1 / 2, "bare"),
    Bar("call_one"),
    Bar("growth", most=16),
)


@dataclass(frozen=True)
class Workload:
    """One model, the data it learns from, and what is measured of it.

    Args:
        title: What tables and charts call it.
        model: The function in `keras_models.py` and `torch_models.py` that builds it.
        inputs: The model's inputs, in order.
        target: What it learns; None: its input.
        rows: Of the data set at scale 1.
        batch: Rows of a batch, in training, `evaluate` and `predict`.
        loss, optimizer: By the names in `keras_models.py` and `torch_models.py`.
        bars: What denser wants to reach.
        metrics: Computed at every step by every engine, as its users do.
        measures: What is measured unless the command names others.
        feed: What `fit` gets: "arrays"; "streamed", arrays of which denser may keep a sixth on the
            device; a "generator"; a "dataset", batches by number.
        needs: Names below `keras` without which the model cannot be built.
    """

    title: str
    model: str
    inputs: tuple[Array, ...]
    target: Array | None
    rows: int
    batch: int
    loss: str
    bars: tuple[Bar, ...]
    optimizer: str = "adam"
    metrics: tuple[str, ...] = ("accuracy",)
    measures: tuple[str, ...] = TRAINING
    feed: str = "arrays"
    needs: tuple[str, ...] = ()


VOCABULARY = 20_000
DIGIT, YES_OR_NO = Array("classes", below=10), Array("classes", (1,), below=2)
CLASSES, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"
PIXELS = (Array("uniform", (784,)),)
GREY, COLOUR = (Array("uniform", (28, 28, 1)),), (Array("uniform", (32, 32, 3)),)


def words(length: int) -> tuple[Array]:
    """Texts of so many words."""
    return (Array("words", (length,), VOCABULARY),)


WORKLOADS = {
    "digits_mlp": Workload(
        "Digits MLP 784-512-512-10, dropout, batch 128",
        "digits_mlp", PIXELS, DIGIT, 60_000, 128, CLASSES,
        (*bars(1.4, 1.5), Bar("evaluate", 1.5), Bar("predict", 1.5), Bar("kept", most=3), *ONE_ROW),
        measures=(*TRAINING, "evaluate", "predict", "predict_one", "call_one"),
    ),
    "small_mlp": Workload(
        "Small MLP 20-64-32-10, batch 32",
        "small_mlp", (Array("uniform", (20,)),), DIGIT, 32_000, 32, CLASSES,
        (*bars(5, 2), *ONE_ROW),
        measures=(*TRAINING, "predict_one", "call_one"),
    ),
    "tabular": Workload(
        "Table of 8 numbers and 4 categories, batch 128",
        "tabular",
        (Array("uniform", (8,)), *(Array("classes", (1,), n) for n in (12, 50, 400, 5000))),
        YES_OR_NO, 32_000, 128, BINARY, bars(3, 2),
    ),
    "convnet": Workload(
        "MNIST convnet 32-64-64, batch 64",
        "convnet", GREY, DIGIT, 12_800, 64, CLASSES, bars(1.3, 1.3),
    ),
    "convnet_128": Workload(
        "MNIST convnet 32-64-64, batch 128",
        "convnet", GREY, DIGIT, 12_800, 128, CLASSES, bars(1.3, 1.3),
    ),
    "vgg": Workload(
        "CIFAR VGG-like 32-32-64-64, batch 64",
        "vgg", COLOUR, DIGIT, 3_200, 64, CLASSES, bars(1.1, 1.1),
    ),
    "resnet": Workload(
        "CIFAR ResNet-20, BatchNormalization, batch 64",
        "resnet", COLOUR, DIGIT, 1_280, 64, CLASSES, bars(1.1, 1.1), optimizer="momentum",
    ),
    "pooling": Workload(
        "Texts, 200 words: Embedding, mean, batch 128",
        "pooling", words(200), YES_OR_NO, 12_800, 128, BINARY, bars(1.5, 1.5),
    ),
    "lstm": Workload(
        "Texts, 80 words: LSTM 128, batch 128",
        "lstm", words(80), YES_OR_NO, 3_200, 128, BINARY, bars(1.3, 1.3),
    ),
    "lstm_200": Workload(
        "Texts, 200 words: LSTM 128, batch 128",
        "lstm", words(200), YES_OR_NO, 1_280, 128, BINARY, bars(1.3, 1.3),
    ),
    "bidirectional": Workload(
        "Texts, 80 words: bidirectional LSTM 64, batch 128",
        "bidirectional", words(80), YES_OR_NO, 3_200, 128, BINARY, bars(1.3, 1.3),
    ),
    "bidirectional_200": Workload(
        "Texts, 200 words: bidirectional LSTM 64, batch 128",
        "bidirectional", words(200), YES_OR_NO, 1_280, 128, BINARY, bars(1.3, 1.3),
    ),
    "transformer": Workload(
        "Texts, 128 words: transformer encoder, batch 64",
        "transformer", words(128), YES_OR_NO, 1_280, 64, BINARY, bars(1.2, 1.2),
        needs=("layers.MultiHeadAttention",),
    ),
    "autoencoder": Workload(
        "Autoencoder 784-128-32-128-784, batch 128",
        "autoencoder", PIXELS, None, 12_800, 128, BINARY, bars(1.2, 1.2), metrics=(),
    ),
    "augmented": Workload(
        "CIFAR convnet, flipped and moved in the model, batch 64",
        "augmented", COLOUR, DIGIT, 3_200, 64, CLASSES, bars(),
        needs=("layers.RandomFlip", "layers.RandomTranslation"),
    ),
    "streamed": Workload(
        "Digits MLP, data larger than the device may keep",
        "digits_mlp", PIXELS, DIGIT, 60_000, 128, CLASSES, bars(), feed="streamed",
    ),
    "generator": Workload(
        "Digits MLP from a Python generator",
        "digits_mlp", PIXELS, DIGIT, 12_800, 128, CLASSES, bars(), feed="generator",
    ),
    "dataset": Workload(
        "Digits MLP from a PyDataset",
        "digits_mlp", PIXELS, DIGIT, 12_800, 128, CLASSES, bars(), feed="dataset",
    ),
}  # fmt: skip
