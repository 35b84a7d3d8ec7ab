"""Weights in HDF5 as Keras 3 lays them out: a group `vars` for each object, its arrays numbered."""

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..core.budget import damage
from ..core.later import Later
from ..core.messages import (
    BrokenFileError,
    UnsafeFileError,
    UserError,
    bad_file,
    shape_text,
    short,
    who,
)
from ..layers.module import Module
from ..optimizers.state import State
from .plain_hdf5 import attribute, check_storage, followed, inner_group, opened, write_file
from .tree import owners

h5py = Later("h5py")
# Types that HDF5 does not know: written as raw bytes, their name beside them.
_RAW = ("bfloat16", "float8_e4m3fn", "float8_e5m2")
_DIGEST = "sha256"  # the attribute that has an array's digest
_FORMER_LAYERS = "_layer_checkpoint_dependencies"  # as tf.keras 2.12 called a network's layers
_BY_NUMBER = (Module.load_own_variables, State.load_own_variables)


class Group(MutableMapping):
    """One object's arrays in a file, by name: what `save_own_variables` and its reverse get.

    Args:
        group: The HDF5 group, or None: the file has nothing for the object.
        place: File and path, for errors.
    """

    def __init__(self, group: Any, place: str):
        self._group: Any = {} if group is None else group
        self.place = place

    def __setitem__(self, key: str, value: Any) -> None:
        array = np.asarray(getattr(value, "value", value))
        name = array.dtype.name
        if name in _RAW:
            array = array.view(f"V{array.dtype.itemsize}")
        dataset = self._group.create_dataset(key, data=array)
        dataset.attrs[_DIGEST] = _digest(array)
        if name in _RAW:
            dataset.attrs["dtype"] = name

    def __getitem__(self, key: str) -> np.ndarray:
        dataset, place = self.look(key), f"{self.place}/{key}"
        with damage(place):
            array = np.asarray(dataset[()])
            if attribute(dataset, _DIGEST, place) not in (None, _digest(array)):
                raise bad_file(place, "its values are not those that were written (SHA-256).")
            name = attribute(dataset, "dtype", place) if array.dtype.kind == "V" else None
            return array.view(jnp.dtype(name)) if name in _RAW else array

    def look(self, key: str) -> Any:
        """The dataset, not read yet.

        Raises:
            UnsafeFileError: for one that points to elsewhere: a link or storage in another file.
            BrokenFileError: for one whose bytes are not all there.
        """
        if key not in self._group:
            raise KeyError(f"{self.place}: no {short(key)}; there are {', '.join(self._group)}.")
        place = f"{self.place}/{key}"
        with damage(place):
            dataset = followed(self._group, key, place)
            if not isinstance(dataset, h5py.Dataset):
                raise bad_file(place, "is no array.")
            check_storage(dataset, place)
        return dataset

    def __delitem__(self, key: str) -> None:
        del self._group[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group)

    def __len__(self) -> int:
        return len(self._group)

    def __contains__(self, key: object) -> bool:
        return key in self._group


def _digest(array: np.ndarray) -> np.bytes_:
    numbers = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return np.bytes_(hashlib.sha256(numbers.data).hexdigest())


def write_weights(model: Any) -> bytes:
    """The states of a model's objects as the bytes of an HDF5 file."""

    def fill(file: Any) -> None:
        for path, owner in owners(model):
            group = file.create_group(f"{path}/vars" if path else "vars")
            name = getattr(owner, "name", None)
            if isinstance(name, str):
                group.attrs["name"] = name
            owner.save_own_variables(Group(group, path))

    return write_file(fill)


def write_groups(groups: Iterable[tuple[str, dict[str, Any]]]) -> bytes:
    """Arrays by name for the paths of some objects, as the bytes of an HDF5 file."""

    def fill(file: Any) -> None:
        for path, arrays in groups:
            group = file.create_group(f"{path}/vars" if path else "vars")
            Group(group, path).update(arrays)

    return write_file(fill)


def read_weights(
    model: Any, file: Any, where: str, skip_mismatch: bool = False, own: bool = False
) -> None:
    """Give a model's objects the states that a file holds.

    Args:
        model: The model, built.
        file: A path, or the bytes in a BytesIO.
        where: The file's name in errors.
        skip_mismatch: Whether what does not fit is left as it is, with a warning.
        own: Whether the model is the file's own, so that what does not fit is damage.

    Raises:
        UserError: where shapes or numbers of weights differ; the model is then unchanged.
    """
    with opened(file, where) as source:
        give_weights(model, lambda path: arrays_of(source, path, where), where, skip_mismatch, own)


def give_weights(
    model: Any,
    find: Callable[[str], Any],
    where: str,
    skip_mismatch: bool = False,
    own: bool = False,
) -> None:
    """Give a model's objects the arrays that `find(path of an object)` finds: `read_weights` for
    files of any form."""
    found = [(find(path), owner) for path, owner in owners(model)]
    wrong = {id(owner): text for group, owner in found if (text := _mismatch(group, owner))}
    if wrong and not skip_mismatch:
        raise (BrokenFileError if own else UserError)(listed(where, list(wrong.values())))
    for group, owner in found:
        if id(owner) in wrong or (not group and _may_be_missing(owner)):
            continue
        try:
            owner.load_own_variables(group)
        except (UnsafeFileError, BrokenFileError):
            raise
        except (KeyError, ValueError, OSError) as error:
            text = f"{group.place}: {who(owner)}: {error}"
            if not skip_mismatch:
                raise (BrokenFileError if own else UserError)(text) from error
            wrong[id(owner)] = text
    if wrong:
        warnings.warn(listed(where, list(wrong.values())), stacklevel=4)


def arrays_of(source: Any, path: str, where: str) -> Group:
    """The group of an object's arrays."""
    parts = [*path.split("/"), "vars"] if path else ["vars"]
    if _FORMER_LAYERS in source:
        parts = [_FORMER_LAYERS if part == "layers" else part for part in parts]
    return Group(*inner_group(source, parts, where))


def _mismatch(group: Group, owner: Any) -> str | None:
    """What does not fit between an object and its group, told before anything is read."""
    if type(owner).load_own_variables not in _BY_NUMBER:
        return None
    variables = owner._saved() if isinstance(owner, Module) else owner.variables
    if isinstance(owner, State) and len(group) != len(variables):
        return None  # it warns and goes on without its state
    if len(group) != len(variables):
        built = "" if owner.built else " It is not built: call it on data first."
        return (
            f"{group.place}: {who(owner)} has {len(variables)} weights, the file "
            f"{len(group)}.{built}"
        )
    for number, variable in enumerate(variables):
        shape = group.look(str(number)).shape if str(number) in group else None
        if shape != variable.shape:
            there = "nothing" if shape is None else shape_text(shape)
            return (
                f"{group.place}/{number}: {who(owner)} needs {shape_text(variable.shape)} for "
                f"'{variable.name}', the file has {there}."
            )
    return None


def _may_be_missing(owner: Any) -> bool:
    """Whether a file need not know an object: a source of seeds, or an optimizer."""
    return not isinstance(owner, Module)


def listed(where: str, problems: list[str]) -> str:
    """What does not fit, at most five of it."""
    head = f"{where}: {len(problems)} of the model's objects do not fit the file."
    more = [f"... and {len(problems) - 5} more"] if len(problems) > 5 else []
    return "\n  ".join([head, *problems[:5], *more])
