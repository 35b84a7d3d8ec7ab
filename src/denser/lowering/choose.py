"""Which platform programs are compiled for, and what XLA must be told there."""

import functools
from typing import TypeVar

import jax
from jax import lax

_Arrays = TypeVar("_Arrays")

# XLA:CPU's experimental options and what they were worth, in CPU seconds of training (forward),
# on two Xeon cores with jaxlib 0.10.2: together 0.56 (0.64) of the plain time for a small
# convnet, 1.00 (1.00) for the digits perceptron and (0.98) for an LSTM.
_CPU_OPTIONS = {
    # Without this pass the barriers of `keep` live up to code generation.
    "xla_disable_hlo_passes": "cse_barrier_expander",
    # The YNN library does reductions and products well, convolutions badly. With products left
    # to Eigen the perceptron takes 1.13 times as long, the LSTM 1.2 times.
    "xla_cpu_experimental_ynn_fusion_type": (
        "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT,LIBRARY_FUSION_TYPE_REDUCE"
    ),
}


def on_cpu() -> bool:
    """Whether programs are compiled for a CPU."""
    return jax.default_backend() == "cpu"


def compiler_options() -> dict[str, str]:
    """The `compiler_options` of every long program: those that pay and that this jaxlib knows."""
    if not on_cpu():
        return {}
    if _are_known(*_CPU_OPTIONS.items()):
        return dict(_CPU_OPTIONS)
    return {name: value for name, value in _CPU_OPTIONS.items() if _are_known((name, value))}


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
