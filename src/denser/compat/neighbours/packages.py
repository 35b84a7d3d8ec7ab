"""Neighbours: what older scripts expect of other packages than Keras, and of a notebook."""

import builtins
import collections
import collections.abc
import fractions
import functools
import importlib
import inspect
import itertools
import math
import os
import pickle
import sys
import time
import types
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

import jax
import numpy as np

from ...core.variable import Variable
from ..importer import Gone
from ..notebook import Shell, Shown, display, get_ipython, nothing, registered
from ..patches import patches
from ..places import NEIGHBOURS
from . import contrib, frames, learn, pictures

# Names that NumPy had, and what they were names of.
_NUMPY: dict[str, Any] = {
    "int": int, "float": float, "bool": bool, "object": object, "str": str, "long": int,
    "unicode": str, "float_": np.float64, "complex_": np.complex128, "Inf": np.inf,
    "Infinity": np.inf, "NaN": np.nan, "NAN": np.nan, "infty": np.inf, "PINF": np.inf,
    "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any,
    "row_stack": np.vstack, "asscalar": lambda a: np.asarray(a).item(), "round_": np.round,
    "asfarray": lambda a, dtype=float: np.asarray(a, dtype), "trapz": np.trapezoid,
    "in1d": np.isin, "mat": np.asmatrix, "rank": np.ndim, "string_": np.bytes_,
    "unicode_": np.str_, "msort": lambda a: np.sort(a, axis=0),
}  # fmt: skip


def install(text: str) -> None:
    """Give other packages the names that a script of this text may use."""
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)
    _let_programs_take_variables()
    missing = {k: v for k, v in _NUMPY.items() if k not in vars(np)}
    patches.put(np, **missing)
    _let_python_be_older(text)
    if "pandas" in text:
        frames.install()
    if "sklearn" in text:
        learn.install()
    if "style.use" in text:
        styles = importlib.import_module("matplotlib.style").library
        for name in [name for name in styles if "-v0_8" in name]:
            styles.setdefault(name.replace("-v0_8", ""), styles[name])
    if ".pause(" in text and os.environ.get("MPLBACKEND") == "Agg":  # there is nobody to wait for
        patches.put(importlib.import_module("matplotlib.pyplot"), pause=nothing)
    if "scipy" in text:
        misc = importlib.import_module("scipy.misc")
        patches.put(misc, **{k: v for k, v in pictures.names().items() if k not in vars(misc)})
    if "load_boston" in text:
        patches.put(importlib.import_module("sklearn.datasets"), load_boston=_load_boston)


@functools.cache
def _let_programs_take_variables() -> None:
    """`jax.jit(f)(model.trainable_variables)`: `f` gets the arrays, as JAX once did by itself."""
    jax.tree_util.register_pytree_node(Variable, lambda v: ((v.raw,), None), lambda _, x: x[0])


def uninstall() -> None:
    """Take the stand-ins away; `patches` takes back the rest."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)


def _let_python_be_older(text: str) -> None:
    """Names that left Python's own modules, and Pillow's."""
    patches.put(time, clock=time.perf_counter)
    missing = set(collections.abc.__all__) - set(vars(collections))
    patches.put(collections, **{name: getattr(collections.abc, name) for name in missing})
    arguments = collections.namedtuple("ArgSpec", ("args", "varargs", "keywords", "defaults"))
    of_function = inspect.getfullargspec
    patches.put(inspect, getargspec=lambda function: arguments(*of_function(function)[:4]))
    patches.put(fractions, gcd=math.gcd)
    if "ANTIALIAS" in text:
        image = importlib.import_module("PIL.Image")
        patches.put(image, ANTIALIAS=image.LANCZOS)


def _load_boston(return_X_y: bool = False) -> Any:
    Bunch = importlib.import_module("sklearn.utils").Bunch
    boston_housing = importlib.import_module("denser.datasets.boston_housing")
    (x, y), (x_more, y_more) = boston_housing.load_data(test_split=0.2)
    x, y = np.concatenate([x, x_more]), np.concatenate([y, y_more])
    names = "CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT".split()
    found = Bunch(data=x, target=y, feature_names=np.array(names), DESCR="Boston housing.")
    return (x, y) if return_X_y else found


# ------------------------------------------------------------------- packages that may be missing


_SHOWN = dict.fromkeys(
    ("SVG", "Image", "HTML", "Markdown", "Video", "Audio", "IFrame", "Math", "Latex", "Javascript"),
    Shown,
)


def _display() -> dict[str, Any]:
    return {
        **_SHOWN,
        "display": display,
        "clear_output": nothing,
        "set_matplotlib_formats": nothing,
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


def _theano() -> dict[str, Any]:
    """What a script may say of an engine that it then does not call."""
    config = types.SimpleNamespace(floatX="float32", device="cpu", optimizer="fast_run")
    refused = Gone(f"theano is no part of denser: {NEIGHBOURS['theano']}.")
    names = ("function", "shared", "scan", "grad", "tensor", "printing", "sandbox")
    streams = dict.fromkeys(("RandomStreams", "MRG_RandomStreams"), lambda seed=None: refused)
    return {"config": config, **dict.fromkeys(names, refused), **streams}


_STAND_INS: dict[str, Callable[[], dict[str, Any]]] = {
    **contrib.modules,
    "IPython": lambda: {"get_ipython": get_ipython, "version_info": (9, 0, 0)},
    "IPython.display": _display,
    "IPython.core": dict,
    "IPython.core.display": _display,
    "IPython.core.magic": lambda: dict.fromkeys(
        ("register_cell_magic", "register_line_magic", "register_line_cell_magic"), registered
    ),
    "google": dict,
    "google.colab": lambda: {"drive": Shell(), "files": Shell(), "output": Shell()},
    "google.colab.drive": lambda: {"mount": nothing},
    "google.colab.files": lambda: {"download": nothing, "upload": dict},
    "six": _six,
    "six.moves": _six_moves,
    "six.moves.urllib": lambda: {"request": importlib.import_module("urllib.request")},
    "six.moves.urllib.request": _all_of("urllib.request"),
    "six.moves.cPickle": _all_of("pickle"),
    "cPickle": _all_of("pickle"),
    "scipy.misc": pictures.names,
    "theano": _theano,
    **dict.fromkeys(
        (
            "theano.tensor",
            "theano.tensor.shared_randomstreams",
            "theano.sandbox",
            "theano.sandbox.rng_mrg",
        ),
        _theano,
    ),
    "urllib2": _all_of("urllib.request"),
    "sklearn.cross_validation": learn.cross_validation,
    "sklearn.grid_search": learn.grid_search,
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
