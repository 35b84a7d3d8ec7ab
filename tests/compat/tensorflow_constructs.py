"""The small tensorflow, construct by construct: an expression and what TensorFlow gives for it."""

import math

import jax
import numpy as np
import pytest

from denser.compat.install import install, uninstall


@pytest.fixture(scope="module")
def tf():
    install("tf")
    import tensorflow

    yield tensorflow
    uninstall()


VALUES = [
    ("tf.constant([[1, 2], [3, 4]]).shape.as_list()", [2, 2]),
    ("tf.constant(3).dtype == tf.int32", True),
    ("tf.constant(3.0).dtype.name", "float32"),
    ("tf.constant(7, shape=(2, 2))", [[7, 7], [7, 7]]),
    ("tf.constant(['a', 'b'])[1].numpy()", b"b"),
    ("tf.convert_to_tensor(np.arange(3.0)).dtype", "float32"),
    ("tf.Variable([1.0, 2.0]).assign_add([1, 1]).numpy()", [2, 3]),
    ("tf.Variable(2.0) * 3", 6),
    ("3 - tf.Variable(2.0)", 1),
    ("tf.Variable([[1.0, 2.0]])[0, 1]", 2),
    ("tf.cast([1.7, -1.7], tf.int32)", [1, -1]),
    ("tf.cast([0, 2], tf.bool)", [False, True]),
    ("tf.shape(tf.zeros((2, 3)))", [2, 3]),
    ("tf.reshape(tf.range(6), (tf.shape(tf.zeros((2, 5)))[0], -1))", [[0, 1, 2], [3, 4, 5]]),
    ("tf.constant([[1, 2], [3, 4]])[:, 1]", [2, 4]),
    ("tf.constant([1, 2, 3])[tf.constant(1):]", [2, 3]),
    ("tf.constant([1, 2])[:, tf.newaxis]", [[1], [2]]),
    ("tf.constant([1, 2, 3])[..., -1]", 3),
    ("[int(x) for x in tf.constant([1, 2])]", [1, 2]),
    ("tf.constant([1, 2]) == tf.constant([1, 3])", [True, False]),
    ("tf.constant(['a']) == 'a'", [True]),
    ("tf.constant(7) // 2 + tf.constant(7) % 4", 6),
    ("1 / tf.constant([2.0, 4.0])", [0.5, 0.25]),
    ("np.ones(2) + tf.constant([1.0, 2.0])", [2, 3]),
    ("-abs(tf.constant([-1.0, 2.0]))", [-1, -2]),
    ("~tf.constant([True, False])", [False, True]),
    ("tf.constant([[1.0, 2.0]]) @ tf.constant([[3.0], [4.0]])", [[11]]),
    ("tf.constant(2.0) ** 3", 8),
    ("tf.zeros(3, tf.int32) + tf.ones_like([1, 2, 3])", [1, 1, 1]),
    ("np.zeros(2, tf.float32.as_numpy_dtype)", [0, 0]),
    ("tf.fill([2, 2], 5)", [[5, 5], [5, 5]]),
    ("tf.eye(2)", [[1, 0], [0, 1]]),
    ("tf.linspace(0.0, 1.0, 3)", [0, 0.5, 1]),
    ("tf.range(2, 10, delta=4)", [2, 6]),
    ("tf.range(tf.constant(3))", [0, 1, 2]),
    ("tf.one_hot([0, 2], 3)", [[1, 0, 0], [0, 0, 1]]),
    ("tf.concat([[1, 2], [3]], axis=0)", [1, 2, 3]),
    ("tf.stack([1, 2], 0)", [1, 2]),
    ("[t.numpy().tolist() for t in tf.unstack([[1, 2], [3, 4]], axis=1)]", [[1, 3], [2, 4]]),
    ("tf.split(tf.range(6), 3)[1]", [2, 3]),
    ("tf.split(tf.range(6), [1, -1])[1]", [1, 2, 3, 4, 5]),
    ("tf.tile([[1, 2]], [2, 1])", [[1, 2], [1, 2]]),
    ("tf.transpose([[1, 2], [3, 4]])", [[1, 3], [2, 4]]),
    ("tf.transpose(tf.zeros((2, 3, 4)), perm=[0, 2, 1]).shape", [2, 4, 3]),
    ("tf.expand_dims([1, 2], -1)", [[1], [2]]),
    ("tf.squeeze([[1, 2]])", [1, 2]),
    ("tf.gather([10, 20, 30], [2, 0])", [30, 10]),
    ("tf.gather([[1, 2], [3, 4]], [1, 0], batch_dims=1)", [2, 3]),
    ("tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]])", [2, 3]),
    ("tf.scatter_nd([[0], [2]], [5, 6], [3])", [5, 0, 6]),
    ("tf.tensor_scatter_nd_update([1, 2, 3], [[1]], [9])", [1, 9, 3]),
    ("tf.where([True, False], [1, 2], [3, 4])", [1, 4]),
    ("tf.where([False, True])", [[1]]),
    ("tf.boolean_mask([1, 2, 3], [True, False, True])", [1, 3]),
    ("tf.pad([[1]], [[0, 1], [1, 0]])", [[0, 1], [0, 0]]),
    ("tf.sort([3, 1, 2], direction='DESCENDING')", [3, 2, 1]),
    ("tf.argsort([3, 1, 2])", [1, 2, 0]),
    ("tf.unique([4, 4, 2])[0]", [4, 2]),
    ("tf.reverse([1, 2], axis=[0])", [2, 1]),
    ("tf.repeat([1, 2], 2)", [1, 1, 2, 2]),
    ("tf.sequence_mask([1, 2], 3)", [[True, False, False], [True, True, False]]),
    ("tf.meshgrid([1, 2], [3])[0]", [[1, 2]]),
    ("tf.size(tf.zeros((2, 3)))", 6),
    ("tf.rank(tf.zeros((2, 3)))", 2),
    ("tf.identity([1])", [1]),
    ("tf.reduce_sum([[1, 2], [3, 4]], axis=1)", [3, 7]),
    ("tf.reduce_mean([tf.constant(1.0), tf.constant(4.0)])", 2.5),
    ("tf.function(lambda: 3)().numpy()", 3),
    ("tf.random.log_uniform_candidate_sampler([[0]], 1, 4, True, 8)[0].shape", [4]),
    ("tf.strings.reduce_join(tf.strings.unicode_split(['ab', 'c'], 'UTF-8'), -1).numpy().tolist()",
     [b"ab", b"c"]),
    ("list(tf.data.Dataset.range(3).scan(0, lambda s, x: (s + x, s + x)).as_numpy_iterator())",
     [0, 1, 3]),
    ("[len(b) for b in tf.data.Dataset.range(3).map(tf.range).ragged_batch(2)]", [2, 1]),
    ("list(tf.data.Dataset.choose_from_datasets([tf.data.Dataset.range(9)] * 2, "
     "tf.data.Dataset.range(2).repeat(2)).as_numpy_iterator())", [0, 0, 1, 1]),
    ("next(iter(tf.data.Dataset.range(6).group_by_window(lambda x: x % 2, lambda k, d: d.batch(3), "
     "3))).numpy()", [0, 2, 4]),
    ("tf.reduce_mean([[1.0, 2.0]], axis=1, keepdims=True)", [[1.5]]),
    ("tf.reduce_mean(tf.constant([1, 2]))", 1),
    ("tf.reduce_max([1, 5]) + tf.reduce_min([1, 5])", 6),
    ("tf.reduce_all([True, False])", False),
    ("tf.math.reduce_std([1.0, 3.0])", 1),
    ("tf.math.reduce_logsumexp([0.0, 0.0])", math.log(2)),
    ("tf.argmax([[1, 3], [4, 2]], axis=1)", [1, 0]),
    ("tf.argmax([1, 3, 2])", 1),
    ("tf.cumsum([1, 2, 3], exclusive=True)", [0, 1, 3]),
    ("tf.cumsum([1, 2, 3], reverse=True)", [6, 5, 3]),
    ("tf.clip_by_value([-1.0, 0.5, 2.0], 0, 1)", [0, 0.5, 1]),
    ("tf.clip_by_norm([3.0, 4.0], 1.0)", [0.6, 0.8]),
    ("tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0)[1]", 5),
    ("tf.norm([3.0, 4.0])", 5),
    ("tf.einsum('ij,j->i', [[1.0, 2.0]], [3.0, 4.0])", [11]),
    ("tf.tensordot([1.0, 2.0], [3.0, 4.0], 1)", 11),
    ("tf.matmul([[1.0, 2.0]], [[3.0, 4.0]], transpose_b=True)", [[11]]),
    ("tf.linalg.det([[2.0, 0.0], [0.0, 3.0]])", 6),
    ("tf.linalg.inv([[2.0]])", [[0.5]]),
    ("tf.linalg.band_part([[1, 2], [3, 4]], -1, 0)", [[1, 0], [3, 4]]),
    ("tf.linalg.diag([1, 2])", [[1, 0], [0, 2]]),
    ("tf.math.divide_no_nan([1.0], [0.0])", [0]),
    ("tf.math.squared_difference(3.0, 1.0)", 4),
    ("tf.math.log1p(0.0) + tf.math.exp(0.0)", 1),
    ("tf.math.top_k([1, 5, 3], k=2).indices", [1, 2]),
    ("tf.math.confusion_matrix([0, 1, 1], [0, 1, 0])", [[1, 0], [1, 1]]),
    ("tf.math.bincount([0, 2, 2])", [1, 0, 2]),
    ("tf.math.in_top_k([1], [[0.1, 0.9]], k=1)", [True]),
    ("tf.math.segment_sum([1, 2, 3], [0, 0, 1])", [3, 3]),
    ("tf.math.unsorted_segment_sum([1, 2, 3], [1, 0, 1], num_segments=2)", [2, 4]),
    ("tf.nn.relu([-1.0, 2.0])", [0, 2]),
    ("tf.nn.softmax(logits=[[0.0, 0.0]], axis=-1)", [[0.5, 0.5]]),
    ("tf.nn.leaky_relu([-1.0])", [-0.2]),
    ("tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[0.0])", [math.log(2)]),
    ("tf.nn.softmax_cross_entropy_with_logits(labels=[[1.0, 0.0]], logits=[[0.0, 0.0]])",
     [math.log(2)]),
    ("tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[0.0, 0.0]])",
     [math.log(2)]),
    ("tf.nn.conv2d(tf.ones((1, 4, 4, 1)), tf.ones((2, 2, 1, 1)), [1, 2, 2, 1], 'VALID')[0, 0, 0]",
     [4]),
    ("tf.nn.conv2d_transpose(tf.ones((1, 2, 2, 1)), tf.ones((2, 2, 1, 1)), (1, 4, 4, 1), 2, "
     "'SAME').shape", [1, 4, 4, 1]),
    ("tf.nn.max_pool2d(tf.reshape(tf.range(4.0), (1, 2, 2, 1)), 2, 2, 'VALID')[0, 0, 0, 0]", 3),
    ("tf.nn.avg_pool(tf.reshape(tf.range(4.0), (1, 2, 2, 1)), 2, 2, 'VALID')[0, 0, 0, 0]", 1.5),
    ("tf.nn.moments([1.0, 3.0], axes=[0])[1]", 1),
    ("tf.nn.batch_normalization([3.0], [1.0], [4.0], None, None, 0.0)", [1]),
    ("tf.nn.l2_loss([3.0, 1.0])", 5),
    ("tf.nn.embedding_lookup([[1.0], [2.0]], [1])", [[2]]),
    ("tf.nn.bias_add([[1.0, 2.0]], [1.0, 1.0])", [[2, 3]]),
    ("tf.nn.dropout(tf.ones(4), rate=0.0)", [1, 1, 1, 1]),
    ("tf.strings.lower('AbC').numpy()", b"abc"),
    ("tf.strings.split('a b c').numpy().tolist()", [b"a", b"b", b"c"]),
    ("tf.strings.split(['a b', 'c']).to_list()", [[b"a", b"b"], [b"c"]]),
    ("tf.strings.regex_replace('a1b22', '[0-9]+', '#').numpy()", b"a#b#"),
    ("tf.strings.join(['a', 'b'], '-').numpy()", b"a-b"),
    ("tf.strings.length('abc')", 3),
    ("tf.strings.unicode_split('hé', 'UTF-8').numpy()[1].decode()", "é"),
    ("tf.strings.to_number('2.5')", 2.5),
    ("tf.strings.as_string(3).numpy()", b"3"),
    ("tf.strings.reduce_join([b'a', b'b']).numpy()", b"ab"),
    ("tf.strings.substr('hello', 1, 3).numpy()", b"ell"),
    ("tf.concat([['b'], tf.constant(['a'])], 0)[tf.newaxis].numpy().tolist()", [[b"b", b"a"]]),
    ("tf.gather(['x', 'y'], [1, 0]).numpy().tolist()", [b"y", b"x"]),
    ("tf.expand_dims(tf.constant(['a', 'b']), -1).shape.as_list()", [2, 1]),
    ("tf.math.argmax(tf.strings.split('a/b', '/') == ['x', 'b'])", 1),
    ("tf.initializers.GlorotUniform()((2, 3)).numpy().shape", [2, 3]),
    ("tf.optimizers.Adam(0.5).learning_rate.numpy()", 0.5),
    ("tf.losses.MeanSquaredError()([1.0], [3.0]).numpy()", 4),
    ("tf.compat.v1.train.AdamOptimizer(0.5).learning_rate.numpy()", 0.5),
    ("tf.keras.backend.mean(tf.constant([1.0, 3.0])).numpy()", 2),
    ("f'{tf.Variable(1.5).numpy():.2f} {tf.constant(2.0):.1f}'", "1.50 2.0"),
    ("tf.image.resize(tf.ones((2, 2, 3)), (4, 4)).shape", [4, 4, 3]),
    ("tf.image.flip_left_right([[[1], [2]]])[0, 0, 0]", 2),
    ("tf.image.convert_image_dtype(tf.constant([255], tf.uint8), tf.float32)", [1]),
    ("tf.image.rgb_to_grayscale(tf.ones((1, 1, 3))).shape", [1, 1, 1]),
    ("tf.image.central_crop(tf.ones((4, 4, 1)), 0.5).shape", [2, 2, 1]),
    ("tf.image.resize_with_crop_or_pad(tf.ones((2, 6, 1)), 4, 4).shape", [4, 4, 1]),
    ("tf.image.random_crop(tf.ones((4, 4, 3)), (2, 2, 3)).shape", [2, 2, 3]),
    ("tf.image.adjust_brightness([[[0.5]]], 0.25)", [[[0.75]]]),
    ("tf.image.per_image_standardization([[[1.0], [3.0]]])", [[[-1], [1]]]),
    ("tf.image.random_flip_left_right(tf.ones((2, 2, 1))).shape", [2, 2, 1]),
    ("tf.image.ssim(tf.ones((12, 12, 1)), tf.ones((12, 12, 1)), 1.0)", 1),
    ("tf.image.psnr([[[1.0]]], [[[0.9]]], 1.0)", 20),
    ("tf.io.decode_png(tf.io.encode_png(tf.constant([[[7]]], tf.uint8)))", [[[7]]]),
    ("tf.io.decode_raw(b'\\x01\\x02', tf.uint8)", [1, 2]),
    ("tf.io.decode_csv('1,2.5', [0, 0.0])[1]", 2.5),
    ("tf.io.parse_tensor(tf.io.serialize_tensor([1, 2]), tf.int32)", [1, 2]),
    ("tf.random.normal((2, 3)).shape", [2, 3]),
    ("tf.random.uniform([4], maxval=3, dtype=tf.int32).numpy().max() < 3", True),
    ("sorted(tf.random.shuffle([1, 2, 3]).numpy())", [1, 2, 3]),
    ("tf.random.Generator.from_seed(1).normal([2]).shape", [2]),
    ("tf.reduce_sum(tf.random.stateless_uniform([2], seed=[1, 2]) - "
     "tf.random.stateless_uniform([2], seed=[1, 2]))", 0),
    ("tf.random.categorical([[0.0, 100.0]], 3)", [[1, 1, 1]]),
    ("tf.cond(tf.constant(True), lambda: 1, lambda: 2)", 1),
    ("tf.while_loop(lambda i: i < 5, lambda i: (i + 1,), (tf.constant(0),))[0]", 5),
    ("tf.map_fn(lambda x: x * 2, tf.constant([1, 2]))", [2, 4]),
    ("tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]))", [1, 3, 6]),
    ("tf.foldl(lambda a, x: a + x, tf.constant([1, 2, 3]))", 6),
    ("tf.TensorArray(tf.float32, 2).write(0, 1.0).write(1, 2.0).stack()", [1, 2]),
    ("tf.ragged.constant([[1, 2], [3]]).to_tensor()", [[1, 2], [3, 0]]),
    ("tf.ragged.constant([[1, 2], [3]]).row_lengths()", [2, 1]),
    ("tf.nest.flatten([1, [2, 3]])", [1, 2, 3]),
    ("tf.bitwise.bitwise_and(6, 3)", 2),
    ("tf.signal.frame(tf.range(4.0), 2, 2)", [[0, 1], [2, 3]]),
    ("tf.signal.stft(tf.ones(8), 4, 2).shape", [3, 3]),
    ("tf.executing_eagerly()", True),
    ("len(tf.config.list_physical_devices('CPU'))", 1),
    ("tf.config.experimental.set_memory_growth(None, True)", None),
    ("tf.distribute.MirroredStrategy().num_replicas_in_sync", 1),
    ("tf.version.VERSION.split('.')[0]", "2"),
    ("tf.TensorShape([None, 3]).as_list()", [None, 3]),
    ("tf.keras.backend.epsilon() > 0", True),
    ("tf.keras.losses.mean_squared_error([[1.0]], [[3.0]]).numpy()", [4]),
    ("tf.keras.metrics.Mean()([1.0, 3.0]).numpy()", 2),
    ("tf.keras.Sequential([tf.keras.layers.Dense(2, tf.nn.relu)])(tf.ones((1, 3))).numpy().shape",
     [1, 2]),
    ("tf.keras.layers.Dense(1, activation=tf.nn.relu).get_config()['activation']", "relu"),
    ("tf.keras.layers.Dense(1)(tf.keras.Input((2,))).shape.as_list()", [None, 1]),
    ("tf.reduce_mean(tf.keras.Input((2,)), axis=1).shape.as_list()", [None]),
    ("tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)", None),
    ("tf.py_function(lambda x: x.numpy() + 1, [tf.constant(1)], tf.int32)", 2),
    ("tf.numpy_function(lambda x: x + 1, [tf.constant(1)], tf.int32)", 2),
    ("tf.feature_column", AttributeError), ("tf.math.nonsense", AttributeError),
    ("tf.compat.v1.placeholder(tf.float32)", ValueError),
    ("tf.debugging.assert_equal([1], [2])", ValueError),
    ("tf.distribute.TPUStrategy()", ValueError),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_value(tf, text, expected):
    names = {"tf": tf, "np": np}
    if isinstance(expected, type) and issubclass(expected, Exception):
        with pytest.raises(expected):
            eval(text, names)
        return
    found = eval(text, names)
    found = found.numpy() if hasattr(found, "numpy") else found
    found = list(found) if isinstance(found, tuple) else found
    if isinstance(expected, (str, bytes, type(None))):
        assert found == expected
    elif isinstance(expected, list) and isinstance(found, list):
        assert found == expected
    else:
        np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), 1e-5)


