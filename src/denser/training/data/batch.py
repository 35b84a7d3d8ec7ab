"""A batch as what iterators give it: x, (x,), (x, y) or (x, y, sample_weight)."""

from typing import Any

from ...core.messages import UserError


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of a batch; what it does not have is None."""
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3:
        raise UserError(
            "A batch must be x, (x, y) or (x, y, sample_weight); got a tuple of "
            f"{len(data)}. Several inputs go into one list: ([a, b], y)."
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """A batch as short as can be: x (in a tuple, if it is one itself), (x, y) or all three."""
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
