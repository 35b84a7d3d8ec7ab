"""tf.data: denser's Dataset, whose functions and loops in users' code see Tensors."""

import functools
import random as python_random
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from ...core.messages import UserError
from ...core.random import make_default_seed
from ...core.tensor import KerasTensor, map_leaves
from ...preprocessing.dataset import Dataset
from ..keras.given import remember
from ..patches import patches
from . import mixing
from .dtypes import TensorShape, TensorSpec, as_dtype
from .function import Function
from .lift import from_denser
from .ragged import RaggedTensor
from .reading import TextLineDataset, TFRecordDataset, list_files
from .tables import csv_dataset, make_csv_dataset
from .tensor import Tensor, as_bytes, unwrap, wrap

AUTOTUNE = Dataset.AUTOTUNE
_IGNORED = ("name", "num_parallel_calls", "deterministic", "use_unbounded_threadpool",
            "synchronous")  # fmt: skip
_MOST_FORMS = 8  # of elements, for which a function is compiled


class Count(int):
    """A number of elements that has `.numpy()`."""

    def numpy(self) -> np.int64:
        """The number."""
        return np.int64(self)


class ElementIterator:
    """The elements of a pass, as Tensors."""

    def __init__(self, elements: Iterator[Any], spec: Any = None):
        self._elements = iter(elements)

    def __iter__(self) -> "ElementIterator":
        return self

    def __next__(self) -> Any:
        return as_tensors(next(self._elements))

    def get_next(self, name: str | None = None) -> Any:
        """The next element.

        Raises:
            OutOfRangeError: at the end.
        """
        try:
            element = next(self)
        except StopIteration:
            raise OutOfRangeError("End of sequence.") from None
        remember(element, self)
        return element

    next = get_next


class NumpyIterator(ElementIterator):
    """The elements of a pass, as NumPy's arrays."""

    def __next__(self) -> Any:
        return _as_arrays(next(self._elements))

    next = __next__


class OutOfRangeError(UserError):
    """The end of a data set."""


def as_tensors(element: Any) -> Any:
    """An element with Tensors in the place of arrays, numbers and text."""

    def one(x: Any) -> Any:
        if x is None or isinstance(x, (Dataset, RaggedTensor, Tensor)):
            return x
        if isinstance(x, (str, bytes)):
            return Tensor(as_bytes(np.array(x, object)))
        return wrap(np.asarray(x) if not isinstance(x, jax.Array) else x)

    return map_leaves(one, element)


def _as_arrays(result: Any) -> Any:
    """What a user's function gave, on the host."""

    def one(x: Any) -> Any:
        x = unwrap(x)
        if isinstance(x, np.ndarray) and x.dtype == object and not x.ndim:
            return x[()]
        return np.asarray(x) if isinstance(x, jax.Array) else x

    return map_leaves(one, result)


class _OfElements:
    """A user's function of elements: compiled for the first few forms of elements, then plain."""

    def __init__(self, function: Callable[..., Any]):
        self._plain = function
        self._compiled = Function(function) if not isinstance(function, Function) else function

    def __call__(self, *parts: Any) -> Any:
        many = self._compiled.experimental_get_tracing_count() >= _MOST_FORMS
        function = self._compiled.python_function if many else self._compiled
        return _as_arrays(function(*as_tensors(parts)))


def _seen(function: Callable[..., Any]) -> Callable[..., Any]:
    """A user's function that sees Tensors and is never compiled."""
    return lambda *parts: map_leaves(unwrap, function(*as_tensors(parts)))


def _taking(method: Callable[..., Any], convert: Callable[..., Any] | None = None) -> Any:
    """A method of Dataset, for calls of users: numbers may be Tensors, its function sees Tensors,
    and options that only say how fast it should be are left out."""

    def plain(value: Any) -> Any:
        return value.numpy().item() if isinstance(value, Tensor) else value

    @functools.wraps(method)
    def call(self: Dataset, *args: Any, **kwargs: Any) -> Any:
        if from_denser():
            return method(self, *args, **kwargs)
        kwargs = {name: plain(v) for name, v in kwargs.items() if name not in _IGNORED}
        args = tuple(map(plain, args))
        if convert is not None:
            name = next((n for n in kwargs if n in ("map_func", "predicate")), None)
            if name is not None:
                args = (kwargs.pop(name), *args)
            args = (convert(args[0]), *args[1:])
            limit = {"map": 1, "filter": 1, "flat_map": 1}.get(method.__name__, 3)
            args = args[:limit]
        return method(self, *args, **kwargs)

    return call


