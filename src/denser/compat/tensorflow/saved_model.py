"""tf.saved_model: a folder with a Keras model, or with a Module's Variables.

No file holds code: a Module can be loaded again in the process that saved it.
"""

import copy
import os
from collections.abc import Callable
from typing import Any

from ... import models, saving
from ...core.messages import UserError
from ...core.tensor import leaves
from .checkpoints import Checkpoint
from .dtypes import TensorSpec

_MODEL, _VARIABLES = "model.keras", "variables"
_saved: dict[str, tuple[Any, dict[str, Any]]] = {}  # by folder, a copy and its signatures


def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
    """Save a Keras model, or a Module of which this process keeps the code.

    Args:
        obj: The model or Module.
        export_dir: The folder.
        signatures: A function, or functions by name, that the loaded object has in `signatures`.
    """
    folder = os.fspath(export_dir)
    os.makedirs(folder, exist_ok=True)
    if isinstance(obj, models.Model):
        obj.save(os.path.join(folder, _MODEL))
        kept = None
    else:
        Checkpoint(obj).write(os.path.join(folder, _VARIABLES))
        kept = copy.deepcopy(obj)
    named = signatures if isinstance(signatures, dict) else {"serving_default": signatures}
    _saved[os.path.abspath(folder)] = kept, named


def load(export_dir: Any, tags: Any = None, options: Any = None) -> Any:
    """What `save` wrote, with `signatures`.

    Raises:
        UserError: where the folder holds TensorFlow's graphs, or a Module of another process.
    """
    folder = os.fspath(export_dir)
    kept, named = _saved.get(os.path.abspath(folder), (None, {}))
    if os.path.exists(os.path.join(folder, _MODEL)):
        found = saving.load_model(os.path.join(folder, _MODEL))
        named = named or {"serving_default": None}
    elif kept is not None:
        found = copy.deepcopy(kept)
    else:
        raise UserError(
            f"tf.saved_model.load: {folder} holds no model of denser's, nor a Module that this "
            "process saved. TensorFlow's graphs are not run here: export the model from "
            "TensorFlow as .keras or .h5."
        )
    each = {name: Signature(found if f is None else f) for name, f in named.items()}
    found.__dict__["signatures"] = each if kept is None or any(named.values()) else {}
    return found


class Signature:
    """A function of Tensors by name, whose outputs are a dict.

    Args:
        function: A model, or a function of Tensors.
    """

    def __init__(self, function: Callable[..., Any]):
        self.function = function
        self.names = list(getattr(function, "output_names", None) or ())

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The outputs by name."""
        if isinstance(self.function, models.Model):
            given = [*args, *kwargs.values()]
            found = self.function(given[0] if len(given) == 1 else kwargs or list(args))
        else:
            found = self.function(*args, **kwargs)
        if isinstance(found, dict):
            return found
        flat = leaves(found)
        named = self.names if len(self.names) == len(flat) else range(len(flat))
        return {n if isinstance(n, str) else f"output_{n}": t for n, t in zip(named, flat)}  # noqa: B905

    @property
    def structured_outputs(self) -> dict[str, Any]:
        """The form of each output."""
        outputs = getattr(self.function, "outputs", None) or ()
        return {n: TensorSpec(t.shape, t.dtype, n) for n, t in zip(self.names, outputs)}  # noqa: B905

    @property
    def structured_input_signature(self) -> tuple:
        """((), the form of each input)."""
        inputs = getattr(self.function, "inputs", None) or ()
        return (), {t.name: TensorSpec(t.shape, t.dtype, t.name) for t in inputs}


def contains(export_dir: Any) -> bool:
    """Whether `load` finds something there."""
    folder = os.fspath(export_dir)
    return os.path.exists(os.path.join(folder, _MODEL)) or os.path.abspath(folder) in _saved


SAVED_MODEL: dict[str, Any] = {
    "save": save, "load": load, "contains_saved_model": contains,
    "LoadOptions": dict, "SaveOptions": dict,
}  # fmt: skip
