"""The public names, their arguments and methods beside Keras's: what differs stands here."""

import ast
import fnmatch
import inspect

import keras
import pytest

import denser
from denser.core.fields import REQUIRED
from tests.public_names import keras_names, parameters, present, resolve

# Names that denser does not have, by reason. A pattern may match missing names only, so that a
# name which comes must be struck off, and one that is lost is noticed.
MISSING = {
    "layers that run other frameworks": "layers.TFSMLayer layers.TorchModuleWrapper",
    "rounding that looks at data, and training in float8": """
        quantizers.AWQConfig quantizers.GPTQConfig quantizers.Float8QuantizationConfig""",
}
# Arguments that a class or function of denser's does not have, or not by that name.
OTHER_ARGUMENTS = {
    ("layers.EinsumDense", "gptq_unpacked_column_size"): "GPTQ is not there",
    ("Variable", "layout"): "several devices",
    ("layers.Bidirectional", "weights"): "every layer takes it among its keywords",
    ("layers.Embedding", "weights"): "every layer takes it among its keywords",
}
# Arguments that every layer takes by name only, where some of Keras's take them by position too.
BY_NAME = {"name", "dtype", "trainable", "autocast", "activity_regularizer"}
METHODS_OF = ["Layer", "Model", "Sequential", "Initializer", "Loss", "Metric", "Optimizer",
              "callbacks.Callback", "optimizers.schedules.LearningRateSchedule", "Variable",
              "random.SeedGenerator", "Regularizer", "constraints.Constraint"]  # fmt: skip
# Methods and properties that denser's classes do not have.
NO_METHODS = {
    "inside Keras": "quantized_build quantized_call get_quantization_layer_structure",
}

NAMES = keras_names()
HERE = present(NAMES)


def test_missing_names_are_accounted_for():
    patterns = [p for words in MISSING.values() for p in words.split()]
    matched = {name: [p for p in patterns if fnmatch.fnmatchcase(name, p)] for name in NAMES}
    lost = [name for name, here in HERE.items() if not here and not matched[name]]
    gained = [name for name, here in HERE.items() if here and matched[name]]
    assert not lost, f"lost: {lost}"
    assert not gained, f"strike these off MISSING: {gained}"
    used = {p for found in matched.values() for p in found}
    assert set(patterns) == used, f"Keras has no name like {set(patterns) - used}"


def callables() -> dict[str, tuple[object, object]]:
    """Every present class or function once, under its first name: Keras's and denser's."""
    found = {}
    for name in NAMES:
        if HERE[name]:
            pair = resolve(keras, name), resolve(denser, name)
            if callable(pair[0]) and not any(
                pair[0] is k and pair[1] is d for k, d in found.values()
            ):
                found[name] = pair
    return found


CALLABLES = callables()


def normal(value: object) -> str:
    """A default, alike for 1, 1.0 and (1, 1), for lists and tuples, for a function and its name."""
    if isinstance(value, (list, tuple)):
        return normal(value[0]) if len(set(map(repr, value))) == 1 else repr(list(value))
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return getattr(value, "__name__", repr(value))


def by_position(value: object) -> list[str]:
    """The arguments that can be given by position, in order."""
    kinds = {p.name: p.kind for p in inspect.signature(value).parameters.values()}
    return [name for name, kind in kinds.items() if kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]


def excused(name: str, argument: str) -> bool:
    return any((owner, argument) in OTHER_ARGUMENTS for owner in ("*", name))


def differences(name: str, theirs: object, ours: object) -> list[str]:
    """Arguments of Keras's that are not here, have another default or another place."""
    keras_has, denser_has = parameters(theirs), parameters(ours)
    found = [
        f"no `{argument}`"
        for argument in keras_has
        if argument not in denser_has and not excused(name, argument)
    ]
    shared = [a for a in keras_has if a in denser_has]
    found += [
        f"`{a}` is {normal(denser_has[a])}, not {normal(keras_has[a])}"
        for a in shared
        if keras_has[a] is not REQUIRED and normal(keras_has[a]) != normal(denser_has[a])
    ]
    if denser_has:
        places = by_position(ours)
        wanted = [
            a for a in by_position(theirs) if a in places or (a in shared and a not in BY_NAME)
        ]
        if places[: len(wanted)] != wanted:
            found.append(f"order {places}, not {wanted}")
    return found


def test_arguments_are_kerass():
    found = {name: differences(name, *pair) for name, pair in CALLABLES.items()}
    found = {name: what for name, what in found.items() if what}
    assert not found, "\n".join(f"{name}: {'; '.join(what)}" for name, what in found.items())


def methods(cls: type) -> list[str]:
    """The public methods and properties that Keras's own classes define."""
    own = [base for base in cls.__mro__ if base.__module__.startswith("keras")]
    return sorted({name for base in own for name in vars(base) if not name.startswith("_")})


def made(name: str) -> object:
    """An object of the class, for what is set in its constructor."""
    arguments = {"Variable": (0.0,), "Optimizer": (0.1,)}.get(name, ())
    return resolve(denser, name)(*arguments)


def test_methods_are_kerass():
    known = {word for words in NO_METHODS.values() for word in words.split()}
    lacking: dict[str, list[str]] = {}
    for name in METHODS_OF:
        example = made(name)
        for method in set(methods(CALLABLES[name][0])) - {*dir(type(example)), *vars(example)}:
            lacking.setdefault(method, []).append(name)
    lost = {method: names for method, names in lacking.items() if method not in known}
    assert not lost, f"methods that are not there: {lost}"
    assert known <= set(lacking), f"strike these off NO_METHODS: {known - set(lacking)}"


@pytest.mark.parametrize("name", METHODS_OF)
def test_arguments_of_methods_are_kerass(name):
    theirs, ours = CALLABLES[name]
    for method in methods(theirs):
        mine, keras_own = getattr(ours, method, None), getattr(theirs, method)
        if not callable(mine) or not callable(keras_own):
            continue
        if "args" not in inspect.signature(mine).parameters:
            found = differences(f"{name}.{method}", keras_own, mine)
            assert not found, f"{name}.{method}: {'; '.join(found)}"


def test_editors_are_told_the_same_names():
    """What stands under TYPE_CHECKING in the face is what `__getattr__` finds."""
    tree = ast.parse(inspect.getsource(denser))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    told = {alias.name for node in block.body for alias in node.names}
    assert told == {*denser._MODULES, *denser._NAMES}
