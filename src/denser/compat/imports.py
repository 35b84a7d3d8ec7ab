"""Imports: those of a script, rewritten for Keras 3."""

import ast

from ..eras.names import CLASSES
from .importer import place_of
from .places import PLACES
from .rewrites import LEGACY
from .written import Text

# Classes by the names they have in code; `eras` has for "Model" what configs call it.
TODAYS = {old: new for old, new in CLASSES.items() if new != "Functional"}


class Imports(ast.NodeVisitor):
    """The part of a pass over a script's tree that rewrites its imports."""

    text: Text
    backends: set[str]  # names that keras.backend has in the script

    def visit_Import(self, node: ast.Import) -> None:
        """`import keras.backend as K` and its like."""
        for alias in node.names:
            path = place_of(alias.name)
            if path is None:
                continue
            if path == "backend" and alias.asname:
                self.backends.add(alias.asname)
            start, end = self.text.span(alias)
            new = f"keras.{todays_path(path)}".rstrip(".")
            if alias.asname and not (new == "keras" and alias.asname == "keras"):
                new += f" as {alias.asname}"
            if new != self.text.read(start, end):
                self.text.put(start, end, new)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from keras.layers.core import Dense` and its like."""
        if node.module == "tensorflow" and [a.name for a in node.names] == ["keras"]:
            self.text.put(*self.text.span(node), "import keras")
            return
        path = place_of(node.module or "") if not node.level else None
        if path is None:
            return
        lines: dict[str, list[str]] = {}
        for alias in node.names:
            module, name = _imported(path, alias.name)
            if name == "backend":
                self.backends.add(alias.asname or name)
            if module == "keras" and name == "merge":
                continue
            same = alias.asname is None and (name == alias.name or alias.name in TODAYS)
            shown = name if same else f"{name} as {alias.asname or alias.name}"
            if shown not in lines.setdefault(module, []):
                lines[module].append(shown)
        lines.pop("", None)
        start, end = self.text.span(node)
        indent = "\n" + " " * node.col_offset
        new = indent.join(f"from {m} import {', '.join(names)}" for m, names in lines.items())
        plain = f"from {node.module} import {', '.join(a.name for a in node.names)}"
        if new != plain:
            self.text.put(start, end, new or "pass")


def todays_path(path: str) -> str:
    """Today's module path for an older one."""
    if path in PLACES:
        return PLACES[path].today or path
    return path


def _imported(path: str, name: str) -> tuple[str, str]:
    """Today's module and name for what is imported from a path; no module for what is gone."""
    inner = f"{path}.{name}".lstrip(".")
    if name == "merge" and path == "layers":
        return "", ""
    if inner in PLACES and todays_path(inner) != inner:  # from keras.utils import np_utils
        folder, _, last = todays_path(inner).rpartition(".")
        return f"keras.{folder}".rstrip("."), last
    if path == "wrappers.scikit_learn":
        return "scikeras.wrappers", name
    if path.startswith("preprocessing") and name in LEGACY:
        return LEGACY[name], name
    if inner == "preprocessing.text":
        return "keras.src.legacy.preprocessing", "text"
    old = PLACES[path].old.get(name, "") if path in PLACES else ""
    if old and not old.startswith(("compat.", "builtins")):
        module, _, last = old.partition(":")
        return ("keras" if module == "denser" else f"keras.{module}"), last
    return f"keras.{todays_path(path)}".rstrip("."), TODAYS.get(name, name)
