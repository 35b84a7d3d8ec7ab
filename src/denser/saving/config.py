"""Architectures as JSON, and the objects that a config may name."""

import importlib
import json
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..core.budget import damage, reading
from ..core.custom import custom_object_scope
from ..core.messages import UnsafeFileError, UserError, bad_file, short
from ..core.registry import deserialize, object_sharing, serialize
from ..eras import era_of_version, modernize, speaks_of_old
from ..layers.module import Module
from . import strict_json

# Whose classes a config may name: loaded before one is read, so that each is in its family's table.
_FAMILIES = (
    "activations", "constraints", "initializers", "layers", "losses", "metrics", "models",
    "optimizers", "optimizers.schedules", "regularizers",
)  # fmt: skip


def serialize_keras_object(obj: Any) -> Any:
    """An object, or nested lists and dicts of objects, as JSON's types."""
    return serialize(obj)


def deserialize_keras_object(
    config: Any, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The object for what `serialize_keras_object` gave.

    Args:
        config: Module, class name and arguments of an object.
        custom_objects: Your own classes and functions by name.
        safe_mode: Must be left: no code is run from a config in either case.

    Raises:
        UserError: for a name that is neither denser's nor registered.
    """
    always_safe(safe_mode)
    for family in _FAMILIES:
        importlib.import_module(f"denser.{family}")
    return deserialize(config, custom_objects)


def model_to_json(model: Any, **kwargs: Any) -> str:
    """A model's architecture as JSON, without weights; `kwargs` go to `json.dumps`."""
    return json.dumps(model_config(model), **kwargs)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model that `model_to_json` described, with new weights."""
    with reading("model_from_json") as budget:
        config = strict_json.parse(json_string, "model_from_json", budget)
        if speaks_of_old(config):
            era = era_of_version(config.get("keras_version"))
            config = in_todays_form(config, era, custom_objects, "model_from_json")
        return model_from_config(config, custom_objects, "model_from_json")


def model_config(model: Any) -> dict[str, Any]:
    """A model's config; a layer that stands in several places has the same number in each."""
    with object_sharing():
        config = serialize(model)
    numbers = Counter(part["shared_object_id"] for part in _parts(config) if _numbered(part))
    for part in _parts(config):
        if _numbered(part) and numbers[part["shared_object_id"]] == 1:
            del part["shared_object_id"]
    return config


def _numbered(part: Any) -> bool:
    return "shared_object_id" in part


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """Every dict in nested lists and dicts."""
    if isinstance(config, dict):
        yield config
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _parts(part)


def model_from_config(config: Any, custom_objects: dict[str, Any] | None, where: str) -> Any:
    """The model a config describes; `where` names its source in errors."""
    try:
        with custom_object_scope(custom_objects or {}), object_sharing():
            model = deserialize_keras_object(config)
    except UnsafeFileError as error:
        raise bad_file(where, _without(where, error), kind=UnsafeFileError) from None
    except UserError as error:
        raise bad_file(where, _without(where, error)) from None
    except Exception as error:  # what a constructor may raise on arguments of any kind
        text = f"the config is not a model's: {type(error).__name__}: {error}"
        raise bad_file(where, text) from error
    if not isinstance(model, Module):
        raise bad_file(where, f"describes {short(model)}, which is no model.")
    return model


def in_todays_form(config: Any, era: str, custom_objects: dict[str, Any] | None, where: str) -> Any:
    """A config that an older version wrote, as today's writes it."""
    try:
        with custom_object_scope(custom_objects or {}), damage(where, "is not a model's config"):
            return modernize(config, era)
    except UserError as error:
        raise bad_file(where, _without(where, error)) from None


def _without(where: str, error: UserError) -> str:
    """The error's text, without the file's name before it."""
    return str(error).removeprefix(f"{where}: ")


def always_safe(safe_mode: bool) -> None:
    """Say that there is no unsafe mode."""
    if not safe_mode:
        warnings.warn(
            "safe_mode=False changes nothing: denser never runs code from a file. Register your "
            "functions, or give them as custom_objects.",
            stacklevel=3,
        )
