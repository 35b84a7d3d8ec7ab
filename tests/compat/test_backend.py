"""keras.backend as scripts of Keras 1, 2 and tf.keras use it: a table of constructs."""

import jax
import numpy as np
import pytest

import denser
from denser import layers
from denser.compat.era import eras
from denser.compat.keras import backend as K

X = np.arange(6, dtype="float32").reshape(2, 3) - 2
CUBE = np.arange(24, dtype="float32").reshape(2, 3, 4)
IMAGES = np.arange(2 * 4 * 4 * 3, dtype="float32").reshape(2, 4, 4, 3) / 10
KERNEL = np.ones((2, 2, 3, 5), "float32")
P = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], "float32")
Y = np.array([[1, 0, 0], [0, 1, 0]], "float32")

# An expression of x (an array, a Variable or a symbolic tensor of the value X), its value.
OF_X = {
    "K.abs(x)": abs(X),
    "K.all(x)": False,
    "K.any(x, axis=0)": [True, True, True],
    "K.argmax(x)": [2, 2],
    "K.argmin(x, axis=0)": [0, 0, 0],
    "K.batch_flatten(K.expand_dims(x))": X,
    "K.cast(x, 'int32')": X.astype(int),
    "K.clip(x, -1, 1)": np.clip(X, -1, 1),
    "K.clip(x, 0, None)": np.maximum(X, 0),
    "K.concatenate([x, x], axis=0)": np.concatenate([X, X]),
    "K.concatenate([x, x])": np.concatenate([X, X], -1),
    "K.cos(x)": np.cos(X),
    "K.cumprod(x, axis=1)": np.cumprod(X, 1),
    "K.cumsum(x, axis=1)": np.cumsum(X, 1),
    "K.dot(x, K.transpose(x))": X @ X.T,
    "K.batch_dot(x, x, axes=1)": (X * X).sum(1, keepdims=True),
    "K.elu(x)": np.where(X > 0, X, np.expm1(X)),
    "K.equal(x, 1)": X == 1,
    "K.exp(x)": np.exp(X),
    "K.expand_dims(x, 1)": X[:, None],
    "K.expand_dims(x, dim=0)": X[None],
    "K.flatten(x)": X.ravel(),
    "K.gather(x, [1, 0])": X[[1, 0]],
    "K.greater(x, 0)": X > 0,
    "K.greater_equal(x, 0)": X >= 0,
    "K.hard_sigmoid(x)": np.clip(0.2 * X + 0.5, 0, 1),
    "K.identity(x)": X,
    "K.l2_normalize(x, axis=1)": X / np.linalg.norm(X, axis=1, keepdims=True),
    "K.less(x, 0)": X < 0,
    "K.less_equal(x, 0)": X <= 0,
    "K.log(K.abs(x) + 1)": np.log(abs(X) + 1),
    "K.logsumexp(x, axis=1)": np.log(np.exp(X).sum(1)),
    "K.max(x, axis=-1)": X.max(-1),
    "K.maximum(x, 1.)": np.maximum(X, 1),
    "K.mean(x)": X.mean(),
    "K.mean(K.greater(x, 0), axis=1)": (X > 0).mean(1),
    "K.mean(x, axis=[0, 1])": X.mean(),
    "K.min(x, axis=0, keepdims=True)": X.min(0, keepdims=True),
    "K.minimum(x, 1.)": np.minimum(X, 1),
    "K.not_equal(x, 1)": X != 1,
    "K.ones_like(x)": np.ones_like(X),
    "K.permute_dimensions(x, (1, 0))": X.T,
    "K.pow(x, 2)": X**2,
    "K.prod(x, axis=1)": X.prod(1),
    "K.relu(x)": np.maximum(X, 0),
    "K.relu(x, alpha=0.1)": np.where(X > 0, X, 0.1 * X),
    "K.relu(x, max_value=1.5)": np.clip(X, 0, 1.5),
    "K.relu(x, threshold=1.5)": np.where(X >= 1.5, X, 0),
    "K.repeat(x, 2)": np.repeat(X[:, None], 2, 1),
    "K.repeat_elements(x, 2, axis=1)": np.repeat(X, 2, 1),
    "K.reshape(x, (3, 2))": X.reshape(3, 2),
    "K.reshape(x, (-1, 1))": X.reshape(-1, 1),
    "K.reverse(x, 1)": X[:, ::-1],
    "K.round(x / 2.)": np.round(X / 2),
    "K.sigmoid(x)": 1 / (1 + np.exp(-X)),
    "K.sign(x)": np.sign(X),
    "K.sin(x)": np.sin(X),
    "K.slice(x, [0, 1], [-1, 2])": X[:, 1:3],
    "K.softmax(x)": np.exp(X) / np.exp(X).sum(1, keepdims=True),
    "K.softplus(x)": np.log1p(np.exp(X)),
    "K.softsign(x)": X / (1 + abs(X)),
    "K.sqrt(x)": np.sqrt(np.maximum(X, 0)),
    "K.square(x)": X**2,
    "K.squeeze(K.expand_dims(x, 1), 1)": X,
    "K.stack([x, x], axis=1)": np.stack([X, X], 1),
    "K.std(x, axis=0)": X.std(0),
    "K.stop_gradient(x)": X,
    "K.sum(x, axis=-1, keepdims=True)": X.sum(-1, keepdims=True),
    "K.switch(K.greater(x, 0), x, -x)": abs(X),
    "K.switch(K.constant([1, 0]), x, -x)": X * [[1], [-1]],
    "K.tanh(x)": np.tanh(X),
    "K.temporal_padding(K.expand_dims(x), 1)": np.pad(X[..., None], ((0, 0), (1, 1), (0, 0))),
    "K.tile(x, [1, 2])": np.tile(X, [1, 2]),
    "K.var(x, axis=1)": X.var(1),
    "K.zeros_like(x)": np.zeros_like(X),
    "K.in_train_phase(x, -x)": -X,
    "K.in_test_phase(x, -x)": X,
    "K.in_train_phase(x, -x, training=1)": X,
    "K.dropout(x, 0.)": X,
    "K.bias_add(x, K.constant([1, 2, 3]))": X + [1, 2, 3],
    "K.resize_images(K.reshape(x, (2, 1, 3, 1)), 2, 2, 'tf')[0, :, :, 0]":
        np.repeat(np.repeat(X[:1], 2, 0), 2, 1),
    "K.map_fn(lambda r: K.sum(r), x)": X.sum(1),
    "K.foldl(lambda a, r: a + r, x)": X.sum(0),
    "K.foldr(lambda a, r: a - r, x)": X[1] - X[0],
    "1. - x": 1 - X,
    "K.constant(2.) * x": 2 * X,
    "K.variable(2.) * x + K.variable(1.)": 2 * X + 1,
    "np.ones(3, 'float32') - x": 1 - X,
}  # fmt: skip

