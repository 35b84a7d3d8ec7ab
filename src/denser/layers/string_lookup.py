"""StringLookup: the numbers of strings in a vocabulary."""

from typing import Annotated, Any

import numpy as np
from jax.core import Tracer

from ..core import fingerprint
from ..core.fields import NonNegative, one_of
from ..core.messages import UserTypeError, short, who
from ..core.tensor import KerasTensor
from ..core.text import as_bytes, as_str, is_text
from .hashing import Salt
from .lookup import MODES, Lookup, MaxTokens, Weights


class StringLookup(Lookup):
    """The number of each string in a vocabulary; with `invert`, the string of each number.

    Shapes:
        x: (batch, ...) strings -> the same, integers
        x: (batch, tokens) -> (batch, vocabulary) in 'multi_hot', 'count' and 'tf_idf' mode

    Args:
        max_tokens: The most tokens that the vocabulary may have, special ones included.
        num_oov_indices: How many numbers there are for strings that the vocabulary does not hold,
            among which their hash chooses; with 0 such a string is an error.
        mask_token: The string that stands for nothing: number 0, or no trace in a vector.
        oov_token: The string that stands for the unknown ones.
        vocabulary: The strings, or the path of a file with one in each line.
        idf_weights: What each string counts in 'tf_idf' mode.
        invert: Whether strings are given for numbers.
        output_mode: 'int'; 'one_hot': a vector for each string; 'multi_hot', 'count', 'tf_idf': a
            vector for the strings of the last axis together.
        pad_to_max_tokens: Whether vectors have the length `max_tokens`.
        sparse: Must be False.
        encoding: What `bytes` are encoded in.
        salt: One or two integers that key the hash of unknown strings.

    Example:
        >>> StringLookup(vocabulary=["a", "b"])([["a", "z"], ["b", "a"]]).tolist()
        [[1, 0], [2, 1]]
    """

    max_tokens: MaxTokens = None
    num_oov_indices: NonNegative = 1
    mask_token: str | None = None
    oov_token: str = "[UNK]"
    vocabulary: Any = None
    idf_weights: Weights = None
    invert: bool = False
    output_mode: Annotated[str, one_of(*MODES)] = "int"
    pad_to_max_tokens: bool = False
    sparse: bool = False
    encoding: str = "utf-8"
    salt: Salt = None

    _type = object

    def _as_data(self, inputs: Any) -> np.ndarray:
        if inputs.size and not is_text(inputs):
            raise UserTypeError(f"{who(self)}: looks up strings; got numbers, {short(inputs)}.")
        return as_bytes(inputs, self.encoding)

    _as_token = staticmethod(as_str)

    def _index(self) -> None:
        tokens, numbers = self._all_tokens()
        self._numbers_by_token = dict(zip(as_bytes(tokens).tolist(), numbers, strict=True))

    def read(self, inputs: Any) -> np.ndarray:
        """The number of each string."""
        return self.numbers_of(self._as_data(inputs))

    def numbers_of(self, words: np.ndarray) -> np.ndarray:
        """The number of each string of bytes."""
        if not self.tokens:
            raise self._no_vocabulary()
        find, none = self._numbers_by_token.get, -2
        numbers = np.array([find(word, none) for word in words.ravel().tolist()], np.int32)
        numbers = numbers.reshape(words.shape)
        unknown = numbers == none
        if unknown.any():
            numbers[unknown] = self._numbers_of_unknown(words[unknown].tolist())
        return numbers

    def _numbers_of_unknown(self, words: list[bytes]) -> Any:
        if self.num_oov_indices == 0:
            raise self._unknown(list(map(as_str, words[:3])))
        if self.num_oov_indices == 1:
            return self.first_unknown
        bins = fingerprint.of_words(words, self.salt) % np.uint64(self.num_oov_indices)
        return bins.astype(np.int32) + self.first_unknown

    def call(self, inputs: Any) -> Any:
        """The numbers of strings, or the strings of numbers."""
        if not self.invert:
            return super().call(inputs)
        if isinstance(inputs, Tracer):
            raise UserTypeError(
                f"{who(self)}: gives strings, which no compiled program holds. End the model "
                "before it, and call it on what `predict` gives."
            )
        return self._tokens_of(inputs)

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """The output, as a KerasTensor, for KerasTensors."""
        if self.invert:
            return KerasTensor(inputs.shape, "string")
        return super().compute_output_spec(inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the vocabulary that was given; a file holds a learnt one beside."""
        return super().get_config() | {"oov_method": "floormod"}  # which Keras writes, too

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described; a file that it names is not read."""
        return super().from_config({k: v for k, v in config.items() if k != "oov_method"})
