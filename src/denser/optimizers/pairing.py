"""Which gradient belongs to which weight, and what is wrong where none does."""

import warnings
from collections.abc import Iterable
from typing import Any

from ..core.messages import UserError, short, who
from ..core.variable import Variable


def paired(
    optimizer: Any, gradients: list[Any], variables: Iterable[Variable] | None
) -> list[tuple[Variable, Any]]:
    """Each weight with its gradient, without those whose gradient is None; builds the optimizer
    with the weights if nobody did.

    Args:
        optimizer: Whose weights they are.
        gradients: One per weight.
        variables: The weights; None: those it was built with.

    Raises:
        UserError: where they do not belong to each other, or all gradients are None.
    """
    if variables is not None:
        weights = list(variables)
        if not optimizer.built:
            optimizer.build(weights)
    elif not optimizer.built:
        raise UserError(
            f"{who(optimizer)}: not built yet. Call `build(variables)`, or give the weights to "
            "`apply(grads, trainable_variables)`."
        )
    else:
        weights = list(optimizer._weights())
    if len(gradients) != len(weights):
        raise UserError(
            f"{who(optimizer)}: `grads` must be {len(weights)}, one per weight; "
            f"got {len(gradients)}."
        )
    known = {id(variable) for variable in optimizer._weights()}
    for variable in weights:
        if id(variable) not in known:
            raise UserError(
                f"{who(optimizer)}: was not built with the weight '{variable.path}'. Make a new "
                "optimizer for new weights (compile again after layers change)."
            )
    pairs = list(zip(weights, gradients, strict=True))
    missing = [variable.path for variable, gradient in pairs if gradient is None]
    if len(missing) == len(pairs):
        raise UserError(f"{who(optimizer)}: no gradients provided for any variable.")
    if missing:
        warnings.warn(
            f"{who(optimizer)}: no gradient for {short(missing)}; these weights stay as they are. "
            "Does the loss depend on them?",
            stacklevel=4,
        )
    return [(variable, gradient) for variable, gradient in pairs if gradient is not None]
