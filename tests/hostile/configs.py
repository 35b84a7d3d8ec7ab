"""Configs that name code, other files, or sizes that no machine has."""

import json

UNSAFE, BROKEN = "UnsafeFileError", "BrokenFileError"
_BYTE_CODE = "4wEAAAAAAAAAAAAAAAEAAAADAAAA8wYAAACXAHwAUwCpAE6pAKkB2gF4cwEAAAAg"


def dense(config):
    """The arguments of the model's Dense layer."""
    return config["config"]["layers"][1]["config"]


def layer(kind, module="keras.layers", **arguments):
    """The config of a layer."""
    return {"module": module, "class_name": kind, "config": arguments, "registered_name": None}


def _argument(argument, value):
    def change(config, bait):
        dense(config)[argument] = value(bait) if callable(value) else value

    return change


def _added(made):
    def change(config, bait):
        config["config"]["layers"].append(made(bait) if callable(made) else made)

    return change


def _named(class_name, module, inner=None, registered=None):
    return {"module": module, "class_name": class_name, "config": inner or {},
            "registered_name": registered}  # fmt: skip


def _code(name="__lambda__"):
    return {"class_name": name, "config": {"value": _BYTE_CODE, "defaults": None, "closure": None}}


def _metric(kind, **arguments):
    def change(config, bait):
        config["compile_config"]["metrics"] = [layer(kind, "keras.metrics", **arguments)]

    return change


def _nested(levels):
    def change(config, bait):
        for _ in range(levels):
            config["config"]["layers"] = [dict(config, config=dict(config["config"]))]

    return change


def _shape(*sizes):
    def change(config, bait):
        config["config"]["layers"][0]["config"]["batch_shape"] = sizes
        del config["config"]["layers"][1]["build_config"]

    return change


def _without(key):
    def change(config, bait):
        del config["config"][key]

    return change


def _loop(config, bait):
    """Two layers, each the other's input."""

    def node(name, source):
        tensor = {"class_name": "__keras_tensor__",
                  "config": {"shape": [None, 3], "dtype": "float32",
                             "keras_history": [source, 0, 0]}}  # fmt: skip
        made = layer("Dense", name=name, units=3)
        return made | {"name": name, "inbound_nodes": [{"args": [tensor], "kwargs": {}}]}

    config.update(class_name="Functional", registered_name="Functional")
    config["config"] = {"name": "loop", "layers": [node("a", "b"), node("b", "a")],
                        "input_layers": [["a", 0, 0]], "output_layers": [["b", 0, 0]]}  # fmt: skip
    config.pop("build_config", None)


