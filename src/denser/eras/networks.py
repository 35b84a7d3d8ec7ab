"""Configs of whole networks as older versions wrote them, in today's form."""

from collections.abc import Iterator
from typing import Any

from ..core.custom import find_custom
from ..core.messages import UserError, short
from .arguments import translate
from .names import CLASSES, GONE, function_name
from .tensorflow_ops import OP_LAYERS, OPS_OF_SEVERAL, op_config

Config = dict[str, Any]
_NESTS = ("Functional", "Sequential")


def speaks_of_old(config: Any) -> bool:
    """Whether a model's config is one of before Keras 3, which names the module of each class and
    writes calls as dicts.

    Example:
        >>> speaks_of_old({"class_name": "Sequential", "config": [], "keras_version": "1.2.2"})
        True
    """
    if not isinstance(config, dict):
        return False
    if config.get("keras_version"):
        return not str(config["keras_version"]).startswith("3")
    if "module" not in config:
        return not any(_is_of_today(part) for part in _dicts(config.get("config")))
    return any(_is_nested_call(part) for part in _dicts(config))


def _is_of_today(part: Config) -> bool:
    return "registered_name" in part or "batch_shape" in part or "keras_history" in part


def _is_nested_call(part: Config) -> bool:
    calls = part.get("inbound_nodes")
    return isinstance(calls, list) and bool(calls) and isinstance(calls[0], list)


def _dicts(value: Any) -> Iterator[Config]:
    """Every dict in nested lists and dicts."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _dicts(part)


def modernize(value: Any, era: str | None) -> Any:
    """An older config, of a network or of any object in one, in today's form.

    Args:
        value: What the file's JSON has: dicts, lists and plain values.
        era: The era that wrote it; see `translate`.

    Example:
        >>> modernize({"class_name": "Dropout", "config": {"p": 0.5}}, "1")
        {'class_name': 'Dropout', 'config': {'rate': 0.5}}
    """
    if isinstance(value, list):
        return [modernize(part, era) for part in value]
    if not isinstance(value, dict):
        return value
    name, config = value.get("class_name"), value.get("config")
    if not isinstance(name, str) or not isinstance(config, (dict, list)):
        return {key: modernize(part, era) for key, part in value.items()}
    if name.startswith("__"):  # a plain value: a tuple, an array; or byte code, refused by all
        return value
    if name in OP_LAYERS:
        return op_config(value)
    return _modern_object(value, name, config, era)


def _modern_object(value: Config, name: str, config: Any, era: str | None) -> Config:
    rest = {k: v for k, v in value.items() if k not in _SAID_OTHERWISE}
    if find_custom(name) is not None and "input_layers" not in config:
        # A class of the user's means what the user says.
        return {"class_name": name, "config": modernize(config, era), **rest}
    if name in GONE:
        raise UserError(f"{name}: there is no such class today. {GONE[name]}")
    if isinstance(config, list):  # a Sequential that is nothing but its layers
        config = {"name": None, "layers": config}
    if name == "Sequential" and _merges(config):
        name, config = "Model", _branches(config)
    if "layers" in config and name != "Merge":
        name, config = _network(name, config, era)
        rest.pop("build_config", None)
    else:
        if name == "Lambda":
            config = _function_layer(config)
        if name == "Merge":  # an op has the name of each of the layers that it is today
            rest["module"] = "keras.layers"
        name, config = translate(name, config, era)
        config = {key: modernize(part, era) for key, part in config.items()}
    if rest.get("registered_name") == name:
        rest["registered_name"] = None
    return {"class_name": name, "config": config, **rest}


_SAID_OTHERWISE = ("class_name", "config", "module", "keras_version", "backend")


def _network(name: str, config: Config, era: str | None) -> tuple[str, Config]:
    """Class and config of a network: of one with a graph the calls, too."""
    config = {key: modernize(part, era) for key, part in config.items()}
    if "input_layers" in config:
        return CLASSES.get(name, name), _graph(config)
    return name, config


def _function_layer(config: Config) -> Config:
    """A Lambda whose function has a name; byte code is marked as what it is."""
    config = {k: v for k, v in config.items() if k not in _LAMBDA_EXTRAS}
    for key in ("function", "output_shape", "mask"):
        part = config.get(key)
        if isinstance(part, list) and part and isinstance(part[0], str) and len(part) == 3:
            config[key] = {"class_name": "__lambda__", "config": {"code": None}}
        elif key == "function" and isinstance(part, str):
            config[key] = {"class_name": "function", "config": function_name(part)}
    return config


_LAMBDA_EXTRAS = ("function_type", "module", "output_shape_type", "output_shape_module")


# --------------------------------------------------------------------------------- the graph


def _graph(config: Config) -> Config:
    """A Functional's calls, inputs and outputs: `[name, call, output, arguments]` as dicts."""
    layers = config["layers"]
    first = _first_calls(config)
    functional = {layer.get("name") for layer in layers if layer.get("class_name") == "Functional"}

    def place(entry: Any, at_end: bool = False) -> list[Any]:
        name, call, output = entry[:3]
        return [name, call - first.get(name, 0) + (at_end and name in functional), output]

    for layer in layers:
        calls = layer.get("inbound_nodes") or []
        apart = layer["class_name"] in OPS_OF_SEVERAL and "keras.src.ops" in layer.get("module", "")
        layer["inbound_nodes"] = [_call(call, place, apart) for call in calls]
        layer.setdefault("name", layer["config"].get("name"))
    ends = {
        key: _ends([place(entry, at_end=True) for entry in _entries(config[key])])
        for key in ("input_layers", "output_layers")
    }
    return {**config, **ends}


