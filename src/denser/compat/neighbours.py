"""Neighbours: what older scripts expect of other packages than Keras, and of a notebook."""

import builtins
import functools
import importlib
import itertools
import os
import pickle
import re
import sys
import types
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

import numpy as np

from .patches import patches

# Names that NumPy had, and what they were names of.
_NUMPY: dict[str, Any] = {
    "int": int, "float": float, "bool": bool, "object": object, "str": str, "long": int,
    "unicode": str, "float_": np.float64, "complex_": np.complex128, "Inf": np.inf,
    "Infinity": np.inf, "NaN": np.nan, "NAN": np.nan, "infty": np.inf, "PINF": np.inf,
    "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any,
    "row_stack": np.vstack, "asscalar": lambda a: np.asarray(a).item(), "round_": np.round,
    "string_": np.bytes_, "unicode_": np.str_, "msort": lambda a: np.sort(a, axis=0),
}  # fmt: skip


def install(text: str) -> None:
    """Give other packages the names that a script of this text may use."""
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)
    missing = {k: v for k, v in _NUMPY.items() if k not in vars(np)}
    patches.put(np, **missing)
    if "pandas" in text and re.search(r"\.as_matrix\(|\.append\(|\.ix\[", text):
        frame = importlib.import_module("pandas").DataFrame
        old = {"as_matrix": lambda self, columns=None: _matrix(self, columns), "append": _append,
               "ix": property(lambda self: self.loc)}  # fmt: skip
        patches.put(
            frame, **{name: value for name, value in old.items() if name not in vars(frame)}
        )
    if "style.use" in text:
        styles = importlib.import_module("matplotlib.style").library
        for name in [name for name in styles if "-v0_8" in name]:
            styles.setdefault(name.replace("-v0_8", ""), styles[name])
    if ".pause(" in text and os.environ.get("MPLBACKEND") == "Agg":  # there is nobody to wait for
        patches.put(importlib.import_module("matplotlib.pyplot"), pause=_nothing)
    if "load_boston" in text:
        patches.put(importlib.import_module("sklearn.datasets"), load_boston=_load_boston)


def uninstall() -> None:
    """Take the stand-ins away; `patches` takes back the rest."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)


def _matrix(frame: Any, columns: Any = None) -> Any:
    return (frame if columns is None else frame[columns]).to_numpy()


def _append(frame: Any, other: Any, ignore_index: bool = False, **kwargs: Any) -> Any:
    pandas = importlib.import_module("pandas")
    if isinstance(other, dict):
        other = pandas.DataFrame([other])
    elif isinstance(other, pandas.Series):
        other = other.to_frame().T
    return pandas.concat([frame, other], ignore_index=ignore_index)


def _load_boston(return_X_y: bool = False) -> Any:
    Bunch = importlib.import_module("sklearn.utils").Bunch
    boston_housing = importlib.import_module("denser.datasets.boston_housing")
    (x, y), (x_more, y_more) = boston_housing.load_data(test_split=0.2)
    x, y = np.concatenate([x, x_more]), np.concatenate([y, y_more])
    names = "CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT".split()
    found = Bunch(data=x, target=y, feature_names=np.array(names), DESCR="Boston housing.")
    return (x, y) if return_X_y else found


# ------------------------------------------------------------------- packages that may be missing


class _Shown:
    """Something a notebook would show: kept, and printed by its text where it is shown."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any):
        self.data = data


def _nothing(*args: Any, **kwargs: Any) -> None:
    """What a notebook's own functions do where there is none."""


def display(*values: Any, **kwargs: Any) -> None:
    """Print what a notebook would show."""
    for value in values:
        if not isinstance(value, _Shown):
            print(value)


class _Shell:
    """What `get_ipython()` gives: every command does nothing."""

    def __bool__(self) -> bool:
        return False  # matplotlib hooks into a shell that is true

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


def get_ipython() -> Any:
    """The notebook's shell, whose commands do nothing here."""
    return _Shell()


_SHOWN = dict.fromkeys(
    ("SVG", "Image", "HTML", "Markdown", "Video", "Audio", "IFrame", "Math", "Latex", "Javascript"),
    _Shown,
)


def _display() -> dict[str, Any]:
    return {
        **_SHOWN,
        "display": display,
        "clear_output": _nothing,
        "set_matplotlib_formats": _nothing,
    }


def _all_of(name: str) -> Callable[[], dict[str, Any]]:
    return lambda: vars(importlib.import_module(name))


def _six() -> dict[str, Any]:
    return {
        "PY2": False, "PY3": True, "string_types": (str,), "integer_types": (int,),
        "text_type": str, "binary_type": bytes,
        "iteritems": lambda d, **kwargs: iter(d.items()),
        "iterkeys": lambda d, **kwargs: iter(d.keys()),
        "itervalues": lambda d, **kwargs: iter(d.values()),
    }  # fmt: skip


def _six_moves() -> dict[str, Any]:
    names = ("range", "zip", "map", "filter", "input")
    return {
        **{name: getattr(builtins, name) for name in names},
        "xrange": range,
        "cPickle": pickle,
        "zip_longest": itertools.zip_longest,
        "reduce": functools.reduce,
    }


_STAND_INS: dict[str, Callable[[], dict[str, Any]]] = {
    "IPython": lambda: {"get_ipython": get_ipython, "version_info": (9, 0, 0)},
    "IPython.display": _display,
    "IPython.core": dict,
    "IPython.core.display": _display,
    "google": dict,
    "google.colab": lambda: {"drive": _Shell(), "files": _Shell(), "output": _Shell()},
    "google.colab.drive": lambda: {"mount": _nothing},
    "google.colab.files": lambda: {"download": _nothing, "upload": dict},
    "six": _six,
    "six.moves": _six_moves,
    "six.moves.urllib": lambda: {"request": importlib.import_module("urllib.request")},
    "six.moves.urllib.request": _all_of("urllib.request"),
    "six.moves.cPickle": _all_of("pickle"),
    "cPickle": _all_of("pickle"),
    "urllib2": _all_of("urllib.request"),
    "sklearn.cross_validation": _all_of("sklearn.model_selection"),
    "sklearn.grid_search": _all_of("sklearn.model_selection"),
    "sklearn.externals": dict,
    "sklearn.externals.joblib": _all_of("joblib"),
    "pandas.tools": dict,
    "pandas.tools.plotting": _all_of("pandas.plotting"),
}


class _StandIn(Loader):
    """Makes a module with the few names that scripts take from a package that is not there."""

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return types.ModuleType(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        names = _STAND_INS[module.__name__]()
        module.__dict__.update({k: v for k, v in names.items() if not k.startswith("__")})


class _LastFinder(MetaPathFinder):
    """Finds stand-ins for modules that nobody else has."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> ModuleSpec | None:
        """The spec of a stand-in, where there is one."""
        if fullname in _STAND_INS:
            return ModuleSpec(fullname, _StandIn(), is_package=True)
        return None


_finder = _LastFinder()
