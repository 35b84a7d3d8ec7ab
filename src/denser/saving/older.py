"""Configs of single objects as versions before 3 wrote them: a class's name and its arguments."""

from typing import Any

from ..core.custom import custom_object_scope, get_registered_name, get_registered_object
from ..core.messages import UserError, bad_argument, short, unknown_name


def serialize_keras_object(instance: Any) -> Any:
    """The config in the form `{"class_name": ..., "config": ...}`; a function's is its name.

    Example:
        >>> from denser.initializers import Zeros
        >>> serialize_keras_object(Zeros())
        {'class_name': 'Zeros', 'config': {}}
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        name = get_registered_name(type(instance))
        return {"class_name": name, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return get_registered_name(instance)
    raise UserError(f"Cannot write {short(instance)} to a config: it has no `get_config`.")


def deserialize_keras_object(
    identifier: Any,
    module_objects: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """The object for what `serialize_keras_object` of this module wrote, or for a name.

    Args:
        identifier: The config, a name, or None.
        module_objects, custom_objects: Where names are looked up, besides the registered ones.
        printable_module_name: What the error calls such an object.

    Example:
        >>> from denser.initializers import Zeros
        >>> config = {"class_name": "Zeros", "config": {}}
        >>> type(deserialize_keras_object(config, {"Zeros": Zeros})).__name__
        'Zeros'
    """
    if identifier is None:
        return None
    config = identifier
    if isinstance(identifier, str):
        config = {"class_name": identifier}
    if not isinstance(config, dict) or "class_name" not in config:
        raise bad_argument(
            "deserialize_keras_object", "identifier", "a name or a config", identifier
        )
    name = config["class_name"]
    found = get_registered_object(name, custom_objects, module_objects)
    if found is None:
        known = {*(module_objects or ()), *(custom_objects or ())}
        raise unknown_name(printable_module_name, name, known)
    if isinstance(identifier, str):
        return found() if isinstance(found, type) else found
    with custom_object_scope(custom_objects or {}):
        return found.from_config(config.get("config") or {})
