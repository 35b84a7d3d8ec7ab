"""Custom objects: the user's own classes and functions, by the names that configs have for them."""

import contextlib
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .messages import UserError

_custom: dict[str, Any] = {}
_custom_names: dict[Any, str] = {}


class _Local(threading.local):
    """The tables that the present thread has put before the registered objects."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []


_local = _Local()


def find_custom(name: str) -> Any:
    """The object that the user gave or registered under `name`, or None."""
    for table in (*reversed(_local.scopes), _custom):
        if name in table:
            return table[name]
    return None


def find_custom_of_any_package(name: str) -> Any:
    """The object registered as `package>name`, the last one if there are several, or None.

    For what a name means where nothing of denser's own has it: registering a function `linear` in
    a package does not change what an activation 'linear' is.
    """
    found = (value for key, value in reversed(_custom.items()) if key.split(">")[-1] == name)
    return next(found, None)


@contextlib.contextmanager
def custom_object_scope(custom_objects: dict[str, Any]) -> Iterator[None]:
    """Within the `with`, names in `custom_objects` mean those objects, before any other."""
    _local.scopes.append(custom_objects)
    try:
        yield
    finally:
        _local.scopes.pop()


def get_custom_objects() -> dict[str, Any]:
    """The table of registered custom objects; changing it registers and forgets."""
    return _custom


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable:
    """Decorator that makes a class or function known to configs as `package>name`."""

    def register(member: Any) -> Any:
        if inspect.isclass(member) and not hasattr(member, "get_config"):
            raise UserError(f"{member.__name__}: needs a `get_config` method to be registered.")
        key = f"{package}>{name or member.__name__}"
        _custom[key] = member
        _custom_names[member] = key
        return member

    return register


def get_registered_name(obj: Any) -> str:
    """`package>name` of a registered object, else its own name."""
    return _custom_names.get(obj, getattr(obj, "__name__", None) or type(obj).__name__)


def get_registered_object(
    name: str,
    custom_objects: dict[str, Any] | None = None,
    module_objects: dict[str, Any] | None = None,
) -> Any:
    """The object registered under `name`, looked up in the given tables too, or None."""
    for table in (custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return find_custom(name) or find_custom_of_any_package(name)
