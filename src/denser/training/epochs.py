"""The epochs of `fit`: steps, validation, callbacks, and what keeps the run, in their order."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from .data import Source
from .interrupt import Stop, on_interrupt
from .loop import Unkept


class Plan(NamedTuple):
    """What `fit` was told of its epochs."""

    first: int
    epochs: int
    source: Source
    validation: Source | None
    validation_freq: int | Collection[int]


def train(model: Any, plan: Plan, hooks: Any, keep: Unkept) -> None:
    """Run a Trainer's epochs; SIGTERM ends the process when they are over."""
    model.stop_training = model.interrupted = False
    with on_interrupt(terminates=True) as stop:
        model._initial_epoch = plan.first
        hooks.on_train_begin()  # BackupAndRestore may set a later epoch to go on from
        begun = model._initial_epoch
        first = keep.begin(hooks, begun)
        logs = keep.logs
        for epoch in range(first, plan.epochs):
            logs = _epoch(model, plan, epoch, hooks, keep, stop)
            if model.stop_training or stop.asked:
                break
        if model.optimizer is not None and plan.epochs > begun:
            model.optimizer.finalize_variable_values(model.trainable_weights)
        model.interrupted = stop.asked
        hooks.on_train_end(logs)
    stop.leave()


def _epoch(
    model: Any, plan: Plan, epoch: int, hooks: Any, keep: Unkept, stop: Stop
) -> dict[str, Any]:
    """One epoch and the validation behind it; gives the logs of both."""
    model.reset_metrics()
    hooks.on_epoch_begin(epoch)
    phase = hooks.phase("train", model.steps_per_execution)
    keep.enter(epoch, phase)
    logs = dict(keep.logs)
    if not keep.trained:
        logs = model._run_epoch(
            plan.source, epoch, "train", phase, lambda: stop.asked or model.stop_training, keep
        )
    if plan.validation is not None and _due(plan.validation_freq, epoch) and not stop.asked:
        keep.hold(logs)
        found = model._evaluate(plan.validation, hooks, stop)
        if not stop.asked:  # else they are those of some batches
            logs.update({f"val_{key}": value for key, value in found.items()})
    model.interrupted = stop.asked
    if model.interrupted:
        keep.stopped()
    hooks.on_epoch_end(epoch, logs)
    if not model.interrupted:
        over = epoch + 1 == plan.epochs or model.stop_training or stop.asked
        keep.epoch_ended(epoch + 1, logs, over)
    return logs


def _due(frequency: int | Collection[int], epoch: int) -> bool:
    """Whether validation follows epoch `epoch`, counted from 0."""
    if isinstance(frequency, (int, np.integer)):
        return (epoch + 1) % frequency == 0
    return epoch + 1 in frequency  # type: ignore[operator]
