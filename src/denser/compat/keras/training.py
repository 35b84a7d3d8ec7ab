"""Training as older versions called it: `fit(nb_epoch=)`, `fit_generator`, `predict_classes`."""

import functools
import inspect
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.messages import UserError
from ...models import Sequential
from ...models.model import Model
from ...optimizers import Optimizer
from ..era import eras
from ..notes import note
from ..patches import patches
from .class_weight import take_class_weight
from .generators import Epochs, evaluate_generator, fit_generator, predict_generator
from .given import data_to_fit
from .logs import with_older_names
from .runs import remember
from .symbolic import take_outer_tensors

_RENAMED = {"nb_epoch": "epochs", "X": "x", "val_samples": "steps", "X_test": "x"}
# About queues of worker processes; data are read ahead here without being asked.
_QUEUES = (
    "max_queue_size", "max_q_size", "workers", "nb_worker", "use_multiprocessing", "pickle_safe",
    "wait_q_size", "reset_metrics",
)  # fmt: skip
_COMPILE_LEFT_OUT = (
    "class_mode", "theano_mode", "sample_weight_mode", "target_tensors", "options", "run_metadata",
    "experimental_run_tf_function", "distribute", "cloning", "mode",
)  # fmt: skip
# Before Keras 3 `metrics` came before `loss_weights`.
_COMPILE_ORDER = ("optimizer", "loss", "metrics", "loss_weights")


def install() -> None:
    """Put the older methods and arguments on Model and Sequential."""
    for name in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch"):
        method = getattr(Model, name)
        patches.put(Model, **{name: _METHODS[name](method)})
    patches.put(Model, compile=_compile(Model.compile))
    patches.put(
        Model,
        fit_generator=fit_generator,
        evaluate_generator=evaluate_generator,
        predict_generator=predict_generator,
        predict_classes=predict_classes,
        predict_proba=predict_proba,
        predict_stochastic=predict_proba,
    )


