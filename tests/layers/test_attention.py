"""Attention beside Keras's: masks, scores, several axes, models around it."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import denser
from denser import layers
from denser.core.messages import UserError
from denser.lowering import attention

from ..twins import agree, twins

RNG = np.random.default_rng(5)
QUERY, VALUE, KEY = (RNG.normal(size=s).astype("f") for s in ((2, 4, 5), (2, 6, 7), (2, 6, 3)))
PLANE = RNG.normal(size=(2, 3, 4, 5)).astype("f")
SOME = {
    "attention_mask": RNG.random((2, 4, 6)) > 0.3,
    "value_mask": np.arange(6) < [[5], [3]],
    "key_mask": np.arange(6) != [[1], [2]],
    "use_causal_mask": True,
}
SOME["attention_mask"][..., 0] = True  # each time has a place


def same(make, *inputs, **options):
    """Both libraries give the same for the same weights, with the scores too."""
    theirs, ours = twins(make, *inputs)
    agree(theirs(*inputs, **options), ours(*inputs, **options))
    options["return_attention_scores"] = True
    agree(theirs(*inputs, **options), ours(*inputs, **options))


@pytest.mark.parametrize("masks", [(), *([name] for name in SOME), SOME], ids=str)
def test_masks(masks):
    given = {name: SOME[name] for name in masks}
    same(lambda k: k.layers.MultiHeadAttention(2, 3), QUERY, VALUE, KEY, **given)


@pytest.mark.parametrize("causal", (False, True))
def test_a_window(causal):
    make = lambda k: k.layers.MultiHeadAttention(2, 3, sliding_window=2)  # noqa: E731
    same(make, QUERY, VALUE, use_causal_mask=causal)


@pytest.mark.parametrize("shape", ((4, 6), (2, 1, 4, 6), (1, 2, 4, 6), (2, 2, 4, 6)))
def test_attention_masks_of_fewer_and_more_axes(shape):
    mask = RNG.random(shape) > 0.3
    mask[..., 0] = True
    same(lambda k: k.layers.MultiHeadAttention(2, 3), QUERY, VALUE, attention_mask=mask)


@pytest.mark.parametrize("axes", (None, 1, 2, (1, 2), (2, 1)))
def test_several_axes(axes):
    same(lambda k: k.layers.MultiHeadAttention(2, 3, attention_axes=axes), PLANE, PLANE)


def test_a_mask_over_several_axes():
    mask = RNG.random((2, 3, 4, 2, 4)) > 0.3
    mask[..., 0, 0] = True
    make = lambda k: k.layers.MultiHeadAttention(2, 3)  # noqa: E731
    same(make, PLANE, PLANE[:, :2], attention_mask=mask)
    layer = layers.MultiHeadAttention(2, 3)
    places = np.arange(4) < [[[3], [1]], [[4], [2]]]
    whole = np.broadcast_to(places[:, None, None], (2, 3, 4, 2, 4))
    agree(
        layer(PLANE, PLANE[:, :2], value_mask=places),
        layer(PLANE, PLANE[:, :2], attention_mask=whole),
    )
    with pytest.raises(UserError, match="one axis of attention"):
        layer(PLANE, PLANE, use_causal_mask=True)


@pytest.mark.parametrize("name", ("Attention", "AdditiveAttention"))
def test_masks_of_plain_attention(name):
    inputs = [QUERY, RNG.normal(size=(2, 6, 2)).astype("f"), VALUE[..., :5]]
    theirs, ours = twins(lambda k: getattr(k.layers, name)(), inputs)
    options = {"mask": [np.arange(4) < [[2], [4]], SOME["value_mask"]], "use_causal_mask": True}
    agree(theirs(inputs, **options), ours(inputs, **options))
    options["return_attention_scores"] = True
    agree(theirs(inputs, **options), ours(inputs, **options))


def transformer(k):
    """Masked tokens through attention, with what a decoder has."""
    tokens = k.Input((5,), dtype="int32")
    embedding = k.layers.Embedding(9, 6, mask_zero=True)
    x = embedding(tokens)
    y = k.layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    # Anew, since Keras's layer takes the mask away from its own input.
    y = k.layers.LayerNormalization()(k.layers.Add()([embedding(tokens), y]))
    y = k.layers.GroupQueryAttention(3, 2, 1)(y, y)
    return k.Model(tokens, k.layers.GlobalAveragePooling1D()(y))


def test_a_model_with_masked_tokens_trains_as_in_keras(tmp_path):
    tokens = np.array([[3, 1, 2, 0, 0], [4, 8, 1, 1, 7], [5, 0, 0, 0, 0]])
    targets = RNG.normal(size=(3, 6)).astype("f")
    theirs, ours = twins(transformer)
    agree(theirs(tokens), ours(tokens))
    for model in (theirs, ours):
        model.compile("sgd", "mse")
        model.fit(tokens, targets, epochs=3, batch_size=3, verbose=0)
    agree(theirs.get_weights(), ours.get_weights())
    ours.save(tmp_path / "model.keras")
    agree(keras.saving.load_model(tmp_path / "model.keras")(tokens), ours(tokens))


def test_dropout_keeps_the_mean_and_its_gradient_is_that_of_the_plain_formula():
    q, k, v = (RNG.normal(size=(1, 3, 2, 4)).astype("f") for _ in "qkv")
    seed = jnp.array([1, 2], jnp.uint32)

    def loss(way):
        return lambda *qkv: jnp.sum(jnp.sin(way(*qkv)))

    fast = jax.value_and_grad(
        loss(lambda *x: attention.attend(*x, dropout=0.4, seed=seed)), (0, 1, 2)
    )
    plain = jax.value_and_grad(
        loss(lambda *x: attention.attend_with_shares(*x, dropout=0.4, seed=seed)[0]), (0, 1, 2)
    )
    agree(plain(q, k, v), fast(q, k, v))
    many = jax.vmap(lambda n: attention.attend(q, k, v, dropout=0.4, seed=jnp.stack([n, n])))
    mean = many(jnp.arange(4000, dtype=jnp.uint32)).mean(0)
    np.testing.assert_allclose(mean, attention.attend(q, k, v), atol=0.1)


def test_dropout_in_training_only_and_repeatable():
    a, b = (layers.MultiHeadAttention(2, 3, dropout=0.5, seed=1) for _ in "ab")
    a(QUERY, VALUE), b(QUERY, VALUE)
    b.set_weights(a.get_weights())
    agree(a(QUERY, VALUE), b(QUERY, VALUE))
    first = a(QUERY, VALUE, training=True)
    agree(first, b(QUERY, VALUE, training=True))
    assert not np.allclose(first, a(QUERY, VALUE, training=True))


def test_penalties_on_the_activity_are_those_of_the_inner_layers():
    make = lambda k: k.layers.MultiHeadAttention(2, 3, activity_regularizer="l2")  # noqa: E731
    theirs, ours = twins(make, QUERY, VALUE)
    theirs(QUERY, VALUE), ours(QUERY, VALUE)
    agree(list(map(float, theirs.losses)), list(map(float, ours.losses)))
    assert ours.get_config()["activity_regularizer"] == theirs.get_config()["activity_regularizer"]


def test_initial_weights_differ_and_may_share_a_function():
    layer = layers.MultiHeadAttention(2, 3)
    layer(QUERY, QUERY)
    query, _, key, *_ = layer.get_weights()
    assert not np.allclose(query, key)
    layers.MultiHeadAttention(2, 3, kernel_initializer=np.zeros)


def test_flash_attention_that_cannot_be_had_is_refused():
    layer = layers.MultiHeadAttention(2, 8, flash_attention=True)
    with pytest.raises(UserError, match="NVIDIA"):
        layer(QUERY, QUERY)
    with pytest.raises(UserError, match="dropout"):
        layers.GroupQueryAttention(8, 2, 1, flash_attention=True, dropout=0.1)
    with pytest.raises(UserError, match="NVIDIA"):
        denser.ops.dot_product_attention(*[PLANE] * 3, flash_attention=True)


def test_flash_attention_is_a_setting():
    assert denser.config.is_flash_attention_enabled()
    denser.config.disable_flash_attention()
    assert not denser.config.is_flash_attention_enabled()
    denser.config.enable_flash_attention()
    assert denser.config.is_flash_attention_enabled()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: layers.MultiHeadAttention(2, 3)(QUERY, VALUE, VALUE[:, :2]), "same places"),
        (lambda: layers.MultiHeadAttention(2, 3)(QUERY, VALUE[:1]), "batch of `query`"),
        (lambda: layers.MultiHeadAttention(2, 3)(QUERY, PLANE), "of 3 axes"),
        (lambda: layers.MultiHeadAttention(2, 3, attention_axes=3)(PLANE, PLANE), "among 1 to 2"),
        (lambda: layers.GroupQueryAttention(2, 3, 1)(PLANE, PLANE), "batch, time, features"),
        (lambda: layers.GroupQueryAttention(2, 3, 2), "a divisor of `num_query_heads`"),
        (lambda: layers.Attention()(QUERY), "query, value"),
        (lambda: layers.Attention()([QUERY, VALUE, QUERY]), "as many keys"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
