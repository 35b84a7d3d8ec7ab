"""Texts as lists of word ranks: shuffled, shifted and cut to a vocabulary."""

from typing import NamedTuple

import numpy as np

Texts = tuple[list, np.ndarray]  # lists of ranks, and their labels


class Vocabulary(NamedTuple):
    """How a word's rank (1 is the most frequent word) becomes the number that stands in a text.

    Fields:
        num_words: Numbers from here on are out of vocabulary; None takes the largest of the data,
            which thereby is out too (as in Keras).
        skip_top: Numbers below are out of vocabulary too.
        start_char: Number put before each text, or None.
        oov_char: Number in place of each one out of vocabulary; None leaves these out.
        index_from: Added to each rank.
    """

    num_words: int | None
    skip_top: int
    start_char: int | None
    oov_char: int | None
    index_from: int | None


def shuffled(rows: list, labels: np.ndarray, random: np.random.RandomState) -> Texts:
    """Texts and labels in one random order."""
    if len(rows) != len(labels):
        raise ValueError(f"there must be as many labels as texts; got {len(labels)}, {len(rows)}.")
    order = np.arange(len(rows))
    random.shuffle(order)
    return [rows[i] for i in order], labels[order]


def shorter(rows: list, labels: np.ndarray, maxlen: int | None, start: bool) -> Texts:
    """Those texts, and their labels, that are shorter than `maxlen` with the start counted in."""
    if not maxlen:
        return rows, labels
    keep = np.array([len(row) + start < maxlen for row in rows], bool)
    if not keep.any():
        raise ValueError(f"`maxlen` must leave some texts; none is shorter than {maxlen}.")
    return [row for row, kept in zip(rows, keep, strict=True) if kept], labels[keep]


def numbered(rows: list[list[int]], words: Vocabulary) -> np.ndarray:
    """The texts as numbers, in an array of lists, shape (texts,).

    Each rank's number is made once, and the lists share it: 8 bytes a word instead of 40.
    """
    shift = words.index_from or 0
    start = [] if words.start_char is None else [words.start_char]
    shifted = {rank: rank + shift for rank in set().union(*rows)}
    top = words.num_words or max([*shifted.values(), *start], default=0)

    def known(word: int) -> int | None:
        return word if words.skip_top <= word < top else words.oov_char

    start = [known(word) for word in start]
    number = {rank: known(word) for rank, word in shifted.items()}
    texts = (start + [number[rank] for rank in row] for row in rows)
    if words.oov_char is None:
        texts = ([word for word in text if word is not None] for text in texts)
    return np.fromiter(texts, dtype=object, count=len(rows))
