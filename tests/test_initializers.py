import json
import random as python_random
import re

import keras
import numpy as np
import pytest

from denser import initializers
from denser.core.dtype import standardize_dtype
from denser.core.random import SeedGenerator, set_random_seed
from denser.core.registry import custom_object_scope
from denser.core.variable import Variable

UNIFORM = [
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": 0, "maxval": 3.5}),
    ("GlorotUniform", {}),
    ("HeUniform", {}),
    ("LecunUniform", {}),
    ("VarianceScaling", {"distribution": "uniform", "mode": "fan_out", "scale": 3.0}),
    ("GlorotUniform", {"input_axes": [0], "output_axes": [1, -1]}),
]
NORMAL = [
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 2.0, "stddev": 3}),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 0.5}),
    ("GlorotNormal", {}),
    ("HeNormal", {}),
    ("LecunNormal", {}),
    ("VarianceScaling", {"distribution": "untruncated_normal", "mode": "fan_avg"}),
    ("VarianceScaling", {"distribution": "normal"}),
]
PLAIN = [
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 3}),
    ("Constant", {"value": [1.0, 2.0, 3.0]}),
    ("Identity", {}),
]
SHAPES = [(784, 64), (3, 3, 4, 5)]


def both(name, arguments):
    return getattr(initializers, name)(**arguments), getattr(keras.initializers, name)(**arguments)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name, arguments", UNIFORM)
def test_uniform_numbers_are_keras_bit_for_bit(name, arguments, shape):
    for seed in (0, 1337):
        ours, theirs = both(name, {**arguments, "seed": seed})
        np.testing.assert_array_equal(ours(shape), theirs(shape))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name, arguments", NORMAL)
def test_normal_numbers_are_keras(name, arguments, shape):
    ours, theirs = both(name, {**arguments, "seed": 7})
    np.testing.assert_allclose(ours(shape), theirs(shape), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 3, 4), (2, 2, 3, 20)])
def test_orthogonal_is_keras_and_orthogonal(shape):
    ours, theirs = both("Orthogonal", {"seed": 3, "gain": 2.0})
    value = ours(shape)
    np.testing.assert_allclose(value, theirs(shape), atol=1e-5)
    matrix = value.reshape(-1, shape[-1])
    matrix = matrix if len(matrix) < shape[-1] else matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 4 * np.eye(len(matrix)), atol=1e-5)


@pytest.mark.parametrize("dtype", [None, "float32", "bfloat16", "int32", "bool"])
@pytest.mark.parametrize("name, arguments", PLAIN)
def test_plain_values_are_keras(name, arguments, dtype):
    ours, theirs = both(name, arguments)
    value = ours((3, 3), dtype=dtype)
    assert value.dtype.name == standardize_dtype(dtype)
    np.testing.assert_array_equal(value, np.asarray(theirs((3, 3), dtype=dtype)))


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"side": "imag", "window": "hamming", "scaling": "spectrum"},
        {"window": None, "scaling": None},
        {"periodic": True},
        {"window": np.linspace(0, 1, 8), "scaling": None},
    ],
)
def test_stft_is_keras(arguments):
    ours, theirs = both("STFT", arguments)
    np.testing.assert_allclose(ours((8, 1, 9)), theirs((8, 1, 9)), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ["GlorotUniform", "HeNormal", "RandomNormal", "Orthogonal"])
def test_half_types(name, dtype):
    value = getattr(initializers, name)(seed=1)((4, 4), dtype=dtype)
    full = getattr(initializers, name)(seed=1)((4, 4), dtype="float32")
    assert value.dtype.name == dtype and value.shape == full.shape
    assert np.isfinite(value.astype("float32")).all()


def test_seed_generators_step_as_keras():
    ours = initializers.HeUniform(SeedGenerator(5))
    theirs = keras.initializers.HeUniform(keras.random.SeedGenerator(5))
    for _ in range(3):
        np.testing.assert_array_equal(ours((4, 4)), theirs((4, 4)))


def test_one_global_seed_gives_keras_sequence_of_initializers():
    names = ["glorot_uniform", "zeros", "he_uniform", "uniform", "lecun_uniform"]
    set_random_seed(42)
    ours = [initializers.get(name)((6, 4)) for name in names]
    keras.utils.set_random_seed(42)
    theirs = [keras.initializers.get(name)((6, 4)) for name in names]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_same_object_repeats_and_a_clone_does_not():
    one = initializers.GlorotUniform()
    np.testing.assert_array_equal(one((3, 2)), one((3, 2)))
    assert (one((3, 2)) != one.clone()((3, 2))).any()
    state = python_random.getstate()
    initializers.GlorotUniform(seed=3)
    assert python_random.getstate() == state


