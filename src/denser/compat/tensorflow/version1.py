"""tf.compat.v1, tf.logging and what of TensorFlow 1 works without a graph."""

import contextlib
import logging as python_logging
from collections.abc import Callable
from typing import Any

from ... import initializers, losses
from ...core.messages import UserError
from . import arrays, chance, control, maths

_logger = python_logging.getLogger("tensorflow")
DEBUG, INFO, WARN, ERROR, FATAL = (
    python_logging.DEBUG, python_logging.INFO, python_logging.WARNING, python_logging.ERROR,
    python_logging.FATAL,
)  # fmt: skip


def get_logger() -> python_logging.Logger:
    """The logger 'tensorflow'."""
    return _logger


def set_verbosity(v: Any) -> None:
    """Which messages of the logger are shown."""
    levels: dict[Any, Any] = {0: DEBUG, 1: INFO, 2: WARN, 3: ERROR}
    _logger.setLevel(levels.get(v, v) if not isinstance(v, str) else v)


LOGGING: dict[str, Any] = {
    "set_verbosity": set_verbosity, "get_verbosity": _logger.getEffectiveLevel, "DEBUG": DEBUG,
    "INFO": INFO, "WARN": WARN, "WARNING": WARN, "ERROR": ERROR, "FATAL": FATAL,
    "debug": _logger.debug, "info": _logger.info, "warning": _logger.warning,
    "warn": _logger.warning, "error": _logger.error, "fatal": _logger.fatal,
}  # fmt: skip


def no_graph(what: str) -> Callable[..., Any]:
    """A function of TensorFlow 1's graphs, which says how code is written since."""

    def raise_(*args: Any, **kwargs: Any) -> Any:
        raise UserError(
            f"{what}: there are no graphs and sessions here. Code runs at once, as in TensorFlow 2:"
            " functions of Tensors, `.numpy()`, tf.GradientTape, or keras.Model with fit."
        )

    return raise_


def nothing(*args: Any, **kwargs: Any) -> None:
    """Of no effect."""


class ConfigProto:
    """Options of a Session, none of which denser needs."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.__dict__.update(kwargs)
        self.gpu_options, self.graph_options = GPUOptions(), GPUOptions()


class GPUOptions:
    """Options of a GPU."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.__dict__.update(kwargs)


class Session:
    """What scripts make to set options of the GPU; running a graph in it raises.

    Args:
        target, graph, config: Of no effect.
    """

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None):
        self.graph = graph

    run = staticmethod(no_graph("Session.run"))
    close = staticmethod(nothing)

    def as_default(self) -> Any:
        """A `with` of no effect."""
        return contextlib.nullcontext(self)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *error: object) -> None:
        return None


@contextlib.contextmanager
def name_scope(name: Any = None, *args: Any, **kwargs: Any) -> Any:
    """A `with` of no effect: nothing here has a name in a graph."""
    yield name


INITIALIZERS: dict[str, Any] = {
    "random_normal_initializer": lambda mean=0.0, stddev=0.05, seed=None, **k: (
        initializers.RandomNormal(mean, stddev, seed)),
    "random_uniform_initializer": lambda minval=-0.05, maxval=0.05, seed=None, **k: (
        initializers.RandomUniform(minval, maxval, seed)),
    "truncated_normal_initializer": lambda mean=0.0, stddev=0.05, seed=None, **k: (
        initializers.TruncatedNormal(mean, stddev, seed)),
    "zeros_initializer": lambda *a, **k: initializers.Zeros(),
    "ones_initializer": lambda *a, **k: initializers.Ones(),
    "constant_initializer": lambda value=0, *a, **k: initializers.Constant(value),
    "glorot_uniform_initializer": lambda seed=None, **k: initializers.GlorotUniform(seed),
    "glorot_normal_initializer": lambda seed=None, **k: initializers.GlorotNormal(seed),
    "orthogonal_initializer": lambda gain=1.0, seed=None, **k: initializers.Orthogonal(gain, seed),
    "variance_scaling_initializer": lambda scale=1.0, mode="fan_in",
    distribution="truncated_normal", seed=None, **k: initializers.VarianceScaling(
        scale, mode, distribution, seed),
}  # fmt: skip


