"""GradientTape: gradients of what was computed while it was recording."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp

from ...core.messages import bad_argument
from ...core.tensor import KerasTensor, as_array, leaves, map_leaves
from ...core.variable import Variable
from . import recording
from .lift import as_operand
from .tensor import Tensor, unwrap, wrap


class UnconnectedGradients:
    """What `gradient` gives for a source that has nothing to do with the target."""

    NONE, ZERO = "none", "zero"


class GradientTape:
    """Records what is computed inside its `with`, to be differentiated afterwards.

    The way from the sources to the target is replayed as one compiled program with its gradient;
    what a tape gives can be recorded by an outer tape.

    Args:
        persistent: Whether `gradient` may be called several times.
        watch_accessed_variables: Whether trainable Variables are watched without being told.

    Example:
        >>> x = Tensor(jnp.asarray(3.0))
        >>> with GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> float(tape.gradient(y, x))
        6.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True):
        self.steps: list[recording.Step] = []
        self.reads: dict[int, dict[int, Any]] = {}  # of each Variable, the arrays it had
        self.variables: dict[int, Variable] = {}
        self._watched: dict[int, Any] = {}
        self._persistent, self._variables = persistent, watch_accessed_variables
        self._used = False

    def __enter__(self) -> "GradientTape":
        recording.begin(self)
        return self

    def __exit__(self, *error: object) -> None:
        recording.end(self)

    def watch(self, tensor: Any) -> None:
        """Let gradients be taken by a Tensor, or by several."""
        for leaf in leaves(tensor):
            self._watched[id(unwrap(leaf))] = unwrap(leaf)

    def reset(self) -> None:
        """Forget all that was recorded."""
        self.steps, self.reads, self.variables = [], {}, {}

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Within the `with`, nothing is recorded."""
        recording.end(self)
        try:
            yield
        finally:
            recording.begin(self)

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradients of the sum of the targets, nested as the sources are.

        Args:
            target: A Tensor or several.
            sources: Tensors and Variables.
            output_gradients: What to multiply each target with, nested as the targets.
            unconnected_gradients: 'none' or 'zero', for a source that no target rests on.
        """
        targets = [_array_of(t) for t in leaves(target)]
        if output_gradients is None:
            seeds = [None] * len(targets)
        else:
            seeds = [None if s is None else as_array(unwrap(s)) for s in leaves(output_gradients)]
        pairs = [(t, s) for t, s in zip(targets, seeds, strict=True) if _is_float(t)]
        found = self._derive(recording.pull, [t for t, _ in pairs], leaves(sources),
                             [s for _, s in pairs])  # fmt: skip
        zero = str(getattr(unconnected_gradients, "value", unconnected_gradients)) == "zero"
        each = iter([
            Tensor(jnp.zeros_like(_array_of(s))) if zero and g is None else wrap(g)
            for g, s in zip(found, leaves(sources), strict=True)
        ])  # fmt: skip
        return map_leaves(lambda _: next(each), sources)

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: str = UnconnectedGradients.NONE,
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivatives of each entry of the target by each entry of each source.

        Shapes:
            -> (*target, *source)
        """
        found = iter(self._derive(recording.jacobian, [_array_of(target)], leaves(sources), []))
        return map_leaves(lambda _: wrap(next(found)), sources)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: str = UnconnectedGradients.NONE,
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """`jacobian` of each row of the target by the same row of the source."""
        return wrap(self._derive(recording.batch_jacobian, [_array_of(target)], [source], [])[0])

    def watched_variables(self) -> tuple[Variable, ...]:
        """The Variables that were read and are watched, in the order of their first reading."""
        return tuple(v for v in self.variables.values() if self._is_watched(v))

    def _is_watched(self, variable: Variable) -> bool:
        return variable.trainable and self._variables or id(variable) in self._watched

    def _derive(
        self, how: Callable[..., Any], targets: list[Any], sources: list[Any], seeds: list[Any]
    ) -> list[Any]:
        """For each source what `how` gives, or None where the targets do not rest on it."""
        if self._used and not self._persistent:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients "
                "(or jacobians). Write GradientTape(persistent=True)."
            )
        self._used = True
        arrays = [self._arrays_of(source) for source in sources]
        flat = list({id(a): a for group in arrays for a in group if _is_float(a)}.values())
        ends = {id(t) for t in targets}
        steps, wanted = recording.between(self.steps, {id(a) for a in flat}, ends)
        flat = [a for a in flat if id(a) in wanted]
        if not flat:
            return [None] * len(sources)
        ends = wanted & ends
        kept = [i for i, t in enumerate(targets) if id(t) in ends]
        replay = recording.Replay(steps, flat, [targets[i] for i in kept])
        others, replay.others = replay.others, []
        derivative = recording.Derivative(replay, how)
        args = (flat, others, [seeds[i] for i in kept] if seeds else [])
        found = dict(zip(map(id, flat), recording.call(derivative, args, {}), strict=True))
        if not self._persistent:
            self.steps = []
        return [_sum([found[id(a)] for a in group if id(a) in found]) for group in arrays]

    def _arrays_of(self, source: Any) -> list[Any]:
        """The arrays that a source is, or was when it was read; none if it is not watched."""
        if isinstance(source, Variable):
            if not self._is_watched(source):
                return []
            return list(self.reads.get(id(source), {}).values())
        array = _array_of(source)
        produced = {id(x) for step in self.steps for x in step.outputs}
        return [array] if id(array) in self._watched or id(array) in produced else []


def _array_of(x: Any) -> Any:
    if isinstance(x, KerasTensor):
        raise bad_argument(
            "GradientTape.gradient", "sources", "made of Tensors with data", x,
            "Call the model on data inside the `with`.",
        )  # fmt: skip
    if isinstance(x, Variable):
        return x.raw
    return as_operand(x)


def _is_float(x: Any) -> bool:
    return recording.is_array(x) and jnp.issubdtype(x.dtype, jnp.inexact)


def _sum(arrays: list[Any]) -> Any:
    return sum(arrays[1:], arrays[0]) if arrays else None


class _WithGradient:
    """A function with its own gradient, as a step."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]):
        self.function, self.options = function, options

    def __hash__(self) -> int:
        return hash(self.function)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _WithGradient) or other.function != self.function:
            return False
        return recording.frozen(other.options) == recording.frozen(self.options)

    def __call__(self, *arrays: Any) -> Any:
        def run(*arrays: Any) -> Any:
            return self.function(*map(wrap, arrays), **self.options)

        def forward(*arrays: Any) -> Any:
            return map_leaves(unwrap, run(*arrays)[0]), arrays

        def backward(arrays: Any, upstream: Any) -> tuple:
            found = leaves(run(*arrays)[1](*map(wrap, leaves(upstream))))
            pairs = zip(found, arrays, strict=True)
            return tuple(jnp.zeros_like(a) if g is None else as_array(unwrap(g)) for g, a in pairs)

        step = jax.custom_vjp(lambda *arrays: forward(*arrays)[0])
        step.defvjp(forward, backward)
        return step(*arrays)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a function that returns its value and a function of the upstream gradients.

    Example:
        >>> @custom_gradient
        ... def log1pexp(x):
        ...     return jnp.log(1 + jnp.exp(x._array)), lambda upstream: upstream * 0.5
        >>> round(float(log1pexp(Tensor(jnp.asarray(0.0)))), 3)
        0.693
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        arrays = [as_array(as_operand(a)) for a in args]
        return map_leaves(wrap, recording.call(_WithGradient(f, kwargs), arrays, {}))

    call.__name__ = getattr(f, "__name__", "custom_gradient")
    return call
