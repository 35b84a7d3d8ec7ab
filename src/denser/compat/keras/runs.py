"""Runs: what callbacks were told of a run and of its batches, before tf.keras told them less."""

from collections.abc import Callable
from typing import Any

from ...core.tensor import leaves
from ...training.callbacks import Callback, CallbackList
from ..era import eras
from ..patches import patches
from .logs import Logs


def install() -> None:
    """Let callbacks have the parameters and the logs of then."""
    patches.put(CallbackList, set_params=_with_older(CallbackList.set_params))
    for name in ("on_train_batch_begin", "on_train_batch_end"):
        patches.put(Callback, **{name: _of_batch(getattr(Callback, name))})


def remember(model: Any, fit: dict[str, Any]) -> None:
    """Keep, for the callbacks, what `fit` was told."""
    rows = next((len(a) for a in leaves(fit.get("x")) if getattr(a, "ndim", 0)), None)
    size = fit.get("batch_size") or (32 if rows is not None else None)
    model.__dict__["_run_then"] = {
        "batch_size": size,
        "samples": rows,
        "nb_sample": rows,
        "do_validation": fit.get("validation_data") is not None or "validation_split" in fit,
    }


def _with_older(set_params: Callable[..., None]) -> Callable[..., None]:
    def with_older(self: Any, params: dict[str, Any]) -> None:
        model = self._model
        then = getattr(model, "_run_then", None)
        if then is not None and eras.present() != "3" and "epochs" in params:
            names = list(model.metrics_names)
            validated = [f"val_{name}" for name in names] if then["do_validation"] else []
            params = {**then, "nb_epoch": params["epochs"], "metrics": names + validated, **params}
        set_params(self, params)

    return with_older


def _of_batch(method: Callable[..., None]) -> Callable[..., None]:
    """A batch hook whose logs have the number of the batch and its rows."""

    def of_batch(self: Any, batch: int, logs: Any = None) -> None:
        if eras.present() in ("1", "2"):
            size, rows = self.params.get("batch_size"), self.params.get("samples")
            here = size if None in (size, rows) else min(size, rows - batch * size)
            logs = Logs({"batch": batch, "size": here, **(logs or {})})
        method(self, batch, logs)

    of_batch.__name__ = method.__name__
    return of_batch
