"""Vocabulary: which token has which number, how it is learnt from data, and its files."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..core.messages import UserError, short, who
from ..core.text import as_str

_FILE = "vocabulary.txt"


class Count:
    """How often tokens stand in data, and in how many of its documents."""

    def __init__(self) -> None:
        self.tokens: Counter[Any] = Counter()
        self.documents: Counter[Any] = Counter()
        self.total = 0

    def add(self, documents: Iterable[Sequence[Any]], by_document: bool) -> None:
        """Count in documents: sequences of tokens; `by_document`: in how many a token is, too."""
        for tokens in documents if by_document else [chain.from_iterable(documents)]:
            self.tokens.update(tokens)
            if by_document:
                self.documents.update(set(tokens))
                self.total += 1

    def most_frequent(self, most: int | None, without: Sequence[Any]) -> list[Any]:
        """The tokens, the most frequent first, those equally frequent in falling order."""
        found = [token for token in self.tokens if token not in without]
        found.sort(key=lambda token: (self.tokens[token], token), reverse=True)
        return found if most is None else found[:most]

    def rarity(self, tokens: Sequence[Any]) -> list[float]:
        """`log(1 + documents / (1 + documents with the token))` for each token."""
        seen = np.array([self.documents[token] for token in tokens])
        return np.log(1 + self.total / (1 + seen)).tolist()


def given_tokens(layer: Any, vocabulary: Any) -> list[Any]:
    """The tokens of a list, an array or the lines of a file that the user names."""
    if isinstance(vocabulary, (str, Path)):
        try:
            lines = Path(vocabulary).read_text("utf-8").split("\n")  # a word may hold U+2028
        except OSError as error:
            raise UserError(f"{who(layer)}: `vocabulary`: cannot read the file: {error}.") from None
        return lines if lines[-1] else lines[:-1]
    if hasattr(vocabulary, "numpy") and not isinstance(vocabulary, np.ndarray):
        vocabulary = vocabulary.numpy()
    tokens = np.asarray(vocabulary).tolist() if hasattr(vocabulary, "shape") else list(vocabulary)
    return [as_str(t) if isinstance(t, (str, bytes)) else int(t) for t in tokens]


def without_special(layer: Any, tokens: list[Any], special: list[Any], mask: Any) -> list[Any]:
    """The tokens without those that stand for nothing and for the unknown, if they come first.

    Raises:
        UserError: for an empty vocabulary, one with a token twice, or with the mask's inside.
    """
    rest = tokens[len(special) :] if tokens[: len(special)] == special else tokens
    if not rest:
        raise UserError(f"{who(layer)}: `vocabulary` must hold tokens; got {short(tokens)}.")
    twice = [token for token, count in Counter(rest).items() if count > 1]
    if twice:
        raise UserError(f"{who(layer)}: `vocabulary` holds {short(twice)} more than once.")
    if mask is not None and mask in rest:
        raise UserError(
            f"{who(layer)}: `vocabulary` holds the mask token {mask!r}. Leave it out, or begin "
            f"with {special}."
        )
    return rest


def write_vocabulary(folder: str, tokens: Sequence[Any]) -> None:
    """Write all tokens, special ones included, one a line, as Keras has them."""
    Path(folder, _FILE).write_text("\n".join(map(str, tokens)), "utf-8")


def read_vocabulary(folder: str) -> list[str] | None:
    """The tokens that `write_vocabulary` or Keras wrote; None where there is no file."""
    file = Path(folder, _FILE)
    return file.read_text("utf-8").split("\n") if file.exists() else None


def fits_lines(tokens: Sequence[Any]) -> bool:
    """Whether a file with a token a line can hold the tokens."""
    return not any("\n" in t or "\r" in t for t in tokens if isinstance(t, str))
