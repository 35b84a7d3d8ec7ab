"""KerasFileEditor: look at a file of weights, change it, write it anew."""

from pathlib import Path
from typing import Any

import numpy as np

from ..core.budget import Budget, reading
from ..core.later import Later
from ..core.messages import UserError, bad_argument, did_you_mean
from .archive import Archive
from .atomic import write_bytes
from .hdf5 import Group, write_groups
from .plain_hdf5 import followed, opened
from .tree import owners

h5py = Later("h5py")


class KerasFileEditor:
    """The weights in a file, object by object, to inspect, change and save again.

    An object is named by its path, as `layers/dense_2`, or by the path's last part.

    Args:
        filepath: A `.weights.h5` or `.keras` file.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "model.weights.h5")
        >>> Sequential([Dense(2, input_shape=(3,))]).save_weights(path)
        >>> editor = KerasFileEditor(path)
        >>> editor.rename_object("dense", "head")
        >>> editor.objects["layers/head"]["0"].shape
        (3, 2)
    """

    def __init__(self, filepath: Any):
        self.filepath = str(filepath)
        if self.filepath.endswith(".weights.h5"):
            self.objects = _read(filepath, self.filepath)
        elif self.filepath.endswith(".keras"):
            with Archive(filepath) as archive:
                self.objects = _read(archive.weights, self.filepath)
        else:
            expected = "the path of a .weights.h5 or .keras file"
            raise bad_argument("KerasFileEditor", "filepath", expected, filepath)

    def summary(self) -> None:
        """Print each object with its weights' names, shapes and types."""
        for path, weights in self.objects.items():
            print(path or "(the model itself)")
            for name, value in weights.items():
                print(f"    {name}: shape={value.shape}, dtype={value.dtype}")

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Print where the file differs from a model's weights; count matches and differences.

        Returns:
            `{"status": "success" or "error", "error_count": ..., "match_count": ...}`.
        """
        theirs = {}
        for path, owner in owners(reference_model):
            owner.save_own_variables(store := {})
            theirs[path] = {n: tuple(np.shape(v)) for n, v in store.items()}
        ours = {p: {n: v.shape for n, v in w.items()} for p, w in self.objects.items()}
        matches, errors = 0, []
        for path in dict.fromkeys([*theirs, *ours]):
            if path == "optimizer" and path not in theirs:
                continue
            mine, other = ours.get(path, {}), theirs.get(path, {})
            for name in dict.fromkeys([*other, *mine]):
                if mine.get(name) == other.get(name):
                    matches += 1
                else:
                    place, has = f"{path}/{name}", (mine.get(name), other.get(name))
                    errors.append(f"{place}: the file has {has[0]}, the model {has[1]}")
        print("\n".join(errors) or f"All {matches} weights of the model are in the file.")
        status = "error" if errors else "success"
        return {"status": status, "error_count": len(errors), "match_count": matches}

    def add_object(self, object_path: str, weights: dict[str, Any]) -> None:
        """Add an object with some weights by name, as `{"0": kernel, "1": bias}`."""
        if object_path in self.objects:
            raise UserError(f"KerasFileEditor: there is an object '{object_path}' already.")
        self.objects[object_path] = _arrays(weights)

    def delete_object(self, object_name: str) -> None:
        """Take out an object and what is in it."""
        path = self._find(object_name)
        for found in [p for p in self.objects if p == path or p.startswith(f"{path}/")]:
            del self.objects[found]

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Give an object another name, a single word or a whole path."""
        old = self._find(object_name)
        folder = old.rpartition("/")[0]
        new = new_name if "/" in new_name or not folder else f"{folder}/{new_name}"
        if new in self.objects:
            raise UserError(f"KerasFileEditor: there is an object '{new}' already.")
        self.objects = {
            new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path: weights
            for path, weights in self.objects.items()
        }

    def add_weights(self, object_name: str, weights: dict[str, Any]) -> None:
        """Add weights by name to an object, or replace those it has."""
        self.objects[self._find(object_name)].update(_arrays(weights))

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Take a weight out of an object."""
        weights = self.objects[self._find(object_name)]
        if weight_name not in weights:
            hint = did_you_mean(weight_name, weights)
            raise UserError(f"KerasFileEditor: '{object_name}' has no {weight_name!r}. {hint}")
        del weights[weight_name]

    def save(self, filepath: Any) -> None:
        """Write the weights to a `.weights.h5` file."""
        if not str(filepath).endswith(".weights.h5"):
            expected = "a path that ends in .weights.h5"
            raise bad_argument("KerasFileEditor", "filepath", expected, filepath)
        write_bytes(Path(filepath), write_groups(self.objects.items()))

    def resave_weights(self, filepath: Any) -> None:
        """`save`, by its older name."""
        self.save(filepath)

    def _find(self, name: str) -> str:
        """The path of an object, given by it or by its end."""
        found = [p for p in self.objects if p == name] or [
            p for p in self.objects if p.endswith(f"/{name}")
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(f"KerasFileEditor: '{name}' may be {' or '.join(found)}; give one.")
        raise UserError(
            f"KerasFileEditor: the file has no '{name}'. {did_you_mean(name, self.objects)}"
        )


def _arrays(weights: dict[str, Any]) -> dict[str, np.ndarray]:
    if not isinstance(weights, dict):
        expected = "a dict of arrays by name"
        raise bad_argument("KerasFileEditor", "weights", expected, weights)
    return {str(name): np.asarray(value) for name, value in weights.items()}


def _read(file: Any, where: str) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of every object that has any, in the order of the file."""
    found: dict[str, dict[str, np.ndarray]] = {}
    with opened(file, where) as source, reading(where) as budget:
        todo = [("", source)]
        while todo:
            path, group = todo.pop()
            budget.within("depth", path.count("/"), path)
            inner = {name: followed(group, name, f"{where}/{path}/{name}") for name in group}
            groups = {name: part for name, part in inner.items() if isinstance(part, h5py.Group)}
            if arrays := Group(groups.pop("vars", None), f"{where}/{path}/vars"):
                found[path] = {key: _counted(arrays[key], budget) for key in arrays}
            for name, part in reversed(groups.items()):  # one may hold itself, without an end
                budget.take("layers", place=path)
                todo.append((f"{path}/{name}" if path else name, part))
    return found


def _counted(array: np.ndarray, budget: Budget) -> np.ndarray:
    budget.take("weights")
    budget.take("bytes", array.nbytes)
    return array
