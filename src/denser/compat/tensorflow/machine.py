"""tf.config, tf.distribute and tf.test: devices, and strategies on one machine."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import jax

from ...core.messages import UserError
from . import arrays, maths
from .function import functions_run_eagerly, run_functions_eagerly


class Device:
    """A device of this machine."""

    def __init__(self, name: str, device_type: str):
        self.name, self.device_type = name, device_type

    def __repr__(self) -> str:
        return f"PhysicalDevice(name='{self.name}', device_type='{self.device_type}')"


def list_physical_devices(device_type: str | None = None) -> list[Device]:
    """The CPU, and the GPUs that JAX sees; of one type, or all."""
    found = [Device("/physical_device:CPU:0", "CPU")]
    kinds = {"gpu": "GPU", "cuda": "GPU", "rocm": "GPU", "tpu": "TPU"}
    for number, device in enumerate(jax.devices()):
        if device.platform in kinds:
            kind = kinds[device.platform]
            found.append(Device(f"/physical_device:{kind}:{number}", kind))
    return [d for d in found if device_type in (None, d.device_type)]


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Of no effect: JAX looks after it."""


class _Threading:
    get_inter_op_parallelism_threads = staticmethod(lambda: 0)
    get_intra_op_parallelism_threads = staticmethod(lambda: 0)
    set_inter_op_parallelism_threads = staticmethod(_nothing)
    set_intra_op_parallelism_threads = staticmethod(_nothing)


class _Optimizer:
    set_jit = staticmethod(_nothing)
    set_experimental_options = staticmethod(_nothing)


class _Experimental:
    list_physical_devices = staticmethod(list_physical_devices)
    list_logical_devices = staticmethod(list_physical_devices)
    set_memory_growth = set_visible_devices = staticmethod(_nothing)
    set_virtual_device_configuration = enable_op_determinism = staticmethod(_nothing)
    enable_tensor_float_32_execution = set_synchronous_execution = staticmethod(_nothing)
    get_memory_info = staticmethod(lambda device: {"current": 0, "peak": 0})

    class VirtualDeviceConfiguration:
        """How much memory a part of a device has."""

        def __init__(self, memory_limit: Any = None, **kwargs: Any):
            self.memory_limit = memory_limit


CONFIG: dict[str, Any] = {
    "list_physical_devices": list_physical_devices, "list_logical_devices": list_physical_devices,
    "get_visible_devices": list_physical_devices, "set_visible_devices": _nothing,
    "set_logical_device_configuration": _nothing, "set_soft_device_placement": _nothing,
    "get_soft_device_placement": lambda: True, "run_functions_eagerly": run_functions_eagerly,
    "experimental_run_functions_eagerly": run_functions_eagerly,
    "functions_run_eagerly": functions_run_eagerly, "threading": _Threading,
    "optimizer": _Optimizer, "experimental": _Experimental,
    "LogicalDeviceConfiguration": _Experimental.VirtualDeviceConfiguration,
    "experimental_connect_to_cluster": _nothing,
}  # fmt: skip


class ReduceOp:
    """How values of several replicas become one."""

    SUM, MEAN = "SUM", "MEAN"


class Strategy:
    """Training on this machine; several devices are used through `denser.distribution`."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.num_replicas_in_sync = 1
        self.extended = self

    @contextlib.contextmanager
    def scope(self) -> Iterator["Strategy"]:
        """A `with` in which Variables are made."""
        yield self

    def run(
        self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None, options: Any = None
    ) -> Any:
        """`fn(*args, **kwargs)`."""
        return fn(*args, **(kwargs or {}))

    experimental_run_v2 = run

    def reduce(self, reduce_op: Any, value: Any, axis: Any = None) -> Any:
        """The sum or mean over the replicas, of which there is one, and over an axis."""
        if axis is None:
            return value
        name = "reduce_mean" if "MEAN" in str(reduce_op) else "reduce_sum"
        return maths.MATHS[name](value, axis)

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """The data set."""
        return dataset

    def distribute_datasets_from_function(self, dataset_fn: Any, options: Any = None) -> Any:
        """The data set that the function makes."""
        return dataset_fn(InputContext())

    experimental_distribute_datasets_from_function = distribute_datasets_from_function

    def experimental_local_results(self, value: Any) -> tuple:
        """The values of the replicas."""
        return (value,)

    unwrap = experimental_local_results

    def gather(self, value: Any, axis: int) -> Any:
        """The value."""
        return value


class InputContext:
    """Which part of the data a worker gets: all."""

    num_input_pipelines, input_pipeline_id, num_replicas_in_sync = 1, 0, 1

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        """The global size."""
        return global_batch_size


class ReplicaContext:
    """The one replica."""

    replica_id_in_sync_group, num_replicas_in_sync = 0, 1

    def all_reduce(self, reduce_op: Any, value: Any, options: Any = None) -> Any:
        """The value."""
        return value


_default = Strategy()


def _no_tpu(*args: Any, **kwargs: Any) -> Any:
    raise UserError("There is no TPU here; use denser.distribution on a machine that has one.")


class TPUClusterResolver:
    """Raises: scripts ask for a TPU so and go on without."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise ValueError("There is no TPU here; denser uses those that JAX sees by itself.")

    connect = staticmethod(_no_tpu)


class _Resolvers:
    TPUClusterResolver = TPUClusterResolver


DISTRIBUTE: dict[str, Any] = {
    "Strategy": Strategy, "MirroredStrategy": type("MirroredStrategy", (Strategy,), {}),
    "OneDeviceStrategy": type("OneDeviceStrategy", (Strategy,), {}),
    "MultiWorkerMirroredStrategy": type("MultiWorkerMirroredStrategy", (Strategy,), {}),
    "TPUStrategy": _no_tpu, "get_strategy": lambda: _default, "has_strategy": lambda: False,
    "get_replica_context": ReplicaContext, "in_cross_replica_context": lambda: True,
    "ReduceOp": ReduceOp, "InputContext": InputContext, "cluster_resolver": _Resolvers,
    "HierarchicalCopyAllReduce": _nothing, "NcclAllReduce": _nothing,
    "ReductionToOneDevice": _nothing,
    "experimental": type("experimental", (), {
        "TPUStrategy": staticmethod(_no_tpu), "CentralStorageStrategy": Strategy,
        "MultiWorkerMirroredStrategy": Strategy}),
}  # fmt: skip
TEST: dict[str, Any] = {
    "is_gpu_available": lambda *a, **k: bool(list_physical_devices("GPU")),
    "gpu_device_name": lambda: "/device:GPU:0" if list_physical_devices("GPU") else "",
    "is_built_with_cuda": lambda: bool(list_physical_devices("GPU")),
    "is_built_with_gpu_support": lambda: bool(list_physical_devices("GPU")),
}  # fmt: skip
SYSCONFIG: dict[str, Any] = {"get_build_info": lambda: {"is_cuda_build": False}}


@contextlib.contextmanager
def device(device_name: Any) -> Iterator[None]:
    """A `with` that chooses the CPU or the accelerator for what is made in it."""
    name = str(getattr(device_name, "name", device_name)).upper()
    if "CPU" in name:
        with jax.default_device(jax.devices("cpu")[0]):
            yield
    else:
        yield


def group(*inputs: Any, **kwargs: Any) -> Any:
    """Nothing: all inputs have been computed."""
    return arrays.constant(0)
