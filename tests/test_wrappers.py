"""Models as scikit-learn's estimators: scikit-learn's own checks, and its pipelines."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import denser
from denser.layers import Dense, Input
from denser.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer


def network(X, y, loss="mse", last=None, rate=0.05):
    denser.utils.set_random_seed(0)  # many checks compare two fits
    model = denser.Sequential([Input(X.shape[1:]), Dense(8, "relu"), Dense(y.shape[1], last)])
    model.compile(denser.optimizers.Adam(rate), loss)
    return model


def classifier(**kwargs):
    options = {"loss": "categorical_crossentropy", "last": "softmax"}
    return SKLearnClassifier(network, False, options, {"epochs": 5, "verbose": 0} | kwargs)


ESTIMATORS = [
    classifier(),
    SKLearnRegressor(network, fit_kwargs={"epochs": 1, "verbose": 0}),
    SKLearnTransformer(network, fit_kwargs={"epochs": 1, "verbose": 0}),
]


# They ask that weights and repeated rows give the same network to the bit.
LEFT_OUT = ("check_sample_weight_equivalence_on_dense_data",
            "check_sample_weight_equivalence_on_sparse_data")  # fmt: skip


def checks():
    """scikit-learn's checks of each estimator, under names that are the same in every process."""
    for estimator in ESTIMATORS:
        for one, check in estimator_checks_generator(estimator):
            name = check.func.__name__
            if name not in LEFT_OUT:
                yield pytest.param(one, check, id=f"{type(estimator).__name__}-{name}")


@pytest.mark.parametrize("estimator, check", list(checks()))
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_in_a_pipeline_and_a_search():
    denser.utils.set_random_seed(0)
    X, y = make_classification(120, 6, random_state=0)
    names = np.array(["no", "yes"])[y]
    search = GridSearchCV(classifier(epochs=20), {"warm_start": [False]}, cv=2)
    pipeline = make_pipeline(StandardScaler(), search).fit(X, names)
    assert pipeline.score(X, names) > 0.8
    assert set(pipeline.predict(X)) <= {"no", "yes"}


def test_warm_start_goes_on():
    X, y = make_classification(40, 4, random_state=0)
    made = classifier()
    made.warm_start = True
    first = made.fit(X, y).model_
    before = first.get_weights()[0]
    assert made.fit(X, y).model_ is first
    assert np.abs(first.get_weights()[0] - before).max() > 0


def test_a_model_is_copied_for_each_fit():
    X, y = np.ones((8, 3), "float32"), np.ones((8, 2), "float32")
    model = network(X, y)
    before = model.get_weights()[0]
    made = SKLearnRegressor(model, fit_kwargs={"verbose": 0}).fit(X, y)
    np.testing.assert_array_equal(model.get_weights()[0], before)
    assert made.predict(X).shape == (8, 2)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(ValueError, match="compiled"):
        SKLearnRegressor(denser.Sequential([Dense(1)])).fit([[1.0]], [1.0])
    with pytest.raises(NotFittedError):
        classifier().predict([[1.0]])
