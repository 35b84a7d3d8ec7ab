"""Nested structures: lists, tuples, named tuples, deques and dicts, walked as Keras's `tree` does.

The entries of a dict are taken in the order of its sorted keys, those of an OrderedDict in its own.
None is a leaf.
"""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .messages import UserError, UserTypeError, short


class MAP_TO_NONE:  # noqa: N801 - Keras's name
    """What a function given to `traverse` returns to put None in a part's place."""


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a list, tuple, named tuple, deque or dict.

    Example:
        >>> is_nested({"foo": 42})
        True
    """
    return isinstance(structure, (list, tuple, dict, deque))


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """The leaves, each with the tuple of indices and keys that lead to it.

    Example:
        >>> flatten_with_path([{"foo": 42}])
        [((0, 'foo'), 42)]
    """
    return list(_walk(structure, ()))


def flatten(structure: Any) -> list[Any]:
    """The leaves in order.

    Example:
        >>> flatten({"b": [1, 2], "a": None})
        [None, 1, 2]
    """
    return [leaf for _, leaf in _walk(structure, ())]


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """`structure` with these leaves in the order of `flatten`.

    Example:
        >>> pack_sequence_as({"b": 0, "a": [0]}, [1, 2])
        {'b': 2, 'a': [1]}
    """
    if not isinstance(flat_sequence, Iterable):
        raise UserTypeError(f"`flat_sequence` must be a sequence; got {short(flat_sequence)}.")
    values = list(flat_sequence)
    count = len(flatten(structure))
    if len(values) != count:
        raise UserError(f"The structure has {count} leaves; `flat_sequence` has {len(values)}.")
    rest = iter(values)
    return _map(lambda _: next(rest), structure)


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """The structure of `func(leaf, ...)` for each leaf of the first and its partners in the others.

    Args:
        func: A function of as many leaves as there are structures.
        structures: Structures that are nested alike.
        none_is_leaf: False leaves None as it is; the others must then be None there, too.

    Example:
        >>> map_structure(lambda x, y: x + y, {"a": [1, 2]}, {"a": [10, 20]})
        {'a': [11, 22]}
    """
    _check_call(func, structures)
    for other in structures[1:]:
        assert_same_structure(structures[0], other)

    def mapped(*leaves: Any) -> Any:
        if none_is_leaf or leaves[0] is not None:
            return func(*leaves)
        if any(leaf is not None for leaf in leaves):
            raise UserError(f"Expected None everywhere; got {short(leaves)}.")
        return None

    return _map(mapped, *structures)


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """`map_structure` that stops where `shallow_structure` has leaves.

    Example:
        >>> map_structure_up_to([None, None], len, [[1, 1], [2]])
        [2, 1]
    """
    _check_call(func, structures)
    for other in structures:
        _check(shallow_structure, other, deeper=True)
    return _map(lambda _, *parts: func(*parts), shallow_structure, *structures)


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raise a ValueError unless `a` and `b` are nested in the same way.

    A dict, OrderedDict and defaultdict are alike if their keys are. `check_types` has no effect
    any more, as in Keras.
    """
    _check(a, b, deeper=False)


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise a ValueError unless the same indices and keys lead to leaves in `a` and in `b`.

    Example:
        >>> assert_same_paths([0, 1], (2, 3))
    """
    mine, other = ({path for path, _ in flatten_with_path(s)} for s in (a, b))
    if mine != other:
        raise UserError(
            "`a` and `b` don't have the same paths. Only in `a`: "
            f"{short(mine - other)}; only in `b`: {short(other - mine)}."
        )


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Call `func` on every part, parents before (`top_down`) or after what is in them.

    What it returns takes the part's place: None keeps the part, `MAP_TO_NONE` puts None there. Top
    down, what is in a replaced part is not visited.

    Example:
        >>> traverse(lambda x: sum(x) if isinstance(x, tuple) else None, [(1, 2), [3]])
        [3, [3]]
    """
    _check_call(func, (structure,))
    if top_down:
        found = func(structure)
        if found is not None:
            return _or_none(found)
    if is_nested(structure):
        parts = [traverse(func, part, top_down) for _, part in _entries(structure)]
        structure = _like(structure, parts)
    if top_down:
        return structure
    found = func(structure)
    return structure if found is None else _or_none(found)


def lists_to_tuples(structure: Any) -> Any:
    """The structure with a tuple for every list.

    Example:
        >>> lists_to_tuples([1, {"a": [2]}])
        (1, {'a': (2,)})
    """
    return traverse(lambda x: tuple(x) if isinstance(x, list) else None, structure, top_down=False)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """The structure of `func(shape)`, where tuples and lists of integers and None are shapes.

    Example:
        >>> map_shape_structure(len, {"a": (1, None), "b": [(2,)]})
        {'a': 2, 'b': [1]}
    """
    _check_call(func, (structure,))
    if not is_nested(structure) or _is_shape(structure):
        return func(structure)
    return _like(structure, [map_shape_structure(func, part) for _, part in _entries(structure)])


def _is_shape(structure: Any) -> bool:
    return isinstance(structure, (list, tuple)) and all(
        size is None or isinstance(size, int) for size in structure
    )


def _entries(structure: Any) -> list[tuple[Any, Any]]:
    """Keys and parts of a nested structure, in order."""
    if not isinstance(structure, dict):
        return list(enumerate(structure))
    return [(key, structure[key]) for key in _keys(structure)]


def _keys(structure: dict) -> list[Any]:
    if isinstance(structure, OrderedDict):
        return list(structure)
    try:
        return sorted(structure)
    except TypeError:  # keys of several types
        return sorted(structure, key=lambda key: (type(key).__name__, key))


def _like(structure: Any, parts: Sequence[Any]) -> Any:
    """A structure of the same kind with other parts, given in the order of `_entries`."""
    if isinstance(structure, dict):
        by_key = dict(zip(_keys(structure), parts, strict=True))
        pairs = [(key, by_key[key]) for key in structure]
        if isinstance(structure, defaultdict):
            return type(structure)(structure.default_factory, pairs)
        return type(structure)(pairs)
    if isinstance(structure, deque):
        return deque(parts, structure.maxlen)
    return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)


def _walk(structure: Any, path: tuple) -> Iterator[tuple[tuple, Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key, part in _entries(structure):
        yield from _walk(part, (*path, key))


def _map(func: Callable[..., Any], first: Any, *others: Any) -> Any:
    if not is_nested(first):
        return func(first, *others)
    parts = [_map(func, part, *(other[key] for other in others)) for key, part in _entries(first)]
    return _like(first, parts)


def _check(a: Any, b: Any, deeper: bool) -> None:
    """Raise where the structures differ; with `deeper`, `b` may go on where `a` has a leaf."""
    if not is_nested(a):
        if not deeper and is_nested(b):
            raise UserError(f"The structures differ: {short(a)} is a leaf, {short(b)} is none.")
        return
    both_dicts = isinstance(a, dict) and isinstance(b, dict)
    if not both_dicts and type(a) is not type(b):
        raise UserError(f"The structures differ: a {type(a).__name__} against {short(b)}.")
    if len(a) != len(b) or (both_dicts and set(a) != set(b)):
        raise UserError(f"The structures differ: the entries of {short(a)} and of {short(b)}.")
    for key, part in _entries(a):
        _check(part, b[key], deeper)


def _check_call(func: Any, structures: Sequence[Any]) -> None:
    if not callable(func):
        raise UserTypeError(f"`func` must be callable; got {short(func)}.")
    if not structures:
        raise UserError("Give at least one structure.")


def _or_none(found: Any) -> Any:
    return None if found is MAP_TO_NONE else found