# An expression of its own, and its value.
ALONE = {
    "K.int_shape(K.placeholder((None, 4)))": (None, 4),
    "K.ndim(K.placeholder(ndim=3))": 3,
    "K.dtype(K.variable([1, 2]))": "float32",
    "K.dtype(K.placeholder((2,), dtype='int32'))": "int32",
    "K.eval(K.variable([[1., 2.]]))": [[1, 2]],
    "K.get_value(K.zeros((2, 2)))": np.zeros((2, 2)),
    "K.get_value(K.ones((2,), dtype='int32'))": [1, 1],
    "K.get_value(K.eye(2))": np.eye(2),
    "K.count_params(K.zeros((2, 3)))": 6,
    "K.is_keras_tensor(K.variable(1))": False,
    "K.is_keras_tensor(K.placeholder((2,)))": True,
    "K.is_placeholder(K.placeholder((2,)))": True,
    "K.is_placeholder(K.placeholder((2,)) * 2)": False,
    "K.is_tensor(K.constant(1))": True,
    "K.is_sparse(K.constant(1))": False,
    "K.one_hot(K.variable([0, 2], 'int32'), 3)": [[1, 0, 0], [0, 0, 1]],
    "K.one_hot(K.constant([1], 'int32'), nb_classes=2)": [[0, 1]],
    "K.arange(3)": [0, 1, 2],
    "K.arange(1, 4, 2)": [1, 3],
    "K.constant(3, shape=(2,))": [3, 3],
    "K.batch_get_value([K.variable(1.), K.variable(2.)])": [1, 2],
    "K.cast_to_floatx(np.array([1, 2]))": [1, 2],
    "K.in_top_k(P, K.constant([0, 1], 'int32'), 1)": [True, False],
    "K.batch_dot(CUBE, CUBE, axes=[2, 2])": np.einsum("bij,bkj->bik", CUBE, CUBE),
    "K.batch_dot(CUBE, np.swapaxes(CUBE, 1, 2))": CUBE @ np.swapaxes(CUBE, 1, 2),
    "K.batch_dot(CUBE, CUBE[:, 0], axes=(2, 1))": np.einsum("bij,bj->bi", CUBE, CUBE[:, 0]),
    "K.batch_dot(CUBE, IMAGES[:, :3], [2, 2]).shape": (2, 3, 3),
    "K.local_conv1d(CUBE, np.ones((2, 8, 5)), [2], [1])":
        np.repeat((CUBE[:, :-1] + CUBE[:, 1:]).sum(-1, keepdims=True), 5, -1),
    "K.local_conv2d(IMAGES, np.ones((4, 12, 5)), (2, 2), (2, 2), (2, 2)).shape": (2, 2, 2, 5),
    "K.dot(CUBE, np.ones((4, 2)))": CUBE @ np.ones((4, 2)),
    "K.conv2d(IMAGES, KERNEL).shape": (2, 3, 3, 5),
    "K.conv2d(IMAGES, KERNEL, border_mode='same', strides=(2, 2)).shape": (2, 2, 2, 5),
    "K.conv2d(np.moveaxis(IMAGES, 3, 1), KERNEL, dim_ordering='th').shape": (2, 5, 3, 3),
    "K.conv1d(CUBE, np.ones((2, 4, 5)), padding='causal').shape": (2, 3, 5),
    "K.conv3d(IMAGES[..., None], np.ones((2, 2, 2, 1, 4))).shape": (2, 3, 3, 2, 4),
    "K.conv2d_transpose(IMAGES, np.ones((3, 3, 5, 3)), (2, 8, 8, 5), (2, 2), 'same').shape":
        (2, 8, 8, 5),
    "K.conv2d_transpose(IMAGES, np.ones((3, 3, 5, 3)), (2, 9, 9, 5), (2, 2)).shape": (2, 9, 9, 5),
    "K.conv2d_transpose(IMAGES, np.ones((3, 3, 5, 3)), (2, 10, 10, 5), (2, 2)).shape":
        (2, 10, 10, 5),
    "K.depthwise_conv2d(IMAGES, np.ones((2, 2, 3, 2))).shape": (2, 3, 3, 6),
    "K.separable_conv2d(IMAGES, np.ones((2, 2, 3, 2)), np.ones((1, 1, 6, 7))).shape": (2, 3, 3, 7),
    "K.pool2d(IMAGES, (2, 2), (2, 2))": IMAGES[:, 1::2, 1::2],
    "K.pool2d(IMAGES, (2, 2), (2, 2), pool_mode='avg').shape": (2, 2, 2, 3),
    "K.pool3d(IMAGES[..., None], (2, 2, 3), (2, 2, 3)).shape": (2, 2, 2, 1, 1),
    "K.spatial_2d_padding(IMAGES, ((1, 0), (2, 0))).shape": (2, 5, 6, 3),
    "K.spatial_2d_padding(IMAGES, padding=(1, 1), dim_ordering='tf').shape": (2, 6, 6, 3),
    "K.spatial_3d_padding(IMAGES[..., None]).shape": (2, 6, 6, 5, 1),
    "K.resize_volumes(IMAGES[..., None], 1, 2, 1, 'channels_last').shape": (2, 4, 8, 3, 1),
    "K.categorical_crossentropy(Y, P)": -np.log([0.7, 0.1]),
    "K.categorical_crossentropy(Y, np.log(P), from_logits=True)": -np.log([0.7, 0.1]),
    "K.sparse_categorical_crossentropy([0, 1], P)": -np.log([0.7, 0.1]),
    "K.sparse_categorical_crossentropy([[0.], [1.]], P)": -np.log([0.7, 0.1]),
    "K.binary_crossentropy(Y, P)": -np.log(np.where(Y == 1, P, 1 - P)),
    "K.binary_crossentropy(Y, np.log(P / (1 - P)), from_logits=True)":
        -np.log(np.where(Y == 1, P, 1 - P)),
    "K.binary_focal_crossentropy(Y, P, gamma=0.)": -np.log(np.where(Y == 1, P, 1 - P)),
    "K.categorical_focal_crossentropy(Y, P, alpha=1., gamma=0.)": -np.log([0.7, 0.1]),
    "K.batch_normalization(P, P.mean(0), P.var(0), 0 * P[0], 1 + 0 * P[0], epsilon=0.)":
        (P - P.mean(0)) / P.std(0),
    "K.normalize_batch_in_training(P, 1 + 0 * P[0], 0 * P[0], [0], 0.)[0]":
        (P - P.mean(0)) / P.std(0),
    "K.random_normal((3, 4)).shape": (3, 4),
    "K.random_normal((3,), mean=5., std=0.)": [5, 5, 5],
    "K.random_uniform((3,), low=2., high=2.)": [2, 2, 2],
    "K.random_binomial((3,), p=1.)": [1, 1, 1],
    "K.truncated_normal((2,), stddev=0.)": [0, 0],
    "K.random_uniform_variable((2,), 1., 1.)": [1, 1],
    "K.random_normal_variable((2, 3), 0., 1.).shape": (2, 3),
    "K.update(K.variable(1.), 3.)": 3,
    "K.update_add(K.variable(1.), 3.)": 4,
    "K.update_sub(K.variable(1.), 3.)": -2,
    "K.moving_average_update(K.variable(1.), 3., 0.5)": 2,
    "K.backend()": "tensorflow",
    "K.image_dim_ordering()": "tf",
    "K.image_data_format()": "channels_last",
    "K.learning_phase()": 0,
    "K.floatx()": "float32",
    "K.epsilon()": 1e-7,
    "K.get_uid('a_prefix_of_its_own')": 1,
    "K.switch(True, 1, 2)": 1,
    "K.foldl(lambda a, b: a + b, K.arange(4), initializer=10)": 16,
    "K.get_variable_shape(K.zeros((2, 3)))": (2, 3),
    "K.ctc_batch_cost([[0]], np.full((1, 2, 2), .5), [[2]], [[1]])": [[-np.log(0.75)]],
    "K.ctc_decode(P[None][..., [0, 2, 1]], [2])[0][0]": [[0, 1]],
    "K.to_dense(K.constant([1.]))": [1],
    "K.name_scope('block').__enter__()": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def second_era():
    before = eras.era, eras.given
    eras.set("2")
    yield
    eras.era, eras.given = before
    K.clear_session()


def same(found, wanted):
    if isinstance(wanted, str) or wanted is None or isinstance(wanted, tuple):
        assert found == wanted
    else:
        found = K.get_value(found) if K.is_tensor(found) else found
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["array", "variable", "symbolic"])
@pytest.mark.parametrize("text", OF_X)
def test_of_a_tensor(text, kind):
    x = {"array": K.constant, "variable": K.variable}.get(kind, lambda _: K.placeholder((2, 3)))(X)
    found = eval(text, {"K": K, "np": np, "x": x})
    if kind == "symbolic":
        wanted = np.asarray(OF_X[text])
        assert found.shape == wanted.shape
        found = K.function([x], [found])([X])[0]
    same(found, OF_X[text])


