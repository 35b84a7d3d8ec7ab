"""Arguments of older constructors as today's: `Convolution2D(32, 3, 3, border_mode="same")`.

`read` is what `core.fields` asks before a class of denser's binds its arguments.
"""

import functools
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from ...core import fields as fields_module
from ...core.fields import Described
from ...core.messages import UserError, short
from ...eras import translate
from ...layers import Conv2DTranspose, Conv3DTranspose
from ...optimizers import Optimizer
from ..era import eras
from ..notes import note
from ..patches import patches

_OWN = "denser"


# Rows that only calls need, beside those of `eras`, which configs have as well.
_ALSO: dict[str, dict[str, str]] = {
    "L1": {"l": "l1"},
    "L2": {"l": "l2"},
    "MinMaxNorm": {"low": "min_value", "high": "max_value"},
    "MaxoutDense": {"output_dim": "units"},
    "ConvLSTM2D": {"nb_filter": "filters"},
    "CategoryEncoding": {"max_tokens": "num_tokens"},
    "Discretization": {"bins": "bin_boundaries"},
    "TextVectorization": {"max_len": "output_sequence_length"},
}
# What has no meaning left, or none that changes a number.
_LEFT_OUT = frozenset("consume_less implementation create_input_layer input_dtype".split())
_SIZES = frozenset("units filters input_dim output_dim".split())
# `output_mode` of the lookups, TextVectorization and CategoryEncoding before TensorFlow 2.6.
_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}

# ------------------------------------------------------------------------- order of arguments

_KERNEL_2D = ("nb_filter", "nb_row", "nb_col")
_REST = ("init", "activation", "weights", "border_mode", "subsample", "dim_ordering")
_ORDER_OF_1: dict[str, tuple[str, ...]] = {
    "Dense": ("units", "init", "activation", "weights", "W_regularizer", "b_regularizer"),
    "MaxoutDense": ("units", "nb_feature", "init", "weights"),
    "Highway": ("init", "activation", "weights"),
    "Conv1D": ("nb_filter", "filter_length", "init", "activation", "weights", "border_mode",
               "subsample_length"),
    "Conv2D": (*_KERNEL_2D, *_REST),
    "LocallyConnected2D": (*_KERNEL_2D, *_REST),
    "SeparableConv2D": (*_KERNEL_2D, *_REST),
    "Conv2DTranspose": (*_KERNEL_2D, "output_shape", *_REST),
    "Conv3D": ("nb_filter", "kernel_dim1", "kernel_dim2", "kernel_dim3", *_REST),
    "ConvLSTM2D": (*_KERNEL_2D, "init", "inner_init", "forget_bias_init", "activation"),
    "LSTM": ("units", "init", "inner_init", "forget_bias_init", "activation", "inner_activation"),
    "GRU": ("units", "init", "inner_init", "activation", "inner_activation"),
    "SimpleRNN": ("units", "init", "inner_init", "activation"),
    "Embedding": ("input_dim", "output_dim", "init", "input_length"),
    "BatchNormalization": ("epsilon", "mode", "axis", "momentum"),
}  # fmt: skip
_ORDER_BEFORE_3: dict[str, tuple[str, ...]] = {
    "SGD": ("learning_rate", "momentum", "decay", "nesterov"),
    "RMSprop": ("learning_rate", "rho", "epsilon", "decay"),
    "Adagrad": ("learning_rate", "epsilon", "decay"),
    "Adadelta": ("learning_rate", "rho", "epsilon", "decay"),
    "Adam": ("learning_rate", "beta_1", "beta_2", "epsilon", "decay", "amsgrad"),
    "Adamax": ("learning_rate", "beta_1", "beta_2", "epsilon", "decay"),
    "Nadam": ("learning_rate", "beta_1", "beta_2", "epsilon", "schedule_decay"),
}


