"""The products of Dense and its relatives: any leading axes, one kernel."""

from math import prod

import jax.numpy as jnp
from jax import Array

from . import choose


def matmul(x: Array, kernel: Array) -> Array:
    """`x @ kernel`, with the leading axes of `x` as one on a CPU.

    XLA:CPU makes slower code of the gradients when there are several: training with
    (64, 128, 128) by (128, 384) took 1.5 times as long, (8, 8, 8, 8, 64) by (64, 64) 1.2 times.
    Half types are summed in float32 by XLA itself. Narrow kernels need no rule of their own:
    the weight gradient as (dy^T x)^T gained nothing from 1 to 128 outputs.

    Shapes:
        x: (..., features) -> (..., units)
        kernel: (features, units)
    """
    if x.ndim <= 2 or not choose.on_cpu():
        return jnp.matmul(x, kernel)
    rows = x.reshape(-1, x.shape[-1])
    return (rows @ kernel).reshape(*x.shape[:-1], kernel.shape[-1])


def project(x: Array, kernel: Array, axes: int = 1) -> Array:
    """The product over the last `axes` axes of `x` and as many first ones of the kernel.

    Shapes:
        x: (*leading, *summed) -> (*leading, *new)
        kernel: (*summed, *new)
    """
    if not choose.on_cpu():
        return jnp.tensordot(x, kernel, axes)
    leading, new = x.shape[: x.ndim - axes], kernel.shape[axes:]
    rows = x.reshape(-1, prod(kernel.shape[:axes]))
    return (rows @ kernel.reshape(rows.shape[1], -1)).reshape(*leading, *new)
