"""Registry: name <-> object, once for all families (layers, losses, initializers, ...).

A config names an object; the tables here say which class or function that is. Nothing is ever
imported by a name that stands in a config.
"""

import contextlib
import re
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from .custom import (
    custom_object_scope,
    find_custom,
    find_custom_of_any_package,
    get_registered_name,
)
from .dtype import POLICIES, DTypePolicy, standardize_dtype
from .fields import Described
from .messages import UnsafeFileError, UserError, UserTypeError, short, unknown_name

FAMILIES: dict[str, "Family"] = {}
_OURS = ("denser", "keras", "tensorflow", "tf_keras")  # modules whose classes denser has


class _Local(threading.local):
    """The objects that the config under way in this thread holds, for each `object_sharing`."""

    def __init__(self) -> None:
        self.shared: list[dict[int, Any]] = []


_local = _Local()


def snake_case(name: str) -> str:
    """`MaxPooling2D` -> `max_pooling2d`, as Keras names layers and files."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Family:
    """The named classes and functions of one kind.

    Args:
        kind: What one member is called in an error, as 'activation'.
        plural: The family's own name, the last part of Keras's module path, as 'activations'.
        make: Whether `get` makes an instance of a class found by name.
    """

    def __init__(self, kind: str, plural: str, make: bool = True):
        self.kind, self.plural, self.make = kind, plural, make
        self.members: dict[str, Any] = {}
        self.aliases: dict[str, Any] = {}
        FAMILIES[plural] = self

    @property
    def module(self) -> str:
        """Keras's module path of this family, as configs write it."""
        return f"keras.{self.plural}"

    def add(self, member: Any, *aliases: str) -> Any:
        """Make a class or function known by its own name, in snake case, and by `aliases`."""
        name = member.__name__
        self.members[name] = member
        for alias in (snake_case(name), *aliases):
            self.aliases[alias] = member
        return member

    def named(self, *aliases: str) -> Callable[[Any], Any]:
        """Decorator form of `add`."""
        return lambda member: self.add(member, *aliases)

    def find(self, name: str) -> Any:
        """The member or custom object of that name, or None."""
        custom = find_custom(name)
        if custom is not None:
            return custom
        for table in (self.members, self.aliases):
            if name in table:
                return table[name]
        return self.aliases.get(name.lower()) or find_custom_of_any_package(name)

    def names(self) -> list[str]:
        """All names by which `get` finds something."""
        return sorted({*self.members, *self.aliases})

    def get(self, identifier: Any) -> Any:
        """The object meant by a name, a config, a class (an instance of it), or itself.

        Raises:
            UserError: for a name nobody registered; it lists the nearest ones.
        """
        if identifier is None:
            return None
        if isinstance(identifier, dict):
            return self.deserialize(identifier)
        if isinstance(identifier, str):
            found = self.find(identifier)
            if found is None:
                raise unknown_name(self.kind, identifier, self.names())
            identifier = found
        if isinstance(identifier, type):
            return identifier() if self.make else identifier
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise UserTypeError(
            f"{self.kind.capitalize()}: expected a name, a function, a class or an object; "
            f"got {short(identifier)}."
        )

    def serialize(self, member: Any) -> Any:
        """The name of a function of this family, else the config of an object."""
        if isinstance(member, types.FunctionType) and self.members.get(member.__name__) is member:
            return member.__name__
        return serialize(member)

    def deserialize(self, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """The object that a config or a name describes."""
        with custom_object_scope(custom_objects or {}):
            if isinstance(config, dict):
                return deserialize(config, family=self)
            return self.get(config)


class Registered(Described):
    """Base of a family's classes: each public one of denser's own joins its family's table.

    A class that is only a base says `is_a_base = True` and stays out of it.
    """

    family: ClassVar[Family]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        ours = cls.__module__.split(".")[0] == "denser"
        hidden = cls.__name__.startswith("_") or "is_a_base" in cls.__dict__
        if ours and not hidden and hasattr(cls, "family"):
            cls.family.add(cls)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this object again, in JSON's types."""
        return {name: plain(value) for name, value in self.arguments().items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The object that `get_config` described."""
        return cls(**{name: revive(value) for name, value in config.items()})


@contextlib.contextmanager
def object_sharing() -> Iterator[None]:
    """Within the `with`, a layer that stands in several places of a config stays one layer."""
    _local.shared.append({})
    try:
        yield
    finally:
        _local.shared.pop()


def family_of(member: Any) -> Family | None:
    """The family that a class or function of denser's own belongs to."""
    for family in FAMILIES.values():
        if family.members.get(getattr(member, "__name__", "")) is member:
            return family
    return None


def plain(value: Any) -> Any:
    """A field's value as configs of layers write it: a function of ours by its bare name."""
    if isinstance(value, types.FunctionType) and family_of(value) is not None:
        return value.__name__
    return serialize(value)


def serialize(value: Any) -> Any:
    """Any value as JSON's types, an object as Keras writes it: module, class_name, config."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [serialize(v) for v in value]
    if isinstance(value, dict):
        return {key: serialize(v) for key, v in value.items()}
    if isinstance(value, bytes):
        return {"class_name": "__bytes__", "config": {"value": value.decode("latin-1")}}
    if isinstance(value, slice):
        parts = {"start": value.start, "stop": value.stop, "step": value.step}
        return {"class_name": "__slice__", "config": parts}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, np.generic) or getattr(value, "shape", None) == ():
        return np.asarray(value).item()
    if isinstance(value, np.ndarray) or hasattr(value, "__jax_array__") or _is_array(value):
        array = np.asarray(value)
        return {
            "class_name": "__numpy__",
            "config": {"value": array.tolist(), "dtype": array.dtype.name},
        }
    if isinstance(value, np.dtype):
        return value.name
    return _serialize_object(value)


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype") and hasattr(value, "__array__")


_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def _serialize_object(value: Any) -> dict[str, Any]:
    if isinstance(value, types.FunctionType) and value.__name__ == "<lambda>":
        raise UserError(
            "A lambda has no name that a file could give. Write it as a function and decorate it "
            "with @denser.saving.register_keras_serializable()."
        )
    if isinstance(value, (type, *_FUNCTIONS)):
        family = family_of(value)
        name = value.__name__ if family else get_registered_name(value)
        return {
            "module": family.module if family and isinstance(value, type) else "builtins",
            "class_name": "function" if not isinstance(value, type) else "__typespec__",
            "config": name,
            "registered_name": name if isinstance(value, type) else "function",
        }
    if not hasattr(value, "get_config"):
        raise UserTypeError(f"Cannot write {short(value)} to a config: it has no `get_config`.")
    cls = getattr(type(value), "stands_for", type(value))
    family = family_of(cls)
    config = {
        "module": _module(cls, family),
        "class_name": vars(cls).get("keras_name", cls.__name__),
        "config": serialize(value.get_config()),
        "registered_name": None if family or isinstance(value, DTypePolicy) else
        get_registered_name(cls),
    }  # fmt: skip
    if _local.shared and hasattr(value, "load_own_variables"):
        numbers = _local.shared[-1]
        config["shared_object_id"] = numbers.setdefault(id(value), len(numbers))
    build_config = getattr(value, "get_build_config", lambda: None)()
    if build_config is not None:
        config["build_config"] = build_config
    compile_config = getattr(value, "get_compile_config", lambda: None)()
    if compile_config is not None:
        config["compile_config"] = serialize(compile_config)
    return config


def _module(cls: type, family: Family | None) -> str:
    if cls is DTypePolicy:
        return "keras"
    if issubclass(cls, DTypePolicy):
        return "keras.dtype_policies"
    if family is None:
        return cls.__module__
    return getattr(cls, "keras_module", family.module)


def revive(value: Any) -> Any:
    """Objects for the configs nested in a value; everything else as it is."""
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            return deserialize(value)
        return {key: revive(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(revive(v) for v in value)
    return value


def _refuse_lambda(_: Any) -> Any:
    raise UnsafeFileError(
        "The config holds the byte code of a lambda, which is never run. Where the model is made, "
        "write the lambda as a function decorated with "
        "@denser.saving.register_keras_serializable(), and save the model again."
    )


def _array(config: dict[str, Any]) -> np.ndarray:
    """An array; words get the length that they have, not the one that a type may claim."""
    dtype = str(config["dtype"])
    words = dtype.lstrip("<|").startswith(("str", "U", "S"))
    return np.array(config["value"], None if words else standardize_dtype(dtype))


_PLAIN_FORMS: dict[str, Callable[[dict], Any]] = {
    "__lambda__": _refuse_lambda,
    "__tuple__": lambda c: tuple(revive(v) for v in c["value"]),
    "__bytes__": lambda c: c["value"].encode("latin-1"),
    "__slice__": lambda c: slice(c["start"], c["stop"], c["step"]),
    "__ellipsis__": lambda c: Ellipsis,
    "__numpy__": _array,
    "__tensor__": _array,
}


def deserialize(
    config: Any, custom_objects: dict[str, Any] | None = None, family: Any = None
) -> Any:
    """The object for what `serialize` wrote; names mean registered objects and nothing else.

    Raises:
        UserError: for a name that is neither denser's nor registered; it says how to register.
    """
    if custom_objects:
        with custom_object_scope(custom_objects):
            return deserialize(config, family=family)
    if not isinstance(config, dict) or "class_name" not in config:
        return revive(config)
    name: str = config["class_name"]
    inner: Any = config.get("config")
    if name in _PLAIN_FORMS:
        return _PLAIN_FORMS[name](inner)
    if name == "function":
        return _find(config, inner, family)
    if name in POLICIES:
        return POLICIES[name].from_config(inner)
    cls = _find(config, name, family)
    return _make(cls, config) if isinstance(cls, type) else cls


def _make(cls: Any, config: dict[str, Any]) -> Any:
    """The object of a class with a config's arguments, built and compiled as it says."""
    shared = config.get("shared_object_id")
    known = _local.shared[-1] if _local.shared else {}
    if shared in known:
        return known[shared]
    made = cls.from_config(config.get("config") or {})
    if shared is not None:
        known[shared] = made
    if config.get("build_config") and hasattr(made, "build_from_config"):
        made.build_from_config(config["build_config"])
    if config.get("compile_config") and hasattr(made, "compile_from_config"):
        made.compile_from_config(config["compile_config"])
    return made


def _find(config: dict[str, Any], name: str, family: Family | None) -> Any:
    """The class or function a config names."""
    for found in _meanings(config, name, family):
        if found is not None:
            return found
    raise UnsafeFileError(
        f"Unknown object {short(name)} (module {short(config.get('module'))}). If it is yours, "
        "decorate it with @denser.saving.register_keras_serializable(), or give it as "
        f"custom_objects={{{name!r}: {name}}}."
    )


def _meanings(config: dict[str, Any], name: str, family: Family | None) -> Iterator[Any]:
    """What a config's name may mean, the surest first; None where there is no such thing."""
    registered = config.get("registered_name")
    if registered and registered != "function":
        yield find_custom(registered)
    says = str(config.get("module") or "").split(".")
    families = [FAMILIES[part] for part in says if part in FAMILIES]
    if says[0] in _OURS:  # a class of the user's may have the name of one of ours
        yield from (said.members.get(name) for said in families)
    yield find_custom(name)
    families += [family] if family else []
    yield from (each.members.get(name) for each in [*families, *FAMILIES.values()])
    yield from (each.aliases.get(name) for each in families)
    yield find_custom_of_any_package(name)
