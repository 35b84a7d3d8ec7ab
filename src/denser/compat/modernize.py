"""Modernize: a script's text rewritten for Keras 3: imports, names, arguments.

Only what changes is touched: the rest of the text, comments and line breaks stay as they are. What
the tables know is what runs: `places`, `arguments` and `eras`.
"""

import ast
from pathlib import Path
from typing import Any

from ..core.messages import UserError
from ..eras import DEFAULTS, translate
from ..eras.names import CLASSES
from ..layers.layer import LAYERS
from ..optimizers.optimizer import OPTIMIZERS
from .arguments import by_position
from .era import called, era_of
from .importer import place_of
from .places import PLACES
from .script import code_of

_METHODS = {"fit_generator": "fit", "evaluate_generator": "evaluate",
            "predict_generator": "predict", "predict_proba": "predict"}  # fmt: skip
_OF_METHODS = {
    "nb_epoch": "epochs", "nb_val_samples": "validation_steps", "val_samples": "steps",
    "samples_per_epoch": "steps_per_epoch", "X": "x",
}  # fmt: skip
_COUNTS_OF_ROWS = ("samples_per_epoch", "nb_val_samples", "val_samples")
_LEFT_OUT = frozenset(
    "show_accuracy class_mode max_q_size max_queue_size nb_worker workers pickle_safe "
    "use_multiprocessing theano_mode reset_metrics".split()
)
_MERGES = {"sum": "add", "mul": "multiply", "ave": "average", "max": "maximum",
           "concat": "concatenate", "dot": "dot", "cos": "dot"}  # fmt: skip
# Functions of K that are ops today, old name to new where it is another.
_OPS = {name: name for name in """
    mean sum square sqrt exp log abs maximum minimum concatenate reshape expand_dims squeeze cast
    sign sin cos stack argmax argmin prod max min any all clip round equal not_equal greater less
    greater_equal less_equal softmax relu sigmoid tanh softplus elu zeros_like ones_like shape dot
    transpose var std cumsum one_hot stop_gradient eye tile repeat arange zeros ones log_softmax
    logsumexp hard_sigmoid flip
    """.split()} | {
    "permute_dimensions": "transpose", "pow": "power", "int_shape": "shape",
    "repeat_elements": "repeat", "l2_normalize": "normalize", "flatten": "ravel",
}  # fmt: skip


# Classes by the names they have in code; `eras` has for "Model" what configs call it.
_CLASSES = {old: new for old, new in CLASSES.items() if new != "Functional"}


class _Written:
    """A value of the script's, as it is written there."""

    def __init__(self, text: str):
        self.text = text


class _Number(int):
    """A number, as it is written."""

    text: str


class _Word(str):
    """A string, as it is written."""

    text: str


class _Text:
    """A source text and the changes to it: bytes, for that is what positions in a tree count."""

    def __init__(self, text: str):
        self.bytes = text.encode()
        self.starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.edits: dict[tuple[int, int], bytes] = {}

    def span(self, node: Any) -> tuple[int, int]:
        """Where a node begins and ends."""
        return (self.starts[node.lineno - 1] + node.col_offset,
                self.starts[node.end_lineno - 1] + node.end_col_offset)  # fmt: skip

    def put(self, start: int, end: int, new: str) -> None:
        """Have `new` there, with the changes inside it forgotten."""
        inside = [s for s in self.edits if start <= s[0] and s[1] <= end]
        for span in inside:
            del self.edits[span]
        self.edits[start, end] = new.encode()

    def read(self, start: int, end: int) -> str:
        """The text there, changed."""
        made, at = b"", start
        for (begin, stop), new in sorted(self.edits.items()):
            if start <= begin and stop <= end:
                made += self.bytes[at:begin] + new
                at = stop
        return (made + self.bytes[at:end]).decode()


def run(script: str, era: str | None = None) -> None:
    """Print a script, or a notebook's code, rewritten for Keras 3.

    Args:
        script: The file.
        era: The era of the script; None: what its text tells.
    """
    path = Path(script)
    if not path.is_file():
        raise UserError(f"there is no file '{path}'.")
    text = path.read_text(encoding="utf-8-sig")
    print(modernize(code_of(text, script) if path.suffix == ".ipynb" else text, era), end="")


def modernize(text: str, era: str | None = None) -> str:
    """The text of a script for Keras of any era as one for Keras 3.

    Example:
        >>> modernize("from keras.layers import Dense; Dense(output_dim=3, bias=False)")
        'from keras.layers import Dense; Dense(units=3, use_bias=False)'
    """
    return _Modernizer(text, era).run()