def _today(method: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a method by today's names, without those about queues."""
    made = {}
    for name, value in kwargs.items():
        if name in _QUEUES:
            continue
        if name in _RENAMED:
            note(f"{method}({name}=)", f"{method}({_RENAMED[name]}=)")
        made[_RENAMED.get(name, name)] = value
    return made


def _verbose(kwargs: dict[str, Any]) -> None:
    """A line for each epoch for what older versions took for that: 3 and above."""
    verbose = kwargs.get("verbose")
    if isinstance(verbose, (int, np.integer)) and verbose > 2:
        kwargs["verbose"] = 2


def _fit(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs = _today("fit", kwargs)
        kwargs.update(zip(("x", "y", "batch_size", "epochs", "verbose"), args, strict=False))
        _verbose(kwargs)
        for name in ("epochs", "steps_per_epoch", "validation_steps", "batch_size"):
            if isinstance(kwargs.get(name), float):  # 8000 / 32 was good enough
                kwargs[name] = max(1, int(kwargs[name]))
        if eras.present() == "1":
            kwargs.setdefault("epochs", 10)
        if kwargs.get("x") is None:
            kwargs.update(data_to_fit(self, self.__dict__.get("_targets")))
        _show_accuracy(self, kwargs)
        take_class_weight(self, kwargs)
        if isinstance(kwargs.get("validation_data"), list):
            kwargs["validation_data"] = tuple(kwargs["validation_data"])
        _tell_validation_data(kwargs.get("callbacks"), kwargs.get("validation_data"))
        _begin_early(self, kwargs)
        remember(self, kwargs)
        with _AsCompiled(self):
            return with_older_names(method(self, *args[5:], **kwargs))

    return fit


def _begin_early(model: Any, kwargs: dict[str, Any]) -> None:
    """Begin, with a callback that makes the batches, before the first of them is looked at."""
    callbacks = kwargs.get("callbacks")
    callbacks = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    for data in (kwargs.get("x"), kwargs.get("validation_data")):
        generator = data.batches if isinstance(data, Epochs) else data
        frame = generator.gi_frame if inspect.isgenerator(generator) else None
        owner = frame.f_locals.get("self") if frame is not None else None
        if owner is not None and any(owner is callback for callback in callbacks):
            owner.set_model(model)
            owner.on_train_begin({})
            break


def _tell_validation_data(callbacks: Any, data: Any) -> None:
    """Callbacks once had `validation_data`: a list of inputs, targets and weights."""
    flat: Any = data
    if isinstance(data, tuple) and len(data) > 1:
        parts = list(data)
        x, rest = parts[0], parts[1:]
        flat = [*(x if isinstance(x, list) else [x]), *rest]
        if len(rest) == 1 and hasattr(rest[0], "__len__"):
            flat.append(np.ones(len(rest[0])))
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        if callback is not None and getattr(callback, "validation_data", None) is None:
            callback.validation_data = flat


def _evaluate(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def evaluate(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs = _today("evaluate", kwargs)
        _verbose(kwargs)
        asked = "show_accuracy" in kwargs
        _show_accuracy(self, kwargs)
        found = method(self, *args, **kwargs)
        if self.__dict__.get("_shows_accuracy") and not asked and isinstance(found, list):
            return found[0]
        return found

    return evaluate


def _predict(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def predict(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs = _today("predict", kwargs)
        _verbose(kwargs)
        if eras.present() != "3" and len(args) < 3:
            kwargs.setdefault("verbose", 0)  # a bar was shown only to who asked for it
        return method(self, *args, **kwargs)

    return predict


def _on_batch(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def on_batch(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs = _today(method.__name__, kwargs)
        if kwargs.pop("accuracy", False):
            kwargs["show_accuracy"] = True
        kwargs.update(zip(("x", "y", "sample_weight", "class_weight"), args, strict=False))
        _show_accuracy(self, kwargs)
        take_class_weight(self, kwargs)
        with _AsCompiled(self):
            return method(self, *args[4:], **kwargs)

    return on_batch


_METHODS = {
    "fit": _fit,
    "evaluate": _evaluate,
    "predict": _predict,
    "train_on_batch": _on_batch,
    "test_on_batch": _on_batch,
}


def _show_accuracy(model: Any, kwargs: dict[str, Any]) -> None:
    """Compile again with the accuracy among the metrics, where `show_accuracy=True` asks for it."""
    if not kwargs.pop("show_accuracy", False):
        return
    note("show_accuracy=True", "compile(..., metrics=['accuracy'])")
    given = dict(model._compile_arguments)
    if not given["metrics"]:
        model.compile(given["optimizer"], given["loss"], metrics=["accuracy"])
        model._shows_accuracy = True


def _compile(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def compile(self: Any, *args: Any, **kwargs: Any) -> None:
        order = _COMPILE_ORDER if eras.present() != "3" else ("optimizer", "loss", "loss_weights")
        kwargs.update(zip(order, args, strict=False))
        self.__dict__["_targets"] = kwargs.get("target_tensors")
        for name in _COMPILE_LEFT_OUT:
            kwargs.pop(name, None)
        if isinstance(kwargs.get("optimizer"), Optimizer) and eras.present() != "3":
            kwargs["optimizer"] = _own_optimizer(self, kwargs["optimizer"])
        if isinstance(kwargs.get("loss"), str):
            kwargs["loss"] = _LOSS_NAMES.get(kwargs["loss"], kwargs["loss"])
        if eras.says_acc:
            kwargs["metrics"] = _as_acc(kwargs.get("metrics"))
        if kwargs.get("loss") is not None:
            kwargs["loss"] = take_outer_tensors(self, kwargs["loss"])
        method(self, *args[len(order) :], **kwargs)
        self._trainable_then = _Trainable(self) if eras.present() != "3" else None

    return compile


_LOSS_NAMES = {"cosine_proximity": "cosine_similarity", "cosine": "cosine_similarity"}


def _as_acc(metrics: Any) -> Any:
    """'accuracy' as 'acc', for a script that reads its history by that name."""
    if isinstance(metrics, dict):
        return {key: _as_acc(value) for key, value in metrics.items()}
    if isinstance(metrics, (list, tuple)):
        return [_as_acc(metric) for metric in metrics]
    return "acc" if metrics == "accuracy" else metrics


def _own_optimizer(model: Any, optimizer: Any) -> Any:
    """An optimizer of the model's own: one object was once good for several models, and for other
    weights after the model was compiled again."""
    used = optimizer.__dict__.get("_used_by", lambda: None)()
    if used is None or (used is model and not optimizer.built):
        optimizer.__dict__["_used_by"] = weakref.ref(model)
        return optimizer
    if used is model and _same(optimizer._weights(), model.trainable_variables):
        return optimizer
    copy = type(optimizer).from_config(optimizer.get_config())
    copy.__dict__["_used_by"] = weakref.ref(model)
    told = {k: v for k, v in optimizer.__dict__.items() if k in ("_older_decay", "_older_warming")}
    copy.__dict__.update(told)
    return copy


def _same(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


class _Trainable:
    """Each layer of a model, with whether it is trained now.

    An object of its own: what a list in a model's attributes holds is part of the model.
    """

    def __init__(self, model: Any):
        self.layers = [(layer, layer._trainable) for layer in model._flatten_layers()]


class _AsCompiled:
    """Within the `with`, layers are trained that were when the model was compiled: what was set
    since holds from the next `compile` on, on which every GAN of those years is built."""

    def __init__(self, model: Any):
        then = model.__dict__.get("_trainable_then")
        self.changes = [
            (layer, value, layer._trainable)
            for layer, value in (then.layers if then else ())
            if layer._trainable != value
        ]

    def __enter__(self) -> None:
        for layer, then, _ in self.changes:
            _set_trainable(layer, then)

    def __exit__(self, *error: object) -> None:
        for layer, _, now in self.changes:
            _set_trainable(layer, now)


def _set_trainable(layer: Any, value: bool) -> None:
    layer._trainable = value
    for variable in layer._own_weights:
        variable.trainable = value


def predict_classes(
    self: Any, x: Any, batch_size: int | None = None, verbose: Any = 0, **kwargs: Any
) -> Any:
    """The class of each row: the likeliest one, or 1 where a single output is above 0.5."""
    note("predict_classes(x)", "predict(x).argmax(axis=-1)")
    if not isinstance(self, Sequential) and len(self.outputs or [None]) > 1:
        raise UserError("predict_classes: needs a model with one output; use predict.")
    found = self.predict(x, batch_size=batch_size, verbose=verbose, **kwargs)
    if found.shape[-1] > 1:
        return found.argmax(axis=-1)
    return (found > 0.5).astype("int32")


def predict_proba(
    self: Any, x: Any, batch_size: int | None = None, verbose: Any = 0, **kwargs: Any
) -> Any:
    """`predict`, by the name it had for classifiers."""
    note("predict_proba(x)", "predict(x)")
    return self.predict(x, batch_size=batch_size, verbose=verbose, **kwargs)
