"""What can be wrong with the data for this model: seen on the host, before any compile."""

from typing import Any

import numpy as np
from jax.core import Tracer

from .. import activations
from ..core.messages import UserError, who
from ..core.tensor import leaves
from ..layers.activation import Softmax
from ..layers.embedding import Embedding, ReversibleEmbedding
from ..layers.reader import Read
from .compiled import per_output
from .targets import check_labels


def check_data(model: Any, arrays: Any) -> None:
    """Raise one clear error for NaN, labels out of range, tokens out of range.

    Args:
        model: A built and compiled Learner.
        arrays: (x, y, sample_weight) as NumPy's or JAX's.
    """
    x, y, _ = arrays
    for what, part in zip(("x", "y", "sample_weight"), arrays, strict=True):
        flat = leaves(part)
        for i, array in enumerate(flat):
            if array is not None:
                _check_finite(what if len(flat) == 1 else f"{what}[{i}]", array)
    check_tokens(model, x)
    compiled = model._compiled_loss
    if y is None or compiled is None or not compiled.built:
        return
    targets = per_output("y", y, compiled.names, form=compiled.form)
    for loss, target, units in zip(compiled.losses, targets, compiled.output_sizes, strict=True):
        if loss is not None:
            check_labels(loss, target, units)


def _check_finite(what: str, array: Any) -> None:
    if array.dtype.kind not in "fc" or isinstance(array, Tracer):
        return
    array = np.asarray(array)
    with np.errstate(all="ignore"):
        if not np.isnan(np.sum(array)):  # one pass without a temporary array
            return
    bad = np.isnan(array).reshape(len(array), -1).any(1)
    if bad.any():
        raise UserError(
            f"`{what}` holds NaN (not a number) in {int(bad.sum())} of {len(bad)} rows, the first "
            f"is row {int(bad.argmax())}. Remove or fill those values, as with "
            f"np.nan_to_num({what}); one NaN makes every weight NaN."
        )


def check_tokens(model: Any, x: Any) -> None:
    """Raise where an Embedding that reads an input directly would be given unknown tokens."""
    readers = _token_readers(model)
    if not readers:
        return
    inputs = leaves(model._graph.inputs)
    x = x.given if isinstance(x, Read) else x
    arrays = [x.get(t.name) for t in inputs] if isinstance(x, dict) else leaves(x)
    for index, layer in readers:
        tokens = np.asarray(arrays[index]) if arrays[index] is not None else np.empty(0)
        if tokens.size == 0:
            continue
        low, high = tokens.min(), tokens.max()
        if low < 0 or high >= layer.input_dim:
            raise UserError(
                f"{who(layer)}: tokens must be from 0 to {layer.input_dim - 1} "
                f"(input_dim={layer.input_dim}); the data go from {low} to {high}. Give it "
                f"input_dim={int(high) + 1}, or load the data with fewer words (num_words=...)."
            )
        if tokens.dtype.kind == "f" and np.any(tokens != np.rint(tokens)):
            raise UserError(
                f"{who(layer)}: tokens must be whole numbers; the data have fractions. Do not "
                "scale what an Embedding reads."
            )


def reads_tokens(model: Any) -> bool:
    """Whether `check_tokens` has anything to look at."""
    return bool(_token_readers(model))


def _token_readers(model: Any) -> list[tuple[int, Any]]:
    return model.kept("readers", lambda: _direct_readers(model, (Embedding, ReversibleEmbedding)))


def _direct_readers(model: Any, kinds: tuple[type, ...]) -> list[tuple[int, Any]]:
    """(which input, layer) for the layers of these kinds that are called on an input of the model,
    in models inside it too."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return []
    place = {id(t): i for i, t in enumerate(leaves(graph.inputs))}
    found = []
    for node in graph.nodes:
        read = [place.get(id(t)) for t in node.input_tensors]
        if node.arguments[1].get("reverse"):  # scores of vectors, no tokens
            continue
        inner = [(0, node.operation)] if isinstance(node.operation, kinds) else (
            _direct_readers(node.operation, kinds)
        )  # fmt: skip
        found += [(read[i], layer) for i, layer in inner if i < len(read) and read[i] is not None]
    return found


def check_outputs(model: Any) -> None:
    """Raise where a softmax over one unit, which is always 1, is to be trained."""
    for tensor in model.outputs or []:
        layer = tensor.history[0].operation if tensor.history else None
        is_softmax = getattr(layer, "activation", None) is activations.softmax
        if (is_softmax or isinstance(layer, Softmax)) and tensor.shape[-1:] == (1,):
            raise UserError(
                f"{who(layer)}: a softmax over one unit is always 1. For two classes use "
                "Dense(1, 'sigmoid') and loss='binary_crossentropy'; for more, give it a unit for "
                "each."
            )
