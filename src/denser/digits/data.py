"""Which digits are used, and why: MNIST where it can be had, else those that need no network."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..core.messages import UserError
from ..datasets import digits, mnist
from ..datasets.files import find

MNIST = "mnist.npz"
_PLACE = "set DENSER_DATASETS to the folder that holds mnist.npz"


class Digits(NamedTuple):
    """Images of handwritten digits, which digit each shows, and where they come from.

    Shapes:
        x_train, x_test: (images, 28, 28) uint8, 0 (paper) to 255 (ink)
        y_train, y_test: (images,) uint8, 0 to 9
    """

    name: str
    module: str  # of `denser.datasets`
    why: str  # these and no others
    source: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load(wanted: str | None = None, download: bool = False) -> Digits:
    """The digits to learn from: MNIST where it is found or may be downloaded, else the embedded.

    Args:
        wanted: "mnist" or "digits" allows no other; None takes the best there is.
        download: Whether the network may be asked for MNIST.

    Raises:
        UserError: What was asked for cannot be had.
    """
    if wanted == "digits":
        if download:
            raise UserError("--download brings MNIST, but --data digits wants no MNIST: drop one.")
        return _embedded("asked for by --data digits")
    path = find(MNIST)
    if path is None and not download:
        missing = "MNIST is not on this machine"
        if wanted:
            raise UserError(f"{missing}. Add --download (11 MB), or {_PLACE}.")
        return _embedded(f"{missing}; --download brings it (11 MB)")
    try:
        return _mnist(path)
    except (OSError, ValueError) as error:
        missing = f"MNIST could not be {'read' if path else 'downloaded'}: {_cause(error)}"
        if wanted:
            raise UserError(f"{missing} You can also {_PLACE}.") from None
        return _embedded(missing)


def _mnist(path: Path | None) -> Digits:
    train, test = mnist.load_data()
    why = f"found as {path}" if path else "downloaded, and kept for the next time"
    source = (
        "MNIST (LeCun, Bottou, Bengio, Haffner, 1998), written by census clerks and school "
        "students in the USA; those who wrote the test images wrote none of the others"
    )
    return Digits("MNIST", "mnist", why, source, *train, *test)


def _embedded(why: str) -> Digits:
    try:
        train, test = digits.load_data()
    except ImportError as error:
        raise UserError(f"No digits to learn from ({why}). {error}") from None
    source = (
        "scikit-learn's digits (Alpaydin and Kaynak, 1998), recorded as 8×8 pixels and enlarged "
        "to MNIST's 28×28; the same 13 people wrote the test images and the others, so digits of "
        "other people would be harder"
    )
    return Digits("the embedded digits", "digits", why, source, *train, *test)


def _cause(error: Exception) -> str:
    """The first line of what went wrong, as a sentence."""
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line if line.endswith(".") else f"{line}."
