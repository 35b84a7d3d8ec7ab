"""Importer: `keras`, `tensorflow.keras` and their older module paths resolve to denser.

A Face is a module that hands on what `places` says stands behind its path. The classes are
denser's own, so that `isinstance`, subclassing and saving need nothing more.
"""

import importlib
import importlib.util
import re
import sys
import types
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from ..core.messages import UserError, nearest
from .era import eras
from .notes import note
from .places import GONE, NEIGHBOURS, PLACES, Place

_KERAS = re.compile(
    r"(?:tensorflow\.(?:python\.|contrib\.|compat\.v[12]\.|_api\.v2\.|api\.v2\.)?)?"
    r"(?:keras|tf_keras|keras_core)(?:\.(?:api|src|_tf_keras\.keras|python\.keras))?(?:\.|$)"
)
_INSIDE = ("python.", "core")  # TensorFlow's own modules
_FOLDERS = ("python", "contrib", "compat", "compat.v1", "compat.v2", "_api", "_api.v2")
_PACKAGES = ("keras", "tensorflow", "tf_keras", "keras_core", "keras_preprocessing", *NEIGHBOURS)
_OWN = "denser"  # the package that all sources are in


def place_of(fullname: str) -> str | None:
    """The path below `keras` that a module's full name means, '' for `keras` itself, else None."""
    if fullname.split(".")[0] == "keras_preprocessing":
        return f"preprocessing{fullname.removeprefix('keras_preprocessing')}"
    found = _KERAS.match(fullname)
    return fullname[found.end() :] if found else None


def resolve(target: str) -> Any:
    """What `module:attribute` means, the module below denser."""
    module, _, attribute = target.partition(":")
    if module == "builtins":
        return getattr(importlib.import_module(module), attribute)
    return getattr(_source(module), attribute)


def _source(name: str) -> Any:
    if name in ("", _OWN):
        return importlib.import_module(_OWN)
    return importlib.import_module(f"{_OWN}.{name}")


class Gone:
    """What stands where an older name has no meaning left: using it says why."""

    def __init__(self, why: str):
        self.__dict__["why"] = why

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raise the reason."""
        raise UserError(self.why)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UserError(self.why)


class Face(types.ModuleType):
    """A module under an older path, which finds its names when they are asked for."""

    def __init__(self, path: str, place: Place):
        super().__init__(f"keras.{path}".rstrip("."), f"denser, as keras.{path}.")
        self.__path__: list[str] = []
        self._path, self._place, self._starred = path, place, False

    @property
    def __all__(self) -> list[str]:
        """The names that `from ... import *` takes; it takes all, so that none is worth a note."""
        self._starred = True
        return sorted({*self._place.old, *self._names()})

    def __dir__(self) -> list[str]:
        return sorted({*self._place.old, *self._names(), *self.__dict__})

    def _names(self) -> set[str]:
        """The public names of the sources."""
        found: set[str] = set()
        for source in map(_source, self._place.sources):
            names = getattr(source, "__all__", None) or vars(source)  # without inner modules
            found.update(n for n in names if not isinstance(vars(source).get(n), types.ModuleType))
        return {name for name in found if not name.startswith("_")}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__version__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name == "__version__":
            return eras.version()
        value = self._find(name)
        if not isinstance(value, types.ModuleType):  # the import system sets those itself
            self.__dict__[name] = value
        return value

    def _find(self, name: str) -> Any:
        inner = f"{self._path}.{name}".lstrip(".")
        if inner in PLACES:
            return importlib.import_module(f"keras.{inner}")
        if name in self._place.old:
            target = self._place.old[name]
            today = target.removeprefix("compat.").replace(":", ".")
            if not self._starred and not target.startswith("compat."):
                note(f"{self.__name__}.{name}", f"keras.{today}")
            return resolve(target)
        for source in self._place.sources:
            try:
                return getattr(_source(source), name)
            except AttributeError:
                continue
        if name in GONE:
            return Gone(f"{self.__name__}.{name}: {GONE[name]}")
        raise AttributeError(missing(self, name))


class _FunctionFace(Face):
    """`keras.layers.merge` is a module of Keras 2 and a function of Keras 1."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        note("merge([...], mode=)", "add, multiply, concatenate, dot, ... of keras.layers")
        return resolve("compat.keras.layers:merge")(*args, **kwargs)


