"""Functions that older versions kept in `utils`, `models`, `regularizers` and `constraints`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ... import regularizers, saving, visual
from ...core.later import Later
from ...core.messages import UserError
from ...core.registry import deserialize
from ...datasets import archives, download, files
from ..era import eras
from ..notes import note

h5py: Any = Later("h5py")


def l1l2(l1: float = 0.01, l2: float = 0.01) -> Any:
    """`l1 * sum(|x|) + l2 * sum(x^2)`."""
    return regularizers.L1L2(l1=l1, l2=l2)


def probas_to_classes(y_pred: Any) -> Any:
    """The class of each row: the likeliest one, or 1 where a single output is above 0.5."""
    y_pred = np.asarray(y_pred)
    if y_pred.ndim > 1 and y_pred.shape[1] > 1:
        return y_pred.argmax(axis=1)
    return (y_pred.reshape(-1) > 0.5).astype("int32")


def slice_arrays(arrays: Any, start: Any = None, stop: Any = None) -> Any:
    """A slice, or the rows of some numbers, of an array or of each in a list."""
    many = isinstance(arrays, list)
    rows = [_rows(array, start, stop) for array in (arrays if many else [arrays])]
    return rows if many else rows[0]


def _rows(array: Any, start: Any, stop: Any) -> Any:
    return array[start] if hasattr(start, "__len__") else array[start:stop]


def model_from_config(config: Any, custom_objects: Any = None) -> Any:
    """The model that a config with its class's name describes."""
    return deserialize(config, custom_objects)


def model_from_yaml(yaml_string: str, custom_objects: Any = None) -> Any:
    """The model that `to_yaml` described; of YAML only what is JSON is read.

    Raises:
        UserError: for other YAML, which can run code when it is read.
    """
    note("model_from_yaml(...)", "model_from_json(...)")
    try:
        json.loads(yaml_string)
    except ValueError:
        raise UserError(
            "model_from_yaml: only what to_yaml of denser wrote is read, which is JSON: other YAML "
            "can run code. Save the model with to_json where it was made."
        ) from None
    return saving.model_from_json(yaml_string, custom_objects)


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    **kwargs: Any,
) -> str:
    """Bring a file once; archives are unpacked beside it, as before Keras 3.

    Returns:
        The path of the file; with `untar`, that of the folder it holds.
    """
    given: dict[str, Any] = dict(md5_hash=md5_hash, file_hash=file_hash, cache_subdir=cache_subdir,
                 hash_algorithm=hash_algorithm, cache_dir=cache_dir, **kwargs)  # fmt: skip
    if eras.present() == "3" or not (untar or extract):
        return files.get_file(fname, origin, untar=untar, extract=extract, **given)
    if untar and fname:
        stem = fname.removesuffix(".tar.gz").removesuffix(".tgz")
        archive = files.get_file(f"{stem}.tar.gz", origin, **given)
        _unpack(archive)
        return str(Path(archive).parent / stem)
    archive = files.get_file(fname, origin, **given)
    _unpack(archive)
    return str(archive)


def _unpack(archive: Any) -> None:
    """Unpack beside the archive, once."""
    path = Path(archive)
    done = path.with_name(f".{path.name}.unpacked")
    if not done.exists():
        archives.unpack(path, path.parent)
        done.touch()


def HDF5Matrix(
    datapath: Any, dataset: str, start: int = 0, end: int | None = None, normalizer: Any = None
) -> np.ndarray:
    """Rows of a data set in an HDF5 file, as an array."""
    with h5py.File(datapath, "r") as file:
        found: Any = file[dataset]
        rows = np.asarray(found[start:end])
    return rows if normalizer is None else normalizer(rows)


def multi_gpu_model(model: Any, gpus: Any = None, **kwargs: Any) -> Any:
    """The model itself: denser.distribution divides the work of any model among devices."""
    note("multi_gpu_model(model)", "distribution.set_distribution(distribution.DataParallel())")
    return model


def print_summary(
    model: Any, line_length: Any = None, positions: Any = None, print_fn: Any = None
) -> None:
    """`model.summary(...)`."""
    model.summary(line_length, positions, print_fn)


def print_layer_shapes(model: Any, input_shapes: Any = None) -> None:
    """Print each layer's name and output shape."""
    for layer in model.layers:
        print(f"{layer.name}: {layer.output_shape}")


