"""Placement: on which devices arrays lie, as the present distribution says; without one, all lie on
JAX's default device.

`denser.distribution` sets it; whoever makes arrays or programs asks here. A distribution is asked
by Keras's public methods alone, so that a user's own works too.
"""

import warnings
from collections.abc import Iterable
from typing import Any

import jax
from jax.core import Tracer

from .changes import changed
from .messages import UserError


class _Present:
    distribution: Any = None


_present = _Present()


def distribution() -> Any:
    """The distribution in force, or None."""
    return _present.distribution


def set_distribution(value: Any) -> None:
    """Let a distribution (or None) say from now on where arrays lie."""
    changed()
    _present.distribution = value


def everywhere() -> Any:
    """The sharding of data that every device has in whole; None without a distribution."""
    if _present.distribution is None:
        return None
    if jax.process_count() > 1:
        raise UserError(
            "fit, evaluate and predict run on the devices of one process. With several, write the "
            "loop with `model.stateless_call` and jax.make_array_from_process_local_data."
        )
    mesh = _present.distribution.device_mesh.backend_mesh
    return jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())


def settle(variables: Iterable[Any]) -> None:
    """Bring Variables to where the distribution, if there is one, wants them."""
    if _present.distribution is None:
        return
    for variable in variables:
        sharding = _of_variable(variable)
        if variable._value.sharding != sharding:
            with jax.ensure_compile_time_eval():
                variable._value = jax.device_put(variable._value, sharding)


def _of_variable(variable: Any) -> Any:
    layout = _present.distribution.get_variable_layout(variable)
    sharding = layout.backend_layout
    if not _divides(sharding, variable.shape):
        raise UserError(
            f"Variable '{variable.path}': its shape {variable.shape} cannot be divided by the "
            f"layout {tuple(layout.axes)} over {layout.device_mesh!r}. Choose sizes that are "
            "multiples of the mesh's, and at most one entry for each axis."
        )
    return sharding


def _divides(sharding: Any, shape: tuple[int, ...]) -> bool:
    """Whether every device gets an equal part of an array of that shape."""
    try:
        sharding.shard_shape(shape)
    except ValueError:
        return False
    return True


def warn_of_rows(batch_size: int | None) -> None:
    """Say so where batches of so many rows are not divided among the devices."""
    if _present.distribution is None or batch_size is None:
        return
    if _divides(_present.distribution.get_data_layout((batch_size,)).backend_layout, (batch_size,)):
        return
    warnings.warn(
        f"A batch of {batch_size} rows cannot be divided among the devices of "
        f"{_present.distribution.device_mesh!r}: each computes all of it. Choose a batch size "
        "that is a multiple of their number.",
        stacklevel=2,
    )


def split(batch: Any) -> Any:
    """Within a program: nested arrays (rows, ...) with their rows divided among the devices; whole
    where they cannot be, as those of a partial batch."""
    present = _present.distribution
    if present is None:
        return batch

    def one(array: Any) -> Any:
        sharding = present.get_data_layout(array.shape).backend_layout
        fits = _divides(sharding, array.shape)
        return jax.lax.with_sharding_constraint(array, sharding) if fits else array

    return jax.tree.map(one, batch)


def lay_output(path: str, outputs: Any) -> Any:
    """A layer's outputs in the layout that the distribution has for `path`, if any."""
    if _present.distribution is None:
        return outputs
    layout = _present.distribution.get_tensor_layout(path)
    if layout is None:
        return outputs
    return jax.tree.map(lambda x: lay(x, layout.backend_layout), outputs)


def lay(array: Any, sharding: Any) -> Any:
    """An array so divided: moved now, or within a program where it is computed."""
    if isinstance(array, Tracer):
        return jax.lax.with_sharding_constraint(array, sharding)
    return jax.device_put(array, sharding)
