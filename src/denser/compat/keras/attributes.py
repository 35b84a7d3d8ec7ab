"""Attributes, methods and arguments that layers, optimizers, callbacks once had."""

import functools
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...core.custom import get_registered_name, register_keras_serializable
from ...core.messages import UserError
from ...core.tensor import KerasTensor
from ...core.variable import Variable
from ...layers import Lambda
from ...layers.layer import Layer
from ...layers.operation import Operation, shape_of
from ...metrics import Metric
from ...models import Model
from ...optimizers import Nadam, Optimizer
from ...training.callbacks import Callback, CallbackList, ReduceLROnPlateau, TensorBoard
from ..era import eras
from ..notes import note
from ..patches import patches
from .backend import get_updates, gradients
from .logs import Logs

_OF_TENSORBOARD = (  # what it did with sessions of TensorFlow
    "batch_size",
    "write_grads",
    "embeddings_freq",
    "embeddings_layer_names",
    "embeddings_metadata",
    "embeddings_data",
    "profile_batch",
)


def install() -> None:
    """Put them on denser's classes."""
    patches.put(
        Layer,
        __init__=_by_position(Layer.__init__),
        get_input_at=lambda self, index: _call_of(self, index, "arguments"),
        get_output_at=lambda self, index: _call_of(self, index, "outputs"),
        get_input_shape_at=lambda self, index: shape_of(_call_of(self, index, "arguments")),
        get_output_shape_at=lambda self, index: shape_of(_call_of(self, index, "outputs")),
        inbound_nodes=property(lambda self: self._nodes),
        _inbound_nodes=property(lambda self: self._nodes),
        outbound_nodes=_Kept("outbound_nodes", list),
        add_weight=_name_first(Layer.add_weight),
        batch_input_shape=_Kept("batch_input_shape", _batch_input_shape),
        W=_Alias("kernel"),
        b=_Alias("bias"),
        updates=property(lambda self: []),
        get_input=lambda self, train=False: self.__dict__["_input_now"],
        get_output=_get_output,
        trainable_weights=_settable(Layer.trainable_weights, True),  # type: ignore[arg-type]
        non_trainable_weights=_settable(Layer.non_trainable_weights, False),  # type: ignore[arg-type]
    )
    patches.put(
        Operation,
        call=_call_by_get_output,
        _add_activity_loss=_add_activity_loss,
        _take_training=_of_any_truth(Operation._take_training),
    )
    patches.put(Lambda, __init__=_named_function(Lambda.__init__))
    patches.put(
        Optimizer,
        lr=_learning_rate,
        decay=_Kept("decay", lambda self: 0.0),
        get_gradients=lambda self, loss, params: gradients(loss, params),
        get_updates=get_updates,
        _update=_with_decay(Optimizer._update),
    )
    patches.put(Nadam, _warmed=_slowly(Nadam._warmed))
    weight = _name_first(Metric.add_weight, _OF_METRIC)
    patches.put(Metric, reset_states=Metric.reset_state, add_weight=weight)
    patches.put(
        Variable,
        get_value=lambda self, borrow=False: self.numpy(),
        set_value=lambda self, value: self.assign(value),
        eval=lambda self, session=None: self.numpy(),
        read_value=lambda self: self.value,
        get_shape=lambda self: Shape(self.shape),
    )
    patches.put(
        KerasTensor,
        get_shape=lambda self: Shape(self.shape),
        set_shape=lambda self, shape: None,
        _keras_shape=property(lambda self: self.shape),
        _keras_history=property(_history),
        _keras_mask=None,
        _uses_learning_phase=False,
        op=property(lambda self: self),
    )
    patches.put(CallbackList, on_epoch_end=_with_logs(CallbackList.on_epoch_end))
    patches.put(ReduceLROnPlateau, __init__=_renaming(ReduceLROnPlateau, epsilon="min_delta"))
    left_out = dict.fromkeys(_OF_TENSORBOARD)
    patches.put(TensorBoard, __init__=_renaming(TensorBoard, **left_out))
    patches.put(Callback, model=property(lambda self: self._model, Callback.set_model))


class Shape(tuple):
    """A shape with `as_list`, as TensorFlow's."""

    def as_list(self) -> list[int | None]:
        """The sizes as a list."""
        return list(self)

    @property
    def ndims(self) -> int:
        """The number of axes."""
        return len(self)


def _by_position(init: Callable[..., None]) -> Callable[..., None]:
    """The constructor of users' layers and models, which took `trainable` and `name` by position;
    of a model it took anything, which meant nothing."""

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(self, Model):
            kwargs.update(zip(("trainable", "name", "dtype"), args, strict=False))
        init(self, **kwargs)

    return __init__


# The order of `add_weight` in Keras 2 and tf.keras.
_OF_WEIGHT = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
_OF_METRIC = ("name", "shape", "aggregation", "synchronization", "initializer", "dtype")


def _name_first(add_weight: Callable[..., Variable], order: Any = _OF_WEIGHT) -> Any:
    """`add_weight` that also takes the name first."""

    @functools.wraps(add_weight)
    def with_name(self: Any, *args: Any, **kwargs: Any) -> Variable:
        if args and (args[0] is None or isinstance(args[0], str)):
            kwargs.update(zip(order, args, strict=False))
            args = ()
        for name in ("aggregation", "synchronization", "use_resource"):
            kwargs.pop(name, None)
        if kwargs.get("trainable", True) is None:
            kwargs["trainable"] = True
        return add_weight(self, *args, **kwargs)

    return with_name


