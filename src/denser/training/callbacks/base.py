"""Callback: what is called at which moment of a run; History."""

from typing import Any

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

    def interval(self, phase: str) -> int | None:
        """After how many batches the batch hooks of 'train', 'test' or 'predict' are due.

        None: never. 0: whenever the loop looks in. By default 1 where a hook is overridden.
        """
        cls = type(self)
        hooks = _BATCH_HOOKS[phase]
        return 1 if any(getattr(cls, h) is not getattr(Callback, h) for h in hooks) else None

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
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After training batch `batch` of the epoch; `logs` has the metrics so far."""
        self.on_batch_end(batch, logs)

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


class History(Callback):
    """What `fit` returns: `history`, the metrics after each epoch, and `epoch`, their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Start anew."""
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Append the epoch's metrics."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
