"""Keras 1's initializations: functions of a shape that give a Variable."""

import math
from collections.abc import Callable
from typing import Any

from ... import initializers
from ...core.variable import Variable


def _made(class_name: str, *named: str) -> Callable[..., Variable]:
    """A function of Keras 1 that makes a Variable by one of today's initializers."""

    def initialize(shape: Any, scale: Any = None, name: Any = None, **kwargs: Any) -> Variable:
        if isinstance(scale, str):  # for some functions the name came second
            scale, name = None, scale
        given = {} if scale is None or not named else {named[0]: scale}
        if len(named) == 2 and scale is not None:
            given = {named[0]: -scale, named[1]: scale}
        make = getattr(initializers, class_name)(**given)
        return Variable(make, tuple(shape), name=name)

    return initialize


uniform = _made("RandomUniform", "minval", "maxval")
normal = _made("RandomNormal", "stddev")
lecun_uniform = _made("LecunUniform")
glorot_normal = _made("GlorotNormal")
glorot_uniform = _made("GlorotUniform")
he_normal = _made("HeNormal")
he_uniform = _made("HeUniform")
orthogonal = _made("Orthogonal", "gain")
identity = _made("Identity", "gain")
zero = _made("Zeros")
one = _made("Ones")

_FUNCTIONS = {
    "uniform": uniform, "normal": normal, "lecun_uniform": lecun_uniform,
    "glorot_normal": glorot_normal, "glorot_uniform": glorot_uniform, "he_normal": he_normal,
    "he_uniform": he_uniform, "orthogonal": orthogonal, "identity": identity, "zero": zero,
    "one": one,
}  # fmt: skip


def get(identifier: Any, **kwargs: Any) -> Any:
    """The function of that name; a function, as it is."""
    if isinstance(identifier, str) and identifier in _FUNCTIONS:
        return _FUNCTIONS[identifier]
    return identifier if callable(identifier) else initializers.get(identifier)


def get_fans(shape: tuple[int, ...], dim_ordering: str = "tf") -> tuple[float, float]:
    """How many numbers each unit of a weight reads, and how many units read each number."""
    *space, reads, gives = shape
    if dim_ordering == "th" and space:
        gives, reads, *space = shape
    field = math.prod(space)
    return reads * field, gives * field
