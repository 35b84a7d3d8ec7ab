"""Reuters: 11,228 newswires of 46 topics."""

import numpy as np

from .named import Pair, arrays, cut
from .named import word_index as _word_index
from .sequences import Vocabulary, numbered, shorter, shuffled

# fmt: off
TOPICS = (
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply",
    "coffee", "sugar", "trade", "reserves", "ship", "cotton", "carcass", "crude", "nat-gas",
    "cpi", "money-fx", "interest", "gnp", "meal-feed", "alum", "oilseed", "gold", "tin",
    "strategic-metal", "livestock", "retail", "ipi", "iron-steel", "rubber", "heat", "jobs",
    "lei", "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog", "lead",
)
# fmt: on


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> tuple[Pair, Pair]:
    """Newswires as lists of numbers, one a word, and the topic of each.

    A word's number is its rank by frequency plus `index_from`; 0 is left for padding.

    Shapes:
        x_train: (8982,) object, lists of integers
        y_train: (8982,) int64, 0 to 45: a place in `get_label_names()`
        x_test: (2246,) object
        y_test: (2246,) int64

    Args:
        path: File name below the folders where data sets are looked for, or an absolute path.
        num_words: Numbers from here on become `oov_char`; None takes the largest, as Keras does.
        skip_top: Numbers below become `oov_char` too.
        maxlen: Texts must be shorter than this, with the start counted in; None takes all.
        test_split: Which part of the texts is kept for testing.
        seed: Of the shuffle before the split.
        start_char: Number put before each text, or None.
        oov_char: Number for words left out; None leaves them out altogether.
        index_from: Added to each rank.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: The file is not here and cannot be downloaded.
        ValueError: No text is shorter than `maxlen`, or the file holds something else.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data(num_words=10000)  # doctest: +SKIP

    Source: Reuters-21578, Lewis, 1997; topics as cut by Chollet for Keras.
    """
    words = Vocabulary(num_words, skip_top, start_char, oov_char, index_from)
    texts, labels = arrays("reuters.npz", path, "x", "y")
    texts, labels = shuffled(texts, labels, np.random.RandomState(seed))
    texts, labels = shorter(texts, labels, maxlen, start_char is not None)
    return cut(numbered(texts, words), labels, test_split)


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """The rank of each word by frequency, from 1; its number in a text is `index_from` more.

    Args:
        path: File name below the folders where data sets are looked for, or an absolute path.

    Raises:
        FileNotFoundError: The file is not here and cannot be downloaded.

    Example:
        >>> get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return _word_index("reuters_word_index.json", path)


def get_label_names() -> tuple[str, ...]:
    """The 46 topics, in the order of their numbers.

    Example:
        >>> get_label_names()[3]
        'earn'
    """
    return TOPICS
