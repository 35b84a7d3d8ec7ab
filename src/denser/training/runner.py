"""Runner: a Learner whose steps run, many in one program, over the data of a Source."""

import functools
import threading
import time
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from ..core import placement
from ..core.tensor import leaves, map_leaves
from ..core.variable import Scope
from ..lowering import cache
from ..optimizers import Optimizer
from .data import Arrays, Chunk, Source
from .data.batch import pack_x_y_sample_weight
from .learner import Learner
from .loop import Epoch, Pace, Unkept, parts
from .plain import is_plain, run_plain
from .program import map_many, run_many
from .ready import Ready, Slab, values
from .rehearsal import Rehearsed

# Rows, and bytes of their inputs, that `predict` and `evaluate` look at in one step: products of
# 32 rows use one core of two, and reach half of its speed.
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 256, 4 * 2**20
_SLAB_BYTES = 64 * 2**20  # of inputs that one program of `predict` goes through
_UNKEPT = Unkept()


class Runner(Rehearsed):
    """Learner that makes programs of its steps, starts them and takes in what they give."""

    is_a_base = True
    _starting: threading.Lock

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """With the lock for what no two threads may do at once.

        A program writes over the arrays of the Variables that it changes: from the reading of
        these to the giving of the new ones nobody else may start one.
        """
        self = super().__new__(cls, *args, **kwargs)
        self._starting = threading.Lock()
        return self

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along: all but programs, which hold this very model."""
        own = ("_programs", "_paces", "_starting")
        return {name: value for name, value in super().__getstate__().items() if name not in own}

    def _run_epoch(
        self, source: Source, epoch: int, kind: str, phase: Any, stopped: Any,
        keep: Unkept = _UNKEPT,
    ) -> Any:  # fmt: skip
        pads = self.pads()
        padded = pads and source.has_partial
        placement.warn_of_rows(source.batch_size)

        def dispatch(chunk: Chunk, first: int, count: int) -> tuple[Any, bool]:
            if self.run_eagerly:
                return self._dispatch_eagerly(kind, chunk, first, count), False
            begin = time.perf_counter()
            key = (kind, chunk.batch_size, padded, placement.distribution())
            fresh, hits = key not in self._programs, cache.hits()
            logs = self._dispatch(key, chunk, first, count)
            if fresh:
                seconds = time.perf_counter() - begin
                phase.note("cached" if cache.hits() > hits else f"compiled {seconds:.1f} s")
            return logs, fresh

        unit = _together(source.batch_size or 1, 1) if kind == "test" else 1
        pace = self._paces.setdefault((kind, source.batch_size), Pace(unit))
        chunks = parts(source.epoch(epoch, keep.first), pads and not self.run_eagerly)
        return Epoch(dispatch, phase, pace, stopped, keep).run(chunks)

    def _groups(self, kind: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The Variables that a kind of step changes, then those it only reads."""
        owned = self.owned(seeds=True).values()
        trainable = [v for v, trained in owned if trained]
        fixed = [v for v, trained in owned if not trained]
        if kind == "train":
            plain = is_plain(self.train_step)  # such a step may use more optimizers than one
            used = self.held(Optimizer) if plain else [self.optimizer] if self.optimizer else []
            slots = list({id(v): v for each in used for v in each.variables}.values())
            return (trainable, fixed, slots, self.metrics_variables), ()
        if kind == "test":
            return (fixed, self.metrics_variables), (trainable,)
        return (fixed,), (trainable,)

    def _step(self, kind: str, weights: Any, state: Any, batch: Any) -> Any:
        """One pure step of a kind in the drivers' form."""
        method = getattr(self, f"{kind}_step")
        if is_plain(method):
            data = batch if kind == "predict" else pack_x_y_sample_weight(*batch)
            changed, result = run_plain(method, data, *self._groups(kind), state, weights)
            return changed, {} if result is None else result
        if kind == "train":
            logs, state = self.train_step(state, pack_x_y_sample_weight(*batch))
            return tuple(state), self._named(kind, logs, state)
        if kind == "test":
            logs, state = self.test_step((weights[0], *state), pack_x_y_sample_weight(*batch))
            return tuple(state)[1:], self._named(kind, logs, state)
        outputs, state = self.predict_step((weights[0], *state), pack_x_y_sample_weight(batch))
        return tuple(state)[1:], outputs

    def _named(self, kind: str, logs: Any, state: Any) -> dict[str, Any]:
        """The logs of a step; the metrics' where a user's step gives a number without a name."""
        return logs if isinstance(logs, dict) else self._finish(kind, None, tuple(state))

    def _finish(self, kind: str, weights: Any, state: Any) -> dict[str, Any]:
        """The logs at the end of a program, from the metrics' state."""
        metrics = self.metrics_variables
        with Scope(zip(metrics, state[-1], strict=True)):
            logs = self.get_metrics_result()
        self._log_names[kind] = list(logs)  # JAX sorts a dict's entries
        return logs

    def _own_logs(self, kind: str) -> bool:
        """Whether a user's step gives logs of its own."""
        method = {"train": "train_step", "test": "test_step"}[kind]
        return getattr(type(self), method) is not getattr(Learner, method)

    def _dispatch(self, key: Any, chunk: Chunk, first: int, count: int) -> Any:
        """Start a program and give the Variables their values to come; returns the logs to come."""
        kind = key[0]
        changed, read = self._groups(kind)
        self._settle(changed, read)
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = run_many(
                lambda *args: self._step(kind, *args),
                lambda *args: self._finish(kind, *args),
                chunk.batch_size,
                padded=key[2],
                keeps_logs=self._own_logs(kind),
                at_once=self._at_once(kind, chunk),
                layouts=_layouts(changed),
            )
        with self._starting:
            state, logs = program(
                values(changed), values(read), chunk.arrays, chunk.order, first, count, chunk.rows
            )
            _give(changed, state)
        names = self._log_names[kind] if kind in self._log_names else logs
        return {name: logs[name] for name in names}

    def _at_once(self, kind: str, chunk: Chunk) -> int:
        """How many batches one step of `evaluate` looks at."""
        if kind != "test" or not self.pads() or self._own_logs(kind):
            return 1
        row_bytes = sum(a.nbytes // max(1, len(a)) for a in leaves(chunk.arrays) if a is not None)
        return _together(chunk.batch_size, row_bytes)

    def _dispatch_eagerly(self, kind: str, chunk: Chunk, first: int, count: int) -> Any:
        changed, read = self._groups(kind)
        logs: dict[str, Any] = {}
        for number in range(first, first + count):
            index = chunk.order[number * chunk.batch_size : (number + 1) * chunk.batch_size]
            batch = map_leaves(lambda a, i=index: None if a is None else a[i], chunk.arrays)
            batch = placement.split(batch)
            state, logs = self._step(kind, values(read), values(changed), batch)
            _give(changed, state)
        return logs or self.get_metrics_result()

    def _outputs(self, source: Source, phase: Any) -> Iterator[Any]:
        """The outputs for a source, slab by slab."""
        step = 0
        for x, rows, size in _inputs(source):
            row_bytes = sum(a.nbytes for a in leaves(x)) // rows + 1
            most = 1 if self.run_eagerly else max(1, _SLAB_BYTES // (row_bytes * size))
            most, begin = min(1 << (-(-rows // size) - 1).bit_length(), most), 0
            while begin < rows and not self.stop_predicting:
                room = phase.room(step)
                steps = most if room is None else min(most, room)
                end = min(begin + steps * size, rows)
                phase.begin(step)
                part = map_leaves(lambda a, s=slice(begin, end): a[s], x)
                outputs = self._predict_rows(part, size, steps)
                step, begin = step + -(-(end - begin) // size), end
                phase.look(step - 1, {"outputs": outputs})
                if steps == room or begin == rows:
                    phase.end(step - 1, {"outputs": outputs})
                yield outputs

    def _predict_rows(self, x: Any, batch_size: int | None, steps: int = 1) -> Any:
        """The outputs for a slab of rows."""
        rows = len(leaves(x)[0])
        batch_size = batch_size or rows
        whole = rows // batch_size * batch_size
        if not self._may_fill() and 0 < whole < rows:
            parts = [map_leaves(lambda a, s=s: a[s], x) for s in
                     (slice(0, whole), slice(whole, rows))]  # fmt: skip
            done = [self._predict_rows(part, batch_size) for part in parts]
            return jax.tree.map(lambda a, b: np.concatenate([a, b]), *done)
        row_bytes = sum(a.nbytes for a in leaves(x)) // rows
        return self._slab(rows, batch_size, steps, row_bytes)(x)

    def _slab(self, rows: int, batch_size: int, steps: int = 1, row_bytes: int = 1) -> Slab:
        """What predicts so many rows at once; where rows do not mix, they are filled up to a
        number that has a program already."""
        if not self._may_fill():
            size, batch_size = rows, min(batch_size, rows)
        else:
            if steps == 1 and _predict_key(batch_size) not in self._programs:
                batch_size = 1 << (rows - 1).bit_length()  # a few sizes serve all numbers of rows
            size = steps * batch_size
            batch_size *= min(steps & -steps, _together(batch_size, row_bytes))
        return Slab(self._predictor(batch_size), rows, size, -(-rows // batch_size))

    def _may_fill(self) -> bool:
        return not self.run_eagerly and self.pads()

    def _predictor(self, batch_size: int) -> Ready:
        key = _predict_key(batch_size, self.run_eagerly)
        if key not in self._programs:
            step = functools.partial(self._step, "predict")
            self._programs[key] = map_many(step, batch_size, not self.run_eagerly)
        program = self._programs[key]
        return self.kept(key, lambda: self._ready(program))

    def _ready(self, program: Any) -> Ready:
        groups = self._groups("predict")
        self._settle(*groups)
        return Ready(program, groups, self._starting)

    def _settle(self, *kinds: Any) -> None:
        """Bring the Variables of all groups to where a distribution wants them."""
        with self._starting:
            placement.settle(v for groups in kinds for group in groups for v in group)


def _give(groups: Any, values: Any) -> None:
    """Hand the arrays of a program that is under way to the Variables."""
    for group, part in zip(groups, values, strict=True):
        for variable, value in zip(group, part, strict=True):
            variable._value = value


def _predict_key(batch_size: int, eagerly: bool = False) -> tuple[Any, ...]:
    return "predict", batch_size, eagerly, placement.distribution()


def _layouts(groups: Any) -> Any:
    """Where the arrays of Variables lie, for a program to leave them there; None where nobody
    wants them anywhere."""
    if placement.distribution() is None:
        return None
    return tuple([v._value.sharding for v in group] for group in groups)


def _together(batch_size: int, row_bytes: int) -> int:
    """How many batches are best computed at once where none of their rows mix: a power of 2."""
    rows = min(_ROWS_AT_ONCE, _BYTES_AT_ONCE // max(1, row_bytes))
    return 1 << max(1, rows // batch_size).bit_length() - 1


def _inputs(source: Source) -> Iterator[tuple[Any, int, int]]:
    """(inputs, their rows, the rows of a batch): all at once, or chunk by chunk of a stream."""
    if isinstance(source, Arrays):
        rows = min(source.rows, source.steps * source.batch_size)
        yield source.arrays[0], rows, source.batch_size
        return
    for chunk in source.epoch(0):
        x = map_leaves(lambda a, rows=chunk.rows: np.asarray(a[:rows]), chunk.arrays[0])
        yield x, chunk.rows, chunk.batch_size
