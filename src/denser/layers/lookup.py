"""Lookup: the number of a token in a vocabulary, and back."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import numpy as np

from ..core.fields import Rule, when
from ..core.messages import UserError, bad_argument, short, who
from .encoding import refuse_sparse
from .reader import Reader, batches_of, on_host
from .vocabulary import (
    Count,
    fits_lines,
    given_tokens,
    read_vocabulary,
    without_special,
    write_vocabulary,
)

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


def _is_most(value: Any) -> bool:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return whole and bool(value > 1)


MaxTokens = Annotated[Any, when("an integer greater than 1", _is_most, bad=(1, 0, 2.5, "a"))]
Weights = Annotated[
    Any,
    Rule(
        "a list of numbers",
        lambda v: isinstance(v, list) and all(isinstance(x, (int, float)) for x in v),
        lambda v: np.asarray(v).tolist() if isinstance(v, (list, tuple, np.ndarray)) else v,
        ("a", 1.0),
    ),
]


class Lookup(Reader):
    """Base of the lookups: the special tokens' numbers come first, then the vocabulary's.

    In 'int' mode the numbers begin with the mask's, 0, where there is a mask token; then come
    those for unknown tokens. In the other modes the mask has none and leaves no trace.

    A subclass has the arguments as fields, and says what a token is: `_as_data` brings data to what
    is looked up, `_as_token` that to a token, `_index` makes what finds numbers.
    """

    is_a_base = True

    # Of the subclasses.
    max_tokens: ClassVar[Any]
    num_oov_indices: ClassVar[Any]
    mask_token: ClassVar[Any]
    oov_token: ClassVar[Any]
    idf_weights: ClassVar[Any]
    invert: ClassVar[Any]
    pad_to_max_tokens: ClassVar[Any]
    _as_data: Callable[[Any], np.ndarray]
    _as_token: Callable[[Any], Any]
    _index: Callable[[], None]
    _type: ClassVar[Any]

    def setup(self) -> None:
        """Take the vocabulary, if there is one, and see that the arguments fit each other."""
        refuse_sparse(self)
        if self.invert and self.output_mode != "int":
            raise UserError(f"{who(self)}: `invert` gives tokens for integers: output_mode='int'.")
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise UserError(f"{who(self)}: `pad_to_max_tokens` needs `max_tokens`.")
        if self.idf_weights is not None and self.vocabulary is None:
            raise UserError(f"{who(self)}: `idf_weights` come with a `vocabulary`, or by `adapt`.")
        self.tokens: list[Any] = []
        self._weights: Any = None  # of all tokens, special ones included
        self._size: int | None = None  # which a file tells before its vocabulary is read
        self._count = Count()
        if self.vocabulary is not None:
            self.vocabulary = given_tokens(self, self.vocabulary)
            self.set_vocabulary(self.vocabulary, self.idf_weights)

    @property
    def special_tokens(self) -> list[Any]:
        """The tokens before those of the vocabulary: the mask's, then that of the unknown."""
        mask = [] if self.mask_token is None or self.output_mode != "int" else [self.mask_token]
        return mask + [self.oov_token] * self.num_oov_indices

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the tokens, with the special ones before them or without.

        Args:
            vocabulary: A list or array of tokens, or the path of a file with a token a line.
            idf_weights: In 'tf_idf' mode what each token counts; the unknown, where it is not
                among them, counts the mean.
        """
        given, special = given_tokens(self, vocabulary), self.special_tokens
        tokens = without_special(self, given, special, self.mask_token)
        if (idf_weights is not None) != (self.output_mode == "tf_idf"):
            raise UserError(f"{who(self)}: `idf_weights` go with a vocabulary in 'tf_idf' mode.")
        if idf_weights is not None:
            if len(idf_weights) != len(given):
                expected = f"{len(given)} numbers, one for each token"
                raise bad_argument(self, "idf_weights", expected, idf_weights)
            if len(tokens) == len(given):
                idf_weights = [float(np.mean(idf_weights))] * len(special) + list(idf_weights)
        self._take(tokens, idf_weights)

    def _take(self, tokens: list[Any], weights: Any = None) -> None:
        """Keep tokens without the special ones, and the weights of all."""
        size = len(tokens) + len(self.special_tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise UserError(
                f"{who(self)}: the vocabulary has {size} tokens, special ones included; "
                f"`max_tokens` is {self.max_tokens}."
            )
        self.tokens, self._size = tokens, None
        self._weights = None if weights is None else np.asarray(weights, np.float32)
        self._index()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens in the order of their numbers."""
        return [*(self.special_tokens if include_special_tokens else []), *self.tokens]

    def vocabulary_size(self) -> int:
        """The number of tokens, special ones included."""
        return self._size or len(self.tokens) + len(self.special_tokens)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn the vocabulary: the tokens of some data, the most frequent first.

        Args:
            data: An array or list, or batches: a data set, a generator.
            steps: How many batches to take; None: all.
        """
        self.reset_state()
        for batch in batches_of(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the tokens of a batch."""
        tokens = self._as_data(on_host(data))
        rows = tokens.reshape(len(tokens) if tokens.ndim else 1, -1)
        self.count(rows.tolist())

    def count(self, documents: Any) -> None:
        """Count the tokens of documents, each a sequence of them."""
        self._count.add(documents, self.output_mode == "tf_idf")

    def finalize_state(self) -> None:
        """Make the vocabulary of the tokens that were counted."""
        special, count = self.special_tokens, self._count
        most = None if self.max_tokens is None else self.max_tokens - len(special)
        without = self._as_data(
            np.array([t for t in (self.mask_token, self.oov_token) if t is not None])
        )
        found, weights = count.most_frequent(most, without.tolist()), None
        if self.output_mode == "tf_idf" and found:
            weights = count.rarity(found)
            weights = [float(np.mean(weights))] * len(special) + weights
        self._take([self._as_token(token) for token in found], weights)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._count = Count()

    def depth(self) -> int:
        """The length of a vector."""
        if self.pad_to_max_tokens:
            return self.max_tokens
        if not self.tokens and self._size is None:
            raise self._no_vocabulary()
        return self.vocabulary_size()

    def weights_of_tokens(self) -> Any:
        """What each token counts in 'tf_idf' mode, zeros behind them up to the depth."""
        if self.output_mode != "tf_idf":
            return None
        if self._weights is None:
            raise self._no_vocabulary()
        return np.pad(self._weights, (0, self.depth() - len(self._weights)))

    def _no_vocabulary(self) -> UserError:
        return UserError(
            f"{who(self)}: has no vocabulary yet. Call `adapt(data)` or `set_vocabulary(tokens)`."
        )

    def _unknown(self, tokens: Any) -> UserError:
        return UserError(
            f"{who(self)}: the vocabulary does not hold {short(tokens)}, and `num_oov_indices` is "
            "0. Give it num_oov_indices=1, or a vocabulary with those tokens."
        )

    @property
    def first_unknown(self) -> int:
        """The first number for unknown tokens."""
        return len(self.special_tokens) - self.num_oov_indices

    def _all_tokens(self) -> tuple[list[Any], list[int]]:
        """The tokens that have a number, and it; the mask's is -1 where it is not encoded."""
        first = len(self.special_tokens)
        mask = [] if self.mask_token is None else [self.mask_token]
        number = [0 if self.output_mode == "int" else -1][: len(mask)]
        return self.tokens + mask, [*range(first, first + len(self.tokens)), *number]

    def _tokens_of(self, numbers: np.ndarray) -> np.ndarray:
        """The tokens of numbers, those of the unknown for numbers that no token has."""
        known = np.array([*self.get_vocabulary(), self.oov_token], self._type)
        numbers = np.asarray(numbers)
        outside = (numbers < 0) | (numbers >= len(known))
        return known[np.where(outside, len(known) - 1, numbers).astype(np.int64)]

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the vocabulary that was given; a file holds a learnt one beside."""
        learnt = self.vocabulary is None and not fits_lines(self.tokens)
        return super().get_config() | {
            "vocabulary": self.get_vocabulary() if learnt else self.vocabulary,
            "idf_weights": self._weights.tolist() if learnt and self._weights is not None
            else self.idf_weights,
            "vocabulary_size": self.vocabulary_size(),
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described; a file that it names is not read."""
        config, size = without_file(config)
        made = super().from_config(config)
        if made.vocabulary is None:
            made._size = size
        return made

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary that was learnt into a folder."""
        if self.vocabulary is None and self.tokens and fits_lines(self.tokens):
            write_vocabulary(dir_path, self.get_vocabulary())

    def save_own_variables(self, store: Any) -> None:
        """Write what the tokens count in 'tf_idf' mode, as Keras does."""
        if self._weights is not None:
            store["idf_weights"] = self._weights

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote."""
        if "idf_weights" in store:
            self._weights = np.asarray(store["idf_weights"])

    def load_assets(self, dir_path: str) -> None:
        """Read what `save_assets` of denser or of Keras wrote."""
        tokens = read_vocabulary(dir_path)
        if tokens is not None and self.vocabulary is None:
            tokens = [self._as_token(token) for token in tokens[len(self.special_tokens) :]]
            self._take(tokens, self._weights)


def without_file(config: dict[str, Any]) -> tuple[dict[str, Any], int | None]:
    """(a config that names no file, the size of the vocabulary that it tells of)."""
    config = dict(config)
    size = config.pop("vocabulary_size", None)
    if isinstance(config.get("vocabulary"), str):
        config["vocabulary"] = config["idf_weights"] = None
    return config, size
