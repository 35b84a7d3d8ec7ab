"""Whole models as Keras 1, Keras 2 and tf.keras wrote them: the files are made here, by hand."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

import denser
from denser.core.messages import UserError

RNG = np.random.default_rng(4)


def draw(*shape):
    return RNG.normal(size=shape).astype("float32")


def write(path, model, layers, version, backend=None, training=None, state=None):
    """An `.h5` file: `layers` is a list of (name, arrays)."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model).encode()
        root = file.create_group("model_weights")
        for group in (file, root):
            if version:
                group.attrs["keras_version"] = version.encode()
            if backend:
                group.attrs["backend"] = backend.encode()
        root.attrs["layer_names"] = [name.encode() for name, _ in layers]
        for name, arrays in layers:
            _arrays(root.create_group(name), name, arrays)
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
        if state:
            group = file.create_group("optimizer_weights")
            _arrays(group, "training/Adam/Variable", state)
            if isinstance(state, dict):
                group.attrs["weight_names"] = [name.encode() for name in state]
                for name, array in state.items():
                    group[name] = array
    return path


def _arrays(group, name, arrays):
    names = [f"{name}/w_{number}:0" for number in range(len(arrays))]
    group.attrs["weight_names"] = [n.encode() for n in names]
    for path, array in zip(names, arrays, strict=True):
        group[path] = array


