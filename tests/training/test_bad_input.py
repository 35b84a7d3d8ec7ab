"""Bad input is refused in one message before anything is compiled; good input never is."""

import numpy as np
import pandas as pd
import pytest

import denser
from denser import layers

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(20, 4)).astype("float32")
Y = RANDOM.integers(0, 3, 20)
ONE_HOT = np.eye(3, dtype="float32")[Y]
SPARSE, CATEGORICAL, BINARY = (
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
)
HOLED = X.copy()
HOLED[3, 1] = np.nan


def classifier(loss=SPARSE, units=3, activation="softmax", **options):
    head = layers.Dense(units, activation, name="head")
    model = denser.Sequential([denser.Input((4,)), layers.Dense(5, "relu"), head], name="net")
    model.compile("sgd", loss, **options)
    return model


def fit(x=X, y=Y, loss=SPARSE, units=3, activation="softmax", how=None, **options):
    return lambda: watched(classifier(loss, units, activation, **options)).fit(
        x, y, verbose=0, **(how or {})
    )


def ends(loss=("mse", "mse"), y=(X[:, :2], X[:, :1]), x=(X, X), **options):
    def call():
        a, b = denser.Input((4,), name="a"), denser.Input((4,), name="b")
        outputs = [layers.Dense(2, name="one")(a), layers.Dense(1, name="two")(b)]
        model = denser.Model([a, b], outputs, name="ends")
        model.compile("sgd", list(loss) if isinstance(loss, tuple) else loss, **options)
        given = [list(part) if isinstance(part, tuple) else part for part in (x, y)]
        watched(model).fit(*given, verbose=0)

    return call


def words(tokens, nested=False):
    def call():
        stack = [denser.Input((5,)), layers.Embedding(10, 3, name="table"), layers.Flatten()]
        inner = denser.Sequential(stack) if nested else stack
        model = denser.Sequential([denser.Input((5,)), inner] if nested else stack)
        model.compile("sgd", "mse")
        watched(model).fit(tokens, np.zeros((len(tokens), 15)), verbose=0)

    return call


def last(*before):
    """A classifier of images whose layers before the last are given."""

    def call():
        model = denser.Sequential([denser.Input((8, 8, 1)), *before, layers.Dense(3, "softmax")])
        model.compile("sgd", SPARSE)
        watched(model).fit(np.zeros((20, 8, 8, 1)), Y, verbose=0)

    return call


def uncompiled(method):
    return lambda: getattr(denser.Sequential([layers.Dense(1)], name="raw"), method)(X, Y)


def watched(model):
    """The model, refusing to compile any program."""

    def refuse(*args, **kwargs):
        raise AssertionError("a program was made")

    model._dispatch = model._dispatch_eagerly = model._predict_program = refuse
    return model


