"""Every op against Keras's on JAX: values, types, shapes of symbolic calls, gradients, names."""

import inspect
import warnings
from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import ops, random
from denser.core.messages import UserError
from denser.core.tensor import KerasTensor, leaves, map_leaves
from denser.core.variable import Variable

from .table import ELEMENTWISE, IMAGE, INSIDE, PAIRS, POSITIVE, RANDOM, REDUCTIONS, ROWS

BATCH = 2


def _split(value):
    """The arrays in nested arguments, and a function that puts others in their places."""
    arrays = [x for x in leaves(value) if isinstance(x, np.ndarray)]

    def fill(others):
        others = iter(others)
        return map_leaves(lambda x: next(others) if isinstance(x, np.ndarray) else x, value)

    return [jnp.asarray(x) for x in arrays], fill


def _both(row, ours, theirs):
    """What two functions give for the row's arguments, from one program where they can."""
    arrays, fill = _split((row.args, row.kwargs))

    def run(arrays):
        args, kwargs = fill(arrays)
        return ours(*args, **kwargs), theirs(*args, **kwargs)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras asks for 64 bits here and there
        return (jax.jit(run) if row.symbolic else run)(arrays)


def _same(ours, theirs):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert np.shape(one) == np.shape(other)
        if not hasattr(other, "dtype"):
            assert one == other
            continue
        assert one.dtype == other.dtype
        kind = np.promote_types(other.dtype, "float32") if other.dtype == jnp.bfloat16 else None
        np.testing.assert_allclose(
            np.asarray(one, kind), np.asarray(other, kind), rtol=2e-5, atol=2e-5
        )


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_values_are_keras_values(row):
    _same(*_both(row, getattr(ops, row.name), getattr(keras.ops, row.name)))


@pytest.mark.parametrize("row", IMAGE, ids=str)
def test_image_values_are_keras_values(row):
    _same(*_both(row, getattr(ops.image, row.name), getattr(keras.ops.image, row.name)))


@pytest.mark.parametrize("row", RANDOM, ids=str)
@pytest.mark.parametrize("seed", [5, "generator"])
def test_random_numbers_are_keras_numbers(row, seed):
    ours, theirs = seed, seed
    if seed == "generator":
        ours, theirs = random.SeedGenerator(8), keras.random.SeedGenerator(8)
        ours.next(), theirs.next()
    _same(
        *_both(
            row,
            partial(getattr(random, row.name), seed=ours),
            partial(getattr(keras.random, row.name), seed=theirs),
        )
    )


def _symbol(x):
    shape = tuple(None if axis == 0 and n == BATCH else n for axis, n in enumerate(x.shape))
    return KerasTensor(shape, x.dtype.name)


@pytest.mark.parametrize("row", [r for r in (*ROWS, *IMAGE) if r.symbolic], ids=str)
def test_symbolic_shapes_are_real_shapes(row):
    function = getattr(ops, row.name, None) or getattr(ops.image, row.name)
    arrays, fill = _split((row.args, row.kwargs))

    def run(arrays):
        args, kwargs = fill(arrays)
        return function(*args, **kwargs)

    real = leaves(jax.eval_shape(run, arrays))
    for one, other in zip(leaves(run(map(_symbol, arrays))), real, strict=True):
        assert one.dtype == other.dtype.name
        assert len(one.shape) == len(other.shape)
        assert all(a in (None, b) for a, b in zip(one.shape, other.shape, strict=True))


DTYPES = ("float32", "int32", "bool", "bfloat16", "uint8", "float16")
TYPED = sorted(
    {*ELEMENTWISE, *POSITIVE, *INSIDE, *REDUCTIONS, "cumsum", "cumprod", "trace", "corrcoef"}
    - {"ndim", "size", "shape", "dtype"}
)


@pytest.mark.parametrize("name", TYPED)
def test_types_of_results_are_keras_types(name):
    x = np.array([[0, 1, 1], [1, 0, 1], [0, 1, 0]])
    for dtype in DTYPES:
        symbol = KerasTensor((3, 3), dtype)
        try:
            theirs = jax.eval_shape(lambda x: getattr(keras.ops, name)(x), jnp.asarray(x, dtype))
        except (TypeError, ValueError, RuntimeWarning):
            continue
        assert getattr(ops, name)(symbol).dtype == theirs.dtype.name, dtype