@pytest.mark.parametrize("text", ALONE)
def test_alone(text):
    scope = {"K": K, "np": np, "CUBE": CUBE, "IMAGES": IMAGES, "KERNEL": KERNEL, "P": P, "Y": Y}
    found = eval(text.removesuffix(".__enter__()"), scope)
    if text.endswith("__enter__()"):
        with found:
            assert K.variable(1.0, name="v").path == "block/v"
    else:
        same(found, ALONE[text])


@pytest.fixture
def small():
    return denser.Sequential(
        [denser.Input((4,)), layers.Dense(5, "tanh"), layers.Dropout(0.5), layers.Dense(3)]
    )


def test_function_reads_a_layer_in_either_phase(small):
    x = np.random.randn(8, 4).astype("float32")
    read = K.function(
        [small.layers[0].input, K.learning_phase()], [small.layers[0].output, small.output]
    )
    np.testing.assert_allclose(read([x, 0])[1], small.predict(x, verbose=0), rtol=1e-4, atol=1e-6)
    assert not np.allclose(read([x, 1])[1], read([x, 1])[1])
    small.layers[-1].set_weights([np.zeros((5, 3)), np.ones(3)])
    np.testing.assert_allclose(read([x, 0])[1], np.ones((8, 3)))


def test_gradients_by_input_layer_output_and_weights(small):
    x = np.random.randn(3, 4).astype("float32")
    loss = K.sum(small.output[:, 1] ** 2)
    hidden = small.layers[0].output
    by = K.gradients(loss, [small.input, hidden, *small.trainable_weights])
    found = K.function([small.input], [loss, *by])([x])
    w1, b1, w2, b2 = small.get_weights()

    def value(x, w1, b1, w2, b2):
        return ((jax.numpy.tanh(x @ w1 + b1) @ w2 + b2)[:, 1] ** 2).sum()

    wanted = jax.grad(value, range(5))(x, w1, b1, w2, b2)
    for number, part in enumerate((found[1], *found[3:])):
        np.testing.assert_allclose(part, wanted[number], rtol=1e-4, atol=1e-5)
    h = np.tanh(x @ w1 + b1)
    outputs = (h @ w2 + b2)[:, 1:2]
    np.testing.assert_allclose(found[2], 2 * outputs * w2[:, 1], rtol=1e-4, atol=1e-5)
    alone = K.gradients(loss, hidden)[0]
    np.testing.assert_allclose(K.function([small.input], [alone])([x])[0], found[2], rtol=1e-5)
    assert K.gradients(loss, K.placeholder((2,))) == [None]


