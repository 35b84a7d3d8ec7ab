"""A model called on data of a form that it was called on before: one compiled program.

The first call of a form runs layer by layer, as one who looks around wants it; from the second on
a program is worth its compilation. Only for models whose every part is denser's own: a user's
`call` may print, keep or count what it sees.
"""

from typing import Any

import jax
import numpy as np
from jax.core import Tracer
from jax.extend.core import get_opaque_trace_state

from ..core.masks import get_mask, set_mask
from ..core.tensor import leaves, map_leaves
from ..core.variable import Scope, current_scope
from ..layers.operation import Operation, present_training
from ..lowering import cache, choose
from ..training.ready import Ready

_MOST_FORMS = 64
_UNTRACED = get_opaque_trace_state()
_KINDS = (np.ndarray, jax.Array)


def call_again(model: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """The output of a compiled call, or None where the call must run as it is written."""
    if len(args) != 1 or kwargs.keys() - {"training"} or not model.built or model.run_eagerly:
        return None
    training = kwargs.get("training")
    training = present_training() if training is None else bool(training)
    if current_scope() is not None or get_opaque_trace_state() != _UNTRACED:
        return None
    tensors = leaves(args[0])
    if not all(map(_is_plain, tensors)):
        return None
    form = (training, jax.tree.structure(args[0]), *[(x.shape, x.dtype) for x in tensors])
    forms = model.kept("forms of calls", dict)
    if form not in forms:
        if len(forms) < _MOST_FORMS:
            forms[form] = None  # seen once
        return None
    if forms[form] is None:
        fits = model.pads() and all(t.dtype != "string" for t in model.outputs or [])
        forms[form] = _program(model, training) if fits else False
    if forms[form] is False:
        return None
    ready, structure = forms[form]
    outputs, masks, losses = ready(args[0])
    for output, mask in zip(outputs, masks, strict=True):
        set_mask(output, mask)
    model.take_losses(losses)
    outputs = iter(outputs)
    return map_leaves(lambda _: next(outputs), structure[0])


def _is_plain(x: Any) -> bool:
    """Whether it is an array of numbers with values and without a mask."""
    numbers = isinstance(x, _KINDS) and x.dtype.kind not in "OSU"
    return numbers and not isinstance(x, Tracer) and get_mask(x) is None


def _program(model: Any, training: Any) -> tuple[Ready, list[Any]]:
    """What runs a call, and a list that the first run puts the outputs' structure into: JAX would
    sort the entries of a dict."""
    variables, structure = model.variables, []

    def run(state: Any, weights: Any, x: Any) -> Any:
        (values,) = state
        with Scope(zip(variables, values, strict=True)) as scope:
            outputs = Operation.__call__(model, x, training=training)
            structure[:] = [map_leaves(lambda _: None, outputs)]
            masks = [get_mask(y) for y in leaves(outputs)]
            new = [scope.value(variable) for variable in variables]
        changes = {i: b for i, (a, b) in enumerate(zip(values, new, strict=True)) if a is not b}
        return changes, (leaves(outputs), masks, scope.losses)

    cache.keep_programs()
    program = jax.jit(run, compiler_options=choose.compiler_options())
    return Ready(program, ((variables,), ()), model._starting), structure
