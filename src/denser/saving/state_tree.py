"""The state of a model by the names in the Variables' paths, also as nested dicts."""

from collections.abc import Iterable, Iterator
from typing import Any

from ..core.messages import UserError, bad_argument, did_you_mean, who
from ..core.variable import Variable


def get_state_tree(model: Any, value_format: str) -> dict[str, Any]:
    """Trainable, non-trainable, optimizer's and metrics' variables, each as nested dicts."""
    if value_format not in ("backend_tensor", "numpy_array"):
        expected = "'backend_tensor' or 'numpy_array'"
        raise bad_argument(model, "value_format", expected, value_format)
    numpy = value_format == "numpy_array"
    return {
        group: nested({p: v.numpy() if numpy else v.value for p, v in variables.items()})
        for group, variables in named_variables(model).items()
    }


def set_state_tree(model: Any, state_tree: dict[str, Any]) -> None:
    """Assign what `get_state_tree` gave; a tree may have some of the variables only."""
    groups = named_variables(model)
    for group, tree in state_tree.items():
        if group not in groups:
            hint = did_you_mean(group, groups)
            raise UserError(f"{who(model)}: `state_tree` has no group {group!r}. {hint}")
        known = groups[group]
        for path, value in flattened(tree):
            if path not in known:
                name = "/".join(path)
                hint = did_you_mean(name, ["/".join(path) for path in known])
                raise UserError(f"{who(model)}: has no variable '{name}' in {group}. {hint}")
            known[path].assign(value)


def named_variables(model: Any) -> dict[str, dict[tuple[str, ...], Variable]]:
    """Trainable, non-trainable, optimizer's and metrics' variables, in their order, by the parts of
    their paths; a path that came before gets a number."""
    optimizer = model.optimizer
    return {
        "trainable_variables": _named(model.trainable_variables),
        "non_trainable_variables": _named(model.non_trainable_variables),
        "optimizer_variables": _named(optimizer.variables if optimizer is not None else []),
        "metrics_variables": _named(model.metrics_variables),
    }


def _named(variables: Iterable[Variable]) -> dict[tuple[str, ...], Variable]:
    found: dict[tuple[str, ...], Variable] = {}
    for variable in variables:
        path, count = variable.path, 0
        while tuple(path.split("/")) in found:
            count += 1
            path = f"{variable.path}_{count}"
        found[tuple(path.split("/"))] = variable
    return found


def nested(values: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    """Values by path as dicts in dicts."""
    tree: dict[str, Any] = {}
    for (*folders, name), value in values.items():
        inner = tree
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = value
    return tree


def flattened(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values in dicts in dicts, each with its path."""
    if not isinstance(tree, dict):
        yield path, tree
        return
    for name, part in tree.items():
        yield from flattened(part, (*path, name))
