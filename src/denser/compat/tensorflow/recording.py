"""What runs while a tape records: every step as a pure function of arrays, which can be replayed.

A value is known by its array's identity. So whatever reaches the same array, a Tensor, a layer's
loss, a Variable that was read, is the same value, and nothing needs a name.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from ...core.tensor import leaves, map_leaves

_KEPT_PROGRAMS = 128


@dataclass(frozen=True)
class Slot:
    """The place of an array in the arguments of a step."""

    number: int


@dataclass(eq=False)
class Step:
    """One call: a pure function, its arguments with Slots for arrays, and what it gave."""

    function: Callable[..., Any]
    args: Any
    kwargs: dict[str, Any]
    inputs: list[Any]
    outputs: list[Any]

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs for other inputs."""

        def fill(leaf: Any) -> Any:
            return inputs[leaf.number] if isinstance(leaf, Slot) else leaf

        result = self.function(*map_leaves(fill, self.args), **map_leaves(fill, self.kwargs))
        return [leaf for leaf in leaves(result) if is_array(leaf)]


class _Local(threading.local):
    """The tapes that record in the present thread."""

    def __init__(self) -> None:
        self.tapes: list[Any] = []


_local = _Local()


def is_array(x: Any) -> bool:
    """Whether `x` is an array of numbers."""
    return isinstance(x, jax.Array) or (isinstance(x, np.ndarray) and x.dtype.kind not in "OSU")


def is_recording() -> bool:
    """Whether a tape records in this thread."""
    return bool(_local.tapes)


def begin(tape: Any) -> None:
    """Let a tape record from now on."""
    _local.tapes.append(tape)


def end(tape: Any) -> None:
    """Let a tape record no more."""
    _local.tapes = [each for each in _local.tapes if each is not tape]


@contextmanager
def suspended() -> Iterator[None]:
    """Within the `with`, the tapes of outside record nothing."""
    outside, _local.tapes = _local.tapes, []
    try:
        yield
    finally:
        _local.tapes = outside


def note_read(variable: Any, array: Any) -> None:
    """Tell the tapes that a Variable was read."""
    for tape in _local.tapes:
        tape.variables[id(variable)] = variable
        tape.reads.setdefault(id(variable), {})[id(array)] = array