def install() -> None:
    """Let every class of denser's understand older arguments."""
    patches.put(fields_module, older_arguments=read)
    for layer in (Conv2DTranspose, Conv3DTranspose):
        patches.put(layer, build=_with_output_shape(layer.build))


def read(owner: Any, cls: type, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict]:
    """Today's arguments for those that a script of another era gave to a class's constructor."""
    if not _from_outside():
        return args, kwargs
    era, name, before, given = eras.present(), cls.__name__, dict(kwargs), args
    args, made = by_position(name, args, kwargs, era)
    moved = given[len(args) :]  # positional arguments in an order of then
    for old, today in _ALSO.get(name, {}).items():
        if old in made:
            made = {**made, today: made[old]}
            del made[old]
    rule = _SPECIAL.get(name) or (_optimizer if isinstance(owner, Optimizer) else None)
    if rule:
        made = rule(owner, dict(made))
    fields = list(cls.fields()) if issubclass(cls, Described) else []
    positional = dict(zip(fields, args, strict=False))
    as_then = made
    _, made = translate(name, {**positional, **made}, None if era == "3" else era)
    made = {key: _todays(key, value) for key, value in made.items() if key not in _LEFT_OUT}
    if all(key in made and made[key] is value for key, value in positional.items()):
        made = {key: value for key, value in made.items() if key not in positional}
    else:
        args = ()
    if moved or any(key not in made for key in before):
        _, names = translate(name, {**positional, **as_then}, None)
        gone = [short(value, 30) for value in moved]
        gone += [_written(key, value) for key, value in before.items() if key not in made]
        new = [key for key in names if key not in before and key not in positional]
        _note(name, gone, [_written(key, names[key]) for key in new])
    return args, made


def _todays(key: str, value: Any) -> Any:
    """An output mode by its name of today; a size that was computed, as a number; a function of
    Keras 1 that makes a Variable, as an initializer: a function of shape and type that gives an
    array."""
    if key == "output_mode" and isinstance(value, str):
        return _MODES.get(value, value)
    if key in _SIZES and hasattr(value, "__jax_array__"):
        return int(value)
    plain = isinstance(value, types.FunctionType) and key.endswith("_initializer")
    if not plain or eras.present() != "1":
        return value

    @functools.wraps(value)
    def initialize(shape: Any, dtype: Any = None) -> Any:
        made = value(shape, name="weight") if _takes(value, "name") else value(shape)
        return getattr(made, "value", made)

    return initialize


def _takes(function: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)


def _from_outside() -> bool:
    """Whether the constructor was called by the user's code, or for a name in it."""
    frame: Any = sys._getframe(4)  # _from_outside, read, __init__, short_traceback's, the caller
    module = frame.f_globals.get("__name__", "")
    while module.startswith(f"{_OWN}.compat") and frame.f_code.co_name == "__init__":
        frame = frame.f_back  # a constructor of ours around the one that was called
        module = frame.f_globals.get("__name__", "")
    if module.split(".")[0] != _OWN:
        return True
    return module == f"{_OWN}.core.registry" and frame.f_code.co_name == "get"


def by_position(name: str, args: tuple, kwargs: dict, era: str) -> tuple[tuple, dict[str, Any]]:
    """Arguments that stood in another order then, by their names of then."""
    order: tuple[str, ...] = ()
    if era != "3" and name in _ORDER_BEFORE_3 and len(args) > 2:
        order = _ORDER_BEFORE_3[name]
        if era == "tf" and name in ("RMSprop", "Adagrad"):
            order = ()
    elif era in ("1", "2") and _rows_and_columns(name, args):
        order = _ORDER_OF_1[name]
    elif era == "1" and name in _ORDER_OF_1 and _is_of_1(name, args):
        order = _ORDER_OF_1[name]
    if not order:
        return args, kwargs
    return (), {**dict(zip(order, args, strict=False)), **kwargs}


