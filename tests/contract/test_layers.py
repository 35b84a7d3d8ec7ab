"""What every layer must keep to, checked for each row of the table, with Keras as oracle."""

import functools
import importlib
import json

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from denser import layers
from denser.core.dtype import set_dtype_policy
from denser.core.messages import UserError
from denser.core.registry import serialize
from denser.core.tensor import KerasTensor

from .colours import COLOURS
from .images import IMAGES
from .sound import SOUND
from .table import ROWS as TABLE
from .table import Row
from .tabular import TABULAR

ROWS = [*TABLE, *IMAGES, *COLOURS, *SOUND, *TABULAR]


def _arguments(row: Row, module) -> dict:
    return row.kwargs(module) if callable(row.kwargs) else dict(row.kwargs)


def _make(row: Row, module=layers, **kwargs):
    cls = getattr(module, row.cls_name, None)
    if cls is None:  # one that Keras keeps beside a network
        place = getattr(layers, row.cls_name).keras_module
        cls = getattr(importlib.import_module(place), row.cls_name)
    return cls(**(_arguments(row, module) | kwargs))


def _shapes(row: Row) -> list[tuple]:
    return row.input_shape if isinstance(row.input_shape, list) else [row.input_shape]


def _as_given(row: Row, parts: list):
    """A list of inputs where the row has one, else the only one."""
    return list(parts) if isinstance(row.input_shape, list) else parts[0]


def _called(row: Row, function, x, **options):
    """`function` of the input, or of each input of a list where they are arguments."""
    return function(*x, **options) if row.apart else function(x, **options)


def _symbolic(row: Row, unknown: tuple[int, ...]):
    """The row's input without data; the sizes of the axes `unknown` are None."""
    sizes = [[None if a in unknown else n for a, n in enumerate(s)] for s in _shapes(row)]
    return _as_given(row, [KerasTensor(shape, row.dtype) for shape in sizes])


def _first_row(x):
    return jax.tree.map(lambda part: part[:1], x)


def _close(ours, theirs, atol: float) -> None:
    ours, theirs = jax.tree.leaves(ours), jax.tree.leaves(theirs)
    assert [np.shape(x) for x in ours] == [np.shape(x) for x in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=atol)


class _Made:
    """A row's input, denser's layer called on it, and Keras's with the same weights."""

    def __init__(self, row: Row):
        rng = np.random.default_rng(3)
        floats = "float" in row.dtype
        self.x = _as_given(
            row,
            [
                rng.normal(size=s).astype(row.dtype)
                if floats
                else rng.integers(0, row.high, s).astype(row.dtype)
                for s in _shapes(row)
            ],
        )
        self.training = {} if row.training is None else {"training": row.training}
        self.ours, self.theirs = _make(row), _make(row, keras.layers)
        self.row = row
        self.output = self.call(self.ours)
        _called(row, self.theirs.build, _as_given(row, _shapes(row)))
        weights = [rng.normal(0.5, 0.3, w.shape).astype(w.dtype) for w in self.ours.get_weights()]
        self.ours.set_weights(weights)

    def call(self, layer):
        """The layer's output for the input."""
        return _called(self.row, layer, self.x, **self.training)

    def run(self, layer) -> tuple:
        """(output, changed variables) and the gradients of the input and the weights."""
        trained = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]

        def loss(differentiated, others):
            x, trained = differentiated if self.differentiable else (others, differentiated)
            call = functools.partial(layer.stateless_call, trained, fixed, **self.training)
            output, changed = _called(self.row, call, x)
            # Each number of the output has a weight of its own, lest mistakes cancel out.
            weighted = [
                jnp.sum(y * jnp.cos(jnp.arange(y.size).reshape(y.shape)))
                for y in jax.tree.leaves(output)
                if jnp.issubdtype(y.dtype, jnp.floating)
            ]
            # Keras's seeds are other ones.
            changed = [v for v in changed if jnp.issubdtype(v.dtype, jnp.floating)]
            return sum(weighted), (output, changed)

        x = jax.tree.map(jnp.asarray, self.x)
        given = ((x, trained), None) if self.differentiable else (trained, x)
        (_, outputs), gradients = jax.jit(jax.value_and_grad(loss, has_aux=True))(*given)
        return outputs, gradients

    @property
    def differentiable(self) -> bool:
        """Whether there are gradients of the input."""
        return all(jnp.issubdtype(x.dtype, jnp.floating) for x in jax.tree.leaves(self.x))


