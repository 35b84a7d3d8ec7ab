"""Weights in HDF5 as Keras 1 and 2 laid them out: a group for each layer, its arrays by name."""

import itertools
import math
import warnings
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from ..core.messages import BrokenFileError, UserError, bad_file, shape_text, who
from ..core.variable import Variable
from ..eras import Origin, era_of_version
from .archive import KERAS_FORMAT
from .hdf5 import Group, listed
from .legacy_arrays import Arrays, as_today
from .plain_hdf5 import attribute, attributes, inner_group, opened

_TOP = "top_level_model_weights"  # those of the model itself
_NAMES_AT_ONCE = 50_000  # bytes of names in one attribute, for which HDF5 has 64 KiB

Place = tuple[Group, str]  # an array: the group it lies in and its name there


def read_legacy_weights(
    model: Any, path: Path, by_name: bool = False, skip_mismatch: bool = False
) -> None:
    """Give a model's layers the weights of an older `.h5` file.

    Args:
        model: The model, built.
        path: A file that Keras's `save_weights` or `save` wrote.
        by_name: Whether layers are paired by their names, those without a partner left as they
            are; otherwise by their order, all that have weights.
        skip_mismatch: Whether what does not fit is left as it is, with a warning.

    Raises:
        UserError: where layers, or numbers or shapes of weights differ; the model is then
            unchanged.
    """
    with opened(path, str(path)) as source:
        take_weights(model, source, str(path), by_name, skip_mismatch)


def take_weights(
    model: Any,
    source: Any,
    where: str,
    by_name: bool = False,
    skip_mismatch: bool = False,
    own: bool = False,
) -> None:
    """`read_legacy_weights` of an open file; with `own` the model is the file's own, so that what
    does not fit is damage."""
    root, place = inner_group(source, ["model_weights"], where)
    if root is None:
        root, place = source, where
    origin = origin_of(where, root, source)
    found = [(name, places_of(root, name, place)) for name in names_of(root, "layer_names", place)]
    pairs = _paired(model, [layer for layer in found if layer[1]], where, by_name)
    if top := model._own():
        pairs.append((model, top, places_of(root, _TOP, place) if _TOP in root else []))
    values, wrong = [], []
    for owner, mine, theirs in pairs:
        arrays, text = _fitting(owner, mine, theirs, origin)
        wrong += [text] if text else []
        values += [] if text else zip(mine, arrays, strict=True)
    if wrong and not skip_mismatch:
        raise (BrokenFileError if own else UserError)(listed(where, wrong))
    for variable, array in values:
        variable.assign(array)
    if wrong:
        warnings.warn(listed(where, wrong), stacklevel=3)


def origin_of(where: str, *groups: Any) -> Origin:
    """Which Keras on which backend wrote a file, told by the first group that says it."""
    said = {
        key: next((_word(attribute(g, key, where)) for g in groups if key in g.attrs), None)
        for key in ("keras_version", "backend")
    }
    return Origin(era_of_version(said["keras_version"]), said["backend"])


def names_of(group: Any, key: str, where: str) -> list[str]:
    """An attribute that lists names; a long list stands in several, `key0`, `key1` ..."""
    numbered = (f"{key}{number}" for number in itertools.count())
    parts = [key] if key in group.attrs else [*takewhile(lambda k: k in group.attrs, numbered)]
    if not parts:
        raise UserError(f"{where}: is no file of weights of Keras's: it has no {key!r}.")
    return [_word(name) for part in parts for name in np.ravel(attributes(group, part, where))]


def _word(value: Any) -> str:
    return value.decode("utf8") if isinstance(value, bytes) else str(value)


def places_of(root: Any, layer: str, where: str) -> list[Place]:
    """The places of a layer's arrays."""
    group, place = inner_group(root, layer.split("/"), where)
    if group is None:
        raise bad_file(place, "is listed and not there.")
    found = []
    for path in names_of(group, "weight_names", place):
        *parts, name = path.split("/")
        inner, spot = inner_group(group, parts, place)
        found.append((Group(inner, spot), name))
    return found


