"""Install: let the names, arguments and methods of older versions mean denser, in this process."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..core.messages import UserError
from .era import detect, eras
from .importer import Face, Finder
from .keras import (
    arguments,
    attributes,
    batches,
    files,
    given,
    learnt,
    lenient,
    models,
    recurrent,
    runs,
    surgery,
    symbolic,
    theano,
    training,
)
from .neighbours import packages as neighbours
from .notes import notes
from .patches import patches

_finder = Finder()
_VARIABLE = "DENSER_COMPAT_ERA"  # tells the processes that a script starts
_roots = ("keras", "tensorflow", "tf_keras", "keras_core", "keras_preprocessing")


def install(era: str | None = None) -> None:
    """Let `keras` and `tensorflow.keras` of any era be denser, from the next import on.

    Args:
        era: The era whose defaults hold: '1', '2', 'tf' or '3'; None: what the program's text
            tells, else its imports.

    Raises:
        UserError: where Keras or TensorFlow was imported before.
    """
    if _finder in sys.meta_path:
        eras.set(era or eras.era)
        return
    for root in ("keras", "tensorflow"):
        if root in sys.modules:
            raise UserError(
                f"install: {root} is imported already. Call denser.compat.install() before the "
                f"first import of {root}."
            )
    eras.set(era or _era_of_program())
    os.environ[_VARIABLE] = eras.present()
    sys.meta_path.insert(0, _finder)
    for part in (
        arguments,
        symbolic,
        batches,
        training,
        attributes,
        models,
        files,
        given,
        learnt,
        lenient,
        recurrent,
        runs,
        theano,
        surgery,
    ):
        part.install()


def _era_of_program() -> str | None:
    """The era that the text of the running program tells."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if path is None or not Path(path).is_file():
        return None
    return detect(Path(path).read_text(encoding="utf-8", errors="replace"))


def uninstall() -> None:
    """Take back what `install` did; the modules it gave stay with those who imported them."""
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    os.environ.pop(_VARIABLE, None)
    neighbours.uninstall()
    patches.restore()
    for name in [name for name, module in sys.modules.items() if _is_ours(name, module)]:
        del sys.modules[name]
    eras.set(None)
    eras.says_acc = eras.on_jax = False


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext denser` in a notebook: `install`, told the era by the imports to come."""
    install()


def _is_ours(name: str, module: ModuleType) -> bool:
    return name.split(".")[0] in _roots and (
        isinstance(module, Face) or module.__name__.startswith("denser.")
    )


if os.environ.get(_VARIABLE) and "keras" not in sys.modules:
    notes.quiet = True  # a process that a script of that era started, which has said all
    install(os.environ[_VARIABLE])