def hard(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def layer(class_name, name, **config):
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def sequential(*layers):
    """A Sequential of Keras 1 and 2: a list of its layers."""
    return {"class_name": "Sequential", "config": list(layers)}


def test_keras_1_lstm_with_its_gates_apart(tmp_path):
    model = sequential(
        layer("LSTM", "lstm_1", batch_input_shape=[None, 4, 3], output_dim=2, init="glorot_uniform",
              inner_init="orthogonal", forget_bias_init="one", activation="tanh",
              inner_activation="hard_sigmoid", W_regularizer=None, dropout_W=0.0, dropout_U=0.0,
              return_sequences=False, go_backwards=False, stateful=False, unroll=False,
              consume_less="cpu", input_dim=3, input_length=None),
        layer("Dense", "dense_1", output_dim=1, init="he_normal", activation="linear", bias=True,
              W_regularizer={"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}, input_dim=None),
        layer("Dropout", "dropout_1", p=0.5),
    )  # fmt: skip
    gates = {gate: (draw(3, 2), draw(2, 2), draw(2)) for gate in "icfo"}
    dense = [draw(2, 1), draw(1)]
    arrays = [array for gate in "icfo" for array in gates[gate]]
    path = write(tmp_path / "m.h5", model, [("lstm_1", arrays), ("dense_1", dense)], "1.2.2")
    loaded = denser.saving.load_model(path)
    x = draw(5, 4, 3)
    h = c = np.zeros((5, 2), "float32")
    for t in range(4):
        i, g, f, o = (x[:, t] @ w + h @ u + b for w, u, b in (gates[k] for k in "icfo"))
        c = hard(f) * c + hard(i) * np.tanh(g)
        h = hard(o) * np.tanh(c)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), h @ dense[0] + dense[1], rtol=1e-5)
    assert loaded.layers[2].rate == 0.5
    assert loaded.layers[1].kernel_regularizer.l2 == pytest.approx(0.01)
    assert loaded.layers[1].kernel_initializer.distribution == "untruncated_normal"


def test_keras_1_convolutions_of_theano(tmp_path):
    model = sequential(
        layer("Convolution2D", "conv", batch_input_shape=[None, 2, 5, 4], nb_filter=3, nb_row=3,
              nb_col=2, init="glorot_uniform", activation="linear", border_mode="valid",
              subsample=[1, 1], dim_ordering="th", bias=True),
        layer("MaxPooling2D", "pool", pool_size=[1, 1], strides=[1, 1], border_mode="valid",
              dim_ordering="th"),
    )  # fmt: skip
    kernel, bias = draw(3, 2, 3, 2), draw(3)
    path = write(tmp_path / "m.h5", model, [("conv", [kernel, bias]), ("pool", [])], None)
    with pytest.warns(UserWarning, match="taken for Theano's"):
        loaded = denser.saving.load_model(path)
    turned = kernel[:, :, ::-1, ::-1].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(loaded.layers[0].get_weights()[0], turned)
    assert loaded.output_shape == (None, 3, 3, 3)


def test_keras_1_merge_of_two_models(tmp_path):
    def branch(name):
        dense = layer("Dense", name, batch_input_shape=[None, 3], output_dim=2, activation="linear")
        return sequential(dense)

    merge = {"class_name": "Merge", "config": {
        "name": "merge_1", "mode": "concat", "concat_axis": 1, "dot_axes": -1,
        "layers": [branch("a"), branch("b")]}}  # fmt: skip
    model = sequential(merge, layer("Dense", "c", output_dim=1, activation="linear"))
    a, b, c = (draw(3, 2), draw(2)), (draw(3, 2), draw(2)), (draw(4, 1), draw(1))
    path = write(tmp_path / "m.h5", model, [("a", a), ("b", b), ("c", c)], "1.0.8")
    x, y = draw(4, 3), draw(4, 3)
    found = denser.saving.load_model(path).predict([x, y], verbose=0)
    expected = np.concatenate([x @ a[0] + a[1], y @ b[0] + b[1]], 1) @ c[0] + c[1]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def graph():
    """Two inputs, a shared layer and a model inside, as Keras 2 wrote them."""
    inner = {"class_name": "Model", "config": {
        "name": "inner",
        "layers": [
            {"name": "in", "class_name": "InputLayer", "inbound_nodes": [],
             "config": {"batch_input_shape": [None, 2], "dtype": "float32", "sparse": False,
                        "name": "in"}},
            {**layer("Dense", "d", units=2, activation="linear", use_bias=False), "name": "d",
             "inbound_nodes": [[["in", 0, 0, {}]]]},
        ],
        "input_layers": [["in", 0, 0]], "output_layers": [["d", 0, 0]]}}  # fmt: skip
    places = [{"name": n, "class_name": "InputLayer", "inbound_nodes": [],
               "config": {"batch_input_shape": [None, 3], "dtype": "float32", "sparse": False,
                          "name": n}} for n in ("a", "b")]  # fmt: skip
    return {"class_name": "Model", "config": {
        "name": "m",
        "layers": [
            *places,
            {**layer("Dense", "shared", units=2, activation="relu"), "name": "shared",
             "inbound_nodes": [[["a", 0, 0, {}]], [["b", 0, 0, {}]]]},
            {**inner, "name": "inner",
             "inbound_nodes": [[["shared", 0, 0, {}]], [["shared", 1, 0, {}]]]},
            {**layer("Subtract", "sub"), "name": "sub",
             "inbound_nodes": [[["inner", 1, 0, {}], ["inner", 2, 0, {}]]]},
        ],
        "input_layers": [["a", 0, 0], ["b", 0, 0]],
        "output_layers": [["sub", 0, 0], ["inner", 2, 0]]}}  # fmt: skip


def test_keras_2_graph(tmp_path):
    kernel, bias, inner = draw(3, 2), draw(2), draw(2, 2)
    weights = [("a", []), ("shared", [kernel, bias]), ("inner", [inner])]
    path = write(tmp_path / "m.h5", graph(), weights, "2.1.6", "tensorflow")
    a, b = draw(4, 3), draw(4, 3)
    first, second = denser.saving.load_model(path).predict([a, b], verbose=0)
    one, two = (np.maximum(x @ kernel + bias, 0) @ inner for x in (a, b))
    np.testing.assert_allclose(first, one - two, atol=1e-5)
    np.testing.assert_allclose(second, two, atol=1e-5)
    again = denser.models.model_from_json(json.dumps({**graph(), "keras_version": "2.1.6"}))
    assert [x.name for x in again.layers] == ["a", "b", "shared", "inner", "sub"]


@pytest.mark.parametrize("version", ["2.2.4", "2.12.0"])
def test_training_goes_on(version, tmp_path):
    """Adam, in Keras 2 with third, unused moments, in tf.keras 2.11 to 2.15 weight by weight; the
    next step is the one that Adam's formula gives."""
    model = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        layer("Dense", "d", batch_input_shape=[None, 3], units=1, activation="linear",
              use_bias=True)]}}  # fmt: skip
    training = {
        "optimizer_config": {"class_name": "Adam", "config": {
            "lr": 0.1, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0, "epsilon": 1e-7,
            "amsgrad": False}},
        "loss": "mse", "metrics": ["acc"], "sample_weight_mode": None, "loss_weights": None,
    }  # fmt: skip
    w, b = draw(3, 1), draw(1)
    m, v = [draw(3, 1), draw(1)], [draw(3, 1) ** 2, draw(1) ** 2]
    state = [np.int64(7), *m, *v, np.zeros(1, "f4"), np.zeros(1, "f4")]
    if version == "2.12.0":
        of_one = zip("wb", m, v, strict=True)
        state = {"Adam/iteration:0": np.int64(7), "Adam/learning_rate:0": np.float32(0.1)}
        state |= {f"Adam/{k}/{n}:0": a for n, *mv in of_one for k, a in zip("mv", mv, strict=True)}
    path = write(tmp_path / "m.h5", model, [("d", [w, b])], version, "tensorflow", training, state)
    loaded = denser.saving.load_model(path)
    x, y = draw(4, 3), draw(4, 1)
    loaded.train_on_batch(x, y)
    error = 2 * (x @ w + b - y) / 4
    for found, weight, gradient, mean, square in zip(
        loaded.get_weights(), (w, b), (x.T @ error, error.sum(0)), m, v, strict=True
    ):
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        rate = 0.1 * np.sqrt(1 - 0.999**8) / (1 - 0.9**8)
        np.testing.assert_allclose(
            found, weight - rate * mean / (np.sqrt(square) + 1e-7), rtol=1e-4, atol=1e-5
        )


