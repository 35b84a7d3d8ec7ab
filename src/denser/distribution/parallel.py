"""DataParallel, ModelParallel: which part of data and weights each device has."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from ..core import placement
from ..core.messages import UserError, bad_argument, unknown_argument
from .layout import LayoutMap, TensorLayout
from .mesh import DeviceMesh, list_devices


class Distribution:
    """What says where arrays lie; a subclass says it of weights.

    Args:
        device_mesh: The devices.
        batch_dim_name: The mesh's axis along which the rows of a batch are divided.
        auto_shard_dataset: Whether each of several processes shall read a part of its own.
    """

    def __init__(
        self,
        device_mesh: DeviceMesh,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
    ):
        if not isinstance(device_mesh, DeviceMesh):
            raise bad_argument(self, "device_mesh", "a DeviceMesh", device_mesh)
        batch_dim_name = batch_dim_name or device_mesh.axis_names[0]
        if batch_dim_name not in device_mesh.axis_names:
            expected = f"an axis of the mesh, {', '.join(map(repr, device_mesh.axis_names))}"
            raise bad_argument(self, "batch_dim_name", expected, batch_dim_name)
        self._device_mesh, self._batch_dim_name = device_mesh, batch_dim_name
        self._auto_shard_dataset = auto_shard_dataset

    device_mesh = property(lambda self: self._device_mesh, doc="The devices.")
    batch_dim_name = property(lambda self: self._batch_dim_name, doc="The axis of a batch's rows.")
    auto_shard_dataset = property(
        lambda self: self._auto_shard_dataset, doc="Whether processes read parts of the data."
    )
    num_processes = property(lambda self: jax.process_count(), doc="How many processes there are.")

    @property
    def num_model_replicas(self) -> int:
        """How many copies of the model there are, each with rows of its own."""
        return self.device_mesh.size_of(self.batch_dim_name)

    @property
    def data_shard_id(self) -> int:
        """The number of the part of the data that this process reads."""
        parts = min(self.num_model_replicas, self.num_processes)
        return jax.process_index() * parts // self.num_processes

    def get_data_layout(self, data_shape: Sequence[int | None]) -> TensorLayout:
        """The layout of a batch: its rows are divided."""
        axes = [self.batch_dim_name, *[None] * (len(data_shape) - 1)] if data_shape else []
        return TensorLayout(axes, self.device_mesh)

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """The layout of a Variable: each device has all of it."""
        return TensorLayout([None] * len(variable.shape), self.device_mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout of a layer's output by the path `.../layer/output`; None leaves it to XLA."""
        return None

    def distribute_dataset(self, dataset: Any) -> Any:
        """The data set with the rows for this process: all of them where there is one process.

        Raises:
            UserError: with several processes, if it should be divided.
        """
        if self.num_processes == 1 or not self.auto_shard_dataset:
            return dataset
        raise UserError(
            "distribute_dataset: data sets are not divided among processes. Give each process "
            "its own rows, and `auto_shard_dataset=False`."
        )

    distribute_tf_dataset = distribute_dataset

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Within the `with`, this is the distribution in force."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self.device_mesh!r}>"


class DataParallel(Distribution):
    """Each device has all weights and computes its share of every batch's rows.

    The numbers are those of one device but for the rounding of sums. A batch's rows should be a
    multiple of the devices.

    Args:
        device_mesh: The devices, along one axis; None: `devices`.
        devices: Names as `list_devices` gives them; None: all of them.
        auto_shard_dataset: Whether each of several processes shall read a part of its own.

    Example:
        >>> set_distribution(DataParallel(devices=["cpu:0"]))
        >>> distribution()
        <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>
        >>> set_distribution(None)
    """

    def __init__(
        self,
        device_mesh: DeviceMesh | None = None,
        devices: Sequence[str] | None = None,
        auto_shard_dataset: bool = True,
    ):
        if device_mesh is None:
            names = np.array(list_devices() if devices is None else devices).flatten()
            device_mesh = DeviceMesh(names.shape, ["batch"], list(names))
        elif devices is not None:
            raise bad_argument(self, "devices", "None where `device_mesh` is given", devices)
        super().__init__(device_mesh, None, auto_shard_dataset)
        if len(device_mesh.shape) > 1:
            warnings.warn(
                f"DataParallel: the rows are divided along '{self.batch_dim_name}' alone, the "
                f"first axis of {device_mesh!r}. Give a mesh of one axis.",
                stacklevel=2,
            )


class ModelParallel(Distribution):
    """Weights are divided as a LayoutMap says, and the rows of a batch along one axis of its mesh.

    Weights that no key matches lie on every device. An optimizer's state lies as its weight.

    Args:
        layout_map: Layouts by the Variables' paths.
        batch_dim_name: The mesh's axis for a batch's rows; None: the first one.
        auto_shard_dataset: Whether each of several processes shall read a part of its own.

    Example:
        >>> mesh = DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
        >>> layouts = LayoutMap(mesh)
        >>> layouts[".*dense.*kernel"] = (None, "model")
        >>> ModelParallel(layout_map=layouts).batch_dim_name
        'batch'
    """

    def __init__(
        self,
        *,
        layout_map: LayoutMap | None = None,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
        **kwargs: Any,
    ):
        if not isinstance(layout_map, LayoutMap):
            raise bad_argument(self, "layout_map", "a LayoutMap", layout_map)
        mesh = kwargs.pop("device_mesh", layout_map.device_mesh)  # older scripts give it twice
        if kwargs:
            known = ("layout_map", "batch_dim_name", "auto_shard_dataset")
            raise unknown_argument(self, next(iter(kwargs)), known)
        if mesh != layout_map.device_mesh:
            raise bad_argument(self, "device_mesh", "that of `layout_map`", mesh)
        super().__init__(mesh, batch_dim_name, auto_shard_dataset)
        self._layout_map = layout_map

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """The layout that the map has for the Variable's path, or for its weight's."""
        beside = getattr(variable, "beside", None)
        if beside is not None:
            return self.get_variable_layout(beside)
        return self._layout_map[variable.path] or super().get_variable_layout(variable)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout that the map has for a layer's output."""
        return self._layout_map[path]


def distribution() -> Distribution | None:
    """The distribution in force, or None.

    Example:
        >>> distribution() is None
        True
    """
    return placement.distribution()


def set_distribution(value: Distribution | None) -> None:
    """Let a distribution, or None, say from now on where Variables and batches lie.

    Set it before the model is made: its weights then begin in their places. Those of a model made
    earlier move when it is next trained.

    Example:
        >>> set_distribution(None)
    """
    if value is not None and not isinstance(value, Distribution):
        raise bad_argument(
            "set_distribution", "value", "a Distribution, as DataParallel(), or None", value
        )
    placement.set_distribution(value)
