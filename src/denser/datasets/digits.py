"""1,797 handwritten digits that need no network: scikit-learn's, brought to MNIST's size."""

import numpy as np

from .named import Pair

RECORDED = 8  # pixels of a recorded image's side; its values are 0 to 16


def load_data(size: int = 28, seed: int = 113) -> tuple[Pair, Pair]:
    """Grey images of handwritten digits and which digit each shows; a fifth is for testing.

    The digits were recorded as 8x8 pixels. They are enlarged by cubic interpolation into the
    middle of the image, which leaves MNIST's margin (28x28: 4 pixels, the digit 20), and
    their strokes are given MNIST's contrast by the map `3t^2 - 2t^3` of [0, 1]. Each digit has the
    same share in both parts; the same writers may be in both.

    Shapes:
        x_train: (1437, size, size) uint8, 0 (paper) to 255 (ink)
        y_train: (1437,) uint8, 0 to 9
        x_test: (360, size, size) uint8
        y_test: (360,) uint8

    Args:
        size: Pixels of an image's side, at least 8.
        seed: Of the shuffle before the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        ImportError: scikit-learn, which holds the data, is not installed.
        ValueError: `size` is too small.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, x_test.shape
        ((1437, 28, 28), (360, 28, 28))

    Source: Alpaydin, Kaynak, 1998, doi:10.24432/C50P49 (its test part); CC BY 4.0.
    """
    if not isinstance(size, int | np.integer) or size < RECORDED:
        raise ValueError(f"`size` must be an integer from {RECORDED}; got {size!r}.")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "The embedded digits come with scikit-learn: pip install 'denser[learn]'."
        ) from error
    recorded, labels = load_digits(return_X_y=True)
    x = _enlarged(np.reshape(recorded, (-1, RECORDED, RECORDED)) / 16, size)
    y = np.asarray(labels, np.uint8)
    random = np.random.RandomState(seed)
    order = random.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]  # digit by digit, shuffled within each
    test = np.arange(len(y)) % 5 == 0
    train, test = random.permutation(order[~test]), random.permutation(order[test])
    return (x[train], y[train]), (x[test], y[test])


def _enlarged(images: np.ndarray, size: int) -> np.ndarray:
    """Images of values 0 to 1, (n, 8, 8), as (n, size, size) uint8."""
    margin = (size - RECORDED) // 5
    scale = RECORDED / (size - 2 * margin)
    place = (np.arange(size) - margin + 0.5) * scale - 0.5  # of each pixel's centre, in recorded
    weights = _cubic(place[:, None] - np.arange(RECORDED))  # (size, 8)
    ink = (weights @ images @ weights.T).clip(0, 1)
    return np.rint(255 * ink**2 * (3 - 2 * ink)).astype(np.uint8)


def _cubic(t: np.ndarray) -> np.ndarray:
    """Catmull and Rom's interpolation kernel (1974)."""
    t = np.abs(t)
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.select([t < 1, t < 2], [near, far], 0)
