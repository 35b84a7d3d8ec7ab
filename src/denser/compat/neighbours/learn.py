"""Learn: modules that scikit-learn had until 0.20, whose folds were made for the data."""

import functools
import importlib
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..patches import patches

# Losses that were scores before `neg_` stood in front of their names.
_LOSSES = (
    "log_loss", "mean_squared_error", "mean_absolute_error", "median_absolute_error",
    "mean_squared_log_error",
)  # fmt: skip
_GridScore = namedtuple(
    "_GridScore", ("parameters", "mean_validation_score", "cv_validation_scores")
)


class _Folds:
    """Pairs of rows to train on and to test on, in turn."""

    def __init__(self, splitter: Any, rows: Any, groups: Any = None):
        self.pairs = list(splitter.split(rows, rows, groups))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


def install() -> None:
    """Let today's modules take older arguments."""
    selection, preprocessing = _selection(), importlib.import_module("sklearn.preprocessing")
    for cls in (selection.KFold, selection.StratifiedKFold):
        patches.put(cls, __init__=_of_then(cls.__init__, _without_seed))
    encoder = preprocessing.OneHotEncoder
    patches.put(encoder, __init__=_of_then(encoder.__init__, _dense))
    patches.put(encoder, fit_transform=_of_some_columns(encoder.fit_transform))
    patches.put(preprocessing, Imputer=_imputer)
    weights = importlib.import_module("sklearn.utils.class_weight")
    compute = weights.compute_class_weight
    patches.put(weights, compute_class_weight=lambda class_weight, classes=None, y=None: compute(
        class_weight, classes=classes, y=y))  # fmt: skip
    manifold = importlib.import_module("sklearn.manifold")
    patches.put(manifold.TSNE, __init__=_of_then(manifold.TSNE.__init__, _iterations))


def _of_then(init: Callable[..., None], today: Callable[[Any, dict], None]) -> Callable[..., None]:
    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        today(self, kwargs)
        init(self, *args, **kwargs)

    return __init__


def _without_seed(self: Any, kwargs: dict[str, Any]) -> None:
    if not kwargs.get("shuffle"):
        kwargs.pop("random_state", None)  # which meant nothing


def _dense(self: Any, kwargs: dict[str, Any]) -> None:
    if "sparse" in kwargs:
        kwargs["sparse_output"] = kwargs.pop("sparse")
    columns = kwargs.pop("categorical_features", None)
    if columns is not None:
        self.__dict__["_columns_of_then"] = columns


def _iterations(self: Any, kwargs: dict[str, Any]) -> None:
    if "n_iter" in kwargs:
        kwargs["max_iter"] = kwargs.pop("n_iter")


def _of_some_columns(fit_transform: Callable[..., Any]) -> Callable[..., Any]:
    """The encoded columns before the others, of which an encoder left the numbers alone."""

    @functools.wraps(fit_transform)
    def encode(self: Any, X: Any, y: Any = None, **kwargs: Any) -> Any:
        columns = self.__dict__.get("_columns_of_then")
        if columns is None or isinstance(columns, str):
            return fit_transform(self, X, y, **kwargs)
        sparse = importlib.import_module("scipy.sparse")
        table = np.asarray(X)
        rest = np.delete(table, columns, axis=1).astype(float)
        found = fit_transform(self, table[:, columns], y, **kwargs)
        return sparse.hstack([found, rest]) if sparse.issparse(found) else np.hstack([found, rest])

    return encode


def _imputer(missing_values: Any = "NaN", strategy: str = "mean", axis: int = 0, **kwargs: Any):
    simple = importlib.import_module("sklearn.impute").SimpleImputer
    missing_values = np.nan if missing_values == "NaN" else missing_values
    return simple(missing_values=missing_values, strategy=strategy)


def _selection() -> Any:
    return importlib.import_module("sklearn.model_selection")


def KFold(n: int, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> _Folds:
    """Folds of `n` rows."""
    return _Folds(_selection().KFold(n_folds, **_order(shuffle, random_state)), np.zeros(n))


def StratifiedKFold(
    y: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None
) -> _Folds:
    """Folds with the classes of `y` in equal parts."""
    splitter = _selection().StratifiedKFold(n_folds, **_order(shuffle, random_state))
    return _Folds(splitter, np.asarray(y).ravel())


def LeaveOneOut(n: int) -> _Folds:
    """Each of `n` rows alone."""
    return _Folds(_selection().LeaveOneOut(), np.zeros(n))


def ShuffleSplit(
    n: int,
    n_iter: int = 10,
    test_size: Any = 0.1,
    train_size: Any = None,
    random_state: Any = None,
) -> _Folds:
    """Random parts of `n` rows."""
    sizes = {"test_size": test_size, "train_size": train_size, "random_state": random_state}
    return _Folds(_selection().ShuffleSplit(n_iter, **sizes), np.zeros(n))


def StratifiedShuffleSplit(
    y: Any,
    n_iter: int = 10,
    test_size: Any = 0.1,
    train_size: Any = None,
    random_state: Any = None,
) -> _Folds:
    """Random parts with the classes of `y` in equal parts."""
    sizes = {"test_size": test_size, "train_size": train_size, "random_state": random_state}
    return _Folds(_selection().StratifiedShuffleSplit(n_iter, **sizes), np.asarray(y))


def _order(shuffle: bool, random_state: Any) -> dict[str, Any]:
    return {"shuffle": shuffle, "random_state": random_state if shuffle else None}


def cross_validation() -> dict[str, Any]:
    """The names of `sklearn.cross_validation`."""
    own = (KFold, LeaveOneOut, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit)
    return {
        **vars(_selection()),
        **{function.__name__: function for function in own},
        "cross_val_score": _cross_val_score,
    }


def grid_search() -> dict[str, Any]:
    """The names of `sklearn.grid_search`."""
    selection = _selection()
    older = {name: _with_grid_scores(getattr(selection, name))
             for name in ("GridSearchCV", "RandomizedSearchCV")}  # fmt: skip
    return {**vars(selection), **older}


def _cross_val_score(estimator: Any, X: Any, y: Any = None, scoring: Any = None, **kwargs: Any):
    return _selection().cross_val_score(estimator, X, y, scoring=_score(scoring), **kwargs)


def _score(scoring: Any) -> Any:
    return f"neg_{scoring}" if scoring in _LOSSES else scoring


def _with_grid_scores(search: Any) -> type:
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        self.scoring = _score(self.scoring)
        return search.fit(self, *args, **kwargs)

    own = {"fit": fit, "grid_scores_": property(_grid_scores)}
    return type(search.__name__, (search,), own)


def _grid_scores(self: Any) -> list:
    results = self.cv_results_
    folds = [results[f"split{fold}_test_score"] for fold in range(self.n_splits_)]
    rows = zip(results["params"], results["mean_test_score"], np.transpose(folds), strict=True)
    return [_GridScore(*row) for row in rows]
