"""Weights in HDF5 as Keras 1 and 2 laid them out: a group for each layer, its arrays by name."""

import itertools
import warnings
from itertools import takewhile
from pathlib import Path
from typing import Any

from ..core.messages import UserError, shape_text, who
from ..core.variable import Variable
from .hdf5 import Group, inner_group, listed, opened

_TOP = "top_level_model_weights"  # those of the model itself


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
    where = str(path)
    with opened(path, where) as source:
        root, where = inner_group(source, ["model_weights"], where)
        if root is None:
            root, where = source, str(path)
        found = [_arrays(root, name, where) for name in _names(root, "layer_names", where)]
        pairs = _paired(model, [arrays for arrays in found if arrays[1]], where, by_name)
        if own := model._own():
            pairs.append((model, own, _arrays(root, _TOP, where)[1]))
        wrong = {id(o): text for o, mine, theirs in pairs if (text := _mismatch(o, mine, theirs))}
        if wrong and not skip_mismatch:
            raise UserError(listed(where, list(wrong.values())))
        for owner, mine, theirs in pairs:
            if id(owner) not in wrong:
                for variable, (group, name) in zip(mine, theirs, strict=True):
                    variable.assign(group[name])
    if wrong:
        warnings.warn(listed(where, list(wrong.values())), stacklevel=3)


def _names(group: Any, key: str, where: str) -> list[str]:
    """An attribute that lists names; a long list stands in several, `key0`, `key1` ..."""
    numbered = (f"{key}{number}" for number in itertools.count())
    parts = [key] if key in group.attrs else [*takewhile(lambda k: k in group.attrs, numbered)]
    if not parts:
        raise UserError(f"{where}: is no file of weights of Keras's: it has no {key!r}.")
    names = [name for part in parts for name in group.attrs[part]]
    return [n.decode("utf8") if isinstance(n, bytes) else str(n) for n in names]


def _arrays(root: Any, layer: str, where: str) -> tuple[str, list[tuple[Group, str]]]:
    """A layer's name in the file, and its arrays: each the group that it lies in and its name."""
    group, place = inner_group(root, layer.split("/"), where)
    if group is None:
        raise UserError(f"{place}: is listed and not there.")
    found = []
    for path in _names(group, "weight_names", place):
        *parts, name = path.split("/")
        inner, spot = inner_group(group, parts, place)
        found.append((Group(inner, spot), name))
    return layer, found


def _paired(
    model: Any, found: list[tuple[str, list]], where: str, by_name: bool
) -> list[tuple[Any, list[Variable], list]]:
    """(layer, its weights, their arrays in the file) of each layer that has weights."""
    layers = [(layer, weights) for layer in model.layers if (weights := _in_order(layer))]
    if by_name:
        theirs = dict(found)
        return [(x, mine, theirs[x.name]) for x, mine in layers if x.name in theirs]
    if len(layers) != len(found):
        pairs = zip(layers, found, strict=False)
        differ = [f"{x.name!r} and {name!r}" for (x, _), (name, _) in pairs if x.name != name]
        first = f" The first names that differ are {differ[0]}." if differ else ""
        raise UserError(
            f"{where}: has {len(found)} layers with weights, {who(model)} has {len(layers)}.{first}"
        )
    return [(x, mine, arrays) for (x, mine), (_, arrays) in zip(layers, found, strict=True)]


def _in_order(layer: Any) -> list[Variable]:
    """A layer's weights as the file has them: first those that were made to be trained, of inner
    layers too."""
    inner = layer._flatten_layers()
    fixed = {id(v) for part in inner for v in part._fixed_weights}
    return sorted(layer.weights, key=lambda v: id(v) in fixed)


def _mismatch(owner: Any, mine: list[Variable], theirs: list[tuple[Group, str]]) -> str | None:
    """What does not fit between a layer and its arrays, told before anything is read."""
    if len(mine) != len(theirs):
        return f"{who(owner)} has {len(mine)} weights, the file {len(theirs)}."
    for variable, (group, name) in zip(mine, theirs, strict=True):
        shape = group.look(name).shape if name in group else None
        if shape != variable.shape:
            there = "nothing" if shape is None else shape_text(shape)
            return (
                f"{group.place}/{name}: {who(owner)} needs {shape_text(variable.shape)} for "
                f"'{variable.name}', the file has {there}."
            )
    return None
