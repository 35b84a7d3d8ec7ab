"""Program: a pure step, and a driver that runs many of it as one XLA program.

A step is `step(weights, state, batch) -> (state, logs)`: it reads `weights`, changes `state` and
looks at one batch (x, y, sample_weight). The drivers here know nothing of layers.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from ..core import placement
from ..core.variable import Scope
from ..lowering import cache, choose


def _gather(arrays: Any, index: Any) -> Any:
    """The rows `index` of every array; they are our own, so no bounds are checked."""
    return jax.tree.map(lambda a: a.at[index].get(mode="promise_in_bounds"), arrays)


def _nothing_like(tree: Any) -> Any:
    return jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), tree)


def run_many(
    step: Callable[..., Any],
    finish: Callable[[Any, Any], Any],
    batch_size: int,
    padded: bool,
    keeps_logs: bool,
    at_once: int = 1,
    layouts: Any = None,
) -> Callable[..., Any]:
    """A program for any number of steps over rows that lie on the device.

    Args:
        step: The pure step.
        finish: `(weights, state) -> logs`, once at the end of the program.
        batch_size: Rows of a batch.
        padded: Whether the last batch may hold rows that only fill it up.
        keeps_logs: Whether the step's own logs of the last batch are wanted.
        at_once: How many batches one step may look at, where it does not matter which rows
            share a batch: products of more rows are faster.
        layouts: The shardings in which the new state is to lie; None leaves them to XLA.

    Returns:
        `run(state, weights, arrays, order, first, count, rows) -> (state, logs)`: batches
        `first` to `first + count` of `order`, an int32 index of rows of which `rows` are real.
        It writes over the arrays in `state`.
    """

    size = batch_size * at_once

    def run(state, weights, arrays, order, first, count, rows):
        def one(state: Any, number: Any) -> Any:
            begin = first * batch_size + number * size
            if at_once == 1:
                index = lax.dynamic_slice_in_dim(order, begin, size)
                real = begin + jnp.arange(size) < rows if padded else None
            else:
                places = begin + jnp.arange(size)
                index = order.at[places].get(mode="clip")
                real = places < jnp.minimum(rows, (first + count) * batch_size)
            with Scope(rows=real):
                return step(weights, state, placement.split(_gather(arrays, index)))

        if not keeps_logs:
            steps = -(-count // at_once)
            state = lax.fori_loop(0, steps, lambda i, s: one(s, i)[0], state)
            return state, finish(weights, state)
        logs = _nothing_like(jax.eval_shape(one, state, first)[1])
        state, logs = lax.fori_loop(0, count, lambda i, c: one(c[0], i), (state, logs))
        return state, logs

    kept = {} if layouts is None else {"out_shardings": (layouts, None)}
    return _compiled(run, donate_argnums=0, **kept)


def map_many(
    step: Callable[..., Any], batch_size: int, compiled: bool = True
) -> Callable[..., Any]:
    """A program that keeps what every step gives, row by row, as `predict` does.

    Returns:
        `run(state, weights, x, count) -> (changes, outputs)` for `x` with a whole number of
        batches, of which the first `count` are run. `changes` has the new arrays of the state by
        their number in it, those alone that the step changes: mostly none.
    """

    def run(state, weights, x, count):
        rows = jax.tree.leaves(x)[0].shape[0]

        def one(state: Any, batch: Any) -> Any:
            new, outputs = step(weights, state, placement.split(batch))
            pairs = zip(jax.tree.leaves(state), jax.tree.leaves(new), strict=True)
            return {i: b for i, (a, b) in enumerate(pairs) if a is not b}, outputs

        if rows == batch_size:
            return one(state, x)
        arrays, form = jax.tree.flatten(state)

        def again(number: Any, carry: Any) -> Any:
            changes, outputs = carry
            begin = number * batch_size
            part = jax.tree.map(lambda a: lax.dynamic_slice_in_dim(a, begin, batch_size), x)
            present = [changes.get(i, a) for i, a in enumerate(arrays)]
            new, y = one(jax.tree.unflatten(form, present), part)
            put = functools.partial(lax.dynamic_update_slice_in_dim, start_index=begin, axis=0)
            return changes | new, jax.tree.map(put, outputs, y)

        first = jax.tree.map(lambda a: a[:batch_size], x)
        changed, shapes = jax.eval_shape(one, state, first)
        whole = jax.tree.map(lambda s: jnp.zeros((rows, *s.shape[1:]), s.dtype), shapes)
        return lax.fori_loop(0, count, again, ({i: arrays[i] for i in changed}, whole))

    return _compiled(run) if compiled else run


def _compiled(run: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    cache.keep_programs()
    return choose.compiled(run, **options)
