"""Hooks: where Tensors meet denser. Users' code sees Tensors, denser's own sees arrays.

Whoever calls decides: what a layer, loss or metric returns to a user's code is a Tensor, and noted
on the tapes; what denser calls of a user's (`call`, `train_step`, a loss function) gets Tensors.
"""

import functools
import types
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import jax
import numpy as np

from ...activations import ACTIVATIONS
from ...constraints import Constraint
from ...core import custom
from ...core.registry import Registered
from ...core.tensor import KerasTensor, map_leaves
from ...core.tensor import any_symbolic as is_symbolic
from ...core.variable import current_scope
from ...initializers import Initializer
from ...layers import Lambda
from ...layers.module import Module
from ...layers.operation import Operation, present_training
from ...losses import Loss, LossFunctionWrapper
from ...metrics import MeanMetricWrapper, Metric
from ...models.model import Model
from ...optimizers import Optimizer
from ...optimizers.schedules import LearningRateSchedule
from ...regularizers import Regularizer
from ...training.learner import Learner
from ..patches import patches
from . import operands, recording, rows, watching
from . import variable as variables
from .chance import step_of
from .dtypes import TensorShape
from .function import Function
from .lift import as_operand, from_denser, lift, open_
from .networks import LAYERS_OWN
from .ragged import RaggedTensor
from .tensor import Tensor, unwrap, wrap

_METHODS = ("call", "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics",
            "compute_mask", "update_state", "result", "__call__")  # fmt: skip


def install() -> None:
    """Let denser take and give Tensors, until compat is uninstalled."""
    if getattr(Operation.__call__, "gives_tensors", False):
        return
    operands.install()
    # What `keras.ops` makes of numbers has Tensors' one method that scripts call on everything.
    patches.put(type(jax.numpy.zeros(())), numpy=lambda self: np.asarray(self))
    patches.put(
        Operation,
        _run=_with_arrays(Operation._run),
        losses=property(_losses(Operation.losses.fget)),  # type: ignore[attr-defined]
    )
    patches.put(Registered, __init_subclass__=classmethod(_new_class))
    for cls in (*_below(Operation), *_below(Loss)):
        if cls.__module__.startswith("denser."):  # `call` for users' `super().call(inputs)`
            own = [name for name in ("__call__", "call") if name in vars(cls)]
            patches.put(cls, **{name: outward(vars(cls)[name]) for name in own})
            if "get_initial_state" in vars(cls):
                patches.put(cls, get_initial_state=outward(vars(cls)["get_initial_state"], False))
    for cls in _below(Metric):
        own = [name for name in ("__call__", "result", "update_state") if name in vars(cls)]
        patches.put(cls, **{name: outward(vars(cls)[name], noted=False) for name in own})
    patches.put(
        Learner,
        compute_loss=outward(Learner.compute_loss),
        compute_metrics=outward(Learner.compute_metrics, noted=False),
        compiled_loss=property(_CompiledLoss),
        compiled_metrics=property(_CompiledMetrics),
    )
    for cls in (Lambda, LossFunctionWrapper, MeanMetricWrapper):
        patches.put(cls, __init__=_takes_function(cls.__init__))
    patches.put(Module, submodules=property(lambda self: tuple(self._flatten_layers())[1:]))
    rows.install()
    patches.put(ACTIVATIONS, get=_activation(ACTIVATIONS.get))
    patches.put(Optimizer, minimize=_minimize(Optimizer.minimize))
    for root in (Initializer, Regularizer, Constraint, LearningRateSchedule):
        for cls in _below(root):
            if "__call__" in vars(cls) and cls.__module__.startswith("denser."):
                patches.put(cls, __call__=outward(vars(cls)["__call__"]))
    patches.put(Module, __setattr__=_set(Module.__setattr__))
    patches.put(KerasTensor, shape=_Shape(), get_shape=lambda self: self.shape)


def _below(cls: type) -> list[type]:
    return [cls, *(inner for sub in cls.__subclasses__() for inner in _below(sub))]


# ----------------------------------------------------------------------- what users call of ours


