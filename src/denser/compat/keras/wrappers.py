"""Models as scikit-learn's estimators, as `keras.wrappers.scikit_learn` had them: a function that
builds the model, and arguments of the function and of `fit` side by side."""

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.messages import UserError, bad_argument, unknown_argument
from ...preprocessing import to_categorical

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
except ImportError as error:
    raise ImportError(
        "keras.wrappers.scikit_learn needs scikit-learn: pip install 'denser[learn]'."
    ) from error

_FIT = (
    "batch_size", "epochs", "nb_epoch", "verbose", "callbacks", "validation_split",
    "validation_data", "shuffle", "class_weight", "sample_weight", "initial_epoch",
    "steps_per_epoch", "validation_steps", "validation_freq",
)  # fmt: skip
_PREDICT = ("batch_size", "verbose", "steps")


class BaseWrapper(BaseEstimator):
    """Base of the two: what builds the model, and all other arguments by their names.

    Args:
        build_fn: A function that gives a compiled model; None where a subclass has `__call__`.
        **sk_params: Arguments of `build_fn`, and of the model's `fit` and `predict`.
    """

    def __init__(self, build_fn: Any = None, **sk_params: Any):
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def _builder(self) -> Callable[..., Any]:
        """What builds the model."""
        return self if self.build_fn is None else self.build_fn  # type: ignore[return-value]

    def check_params(self, params: dict[str, Any]) -> None:
        """Raise where an argument belongs neither to `build_fn` nor to `fit` or `predict`."""
        builder = self._builder()
        if not callable(builder):
            raise bad_argument(self, "build_fn", "a function that gives a compiled model", builder)
        known = {*_FIT, *_PREDICT, *inspect.signature(builder).parameters}
        kinds = {p.kind for p in inspect.signature(builder).parameters.values()}
        for name in params:
            if name not in known and inspect.Parameter.VAR_KEYWORD not in kinds:
                raise unknown_argument(type(self), name, known)

    def get_params(self, deep: bool = True, **params: Any) -> dict[str, Any]:
        """All arguments by their names."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> "BaseWrapper":
        """Set arguments by their names."""
        if "build_fn" in params:
            self.build_fn = params.pop("build_fn")
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(
        self, fn: Callable[..., Any], override: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Those of the arguments that `fn` takes, and `override`."""
        return self._those_of(inspect.signature(fn).parameters) | (override or {})

    def _those_of(self, names: Any) -> dict[str, Any]:
        return {name: value for name, value in self.sk_params.items() if name in names}

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Build the model and train it; returns its History."""
        builder = self._builder()
        self.model = builder(**self.filter_sk_params(builder))
        if "categorical_crossentropy" == _loss_of(self.model) and np.ndim(y) != 2:
            y = to_categorical(y)
        given = self._those_of(_FIT) | kwargs
        if "nb_epoch" in given:
            given["epochs"] = given.pop("nb_epoch")
        return self.model.fit(x, y, **given)

    def _outputs(self, x: Any, kwargs: dict[str, Any]) -> np.ndarray:
        if not hasattr(self, "model"):
            raise UserError(f"{type(self).__name__}: call `fit` first.")
        return np.asarray(self.model.predict(x, **(self._those_of(_PREDICT) | kwargs)))

    def __sklearn_clone__(self) -> "BaseWrapper":
        return type(self)(self.build_fn, **copy.deepcopy(self.sk_params))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model")


def _loss_of(model: Any) -> str | None:
    """The name of a compiled model's loss."""
    loss = (model.get_compile_config() or {}).get("loss")
    name = loss.get("config", {}).get("name") if isinstance(loss, dict) else loss
    return name if isinstance(name, str) else None


class KerasClassifier(ClassifierMixin, BaseWrapper):
    """Model as a classifier of scikit-learn; labels may be numbers, names, or rows of 0 and 1.

    Args: as for BaseWrapper.

    Example:
        >>> def network():
        ...     model = Sequential([Dense(2, activation="softmax")])
        ...     model.compile("adam", "sparse_categorical_crossentropy")
        ...     return model
        >>> classifier = KerasClassifier(network, epochs=1, verbose=0)
        >>> _ = classifier.fit(np.zeros((2, 3)), ["no", "yes"])
        >>> classifier.predict_proba(np.zeros((4, 3))).shape
        (4, 2)
    """

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """Build the model and train it; returns its History."""
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_: np.ndarray = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_, y = np.unique(y, return_inverse=True)
            y = y.reshape(-1)
        else:
            raise UserError(f"KerasClassifier: `y` must have 1 or 2 axes; got shape {y.shape}.")
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The most likely class of each row."""
        outputs = self._outputs(x, kwargs)
        if outputs.shape[-1] > 1:
            return self.classes_[outputs.argmax(axis=-1)]
        return self.classes_[(outputs > 0.5).astype("int32")]

    def predict_proba(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The model's outputs, a column for each class; of one output `p` the columns 1 - p, p."""
        p = self._outputs(x, kwargs)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def score(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> float:
        """The share of rows whose class is right."""
        found, wanted = self.predict(x, **kwargs), np.asarray(y)
        if wanted.ndim == 2 and wanted.shape[1] > 1:
            wanted = wanted.argmax(axis=-1)
        right = found.reshape(-1) == wanted.reshape(-1)
        return float(np.average(right, weights=sample_weight))


class KerasRegressor(RegressorMixin, BaseWrapper):
    """Model as a regressor of scikit-learn.

    Args: as for BaseWrapper.
    """

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """Build the model and train it; returns its History."""
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> np.ndarray:
        """The model's outputs, without a last axis of size 1."""
        outputs = self._outputs(x, kwargs)
        return outputs[..., 0] if outputs.shape[-1] == 1 else outputs

    def score(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> float:
        """The model's loss with its sign turned, so that more is better."""
        if not hasattr(self, "model"):
            raise UserError("KerasRegressor: call `fit` first.")
        given = self._those_of(_PREDICT) | kwargs
        loss = self.model.evaluate(x, y, sample_weight=sample_weight, **given)
        return -float(loss[0] if isinstance(loss, (list, tuple)) else loss)