TABLE = {
    # shapes
    "features": (fit(X[:, :3]), r"Sequential 'net': expected input \(batch, 4\); got \(batch, 3\)"),
    "not a batch": (
        fit(X[0], Y[:4]),
        r"expected input \(batch, 4\); got \(batch,\).*x\[None\]",
    ),
    "images": (fit(X.reshape(20, 2, 2)), r"got \(batch, 2, 2\).*x\.reshape\(-1, 4\)"),
    "lengths": (fit(X, Y[:7]), "same number of rows; `x` has 20, `y` has 7"),
    "weights' length": (fit(how={"sample_weight": np.ones(3)}), "`sample_weight` has 3"),
    "weights' shape": (fit(how={"sample_weight": np.ones((20, 2))}), "`sample_weight` must fit"),
    "empty": (fit(X[:0], Y[:0]), "`x` is empty"),
    "outputs in space": (last(), r"expected targets \(batch, 8, 8\).*got \(batch,\).*Flatten"),
    "dense after images": (
        fit(np.zeros((20, 8, 8, 1))),
        r"expected input \(batch, 4\); got \(batch, 8, 8, 1\)",
    ),
    "list of samples": (fit([row for row in X]), r"same number of rows.*np\.stack\(x\)"),
    # kinds of data
    "strings": (fit(X.astype(str)), "`x`: expected numbers; got strings"),
    "words as labels": (fit(y=np.array(["cat", "dog"] * 10)), "`y`: expected numbers; got strings"),
    "ragged": (fit([[1.0, 2.0], [1.0]] * 10), "`x`: the rows have different lengths.*pad_seq"),
    "objects": (fit(pd.DataFrame({"a": ["x"] * 20, "b": 1.0})), "`x`: expected numbers; got an ob"),
    "dates": (fit(np.zeros((20, 4), "datetime64[s]")), "`x`: expected numbers; got datetime64"),
    "one number": (fit(5.0), "`x`: expected an array with rows; got 5.0"),
    "no data": (fit(None), "`x` is None"),
    "a function": (fit(fit), "`x`: expected an array with rows; got <function"),
    "NaN": (fit(HOLED), r"`x` holds NaN .* in 1 of 20 rows, the first is row 3.*nan_to_num"),
    "NaN targets": (fit(y=HOLED[:, 1], loss="mse", units=1, activation=None), "`y` holds NaN"),
    "NaN weights": (fit(how={"sample_weight": HOLED[:, 1]}), "`sample_weight` holds NaN"),
    # targets for the loss
    "label too large": (fit(y=Y + 1), "labels must be from 0 to 2.*goes from 1 to 3. Subtract 1"),
    "label negative": (fit(y=Y - 1), "goes from -1 to 1.*ignore_class"),
    "label fraction": (fit(y=Y / 2), "labels must be whole numbers.*loss='mse'"),
    "labels given one-hot": (fit(y=ONE_HOT), f"{SPARSE}.*got \\(batch, 3\\).*'{CATEGORICAL}'"),
    "labels in 2-d": (fit(y=np.zeros((20, 2))), r"expected targets \(batch,\).*got \(batch, 2\)"),
    "labels, one unit": (fit(units=1, activation="sigmoid"), f"one unit.*loss='{BINARY}'"),
    "one-hot, one unit": (fit(y=Y[:, None], loss=CATEGORICAL, units=1), "one unit"),
    "softmax of one": (fit(loss=BINARY, units=1, y=Y % 2), "Dense 'head': a softmax over one unit"),
    "numbers for one-hot": (fit(loss=CATEGORICAL), rf"loss='{SPARSE}'.*to_categorical\(y, 3\)"),
    "class 2 of two": (fit(loss=BINARY, units=1, activation="sigmoid"), "from 0 to 1.*from 0 to 2"),
    "minus and plus one": (
        fit(loss=BINARY, units=1, activation="sigmoid", y=Y % 2 * 2 - 1),
        r"\(y \+ 1\) / 2; or use loss='hinge'",
    ),
    "stretched targets": (fit(loss="mse"), r"expected targets \(batch, 3\).*got \(batch,\)"),
    "too many targets": (fit(y=X, loss="mse"), "Give the last layer 4 units"),
    "no targets": (fit(y=None), f"'net': the loss '{SPARSE}' needs targets"),
    "no loss": (fit(loss=None), "no loss to minimize"),
    # tokens
    "token too large": (
        words(np.full((4, 5), 10)),
        "Embedding 'table': tokens must be from 0 to 9",
    ),
    "token negative": (words(np.full((4, 5), -1)), "the data go from -1 to -1"),
    "token fraction": (words(np.full((4, 5), 0.5)), "tokens must be whole numbers"),
    "token, model inside": (words(np.full((4, 5), 12), nested=True), "input_dim=13"),
    # several ends
    "inputs": (ends(x=X), "Functional 'ends': expected input of 2 arrays; got 1"),
    "which input": (ends(x=(X, X[:, :2])), r"input 'b' \(batch, 4\); got \(batch, 2\)"),
    "input's name": (ends(x={"a": X, "c": X}), "input 'b' is missing; got 'a', 'c'"),
    "outputs": (ends(y=X[:, :2]), r"`y`: the model has 2 outputs \(one, two\); got a single entry"),
    "three targets": (ends(y=(X, X, X)), "2 outputs .*got 3 entries"),
    "output's name": (ends(y={"one": X[:, :2], "tow": X[:, :1]}), "'tow'. Did you mean 'two'"),
    "loss's name": (ends({"one": "mse", "tow": "mse"}), "`loss`.*'tow'. Did you mean 'two'"),
    "losses": (ends(("mse", "mse", "mse")), "`loss`: the model has 2 outputs .*got 3"),
    # names and arguments
    "loss": (fit(loss="categorical_crossentropi"), f"Unknown loss .*mean '{CATEGORICAL}'"),
    "metric": (fit(metrics=["acuracy"]), "Unknown metric 'acuracy'. Did you mean 'accuracy'"),
    "loss weights": (fit(loss_weights=["mae"]), "`loss_weights` must be a number .*metrics="),
    "optimizer": (lambda: classifier().compile("addam", "mse"), "'addam'. Did you mean 'adam"),
    "activation": (lambda: layers.Dense(1, "rellu"), "'rellu'. Did you mean 'relu'"),
    "argument of a layer": (lambda: layers.Dense(unit=3), "Did you mean 'units'"),
    "argument of fit": (fit(how={"epoch": 3}), "fit: there is no argument `epoch`. .*'epochs'"),
    "argument of compile": (fit(metric=["mae"]), "compile: there is no argument `metric`"),
    "epochs": (fit(how={"epochs": "3"}), "fit: `epochs` must be an integer of 0 or more; got '3'"),
    "batch size": (fit(how={"batch_size": 0}), "`batch_size` must be a positive integer"),
    "verbose": (
        lambda: watched(classifier()).fit(X, Y, verbose=7),
        "`verbose` must be 0, 1, 2 or 'auto'; got 7",
    ),
    "callback class": (fit(how={"callbacks": [denser.callbacks.History]}), r"write History\(\)"),
    "before compile": (uncompiled("fit"), r"Sequential 'raw': call `compile\(.*before `fit`"),
    "before compile, one": (uncompiled("train_on_batch"), "before `train_on_batch`"),
    # validation and class weights
    "validation": (fit(how={"validation_data": X}), r"`validation_data` must be \(x, y\)"),
    "validation of 4": (fit(how={"validation_data": (X, Y, Y, Y)}), "`validation_data` must be"),
    "validation's x": (fit(how={"validation_data": (X[:, :2], Y)}), "`validation_data`: .*got .*2"),
    "validation's y": (
        fit(how={"validation_data": (X, Y + 1)}),
        "`validation_data`: .*from 0 to 2",
    ),
    "validation's NaN": (fit(how={"validation_data": (HOLED, Y)}), "`validation_data`: `x` holds"),
    "split": (fit(how={"validation_split": 1.5}), "`validation_split` must be a number between"),
    "split of a generator": (
        fit(iter([(X, Y)]), None, how={"validation_split": 0.2}),
        "`validation_split` needs arrays",
    ),
    "class weights in a list": (fit(how={"class_weight": [1, 2, 3]}), r"dict\(enumerate\("),
    "class weights by name": (fit(how={"class_weight": {"cat": 1.0}}), "`class_weight`.*'cat'"),
    "class weight of None": (fit(how={"class_weight": {0: None}}), "`class_weight`.*None"),
    "steps": (fit(how={"steps_per_epoch": -1}), "`steps_per_epoch` must be a positive"),
    "frequency": (fit(how={"validation_freq": 0}), "`validation_freq` must be a positive"),
    "y beside batches": (fit(iter([(X, Y)])), "`y` and `sample_weight` must come in the batches"),
    "empty generator": (fit(iter([]), None), "gave no batch"),
    "batch of four": (fit(iter([(X, Y, Y, Y)]), None), "A batch must be"),
}


