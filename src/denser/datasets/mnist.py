"""MNIST: 70,000 handwritten digits."""

from .named import FOUR, Pair, arrays


def load_data(path: str = "mnist.npz") -> tuple[Pair, Pair]:
    """Grey images of handwritten digits and which digit each shows.

    Shapes:
        x_train: (60000, 28, 28) uint8, 0 (paper) to 255 (ink)
        y_train: (60000,) uint8, 0 to 9
        x_test: (10000, 28, 28) uint8
        y_test: (10000,) uint8

    Args:
        path: File name below the folders where data sets are looked for, or an absolute path.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: The file is not here and cannot be downloaded.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> x_train.shape, y_train[:5]  # doctest: +SKIP
        ((60000, 28, 28), array([5, 0, 4, 1, 9], dtype=uint8))

    Source: LeCun, Bottou, Bengio, Haffner, 1998, doi:10.1109/5.726791; CC BY-SA 3.0.
    """
    x_train, y_train, x_test, y_test = arrays("mnist.npz", path, *FOUR)
    return (x_train, y_train), (x_test, y_test)