def test_gradient_ascent_of_a_placeholder_that_joins_variables(small):
    """The pattern of neural style transfer."""
    fixed = K.variable(np.ones((1, 4)))
    free = K.placeholder((1, 4))
    features = small.layers[0](K.concatenate([fixed, free], axis=0))
    loss = K.variable(0.0)
    loss = loss + 2.0 * K.sum(K.square(features[0] - features[1]))
    step = K.function([free], [loss] + K.gradients(loss, free))
    value, slope = step([np.ones((1, 4))])
    assert value == 0 and not slope.any()
    value, slope = step([np.zeros((1, 4))])
    assert step([-0.01 * slope])[0] < value


def test_updates_of_a_function(small):
    x = np.random.randn(8, 4).astype("float32")
    count, place = K.variable(0.0), K.placeholder((None,))
    add = K.function([place], [], updates=[K.update_add(count, K.sum(place))])
    assert add([np.ones(3)]) == [] and K.get_value(count) == 3
    loss = K.mean(K.square(small.output))
    sgd = denser.optimizers.SGD(0.05)
    train = K.function(
        [small.input, K.learning_phase()], [loss],
        updates=K.get_updates(sgd, small.trainable_weights, [], loss),
    )  # fmt: skip
    losses = [train([x, 0])[0] for _ in range(4)]
    assert losses[-1] < losses[0]