@pytest.mark.parametrize("case", TABLE)
def test_is_refused_before_a_compile(case):
    call, match = TABLE[case]
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert caught.match(match)
    assert isinstance(caught.value, denser.core.messages.UserError)
    assert not getattr(caught.value, "__notes__", [])
    assert caught.traceback[-1].path.name in ("messages.py", "test_bad_input.py")


GOOD = {
    "labels as floats": fit(y=Y.astype("float32")),
    "labels in a column": fit(y=Y[:, None]),
    "labels as uint8": fit(y=Y.astype("uint8")),
    "labels as a list": fit(X.tolist(), Y.tolist()),
    "binary as bools": fit(y=Y > 0, loss=BINARY, units=1, activation="sigmoid"),
    "binary in a column": fit(y=(Y > 0)[:, None] * 1.0, loss=BINARY, units=1, activation=None),
    "soft labels": fit(y=ONE_HOT * 0.8 + 0.1, loss=CATEGORICAL),
    "one-hot as integers": fit(y=ONE_HOT.astype(int), loss=CATEGORICAL),
    "from logits": fit(
        loss=denser.losses.SparseCategoricalCrossentropy(from_logits=True), activation=None
    ),
    "ignored class": fit(
        y=np.where(Y == 1, -1, Y), loss=denser.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    ),
    "integers": fit((X * 9).astype(int)),
    "bytes": fit(np.abs(X * 9).astype("uint8")),
    "float64": fit(X.astype("float64")),
    "infinite": fit(np.where(X > 2, np.inf, X), how={"epochs": 0}),
    "hinge": fit(y=Y % 2 * 2 - 1, loss="hinge", units=1, activation="tanh"),
    "one number each": fit(y=X[:, 0], loss="mse", units=1, activation=None),
    "weights in a column": fit(how={"sample_weight": np.ones((20, 1))}),
    "class weights": fit(how={"class_weight": {0: 1, 2: 0.5}}),
    "own loss": fit(loss=lambda y, p: (y - p[:, 0]) ** 2),
    "names of classes": fit(loss="SparseCategoricalCrossentropy", metrics=["acc"]),
    "validation in a list": fit(how={"validation_data": [X, Y]}),
}


@pytest.mark.parametrize("case", GOOD)
def test_is_taken(case, monkeypatch):
    monkeypatch.setitem(globals(), "watched", lambda model: model)
    assert GOOD[case]().history is not None


def test_prediction_refuses_tokens_but_takes_nan():
    stack = [denser.Input((5,)), layers.Embedding(10, 3, name="table")]
    with pytest.raises(ValueError, match="tokens must be from 0 to 9"):
        denser.Sequential(stack).predict(np.full((2, 5), 10), verbose=0)
    assert np.isnan(classifier().predict(HOLED, verbose=0)).any(1).sum() == 1


def test_a_later_batch_is_looked_at_too():
    def batches():
        yield X, Y
        yield X, Y + 1

    model = classifier()
    with pytest.raises(ValueError, match="labels must be from 0 to 2"):
        model.fit(batches(), verbose=0)
