"""Weights in HDF5 as Keras 3 lays them out: a group `vars` for each object, its arrays numbered."""

import io
import warnings
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..core.later import Later
from ..core.messages import UserError, shape_text, short, who
from ..layers.module import Module
from ..optimizers.state import State
from .tree import owners

h5py = Later("h5py")
# Types that HDF5 does not know: written as raw bytes, their name beside them.
_RAW = ("bfloat16", "float8_e4m3fn", "float8_e5m2")
# A dataset may claim a size that the file does not hold: more than this is looked at twice.
_SMALL, _MOST_PACKED = 2**20, 1000
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
        if array.dtype.name in _RAW:
            raw = self._group.create_dataset(key, data=array.view(f"V{array.dtype.itemsize}"))
            raw.attrs["dtype"] = array.dtype.name
        else:
            self._group[key] = array

    def __getitem__(self, key: str) -> np.ndarray:
        dataset = self.look(key)
        stored, claimed = dataset.id.get_storage_size(), dataset.size * dataset.dtype.itemsize
        if claimed > _SMALL and claimed > _MOST_PACKED * stored:
            raise UserError(
                f"{self.place}/{key}: claims {claimed} bytes, the file holds {stored} of them; "
                "not read."
            )
        array = np.asarray(dataset[()])
        name = dataset.attrs.get("dtype")
        return array.view(jnp.dtype(name)) if name in _RAW else array

    def look(self, key: str) -> Any:
        """The dataset, not read yet.

        Raises:
            UserError: for one that points to elsewhere: a link or storage in another file.
        """
        if key not in self._group:
            raise KeyError(f"{self.place}: no {short(key)}; there are {', '.join(self._group)}.")
        if not isinstance(self._group.get(key, getlink=True), h5py.HardLink):
            raise UserError(f"{self.place}/{key}: is a link; only data are read.")
        dataset = self._group[key]
        if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
            raise UserError(f"{self.place}/{key}: is not a plain dataset; not read.")
        return dataset

    def __delitem__(self, key: str) -> None:
        del self._group[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group)

    def __len__(self) -> int:
        return len(self._group)

    def __contains__(self, key: object) -> bool:
        return key in self._group


def write_weights(model: Any) -> bytes:
    """The states of a model's objects as the bytes of an HDF5 file."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for path, owner in owners(model):
            group = file.create_group(f"{path}/vars" if path else "vars")
            name = getattr(owner, "name", None)
            if isinstance(name, str):
                group.attrs["name"] = name
            owner.save_own_variables(Group(group, path))
    return buffer.getvalue()


def write_groups(groups: Iterable[tuple[str, dict[str, Any]]]) -> bytes:
    """Arrays by name for the paths of some objects, as the bytes of an HDF5 file."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for path, arrays in groups:
            group = file.create_group(f"{path}/vars" if path else "vars")
            Group(group, path).update(arrays)
    return buffer.getvalue()


def read_weights(model: Any, file: Any, where: str, skip_mismatch: bool = False) -> None:
    """Give a model's objects the states that a file holds.

    Args:
        model: The model, built.
        file: A path, or the bytes in a BytesIO.
        where: The file's name in errors.
        skip_mismatch: Whether what does not fit is left as it is, with a warning.

    Raises:
        UserError: where shapes or numbers of weights differ; the model is then unchanged.
    """
    with opened(file, where) as source:
        found = [(_vars(source, path, where), owner) for path, owner in owners(model)]
        wrong = {id(owner): text for group, owner in found if (text := _mismatch(group, owner))}
        if wrong and not skip_mismatch:
            raise UserError(listed(where, list(wrong.values())))
        for group, owner in found:
            if id(owner) in wrong or (not group and _may_be_missing(owner)):
                continue
            try:
                owner.load_own_variables(group)
            except (KeyError, ValueError, OSError) as error:
                text = f"{group.place}: {who(owner)}: {error}"
                if not skip_mismatch:
                    raise UserError(text) from error
                wrong[id(owner)] = text
    if wrong:
        warnings.warn(listed(where, list(wrong.values())), stacklevel=3)


@contextmanager
def opened(file: Any, where: str) -> Iterator[Any]:
    """An HDF5 file open for reading; an error that says which file where it is none."""
    try:
        source = h5py.File(file, "r")
    except FileNotFoundError:
        raise UserError(f"{where}: there is no such file.") from None
    except OSError as error:
        raise UserError(f"{where}: is not a file of weights (HDF5): {error}") from None
    with source:
        yield source


def _vars(source: Any, path: str, where: str) -> Group:
    """The group of an object's arrays."""
    return Group(*inner_group(source, [*path.split("/"), "vars"] if path else ["vars"], where))


def inner_group(group: Any, parts: list[str], where: str) -> tuple[Any, str]:
    """The HDF5 group below `group`, reached without following a link, and its place for errors;
    None where there is none."""
    place = where
    for part in parts:
        place += f"/{part}"
        link = group.get(part, getlink=True) if part in group else None
        if link is None:
            return None, place
        if not isinstance(link, h5py.HardLink) or not isinstance(group[part], h5py.Group):
            raise UserError(f"{place}: is a link or no group; only data are read.")
        group = group[part]
    return group, place


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
