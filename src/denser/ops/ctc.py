"""Connectionist temporal classification: sequences of labels from longer sequences of scores."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ..core.messages import bad_argument
from ..core.op import op

# The logarithm of an impossible path's probability: finite, so that gradients stay so.
_IMPOSSIBLE = -1e5


@op
def ctc_loss(
    target: Array,
    output: Array,
    target_length: Array,
    output_length: Array,
    mask_index: int = 0,
) -> Array:
    """`-log(P(target | output))` in nats: the sum over all ways to spread the labels over the
    steps, repeated labels and blanks between them allowed.

    Shapes:
        target: (batch, labels), class numbers
        output: (batch, time, classes), scores before the softmax
        target_length, output_length: (batch,), how many labels and steps are real
        result: (batch,)

    Args:
        mask_index: The class that stands for a blank.

    Source: Graves et al., Connectionist Temporal Classification, ICML 2006.
    """
    target, target_length, output_length = (
        jnp.asarray(part).astype(jnp.int32) for part in (target, target_length, output_length)
    )
    batch, labels = target.shape
    # A blank before, between and after the labels: places of a path, 2 * labels + 1.
    places = jnp.full((batch, 2 * labels + 1), mask_index).at[:, 1::2].set(target)
    log_p = jax.nn.log_softmax(output, axis=-1)
    emit = jnp.take_along_axis(log_p, places[:, None, :], axis=-1)  # (batch, time, places)
    before = jnp.pad(places, ((0, 0), (2, 0)), constant_values=mask_index)[:, :-2]
    may_skip = (places != mask_index) & (places != before)

    def step(log_alpha: Any, now: tuple[Any, Any]) -> tuple[Any, None]:
        emit_now, time = now
        arrive = jnp.logaddexp(log_alpha, _shift(log_alpha, 1))
        skip = jnp.where(may_skip, _shift(log_alpha, 2), _IMPOSSIBLE)
        moved = jnp.logaddexp(arrive, skip) + emit_now
        return jnp.where(time < output_length[:, None], moved, log_alpha), None

    start = jnp.full_like(emit[:, 0], _IMPOSSIBLE).at[:, :2].set(emit[:, 0, :2])
    steps = (emit.swapaxes(0, 1)[1:], jnp.arange(1, emit.shape[1]))
    log_alpha, _ = jax.lax.scan(step, start, steps)

    last = 2 * target_length[:, None]
    on_blank = jnp.take_along_axis(log_alpha, last, axis=1)[:, 0]
    on_label = jnp.take_along_axis(log_alpha, jnp.maximum(last - 1, 0), axis=1)[:, 0]
    on_label = jnp.where(target_length > 0, on_label, _IMPOSSIBLE)
    return -jnp.logaddexp(on_blank, on_label)


def _shift(log_alpha: Any, by: int) -> Any:
    """Every place's value moved `by` places on."""
    return jnp.pad(log_alpha, ((0, 0), (by, 0)), constant_values=_IMPOSSIBLE)[:, :-by]


