"""Layer: `build(shape)` makes the weights, `call(x)` is the maths; the base does all else."""

import inspect
from typing import Any, ClassVar

from .. import regularizers
from ..core import graph
from ..core.dtype import canonical, get_policy
from ..core.fields import Described
from ..core.messages import (
    UserError,
    UserTypeError,
    bad_argument,
    short_traceback,
    unknown_argument,
)
from ..core.naming import auto_name
from ..core.registry import Family, deserialize, plain, serialize, snake_case
from ..core.variable import Variable
from ..metrics.metric import Metric
from .adapters import Adaptable
from .operation import shape_of

LAYERS = Family("layer", "layers", make=True)


class Layer(Adaptable):
    """Base of all layers: a function of tensors with weights.

    A subclass declares its arguments as annotated attributes or writes its own `__init__`, makes
    weights in `build(input_shape)` and computes in `call(inputs)`. `call` may take `training` and
    `mask`; both are filled in from the surrounding call. Called on data a layer computes; called on
    a `KerasTensor` it records itself for a Functional model.

    Args:
        activity_regularizer: Penalty on the output, added to the loss.
        trainable: Whether the weights take part in training.
        dtype: A type, a dtype policy or its name; None takes the global policy.
        autocast: Whether floating inputs are brought to the compute type.
        name: A name, unique in a model; None makes one from the class's name.
    """

    family: ClassVar[Family] = LAYERS

    @short_traceback
    def __init__(
        self,
        *args: Any,  # those of a subclass's fields; there are none here
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        if args:
            raise UserTypeError(f"{type(self).__name__}: `Layer` takes its arguments by name only.")
        if name is not None and not isinstance(name, str):
            raise UserError(f"{type(self).__name__}: `name` must be a string; got {name!r}.")
        self._name = name or auto_name(snake_case(type(self).__name__))
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = bool(trainable)
        self.dtype_policy = _computable(get_policy(dtype))
        self.autocast = autocast
        self._declared_shape = self._take_input_shape(kwargs)
        self._initial_weights = kwargs.pop("weights", None)
        for argument in kwargs:
            known = {*inspect.signature(type(self)).parameters, "name", "dtype", "trainable"}
            raise unknown_argument(type(self), argument, known - {"args", "kwargs"})

    @staticmethod
    def _take_input_shape(kwargs: dict[str, Any]) -> tuple | None:
        """The batch shape that `input_shape=(784,)`, `input_dim=784` or the like declare."""
        batch = kwargs.pop("batch_size", None)
        for key in ("batch_input_shape", "batch_shape"):
            if key in kwargs:
                return tuple(kwargs.pop(key))
        if "input_shape" in kwargs:
            shape = kwargs.pop("input_shape")
            return (batch, *((shape,) if isinstance(shape, int) else shape))
        if "input_dim" in kwargs:
            length = kwargs.pop("input_length", None)
            size = kwargs.pop("input_dim")
            return (batch, size) if length is None else (batch, length, size)
        return None

    @property
    def name(self) -> str:
        """The layer's name, unique in a model."""
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        if not isinstance(value, str):
            raise bad_argument(self, "name", "a string", value)
        self._name = value

    @property
    def path(self) -> str | None:
        """The names from the outermost layer to this one: `model/block/dense`; None before it is
        built."""
        return (self._path or self._name) if self.built else None

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that this layer and those inside it hold."""
        return list(self.kept("metrics", self._find_metrics))

    def _find_metrics(self) -> list[Metric]:
        held = [metric for layer in self._flatten_layers() for metric in layer.held(Metric)]
        return list({id(metric): metric for metric in held}.values())

    @property
    def metrics_variables(self) -> list[Variable]:
        """The state of all metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    dtype = property(lambda self: self.variable_dtype, doc="The type the weights are stored in.")

    @property
    def compute_dtype(self) -> str:
        """The type of the inputs and outputs."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The type the weights are stored in."""
        return self.dtype_policy.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The type that floating inputs are brought to."""
        return self.compute_dtype

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """`add_weight`, by its older name."""
        return self.add_weight(
            shape, initializer, dtype, trainable, autocast, regularizer, constraint, name=name
        )

    def add_metric(self, *args: Any, **kwargs: Any) -> None:
        """Raise, as in Keras 3: a metric that is set as an attribute is the layer's."""
        raise UserError(
            f"{type(self).__name__} '{self.name}': there is no `add_metric`. Write "
            "`self.metric = metrics.Mean(name=...)` in `__init__` and "
            "`self.metric.update_state(value)` in `call`."
        )

    def _only_node(self, wish: str) -> graph.Node:
        if not self._nodes:
            raise UserError(
                f"{type(self).__name__} '{self.name}': has no `{wish}` before it is called on a "
                "symbolic tensor; add it to a Sequential with an input shape, or to a Functional."
            )
        return self._nodes[0]

    @property
    def input(self) -> Any:
        """The symbolic tensor (or several) of the first symbolic call."""
        args, kwargs = self._only_node("input").arguments
        return args[0] if args else next(iter(kwargs.values()))

    @property
    def output(self) -> Any:
        """The symbolic output of the first symbolic call."""
        return self._only_node("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shape of `input`."""
        return shape_of(self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of `output`."""
        return shape_of(self.output)

    def get_config(self) -> dict[str, Any]:
        """Name, trainable, dtype and the constructor's arguments, in JSON's types."""
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": serialize(self.dtype_policy),
        }
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        own_init = not type(self).fields()
        overridden = type(self).get_config is not Layer.get_config
        if own_init and overridden:  # a subclass that adds its own entries to these
            return config
        if own_init and type(self).__init__ is Layer.__init__:
            return config
        config |= {name: plain(v) for name, v in Described.arguments(self).items()}
        unused = [n for n in ("lora_rank", "lora_alpha") if config.get(n, 0) is None]
        return {name: value for name, value in config.items() if name not in unused}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described, not built."""
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = deserialize(config["dtype"])
        if "quantization_config" not in cls.fields():
            if config.pop("quantization_config", None) is not None:  # Keras writes None for none
                raise UserError(
                    f"{cls.__name__}: quantized weights are not read; save it as float."
                )
        if cls.fields():
            return cls(**config)
        left = {name: config.pop(name) for name in _not_taken(cls, config)}
        made = (
            cls(**config) if cls.get_config is not Layer.get_config else super().from_config(config)
        )
        made._name = left.get("name", made._name)
        if not left.get("trainable", True):
            made.trainable = False
        return made

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes this layer was built for, as Keras writes them, or None."""
        if not self._build_shapes:
            return None
        given = {name: shape for name, shape in self._build_shapes.items() if shape is not None}
        shapes = {name: serialize(shape) for name, shape in given.items()}
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": shapes}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build for the shapes that `get_build_config` gave, inner layers too."""
        shapes = config.get("shapes_dict", config)
        shapes = {name: _as_shape(s) for name, s in shapes.items() if s is not None}
        if not shapes:
            return
        if not self.built:
            self.build(*shapes.values()) if len(shapes) == 1 else self.build(**shapes)
        if not all(layer.built for layer in self.sublayers):
            self._build_by_call(shapes)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _computable(policy: Any) -> Any:
    """The policy, if JAX computes in its types."""
    if policy.variable_dtype == "float64" != canonical("float64"):
        raise UserError(
            "dtype 'float64' needs JAX's 64-bit mode: write jax.config.update('jax_enable_x64', "
            "True) at the start of the program, or set JAX_ENABLE_X64=1 for it."
        )
    return policy


def _not_taken(cls: type, config: dict[str, Any]) -> list[str]:
    """What every layer's config has and this user's `__init__` has no place for."""
    parameters = inspect.signature(cls.__init__).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return []
    return [n for n in ("name", "trainable", "dtype") if n in config and n not in parameters]


def _as_shape(shape: Any) -> Any:
    """A shape from JSON as tuples."""
    if isinstance(shape, (list, tuple)):
        if all(size is None or isinstance(size, int) for size in shape):
            return tuple(shape)
        return [_as_shape(part) for part in shape]
    if isinstance(shape, dict):
        return {key: _as_shape(part) for key, part in shape.items()}
    return shape