def _paired(
    model: Any, found: list[tuple[str, list[Place]]], where: str, by_name: bool
) -> list[tuple[Any, list[Variable], list[Place]]]:
    """(layer, its weights, their arrays' places) of each layer that has weights."""
    layers = _with_weights(model.layers)
    if by_name:
        theirs = dict(found)
        return [(x, mine, theirs[x.name]) for x, mine in layers if x.name in theirs]
    if len(layers) != len(found):  # Keras 1 wrote the layers of models that were merged
        flat = _with_weights(x for layer in model.layers for x in getattr(layer, "layers", [layer]))
        layers = flat if len(flat) == len(found) else layers
    if len(layers) != len(found):
        pairs = zip(layers, found, strict=False)
        differ = [f"{x.name!r} and {name!r}" for (x, _), (name, _) in pairs if x.name != name]
        first = f" The first names that differ are {differ[0]}." if differ else ""
        raise UserError(
            f"{where}: has {len(found)} layers with weights, {who(model)} has {len(layers)}.{first}"
        )
    return [(x, mine, places) for (x, mine), (_, places) in zip(layers, found, strict=True)]


def _with_weights(layers: Any) -> list[tuple[Any, list[Variable]]]:
    return [(layer, weights) for layer in layers if (weights := in_order(layer))]


def in_order(layer: Any) -> list[Variable]:
    """A layer's weights as the file has them: first those that were made to be trained, of inner
    layers too."""
    inner = layer._flatten_layers()
    fixed = {id(v) for part in inner for v in part._fixed_weights}
    return sorted(layer.weights, key=lambda v: id(v) in fixed)


def _fitting(
    owner: Any, mine: list[Variable], theirs: list[Place], origin: Origin
) -> tuple[Arrays, str | None]:
    """A layer's arrays in today's form, or what does not fit between the two."""
    missing = next((place for place in theirs if place[1] not in place[0]), None)
    if missing:
        return [], f"{missing[0].place}/{missing[1]}: {who(owner)}: is listed and not there."
    shapes = [tuple(group.look(name).shape) for group, name in theirs]
    # Nothing is read that is much more than the layer can take: cuDNN had each bias twice.
    if sum(map(math.prod, shapes)) > 2 * sum(math.prod(v.shape) for v in mine) + 1:
        return [], _misfit(owner, mine, theirs, shapes)
    arrays = as_today(owner, [group[name] for group, name in theirs], origin)
    return arrays, _misfit(owner, mine, theirs, [array.shape for array in arrays])


def _misfit(owner: Any, mine: list[Variable], theirs: list[Place], shapes: list) -> str | None:
    """What does not fit between a layer and its arrays."""
    if len(mine) != len(shapes):
        return f"{who(owner)} has {len(mine)} weights, the file {len(shapes)}."
    for number, (variable, shape) in enumerate(zip(mine, shapes, strict=True)):
        if shape != variable.shape:
            group, name = theirs[min(number, len(theirs) - 1)]
            return (
                f"{group.place}/{name}: {who(owner)} needs {shape_text(variable.shape)} for "
                f"'{variable.name}', the file has {shape_text(shape)}."
            )
    return None


# ------------------------------------------------------------------------------------ writing


def put_weights(model: Any, root: Any) -> None:
    """Write a model's weights below an HDF5 group, in the form that every Keras reads."""
    root.attrs.update(keras_version=KERAS_FORMAT.encode(), backend=b"jax")
    put_names(root, "layer_names", [layer.name for layer in model.layers])
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        put_arrays(root.create_group(layer.name), in_order(layer))
    put_arrays(root.create_group(_TOP), model._own())


def put_arrays(group: Any, variables: list[Variable]) -> None:
    """Write arrays under the paths of their Variables, and the list of these."""
    names: dict[str, Variable] = {}
    for number, variable in enumerate(variables):
        name = str(variable.path).strip("/") or "weight"
        names[f"{name}_{number}" if name in names else name] = variable
    put_names(group, "weight_names", list(names))
    target = Group(group, group.name)
    for name, variable in names.items():
        target[name] = np.asarray(variable.raw)


def put_names(group: Any, key: str, names: list[str]) -> None:
    """Write a list of names as one attribute, or as several, `key0`, `key1` ..., if it is long."""
    listed_names = np.array([name.encode("utf8") for name in names], dtype="S")
    parts = math.ceil(listed_names.nbytes / _NAMES_AT_ONCE)
    if parts <= 1:
        group.attrs[key] = listed_names
        return
    for number, part in enumerate(np.array_split(listed_names, parts)):
        group.attrs[f"{key}{number}"] = part