@pytest.mark.parametrize("name", sorted({*PAIRS, "matmul", "dot"} - {"nextafter", "allclose"}))
def test_types_of_pairs_are_keras_types(name):
    for one in DTYPES:
        for two in DTYPES:
            arrays = [jnp.ones((3, 3), dtype) for dtype in (one, two)]
            try:
                theirs = jax.eval_shape(lambda a, b: getattr(keras.ops, name)(a, b), *arrays)
            except (TypeError, ValueError):
                continue
            symbols = [KerasTensor((3, 3), dtype) for dtype in (one, two)]
            assert getattr(ops, name)(*symbols).dtype == theirs.dtype.name, (one, two)


DIFFERENTIABLE = """sqrt log softmax log_softmax gelu selu logsumexp std var norm max
    normalize layer_normalization rms_normalization max_pool average_pool conv depthwise_conv
    conv_transpose dot_product_attention binary_crossentropy categorical_crossentropy einsum
    matmul take cumsum divide_no_nan clip pad concatenate cholesky unfold adaptive_average_pool
    adaptive_max_pool""".split()


@pytest.mark.parametrize("row", [r for r in ROWS if r.name in DIFFERENTIABLE], ids=str)
def test_gradients_are_keras_gradients(row):
    arrays, fill = _split((row.args, row.kwargs))
    places = [n for n, x in enumerate(arrays) if jnp.issubdtype(x.dtype, jnp.floating)]

    def gradient(function):
        def loss(tensors):
            args, kwargs = fill([tensors.get(n, x) for n, x in enumerate(arrays)])
            results = leaves(function(*args, **kwargs))
            return sum(jnp.sum(jnp.sin(r + jnp.arange(r.size).reshape(r.shape))) for r in results)

        return jax.grad(loss)

    tensors = {n: arrays[n] for n in places}
    both = jax.jit(
        lambda x: [gradient(getattr(module, row.name))(x) for module in (ops, keras.ops)]
    )
    ours, theirs = both(tensors)
    for n in places:
        np.testing.assert_allclose(ours[n], theirs[n], rtol=1e-4, atol=1e-4)


# ------------------------------------------------------------------------------ the face


def _public(module):
    return [n for n in dir(module) if not n.startswith("_") and callable(getattr(module, n))]


FACES = [
    (keras.ops, ops),
    (keras.ops.nn, ops.nn),
    (keras.ops.numpy, ops.numpy),
    (keras.ops.linalg, ops.linalg),
    (keras.ops.image, ops.image),
    (keras.random, random),
]


@pytest.mark.parametrize(("theirs", "ours"), FACES, ids=lambda m: m.__name__)
def test_every_public_name_has_the_same_arguments(theirs, ours):
    for name in _public(theirs):
        assert hasattr(ours, name), name
        expected = inspect.signature(getattr(theirs, name)).parameters.values()
        found = inspect.signature(getattr(ours, name)).parameters.values()
        assert [(p.name, p.kind, p.default) for p in found] == [
            (p.name, p.kind, p.default) for p in expected
        ], name


def test_every_op_has_a_docstring_and_its_own_name():
    aliases = {"abs", "divide", "swish", "hard_swish"}
    for name in _public(keras.ops):
        function = getattr(ops, name)
        assert function.__doc__, name
        assert name in aliases or function.__name__ == name


# ------------------------------------------------------------------------- what differs, edges


def test_ops_take_variables_lists_and_keywords():
    weight = Variable(np.ones((2, 2)))
    assert np.array_equal(ops.add(x2=[1, 2], x1=weight), [[2, 3], [2, 3]])
    assert np.array_equal(ops.concatenate([weight, [[5.0, 6.0]]]), [[1, 1], [1, 1], [5, 6]])
    assert float(ops.sum([weight, weight])) == 8


