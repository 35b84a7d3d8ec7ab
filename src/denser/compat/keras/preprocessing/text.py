"""Text as numbers, the way it was done before TextVectorization: Tokenizer and its functions."""

import collections
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ....core.messages import UserError, UserTypeError, bad_argument, unknown_argument

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
_MODES = ("binary", "count", "freq", "tfidf")


def text_to_word_sequence(
    input_text: str,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[str]:
    """The words of a text.

    Args:
        filters: Characters that part words as `split` does.
        lower: Whether to make all letters small.

    Example:
        >>> text_to_word_sequence("Ah, the sea!")
        ['ah', 'the', 'sea']
    """
    text = input_text.lower() if lower else input_text
    text = text.translate(str.maketrans(dict.fromkeys(filters, split)))
    return [word for word in text.split(split) if word]


def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Each word of a text as a number from 1 to `n - 1`; several words may share one.

    Args:
        hash_function: None for Python's `hash`, which differs from run to run; 'md5', which does
            not; or a function from a word to an integer.
        analyzer: A function from the text to its words, in place of `text_to_word_sequence`.

    Example:
        >>> hashing_trick("a rose is a rose", 50, "md5")
        [15, 8, 12, 15, 8]
    """
    number = {None: hash, "md5": _md5}.get(hash_function, hash_function)
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [number(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode()).hexdigest(), 16)


def one_hot(
    input_text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """`hashing_trick` with Python's `hash`: numbers, no codes of 0 and 1, for all its name."""
    return hashing_trick(input_text, n, None, filters, lower, split, analyzer)


class Tokenizer:
    """Numbers for words, the most frequent word being 1; 0 is kept for padding.

    Args:
        num_words: Only words with a smaller number are kept; None: all.
        filters: Characters that part words as `split` does.
        lower: Whether to make all letters small.
        char_level: Whether characters stand in for words.
        oov_token: Stands for every word that has no number; it gets number 1 itself.
        analyzer: A function from a text to its words.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["the sea", "the sky"])
        >>> tokenizer.texts_to_sequences(["the sky", "the land"])
        [[1, 3], [1]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        **kwargs: Any,
    ):
        self.num_words = kwargs.pop("nb_words", num_words)
        self.document_count = kwargs.pop("document_count", 0)
        for argument in kwargs:
            known = "num_words filters lower split char_level oov_token analyzer".split()
            raise unknown_argument(type(self), argument, known)
        self.filters, self.lower, self.split = filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.word_counts: collections.OrderedDict[str, int] = collections.OrderedDict()
        self.word_docs: dict[str, int] = collections.defaultdict(int)
        self.index_docs: dict[int, int] = collections.defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    nb_words = property(
        lambda self: self.num_words,
        lambda self, value: setattr(self, "num_words", value),
        doc="`num_words`, by its older name.",
    )

    def _words(self, text: Any) -> Iterable[str]:
        """The words (or characters) of a text; a list is words already."""
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return [word.lower() for word in text] if isinstance(text, list) else text.lower()
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts, each a string or a list of words, and number them anew."""
        if isinstance(texts, str):
            texts = list(texts)  # one text a character, as it always was
        for text in texts:
            words = list(self._words(text))
            self.document_count += 1
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        ranked = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)
        if self.oov_token is not None:
            ranked.insert(0, self.oov_token)
        self.word_index = {word: number for number, word in enumerate(ranked, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Count in how many sequences of numbers each occurs, for 'tfidf' without texts."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def _kept(self, number: int | None) -> int | None:
        """A word's number, that of `oov_token` where it has none, None where there is neither."""
        if number is None or (self.num_words and number >= self.num_words):
            return self.word_index.get(self.oov_token) if self.oov_token is not None else None
        return number

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The numbers of the words of each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """`texts_to_sequences`, one text after the other."""
        for text in texts:
            numbers = [self._kept(self.word_index.get(word)) for word in self._words(text)]
            yield [number for number in numbers if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """The words of each sequence of numbers, joined by spaces."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """`sequences_to_texts`, one sequence after the other."""
        for sequence in sequences:
            numbers = [self._kept(n if n in self.index_word else None) for n in sequence]
            yield " ".join(self.index_word[number] for number in numbers if number is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """A row of numbers for each text, one for each word: see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray:
        """A row for each sequence of numbers, and in it for each number:

        Args:
            mode: 'binary', 1 if it occurs; 'count', how often; 'freq', its share of the sequence;
                'tfidf', `(1 + log(count)) * log(1 + documents / (1 + documents with it))`.

        Shapes:
            result: (sequences, num_words), or (sequences, words + 1)
        """
        if mode not in _MODES:
            raise bad_argument(self, "mode", f"one of {', '.join(map(repr, _MODES))}", mode)
        if not (self.num_words or self.word_index):
            raise UserError("Tokenizer: give `num_words`, or call `fit_on_texts` first.")
        if mode == "tfidf" and not self.document_count:
            raise UserError("Tokenizer: call `fit_on_texts` before mode 'tfidf'.")
        matrix = np.zeros((len(sequences), self.num_words or len(self.word_index) + 1))
        for row, sequence in zip(matrix, sequences, strict=True):
            counts = collections.Counter(n for n in sequence if n < len(row))
            for number, count in counts.items():
                row[number] = self._entry(mode, number, count, len(sequence))
        return matrix

    def _entry(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "tfidf":
            documents = self.document_count / (1 + self.index_docs.get(number, 0))
            return float((1 + np.log(count)) * np.log(1 + documents))
        return {"binary": 1, "count": count, "freq": count / length}[mode]

    def get_config(self) -> dict[str, Any]:
        """The arguments, and what was counted as texts in JSON."""
        if self.analyzer is not None:
            raise UserTypeError("Tokenizer: an analyzer is a function, which a file cannot hold.")
        plain = "num_words filters lower split char_level oov_token document_count".split()
        counted = "word_counts word_docs index_docs index_word word_index".split()
        return {name: getattr(self, name) for name in plain} | {
            name: json.dumps(getattr(self, name)) for name in counted
        }

    def to_json(self, **kwargs: Any) -> str:
        """All of it as JSON, for `tokenizer_from_json`; `kwargs` are those of `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The Tokenizer that `to_json` wrote."""
    config = json.loads(json_string)["config"]
    counted = {
        name: json.loads(config.pop(name))
        for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    }
    for name in ("index_docs", "index_word"):
        counted[name] = {int(number): value for number, value in counted[name].items()}
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts = collections.OrderedDict(counted["word_counts"])
    tokenizer.word_docs = collections.defaultdict(int, counted["word_docs"])
    tokenizer.index_docs = collections.defaultdict(int, counted["index_docs"])
    tokenizer.word_index, tokenizer.index_word = counted["word_index"], counted["index_word"]
    return tokenizer


def base_filter() -> str:
    """The characters that are no part of words, as Keras 1 gave them."""
    return FILTERS