def outward(method: Callable[..., Any], noted: bool = True) -> Callable[..., Any]:
    """A method of denser's that takes Tensors, and gives them to users' code.

    Args:
        noted: Whether the tapes see it.
    """

    @functools.wraps(method)
    def from_users(self: Any, *args: Any, **kwargs: Any) -> Any:
        inside = from_denser()
        if inside and not (noted and recording.is_recording()):
            return method(self, *args, **kwargs)
        if is_symbolic(args, kwargs):
            return method(self, *map_leaves(unwrap, args), **map_leaves(unwrap, kwargs))
        if args and isinstance(args[0], RaggedTensor) and isinstance(self, Operation):
            return rows.of_rows(from_users, self, *args, **kwargs)
        args, kwargs = map_leaves(open_, args), map_leaves(open_, kwargs)
        if not noted or not recording.is_recording():
            result = method(self, *args, **kwargs)
        elif method.__name__ == "__call__" and _is_graph(self):  # noted layer by layer, not whole
            result = Operation.__call__.__wrapped__(self, *args, **kwargs)  # type: ignore[attr-defined]
        elif method.__name__ == "call" and _is_graph(self):
            result = method(self, *args, **kwargs)
        else:
            result = _noted(method, self, args, kwargs)
        return result if inside else rows.given(self, result)

    from_users.gives_tensors = True  # type: ignore[attr-defined]
    return from_users


def _set(set_: Callable[..., None]) -> Callable[..., None]:
    """Set an attribute; a Tensor that a user gives to a layer of ours as its weight is one."""

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if isinstance(value, Tensor) and type(self).__module__.startswith("denser."):
            value = variables.Given(value, name)
        set_(self, name, value)

    return set_attribute


def _is_graph(layer: Any) -> bool:
    """Whether a call only hands arrays from layer to layer: gradients by what stands between two
    of them, as in a user's model, can then be asked for."""
    return isinstance(layer, Model) and "mixed" not in layer.dtype_policy.name