def count_params(weights: Any) -> int:
    """The number of numbers in some weights."""
    return sum(int(np.prod(weight.shape)) for weight in {id(w): w for w in weights}.values())


def plot(model: Any, to_file: str = "model.png", show_shapes: bool = False, **kwargs: Any) -> Any:
    """`plot_model`, by its older name."""
    return plot_model(model, to_file, show_shapes, **kwargs)


def plot_model(
    model: Any, to_file: str = "model.png", show_shapes: bool = False, **kwargs: Any
) -> Any:
    """Draw the model into a file."""
    return visual.plot_model(model, to_file=to_file, show_shapes=show_shapes, **kwargs)


def model_to_dot(model: Any, *args: Any, **kwargs: Any) -> Any:
    """The model's graph; its `create` gives the picture, whatever program was asked for."""
    return visual.model_to_dot(model, *args, **kwargs)


class OrderedEnqueuer:
    """Batches of a sequence or generator, in order; they are read ahead without being asked.

    Args:
        sequence: The sequence or generator.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False,
                 **kwargs: Any):  # fmt: skip
        self.sequence = sequence

    def start(self, workers: int = 1, max_queue_size: int = 10, **kwargs: Any) -> None:
        """Nothing: there is no process to start."""

    def stop(self, timeout: Any = None) -> None:
        """Nothing."""

    def is_running(self) -> bool:
        """Always."""
        return True

    def get(self) -> Iterator[Any]:
        """The batches, without end where it is a sequence."""
        if hasattr(self.sequence, "__next__"):
            yield from self.sequence
        while True:
            yield from (self.sequence[i] for i in range(len(self.sequence)))


def ask_to_proceed_with_overwrite(filepath: Any) -> bool:
    """Yes: nobody is asked."""
    return True


def conv_output_length(
    input_length: int | None, filter_size: int, border_mode: str, stride: int, dilation: int = 1
) -> int | None:
    """How many places a window of this size has along an axis."""
    if input_length is None:
        return None
    reach = filter_size + (filter_size - 1) * (dilation - 1)
    less = {"same": 0, "causal": 0, "valid": reach - 1, "full": 1 - reach}[border_mode]
    return (input_length - less + stride - 1) // stride


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """`n` numbers, of which one may stand for all."""
    return (value,) * n if isinstance(value, int) else tuple(value)


def convert_kernel(kernel: np.ndarray, dim_ordering: str = "default") -> np.ndarray:
    """A convolution's kernel turned round along its space, as Theano has it."""
    axes = (-1, -2) if dim_ordering == "th" else tuple(range(kernel.ndim - 2))
    return np.flip(kernel, axes).copy()


def convert_all_kernels_in_model(model: Any) -> None:
    """Turn round the kernels of all convolutions."""
    for layer in model.layers:
        if "Conv" in type(layer).__name__:
            layer.kernel.assign(convert_kernel(np.asarray(layer.kernel.value)))


def get_test_data(
    num_train: int = 1000,
    num_test: int = 500,
    input_shape: tuple = (10,),
    output_shape: tuple = (2,),
    classification: bool = True,
    num_classes: int = 2,
    **kwargs: Any,
) -> Any:
    """Random rows around a value for each class (or each target), for training and for testing."""
    num_train, num_test = kwargs.get("nb_train", num_train), kwargs.get("nb_test", num_test)
    num_classes = kwargs.get("nb_class", num_classes)
    rows = num_train + num_test
    y = np.random.randint(0, num_classes, rows) if classification else np.random.random(rows)
    x = np.random.random((rows, *input_shape)) * 0.7 + y.reshape(-1, *[1] * len(input_shape))
    if not classification:
        y = np.broadcast_to(y.reshape(-1, *[1] * len(output_shape)), (rows, *output_shape)).copy()
    return (x[:num_train], y[:num_train]), (x[num_train:], y[num_train:])


def validate_file(fpath: Any, file_hash: str, algorithm: str = "auto", **kwargs: Any) -> bool:
    """Whether a file has this checksum."""
    return download.matches(Path(fpath), file_hash)


def radial_constraint(weights: Any) -> Any:
    """Raise: see `constraints`."""
    raise UserError("radial_constraint was removed; write a subclass of constraints.Constraint.")


def available_gpus() -> list[str]:
    """The names of the GPUs."""
    return [str(device) for device in jax.devices() if device.platform == "gpu"]
