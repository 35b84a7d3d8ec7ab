"""Compiler options that this jaxlib knows, and a barrier that changes nothing but the program."""

import jax
import jax.numpy as jnp
import numpy as np

from denser.lowering import choose


def test_options_compile():
    program = jax.jit(lambda x: x @ x, compiler_options=choose.compiler_options())
    np.testing.assert_array_equal(program(jnp.eye(3)), np.eye(3))


def test_options_that_xla_does_not_know_are_dropped(monkeypatch):
    monkeypatch.setattr(choose, "_CPU_OPTIONS", {"xla_cpu_no_such_option": "1"})
    assert choose.compiler_options() == {}


def test_keep_is_the_identity_of_trees_and_their_gradients():
    x = {"a": jnp.arange(3.0), "b": (jnp.ones(2),)}

    def total(x, keep):
        x = keep(x)
        return jnp.sum(x["a"] ** 2) + jnp.sum(jnp.exp(x["b"][0]))

    for transform in (lambda f: f, jax.grad):
        result = transform(lambda x: total(x, choose.keep))(x)
        jax.tree.map(np.testing.assert_array_equal, result, transform(lambda x: total(x, id_))(x))


def id_(x):
    return x
