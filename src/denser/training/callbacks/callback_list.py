"""CallbackList: several callbacks as one; Phase: which batch hooks are due when."""

import inspect
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from ...core.messages import UserError, UserTypeError, short
from .base import Callback, History, needs_every_batch
from .progress import ProgbarLogger


class CallbackList(Callback):
    """Several callbacks as one, called in order.

    Args:
        callbacks: Callbacks, or nested lists of them.
        add_history: Whether a History comes with them.
        add_progbar: Whether a ProgbarLogger comes with them.
        model: The model that is trained.
        params: The run's parameters, such as verbose, epochs, steps.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        super().__init__()
        self.callbacks = list(_flat(callbacks))
        if add_history and self._first(History) is None:
            self.callbacks.append(History())
        if add_progbar and self._first(ProgbarLogger) is None:
            self.callbacks.append(ProgbarLogger())
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def _first(self, kind: type) -> Any:
        return next((c for c in self.callbacks if isinstance(c, kind)), None)

    def append(self, callback: Callback) -> None:
        """Add one at the end."""
        self.callbacks.append(callback)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def set_params(self, params: dict[str, Any]) -> None:
        """Hand the run's parameters on."""
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Hand the model on."""
        super().set_model(model)
        history = self._first(History)
        if history is not None:
            model.history = history
        for callback in self.callbacks:
            callback.set_model(model)

    def phase(self, phase: str, unit: int = 1) -> "Phase":
        """The batch hooks of one pass of 'train', 'test' or 'predict', for the loop."""
        return Phase(self.callbacks, phase, unit)


def _forward(hook: str) -> Any:
    count = len(inspect.signature(getattr(Callback, hook)).parameters) - 1

    def call(self: CallbackList, *args: Any, **kwargs: Any) -> None:
        if len(args) + len(kwargs) < count:
            args = (*args, {})  # a user's hook may have no default for `logs`
        for callback in self.callbacks:
            getattr(callback, hook)(*args, **kwargs)

    call.__doc__ = f"Call `{hook}` of each."
    call.__name__ = hook
    return call


for _hook in [name for name in vars(Callback) if name.startswith("on_")]:
    setattr(CallbackList, _hook, _forward(_hook))


class Phase:
    """The batch hooks in one pass over the data: who is told, and when.

    Some need to be told after a number of batches, which makes the loop cut its programs there.
    Others, as the bar, look in whenever a program has ended.

    Args:
        callbacks: Those who may be told.
        phase: 'train', 'test' or 'predict'.
        unit: Batches that always run together (`steps_per_execution`).

    Attributes:
        told: The batch behind the last one that hooks were due for.
    """

    def __init__(self, callbacks: Iterable[Callback], phase: str, unit: int = 1):
        self._intervals = [
            (c, (lambda: 1) if needs_every_batch(c, phase) else partial(c.interval, phase))
            for c in callbacks
        ]
        self._begin, self._end = f"on_{phase}_batch_begin", f"on_{phase}_batch_end"
        self._unit, self.told = unit, 0

    @property
    def watched(self) -> bool:
        """Whether somebody looks in whenever a program has ended."""
        return any(interval() == 0 for _, interval in self._intervals)

    def room(self, step: int) -> int | None:
        """Batches that may run behind the first `step` before a hook is due; None: any number."""
        due = [every for _, interval in self._intervals if (every := interval())]
        if not due:
            return None
        end = self.told + min(due)
        return -(-end // self._unit) * self._unit - step

    def begin(self, step: int) -> None:
        """Batch `step` is about to run."""
        if step == self.told:
            for callback in self._who(due=True):
                getattr(callback, self._begin)(step, {})

    def end(self, step: int, logs: dict[str, Any]) -> None:
        """Batch `step` has run, after which hooks were due, or which was the last."""
        if step >= self.told:
            self.told = step + 1
            for callback in self._who(due=True):
                getattr(callback, self._end)(step, dict(logs))

    def look(self, step: int, logs: dict[str, Any]) -> None:
        """A program has ended with batch `step`."""
        for callback in self._who(due=False):
            getattr(callback, self._end)(step, dict(logs))

    def note(self, text: str) -> None:
        """Let the progress bar say something about the run, such as the time of compiling."""
        for callback in self._who(due=False):
            if isinstance(callback, ProgbarLogger):
                callback.note(text)

    def _who(self, due: bool) -> list[Callback]:
        """Those who are told when it is due, or those who look in."""
        found = [(callback, interval()) for callback, interval in self._intervals]
        return [c for c, every in found if every is not None and (every > 0) == due]


def _flat(callbacks: Any) -> Iterable[Callback]:
    if callbacks is None:
        return
    if not isinstance(callbacks, (list, tuple)):
        callbacks = [callbacks]
    for callback in callbacks:
        if isinstance(callback, (list, tuple)):
            yield from _flat(callback)
        elif isinstance(callback, type):
            raise UserError(
                f"callbacks: {callback.__name__} is a class; write {callback.__name__}()."
            )
        elif not hasattr(callback, "on_epoch_end"):
            raise UserTypeError(f"callbacks: expected Callback objects; got {short(callback)}.")
        else:
            yield callback
