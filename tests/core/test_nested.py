"""tree: Keras's own answers, errors included."""

import collections

import keras
import pytest

from denser import tree

Point = collections.namedtuple("Point", "x y")
STRUCTURES = [
    None, 3, [], {}, {"b": 1, "a": None}, collections.OrderedDict(b=1, a=[2]), Point(1, [2]),
    collections.deque([1, (2,)]), collections.defaultdict(int, z=1, c=2), {"a": []}, {2: 1, "a": 3},
    [(1, None), [{"k": (2, 3)}]],
]  # fmt: skip


def same(name, *args, **kwargs):
    """Whether both give the same, or both raise."""
    found = []
    for module in (keras.tree, tree):
        try:
            found.append(getattr(module, name)(*args, **kwargs))
        except (ValueError, TypeError) as error:
            found.append(type(error).__mro__[-4:])
    if isinstance(found[0], tuple) and found[0] and isinstance(found[0][0], type):
        return isinstance(found[1], tuple)
    return found[0] == found[1] and type(found[0]) is type(found[1])


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_one_structure(structure):
    for name in ("is_nested", "flatten", "flatten_with_path", "lists_to_tuples"):
        assert same(name, structure), name
    assert same("map_structure", lambda x: (x, 1), structure)
    assert same("map_structure", lambda x: x + 1, structure, none_is_leaf=False)
    assert same("map_shape_structure", str, structure)
    assert same("pack_sequence_as", structure, range(len(tree.flatten(structure))))
    assert same("pack_sequence_as", structure, range(9))


@pytest.mark.parametrize("a", STRUCTURES, ids=str)
def test_two_structures(a):
    for b in STRUCTURES:
        assert same("assert_same_structure", a, b), b
        assert same("assert_same_paths", a, b), b
        assert same("map_structure", lambda *x: x, a, b), b
        if None in tree.flatten(a):
            continue  # Keras means None to be a leaf there, as its docs say, and raises
        assert same("map_structure_up_to", a, lambda *x: str(x), b), b


@pytest.mark.parametrize("top_down", [True, False])
def test_traverse(top_down):
    structure = {"b": [1], "a": Point(1, (2, 3))}
    visits = []
    for module in (keras.tree, tree):
        seen: list = []

        def visit(part, module=module, seen=seen):
            seen.append(part)
            if part == 1:
                return module.MAP_TO_NONE
            return sum(part) if part == (2, 3) else None

        seen.append(module.traverse(visit, structure, top_down))
        visits.append(seen)
    assert visits[0] == visits[1]