def _iter(method: Callable[..., Any]) -> Any:
    def __iter__(self: Dataset) -> Any:
        elements = method(self)
        return elements if from_denser() else ElementIterator(elements)

    return __iter__


def _spec(get: Callable[..., Any]) -> property:
    def one(x: Any) -> Any:
        return TensorSpec(x.shape, x.dtype) if isinstance(x, KerasTensor) else x

    return property(lambda self: get(self) if from_denser() else map_leaves(one, get(self)))


def _reduce(
    self: Dataset, initial_state: Any, reduce_func: Callable[..., Any], name: Any = None
) -> Any:
    """The last state of `state = reduce_func(state, element)`."""
    state = as_tensors(map_leaves(unwrap, initial_state))
    for element in self.epoch(0):
        state = reduce_func(state, as_tensors(element))
    return state


def _from_generator(
    generator: Any, output_types: Any = None, output_shapes: Any = None, args: Any = None,
    output_signature: Any = None, name: Any = None,
) -> Dataset:  # fmt: skip
    """What `generator(*args)` gives, brought to these types."""
    if output_signature is None and output_types is not None:
        output_signature = _specs(output_types, output_shapes)
    if output_signature is not None:
        return _made_by(Dataset, generator, args or (), _fitting(output_signature))
    return _made_by(Dataset, generator, args or (), None)


_made_by = Dataset.from_generator.__func__  # type: ignore[attr-defined]


def _specs(types: Any, shapes: Any) -> Any:
    if isinstance(types, dict):
        return {k: _specs(t, None if shapes is None else shapes[k]) for k, t in types.items()}
    if isinstance(types, (tuple, list)):
        each = [None] * len(types) if shapes is None else shapes
        return tuple(_specs(t, s) for t, s in zip(types, each, strict=True))
    return TensorSpec(shapes if shapes is None else TensorShape(shapes), types)


class _Form:
    """A shape and NumPy's name of a type, as denser's Dataset takes them."""

    def __init__(self, spec: Any):
        self.shape, self.dtype = spec.shape, as_dtype(spec.dtype).name


def _fitting(signature: Any) -> Any:
    return map_leaves(lambda s: _Form(s) if hasattr(s, "dtype") else s, signature)


def _from_tensors(method: Any) -> Any:
    def make(tensors: Any, name: Any = None) -> Dataset:
        if isinstance(tensors, RaggedTensor):
            return Dataset.of_list([_as_arrays(row) for row in tensors])
        return method(Dataset, _as_arrays(tensors))

    return staticmethod(make)


def _zip(*args: Any, datasets: Any = None, name: Any = None) -> Dataset:
    """Elements of several data sets together."""
    return _zipped(Dataset, *(args or (datasets,)))


_zipped = Dataset.zip.__func__  # type: ignore[attr-defined]


class Options:
    """How a pipeline is to run, which denser finds out itself."""

    def __init__(self) -> None:
        self.autotune = self.threading = self.experimental_optimization = _Anything()
        self.experimental_distribute = self.experimental_threading = _Anything()


class _Anything:
    """What takes any attribute."""


def _with_options(self: Dataset, options: Any, name: Any = None) -> Dataset:
    """The same data set."""
    return self


def _get_single_element(self: Dataset, name: Any = None) -> Any:
    """The only element."""
    return next(iter(ElementIterator(self.epoch(0))))


def _make_iterator(self: Dataset, *args: Any) -> ElementIterator:
    """An iterator over the elements."""
    return ElementIterator(self.epoch(0))


