"""Field: an annotated class attribute is the constructor's argument, the attribute, the config's
entry and the check.

    class Dense(Layer):
        units: Positive
        use_bias: bool = True

A class that writes its own `__init__` works too: the arguments it was called with are kept, and
`get_config` gives them back.
"""

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, Union, get_args, get_origin

from .messages import (
    UserError,
    UserTypeError,
    bad_argument,
    short_traceback,
    unknown_argument,
    who,
)

REQUIRED: Any = inspect.Parameter.empty

# What makes today's arguments of those of older versions, where `compat` is installed:
# (object, class, args, kwargs) -> (args, kwargs).
older_arguments: Callable[..., tuple[tuple, dict[str, Any]]] | None = None


@dataclass(frozen=True, eq=False)  # by identity: `bad` may hold lists, which have no hash
class Rule:
    """What a field takes: the words of its error, the check, and how a value is brought to form.

    Args:
        expected: Completes "`units` must be ...".
        check: True for a good value; it sees the converted one.
        convert: Brings what may be written to what is kept (a name to its function, 3 to (3, 3)).
        bad: A few values that must be refused, for the test that runs over every class.
        none: Whether `convert` turns None too, which else stays None where it is allowed.
    """

    expected: str
    check: Callable[[Any], bool] = lambda value: True
    convert: Callable[[Any], Any] | None = None
    bad: tuple = ()
    none: bool = False


@dataclass(frozen=True)
class PerClass:
    """A rule that the class which has the field completes: `PerClass(lambda cls: ...cls.rank)`."""

    make: Callable[[type], Rule]


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def _is_int(value: Any) -> bool:
    return isinstance(value, Integral) and not _is_bool(value)


def _is_real(value: Any) -> bool:
    return (isinstance(value, Real) and not _is_bool(value)) or _is_scalar_array(value)


def _is_scalar_array(value: Any) -> bool:
    return getattr(value, "shape", None) == () and hasattr(value, "dtype")


def when(expected: str, check: Callable[[Any], bool], bad: tuple = ()) -> Rule:
    """A rule that only checks."""
    return Rule(expected, check, None, bad)


def one_of(*choices: Any) -> Rule:
    """A rule for a word out of a few."""
    words = ", ".join(map(repr, choices))
    return Rule(f"one of {words}", lambda v: v in choices, None, ("no such word", 17))


Positive = Annotated[
    int, when("a positive integer", lambda v: _is_int(v) and v > 0, bad=(0, -1, 2.5, "3"))
]
NonNegative = Annotated[
    int, when("an integer of 0 or more", lambda v: _is_int(v) and v >= 0, bad=(-1, 2.5, "3"))
]
Rate = Annotated[
    float, when("a number from 0 to 1", lambda v: _is_real(v) and 0 <= v <= 1, bad=(-0.1, 2, "a"))
]
Number = Annotated[float, when("a number", _is_real, bad=("a", [1.0]))]
PositiveNumber = Annotated[
    float, when("a positive number", lambda v: _is_real(v) and v > 0, bad=(0, -1.0, "a"))
]
NonNegativeNumber = Annotated[
    float, when("a number of 0 or more", lambda v: _is_real(v) and v >= 0, bad=(-1.0, "a"))
]
Name = Annotated[Any, when("a string", lambda v: isinstance(v, str), bad=(17,))]
Seed = Annotated[
    Any,
    when(
        "an integer, a SeedGenerator or None",
        lambda v: v is None or _is_int(v) or hasattr(v, "next"),
        bad=("a", 2.5),
    ),
]


def whole_numbers(rank: int, least: int = 1) -> Rule:
    """A rule for `rank` integers of at least `least`; one integer stands for all of them."""

    def convert(value: Any) -> Any:
        if _is_int(value):
            return (int(value),) * rank
        if isinstance(value, (list, tuple)) and all(map(_is_int, value)):
            return tuple(map(int, value))
        return value

    def check(value: Any) -> bool:
        return isinstance(value, tuple) and len(value) == rank and min(value) >= least

    kind = "a positive integer" if least == 1 else f"an integer of {least} or more"
    expected = kind if rank == 1 else f"{kind} or {rank} of them"
    return Rule(expected, check, convert, (least - 1, 2.5, "3", (1,) * (rank + 1)))


