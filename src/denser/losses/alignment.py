"""The loss of label sequences without alignment: CTC."""

import jax.numpy as jnp
from jax import Array

from ..core.messages import UserError, shape_text
from ..core.op import op
from ..ops.ctc import ctc_loss
from .loss import LOSSES, _OfFunction


@LOSSES.named()
@op
def ctc(y_true: Array, y_pred: Array) -> Array:
    """`-log(P(y_true | y_pred))` over all alignments of the labels with the steps, in nats.

    Shapes:
        y_true: (batch, labels), class numbers from 1, filled up with 0, which is the blank
        y_pred: (batch, time, classes), scores before the softmax -> (batch,)

    Raises:
        UserError: for arrays of other ranks.

    Source: Graves et al., Connectionist Temporal Classification, ICML 2006.
    """
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    if y_true.ndim != 2 or y_pred.ndim != 3:
        raise UserError(
            "ctc: expected `y_true` (batch, labels) and `y_pred` (batch, time, classes); got "
            f"{shape_text(y_true.shape)} and {shape_text(y_pred.shape)}."
        )
    lengths = (y_true != 0).sum(axis=-1)
    steps = jnp.full(y_pred.shape[0], y_pred.shape[1])
    return ctc_loss(y_true, y_pred, lengths, steps, mask_index=0)


class CTC(_OfFunction, of=ctc):
    """`ctc` over a batch.

    Args:
        reduction, name, dtype: See `Loss`.
    """
