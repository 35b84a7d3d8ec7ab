"""Notebook: the code of its cells as one program, and the shell and displays that it expects."""

import ast
import json
import re
import sys
from collections.abc import Callable
from typing import Any

from ..core.messages import UserError
from .notes import note

_MAGIC = re.compile(r"^\s*(?:%(?! )|[!?]|\w+\s*=\s*[%!])|^% |^\s*[\w.]+\?{1,2}\s*$")
_OWN_MAGIC = re.compile(r"^@register_cell_magic\b.*\n+def (\w+)", re.M)


def code_of(text: str, name: str) -> str:
    """The code of a notebook's cells as one program; magics become comments, those that the
    notebook defines calls."""
    try:
        notebook: Any = json.loads(text)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
    except (ValueError, KeyError, IndexError, TypeError):
        raise UserError(f"run: '{name}' is not a notebook.") from None
    sources = [
        "".join(cell.get("source", cell.get("input", "")))
        for cell in cells
        if cell.get("cell_type") == "code"
    ]
    own = {magic for source in sources for magic in _OWN_MAGIC.findall(source)}
    return "\n\n".join(without_magics(source, own) for source in sources) + "\n"


def without_magics(source: str, own: set[str] | None = None) -> str:
    """A cell's code with the notebook's own commands as comments, and as calls of functions those
    of these names."""
    if source.lstrip()[:2] == "%%":
        first, _, rest = source.lstrip().partition("\n")
        kind, _, line = first[2:].partition(" ")
        if kind in ("time", "timeit", "capture"):
            return without_magics(rest, own)
        if kind in (own or ()):
            return f"{kind}({line.strip()!r}, {rest!r})"
        note(f"%%{kind} in a notebook", "a comment")
        return "".join(f"# {line}\n" for line in source.splitlines())
    if _is_python(source):  # a line of an expression too may begin with %
        return source
    lines = []
    for line in source.splitlines():
        if _MAGIC.match(line):
            command = line.split()[0] if line.split() else line
            if command not in ("%matplotlib", "%pylab", "%reload_ext", "%load_ext", "%autoreload"):
                note(f"{command} in a notebook", "a comment")
            indent = line[: len(line) - len(line.lstrip())]
            line = f"{indent}pass  # {line.strip()}"
        lines.append(line)
    return "\n".join(lines)


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


# --------------------------------------------------------------------- what a notebook's code calls


class Shown:
    """Something a notebook would show: kept, and left out where it is shown."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any):
        self.data = data


def nothing(*args: Any, **kwargs: Any) -> None:
    """What a notebook's own functions do where there is none."""


def display(*values: Any, **kwargs: Any) -> None:
    """Print what a notebook would show."""
    for value in values:
        if not isinstance(value, Shown):
            print(value)


def registered(function: Any) -> Any:
    """The function that a notebook makes a magic: `code_of` calls it by its name."""
    return function if callable(function) else registered


class Shell:
    """What `get_ipython()` gives: it runs a cell's code, and every other command does nothing."""

    def __bool__(self) -> bool:
        return False  # matplotlib hooks into a shell that is true

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return nothing

    def run_cell(self, source: str, *args: Any, **kwargs: Any) -> None:
        """Run code as a cell of the notebook."""
        exec(compile(without_magics(source), "<cell>", "exec"), vars(sys.modules["__main__"]))


def get_ipython() -> Any:
    """The notebook's shell."""
    return Shell()
