"""Who is compared, in which interpreter, with which variables of the environment."""

import importlib.metadata
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".bench"  # environments, data and logs; git ignores it

# What pip installs into each environment. denser and Keras on JAX share one, so one JAX.
ENVIRONMENTS = {
    "jax": ("--editable", str(ROOT), "keras"),
    "tensorflow": ("tensorflow-cpu", "keras"),
    "torch": ("torch==2.13.0", "keras"),
    "sklearn": ("scikit-learn",),
}


@dataclass(frozen=True)
class Engine:
    """A library as its users run it.

    Args:
        title: What tables and charts call it.
        environment: The folder below `.bench/` that its interpreter stands in.
        runner: The module in `bench` that drives it.
        library: What it imports; `denser` and `keras` are driven by the same code.
        packages: Whose versions belong to a result.
        backend: Keras's engine.
        only: The workloads it can do at all; none: all.
    """

    title: str
    environment: str
    runner: str
    library: str
    packages: tuple[str, ...]
    backend: str = ""
    only: tuple[str, ...] = ()


ENGINES = {
    "denser": Engine("denser", "jax", "keras_run", "denser", ("denser", "jax")),
    "keras-jax": Engine(
        "Keras (JAX)", "jax", "keras_run", "keras", ("keras", "jax"), backend="jax"
    ),
    "keras-tensorflow": Engine(
        "Keras (TensorFlow)", "tensorflow", "keras_run", "keras", ("keras", "tensorflow-cpu"),
        backend="tensorflow",
    ),
    "keras-torch": Engine(
        "Keras (PyTorch)", "torch", "keras_run", "keras", ("keras", "torch"), backend="torch"
    ),
    "torch": Engine("PyTorch", "torch", "torch_run", "torch", ("torch",)),
    "sklearn": Engine(
        "scikit-learn", "sklearn", "sklearn_run", "sklearn.neural_network", ("scikit-learn",),
        only=("small_mlp",),  # it has neither dropout nor other layers than dense ones
    ),
}  # fmt: skip

# Nothing that a user's shell may have set speeds one engine up or another one down.
_FOREIGN = ("JAX_", "XLA_", "KERAS_", "TF_", "TORCH", "OMP_", "MKL_", "OPENBLAS_", "DENSER_")


def interpreter(engine: Engine) -> str | None:
    """The engine's own interpreter, or this one if it has the packages; None if neither does."""
    own = HOME / engine.environment / "bin" / "python"
    if own.exists():
        return str(own)
    try:
        versions(engine)
    except importlib.metadata.PackageNotFoundError:
        return None
    return sys.executable


def versions(engine: Engine) -> dict[str, str]:
    """The versions of the engine's packages, seen from its interpreter."""
    return {name: importlib.metadata.version(name) for name in engine.packages}


def environment(engine: Engine, home: Path, keeps_programs: bool) -> dict[str, str]:
    """The variables of the engine's process.

    Args:
        home: A folder that takes the place of the user's, for settings and for compiled programs.
        keeps_programs: Whether Keras on JAX may keep compiled programs there, all of them. denser
            does so by itself; Keras has to be told, and here it is.
    """
    kept = {name: v for name, v in os.environ.items() if not name.startswith(_FOREIGN)}
    kept |= {
        "PYTHONPATH": str(ROOT),
        "KERAS_HOME": str(home / "keras"),
        "DENSER_HOME": str(home / "denser"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if engine.backend:
        kept["KERAS_BACKEND"] = engine.backend
    if keeps_programs and engine.backend == "jax":
        kept["JAX_COMPILATION_CACHE_DIR"] = str(home / "programs")
        kept["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    return kept