def test_sampling_layer_draws_anew_at_each_step():
    seen = denser.Input((2,))
    noisy = layers.Lambda(lambda z: z + K.random_normal(shape=(K.shape(z)[0], 2)))(seen)
    model = denser.Model(seen, noisy)
    model.compile("sgd", lambda t, p: K.mean(K.square(t - p), axis=-1))
    x = np.zeros((4, 2), "float32")
    model.evaluate(x, x, verbose=0)
    first, second = (model.predict(x, verbose=0) for _ in range(2))
    assert first.std() > 0 and not np.allclose(first, second)


def test_variable_in_a_loss_is_seen_when_it_changes():
    share = K.variable(1.0)
    model = denser.Sequential([denser.Input((1,)), layers.Dense(1)])
    model.compile("sgd", lambda t, p: share * K.mean(K.square(t - p), axis=-1))
    x = np.ones((4, 1), "float32")
    assert model.evaluate(x, x - 9, verbose=0) > 0
    K.set_value(share, 0.0)
    assert model.evaluate(x, x - 9, verbose=0) == 0


def test_sizes_not_known_yet():
    x = K.placeholder((None, 6))
    square = K.reshape(x, (K.shape(x)[0], 3, 2))
    noise = K.random_uniform((K.shape(x)[0], 2))
    twice = K.tile(K.expand_dims(x, 1), [1, K.shape(x)[1], 1])
    assert square.shape == (None, 3, 2) and noise.shape == (None, 2) and twice.shape[1] == 6
    found = K.function([x], [square, noise, twice])([np.zeros((5, 6))])
    assert [part.shape for part in found] == [(5, 3, 2), (5, 2), (5, 6, 6)]

    def fold(x):
        rows = K.prod(K.shape(x)[1:])
        return K.reshape(x, K.stack([K.shape(x)[0] * rows, 1])) * K.cast(K.shape(x)[1], "float32")

    assert fold(K.constant(X)).shape == (6, 1)
    assert jax.jit(fold)(X).shape == (6, 1)


