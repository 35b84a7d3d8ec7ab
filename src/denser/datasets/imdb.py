"""IMDB: 50,000 reviews of films, praise or blame."""

import warnings

import numpy as np

from .named import FOUR, Pair, arrays
from .named import word_index as _word_index
from .sequences import Vocabulary, numbered, shorter, shuffled


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    **kwargs: int,
) -> tuple[Pair, Pair]:
    """Reviews as lists of numbers, one a word, and whether each praises (1) or blames (0) the film.

    A word's number is its rank by frequency plus `index_from`; 0 is left for padding.

    Shapes:
        x_train: (25000,) object, lists of integers
        y_train: (25000,) int64, 0 or 1
        x_test: (25000,) object
        y_test: (25000,) int64

    Args:
        path: File name below the folders where data sets are looked for, or an absolute path.
        num_words: Numbers from here on become `oov_char`; None takes the largest, as Keras does.
        skip_top: Numbers below become `oov_char` too.
        maxlen: Reviews must be shorter than this, with the start counted in; None takes all.
        seed: Of the shuffle.
        start_char: Number put before each review, or None.
        oov_char: Number for words left out; None leaves them out altogether.
        index_from: Added to each rank.
        kwargs: `nb_words`, Keras 1's name of `num_words`, with a warning; nothing else.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.

    Raises:
        FileNotFoundError: The file is not here and cannot be downloaded.
        ValueError: No review is shorter than `maxlen`, or the file holds something else.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data(num_words=10000)  # doctest: +SKIP
        >>> names = {rank + 3: word for word, rank in get_word_index().items()}  # doctest: +SKIP
        >>> " ".join(names.get(number, "?") for number in x_train[0][:6])  # doctest: +SKIP
        '? this film was just brilliant'

    Source: Maas et al., "Learning word vectors for sentiment analysis", ACL 2011.
    """
    if "nb_words" in kwargs:
        warnings.warn("`nb_words` is now called `num_words`.", FutureWarning, stacklevel=2)
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"imdb.load_data has no argument {', '.join(map(repr, kwargs))}.")
    words = Vocabulary(num_words, skip_top, start_char, oov_char, index_from)
    x_train, y_train, x_test, y_test = arrays("imdb.npz", path, *FOUR)
    random = np.random.RandomState(seed)
    start = start_char is not None
    x_train, y_train = shorter(*shuffled(x_train, y_train, random), maxlen, start)
    x_test, y_test = shorter(*shuffled(x_test, y_test, random), maxlen, start)
    x = numbered(x_train + x_test, words)
    return (x[: len(x_train)], y_train), (x[len(x_train) :], y_test)


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """The rank of each word by frequency, from 1; its number in a review is `index_from` more.

    Args:
        path: File name below the folders where data sets are looked for, or an absolute path.

    Raises:
        FileNotFoundError: The file is not here and cannot be downloaded.

    Example:
        >>> get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return _word_index("imdb_word_index.json", path)
