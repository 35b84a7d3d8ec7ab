"""tf.data: several data sets in one, elements by their class or key, elements kept on the disk."""

import itertools
import json
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.messages import UserError
from ...core.random import make_default_seed
from ...core.tensor import leaves, map_leaves
from ...preprocessing.dataset import Dataset
from .ragged import RaggedTensor
from .tensor import unwrap, wrap


def seen(function: Callable[..., Any], as_tensors: Callable[..., Any]) -> Callable[..., Any]:
    """A user's function of elements that sees Tensors; a pair is two arguments."""

    def call(*parts: Any) -> Any:
        return map_leaves(unwrap, function(*as_tensors(parts)))

    return lambda element: call(*element) if isinstance(element, tuple) else call(element)


def choose_from_datasets(
    datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = True
) -> Dataset:
    """Elements of the data set that `choice_dataset` names each time."""

    def chosen() -> Iterator[Any]:
        passes = [dataset.epoch(0) for dataset in datasets]
        for number in choice_dataset.epoch(0):
            element = next(passes[int(number)], passes)
            if element is not passes:
                yield element
            elif stop_on_empty_dataset:
                return

    return Dataset.from_generator(chosen)


def rejection_resample(
    dataset: Dataset, class_of: Callable[[Any], Any], target: Any, initial: Any, seed: Any
) -> Dataset:
    """(class, element) of elements dropped at random until the classes are as in `target`."""
    start = make_default_seed() if seed is None else int(seed)
    target = np.asarray(unwrap(target), float)

    def kept() -> Iterator[Any]:
        chance = random.Random(start)
        counts = np.zeros(len(target)) if initial is None else np.asarray(unwrap(initial), float)
        for element in dataset.epoch(0):
            number = int(class_of(element))
            if initial is None:
                counts[number] += 1
            rates = np.divide(target, counts, out=np.zeros_like(target), where=counts > 0)
            if chance.random() * rates.max() <= rates[number]:
                yield np.int64(number), element

    return Dataset.from_generator(kept)


def group_by_window(
    dataset: Dataset, key_of: Callable[[Any], Any], reduce: Callable[[Any, Dataset], Dataset],
    size_of: Callable[[int], int],
) -> Dataset:  # fmt: skip
    """What `reduce(key, elements)` gives for every so many elements of one key."""

    def windows() -> Iterator[Any]:
        waiting: dict[int, list[Any]] = {}
        for element in dataset.epoch(0):
            key = int(key_of(element))
            waiting.setdefault(key, []).append(element)
            if len(waiting[key]) == size_of(key):
                yield from reduce(wrap(np.asarray(key)), Dataset.of_list(waiting.pop(key))).epoch(0)
        for key, rest in waiting.items():
            yield from reduce(wrap(np.asarray(key)), Dataset.of_list(rest)).epoch(0)

    return Dataset.from_generator(windows)


def scan(dataset: Dataset, initial: Any, step: Callable[[Any, Any], Any]) -> Dataset:
    """The outputs of `state, output = step(state, element)`."""

    def outputs() -> Iterator[Any]:
        state = initial
        for element in dataset.epoch(0):
            state, output = step(state, element)
            yield map_leaves(unwrap, output)

    return Dataset.from_generator(outputs)


def unique(dataset: Dataset, name: Any = None) -> Dataset:
    """Each element once."""

    def first_ones() -> Iterator[Any]:
        met = set()
        for element in dataset.epoch(0):
            key = element if isinstance(element, (str, bytes)) else np.asarray(element).tobytes()
            if key not in met:
                met.add(key)
                yield element

    return Dataset.from_generator(first_ones)


def ragged_batch(dataset: Dataset, batch_size: int, drop_remainder: bool = False) -> Dataset:
    """Batches whose rows keep their lengths."""

    def join(rows: tuple) -> Any:
        arrays = [np.asarray(row) for row in rows]
        even = all(a.shape == arrays[0].shape for a in arrays) and not arrays[0].ndim
        return np.stack(arrays) if even else RaggedTensor(list(map(wrap, arrays)))

    def batches() -> Iterator[Any]:
        elements = dataset.epoch(0)
        while rows := list(itertools.islice(elements, int(batch_size))):
            if len(rows) == batch_size or not drop_remainder:
                parts = iter([join(column) for column in zip(*map(leaves, rows), strict=True)])
                yield map_leaves(lambda _, parts=parts: next(parts), rows[0])

    return Dataset.from_generator(batches)


def save(dataset: Dataset, path: Any, *args: Any, **kwargs: Any) -> None:
    """Write all elements into a folder."""
    os.makedirs(path, exist_ok=True)
    arrays, forms = {}, []
    for number, element in enumerate(dataset.epoch(0)):
        places = itertools.count()
        forms.append(_form(element, places))
        for place, leaf in enumerate(leaves(element)):
            leaf = np.asarray(leaf)
            arrays[f"{number}/{place}"] = leaf.astype("S") if leaf.dtype == object else leaf
    np.savez(os.path.join(path, "elements.npz"), allow_pickle=False, **arrays)
    with open(os.path.join(path, "elements.json"), "w", encoding="utf-8") as file:
        json.dump(forms, file)


def _form(element: Any, places: Iterator[int]) -> Any:
    """How the leaves are nested, in JSON's types; a leaf is its number."""
    if isinstance(element, dict):
        return {"dict": {key: _form(part, places) for key, part in element.items()}}
    if isinstance(element, (tuple, list)):
        return [_form(part, places) for part in element]
    return next(places)


def load(path: Any, *args: Any, **kwargs: Any) -> Dataset:
    """The data set that `save` wrote."""
    names = [os.path.join(path, f"elements.{ending}") for ending in ("npz", "json")]
    if not all(map(os.path.exists, names)):
        raise UserError(f"tf.data.Dataset.load: {path} holds no data set of denser's.")

    def elements() -> Iterator[Any]:
        with open(names[1], encoding="utf-8") as file:
            forms = json.load(file)
        with np.load(names[0], allow_pickle=False) as arrays:
            for number, form in enumerate(forms):
                yield _nested(form, arrays, number)

    return Dataset.from_generator(elements)


def _nested(form: Any, arrays: Any, number: int) -> Any:
    if isinstance(form, dict):
        return {key: _nested(part, arrays, number) for key, part in form["dict"].items()}
    if isinstance(form, list):
        return tuple(_nested(part, arrays, number) for part in form)
    found = arrays[f"{number}/{form}"]
    return found.astype(object) if found.dtype.kind == "S" else found


def counter(start: int = 0, step: int = 1, **kwargs: Any) -> Dataset:
    """The numbers from `start` on, without end."""
    return Dataset.from_generator(lambda: (np.int64(n) for n in itertools.count(start, step)))
