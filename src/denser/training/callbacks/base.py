"""Callback: what is called at which moment of a run; History; LambdaCallback."""

from collections.abc import Callable
from typing import Any

from ...core.messages import bad_argument, unknown_argument
from ..sealed import plain_attributes, set_attributes

_BATCH_HOOKS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class Callback:
    """Something that is told about every moment of training, evaluation and prediction.

    A subclass overrides the hooks it needs. A hook for batches that nobody overrides costs nothing:
    many steps then run as one program.

    Attributes:
        model: The model that is trained.
        params: {"verbose", "epochs", "steps"}.

    Example:
        >>> class Loud(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(f"{epoch}: {logs['loss']:.1f}")
        >>> Loud().on_epoch_end(3, {"loss": 0.52})
        3: 0.5
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model that is trained."""
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take the run's parameters."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model."""
        self._model = model

    def save_state(self) -> dict[str, Any]:
        """What `load_state` needs for a run to go on exactly, as plain data and arrays, by name.

        `fit(resume=...)` keeps of it what has changed since `on_train_begin`. This one has every
        attribute that is made of numbers, text and arrays; another kind of state needs methods of
        its own.
        """
        return plain_attributes(self)

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what `save_state` gave, or that part of it which had changed."""
        set_attributes(self, state)

    def interval(self, phase: str) -> int | None:
        """After how many more batches of 'train', 'test' or 'predict' a batch hook is needed.

        It may be called earlier. None: never. 0: whenever the loop looks in, some ten times a
        second. A class that overrides a batch hook and not this one is called for every batch.
        """
        return None

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """The older name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before epoch `epoch`, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After epoch `epoch`; `logs` has the metrics, those of validation with `val_` before."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before training batch `batch` of the epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After training batch `batch` of the epoch; `logs` has the metrics so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before evaluation batch `batch`."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After evaluation batch `batch`."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before prediction batch `batch`."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After prediction batch `batch`; `logs["outputs"]` has the outputs."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """After the last epoch."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Before an evaluation."""

    def on_test_end(self, logs: Any = None) -> None:
        """After an evaluation."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Any = None) -> None:
        """After a prediction."""


def needs_every_batch(callback: Any, phase: str) -> bool:
    """Whether a batch hook was overridden by somebody who said nothing about its interval."""
    if not isinstance(callback, Callback):  # Keras's own
        return True
    mro = type(callback).__mro__
    teller = next(i for i, cls in enumerate(mro) if "interval" in vars(cls))
    makers = [vars(callback), *map(vars, mro[:teller])]
    return any(hook in made for made in makers for hook in _BATCH_HOOKS[phase])


class Turns:
    """Counts batches from epoch to epoch, and tells when so many have gone by.

    Attributes:
        left: Batches until the next turn.
        total: Batches so far.
    """

    def __init__(self, every: int):
        self.every = self.left = every
        self.total, self._batch = 0, -1

    @classmethod
    def of(cls, owner: Callback, save_freq: Any) -> "Turns | None":
        """The count of batches that `save_freq` asks for; None for 'epoch'."""
        if save_freq == "epoch":
            return None
        if not isinstance(save_freq, int) or save_freq < 1:
            expected = "'epoch' or a positive number of batches"
            raise bad_argument(owner, "save_freq", expected, save_freq)
        return cls(save_freq)

    def save_state(self) -> dict[str, int]:
        """The counts."""
        return dict(vars(self))

    def load_state(self, state: dict[str, int]) -> None:
        """Go on with the counts of another process."""
        vars(self).update(state)

    def complete(self, batch: int) -> bool:
        """Whether the turn is over with batch `batch` of its epoch; calls may skip batches."""
        # A number that does not go up is of the next epoch.
        new = batch - self._batch if batch > self._batch else batch + 1
        self._batch = batch
        self.total += new
        self.left -= new
        if self.left > 0:
            return False
        self.left = self.every
        return True


class History(Callback):
    """What `fit` returns: `history`, the metrics after each epoch, and `epoch`, their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget the epochs of an earlier run."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Append the epoch's metrics."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


class LambdaCallback(Callback):
    """A Callback made of functions, given by the names of the hooks.

    Args:
        on_epoch_begin, on_epoch_end: `f(epoch, logs)`.
        on_train_begin, on_train_end: `f(logs)`.
        on_train_batch_begin, on_train_batch_end: `f(batch, logs)`.
        **kwargs: Functions for the other hooks.

    Example:
        >>> told = LambdaCallback(on_epoch_begin=lambda epoch, logs: print("epoch", epoch))
        >>> told.on_epoch_begin(2, None)
        epoch 2
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__()
        hooks = [name for name in vars(Callback) if name.startswith("on_")]
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in given.items():
            if name not in hooks:
                raise unknown_argument(self, name, hooks)
            if function is not None:
                setattr(self, name, function)