def missing(face: Face, name: str) -> str:
    """What to say of a name that no version of Keras has at this path."""
    near = nearest(name, dir(face), 2)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"denser has no {face.__name__}.{name}.{hint}"


class _FaceLoader(Loader):
    """Makes the Face of a path, or gives the module that the path is another name of."""

    def create_module(self, spec: ModuleSpec) -> types.ModuleType | None:
        path = place_of(spec.name)
        if path is None or spec.name != f"keras.{path}".rstrip("."):
            return None  # `exec_module` puts another one in its place
        if path in PLACES:
            return (_FunctionFace if path == "layers.merge" else Face)(path, PLACES[path])
        return Face(path, Place((path,)))

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__spec__.name if module.__spec__ else module.__name__
        path = place_of(name)
        if path is None:
            sys.modules[name] = self._other(name)
        elif name != f"keras.{path}".rstrip("."):
            if name.startswith("tensorflow"):
                eras.meet("tf")
            sys.modules[name] = importlib.import_module(f"keras.{path}".rstrip("."))
        else:
            today = PLACES[path].today if path in PLACES else ""
            if today and path != "layers.merge":
                note(f"keras.{path}", f"keras.{today}")

    def _other(self, name: str) -> Any:
        """A module of the small tensorflow."""
        root, _, rest = name.partition(".")
        if not rest:
            module = importlib.import_module(f"{_OWN}.compat.{root}")
            module.__dict__.setdefault("keras", importlib.import_module("keras"))
            module.install()
            return module
        value = whole = importlib.import_module(root)
        if rest.startswith(_INSIDE):
            return importlib.import_module(f"{_OWN}.compat.tensorflow.inside").inside(name, whole)
        with suppress(ModuleNotFoundError):
            return importlib.import_module(f"{_OWN}.compat.{name}")
        for part in rest.split("."):
            value = getattr(value, part, None)
        if value is None and rest not in _FOLDERS:
            raise ImportError(f"denser's small tensorflow has no {name}.", name=name)
        return value if isinstance(value, types.ModuleType) else _Alias(name, value or whole)


class _Alias(types.ModuleType):
    """A module whose names are the attributes of an object."""

    def __init__(self, name: str, target: Any):
        super().__init__(name)
        self.__path__: list[str] = []
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(self._target, name)

    def __dir__(self) -> list[str]:
        return dir(self._target)


class Finder(MetaPathFinder):
    """Finds the modules of Keras and TensorFlow of every era in denser."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> ModuleSpec | None:
        """The spec of a module that denser stands in for; None for all others."""
        root = fullname.split(".")[0]
        if root not in _PACKAGES:
            return None
        if root in NEIGHBOURS:
            return self._neighbour(root, fullname, path)
        inner = place_of(fullname)
        if inner is not None and inner not in PLACES and not _is_source(inner):
            face, _, name = fullname.rpartition(".")
            raise ImportError(missing(importlib.import_module(face), name), name=fullname)  # type: ignore[arg-type]
        return ModuleSpec(fullname, _FaceLoader(), is_package=True)

    def _neighbour(self, root: str, fullname: str, path: Any) -> None:
        """None where the package is installed, else the error that says what to use."""
        if "." in fullname:
            return
        for finder in sys.meta_path:
            if finder is not self and finder.find_spec(fullname, path) is not None:
                return
        raise ModuleNotFoundError(
            f"{root} runs on TensorFlow and is not part of denser: {NEIGHBOURS[root]}.", name=root
        )


def _is_source(path: str) -> bool:
    """Whether denser has a module of today at this path."""
    if not all(part.isidentifier() and part.islower() for part in path.split(".")):
        return False
    try:
        return importlib.util.find_spec(f"{_OWN}.{path}") is not None
    except ImportError:
        return False
