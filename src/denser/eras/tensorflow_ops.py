"""Calls of TensorFlow's functions that tf.keras wrote as layers, as ops of today's files.

tf.keras wrapped `x + y` between layers as a `TFOpLambda` with the function `math.add`. Today's file
has the op's class, called on the tensors.
"""

from typing import Any

from ..core.messages import UserError

Config = dict[str, Any]
OP_LAYERS = ("TFOpLambda", "SlicingOpLambda")

# Names of arguments there and here, then TensorFlow's functions and today's ops.
_CONSTANT = "_CONSTANT_VALUE"  # in place of a layer's name
_INPUTS = ("input", "tensor", "a", "features", "input_tensor", "logits")
_NAMES: dict[str, str] = {"y": "x2", "b": "x2", "values": "xs", "perm": "axes", "shape": "newshape",
          "num_or_size_splits": "indices_or_sections",
          **dict.fromkeys(_INPUTS, "x")}  # fmt: skip
_OPS = {
    "math.add": "numpy.Add", "__operators__.add": "numpy.Add",
    "math.subtract": "numpy.Subtract", "math.multiply": "numpy.Multiply",
    "math.truediv": "numpy.Divide", "math.divide": "numpy.Divide",
    "math.floordiv": "numpy.FloorDivide", "math.pow": "numpy.Power",
    "math.maximum": "numpy.Maximum", "math.minimum": "numpy.Minimum",
    "linalg.matmul": "numpy.Matmul", "concat": "numpy.Concatenate",
    "math.abs": "numpy.Absolute", "math.negative": "numpy.Negative", "math.exp": "numpy.Exp",
    "math.log": "numpy.Log", "math.sqrt": "numpy.Sqrt", "math.square": "numpy.Square",
    "math.reduce_mean": "numpy.Mean", "math.reduce_sum": "numpy.Sum",
    "math.reduce_max": "numpy.Max", "math.reduce_min": "numpy.Min",
    "math.sin": "numpy.Sin", "math.cos": "numpy.Cos", "math.tanh": "numpy.Tanh",
    "math.sigmoid": "nn.Sigmoid", "nn.relu": "nn.Relu", "nn.softmax": "nn.Softmax",
    "expand_dims": "numpy.ExpandDims", "squeeze": "numpy.Squeeze",
    "reshape": "numpy.Reshape", "transpose": "numpy.Transpose", "cast": "core.Cast",
    "split": "numpy.Split",
    "__operators__.getitem": "numpy.GetItem",
}  # fmt: skip
_TENSORS = ("x", "x1", "x2", "xs")
OPS_OF_SEVERAL = ("Add", "Subtract", "Multiply", "Divide", "FloorDivide", "Power", "Maximum",
                  "Minimum", "Matmul", "GetItem")  # fmt: skip


def op_config(layer: Config) -> Config:
    """Such a layer, with its calls, as the op's class.

    Raises:
        UserError: for a function that is not in the table.
    """
    function = str(layer["config"].get("function") or "__operators__.getitem")
    function = function.removeprefix("compat.v1.")
    if function not in _OPS:
        raise UserError(
            f"{layer['class_name']}: the model calls TensorFlow's `{function}`, which has no op "
            "here. Build the model anew in code and load its weights."
        )
    module, cls = _OPS[function].split(".")
    name = layer.get("name") or layer["config"]["name"]
    options: Config = {}
    calls = [_call(call, cls, options) for call in layer.get("inbound_nodes") or []]
    return {
        "module": f"keras.src.ops.{module}",
        "class_name": cls,
        "config": {"name": name, **options},
        "registered_name": None,
        "name": name,
        "inbound_nodes": calls,
    }


def _call(call: Any, cls: str, options: Config) -> list[Any]:
    """One call as `[name, call, output, arguments]`, tensors among the arguments as further ones;
    what is no tensor is an option of the op's."""
    entries = [list(call)] if call and isinstance(call[0], str) else [list(e) for e in call]
    kwargs: Config = entries[0][3] if len(entries[0]) > 3 else {}
    for key, value in kwargs.items():
        todays = _NAMES.get(key, key)
        if key == "name" or value is None or (key.startswith("transpose_") and not value):
            continue
        if key == "slice_spec":
            entries.append([_CONSTANT, -1, [_slice(part) for part in value]])
        elif todays in _TENSORS or cls in OPS_OF_SEVERAL:
            is_tensor = isinstance(value, list) and value and isinstance(value[0], str)
            entries.append(value if is_tensor else [_CONSTANT, -1, value])
        else:
            alone = key == "axis" and isinstance(value, list) and len(value) == 1
            options[todays] = value[0] if alone else value
    return [entry[:3] for entry in entries]


def _slice(part: Any) -> Any:
    """One part of `x[...]`."""
    if isinstance(part, dict) and "start" in part:
        inner = {key: part.get(key) for key in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": inner}
    return {"class_name": "__ellipsis__", "config": {}} if part == "..." else part
