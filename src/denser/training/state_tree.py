"""The state of a model as nested dicts, by the names in the Variables' paths."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.messages import UserError, bad_argument, did_you_mean, who
from ..core.variable import Variable


def get_state_tree(model: Any, value_format: str) -> dict[str, Any]:
    """Trainable, non-trainable, optimizer's and metrics' variables, each as nested dicts."""
    if value_format not in ("backend_tensor", "numpy_array"):
        expected = "'backend_tensor' or 'numpy_array'"
        raise bad_argument(model, "value_format", expected, value_format)
    trees: dict[str, Any] = {}
    for group, variables in _groups(model).items():
        trees[group] = {}
        for *folders, name, variable in _places(variables):
            tree = trees[group]
            for folder in folders:
                tree = tree.setdefault(folder, {})
            tree[name] = variable.numpy() if value_format == "numpy_array" else variable.value
    return trees


def set_state_tree(model: Any, state_tree: dict[str, Any]) -> None:
    """Assign what `get_state_tree` gave; a tree may have some of the variables only."""
    groups = _groups(model)
    for group, tree in state_tree.items():
        if group not in groups:
            hint = did_you_mean(group, groups)
            raise UserError(f"{who(model)}: `state_tree` has no group {group!r}. {hint}")
        known = {"/".join(path): variable for *path, variable in _places(groups[group])}
        for path, value in _leaves(tree):
            if path not in known:
                hint = did_you_mean(path, known)
                raise UserError(f"{who(model)}: has no variable '{path}' in {group}. {hint}")
            known[path].assign(value)


def _groups(model: Any) -> dict[str, list[Variable]]:
    optimizer = model.optimizer
    return {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": optimizer.variables if optimizer is not None else [],
        "metrics_variables": model.metrics_variables,
    }


def _places(variables: Iterable[Variable]) -> list[tuple[Any, ...]]:
    """The parts of each path, then the Variable; a path that came before gets a number."""
    found: dict[str, Variable] = {}
    for variable in variables:
        path, count = variable.path, 0
        while path in found:
            count += 1
            path = f"{variable.path}_{count}"
        found[path] = variable
    return [(*path.split("/"), variable) for path, variable in found.items()]


def _leaves(tree: Any, path: str = "") -> list[tuple[str, Any]]:
    if not isinstance(tree, dict):
        return [(path, np.asarray(tree))]
    return [
        leaf
        for name, part in tree.items()
        for leaf in _leaves(part, f"{path}/{name}" if path else name)
    ]
