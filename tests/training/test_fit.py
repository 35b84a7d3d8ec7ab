"""fit, evaluate, predict and their one-batch forms, beside Keras's."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import denser
from tests.twins import agree, twins

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 6)).astype("float32")  # not a multiple of the batch size
Y = RANDOM.integers(0, 3, 50)
ONE_HOT = np.eye(3, dtype="float32")[Y]
WEIGHT = RANDOM.uniform(0.5, 2, 50).astype("float32")


def stack(k):
    return k.Sequential(
        [
            k.layers.Dense(8, "relu", input_shape=(6,), kernel_regularizer="l2"),
            k.layers.Dense(3, "softmax"),
        ]
    )


def compiled(build=stack, loss="sparse_categorical_crossentropy", **options):
    pair = twins(build)
    options = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"], **options}
    for model in pair:
        model.compile("adam", loss, **options)
    return pair


FITS = {
    "labels": {"y": Y},
    "sample_weight": {"y": Y, "sample_weight": WEIGHT},
    "class_weight": {"y": Y, "class_weight": {0: 1.0, 1: 3.0, 2: 0.5}},
    "validation_split": {"y": Y, "validation_split": 0.3},
    "validation_data": {"y": Y, "validation_data": (X[:20], Y[:20], WEIGHT[:20])},
    "validation_freq": {"y": Y, "validation_data": (X[:20], Y[:20]), "validation_freq": 2},
    "steps": {"y": Y, "steps_per_epoch": 2, "validation_data": (X, Y), "validation_steps": 2},
    "initial_epoch": {"y": Y, "initial_epoch": 1},
    "one batch": {"y": Y, "batch_size": 64},
}


@pytest.mark.parametrize("case", FITS)
def test_fit_gives_keras_history_and_weights(case):
    theirs, ours = compiled()
    arguments = {"batch_size": 16, "epochs": 4, "shuffle": False, "verbose": 0, **FITS[case]}
    expected = theirs.fit(X, **arguments).history
    agree(expected, ours.fit(X, **arguments).history)
    agree(theirs.get_weights(), ours.get_weights())


@pytest.mark.parametrize("weights", [None, WEIGHT])
def test_evaluate_and_batches(weights):
    theirs, ours = compiled(metrics=["sparse_categorical_crossentropy"])
    arguments = {"batch_size": 16, "sample_weight": weights, "verbose": 0}
    agree(theirs.evaluate(X, Y, **arguments), ours.evaluate(X, Y, **arguments))
    as_dict = ours.evaluate(X, Y, return_dict=True, **arguments)
    agree(theirs.evaluate(X, Y, return_dict=True, **arguments), as_dict)
    agree(theirs.predict(X, 16, verbose=0), ours.predict(X, 16, verbose=0))
    theirs.reset_metrics(), ours.reset_metrics()
    for begin in (0, 16, 32):
        rows = slice(begin, begin + 16)
        w = None if weights is None else weights[rows]
        expected = theirs.train_on_batch(X[rows], Y[rows], sample_weight=w)
        agree(expected, ours.train_on_batch(X[rows], Y[rows], sample_weight=w))
    agree(theirs.test_on_batch(X, Y), ours.test_on_batch(X, Y))
    agree(theirs.predict_on_batch(X), ours.predict_on_batch(X))


def two_ended(k):
    a, b = k.Input((6,), name="a"), k.Input((6,), name="b")
    x = k.layers.Dense(5, "tanh")(a)
    y = k.layers.Dense(5, "tanh")(b)
    first = k.layers.Dense(3, "softmax", name="first")(x * y + 0.5)
    return k.Model([a, b], [first, k.layers.Dense(1, name="second")(y)])


@pytest.mark.parametrize(
    "loss, metrics, targets",
    [
        (["categorical_crossentropy", "mse"], [["accuracy"], ["mae"]], [ONE_HOT, WEIGHT]),
        (
            {"first": "categorical_crossentropy", "second": "mse"},
            {"second": ["mae", "mse"]},
            {"second": WEIGHT, "first": ONE_HOT},
        ),
    ],
)
def test_several_inputs_and_outputs(loss, metrics, targets):
    weights = {"first": 0.3, "second": 2.0} if isinstance(loss, dict) else [0.3, 2.0]
    theirs, ours = compiled(
        two_ended, loss, loss_weights=weights, metrics=metrics, weighted_metrics=None
    )
    arguments = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    expected = theirs.fit([X, X[::-1]], targets, **arguments).history
    agree(expected, ours.fit([X, X[::-1]], targets, **arguments).history)
    named = ours.predict({"b": X[::-1], "a": X}, verbose=0)
    agree(theirs.predict([X, X[::-1]], verbose=0), named)


def batches(endless=False):
    while True:
        for begin in range(0, 50, 16):
            yield X[begin : begin + 16], Y[begin : begin + 16]
        if not endless:
            return


class Numbered(denser.utils.PyDataset):
    num_batches = 4

    def __getitem__(self, index):
        return X[index * 16 : (index + 1) * 16], Y[index * 16 : (index + 1) * 16]


class Loader:
    """As PyTorch's DataLoader: sized, iterable, not indexed."""

    def __iter__(self):
        return batches()

    def __len__(self):
        return 4