_PLAIN = {
    bool: when("True or False", lambda v: _is_bool(v) or v in (0, 1), bad=("yes",)),
    int: when("an integer", _is_int, bad=(2.5, "3")),
    float: when("a number", _is_real, bad=("a",)),
    str: when("a string", lambda v: isinstance(v, str), bad=(17,)),
}


@dataclass(frozen=True)
class Field:
    """One constructor argument of a class: its name, its rule and its default."""

    name: str
    rule: Any  # a Rule, None, or in a base's table a PerClass
    optional: bool
    default: Any

    def take(self, owner: Any, value: Any) -> Any:
        """The value to keep for what the caller wrote, or the error that says what is wrong."""
        if self.rule is None or (value is None and self.optional and not self.rule.none):
            return value
        if self.rule.convert is not None:
            try:
                value = self.rule.convert(value)
            except UserError as error:
                raise bad_argument(
                    owner, self.name, self.rule.expected, value, str(error), kind=type(error)
                ) from None
        if not self.rule.check(value):
            raise bad_argument(owner, self.name, self.rule.expected, value)
        return value


def _field(name: str, annotation: Any, default: Any) -> Field:
    optional, rule = default is None, None
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        optional = optional or len(parts) < len(get_args(annotation))
        annotation = parts[0] if len(parts) == 1 else Any
    if get_origin(annotation) is Annotated:
        rule = next((m for m in annotation.__metadata__ if isinstance(m, (Rule, PerClass))), None)
    else:
        rule = _PLAIN.get(annotation)
    return Field(name, rule, optional, default)


def _own_fields(cls: type) -> dict[str, Field]:
    """The fields that `cls` itself declares, in order."""
    fields = {}
    for name, annotation in inspect.get_annotations(cls).items():
        if name.startswith("_") or get_origin(annotation) is ClassVar or annotation is ClassVar:
            continue
        fields[name] = _field(name, annotation, _default(cls, name))
    return fields


def _default(cls: type, name: str) -> Any:
    """The default that `cls` itself gives a field, REQUIRED for none.

    A field may be read and set through a property; a subclass's default for it leaves the class,
    where it would hide the property.
    """
    default = cls.__dict__.get(name, REQUIRED)
    if isinstance(default, property):
        return REQUIRED
    served = any(isinstance(base.__dict__.get(name), property) for base in cls.__mro__[1:])
    if served and name in cls.__dict__:
        delattr(cls, name)
    return default


def _all_fields(cls: type) -> dict[str, Field]:
    """Own fields first, then the bases'; a plain class attribute gives a base's field a new
    default."""
    fields = dict(cls._own_fields_)  # type: ignore[attr-defined]
    for base in cls.__mro__[1:]:
        for name, field in base.__dict__.get("_own_fields_", {}).items():
            if name not in fields:
                own = _default(cls, name)
                default = inspect.getattr_static(cls, name, REQUIRED) if own is REQUIRED else own
                if isinstance(default, property):
                    default = field.default
                fields[name] = Field(name, field.rule, field.optional or default is None, default)
    for name, field in fields.items():
        if isinstance(field.rule, PerClass):
            fields[name] = replace(field, rule=field.rule.make(cls))
    required = {name: f for name, f in fields.items() if f.default is REQUIRED}
    return {**required, **fields}


def _signature(fields: dict[str, Field], root: Callable) -> inspect.Signature:
    """The fields as parameters, then the keyword-only ones of the root's own `__init__`."""
    Parameter = inspect.Parameter
    own = [
        Parameter(f.name, Parameter.POSITIONAL_OR_KEYWORD, default=f.default)
        for f in fields.values()
    ]
    rest = [
        p
        for p in list(inspect.signature(root).parameters.values())[1:]
        if p.kind in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD)
        and p.name not in fields
        and root is not object.__init__
    ]
    return inspect.Signature([*own, *rest])


def _root_init(cls: type) -> Callable:
    """The nearest `__init__` that somebody wrote by hand."""
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if init is not None and not hasattr(init, "fields"):
            return init
    return object.__init__