class _Alias:
    """Another name of an attribute, which an object may still set for itself."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, instance: Any, cls: type) -> Any:
        return self if instance is None else getattr(instance, self.name)


class _Kept:
    """An attribute that has a value until somebody sets another."""

    def __init__(self, name: str, make: Callable[..., Any]):
        self.name, self.make = f"_older_{name}", make

    def __get__(self, instance: Any, cls: type) -> Any:
        if instance is None:
            return self
        if self.name not in instance.__dict__:
            made = self.make(instance) if self.make is not list else []
            instance.__dict__[self.name] = made
        return instance.__dict__[self.name]

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.name] = value


_activity_loss = Operation._add_activity_loss


def _add_activity_loss(self: Any, output: Any) -> None:
    """The penalty on a layer's output, which was the sum over a batch before tf.keras."""
    if eras.present() in ("1", "2"):
        self.add_loss(self.activity_regularizer(output))
    else:
        _activity_loss(self, output)


def _of_any_truth(take: Callable[..., Any]) -> Callable[..., Any]:
    """`training` could be anything: TensorFlow's guide on masks gives a model an array second."""

    @functools.wraps(take)
    def taken(self: Any, parameters: Any, kwargs: dict[str, Any]) -> Any:
        if getattr(kwargs.get("training"), "ndim", 0):
            kwargs["training"] = True
        return take(self, parameters, kwargs)

    return taken


def _batch_input_shape(layer: Any) -> Any:
    if layer._declared_shape is not None:
        return layer._declared_shape
    return shape_of(layer.input)


def _call_of(layer: Any, index: int, part: str) -> Any:
    """The symbolic inputs or outputs of a layer's call number `index`."""
    if index >= len(layer._nodes):
        raise UserError(f"Layer '{layer.name}' was called {len(layer._nodes)} times; got {index}.")
    value = getattr(layer._nodes[index], part)
    return value[0][0] if part == "arguments" else value


def _settable(prop: property, trainable: bool) -> property:
    """`trainable_weights`, which a layer may set to a list of its Variables."""

    def put(self: Any, variables: list[Variable]) -> None:
        own = self._own_weights if trainable else self._fixed_weights
        for variable in variables:
            if isinstance(variable, Variable):
                variable.trainable = trainable
                if not any(variable is each for each in own):
                    own.append(variable)

    return property(prop.fget, put, doc=prop.__doc__)


def _get_output(self: Any, train: bool = False) -> Any:
    """A layer's symbolic output, as it was called before Keras 1.0."""
    return self.output


def _call_by_get_output(self: Any, inputs: Any, training: bool | None = None) -> Any:
    """`call` of a layer for Keras before 1.0, which defines `get_output(train)`."""
    if getattr(type(self), "get_output", _get_output) is _get_output:
        raise NotImplementedError(f"{type(self).__name__} must define `call`.")
    self.__dict__["_input_now"] = inputs
    return self.get_output(train=bool(training))


def _named_function(init: Callable[..., None]) -> Callable[..., None]:
    """A Lambda whose function is registered under a name, so that models with it can be written,
    and read in this process: files hold no code."""

    @functools.wraps(init)
    def __init__(self: Any, function: Any = None, *args: Any, **kwargs: Any) -> None:
        for each in (function, kwargs.get("mask")):
            if isinstance(each, types.FunctionType) and get_registered_name(each) == each.__name__:
                code = each.__code__
                if each.__name__ == "<lambda>":
                    each.__name__ = f"lambda_{Path(code.co_filename).stem}_{code.co_firstlineno}"
                register_keras_serializable("script")(each)
        init(self, function, *args, **kwargs)

    return __init__


def _with_decay(update: Callable[..., None]) -> Callable[..., None]:
    """The step of an optimizer that was given `decay`: its rate is `rate / (1 + decay * steps)`."""

    @functools.wraps(update)
    def with_decay(self: Any, gradients: Any, variables: Any) -> None:
        decay, rate = self.__dict__.get("_older_decay", 0), self._learning_rate
        if not decay or not isinstance(rate, Variable):
            return update(self, gradients, variables)
        self._learning_rate = lambda: rate.raw / (1 + decay * self._iterations.raw)
        try:
            update(self, gradients, variables)
        finally:
            self._learning_rate = rate

    return with_decay


def _slowly(warmed: Callable[..., Any]) -> Callable[..., Any]:
    """`beta_1` of a Nadam whose warming-up counts only so much of each step: `schedule_decay`."""
    return lambda self, step: warmed(self, step * self.__dict__.get("_older_warming", 1))


_learning_rate = property(
    lambda self: self.learning_rate,
    lambda self, value: setattr(self, "learning_rate", value),
    doc="`learning_rate`, by its older name.",
)


def _history(tensor: Any) -> Any:
    """(layer, number of its call, number of the output)."""
    if tensor.history is None:
        return None
    node, index = tensor.history
    calls = getattr(node.operation, "_nodes", [node])
    number = next((i for i, each in enumerate(calls) if each is node), 0)
    return _History(node.operation, number, index)


class _History(tuple):
    """(layer, node_index, tensor_index), with these names."""

    def __new__(cls, *parts: Any) -> "_History":
        return super().__new__(cls, parts)

    layer = operation = property(lambda self: self[0])
    node_index = property(lambda self: self[1])
    tensor_index = property(lambda self: self[2])


def _with_logs(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def on_epoch_end(self: Any, epoch: int, logs: Any = None) -> None:
        method(self, epoch, Logs(logs or {}))

    return on_epoch_end


def _renaming(cls: type, **names: str | None) -> Callable[..., None]:
    """A constructor that takes older arguments, old name to new, None for one without meaning."""
    init = vars(cls)["__init__"]

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        for old, today in names.items():
            if old in kwargs:
                value = kwargs.pop(old)
                if today is not None:
                    note(f"{cls.__name__}({old}=)", f"{cls.__name__}({today}=)")
                    kwargs[today] = value
        init(self, *args, **kwargs)

    return __init__