DATASETS = [
    ("D.from_tensor_slices([1, 2, 3]).batch(2)", [[1, 2], [3]]),
    ("D.from_tensor_slices([1, 2, 3]).batch(2, drop_remainder=True)", [[1, 2]]),
    ("D.range(3).map(lambda x: x * x, num_parallel_calls=tf.data.AUTOTUNE)", [0, 1, 4]),
    ("D.range(6).filter(lambda x: x % 2 == 0)", [0, 2, 4]),
    ("D.range(2).repeat(2)", [0, 1, 0, 1]), ("D.range(5).skip(1).take(2)", [1, 2]),
    ("D.range(2).concatenate(D.range(1))", [0, 1, 0]), ("D.range(4).shard(2, 1)", [1, 3]),
    ("D.zip((D.range(2), D.range(2))).map(lambda a, b: a + b)", [0, 2]),
    ("D.range(2).enumerate().map(lambda i, x: i + x)", [0, 2]),
    ("D.range(4).window(2).flat_map(lambda w: w.batch(2))", [[0, 1], [2, 3]]),
    ("D.range(2).interleave(lambda x: D.from_tensors(x).repeat(2), cycle_length=2)", [0, 1, 0, 1]),
    ("D.from_generator(lambda: iter([1, 2]), output_types=tf.int32)", [1, 2]),
    ("D.from_generator(lambda: iter([1, 2]), output_signature=tf.TensorSpec((), tf.int32))",
     [1, 2]),
    ("D.range(3).cache().prefetch(tf.data.experimental.AUTOTUNE)", [0, 1, 2]),
    ("D.from_tensor_slices([[1, 2]]).unbatch()", [1, 2]),
    ("D.from_tensor_slices({'a': [1, 2]}).map(lambda d: d['a'] + 1)", [2, 3]),
    ("D.from_generator(lambda: iter([[1], [1, 2]]), tf.int32).padded_batch(2)", [[[1, 0], [1, 2]]]),
    ("D.range(3).apply(lambda d: d.take(1))", [0]),
    ("D.from_tensor_slices(['a', 'b']).map(tf.strings.length)", [1, 1]),
    ("D.range(2).map(lambda x: tf.py_function(lambda y: y + 1, [x], tf.int64))", [1, 2]),
    ("D.range(5).shuffle(5, seed=1).reduce(tf.constant(0), lambda s, x: s + x)", 10),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DATASETS, ids=[text for text, _ in DATASETS])
