"""Arrays of older files, layer by layer, as today's layers have them."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.messages import who
from ..core.variable import Variable
from ..eras import Origin, convert
from ..eras.weights import counts, is_a_guess

Arrays = list[np.ndarray]


class Part(NamedTuple):
    """A layer, or one inside another, that has weights of its own."""

    kind: str
    channels_first: bool
    trained: list[Variable]
    fixed: list[Variable]


def parts_of(owner: Any) -> list[Part]:
    """The layers inside a layer or model, itself too, that have weights, in order."""
    found = []
    for layer in owner._flatten_layers():
        own, fixed = layer._own(), {id(v) for v in layer._fixed_weights}
        trained = [v for v in own if id(v) not in fixed]
        if own:
            first = getattr(layer, "data_format", None) == "channels_first"
            rest = [v for v in own if id(v) in fixed]
            found.append(Part(_kind(layer), first, trained, rest))
    return found


def _kind(layer: Any) -> str:
    """The class's name; that of the layer, for one that does the steps of a recurrent layer."""
    return type(layer).__name__.strip("_").removesuffix("Cell")


def as_today(owner: Any, arrays: Arrays, origin: Origin) -> Arrays:
    """A layer's arrays, those of inner layers too, in today's form; as they are where they cannot
    be the layer's."""
    if origin.is_todays:
        return arrays
    parts = parts_of(owner)
    fixed = sum(len(part.fixed) for part in parts)
    trained = _trained_as_today(owner, parts, arrays[: len(arrays) - fixed], origin)
    return arrays if trained is None else [*trained, *arrays[len(arrays) - fixed :]]


def trained_as_today(
    owner: Any, weights: Sequence[Variable], arrays: Arrays, origin: Origin
) -> Arrays | None:
    """Arrays that belong to the trained weights, one for each as it was then, in today's form."""
    known = {id(variable) for variable in weights}
    parts = [
        part._replace(trained=[v for v in part.trained if id(v) in known])
        for part in parts_of(owner)
    ]
    return _trained_as_today(owner, parts, arrays, origin)


def _trained_as_today(
    owner: Any, parts: list[Part], arrays: Arrays, origin: Origin
) -> Arrays | None:
    options = [counts(part.kind, len(part.trained), origin) for part in parts]
    for way in (0, -1):  # each gate apart, or as today
        numbers = [option[way] for option in options]
        if sum(numbers) == len(arrays):
            return list(_each_as_today(owner, parts, numbers, arrays, origin))
    return None


def _each_as_today(
    owner: Any, parts: list[Part], numbers: list[int], arrays: Arrays, origin: Origin
) -> Iterator[np.ndarray]:
    rest = iter(arrays)
    for part, number in zip(parts, numbers, strict=True):
        theirs = [next(rest) for _ in range(number)]
        if is_a_guess(part.kind, part.channels_first, origin) and number:
            warnings.warn(
                f"{who(owner)}: the file does not say which backend its kernels are from; they are "
                "taken for Theano's, as their channels come first, and turned by half a turn.",
                stacklevel=2,
            )
        shapes = [variable.shape for variable in part.trained]
        yield from convert(part.kind, theirs, shapes, part.channels_first, origin)
