"""Modernize: a script's text rewritten for Keras 3: imports, names, arguments.

Only what changes is touched: the rest of the text, comments and line breaks stay as they are. What
the tables know is what runs: `places`, `arguments` and `eras`.
"""

import ast
import re
from pathlib import Path
from typing import Any

from ..core.messages import UserError
from ..eras import DEFAULTS, translate
from ..layers.layer import LAYERS
from ..optimizers.optimizer import OPTIMIZERS
from .era import called, era_of
from .imports import TODAYS, Imports, todays_path
from .keras.arguments import by_position
from .notebook import code_of
from .places import PLACES
from .rewrites import (
    CALLS,
    DRAWING,
    HELPERS,
    LAYOUTS,
    LEGACY,
    OPS,
    batch_size,
    new_names,
    reads_acc,
    written_call,
)
from .written import Number, Text, Word, Written, with_statements, written

_METHODS = {"fit_generator": "fit", "evaluate_generator": "evaluate",
            "predict_generator": "predict", "predict_proba": "predict"}  # fmt: skip
_OF_METHODS = {
    "nb_epoch": "epochs", "nb_val_samples": "validation_steps", "val_samples": "steps",
    "samples_per_epoch": "steps_per_epoch", "X": "x", "nb_words": "num_words",
}  # fmt: skip
_SILENT = ("evaluate_generator", "predict_generator")  # unless they were told to speak
_COUNTS_OF_ROWS = ("samples_per_epoch", "nb_val_samples", "val_samples")
_LEFT_OUT = frozenset(
    "show_accuracy class_mode max_q_size max_queue_size nb_worker workers pickle_safe "
    "use_multiprocessing theano_mode reset_metrics".split()
)
_MERGES = {"sum": "add", "mul": "multiply", "ave": "average", "max": "maximum",
           "concat": "concatenate", "dot": "dot", "cos": "dot"}  # fmt: skip


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


