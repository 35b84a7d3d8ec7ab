"""Metrics: streams of batches beside Keras, weights, masks, fill-up rows, state, configs."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import metrics
from denser.core.masks import set_mask
from denser.core.messages import UserError
from denser.core.pure import pure
from denser.core.variable import Scope

# Keras's own confusion matrix asks JAX for int64.
pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")

N, CLASSES = 7, 4
random = np.random.default_rng(5)


def normal(shape=(N, CLASSES)):
    return random.normal(size=shape).astype("float32")


def chances(shape=(N, CLASSES)):
    return random.uniform(0, 1, shape).astype("float32")


def coarse():  # hits thresholds exactly, 0 and 1 too
    return (random.integers(0, 11, (N, CLASSES)) / 10).astype("float32")


def shares():
    return np.asarray(jax.nn.softmax(normal()))


def bits(shape=(N, CLASSES)):
    return random.integers(0, 2, shape).astype("float32")


def numbers():
    return random.integers(0, CLASSES, N)


def one_hot():
    return np.eye(CLASSES, dtype="float32")[numbers()]


# class, its arguments, how y_true and y_pred are drawn
TABLE = [
    ("Accuracy", {}, numbers, numbers),
    ("BinaryAccuracy", {"threshold": 0.6}, bits, chances),
    ("CategoricalAccuracy", {}, one_hot, shares),
    ("SparseCategoricalAccuracy", {}, numbers, shares),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot, shares),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, numbers, coarse),
    ("MeanSquaredError", {}, normal, normal),
    ("RootMeanSquaredError", {}, normal, normal),
    ("MeanAbsoluteError", {}, normal, normal),
    ("MeanAbsolutePercentageError", {}, normal, normal),
    ("MeanSquaredLogarithmicError", {}, chances, chances),
    ("LogCoshError", {}, normal, normal),
    ("CosineSimilarity", {}, normal, normal),
    ("Hinge", {}, bits, normal),
    ("SquaredHinge", {}, bits, normal),
    ("CategoricalHinge", {}, one_hot, normal),
    ("KLDivergence", {}, shares, shares),
    ("Poisson", {}, chances, chances),
    ("BinaryCrossentropy", {"from_logits": True}, bits, normal),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, one_hot, shares),
    ("SparseCategoricalCrossentropy", {}, numbers, shares),
    ("PearsonCorrelation", {}, normal, normal),
    ("ConcordanceCorrelation", {}, normal, normal),
    ("R2Score", {}, normal, normal),
    ("R2Score", {"class_aggregation": None}, normal, normal),
    (
        "R2Score",
        {"class_aggregation": "variance_weighted_average", "num_regressors": 2},
        normal,
        normal,
    ),
    ("TruePositives", {}, bits, chances),
    ("FalsePositives", {"thresholds": [0.2, 0.7]}, bits, coarse),
    ("TrueNegatives", {"thresholds": [0.0, 0.5, 1.0]}, bits, coarse),
    ("FalseNegatives", {"thresholds": 0.3}, bits, coarse),
    ("Precision", {}, bits, chances),
    ("Precision", {"top_k": 2, "class_id": 1}, bits, coarse),
    ("Recall", {"thresholds": [0.1, 0.5, 0.9]}, bits, chances),
    ("Recall", {"class_id": 2}, bits, chances),
    ("SensitivityAtSpecificity", {"specificity": 0.4, "num_thresholds": 11}, bits, coarse),
    ("SpecificityAtSensitivity", {"sensitivity": 0.4}, bits, chances),
    ("PrecisionAtRecall", {"recall": 0.6, "class_id": 1}, bits, chances),
    ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 1}, bits, chances),
    ("AUC", {}, bits, chances),
    ("AUC", {"num_thresholds": 11, "summation_method": "minoring"}, bits, coarse),
    ("AUC", {"curve": "PR"}, bits, chances),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, bits, chances),
    ("AUC", {"curve": "PRGAIN"}, bits, chances),
    ("AUC", {"thresholds": [0.3, 0.8, 0.5], "from_logits": True}, bits, normal),
    ("AUC", {"multi_label": True, "num_labels": CLASSES}, bits, chances),
    ("AUC", {"multi_label": True, "label_weights": [1.0, 2.0, 0.5, 0.0]}, bits, chances),
    ("AUC", {"thresholds": [0.3, 0.8], "multi_label": True, "curve": "PR"}, bits, chances),
    ("AUC", {"label_weights": [1.0, 2.0, 0.5, 0.0]}, bits, chances),
    ("FBetaScore", {"beta": 2.0}, bits, shares),
    ("FBetaScore", {"average": "weighted", "threshold": 0.4}, bits, chances),
    ("F1Score", {"average": "macro"}, one_hot, shares),
    ("F1Score", {"average": "micro"}, one_hot, shares),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [0, 2]}, numbers, numbers),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, bits, chances),
    ("MeanIoU", {"num_classes": CLASSES, "ignore_class": 1}, numbers, numbers),
    ("OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [1, 2]}, one_hot, shares),
    ("OneHotMeanIoU", {"num_classes": CLASSES}, one_hot, shares),
]
IDS = [f"{name}-{arguments}" for name, arguments, *_ in TABLE]
table = pytest.mark.parametrize(("name", "arguments", "true", "pred"), TABLE, ids=IDS)


def make(name, arguments):
    return getattr(metrics, name)(**arguments)


def close(ours, theirs):
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=2e-5, atol=2e-6)


def draw_weight(name):
    if "IoU" in name:  # counts whole numbers
        return random.integers(0, 3, N)
    return random.uniform(0, 2, N).astype("float32")


def their_weight(name, weight):
    """What Keras needs to weigh samples: IoU flattens predictions but not the weights."""
    return np.repeat(weight, CLASSES) if name == "BinaryIoU" else weight


@table
@pytest.mark.parametrize("weighted", [False, True])
def test_streams_equal_keras(name, arguments, true, pred, weighted):
    ours, theirs = make(name, arguments), getattr(keras.metrics, name)(**arguments)
    for _ in range(3):
        y_true, y_pred = true(), pred()
        weight = draw_weight(name) if weighted else None
        ours.update_state(y_true, y_pred, weight)
        theirs.update_state(y_true, y_pred, their_weight(name, weight) if weighted else None)
        close(ours.result(), theirs.result())
    ours.reset_state()
    theirs.reset_state()
    y_true, y_pred = true(), pred()
    close(ours(y_true, y_pred), theirs(y_true, y_pred))
    assert [(v.name, v.shape) for v in ours.variables] == [
        (v.name, tuple(v.shape)) for v in theirs.variables
    ]


@table
def test_fill_up_rows_equal_dropped_rows_inside_jit(name, arguments, true, pred):
    y_true, y_pred, real = true(), pred(), N - 3
    weighted = len(name) % 2  # half of them with weights, half without
    weight = draw_weight(name) if weighted else None
    expected = make(name, arguments)
    expected.update_state(y_true[:real], y_pred[:real], weight[:real] if weighted else None)
    metric = make(name, arguments)
    metric.update_state(y_true, y_pred)  # where the state's shape depends on the data
    rows = jnp.arange(N) < real

    @jax.jit
    def step(values, y_true, y_pred):
        with Scope(rows=rows):
            values = metric.stateless_update_state(values, y_true, y_pred, weight)
        return values, metric.stateless_result(values)

    values, result = step(metric.stateless_reset_state(), y_true, y_pred)
    for value, variable in zip(values, expected.variables, strict=True):
        close(value, variable.value)
    close(result, expected.result())


def test_mean_and_sum_equal_keras():
    for name in ("Mean", "Sum"):
        ours, theirs = make(name, {}), getattr(keras.metrics, name)()
        for values, weight in (
            (chances(), None),
            (chances(), chances((N,))),
            (chances((N, 3, 2)), chances((N, 3))),
            (chances((N,)), chances((N, 1))),
            (3.0, None),
            (3.0, 5.0),
            ([1.0, 3.0, 5.0, 7.0], 2.0),
        ):
            close(ours(values, weight), theirs(values, weight))


def test_steps_equal_keras():
    """Accuracies of sequences, whole and masked, with weights for samples or steps."""
    mask = random.random((N, 5)) < 0.6
    for name, y_true, y_pred in (
        ("SparseCategoricalAccuracy", random.integers(0, 3, (N, 5)), chances((N, 5, 3))),
        ("SparseTopKCategoricalAccuracy", random.integers(0, 3, (N, 5)), chances((N, 5, 3))),
        ("CategoricalAccuracy", bits((N, 5, 3)), chances((N, 5, 3))),
        ("MeanSquaredError", normal((N, 5, 3)), normal((N, 5, 3))),
        ("BinaryAccuracy", bits((N, 5, 1)), chances((N, 5, 1))),
    ):
        ours, theirs = make(name, {}), getattr(keras.metrics, name)()
        our_pred, their_pred = jnp.asarray(y_pred), keras.ops.convert_to_tensor(y_pred)
        close(ours(y_true, our_pred, chances((N, 5))), ours.result())
        ours.reset_state()
        for weight in (None, chances((N,)), chances((N, 5))):
            close(ours(y_true, our_pred, weight), theirs(y_true, their_pred, weight))
        set_mask(our_pred, jnp.asarray(mask))
        their_pred._keras_mask = keras.ops.convert_to_tensor(mask)
        for weight in (None, chances((N, 5))):
            close(ours(y_true, our_pred, weight), theirs(y_true, their_pred, weight))


@pytest.mark.parametrize("name", ["Precision", "AUC", "BinaryIoU", "RootMeanSquaredError"])
def test_masked_steps_count_for_nothing(name):
    y_true, y_pred, mask = bits((N, 5)), jnp.asarray(chances((N, 5))), random.random((N, 5)) < 0.6
    expected = make(name, {})(y_true[mask], y_pred[mask])
    set_mask(y_pred, jnp.asarray(mask))
    close(make(name, {})(y_true, y_pred), expected)


def test_ignored_class_is_left_out_of_the_mean():
    y_true, y_pred = numbers(), shares()
    keep = y_true != 1
    expected = metrics.SparseCategoricalCrossentropy()(y_true[keep], y_pred[keep])
    close(metrics.SparseCategoricalCrossentropy(ignore_class=1)(y_true, y_pred), expected)


@table
def test_config_equals_keras_and_makes_the_metric_again(name, arguments, true, pred):
    arguments = {**arguments, "name": "given"}
    ours, theirs = make(name, arguments), getattr(keras.metrics, name)(**arguments)
    config = {k: v for k, v in theirs.get_config().items() if k != "label_weights"}
    assert {k: v for k, v in ours.get_config().items() if k != "label_weights"} == config
    y_true, y_pred = true(), pred()
    again = metrics.deserialize(metrics.serialize(ours))
    assert again.get_config() == ours.get_config()
    close(again(y_true, y_pred), ours(y_true, y_pred))
    theirs = keras.metrics.deserialize(metrics.serialize(ours))
    close(theirs(y_true, y_pred), ours.result())


@pytest.mark.parametrize("name", [n for n in dir(keras.metrics) if not n.startswith("_")])
def test_names_and_signatures_are_keras(name):
    theirs, ours = getattr(keras.metrics, name), getattr(metrics, name)
    if inspect.isfunction(theirs) or inspect.isclass(theirs):
        pairs = [
            [(p.name, p.default) for p in inspect.signature(f).parameters.values()]
            for f in (ours, theirs)
        ]
        assert pairs[0] == pairs[1]


def test_names():
    for name in ("mse", "MAE", "accuracy", "auc", "AUC", "recall", "log_cosh_error", "f1_score"):
        assert type(metrics.get(name)).__name__ == type(keras.metrics.get(name)).__name__
    function = metrics.deserialize(metrics.serialize(metrics.binary_accuracy))
    assert function is metrics.binary_accuracy
    first, second = metrics.AUC(), metrics.AUC()
    assert first.name != second.name and second.name.startswith("auc_")
    with pytest.raises(UserError, match="precision"):
        metrics.get("precison")


def test_wrapper():
    def off_by(y_true, y_pred, factor=1.0):
        return factor * jnp.abs(y_true - y_pred)

    metric = metrics.MeanMetricWrapper(off_by, "off", factor=2.0)
    assert float(metric([1.0, 2.0], [2.0, 2.0])) == 1.0
    wrapped = metrics.MeanMetricWrapper(metrics.huber, delta=2.0)
    assert wrapped._direction == "down"
    again = metrics.deserialize(metrics.serialize(wrapped))
    close(again([0.0], [3.0]), wrapped([0.0], [3.0]))
    config = keras.metrics.MeanMetricWrapper(keras.losses.huber, name=wrapped.name, delta=2.0)
    ours, theirs = wrapped.get_config(), config.get_config()
    assert ours.pop("fn")["config"] == theirs.pop("fn")["config"] and ours == theirs


class Positives(metrics.Metric):
    """As Keras's guide writes one, with a metric inside."""

    def __init__(self, name="positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.positives = self.add_variable(shape=(), initializer="zeros", name="positives")
        self.calls = self.add_weight(name="calls")
        self.inner = [metrics.Mean()]

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.positives.assign(self.positives + jnp.sum(y_pred))
        self.calls.assign_add(1)
        self.inner[0].update_state(y_pred)

    def result(self):
        return {"positives": self.positives.value, "mean": self.inner[0].result()}


def test_a_subclass_in_keras_style():
    metric = Positives(dtype="float32")
    assert len(metric.variables) == 4
    assert metric.variables[0].path == "positives/positives"
    result = metric(np.zeros(3), np.array([1.0, 2.0, 3.0]))
    assert float(result["positives"]) == 6 and float(result["mean"]) == 2
    metric.reset_state()
    assert float(metric.calls.value) == 0
    assert Positives.from_config(metric.get_config()).name == "positives"


def test_state_goes_through_a_compiled_loop():
    metric = metrics.AUC()
    update = pure(metric.update_state, metric.variables)
    y_true, y_pred = bits((3, N)), chances((3, N))

    @jax.jit
    def epoch(values):
        return jax.lax.scan(lambda v, xy: (update(v, *xy)[1], None), values, (y_true, y_pred))[0]

    values = epoch([v.value for v in metric.variables])
    assert float(metric.true_positives.value.sum()) == 0
    expected = metrics.AUC()
    for batch in zip(y_true, y_pred, strict=True):
        expected.update_state(*batch)
    close(metric.stateless_result(values), expected.result())


def test_half_precision_predictions_are_counted_in_float32():
    y_true, y_pred = numbers() + 1000, jnp.asarray(normal((N, 2000)), jnp.bfloat16)
    ours = metrics.SparseCategoricalAccuracy()(y_true, y_pred)
    close(ours, np.mean(np.argmax(np.asarray(y_pred.astype("float32")), -1) == y_true))
    bits16 = metrics.Mean(dtype="mixed_bfloat16")
    assert bits16.dtype == "bfloat16" and bits16.total.dtype == "bfloat16"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: metrics.Precision(thresholds=[0.5, 1.5]), "0 to 1"),
        (lambda: metrics.AUC(num_thresholds=1), "2 or more"),
        (lambda: metrics.AUC(curve="RCO"), "PRGAIN"),
        (lambda: metrics.AUC(num_labels=3), "multi_label"),
        (lambda: metrics.AUC(multi_label=True)(np.ones(3), np.ones(3)), "labels"),
        (lambda: metrics.Precision(class_id=4)(bits(), chances()), "column"),
        (lambda: metrics.Recall()(np.ones((3, 2)), np.ones((3, 4))), r"\(3, 4\)"),
        (lambda: metrics.F1Score()(np.ones(3), np.ones(3)), "classes"),
        (lambda: metrics.F1Score(average="mean"), "macro"),
        (lambda: metrics.FBetaScore(beta=-1.0), "positive"),
        (lambda: metrics.R2Score(class_aggregation="mean"), "uniform_average"),
        (lambda: metrics.R2Score()(np.ones(3), np.ones(3)), "columns"),
        (lambda: metrics.IoU(3, [3]), "below 3"),
        (lambda: metrics.MeanIoU(3)(np.ones(3), np.ones(4)), "as many"),
        (lambda: metrics.Mean()(np.ones(3), np.ones(4)), "sample_weight"),
        (lambda: metrics.Mean().stateless_result([0.0]), "2 values"),
        (lambda: metrics.TopKCategoricalAccuracy(k=0), "positive"),
    ],
)
def test_mistakes_are_said(call, says):
    with pytest.raises(UserError, match=says):
        call()


def test_forgotten_super_init_is_said():
    class Forgetful(metrics.Metric):
        def __init__(self):
            self.total = self.add_variable((), "zeros")

    with pytest.raises(UserError, match="super"):
        Forgetful()
