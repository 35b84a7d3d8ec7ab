"""Who is compared, in which interpreter, with which variables of the environment."""

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".bench"  # environments, data and logs; git ignores it

# What pip installs into each environment. denser and Keras on JAX share one, so one JAX.
# PyPI's torch for Linux carries CUDA, 2 GB of it; PyTorch's own index has it without.
ENVIRONMENTS = {
    "jax": ("--editable", str(ROOT), "keras"),
    "tensorflow": ("tensorflow-cpu", "keras"),
    "torch": (
        "torch==2.13.0", "keras", "--extra-index-url", "https://download.pytorch.org/whl/cpu"
    ),
    "sklearn": ("scikit-learn",),
}  # fmt: skip
GPU_ENVIRONMENTS = ENVIRONMENTS | {
    "jax": ("--editable", f"{ROOT}[cuda]", "keras"),
    "tensorflow": ("tensorflow[and-cuda]", "keras"),
    "torch": ("torch==2.13.0", "keras"),
}


@dataclass(frozen=True)
class Engine:
    """A library as its users run it.

    Args:
        title: What tables and charts call it.
        environment: The folder below `.bench/` that its interpreter stands in.
        runner: The module in `bench` that drives it.
        library: What it imports; `denser` and `keras` are driven by the same code.
        packages: Whose versions belong to a result, as far as they are installed.
        backend: Keras's engine.
        workloads, measures: The only ones that it can do; none: all.
        peer: Whether its figures count when the best of the others is looked for.
        copies: How often the data lie in memory: the user's, and those it keeps on the device.
    """

    title: str
    environment: str
    runner: str
    library: str
    packages: tuple[str, ...]
    backend: str = ""
    workloads: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    peer: bool = True
    copies: int = 1

    def does(self, workload: str, measure: str) -> bool:
        """Whether it can be measured so."""
        return all(
            not able or name in able
            for name, able in ((workload, self.workloads), (measure, self.measures))
        )


ENGINES = {
    "denser": Engine(
        "denser", "jax", "keras_run", "denser", ("denser", "jax"), peer=False, copies=2
    ),
    "keras-jax": Engine(
        "Keras (JAX)", "jax", "keras_run", "keras", ("keras", "jax"), backend="jax"
    ),
    "keras-tensorflow": Engine(
        "Keras (TensorFlow)", "tensorflow", "keras_run", "keras",
        ("keras", "tensorflow", "tensorflow-cpu"), backend="tensorflow",
    ),
    "keras-torch": Engine(
        "Keras (PyTorch)", "torch", "keras_run", "keras", ("keras", "torch"), backend="torch"
    ),
    "torch": Engine("PyTorch", "torch", "torch_run", "torch", ("torch",)),
    "sklearn": Engine(
        "scikit-learn", "sklearn", "sklearn_run", "sklearn", ("scikit-learn",),
        workloads=("small_mlp",),  # it has neither dropout nor other layers than dense ones
    ),
    "bare": Engine(
        "bare `jax.jit`", "jax", "bare_run", "denser", ("jax",), peer=False,
        workloads=("digits_mlp", "small_mlp"), measures=("predict_one",),
    ),
}  # fmt: skip


class Job(NamedTuple):
    """What a process is there for.

    Args:
        engine, workload: Keys of `ENGINES` and `WORKLOADS`.
        folder: Where the data lie.
        device: "cpu" or "gpu".
        precision: "float32" or "mixed_bfloat16".
    """

    engine: str
    workload: str
    folder: Path
    device: str = "cpu"
    precision: str = "float32"


# Nothing that a user's shell may have set speeds one engine up or another one down. (Without
# byte code kept, denser, which pip did not compile when it installed its sources, starts slower.)
_FOREIGN = (
    "JAX_", "XLA_", "KERAS_", "TF_", "TORCH", "OMP_", "MKL_", "OPENBLAS_", "DENSER_", "PYTHON",
)  # fmt: skip

_DEVICE = {
    "cpu": {"CUDA_VISIBLE_DEVICES": ""},
    "gpu": {  # the residents share its memory
        "JAX_PLATFORMS": "cuda",
        "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    },
}


def interpreter(engine: Engine) -> str | None:
    """The engine's own interpreter, or this one if it has the libraries; None if neither does."""
    own = HOME / engine.environment / "bin" / "python"
    if own.exists():
        return str(own)
    libraries = filter(None, (engine.library, engine.backend))
    here = all(importlib.util.find_spec(library) for library in libraries)
    return sys.executable if here else None


def environment(
    engine: Engine, home: Path, keeps_programs: bool, device: str = "cpu"
) -> dict[str, str]:
    """The variables of the engine's process.

    Args:
        home: A folder that takes the place of the user's, for settings and for compiled programs.
        keeps_programs: Whether Keras on JAX may keep compiled programs there, all of them. denser
            does so by itself; Keras has to be told, and here it is.
        device: "cpu" hides GPUs from every engine; with "gpu" JAX must find one.
    """
    kept = {name: v for name, v in os.environ.items() if not name.startswith(_FOREIGN)}
    kept |= {
        "PYTHONPATH": str(ROOT),
        "KERAS_HOME": str(home / "keras"),
        "DENSER_HOME": str(home / "denser"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    kept |= _DEVICE[device]
    if engine.backend:
        kept["KERAS_BACKEND"] = engine.backend
    if keeps_programs and engine.backend == "jax":
        kept["JAX_COMPILATION_CACHE_DIR"] = str(home / "programs")
        kept["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    return kept