def _ends(ends: list[Any]) -> Any:
    """One end stands alone, as one array does that a model is called with."""
    return ends[0] if len(ends) == 1 else ends


def _entries(value: Any) -> Iterator[list[Any]]:
    """Every `[name, call, output, ...]` in nested lists and dicts."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        return
    if _is_entry(value):
        yield list(value)
        value = value[3:]
    for part in value:
        yield from _entries(part)


def _is_entry(value: Any) -> bool:
    numbers = value[1:3]
    return len(numbers) == 2 and isinstance(value[0], str) and set(map(type, numbers)) == {int}


def _first_calls(config: Config) -> dict[str, int]:
    """The number of each layer's first call: a network inside was once called when it was made,
    and some versions counted that."""
    first: dict[str, int] = {}
    calls = [layer.get("inbound_nodes") for layer in config["layers"]]
    for name, call, *_ in _entries([calls, config["input_layers"], config["output_layers"]]):
        first[name] = min(call, first.get(name, call))
    return first


def _call(call: Any, place: Any, apart: bool = False) -> Config:
    """One call of a layer: its tensors, in one list unless `apart`, then the arguments by name."""
    if isinstance(call, dict):
        return call
    if call and isinstance(call[0], str):
        call = [call]
    kwargs: Config = {}
    args = []
    for entry in call:
        if not isinstance(entry, list) or len(entry) < 3:
            raise UserError(f"Model: the config has a call that is none: {short(entry)}.")
        kwargs.update(entry[3] if len(entry) > 3 and isinstance(entry[3], dict) else {})
        args.append(_argument(entry, place))
    if not apart and len(args) > 1:
        args = [args]
    named = {key: _keyword(value, place) for key, value in kwargs.items() if value is not None}
    if isinstance(named.get("training"), bool):
        named["training"] = int(named["training"])  # it was given, then, and counts
    return {"args": args, "kwargs": named}


def _argument(entry: list[Any], place: Any) -> Any:
    if entry[0] == "_CONSTANT_VALUE":
        return entry[2]
    return {"class_name": "__keras_tensor__", "config": {"keras_history": place(entry)}}


def _keyword(value: Any, place: Any) -> Any:
    """An argument by name, which may be a tensor of the graph."""
    if isinstance(value, list) and len(value) == 3 and _is_entry(value):
        return _argument(value, place)
    if isinstance(value, list):
        return [_keyword(part, place) for part in value]
    return value


# ---------------------------------------------------- Sequentials that begin with several inputs


def _merges(config: Config) -> bool:
    """Whether a Sequential of Keras 1 begins with a Merge of other models."""
    layers = config.get("layers") or [{}]
    first = layers[0]
    return first.get("class_name") == "Merge" and bool(first["config"].get("layers"))


def _branches(config: Config) -> Config:
    """Such a Sequential as a graph: an input for each model that is merged."""
    merge, *rest = config["layers"]
    merge = {**merge, "config": dict(merge["config"])}
    layers, ends, inputs = [], [], []
    for number, branch in enumerate(merge["config"].pop("layers")):
        name = f"branch_{number + 1}"
        declared = _declared(branch)
        place = f"{name}_input"
        layers += [
            {"class_name": "InputLayer", "name": place, "inbound_nodes": [],
             "config": {"name": place, "batch_input_shape": declared["shape"],
                        "dtype": declared["dtype"]}},
            {**_named(branch, name), "name": name, "inbound_nodes": [[[place, 0, 0]]]},
        ]  # fmt: skip
        inputs.append([place, 0, 0])
        ends.append([name, 0, 0])
    for layer in (merge, *rest):
        name = layer["config"].get("name") or layer["class_name"].lower()
        layers.append({**layer, "name": name, "inbound_nodes": [ends]})
        ends = [[name, 0, 0]]
    name = config.get("name")
    return {"name": name, "layers": layers, "input_layers": inputs, "output_layers": ends}


def _named(branch: Config, name: str) -> Config:
    config = branch["config"]
    config = {"layers": config} if isinstance(config, list) else config
    return {**branch, "config": {**config, "name": name}}


def _declared(branch: Config) -> Config:
    """The shape and type of what a merged model reads."""
    config = branch["config"]
    layers = config if isinstance(config, list) else config.get("layers", [])
    first = layers[0] if layers else branch
    if first["class_name"] in _NESTS:
        return _declared(first)
    shape = first["config"].get("batch_input_shape") or first["config"].get("batch_shape")
    if shape is None:
        raise UserError("Sequential: a model that it merges does not say the shape of its input.")
    integers = first["class_name"] == "Embedding"
    return {"shape": shape, "dtype": "int32" if integers else "float32"}