@pytest.mark.parametrize("name, arguments", UNIFORM + NORMAL + PLAIN[:-1] + [("STFT", {})])
def test_configs_travel_both_ways(name, arguments):
    ours, theirs = both(name, arguments)
    assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    config = json.loads(json.dumps(initializers.serialize(ours)))
    assert keras.initializers.deserialize(config).get_config() == theirs.get_config()
    assert initializers.deserialize(config).get_config() == ours.get_config()


def test_identity_keeps_its_gain():
    """Keras's config forgets it."""
    config = initializers.serialize(initializers.Identity(2.5))
    assert initializers.deserialize(config)((2, 2))[0, 0] == 2.5
    assert np.asarray(keras.initializers.deserialize(config)((2, 2)))[0, 0] == 2.5


def test_a_seed_generator_and_an_array_survive_the_config():
    ours = initializers.RandomUniform(seed=SeedGenerator(3, name="mine"))
    theirs = keras.initializers.RandomUniform(seed=keras.random.SeedGenerator(3, name="mine"))
    assert initializers.serialize(ours) == keras.initializers.serialize(theirs)
    again = initializers.deserialize(keras.initializers.serialize(theirs))
    np.testing.assert_array_equal(again((3,)), theirs((3,)))
    array = initializers.Constant(np.ones((2, 3)))
    assert initializers.deserialize(initializers.serialize(array))((2, 3)).shape == (2, 3)


def test_aliases():
    for name in dir(keras.initializers):
        if not name.startswith("_"):
            theirs = getattr(keras.initializers, name)
            assert getattr(initializers, name).__name__ == theirs.__name__
    for name in ("normal", "uniform", "one", "zero", "OrthogonalInitializer", "HeNormal", "stft"):
        assert type(initializers.get(name)).__name__ == type(keras.initializers.get(name)).__name__


def test_the_users_own():
    class Ramp(initializers.Initializer):
        def __init__(self, step=1.0):
            self.step = step

        def __call__(self, shape, dtype=None):
            return self.step * np.arange(np.prod(shape), dtype=dtype).reshape(shape)

    with custom_object_scope({"Ramp": Ramp}):
        again = initializers.deserialize(initializers.serialize(Ramp(2.0)))
    assert again.get_config() == {"step": 2.0}
    assert Variable(again, (2, 2)).numpy().tolist() == [[0, 2], [4, 6]]

    def plain(shape, dtype=None):
        return np.full(shape, 5, dtype)

    assert initializers.get(plain) is plain
    assert initializers.get(None) is None
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda: initializers.get("glorot_unifrm"), "'glorot_uniform'"),
        (lambda: initializers.get(17), "expected a name"),
        (lambda: initializers.VarianceScaling(scale=0), "`scale` must be a positive number"),
        (lambda: initializers.VarianceScaling(mode="fan"), "`mode` must be one of"),
        (lambda: initializers.VarianceScaling(distribution="x"), "`distribution` must be one of"),
        (lambda: initializers.GlorotUniform(input_axes=[0]), "both `input_axes` and"),
        (lambda: initializers.HeNormal(None, [3], [0])((2, 3)), "axes of (2, 3)"),
        (lambda: initializers.RandomUniform(1, 0), "`maxval` must be at least"),
        (lambda: initializers.RandomNormal(seed="a"), "`seed` must be an integer, a SeedGen"),
        (lambda: initializers.RandomNormal(stdev=1), "no argument `stdev`. Did you mean 'stddev'"),
        (lambda: initializers.Zeros(3), "takes no arguments"),
        (lambda: initializers.Constant("a"), "`value` must be a number or an array"),
        (lambda: initializers.Constant([1, 2])((3,)), "`shape` must be one that"),
        (lambda: initializers.HeNormal()((2,), "int32"), "`dtype` must be a floating type"),
        (lambda: initializers.Identity()((2, 3, 4)), "`shape` must be that of a matrix"),
        (lambda: initializers.Orthogonal()((3,)), "`shape` must be one of two axes or more"),
        (lambda: initializers.STFT()((3, 4)), "`shape` must be"),
        (lambda: initializers.STFT(window=[1.0])((3, 1, 4)), "`window` must be of shape"),
        (lambda: initializers.STFT(side="x"), "`side` must be one of"),
    ],
)
def test_refusals(make, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        make()
