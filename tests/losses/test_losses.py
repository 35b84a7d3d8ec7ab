"""Losses: parity with Keras, masks, weights, rows that fill up a batch, configs, errors."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import losses
from denser.core.masks import set_mask
from denser.core.messages import UserError
from denser.core.tensor import KerasTensor
from denser.core.variable import Scope

REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]
N, STEPS, CLASSES = 6, 5, 4
random = np.random.default_rng(3)


def normal():
    return random.normal(size=(N, STEPS, CLASSES)).astype("float32")


def shares():
    return np.asarray(jax.nn.softmax(normal()))


def chances():
    return random.uniform(0, 1, (N, STEPS, CLASSES)).astype("float32")


def bits():
    return random.integers(0, 2, (N, STEPS, CLASSES)).astype("float32")


def numbers():
    return random.integers(0, CLASSES, (N, STEPS))


def one_hot():
    return np.eye(CLASSES, dtype="float32")[numbers()]


# class, its arguments, how y_true and y_pred are drawn
TABLE = [
    ("MeanSquaredError", {}, normal, normal),
    ("MeanAbsoluteError", {}, normal, normal),
    ("MeanAbsolutePercentageError", {}, normal, normal),
    ("MeanSquaredLogarithmicError", {}, normal, normal),
    ("Huber", {}, normal, normal),
    ("Huber", {"delta": 0.3}, normal, normal),
    ("LogCosh", {}, normal, normal),
    ("CosineSimilarity", {}, normal, normal),
    ("CosineSimilarity", {"axis": 1}, normal, normal),
    ("Hinge", {}, bits, normal),
    ("SquaredHinge", {}, lambda: 2 * bits() - 1, normal),
    ("CategoricalHinge", {}, one_hot, normal),
    ("KLDivergence", {}, shares, shares),
    ("Poisson", {}, chances, chances),
    ("BinaryCrossentropy", {}, bits, chances),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, bits, normal),
    ("BinaryFocalCrossentropy", {}, bits, chances),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "from_logits": True, "gamma": 1.5},
        bits,
        normal,
    ),
    ("CategoricalCrossentropy", {}, one_hot, shares),
    ("CategoricalCrossentropy", {}, one_hot, chances),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, one_hot, normal),
    ("CategoricalCrossentropy", {"from_logits": True, "axis": 1}, bits, normal),
    ("CategoricalFocalCrossentropy", {}, one_hot, shares),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "alpha": 0.5}, one_hot, normal),
    ("SparseCategoricalCrossentropy", {}, numbers, shares),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, numbers, normal),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, numbers, shares),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, numbers, shares),
    ("Dice", {"axis": (1, 2)}, bits, chances),
    ("Tversky", {"alpha": 0.3, "beta": 0.7, "axis": (1, 2)}, bits, chances),
]
IDS = [f"{name}-{arguments}" for name, arguments, *_ in TABLE]
FIELDS = ("name", "arguments", "true", "pred")
table = pytest.mark.parametrize(FIELDS, TABLE, ids=IDS)
# Those that tell a masked step from the others; one of a kind is enough for weights and masks.
KINDS = ("MeanSquaredError", "BinaryCrossentropy", "SparseCategoricalCrossentropy", "Hinge")
by_step = pytest.mark.parametrize(FIELDS, [row for row in TABLE if row[0] in KINDS])


def both(name, arguments):
    return getattr(losses, name)(**arguments), getattr(keras.losses, name)(**arguments)


def close(ours, theirs, **tolerance):
    np.testing.assert_allclose(
        np.asarray(ours), np.asarray(theirs), **{"rtol": 2e-5, "atol": 2e-6, **tolerance}
    )


def draw_weight(kind, shape):
    if kind == "none":
        return None
    if kind == "scalar":
        return 0.5
    return random.uniform(0, 2, shape[: 1 if kind == "sample" else None]).astype("float32")


@table
@pytest.mark.parametrize("kind", ["none", "scalar", "sample", "entry"])
def test_values_equal_keras(name, arguments, true, pred, kind):
    y_true, y_pred = true(), pred()
    values = both(name, {**arguments, "reduction": None})[1](y_true, y_pred)
    weight = their_weight = draw_weight(kind, values.shape)
    if kind == "sample":  # which Keras takes with the values' rank only
        their_weight = weight.reshape(N, *(1,) * (values.ndim - 1))
    for reduction in REDUCTIONS:
        ours, theirs = both(name, {**arguments, "reduction": reduction})
        close(ours(y_true, y_pred, weight), theirs(y_true, y_pred, their_weight))


@table
def test_gradients_equal_keras(name, arguments, true, pred):
    y_true, y_pred = true(), pred()
    ours, theirs = (
        jax.grad(lambda p, loss=loss: loss(y_true, p)) for loss in both(name, arguments)
    )
    close(ours(jnp.asarray(y_pred)), theirs(jnp.asarray(y_pred)), rtol=1e-4, atol=1e-5)


@by_step
@pytest.mark.parametrize("reduction", REDUCTIONS[:5])
def test_masked_entries_count_for_nothing(name, arguments, true, pred, reduction):
    y_true, y_pred, mask = true(), jnp.asarray(pred()), random.random((N, STEPS)) < 0.6
    weight = random.uniform(0, 2, (N, STEPS)).astype("float32")
    ours, theirs = both(name, {**arguments, "reduction": reduction})
    set_mask(y_pred, jnp.asarray(mask))
    their_pred = keras.ops.convert_to_tensor(np.asarray(y_pred))
    their_pred._keras_mask = keras.ops.convert_to_tensor(mask)
    close(ours(y_true, y_pred), theirs(y_true, their_pred))
    close(ours(y_true, y_pred, weight), theirs(y_true, their_pred, weight))


@by_step
@pytest.mark.parametrize("reduction", REDUCTIONS[:4])
@pytest.mark.parametrize("kind", ["none", "entry", "mask"])
def test_fill_up_rows_equal_dropped_rows(name, arguments, true, pred, reduction, kind):
    y_true, y_pred, real = true(), jnp.asarray(pred()), np.arange(N) < 4
    loss = getattr(losses, name)(**arguments, reduction=reduction)
    shape = getattr(losses, name)(**arguments, reduction=None)(y_true, y_pred).shape
    weight = draw_weight("entry" if kind == "entry" else "none", shape)
    few = jnp.array(y_pred[:4])
    if kind == "mask":
        mask = jnp.asarray(random.random(shape) < 0.6)
        set_mask(y_pred, mask)
        set_mask(few, mask[:4])
    expected = loss(y_true[:4], few, None if weight is None else weight[:4])
    with Scope(rows=jnp.asarray(real)):
        close(loss(y_true, y_pred, weight), expected)


@table
def test_fill_up_rows_of_every_loss(name, arguments, true, pred):
    y_true, y_pred = true(), pred()
    loss = getattr(losses, name)(**arguments)
    expected = loss(y_true[:4], y_pred[:4])
    with Scope(rows=jnp.arange(N) < 4):
        close(loss(y_true, y_pred), expected)


@pytest.mark.parametrize("name", ["Dice", "Tversky"])
def test_whole_batch_overlap(name):
    y_true, y_pred = bits(), chances()
    ours, theirs = both(name, {})
    close(ours(y_true, y_pred), theirs(y_true, y_pred))
    with Scope(rows=jnp.arange(N) < 4):
        close(ours(y_true, y_pred), theirs(y_true[:4], y_pred[:4]))


def test_circle():
    labels = np.array([0, 1, 0, 1, 1, 0])
    y_pred = losses.regression._unit(jnp.asarray(normal()[:, 0]), -1)
    ours, theirs = both("Circle", {"gamma": 32.0, "margin": 0.25})
    (value, slope), (their_value, their_slope) = (
        jax.jit(jax.value_and_grad(lambda p, loss=loss: loss(labels, p)))(y_pred)
        for loss in (ours, theirs)
    )
    close(value, their_value, rtol=1e-4)
    close(slope, their_slope, rtol=1e-3, atol=1e-4)
    with Scope(rows=jnp.arange(N) < 4):
        close(ours(labels, y_pred), theirs(labels[:4], y_pred[:4]), rtol=1e-4)
    references = np.asarray(losses.regression._unit(jnp.asarray(normal()[:, 1]), -1))
    arguments = (labels, y_pred, labels[::-1].copy(), references, False)
    close(losses.circle(*arguments), keras.losses.circle(*arguments), rtol=1e-4)


def test_circle_without_a_partner_is_0_and_flat():
    y_pred = jnp.eye(3)
    loss = losses.Circle()
    assert float(loss([0, 1, 2], y_pred)) == 0
    assert np.isfinite(jax.jit(jax.grad(lambda p: loss([0, 1, 2], p)))(y_pred)).all()


def test_ctc():
    y_true = np.array([[1, 2, 2], [3, 0, 0], [0, 0, 0]])
    y_pred = jnp.asarray(random.normal(size=(3, 9, 5)).astype("float32"))
    (ours, slope), (theirs, their_slope) = (
        jax.jit(jax.value_and_grad(lambda p, loss=loss: loss(y_true, p)))(y_pred)
        for loss in both("CTC", {"reduction": "sum"})
    )
    close(ours, theirs)
    close(slope, their_slope, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("true", "pred"), [((N,), (N, 1)), ((N, 1), (N,)), ((N, 3, 1), (N, 3)), ((N, 3), (N, 3, 1))]
)
def test_ranks_are_brought_together(true, pred):
    y_true, y_pred = random.normal(size=true), random.normal(size=pred)
    for name in ("MeanSquaredError", "Hinge", "BinaryCrossentropy"):
        ours, theirs = both(name, {})
        close(ours(y_true, y_pred), theirs(y_true, y_pred))


def test_sample_weights_stand_for_the_leading_axes():
    y_true, y_pred = normal(), normal()
    weight = random.uniform(0, 2, N).astype("float32")
    loss = losses.MeanSquaredError()
    close(loss(y_true, y_pred, weight), loss(y_true, y_pred, np.repeat(weight[:, None], STEPS, 1)))


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_logits_of_any_size_stay_finite(logit):
    def on(name, true):
        loss = getattr(losses, name)
        return jax.value_and_grad(lambda p: loss(true, p, from_logits=True).sum())

    y_pred = jnp.array([[logit, 0.0]])
    for name, true in (
        ("binary_crossentropy", [[1.0, 0.0]]),
        ("categorical_crossentropy", [[1.0, 0.0]]),
        ("sparse_categorical_crossentropy", [0]),
    ):
        value, slope = on(name, np.asarray(true))(y_pred)
        assert np.isfinite(value) and np.isfinite(slope).all()


def test_half_precision_predictions_are_computed_in_float32():
    y_pred = jnp.array([[0.001, 0.999]], jnp.bfloat16)
    loss = losses.CategoricalCrossentropy()(np.array([[0.0, 1.0]]), y_pred)
    assert loss.dtype == jnp.float32
    close(loss, losses.CategoricalCrossentropy()([[0.0, 1.0]], y_pred.astype("float32")))


@pytest.mark.parametrize("name", [n for n in dir(keras.losses) if not n.startswith("_")])
def test_names_and_signatures_are_keras(name):
    theirs, ours = getattr(keras.losses, name), getattr(losses, name)
    if inspect.isfunction(theirs) or inspect.isclass(theirs):
        pairs = [
            [(p.name, p.default) for p in inspect.signature(f).parameters.values()]
            for f in (ours, theirs)
        ]
        assert pairs[0] == pairs[1]


@table
def test_config_equals_keras_and_makes_the_loss_again(name, arguments, true, pred):
    ours, theirs = both(name, arguments)
    lost = {"axis", "delta"} - set(theirs.get_config())  # which Keras's own files forget
    written = {k: v for k, v in ours.get_config().items() if k not in lost}
    assert written == losses.loss.serialize(theirs.get_config())
    y_true, y_pred = true(), pred()
    again = losses.deserialize(losses.serialize(ours))
    assert type(again) is type(ours) and again.get_config() == ours.get_config()
    assert type(losses.deserialize(keras.losses.serialize(theirs))) is type(ours)
    theirs = keras.saving.deserialize_keras_object(losses.serialize(ours))
    close(theirs(y_true, y_pred), ours(y_true, y_pred))


def test_names():
    for name in ("mse", "MSE", "mae", "mape", "msle", "bce", "kld", "KLD", "mean_squared_error"):
        assert losses.get(name).__name__ == keras.losses.get(name).__name__
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert losses.get(losses.huber) is losses.huber and losses.get(None) is None
    assert losses.deserialize(losses.serialize(losses.huber)) is losses.huber
    with pytest.raises(UserError, match="categorical_crossentropy"):
        losses.get("categorical_crossentropi")


def test_a_subclass_in_keras_style():
    class Weighted(losses.Loss):
        def __init__(self, factor=2.0, name="weighted", **kwargs):
            super().__init__(name=name, **kwargs)
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * jnp.abs(y_true - y_pred)

    loss = Weighted(3.0, reduction="sum")
    assert float(loss([1.0, 2.0], [2.0, 2.0])) == 3.0
    assert Weighted.from_config(loss.get_config()).factor == 3.0

    class Logits(losses.BinaryCrossentropy):
        def __init__(self):
            super().__init__(from_logits=True)

    close(Logits()([[0.0]], [[3.0]]), losses.BinaryCrossentropy(True)([[0.0]], [[3.0]]))


def test_wrapped_function_and_nested_structures():
    def difference(y_true, y_pred, factor=1.0):
        return factor * abs(y_pred["a"] - y_true["a"])

    loss = losses.LossFunctionWrapper(difference, "sum", factor=2.0)
    assert float(loss({"a": [1.0, 2.0]}, {"a": np.array([2.0, 4.0])})) == 6.0


def test_symbolic():
    loss = losses.MeanSquaredError(reduction=None)
    assert loss(KerasTensor((None, 3)), KerasTensor((None, 3))).shape == (None,)
    assert losses.huber(KerasTensor((None, 3)), KerasTensor((None, 3))).shape == (None,)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: losses.MeanSquaredError()(np.zeros((4, 2)), np.zeros((4, 3))), r"\(4, 3\)"),
        (lambda: losses.categorical_crossentropy(np.zeros(4), np.ones((4, 3))), "sparse_"),
        (lambda: losses.sparse_categorical_crossentropy(np.ones((4, 3)), np.ones((4, 3))), "hot"),
        (lambda: losses.MeanSquaredError()(np.ones((4, 2)), np.ones((4, 2)), np.ones(3)), "weight"),
        (lambda: losses.MeanSquaredError(reduction="average"), "sum_over_batch_size"),
        (lambda: losses.Huber(delta="a"), "number"),
        (lambda: losses.BinaryCrossentropy(label_smoothing=2), "0 to 1"),
        (lambda: losses.Huber(detla=2), "delta"),
    ],
)
def test_mistakes_are_said(call, says):
    with pytest.raises(UserError, match=says):
        call()
