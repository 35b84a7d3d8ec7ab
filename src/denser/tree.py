"""Nested structures: the face of `denser.tree`."""

from .core.nested import MAP_TO_NONE as MAP_TO_NONE
from .core.nested import assert_same_paths as assert_same_paths
from .core.nested import assert_same_structure as assert_same_structure
from .core.nested import flatten as flatten
from .core.nested import flatten_with_path as flatten_with_path
from .core.nested import is_nested as is_nested
from .core.nested import lists_to_tuples as lists_to_tuples
from .core.nested import map_shape_structure as map_shape_structure
from .core.nested import map_structure as map_structure
from .core.nested import map_structure_up_to as map_structure_up_to
from .core.nested import pack_sequence_as as pack_sequence_as
from .core.nested import traverse as traverse
