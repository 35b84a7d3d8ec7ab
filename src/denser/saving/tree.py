"""The objects of a model that have a state, each with its path in a file of weights.

A path is made of attribute names; in a list, tuple or dict of snake-case class names, numbered from
the second of a kind on: `layers/dense`, `layers/dense_1`, `optimizer`. Names that users or counters
give are not in it, so that they may differ.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..core.registry import snake_case

# What a layer or model keeps for itself: arguments, records of calls, its own table of layers.
_INTERNAL = frozenset(
    "_given _nodes _losses _initial_weights _own_weights _fixed_weights _layers _graph _programs "
    "_compile_arguments _compiled_loss _compiled_metrics _loss_tracker _build_shapes".split()
)


def owners(root: Any) -> Iterator[tuple[str, Any]]:
    """Every object with a state in `root` and `root` itself (path ""), each once."""
    return _walk(root, "", set())


def _walk(owner: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(owner) in seen:
        return
    seen.add(id(owner))
    if isinstance(owner, (list, tuple, dict)):
        children = _numbered(owner)
    else:
        yield path, owner
        children = _attributes(owner)
    for name, child in children:
        if _has_state(child) or isinstance(child, (list, tuple, dict)):
            yield from _walk(child, f"{path}/{name}" if path else name, seen)


def _has_state(value: Any) -> bool:
    return not isinstance(value, type) and hasattr(value, "save_own_variables")


def _numbered(container: Any) -> Iterator[tuple[str, Any]]:
    """The entries of a container under the names that files give them."""
    count: Counter[str] = Counter()
    for part in container.values() if isinstance(container, dict) else container:
        if isinstance(part, (list, tuple, dict)):
            name = "container"
        elif _has_state(part):
            name = snake_case(type(part).__name__)
        else:
            continue
        yield (f"{name}_{count[name]}" if count[name] else name), part
        count[name] += 1


def _attributes(owner: Any) -> Iterator[tuple[str, Any]]:
    """Attributes by name, private ones last; a graph's layers, in their order, before all."""
    own = vars(owner)
    is_graph = "_layers" in own
    if is_graph:
        yield "layers", owner.layers
    names = (set(own) | _user_properties(type(owner))) - _INTERNAL
    if hasattr(type(owner), "layers") and not is_graph:
        # Keras files a layer in an attribute whose name comes after `layers` under `layers`.
        names.add("layers")
    for name in sorted(names, key=lambda name: (name.startswith("_"), name)):
        try:
            yield name, getattr(owner, name)
        except Exception:  # a user's property that cannot be read now holds no layer either
            continue


def _user_properties(cls: type) -> set[str]:
    """The properties of a user's own classes, one of which may give a layer its name in files."""
    return {
        name
        for base in cls.__mro__
        if base.__module__.split(".")[0] != "denser"
        for name, value in vars(base).items()
        if isinstance(value, property) and not name.startswith("__")
    }
