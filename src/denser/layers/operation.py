"""Operation: a module that is called on tensors, and what happens around its `call`."""

import functools
import inspect
import threading
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from jax.errors import JAXTypeError

from ..core import graph, placement
from ..core.dtype import is_float
from ..core.masks import get_mask, set_mask
from ..core.messages import UserError, UserTypeError, short, short_traceback, who
from ..core.naming import auto_name
from ..core.registry import snake_case
from ..core.remat import RematScope
from ..core.tensor import KerasTensor, any_symbolic, as_array, is_arraylike, leaves, map_leaves
from ..core.text import as_text, is_text
from ..core.variable import Scope, autocast, current_scope, name_scope, path_to
from ..settings import floatx
from .input_spec import check_input
from .module import Module

_with_losses: "weakref.WeakSet[Module]" = weakref.WeakSet()


class _Call(threading.local):
    """The call that the present thread is inside of."""

    depth = 0
    training: Any = None
    operation: Any = None


_present = _Call()


def present_training() -> Any:
    """What `training` is in the call that the present thread is inside of; None outside."""
    return _present.training


def present_operation() -> Any:
    """The innermost layer or model whose call the present thread is inside of; None outside."""
    return _present.operation


@functools.cache
def _call_parameters(cls: type) -> dict[str, inspect.Parameter]:
    """The parameters of `cls.call` by name, without self."""
    return dict(list(inspect.signature(cls.call).parameters.items())[1:])  # type: ignore[attr-defined]


def shape_of(value: Any) -> Any:
    """The shapes in nested tensors, as nested tuples; None where there is no tensor."""
    return map_leaves(lambda x: graph.public_shape(x) if hasattr(x, "shape") else None, value)


def _once(build: Callable[..., None]) -> Callable[..., None]:
    """Let `build`, however it is called, mark the layer as built and remember the shapes."""

    @functools.wraps(build)
    def wrapped(self: "Operation", *args: Any, **kwargs: Any) -> None:
        if self.__dict__.get("_building"):  # a subclass calls its base's build
            return build(self, *args, **kwargs)
        self.__dict__["_building"] = True
        try:
            with name_scope(self.name):
                build(self, *args, **kwargs)
        finally:
            self.__dict__["_building"] = False
        self.built, self._path = True, path_to(self.name)
        names = list(inspect.signature(build).parameters)[1:]
        self._build_shapes = {**dict(zip(names, args, strict=False)), **kwargs}
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None
        with name_scope(self.name):
            self._adapt()

    return wrapped