def test_a_misspelt_argument_is_named():
    with pytest.raises(TypeError, match=r"sum: .*'axes'.*sum\(x, axis=None, keepdims=False\)"):
        ops.sum([1.0], axes=0)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ops.one_hot([1], 3, sparse=True), "`sparse` must be False"),
        (lambda: ops.convert_to_tensor([1], ragged=True), "`ragged` must be False"),
        (lambda: ops.convert_to_tensor(["a"]), "Expected numbers"),
        (lambda: ops.pad([1.0], 1, mode="mirror"), "`mode` must be one of"),
        (lambda: ops.pad([1.0], 1, mode="edge", constant_values=0), "`constant_values`"),
        (lambda: ops.rearrange(np.ones((2, 3)), "a b -> a c"), "same names on both sides"),
        (lambda: ops.rearrange(np.ones((2, 3)), "(a b) c -> a b c", a=4), "size 2"),
        (lambda: ops.unstack(KerasTensor((None, 3))), "`num` must be given"),
        (lambda: ops.conv(np.ones((1, 5, 3)), np.ones((2, 2, 4))), "does not fit 3 channels"),
        (lambda: ops.conv(np.ones((1, 5)), np.ones((2, 2, 4))), "3, 4 or 5 axes"),
        (lambda: ops.max_pool(np.ones((1, 5, 3)), 2, padding="full"), "'valid' or 'same'"),
        (lambda: ops.binary_crossentropy([1.0], [[0.5]]), "`target` must have the shape"),
        (lambda: ops.fft(np.ones(4)), "a pair of arrays"),
        (lambda: ops.stft(np.ones(64), 16, 8, 8), "`fft_length` must be at least"),
        (lambda: ops.glu(np.ones(3)), "no two halves"),
        (lambda: ops.scatter_update([1.0], [[0]], [1.0], "sum"), "`reduction` must be one of"),
        (lambda: ops.image.resize(np.ones((4, 4, 1)), (2, 2), "area"), "`interpolation`"),
        (lambda: ops.image.crop_images(np.ones((4, 4, 1)), 1, 1), "exactly two of"),
        (lambda: ops.image.rgb_to_hsv(np.ones((4, 4, 3), "uint8")), "Divide by 255"),
        (lambda: random.normal((2,), dtype="int32"), "`dtype` must be a float type"),
        (lambda: random.dropout(np.ones(2), 1.0), "`rate`"),
    ],
)
def test_what_cannot_be_done_is_said(call, says):
    with pytest.raises(UserError, match=says):
        call()


def test_segments_of_many_axes_and_counted_ones():
    data, ids = np.arange(6.0).reshape(2, 3), np.array([[0, 0, 3], [1, 1, 1]])
    assert ops.segment_sum(data, ids).tolist() == [1, 12, 0, 2]


def test_a_signal_survives_its_transform_without_a_window():
    x = np.random.default_rng(0).normal(size=(2, 64)).astype("float32")
    for window in ("hann", "hamming", None):
        back = ops.istft(ops.stft(x, 16, 8, 32, window=window), 16, 8, 32, window=window)
        np.testing.assert_allclose(back, x, atol=1e-5)


def test_a_blur_is_the_same_in_both_layouts():
    x = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")
    last = ops.image.gaussian_blur(x, (3, 5))
    first = ops.image.gaussian_blur(np.moveaxis(x, -1, 1), (3, 5), data_format="channels_first")
    np.testing.assert_allclose(last, np.moveaxis(first, 1, -1), atol=1e-6)


def test_sparsemax_is_the_nearest_distribution():
    x = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    p = np.asarray(ops.sparsemax(x, axis=1))
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-6)
    assert (p >= 0).all() and (p == 0).any()
    tau = np.where(p > 0, x - p, np.nan)  # one number for all that stay
    np.testing.assert_allclose(np.nanmax(tau, 1), np.nanmin(tau, 1), atol=1e-6)


def test_a_rubber_image_stays_itself_without_force():
    x = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")
    np.testing.assert_allclose(ops.image.elastic_transform(x, alpha=0.0, seed=1), x, atol=1e-6)
    bent = ops.image.elastic_transform(x, alpha=5.0, sigma=2.0, seed=1)
    assert bent.shape == x.shape and not np.allclose(bent, x)


def test_a_capped_attention_is_attention_under_a_high_cap():
    q, k, v = (np.random.default_rng(n).normal(size=(2, 3, 4, 5)) for n in range(3))
    capped = ops.dot_product_attention(q, k, v, attn_logits_soft_cap=1e4, is_causal=True)
    np.testing.assert_allclose(
        capped, ops.dot_product_attention(q, k, v, is_causal=True), atol=1e-5
    )


def test_gradients_of_distance_and_quotient_are_finite_at_zero():
    x = np.ones((2, 3), "float32")
    assert np.isfinite(jax.grad(lambda x: ops.cdist(x, x).sum())(x)).all()
    assert float(jax.grad(lambda x: ops.divide_no_nan(1.0, x))(0.0)) == 0


def test_a_custom_gradient_is_used():
    double = ops.custom_gradient(lambda x: (x, lambda upstream: 2 * upstream))
    assert float(jax.grad(double)(3.0)) == 2


def test_vectorize_broadcasts():
    assert ops.vectorize(lambda a, b: a + b)([1, 2, 3], 2).tolist() == [3, 4, 5]
