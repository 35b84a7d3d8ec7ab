"""CallbackList: several callbacks as one; and which batch hooks are due when."""

from collections.abc import Iterable
from typing import Any

from ...core.messages import UserError, UserTypeError, short
from .base import Callback, History
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
        self._history = self._first(History)
        if add_progbar and self._first(ProgbarLogger) is None:
            self.callbacks.append(ProgbarLogger())
        if add_history and self._history is None:
            self._history = History()
            self.callbacks.append(self._history)
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def _first(self, kind: type) -> Any:
        return next((c for c in self.callbacks if isinstance(c, kind)), None)

    def append(self, callback: Callback) -> None:
        """Add one at the end."""
        self.callbacks.append(callback)

    def __iter__(self) -> Any:
        return iter(self.callbacks)

    def set_params(self, params: dict[str, Any]) -> None:
        """Hand the run's parameters on."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Hand the model on."""
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def phase(self, phase: str, steps_per_call: int = 1) -> "Phase":
        """The batch hooks of 'train', 'test' or 'predict', for the loop."""
        return Phase(self.callbacks, phase, steps_per_call)


def _forward(hook: str) -> Any:
    def call(self: CallbackList, *args: Any, **kwargs: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(*args, **kwargs)

    call.__doc__ = f"Call `{hook}` of each."
    call.__name__ = hook
    return call


for _hook in [name for name in vars(Callback) if name.startswith("on_")]:
    setattr(CallbackList, _hook, _forward(_hook))


class Phase:
    """The batch hooks that are due in one phase, and how often.

    Attributes:
        interval: Batches between two calls; None where no hook is overridden, 0 where only
            somebody who takes any moment (the bar) looks in.
    """

    def __init__(self, callbacks: Iterable[Callback], phase: str, steps_per_call: int):
        with_interval = [(c, c.interval(phase)) for c in callbacks]
        self._due = [(c, every) for c, every in with_interval if every is not None]
        due = [every for _, every in self._due]
        real = [max(every, steps_per_call) if every == 1 else every for every in due if every]
        self.interval = min(real) if real else (0 if due else None)
        self._begin, self._end = f"on_{phase}_batch_begin", f"on_{phase}_batch_end"

    def begin(self, step: int) -> None:
        """Batch `step` is about to run."""
        for callback, every in self._due:
            if every and step % every == 0:
                getattr(callback, self._begin)(step)

    def end(self, step: int, logs: Any) -> None:
        """Batch `step` has run."""
        for callback, every in self._due:
            if not every or (step + 1) % every == 0 or every == 1:
                getattr(callback, self._end)(step, logs)

    def note(self, text: str) -> None:
        """Let the progress bar say something about the run, such as the time of compiling."""
        for callback, _ in self._due:
            if isinstance(callback, ProgbarLogger):
                callback.note(text)


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
