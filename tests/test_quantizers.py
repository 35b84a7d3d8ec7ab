"""Quantizers and the policies of few bits beside Keras's."""

import json

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import denser
from denser import dtype_policies, quantizers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3)).astype("float32")
FOUR = RNG.integers(-8, 8, (5, 3)).astype("int8")
CALLS = [
    ("abs_max_quantize", (X, 0), {}),
    ("abs_max_quantize", (X, (0, 1)), {"value_range": (-8, 7), "to_numpy": True}),
    ("abs_max_quantize_grouped_with_zero_point", (X, 2), {}),
    ("abs_max_quantize_grouped_with_zero_point", (X, 8), {"to_numpy": True}),
    ("pack_int4", (FOUR,), {}),
    ("pack_int4", (FOUR,), {"axis": 1}),
    ("pack_int4", (FOUR.astype("uint8") & 15,), {"dtype": "uint8"}),
    ("unpack_int4", (FOUR, 9), {}),
    ("unpack_int4", (FOUR, 5), {"axis": -1}),
    ("unpack_int4", (FOUR.astype("uint8"), 9), {"dtype": "uint8"}),
    ("quantize_and_dequantize", (X, np.float32(0.01), "float8_e4m3fn", "float32"), {}),
    ("compute_float8_scale", (np.float32(3), np.float32(1), 448.0), {"margin": 1}),
    ("compute_float8_scale", (np.float32(0), np.float32(0.5), 448.0), {}),
    ("compute_float8_amax_history", (X, np.arange(4, dtype="float32")), {}),
    ("fake_quant_with_min_max_vars", (X, -0.7, 1.1), {}),
    ("fake_quant_with_min_max_vars", (X, -1.0, 0.5), {"num_bits": 4, "narrow_range": True}),
    ("fake_quant_with_min_max_vars", (X, -np.arange(1.0, 4), np.arange(1.0, 4)), {"axis": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "kwargs"), CALLS, ids=lambda value: str(value)[:40])
def test_functions_are_kerass(name, args, kwargs):
    args = [jnp.asarray(a, "float32") if np.asarray(a).dtype.kind == "f" else a for a in args]
    ours, theirs = (getattr(lib.quantizers, name)(*args, **kwargs) for lib in (denser, keras))
    if not isinstance(ours, tuple):
        ours, theirs = (ours,), (theirs,)
    assert len(ours) == len(theirs)
    for mine, keras_own in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(
            np.asarray(mine, "float32"), np.asarray(keras_own, "float32"), rtol=1e-5, atol=1e-6
        )
        if hasattr(keras_own, "dtype"):
            assert mine.dtype == keras_own.dtype


def test_gradients_of_fake_quantization_are_kerass():
    found = [
        jax.grad(
            lambda *a, library=library: jnp.sum(
                library.quantizers.fake_quant_with_min_max_vars(*a) * X
            ),
            (0, 1, 2),
        )(jnp.asarray(X), jnp.float32(-0.7), jnp.float32(0.9))
        for library in (denser, keras)
    ]
    for mine, keras_own in zip(*found, strict=True):
        np.testing.assert_allclose(mine, keras_own, rtol=1e-5)


def test_what_is_packed_is_unpacked():
    for axis in (0, 1):
        packed, shape, length = quantizers.pack_int4(FOUR, axis)
        assert packed.shape == shape
        np.testing.assert_array_equal(quantizers.unpack_int4(packed, length, axis), FOUR)
    with pytest.raises(ValueError, match="uint8"):
        quantizers.pack_int4(FOUR, dtype="int16")


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("AbsMaxQuantizer", {}),
        ("AbsMaxQuantizer", {"axis": -1, "value_range": (-8, 7)}),
        ("Int8QuantizationConfig", {}),
        ("Int8QuantizationConfig", {"activation_quantizer": None}),
        ("Int4QuantizationConfig", {"block_size": 64}),
    ],
)
def test_configs_are_kerass(name, kwargs):
    ours, theirs = (getattr(library.quantizers, name)(**kwargs) for library in (denser, keras))
    read = [
        json.loads(json.dumps(library.saving.serialize_keras_object(made)))
        for library, made in ((denser, ours), (keras, theirs))
    ]
    assert read[0] == read[1]
    assert quantizers.deserialize(read[1]).get_config() == ours.get_config()


def test_quantizers_are_found():
    assert isinstance(quantizers.get("abs_max_quantizer"), quantizers.AbsMaxQuantizer)
    assert quantizers.get("AbsMaxQuantizer", axis=0).axis == (0,)
    with pytest.raises(ValueError, match="abs_max"):
        quantizers.get("AbsMaxQuantizr")
    with pytest.raises(ValueError, match="axis"):
        quantizers.AbsMaxQuantizer()(X)


POLICIES = [
    "int8_from_float32", "int4_from_mixed_bfloat16", "int4/64_from_float32", "float8_from_float32",
    "gptq/4/128_from_float32", "awq/4/-1_from_float32",
]  # fmt: skip


@pytest.mark.parametrize("name", POLICIES)
def test_policies_are_kerass(name):
    ours, theirs = dtype_policies.get(name), keras.dtype_policies.get(name)
    assert type(ours).__name__ == type(theirs).__name__
    for attribute in ("name", "compute_dtype", "variable_dtype", "quantization_mode"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    config = dtype_policies.serialize(ours)
    assert config == keras.dtype_policies.serialize(theirs)
    assert dtype_policies.deserialize(config) == ours


@pytest.mark.parametrize("name", ["int7_from_float32", "int8/3_from_float32", "gptq_from_float32"])
def test_unknown_policies_are_refused(name):
    with pytest.raises(ValueError, match="policy"):
        dtype_policies.get(name)


def test_a_map_gives_policies_by_path():
    policies = dtype_policies.DTypePolicyMap("float32", {"a/b": "bfloat16", "c/.*": "float16"})
    assert [policies[path].name for path in ("a/b", "c/d", "a/b/c")] == [
        "bfloat16", "float16", "float32",
    ]  # fmt: skip
    assert dtype_policies.deserialize(dtype_policies.serialize(policies)) == policies
    policies["c/d.*"] = "float32"
    with pytest.raises(ValueError, match="several"):
        policies["c/de"]
    with pytest.raises(ValueError, match="pop"):
        policies["a/b"] = "float32"