def _told(config: dict) -> dict:
    """A config as a file has it, without what Keras's layers tell or leave out as they please."""
    left_out = ("activity_regularizer", "quantization_config", "seed")

    def tell(part):
        if isinstance(part, list):
            return [tell(item) for item in part]
        if not isinstance(part, dict):
            return part
        return {k: tell(v) for k, v in part.items() if v is not None or k not in left_out}

    return tell(json.loads(json.dumps(config)))


_made = functools.cache(lambda index: _Made(ROWS[index]))
rows = pytest.mark.parametrize("index", range(len(ROWS)), ids=[str(row) for row in ROWS])


@rows
def test_config_goes_there_and_back_and_is_that_of_keras(index: int) -> None:
    row = ROWS[index]
    ours = _make(row, name="one")
    config = ours.get_config()
    theirs = _make(row, keras.layers, name="one").get_config()
    assert _told(config) == _told(serialize(theirs))
    for source in (config, _told(serialize(theirs))):
        assert type(ours).from_config(source).get_config() == config


@rows
def test_symbolic_shape_is_the_real_one(index: int) -> None:
    row, output = ROWS[index], _made(index).output
    for unknown in [(0,), (0, *row.unknown)]:
        symbolic = _called(row, _make(row), _symbolic(row, unknown))
        for have, real in zip(jax.tree.leaves(symbolic), jax.tree.leaves(output), strict=True):
            assert have.dtype == real.dtype.name
            wanted = tuple(
                real_size if size is not None else None
                for size, real_size in zip(have.shape, real.shape, strict=True)
            )
            assert have.shape == wanted
            assert unknown != (0,) or None not in have.shape[1:]


@rows
def test_numbers_are_those_of_keras_and_jit_changes_none(index: int) -> None:
    row, made = ROWS[index], _made(index)
    outputs, gradients = made.run(made.ours)
    assert all(np.all(np.isfinite(g)) for g in jax.tree.leaves(gradients))
    if row.random:
        return
    assert [w.shape for w in made.theirs.get_weights()] == [
        w.shape for w in made.ours.get_weights()
    ]
    made.theirs.set_weights(made.ours.get_weights())
    _close((outputs, gradients), made.run(made.theirs), row.atol)
    _close(made.call(made.ours), outputs[0], row.atol)


@rows
def test_a_row_of_a_batch_alone_gives_the_same(index: int) -> None:
    row, made = ROWS[index], _made(index)
    if row.mixes_rows or row.random or row.training:
        pytest.skip("its rows depend on each other or on chance")
    alone = _called(row, made.ours, _first_row(made.x), **made.training)
    _close(alone, _first_row(made.call(made.ours)), row.atol)


@rows
def test_mixed_precision_computes_in_half(index: int) -> None:
    row = ROWS[index]
    set_dtype_policy("mixed_bfloat16")  # inner layers take it too
    try:
        layer = _make(row)
        outputs = jax.tree.leaves(_called(row, layer, _symbolic(row, (0,))))
    finally:
        set_dtype_policy(None)
    assert row.dtype != "float32" or all(y.dtype in ("bfloat16", "bool") for y in outputs)
    assert all(v.dtype == "float32" for v in layer.trainable_variables)


_classes = {row.cls_name: row for row in ROWS}


@pytest.mark.parametrize("name", _classes)
def test_bad_arguments_are_refused_by_name(name: str) -> None:
    row = _classes[name]
    for argument, field in getattr(layers, name).fields().items():
        for value in field.rule.bad if field.rule else ():
            with pytest.raises(UserError, match=f"`{argument}`"):
                _make(row, **{argument: value})