def call(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """`function(*args, **kwargs)`, a pure function of the arrays in its arguments, noted."""
    if not _local.tapes:
        return function(*args, **kwargs)
    with suspended():
        result = function(*args, **kwargs)
    note(function, args, kwargs, result)
    return result


def note(function: Callable[..., Any], args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """Tell the tapes of a call that has been made."""
    inputs: list[Any] = []

    def slot(leaf: Any) -> Any:
        # A float may be another one in the next round: it is no part of the program.
        if is_array(leaf) or type(leaf) is float:
            inputs.append(leaf)
            return Slot(len(inputs) - 1)
        return leaf

    args, kwargs = map_leaves(slot, tuple(args)), map_leaves(slot, kwargs)
    outputs = [leaf for leaf in leaves(result) if is_array(leaf)]
    if inputs and outputs:
        step = Step(function, args, kwargs, inputs, outputs)
        for tape in _local.tapes:
            tape.steps.append(step)


# ---------------------------------------------------------------------------------- replaying


def between(steps: Sequence[Step], sources: set[int], targets: set[int]) -> tuple[list[Step], set]:
    """The steps that lead from arrays to arrays, and the identities that the targets rest on."""
    reached, forward = set(sources), []
    for step in steps:
        if any(id(x) in reached for x in step.inputs):
            forward.append(step)
            reached.update(id(x) for x in step.outputs)
    wanted, found = set(targets), []
    for step in reversed(forward):
        if any(id(x) in wanted for x in step.outputs):
            found.append(step)
            wanted.update(id(x) for x in step.inputs)
    return found[::-1], wanted & reached | (wanted & sources)


class Replay:
    """The way from some arrays to others as one pure function `(sources, others) -> targets`.

    Args:
        steps: In order.
        sources, targets: Arrays.
    """

    def __init__(self, steps: Sequence[Step], sources: Sequence[Any], targets: Sequence[Any]):
        places = {id(x): number for number, x in enumerate(sources)}

        def place(x: Any) -> int:
            return places.setdefault(id(x), len(places))

        self.others: list[Any] = []
        self.other_places: list[int] = []
        self.plan: list[tuple[Step, list[int], list[int]]] = []
        for step in steps:
            for x in step.inputs:
                if id(x) not in places:
                    self.others.append(x)
                    self.other_places.append(place(x))
            bare = replace(step, inputs=[], outputs=[])  # a kept program must not keep arrays
            ends = [place(x) for x in step.inputs], [place(x) for x in step.outputs]
            self.plan.append((bare, ends[0], ends[1]))
        self.count = len(sources)
        self.targets = [place(x) for x in targets]

    @property
    def key(self) -> Any:
        """What two ways have in common whose program is the same; None if nobody can know."""
        parts = [
            (step.function, frozen(step.args), frozen(step.kwargs), tuple(ins), tuple(outs))
            for step, ins, outs in self.plan
        ]
        key = (tuple(parts), tuple(self.other_places), self.count, tuple(self.targets))
        try:
            hash(key)
        except TypeError:
            return None
        return key

    def __call__(self, sources: Sequence[Any], others: Sequence[Any]) -> list[Any]:
        """The targets."""
        values = dict(enumerate(sources)) | dict(zip(self.other_places, others, strict=True))
        for step, ins, outs in self.plan:
            values.update(zip(outs, step.run([values[i] for i in ins]), strict=True))
        return [values[i] for i in self.targets]


def frozen(structure: Any) -> Any:
    """Nested lists, tuples and dicts as something that can be hashed, with the types."""
    if isinstance(structure, dict):
        return tuple((key, frozen(part)) for key, part in structure.items())
    if isinstance(structure, (list, tuple)):
        return (type(structure), *(frozen(part) for part in structure))
    if isinstance(structure, slice):
        return (slice, frozen([structure.start, structure.stop, structure.step]))
    return (type(structure), structure)


class Derivative:
    """`how` of a Replay, as a step that can itself be recorded.

    Args:
        replay: The way.
        how: `(replay, sources, others, seeds) -> arrays`.
    """

    def __init__(self, replay: Replay, how: Callable[..., Any]):
        self.replay, self.how = replay, how
        self.key = None if replay.key is None else (how, replay.key)

    def __hash__(self) -> int:
        return id(self) if self.key is None else hash(self.key)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Derivative) or self.key is None:
            return self is other
        return self.key == other.key

    def __call__(self, sources: Any, others: Any, seeds: Any) -> Any:
        """The arrays that `how` gives."""
        with suspended():
            arrays = leaves([sources, others, seeds])
            if self.key is None or any(isinstance(x, Tracer) for x in arrays):
                return self.how(self.replay, sources, others, seeds)
            return _program(self)(sources, others, seeds)


_programs: OrderedDict[Any, Any] = OrderedDict()


def _program(derivative: Derivative) -> Callable[..., Any]:
    """The compiled program of a derivative, made once for all that are alike."""
    program = _programs.get(derivative.key)
    if program is None:
        replay, how = derivative.replay, derivative.how

        def run(sources: Any, others: Any, seeds: Any) -> Any:
            return how(replay, sources, others, seeds)

        program = _programs[derivative.key] = jax.jit(run)
        while len(_programs) > _KEPT_PROGRAMS:
            _programs.popitem(last=False)
    else:
        _programs.move_to_end(derivative.key)
    return program


def pull(replay: Replay, sources: Any, others: Any, seeds: Any) -> list[Any]:
    """The gradients by the sources of the sum of the targets, each times its seed."""
    targets, back = jax.vjp(lambda *xs: replay(xs, others), *sources)
    seeds = [jnp.ones_like(t) if s is None else jnp.broadcast_to(jnp.asarray(s, t.dtype), t.shape)
             for t, s in zip(targets, seeds, strict=True)]  # fmt: skip
    return list(back(seeds))


def jacobian(replay: Replay, sources: Any, others: Any, seeds: Any) -> list[Any]:
    """The derivatives of each entry of the one target by each entry of the sources."""
    run = jax.jacrev(lambda *xs: replay(xs, others)[0], tuple(range(len(sources))))
    return list(run(*sources))


def batch_jacobian(replay: Replay, sources: Any, others: Any, seeds: Any) -> list[Any]:
    """`jacobian` of each row of the target by the same row of the one source."""
    rows = jax.jacrev(lambda x: replay([x], others)[0].sum(0))(sources[0])
    target = jax.eval_shape(lambda x: replay([x], others)[0], sources[0])
    return [jnp.moveaxis(rows, target.ndim - 1, 0)]
