"""Training on generators by the methods it once had: `fit_generator` and its like."""

import math
from collections.abc import Iterator
from typing import Any

from ..era import eras
from ..notes import note


def fit_generator(
    self: Any,
    generator: Any,
    steps_per_epoch: int | None = None,
    epochs: int = 1,
    verbose: Any = 1,
    callbacks: Any = None,
    validation_data: Any = None,
    validation_steps: int | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """`fit` on batches that a generator makes.

    Args:
        generator: Gives (x, y) or (x, y, sample_weight), without end.
        steps_per_epoch: Batches of an epoch; of a script for Keras 1, rows of an epoch.
        epochs, verbose, callbacks, validation_data, validation_steps: As for `fit`.
    """
    note("fit_generator(...)", "fit(...)")
    if args:
        names = ("class_weight",) if eras.present() == "1" else ("validation_freq", "class_weight")
        kwargs.update(zip(names, args, strict=False))
    rows = kwargs.pop("samples_per_epoch", None)
    if rows is None and eras.present() == "1":
        rows, steps_per_epoch = steps_per_epoch, None
    if rows is not None:
        generator, steps_per_epoch = _in_epochs(generator, rows)
    rows = kwargs.pop("nb_val_samples", None)
    if rows is None and eras.present() == "1":
        rows, validation_steps = validation_steps, None
    if rows is not None and _is_generator(validation_data):
        validation_data, validation_steps = _in_epochs(validation_data, rows)
    kwargs.setdefault("epochs", kwargs.pop("nb_epoch", epochs))
    if not _is_generator(validation_data):
        validation_steps = None
    return self.fit(
        generator,
        steps_per_epoch=None if steps_per_epoch is None else max(1, int(steps_per_epoch)),
        verbose=verbose,
        callbacks=callbacks,
        validation_data=validation_data,
        validation_steps=None if validation_steps is None else max(1, int(validation_steps)),
        **kwargs,
    )


def _is_generator(data: Any) -> bool:
    return data is not None and not isinstance(data, (tuple, list))


def _in_epochs(generator: Any, rows: int) -> tuple[Any, int | None]:
    """Batches in epochs of so many rows, and how many batches those are, if that is known."""
    size = getattr(generator, "batch_size", None)
    return (generator, math.ceil(rows / size)) if size else (Epochs(generator, rows), None)


class Epochs:
    """The batches of a generator without end, in epochs of at least so many rows.

    The generator is not asked before the training begins: a callback may prepare it.
    """

    def __init__(self, generator: Any, rows: int):
        self.batches: Iterator[Any] = iter(generator)
        self.rows = rows

    def __iter__(self) -> Iterator[Any]:
        seen = 0
        while seen < self.rows:
            batch = next(self.batches)
            seen += _rows_of(batch)
            yield batch


def _rows_of(batch: Any) -> int:
    rows = batch[0] if isinstance(batch, (tuple, list)) else batch
    while isinstance(rows, (list, tuple, dict)):
        rows = next(iter(rows.values())) if isinstance(rows, dict) else rows[0]
    return len(rows)


def evaluate_generator(
    self: Any, generator: Any, steps: int | None = None, *args: Any, **kwargs: Any
) -> Any:
    """`evaluate` on batches that a generator makes."""
    note("evaluate_generator(...)", "evaluate(...)")
    generator, steps, _, kwargs = _steps(generator, steps, kwargs)
    kwargs.setdefault("verbose", 0)
    return self.evaluate(generator, steps=steps, **kwargs)


def predict_generator(
    self: Any, generator: Any, steps: int | None = None, *args: Any, **kwargs: Any
) -> Any:
    """`predict` on batches that a generator makes."""
    note("predict_generator(...)", "predict(...)")
    generator, steps, rows, kwargs = _steps(generator, steps, kwargs)
    found = self.predict(generator, steps=steps, **kwargs)
    return found[:rows] if rows is not None and not isinstance(found, list) else found


def _steps(generator: Any, steps: Any, kwargs: dict[str, Any]) -> Any:
    """The generator, the number of batches, and where a script for Keras 1 says that, of rows."""
    rows = kwargs.pop("val_samples", None)
    if rows is None and eras.present() == "1":
        rows, steps = steps, None
    if rows is not None:
        generator, steps = _in_epochs(generator, rows)
    return generator, None if steps is None else max(1, int(steps)), rows, kwargs