KINDS = {
    "pandas": lambda: {"x": pd.DataFrame(X), "y": pd.Series(Y)},
    "lists": lambda: {"x": X.tolist(), "y": Y.tolist()},
    "sparse": lambda: {"x": scipy.sparse.csr_matrix(X), "y": Y},
    "jax": lambda: {"x": denser.ops.convert_to_tensor(X), "y": denser.ops.convert_to_tensor(Y)},
    "float64": lambda: {"x": X.astype("float64"), "y": Y},
    "generator": lambda: {"x": batches(endless=True), "steps_per_epoch": 4},
    "PyDataset": lambda: {"x": Numbered()},
    "PyDataset with workers": lambda: {"x": Numbered(workers=2)},
    "loader": lambda: {"x": Loader()},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_data_trains_alike(kind):
    model = stack(denser)
    start = model.get_weights()
    results = []
    for data in ({"x": X, "y": Y, "batch_size": 16}, KINDS[kind]()):
        model.set_weights(start)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        data.setdefault("batch_size", 16 if "y" in data else None)
        history = model.fit(**data, epochs=2, shuffle=False, verbose=0).history
        results.append((history, model.get_weights()))
    agree(*results)


def test_more_data_than_the_device_may_hold_streams(monkeypatch):
    theirs, ours = compiled()
    monkeypatch.setenv("DENSER_DATA_BUDGET", "2000")
    arguments = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}
    agree(theirs.fit(X, Y, **arguments).history, ours.fit(X, Y, **arguments).history)


@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_shuffling_repeats_with_the_seed_and_uses_each_row_once(shuffle):
    results = []
    for _ in range(2):
        denser.utils.set_random_seed(7)
        model = stack(denser)
        model.compile("adam", "sparse_categorical_crossentropy")
        results.append(model.fit(X, Y, 16, 3, shuffle=shuffle, verbose=0).history["loss"])
    assert results[0] == results[1]
    source = denser.training.data.Arrays((X, Y, None), 16, shuffle, seed=3)
    orders = [source.order(n)[:50] for n in range(2)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert not np.array_equal(*orders)


def test_eagerly_is_the_same():
    theirs, ours = compiled(run_eagerly=True)
    theirs.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ours.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    arguments = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    agree(theirs.fit(X, Y, **arguments).history, ours.fit(X, Y, **arguments).history)
    agree(theirs.predict(X, verbose=0), ours.predict(X, verbose=0))


def test_built_on_first_data_and_by_build():
    for prepare in (lambda m: None, lambda m: m.build((None, 6)), lambda m: m(X)):
        model = denser.Sequential([denser.layers.Dense(4, "relu"), denser.layers.Dense(1)])
        prepare(model)
        model.compile("sgd", "mse")
        model.fit(X, WEIGHT, verbose=0)
        assert model.output_shape == (None, 1) and model.count_params() == 33


def test_a_users_metric_may_give_the_variable_itself():
    class Count(denser.metrics.Metric):
        def __init__(self):
            super().__init__(name="count")
            self.total = self.add_variable((), "zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(len(y_pred))

        def result(self):
            return self.total

    model = denser.Sequential([denser.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Count()])
    assert model.fit(X, Y, verbose=0).history["count"] == [50]


def test_a_users_code_sees_batches_of_their_true_size():
    seen = set()

    class Watcher(denser.layers.Layer):
        def call(self, x):
            seen.add(x.shape[0])
            return x - x.mean(0, keepdims=True)

    model = denser.Sequential([denser.layers.Dense(2), Watcher()])
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((50, 2)), 16, verbose=0)
    assert {16, 2} <= seen


def test_a_users_train_step_builds_on_ours_and_adds_to_the_logs():
    class Doubled(denser.Sequential):
        def train_step(self, state, data):
            logs, state = super().train_step(state, data)
            return {**logs, "twice": 2 * logs["loss"]}, state

    model = Doubled([denser.layers.Dense(1, input_shape=(6,))])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, WEIGHT, 16, 2, validation_split=0.2, verbose=0).history
    assert set(history) == {"loss", "mae", "twice", "val_loss", "val_mae"}
    assert history["twice"] == [2 * loss for loss in history["loss"]]
