"""Rematerialization: what backpropagation needs is computed again instead of kept in memory."""

import functools
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax

from .masks import get_mask, set_mask
from .messages import UserTypeError, bad_argument
from .tensor import leaves, map_leaves
from .variable import Scope, current_scope

_MODES = ("full", "activations", "larger_than", "list_of_layers", None)
_PRODUCTS = ("dot_general", "conv_general_dilated")


class _Local(threading.local):
    """The scope that the present thread makes layers in."""

    scope: "RematScope | None" = None


_local = _Local()


class RematScope:
    """Within the `with`, layers that are made rematerialize: their inner values are computed again
    in the backward pass, which takes less memory and more time.

    Args:
        mode: 'full': every layer; 'activations': every layer keeps its products alone;
            'larger_than': layers whose output has more numbers than the threshold;
            'list_of_layers': those of some names; None: none.
        output_size_threshold: The threshold of 'larger_than'; the batch counts.
        layer_names: The names for 'list_of_layers'.

    Example:
        >>> with RematScope(mode="full"):
        ...     layer = Dense(64, "gelu")

    Source: Chen et al. 2016, arXiv:1604.06174.
    """

    def __init__(
        self,
        mode: str | None = "full",
        output_size_threshold: int = 1024,
        layer_names: Sequence[str] | None = None,
    ):
        if mode not in _MODES:
            expected = f"one of {', '.join(map(repr, _MODES))}"
            raise bad_argument("RematScope", "mode", expected, mode)
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = list(layer_names or ())

    def __enter__(self) -> "RematScope":
        self._outer, _local.scope = _local.scope, self
        return self

    def __exit__(self, *error: object) -> None:
        _local.scope = self._outer

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The `call` of the layer `name` as this scope wants it."""
        if self.mode is None or (self.mode == "list_of_layers" and name not in self.layer_names):
            return call
        if self.mode == "activations":
            return _remat(call, policy=_keeps_products)
        return _remat(call, least=self.output_size_threshold if self.mode == "larger_than" else 0)


def present_remat_scope() -> RematScope | None:
    """The scope that layers made now belong to; None for none."""
    return _local.scope


def remat(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, whose inner values are computed again in the backward pass instead of kept.

    It may read and assign Variables, as a layer's `call` does.

    Args:
        f: A function of arrays, or a layer.

    Example:
        >>> thrifty = remat(lambda x: ops.tanh(ops.tanh(x)))
        >>> float(thrifty(0.0))
        0.0

    Source: Chen et al. 2016, arXiv:1604.06174.
    """
    if not callable(f):
        raise UserTypeError(f"remat: `f` must be a function or a layer; got {f!r}.")
    return _remat(f)


def _remat(f: Callable[..., Any], policy: Any = None, least: int = 0) -> Callable[..., Any]:
    @functools.wraps(f, updated=())
    def run(*args: Any, **kwargs: Any) -> Any:
        given = leaves([args, kwargs])
        arrays = [x for x in given if isinstance(x, jax.Array)]
        written: list[Any] = []
        form: Any = None

        def inner(arrays: list[Any], masks: list[Any]) -> Any:
            nonlocal form
            rest = iter([_masked(x, m) for x, m in zip(arrays, masks, strict=True)])
            filled = [next(rest) if isinstance(x, jax.Array) else x for x in given]
            values = iter(filled)
            own_args, own_kwargs = map_leaves(lambda _: next(values), [args, kwargs])
            with Scope(closed=True) as scope:
                outputs = f(*own_args, **own_kwargs)
            written[:] = scope.written.values()
            form = outputs
            found = [x if isinstance(x, jax.Array) else None for x in leaves(outputs)]
            state = [scope.value(variable) for variable in written]
            return found, [get_mask(x) for x in leaves(outputs)], state, scope.losses

        masks = [get_mask(x) for x in arrays]
        if least and _size(jax.eval_shape(inner, arrays, masks)[0]) <= least:
            return f(*args, **kwargs)
        found, out_masks, state, losses = jax.checkpoint(inner, policy=policy)(arrays, masks)
        for variable, value in zip(written, state, strict=True):
            variable.assign(value)
        scope = current_scope()
        if scope is not None:
            scope.losses.extend(losses)
        pairs = iter(zip(found, out_masks, strict=True))
        return map_leaves(lambda same: _output(same, *next(pairs)), form)

    return run


def _masked(x: Any, mask: Any) -> Any:
    if mask is not None:
        set_mask(x, mask)
    return x


def _output(same: Any, array: Any, mask: Any) -> Any:
    """An output of the checkpoint, or what is no array and came out beside it."""
    return same if array is None else _masked(array, mask)


def _size(outputs: list[Any]) -> int:
    return sum(math.prod(x.shape) for x in outputs if x is not None)


def _keeps_products(primitive: Any, *_: Any, **__: Any) -> bool:
    """What 'activations' keeps: matrix products and convolutions; the rest is computed again."""
    return primitive.name in _PRODUCTS
