"""keras.wrappers.scikit_learn of Keras 1 and 2, in scikit-learn's own hands."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import denser
from denser import layers
from denser.compat.keras.wrappers import KerasClassifier, KerasRegressor

chance = np.random.RandomState(0)
X = chance.randn(60, 4).astype("float32")
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
VALUES = X @ [1.0, -2.0, 0.5, 0.0]


def network(outputs=3, activation="softmax", loss="sparse_categorical_crossentropy", rate=0.1):
    model = denser.Sequential([denser.Input((4,)), layers.Dense(outputs, activation)])
    model.compile(denser.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    "labels, options",
    [
        (CLASSES, {}),
        (np.array(["low", "mid", "top"])[CLASSES], {}),
        (CLASSES[:, None], {}),
        (np.eye(3)[CLASSES], {"loss": "categorical_crossentropy"}),
        (CLASSES, {"loss": "categorical_crossentropy"}),
        (CLASSES > 0, {"outputs": 1, "activation": "sigmoid", "loss": "binary_crossentropy"}),
    ],
)
def test_classifier(labels, options):
    classifier = KerasClassifier(build_fn=network, epochs=30, batch_size=16, verbose=0, **options)
    history = classifier.fit(X, labels)
    assert len(history.epoch) == 30
    assert classifier.score(X, labels) > 0.7
    found = classifier.predict(X)
    assert set(np.unique(found)) <= set(classifier.classes_)
    p = classifier.predict_proba(X)
    assert p.shape == (60, len(classifier.classes_))
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)


def test_regressor():
    regressor = KerasRegressor(
        network, outputs=1, activation=None, loss="mse", nb_epoch=40, batch_size=16, verbose=0
    )
    regressor.fit(X, VALUES)
    assert regressor.predict(X).shape == (60,)
    assert regressor.score(X, VALUES) == pytest.approx(
        -np.mean((regressor.predict(X) - VALUES) ** 2), rel=1e-4
    )


def test_pipeline_search_and_cross_validation():
    classifier = KerasClassifier(build_fn=network, epochs=2, batch_size=30, verbose=0)
    pipe = Pipeline([("scale", StandardScaler()), ("net", classifier)])
    scores = cross_val_score(pipe, X, CLASSES, cv=StratifiedKFold(2, shuffle=True, random_state=1))
    assert scores.shape == (2,)
    grid = GridSearchCV(
        estimator=classifier, param_grid={"rate": [1e-5, 0.3], "epochs": [8]}, cv=2, n_jobs=1
    )
    found = grid.fit(X, CLASSES)
    assert found.best_params_ == {"rate": 0.3, "epochs": 8}
    assert found.best_estimator_.model.optimizer.learning_rate == pytest.approx(0.3)
    regressor = KerasRegressor(network, outputs=1, activation=None, loss="mse", epochs=1, verbose=0)
    assert (cross_val_score(regressor, X, VALUES, cv=KFold(2)) < 0).all()


def test_a_subclass_builds_the_model_itself():
    class Mine(KerasClassifier):
        def __call__(self, rate):
            return network(rate=rate)

    mine = Mine(rate=0.2, epochs=1, verbose=0)
    mine.fit(X, CLASSES, batch_size=30)
    assert mine.get_params()["rate"] == 0.2 and mine.set_params(rate=0.3).sk_params["rate"] == 0.3


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: KerasClassifier(network, epoch=3),
        lambda: KerasClassifier(epochs=3),
        lambda: KerasClassifier(network).set_params(units=3),
        lambda: KerasClassifier(network).predict(X),
        lambda: KerasRegressor(network).score(X, VALUES),
        lambda: KerasClassifier(network).fit(X, np.zeros((60, 2, 2))),
    ],
)
def test_mistakes_are_told(wrong):
    with pytest.raises(ValueError):
        wrong()