def test_keras_2_lstm_of_cudnn(tmp_path):
    """Its matrices lie gate by gate, transposed; it has each bias twice."""
    model = sequential(
        layer("CuDNNLSTM", "rnn", batch_input_shape=[None, 4, 3], units=2, return_sequences=False,
              return_state=False, go_backwards=False, stateful=False, unit_forget_bias=True)
    )  # fmt: skip
    kernels, inner, biases = draw(4, 3, 2), draw(4, 2, 2), draw(2, 8)
    there = np.hstack([k.T.reshape(3, 2) for k in kernels])
    arrays = [there, np.hstack([u.T for u in inner]), biases.reshape(-1)]
    path = write(tmp_path / "m.h5", model, [("rnn", arrays)], "2.1.2", "tensorflow")
    kernel, recurrent, bias = denser.saving.load_model(path).get_weights()
    np.testing.assert_array_equal(recurrent, np.hstack(inner))
    np.testing.assert_array_equal(bias, biases.sum(0))
    np.testing.assert_array_equal(kernel, np.hstack(kernels))


def test_tf_keras_functional_with_ops(tmp_path):
    def tf_layer(class_name, name, calls, **config):
        dtype = {"class_name": "Policy", "config": {"name": "float32"}}
        made = layer(class_name, name, dtype=dtype, **config)
        return {**made, "name": name, "inbound_nodes": calls}

    place = {"class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": {
        "batch_input_shape": [None, 4, 3], "dtype": "float32", "sparse": False, "ragged": False,
        "name": "x"}}  # fmt: skip
    zeros = {"class_name": "Zeros", "config": {}, "shared_object_id": 1}
    config = {"name": "f", "trainable": True, "layers": [
        place,
        tf_layer("GRU", "gru", [[["x", 0, 0, {}]]], units=2, activation="tanh",
                 recurrent_activation="sigmoid", implementation=2, time_major=False,
                 reset_after=True, bias_initializer=zeros),
        tf_layer("Dense", "d", [[["gru", 0, 0, {}]]], units=2, activation="hard_sigmoid"),
        tf_layer("TFOpLambda", "tf.math.multiply", [["d", 0, 0, {"y": 2.0, "name": None}]],
                 function="math.multiply"),
        tf_layer("TFOpLambda", "tf.__operators__.add",
                 [["tf.math.multiply", 0, 0, {"y": ["gru", 0, 0], "name": None}]],
                 function="__operators__.add"),
        tf_layer("SlicingOpLambda", "part", [["tf.__operators__.add", 0, 0, {"slice_spec": [
            {"start": None, "stop": None, "step": None}, {"start": 0, "stop": 1, "step": None}]}]],
                 function="__operators__.getitem"),
        tf_layer("TFOpLambda", "tf.concat", [[["tf.__operators__.add", 0, 0, {"axis": -1}],
                                              ["part", 0, 0, {"axis": -1}]]], function="concat"),
    ]}  # fmt: skip
    config["input_layers"] = [["x", 0, 0]]
    config["output_layers"] = [["tf.concat", 0, 0]]
    training = {
        "loss": {"class_name": "SparseCategoricalCrossentropy", "config": {
            "reduction": "auto", "name": "loss", "from_logits": True}, "shared_object_id": 3},
        "metrics": [[{"class_name": "MeanMetricWrapper", "config": {
            "name": "accuracy", "dtype": "float32", "fn": "sparse_categorical_accuracy"}}]],
        "weighted_metrics": None, "loss_weights": None,
        "optimizer_config": {"class_name": "Custom>RMSprop", "config": {
            "name": "RMSprop", "learning_rate": {"class_name": "ExponentialDecay", "config": {
                "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5,
                "staircase": False, "name": None}}, "decay": 0.0, "rho": 0.9, "momentum": 0.0,
            "epsilon": 1e-7, "centered": False, "is_legacy_optimizer": False}},
    }  # fmt: skip
    weights = [("gru", [draw(3, 6), draw(2, 6), draw(2, 6)]), ("d", [draw(2, 2), draw(2)])]
    model = {"class_name": "Functional", "config": config}
    path = write(tmp_path / "m.h5", model, weights, "2.12.0", "tensorflow", training)
    loaded = denser.saving.load_model(path)
    x = draw(5, 4, 3)
    hidden = np.asarray(loaded.get_layer("gru")(x))
    expected = 2 * hard(hidden @ weights[1][1][0] + weights[1][1][1]) + hidden
    expected = np.concatenate([expected, expected[:, :1]], -1)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), expected, atol=1e-5)
    assert float(loaded.optimizer.learning_rate) == pytest.approx(0.1)
    assert "accuracy" in loaded.evaluate(x, np.zeros(5), verbose=0, return_dict=True)