def _bucket(
    self: Dataset, element_length_func: Callable[..., Any], bucket_boundaries: Any,
    bucket_batch_sizes: Any, padded_shapes: Any = None, padding_values: Any = None,
    pad_to_bucket_boundary: bool = False, no_padding: bool = False, drop_remainder: bool = False,
    name: Any = None,
) -> Dataset:  # fmt: skip
    """Batches of elements of about one length, padded."""
    length_of = _seen(element_length_func)

    def batches() -> Iterator[Any]:
        buckets: dict[int, list[Any]] = {}
        for element in self.epoch(0):
            parts = element if isinstance(element, tuple) else (element,)
            number = int(np.searchsorted(bucket_boundaries, int(length_of(*parts)), "right"))
            buckets.setdefault(number, []).append(element)
            if len(buckets[number]) == bucket_batch_sizes[number]:
                yield from padded(buckets.pop(number))
        for rest in buckets.values():
            if not drop_remainder:
                yield from padded(rest)

    def padded(elements: list[Any]) -> Iterator[Any]:
        whole = Dataset.of_list(elements)
        return whole.padded_batch(len(elements), padded_shapes, padding_values).epoch(0)

    return Dataset.from_generator(batches)


def sample_from_datasets(
    datasets: Any, weights: Any = None, seed: int | None = None,
    stop_on_empty_dataset: bool = False, rerandomize_each_iteration: Any = None,
) -> Dataset:  # fmt: skip
    """Elements drawn from several data sets, by weights."""
    start = make_default_seed() if seed is None else int(seed)

    def draws() -> Iterator[Any]:
        chance, left = python_random.Random(start), [d.epoch(0) for d in datasets]
        shares = list(np.ones(len(left)) if weights is None else np.asarray(weights))
        while left:
            number = chance.choices(range(len(left)), shares)[0]
            try:
                yield next(left[number])
            except StopIteration:
                if stop_on_empty_dataset:
                    return
                del left[number], shares[number]

    return Dataset.from_generator(draws)


def _random(seed: Any = None, **kwargs: Any) -> Dataset:
    """Random integers without end."""
    start = make_default_seed() if seed is None else int(seed)

    def numbers() -> Iterator[Any]:
        chance = np.random.default_rng(start)
        while True:
            yield chance.integers(0, 2**31)

    return Dataset.from_generator(numbers)


def _rejection_resample(
    self: Dataset, class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None,
    seed: Any = None, name: Any = None,
) -> Dataset:  # fmt: skip
    """(class, element), so many of each class as `target_dist` says."""
    class_of = mixing.seen(class_func, as_tensors)
    return mixing.rejection_resample(self, class_of, target_dist, initial_dist, seed)


def _group_by_window(
    self: Dataset, key_func: Callable[..., Any], reduce_func: Callable[..., Any],
    window_size: Any = None, window_size_func: Any = None, name: Any = None,
) -> Dataset:  # fmt: skip
    """What `reduce_func(key, elements)` gives for windows of elements of one key."""
    key_of = mixing.seen(key_func, as_tensors)
    size_of = window_size_func or (lambda key: window_size)
    return mixing.group_by_window(self, key_of, reduce_func, lambda key: int(size_of(key)))


def _scan(self: Dataset, initial_state: Any, scan_func: Callable[..., Any],
          name: Any = None) -> Dataset:  # fmt: skip
    """The outputs of `state, output = scan_func(state, element)`."""
    start = as_tensors(map_leaves(unwrap, initial_state))
    return mixing.scan(self, start, lambda state, element: scan_func(state, as_tensors(element)))


def _ragged_batch(self: Dataset, batch_size: int, drop_remainder: bool = False,
                  **kwargs: Any) -> Dataset:  # fmt: skip
    """Batches whose rows keep their lengths."""
    return mixing.ragged_batch(self, int(batch_size), drop_remainder)


_ranged = Dataset.range.__func__  # type: ignore[attr-defined]


def _range(*args: Any, output_type: Any = None, name: Any = None) -> Dataset:
    """The integers that Python's `range` gives."""
    return _ranged(Dataset, *(int(a) for a in args))


