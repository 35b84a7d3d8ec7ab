"""CIFAR-10: 60,000 small colour photographs of ten kinds of things."""

import numpy as np

from .files import find
from .named import FOUR, Pair, cifar, cifar_images
from .pickles import read_npz

TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))


def load_data() -> tuple[Pair, Pair]:
    """Colour images and which of ten kinds of things each shows.

    The kinds: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship,
    9 truck. Read from `cifar10.npz` (the four arrays) where there is one, else from the official
    archive `cifar-10-python.tar.gz`, packed or unpacked.

    Shapes:
        x_train: (50000, 32, 32, 3) uint8, red, green, blue from 0 to 255; the colours come
            before height and width where `image_data_format()` is "channels_first"
        y_train: (50000, 1) uint8, 0 to 9
        x_test: (10000, 32, 32, 3) uint8
        y_test: (10000, 1) uint8

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: No file is here and it cannot be downloaded.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP

    Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    if packed := find("cifar10.npz"):
        x_train, y_train, x_test, y_test = read_npz(packed, *FOUR)
        return (x_train, y_train), (x_test, y_test)
    batches = cifar("cifar-10-batches-py", "cifar-10-python.tar.gz", *TRAINING, "test_batch")
    return _pair(batches[:-1]), _pair(batches[-1:])


def _pair(batches: list[dict]) -> Pair:
    labels = [label for batch in batches for label in batch["labels"]]
    return cifar_images(batches), np.array(labels, np.uint8).reshape(-1, 1)
