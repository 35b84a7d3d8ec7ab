"""Boston housing: prices in the suburbs of Boston, 1970s."""

from .named import Pair, arrays, split


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Pair, Pair]:
    """What a house costs in a suburb, and thirteen figures about it.

    One of the figures was made from the share of Black residents, on the assumption that
    segregation raises prices. Use this data only to study that; `california_housing` is a better
    exercise in regression.

    Shapes:
        x_train: (404, 13) float64
        y_train: (404,) float64, median value in 1,000 dollars, 5 to 50
        x_test: (102, 13) float64
        y_test: (102,) float64

    Args:
        path: File name below the folders where data sets are looked for, or an absolute path.
        test_split: Which part of the suburbs is kept for testing.
        seed: Of the shuffle before the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: The file is not here and cannot be downloaded.
        ValueError: `test_split` is not from 0 to below 1.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP

    Source: Harrison, Rubinfeld, "Hedonic housing prices and the demand for clean air", 1978,
        doi:10.1016/0095-0696(78)90006-2.
    """
    x, y = arrays("boston_housing.npz", path, "x", "y")
    return split(x, y, test_split, seed)