@op
def ctc_decode(
    inputs: Array,
    sequence_lengths: Array,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[Array, Array]:
    """The likeliest label sequences for scores over time, filled up with -1, and how likely.

    Shapes:
        inputs: (batch, time, classes), scores before the softmax
        sequence_lengths: (batch,), how many steps are real
        result: (paths, batch, time), int32, and (batch, paths)

    Args:
        strategy: 'greedy' takes the best class of each step: one path, with the negative sum of
            their scores. 'beam_search' sums over the ways to spread a sequence over the steps, and
            gives the logarithms of their probabilities.
        beam_width: How many sequences the beam search keeps at each step.
        top_paths: How many sequences the beam search gives.
        merge_repeated: Whether a class that is the best of several steps in a row is one label;
            the beam search knows labels only so.
        mask_index: The class that stands for a blank.

    Raises:
        UserError: for another strategy, and for a beam search without merging.

    Source: Graves et al., ICML 2006; Hannun et al., 2014, arXiv:1408.2873 (prefix beam search).
    """
    lengths = jnp.asarray(sequence_lengths).astype(jnp.int32)
    if strategy == "greedy":
        return _greedy(inputs, lengths, merge_repeated, mask_index)
    if strategy != "beam_search":
        raise bad_argument("ctc_decode", "strategy", "'greedy' or 'beam_search'", strategy)
    if not merge_repeated:
        raise bad_argument("ctc_decode", "merge_repeated", "True with 'beam_search'", False)
    if not 1 <= top_paths <= beam_width:
        raise bad_argument("ctc_decode", "top_paths", "from 1 to `beam_width`", top_paths)
    search = jax.vmap(_beam_search, in_axes=(0, 0, None, None))
    paths, scores = search(jax.nn.log_softmax(inputs, axis=-1), lengths, beam_width, mask_index)
    return paths[:, :top_paths].swapaxes(0, 1), scores[:, :top_paths]


def _greedy(inputs: Any, lengths: Any, merge_repeated: bool, blank: int) -> tuple[Any, Any]:
    """The best class of each step, blanks and, if asked, repetitions taken out."""
    batch, time, _ = inputs.shape
    real = jnp.arange(time) < lengths[:, None]
    best = inputs.argmax(axis=-1).astype(jnp.int32)
    score = -jnp.where(real, inputs.max(axis=-1), 0).sum(axis=1, keepdims=True)
    keep = real & (best != blank)
    if merge_repeated:
        keep &= jnp.pad(best[:, 1:] != best[:, :-1], ((0, 0), (1, 0)), constant_values=True)
    # Each kept label goes to its place among the kept ones, the others beyond the end: dropped.
    place = jnp.where(keep, jnp.cumsum(keep, axis=1) - 1, time)
    rows = jnp.arange(batch)[:, None]
    paths = jnp.full((batch, time), -1, jnp.int32).at[rows, place].set(best, mode="drop")
    return paths[None], score


def _beam_search(log_p: Any, length: Any, width: int, blank: int) -> tuple[Any, Any]:
    """The best sequences (width, time) of one sample, best first, and their log-probabilities."""
    time = len(log_p)
    start = (
        jnp.full((width, time), -1, jnp.int32),  # the labels of each sequence
        jnp.zeros(width, jnp.int32),  # how many they are
        jnp.full(width, -jnp.inf).at[0].set(0.0),  # log-probability of ways that end in a blank
        jnp.full(width, -jnp.inf),  # and of those that end in the last label
    )

    def step(state: tuple, now: tuple[Any, Any]) -> tuple[tuple, None]:
        scores, at = now
        new = _grow(state, *_ways_on(state, scores, blank))
        return jax.tree.map(lambda a, b: jnp.where(at < length, a, b), new, state), None

    (paths, _, on_blank, on_label), _ = jax.lax.scan(step, start, (log_p, jnp.arange(time)))
    return paths, jnp.logaddexp(on_blank, on_label)


def _ways_on(state: tuple, scores: Any, blank: int) -> tuple[Any, Any, Any]:
    """The log-probabilities after one more step with `scores` (classes,): of each sequence as it
    is, ending in a blank (width,) or in its label (width,), and with one label more (width,
    classes)."""
    paths, sizes, on_blank, on_label = state
    beams, both = jnp.arange(len(paths)), jnp.logaddexp(on_blank, on_label)
    last = jnp.where(sizes > 0, paths[beams, sizes - 1], -1)
    is_last = jnp.arange(len(scores)) == last[:, None]  # (width, classes)

    stay_blank = both + scores[blank]
    stay_label = jnp.where(last < 0, -jnp.inf, on_label + scores[last])
    # The same label once more is a new one only after a blank.
    more = jnp.where(is_last, on_blank[:, None], both[:, None]) + scores
    more = more.at[:, blank].set(-jnp.inf)

    # Where sequence i with j's last label more is j: that way counts for j, and not twice.
    shorter = paths.at[beams, sizes - 1].set(-1)
    leads = (paths[:, None] == shorter).all(axis=-1) & (sizes > 0)  # (i, j)
    leads &= (both > -jnp.inf) & (both > -jnp.inf)[:, None]
    arrive = jax.nn.logsumexp(jnp.where(leads, more[:, last], -jnp.inf), axis=0)
    taken = (leads[:, :, None] & is_last).any(axis=1)
    return stay_blank, jnp.logaddexp(stay_label, arrive), jnp.where(taken, -jnp.inf, more)


def _grow(state: tuple, stay_blank: Any, stay_label: Any, more: Any) -> tuple:
    """The best `width` of all sequences, the old ones and those with a label more."""
    paths, sizes, *_ = state
    width, classes = more.shape
    every = jnp.concatenate([jnp.logaddexp(stay_blank, stay_label), more.ravel()])
    chosen = jax.lax.top_k(every, width)[1]
    grown = chosen >= width
    beam, label = jnp.divmod(jnp.where(grown, chosen - width, chosen * classes), classes)
    place = jnp.where(grown, sizes[beam], paths.shape[1])  # beyond the end: dropped
    return (
        paths[beam].at[jnp.arange(width), place].set(label, mode="drop"),
        sizes[beam] + grown,
        jnp.where(grown, -jnp.inf, stay_blank[beam]),
        jnp.where(grown, more[beam, label], stay_label[beam]),
    )
