"""Quantiles of more numbers than one keeps: a summary that is cut down as it grows."""

import numpy as np


class Quantiles:
    """A summary of numbers: some of them in order, each with how many it stands for.

    Args:
        epsilon: The summary keeps about `1 / epsilon` numbers.

    Source: the merging of weighted summaries follows M. Greenwald and S. Khanna, "Space-efficient
    online computation of quantile summaries", 2001, doi:10.1145/375663.375670, with the points
    that Keras takes.
    """

    def __init__(self, epsilon: float):
        self.epsilon = epsilon
        self.points = np.zeros(0, np.float32)
        self.weights = np.zeros(0, np.float32)

    @property
    def count(self) -> int:
        """How many numbers are kept."""
        return len(self.points)

    def add(self, numbers: np.ndarray) -> None:
        """Take in numbers (n,)."""
        if not len(numbers):
            return
        each = len(numbers) * self.epsilon  # for how many a kept one stands
        step = max(each, 1)
        points = np.sort(numbers)[max(int(each) - 1, 0) :: int(step)]
        weights = np.concatenate([self.weights, np.full(len(points), step, np.float32)])
        points = np.concatenate([self.points, points])
        order = np.argsort(points, kind="stable")
        self.points, self.weights = points[order], weights[order]
        if self.count > 1 / self.epsilon:
            self.points, self.weights = _cut_down(self.points, self.weights, self.epsilon)

    def boundaries(self, bins: int) -> list[float]:
        """The `bins - 1` numbers between bins of equal weight."""
        points, _ = _cut_down(self.points, self.weights, 1 / bins)
        return [float(np.float32(point)) for point in points[:-1]]


def _cut_down(
    points: np.ndarray, weights: np.ndarray, epsilon: float
) -> tuple[np.ndarray, np.ndarray]:
    """The points at the shares epsilon, 2 epsilon ... of the whole weight, with new weights."""
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    whole = weights.cumsum()
    at = whole / whole[-1]
    reached = np.interp(shares, at, whole)
    return np.interp(shares, at, points), np.diff(reached, prepend=0.0)