def test_what_has_no_successor_says_what_to_do(tmp_path):
    model = sequential(layer("MaxoutDense", "m", output_dim=2, batch_input_shape=[None, 3]))
    path = write(tmp_path / "m.h5", model, [], "1.2.2")
    with pytest.raises(UserError, match="m.h5: MaxoutDense: there is no such class today. Write"):
        denser.saving.load_model(path)
    code = ["4wEAAAAAAAAA", None, None]
    model = sequential(
        layer("Lambda", "l", function=code, function_type="lambda", batch_input_shape=[None, 3])
    )
    path = write(tmp_path / "m.h5", model, [], "2.3.1")
    with pytest.raises(UserError, match="which is never run.*custom_objects={'l': function}"):
        denser.saving.load_model(path)
    loaded = denser.saving.load_model(path, custom_objects={"l": lambda x: x + 1})
    np.testing.assert_array_equal(loaded(np.zeros((1, 3))), np.ones((1, 3)))


def test_a_file_of_weights_is_no_model(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["layer_names"] = []
    with pytest.raises(UserError, match="holds no model, only weights"):
        denser.saving.load_model(tmp_path / "w.h5")


def test_keras_file_of_tf_keras(tmp_path):
    """Versions 2.12 to 2.15 had the `.keras` file, with calls and layers' group as before it."""

    def tf_layer(class_name, name, calls, size=3, **config):
        made = layer(class_name, name, dtype="float32", **config)
        return {
            "module": "keras.layers",
            **made,
            "registered_name": None,
            "name": name,
            "build_config": {"input_shape": [None, size]},
            "inbound_nodes": calls,
        }

    place = {"batch_input_shape": [None, 3], "sparse": False, "ragged": False}
    config = {"module": "keras.src.engine.functional", "class_name": "Functional", "config": {
        "name": "model", "trainable": True, "layers": [
            {**tf_layer("InputLayer", "x", [], **place), "build_config": None},
            tf_layer("Dense", "a", [[["x", 0, 0, {}]]], units=2, activation="linear"),
            tf_layer("Dense", "b", [[["a", 0, 0, {}]]], 2, units=2, activation="hard_sigmoid"),
        ], "input_layers": [["x", 0, 0]], "output_layers": [["b", 0, 0]]},
        "registered_name": "Functional", "build_config": {"input_shape": [None, 3]},
        "compile_config": {"optimizer": {
            "module": "keras.optimizers", "class_name": "SGD", "registered_name": "SGD",
            "config": {"name": "SGD", "learning_rate": 0.5, "weight_decay": None, "momentum": 0.0,
                       "jit_compile": False, "is_legacy_optimizer": False, "nesterov": False}},
            "loss": "mse", "metrics": None, "loss_weights": None, "weighted_metrics": None,
            "run_eagerly": None, "steps_per_execution": None, "jit_compile": None}}  # fmt: skip
    weights = [(draw(3, 2), draw(2)), (draw(2, 2), draw(2))]
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, arrays in zip(("dense", "dense_1"), weights, strict=True):
            for number, array in enumerate(arrays):
                file[f"_layer_checkpoint_dependencies/{name}/vars/{number}"] = array
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "2.12.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", buffer.getvalue())
    loaded = denser.saving.load_model(tmp_path / "m.keras")
    (k, b), (k2, b2), x = *weights, draw(4, 3)
    np.testing.assert_allclose(loaded(x), hard((x @ k + b) @ k2 + b2), atol=1e-5)
    assert float(loaded.optimizer.learning_rate) == 0.5


