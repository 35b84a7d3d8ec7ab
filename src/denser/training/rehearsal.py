"""Rehearsal: what is found out about a model and its data before anything is compiled."""

import operator
import warnings
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from ..core import graph
from ..core.messages import UserError, short, who
from ..core.tensor import KerasTensor, map_leaves
from ..core.variable import Scope
from ..layers.layer import Layer
from .checks import check_outputs
from .data import pack_x_y_sample_weight
from .learner import Learner
from .plain import is_plain


class Rehearsed(Learner):
    """Learner that tries its steps on shapes: weights, losses, metrics and optimizer slots are made
    for them, and what does not fit is said."""

    is_a_base = True

    def _build_for(self, kind: str, spec: Any, rows: int | None = None) -> None:
        """Make weights, losses, metrics and optimizer slots for data of this form, and see that
        they fit each other; nothing is compiled.

        Args:
            kind: 'train', 'test' or 'predict'.
            spec: (x, y, sample_weight) as KerasTensors.
            rows: Those of a batch, for what only fits that number.
        """
        if not self._has_the_layers(self._layers_then):
            self._forget_programs()
        form = kind + repr(map_leaves(lambda t: None if t is None else (t.shape, t.dtype), spec))
        if form not in self._fitting:
            own = self._has_own_step(kind)
            if kind == "train" and self.optimizer is None and not own:
                raise UserError(
                    f"{who(self)}: it was compiled with optimizer=None, so that it can be "
                    "evaluated, not trained. Call `compile(optimizer='adam', ...)`."
                )
            if not own or not self._all_built():
                self._try_on(lambda data: self._measure(kind, own, *data), spec, rows)
            if is_plain(getattr(self, f"{kind}_step")):
                self._try_plain(kind, spec, rows)
            if kind != "predict":
                check_outputs(self)
            self._fitting.add(form)
            self._layers_then = self._flatten_layers()
        if kind == "train" and self.optimizer is not None:
            self._build_optimizer()

    def _has_the_layers(self, layers: list[Layer]) -> bool:
        """Whether the layers in this model, at any depth, are still these."""
        now = self.kept("layers", self._flatten_layers)
        return len(now) == len(layers) and all(map(operator.is_, now, layers))

    def _measure(self, kind: str, own: bool, x: Any, y: Any, sample_weight: Any) -> None:
        """One step without its gradients; loss and metrics choose their kind by it."""
        step = getattr(self, f"{kind}_step")
        try:
            y_pred = self._call(x, training=kind == "train")
        except (NotImplementedError, ValueError) as error:
            if not own or not (is_plain(step) or isinstance(error, NotImplementedError)):
                raise
            self.built = True  # its own step calls its networks, or calls it on something else
            return
        if kind == "predict":
            return
        if own:  # a user's step: what it does with the data is its own business
            if self._compiled_loss is not None and y is not None:
                self._compiled_loss(y, y_pred, sample_weight)
        elif self._compiled_loss is not None and y is None:
            raise UserError(
                f"{who(self)}: the loss {short(self.loss)} needs targets; got no `y`. Give (x, y)."
            )
        elif kind == "train" or self._compiled_loss is not None or self.losses:
            self.compute_loss(x, y, y_pred, sample_weight, kind == "train")
        self._count(y, y_pred, sample_weight)

    def _try_plain(self, kind: str, spec: Any, rows: int | None) -> None:
        """Run a plain step on shapes, so that the layers, metrics and optimizers in it are built:
        inside a program it would be too late."""
        layers = self._flatten_layers(include_self=False)
        if kind == "train" and self.optimizer is not None and all(x.built for x in layers):
            self._build_optimizer()
        step = getattr(self, f"{kind}_step")

        def run(data: Any) -> None:
            step(data[0] if kind == "predict" else pack_x_y_sample_weight(*data))

        self._try_on(run, spec, rows)

    def _try_on(self, function: Callable[[Any], Any], spec: Any, rows: int | None) -> None:
        """Run `function` on data of a form with any number of rows; where that fails, with the
        number that a batch has: a loss or a layer of the user's may have it written in it."""
        try:
            self._run_on(function, spec)
        except (TypeError, ValueError):
            if rows is None or not self._runs_on(function, _with_rows(spec, rows)):
                raise

    def _runs_on(self, function: Callable[[Any], Any], spec: Any) -> bool:
        """Whether `_run_on` raises nothing."""
        try:
            self._run_on(function, spec)
        except Exception:
            return False
        return True

    def _run_on(self, function: Callable[[Any], Any], spec: Any) -> None:
        """Run `function` on data of a form, and forget what it assigned: on shapes alone, or on
        zeros where Python may look at values."""
        if not self.run_eagerly:
            graph.infer(function, spec)
            return
        with Scope(closed=True):
            function(map_leaves(_zeros, spec))

    def _has_own_step(self, kind: str) -> bool:
        """Whether a user's subclass says itself what a step does."""
        names = ["compute_loss", f"{kind}_step"] if kind != "predict" else ["predict_step"]
        return any(getattr(type(self), name) is not getattr(Learner, name) for name in names)

    def _all_built(self) -> bool:
        parts = [*self._flatten_layers(), self._compiled_loss, self._compiled_metrics]
        return all(part is None or part.built for part in parts)

    def _build_optimizer(self) -> None:
        weights = self.trainable_variables
        if not weights and self.weights:
            warnings.warn(
                f"{who(self)}: all of its weights are frozen; nothing is trained. Set `trainable` "
                "to True and call `compile` again.",
                stacklevel=2,
            )
        if not self.optimizer.built:
            self.optimizer.build(weights)
        elif is_plain(self.train_step):
            return  # a step of the user's own: it says itself which weights the optimizer moves
        elif [id(v) for v in weights] != [id(v) for v in self.optimizer._weights()]:
            raise UserError(
                f"{who(self)}: its optimizer was built for other weights than those that are "
                "trainable now: layers were added, removed, frozen or freed since, or it served "
                "another model. Call `compile` again, with a new optimizer."
            )

    def pads(self) -> bool:
        """Whether rows that only fill up a batch count for nothing in this model.

        True where every part is denser's own and known to look at `real_rows`; a user's code may
        mix the rows of a batch, so that its partial batch runs in its true size. A stateful layer
        would keep what it made of the other rows for the next batch.
        """
        return self.kept("pads", self._find_pads)

    def _find_pads(self) -> bool:
        parts: list[Any] = self._flatten_layers(include_self=False)
        if self._compiled_loss is not None:
            parts += [getattr(x, "fn", x) for x in self._compiled_loss.losses if x is not None]
        if self._compiled_metrics is not None:
            parts += [getattr(m, "_fn", m) for m in self.metrics]
        methods = ("call", "train_step", "test_step", "predict_step", "compute_loss",
                   "compute_metrics", "compute_output_spec")  # fmt: skip
        parts += [getattr(type(self), name) for name in methods]
        return all(map(_is_ours, parts)) and not any(
            getattr(part, "activity_regularizer", None) is not None
            or getattr(part, "stateful", False)
            or type(part).__name__ in ("Lambda", "ActivityRegularization")
            for part in [self, *parts]
        )


def _with_rows(spec: Any, rows: int) -> Any:
    """The form with a number of rows."""
    return map_leaves(
        lambda t: None if t is None else KerasTensor((rows, *t.shape[1:]), t.dtype), spec
    )


def _zeros(tensor: KerasTensor | None) -> Any:
    """Zeros of a form, two rows where their number is not known."""
    if tensor is None:
        return None
    return jnp.zeros([2 if size is None else size for size in tensor.shape], tensor.dtype)


def _is_ours(part: Any) -> bool:
    module = getattr(part, "__module__", None) or type(part).__module__
    return module.split(".")[0] == "denser"
