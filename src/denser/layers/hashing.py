"""Hashing: categories as a few integers, without a vocabulary."""

from collections.abc import Sequence
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from ..core import fingerprint
from ..core.dtype import get_policy
from ..core.fields import Positive, Rule, one_of
from ..core.messages import UserError, UserTypeError, bad_input, who
from ..core.tensor import leaves
from ..core.text import as_bytes, is_text
from .encoding import refuse_sparse
from .reader import Reader, on_host


def _is_salt(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, int) and v >= 0 for v in value)


def _two_numbers(value: Any) -> Any:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return [int(value), int(value)]
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return [int(v) if isinstance(v, np.integer) else v for v in value]
    return value


Salt = Annotated[
    Any,
    Rule("an integer of 0 or more, or two", _is_salt, _two_numbers, (-1, 2.5, "a", (1, 2, 3))),
]
Encodings = Annotated[str, one_of("int", "one_hot", "multi_hot", "count")]


class Hashing(Reader):
    """The number of a bin for each category: `hash(x) mod num_bins`.

    Integers are hashed as the text of their digits.

    Shapes:
        x: (batch, ...) text or integers -> the same; (batch, num_bins) in 'multi_hot' and 'count'

    Args:
        num_bins: Number of bins, that of `mask_value` included.
        mask_value: What goes to bin 0, which nothing else goes to then.
        salt: One or two integers: hash with SipHash, keyed with them, rather than with FarmHash.
        output_mode: 'int': the bins; 'one_hot': a vector for each; 'multi_hot', 'count': a vector
            for the bins of the last axis together.
        sparse: Must be False.

    Example:
        >>> Hashing(num_bins=3)([["A"], ["B"], ["C"]]).tolist()
        [[1], [0], [1]]

    Source: FarmHash's Fingerprint64 and SipHash-2-4, as TensorFlow has them.
    """

    num_bins: Positive
    mask_value: Any = None
    salt: Salt = None
    output_mode: Encodings = "int"
    sparse: bool = False

    def setup(self) -> None:
        """Two bins at least where one is for the mask; integers unless they are encoded."""
        refuse_sparse(self)
        if self.mask_value is not None and self.num_bins < 2:
            raise UserError(f"{who(self)}: `num_bins` must be at least 2 where one is the mask's.")
        integers_by_default(self)

    def depth(self) -> int:
        """The number of bins."""
        return self.num_bins

    def read(self, inputs: Any) -> np.ndarray:
        """The bins of text or integers."""
        words = as_words(inputs)
        bins = fingerprint.of_words(words.ravel().tolist(), self.salt).reshape(words.shape)
        if self.mask_value is None:
            return (bins % np.uint64(self.num_bins)).astype(np.int32)
        bins = (bins % np.uint64(self.num_bins - 1)).astype(np.int32) + 1
        return np.where(words == as_words(np.asarray(self.mask_value))[()], 0, bins)

    def read_traced(self, inputs: Any) -> Any:
        """The bins of integers."""
        masked = self.mask_value is not None

        def bins(x: Any) -> Any:
            found = fingerprint.of_integers(x, self.salt) % np.uint64(self.num_bins - masked)
            return found.astype(jnp.int32)

        inputs = as_integers(inputs)
        found = fingerprint.within_64_bits(bins, inputs)
        return jnp.where(inputs == self.mask_value, 0, found + 1) if masked else found


class HashedCrossing(Reader):
    """The number of a bin for several categories together: `hash(x1, x2, ...) mod num_bins`.

    Shapes:
        x1, x2, ...: (batch,) or (batch, 1), text or integers -> the same
        output, one-hot: (batch, num_bins)

    Args:
        num_bins: Number of bins.
        output_mode: 'int': the bins; 'one_hot': a vector for each.
        sparse: Must be False.

    Example:
        >>> HashedCrossing(num_bins=5)((np.array(["A", "B"]), np.array([101, 101]))).tolist()
        [1, 4]
    """

    num_bins: Positive
    output_mode: Annotated[str, one_of("int", "one_hot")] = "int"
    sparse: bool = False

    def setup(self) -> None:
        """Integers unless they are encoded."""
        refuse_sparse(self)
        integers_by_default(self)

    def depth(self) -> int:
        """The number of bins."""
        return self.num_bins

    def read(self, inputs: Sequence[Any]) -> np.ndarray:
        """The bins of text and integers."""
        self._check(inputs)
        parts = []
        for x in inputs:
            if is_text(x):
                words = as_bytes(x)
                parts.append(fingerprint.of_words(words.ravel().tolist()).reshape(words.shape))
            else:
                parts.append(x.astype(np.int64).astype(np.uint64))
        whole = fingerprint.joined([np.atleast_1d(part) for part in parts])
        bins = (whole % np.uint64(self.num_bins)).astype(np.int32)
        return bins.reshape(np.shape(inputs[0]))

    def read_traced(self, inputs: Sequence[Any]) -> Any:
        """The bins of integers."""
        self._check(inputs)

        def bins(parts: Sequence[Any]) -> Any:
            wide = [part.astype(jnp.int64).astype(jnp.uint64) for part in parts]
            return (fingerprint.joined(wide) % np.uint64(self.num_bins)).astype(jnp.int32)

        return fingerprint.within_64_bits(bins, [jnp.asarray(x) for x in inputs])

    def read_shape(self, inputs: Any) -> tuple[int | None, ...]:
        """The shape of one of the inputs."""
        self._check(inputs)
        return inputs[0].shape

    def as_given(self, inputs: Any) -> Any:
        """Each input on its own."""
        if not isinstance(inputs, (list, tuple)):
            return inputs
        return [on_host(x) for x in inputs]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the output for inputs of the given shapes."""
        shape = tuple(input_shape[0])
        if self.output_mode == "int":
            return shape
        return (*(shape[:-1] if shape[-1:] == (1,) else shape or (1,)), self.num_bins)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras writes them."""
        return short_config(self, super().get_config())

    def _check(self, inputs: Any) -> None:
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise bad_input(self, "of two tensors or more", f"{len(leaves(inputs))}")
        for x in inputs:
            if len(x.shape) > 1 and tuple(x.shape[1:]) != (1,):
                raise bad_input(self, "(batch,) or (batch, 1)", x.shape)
            if str(x.dtype).startswith(("float", "bfloat")):
                raise UserTypeError(f"{who(self)}: crosses text and integers; got {x.dtype}.")
        if len({tuple(x.shape) for x in inputs}) > 1:
            shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
            raise bad_input(self, "of tensors of one shape", shapes)


def integers_by_default(layer: Any) -> None:
    """Let a layer whose output is integers have an integer type, where none was asked for."""
    if layer.output_mode == "int" and "int" not in layer.dtype_policy.compute_dtype:
        layer.dtype_policy = get_policy("int64")


def short_config(layer: Any, config: dict[str, Any]) -> dict[str, Any]:
    """A config as Keras writes some layers': a type's name, nothing of training."""
    config.pop("trainable")
    return config | {"dtype": layer.dtype_policy.name}


def as_words(x: Any) -> np.ndarray:
    """Text, or the digits of integers, as an array of `bytes`."""
    if not is_text(x) and x.size:
        x = as_integers(x).astype(str)
    return as_bytes(x)


def as_integers(x: Any) -> Any:
    """Numbers of whatever type as integers."""
    return x if x.dtype.kind in "iu" else x.astype("int64" if isinstance(x, np.ndarray) else int)
