"""TensorLayout: which axes of an array are divided along which axes of a mesh, by path."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import jax

from ..core import placement
from ..core.messages import UserError, bad_argument
from ..core.tensor import is_keras_tensor
from .mesh import DeviceMesh


class TensorLayout:
    """For each axis of an array the axis of a mesh along which it is divided, or None.

    Args:
        axes: Names of the mesh's axes; None where the array is not divided.
        device_mesh: The mesh; it may be given later, once.

    Example:
        >>> mesh = DeviceMesh((1,), ["model"], ["cpu:0"])
        >>> tuple(TensorLayout((None, "model"), mesh).backend_layout.spec)
        (None, 'model')
    """

    def __init__(self, axes: Sequence[str | None], device_mesh: DeviceMesh | None = None):
        self._axes, self._device_mesh = tuple(axes), device_mesh
        self._check()

    def _check(self) -> None:
        known = self._device_mesh.axis_names if self._device_mesh is not None else self._axes
        if any(axis is not None and axis not in known for axis in self._axes):
            expected = f"made of None and the mesh's axes {', '.join(map(repr, known))}"
            raise bad_argument(self, "axes", expected, self._axes)

    @property
    def axes(self) -> tuple[str | None, ...]:
        """The mesh's axis, or None, for each axis of the array."""
        return self._axes

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh, or None as long as it is not known."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh: DeviceMesh) -> None:
        if self._device_mesh is not None:
            raise UserError(f"TensorLayout: it has a mesh already: {self._device_mesh!r}.")
        self._device_mesh = device_mesh
        self._check()

    @property
    def backend_layout(self) -> jax.sharding.NamedSharding:
        """The `jax.sharding.NamedSharding`."""
        if self._device_mesh is None:
            raise UserError("TensorLayout: it has no mesh yet. Set `device_mesh`.")
        spec = jax.sharding.PartitionSpec(*self._axes)
        return jax.sharding.NamedSharding(self._device_mesh.backend_mesh, spec)

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh!r}>"


class LayoutMap(MutableMapping):
    """Layouts by path: a key is a regular expression that must match the whole path.

    Weights go by `variable.path`, a layer's output by its path and `/output`.

    Args:
        device_mesh: The mesh of layouts that are written as tuples of axis names.

    Raises:
        UserError: where two keys match a path.

    Example:
        >>> layouts = LayoutMap(DeviceMesh((1,), ["model"], ["cpu:0"]))
        >>> layouts[".*dense.*kernel"] = (None, "model")
        >>> layouts["net/dense_1/kernel"].axes
        (None, 'model')
    """

    def __init__(self, device_mesh: DeviceMesh):
        self._device_mesh, self._layouts = device_mesh, {}

    device_mesh = property(lambda self: self._device_mesh, doc="The mesh of its layouts.")

    def __getitem__(self, key: str) -> TensorLayout | None:
        """The layout of this key or of the expression that matches it; None where none does."""
        if key in self._layouts:
            return self._layouts[key]
        found = [pattern for pattern in self._layouts if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise UserError(
                f"LayoutMap: '{key}' is matched by several keys: {', '.join(map(repr, found))}. "
                "Make them exclude each other."
            )
        return self._layouts[found[0]] if found else None

    def __setitem__(self, key: str, layout: TensorLayout | Sequence[str | None]) -> None:
        if key in self._layouts:
            raise UserError(f"LayoutMap: it has the key '{key}' already; delete that one first.")
        if isinstance(layout, (tuple, list)):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise bad_argument(self, key, "a TensorLayout or a tuple of axis names", layout)
        if layout.device_mesh is None:
            layout.device_mesh = self._device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key: str) -> None:
        del self._layouts[key]

    def __contains__(self, key: object) -> bool:
        return key in self._layouts

    def __len__(self) -> int:
        return len(self._layouts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layouts)

    def get(self, key: str, default: Any = None) -> Any:
        """The layout for a path, `default` where no key matches."""
        layout = self[key]
        return default if layout is None else layout


def distribute_tensor(tensor: Any, layout: Any) -> Any:
    """The tensor divided as a layout says, also within a compiled function.

    Args:
        tensor: An array; a KerasTensor comes back as it is.
        layout: A TensorLayout, or a sharding of JAX's.

    Example:
        >>> layout = TensorLayout(("batch", None), DeviceMesh((1,), ["batch"], ["cpu:0"]))
        >>> tuple(distribute_tensor(np.ones((4, 2)), layout).sharding.spec)
        ('batch', None)
    """
    if is_keras_tensor(tensor):
        return tensor
    return placement.lay(
        getattr(tensor, "value", tensor), getattr(layout, "backend_layout", layout)
    )