def install() -> None:
    """Let Dataset see Tensors in users' code, until compat is uninstalled."""
    if "list_files" in vars(Dataset):
        return
    taking = {name: _taking(getattr(Dataset, name)) for name in (
        "batch", "padded_batch", "take", "skip", "repeat", "shuffle", "prefetch", "cache",
        "window", "shard", "enumerate", "unbatch", "concatenate",
    )}  # fmt: skip
    functions = {"map": _OfElements, "filter": _OfElements, "take_while": _seen,
                 "flat_map": _seen, "interleave": _seen}  # fmt: skip
    taking |= {n: _taking(getattr(Dataset, n), convert) for n, convert in functions.items()}
    own = {
        "from_tensor_slices": _from_tensors(Dataset.from_tensor_slices.__func__),
        "from_tensors": _from_tensors(Dataset.from_tensors.__func__),
    }  # type: ignore[attr-defined]
    cardinality = Dataset.cardinality
    patches.put(
        Dataset, **taking, **own, __iter__=_iter(Dataset.__iter__),
        element_spec=_spec(Dataset.element_spec.fget),  # type: ignore[attr-defined]
        cardinality=lambda self: Count(cardinality(self)), reduce=_reduce,
        as_numpy_iterator=lambda self: NumpyIterator(self.epoch(0)),
        range=staticmethod(_range),
        from_generator=staticmethod(_from_generator), zip=staticmethod(_zip),
        list_files=staticmethod(list_files), with_options=_with_options,
        options=lambda self: Options(), get_single_element=_get_single_element,
        make_one_shot_iterator=_make_iterator, make_initializable_iterator=_make_iterator,
        bucket_by_sequence_length=_bucket, random=staticmethod(_random),
        sample_from_datasets=staticmethod(sample_from_datasets),
        choose_from_datasets=staticmethod(mixing.choose_from_datasets), unique=mixing.unique,
        rejection_resample=_rejection_resample, group_by_window=_group_by_window, scan=_scan,
        ragged_batch=_ragged_batch, save=mixing.save, load=staticmethod(mixing.load),
        counter=staticmethod(mixing.counter), snapshot=lambda self, *a, **k: self.cache(),
    )  # fmt: skip


EXPERIMENTAL: dict[str, Any] = {
    "make_csv_dataset": make_csv_dataset, "CsvDataset": csv_dataset, "save": mixing.save,
    "load": mixing.load, "choose_from_datasets": mixing.choose_from_datasets,
    "rejection_resample": lambda *a, **k: lambda dataset: dataset.rejection_resample(*a, **k),
    "group_by_window": lambda *a, **k: lambda dataset: dataset.group_by_window(*a, **k),
    "scan": lambda *a, **k: lambda dataset: dataset.scan(*a, **k),
    "unique": lambda: mixing.unique, "snapshot": lambda *a, **k: lambda dataset: dataset.cache(),
    "dense_to_ragged_batch": lambda *a, **k: lambda dataset: dataset.ragged_batch(*a, **k),
    "AutoShardPolicy": type("AutoShardPolicy", (), {
        "OFF": -1, "AUTO": 0, "FILE": 1, "DATA": 2, "HINT": 3}),
    "AutotuneOptions": dict, "OptimizationOptions": dict, "DistributeOptions": dict,
    "AUTOTUNE": AUTOTUNE, "cardinality": lambda dataset: dataset.cardinality(),
    "INFINITE_CARDINALITY": -1, "UNKNOWN_CARDINALITY": -2, "Counter": mixing.counter,
    "sample_from_datasets": sample_from_datasets, "TFRecordDataset": TFRecordDataset,
    "get_single_element": _get_single_element,
    "assert_cardinality": lambda count: lambda dataset: dataset,
    "prefetch_to_device": lambda device, buffer_size=None: lambda dataset: dataset,
    "ignore_errors": lambda log_warning=False: lambda dataset: dataset,
    "bucket_by_sequence_length": lambda *a, **k: lambda dataset: _bucket(dataset, *a, **k),
    "shuffle_and_repeat": lambda n, count=None, seed=None: (
        lambda dataset: dataset.shuffle(n, seed).repeat(count)),
    "map_and_batch": lambda f, n, **k: lambda dataset: dataset.map(f).batch(n),
    "enumerate_dataset": lambda start=0: lambda dataset: dataset.enumerate(start),
    "unbatch": lambda: lambda dataset: dataset.unbatch(),
}  # fmt: skip
DATA: dict[str, Any] = {
    "Dataset": Dataset, "AUTOTUNE": AUTOTUNE, "TextLineDataset": TextLineDataset,
    "TFRecordDataset": TFRecordDataset, "Options": Options, "Iterator": ElementIterator,
    "INFINITE_CARDINALITY": -1, "UNKNOWN_CARDINALITY": -2, "DatasetSpec": TensorSpec,
    "NumpyIterator": NumpyIterator,
    "make_one_shot_iterator": _make_iterator, "make_initializable_iterator": _make_iterator,
}  # fmt: skip
