"""op: a plain function that records itself when it meets a KerasTensor."""

import ast
import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any, get_args, get_origin

import jax.numpy as jnp
from jax import Array

from .dtype import canonical
from .graph import record
from .messages import UserTypeError
from .tensor import KerasTensor, any_symbolic, as_array
from .variable import Variable


def op(
    function: Callable[..., Any], arguments: str | None = None, doc: str | None = None
) -> Callable[..., Any]:
    """Make a function of arrays one that also takes Variables, NumPy, lists and KerasTensors.

    A parameter takes a tensor if its annotation mentions `Array`, several if it mentions a
    `Sequence` of them; one without an annotation takes a tensor if it has no default. A list given
    there becomes an array. Plain numbers stay numbers, so that they take their partner's type.
    Every other argument is handed on as it is.

    Args:
        function: The function of arrays.
        arguments: Keras's argument list, where the function's own is another, as
            "x, axis=None": those without a default are handed on by position, the others by name.
        doc: The docstring, where the function's own is not meant.

    Example:
        >>> add = op(jnp.add, "x1, x2")
        >>> add(KerasTensor((None, 3)), 1.0).shape
        (None, 3)
    """
    signature = inspect.signature(function) if arguments is None else _parse(arguments)
    opened = {p.name: _opening(p) for p in signature.parameters.values()}
    required = [p.name for p in signature.parameters.values() if p.default is Parameter.empty]

    def on_arrays(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            name = call.__name__
            raise UserTypeError(f"{name}: {error}. It is `{name}{signature}`.") from None
        for name, value in bound.arguments.items():
            bound.arguments[name] = opened[name](value)
        if arguments is None:
            return function(*bound.args, **bound.kwargs)
        bound.apply_defaults()
        options = {name: _option(name, value) for name, value in bound.arguments.items()}
        return function(*[options.pop(name) for name in required], **options)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args, kwargs):
            return record(call, args, kwargs)
        return on_arrays(*args, **kwargs)

    call.function = on_arrays  # type: ignore[attr-defined]
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__module__ = sys._getframe(1).f_globals["__name__"]
    call.__qualname__ = call.__name__
    call.__doc__ = doc or function.__doc__
    return call


def _parse(arguments: str) -> Signature:
    """The signature of "x, axis=None": cheaper than a function compiled from the text."""
    parameters = []
    for part in arguments.split(", "):
        name, _, default = part.partition("=")
        default = _literal(default) if default else Parameter.empty
        parameters.append(Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default))
    return Signature(parameters)


_literal = functools.cache(ast.literal_eval)  # which compiles; most defaults are None or -1


def _opening(parameter: Parameter) -> Callable[[Any], Any]:
    """How the values given for `parameter` become what the function takes."""
    annotation = parameter.annotation
    if annotation is Parameter.empty:
        return _array if parameter.default is Parameter.empty else _open
    if not _mentions(annotation, Array):
        return _open
    several = _mentions(annotation, Sequence) or parameter.kind is Parameter.VAR_POSITIONAL
    return _arrays if several else _array


def _mentions(annotation: Any, kind: Any) -> bool:
    """Whether `kind` stands in the annotation: itself, as its origin or within its brackets."""
    origin = get_origin(annotation)
    if annotation is kind or origin is kind:
        return True
    return origin is not Callable and any(_mentions(part, kind) for part in get_args(annotation))


def _array(value: Any) -> Any:
    """An array for anything that holds one; numbers, and what is no data at all, as they are."""
    if isinstance(value, (Array, bool, int, float, complex, str, slice)) or value is None:
        return value
    return as_array(value)


