"""The tasks of `bench.limits` in XLA, within loops, as in training."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from denser.lowering import choose, conv

from .limits import CONVOLUTIONS, PRODUCTS, Task

_STEPS = 4  # of a loop


def tasks() -> Iterator[Task]:
    """Each product, then each convolution and its gradients."""
    for name, (batch, rows, inner, columns) in PRODUCTS.items():
        a, b = jnp.ones((batch, rows, inner)), jnp.ones((batch, inner, columns))
        a, b = (a[0], b[0]) if batch == 1 else (a, b)
        yield name, 2.0 * _STEPS * batch * rows * inner * columns, _looped(jnp.matmul, a, b)
    for name, (batch, size, channels, filters) in CONVOLUTIONS.items():
        x, dy = jnp.ones((batch, size, size, channels)), jnp.ones((batch, size, size, filters))
        kernel = jnp.ones((3, 3, channels, filters))
        operations = 2.0 * _STEPS * dy.size * 9 * channels
        for part, task in (
            ("forward", _convolved),
            ("input's gradient", partial(_gradient, 0)),
            ("kernel's gradient", partial(_gradient, 1)),
        ):
            yield f"{name}: {part}", operations, _looped(task, x, kernel, dy)


def _convolved(x: Any, kernel: Any, dy: Any) -> Any:
    return conv.convolve(x, kernel, (1, 1), "same", (1, 1))


def _gradient(which: int, x: Any, kernel: Any, dy: Any) -> Any:
    return jax.vjp(lambda *both: _convolved(*both, dy), x, kernel)[1](dy)[which]


def _looped(task: Callable[..., Any], *arrays: Any) -> Callable[[], object]:
    def run(*arrays: Any) -> Any:
        def step(_: Any, seen: Any) -> Any:
            again, _ = lax.optimization_barrier((arrays, seen))  # else it is done once
            return seen + lax.optimization_barrier(task(*again)).ravel()[0]

        return lax.fori_loop(0, _STEPS, step, jnp.float32(0))

    program = jax.jit(run, compiler_options=choose.compiler_options())
    return lambda: program(*arrays).block_until_ready()
