"""Trainer: `fit`, `evaluate`, `predict`, and the same for one batch."""

import time
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from ..core.messages import UserError, bad_argument, short_traceback
from ..core.random import make_default_seed
from ..core.tensor import leaves, map_leaves
from ..core.variable import Scope
from ..lowering import cache
from .callbacks import CallbackList, History
from .checks import check_data, check_tokens
from .data import Arrays, Chunk, Source, as_source, train_validation_split
from .data.arrays import as_arrays, number_of_rows
from .data.batch import pack_x_y_sample_weight
from .data.stream import needs_batches
from .interrupt import on_interrupt
from .learner import Learner
from .loop import Epoch, Pace, as_numbers, parts
from .program import map_many, run_many

_SLAB_BYTES = 64 * 2**20  # of inputs that one program of `predict` goes through


class Trainer(Learner):
    """Learner with the surface that users call."""

    is_a_base = True

    @short_traceback
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train for a number of epochs.

        Args:
            x: Inputs: an array, a list or dict of arrays, a pandas table, or an iterator of
                batches (generator, PyDataset, DataLoader, tf.data).
            y: Targets, likewise; they come with the batches where `x` is an iterator.
            batch_size: Rows of a batch; None: 32.
            epochs: The number of the last epoch.
            verbose: 0 silent, 1 a bar, 2 a line for each epoch; 'auto' is 1.
            callbacks: Callbacks, or a CallbackList.
            validation_split: The part of the rows, at the end, that is kept for validation.
            validation_data: (x, y) or (x, y, sample_weight) or an iterator, for validation.
            shuffle: Whether each epoch has an order of its own; "batch" shuffles whole batches.
            class_weight: What the loss of each class's rows counts.
            sample_weight: What each row's loss counts.
            initial_epoch: The number of the first epoch, less one.
            steps_per_epoch: Batches of an epoch; None: once through the data.
            validation_steps, validation_batch_size: The same for validation.
            validation_freq: Validate after every so many epochs, or after those in a list.

        Returns:
            The History, with `history`: name of a metric -> its value after each epoch. Ctrl-C
            ends training after the present step and returns it as well.

        Raises:
            UserError: before anything is compiled, where the data do not fit the model.
        """
        self._must_be_compiled("fit")
        for name, value in (("epochs", epochs), ("initial_epoch", initial_epoch)):
            if not isinstance(value, (int, np.integer)) or value < 0:
                raise bad_argument("fit", name, "an integer of 0 or more", value)
        _check_sizes("fit", batch_size=batch_size, steps_per_epoch=steps_per_epoch,
                     validation_steps=validation_steps,
                     validation_batch_size=validation_batch_size)  # fmt: skip
        if validation_split and validation_data is None:
            parts = train_validation_split((x, y, sample_weight), validation_split)
            (x, y, sample_weight), validation_data = parts
        source = self._source(
            "train", x, y, sample_weight, batch_size=batch_size, steps=steps_per_epoch,
            shuffle=shuffle, class_weight=class_weight,
        )  # fmt: skip
        validation = self._validation_source(
            validation_data, validation_batch_size or batch_size, validation_steps
        )
        hooks = self._callbacks(callbacks, verbose, epochs, source.steps)
        self.stop_training = self.interrupted = False
        with on_interrupt() as stop:
            self._initial_epoch = initial_epoch
            hooks.on_train_begin()  # BackupAndRestore may set a later epoch to go on from
            initial_epoch = self._initial_epoch
            logs: dict[str, Any] = {}
            for epoch in range(initial_epoch, epochs):
                logs = self._fit_epoch(source, epoch, hooks, stop)
                if validation is not None and _due(validation_freq, epoch) and not stop.asked:
                    found = self._evaluate(validation, hooks, stop)
                    logs.update({f"val_{key}": value for key, value in found.items()})
                self.interrupted = stop.asked
                hooks.on_epoch_end(epoch, logs)
                if self.stop_training or stop.asked:
                    break
            if self.optimizer is not None and epochs > initial_epoch:
                self.optimizer.finalize_variable_values(self.trainable_weights)
            self.interrupted = stop.asked
            hooks.on_train_end(logs)
        return self.history

    @short_traceback
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and metrics on some data, without training.

        Returns:
            The loss, or [loss, metrics ...] where there are metrics; a dict by name with
            `return_dict`.
        """
        self._must_be_compiled("evaluate")
        _check_sizes("evaluate", batch_size=batch_size, steps=steps)
        source = self._source("test", x, y, sample_weight, batch_size=batch_size, steps=steps)
        hooks = self._callbacks(callbacks, verbose, 1, source.steps, history=False)
        with on_interrupt() as stop:
            logs = self._evaluate(source, hooks, stop)
        if return_dict:
            return logs
        return next(iter(logs.values())) if len(logs) == 1 else list(logs.values())

    @short_traceback
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The model's outputs for some inputs, as NumPy arrays with a row for each input row."""
        _check_sizes("predict", batch_size=batch_size, steps=steps)
        source = self._source("predict", x, batch_size=batch_size, steps=steps)
        hooks = self._callbacks(callbacks, verbose, 1, source.steps, history=False)
        hooks.on_predict_begin()
        self.stop_predicting = False
        outputs = list(self._outputs(source, hooks.phase("predict", self.steps_per_execution)))
        hooks.on_predict_end()
        columns = zip(*[leaves(o) for o in outputs], strict=True)
        joined = iter([c[0] if len(c) == 1 else np.concatenate(c) for c in columns])
        return map_leaves(lambda _: next(joined), outputs[0])

    @short_traceback
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of training on one batch; returns its metrics as `evaluate` does."""
        self._must_be_compiled("train_on_batch")
        return self._on_batch("train", x, y, sample_weight, class_weight, return_dict)

    @short_traceback
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """The loss and metrics of one batch."""
        self._must_be_compiled("test_on_batch")
        return self._on_batch("test", x, y, sample_weight, None, return_dict)

    @short_traceback
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        x = as_arrays(x, "x")
        self._prepare("predict", Arrays((x, None, None), number_of_rows({"x": x})))
        return self._predict_rows(x, None)

    # -------------------------------------------------------------------------- sources

    def _source(
        self, kind: str, x: Any, y: Any = None, sample_weight: Any = None, **how: Any
    ) -> Source:
        if "_shuffle_seed" not in self.__dict__:
            self._shuffle_seed = make_default_seed()
        source = as_source(x, y, sample_weight, seed=self._shuffle_seed, **how)
        self._prepare(kind, source)
        return source

    def _prepare(self, kind: str, source: Any) -> None:
        """Build for the data's form, and look at the data before the first step."""
        self._build_for(kind, source.spec())
        if kind == "predict":
            source.examine(lambda arrays: check_tokens(self, arrays[0]))
        else:
            source.examine(lambda arrays: check_data(self, arrays))

    def _validation_source(self, data: Any, batch_size: Any, steps: int | None) -> Source | None:
        if data is None:
            return None
        if needs_batches(data):
            data = (data,)
        elif not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            expected = "(x, y), (x, y, sample_weight) or an iterator of batches"
            raise bad_argument("fit", "validation_data", expected, data)
        try:
            return self._source("test", *data, batch_size=batch_size, steps=steps)
        except UserError as error:
            raise type(error)(f"fit: `validation_data`: {error}") from None

    def _callbacks(
        self, callbacks: Any, verbose: Any, epochs: int, steps: int | None, history: bool = True
    ) -> CallbackList:
        if verbose not in (0, 1, 2, "auto", True, False):
            raise bad_argument("fit", "verbose", "0, 1, 2 or 'auto'", verbose)
        verbose = 1 if verbose == "auto" else int(verbose)
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks, add_history=history, add_progbar=verbose != 0, model=self, verbose=verbose,
            epochs=epochs, steps=steps,
        )  # fmt: skip

    # ---------------------------------------------------------------------------- epochs

    def _fit_epoch(self, source: Source, epoch: int, hooks: Any, stop: Any) -> dict[str, Any]:
        self.reset_metrics()
        hooks.on_epoch_begin(epoch)
        phase = hooks.phase("train", self.steps_per_execution)
        return self._run(source, epoch, "train", phase, lambda: stop.asked or self.stop_training)

    def _evaluate(self, source: Source, hooks: Any, stop: Any) -> dict[str, Any]:
        self.reset_metrics()
        hooks.on_test_begin()
        self.stop_evaluating = False
        phase = hooks.phase("test", self.steps_per_execution)
        logs = self._run(source, 0, "test", phase, lambda: stop.asked or self.stop_evaluating)
        hooks.on_test_end(logs)
        return logs

    def _run(self, source: Source, epoch: int, kind: str, phase: Any, stopped: Any) -> Any:
        paces = self.__dict__.setdefault("_paces", {})
        pads = self.pads()
        padded = pads and source.has_partial

        def dispatch(chunk: Chunk, first: int, count: int) -> Any:
            if self.run_eagerly:
                return self._dispatch_eagerly(kind, chunk, first, count)
            begin = time.perf_counter()
            key = (kind, chunk.batch_size, padded)
            fresh, hits = key not in self._programs, cache.hits()
            logs = self._dispatch(key, chunk, first, count)
            if fresh:
                seconds = time.perf_counter() - begin
                phase.note("cached" if cache.hits() > hits else f"compiled {seconds:.1f} s")
            return logs

        pace = paces.setdefault(kind, Pace())
        chunks = parts(source.epoch(epoch), pads and not self.run_eagerly)
        return Epoch(dispatch, phase, pace, stopped).run(chunks)

    def _groups(self, kind: str) -> tuple[list[Any], ...]:
        """The Variables that a kind of step changes, then those it only reads."""
        trainable, fixed = self.trainable_variables, self.non_trainable_variables
        if kind == "train":
            slots = self.optimizer.variables if self.optimizer is not None else []
            return (trainable, fixed, slots, self.metrics_variables), ()
        if kind == "test":
            return (fixed, self.metrics_variables), (trainable,)
        return (fixed,), (trainable,)

    def _step(self, kind: str, weights: Any, state: Any, batch: Any) -> Any:
        """One pure step of a kind in the drivers' form."""
        if kind == "train":
            logs, state = self.train_step(state, pack_x_y_sample_weight(*batch))
            return tuple(state), logs
        if kind == "test":
            logs, state = self.test_step((weights[0], *state), pack_x_y_sample_weight(*batch))
            return tuple(state)[1:], logs
        outputs, state = self.predict_step((weights[0], *state), pack_x_y_sample_weight(batch))
        return tuple(state)[1:], outputs

    def _finish(self, kind: str, weights: Any, state: Any) -> dict[str, Any]:
        """The logs at the end of a program, from the metrics' state."""
        metrics = self.metrics_variables
        with Scope(zip(metrics, state[-1], strict=True)):
            logs = self.get_metrics_result()
        self._log_names = list(logs)  # JAX sorts a dict's entries
        return logs

    def _own_logs(self, kind: str) -> bool:
        """Whether a user's step gives logs of its own."""
        method = {"train": "train_step", "test": "test_step"}[kind]
        return getattr(type(self), method) is not getattr(Learner, method)

    def _dispatch(self, key: Any, chunk: Chunk, first: int, count: int) -> Any:
        """Start a program and give the Variables their values to come; returns the logs to come."""
        kind = key[0]
        changed, read = self._groups(kind)
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = run_many(
                lambda *args: self._step(kind, *args),
                lambda *args: self._finish(kind, *args),
                chunk.batch_size,
                padded=key[2],
                keeps_logs=self._own_logs(kind),
            )
        state, logs = program(
            _values(changed), _values(read), chunk.arrays, chunk.order, first, count, chunk.rows
        )
        _give(changed, state)
        return {name: logs[name] for name in self._log_names if name in logs} or logs

    def _dispatch_eagerly(self, kind: str, chunk: Chunk, first: int, count: int) -> Any:
        changed, read = self._groups(kind)
        logs: dict[str, Any] = {}
        for number in range(first, first + count):
            index = chunk.order[number * chunk.batch_size : (number + 1) * chunk.batch_size]
            batch = map_leaves(lambda a, i=index: None if a is None else a[i], chunk.arrays)
            state, logs = self._step(kind, _values(read), _values(changed), batch)
            _give(changed, state)
        return logs or self.get_metrics_result()

    # --------------------------------------------------------------------------- predict

    def _outputs(self, source: Source, phase: Any) -> Iterator[Any]:
        """The outputs for a source, slab by slab."""
        step = 0
        for x, rows, size in _inputs(source):
            row_bytes = sum(a.nbytes for a in leaves(x)) // rows + 1
            most = max(1, _SLAB_BYTES // (row_bytes * size))
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
        """The outputs for a slab of rows; where rows do not mix, it is filled up to a size that
        has a program already."""
        rows = len(leaves(x)[0])
        batch_size = batch_size or rows
        if self.run_eagerly or not self.pads():
            whole = rows // batch_size * batch_size
            if 0 < whole < rows:
                parts = [map_leaves(lambda a, s=s: a[s], x) for s in
                         (slice(0, whole), slice(whole, rows))]  # fmt: skip
                done = [self._predict_rows(part, batch_size) for part in parts]
                return jax.tree.map(lambda a, b: np.concatenate([a, b]), *done)
            size, batch_size = rows, min(batch_size, rows)
        else:
            size = steps * batch_size
            x = map_leaves(lambda a: _fill(a, size), x)
        changed, read = self._groups("predict")
        state, outputs = self._predict_program(batch_size)(
            _values(changed), _values(read), x, -(-rows // batch_size)
        )
        _give(changed, state)
        return jax.tree.map(lambda a: a if len(a) == rows else a[:rows], jax.device_get(outputs))

    def _predict_program(self, batch_size: int) -> Any:
        step = lambda *args: self._step("predict", *args)  # noqa: E731
        if self.run_eagerly:
            return lambda state, weights, x, count: step(
                weights, state, map_leaves(jax.numpy.asarray, x)
            )
        key = ("predict", batch_size)
        if key not in self._programs:
            self._programs[key] = map_many(step, batch_size)
        return self._programs[key]

    # ------------------------------------------------------------------------- one batch

    def _on_batch(
        self, kind: str, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool
    ) -> Any:
        source = self._source(
            kind, x, y, sample_weight, batch_size=2**31, class_weight=class_weight
        )
        chunk = next(iter(source.epoch(0)))
        self.reset_metrics()
        if self.run_eagerly:
            logs = self._dispatch_eagerly(kind, chunk, 0, 1)
        else:
            logs = self._dispatch((kind, chunk.batch_size, False), chunk, 0, 1)
        numbers = as_numbers(logs)
        if return_dict:
            return numbers
        values = list(numbers.values())
        return values[0] if len(values) == 1 else values


def _values(groups: Any) -> tuple[list[Any], ...]:
    return tuple([v._value for v in group] for group in groups)


def _give(groups: Any, values: Any) -> None:
    """Hand the arrays of a program that is under way to the Variables."""
    for group, part in zip(groups, values, strict=True):
        for variable, value in zip(group, part, strict=True):
            variable._value = value


def _fill(array: Any, rows: int) -> Any:
    """The array with zeros behind it, up to a number of rows, in the type of the device."""
    array = np.asarray(array)
    dtype = jax.dtypes.canonicalize_dtype(array.dtype)
    if len(array) == rows:
        return array.astype(dtype, copy=False)
    filled = np.zeros((rows, *array.shape[1:]), dtype)
    filled[: len(array)] = array
    return filled


def _inputs(source: Source) -> Iterator[tuple[Any, int, int]]:
    """(inputs, their rows, the rows of a batch): all at once, or chunk by chunk of a stream."""
    if isinstance(source, Arrays):
        rows = min(source.rows, source.steps * source.batch_size)
        yield source.arrays[0], rows, source.batch_size
        return
    for chunk in source.epoch(0):
        x = map_leaves(lambda a, rows=chunk.rows: np.asarray(a[:rows]), chunk.arrays[0])
        yield x, chunk.rows, chunk.batch_size


def _due(frequency: Any, epoch: int) -> bool:
    """Whether validation follows epoch `epoch`, counted from 0."""
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return epoch + 1 in frequency


def _check_sizes(method: str, **sizes: Any) -> None:
    for name, value in sizes.items():
        if value is not None and (not isinstance(value, (int, np.integer)) or value < 1):
            raise bad_argument(method, name, "a positive integer or None", value)
