"""Sequences as Keras 1 and 2 prepared them: pairs of neighbouring words, windows of time series."""

import json
import random
from typing import Any

import numpy as np

from ....core.messages import UserError
from ....preprocessing.sequence import pad_sequences as pad_sequences
from ....training.data import PyDataset


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """How likely a word of each rank is to be taken, as `skipgrams` wants it: frequent ones less.

    `min(1, sqrt(factor / frequency))`, the frequency being what Zipf's law gives for the rank.

    Source: Mikolov et al. 2013, arXiv:1310.4546.
    """
    rank = np.maximum(np.arange(size), 1)
    euler = 0.577
    inverse = rank * (np.log(rank) + euler) + 0.5 - 1 / (12.0 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse))


def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of words that stand near each other, label 1, and of words that chance put together, 0.

    Args:
        sequence: Numbers of words; 0 is none.
        vocabulary_size: The largest number and 1.
        window_size: How far apart the words of a pair may stand.
        negative_samples: How many pairs by chance there are for each true one.
        categorical: Whether labels are [0, 1] and [1, 0] rather than 1 and 0.
        sampling_table: How likely each word is taken; None: all are.

    Returns:
        The pairs and their labels.

    Source: Mikolov et al. 2013, arXiv:1301.3781.
    """
    couples: list[list[int]] = []
    for place, word in enumerate(sequence):
        if not word:
            continue
        if sampling_table is not None and sampling_table[word] < random.random():
            continue
        start, end = max(0, place - window_size), min(len(sequence), place + window_size + 1)
        near = (sequence[other] for other in range(start, end) if other != place)
        couples.extend([word, neighbour] for neighbour in near if neighbour)
    true, false = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels: list[Any] = [true] * len(couples)
    if negative_samples > 0 and couples:
        count = int(len(labels) * negative_samples)
        words = [couple[0] for couple in couples]
        random.shuffle(words)
        couples += [
            [words[number % len(words)], random.randint(1, vocabulary_size - 1)]
            for number in range(count)
        ]
        labels += [false] * count
    if shuffle:
        # Both lists in the same order, from the same seed.
        seed = random.randint(0, int(10e6)) if seed is None else seed
        for parts in (couples, labels):
            random.seed(seed)
            random.shuffle(parts)
    return couples, labels


def _remove_long_seq(maxlen: int, seq: Any, label: Any) -> tuple[list[Any], list[Any]]:
    """The sequences shorter than `maxlen`, and their labels."""
    kept = [(s, y) for s, y in zip(seq, label, strict=True) if len(s) < maxlen]
    return [s for s, _ in kept], [y for _, y in kept]


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a time series, each with the target that follows it.

    Args:
        data, targets: (time, ...), the target of a window being that of the step behind it.
        length: How many steps a window reaches back.
        sampling_rate: Every how manieth of these it has.
        stride: From one window to the next.
        start_index, end_index: The steps between which windows lie; None: the last.
        shuffle: Whether windows are drawn by chance.
        reverse: Whether a window begins with the last of its steps.
        batch_size: Windows of a batch.

    Shapes:
        a batch: (batch, length / sampling_rate, ...) and (batch, ...)

    Example:
        >>> series = np.arange(10)
        >>> x, y = TimeseriesGenerator(series, series, length=3, batch_size=2)[0]
        >>> x.tolist(), y.tolist()
        ([[0, 1, 2], [1, 2, 3]], [3, 4])
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if len(data) != len(targets):
            raise UserError(
                "TimeseriesGenerator: `data` and `targets` must be of one length; got "
                f"{len(data)} and {len(targets)}."
            )
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride, self.batch_size = sampling_rate, stride, batch_size
        self.shuffle, self.reverse = shuffle, reverse
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        if self.start_index > self.end_index:
            raise UserError(
                f"TimeseriesGenerator: `start_index` + `length` ({self.start_index}) must be at "
                f"most `end_index` ({self.end_index}): no window is left."
            )

    def __len__(self) -> int:
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, self.batch_size)
        else:
            step = self.batch_size * self.stride
            first = self.start_index + step * (index % len(self))
            rows = np.arange(first, min(first + step, self.end_index + 1), self.stride)
        windows = [self.data[row - self.length : row : self.sampling_rate] for row in rows]
        samples = np.array(windows)
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1] if self.reverse else samples), targets

    def get_config(self) -> dict[str, Any]:
        """The arguments, data and targets as texts in JSON."""
        names = "length sampling_rate stride start_index end_index shuffle reverse batch_size"
        return {
            "data": json.dumps(np.asarray(self.data).tolist()),
            "targets": json.dumps(np.asarray(self.targets).tolist()),
        } | {name: getattr(self, name) for name in names.split()}

    def to_json(self, **kwargs: Any) -> str:
        """All of it as JSON; `kwargs` are those of `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """The TimeseriesGenerator that `to_json` wrote."""
    config = json.loads(json_string)["config"]
    for name in ("data", "targets"):
        config[name] = json.loads(config[name])
    config["start_index"] -= config["length"]
    return TimeseriesGenerator(**config)
