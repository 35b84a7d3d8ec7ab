"""Functions and gradients of symbolic tensors: K.function, K.gradients, and choices between two."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ....core.graph import Graph, Node
from ....core.messages import UserError, UserTypeError, short
from ....core.op import op
from ....core.pure import pure
from ....core.random import SeedGenerator
from ....core.tensor import KerasTensor, any_symbolic, as_array, leaves, map_leaves
from ....core.variable import Scope, Variable
from ....layers.module import Module
from ..given import data_of
from .process import Phase, drawing_from, learning_phase, learning_phase_scope
from .variables import made


def _sources(
    tensors: Sequence[Any], stops: Sequence[Any] = ()
) -> tuple[list[KerasTensor], set[int]]:
    """Where the data enter that some tensors are computed from, and the identities of all tensors
    on the way. Data enter at `stops` too."""
    found: list[KerasTensor] = []
    seen: set[int] = set()
    ends = {id(tensor) for tensor in stops}
    todo = list(tensors)
    while todo:
        tensor = todo.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        inputs = tensor.history[0].input_tensors if tensor.history else []
        if id(tensor) in ends or not inputs:
            found.append(tensor)
        else:
            todo.extend(inputs)
    return found, seen


class _Slopes:
    """The gradients of a symbolic loss, by symbolic tensors and Variables, as an operation."""

    def __init__(self, losses: list[KerasTensor], wanted: list[Any]):
        self.tensors = [x for x in wanted if isinstance(x, KerasTensor)]
        self.variables = [x for x in wanted if isinstance(x, Variable)]
        # One tensor may cut the graph; of several, one may lead to another.
        stops = self.tensors if len(self.tensors) == 1 else []
        self.sources, seen = _sources(losses, stops)
        self.reached = [id(tensor) in seen for tensor in self.tensors]
        self.graph = Graph(self.sources, losses)

    def __call__(self, *values: Any) -> list[Any]:
        """The gradients for the values of the sources, then of the tensors."""
        given, at = values[: len(self.sources)], values[len(self.sources) :]
        zeros = [jnp.zeros_like(as_array(x)) for x in at]
        weights = [variable.raw for variable in self.variables]
        by_tensor, by_weight = jax.grad(self._loss, argnums=(0, 1))(zeros, weights, given)
        return [*by_tensor, *by_weight]

    def _loss(self, shifts: list[Any], weights: list[Any], given: Sequence[Any]) -> Any:
        """The sum of the losses where the tensors are shifted and the Variables have values."""
        moved = {id(x): shift for x, shift in zip(self.tensors, shifts, strict=True)}
        values = [moved.get(id(x), 0) + as_array(v) if id(x) in moved else v
                  for x, v in zip(self.sources, given, strict=True)]  # fmt: skip

        def call(node: Node, args: tuple, kwargs: dict[str, Any]) -> Any:
            results = leaves(node.operation(*args, **kwargs))
            pairs = zip(node.output_tensors, results, strict=False)
            return [r + moved[id(x)] if id(x) in moved else r for x, r in pairs]

        with Scope(zip(self.variables, weights, strict=True)):
            losses = self.graph.run(values, call)
        return sum(jnp.sum(loss) for loss in losses)


def gradients(loss: Any, variables: Any) -> list[Any]:
    """The gradients of the sum of a symbolic loss, as symbolic tensors to make a `function` of.

    Args:
        loss: A symbolic tensor, or several, whose sum is meant.
        variables: What the gradients are taken by: a symbolic tensor (an input, a layer's output),
            a Variable, or a list of them.

    Returns:
        A gradient for each, of its shape; None for a tensor that the loss does not depend on.

    Example:
        >>> x = Input((2,))
        >>> slope = function([x], gradients(ops.sum(ops.square(x)), x))
        >>> slope([[[1.0, 2.0]]])[0].tolist()
        [[2.0, 4.0]]
    """
    wanted = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
    for part in losses:
        if not isinstance(part, KerasTensor):
            raise UserTypeError(
                f"gradients: `loss` must be symbolic, computed from an Input; got {short(part)}. "
                "For data use jax.grad of a function, or tf.GradientTape."
            )
    for part in wanted:
        if not isinstance(part, (KerasTensor, Variable)):
            raise UserTypeError(
                f"gradients: `variables` must be symbolic tensors or Variables; got {short(part)}."
            )
    slopes = _Slopes(losses, wanted)
    order = [*slopes.tensors, *slopes.variables]
    outputs = [KerasTensor(x.shape, x.dtype) for x in order]
    Node(slopes, (*slopes.sources, *slopes.tensors), {}, outputs)
    by_id = {id(x): output for x, output in zip(order, outputs, strict=True)}
    lost = {id(x) for x, found in zip(slopes.tensors, slopes.reached, strict=True) if not found}
    return [None if id(x) in lost else by_id[id(x)] for x in wanted]


class Function:
    """What `function` makes: a compiled computation from symbolic inputs to outputs.

    Args:
        inputs: Symbolic tensors; `learning_phase()` among them is the place of 0 or 1.
        outputs: Symbolic tensors, Variables or arrays; one or a list of them.
        updates: Pairs of a Variable and its new value, made by each call.
    """

    def __init__(self, inputs: Any, outputs: Any, updates: Any = None):
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        self.inputs, self.outputs = given, outputs
        self._phase_at = [i for i, x in enumerate(given) if isinstance(x, int)]
        self._places = [x for x in given if not isinstance(x, int)]
        for place in self._places:
            if not isinstance(place, KerasTensor):
                raise UserTypeError(f"function: `inputs` must be symbolic; got {short(place)}.")
        pairs = leaves(list(updates or ()))
        self._changed, self._fetched = pairs[::2], [leaves(outputs), pairs[1::2]]
        symbolic = [x for part in self._fetched for x in part if isinstance(x, KerasTensor)]
        self._wanted = list({id(x): x for x in symbolic}.values())
        ends, _ = _sources(self._wanted, self._places)
        self._filled = [place for place in ends if data_of(place) is not None]
        self._graph = Graph([*self._places, *self._filled], self._wanted)
        self._variables, self._seeds = _variables_of(self._graph)
        self._draws = SeedGenerator()  # of what is drawn outside of layers
        # K.variables belong to no layer, and a Lambda of the graph may read one.
        known = {id(v): v for v in [*self._variables, self._draws.state, *made.values()]}
        self._variables = list(known.values())
        self._seeds.add(id(self._draws.state))
        self._program = jax.jit(self._trace, static_argnums=0)

    def __call__(self, inputs: Any = (), *more: Any) -> Any:
        """The outputs for data, as NumPy arrays: one, or a list where outputs are a list."""
        data = list(inputs) if isinstance(inputs, (list, tuple)) and not more else [inputs, *more]
        if len(data) != len(self.inputs):
            raise UserError(f"function: takes {len(self.inputs)} inputs; got {len(data)}.")
        phase = int(learning_phase())
        for index in self._phase_at:
            phase = int(np.asarray(data[index]))
        arrays = [
            as_array(x, None if place.dtype == "string" else place.dtype)
            for place, x in zip(
                self._places,
                (x for i, x in enumerate(data) if i not in self._phase_at),
                strict=True,
            )
        ]
        arrays += [as_array(data_of(place)) for place in self._filled]
        results, values = self._program(phase, [v.raw for v in self._variables], arrays)
        for variable, value in zip(self._variables, values, strict=True):
            if id(variable) in self._seeds:
                variable.assign(value)
        return self._hand_over(dict(zip(map(id, self._wanted), results, strict=True)))

    def _trace(self, phase: int, values: list[Any], arrays: list[Any]) -> Any:
        """The wanted tensors and what the Variables are after, in either phase."""

        def call(node: Node, args: tuple, kwargs: dict[str, Any]) -> Any:
            if isinstance(node.operation, Module) and kwargs.get("training") is None:
                kwargs = {**kwargs, "training": bool(phase)}
            run_it: Any = node.operation
            return run_it(*args, **kwargs)

        def run() -> Any:
            with learning_phase_scope(phase), drawing_from(self._draws):
                return self._graph.run(arrays, call)

        return pure(run, self._variables)(values)

    def _hand_over(self, results: dict[int, Any]) -> Any:
        def value(x: Any) -> Any:
            if x is None:
                return None
            return np.array(results[id(x)] if isinstance(x, KerasTensor) else as_array(x))

        new = [value(x) for x in self._fetched[1]]
        found = map_leaves(value, self.outputs)
        for variable, array in zip(self._changed, new, strict=True):
            variable.assign(array)
        return found


def _variables_of(graph: Graph) -> tuple[list[Variable], set[int]]:
    """The Variables that a graph reads, and the identities of the seeds among them."""
    found: dict[int, Variable] = {}
    seeds: set[int] = set()
    for node in graph.nodes:
        operation = node.operation
        if isinstance(operation, Module):
            found.update({id(v): v for v in operation.variables})
            for layer in operation._flatten_layers():
                seeds.update(id(seed.state) for seed in layer.held(SeedGenerator))
        elif isinstance(operation, _Slopes):
            inner, more = _variables_of(operation.graph)
            found.update({id(v): v for v in [*inner, *operation.variables]})
            seeds |= more
        found.update({id(v): v for v in leaves(node.arguments) if isinstance(v, Variable)})
    return list(found.values()), seeds


def function(
    inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any
) -> "Function | TrainingFunction":
    """A compiled function from symbolic inputs to symbolic outputs.

    Args:
        inputs: Symbolic tensors, as `model.input`; `learning_phase()` among them is the place of
            0 or 1.
        outputs: Symbolic tensors, Variables or arrays; one or a list of them.
        updates: Pairs of a Variable and its new value, made by each call; what an optimizer's
            `get_updates` gives.

    Example:
        >>> x = Input((2,))
        >>> function([x], [x * 2])([[[1.0, 2.0]]])[0].tolist()
        [[2.0, 4.0]]
    """
    for argument in set(kwargs) - {"on_unused_input", "allow_input_downcast"}:  # Theano's checks
        raise UserTypeError(
            f"function: `{argument}` belongs to an engine's session, which there is not here."
        )
    trainings = [part for part in updates or () if isinstance(part, Training)]
    if not trainings:
        return Function(inputs, outputs, updates)
    return TrainingFunction(inputs, outputs, [p for p in updates if p not in trainings], trainings)


class Training:
    """One step of an optimizer on a symbolic loss, among a function's updates."""

    def __init__(self, optimizer: Any, loss: Any, params: Sequence[Variable]):
        self.optimizer, self.params = optimizer, list(params)
        self.slopes = gradients(loss, self.params)


def get_updates(optimizer: Any, *args: Any, loss: Any = None, params: Any = None) -> list[Any]:
    """What lets a `function` train: `optimizer.get_updates(loss, params)` of the second era,
    `get_updates(params, constraints, loss)` of the first."""
    for part in args:
        if isinstance(part, KerasTensor):
            loss = part
        elif isinstance(part, (list, tuple)) and params is None and part:
            params = part
    if loss is None or params is None:
        raise UserError("get_updates: give `loss`, a symbolic tensor, and `params`, the weights.")
    return [Training(optimizer, loss, params)]


class TrainingFunction:
    """A function whose every call is also a step of optimizers."""

    def __init__(self, inputs: Any, outputs: Any, updates: Any, trainings: list[Training]):
        self._trainings = trainings
        slopes = [training.slopes for training in trainings]
        self._function = Function(inputs, [outputs, slopes], updates)

    def __call__(self, inputs: Any = (), *more: Any) -> Any:
        """The outputs for data, before the step."""
        outputs, slopes = self._function(inputs, *more)
        for training, found in zip(self._trainings, slopes, strict=True):
            pairs = zip(map(jnp.asarray, found), training.params, strict=True)
            training.optimizer.apply_gradients(pairs)
        return outputs


# ------------------------------------------------------------------------- choices between two


def _now(x: Any) -> Any:
    return x() if callable(x) and not hasattr(x, "shape") else x


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` while a model trains, else `alt`; either may be a function that gives it."""
    if training is None or isinstance(training, Phase):
        x_now, alt_now = (_now(x), _now(alt)) if any_symbolic(x, alt) else (x, alt)
        if any_symbolic(x_now, alt_now):
            return _by_phase(x_now, alt_now)
        return _now(x if learning_phase() else alt)
    if isinstance(training, (bool, int)):
        return _now(x if training else alt)
    return switch(training, x, alt)


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`alt` while a model trains, else `x`; either may be a function that gives it."""
    return in_train_phase(alt, x, training)


@op
def _by_phase(x: jax.Array, alt: jax.Array) -> jax.Array:
    return x if learning_phase() else alt


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """`then_expression` where the condition holds, else `else_expression`.

    The condition is a scalar, or has the leading axes of both; either expression may be a function
    that gives it.
    """
    if isinstance(condition, (bool, int)):
        return _now(then_expression if condition else else_expression)
    return _switch(condition, _now(then_expression), _now(else_expression))


@op
def _switch(condition: jax.Array, then: jax.Array, other: jax.Array) -> jax.Array:
    holds = jnp.asarray(condition).astype(bool)
    then, other = jnp.asarray(then), jnp.asarray(other)
    holds = holds.reshape(holds.shape + (1,) * max(0, then.ndim - holds.ndim))
    return jnp.where(holds, then, other)


def stop_gradient(variables: Any) -> Any:
    """The same values, through which no gradient goes; of one tensor or of each in a list."""
    if isinstance(variables, (list, tuple)):
        return [_stop(x) for x in variables]
    return _stop(variables)


@op
def _stop(x: jax.Array) -> jax.Array:
    return jax.lax.stop_gradient(x)