def test_dataset(tf, text, expected):
    found = eval(text, {"tf": tf, "D": tf.data.Dataset})
    if hasattr(found, "as_numpy_iterator"):
        found = [element.numpy().tolist() for element in found]
    assert found == expected


def test_a_dataset_tells_what_it_is(tf):
    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((4, 2)), np.zeros(4))).batch(2)
    assert dataset.element_spec[0].shape.as_list() == [None, 2]
    assert dataset.cardinality().numpy() == len(dataset) == 2
    assert next(iter(dataset))[1].shape == (2,)


GRADIENTS = [
    ("x * x", 6.0), ("tf.sin(x)", math.cos(3)), ("tf.reduce_sum(tf.stack([x, x]) ** 2)", 12.0),
    ("tf.stop_gradient(x) * x", 3.0), ("tf.where(x > 1, x * 2, x)", 2.0), ("tf.nn.relu(x)", 1.0),
    ("tf.gather(tf.stack([x, 2 * x]), [1])[0]", 2.0), ("tf.clip_by_value(x, 0, 1)", 0.0),
    ("tf.map_fn(lambda y: y * x, tf.constant([1.0, 2.0]))", 3.0), ("x / 2 + 2 / x", 0.5 - 2 / 9),
    ("tf.cond(x > 0, lambda: x * 5, lambda: x)", 5.0), ("tf.cast(x, tf.float32)[None] * 4", 4.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GRADIENTS, ids=[text for text, _ in GRADIENTS])
@pytest.mark.parametrize("kind", ["variable", "constant", "compiled"])
def test_gradient(tf, text, expected, kind):
    x = tf.Variable(3.0) if kind == "variable" else tf.constant(3.0)

    def run(x):
        with tf.GradientTape() as tape:
            if kind != "variable":
                tape.watch(x)
            y = eval(text, {"tf": tf, "x": x})
        return tape.gradient(y, x)

    found = tf.function(run)(x) if kind == "compiled" else run(x)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_second_derivative_persistent_tape_and_jacobian(tf):
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape(persistent=True) as inner:
            y = x**3
            z = y * 2
        first = inner.gradient(y, x)
        np.testing.assert_allclose(inner.gradient(z, y), [2, 2])
    np.testing.assert_allclose(outer.gradient(first, x), [6, 12])
    with tf.GradientTape() as tape:
        y = x * x[::-1]
    np.testing.assert_allclose(tape.jacobian(y, x), [[2, 1], [2, 1]])
    with pytest.raises(RuntimeError, match="persistent"):
        tape.gradient(y, x)


def test_what_does_not_lead_to_the_target_has_no_gradient(tf):
    x, other = tf.Variable(1.0), tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x * 2
        with tape.stop_recording():
            z = x * 3
    assert tape.gradient(y, [x, other])[1] is None
    assert tape.gradient(z, x) is None
    zero = tape.gradient(y, other, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert float(zero) == 0.0


def test_layers_with_chance_of_their_own_in_a_data_set(tf):
    augment = tf.keras.Sequential([tf.keras.layers.RandomFlip(), tf.keras.layers.RandomZoom(0.2)])
    images = np.random.default_rng(0).uniform(size=(8, 6, 6, 3)).astype("float32")
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(4)
    found = list(dataset.map(lambda x: augment(x, training=True)))
    assert [x.shape.as_list() for x in found] == [[4, 6, 6, 3]] * 2
    assert not np.allclose(found[0], images[:4])


def test_backend_functions_on_a_tape(tf):
    K, x = tf.keras.backend, tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = K.sum(K.square(x)) + tf.reduce_sum(K.relu(x * 2.0))
    np.testing.assert_allclose(tape.gradient(y, x), [4, 6])


def test_custom_gradient(tf):
    @tf.custom_gradient
    def double(x):
        return x, lambda upstream: upstream * 2

    x = tf.Variable(5.0)
    with tf.GradientTape() as tape:
        y = double(x) * 3
    assert float(tape.gradient(y, x)) == 6.0


def small_model(tf, regularizer=None):
    layers = tf.keras.layers
    tf.random.set_seed(3)
    return tf.keras.Sequential([
        layers.Dense(8, "tanh", kernel_regularizer=regularizer), layers.BatchNormalization(),
        layers.Dense(1),
    ])  # fmt: skip


def data():
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    return x, x.sum(1, keepdims=True)


@pytest.mark.parametrize("compiled", [False, True])
def test_custom_loop_has_the_gradients_of_jax(tf, compiled):
    model, (x, y) = small_model(tf, tf.keras.regularizers.L2(0.1)), data()
    model(x[:1])
    loss_function = tf.keras.losses.MeanSquaredError()

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_function(y, model(x, training=True)) + tf.add_n(model.losses)
        return loss, tape.gradient(loss, model.trainable_variables)

    trainable = [v.raw for v in model.trainable_variables]
    fixed = [v.raw for v in model.non_trainable_variables]

    def pure(values):
        out, _ = model.stateless_call(values, fixed, x, training=True)
        return ((out - y) ** 2).mean() + 0.1 * (values[0] ** 2).sum()

    expected, gradients = jax.value_and_grad(pure)(trainable)
    loss, found = (tf.function(step) if compiled else step)(tf.constant(x), tf.constant(y))
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    for a, b in zip(found, gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_compiled_step_trains_and_has_its_side_effects_once(tf):
    model, optimizer, seen = small_model(tf), tf.keras.optimizers.Adam(0.01), []
    metric = tf.keras.metrics.Mean()

    @tf.function
    def step(x, y):
        seen.append(x.shape)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        metric.update_state(loss)
        return loss

    losses = [float(step(*data())) for _ in range(20)]
    assert losses[-1] < losses[0] and len(seen) == 1
    assert float(metric.result()) == pytest.approx(np.mean(losses), rel=1e-5)
    assert int(optimizer.iterations) == 20


def test_function_falls_back_where_python_needs_numbers(tf):
    total = tf.Variable(0.0)

    @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
    def grow(x):
        total.assign_add(x)
        if total > 2:
            return x * 10
        return x

    assert [float(grow(tf.constant(1.5))) for _ in range(2)] == [1.5, 15.0]
    assert float(total) == 3.0


def test_random_numbers_differ_from_call_to_call_and_repeat_with_the_seed(tf):
    draw = tf.function(lambda: tf.random.normal([2]))
    tf.random.set_seed(1)
    first = [draw().numpy().tolist() for _ in range(2)]
    tf.random.set_seed(1)
    assert first[0] != first[1]
    assert tf.random.normal([2]).numpy().tolist() == pytest.approx(first[0])


def test_model_with_a_step_of_its_own_is_compiled_and_trains(tf):
    class Gan(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.generator, self.critic = small_model(tf), small_model(tf)
            self.tracker = tf.keras.metrics.Mean(name="g_loss")
            self.seen = []

        def compile(self, g_optimizer, d_optimizer, loss_fn):
            super().compile()
            self.g_optimizer, self.d_optimizer, self.loss_fn = g_optimizer, d_optimizer, loss_fn

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, real):
            if isinstance(real, tuple):
                real = real[0]
            size = tf.shape(real)[0]
            noise = tf.random.normal(shape=(size, 4))
            labels = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], axis=0)
            fake = self.generator(noise)
            both = tf.concat([fake, tf.reduce_sum(real, 1, keepdims=True)], axis=0)
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(labels, self.critic(both))
            weights = self.critic.trainable_weights
            self.d_optimizer.apply_gradients(
                zip(tape.gradient(d_loss, weights), weights, strict=True)
            )
            with tf.GradientTape() as tape:
                g_loss = self.loss_fn(tf.zeros((size, 1)), self.critic(self.generator(noise)))
            weights = self.generator.trainable_weights
            self.g_optimizer.apply_gradients(
                zip(tape.gradient(g_loss, weights), weights, strict=True)
            )
            self.tracker.update_state(g_loss)
            return {"d_loss": d_loss, "g_loss": self.tracker.result()}

    gan = Gan()
    adam = tf.keras.optimizers.Adam
    gan.compile(adam(0.01), adam(0.01), tf.keras.losses.BinaryCrossentropy(from_logits=True))
    dataset = tf.data.Dataset.from_tensor_slices(data()[0]).shuffle(32).batch(8)
    history = gan.fit(dataset, epochs=3, verbose=0).history
    assert set(history) == {"d_loss", "g_loss"} and len(history["d_loss"]) == 3
    assert np.isfinite(history["d_loss"]).all()


def test_older_train_step_with_compiled_loss_and_metrics(tf):
    class Custom(tf.keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
            weights = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            self.compiled_metrics.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

    inputs = tf.keras.Input((4,))
    model = Custom(inputs, tf.keras.layers.Dense(1)(inputs))
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(*data(), epochs=5, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_layer_loss_and_metric_of_users_see_tensors(tf):
    class Scale(tf.keras.layers.Layer):
        def build(self, shape):
            self.factor = self.add_weight(name="factor", shape=(shape[-1],), initializer="ones")

        def call(self, inputs):
            assert inputs.get_shape().as_list()[-1] == 4
            noise = tf.random.normal(tf.shape(inputs)) * 0.0
            self.add_loss(tf.reduce_sum(tf.abs(self.factor)) * 0.0)
            return self.factor * inputs + noise

    def loss(y_true, y_pred):
        return tf.reduce_mean(tf.square(tf.cast(y_true, y_pred.dtype) - y_pred), axis=-1)

    class Largest(tf.keras.metrics.Metric):
        def __init__(self, name="largest", **kwargs):
            super().__init__(name=name, **kwargs)
            self.most = self.add_weight(name="most", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.most.assign(tf.maximum(self.most, tf.reduce_max(tf.abs(y_pred))))

        def result(self):
            return self.most

    layers = tf.keras.layers
    inputs = tf.keras.Input((4,))
    x = layers.Lambda(lambda t: tf.square(t) + t.shape[-1])(Scale()(inputs))
    model = tf.keras.Model(inputs, layers.Dense(1, activation=lambda t: tf.nn.tanh(t))(x))
    model.compile(tf.keras.optimizers.SGD(0.01), loss, metrics=[Largest(), loss])
    history = model.fit(*data(), epochs=2, verbose=0).history
    assert history["largest"][0] > 0 and history["loss"][1] < history["loss"][0]


def test_schedule_of_a_user(tf):
    class Warmup(tf.keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, width):
            self.width = tf.cast(width, tf.float32)

        def __call__(self, step):
            step = tf.cast(step, tf.float32)
            return tf.math.rsqrt(self.width) * tf.math.minimum(tf.math.rsqrt(step + 1), step * 0.1)

    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.Adam(Warmup(4)), "mse")
    model.fit(*data(), epochs=1, verbose=0)
    assert float(Warmup(4)(4.0)) == pytest.approx(0.2)


def test_gradients_by_an_input_image_through_a_model(tf):
    model, image = small_model(tf), tf.Variable(np.ones((1, 4), "float32"))
    optimizer = tf.keras.optimizers.Adam(0.1)
    before = float(model(image)[0, 0])
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = -model(image)[0, 0]
        optimizer.apply_gradients([(tape.gradient(loss, image), image)])
        image.assign(tf.clip_by_value(image, -5.0, 5.0))
    assert float(model(image)[0, 0]) > before


def test_gradients_by_what_is_inside_a_model(tf):
    inputs = tf.keras.Input((4,))
    hidden = tf.keras.layers.Dense(3, name="hidden")(inputs)
    dropped = tf.keras.layers.Dropout(0.5)(tf.square(hidden))
    model = tf.keras.Model(inputs, [hidden, tf.keras.layers.Dense(1, use_bias=False)(dropped)])
    with tf.GradientTape(persistent=True) as tape:
        inner, outer = model(data()[0], training=True)
    by_inner = tape.gradient(outer, inner).numpy()
    assert by_inner.shape == (32, 3)
    dropped = by_inner == 0  # the replay drops what the call has dropped
    np.testing.assert_allclose(
        outer.numpy(), (np.where(dropped, 0, by_inner) * inner.numpy() / 2).sum(1, keepdims=True),
        rtol=1e-4, atol=1e-6,
    )  # fmt: skip


def test_gradient_penalty(tf):
    model, optimizer = small_model(tf), tf.keras.optimizers.Adam(0.01)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(x)
                score = model(x, training=False)
            norm = tf.sqrt(tf.reduce_sum(tf.square(inner.gradient(score, [x])[0]), axis=[1]))
            penalty = tf.reduce_mean((norm - 1.0) ** 2)
        weights = model.trainable_variables
        found = tape.gradient(penalty, weights)
        pairs = [(g, w) for g, w in zip(found, weights, strict=True) if g is not None]
        optimizer.apply_gradients(pairs)
        return penalty

    x = tf.constant(data()[0])
    losses = [float(step(x)) for _ in range(10)]
    assert losses[-1] < losses[0]


def test_module_checkpoint_and_saved_model(tf, tmp_path):
    class Linear(tf.Module):
        def __init__(self):
            super().__init__(name="linear")
            self.w, self.b = tf.Variable([1.0]), tf.Variable(0.0)

        def __call__(self, x):
            return self.w * x + self.b

    module = Linear()
    assert len(module.trainable_variables) == 2
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(model=module), tmp_path / "c", 1)
    manager.save()
    module.w.assign([5.0])
    tf.train.Checkpoint(model=module).restore(manager.latest_checkpoint)
    assert float(module(2.0)[0]) == 2.0
    model = small_model(tf)
    model(data()[0])
    tf.saved_model.save(model, tmp_path / "m")
    again = tf.saved_model.load(tmp_path / "m")
    np.testing.assert_allclose(model(data()[0]), again(data()[0]), rtol=1e-6)


def test_records_and_lookup(tf, tmp_path):
    feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[-3, 4]))
    name = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"cat"]))
    example = tf.train.Example(features=tf.train.Features(feature={"n": feature, "name": name}))
    path = str(tmp_path / "a.tfrecord")
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(example.SerializeToString())
    form = {
        "n": tf.io.FixedLenFeature([2], tf.int64),
        "name": tf.io.FixedLenFeature([], tf.string),
    }
    dataset = tf.data.TFRecordDataset(path).map(lambda r: tf.io.parse_single_example(r, form))
    (found,) = list(dataset)
    assert found["n"].numpy().tolist() == [-3, 4] and found["name"].numpy() == b"cat"
    table = tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.range(2)), 1
    )
    assert table.lookup(tf.constant(["b", "zzz"])).numpy().tolist() == [1, 2]