def _rows_and_columns(name: str, args: tuple) -> bool:
    """Whether a kernel's sizes are given one by one, as `Convolution2D(32, 3, 3)`."""
    sizes = {"Conv3D": 4}.get(name, 3)
    order = _ORDER_OF_1.get(name, ())
    return (
        order[1:2] in (("nb_row",), ("kernel_dim1",))
        and len(args) >= sizes
        and all(isinstance(value, int) for value in args[1:sizes])
    )


def _is_of_1(name: str, args: tuple) -> bool:
    """Whether arguments after the sizes are in the order of Keras 1, where both have words."""
    if name == "BatchNormalization":
        return len(args) > 0 and isinstance(args[0], float)
    at = _ORDER_OF_1[name].index("init")
    if len(args) <= at or _ORDER_OF_1[name][0] in _KERNEL_2D and len(args) < 3:
        return False
    return not isinstance(args[at], str) or args[at] not in _ACTIVATIONS


_ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax", "linear", "hard_sigmoid", "softplus", "elu")


def _optimizer(owner: Any, made: dict[str, Any]) -> dict[str, Any]:
    """`decay` as it was: the rate divided by `1 + decay * steps`; Nadam's slow warming-up."""
    if made.get("epsilon", 0) is None:
        made.pop("epsilon")
    for clip in ("clipnorm", "clipvalue"):
        if made.get(clip) == 0:
            made.pop(clip)
    if eras.present() in ("1", "2") and "clipnorm" in made:  # that of all gradients together
        made["global_clipnorm"] = made.pop("clipnorm")
    warming = made.pop("schedule_decay", 0.004 if eras.present() in ("1", "2") else None)
    if warming is not None:
        owner.__dict__["_older_warming"] = float(warming)
    decay = made.pop("decay", 0)
    if decay:
        owner.__dict__["_older_decay"] = float(decay)
    return made


def _batch_normalization(owner: Any, made: dict[str, Any]) -> dict[str, Any]:
    """Modes 1 and 2 of Keras 1 as today's one: by features, which 1 is for dense data."""
    made.pop("mode", None)
    made.pop("fused", None)
    if made.pop("renorm", False):
        raise UserError("BatchNormalization: `renorm` was removed; leave it out.")
    return made


def _embedding(owner: Any, made: dict[str, Any]) -> dict[str, Any]:
    """Keras 1's `dropout` of whole words is no layer's argument any more."""
    if made.pop("dropout", 0):
        note("Embedding(dropout=)", "SpatialDropout1D after it")
    return made


def _transposed(owner: Any, made: dict[str, Any]) -> dict[str, Any]:
    """The size of the output, which says how much is added to the least of those that fit."""
    owner.__dict__["_older_output_shape"] = made.pop("output_shape", None)
    return made


def _with_output_shape(build: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(build)
    def wrapped(self: Any, input_shape: tuple) -> None:
        wanted = self.__dict__.get("_older_output_shape")
        if wanted is not None and self.output_padding is None:
            space = slice(1, -1) if self.data_format == "channels_last" else slice(2, None)
            reach = [
                (k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation_rate, strict=True)
            ]
            span = reach if self.padding == "valid" else [size % 2 for size in reach]
            axes = zip(wanted[space], input_shape[space], self.strides, span, strict=True)
            extra = [size and old and size - (old - 1) * s - k for size, old, s, k in axes]
            if all(e is not None and 0 <= e < s for e, s in zip(extra, self.strides, strict=True)):
                self.output_padding = tuple(extra)
        build(self, input_shape)

    return wrapped


_SPECIAL: dict[str, Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    "BatchNormalization": _batch_normalization,
    "Embedding": _embedding,
    "Conv2DTranspose": _transposed,
    "Conv3DTranspose": _transposed,
}


def _note(name: str, gone: list[str], new: list[str]) -> None:
    """Say which arguments are another today."""
    today = f"{name}({', '.join(new)})" if new else f"{name}() without it"
    note(f"{name}({', '.join(gone)})", today)


def _written(name: str, value: Any) -> str:
    return f"{name}={short(value, 30)}"
