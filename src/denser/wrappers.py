"""Wrappers: models as scikit-learn's estimators, for its pipelines, searches and scores."""

import copy
from typing import Any

import numpy as np

from .core.messages import UserError
from .models import Model, clone_model

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data
except ImportError as error:
    raise ImportError(
        "denser.wrappers needs scikit-learn 1.6 or later: pip install 'denser[learn]'."
    ) from error


class _Estimator(BaseEstimator):
    """Base of the three: a model, or a function that makes one, with scikit-learn's methods."""

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
    ):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self) -> Any:
        model = copy.deepcopy(self.model) if isinstance(self.model, Model) else self.model
        return type(self)(model, self.warm_start, self.model_kwargs, self.fit_kwargs)

    @property
    def epoch_(self) -> int:
        """Epochs of the last fit."""
        return len(self.history_.epoch) if hasattr(self, "history_") else 0

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Any:
        """Train the model; `kwargs` go to its `fit`, before those of `fit_kwargs`."""
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=self._numeric)
        y = self._encode(y)
        model = self._model(X, y)
        if not getattr(model, "compiled", False):
            raise UserError(f"{type(self).__name__}: the model must be compiled before `fit`.")
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def _model(self, X: np.ndarray, y: np.ndarray) -> Model:
        """The model to train: the fitted one with `warm_start`, else a new one."""
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if isinstance(self.model, Model):
            return self.model if self.warm_start else _copy(self.model)
        return self.model(X=X, y=y, **(self.model_kwargs or {}))

    _numeric = False

    def _encode(self, y: np.ndarray) -> np.ndarray:
        """The targets as the model learns them: a column for each."""
        type_of_target(y, raise_unknown=True)
        self._flat = y.ndim == 1
        return y.reshape(len(y), -1)

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(self.model_.predict(validate_data(self, X, reset=False)))


def _copy(model: Model) -> Model:
    """A new model like it, compiled as it is."""
    made = clone_model(model)
    if model.compiled and not made.compiled:
        made.compile_from_config(model.get_compile_config() or {})
    return made


class SKLearnClassifier(ClassifierMixin, _Estimator):
    """Model as a classifier of scikit-learn; it learns labels as one-hot rows.

    Args:
        model: A compiled Model, which is copied for each `fit`, or a function `(X, y, ...)` that
            makes one.
        warm_start: Whether a further `fit` goes on with the weights of the one before.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of the model's `fit`.

    Example:
        >>> def network(X, y):
        ...     model = Sequential([Dense(y.shape[1], "softmax")])
        ...     model.compile("adam", "categorical_crossentropy")
        ...     return model
        >>> classifier = SKLearnClassifier(network, fit_kwargs={"verbose": 0})
        >>> classifier.fit([[0.0], [1.0]], ["no", "yes"]).classes_.tolist()
        ['no', 'yes']
    """

    def _encode(self, y: np.ndarray) -> np.ndarray:
        """The labels as one-hot rows."""
        kind = type_of_target(y, raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                "Only binary and multiclass target types are supported. Unknown label type: "
                f"{kind}."
            )
        self.classes_, index = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.eye(len(self.classes_))[index]

    def decision_function(self, X: Any) -> np.ndarray:
        """The model's outputs, a column for each class; of two classes the difference, as
        scikit-learn has it: positive for the second."""
        outputs = self._outputs(X)
        return outputs[:, 1] - outputs[:, 0] if len(self.classes_) == 2 else outputs

    def predict(self, X: Any) -> np.ndarray:
        """The most likely class of each row."""
        index = self._outputs(X).argmax(axis=-1)
        return self.classes_[index]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, _Estimator):
    """Model as a regressor of scikit-learn.

    Args: as for SKLearnClassifier.
    """

    _numeric = True

    def predict(self, X: Any) -> np.ndarray:
        """The model's outputs, in the shape that the targets had, in scikit-learn's float64."""
        outputs = self._outputs(X).astype("float64")
        return outputs[:, 0] if self._flat and outputs.shape[1:] == (1,) else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags


class SKLearnTransformer(TransformerMixin, _Estimator):
    """Model as a transformer of scikit-learn: `transform` gives its outputs.

    Args: as for SKLearnClassifier.
    """

    def transform(self, X: Any) -> np.ndarray:
        """The model's outputs."""
        return self._outputs(X)

    predict = transform

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
