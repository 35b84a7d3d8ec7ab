"""Which platform programs are compiled for, and what XLA must be told there."""

import ctypes
import functools
import os
from collections.abc import Callable
from typing import Any, TypeVar

import jax
from jax import lax
from jax.extend.core import ClosedJaxpr, Jaxpr

_Arrays = TypeVar("_Arrays")

# XLA:CPU's experimental options and what they were worth, in CPU seconds of training (forward),
# on two Xeon cores with jaxlib 0.10.2: together 0.56 (0.64) of the plain time for a small
# convnet, 1.00 (1.00) for the digits perceptron and (0.98) for an LSTM.
_CPU_OPTIONS = {
    # Without the first pass the barriers of `keep` live up to code generation. The second hands
    # loops of less than a kilobyte to a generator that knows no barriers.
    "xla_disable_hlo_passes": "cse_barrier_expander,small-while-loop-hoisting",
    # The YNN library does reductions and products well, convolutions badly. With products left
    # to Eigen the perceptron takes 1.02 to 1.13 times as long.
    "xla_cpu_experimental_ynn_fusion_type": (
        "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT,LIBRARY_FUSION_TYPE_REDUCE"
    ),
    # More parts than cores only repeat work: 32, the default, took 1.1 to 1.3 times as long to
    # compile on two cores. (Lower levels of optimization saved nothing before level 0, whose
    # programs are three to five times as slow.)
    "xla_cpu_parallel_codegen_split_count": str(2 * (os.cpu_count() or 1)),
}

# Products of a few hundred rows in a loop are Eigen's: training of an LSTM (128 units, samples)
# takes 0.82 to 0.9 of the time that it takes with YNN's.
_CPU_OPTIONS_OF_RECURRENCES = {
    "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE",
}


def on_cpu() -> bool:
    """Whether programs are compiled for a CPU."""
    return jax.default_backend() == "cpu"


def compiled(run: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """`jax.jit(run, **options)`, with the compiler options that suit what `run` turns out to do.

    It is looked at when first called, and traced that one time.
    """
    if not on_cpu():
        return jax.jit(run, **options)

    @functools.cache
    def programs(recurrent: bool) -> Callable[..., Any]:
        return jax.jit(run, compiler_options=compiler_options(recurrent), **options)

    chosen: list[Callable[..., Any]] = []

    def call(*args: Any) -> Any:
        if chosen:
            return chosen[0](*args)
        chosen.append(programs(_has_recurrence(programs(False).trace(*args).jaxpr.jaxpr)))
        result = chosen[0](*args)
        _give_back_memory()
        return result

    return call


def _give_back_memory() -> None:
    """Hand what the compiler has freed back to the system, where the C library keeps it.

    Without it, the peak of a small convnet's process was 460 to 490 MiB, not 360.
    """
    trim = getattr(ctypes.pythonapi, "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)


def _has_recurrence(jaxpr: Jaxpr, in_scan: bool = False) -> bool:
    """Whether there is a product of matrices within a scan."""
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        if in_scan and name == "dot_general":
            return True
        for part in jax.tree.leaves(list(equation.params.values())):
            inner = part.jaxpr if isinstance(part, ClosedJaxpr) else part
            if isinstance(inner, Jaxpr) and _has_recurrence(inner, in_scan or name == "scan"):
                return True
    return False


def compiler_options(recurrent: bool = False) -> dict[str, str]:
    """The `compiler_options` of every long program: those that pay and that this jaxlib knows.

    Args:
        recurrent: Whether most of its work is in the steps of recurrent layers.
    """
    if not on_cpu():
        return {}
    wanted = _CPU_OPTIONS | (_CPU_OPTIONS_OF_RECURRENCES if recurrent else {})
    if _are_known(*wanted.items()):
        return wanted
    return {name: value for name, value in wanted.items() if _are_known((name, value))}


@functools.cache
def _are_known(*options: tuple[str, str]) -> bool:
    """Whether XLA takes the options, asked with a program of one constant (about 15 ms)."""
    try:
        jax.jit(lambda: 0).lower().compile(compiler_options=dict(options))
    except jax.errors.JaxRuntimeError:
        return False
    return True


def keep(x: _Arrays) -> _Arrays:
    """`x`, an array or a tree of arrays, held in memory here on a CPU, and its gradient too.

    XLA:CPU fuses a producer into each of its consumers, where it is computed again. An
    activation that both the next layer and the gradient read is better kept. On other
    platforms XLA knows best.
    """
    return lax.optimization_barrier(x) if on_cpu() else x
