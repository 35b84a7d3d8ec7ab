"""Fuzzing: good files changed at random, and the readers that must take or refuse each of them."""

import copy
import json
import random
import warnings

from denser.core.messages import UserError

from .readers import Readers

# the readers of JSON, whose good file may have its parts changed
TEXTS = (
    "text", "older text", "config of an archive", "config of an older archive",
    "metadata of an archive", ".weights.json", "note of a backup", "words",
)  # fmt: skip
_VALUES = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 10**12, -(2**40), 0.5, -1.5, 1e308, "", "relu",
    "os.system", "Dense", "__lambda__", "../x", "\0", [], [None], [0, 0], [[]], {}, {"a": 1},
    {"class_name": "Dense", "config": {}}, {"class_name": "__tuple__", "config": {"value": 3}},
    {"class_name": "function", "config": "eval"}, "float32", "int4", "x" * 300,
)  # fmt: skip


def other_bytes(data, chance):
    """`data` with a few bits, bytes or blocks changed, moved, doubled or left out."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not data:
            return b""
        at, length = chance.randrange(len(data)), chance.choice([1, 1, 2, 4, 8, 64])
        what = chance.randrange(7)
        if what == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            data[at : at + length] = chance.randbytes(length)
        elif what == 2:
            data[at : at + length] = chance.choice([b"\0", b"\xff"]) * length
        elif what == 3:
            del data[at : at + length]
        elif what == 4:
            data[at:at] = data[at : at + length]
        elif what == 5:
            other = chance.randrange(len(data))
            data[at : at + length] = data[other : other + length]
        else:
            del data[chance.randrange(len(data)) :]
    return bytes(data)


def other_json(value, chance):
    """A JSON value with a few of its parts replaced, moved or left out."""
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, 4)):
        places = list(places_of(value)) if isinstance(value, (dict, list)) else []
        if not places:
            break
        owner, key = chance.choice(places)
        what = chance.randrange(4)
        if what == 0:
            del owner[key]
        elif what == 1:
            other, at = chance.choice(places)
            owner[key] = copy.deepcopy(other[at]) if _has(other, at) else None
        else:
            owner[key] = copy.deepcopy(chance.choice(_VALUES))
    return value


def _has(owner, key):
    return key in owner if isinstance(owner, dict) else key < len(owner)


def places_of(value):
    """Where each part stands: (dict or list, key or number)."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(entries):
        yield value, key
        if isinstance(part, (dict, list)):
            yield from places_of(part)


class Fuzz:
    """Readers, each given files made from a good one by chance.

    Args:
        folder: Where files may be made.
    """

    def __init__(self, folder):
        self.readers = Readers(folder)
        self.table = self.readers.table

    def bytes_of(self, name, chance):
        """Read a file with other bytes; what it raises is a UserError."""
        good, read = self.table[name]
        tried(read, other_bytes(good, chance))

    def json_of(self, name, chance):
        """Read a text with other parts."""
        good, read = self.table[name]
        tried(read, json.dumps(other_json(json.loads(good), chance)).encode())

    def run(self, names, seed):
        """One file for each of these readers, two of those of JSON."""
        for name in names:
            self.bytes_of(name, random.Random(seed))
            if name in TEXTS:
                self.json_of(name, random.Random(seed))


def tried(read, data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(data)
        except UserError as error:
            assert len(str(error)) <= 600 or "\n" in str(error)