class _Modernizer(ast.NodeVisitor):
    """One pass over a script's tree, from the inside out."""

    def __init__(self, text: str, era: str | None):
        self.text, self.tree = _Text(text), ast.parse(text)
        self.era = era or era_of(self.tree) or "3"
        self.wants_keras = False
        self.backends: set[str] = set()  # names that keras.backend has in the script
        self.merged: set[str] = set()  # functions that took the place of `merge`

    def run(self) -> str:
        self.visit(self.tree)
        whole = self.text.read(0, len(self.text.bytes))
        lines = []
        if self.wants_keras and "import keras\n" not in whole:
            lines.append("import keras\n")
        if self.merged:
            lines.append(f"from keras.layers import {', '.join(sorted(self.merged))}\n")
        return self._with_imports(whole, lines)

    def _with_imports(self, whole: str, lines: list[str]) -> str:
        """The text with more imports, after those of __future__."""
        tree = ast.parse(whole)
        first = [
            node.end_lineno or 0
            for node in tree.body
            if (isinstance(node, ast.ImportFrom) and node.module == "__future__")
            or (isinstance(node, ast.Expr) and node is tree.body[0])
        ]
        at = max(first, default=0)
        parts = whole.splitlines(keepends=True)
        return "".join([*parts[:at], *lines, *parts[at:]])

    # -------------------------------------------------------------------------------- imports

    def visit_Import(self, node: ast.Import) -> None:
        """`import keras.backend as K` and its like."""
        for alias in node.names:
            path = place_of(alias.name)
            if path is None:
                continue
            if path == "backend" and alias.asname:
                self.backends.add(alias.asname)
            start, end = self.text.span(alias)
            new = f"keras.{_todays(path)}".rstrip(".")
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
            module, name = self._imported(path, alias.name)
            if name == "backend":
                self.backends.add(alias.asname or name)
            if module == "keras" and name == "merge":
                continue
            same = alias.asname is None and (name == alias.name or alias.name in _CLASSES)
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

    def _imported(self, path: str, name: str) -> tuple[str, str]:
        """Today's module and name for what is imported from a path; no module for what is gone."""
        inner = f"{path}.{name}".lstrip(".")
        if name == "merge" and path == "layers":
            return "", ""
        if inner in PLACES and _todays(inner) != inner:  # from keras.utils import np_utils
            folder, _, last = _todays(inner).rpartition(".")
            return f"keras.{folder}".rstrip("."), last
        old = PLACES[path].old.get(name, "") if path in PLACES else ""
        if old and not old.startswith(("compat.", "builtins")):
            module, _, last = old.partition(":")
            return ("keras" if module == "denser" else f"keras.{module}"), last
        return f"keras.{_todays(path)}".rstrip("."), _CLASSES.get(name, name)

    # ---------------------------------------------------------------------------------- names

    def visit_Name(self, node: ast.Name) -> None:
        """A class by its older name."""
        if node.id in _CLASSES:
            self.text.put(*self.text.span(node), _CLASSES[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """`tf.keras`, `K.mean`, `model.optimizer.lr`."""
        self.visit(node.value)
        start, end = self.text.span(node)
        tail = end - len(node.attr.encode())
        if isinstance(node.value, ast.Name) and (node.value.id, node.attr) == ("tf", "keras"):
            self.wants_keras = True
            self.text.put(start, end, "keras")
        elif isinstance(node.value, ast.Name) and node.value.id in self.backends:
            if node.attr in _OPS:
                self.wants_keras = True
                self.text.put(start, end, f"keras.ops.{_OPS[node.attr]}")
        elif self.text.read(start, end).startswith("keras.") and self._path(node) in PLACES:
            self.text.put(start, end, f"keras.{_todays(self._path(node))}")
        elif node.attr == "lr" and ast.unparse(node.value).endswith("optimizer"):
            self.text.put(tail, end, "learning_rate")
        elif node.attr in _METHODS:
            self.text.put(tail, end, _METHODS[node.attr])
        elif node.attr in _CLASSES:
            self.text.put(tail, end, _CLASSES[node.attr])

    def _path(self, node: ast.Attribute) -> str:
        """The path below `keras` that a chain of names in the script is."""
        return ast.unparse(node).removeprefix("tf.").removeprefix("keras").removeprefix(".")

    # ---------------------------------------------------------------------------------- calls

    def visit_Call(self, node: ast.Call) -> None:
        """The arguments of classes and of a model's methods."""
        self.generic_visit(node)
        name = called(node)
        today = _CLASSES.get(name, name)
        if name == "merge" and isinstance(node.func, ast.Name):
            self._merge(node)
        elif name in ("Model", "Functional"):
            self._rename(node, {"input": "inputs", "output": "outputs"})
        elif today in LAYERS.members or today in OPTIMIZERS.members or name in OPTIMIZERS.aliases:
            self._construct(node, name)
        elif name == "predict_classes" and isinstance(node.func, ast.Attribute):
            end = self.text.span(node.func)[1]
            self.text.put(end - len(name), end, "predict")
            stop = self.text.span(node)[1]
            self.text.edits[stop, stop] = b".argmax(axis=-1)"
        elif isinstance(node.func, ast.Attribute):
            self._rename(node, _OF_METHODS, _LEFT_OUT)

    def _rename(
        self, node: ast.Call, names: dict[str, str], left_out: frozenset[str] = frozenset()
    ) -> None:
        """Give keywords today's names, each in its place, and leave some out."""
        ends = [self.text.span(a)[1] for a in node.args]
        before = max(ends, default=self.text.span(node.func)[1])
        for keyword in node.keywords:
            start, end = self.text.span(keyword)
            if keyword.arg in left_out:
                self._cut(start, end, before)
                continue
            before = max(before, end)
            if keyword.arg in names:
                self.text.put(start, start + len(keyword.arg), names[keyword.arg])
            if keyword.arg in _COUNTS_OF_ROWS:
                value = self.text.span(keyword.value)
                self.text.put(*value, f"({self.text.read(*value)}) // 32")

    def _cut(self, start: int, end: int, before: int) -> None:
        """Cut an argument out, with the comma before it or, of the first one, after it."""
        between = self.text.bytes[before:start]
        if b"," in between:
            start = before + between.index(b",")
        else:
            after = self.text.bytes[end:]
            end += len(after) - len(after.lstrip(b", \n\t"))
        self.text.put(start, end, "")

    def _construct(self, node: ast.Call, name: str) -> None:
        """The arguments of a layer or an optimizer."""
        if any(isinstance(a, ast.Starred) for a in node.args) or None in [
            k.arg for k in node.keywords
        ]:
            return
        keywords = {str(k.arg): self._value(k.value) for k in node.keywords}
        today = _CLASSES.get(name, name)
        today = getattr(OPTIMIZERS.aliases.get(name), "__name__", today)
        args = tuple(map(self._value, node.args))
        rest, given = by_position(today, args, keywords, self.era)
        try:
            _, made = translate(name, dict(given))
        except UserError:
            return
        taken = {*made, *self._fields(today)[: len(rest)]}
        for key, value in DEFAULTS.get(self.era, {}).get(today, {}).items():
            if key in ("learning_rate", "reset_after") and key not in taken:
                made[key] = value
        made.pop("mode", None)
        if not rest and args:  # other places than today's
            return self._write(node, today, made)
        if list(made) != list(keywords) or any(made[k] is not keywords[k] for k in made):
            self._write(node, today, made, rest)

    def _write(self, node: ast.Call, name: str, made: dict[str, Any], rest: tuple = ()) -> None:
        """Write all arguments of a call anew: by position as far as today's order goes."""
        parts = [value.text for value in rest]
        fields = self._fields(name)
        if node.args and not rest:
            made = dict(sorted(made.items(), key=lambda kv: _place(fields, kv[0])))
            while made and fields[len(parts)] == next(iter(made)) and len(parts) < 2:
                parts.append(_written(made.pop(next(iter(made)))))
        parts += [f"{key}={_written(value)}" for key, value in made.items()]
        end = self.text.span(node)[1] - 1
        start = self.text.span(node.func)[1]
        start += self.text.bytes[start:].index(b"(") + 1
        self.text.put(start, end, ", ".join(parts))

    def _fields(self, name: str) -> list[str]:
        cls = LAYERS.members.get(name) or OPTIMIZERS.members.get(name)
        return list(cls.fields()) if cls is not None else []

    def _merge(self, node: ast.Call) -> None:
        """`merge([a, b], mode="concat", concat_axis=1)`."""
        given = {k.arg: k.value for k in node.keywords}
        mode = given.get("mode", node.args[1] if len(node.args) > 1 else ast.Constant("sum"))
        if not isinstance(mode, ast.Constant) or mode.value not in _MERGES or not node.args:
            return
        name = _MERGES[mode.value]
        self.merged.add(name)
        parts = [self.text.read(*self.text.span(node.args[0]))]
        for old, new in (("concat_axis", "axis"), ("dot_axes", "axes"), ("name", "name")):
            if old in given:
                parts.append(f"{new}={self.text.read(*self.text.span(given[old]))}")
        if mode.value == "cos":
            parts.append("normalize=True")
        if name == "dot" and "dot_axes" not in given:
            parts.append("axes=-1")
        self.text.put(*self.text.span(node), f"{name}({', '.join(parts)})")

    def _value(self, node: ast.expr) -> Any:
        """A value that tables can look up, and that knows how it is written."""
        text = self.text.read(*self.text.span(node))
        value = node.value if isinstance(node, ast.Constant) else None
        made: Any = _Written(text)
        if isinstance(value, str):
            made = _Word(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            made = _Number(value)
        made.text = text
        return made


def _place(fields: list[str], name: str) -> int:
    return fields.index(name) if name in fields else len(fields)


def _written(value: Any) -> str:
    """How a value is written."""
    if hasattr(value, "text"):
        return value.text
    if isinstance(value, tuple):
        return f"({', '.join(map(_written, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def _todays(path: str) -> str:
    """Today's module path for an older one."""
    if path in PLACES:
        return PLACES[path].today or path
    return path