# name -> (error, change(config, bait)); `bait` has a file, a module and a program that leave a mark
CHANGES = {
    "byte code in a Lambda": (UNSAFE, _added(layer("Lambda", function=_code()))),
    "byte code as tf.keras wrote it": (
        BROKEN, _added(layer("Lambda", function=[_BYTE_CODE, None, None], function_type="lambda"))
    ),
    "byte code as an initializer": (UNSAFE, _argument("kernel_initializer", _code())),
    "byte code as an activation": (UNSAFE, _argument("activation", _code())),
    "os.system": (UNSAFE, _argument("activation", _named("function", "os", "system"))),
    "eval": (UNSAFE, _argument("activation", _named("function", "builtins", "eval"))),
    "eval as a Lambda's function": (
        UNSAFE, _added(layer("Lambda", function=_named("function", "builtins", "eval")))
    ),
    "a class of another module": (
        UNSAFE, _added(lambda bait: _named("Popen", "subprocess", {"args": bait.program}))
    ),
    "a module that runs when it is imported": (
        UNSAFE, _added(lambda bait: _named("Anything", bait.module))
    ),
    "a module by its path": (UNSAFE, _added(lambda bait: _named("Anything", str(bait.file)))),
    "type": (UNSAFE, _added(_named("type", "builtins"))),
    "__import__": (UNSAFE, _added(_named("__import__", "builtins", {"name": "bait"}))),
    "a function of denser's that opens files": (
        UNSAFE, _argument("activation", _named("get_file", "denser.datasets.files"))
    ),
    "a type's name": (UNSAFE, _argument("activation", _named("__typespec__", "os", "system"))),
    "a registered name that nobody registered": (
        UNSAFE, _added(_named("Evil", "keras.layers", registered="Custom>Evil"))
    ),
    "a registered name with a module in it": (
        UNSAFE, _added(_named("eval", "keras.layers", registered="builtins>eval"))
    ),
    "a metric that is a module's": (
        UNSAFE,
        lambda config, bait: config["compile_config"].update(loss=_named("system", "os")),
    ),
    "10^12 units": (UNSAFE, _argument("units", 10**12)),
    "10^9 units": (UNSAFE, _argument("units", 10**9)),
    "10^30 units": (UNSAFE, _argument("units", 10**30)),
    "10^12 inputs": (UNSAFE, _shape(None, 10**12)),
    "10^12 words": (
        UNSAFE,
        lambda config, bait: config["config"]["layers"].insert(
            1, layer("Embedding", input_dim=10**12, output_dim=2)
        ),
    ),
    "an identity of 10^6 rows": (
        UNSAFE,
        lambda config, bait: (
            _shape(None, 10**6)(config, bait),
            dense(config).update(units=10**6, kernel_initializer="identity"),
        ),
    ),
    "a metric of 10^7 classes": (
        UNSAFE, _metric("MeanIoU", num_classes=10**7, name="iou", dtype="float32")
    ),
    "a type of 2 GB": (
        BROKEN, _argument("units", {"class_name": "__numpy__",
                                    "config": {"value": 1, "dtype": "V2000000000"}})
    ),
    "an array of objects": (
        BROKEN, _argument("units", {"class_name": "__numpy__",
                                    "config": {"value": 1, "dtype": "object"}})
    ),
    "50 models in one another": (UNSAFE, _nested(100)),
    "100,001 objects": (
        UNSAFE, lambda config, bait: config.update(more=[{"class_name": "x"}] * 100_001)
    ),
    "an optimizer among the layers": (BROKEN, _added(layer("Adam", "keras.optimizers"))),
    "layers that wait for each other": (BROKEN, _loop),
    "a number of units below 0": (BROKEN, _argument("units", -1)),
    "units that are a word": (BROKEN, _argument("units", "many")),
    "an argument that is none": (BROKEN, _argument("unit", 3)),
    "an unknown policy": (BROKEN, _argument("dtype", "float1000")),
    "no layers": (BROKEN, _without("layers")),
    "a layer that is a number": (BROKEN, _added(3)),
    "a class that is a list": (BROKEN, _added(_named(["Dense"], "keras.layers"))),
}  # fmt: skip

# those that are tried in `.h5` files, too
OF_OLDER = (
    "byte code in a Lambda", "byte code as tf.keras wrote it", "byte code as an activation",
    "os.system", "a class of another module", "a module that runs when it is imported",
    "a registered name with a module in it", "10^12 units", "10^12 words",
    "50 models in one another", "layers that wait for each other", "a layer that is a number",
)  # fmt: skip

_START = '{"class_name": "Sequential", "config": {"layers": '

# name -> (error, text of a config)
TEXTS = {
    "NaN": (BROKEN, _START + "[NaN]}}"),
    "Infinity": (BROKEN, _START + "[-Infinity]}}"),
    "a number past all": (BROKEN, _START + "[1e999]}}"),
    "a key that stands twice": (BROKEN, _START + '[]}, "class_name": "Model"}'),
    "an integer of 10,000 digits": (BROKEN, _START + "[" + "1" * 10_000 + "]}}"),
    "100,000 lists in one another": (BROKEN, "[" * 100_000),
    "300 lists in one another": (UNSAFE, _START + "[" * 300 + "]" * 300 + "}}"),
    "text longer than the limit": (UNSAFE, _START + " " * 2**24 + "[]}}"),
    "no UTF-8": (BROKEN, b'{"class_name": "\xff\xfe\xfd"}'),
    "half of it": (BROKEN, _START),
    "nothing": (BROKEN, ""),
    "a list": (BROKEN, "[]"),
    "a word": (BROKEN, '"Sequential"'),
    "no model": (BROKEN, json.dumps(layer("Adam", "keras.optimizers"))),
}
