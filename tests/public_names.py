"""Which of Keras's public names denser has: `python -m tests.public_names` prints them."""

import argparse
import importlib
import inspect
import os
import pkgutil
import types
import warnings
from collections.abc import Iterator

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras  # noqa: E402

import denser  # noqa: E402

_HIDDEN = ("keras.src", "keras._tf_keras", "keras.backend.common")


def keras_names() -> list[str]:
    """`layers.Dense`, `ops.numpy.add`, ...: every public path below `keras`, sorted."""
    found = []
    for module in _modules(keras):
        for attribute, value in vars(module).items():
            if not attribute.startswith("_") and not isinstance(value, types.ModuleType):
                found.append(f"{module.__name__}.{attribute}".removeprefix("keras."))
    return sorted(set(found))


def _modules(module: types.ModuleType) -> Iterator[types.ModuleType]:
    """A module and those below it; Keras's own source stays unimported, as importing its other
    backends breaks the one that is used."""
    yield module
    for info in pkgutil.iter_modules(getattr(module, "__path__", []), f"{module.__name__}."):
        if not info.name.startswith(_HIDDEN):
            yield from _modules(importlib.import_module(info.name))


def resolve(root: types.ModuleType, path: str) -> object:
    """What stands at a dotted path below `root`; AttributeError where nothing does."""
    value: object = root
    for part in path.split("."):
        if isinstance(value, types.ModuleType) and not hasattr(value, part):
            try:
                value = importlib.import_module(f"{value.__name__}.{part}")
                continue
            except ImportError:
                raise AttributeError(path) from None
        value = getattr(value, part)
    return value


def present(names: list[str]) -> dict[str, bool]:
    """Each name, and whether denser has it."""
    found = {}
    for name in names:
        try:
            resolve(denser, name)
            found[name] = True
        except AttributeError:
            found[name] = False
    return found


def parameters(value: object) -> dict[str, object]:
    """The named parameters of something callable, with their defaults."""
    try:
        signature = inspect.signature(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return {}
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {p.name: p.default for p in signature.parameters.values() if p.kind in kinds}


def main() -> None:
    """Print the names, those that are missing marked with a minus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missing", action="store_true", help="print the missing ones only")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    found = present(keras_names())
    for name, here in found.items():
        if not (arguments.missing and here):
            print(f"{'+' if here else '-'} {name}")
    print(f"{sum(found.values())} of {len(found)} public names of Keras {keras.__version__}")


if __name__ == "__main__":
    main()
