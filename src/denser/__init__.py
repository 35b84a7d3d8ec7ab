"""denser: the API that Keras's users know, on one engine, JAX/XLA.

    import denser
    from denser.layers import Dense

    model = denser.Sequential([Dense(64, "relu", input_shape=(8,)), Dense(1)])
    model.compile("adam", "mse")

This module only hands names on; what stands behind them is loaded when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:  # the same names for editors, which do not run `__getattr__`
    from . import (
        activations,
        applications,
        backend,
        callbacks,
        compat,
        config,
        constraints,
        datasets,
        distillation,
        distribution,
        dtype_policies,
        errors,
        export,
        initializers,
        layers,
        legacy,
        losses,
        metrics,
        mixed_precision,
        models,
        ops,
        optimizers,
        preprocessing,
        quantizers,
        random,
        regularizers,
        saving,
        training,
        tree,
        utils,
        visual,
        visualization,
        wrappers,
    )  # fmt: skip
    from .compat.install import load_ipython_extension
    from .core.dtype import DTypePolicy
    from .core.function import Function
    from .core.remat import RematScope, remat
    from .core.scopes import StatelessScope, SymbolicScope, device
    from .core.tensor import KerasTensor
    from .core.variable import Variable, name_scope
    from .dtype_policies import FloatDTypePolicy
    from .initializers import Initializer
    from .layers import Input, InputSpec, Layer
    from .layers.operation import Operation
    from .losses import Loss
    from .metrics import Metric
    from .models import Model, Sequential
    from .optimizers import Optimizer
    from .quantizers import Quantizer
    from .regularizers import Regularizer

_MODULES = (
    "activations", "applications", "backend", "callbacks", "compat", "config", "constraints",
    "datasets", "distillation", "distribution", "dtype_policies", "errors", "export",
    "initializers", "layers", "legacy", "losses", "metrics", "mixed_precision", "models", "ops",
    "optimizers", "preprocessing", "quantizers", "random", "regularizers", "saving", "training",
    "tree", "utils", "visual", "visualization", "wrappers",
)  # fmt: skip
_NAMES = {
    "DTypePolicy": "core.dtype",
    "FloatDTypePolicy": "dtype_policies",
    "Function": "core.function",
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "core.tensor",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Operation": "layers.operation",
    "Optimizer": "optimizers",
    "Quantizer": "quantizers",
    "Regularizer": "regularizers",
    "RematScope": "core.remat",
    "Sequential": "models",
    "StatelessScope": "core.scopes",
    "SymbolicScope": "core.scopes",
    "Variable": "core.variable",
    "device": "core.scopes",
    "load_ipython_extension": "compat.install",
    "name_scope": "core.variable",
    "remat": "core.remat",
}

__all__ = ["__version__", "version", *_MODULES, *_NAMES]  # type: ignore[reportUnsupportedDunderAll]


def version() -> str:
    """denser's version, as '0.1.0'."""
    return __version__


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
