"""Files changed at random are read or refused, by every reader; nothing else is ever raised."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from denser import errors, saving

from .fuzz import Fuzz
from .parts import model

FEW = settings(max_examples=25, deadline=None, database=None,
               suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
NUMBERS = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory):
    """The readers, with good files to start from."""
    return Fuzz(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize(
    "reader",
    [
        "archive",
        "sealed archive",
        "weights",
        "editor",
        "text",
        "npz",
        "tar",
        "zip",
        "pickle",
        ".h5",
        ".safetensors",
        ".weights.json",
    ],
)
@given(chance=NUMBERS)
@FEW
def test_other_bytes(fuzz, reader, chance):
    fuzz.bytes_of(reader, chance)


@given(chance=NUMBERS)
@FEW
def test_other_parts_of_a_config(fuzz, chance):
    fuzz.config(chance)


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
@given(chance=NUMBERS)
@FEW
def test_other_bytes_of_a_member(fuzz, member, chance):
    fuzz.member(member, chance)


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


@pytest.mark.parametrize(
    "ending", [".keras", ".weights.h5", ".h5", ".safetensors", ".weights.json"]
)
def test_no_flipped_bit_goes_unnoticed(ending, tmp_path):
    data, read = _written(ending, tmp_path)
    read(data)
    ends = [*range(200), *range(len(data) - 400, len(data))]
    for at in [*ends, *range(200, len(data) - 400, 37)]:
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        with pytest.raises((errors.BrokenFileError, errors.UnsafeFileError)):
            read(flipped)
    for more in (data + b"\0", data[:-1], b"\0" + data):
        with pytest.raises((errors.BrokenFileError, errors.UnsafeFileError)):
            read(more)
