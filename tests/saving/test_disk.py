"""Every operation on files fails in turn while something is saved over what is there: in every
format, the old or the new state is whole, and an error is told."""

import shutil

import numpy as np
import pytest

import denser
from denser.saving.editor import KerasFileEditor
from denser.training.checkpoint import Folder
from denser.training.sealed import encode

from .disk import BREAKS, Breaking, Killed, Power, placed


def network(value):
    """With all weights of one value, by which its files are known."""
    model = denser.Sequential([denser.Input((3,)), denser.layers.Dense(2), denser.layers.Dense(2)])
    model.set_weights([np.full_like(w, value) for w in model.get_weights()])
    return model


def file(name, whole=False, **options):
    """A format of one file or, as shards, more: how to save to a folder, and to load from it."""

    def save(model, folder):
        (model.save if whole else model.save_weights)(folder / name, **options)

    def load(folder):
        model = network(-1)
        model.load_weights(folder / name)
        return value_of(model.get_weights())

    return save, load


def value_of(weights):
    """The one value of all weights."""
    (value,) = {float(v) for w in weights for v in np.ravel(w)}
    return value


def edit(model, folder):
    model.save(folder.parent / "edited.keras")
    KerasFileEditor(folder.parent / "edited.keras").save(folder / "m.weights.h5")


def keep(model, folder):
    opened = Folder(folder)
    try:
        opened.write(encode([w for w in model.get_weights()]))
    finally:
        opened.close()


def kept(folder):
    opened = Folder(folder)
    try:
        return value_of(opened.read())
    finally:
        opened.close()


def back_up(model, folder):
    backup = denser.callbacks.BackupAndRestore(folder)
    backup.set_model(model)
    backup.on_epoch_end(int(model.get_weights()[0][0, 0]), None)


def restored(folder):
    backup, model = denser.callbacks.BackupAndRestore(folder), network(-1)
    backup.set_model(model)
    backup.on_train_begin()
    value = value_of(model.get_weights())
    assert model._initial_epoch == value + 1
    return value


FORMATS = {
    ".keras": file("m.keras", whole=True),
    ".weights.h5": file("m.weights.h5"),
    ".h5": file("m.h5", whole=True),
    ".safetensors": file("m.safetensors"),
    "shards": file("m.weights.json", max_shard_size=4e-8),
    "edited": (edit, file("m.weights.h5")[1]),
    "checkpoints": (keep, kept),
    "backups": (back_up, restored),
}
MODELS = [network(0), network(1)]


@pytest.fixture(params=FORMATS)
def saving(request, tmp_path):
    """How to save and load, a folder in which the old state is, and what is in one with the new."""
    save, load = FORMATS[request.param]
    folder, after = tmp_path / "folder", tmp_path / "after"
    for place in (folder, after):
        place.mkdir()
        save(MODELS[0], place)
    save(MODELS[1], after)
    assert (load(folder), load(after)) == (0, 1)
    return save, load, folder, names(after)


def names(folder):
    return {file.name for file in folder.iterdir()}


@pytest.mark.parametrize("how", BREAKS)
def test_each_step_fails(saving, how, tmp_path):
    save, load, old, after = saving
    number, more, seen = 0, True, set()
    while more:
        folder = tmp_path / f"{number}"
        shutil.copytree(old, folder)
        told = False
        with Breaking(folder, number, how) as disk:
            try:
                save(MODELS[1], folder)
            except (OSError, Killed):
                told = True
        value = load(folder)
        assert value == 1 or (value == 0 and told), f"step {number}: an error was swallowed"
        seen.add(value)
        if how != "killed":
            whole = {0: names(old), 1: after | names(old)}[value]
            assert names(folder) <= whole, f"step {number}: something is left beside"
        if names(folder) not in (names(old), after):  # what is left goes with the next one
            save(MODELS[1], folder)
            left = {name for name in names(folder) if not name.endswith(".part")}
            assert load(folder) == 1 and (left == after or "lock" in left)
        more, number = disk.count > number, number + 1
        shutil.rmtree(folder)
    assert seen == {0, 1} and number > 8


def test_the_power_fails_after_each_step(saving, tmp_path):
    save, load, old, _ = saving
    with Power(old) as disk:
        save(MODELS[1], old)
    found = set()
    for number, state in enumerate(disk.states):
        with placed(tmp_path / f"{number}", state) as folder:
            found.add(load(folder))
    assert found == {0, 1}


class Odd(denser.layers.Layer):
    """With an argument for which JSON has no form."""

    def __init__(self, slope, **more):
        super().__init__(**more)
        self.slope = slope

    def call(self, x):
        return x


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_what_json_has_no_form_for_is_told_and_the_old_file_stays(name, tmp_path):
    MODELS[0].save(tmp_path / name)
    before = (tmp_path / name).read_bytes()
    odd = denser.Sequential([denser.Input((3,)), Odd(float("nan"))])
    with pytest.raises(denser.errors.UserError, match="holds a NaN or an infinite number"):
        odd.save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == before and names(tmp_path) == {name}
