"""Arguments of older classes in today's names, values and defaults."""

from collections.abc import Callable
from typing import Any

from ..core.messages import UserError, short
from .defaults import DEFAULTS
from .initial import INITIALIZERS_OF_1
from .names import CLASSES, function_name
from .optimizing import OPTIMIZERS, optimizer_arguments

Arguments = dict[str, Any]

# Old names that mean the same in every class that has them.
_EVERYWHERE = {
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "U_constraint": "recurrent_constraint",
    "b_constraint": "bias_constraint",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "dim_ordering": "data_format",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "atrous_rate": "dilation_rate",
    "inner_activation": "recurrent_activation",
    "inner_init": "recurrent_initializer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "pool_length": "pool_size",
    "stride": "strides",
    "init": "kernel_initializer",
    "bias": "use_bias",
}
_DENSE = {"output_dim": "units"}
_DROPOUT = {"p": "rate"}
_DEPTHWISE = {"init": "depthwise_initializer", "kernel_initializer": "depthwise_initializer",
              "kernel_regularizer": "depthwise_regularizer",
              "kernel_constraint": "depthwise_constraint"}  # fmt: skip
_BY_CLASS: dict[str, dict[str, str]] = {
    **dict.fromkeys(("Dense", "SimpleRNN", "LSTM", "GRU"), _DENSE),
    **dict.fromkeys(
        ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout",
         "AlphaDropout"), _DROPOUT,
    ),
    "Embedding": {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    "BatchNormalization": {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    "GaussianNoise": {"sigma": "stddev"},
    "PReLU": {"init": "alpha_initializer"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "ReLU": {"theta": "threshold"},
    "UpSampling1D": {"length": "size"},
    "Reshape": {"dims": "target_shape"},
    "InputLayer": {"batch_input_shape": "batch_shape", "input_dtype": "dtype"},
    "DepthwiseConv2D": _DEPTHWISE,
    "MaxNorm": {"m": "max_value"},
    "Orthogonal": {"scale": "gain"},
    "Identity": {"scale": "gain"},
}  # fmt: skip
_MANY_NUMBERS = {  # several arguments that are one today
    ("nb_row", "nb_col"): "kernel_size",
    ("kernel_dim1", "kernel_dim2", "kernel_dim3"): "kernel_size",
}
# Arguments that chose how something was computed, or that said nothing that is not known.
_DROPPED = frozenset(
    "implementation consume_less fused adjustment force_generator rng_type query_shape key_shape "
    "value_shape input_dtype".split()
)
# Arguments that may only have a value that changed nothing, and what to do about another.
_NEUTRAL: dict[str, tuple[Any, str]] = {
    "time_major": (False, "Put the batch first: ops.swapaxes(x, 0, 1)."),
    "ragged": (False, "Use dense tensors, padded."),
    "virtual_batch_size": (None, "Use smaller batches."),
    "experimental_autocast": (True, "Write autocast=False."),
    "causal": (False, "Write use_causal_mask=True where it is called."),
}
_ONE_GROUP = {"groups": (1, "Write the groups as layers of their own.")}
_NEUTRAL_IN: dict[str, dict[str, tuple[Any, str]]] = {
    "BatchNormalization": {
        "mode": (0, "Modes 1 and 2 are gone: 1 is LayerNormalization, 2 uses the batch's "
                    "statistics in inference, too."),
    },
    "Embedding": {
        "dropout": (0, "Put SpatialDropout1D after it."),
        "sparse": (False, "Gradients are dense."),
    },
    **dict.fromkeys(
        ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "DepthwiseConv1D",
         "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"), _ONE_GROUP,
    ),
}  # fmt: skip
_DATA_FORMATS = {"th": "channels_first", "tf": "channels_last", "default": None}
_MERGES = {"sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average",
           "max": "Maximum", "dot": "Dot", "cos": "Dot"}  # fmt: skip


def translate(
    class_name: str, arguments: Arguments, era: str | None = None
) -> tuple[str, Arguments]:
    """A class's name and its arguments by name, as today's Keras has them.

    Args:
        class_name: The name then; today's is left as it is.
        arguments: Arguments of its constructor, or the entries of its config.
        era: '1', '2', 'tf' or '3'. It fills in what was a default then and is not today, and
            decides what names like 'he_normal' or 'hard_sigmoid' mean; None only renames.

    Raises:
        UserError: for an argument that does what nothing does today.

    Example:
        >>> translate("Convolution2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 3, "bias": False})
        ('Conv2D', {'filters': 8, 'kernel_size': (3, 3), 'use_bias': False})
        >>> translate("Dropout", {"p": 0.5})
        ('Dropout', {'rate': 0.5})
    """
    old = class_name.rpartition(">")[2] if class_name.startswith("Custom>") else class_name
    if old in OPTIMIZERS:
        name, given = OPTIMIZERS[old], optimizer_arguments(arguments)
    else:
        name = CLASSES.get(old, old)
        if old in _SPECIAL:
            name, given = _SPECIAL[old](name, dict(arguments))
        else:
            given = dict(arguments)
        given = _renamed(name, given)
        given = {key: _value(key, value, era) for key, value in given.items()}
        given = _kept(name, given)
    return name, {**_missing(name, given, era), **given}


def _missing(name: str, given: Arguments, era: str | None) -> Arguments:
    """What was a default then and is not one today."""
    defaults = DEFAULTS.get(era or "", {}).get(name, {})
    return {key: value for key, value in defaults.items() if key not in given}


def _renamed(name: str, given: Arguments) -> Arguments:
    """The arguments under today's names, several that are one today put together."""
    for (first, *rest), whole in _MANY_NUMBERS.items():
        if all(part in given for part in (first, *rest)):
            sizes = (given[first], *(given[part] for part in rest))
            given = {
                whole if key == first else key: sizes if key == first else value
                for key, value in given.items()
                if key not in rest
            }
    names = {**_EVERYWHERE, **_BY_CLASS.get(name, {})}
    found: Arguments = {}
    for key, value in given.items():
        todays = names.get(key, key)
        if todays not in found or key == todays:
            found[todays] = value
    return found


def _value(key: str, value: Any, era: str | None) -> Any:
    """An argument's value, where what it says was said otherwise."""
    if isinstance(value, dict) and value.get("type") == "ndarray":
        value = value["value"]
    if key == "data_format" and isinstance(value, str):
        return _DATA_FORMATS.get(value, value)
    if key == "dtype":
        return _dtype(value)
    if isinstance(value, str):
        if key.endswith("activation"):
            return function_name(value, era)
        if key.endswith("_initializer") and era == "1":
            return INITIALIZERS_OF_1.get(value, value)
        if key == "distribution":
            return {"normal": "truncated_normal"}.get(value, value)
        if key == "reduction":
            return {"auto": "sum_over_batch_size"}.get(value, value)
    if isinstance(value, dict) and "name" in value and key.endswith(("regularizer", "constraint")):
        value = dict(value)  # of Keras 1: {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}
        return {"class_name": value.pop("name"), "config": value}
    return value


def _dtype(value: Any) -> Any:
    """The name of a dtype policy of tf.keras."""
    if isinstance(value, dict) and value.get("class_name") in ("Policy", "PolicyV1"):
        value = value["config"]["name"]
    return None if isinstance(value, str) and value in ("infer", "_infer") else value


def _kept(name: str, given: Arguments) -> Arguments:
    """The arguments without those that say nothing today."""
    given = {key: value for key, value in given.items() if key not in _DROPPED}
    for key, (neutral, fix) in {**_NEUTRAL, **_NEUTRAL_IN.get(name, {})}.items():
        if key in given:
            value = given.pop(key)
            if value is not None and value != neutral:
                raise UserError(f"{name}: there is no `{key}`; got {short(value)}. {fix}")
    if "forget_bias_init" in given:
        given["unit_forget_bias"] = given.pop("forget_bias_init") in ("one", "ones")
    if name == "BatchNormalization" and isinstance(axis := given.get("axis"), (list, tuple)):
        given["axis"] = axis[0] if len(axis) == 1 else axis
    return _input_shape(name, given)


def _input_shape(name: str, given: Arguments) -> Arguments:
    """The declared shape of the input, said once: configs say it in several ways."""
    length = given.pop("input_length", None) if name == "Embedding" else given.get("input_length")
    declared = any(k in given for k in ("batch_input_shape", "batch_shape", "input_shape"))
    if name == "Embedding":
        if length is not None and not declared:
            given["input_shape"] = tuple(length) if isinstance(length, (list, tuple)) else (length,)
        return given
    if declared or given.get("input_dim") is None:
        given.pop("input_dim", None)
        given.pop("input_length", None)
    elif length is None:
        given.pop("input_length", None)
    return given


# ------------------------------------------------------------- classes that became others


def _merge(_: str, given: Arguments) -> tuple[str, Arguments]:
    """Keras 1's Merge as the layer of its mode."""
    mode = given.pop("mode", "sum")
    if mode not in _MERGES:
        raise UserError(
            f"Merge: `mode` must be one of {', '.join(_MERGES)}; got {short(mode)}. "
            "Write a function as a layer."
        )
    axis, axes = given.pop("concat_axis", -1), given.pop("dot_axes", -1)
    rest = {k: given[k] for k in ("name", "trainable", "layers") if k in given}
    if mode == "concat":
        rest["axis"] = axis
    if mode in ("dot", "cos"):
        rest["axes"] = axes[0] if isinstance(axes, list) and axes and axes[0] == axes[-1] else axes
        rest["normalize"] = mode == "cos"
    return _MERGES[mode], rest


def _of_cudnn(name: str, given: Arguments) -> tuple[str, Arguments]:
    """cuDNN's LSTM and GRU computed what today's compute by their defaults."""
    given = {"activation": "tanh", "recurrent_activation": "sigmoid", **given}
    return name, {**given, "reset_after": True} if name == "GRU" else given


def _transposed(name: str, given: Arguments) -> tuple[str, Arguments]:
    """The size of the output follows from the rest."""
    given.pop("output_shape", None)
    return name, given


def _separable(name: str, given: Arguments) -> tuple[str, Arguments]:
    """One `init` was for both kernels."""
    for key in ("init", "kernel_initializer"):
        if (init := given.pop(key, None)) is not None:
            for part in ("depthwise_initializer", "pointwise_initializer"):
                given.setdefault(part, init)
    for key in ("kernel_regularizer", "kernel_constraint"):
        given.pop(key, None)  # tf.keras wrote the base's, which were None
    return name, given


_SPECIAL: dict[str, Callable[[str, Arguments], tuple[str, Arguments]]] = {
    "Merge": _merge,
    "CuDNNLSTM": _of_cudnn,
    "CuDNNGRU": _of_cudnn,
    "Deconvolution2D": _transposed,
    "Deconvolution3D": _transposed,
    **dict.fromkeys(
        ("SeparableConvolution2D", "SeparableConvolution1D", "SeparableConv1D", "SeparableConv2D"),
        _separable,
    ),
}
