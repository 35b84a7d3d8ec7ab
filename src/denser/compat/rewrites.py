"""Rewrites: how what scripts wrote is written for Keras 3: functions of keras.backend, file names.

`modernize` looks these up; what a table does not have stays as it is.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

# Functions of keras.backend that are ops today with the same arguments, old name to new.
OPS = {name: name for name in """
    mean sum square sqrt exp log abs maximum minimum concatenate reshape squeeze cast sign sin cos
    stack prod max min any all clip round equal not_equal greater less greater_equal less_equal
    softmax relu sigmoid tanh softplus softsign elu zeros_like ones_like shape dot transpose var std
    one_hot stop_gradient eye tile arange zeros ones logsumexp binary_crossentropy
    categorical_crossentropy sparse_categorical_crossentropy
    """.split()} | {
    "permute_dimensions": "transpose", "pow": "power", "int_shape": "shape", "flatten": "ravel",
    "repeat_elements": "repeat", "map_fn": "map", "constant": "convert_to_tensor",
    "get_value": "convert_to_numpy", "eval": "convert_to_numpy",
}  # fmt: skip
# Others: their arguments, and how a call of them is written.
CALLS = {
    "argmax": ("x, axis=-1", "keras.ops.argmax({x}, axis={axis})"),
    "argmin": ("x, axis=-1", "keras.ops.argmin({x}, axis={axis})"),
    "cumsum": ("x, axis=0", "keras.ops.cumsum({x}, axis={axis})"),
    "cumprod": ("x, axis=0", "keras.ops.cumprod({x}, axis={axis})"),
    "expand_dims": ("x, axis=-1", "keras.ops.expand_dims({x}, axis={axis})"),
    "repeat": ("x, n", "keras.ops.repeat(keras.ops.expand_dims({x}, 1), {n}, axis=1)"),
    "reverse": ("x, axes", "keras.ops.flip({x}, axis={axes})"),
    "l2_normalize": ("x, axis=None", "keras.ops.normalize({x}, axis={axis}, order=2)"),
    "batch_flatten": ("x", "keras.ops.reshape({x}, (keras.ops.shape({x})[0], -1))"),
    "switch": (
        "condition, then_expression, else_expression",
        "keras.ops.where({condition}, {then_expression}, {else_expression})",
    ),
    "ndim": ("x", "len({x}.shape)"),
    "variable": ("value, dtype='float32', name=None", "keras.Variable({value}, dtype={dtype})"),
    "set_value": ("x, value", "{x}.assign({value})"),
    "random_normal": (
        "shape, mean=0.0, stddev=1.0, dtype=None, seed=None",
        "keras.random.normal({shape}, {mean}, {stddev}, dtype={dtype}, seed={seed})",
    ),
    "random_uniform": (
        "shape, minval=0.0, maxval=1.0, dtype=None, seed=None",
        "keras.random.uniform({shape}, {minval}, {maxval}, dtype={dtype}, seed={seed})",
    ),
    "truncated_normal": (
        "shape, mean=0.0, stddev=1.0, dtype=None, seed=None",
        "keras.random.truncated_normal({shape}, {mean}, {stddev}, dtype={dtype}, seed={seed})",
    ),
    "dropout": (
        "x, level, noise_shape=None, seed=None",
        "keras.random.dropout({x}, {level}, noise_shape={noise_shape}, seed={seed})",
    ),
    "hard_sigmoid": ("x", "former_hard_sigmoid({x})"),
    "cast_to_floatx": ("x", "keras.ops.cast({x}, keras.backend.floatx())"),
    "batch_dot": ("x, y, axes", "keras.layers.dot([{x}, {y}], axes={axes})"),
    "conv1d": (
        "x, kernel, strides=1, padding='valid', data_format=None, dilation_rate=1",
        "keras.ops.conv({x}, {kernel}, {strides}, {padding}, {data_format}, {dilation_rate})",
    ),
    "conv2d": (
        "x, kernel, strides=(1, 1), padding='valid', data_format=None, dilation_rate=(1, 1)",
        "keras.ops.conv({x}, {kernel}, {strides}, {padding}, {data_format}, {dilation_rate})",
    ),
    "image_dim_ordering": ("", "keras.backend.image_data_format()"),
    "set_image_dim_ordering": ("layout", "keras.backend.set_image_data_format({layout})"),
}
DRAWING = ("random_normal", "random_uniform", "truncated_normal", "dropout")
_OLDER = {"std": "stddev", "low": "minval", "high": "maxval"}
LAYOUTS = {"th": "channels_first", "tf": "channels_last"}
# What Keras 3 has kept, but not among its public names.
LEGACY = {
    name: f"keras.src.legacy.preprocessing.{module}"
    for module, names in {
        "image": "ImageDataGenerator DirectoryIterator NumpyArrayIterator DataFrameIterator",
        "sequence": "TimeseriesGenerator make_sampling_table skipgrams",
        "text": "Tokenizer one_hot hashing_trick text_to_word_sequence tokenizer_from_json",
    }.items()
    for name in names.split()
}
_FORMER_HARD_SIGMOID = '''

@keras.saving.register_keras_serializable("former")
def former_hard_sigmoid(x):
    """The 'hard_sigmoid' of Keras before 3."""
    return keras.ops.clip(0.2 * x + 0.5, 0, 1)
'''
_SEEDED_LAMBDA = '''

seeds = keras.random.SeedGenerator()


class SeededLambda(keras.layers.Lambda):
    """A Lambda that keeps the state of the random numbers its function draws."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seeds = seeds
