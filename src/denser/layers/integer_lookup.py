"""IntegerLookup: the numbers of integers in a vocabulary."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from ..core import fingerprint
from ..core.fields import NonNegative, one_of
from ..core.messages import UserError, UserTypeError, short, who
from ..core.text import as_bytes, is_text
from .hashing import Salt, as_integers
from .lookup import MODES, Lookup, MaxTokens, Weights


class IntegerLookup(Lookup):
    """The number of each integer in a vocabulary; with `invert`, the integer of each number.

    Shapes:
        x: (batch, ...) integers -> the same
        x: (batch, tokens) -> (batch, vocabulary) in 'multi_hot', 'count' and 'tf_idf' mode

    Args:
        max_tokens: The most tokens that the vocabulary may have, special ones included.
        num_oov_indices: How many numbers there are for integers that the vocabulary does not hold;
            with 0 such an integer is an error.
        mask_token: The integer that stands for nothing: number 0, or no trace in a vector.
        oov_token: The integer that stands for the unknown ones.
        vocabulary: The integers, or the path of a file with one in each line.
        vocabulary_dtype: 'int32' or 'int64'.
        idf_weights: What each integer counts in 'tf_idf' mode.
        invert: Whether integers are given for numbers.
        output_mode: 'int'; 'one_hot': a vector for each integer; 'multi_hot', 'count', 'tf_idf': a
            vector for the integers of the last axis together.
        sparse: Must be False.
        pad_to_max_tokens: Whether vectors have the length `max_tokens`.
        oov_method: How an unknown integer chooses its number: 'floormod': the remainder of it;
            'farmhash': its hash.
        salt: One or two integers that key the hash.

    Example:
        >>> IntegerLookup(vocabulary=[12, 36])(np.array([12, 36, 7])).tolist()
        [1, 2, 0]
    """

    max_tokens: MaxTokens = None
    num_oov_indices: NonNegative = 1
    mask_token: int | None = None
    oov_token: int = -1
    vocabulary: Any = None
    vocabulary_dtype: Annotated[str, one_of("int64", "int32")] = "int64"
    idf_weights: Weights = None
    invert: bool = False
    output_mode: Annotated[str, one_of(*MODES)] = "int"
    sparse: bool = False
    pad_to_max_tokens: bool = False
    oov_method: Annotated[str, one_of("floormod", "farmhash")] = "floormod"
    salt: Salt = None

    input_dtype = "int64"
    _type = np.int64

    def setup(self) -> None:
        """A key belongs to the hash."""
        if self.salt is not None and self.oov_method != "farmhash":
            raise UserError(f"{who(self)}: `salt` belongs to oov_method='farmhash'.")
        super().setup()

    def _as_data(self, inputs: Any) -> np.ndarray:
        if is_text(inputs):
            raise UserTypeError(f"{who(self)}: looks up integers; got text, {short(inputs)}.")
        return as_integers(inputs)

    _as_token = staticmethod(int)

    def _index(self) -> None:
        tokens, numbers = (np.array(part, np.int64) for part in self._all_tokens())
        order = np.argsort(tokens)
        self._in_order, self._numbers_in_order = tokens[order], numbers[order].astype(np.int32)

    def read(self, inputs: Any) -> np.ndarray:
        """The number of each integer."""
        inputs = self._as_data(inputs)
        numbers, known = self._find(inputs, np)
        if self.num_oov_indices == 0 and not known.all():
            raise self._unknown(inputs[~known][:3].tolist())
        return numbers

    def read_traced(self, inputs: Any) -> Any:
        """The number of each integer, within a program."""
        if self.num_oov_indices == 0:
            raise UserError(
                f"{who(self)}: with num_oov_indices=0 an unknown integer is an error, which a "
                "compiled program cannot raise. Give it num_oov_indices=1."
            )
        return self._find(as_integers(inputs), jnp)[0]

    def _find(self, x: Any, xp: Any) -> tuple[Any, Any]:
        """(numbers, which integers have one of their own), by NumPy or by JAX."""
        if not self.tokens:
            raise self._no_vocabulary()
        span = np.iinfo(x.dtype)
        first, last = np.searchsorted(self._in_order, [span.min, span.max + 1])
        tokens = xp.asarray(self._in_order[first:last].astype(x.dtype))
        numbers = xp.asarray(self._numbers_in_order[first:last])
        if not len(tokens):
            return self._numbers_of_unknown(x, xp), xp.zeros(x.shape, bool)
        place = xp.minimum(xp.searchsorted(tokens, x), len(tokens) - 1)
        known = tokens[place] == x
        return xp.where(known, numbers[place], self._numbers_of_unknown(x, xp)), known

    def _numbers_of_unknown(self, x: Any, xp: Any) -> Any:
        count = max(self.num_oov_indices, 1)
        if count == 1 or self.oov_method == "floormod":
            return (x % count).astype(np.int32) + np.int32(self.first_unknown)
        if xp is np:
            words = as_bytes(x.astype(str)).ravel().tolist()
            found = fingerprint.of_words(words, self.salt).reshape(x.shape) % np.uint64(count)
            return found.astype(np.int32) + np.int32(self.first_unknown)

        def bins(x: Any) -> Any:
            return (fingerprint.of_integers(x, self.salt) % np.uint64(count)).astype(np.int32)

        return fingerprint.within_64_bits(bins, x) + self.first_unknown

    def call(self, inputs: Any) -> Any:
        """The numbers of integers, or the integers of numbers."""
        if not self.invert:
            return super().call(inputs)
        known = jnp.asarray([*self.get_vocabulary(), self.oov_token])
        numbers = jnp.asarray(inputs)
        outside = (numbers < 0) | (numbers >= len(known))
        return known[jnp.where(outside, len(known) - 1, numbers)].astype(self._integers())
