"""Files changed at random are read or refused, by every reader; nothing else is ever raised."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from denser import callbacks, errors, saving
from denser.saving.stablehlo import load_archive
from denser.training import record
from denser.training.sealed import unseal

from .fuzz import TEXTS, Fuzz
from .parts import model

FEW = settings(max_examples=25, deadline=None, database=None,
               suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
NUMBERS = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory):
    """The readers, with good files to start from."""
    return Fuzz(tmp_path_factory.mktemp("fuzz"))


READERS = (
    "archive", "sealed archive", "config of an archive", "weights of an archive",
    "metadata of an archive", "config of an older archive", "program", "weights", "editor", "shard",
    ".weights.json", ".safetensors", ".h5", ".h5 of Keras 2", "weights in .h5", "weights by name",
    "text", "older text", "checkpoint", "note of a backup", "npz", "tar", "zip", "pickle", "idx",
    "words", "wav", "cache",
)  # fmt: skip


def test_the_good_files_are_read(fuzz):
    assert set(fuzz.table) == set(READERS) and set(TEXTS) <= set(READERS)
    for good, read in fuzz.table.values():
        read(good)


@pytest.mark.parametrize("reader", READERS)
@given(chance=NUMBERS)
@FEW
def test_other_bytes(fuzz, reader, chance):
    fuzz.bytes_of(reader, chance)


@pytest.mark.parametrize("reader", TEXTS)
@given(chance=NUMBERS)
@FEW
def test_other_parts_of_a_text(fuzz, reader, chance):
    fuzz.json_of(reader, chance)


# ------------------------------------------------------------------------------ one bit of a file


def _written(ending, folder):
    """A file that denser writes, and how it is read."""
    path, other, mine = folder / f"model{ending}", folder / f"other{ending}", model()
    whole = ending in (".keras", ".h5")
    mine.save(path) if whole else mine.save_weights(path)

    def read(data):
        other.write_bytes(data)
        saving.load_model(other) if whole else mine.load_weights(other)

    return path.read_bytes(), read


def _of_a_run(ending, folder):
    """A file that a run leaves, and how it is read."""
    mine, other = model(), folder / "other"
    backup = callbacks.BackupAndRestore(folder / "backup", delete_checkpoint=False)
    mine.fit(np.ones((4, 3)), np.ones((4, 2)), 2, 1, 0, [backup], resume=folder / "run")

    def read(data):
        other.write_bytes(data)
        if ending == "checkpoint":
            unseal(other.read_bytes(), other)
        elif ending == "record":
            record.read(other)
        else:
            (folder / "backup" / "training_metadata.json").write_bytes(data)
            backup.on_train_begin()

    places = {"checkpoint": "run/checkpoint-1.bin", "record": "run/record.json",
              "note": "backup/training_metadata.json"}  # fmt: skip
    return (folder / places[ending]).read_bytes(), read


def _program(folder):
    """An exported program, and how it is read."""
    path, other = folder / "model.stablehlo", folder / "other.stablehlo"
    model().export(path, "stablehlo", verbose=False)

    def read(data):
        other.write_bytes(data)
        load_archive(other)

    return path.read_bytes(), read


def _any(ending, folder):
    if ending == ".stablehlo":
        return _program(folder)
    return (_written if ending.startswith(".") else _of_a_run)(ending, folder)


@pytest.mark.parametrize(
    "ending",
    [".keras", ".weights.h5", ".h5", ".safetensors", ".weights.json", ".stablehlo", "checkpoint",
     "record", "note"],
)  # fmt: skip
def test_no_flipped_bit_goes_unnoticed(ending, tmp_path):
    data, read = _any(ending, tmp_path)
    read(data)
    ends = {*range(min(200, len(data))), *range(max(0, len(data) - 400), len(data))}
    for at in sorted(ends | {*range(0, len(data), 37)}):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        with pytest.raises((errors.BrokenFileError, errors.UnsafeFileError)):
            read(flipped)
    for more in (data + b"\0", data[:-1], b"\0" + data):
        with pytest.raises((errors.BrokenFileError, errors.UnsafeFileError)):
            read(more)