'''
HELPERS = {"former_hard_sigmoid": _FORMER_HARD_SIGMOID, "SeededLambda": _SEEDED_LAMBDA}


def written_call(name: str, args: list[str], kwargs: dict[str, str]) -> str | None:
    """A call of a function of keras.backend's as it is written today.

    Args:
        name: The function.
        args, kwargs: Its arguments, as they are written.

    Example:
        >>> written_call("argmax", ["y"], {})
        'keras.ops.argmax(y, axis=-1)'
    """
    parameters, form = CALLS[name]
    arguments = ast.parse(f"lambda {parameters}: 0", mode="eval").body.args  # type: ignore[attr-defined]
    names = [a.arg for a in arguments.args]
    defaults = map(ast.unparse, arguments.defaults)
    given = dict(zip(names[len(names) - len(arguments.defaults) :], defaults, strict=True))
    given.update(zip(names, args, strict=False))
    given.update({_OLDER.get(key, key): value for key, value in kwargs.items()})
    if len(args) > len(names) or not set(names) <= set(given) or not set(given) <= set(names):
        return None
    return re.sub(r", (dtype|seed|noise_shape)=None", "", form.format(**given))


def new_names(tree: ast.AST) -> dict[str, str]:
    """The names of files that Keras 3 would not write, with what they are called now."""
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    names = {}
    for name, weights in _written_files(tree, constants):
        stem = name.removesuffix(".hdf5").removesuffix(".h5").removesuffix(".weights")
        ending = ".weights.h5" if weights else ".keras"
        if not name.endswith((ending, ".keras")):
            names[name] = stem + ending
    return names


def _written_files(tree: ast.AST, constants: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Each name of a file that checkpoints and `save_weights` write, and whether only weights are
    in it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if function not in ("ModelCheckpoint", "save_weights"):
            continue
        given = {k.arg: k.value for k in node.keywords}
        path = node.args[0] if node.args else given.get("filepath")
        name = getattr(path, "value", None)
        if isinstance(path, ast.Name):
            name = constants.get(path.id)
        only = given.get("save_weights_only") or (node.args[4] if len(node.args) > 4 else None)
        if isinstance(name, str):
            yield name, function == "save_weights" or getattr(only, "value", False) is True


def reads_acc(tree: ast.AST) -> bool:
    """Whether a script asks for the accuracy by the name 'acc'."""
    words = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    return bool(words & {"acc", "val_acc"}) and not words & {"val_accuracy"}


def batch_size(tree: ast.AST, generator: ast.expr) -> str | None:
    """How the size of a generator's batches is written, where it is one of ImageDataGenerator's."""
    if isinstance(generator, ast.Name):
        calls = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == generator.id for t in node.targets)
        ]
        return batch_size(tree, calls[-1]) if calls and calls[-1] is not generator else None
    name = getattr(getattr(generator, "func", None), "attr", "")
    if not isinstance(generator, ast.Call) or not name.startswith("flow"):
        return None
    found = [k.value for k in generator.keywords if k.arg == "batch_size"]
    found += generator.args[2:3] if name == "flow" else []
    return ast.unparse(found[0]) if found else "32"
