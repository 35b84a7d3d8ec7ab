"""TextVectorization: texts as the numbers of their words."""

import string
from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np

from ..core.fields import Positive, Rule, one_of
from ..core.messages import UserError, UserTypeError, bad_input, short, who
from ..core.registry import deserialize
from ..core.text import as_bytes, as_str, is_text
from .lookup import MaxTokens, Weights, without_file
from .reader import Reader, batches_of, on_host
from .string_lookup import StringLookup

# As TensorFlow has them: letters and white space of ASCII alone.
_LOWER = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_PUNCTUATION = string.punctuation.encode()
_STANDARDS = {
    "lower_and_strip_punctuation": (_LOWER, _PUNCTUATION),
    "lower": (_LOWER, b""),
    "strip_punctuation": (None, _PUNCTUATION),
}


def _function_or(*words: str) -> Rule:
    told = ", ".join(map(repr, words))
    return Rule(
        f"None, a function or one of {told}",
        lambda v: callable(v) or v in words,
        lambda v: deserialize(v) if isinstance(v, dict) else v,
        ("no such word", 17),
    )


def _are_lengths(value: Any) -> bool:
    several = value if isinstance(value, tuple) else (value,)
    return all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in several)


class TextVectorization(Reader):
    """The numbers of each text's words: standardized, split, joined to n-grams, looked up.

    Shapes:
        x: (batch,) or (batch, 1) texts -> (batch, words), filled up with 0
        x: (batch,) or (batch, 1) texts -> (batch, vocabulary) in the other modes than 'int'

    Args:
        max_tokens: The most words that the vocabulary may have, special ones included.
        standardize: 'lower_and_strip_punctuation', 'lower' or 'strip_punctuation' (of ASCII's
            letters and signs), a function of an array of strings, or None.
        split: 'whitespace', 'character', a function that gives each text's words, or None.
        ngrams: A number n: all sequences of 1 to n words are tokens; a tuple: of these lengths.
        output_mode: 'int': numbers, 0 for nothing and 1 for the unknown; 'multi_hot', 'count',
            'tf_idf': a vector for each text.
        output_sequence_length: The number of words to which texts are cut and filled up; None:
            that of the longest.
        pad_to_max_tokens: Whether vectors have the length `max_tokens`.
        vocabulary: The words, or the path of a file with one in each line.
        idf_weights: What each word counts in 'tf_idf' mode.
        sparse, ragged: Must be False.
        encoding: What `bytes` are encoded in.

    Example:
        >>> layer = TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
        >>> layer([["foo qux bar"], ["qux baz"]]).tolist()
        [[4, 1, 3, 0], [1, 2, 0, 0]]
    """

    max_tokens: MaxTokens = None
    standardize: Annotated[Any, _function_or(*_STANDARDS)] | None = "lower_and_strip_punctuation"
    split: Annotated[Any, _function_or("whitespace", "character")] | None = "whitespace"
    ngrams: Annotated[
        Any,
        Rule(
            "a positive integer or a tuple of them",
            _are_lengths,
            lambda v: tuple(v) if isinstance(v, list) else v,
            (0, 2.5, "a", (1, 0)),
        ),
    ] = None
    output_mode: Annotated[str, one_of("int", "multi_hot", "count", "tf_idf")] = "int"
    output_sequence_length: Positive | None = None
    pad_to_max_tokens: bool = False
    vocabulary: Any = None
    idf_weights: Weights = None
    sparse: bool = False
    ragged: bool = False
    encoding: str = "utf-8"

    def setup(self) -> None:
        """Make the lookup; rows are of one length here."""
        if self.ragged:
            raise UserTypeError(
                f"{who(self)}: JAX has no ragged tensors; leave `ragged` out: texts are filled up "
                "with 0, which Embedding(mask_zero=True) masks."
            )
        if self.output_sequence_length is not None and self.output_mode != "int":
            raise UserError(f"{who(self)}: `output_sequence_length` belongs to output_mode='int'.")
        self._lookup_layer = StringLookup(
            max_tokens=self.max_tokens, mask_token="", vocabulary=self.vocabulary,
            idf_weights=self.idf_weights, output_mode=self.output_mode, sparse=self.sparse,
            pad_to_max_tokens=self.pad_to_max_tokens, dtype=self.dtype_policy,
        )  # fmt: skip
        self.vocabulary = self._lookup_layer.vocabulary

    def build(self, input_shape: Any = None) -> None:
        """Nothing to make."""
        self._lookup_layer.built = True

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learn the vocabulary: the words of some texts, the most frequent first.

        Args:
            data: An array or list of texts, or batches of them: a data set, a generator.
            batch_size: Changes nothing: an array is read at once.
            steps: How many batches to take; None: all.
        """
        self.reset_state()
        for batch in batches_of(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count the words of a batch of texts."""
        self._lookup_layer.count(self._words(on_host(data))[0])

    def finalize_state(self) -> None:
        """Make the vocabulary of the words that were counted."""
        self._lookup_layer.finalize_state()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the words, with the special ones before them or without; see `StringLookup`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words in the order of their numbers."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """The number of words, special ones included."""
        return self._lookup_layer.vocabulary_size()

    def depth(self) -> int:
        """The length of a vector."""
        return self._lookup_layer.depth()

    def weights_of_tokens(self) -> Any:
        """What each word counts in 'tf_idf' mode."""
        return self._lookup_layer.weights_of_tokens()

    def read(self, inputs: Any) -> np.ndarray:
        """The numbers of the words, (..., words); behind the last word 0, or -1 for no trace."""
        rows, shape = self._words(inputs)
        lengths = np.array([len(row) for row in rows], np.int64)
        words = np.array([word for row in rows for word in row], object)
        numbers = self._lookup_layer.numbers_of(words)
        most = int(lengths.max(initial=0))
        table = np.full((len(rows), most), 0 if self.output_mode == "int" else -1, np.int32)
        table[np.arange(most) < lengths[:, None]] = numbers
        if self.output_sequence_length is not None:
            table = table[:, : self.output_sequence_length]
            missing = self.output_sequence_length - table.shape[1]
            table = np.pad(table, ((0, 0), (0, missing)))
        return table.reshape(*shape, table.shape[1])

    def read_shape(self, inputs: Any) -> tuple[int | None, ...]:
        """The shape of the numbers."""
        shape, length = inputs.shape, self.output_sequence_length
        if self.split is not None:
            return (*self._shape_of_texts(shape), length)
        return (*shape[:-1], length or (None if self.ngrams else shape[-1]))

    def _shape_of_texts(self, shape: tuple) -> tuple:
        if len(shape) > 1 and shape[-1] != 1:
            raise bad_input(self, "(batch,) or (batch, 1)", shape, "One text a row is split.")
        return tuple(shape[:-1]) if len(shape) > 1 else tuple(shape)

    def _words(self, inputs: np.ndarray) -> tuple[list[list[bytes]], tuple]:
        """(the words of each text, the shape of the texts)."""
        if inputs.size and not is_text(inputs):
            raise UserTypeError(f"{who(self)}: reads text; got numbers, {short(inputs)}.")
        texts = self._standardized(as_bytes(inputs, self.encoding))
        if self.split is None:
            texts = np.atleast_1d(texts)
            rows, shape = texts.reshape(-1, texts.shape[-1]).tolist(), texts.shape[:-1]
        else:
            shape = self._shape_of_texts(texts.shape)
            rows = self._split(texts.ravel())
        return (self._with_ngrams(rows) if self.ngrams else rows), shape

    def _standardized(self, texts: np.ndarray) -> np.ndarray:
        if self.standardize is None:
            return texts
        if callable(self.standardize):
            return as_bytes(self.standardize(_strings(texts)))
        table, dropped = _STANDARDS[self.standardize]
        flat = [text.translate(table, dropped) for text in texts.ravel().tolist()]
        return as_bytes(np.array(flat, object).reshape(texts.shape))

    def _split(self, texts: np.ndarray) -> list[list[bytes]]:
        if self.split == "whitespace":
            return [text.split() for text in texts.tolist()]
        if self.split == "character":
            return [[letter.encode() for letter in text.decode("utf-8", "replace")]
                    for text in texts.tolist()]  # fmt: skip
        rows = self.split(_strings(texts))  # type: ignore[misc]
        rows = rows.to_list() if hasattr(rows, "to_list") else rows  # TensorFlow's ragged
        return [as_bytes(np.asarray(row, object)).ravel().tolist() for row in rows]

    def _with_ngrams(self, rows: Iterable[list[bytes]]) -> list[list[bytes]]:
        """Each row's sequences of words, the shortest first."""
        lengths = self.ngrams if isinstance(self.ngrams, tuple) else range(1, self.ngrams + 1)
        return [
            [b" ".join(row[at : at + n]) for n in lengths for at in range(len(row) - n + 1)]
            for row in rows
        ]

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the vocabulary that was given; a file holds a learnt one beside."""
        lookup = self._lookup_layer.get_config()
        kept = ("vocabulary", "idf_weights", "vocabulary_size")
        return super().get_config() | {key: lookup[key] for key in kept}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described; a file that it names is not read."""
        config, size = without_file(config)
        made = super().from_config(config)
        if made.vocabulary is None:
            made._lookup_layer._size = size
        return made

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary that was learnt into a folder."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path: str) -> None:
        """Read what `save_assets` of denser or of Keras wrote."""
        self._lookup_layer.load_assets(dir_path)


def _strings(texts: np.ndarray) -> np.ndarray:
    """Bytes as NumPy's strings, which a user's function can work on."""
    flat = [as_str(text) for text in texts.ravel().tolist()]
    return np.array(flat, dtype=str).reshape(texts.shape)