def _bind(cls: type, names: list[str], args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The fields that were given, by name; what is none of them stays in `kwargs`."""
    if len(args) > len(names):
        most = f"at most {len(names)} arguments ({', '.join(names)})" if names else "no arguments"
        raise UserTypeError(f"{cls.__name__}: takes {most} by position; got {len(args)}.")
    given = dict(zip(names, args, strict=False))
    for old, name in cls.renamed_arguments.items():
        if old in kwargs and name not in kwargs:
            kwargs[name] = kwargs.pop(old)
    for name in names:
        if name in kwargs:
            if name in given:
                raise UserTypeError(f"{cls.__name__}: got `{name}` twice.")
            given[name] = kwargs.pop(name)
    return given


def _make_init(cls: type, fields: dict[str, Field]) -> Callable:
    root = _root_init(cls)
    names = list(fields)

    @short_traceback
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if older_arguments is not None:
            args, kwargs = older_arguments(self, cls, args, kwargs)
        given = _bind(cls, names, args, kwargs)
        if root is object.__init__:
            for name in kwargs:
                raise unknown_argument(cls, name, names, cls.former_arguments.get(name, ""))
        else:
            root(self, **kwargs)
        for field in fields.values():
            value = given.get(field.name, field.default)
            if value is REQUIRED:
                raise UserTypeError(f"{who(self)}: the argument `{field.name}` is missing.")
            setattr(self, field.name, field.take(self, value))
        self.setup()

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.fields = fields  # type: ignore[attr-defined]
    return __init__


class _LazySignature:
    """`inspect.signature(Dense)`, made when somebody asks: it costs 0.1 ms a class."""

    def __get__(self, instance: Any, cls: type) -> inspect.Signature | None:
        fields = getattr(cls.__init__, "fields", None)
        if instance is not None or fields is None:
            return None  # inspect then looks at the callable itself
        return _signature(fields, _root_init(cls))


class Described:
    """Base of everything that is described by its arguments: layers, losses, optimizers, ...

    A subclass that declares fields gets its `__init__` from them; one that writes `__init__`
    itself has the arguments of each call kept, for `get_config`.
    """

    _own_fields_: ClassVar[dict[str, Field]] = {}
    __signature__: ClassVar[Any] = _LazySignature()
    # Arguments that older versions had, and what the error says to write instead.
    former_arguments: ClassVar[dict[str, str]] = {}
    # Arguments that older versions called otherwise, old name to new: they are taken too.
    renamed_arguments: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._own_fields_ = _own_fields(cls)
        # `object`'s own would take any argument and forget it.
        derived = hasattr(cls.__init__, "fields") or cls.__init__ is object.__init__
        if "__init__" not in cls.__dict__ and (cls._own_fields_ or derived):
            cls.__init__ = _make_init(cls, _all_fields(cls))  # type: ignore[method-assign]

    if TYPE_CHECKING:  # type checkers know no constructor that is made of fields, own ones first

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Keep the arguments, for a class with an `__init__` of its own."""
        self = super().__new__(cls)
        self.__dict__["_given"] = (args, kwargs)
        return self

    def setup(self) -> None:
        """Check or derive what several fields say together; runs after they are set."""

    @classmethod
    def fields(cls) -> dict[str, Field]:
        """The constructor's arguments by name; empty for a class with its own `__init__`."""
        return getattr(cls.__init__, "fields", {})

    def arguments(self) -> dict[str, Any]:
        """What this object was made with, by argument name: the fields' present values, or the
        recorded arguments of a hand-written `__init__`."""
        fields = type(self).fields()
        if fields:
            return {name: getattr(self, name) for name in fields}
        args, kwargs = self.__dict__["_given"]
        try:
            bound = inspect.signature(type(self)).bind(*args, **kwargs).arguments
        except (TypeError, ValueError):
            return dict(kwargs)
        variadic = {
            p.name: p.kind
            for p in inspect.signature(type(self)).parameters.values()
            if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        }
        found = {name: value for name, value in bound.items() if name not in variadic}
        for name, kind in variadic.items():
            if kind is inspect.Parameter.VAR_KEYWORD:
                found.update(bound.get(name, {}))
        return found
