"""CIFAR-100: 60,000 small colour photographs of a hundred kinds of things."""

import numpy as np

from .named import Pair, cifar, cifar_images


def load_data(label_mode: str = "fine") -> tuple[Pair, Pair]:
    """Colour images and which kind of thing each shows: one of 100, or of 20 groups of five.

    Shapes:
        x_train: (50000, 32, 32, 3) uint8, red, green, blue from 0 to 255; the colours come
            before height and width where `image_data_format()` is "channels_first"
        y_train: (50000, 1) int64, 0 to 99 ("fine") or 0 to 19 ("coarse")
        x_test: (10000, 32, 32, 3) uint8
        y_test: (10000, 1) int64

    Args:
        label_mode: "fine" for the 100 kinds, "coarse" for the 20 groups, both numbered in the
            alphabetical order of their names.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: The archive is not here and cannot be downloaded.
        ValueError: `label_mode` is neither.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data("coarse")  # doctest: +SKIP

    Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"`label_mode` must be 'fine' or 'coarse'; got {label_mode!r}.")
    train, test = (
        (cifar_images([batch]), np.array(batch[f"{label_mode}_labels"], np.int64).reshape(-1, 1))
        for batch in cifar("cifar-100-python", "cifar-100-python.tar.gz", "train", "test")
    )
    return train, test
