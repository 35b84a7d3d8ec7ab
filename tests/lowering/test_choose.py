"""Compiler options that this jaxlib knows, and a barrier that changes nothing but the program."""

from functools import partial

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


def test_programs_are_traced_once_and_recurrences_seen():
    traced = []

    def train(x, count, recurrent):
        def loss(x):
            return jnp.sum(jax.lax.scan(lambda h, _: (h @ x, None), x, None, length=2)[0])

        traced.append(recurrent)
        step = jax.grad(loss) if recurrent else lambda x: x @ x
        return jax.lax.fori_loop(0, count, lambda _, x: step(x), x)

    for recurrent in (False, True):
        program = partial(train, recurrent=recurrent)
        run = choose.compiled(program)
        results = [run(jnp.eye(3), 2) for _ in range(2)]
        assert traced == [recurrent]
        assert choose._has_recurrence(jax.make_jaxpr(program)(jnp.eye(3), 2).jaxpr) is recurrent
        for result in results:
            np.testing.assert_allclose(result, program(jnp.eye(3), 2), rtol=1e-6)
        traced.clear()


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
