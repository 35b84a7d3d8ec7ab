"""Fashion-MNIST: 70,000 pictures of clothes, in MNIST's shapes."""

from .named import Pair, idx


def load_data() -> tuple[Pair, Pair]:
    """Grey images of articles of clothing and which of ten kinds each shows.

    The kinds: 0 T-shirt/top, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker,
    8 bag, 9 ankle boot. The four `.gz` files lie in a folder `fashion-mnist`.

    Shapes:
        x_train: (60000, 28, 28) uint8, 0 to 255
        y_train: (60000,) uint8, 0 to 9
        x_test: (10000, 28, 28) uint8
        y_test: (10000,) uint8

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: A file is not here and cannot be downloaded.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP

    Source: Xiao, Rasul, Vollgraf, 2017, arXiv:1708.07747; MIT licence.
    """
    return (
        (idx("train-images-idx3-ubyte.gz"), idx("train-labels-idx1-ubyte.gz")),
        (idx("t10k-images-idx3-ubyte.gz"), idx("t10k-labels-idx1-ubyte.gz")),
    )
