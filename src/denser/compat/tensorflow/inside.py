"""Inside: `tensorflow.python.*` and `tensorflow.core.*`, TensorFlow's own modules.

Its private modules hold what the public ones do, so a name asked of any of them is looked for in
those; a few have names of their own.
"""

import types
from typing import Any

from ...core.messages import nearest
from . import machine
from .names import Names
from .tape import GradientTape
from .tensor import Tensor

_PLACES = "math nn linalg random image io strings signal data train compat.v1 config".split()
_FIRST = {  # where a module's names are looked for before all others
    "nn": "nn", "nn_ops": "nn", "image_ops": "image", "linalg_ops": "linalg", "gfile": "gfile",
    "tf_logging": "logging", "nest": "nest", "dtypes": "dtypes", "context": "config",
    "random_ops": "random", "string_ops": "strings",
}  # fmt: skip
_GONE = {
    "convert_to_constants": "nothing is kept as TensorFlow's graph; write model.export(path), or "
    "denser.export for ONNX",
    "graph_util": "nothing is kept as TensorFlow's graph; write model.export(path)",
    "freeze_graph": "nothing is kept as TensorFlow's graph; write model.export(path)",
    "importer": "TensorFlow's graphs are not run here; load a .keras or .h5 file",
    "load_library": "custom ops of TensorFlow's are not run here; write them with jax.numpy",
}


def _same(*args: Any, **kwargs: Any) -> Any:
    """A decorator of no effect, whatever it is told."""
    return lambda decorated: decorated


class RegisterGradient:
    """Decorator for the gradient of an operation in a graph; of no effect, as there is no graph.

    Args:
        op_type: What TensorFlow calls the operation.
    """

    def __init__(self, op_type: str):
        self.op_type = op_type

    def __call__(self, function: Any) -> Any:
        """The function."""
        return function


class _Device:
    """A device as `device_lib.list_local_devices` gives it."""

    def __init__(self, device: Any):
        self.device_type = device.device_type
        self.name = f"/device:{device.device_type}:{device.name.rpartition(':')[2]}"
        self.memory_limit, self.physical_device_desc = 0, ""

    def __repr__(self) -> str:
        return f'name: "{self.name}"\ndevice_type: "{self.device_type}"\n'


_OWN: dict[str, Any] = {
    "EagerTensor": Tensor, "Operation": type("Operation", (), {}), "Tensor": Tensor,
    "GradientTape": GradientTape, "executing_eagerly": lambda: True,
    "list_local_devices": lambda *a, **k: [_Device(d) for d in machine.list_physical_devices()],
    "keras_export": _same, "tf_export": _same, "deprecated": _same, "deprecated_args": _same,
    "deprecated_endpoints": _same, "RegisterGradient": RegisterGradient,
}  # fmt: skip


class Inside(types.ModuleType):
    """One of TensorFlow's own modules.

    Args:
        name: Its full name.
        tensorflow: The module `tensorflow`.
    """

    def __init__(self, name: str, tensorflow: Any):
        super().__init__(name, f"denser, as {name}.")
        self.__path__: list[str] = []
        public = [_at(tensorflow, place) for place in _PLACES]
        last = name.rpartition(".")[2]
        first = [_at(tensorflow, _FIRST[last])] if last in _FIRST else []
        self._sources = [*first, Names(name, _OWN), tensorflow, *public]

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            for source in self._sources:
                try:
                    return getattr(source, name)
                except AttributeError:
                    continue
        near = nearest(name, [n for s in self._sources for n in dir(s)], 2)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise AttributeError(f"denser's small tensorflow has no {self.__name__}.{name}.{hint}")


def _at(module: Any, path: str) -> Any:
    for part in path.split("."):
        module = getattr(module, part)
    return module


def inside(name: str, tensorflow: Any) -> Inside:
    """The module of this full name.

    Raises:
        ImportError: for one whose work denser does in another way; it says in which.
    """
    instead = _GONE.get(name.rpartition(".")[2])
    if instead:
        raise ImportError(f"denser's small tensorflow has no {name}: {instead}.", name=name)
    return Inside(name, tensorflow)
