"""DeviceMesh: devices in a grid whose axes have names."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ..core.messages import UserError, bad_argument


def list_devices(device_type: str | None = None) -> list[str]:
    """The devices of a kind, as "cpu:0" or "gpu:1", those of all processes.

    Args:
        device_type: "cpu", "gpu" or "tpu"; None: JAX's default kind.

    Example:
        >>> list_devices("cpu")[0]
        'cpu:0'
    """
    return [_name(device) for device in _devices(device_type)]


def get_device_count(device_type: str | None = None) -> int:
    """The number of devices of a kind, those of all processes.

    Args:
        device_type: "cpu", "gpu" or "tpu"; None: JAX's default kind.

    Example:
        >>> get_device_count() == len(list_devices())
        True
    """
    return len(_devices(device_type))


def _devices(device_type: str | None) -> list[Any]:
    try:
        return jax.devices(device_type.lower() if device_type else None)
    except RuntimeError:
        raise UserError(
            f"There is no device of the type {device_type!r} here; there are "
            f"{', '.join(map(_name, jax.devices()))}."
        ) from None


def _name(device: Any) -> str:
    return f"{device.platform}:{device.id}"


class DeviceMesh:
    """Devices in a grid whose axes have names, for layouts to refer to.

    Args:
        shape: Sizes of the grid: (8,) to divide batches, (4, 2) to divide weights too.
        axis_names: A name for each axis.
        devices: Names of devices as `list_devices` gives them, as many as the grid has places;
            None: all.

    Attributes:
        devices: The names as an array of the grid's shape.
        backend_mesh: The `jax.sharding.Mesh`.

    Example:
        >>> DeviceMesh((1,), ["batch"], ["cpu:0"])
        <DeviceMesh shape=(1,), axis_names=['batch']>
    """

    def __init__(
        self,
        shape: Sequence[int],
        axis_names: Sequence[str],
        devices: Sequence[str] | None = None,
    ):
        if not shape or not axis_names or len(shape) != len(axis_names):
            expected = f"one name for each axis of the shape {shape!r}, at least one"
            raise bad_argument(self, "axis_names", expected, axis_names)
        names = np.array(list_devices() if devices is None else devices).flatten()
        if math.prod(shape) != len(names):
            expected = f"{math.prod(shape)} devices, as the shape {tuple(shape)} has places"
            raise bad_argument(self, "devices", expected, names.tolist())
        self._shape, self._axis_names = shape, axis_names
        self._devices = names.reshape(shape)
        known = {_name(d): d for kind in {n.split(":")[0] for n in names} for d in _devices(kind)}
        for name in names:
            if name not in known:
                raise bad_argument(self, "devices", f"names among {', '.join(known)}", str(name))
        found = np.array([known[name] for name in names]).reshape(shape)
        self._backend_mesh = jax.sharding.Mesh(found, tuple(axis_names))

    shape = property(lambda self: self._shape, doc="Sizes of the grid.")
    axis_names = property(lambda self: self._axis_names, doc="The name of each axis.")
    devices = property(lambda self: self._devices, doc="The devices' names in the grid.")
    backend_mesh = property(lambda self: self._backend_mesh, doc="The `jax.sharding.Mesh`.")

    def size_of(self, axis_name: str) -> int:
        """How many devices lie along an axis."""
        return self.backend_mesh.shape[axis_name]

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, DeviceMesh) and self.backend_mesh == other.backend_mesh

    def __hash__(self) -> int:
        return hash(self.backend_mesh)