class Operation(Module):
    """Module that is called on tensors: it casts them, makes its weights for their shapes, fills in
    `training` and masks, collects losses, records itself on symbolic tensors. `Layer` gives it a
    constructor, a name and a dtype policy."""

    # What `Layer` has more to say about.
    name = property(lambda self: self._name, doc="The operation's name.")
    autocast = False
    compute_dtype = property(lambda self: floatx(), doc="The type of outputs of a given shape.")  # type: ignore[assignment]
    activity_regularizer = None
    supports_masking = False
    takes_text = False  # whether `call` gets text as NumPy's arrays; a user's own class does

    def __init__(self, name: str | None = None):
        self._name = name or auto_name(snake_case(type(self).__name__))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.split(".")[0] != "denser":
            cls.takes_text = True
            if "compute_mask" in cls.__dict__ and "supports_masking" not in cls.__dict__:
                cls.supports_masking = True
        if "build" in cls.__dict__:
            cls.build = _once(cls.__dict__["build"])  # type: ignore[method-assign]

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of this shape, the batch included; by default those of the
        inner layers, by calling this one on a symbolic tensor."""
        self.built = True
        if type(self).build is Operation.build and not all(x.built for x in self.sublayers):
            self._build_shapes = {"input_shape": input_shape}
            self._build_by_call(self._build_shapes)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The layer's output for its input."""
        raise NotImplementedError(f"{type(self).__name__} must define `call`.")

    def _adapt(self) -> None:
        """What is left to do when the weights are made."""

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        """`call`, on what it takes."""
        return self.call(*args, **kwargs)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the output, by default that of the input."""
        return previous_mask

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shape of the output for inputs of the given shape; sizes may be None."""
        if not args:  # the first one's name is not always that of the argument of `call`
            args = (kwargs.pop(next(iter(kwargs))),)
        inputs = [tensors_of(shape, self.compute_dtype) for shape in args]
        named = {
            name.removesuffix("_shape"): tensors_of(shape, self.compute_dtype)
            for name, shape in kwargs.items()
        }
        return shape_of(self.compute_output_spec(*inputs, **named))

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The output, as KerasTensors, for KerasTensors."""
        self._ensure_built(args, kwargs)
        return graph.infer(self.__call__, *args, **kwargs)

    @short_traceback
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`call`, with inputs cast, weights built, `training` and masks filled in."""
        self.check_started()
        parameters = _call_parameters(type(self))
        args, kwargs = self._take_arguments(parameters, args, kwargs)
        first = args[0] if args else next(iter(kwargs.values()), None)
        if self.input_spec is not None and first is not None:
            check_input(self, self.input_spec, first)
        self._ensure_built(args, kwargs)
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        outer = _present.training, _present.operation
        if _present.depth == 0 and _with_losses and current_scope() is None:
            self._forget_losses()
        training = self._take_training(parameters, kwargs)
        masks = self._take_masks(parameters, args, kwargs)
        _present.depth += 1
        _present.training, _present.operation = training, self
        try:
            with autocast(self.compute_dtype if self.autocast else None), name_scope(self.name):
                run = self._run
                if self._remat_scope is not None:
                    run = self.rematerialized_call(run, *args, **kwargs)
                outputs = placement.lay_output(path_to("output"), run(*args, **kwargs))
        except Exception as error:
            _say_where(error, self, first)
            raise
        finally:
            _present.depth -= 1
            _present.training, _present.operation = outer
        if self.activity_regularizer is not None:
            for output in leaves(outputs):
                self._add_activity_loss(output)
        self._give_masks(first, masks, outputs)
        return outputs

    def _add_activity_loss(self, output: Any) -> None:
        """Add the penalty on an output, for one row as Keras does."""
        rows = len(output) if getattr(output, "ndim", 0) else 1
        self.add_loss(self.activity_regularizer(output) / rows)  # type: ignore[misc]

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs for KerasTensors, recorded as a call of this layer."""
        node = graph.Node(self, args, kwargs, self._symbolic(args, kwargs))
        self._nodes.append(node)
        return node.outputs

    def rematerialized_call(
        self, layer_call: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Callable[..., Any]:
        """`call` as the RematScope wants it in which this layer was made; a subclass may choose by
        the arguments."""
        scope = self._remat_scope or RematScope()
        return scope.around(self.name, layer_call)

    def _symbolic(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        cls = type(self)
        said = cls.compute_output_shape is not Operation.compute_output_shape and args
        if cls.compute_output_spec is not Operation.compute_output_spec or not said:
            outputs = self.compute_output_spec(*args, **kwargs)
        else:
            outputs = tensors_of(self.compute_output_shape(shape_of(args[0])), self.compute_dtype)
            if self.supports_masking:  # which the call would have set
                masks = graph.infer(self.compute_mask, args[0], map_leaves(get_mask, args[0]))
                for output, mask in zip(leaves(outputs), leaves(masks), strict=False):
                    set_mask(output, mask)
        return outputs

    def _take_arguments(self, parameters: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """(args, kwargs) with arrays cast, and `training` by its name."""
        if args and _is_written_down(args[0]):
            args = (as_array(args[0]), *args[1:])
        elif args and self.takes_text and isinstance(args[0], list) and is_text(args[0]):
            args = (as_text(args[0]), *args[1:])
        if "training" in parameters:
            names = list(parameters)
            at = names.index("training")
            if at < len(args) <= len(names):
                kwargs = {**dict(zip(names[at:], args[at:], strict=False)), **kwargs}
                args = args[:at]
        cast = functools.partial(map_leaves, self._cast)
        return tuple(map(cast, args)), {key: cast(value) for key, value in kwargs.items()}

    def _cast(self, x: Any) -> Any:
        """Arrays of any library as JAX's, floating ones in the compute type."""
        if not is_arraylike(x):
            return x
        if self.takes_text and is_text(x):
            return as_text(x)
        mask = get_mask(x)
        array = as_array(x)
        if self.autocast and array.dtype.name != self.compute_dtype and is_float(array.dtype):
            array = array.astype(self.compute_dtype)
            set_mask(array, mask)
        return array

    def _take_training(self, parameters: dict[str, Any], kwargs: dict[str, Any]) -> Any:
        """What `training` is here: given, else the surrounding call's, else `call`'s default."""
        training = kwargs.get("training")
        if training is None:
            training = _present.training
        if "training" in parameters:
            default = parameters["training"].default
            if training is None and default is not inspect.Parameter.empty:
                training = default
            kwargs["training"] = None if training is None else bool(training)
        else:
            kwargs.pop("training", None)
        return training

    def _take_masks(self, parameters: dict[str, Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """Fill in `mask` (or `{argument}_mask`) from the masks that the inputs carry; returns the
        first argument's."""
        tensors = {
            name: value
            for name, value in [*zip(parameters, args, strict=False), *kwargs.items()]
            if not name.endswith("mask") and any(is_arraylike(x) for x in leaves(value))
        }
        masks = {name: map_leaves(get_mask, value) for name, value in tensors.items()}
        masks = {name: m for name, m in masks.items() if any(x is not None for x in leaves(m))}
        previous = kwargs.get("mask")
        for position, name in enumerate(tensors):
            key = "mask" if position == 0 and "mask" in parameters else f"{name}_mask"
            if name in masks and key in parameters and kwargs.get(key) is None:
                if list(parameters).index(key) >= len(args):
                    kwargs[key] = masks[name]
            if position == 0 and previous is None:
                previous = masks.get(name)
        return previous

    def _give_masks(self, inputs: Any, previous: Any, outputs: Any) -> None:
        if not self.supports_masking:
            carried = any(m is not None for m in leaves(previous))
            if carried and "mask" not in _call_parameters(type(self)):
                warnings.warn(
                    f"{type(self).__name__} '{self.name}' does not support masking: the mask that "
                    "came with its input ends here.",
                    stacklevel=4,
                )
            return
        masks = self.compute_mask(inputs, previous)
        if masks is None:
            return
        for output, mask in zip(leaves(outputs), leaves(masks), strict=False):
            if mask is not None and is_arraylike(output):
                set_mask(output, mask)

    def _ensure_built(self, args: tuple, kwargs: dict[str, Any]) -> None:
        if self.built:
            return
        given = dict(zip(_call_parameters(type(self)), args, strict=False)) | kwargs
        shapes = {
            name: shape_of(value)
            for name, value in given.items()
            if any(hasattr(x, "shape") for x in leaves(value))
        }
        if type(self).build is Operation.build:
            self.built, self._path = True, path_to(self.name)
            if self.sublayers:  # which the call builds; a file tells for what
                self._build_shapes = {f"{name}_shape": shape for name, shape in shapes.items()}
            return
        wanted = [
            name
            for name, p in list(inspect.signature(type(self).build).parameters.items())[1:]
            if p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        if wanted and not shapes:
            raise UserTypeError(
                f"{who(self)}: expected a tensor; got {short(list(given.values()))}."
            )
        if len(wanted) > 1 and all(name.removesuffix("_shape") in given for name in wanted[:1]):
            named = {name: shapes.get(name.removesuffix("_shape")) for name in wanted}
            self.build(**named)
        else:
            self.build(*([next(iter(shapes.values()), None)] if wanted else []))

    def _build_by_call(self, shapes: dict[str, Any]) -> None:
        """Call symbolically on inputs of these shapes, whose types a file does not tell."""
        for dtype in (self.compute_dtype, "int32"):
            inputs = {n.removesuffix("_shape"): tensors_of(s, dtype) for n, s in shapes.items()}
            args, kwargs = (list(inputs.values()), {}) if len(inputs) == 1 else ([], inputs)
            try:
                graph.infer(self.__call__, *args, **kwargs)
                return
            except (UserError, TypeError):
                if dtype == "int32":
                    raise

    def stateless_call(
        self,
        trainable_variables: list[Any],
        non_trainable_variables: list[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call as a pure function of the given values of the Variables.

        Returns:
            (outputs, new values of the non-trainable variables), and the list of losses after them
            with `return_losses`.
        """
        if not self.built:
            raise UserError(
                f"{type(self).__name__} '{self.name}': call it once on data, or `build` it, before "
                "`stateless_call`."
            )
        fixed = self.non_trainable_variables
        variables = [*self.trainable_variables, *fixed]
        values = [*trainable_variables, *non_trainable_variables]
        if len(values) != len(variables):
            raise UserError(
                f"{type(self).__name__} '{self.name}': has {len(variables)} variables; "
                f"`stateless_call` got {len(values)} values."
            )
        with Scope(zip(variables, values, strict=True)) as scope:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
            changed = [scope.value(v) for v in fixed]
        return (outputs, changed, losses) if return_losses else (outputs, changed)

    def add_loss(self, loss: Any) -> None:
        """Add a scalar (or several) to what training minimizes, from inside `call`."""
        for value in leaves(loss):
            if callable(value):
                raise UserError(f"{type(self).__name__}: give add_loss a value from inside `call`.")
            scope = current_scope()
            if scope is not None:
                scope.losses.append(value)
            else:
                self._losses.append(value)
                _with_losses.add(self)

    @property
    def losses(self) -> list[Any]:
        """What `add_loss` collected in the last call, and the penalties on the weights."""
        scope = current_scope()
        if scope is not None:
            added = list(scope.losses)
        else:
            added = [loss for layer in self._flatten_layers() for loss in layer._losses]
        return added + [
            v.regularizer(v.raw) for v in self.trainable_weights if v.regularizer is not None
        ]

    def take_losses(self, losses: list[Any]) -> None:
        """Have these, of a call that ran elsewhere, in place of those of the call before."""
        if _present.depth == 0 and _with_losses:
            self._forget_losses()
        if losses:
            self._losses.extend(losses)
            _with_losses.add(self)

    def _forget_losses(self) -> None:
        for layer in self._flatten_layers():
            layer._losses.clear()
            _with_losses.discard(layer)


def tensors_of(shapes: Any, dtype: str) -> Any:
    """KerasTensors for nested shapes."""
    if isinstance(shapes, dict):
        return {key: tensors_of(part, dtype) for key, part in shapes.items()}
    if shapes is None:
        return None
    if all(size is None or isinstance(size, (int, np.integer)) for size in shapes):
        return KerasTensor(tuple(shapes), dtype)
    return type(shapes)(tensors_of(part, dtype) for part in shapes)


def _is_written_down(value: Any) -> bool:
    """Whether a list holds numbers, as `[[1.0, 2.0], [3.0, 4.0]]`, rather than tensors."""
    if not isinstance(value, list):
        return False
    parts = leaves(value)
    return bool(parts) and all(isinstance(x, (int, float)) for x in parts)


def _say_where(error: Exception, layer: Operation, inputs: Any) -> None:
    """Add to an error, once, which layer it came from and what the layer was given."""
    if hasattr(error, "__notes__"):
        return
    error.__notes__ = []  # the innermost layer has seen it
    if not str(error).startswith(who(layer)):
        error.add_note(f"in {who(layer)}, called on input {shape_of(inputs)}")
    if isinstance(error, JAXTypeError):
        error.add_note(
            "Values are not known while a model is compiled: use denser.ops in place of NumPy and "
            "float(), ops.where or ops.cond in place of `if`."
        )