class _Modernizer(Imports):
    """One pass over a script's tree, from the inside out."""

    def __init__(self, text: str, era: str | None):
        self.text, self.tree = Text(text), ast.parse(text)
        self.era = era or era_of(self.tree) or "3"
        self.wants_keras = False
        self.backends = set()
        self.merged: set[str] = set()  # functions that took the place of `merge`
        self.legacy: set[str] = set()  # names to be imported from where Keras 3 still has them
        self.helpers: set[str] = set()  # of those in HELPERS
        self.files = new_names(self.tree) if self.era != "3" else {}
        self.places: dict[int, str] = {}  # of layers, what says the shape of their input
        self.in_class = False
        self.says_acc = self.era != "3" and reads_acc(self.tree)

    def run(self) -> str:
        self.visit(self.tree)
        if "SeededLambda" in self.helpers:
            self._seed_lambdas()
        whole = self.text.read(0, len(self.text.bytes))
        lines = []
        if (self.wants_keras or self.helpers) and "import keras\n" not in whole:
            lines.append("import keras\n")
        if self.merged:
            lines.append(f"from keras.layers import {', '.join(sorted(self.merged))}\n")
        for name in sorted(self.legacy):
            lines.append(f"from {LEGACY[name]} import {name}\n")
        return with_statements(whole, lines, [HELPERS[name] for name in sorted(self.helpers)])

    # ---------------------------------------------------------------------------------- names

    def visit_Name(self, node: ast.Name) -> None:
        """A class by its older name."""
        if node.id in TODAYS:
            self.text.put(*self.text.span(node), TODAYS[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """`tf.keras`, `K.mean`, `model.optimizer.lr`."""
        self.visit(node.value)
        start, end = self.text.span(node)
        tail = end - len(node.attr.encode())
        if isinstance(node.value, ast.Name) and (node.value.id, node.attr) == ("tf", "keras"):
            self.wants_keras = True
            self.text.put(start, end, "keras")
        elif isinstance(node.value, ast.Name) and node.value.id in self.backends:
            if node.attr in OPS:
                self.wants_keras = True
                self.text.put(start, end, f"keras.ops.{OPS[node.attr]}")
        elif self.text.read(start, end).startswith("keras.") and self._path(node) in PLACES:
            self.text.put(start, end, f"keras.{todays_path(self._path(node))}")
        elif renamed := self._renamed(node):
            self.text.put(tail, end, renamed)
        elif node.attr in LEGACY and re.search(r"\b(image|sequence)$", ast.unparse(node.value)):
            self.legacy.add(node.attr)
            self.text.put(start, end, node.attr)
        elif node.attr == "lr" and ast.unparse(node.value).endswith("optimizer"):
            self.text.put(tail, end, "learning_rate")
        elif node.attr in _METHODS:
            self.text.put(tail, end, _METHODS[node.attr])
        elif node.attr in TODAYS:
            self.text.put(tail, end, TODAYS[node.attr])

    def _renamed(self, node: ast.Attribute) -> str | None:
        """Today's name of what a module of Keras's has under an older one, as `losses.mae`."""
        owner = ast.unparse(node.value)
        path = self._path(node.value) if owner.startswith(("keras.", "tf.keras.")) else ""  # type: ignore[arg-type]
        old = PLACES[path].old.get(node.attr, "") if path in PLACES else ""
        module, _, name = old.partition(":")
        return name if module == path else None

    def _path(self, node: ast.Attribute) -> str:
        """The path below `keras` that a chain of names in the script is."""
        return ast.unparse(node).removeprefix("tf.").removeprefix("keras").removeprefix(".")

    def visit_Constant(self, node: ast.Constant) -> None:
        """The former 'hard_sigmoid', and files that have other endings today."""
        start, end = self.text.span(node)
        if node.value == "hard_sigmoid" and self.era != "3":
            self.helpers.add("former_hard_sigmoid")
            self.text.put(start, end, "former_hard_sigmoid")
        elif isinstance(node.value, str) and node.value in self.files:
            text = self.text.read(start, end)
            self.text.put(start, end, text.replace(node.value, self.files[node.value]))

    def visit_Compare(self, node: ast.Compare) -> None:
        """`K.image_dim_ordering() == "th"`."""
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        if any(isinstance(s, ast.Call) and called(s) == "image_dim_ordering" for s in sides):
            for side in sides:
                if isinstance(side, ast.Constant) and side.value in LAYOUTS:
                    self.text.put(*self.text.span(side), repr(LAYOUTS[side.value]))

    # ---------------------------------------------------------------------------------- calls

    def visit_Call(self, node: ast.Call) -> None:
        """The arguments of classes and of a model's methods."""
        self.generic_visit(node)
        name = called(node)
        today = TODAYS.get(name, name)
        if name == "merge" and isinstance(node.func, ast.Name):
            self._merge(node)
        elif name in CALLS and self._is_backend(node.func):
            self._call_of_backend(node, name)
        elif name == "Tokenizer":
            self._rename(node, {"nb_words": "num_words"})
        elif name in ("Model", "Functional"):
            self._rename(node, {"input": "inputs", "output": "outputs"})
        elif today in LAYERS.members or today in OPTIMIZERS.members or name in OPTIMIZERS.aliases:
            self._construct(node, name)
        elif isinstance(node.func, ast.Attribute):
            self._method(node, node.func)

    def _method(self, node: ast.Call, function: ast.Attribute) -> None:
        """A call of a method, which may be a model's."""
        name, end = function.attr, self.text.span(node)[1]
        if name == "predict_classes":
            stop = self.text.span(function)[1]
            self.text.put(stop - len(name), stop, "predict")
            self.text.edits[end, end] = b".argmax(axis=-1)"
            return
        if name == "reset_states" and not node.args and self._is_model(function):
            owner = self.text.read(*self.text.span(function.value))
            each = f"layer.reset_state() for layer in {owner}.layers"
            text = f"[{each} if getattr(layer, 'stateful', False)]"
            self.text.put(*self.text.span(node), text)
            return
        self._rename(node, _OF_METHODS, _LEFT_OUT)
        if name in _SILENT and all(k.arg != "verbose" for k in node.keywords):
            self.text.edits[end - 1, end - 1] = b", verbose=0"
        if name == "compile":
            self._compiled(node)

    def _is_model(self, function: ast.Attribute) -> bool:
        """Whether this is a method of a model, as far as the script's names tell."""
        owner = ast.unparse(function.value)
        made = (n for n in ast.walk(self.tree) if isinstance(n, ast.Assign))
        models = [n for n in made if isinstance(n.value, ast.Call)
                  and called(n.value) in ("Sequential", "Model", "load_model")]  # fmt: skip
        return owner.endswith("model") or any(owner == ast.unparse(n.targets[0]) for n in models)

    def _is_backend(self, function: ast.expr) -> bool:
        """Whether this is a function of keras.backend's, by the name that it has in the script."""
        owner = getattr(function, "value", None)
        return isinstance(owner, ast.Name) and owner.id in self.backends

    def _call_of_backend(self, node: ast.Call, name: str) -> None:
        """A function of keras.backend's that ops have under another name, or in another way."""
        if any(isinstance(a, ast.Starred) for a in node.args):
            return
        args = [self.text.read(*self.text.span(a)) for a in node.args]
        given = {str(k.arg): self.text.read(*self.text.span(k.value)) for k in node.keywords}
        if name == "set_image_dim_ordering":
            args = [repr(LAYOUTS.get(a.strip("'\""), a.strip("'\""))) for a in args]
        if name in DRAWING and not self.in_class and "seed" not in given:
            self.helpers.add("SeededLambda")
            given["seed"] = "seeds"
        text = written_call(name, args, given)
        if text is not None:
            self.wants_keras = True
            self.helpers.update(h for h in HELPERS if f"{h}(" in text)
            self.text.put(*self.text.span(node), text)

    def visit_List(self, node: ast.List) -> None:
        """Layers of a Sequential, of which the first may tell the shape of its input."""
        self.generic_visit(node)
        for element in node.elts:
            if id(element) in self.places:
                self._put_place(self.text.span(element)[0], f"{self.places[id(element)]}, ")

    def visit_Expr(self, node: ast.Expr) -> None:
        """`model.add(layer)`, the same."""
        self.generic_visit(node)
        call = node.value
        if not isinstance(call, ast.Call) or called(call) != "add" or len(call.args) != 1:
            return
        if id(call.args[0]) in self.places:
            start = self.text.span(node)[0]
            function = self.text.read(*self.text.span(call.func))
            place = f"{function}({self.places[id(call.args[0])]})"
            self._put_place(start, f"{place}\n{' ' * node.col_offset}")

    def _put_place(self, start: int, text: str) -> None:
        self.wants_keras = True
        self.text.edits[start, start] = text.encode()

    def _seed_lambdas(self) -> None:
        """Let each Lambda keep the state of the random numbers that its function draws."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and called(node) == "Lambda":
                self.text.put(*self.text.span(node.func), "SeededLambda")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class, whose random numbers are its own business."""
        outer, self.in_class = self.in_class, True
        self.generic_visit(node)
        self.in_class = outer

    def _compiled(self, node: ast.Call) -> None:
        """The accuracy by the name under which the script reads it."""
        for keyword in node.keywords if self.says_acc else ():
            for part in ast.walk(keyword.value) if keyword.arg == "metrics" else ():
                if isinstance(part, ast.Constant) and part.value == "accuracy":
                    self.text.put(*self.text.span(part), "'acc'")

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
                size = batch_size(self.tree, node.args[0]) if node.args else None
                rows = f"({self.text.read(*value)}) // ({size or 32})"
                self.text.put(*value, f"max(1, {rows})")

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
        today = TODAYS.get(name, name)
        today = getattr(OPTIMIZERS.aliases.get(name), "__name__", today)
        args = tuple(map(self._value, node.args))
        rest, given = by_position(today, args, keywords, self.era)
        given = self._with_todays_rate(today, dict(given))
        if today == "Embedding":
            given.pop("dropout", None)
        shape = given.pop("batch_input_shape", None) or given.pop("batch_shape", None)
        if shape is not None and today in LAYERS.members and today != "InputLayer":
            self.places[id(node)] = f"keras.Input(batch_shape={written(shape)})"
        try:
            _, made = translate(name, dict(given))
        except UserError:
            return
        taken = {*made, *self._fields(today)[: len(rest)]}
        for key, value in DEFAULTS.get(self.era, {}).get(today, {}).items():
            if key in ("learning_rate", "reset_after") and key not in taken:
                made[key] = value
            if key == "recurrent_activation" and key not in taken:
                self.helpers.add("former_hard_sigmoid")
                made[key] = Written("former_hard_sigmoid")
        made.pop("mode", None)
        if not rest and args:  # other places than today's
            return self._write(node, today, made)
        if list(made) != list(keywords) or any(made[k] is not keywords[k] for k in made):
            self._write(node, today, made, rest)

    def _with_todays_rate(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """An optimizer's arguments with `decay` as a schedule, and `clipnorm` as that of all
        gradients, which it was in Keras 1 and 2."""
        if name not in OPTIMIZERS.members:
            return given
        if self.era in ("1", "2") and "clipnorm" in given:
            given["global_clipnorm"] = given.pop("clipnorm")
        decay = given.pop("decay", None)
        if decay is None or written(decay) in ("0", "0.", "0.0"):
            return given
        before = DEFAULTS.get(self.era, {}).get(name, {}).get("learning_rate")
        rate = given.pop("learning_rate", None) or given.pop("lr", None)
        rate = rate or before or OPTIMIZERS.members[name].fields()["learning_rate"].default
        self.wants_keras = True
        schedule = Written(
            f"keras.optimizers.schedules.InverseTimeDecay({written(rate)}, decay_steps=1, "
            f"decay_rate={written(decay)})"
        )
        return {"learning_rate": schedule, **given}

    def _write(self, node: ast.Call, name: str, made: dict[str, Any], rest: tuple = ()) -> None:
        """Write all arguments of a call anew: by position as far as today's order goes."""
        parts = [value.text for value in rest]
        fields = self._fields(name)
        if node.args and not rest:
            made = dict(sorted(made.items(), key=lambda kv: _place(fields, kv[0])))
            while made and fields[len(parts)] == next(iter(made)) and len(parts) < 2:
                parts.append(written(made.pop(next(iter(made)))))
        parts += [f"{key}={written(value)}" for key, value in made.items()]
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
        made: Any = Written(text)
        if isinstance(value, str):
            made = Word(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            made = Number(value)
        made.text = text
        return made


def _place(fields: list[str], name: str) -> int:
    return fields.index(name) if name in fields else len(fields)