def test_rnn_steps_masks_and_constants():
    def step(x, states):
        total = states[0] + x * states[1]
        return total, [total]

    mask = np.array([[1, 1, 0], [1, 1, 1]], bool)
    two = K.constant(2.0)
    last, outputs, states = K.rnn(step, CUBE, [np.zeros((2, 4))], mask=mask, constants=[two])
    wanted = 2 * np.cumsum(CUBE * mask[..., None], axis=1)
    np.testing.assert_allclose(outputs, wanted)
    np.testing.assert_allclose(last, wanted[:, -1])
    np.testing.assert_allclose(states[0], wanted[:, -1])


def test_first_era_names_the_output_before_the_target():
    eras.set("1")
    same(K.categorical_crossentropy(P, Y), -np.log([0.7, 0.1]))
    assert K.backend() == "tensorflow"
    eras.set("3")
    assert K.backend() == "jax"


@pytest.mark.parametrize("ordering, layout", [("th", "channels_first"), ("tf", "channels_last")])
def test_layouts(ordering, layout):
    try:
        K.set_image_dim_ordering(ordering)
        assert K.image_data_format() == layout and K.image_dim_ordering() == ordering
    finally:
        K.set_image_data_format("channels_last")


def test_learning_phase_that_is_set():
    K.set_learning_phase(1)
    assert K.learning_phase() == 1
    same(K.in_train_phase(1.0, lambda: 2.0), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: K.gradients(K.constant(1.0), K.placeholder((2,))),
        lambda: K.gradients(K.sum(K.placeholder((2,))), 3),
        lambda: K.function([3.5], []),
        lambda: K.function([], [], session="mine"),
        lambda: K.function([K.placeholder((2,))], [])([1, 2]),
        lambda: K.get_value(K.placeholder((2,))),
        lambda: K.set_value(3.0, 1.0),
        lambda: K.placeholder(),
        lambda: K.batch_dot(CUBE, CUBE, axes=(1, 2)),
        lambda: K.repeat(CUBE, 2),
        lambda: K.pool2d(IMAGES, (2, 2), pool_mode="sum"),
        lambda: K.get_session().run("loss"),
        lambda: K.set_image_dim_ordering("first"),
        lambda: K.conv2d(IMAGES, KERNEL, dim_ordering="tf", data_format="channels_last"),
    ],
)
def test_what_cannot_be_done_says_so(wrong):
    with pytest.raises(ValueError):
        wrong()


def test_sizes_are_computed_with():
    x = K.placeholder((None, 6))
    scaled = x / K.prod(K.cast(K.shape(x), "float32"))
    grown = K.reshape(x, K.stack([K.shape(x)[0], 2, 3]))
    joined = K.reshape(x, K.concatenate([K.shape(x)[:1], [3, 2]]))
    assert grown.shape == (None, 2, 3) and joined.shape == (None, 3, 2)
    found = K.function([x], [scaled, grown])([np.ones((4, 6))])
    np.testing.assert_allclose(found[0], np.full((4, 6), 1 / 24))


def test_session_of_tensorflow_1(small):
    x = np.random.randn(2, 4).astype("float32")
    with K.get_session() as session:
        K.set_session(session)
        found, weight = session.run(
            [small.output, small.layers[0].kernel], {small.input: x, K.learning_phase(): 0}
        )
        assert session.run(None) is None
    np.testing.assert_allclose(found, small.predict(x, verbose=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(weight, small.get_weights()[0])
