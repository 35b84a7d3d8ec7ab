"""Script: run a program or a notebook that was written for Keras of any era."""

import ast
import importlib.util
import linecache
import os
import re
import runpy
import sys
import traceback
import types
from pathlib import Path

from .. import settings
from ..core.messages import UserError
from . import notebook
from .era import era_of, eras, reads_channels_first
from .install import install
from .neighbours import numbers
from .neighbours import packages as neighbours
from .notebook import code_of
from .notes import note, notes, report_to

# Names that Python 2 had.
_PYTHON_2 = {"xrange": range, "unicode": str, "raw_input": input, "basestring": str, "long": int}
_FENCED = re.compile(r"^```python\n(.*?)^```", re.M | re.S)  # of a guide
_ON_JAX = re.compile(r"""KERAS_BACKEND["']\]?\s*[,=]\s*["']jax["']""")
_TENSORS = re.compile(r"(?<!cpu\(\))\.numpy\(\)")  # which arrays of JAX's and NumPy's do not have
_ACC = re.compile(r"(?<![A-Za-z0-9])(?:val_)?acc(?![A-Za-z0-9])")


def run(
    script: str,
    arguments: list[str],
    module: bool = False,
    era: str | None = None,
    quiet: bool = False,
    report: str | None = None,
) -> None:
    """Run a script as `python script.py arguments` would, with Keras meaning denser.

    Args:
        script: A `.py` file, a notebook (`.ipynb`: its code, without magics), a guide (`.md`: its
            Python blocks), or a module's name.
        arguments: What the script finds in `sys.argv[1:]`.
        module: Whether `script` is the name of a module, as after `python -m`.
        era: '1', '2', 'tf' or '3'; None: what its text tells.
        quiet: Whether the notes on older names are left out.
        report: A file for what was translated.
    """
    path = _file_of(script) if module else Path(script)
    if not path.is_file():
        raise UserError(f"there is no file '{path}'.")
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if path.suffix == ".ipynb":
        text = code_of(text, str(path))
    elif path.suffix == ".md":
        text = "\n".join(_FENCED.findall(text))
    notes.quiet = quiet
    prepare(text, era)
    if report:
        report_to(report, script, eras.present())
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, os.getcwd() if module else str(path.resolve().parent))
    try:
        if module:
            runpy.run_module(script, run_name="__main__", alter_sys=True)
        else:
            _execute(text, path)
    except Exception as error:  # as Python says it, without the way that led to the script
        traceback.print_exception(error.with_traceback(_from_script(error, str(path))))
        sys.exit(1)


def prepare(text: str, era: str | None = None) -> None:
    """Install what a script of this text needs."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        tree = ast.Module([], [])
    if not os.environ.get("DISPLAY") and not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = "Agg"  # windows cannot open, and a script need not stop for it
    install(era or era_of(tree))
    neighbours.install(text)
    eras.says_acc = bool(_ACC.search(text)) and eras.present() in ("1", "2", "tf")
    eras.on_jax = bool(_ON_JAX.search(text)) and eras.present() == "3"
    if eras.present() != "1" and _TENSORS.search(text):
        importlib.import_module("tensorflow")  # whose Tensors Keras gave unasked
    if eras.present() in ("1", "2") and reads_channels_first(tree):
        settings.set_image_data_format("channels_first")
        note("input_shape=(channels, rows, columns)", "data_format='channels_first'")


def _execute(text: str, path: Path) -> None:
    """Run code as the program."""
    program = types.ModuleType("__main__")
    program.__dict__.update(numbers.names, **_PYTHON_2)
    program.__dict__.update(__file__=str(path), __builtins__=__builtins__)
    if path.suffix == ".ipynb":
        given = {"display": notebook.display, "get_ipython": notebook.get_ipython}
        program.__dict__.update(given)
    sys.modules["__main__"] = program
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    exec(compile(numbers.parse(text, str(path)), str(path), "exec"), program.__dict__)


def _from_script(error: Exception, path: str) -> types.TracebackType | None:
    """The traceback from the first line of the script's on; None for a script that does not
    parse."""
    at = error.__traceback__
    while at is not None and at.tb_frame.f_code.co_filename != path:
        at = at.tb_next
    return at


def _file_of(module: str) -> Path:
    sys.path.insert(0, os.getcwd())
    try:
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.submodule_search_locations:
            spec = importlib.util.find_spec(f"{module}.__main__")
    finally:
        sys.path.pop(0)
    if spec is None or spec.origin is None:
        raise UserError(f"there is no module '{module}'.")
    return Path(spec.origin)
