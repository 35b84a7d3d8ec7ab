"""Trainer: `fit`, `evaluate`, `predict`, and the same for one batch."""

from typing import Any

import numpy as np

from .. import settings
from ..core.messages import UserError, bad_argument, short_traceback
from ..core.random import make_default_seed
from ..core.tensor import leaves, map_leaves
from ..saving.state_tree import get_state_tree, set_state_tree
from .callbacks import CallbackList, History
from .checks import check_data, check_tokens, reads_tokens
from .data import Arrays, Source, as_source, train_validation_split
from .data.arrays import as_arrays, number_of_rows
from .data.stream import needs_batches
from .epochs import Plan, train
from .interrupt import on_interrupt
from .loop import as_numbers
from .resume import keeper
from .runner import Runner

_MOST_FORMS = 256  # of small batches, for which `predict` keeps what it found


class Trainer(Runner):
    """Runner with the surface that users call."""

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
        resume: Any = None,
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
            resume: A folder, or a `training.Resume`, in which checkpoints are kept: the same call
                in a later process goes on where this one was ended, to the same weights and
                History, bit for bit.

        Returns:
            The History, with `history`: name of a metric -> its value after each epoch. Ctrl-C
            ends training after the present step and returns it as well; SIGTERM then ends the
            process, with exit status 143.

        Raises:
            UserError: before anything is compiled, where the data do not fit the model; where a run
                in `resume` cannot go on with them.
            OSError: where a checkpoint cannot be written; the ones before stay.
        """
        arguments = {k: v for k, v in locals().items() if k not in ("self", "x", "y")}
        self._must_be_compiled("fit")
        for name, value in (("epochs", epochs), ("initial_epoch", initial_epoch)):
            if not isinstance(value, (int, np.integer)) or value < 0:
                raise bad_argument("fit", name, "an integer of 0 or more", value)
        if not isinstance(validation_freq, (list, tuple, set)) and not validation_freq:
            expected = "a positive integer or a list of epochs"
            raise bad_argument("fit", "validation_freq", expected, validation_freq)
        epochs = min(epochs, settings.max_epochs() or epochs)
        _check_sizes("fit", batch_size=batch_size, steps_per_epoch=steps_per_epoch,
                     validation_steps=validation_steps,
                     validation_batch_size=validation_batch_size)  # fmt: skip
        if validation_split and validation_data is None:
            arrays = (x if needs_batches(x) else self._read(x), y, sample_weight)
            parts = train_validation_split(arrays, validation_split)
            (x, y, sample_weight), validation_data = parts
        with keeper(resume, self) as keep:
            source = self._source(
                "train", x, y, sample_weight, batch_size=batch_size, steps=steps_per_epoch,
                shuffle=shuffle, class_weight=class_weight,
            )  # fmt: skip
            validation = self._validation_source(
                validation_data, validation_batch_size or batch_size, validation_steps
            )
            keep.check((source, validation), arguments)
            hooks = self._callbacks(callbacks, verbose, epochs, source.steps)
            plan = Plan(initial_epoch, epochs, source, validation, validation_freq)
            train(self, plan, hooks, keep)
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
        self._must_be_outside("predict")
        form = None
        if verbose == 0 and callbacks is steps is None and type(x) is np.ndarray:
            form = (x.shape, x.dtype, batch_size)
            known = self._known_forms().get(form)
            if known is not None:
                return known(x)
        _check_sizes("predict", batch_size=batch_size, steps=steps)
        source = self._source("predict", x, batch_size=batch_size, steps=steps)
        hooks = self._callbacks(callbacks, verbose, 1, source.steps, history=False)
        hooks.on_predict_begin()
        self.stop_predicting = False
        outputs = list(self._outputs(source, hooks.phase("predict", self.steps_per_execution)))
        hooks.on_predict_end()
        columns = zip(*[leaves(o) for o in outputs], strict=True)
        joined = iter([c[0] if len(c) == 1 else np.concatenate(c) for c in columns])
        if form is not None and len(x) <= (batch_size or 32):
            self._remember(form)
        return map_leaves(lambda _: next(joined), outputs[0])

    def _known_forms(self) -> dict[Any, Any]:
        """What predicts batches of a form of which nothing is new: no check can fail."""
        return self.kept("predict at once", dict)

    def _remember(self, form: Any) -> None:
        forms = self._known_forms()
        if len(forms) < _MOST_FORMS and not (
            self.run_eagerly or self.reads_text or reads_tokens(self)
        ):
            forms[form] = self._slab(form[0][0], form[0][0])

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
        self._must_be_outside("predict_on_batch")
        x = as_arrays(self._read(x), "x")
        self._prepare("predict", Arrays((x, None, None), number_of_rows({"x": x})))
        return self._predict_rows(x, None)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """The values of all Variables as nested dicts, by the names in their paths.

        Args:
            value_format: 'backend_tensor' for JAX's arrays, 'numpy_array' for NumPy's.
        """
        return get_state_tree(self, value_format)

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Assign what `get_state_tree` gave, or some of it."""
        set_state_tree(self, state_tree)

    def make_train_function(self, force: bool = False) -> None:
        """Let `fit` make its programs anew, with `force`; else there is nothing to do: a program
        is made when the form of the data is known."""
        if force:
            self._forget_programs()

    def make_test_function(self, force: bool = False) -> None:
        """`make_train_function` for `evaluate`."""
        self.make_train_function(force)

    def make_predict_function(self, force: bool = False) -> None:
        """`make_train_function` for `predict`."""
        self.make_train_function(force)

    def jax_state_sync(self) -> None:
        """Nothing: the Variables have their new values after each program."""

    def _source(
        self, kind: str, x: Any, y: Any = None, sample_weight: Any = None, **how: Any
    ) -> Source:
        if "_shuffle_seed" not in self.__dict__:
            self._shuffle_seed = make_default_seed()
        seed = self._shuffle_seed
        how |= {"seed": seed, "read": self._read, "hurried": kind == "train"}
        source: Any = as_source(x, y, sample_weight, **how)
        most = settings.max_steps_per_epoch()
        if most is not None:
            source.steps = min(source.steps or most, most)
        self._prepare(kind, source)
        return source

    def _read(self, x: Any) -> Any:
        return self.read(x) if self.reads_text and x is not None else x  # type: ignore[attr-defined]

    def _prepare(self, kind: str, source: Any) -> None:
        """Build for the data's form, and look at the data before the first step."""
        self._build_for(kind, source.spec(), _rows(source))
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

    def _evaluate(self, source: Source, hooks: Any, stop: Any) -> dict[str, Any]:
        self.reset_metrics()
        hooks.on_test_begin()
        self.stop_evaluating = False
        phase = hooks.phase("test", self.steps_per_execution)
        logs = self._run_epoch(source, 0, "test", phase, lambda: stop.asked or self.stop_evaluating)
        hooks.on_test_end(logs)
        return logs

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


def _rows(source: Any) -> int | None:
    """The rows of a batch."""
    rows = [len(a) for a in leaves(source.seen) if a is not None]
    return min([source.batch_size or rows[0], rows[0]]) if rows else None


def _check_sizes(method: str, **sizes: Any) -> None:
    for name, value in sizes.items():
        if value is not None and (not isinstance(value, (int, np.integer)) or value < 1):
            raise bad_argument(method, name, "a positive integer or None", value)
