"""What can be wrong with the data for this model: seen on the host, before any compile."""

from typing import Any

import jax
import numpy as np

from ..core.messages import UserError
from ..core.tensor import leaves
from ..layers.embedding import Embedding


def check_data(model: Any, arrays: Any) -> None:
    """Raise one clear error for NaN, labels out of range, tokens out of range.

    Args:
        model: A built and compiled Learner.
        arrays: (x, y, sample_weight) on the host.
    """
    x, y, _ = arrays
    for what, part in (("x", x), ("y", y)):
        flat = [a for a in leaves(part) if a is not None]
        for i, array in enumerate(flat):
            _check_finite(what if len(flat) == 1 else f"{what}[{i}]", array)
    _check_tokens(model, x)
    compiled = getattr(model, "_compiled_loss", None)
    if y is None or compiled is None or not compiled.built:
        return
    targets = [a for a in leaves(y) if a is not None]
    for i, loss in enumerate(compiled.losses):
        if loss is not None and i < len(targets):
            check_labels(loss, targets[i], compiled.output_sizes[i])


def _on_host(array: Any) -> bool:
    return isinstance(array, np.ndarray)


def _check_finite(what: str, array: Any) -> None:
    if array.dtype.kind not in "fc" or isinstance(array, jax.core.Tracer):
        return
    with np.errstate(all="ignore"):
        if not np.isnan(np.sum(np.asarray(array))):  # one pass without a temporary array
            return
    bad = np.isnan(np.asarray(array)).reshape(len(array), -1).any(1)
    if bad.any():
        raise UserError(
            f"`{what}` holds NaN (not a number) in {int(bad.sum())} of {len(bad)} rows, the first "
            f"is row {int(bad.argmax())}. Remove or fill those values, as with "
            f"np.nan_to_num({what}); one NaN makes every weight NaN."
        )


def check_labels(loss: Any, y: Any, classes: int | None) -> None:
    """Raise where targets cannot be what this loss expects."""
    name = type(loss).__name__
    if not _on_host(y) or y.size == 0:
        return
    if name == "SparseCategoricalCrossentropy" and classes is not None and classes > 1:
        low, high = y.min(), y.max()
        ignored = getattr(loss, "ignore_class", None)
        if ignored is not None and (low < 0 or high >= classes):
            kept = y[y != ignored]
            low, high = (kept.min(), kept.max()) if kept.size else (0, 0)
        if low < 0 or high >= classes:
            raise UserError(
                f"{name}: labels must be from 0 to {classes - 1}, as the output has {classes} "
                f"units; `y` goes from {low} to {high}. "
                + ("Subtract 1 from labels that start at 1, or g" if low >= 1 else "G")
                + f"ive the last layer {int(high) + 1} units."
            )
        if y.dtype.kind == "f" and np.any(y != np.rint(y)):
            raise UserError(f"{name}: labels must be whole numbers; `y` has fractions.")
    elif name in ("BinaryCrossentropy", "CategoricalCrossentropy", "BinaryFocalCrossentropy"):
        low, high = y.min(), y.max()
        if low < 0 or high > 1:
            hint = (
                "For class numbers use loss='sparse_categorical_crossentropy' and one unit for "
                "each class."
            )
            if (low, high) == (-1, 1):
                hint = "Bring -1 and 1 to 0 and 1: (y + 1) / 2; or use loss='hinge'."
            raise UserError(
                f"{name}: targets must be from 0 to 1; `y` goes from {low} to {high}. {hint}"
            )


def _check_tokens(model: Any, x: Any) -> None:
    """Raise where an Embedding that reads an input directly would be given unknown tokens."""
    arrays = leaves(x)
    for index, layer in direct_readers(model, Embedding):
        if index >= len(arrays) or not _on_host(arrays[index]) or arrays[index].size == 0:
            continue
        low, high = arrays[index].min(), arrays[index].max()
        if low < 0 or high >= layer.input_dim:
            raise UserError(
                f"Embedding '{layer.name}': tokens must be from 0 to {layer.input_dim - 1} "
                f"(input_dim={layer.input_dim}); the data go from {low} to {high}. Give it "
                f"input_dim={int(high) + 1}, or load the data with fewer words (num_words=...)."
            )


def direct_readers(model: Any, kind: type) -> list[tuple[int, Any]]:
    """(which input, layer) for the layers of a kind that are called on an input of the model."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return []
    inputs = {id(t): i for i, t in enumerate(leaves(graph.inputs))}
    return [
        (inputs[id(node.input_tensors[0])], node.operation)
        for node in graph.nodes
        if isinstance(node.operation, kind) and id(node.input_tensors[0]) in inputs
    ]