def _noted(method: Callable[..., Any], owner: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """The result of a method that may read and assign Variables, noted as one step."""
    if isinstance(owner, Operation) and kwargs.get("training") is None:
        training = present_training()  # of the call around it, which a replay does not have
        kwargs = kwargs if training is None else kwargs | {"training": training}
    token = owner.kept("tape", object) if isinstance(owner, Module) else None
    whole = functools.partial(method, owner)
    result, losses = watching.call(whole, args, kwargs, (method, owner, token))
    scope = current_scope()
    if scope is not None:
        scope.losses.extend(losses)
    elif isinstance(owner, Operation):
        owner.take_losses(losses)
    return result


def _losses(get: Callable[..., Any]) -> Callable[..., Any]:
    """The losses of a layer, the penalties on weights as the tapes see them."""

    def losses(self: Any) -> Any:
        if from_denser():
            return get(self)
        weights = [v for v in self.trainable_weights if v.regularizer is not None]
        found = get(self)
        added = found[: len(found) - len(weights)]
        return [*map(wrap, added), *(_penalty(v.regularizer)(v) for v in weights)]

    return losses


@functools.lru_cache(256)
def _penalty(regularizer: Any) -> Callable[..., Any]:
    return lift(lambda weight: unwrap(regularizer(weight)), name="penalty")


def _with_arrays(run: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(run)
    def with_arrays(self: Any, *args: Any, **kwargs: Any) -> Any:
        return map_leaves(unwrap, run(self, *args, **kwargs))

    return with_arrays


class _CompiledLoss:
    """`model.compiled_loss` of tf.keras: the loss and what is added to it."""

    def __init__(self, model: Any):
        self._model = model

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, regularization_losses: Any = None
    ) -> Any:
        model = self._model
        loss = _loss_of(model._compiled_loss, y_true, y_pred, sample_weight)
        for extra in regularization_losses or ():
            loss = loss + extra
        model._loss_tracker.update_state(unwrap(loss))
        return loss

    @property
    def metrics(self) -> list[Any]:
        """The tracker of the loss."""
        return [self._model._loss_tracker]


def _loss_of(compiled: Any, y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
    """The compiled loss of a batch, as the tapes see it."""
    args = map_leaves(open_, (y_true, y_pred, sample_weight))
    if not recording.is_recording():
        return wrap(compiled(*args))
    return wrap(watching.call(compiled, args, {}, ("loss", compiled))[0])


class _CompiledMetrics:
    """`model.compiled_metrics` of tf.keras."""

    def __init__(self, model: Any):
        self._model = model

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in."""
        with recording.suspended():
            self._model._count(*map_leaves(open_, (y_true, y_pred, sample_weight)))

    @property
    def metrics(self) -> list[Any]:
        """The compiled metrics."""
        return [m for m in self._model.metrics if m is not self._model._loss_tracker]


def _minimize(minimize: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(minimize)
    def with_tape(
        self: Any, loss: Any, var_list: Any = None, grad_loss: Any = None, name: Any = None,
        tape: Any = None,
    ) -> Any:  # fmt: skip
        weights: Any = var_list() if callable(var_list) else var_list
        if callable(loss):
            return wrap(minimize(self, handed(loss), weights))
        if tape is None:
            return minimize(self, loss, weights)
        found: Any = tape.gradient(loss, weights, grad_loss)
        return self.apply_gradients(zip(found, weights, strict=True))

    return with_tape


# ----------------------------------------------------------------------- what we call of users'


def _new_class(cls: type, **kwargs: Any) -> None:
    """A user's class: its methods get Tensors from denser."""
    _init_subclass(cls, **kwargs)
    if cls.__module__.split(".")[0] == "denser":
        return
    skipped = ("__call__",) if issubclass(cls, (Operation, Loss, Metric)) else ()
    for name in _METHODS:
        method = vars(cls).get(name)
        if isinstance(method, (types.FunctionType, Function)) and name not in skipped:
            setattr(cls, name, handed(method))
    for name in ("build", "compute_output_shape"):
        method = vars(cls).get(name)
        if isinstance(method, types.FunctionType) and issubclass(cls, Operation):
            setattr(cls, name, _with_shapes(method))


def _with_shapes(method: Callable[..., Any]) -> Callable[..., Any]:
    """A user's method that gets TensorShapes."""

    @functools.wraps(method)
    def with_shapes(self: Any, *args: Any, **kwargs: Any) -> Any:
        named = {name: _shaped(value) for name, value in kwargs.items()}
        return method(self, *map(_shaped, args), **named)

    return with_shapes


def _shaped(shape: Any) -> Any:
    """A shape as a TensorShape, also within lists and dicts."""
    if isinstance(shape, dict):
        return {name: _shaped(part) for name, part in shape.items()}
    if isinstance(shape, (list, tuple)) and any(isinstance(n, (list, tuple)) for n in shape):
        return type(shape)(map(_shaped, shape))
    return TensorShape(shape) if type(shape) is tuple else shape


_init_subclass = Registered.__init_subclass__.__func__  # type: ignore[attr-defined]


def handed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A user's function that denser calls with arrays: it gets Tensors, and gives arrays back."""
    is_step = getattr(function, "__name__", "") in ("train_step", "test_step", "predict_step")

    @functools.wraps(function)
    def with_tensors(*args: Any, **kwargs: Any) -> Any:
        if not from_denser():
            return function(*args, **kwargs)
        with step_of(args[0]) if is_step else nullcontext():
            result = function(*map_leaves(wrap, args), **map_leaves(wrap, kwargs))
        return map_leaves(unwrap, result)

    if function in custom._custom_names:
        custom._custom_names[with_tensors] = custom._custom_names[function]
    return with_tensors


def _takes_function(init: Callable[..., None]) -> Callable[..., None]:
    """A constructor whose first argument is a function, which may be a user's."""

    @functools.wraps(init)
    def __init__(self: Any, function: Any = None, *args: Any, **kwargs: Any) -> None:
        for name in ("fn", "function"):
            function = kwargs.pop(name, function)
        init(self, _of_user(function), *args, **kwargs)

    return __init__


def _of_user(function: Any) -> Any:
    """A user's function as denser is to call it; everything else as it is."""
    own = getattr(function, "__module__", None) or ""
    if isinstance(function, types.FunctionType) and not own.startswith("denser."):
        return handed(function)
    return function


def _activation(get: Callable[..., Any]) -> Callable[..., Any]:
    """The activation that is meant: tf.nn's functions are denser's own, users' see Tensors."""

    def known(meant: Any) -> Any:
        is_function = isinstance(meant, types.FunctionType)
        return _of_user(get(LAYERS_OWN.get(meant, meant) if is_function else meant))

    return known


class _Shape:
    """The shape of a symbolic tensor as a TensorShape."""

    def __get__(self, tensor: Any, owner: Any = None) -> Any:
        return self if tensor is None else tensor.__dict__["shape"]

    def __set__(self, tensor: Any, shape: Any) -> None:
        tensor.__dict__["shape"] = TensorShape(shape)


def tensors(structure: Any) -> Any:
    """Nested arrays as Tensors."""
    return map_leaves(lambda x: rows.with_text(as_operand(x)), structure)