def _arrays(value: Any) -> Any:
    """A sequence of arrays; an array, which stands for the sequence of its rows, as it is."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_array, value))
    return _array(value)


def _option(name: str, value: Any) -> Any:
    """An option as JAX takes it: lists as tuples, which it can look programs up by; types kept."""
    if name == "dtype" and value is not None:
        return canonical(value)
    return tuple(_option("", part) for part in value) if isinstance(value, list) else value


def _open(value: Any) -> Any:
    """Variables as their values, in lists and tuples too; everything else untouched."""
    if isinstance(value, Variable):
        return value.value
    if type(value) in (list, tuple) and any(isinstance(v, Variable) for v in value):
        return type(value)(map(_open, value))
    return value


add = op(jnp.add, "x1, x2", "Sum `x1 + x2`, element by element.")
subtract = op(jnp.subtract, "x1, x2", "Difference `x1 - x2`, element by element.")
multiply = op(jnp.multiply, "x1, x2", "Product `x1 * x2`, element by element.")
true_divide = op(jnp.true_divide, "x1, x2", "Quotient `x1 / x2`, element by element, a float.")
floor_divide = op(jnp.floor_divide, "x1, x2", "The largest integer `<= x1 / x2`.")
mod = op(jnp.mod, "x1, x2", "Remainder of `x1 / x2`, with the sign of `x2`.")
power = op(jnp.power, "x1, x2", "`x1 ** x2`, element by element.")
equal = op(jnp.equal, "x1, x2", "Whether `x1 == x2`, element by element.")
not_equal = op(jnp.not_equal, "x1, x2", "Whether `x1 != x2`, element by element.")
less = op(jnp.less, "x1, x2", "Whether `x1 < x2`, element by element.")
less_equal = op(jnp.less_equal, "x1, x2", "Whether `x1 <= x2`, element by element.")
greater = op(jnp.greater, "x1, x2", "Whether `x1 > x2`, element by element.")
greater_equal = op(jnp.greater_equal, "x1, x2", "Whether `x1 >= x2`, element by element.")
logical_and = op(jnp.logical_and, "x1, x2", "Whether `x1` and `x2` are both true.")
logical_or = op(jnp.logical_or, "x1, x2", "Whether `x1` or `x2` or both are true.")
logical_xor = op(jnp.logical_xor, "x1, x2", "Whether exactly one of `x1` and `x2` is true.")
negative = op(jnp.negative, "x", "`-x`, element by element.")
absolute = op(jnp.absolute, "x", "`|x|`, element by element; the modulus of a complex number.")
logical_not = op(jnp.logical_not, "x", "Whether `x` is false, element by element.")


@op
def matmul(x1: Array, x2: Array) -> Array:
    """Matrix product of the last two axes, the others broadcast; int8 is summed in int32."""
    small = x1.dtype == x2.dtype == jnp.int8
    return jnp.matmul(x1, x2, preferred_element_type=jnp.int32 if small else None)


@op
def get_item(x: Array, key: Any) -> Array:
    """`x[key]`: the part of `x` that an index, a slice or a tuple of them names."""
    return x[key]


_OPERATORS = {
    "add": add, "sub": subtract, "mul": multiply, "truediv": true_divide,
    "floordiv": floor_divide, "mod": mod, "pow": power, "matmul": matmul,
    "and": logical_and, "or": logical_or, "xor": logical_xor,
}  # fmt: skip
_COMPARISONS = {
    "eq": equal, "ne": not_equal, "lt": less, "le": less_equal, "gt": greater, "ge": greater_equal,
}  # fmt: skip


def _attach() -> None:
    """Give KerasTensor Python's operators, each the op of the same meaning."""
    for name, function in {**_OPERATORS, **_COMPARISONS}.items():
        setattr(KerasTensor, f"__{name}__", lambda a, b, f=function: f(a, b))
    for name, function in _OPERATORS.items():
        setattr(KerasTensor, f"__r{name}__", lambda a, b, f=function: f(b, a))
    KerasTensor.__neg__ = lambda a: negative(a)  # type: ignore[attr-defined]
    KerasTensor.__abs__ = lambda a: absolute(a)  # type: ignore[attr-defined]
    KerasTensor.__invert__ = lambda a: logical_not(a)  # type: ignore[attr-defined]
    KerasTensor.__getitem__ = lambda a, key: get_item(a, key)  # type: ignore[attr-defined]
    KerasTensor.__hash__ = object.__hash__  # type: ignore[method-assign]
    KerasTensor.__array_priority__ = 200  # type: ignore[attr-defined]


_attach()