def test_a_class_of_the_users_keeps_its_name_and_arguments(tmp_path):
    class Highway(denser.layers.Layer):
        def __init__(self, init="one", **kwargs):
            super().__init__(**kwargs)
            self.init = init

        def call(self, x):
            return x * 2

    model = sequential(layer("Highway", "h", init="zero", batch_input_shape=[None, 3]))
    path = write(tmp_path / "m.h5", model, [], "1.2.2")
    loaded = denser.saving.load_model(path, custom_objects={"Highway": Highway})
    assert loaded.layers[0].init == "zero"


def test_keras_1_layers_inside_a_layer(tmp_path):
    """Both directions' gates stand apart, as those of one layer do; so do the optimizer's."""
    rnn = layer("GRU", "gru", output_dim=2, init="glorot_uniform", inner_activation="sigmoid")
    model = sequential(
        layer("Bidirectional", "both", layer=rnn, merge_mode="concat", input_dim=3,
              batch_input_shape=[None, 4, 3]))  # fmt: skip
    arrays = [draw(*shape) for _ in range(6) for shape in ((3, 2), (2, 2), (2,))]
    means = [draw(*a.shape) for a in arrays]
    training = {"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1, "momentum": 0.9}},
                "loss": "mse", "metrics": [], "sample_weight_mode": None}  # fmt: skip
    state = [np.float32(3), *means]
    path = write(tmp_path / "m.h5", model, [("both", arrays)], "1.2.2", None, training, state)
    loaded = denser.saving.load_model(path)

    def together(parts):
        return [np.concatenate(parts[start::3][:3], -1) for start in range(3)]

    for found, expected in (
        (loaded.get_weights(), arrays),
        ([slot[0].numpy() for slot in loaded.optimizer._slots], means),
    ):
        expected = [*together(expected[:9]), *together(expected[9:])]
        for array, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(array, other)
    assert int(loaded.optimizer.iterations) == 3


def test_a_loss_of_the_users(tmp_path):
    def halved(y, prediction):
        return denser.ops.mean((y - prediction) ** 2) / 2

    model = denser.Sequential([denser.Input((3,)), denser.layers.Dense(1)])
    model.compile("sgd", halved)
    model.save(tmp_path / "m.h5")
    with pytest.raises(UserError, match="training_config.* compile=False"):
        denser.saving.load_model(tmp_path / "m.h5")
    loaded = denser.saving.load_model(tmp_path / "m.h5", custom_objects={"halved": halved})
    assert loaded.loss is halved
