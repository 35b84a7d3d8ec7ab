"""Learner: a layer that was told its loss, metrics and optimizer, and its pure steps."""

import warnings
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from .. import optimizers
from ..core.messages import UserError, bad_argument, short_traceback, who
from ..core.registry import revive, serialize
from ..core.tensor import leaves
from ..core.variable import Scope, Variable, current_scope, real_rows
from ..layers.layer import Layer
from ..lowering import choose
from ..metrics import Mean, Metric
from .compiled import CompiledLoss, CompiledMetrics, named_result, real_count
from .data import unpack_x_y_sample_weight

State = tuple[list[Any], list[Any], list[Any], list[Any]]


class Learner(Layer):
    """Layer with a loss, metrics and an optimizer, and with one step of training, test, predict."""

    is_a_base = True
    compiled = False
    if TYPE_CHECKING:  # told here without becoming fields
        optimizer: Any
        history: Any

    optimizer = None
    loss = None
    stop_training = stop_evaluating = stop_predicting = False  # a callback may set them
    interrupted = False  # by Ctrl-C
    reads_text = False  # whether `read` must make numbers of text among the inputs
    run_eagerly = False
    steps_per_execution = 1
    jit_compile = True
    history = None
    _compile_arguments: Any = None
    _compiled_loss: Any = None
    _compiled_metrics: Any = None
    _loss_tracker: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Without programs yet."""
        self = super().__new__(cls, *args, **kwargs)
        self._forget_programs()
        return self

    @short_traceback
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model learns.

        Args:
            optimizer: Name or Optimizer.
            loss: Name, function or Loss; a list or dict of them for several outputs.
            loss_weights: What each output's loss counts, as a list or dict of numbers.
            metrics: List of names, functions or Metrics; for several outputs a list of lists or a
                dict. Sample weights do not enter.
            weighted_metrics: The same, with sample weights.
            run_eagerly: Whether every step runs as plain Python, to look inside; slow.
            steps_per_execution: How many batches run between two calls of batch hooks.
            jit_compile: 'auto' and True compile; False is `run_eagerly=True`.
            auto_scale_loss: Whether a 'mixed_float16' model gets a LossScaleOptimizer.
        """
        if jit_compile not in ("auto", True, False, None):
            raise bad_argument(self, "jit_compile", "'auto', True or False", jit_compile)
        if not isinstance(steps_per_execution, int) or steps_per_execution < 1:
            raise bad_argument(
                self, "steps_per_execution", "a positive integer", steps_per_execution
            )
        self.optimizer = optimizers.get(optimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and self.optimizer:
            if not isinstance(self.optimizer, optimizers.LossScaleOptimizer):
                self.optimizer = optimizers.LossScaleOptimizer(self.optimizer, name="loss_scale")
        if self.dtype_policy.name.startswith("mixed_") and choose.on_cpu():
            warnings.warn(
                f"{who(self)}: '{self.dtype_policy.name}' is slower than 'float32' on a CPU, where "
                "XLA computes in float32 and converts back and forth; it is for GPUs and TPUs.",
                stacklevel=3,
            )
        if loss is not None or self._compiled_loss is not None:
            self.loss = loss  # else it is the model's own, for its own `compute_loss`
        self.loss_weights = loss_weights
        names = getattr(self, "output_names", None)
        self._compiled_loss = CompiledLoss(loss, loss_weights, names) if loss is not None else None
        self._compiled_metrics = None
        if metrics or weighted_metrics:
            self._compiled_metrics = CompiledMetrics(metrics, weighted_metrics, names)
        self._loss_tracker = Mean(name="loss")
        self.run_eagerly = run_eagerly or jit_compile is False
        self.jit_compile, self.steps_per_execution = jit_compile, steps_per_execution
        self._compile_arguments = {
            "optimizer": self.optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile is not False,
        }
        self._forget_programs()
        self.stop_training = False
        self.compiled = True

    def _forget_programs(self) -> None:
        """Programs, and forms of data that were found to fit, are kept until something changes."""
        self._programs: dict[Any, Any] = {}
        self._paces: dict[Any, Any] = {}
        self._fitting: set[str] = set()
        self._log_names: dict[str, list[str]] = {}
        self._layers_then: list[Layer] = []  # those that the forms of data were tried with

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile` in JSON's types, or None before it."""
        return serialize(self._compile_arguments) if self.compiled else None

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """`compile` with what `get_compile_config` gave, and build the optimizer's state."""
        from_file = dict(config)
        from_file["optimizer"] = optimizers.deserialize(config.get("optimizer", "rmsprop"))
        for key in ("loss", "metrics", "weighted_metrics"):
            from_file[key] = revive(config.get(key))
        self.compile(**from_file)
        if self.built and self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)

    @property
    def metrics(self) -> list[Metric]:
        """The loss's mean, the compiled metrics, and those that layers hold."""
        found = [self._loss_tracker] if self._loss_tracker is not None else []
        if self._compiled_metrics is not None:
            found += self._compiled_metrics.metrics
        if self._compiled_loss is not None:
            found += self._compiled_loss.metrics
        inner = [m for m in self._flatten_layers(include_self=False) if isinstance(m, Learner)]
        theirs = {id(metric) for model in inner for metric in model._told_metrics()}
        held = [metric for metric in super().metrics if id(metric) not in theirs]
        return list({id(metric): metric for metric in [*found, *held]}.values())

    def _told_metrics(self) -> list[Any]:
        """What `compile` was told to count; of no interest to a model around this one."""
        return [self._loss_tracker, *leaves(self._compile_arguments)]

    @property
    def metrics_names(self) -> list[str]:
        """The names under which `evaluate` and the logs give the metrics."""
        return [m.name for m in self.metrics]

    def reset_metrics(self) -> None:
        """Set all metrics to their start."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """Name and present value of every metric."""
        found: dict[str, Any] = {}
        compiled = self._compiled_metrics
        counted = [] if compiled is None else compiled.metrics
        for metric in self.metrics:
            if any(metric is m for m in counted):
                continue
            found.update(named_result(metric, metric.name))
        if compiled is not None:
            found.update(compiled.results())
        return found

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The scalar to minimize: the compiled loss, and what layers and weights add to it."""
        total = None
        if self._compiled_loss is not None and y is not None:
            total = self._compiled_loss(y, y_pred, sample_weight)
        for loss in self.losses:
            loss = jnp.sum(jnp.asarray(loss, jnp.float32))
            total = loss if total is None else total + loss
        if total is None:
            raise UserError(
                "There is no loss to minimize: compile with loss='...', and give targets `y`; "
                "or call `add_loss` in a layer."
            )
        return total

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Count one batch in the compiled metrics; returns all metrics' values."""
        self._count(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _count(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._compiled_metrics is not None and y is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight, real_rows())

    def stateless_compute_loss(
        self,
        trainable_variables: list[Any],
        non_trainable_variables: list[Any],
        metrics_variables: list[Any],
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """`compute_loss` as a pure function of the Variables' values.

        Returns:
            (loss, (trainable, non-trainable, metrics variables after it)).
        """
        groups = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        values = (trainable_variables, non_trainable_variables, metrics_variables)
        with Scope(_pairs(groups, values)) as scope:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training)
            return loss, tuple([scope.value(v) for v in group] for group in groups)

    def _call(self, x: Any, training: bool) -> Any:
        return self(x, training=training)

    def train_step(self, state: State, data: Any) -> tuple[dict[str, Any], State]:
        """One step of training as a pure function, in Keras's form for JAX.

        Args:
            state: Values of (trainable, non-trainable, optimizer, metrics) variables.
            data: A batch: x, (x, y) or (x, y, sample_weight).

        Returns:
            (logs, new state).
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        trainable, fixed, slots, counts = state
        mine, others = self.trainable_variables, self.non_trainable_variables
        metrics = self.metrics_variables

        def forward(trainable: list[Any]) -> Any:
            pairs = _pairs((mine, others, metrics), (trainable, fixed, counts))
            with Scope(pairs) as scope:
                y_pred = self._call(x, training=True)
                loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
                self._loss_tracker.update_state(loss, sample_weight=real_count(leaves(x)[0]))
                self._count(y, y_pred, sample_weight)
                scaled = self._scaled(loss, slots)
                changed = [scope.value(v) for v in others], [scope.value(v) for v in metrics]
            return scaled, changed

        (_, (fixed, counts)), gradients = jax.value_and_grad(forward, has_aux=True)(trainable)
        trainable, slots = self.optimizer.stateless_apply(slots, gradients, trainable)
        with Scope(zip(metrics, counts, strict=True)):
            logs = self.get_metrics_result()  # the compiler leaves it out where nobody asks
        return logs, (trainable, fixed, slots, counts)

    def compute_loss_and_updates(
        self,
        trainable_variables: list[Any],
        non_trainable_variables: list[Any],
        metrics_variables: list[Any],
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: list[Any] | None = None,
    ) -> Any:
        """The loss as a pure function of the Variables' values, for `jax.value_and_grad`.

        Returns:
            (the loss to differentiate, scaled as the optimizer wants it, (loss, outputs,
            non-trainable variables, metrics variables)).
        """
        groups = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        values = (trainable_variables, non_trainable_variables, metrics_variables)
        with Scope(_pairs(groups, values)) as scope:
            y_pred = self._call(x, training=training)
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=training)
            if training and self._loss_tracker is not None:
                self._loss_tracker.update_state(loss, sample_weight=real_count(leaves(x)[0]))
            fixed, metrics = ([scope.value(v) for v in group] for group in groups[1:])
        scaled = loss if optimizer_variables is None else self._scaled(loss, optimizer_variables)
        return scaled, (loss, y_pred, fixed, metrics)

    def _scaled(self, loss: Any, slots: list[Any]) -> Any:
        with Scope(zip(self.optimizer.variables, slots, strict=True)):
            return self.optimizer.scale_loss(loss)

    def test_step(self, state: Any, data: Any) -> tuple[dict[str, Any], Any]:
        """One step of evaluation as a pure function: state holds (trainable, non-trainable,
        metrics) variables."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        groups = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        with Scope(_pairs(groups, state)) as scope:
            y_pred = self._call(x, training=False)
            if self._compiled_loss is not None or self.losses:
                loss = self.compute_loss(x, y, y_pred, sample_weight, training=False)
                self._loss_tracker.update_state(loss, sample_weight=real_count(leaves(x)[0]))
            self._count(y, y_pred, sample_weight)
            logs = self.get_metrics_result()
            return logs, tuple([scope.value(v) for v in group] for group in groups)

    def predict_step(self, state: Any, data: Any) -> tuple[Any, Any]:
        """One step of prediction as a pure function: state holds (trainable, non-trainable)
        variables."""
        groups = (self.trainable_variables, self.non_trainable_variables)
        with Scope(_pairs(groups, state)) as scope:
            x, _, _ = unpack_x_y_sample_weight(data)
            outputs = self._call(x, training=False)
            return outputs, tuple([scope.value(v) for v in group] for group in groups)

    def _must_be_outside(self, method: str) -> None:
        if current_scope() is not None:
            raise UserError(
                f"{who(self)}: `{method}` runs programs of its own, so that it cannot be a part of "
                "one: it was called inside of a step or of `call`. Write `self(x, training=False)` "
                "there, or use a callback."
            )

    def _must_be_compiled(self, method: str) -> None:
        self._must_be_outside(method)
        if not self.compiled:
            raise UserError(
                f"{who(self)}: call `compile(optimizer=..., loss=...)` before `{method}`."
            )


def _pairs(groups: Any, values: Any) -> list[tuple[Variable, Any]]:
    return [
        pair
        for group, part in zip(groups, values, strict=True)
        for pair in zip(group, part, strict=True)
    ]
