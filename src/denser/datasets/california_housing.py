"""California housing: the census of 1990, prices by block group."""

from pathlib import Path

import numpy as np

from .named import Pair, split, stored
from .pickles import members, read_npz

SPLIT = ("data_train", "data_test", "target_train", "target_test")


def load_data(
    version: str = "large",
    path: str = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> tuple[Pair, Pair]:
    """What a house costs in a block group (600 to 3,000 people), and eight figures about it.

    The figures, in order: longitude, latitude, median age of the houses in years, rooms in all,
    bedrooms in all, people, households, median income in 10,000 dollars.

    Shapes:
        x_train: (16512, 8) float32; (480, 8) in the small version
        y_train: (16512,) float32, median value in dollars, at most 500,001
        x_test: (4128, 8) float32; (120, 8) in the small version
        y_test: (4128,) float32

    Args:
        version: "large" for all 20,640 block groups, "small" for 600, all in and near Oakland.
        path: File name below the folders where data sets are looked for, or an absolute path.
        test_split: Which part of the block groups is kept for testing.
        seed: Of the shuffle before the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: The file is not here and cannot be downloaded.
        ValueError: `version` is neither, or `test_split` is not from 0 to below 1.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data("small")  # doctest: +SKIP

    Source: Pace, Barry, "Sparse spatial autoregressions", 1997, doi:10.1016/S0167-7152(96)00140-X.
    """
    if version not in ("large", "small"):
        raise ValueError(f"`version` must be 'large' or 'small'; got {version!r}.")
    x, y = _published(stored("california_housing.npz", path))
    if version == "small":
        x, y = x[:600], y[:600]
    return split(x, y, test_split, seed)


def _published(file: Path) -> Pair:
    """All rows in their published order.

    Copies go round that were saved after Keras's split with its default seed; their rows are put
    back to where they came from, so that every version, split and seed gives the same as ever.
    """
    if not members(file) >= set(SPLIT):
        x, y = read_npz(file, "x", "y")
        return x, y
    x_train, x_test, y_train, y_test = read_npz(file, *SPLIT)
    x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    order = np.arange(len(x))
    np.random.RandomState(113).shuffle(order)
    back = np.argsort(order)
    return x[back], y[back]