# tf.initializers: today's classes, and the names that TensorFlow 1 had for them.
TODAYS_INITIALIZERS: dict[str, Any] = {
    name: value for name, value in vars(initializers).items() if not name.startswith("_")
} | {
    "variance_scaling": initializers.VarianceScaling, "zeros": initializers.Zeros,
    "glorot_uniform": initializers.GlorotUniform, "glorot_normal": initializers.GlorotNormal,
    "he_normal": initializers.HeNormal, "he_uniform": initializers.HeUniform,
    "lecun_normal": initializers.LecunNormal, "ones": initializers.Ones,
    "random_normal": initializers.RandomNormal, "random_uniform": initializers.RandomUniform,
    "truncated_normal": initializers.TruncatedNormal, "constant": initializers.Constant,
    "orthogonal": initializers.Orthogonal, "identity": initializers.Identity,
}  # fmt: skip


def _mean_loss(function: Callable[..., Any]) -> Callable[..., Any]:
    def loss(labels: Any, predictions: Any, weights: Any = 1.0, **kwargs: Any) -> Any:
        return maths.MATHS["reduce_mean"](function(labels, predictions) * weights)

    return loss


LOSSES: dict[str, Any] = {
    **{name: value for name, value in vars(losses).items() if not name.startswith("_")},
    "squared_error": _mean_loss(maths.MATHS["squared_difference"]),
    "absolute_difference": _mean_loss(
        lambda a, b: maths.MATHS["abs"](maths.MATHS["subtract"](a, b))
    ),
    "Reduction": type("Reduction", (), {
        "SUM_OVER_BATCH_SIZE": "sum_over_batch_size", "NONE": "none", "SUM": "sum",
        "MEAN": "mean"}),
}  # fmt: skip

V1: dict[str, Any] = {
    "Session": Session, "InteractiveSession": Session, "ConfigProto": ConfigProto,
    "GPUOptions": GPUOptions, "get_default_session": Session, "disable_v2_behavior": nothing,
    "disable_eager_execution": nothing, "enable_eager_execution": nothing,
    "enable_v2_behavior": nothing, "enable_resource_variables": nothing,
    "disable_resource_variables": nothing, "reset_default_graph": nothing,
    "disable_control_flow_v2": nothing, "enable_control_flow_v2": nothing,
    "set_random_seed": chance.set_seed, "global_variables_initializer": nothing,
    "local_variables_initializer": nothing, "tables_initializer": nothing,
    "placeholder": no_graph("tf.placeholder"), "get_variable": no_graph("tf.get_variable"),
    "variable_scope": name_scope, "get_default_graph": Session, "Graph": Session,
    "gradients": no_graph("tf.gradients"), "global_variables": no_graph("tf.global_variables"),
    "trainable_variables": no_graph("tf.trainable_variables"),
    "app": type("app", (), {"run": staticmethod(lambda main=None, argv=None: main(argv))}),
    "to_float": lambda x, name=None: arrays.cast(x, "float32"),
    "to_int32": lambda x, name=None: arrays.cast(x, "int32"),
    "to_int64": lambda x, name=None: arrays.cast(x, "int64"),
    "random_normal": chance.RANDOM["normal"], "random_uniform": chance.RANDOM["uniform"],
    "truncated_normal": chance.RANDOM["truncated_normal"],
    "random_shuffle": chance.RANDOM["shuffle"], "multinomial": chance.RANDOM["categorical"],
    "assign": lambda ref, value, **k: ref.assign(value),
    "assign_add": lambda ref, value, **k: ref.assign_add(value), "Print": control.print_,
    "global_norm": arrays.global_norm,
}  # fmt: skip
